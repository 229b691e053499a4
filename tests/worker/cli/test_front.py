"""The command line as a whole: help, forms for machines, tables, times, questions, completion, start-up."""

from __future__ import annotations

import functools
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.worker.cli.walk import options, walk
from worker.cli import main, output
from worker.cli.catalogue import ENTRIES
from worker.cli.completion import complete_show, complete_source
from worker.cli.door import load
from worker.errors import UsageError

ROOT = Path(__file__).resolve().parents[3]
NOW = ["--now", "2027-03-05T08:00"]
WITHOUT_JSON = {  # why a command has one form only
    "run": "it is a service: what it says is its log",
    "tick": "it prints nothing",
    "sources schema": "what it prints is JSON",
    "subscribers export": "what it prints is JSON",
    "claims export": "its --format are forms for machines",
}


class TestHelp:
    def test_a_commands_line_in_the_catalogue_leads_to_its_code(self) -> None:
        assert [entry.name for entry in ENTRIES if load(entry.name).name != entry.name] == []
        assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)

    def test_the_panels_and_the_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--help"]) == 0
        out = capsys.readouterr().out
        assert [out.count(f"─ {entry.panel} ─") for entry in ENTRIES] == [1] * len(ENTRIES)
        assert main(["--version"]) == 0
        assert capsys.readouterr().out.startswith("watercooler 0.")

    def test_each_group_has_an_example_that_is_a_command(self) -> None:
        known = {" ".join(words) for words, _ in walk()}
        found = [" ".join(entry.example.split()[:2]) for entry in ENTRIES if entry.example]
        assert [example for example in found if example not in known] == []

    def test_help_comes_whatever_is_wrong_with_the_settings(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_ZONE", "Nowhere")
        assert main(["sources", "list", "--help"]) == 0
        assert "Example: watercooler sources list" in capsys.readouterr().out

    def test_help_loads_no_library_that_it_does_not_need(self) -> None:
        program = "import sys; from worker.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
        done = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
        )
        heavy = {"scrapy", "twisted", "sqlalchemy", "celery", "redis", "lxml", "trafilatura", "pydantic", "structlog"}
        assert heavy & set(done.stderr.split()) == set()


class TestJson:
    @pytest.mark.parametrize(("words", "command"), list(walk()), ids=[" ".join(words) for words, _ in walk()])
    def test_every_command_has_a_form_for_machines(self, words: list[str], command: Any) -> None:
        assert ("--json" in options(command)) != (" ".join(words) in WITHOUT_JSON)

    def test_the_forms_are_listed(self) -> None:
        text = (ROOT / "docs" / "formats.md").read_text()
        named = {" ".join(words) for words, _ in walk()} - set(WITHOUT_JSON)
        missing = {name for name in named if f"`{name}`" not in text}
        missing = {name for name in missing if f"`{name.rpartition(' ')[2]}`" not in text}
        assert missing == set()


def lines(patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int | None) -> list[str]:
    """A table with a long cell as it comes on a terminal of that width, or on a pipe."""
    patch.setattr(sys.stdout, "isatty", lambda: width is not None)
    patch.setenv("COLUMNS", str(width or 80))
    patch.setattr(output, "Console", functools.partial(Console, color_system=None))
    output.show_table(
        "All", ["id#", "title", "said", "url"], [(7, "Harbour Lights " * 20, None, "https://a.example/" * 9)]
    )
    return capsys.readouterr().out.splitlines()


class TestTables:
    def test_on_a_pipe_a_row_is_one_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        *_, row = found = lines(monkeypatch, capsys, None)
        assert len(found) == 3
        assert ("Harbour Lights " * 20).strip() in row
        assert "https://a.example/" * 9 in row

    def test_on_a_terminal_it_fits_and_nothing_is_lost(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for width in (20, 40, 80, 200):
            found = lines(monkeypatch, capsys, width)
            assert max(map(len, found)) <= width, width
            assert " ".join(found).count("Harbour") == 20

    def test_where_columns_would_be_too_narrow_each_row_is_a_block(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = lines(monkeypatch, capsys, 40)
        assert (found[1], found[2].startswith("title Harbour Lights")) == ("id 7", True)

    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_colours_are_left_out_where_they_are_not_wanted(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.delenv("FORCE_COLOR", raising=False)
        assert "\x1b[1;31m" in on_a_terminal(["nonsense"], {"TERM": "xterm"})
        assert "\x1b[1;31m" not in on_a_terminal(["nonsense"], {"TERM": "xterm", name: value})


def on_a_terminal(words: list[str], more: dict[str, str]) -> str:
    """What the program prints on a terminal."""
    ours, theirs = pty.openpty()
    program = "import sys; from worker.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**environment, "PYTHONPATH": str(ROOT), **more},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:  # how a terminal says that the program has gone
        pass
    process.wait()
    os.close(ours)
    return said.decode()


ARTICLE = {
    "url": "https://my-outlet.example/a",
    "source": "my-outlet",
    "outlet": "My Outlet",
    "title": "Harbour Lights renewed for season 2",
    "text": "An insider says that Harbour Lights has been renewed for a second season.",
    "published": "2027-03-05T08:00:00Z",
    "comments": [{"id": "c1", "author": "Zoe", "text": "About time.", "published": "2027-03-05T08:00:00Z"}],
}
TABLES = [
    "articles list",
    "articles show https://my-outlet.example/a",
    "claims list",
    "claims show|Harbour Lights",
    "claims why 1",
    "shows timeline|Harbour Lights",
    "talk list --show|Harbour Lights",
    "corrections list",
    "corrections proposed",
    "subscribers list",
    "digests list",
    "digests show 1",
    "digests health",
    "suppressions list",
    "suppressions show bob@example.org",
    "bounces list --since 2027-03-05",
    "sources list --all",
    "failures list",
    "status",
    "extract page.html",
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation with something in most tables, whose operator lives far from Greenwich: its environment."""
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "in.jsonl").write_text(json.dumps(ARTICLE) + "\n")
    paragraphs = "<p>Harbour Lights has been renewed for a second season, an insider says, and more is to come.</p>" * 6
    (folder / "page.html").write_text(
        "<html><head><title>Harbour Lights renewed</title>"
        '<meta property="og:type" content="article"><meta property="article:published_time" '
        f'content="2027-03-05T18:00:00Z"></head><body><article><h1>Harbour Lights renewed</h1>{paragraphs}</article>'
    )
    environment = {
        "WATERCOOLER_HOME": str(folder / "home"),
        "WATERCOOLER_ZONE": "Pacific/Auckland",  # 08:00 UTC is 21:00 there, 18:00 is tomorrow
        "WATERCOOLER_MAIL_URL": f"maildir:{folder}/mails",
    }
    with pytest.MonkeyPatch.context() as patch:
        move(patch, environment)
        for words in (
            ["shows", "add", "Harbour Lights"],
            ["subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed", "--zone", "UTC"],
            ["ingest", "in.jsonl"],
            ["suppressions", "add", "bob@example.org", "--why", "a letter"],
            ["corrections", "add", "not-news", "--phrase", "nothing of the kind"],
            ["digests", "send"],
        ):
            assert main([*NOW, *words]) == 0
    return environment


def move(patch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        patch.setenv(name, value)
    patch.chdir(Path(environment["WATERCOOLER_HOME"]).parent)


def test_no_table_tells_times_of_another_zone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ledger: dict[str, str]
) -> None:
    move(monkeypatch, ledger)
    capsys.readouterr()
    told = 0
    for call in TABLES:
        first, *others = call.split("|")
        assert main([*NOW, *first.split(), *others]) == 0, call
        out, err = capsys.readouterr()
        said = "\n".join(line for line in (out + err).splitlines() if "T08:00" not in line)  # a key, not a time
        told += "21:00" in said or "2027-03-06" in said
        assert "08:00" not in said, call
        assert "2027-03-05 18" not in said, call
        assert "UTC" not in said.replace("  UTC  ", "  "), call  # a reader's zone has its column
    assert told >= 10


LISTED = [
    "articles list",
    "claims list",
    "claims show|Harbour Lights",
    "shows list",
    "shows timeline|Harbour Lights",
    "talk list --show|Harbour Lights",
    "talk why 1",
    "corrections list",
    "subscribers list",
    "digests list",
    "suppressions list",
    "sources list --all",
    "extract page.html",
    "deliver",
    "doctor",
]


def fields(command: str) -> set[str]:
    """What docs/formats.md says of a command: its fields, without those that stand inside of others."""
    rows = (ROOT / "docs" / "formats.md").read_text().splitlines()
    row = next(row for row in rows if row.startswith("|") and f"`{command}`" in row.split("|")[1])
    for nested in (r"\{[^{}]*\}", r"\[[^\[\]]*\]"):
        while (less := re.sub(nested, "", row)) != row:
            row = less
    return {name for span in re.findall(r"`([^`]*)`", row.split("|", 2)[2]) for name in re.findall(r"[a-z_]+", span)}


@pytest.mark.parametrize("call", LISTED)
def test_the_fields_are_those_that_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ledger: dict[str, str], call: str
) -> None:
    move(monkeypatch, ledger)
    first, *others = call.split("|")
    main([*NOW, *first.split(), *others, "--json"])
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    listed = fields(
        " ".join(first.split()[:2]) if first.split()[0] not in ("extract", "deliver", "doctor") else first.split()[0]
    )
    assert set(row) - listed == set(), "not listed in docs/formats.md"
    missing = {name for name in listed - set(row) if name.islower() and "_" in name}
    assert missing == set(), "listed, and not there"


class TestQuestions:
    def test_yes_goes_on_and_no_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        output.confirm("Go?", yes=True)
        monkeypatch.setattr(output, "can_ask", lambda: True)
        monkeypatch.setattr(output.typer, "confirm", lambda question, err: question == "Go?")
        output.confirm("Go?", yes=False)
        with pytest.raises(UsageError, match="nothing was done"):
            output.confirm("Stay?", yes=False)

    def test_what_cannot_be_undone_has_a_word_for_scripts(self) -> None:
        final = ("sources forget", "subscribers erase", "shows merge", "digests cancel", "failures replay")
        found = {" ".join(words): options(command) for words, command in walk()}
        assert [name for name in final if not {"--yes", "-y"} <= found[name]] == []

    def test_shows_are_not_merged_and_issues_not_cancelled_by_a_slip(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(output, "can_ask", lambda: False)
        for name in ("Harbour Lights", "Night Ferry"):
            assert main([*NOW, "shows", "add", name]) == 0
        assert main([*NOW, "shows", "merge", "Harbour Lights", "Night Ferry"]) == 2
        assert "Make Night Ferry (night-ferry) one with Harbour Lights" in " ".join(capsys.readouterr().err.split())
        assert main([*NOW, "shows", "list"]) == 0
        assert "Night Ferry" in capsys.readouterr().out


class TestCompletion:
    def test_sources_and_shows(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert complete_show("Har") == []
        assert main([*NOW, "shows", "add", "Harbour Lights"]) == 0
        capsys.readouterr()
        assert complete_show("Har") == ["Harbour Lights"]
        assert "tvline" in complete_source("tv")
        assert capsys.readouterr() == ("", "")

    def test_it_makes_nothing_and_says_nothing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        assert complete_show("") == []
        assert not (tmp_path / "home").exists()
        monkeypatch.setenv("WATERCOOLER_ZONE", "Nowhere")
        assert (complete_show(""), complete_source("")) == ([], [])
        assert capsys.readouterr() == ("", "")

    def test_the_shell_completes_commands_and_their_options(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for words, cursor, found in (("watercooler dig", "1", "digests"), ("watercooler digests pre", "2", "preview")):
            monkeypatch.setenv("_WATERCOOLER_COMPLETE", "complete_bash")
            monkeypatch.setenv("COMP_WORDS", words)
            monkeypatch.setenv("COMP_CWORD", cursor)
            assert main([]) == 0
            assert capsys.readouterr().out.split() == [found]


def test_a_bar_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("reading", 3, quiet=False) as step:
        step("https://my-outlet.example/")
    assert capsys.readouterr().err == ""
    shown = Console(force_terminal=True, stderr=True, width=120)
    monkeypatch.setattr(output, "err", shown)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with output.progress("reading", 3, quiet=False) as step:
        step("https://my-outlet.example/")
    said = capsys.readouterr().err
    assert "1/3" in said
    assert "https://my-outlet.example/" in said
