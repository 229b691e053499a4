"""Wrong calls: each is answered in a line or two that say what to do, with the right exit code and no traceback."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.cli import main

ROOT = Path(__file__).resolve().parents[3]
NOW = ["--now", "2027-03-05T08:00"]
ARTICLE = {
    "url": "https://my-outlet.example/a",
    "source": "my-outlet",
    "title": "Harbour Lights renewed for season 2",
    "text": "An insider says that Harbour Lights has been renewed for a second season.",
    "published": "2027-03-04T10:00:00Z",
}
FILES = {
    "bad.jsonl": "{\n",
    "list.jsonl": "[1]\n",
    "bad.csv": "who,when\nann,today\n",
    "line.csv": "email,consent date,consent source\nann@example.org,soon,a fair\n",
    "bad.json": '[{"name": "x"',
    "bad.opml": "<opml><body/></opml>",
    "bad.toml": "name = \n",
    "bad.zip": "no backup",
    "latin1.txt": "Luces del coraz\xf3n",
    "in.jsonl": json.dumps(ARTICLE) + "\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one show, one article and one reader, and files that cannot be used."""
    folder = tmp_path_factory.mktemp("wrong")
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode("latin-1"))
    sources = folder / "home" / "sources"
    sources.mkdir(parents=True)
    (sources / "my-outlet.toml").write_text('name = "my-outlet"\nstart_urls = ["https://my-outlet.example/"]\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATERCOOLER_HOME", str(folder / "home"))
        assert main([*NOW, "shows", "add", "Harbour Lights", "--alias", "Harbor Lights"]) == 0
        assert main([*NOW, "ingest", str(folder / "in.jsonl")]) == 0
        assert main([*NOW, "subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed"]) == 0
    return folder


CALLS = [  # words, exit code, what the answer has
    # slips of the pen
    ("soruces list", 2, "Did you mean 'sources'"),
    ("sources lst", 2, "Did you mean 'list'"),
    ("digests perview", 2, "Did you mean 'preview'"),
    ("nonsense", 2, "see `watercooler --help`"),
    ("sources list --jsn", 2, "did you mean --json?"),
    ("digests send --dryrun", 2, "did you mean --dry-run?"),
    ("--versoin", 2, "did you mean --version?"),
    ("crawl my-outlt", 2, "did you mean 'my-outlet'?"),
    ("sources forget my-outlt --yes", 2, "did you mean 'my-outlet'?"),
    ("sources try my-outlt", 2, "did you mean 'my-outlet'?"),
    ("articles list --source my-outlt", 2, "did you mean 'my-outlet'?"),
    ("claims show|Harbour Light", 2, "did you mean 'Harbour Lights'?"),
    ("shows timeline|Harbour Lihgts", 2, "did you mean 'Harbour Lights'?"),
    ("talk list --show|Habour Lights", 2, "did you mean 'Harbour Lights'?"),
    ("subscribers follow|ann@example.org|Harbour Lihgts", 2, "did you mean 'Harbour Lights'?"),
    ("subscribers set an@example.org --hour 7", 2, "did you mean 'ann@example.org'?"),
    ("subscribers export ann@exampel.org", 2, "did you mean 'ann@example.org'?"),
    ("digests preview --to anna@example.org", 2, "did you mean 'ann@example.org'?"),
    # nothing there
    ("claims show Nobody", 2, "see `watercooler shows list`"),
    ("claims why 99", 2, "see `watercooler claims list`"),
    ("claims why 99999999999999999999", 2, "there is no claim"),
    ("articles show 99999999999999999999", 2, "no article at"),
    ("talk why 99", 2, "no thread under 99"),
    ("stories split 99", 2, "99"),
    ("stories split 99999999999999999999", 2, "no article at 9"),
    ("stories split ²", 2, "no article at ²"),
    ("corrections remove 9", 2, "see `watercooler corrections list`"),
    ("corrections reject 9", 2, "see `watercooler corrections proposed`"),
    ("digests show 9", 2, "see `watercooler digests list`"),
    ("digests cancel 9 --yes", 2, "see `watercooler digests list`"),
    ("failures show mail-9", 2, "see `watercooler failures list`"),
    ("failures show letter-x", 2, "an id like page-12"),
    ("suppressions remove ann@example.org", 2, "see `watercooler suppressions list`"),
    ("deliver --issue 9", 2, "there is no issue 9"),
    # missing, or wrong in kind
    ("claims why", 2, "Missing argument"),
    ("claims why x", 2, "a valid integer"),
    ("talk list", 2, "Missing option '--show'"),
    ("subscribers set ann@example.org --cadence never", 2, "not one of 'daily', 'weekly', 'monthly'"),
    ("subscribers set ann@example.org --hour 24", 2, "'--hour'"),
    ("subscribers set ann@example.org --weekday someday", 2, "Monday to Sunday"),
    ("subscribers set ann@example.org --language xx", 2, "--language: there are"),
    ("subscribers set ann@example.org --snooze X", 2, "SHOW=2027-01-31 is wanted"),
    ("subscribers set ann@example.org --zone Mars", 2, "no time zone 'Mars'"),
    ("articles list --limit many", 2, "'--limit'"),
    ("claims export --format rss", 2, "not one of 'jsonl', 'atom'"),
    ("failures list --kind letters", 2, "one of"),
    ("bounces list --kind hard", 2, "--kind: one of"),
    ("suppressions list --reason moon", 2, "--reason: bounced"),
    ("corrections add wrong-kind --article 1 --kind gossip", 2, "there is no kind 'gossip'"),
    ("subscribers add ann@", 2, "is no e-mail address"),
    ("extract ftp://my-outlet.example/", 2, "an address like https://"),
    ("sources add", 2, "Missing argument 'url'"),
    ("dkim new|two words", 2, "two words"),
    # times
    ("--now soon status", 2, "--now: a time like"),
    ("--now 2027-13-01 status", 2, "--now: a time like"),
    ("claims list --since yesterday", 2, "--since: a span like 7d"),
    ("articles list --since 99999999999d", 2, "--since"),
    ("subscribers set ann@example.org --pause-until tomorrow", 2, "a day like 2027-01-31"),
    # empty
    ("shows add|", 2, "a show's name is empty"),
    ("crawl|", 2, "there is no source ''"),
    ("suppressions add ann@example.org --why|", 2, "--why: say the reason"),
    ("backtest --since|", 2, "a span like 8w"),
    # two that contradict, or one too few
    ("corrections add not-news --article 1 --phrase x", 2, "say where"),
    ("corrections add not-news --phrase x --show|Harbour Lights", 2, "takes neither"),
    ("failures replay page-1 --all", 2, "name one"),
    ("stories merge 1 https://my-outlet.example/a", 2, "two claims"),
    ("claims export --format atom", 2, "--show NAME"),
    ("digests preview", 2, "--to EMAIL, or --show NAME"),
    ("backup - --json", 2, "leave --json out"),
    ("doctor mail --dns --zone x", 2, "one of them is wanted"),
    ("shows merge|Harbour Lights|Harbor Lights|--yes", 2, "nothing to merge"),
    # files: not there, folders, not readable, not writable, not what they should be
    ("extract no-such-file.html", 2, "no such file or folder"),
    ("ingest no-such-file.jsonl", 2, "no-such-file.jsonl cannot be read"),
    ("ingest home", 2, "home cannot be read"),
    ("ingest /proc/self/mem", 2, "/proc/self/mem cannot be read"),
    ("shows import home", 2, "home cannot be read"),
    ("subscribers import home", 2, "home cannot be read"),
    ("sources import home", 2, "home cannot be read"),
    ("bounces read home", 2, "home cannot be read"),
    ("restore home", 2, "home cannot be read"),
    ("sources check home", 1, "home"),
    ("doctor mail --zone home", 2, "home cannot be read"),
    ("backup /proc/backup.zip", 1, "/proc/backup.zip cannot be written"),
    ("backup in.jsonl", 2, "name a new file"),
    ("digests preview --to ann@example.org --html home", 2, "home cannot be written"),
    ("shows timeline|Harbour Lights|--html|bad.csv/x.html", 2, "cannot be written"),
    ("dkim new 2027a --out /proc/key.pem", 1, "/proc/key.pem"),
    ("dkim new 2027a --out bad.csv/key.pem", 1, "bad.csv"),
    ("demo --folder bad.csv", 1, "bad.csv"),
    ("ingest bad.jsonl", 1, "bad.jsonl:1: is not JSON"),
    ("ingest list.jsonl", 1, "an object with url, title and text is wanted"),
    ("subscribers import bad.csv", 2, "has to name the columns"),
    ("subscribers import line.csv", 1, "line.csv:2: consent date: a day like"),
    ("shows import bad.json", 2, "it is no JSON"),
    ("shows import latin1.txt", 2, "latin1.txt cannot be read"),
    ("sources import bad.opml", 2, "names no feeds"),
    ("sources import bad.csv", 2, "bad.csv"),
    ("sources check bad.toml", 1, "bad.toml: is not TOML: Invalid value (at line 1"),
    ("sources try bad.toml", 1, "bad.toml: is not TOML: Invalid value (at line 1"),
    ("restore bad.zip", 1, "bad.zip"),
    # what cannot be undone, where nobody can be asked
    ("sources forget my-outlet", 2, "say --yes"),
    ("subscribers erase ann@example.org", 2, "say --yes"),
    ("sources add https://other.example/", 2, "say --yes"),
]


@pytest.mark.parametrize(("call", "code", "says"), CALLS, ids=[call for call, *_ in CALLS])
def test_the_answer_says_what_to_do(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    call: str,
    code: int,
    says: str,
) -> None:
    first, *others = call.split("|")
    monkeypatch.setenv("WATERCOOLER_HOME", str(place / "home"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.chdir(place)
    found = main([*NOW, *first.split(), *others])
    out, err = capsys.readouterr()
    assert found == code, err
    assert says in " ".join(err.split())
    expect_short(err)
    rows = {"ingest", "extract"} & {first.split()[0]} and code == 1  # the other lines are taken in, and counted
    assert rows or not out


def expect_short(err: str) -> None:
    assert 1 <= len(err.strip().splitlines()) <= 2, err
    assert "Traceback" not in err
    assert "should not have happened" not in err


SETTINGS = {
    "TICK": "never",
    "CLOCK": "ahead",
    "GIVE_UP_AFTER": "-1h",
    "UNCERTAIN": "guess",
    "LOG": "xml",
    "METRICS": "all",
    "API_READ": "all",
    "MAIL_URL": "pigeon://coop",
    "MAIL_CONNECTIONS": "0",
    "MAIL_RATE": "fast",
    "BOUNCES": "imap://x",
    "BOUNCE_DOMAIN": "no domain",
    "DKIM_KEYS": "2027a",
    "OPERATORS": "nobody",
    "TALK_AUTHORS": "some",
    "ARCHIVE_DAYS": "0",
    "API_TOKEN": "short",
    "SOURCES_DIR": "/dev/null/x",
    "HOME": "/dev/null/x",
    "DATABASE_URL": "sqlite:////proc/nowhere/x.db",
}


@pytest.mark.parametrize(("name", "value"), SETTINGS.items(), ids=list(SETTINGS))
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(f"WATERCOOLER_{name}", value)
    code = main([*NOW, "deliver"])
    out, err = capsys.readouterr()
    assert code in (1, 2), err
    assert f"WATERCOOLER_{name}" in err or value in err
    assert not out
    expect_short(err)


PROGRAM = """
import importlib.abc, os, signal, sys

class Impatient(importlib.abc.MetaPathFinder):
    "Somebody who presses Ctrl-C when a library begins to load."
    def find_spec(self, name, path, target=None):
        if name == os.environ.get("STOP_AT"):
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
from worker.cli import main
sys.exit(main(sys.argv[1:]))
"""


def start(*words: str, **more: str) -> subprocess.Popen[bytes]:
    """The program, as a process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    command = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class TestStops:
    @pytest.mark.parametrize("library", ["typer", "worker.cli.output"])
    def test_while_libraries_load(self, library: str) -> None:
        process = start("sources", "list", STOP_AT=library)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err.decode().splitlines()) == (
            1,
            b"",
            ["error: stopped; what was done is kept"],
        )

    def test_in_the_midst_of_work(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "slow.html")
        process = start("extract", str(tmp_path / "slow.html"))
        with (tmp_path / "slow.html").open("wb"):  # it is open when the program reads it
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err.decode().splitlines()) == (
            1,
            b"",
            ["error: stopped; what was done is kept"],
        )

    @pytest.mark.parametrize("words", [["--help"], ["sources", "list", "--all", "--json"]], ids=" ".join)
    def test_a_reader_that_has_gone_is_no_fault(self, words: list[str]) -> None:
        process = start(*words)
        assert process.stdout
        process.stdout.close()
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, b"")
