"""The weekly health digest: told once, on Monday, to operators, and only when there is something to tell."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.source import Source
from tests.smtp import Server, running
from worker import tasks
from worker.cli import main
from worker.config import Settings
from worker.digest.health import Checkup, checkup, is_due, send_weekly
from worker.errors import SettingsError
from worker.mail import open_transport
from worker.mail.post import Post
from worker.models import DeliveryState, Preferences
from worker.services import open_services
from worker.store import Store
from worker.store.sources import SetAside, SourceState
from worker.tasks import Kit

MONDAY = datetime(2027, 3, 8, 8, tzinfo=UTC)
WEEK, MINUTE = timedelta(weeks=1), timedelta(minutes=1)
OPERATORS = ("op@example.org", "co@example.org")
NAMES = ("alpha", "beta", "gamma")


def source(name: str, **values: Any) -> Source:
    return Source(name=name, start_urls=[f"https://{name}.example/"], **values)


SOURCES = {name: source(name) for name in NAMES}


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    monkeypatch.setenv("WATERCOOLER_OPERATORS", ", ".join(OPERATORS))
    services = open_services(Settings.from_env())
    yield Kit(services)
    services.close()


def stand(store: Store, now: datetime, **states: str) -> None:
    """How sources are."""
    rows = [
        SourceState(name, now - WEEK, now, now + 2 * WEEK, 0, state, f"why {name} is {state}", last_ok=now)
        for name, state in states.items()
    ]
    with store.begin() as tx:
        tx.sources.save_states(rows)


def look(store: Store, now: datetime, sources: dict[str, Source] = SOURCES) -> Checkup:
    with store.begin() as tx:
        return checkup(tx, sources, now)


def weekly(kit: Kit, now: datetime, zone: str = "UTC", post: Post | None = None) -> int:
    return send_weekly(kit.store, SOURCES, OPERATORS, post or kit.post, zone, now)


def box(kit: Kit) -> list[Any]:
    folder = kit.settings.folder / "outbox" / "new"
    paths = sorted(folder.glob("*")) if folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]


class TestWhatIsTold:
    def test_what_broke_works_again_or_went_quiet_since_the_last(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable", beta="ok", gamma="ok")
        assert weekly(kit, MONDAY) == 2
        stand(kit.store, MONDAY, alpha="ok", beta="empty-articles", gamma="quiet")
        found = look(kit.store, MONDAY + WEEK)
        told = {
            name: [line.source for line in getattr(found, name)] for name in ("broke", "still", "recovered", "quiet")
        }
        assert told == {"broke": ["beta"], "still": [], "recovered": ["alpha"], "quiet": ["gamma"]}
        assert (found.since, found.sources, found.fresh_quiet) == (MONDAY, 3, 1)
        assert weekly(kit, MONDAY + WEEK) == 2
        again = look(kit.store, MONDAY + 2 * WEEK)
        assert [line.source for line in again.still] == ["beta"]
        assert (again.broke, again.recovered, again.fresh_quiet) == ((), (), 0)

    def test_figures_are_those_of_the_week(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="ok")
        old, new = MONDAY - 2 * WEEK, MONDAY - timedelta(days=1)
        failures = [("http-404", "a", new), ("http-404", "b", new), ("timeout", "c", new), ("timeout", "d", old)]
        with kit.store.begin() as tx:
            for reason, path, at in failures:
                tx.sources.set_aside([SetAside("alpha", f"https://alpha.example/{path}", reason, "")], at)
            tx.sources.set_aside([SetAside("gone", "https://gone.example/", "timeout", "")], new)
            for n, at in enumerate((old, new)):
                reader = tx.subscribers.add(
                    f"r{n}@x.example", f"r{n}", state="active", preferences=Preferences(), now=at
                )
                issue, _ = tx.issues.open(
                    f"k{n}", trigger="admin", asked_by="t", period_end=at, show_id=None, since=None, now=at
                )
                tx.deliveries.plan(issue.id, [reader.id], at)
                (delivery,) = tx.deliveries.of_issue(issue.id)
                tx.deliveries.close([delivery.id], DeliveryState.FAILED, "", at)
        found = look(kit.store, MONDAY)
        assert found.failures == {"http-404": 2, "timeout": 1}
        assert found.deliveries == {"failed": 1}
        assert found.is_worth_a_mail

    def test_what_is_not_read_is_nobody_s_worry(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable", beta="unreachable", removed="unreachable")
        with kit.store.begin() as tx:
            tx.sources.halt("alpha", "paused", MONDAY)
        found = look(kit.store, MONDAY, SOURCES | {"beta": source("beta", enabled=False)})
        assert not found.is_worth_a_mail
        assert found.broke == ()

    def test_the_mail_says_it_in_both_parts(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable", beta="quiet", gamma="ok")
        weekly(kit, MONDAY, zone="Europe/Berlin")
        assert [mail["To"] for mail in sorted(box(kit), key=lambda mail: mail["To"])] == sorted(OPERATORS)
        mail = box(kit)[0]
        assert mail["Subject"] == "Sources: 1 broke, 1 quiet"
        assert mail["List-Unsubscribe"] is None
        for kind in ("plain", "html"):
            text = " ".join(mail.get_body((kind,)).get_content().split())
            for said in ("alpha", "why alpha is unreachable", "beta", "09:00", "0 captured of 0 declared"):
                assert said in text, (kind, said)
            assert "gamma" not in text

    def test_a_stranger_s_reason_is_no_markup(self, kit: Kit) -> None:
        with kit.store.begin() as tx:
            state = SourceState("alpha", MONDAY, MONDAY, MONDAY, 1, "unreachable", "<b>x</b>\r\nBcc: all@x.example")
            tx.sources.save_states([state])
        weekly(kit, MONDAY)
        mail = box(kit)[0]
        assert "&lt;b&gt;" in mail.get_body(("html",)).get_content()
        assert mail["Bcc"] is None


class TestWhen:
    def test_once_a_week_from_monday_at_eight_where_the_operator_lives(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        due = datetime(2027, 3, 8, 7, tzinfo=UTC)  # eight in Berlin
        assert weekly(kit, due - MINUTE, zone="Europe/Berlin") == 0
        assert weekly(kit, due, zone="Europe/Berlin") == 2
        for later in (MINUTE, timedelta(days=2), WEEK - MINUTE):
            assert weekly(kit, due + later, zone="Europe/Berlin") == 0
        assert weekly(kit, due + WEEK, zone="Europe/Berlin") == 2
        with kit.store.begin() as tx:
            issues = tx.issues.latest()
        assert [(issue.key, issue.trigger) for issue in issues] == [
            ("health-2027-W11", "health"),
            ("health-2027-W10", "health"),
        ]

    @pytest.mark.parametrize(("days", "sent"), [(2.9, 2), (3.1, 0)])
    def test_a_missed_monday_is_caught_up_for_three_days(self, kit: Kit, days: float, sent: int) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        assert weekly(kit, MONDAY + timedelta(days=days)) == sent

    def test_clocks_that_change_leave_no_week_out_and_double_none(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        hours = [MONDAY + timedelta(hours=n) for n in range(24 * 7 * 5)]
        sent = [now for now in hours if weekly(kit, now, zone="Europe/Berlin")]
        assert [f"{now:%G-W%V}" for now in sent] == [f"2027-W{week}" for week in range(10, 16)]
        assert [now.hour for now in sent] == [8, 7, 7, 6, 6, 6]  # the first hour that was asked for was eight

    def test_nothing_is_sent_when_nothing_is_worth_it_and_nobody_asks_again(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="ok")
        assert weekly(kit, MONDAY) == 0
        stand(kit.store, MONDAY, alpha="unreachable")
        with kit.store.begin() as tx:
            assert not is_due(tx, OPERATORS, "UTC", MONDAY + MINUTE)
        assert weekly(kit, MONDAY + MINUTE) == 0
        assert weekly(kit, MONDAY + WEEK) == 2

    def test_without_operators_no_turn_is_taken(self, kit: Kit) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        assert send_weekly(kit.store, SOURCES, (), kit.post, "UTC", MONDAY) == 0
        with kit.store.begin() as tx:
            assert not is_due(tx, (), "UTC", MONDAY)
            assert tx.issues.latest() == []

    def test_two_schedulers_at_once_send_one(self, kit: Kit, store: Store) -> None:
        stand(store, MONDAY, alpha="unreachable")
        start, counts = threading.Barrier(4), list[int]()

        def schedule() -> None:
            start.wait()
            counts.append(send_weekly(store, SOURCES, OPERATORS, kit.post, "UTC", MONDAY))

        threads = [threading.Thread(target=schedule) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(counts) == [0, 0, 0, 2]
        assert len(box(kit)) == 2

    def test_a_tick_sends_it(self, kit: Kit) -> None:
        name = next(name for name, one in kit.services.sources.items() if not one.enabled)
        kit.services.sources[name] = kit.services.sources[name].model_copy(update={"enabled": True})
        stand(kit.store, MONDAY, **{name: "unreachable"})
        for minute in range(3):
            tasks.tick(kit, (MONDAY + minute * MINUTE).isoformat())
        assert len(box(kit)) == 2


class TestRefusals:
    @pytest.fixture
    def server(self) -> Iterator[Server]:
        for loop in running():
            yield loop.listen()

    def test_when_nobody_s_was_taken_for_now_it_is_tried_again(self, kit: Kit, server: Server) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        post = replace(kit.post, transport=open_transport(f"smtp://127.0.0.1:{server.port}"))
        server.script["RCPT"] = ["451 4.7.1 later", "451 4.7.1 later"]
        assert weekly(kit, MONDAY, post=post) == 0
        assert weekly(kit, MONDAY + MINUTE, post=post) == 2
        assert weekly(kit, MONDAY + 2 * MINUTE, post=post) == 0
        assert [recipients for _, recipients, _ in server.taken] == [[address] for address in OPERATORS]

    def test_one_that_is_refused_for_good_keeps_it_from_nobody(self, kit: Kit, server: Server) -> None:
        stand(kit.store, MONDAY, alpha="unreachable")
        post = replace(kit.post, transport=open_transport(f"smtp://127.0.0.1:{server.port}"))
        server.script["RCPT"] = ["550 5.1.1 nobody"]
        assert weekly(kit, MONDAY, post=post) == 1
        assert weekly(kit, MONDAY + MINUTE, post=post) == 0


class TestOnDemand:
    def run(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
        code = main(["--now", "2027-03-10T08:00", "digests", "health", *words])
        out, err = capsys.readouterr()
        return code, out, err

    def test_it_is_printed_or_sent_and_takes_no_turn(self, kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = self.run(capsys)
        assert code == 0
        assert out.startswith("Subject: Sources: none broke")
        code, out, _ = self.run(capsys, "--json")
        assert json.loads(out)["sources"] == 0
        assert box(kit) == []
        code, out, err = self.run(capsys, "--to", "me@example.org")
        assert (code, out) == (0, "")
        assert "me@example.org" in err
        assert [mail["To"] for mail in box(kit)] == ["me@example.org"]
        with kit.store.begin() as tx:
            assert tx.issues.latest() == []
            assert tx.checkups.last() is None

    def test_an_address_that_cannot_be_is_refused(self, kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(capsys, "--to", "nobody")[0] == 2


class TestSettings:
    def test_operators_are_addresses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert Settings.from_env().operators == ()
        monkeypatch.setenv("WATERCOOLER_OPERATORS", "a@x.example, B <b@x.example>,")
        assert Settings.from_env().operators == ("a@x.example", "b@x.example")
        monkeypatch.setenv("WATERCOOLER_OPERATORS", "a@x.example, nobody")
        with pytest.raises(SettingsError, match="WATERCOOLER_OPERATORS"):
            Settings.from_env()

    def test_digests_are_kept_a_day_at_least(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert Settings.from_env().archive_days == 90
        monkeypatch.setenv("WATERCOOLER_ARCHIVE_DAYS", "0")
        with pytest.raises(SettingsError, match="WATERCOOLER_ARCHIVE_DAYS"):
            Settings.from_env()
