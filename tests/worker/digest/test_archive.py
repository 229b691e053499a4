"""What is kept of digests, the preview that equals the mail, and what readers propose, on the command line."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.factories import NOW
from tests.worker.digest.test_deliver import Change, box, reader, say, send
from tests.worker.ingest.test_corrections import URL, article, said, take_in
from worker.cli import main
from worker.config import Settings
from worker.digest.deliver import preview
from worker.digest.freeze import preview_message
from worker.digest.issue import Request
from worker.digest.on_demand import as_issue
from worker.models import DeliveryState, Preferences, Show, Subscriber
from worker.services import open_services
from worker.store import Store, Tx, schema
from worker.store.archive import Archived, Kept
from worker.store.corrections import Fault, Objection, Proposal
from worker.subscribers import find_subscriber
from worker.tasks import Kit, tick

Shell = Callable[..., tuple[int, str, str]]
PLAIN = Preferences()


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://news.example")
    services = open_services(Settings.from_env())
    yield Kit(services)
    services.close()


@pytest.fixture
def show(kit: Kit) -> Show:
    with kit.store.begin() as tx:
        return tx.shows.add("Harbour Lights", now=NOW)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["--now", f"{NOW:%Y-%m-%dT%H:%M}", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def news(kit: Kit, show: Show) -> Subscriber:
    found = reader(kit, show)
    say(kit, show, "ledger", Change.NEW, NOW)
    return found


def without_ids(message: bytes) -> bytes:
    """A message as it is, but for its dates, the numbers of issue and delivery, and the links and marks made of them."""
    whole = message.replace(b"=\r\n", b"")  # links go over several lines
    whole = re.sub(rb"(?m)^Date: .*$", b"Date:", whole)
    whole = re.sub(rb"<\d+\.[0-9a-f]{20}@", b"<ID@", whole)
    whole = re.sub(rb"=_watercooler_[0-9a-f]{24}", b"MARK", whole)
    return re.sub(rb"(https://news\.example/view/)[\w.-]+", rb"\1TOKEN", whole)


class TestPreview:
    @pytest.mark.parametrize("plain", [False, True])
    def test_it_is_the_mail_to_the_byte(self, kit: Kit, show: Show, plain: bool) -> None:
        ann = news(kit, show)
        with kit.store.begin() as tx:
            tx.connection.execute(schema.subscribers.update().values(plain=plain))
            ann = find_subscriber(tx, ann.email)
        issue = as_issue(Request(), NOW)
        digest = preview(kit.store, ann, issue, kit.services.templates, kit.settings.quoting)
        assert digest is not None
        shown = preview_message(digest, ann, issue, kit.post, NOW)
        send(kit, NOW + timedelta(seconds=20))
        (path,) = (kit.settings.folder / "outbox" / "new").iterdir()
        mail = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        mail = mail[mail.index(b"Date: ") :]
        assert mail != shown
        assert without_ids(mail) == without_ids(shown)
        assert without_ids(mail).count(b"TOKEN") == (1 if plain else 2)

    def test_the_command_writes_the_message_and_the_page(self, kit: Kit, show: Show, shell: Shell) -> None:
        news(kit, show)
        assert shell("digests", "preview", "--to", "ann@example.org", "--eml", "a.eml", "--html", "a.html")[0] == 0
        assert Path("a.eml").read_bytes().startswith(b"Date: ")
        send(kit, NOW)
        (mail,) = box(kit)
        page = mail.get_body(("html",)).get_content()
        tokens = re.compile(r"/view/[\w.-]+")
        assert tokens.sub("", Path("a.html").read_text("utf-8")) == tokens.sub("", page.replace("\r\n", "\n"))

    def test_without_a_display_open_says_so(
        self, kit: Kit, show: Show, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        news(kit, show)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "platform", "linux")
        code, out, err = shell("digests", "preview", "--to", "ann@example.org", "--open")
        assert (code, out) == (0, "")
        assert "no display" in err

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script as a browser")
    def test_open_shows_the_page_in_the_browser(self, kit: Kit, show: Show, tmp_path: Path) -> None:
        news(kit, show)
        kit.services.close()
        browser = tmp_path / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
        browser.chmod(0o755)
        words = ["--now", f"{NOW:%Y-%m-%dT%H:%M}", "digests", "preview", "--to", "ann@example.org", "--open"]
        root = str(Path(__file__).parents[3])
        environment = {**os.environ, "BROWSER": f"{browser} %s", "PYTHONPATH": root}
        program = f"import sys; from worker.cli import main; sys.exit(main({words!r}))"
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        opened = Path((tmp_path / "opened").read_text().strip().removeprefix("file://"))
        assert "Harbour Lights" in opened.read_text("utf-8")
        assert stat.S_IMODE(opened.stat().st_mode) == 0o600
        opened.unlink()


def test_show_says_who_asked_why_and_how_the_issue_stands(kit: Kit, show: Show, shell: Shell) -> None:
    news(kit, show)
    assert shell("digests", "send", "--why", "a trial")[0] == 0
    code, out, _ = shell("digests", "show", "1", "--json")
    (line,) = map(json.loads, out.splitlines())
    assert code == 0
    assert (line["subscriber"], line["state"]) == ("ann@example.org", "sent")
    issue = line["issue"]
    assert (issue["state"], issue["why"], issue["deliveries"]) == ("open", "a trial", {"sent": 1})
    assert "by hand" in issue["asked_by"]
    assert "because: a trial" in shell("digests", "show", "1")[1]


class TestKept:
    def keep(self, tx: Tx, count: int) -> None:
        issue, _ = tx.issues.open("k", trigger="admin", asked_by="t", period_end=NOW, show_id=None, since=None, now=NOW)
        for n in range(count):
            found = tx.subscribers.add(f"r{n}@x.example", f"r{n}", state="active", preferences=PLAIN, now=NOW)
            tx.deliveries.plan(issue.id, [found.id], NOW)
        for delivery in tx.deliveries.of_issue(issue.id):
            pieces = ((b"<p>h", True), (b"=C3=A9</p>", False))
            kept = Kept(pieces, "html", ((7, "Night Ferry", "x"),))
            tx.archive.keep({delivery.id: kept}, NOW + timedelta(days=delivery.id))

    def count(self, store: Store) -> int:
        with store.begin() as tx:
            return int(tx.connection.execute(select(func.count()).select_from(schema.archive)).scalar_one())

    def test_a_page_comes_back_once_it_was_sent_and_to_its_reader_alone(self, store: Store) -> None:
        with store.begin() as tx:
            self.keep(tx, 2)
            one, other = tx.deliveries.of_issue(1)
            assert tx.archive.read(one.subscriber_id, one.id) is None
            for delivery in (one, other):
                tx.deliveries.close([delivery.id], DeliveryState.SENT, "", NOW)
            found = tx.archive.read(one.subscriber_id, one.id)
            assert found == Archived("<p>hé</p>", "html", NOW + timedelta(days=1), ((7, "Night Ferry", "x"),))
            assert tx.archive.read(other.subscriber_id, one.id) is None

    def test_the_oldest_are_forgotten_so_many_at_once(self, store: Store) -> None:
        with store.begin() as tx:
            self.keep(tx, 5)
        for before, forgotten, left in ((1, 0, 5), (4, 2, 3), (4, 1, 2), (4, 0, 2)):
            with store.begin() as tx:
                assert tx.archive.forget(NOW + timedelta(days=before), 2) == forgotten
            assert self.count(store) == left

    def test_how_long_is_a_setting(self, kit: Kit, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
        news(kit, show)
        send(kit, NOW)
        monkeypatch.setenv("WATERCOOLER_ARCHIVE_DAYS", "2")
        short = Kit(open_services(Settings.from_env()))
        for days, left in ((1, 1), (3, 0)):
            tick(short, (NOW + timedelta(days=days)).isoformat())
            assert self.count(kit.store) == left


class TestProposals:
    def propose(self, kit: Kit, what: Objection, wrong: str) -> int:
        with kit.store.begin() as tx:
            self.delivery(tx)
            claim = tx.stories.claims()[0].claim
            tx.corrections.propose(Proposal(0, 1, 1, claim.id, what, URL, wrong, claim.evidence, NOW))
            return tx.corrections.proposed()[-1].id

    def delivery(self, tx: Tx) -> None:
        if not tx.issues.latest():
            found = tx.subscribers.add("r@x.example", "r", state="active", preferences=PLAIN, now=NOW)
            issue, _ = tx.issues.open(
                "k", trigger="admin", asked_by="t", period_end=NOW, show_id=None, since=None, now=NOW
            )
            tx.deliveries.plan(issue.id, [found.id], NOW)

    def test_accepted_it_is_a_correction_and_listed_no_more(self, kit: Kit, show: Show, shell: Shell) -> None:
        with kit.store.begin() as tx:
            tx.shows.add("Night Ferry", now=NOW)
        take_in(kit.store, article())
        number = self.propose(kit, Objection.WRONG_SHOW, "Harbour Lights")
        (line,) = map(json.loads, shell("corrections", "proposed", "--json")[1].splitlines())
        assert (line["id"], line["what"], line["wrong"], line["readers"]) == (number, "wrong-show", "Harbour Lights", 1)
        code, out, _ = shell("corrections", "accept", str(number), "--right", "night ferry", "--json")
        assert code == 0
        assert json.loads(out)["right"] == "Night Ferry"
        assert {name for name, _ in said(kit.store)} == {"Night Ferry"}
        assert shell("corrections", "proposed", "--json")[1] == ""
        assert shell("corrections", "accept", str(number))[0] == 2

    def test_old_news_is_no_news_once_it_is_accepted(self, kit: Kit, show: Show, shell: Shell) -> None:
        take_in(kit.store, article())
        number = self.propose(kit, Objection.OLD_NEWS, "")
        assert shell("corrections", "accept", str(number), "--right", "Harbour Lights")[0] == 2
        assert shell("corrections", "accept", str(number))[0] == 0
        assert said(kit.store) == set()
        with kit.store.begin() as tx:
            assert [one.what for one in tx.corrections.all()] == [Fault.NOT_NEWS]

    def test_rejected_it_changes_nothing_and_is_settled(self, kit: Kit, show: Show, shell: Shell) -> None:
        take_in(kit.store, article())
        before = said(kit.store)
        number = self.propose(kit, Objection.WRONG_KIND, "renewal")
        assert shell("corrections", "reject", str(number))[0] == 0
        assert "nothing is proposed" in shell("corrections", "proposed")[2]
        assert said(kit.store) == before
        assert shell("corrections", "reject", str(number))[0] == 2
