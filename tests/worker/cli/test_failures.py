"""`watercooler failures`: everything that is set aside in one list, and trying each kind again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.items import to_json
from scaled.faulty_smtp import Faults, FaultyServer, serving
from tests.factories import NOW, make_article
from tests.worker.cli.test_cli import Shell
from tests.worker.digest.test_deliver import say
from worker.config import Settings
from worker.models import Change
from worker.services import open_services
from worker.store.bounces import Record
from worker.store.sources import SetAside
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """Three readers who follow a show, and news about it."""
    services = open_services(Settings.from_env())
    with services.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        for n in range(3):
            found, _ = add_subscriber(tx, f"r{n}@example.org", zone="UTC", confirmed=True, now=NOW)
            follow(tx, found, show, NOW)
    say(Kit(services), show, "a", Change.NEW, NOW)
    services.close()
    return shell


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    with serving() as found:
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", f"smtp://127.0.0.1:{found.port}")
        yield found


def ids(shell: Shell, *words: str) -> list[tuple[str, str]]:
    return [(row["id"], row["reason"]) for row in shell.json("failures", "list", *words)]


class TestMails:
    def test_what_failed_for_good_is_made_and_sent_anew(self, ready: Shell, server: FaultyServer) -> None:
        server.script["RCPT"] = ["552 5.3.4 too large"] * 2
        assert ready("digests", "send")[0] == 1
        found = ids(ready)
        assert [reason for _, reason in found] == ["message"] * 2
        assert all(name.startswith("mail-") for name, _ in found)
        code, out, err = ready("failures", "show", found[0][0])
        assert (code, "552 5.3.4 too large" in out, "makes and sends it anew" in err) == (0, True, True)
        (done,) = ready.json("failures", "replay", found[0][0])
        assert (done["state"], done["outcome"]) == ("done", "done")
        assert len(ids(ready)) == 1
        code, _, err = ready("failures", "replay", "--all", "--reason", "message")
        assert (code, "say --yes" in err) == (2, True)
        code, _, err = ready("failures", "replay", "--all", "--reason", "message", "--yes")
        assert (code, "1 of 1 are set aside no more" in err) == (0, True)
        assert ids(ready) == []
        assert len(server.taken) == 3

    def test_what_fails_anew_says_so(self, ready: Shell, server: FaultyServer) -> None:
        server.script["RCPT"] = ["552 5.3.4 too large"] * 2
        ready("digests", "send")
        (name, _) = ids(ready)[0]
        code, _, err = ready("failures", "replay", name)
        assert code == 0, err
        server.script["RCPT"] = ["552 5.3.4 too large"]
        (name, _) = ids(ready)[0]
        code, _, err = ready("failures", "replay", name)
        assert (code, "message: 552 5.3.4 too large" in err) == (1, True)

    def test_what_is_held_is_sent_with_the_same_bytes(
        self, ready: Shell, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_UNCERTAIN", "hold")
        with serving(Faults(drop_after=1.0)) as dropping, monkeypatch.context() as patch:
            patch.setenv("WATERCOOLER_MAIL_URL", f"smtp://127.0.0.1:{dropping.port}")
            ready("digests", "send")
        found = ids(ready, "--reason", "held")
        assert len(found) == 3
        assert "it may arrive twice" in ready("failures", "show", found[0][0])[2]
        code, _, err = ready("failures", "replay", "--all", "--kind", "mail", "--yes")
        assert (code, ids(ready)) == (0, []), err
        assert {one.rcpt for one in server.taken} == {f"r{n}@example.org" for n in range(3)}

    def test_of_an_issue_that_is_paused_or_cancelled_nothing_goes(self, ready: Shell, server: FaultyServer) -> None:
        server.script["RCPT"] = ["552 5.3.4 too large"] * 3
        ready("digests", "send")
        ready("digests", "pause", "1")
        name = ids(ready, "--kind", "mail")[0][0]
        code, _, err = ready("failures", "replay", name)
        assert (code, "watercooler failures replay issue-1" in err) == (2, True)
        ready("digests", "cancel", "1", "--yes")
        code, _, err = ready("failures", "replay", name)
        assert (code, "was cancelled, which is for good" in err) == (2, True)
        assert server.taken == []


def test_an_issue_whose_template_was_wrong_goes_on_when_it_is_mended(
    ready: Shell, server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own" / "digest").mkdir(parents=True)
    broken = tmp_path / "own" / "digest" / "subject.txt"
    broken.write_text("{{ nonsense }}")
    monkeypatch.setenv("WATERCOOLER_TEMPLATES_DIR", str(tmp_path / "own"))
    ready("digests", "send")
    assert ids(ready) == [("issue-1", "template")]
    assert ready("status")[1].startswith("Needs you: ")
    broken.unlink()
    assert ready.json("failures", "replay", "issue-1")[0]["state"] == "done"
    assert ids(ready) == []
    assert ready("--now", "2027-03-05T09:00", "deliver")[0] == 0
    assert len(server.taken) == 3


def test_a_confirm_mail_that_was_refused_is_sent_once_more(
    shell: Shell, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://watercooler.example")
    server.script["RCPT"] = ["550 5.7.1 refused"] * 2
    shell("subscribers", "add", "ann@example.org", "--follow", "Night Ferry")
    (found,) = shell.json("failures", "list")
    assert (found["kind"], found["reason"], found["about"]) == ("letter", "refused", "ann@example.org")
    code, _, err = shell("failures", "replay", found["id"])
    assert (code, "the server refuses it for good" in err) == (1, True)
    (again,) = shell.json("failures", "list")
    assert shell("failures", "replay", again["id"])[0] == 0
    assert [one.rcpt for one in server.taken] == ["ann@example.org"]
    assert shell.json("failures", "list") == []
    assert shell("failures", "replay", again["id"])[0] == 2


def test_a_message_that_came_back_and_named_nobody_is_read_again(
    shell: Shell, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "back" / name).mkdir(parents=True)
    (tmp_path / "back" / "new" / "1.eml").write_bytes(b"From: x@example.org\n\nHello there.\n")
    monkeypatch.setenv("WATERCOOLER_BOUNCES", f"maildir:{tmp_path / 'back'}")
    from worker import tasks

    own = Kit(open_services(Settings.from_env()))
    tasks.bounces(own, NOW.isoformat())
    (found,) = shell.json("failures", "list")
    assert (found["kind"], found["reason"]) == ("bounce", "unmatched")
    code, _, err = shell("failures", "replay", found["id"])
    assert (code, "names no return path of ours" in err) == (1, True)
    (again,) = shell.json("failures", "list")
    (tmp_path / "back" / "cur" / "1.eml:2,S").unlink()
    code, _, err = shell("failures", "replay", again["id"])
    assert (code, "is not kept here" in err) == (2, True)


class TestList:
    def fill(self, kit: Any) -> None:
        items = [to_json(make_article())]
        with kit.store.begin() as tx:
            tx.sources.set_aside([SetAside("a", "https://a.example/", "ingest-failed", "why", items)], NOW)
            tx.sources.set_aside([SetAside("b", "https://b.example/", "timeout", "why")], NOW - timedelta(hours=1))
            tx.bounces.keep(Record(NOW - timedelta(hours=2), "unread", "", "the file cannot be read", digest="x"))

    def test_every_kind_in_one_list_newest_first(self, shell: Shell, kit: Any) -> None:
        self.fill(kit)
        assert ids(shell) == [("article-1", "ingest-failed"), ("page-2", "timeout"), ("bounce-1", "unread")]
        assert ids(shell, "--kind", "page") == [("page-2", "timeout")]
        assert ids(shell, "--reason", "ingest-failed") == [("article-1", "ingest-failed")]
        assert ids(shell, "--source", "b") == [("page-2", "timeout")]
        row = shell.json("failures", "list", "--kind", "article")[0]
        assert (row["can_be_ingested"], row["url"], row["replay"]) == (
            True,
            "https://a.example/",
            "ingests what is kept",
        )
        (figures,) = shell.json("status")
        assert figures["set_aside_by_reason"] == {"article: ingest-failed": 1, "bounce: unread": 1, "page: timeout": 1}
        assert figures["set_aside"] == 2

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["show", "mail-99"], "nothing is set aside under mail-99"),
            (["show", "nonsense"], "an id like page-12, mail-7 or 12 is wanted"),
            (["show", "99999999999999999999"], "an id like"),
            (["list", "--kind", "pigeon"], "--kind: one of page, article"),
            (["replay"], "--all"),
            (["replay", "page-2", "--all"], "name one"),
        ],
    )
    def test_a_wrong_call(self, shell: Shell, kit: Any, words: list[str], says: str) -> None:
        self.fill(kit)
        code, _, err = shell("failures", *words)
        assert (code, says in err) == (2, True), err

    @pytest.mark.parametrize("name", ["1", "page-1", "article-1"])
    def test_a_plain_number_is_a_page(self, shell: Shell, kit: Any, name: str) -> None:
        self.fill(kit)
        code, out, _ = shell("failures", "show", name)
        assert (code, "https://a.example/" in out) == (0, True)
