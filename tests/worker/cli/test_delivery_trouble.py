"""What an operator sees when mail does not go out: a line that says why, what waits for what, and the exit code."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from scaled.faulty_smtp import Faults, FaultyServer, serving
from tests.factories import NOW
from tests.smtp import Loop, running
from tests.worker.cli.test_cli import Shell
from tests.worker.digest.test_deliver import say
from worker.config import Settings
from worker.errors import remedy
from worker.models import Change
from worker.services import open_services
from worker.subscribers import add_subscriber, follow
from worker.tasks import Kit

ROOT = Path(__file__).resolve().parents[3]
READERS = 12


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """Readers of three domains who follow a show, and news about it."""
    services = open_services(Settings.from_env())
    with services.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        for n in range(READERS):
            found, _ = add_subscriber(tx, f"r{n:02}@d{n % 3}.example", zone="UTC", confirmed=True, now=NOW)
            follow(tx, found, show, NOW)
    say(Kit(services), show, "a", Change.NEW, NOW)
    services.close()
    return shell


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Loop]:
    """Servers with a certificate that nobody else trusts, and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "own.pem")]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "key.pem")
    yield from running(context, password="right")


def mail_by(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WATERCOOLER_MAIL_URL", url)


def form(shell: Shell, issue: int = 1) -> dict[str, Any]:
    """The issue, as programs get it."""
    found: dict[str, Any] = shell.json("digests", "show", str(issue))[0]["issue"]
    return found


class TestNoServer:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("smtp://nobody.invalid", "is not a known host"),
            ("smtp://127.0.0.1:1", "refuses connections; check that the server runs and that the port is right"),
        ],
    )
    def test_it_says_so_once_and_what_waits(
        self, ready: Shell, monkeypatch: pytest.MonkeyPatch, url: str, says: str
    ) -> None:
        mail_by(monkeypatch, url)
        code, _, err = ready("digests", "send")
        assert code == 1
        waiting = [line for line in err.splitlines() if says in line]
        assert [line.split(", next try")[0] for line in waiting] == ["8 planned (ours)", "4 deferred (ours)"]
        assert all("next try 2027-03-05 08:01" in line for line in waiting)
        code, _, err = ready("deliver")
        assert code == 1
        assert "0 tries" in err
        assert says in err

    def test_it_is_left_alone_and_not_asked_for_each_batch(self, ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("worker.digest.deliver.BATCH", 5)
        mail_by(monkeypatch, "smtp://127.0.0.1:1")
        ready("digests", "send")
        assert form(ready)["deliveries"] == {"deferred": 4, "planned": 8}

    def test_one_that_turns_everybody_away_is_left_alone_too(
        self, ready: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving() as server:
            server.script["connect"] = ["554 5.3.2 no service today"] * 100
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
            monkeypatch.setenv("WATERCOOLER_MAIL_CONNECTIONS", "1")
            assert ready("digests", "send")[0] == 1
        assert server.connections <= 9
        assert form(ready)["deliveries"]["planned"] >= READERS - 9

    @pytest.mark.parametrize(("scheme", "how"), [("smtp+starttls", "starttls"), ("smtps", "tls")])
    def test_a_certificate_that_nobody_trusts(
        self, ready: Shell, secure: Loop, monkeypatch: pytest.MonkeyPatch, scheme: str, how: str
    ) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own words, in this process
        server = secure.listen(**{how: True})
        mail_by(monkeypatch, f"{scheme}://localhost:{server.port}")
        code, _, err = ready("digests", "send")
        assert code == 1
        assert "shows a certificate that is not trusted (self-signed certificate)" in err
        assert "SSL_CERT_FILE" in err
        monkeypatch.setenv("SSL_CERT_FILE", "own.pem")
        code, _, err = ready("--now", "2027-03-05T09:00", "deliver")
        assert (code, form(ready)["deliveries"]) == (0, {"sent": READERS}), err

    def test_a_login_that_is_refused_and_no_word_of_the_password(
        self, ready: Shell, secure: Loop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = secure.listen(login=True)
        mail_by(monkeypatch, f"smtp://user:wr0ng@127.0.0.1:{server.port}")
        code, out, err = ready("digests", "send")
        assert code == 1
        assert "refuses the login (535); check user and password in WATERCOOLER_MAIL_URL" in err
        assert "wr0ng" not in out + err


@pytest.mark.parametrize(
    ("step", "answer", "states"),
    [
        ("MAIL", "452 4.3.1 quota exceeded", {"deferred": ("busy", "452 4.3.1 quota exceeded")}),
        ("RCPT", "452 4.2.2 over quota", {"deferred": ("full", "452 4.2.2 over quota")}),
        ("RCPT", "552 5.2.2 over quota", {"failed": ("full", "552 5.2.2 over quota")}),
        ("dot", "552 5.3.4 too large", {"failed": ("message", "552 5.3.4 too large")}),
        ("MAIL", "550 5.4.5 daily quota exceeded", {"failed": ("ours", "550 5.4.5 daily quota exceeded")}),
        ("RCPT", "550 5.4.5 daily quota exceeded", {"failed": ("ours", "550 5.4.5 daily quota exceeded")}),
        ("MAIL", "552 5.2.2 you have sent too much", {"failed": ("ours", "552 5.2.2 you have sent too much")}),
    ],
)
def test_one_refusal_is_told_and_the_rest_goes_on(
    ready: Shell, monkeypatch: pytest.MonkeyPatch, step: str, answer: str, states: dict[str, tuple[str, str]]
) -> None:
    with serving() as server:
        server.script[step] = [answer] * 2
        mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
        code, _, err = ready("digests", "send")
    ((state, (kind, reply)),) = states.items()
    assert code == 1
    assert form(ready)["deliveries"] == {"sent": READERS - 2, state: 2}
    when = "" if state == "failed" else ", next try 2027-03-05 08:01"
    assert f"2 {state} ({kind}){when}: {reply}" in err


def test_a_domain_that_hangs_holds_up_nobody_else(ready: Shell) -> None:
    with serving(Faults(hangs="@d1")) as server, under_way(server, "digests", "send") as process:
        others = READERS - READERS // 3
        wait_until(lambda: len(server.taken) == others)
        code, _, err = ready("digests", "show", "1")
        assert code == 0
        assert f"{others} sent" in err
        assert f"{READERS // 3} handing over" in err
        process.kill()


class TestStopped:
    @pytest.mark.parametrize(
        ("words", "number"), [(["digests", "send"], signal.SIGTERM), (["deliver", "--drain"], signal.SIGINT)]
    )
    def test_what_is_under_way_is_recorded_and_the_rest_goes_later(
        self, ready: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str], number: int
    ) -> None:
        if words[0] == "deliver":
            mail_by(monkeypatch, "smtp://127.0.0.1:1")
            ready("--now", "2027-03-05T07:00", "digests", "send")
        with serving() as server:
            with under_way(server, *words, WATERCOOLER_MAIL_RATE="4/s") as process:
                wait_until(lambda: len(server.taken) >= 2)
                process.send_signal(number)
                _, said = process.communicate(timeout=60)
            assert process.returncode == 1
            assert "Traceback" not in said
            assert "To go on with the rest: watercooler deliver" in said
            counts = form(ready)["deliveries"]
            assert counts["sent"] == len(server.taken) < READERS
            assert sum(counts.values()) == counts["sent"] + counts["planned"] + counts.get("deferred", 0) == READERS
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
            code, _, err = ready("--now", "2027-03-05T09:00", "deliver")
        assert (code, form(ready)["deliveries"]) == (0, {"sent": READERS}), err
        assert len({one.rcpt for one in server.taken}) == len(server.taken) == READERS


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)  # a server tells nobody what it has taken


class under_way:  # noqa: N801  # reads like a function where it is used
    """A command in a process of its own, sending to a server; it is ended in any case."""

    def __init__(self, server: FaultyServer, *words: str, **settings: str) -> None:
        command = [sys.executable, "-c", "import sys; from worker.cli import main; sys.exit(main())"]
        url = f"smtp://127.0.0.1:{server.port}"
        environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT), "WATERCOOLER_MAIL_URL": url}
        self.process = subprocess.Popen(
            [*command, "--now", "2027-03-05T08:00", *words], env=environment, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait(10)


class TestDatabase:
    @pytest.mark.parametrize(
        ("reason", "hint"),
        [
            ("database or disk is full", "free some space and call again; nothing half-done was kept"),
            ("database is locked", "another process is busy with it; call again in a moment"),
            ("attempt to write a readonly database", "call as the user whose files these are"),
            ("connection failed: Connection refused", "see that the server runs"),
            ("database disk image is malformed", "restore it from a backup"),
        ],
    )
    def test_a_fault_says_what_helps(self, reason: str, hint: str) -> None:
        assert hint in remedy(reason)

    def test_a_full_disk_sends_nothing_half_and_later_it_goes(
        self, ready: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving() as server:
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")

            def no_room(connection: sqlite3.Connection, _record: object) -> None:
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                connection.execute(f"PRAGMA max_page_count = {pages + 2}")

            event.listen(Engine, "connect", no_room)
            try:
                code, _, err = ready("digests", "send")
            finally:
                event.remove(Engine, "connect", no_room)
            assert code == 1
            assert "database or disk is full; free some space" in err
            assert server.taken == []
            code, _, err = ready("--now", "2027-03-05T09:00", "deliver")
            assert (code, form(ready)["deliveries"]) == (0, {"sent": READERS}), err


class TestByHand:
    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (["show", "99"], 2, "there is no issue 99; see `watercooler digests list`"),
            (["show", "99999999999999999999"], 2, "there is no issue 99999999999999999999"),
            (["show", "--watch", "99"], 2, "there is no issue 99"),
            (["pause", "99"], 2, "there is no issue 99"),
            (["release", "99"], 2, "there is no issue 99"),
            (["resend", "99"], 2, "there is no issue 99"),
            (["release", "1"], 0, "nothing of issue 1 is held"),
            (["release", "1", "--to", "r01@d1.example"], 0, "nothing of issue 1 is held for r01@d1.example"),
            (["release", "1", "--to", "x@example.org"], 2, "nobody subscribes with x@example.org"),
            (["resend", "1"], 0, "nothing of issue 1 has failed or was skipped"),
        ],
    )
    def test_a_wrong_call(self, ready: Shell, words: list[str], code: int, says: str) -> None:
        assert ready("digests", "send")[0] == 0
        found, _, err = ready("digests", *words)
        assert (found, says in err) == (code, True), err

    def test_after_a_pause_it_is_said_what_comes_first(self, ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        with serving() as server:
            server.script["RCPT"] = ["550 5.7.1 refused"] * READERS
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
            monkeypatch.setenv("WATERCOOLER_MAIL_CONNECTIONS", "1")
            code, _, err = ready("digests", "send")
            assert code == 1
            assert "when that is mended: watercooler digests resume 1, then resend 1" in err
            assert "10 messages in a row" in form(ready)["reason"]
            server.script.clear()
            assert ready("digests", "resend", "1")[::2] == (
                2,
                "error: issue 1 is paused; let it go on first: watercooler digests resume 1\n",
            )
            assert ready("digests", "resume", "1")[0] == 0
            code, _, err = ready("--now", "2027-03-05T08:30", "digests", "resend", "1")
            assert code == 0, err
        assert form(ready)["deliveries"] == {"sent": READERS}
        assert len(server.taken) == READERS

    def test_who_is_suppressed_in_the_middle_gets_none(self, ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        mail_by(monkeypatch, "smtp://127.0.0.1:1")
        ready("digests", "send")
        assert ready("suppressions", "add", "r05@d2.example", "--why", "asked by letter")[0] == 0
        with serving() as server:
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
            assert ready("--now", "2027-03-05T09:00", "deliver")[0] == 0
        assert form(ready)["deliveries"] == {"sent": READERS - 1, "skipped": 1}
        assert "r05@d2.example" not in {one.rcpt for one in server.taken}
        rows = ready.json("digests", "show", "1")
        assert [row["reply"] for row in rows if row["state"] == "skipped"] == ["the address is suppressed"]

    def test_what_is_held_is_decided_and_all_of_it_speaks_json(
        self, ready: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_UNCERTAIN", "hold")
        with serving(Faults(drop_after=1.0)) as server:
            mail_by(monkeypatch, f"smtp://127.0.0.1:{server.port}")
            code, _, err = ready("digests", "send")
        assert code == 1
        assert f"{READERS} uncertain (uncertain), held for a person: " in err
        assert "to decide about what is held: watercooler digests release 1" in err
        one = ["digests", "release", "1", "--to", "r00@d0.example", "--taken"]
        assert ready.json(*one) == [{"id": 1, "released": 1, "taken": True}]
        assert ready.json("digests", "release", "1") == [{"id": 1, "released": READERS - 1, "taken": False}]
        with serving() as again:
            mail_by(monkeypatch, f"smtp://127.0.0.1:{again.port}")
            assert ready.json("deliver") == [{"tries": READERS - 1, "deliveries": {"sent": READERS}}]
        assert ready.json("digests", "pause", "1") == [{"id": 1, "state": "paused", "deliveries": 0}]
        assert ready.json("digests", "list")[0]["state"] == "paused"

    def test_figures_are_watched_till_nothing_is_left(self, ready: Shell) -> None:
        assert ready("digests", "send")[0] == 0
        code, _, err = ready("digests", "show", "1", "--watch")
        assert (code, f"deliveries: {READERS} sent; {READERS} in all" in err) == (0, True), err
