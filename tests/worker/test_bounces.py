"""What comes back: who is suppressed and when, who never is, and that nothing counts twice."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import NOW
from tests.worker.notices import ANN, PATHS, arf, dsn, plain, sent_to, vacation
from worker.bounces import (
    KEPT,
    Outcome,
    clean_bounces,
    good_sends,
    read_maildir,
    refused,
    take,
    tend_bounces,
)
from worker.errors import SettingsError
from worker.mail.verp import ReturnPaths
from worker.models import Subscriber
from worker.store import Store, schema
from worker.store.bounces import Record
from worker.subscribers import add_subscriber, confirm, unsubscribe
from worker.suppress import suppress_by_hand

DAY = timedelta(days=1)


def ann(store: Store) -> Subscriber:
    with store.begin() as tx:
        found = tx.subscribers.by_key(ANN)
        assert found is not None
        return found


def record(store: Store) -> list[str]:
    with store.begin() as tx:
        found = tx.subscribers.by_key(ANN)
        assert found is not None
        return [line.what for line in tx.subscribers.consents(found.id)]


def kinds(store: Store) -> list[str]:
    """What is kept of what came back, oldest first."""
    with store.begin() as tx:
        return [one.record.kind for one in reversed(tx.bounces.latest(100))]


def score(store: Store) -> int:
    with store.begin() as tx:
        return tx.bounces.score(1, NOW - 60 * DAY)


def bounce(store: Store, status: str, said: str = "no", *, key: str = "k1", at: datetime = NOW) -> Outcome:
    """A mail goes out, is taken, and comes back."""
    with store.begin() as tx:
        reader, delivery = sent_to(tx, key=key, at=at)
        good_sends(tx, [reader], at)
        return take(tx, dsn(status, said, to=PATHS.address(delivery, reader), number=delivery), PATHS, at)


def send_well(store: Store, times: int = 1) -> None:
    with store.begin() as tx:
        for _ in range(times):
            good_sends(tx, [1, 1, 999], NOW)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"])
def test_who_is_not_there_is_suppressed_at_once(store: Store, status: str) -> None:
    outcome = bounce(store, status, "no such address")
    assert (outcome.did, outcome.kind, outcome.status) == ("suppressed", "gone", status)
    assert (ann(store).state, ann(store).next_slot) == ("bounced", None)
    assert record(store) == ["added", "bounced"]
    with store.begin() as tx:
        entry = tx.suppressions.find([ANN])
        assert entry is not None
        assert (entry.reason, entry.subscriber_id, entry.at) == ("bounced", 1, NOW)
        assert f"{status} smtp; no such address" in entry.evidence


@pytest.mark.parametrize("status", ["5.7.1", "5.7.26", "5.6.0", "5.3.4", "5.2.3"])
def test_what_is_about_us_is_no_readers_fault(store: Store, status: str) -> None:
    for n in range(6):
        assert bounce(store, status, "refused by policy", key=f"k{n}", at=NOW + n * DAY).did == "counted"
    assert ann(store).state == "active"
    assert score(store) == 0
    assert kinds(store) == ["ours"] * 6


@pytest.mark.parametrize(("second", "state"), [(13 * DAY, "bounced"), (15 * DAY, "active")])
def test_a_disabled_one_is_suppressed_by_the_second_in_two_weeks(store: Store, second: timedelta, state: str) -> None:
    assert bounce(store, "5.2.1").did == "counted"
    assert ann(store).state == "active"
    bounce(store, "5.2.1", key="k2", at=NOW + second)
    assert ann(store).state == state


@pytest.mark.parametrize("status", ["4.2.2", "5.2.2", "4.4.7"])
def test_four_in_sixty_days_are_too_many(store: Store, status: str) -> None:
    did = [bounce(store, status, key=f"k{n}", at=NOW + n * 14 * DAY).did for n in range(4)]
    assert did == ["counted", "counted", "counted", "suppressed"]
    assert ann(store).state == "bounced"


def test_four_in_more_than_sixty_days_are_not(store: Store) -> None:
    for n in range(8):
        bounce(store, "4.2.2", key=f"k{n}", at=NOW + n * 21 * DAY)
    assert ann(store).state == "active"


def test_mails_that_arrive_make_up_for_it(store: Store) -> None:
    for n in range(3):
        bounce(store, "4.2.2", key=f"k{n}")
    assert score(store) == 30
    send_well(store)
    assert score(store) == 28
    bounce(store, "4.2.2", key="k4")
    assert (ann(store).state, score(store)) == ("active", 38)
    send_well(store, 40)
    assert score(store) == 0
    assert bounce(store, "4.2.2", key="k5").did == "counted"
    assert score(store) == 10


def test_who_was_never_bounced_costs_nothing(store: Store) -> None:
    with store.begin() as tx:
        tx.bounces.keep(Record(NOW, "ours", "5.7.1", "", score=0))
        before = tx.connection.execute(select(schema.bounces)).all()
        good_sends(tx, list(range(2000)), NOW)
        good_sends(tx, [], NOW)
        assert tx.connection.execute(select(schema.bounces)).all() == before


def test_a_complaint_unsubscribes_at_once(store: Store) -> None:
    with store.begin() as tx:
        reader, delivery = sent_to(tx)
        outcome = take(tx, arf(path=PATHS.address(delivery, reader)), PATHS, NOW)
    assert (outcome.did, outcome.kind) == ("unsubscribed", "complaint")
    assert (ann(store).state, ann(store).next_slot) == ("unsubscribed", None)
    assert record(store) == ["added", "unsubscribed"]
    with store.begin() as tx:
        entry = tx.suppressions.of(reader)
        assert entry is not None
        assert entry.reason == "complained"


class TestNothingCounts:
    """Whatever comes, the reader stays."""

    def take(self, store: Store, raw: bytes, **values: str) -> Outcome:
        with store.begin() as tx:
            sent_to(tx)
            outcome = take(tx, raw, PATHS, NOW, **values)
        assert ann(store).state == "active"
        assert score(store) == 0
        return outcome

    def test_without_a_return_path_of_ours(self, store: Store) -> None:
        forged = ReturnPaths("bounce.news.example", ["another secret"])
        for path in ("bounce@bounce.news.example", forged.address(1, 1), "bounce+aaaaaaaaaaaaaaaaaaaaaaaa@x"):
            outcome = self.take(store, dsn(to=path))
            assert (outcome.did, outcome.why) == ("ignored", "it names no return path of ours")
        assert self.take(store, dsn(), recipient=forged.address(1, 1)).did == "ignored"
        assert kinds(store) == ["ignored"] * 4

    def test_of_a_delivery_that_is_not_or_of_somebody_else(self, store: Store) -> None:
        for path in (PATHS.address(99, 1), PATHS.address(1, 2)):
            outcome = self.take(store, dsn(to=path))
            assert outcome.why == "it is about a delivery that was never sent"

    def test_of_a_delivery_that_was_only_planned(self, store: Store) -> None:
        with store.begin() as tx:
            reader, _ = sent_to(tx)
            issue, _ = tx.issues.open(
                "later", trigger="admin", asked_by="x", period_end=NOW, show_id=None, since=None, now=NOW
            )
            tx.deliveries.plan(issue.id, [reader], NOW)
            planned = tx.deliveries.of_issue(issue.id)[0].id
        outcome = self.take(store, dsn(to=PATHS.address(planned, reader)))
        assert outcome.why == "it is about a delivery that was never sent"

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (vacation(to="PATH"), "an automatic reply"),
            (dsn("4.4.1", action="delayed", to="PATH"), "the server goes on trying"),
            (arf("not-spam", path="PATH"), "a report of another kind: not-spam"),
            (b"From: a@b.c\nTo: PATH\nSubject: Thanks\n\nI like it.\n", "no bounce and no complaint"),
        ],
    )
    def test_of_replies_delays_and_other_reports(self, store: Store, raw: bytes, why: str) -> None:
        outcome = self.take(store, raw.replace(b"PATH", PATHS.address(1, 1).encode()))
        assert (outcome.did, outcome.why) == ("ignored", why)

    def test_of_what_is_broken(self, store: Store) -> None:
        outcome = self.take(store, PATHS.address(1, 1).encode() + b"\n" + b"\0" * 100)
        assert (outcome.did, outcome.kind) == ("unread", "unread")

    def test_of_mails_from_before_the_owner_said_yes_again(self, store: Store) -> None:
        bounce(store, "5.1.1")
        with store.begin() as tx:
            add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW + DAY)
            _, older = sent_to(tx, key="old", at=NOW)
            outcome = take(tx, dsn(to=PATHS.address(older, 1), number=7), PATHS, NOW + 2 * DAY)
        assert (outcome.did, outcome.why) == ("ignored", "the address was confirmed again since")
        assert ann(store).state == "active"

    def test_what_is_ignored_keeps_no_words_of_strangers(self, store: Store) -> None:
        self.take(store, dsn(said="secret@else.example", to="bounce@x"))
        with store.begin() as tx:
            (kept,) = tx.bounces.latest(10)
        assert (kept.email, kept.record.text) == (None, "it names no return path of ours")


class TestOnce:
    def test_the_same_message_and_the_same_of_a_delivery(self, store: Store) -> None:
        assert bounce(store, "4.2.2").did == "counted"
        with store.begin() as tx:
            raw = dsn("4.2.2", "no", to=PATHS.address(1, 1), number=1)
            assert take(tx, raw, PATHS, NOW + DAY).did == "known"
            assert take(tx, raw.replace(b"<1@mx", b"<2@mx"), PATHS, NOW + DAY).did == "known"
            assert take(tx, b"To: x\n\nhello", PATHS, NOW).did == "ignored"
            assert take(tx, b"To: x\n\nhello", PATHS, NOW + DAY).did == "known"
        assert (score(store), kinds(store)) == (10, ["passing", "ignored"])

    def test_a_graver_one_of_the_same_delivery_counts(self, store: Store) -> None:
        bounce(store, "4.2.2")
        with store.begin() as tx:
            assert take(tx, dsn(to=PATHS.address(1, 1)), PATHS, NOW).did == "suppressed"

    def test_a_complaint_of_who_has_left_already(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
        unsubscribe(store, reader, NOW)
        with store.begin() as tx:
            raw = arf(path=PATHS.address(delivery, reader))
            assert [take(tx, raw, PATHS, NOW).did for _ in range(2)] == ["unsubscribed", "known"]
        assert record(store) == ["added", "unsubscribed"]

    def test_two_who_read_it_at_the_same_moment(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
        did: list[str] = []
        gate = threading.Barrier(4)

        def run() -> None:
            gate.wait()
            with store.begin() as tx:
                did.append(take(tx, dsn(to=PATHS.address(delivery, reader)), PATHS, NOW).did)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(did) == ["known", "known", "known", "suppressed"]
        assert record(store) == ["added", "bounced"]


class TestRefusedOnTheSpot:
    @pytest.mark.parametrize(
        ("code", "status", "text", "did", "kind"),
        [
            (550, "5.1.1", "no such user", "suppressed", "gone"),
            (550, "", "unknown user", "suppressed", "gone"),
            (550, "", "no", "counted", "doubtful"),
            (552, "5.2.2", "mailbox full", "counted", "passing"),
            (452, "4.2.2", "mailbox full", "counted", "passing"),
            (550, "5.7.1", "user unknown or spam", "counted", "ours"),
            (None, "", "", "counted", "doubtful"),
        ],
    )
    def test_the_same_rules(self, store: Store, code: int | None, status: str, text: str, did: str, kind: str) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            outcome = refused(tx, reader, delivery, code, status, text, NOW)
            assert (outcome.did, outcome.kind) == (did, kind)
            assert refused(tx, reader, delivery, code, status, text, NOW).did == "known"
        assert ann(store).state == ("bounced" if did == "suppressed" else "active")

    def test_of_nobody(self, store: Store) -> None:
        with store.begin() as tx:
            assert refused(tx, 9, 9, 550, "5.1.1", "no", NOW).did == "ignored"


class TestWhichReader:
    def test_the_return_path_tells_whatever_address_failed(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            raw = dsn(address="forwarded@elsewhere.example", to=PATHS.address(delivery, reader))
            assert take(tx, raw, PATHS, NOW).subscriber_id == reader
        assert ann(store).state == "bounced"

    @pytest.mark.parametrize("place", ["recipient", "Delivered-To", "X-Original-To", "Return-Path", "returned"])
    def test_it_is_found_where_servers_put_it(self, store: Store, place: str) -> None:
        with store.begin() as tx:
            path = PATHS.address(*reversed(sent_to(tx))).upper()
            raw = dsn(to="bounce@x.example")
            if place == "returned":
                raw = raw.replace(b"Subject: Harbour", f"Return-Path: <{path}>\r\nSubject: Harbour".encode())
            elif place != "recipient":
                raw = f"{place}: {path}\r\n".encode() + raw
            assert take(tx, raw, PATHS, NOW, path if place == "recipient" else "").did == "suppressed"

    def test_what_is_said_of_the_own_address_counts(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            other = b"Final-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            raw = dsn("4.2.2", "full", to=PATHS.address(delivery, reader))
            raw = raw.replace(b"Final-Recipient", other + b"Final-Recipient", 1)
            assert take(tx, raw, PATHS, NOW).kind == "passing"

    def test_a_notice_for_people_is_enough(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            raw = plain("Sorry, no mailbox here by that name. (#5.1.1)", to=PATHS.address(delivery, reader))
            assert take(tx, raw, PATHS, NOW).did == "suppressed"


class TestState:
    def test_who_has_left_stays_so(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
        unsubscribe(store, reader, NOW)
        with store.begin() as tx:
            assert take(tx, dsn(to=PATHS.address(delivery, reader)), PATHS, NOW).did == "counted"
            assert tx.suppressions.find([ANN]) is None
        assert ann(store).state == "unsubscribed"

    def test_what_an_operator_said_stays_so(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            suppress_by_hand(tx, ANN, "by letter", NOW)
            take(tx, arf(path=PATHS.address(delivery, reader)), PATHS, NOW)
            entry = tx.suppressions.find([ANN])
        assert entry is not None
        assert (entry.reason, ann(store).state) == ("operator", "suppressed")

    def test_the_owner_comes_back_by_confirming(self, store: Store) -> None:
        bounce(store, "5.1.1")
        assert confirm(store, 1, NOW) is not None
        assert ann(store).state == "bounced"  # nobody asked since
        with store.begin() as tx:
            tx.subscribers.consent(1, "asked", "page", NOW + DAY)
        confirm(store, 1, NOW + DAY)
        assert ann(store).state == "active"
        assert ann(store).next_slot is not None
        with store.begin() as tx:
            assert tx.suppressions.find([ANN]) is None

    def test_what_came_back_before_counts_no_more(self, store: Store) -> None:
        for n in range(4):
            bounce(store, "4.2.2", key=f"k{n}")
        assert ann(store).state == "bounced"
        with store.begin() as tx:
            add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW + DAY)
        assert bounce(store, "4.2.2", key="k9", at=NOW + 2 * DAY).did == "counted"
        assert ann(store).state == "active"


class TestMaildir:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("new", "cur", "tmp"):
            (tmp_path / "box" / name).mkdir(parents=True)
        return tmp_path / "box"

    def test_new_messages_are_taken_and_marked_as_seen(self, store: Store, folder: Path) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
        (folder / "new" / "1.a").write_bytes(dsn(to=PATHS.address(delivery, reader)))
        (folder / "new" / "2.b").write_bytes(vacation(to=PATHS.address(delivery, reader)))
        (folder / "new" / "3.c:2,").write_bytes(b"")
        (folder / "tmp" / "4.d").write_bytes(dsn())
        assert tend_bounces(store, folder, PATHS, NOW).counts == {"suppressed": 1, "ignored": 2}
        assert ann(store).state == "bounced"
        assert sorted(path.name for path in (folder / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S", "3.c:2,S"]
        assert read_maildir(store, folder, PATHS, NOW).counts == {}

    def test_some_at_a_time(self, store: Store, folder: Path) -> None:
        for n in range(5):
            (folder / "new" / f"{n}").write_bytes(b"To: x\n\n%d" % n)
        assert [read_maildir(store, folder, PATHS, NOW, limit=2).counts for _ in range(4)] == [
            {"ignored": 2},
            {"ignored": 2},
            {"ignored": 1},
            {},
        ]

    def test_nothing_is_marked_before_it_is_kept(self, store: Store, folder: Path) -> None:
        class ShutError(Exception):
            pass

        class Shut(Store):
            def begin(self) -> object:  # type: ignore[override] # it fails before it gives a transaction
                raise ShutError

        (folder / "new" / "1").write_bytes(b"To: x\n\nhello")
        with pytest.raises(ShutError):
            read_maildir(Shut(store.engine), folder, PATHS, NOW)
        assert [path.name for path in (folder / "new").iterdir()] == ["1"]

    def test_after_a_crash_between_the_two_it_counts_once(self, store: Store, folder: Path) -> None:
        with store.begin() as tx:
            path = PATHS.address(*reversed(sent_to(tx)))
        raw = dsn("4.2.2", "full", to=path)
        (folder / "new" / "1").write_bytes(raw)
        read_maildir(store, folder, PATHS, NOW)
        (folder / "new" / "1").write_bytes(raw)
        assert read_maildir(store, folder, PATHS, NOW + DAY).counts == {"known": 1}
        assert score(store) == 10

    def test_what_cannot_be_read_is_set_aside(self, store: Store, folder: Path) -> None:
        (folder / "new" / "1").mkdir()
        (folder / "new" / "2").write_bytes(b"To: x\n\nhello")
        assert read_maildir(store, folder, PATHS, NOW).counts == {"unread": 1, "ignored": 1}
        assert kinds(store) == ["unread", "ignored"]
        assert read_maildir(store, folder, PATHS, NOW).counts == {}

    def test_a_folder_that_is_none(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="WATERCOOLER_BOUNCES"):
            read_maildir(store, tmp_path, PATHS, NOW)


def test_what_came_back_long_ago_is_forgotten(store: Store) -> None:
    bounce(store, "5.7.1")
    with store.begin() as tx:
        assert clean_bounces(tx, NOW + KEPT) == 0
    assert tend_bounces(store, None, PATHS, NOW + KEPT + DAY).counts == {}
    assert kinds(store) == []
