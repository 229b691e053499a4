"""What README and docs tell to type is typed here: in a shell, in an installation of its own, against the sample outlets.

A block is left out when `<!-- needs: … -->` stands before it, a line when its program is one of `ELSEWHERE`. Starting a
process for each command would take a second of the machine: in this shell `watercooler` is a few lines that have
this process do it. Commands within the text, in tables and in files that differ by system are held against the command line's own tree.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.worker.notices import dsn
from worker.cli import main
from worker.cli.door import Late, app, load
from worker.config import PREFIX
from worker.demo.outlets import NOW, Outlets

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(300)  # crawls with pauses between requests, on a machine that may be busy
_FOLDER = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(page for page in _FOLDER if page.stem.islower())]
ELSEWHERE = {
    "make": "minutes; its targets are looked up",
    "docker": "Docker",
    "curl": "a service with an address",
    "celery": "a broker",
    "jq": "a log, and jq",
    "age": "a program of the operator's",
    "psql": "a PostgreSQL server",
    "pip": "the network",
    "git": "the network",
    "pre-commit": "the network",
    ".venv/bin/python": "minutes; its modules are looked up",
}
OTHERS_MODULES = ("pytest", "pip", "hatchling")
NETWORK = "watercooler doctor mail --dns"
FINDS_FAULTS = ("watercooler doctor mail", "watercooler doctor")  # exit code 1, as the pages say: nothing is set here
DAYS = (NOW[0].date() - datetime.now(UTC).date()).days  # the sample outlets' news is fresh, whenever this runs
CLOCK = f"{DAYS:+}d"
SAYS = {"digests.md": "\nElsewhere\n", "claims.md": "ledger: "}
LONG = ["run"]  # until Ctrl-C
SERVED = ["demo", "--serve"]  # its ports are fixed, and may be taken: here the same outlets are on ports of their own
SHIM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    line.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
    code, out, err = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
sys.stdout.write(out); sys.stderr.write(err); sys.exit(code)
"""


@dataclass(frozen=True)
class Block:
    """Commands that stand together, and why they are not typed here, if so."""

    page: str
    line: int
    text: str
    needs: str = ""


def blocks(page: Path) -> Iterator[Block]:
    """The ```sh blocks of a page, and of ```console what follows a $."""
    text = page.read_text("utf-8")
    for found in re.finditer(r"(?:^<!-- needs: ([^\n]*?) -->\n+)?^```(sh|console)\n(.*?)^```", text, re.M | re.S):
        lines = re.sub(r"\\\n\s*", "", found[3]).splitlines()
        typed = [line[2:] for line in lines if line.startswith("$ ")] if found[2] == "console" else lines
        yield Block(page.name, text.count("\n", 0, found.start(3)), "\n".join(typed), found[1] or "")


def program(line: str) -> str:
    words = [word for word in line.split() if not re.match(r"[A-Z_]+=", word)]
    return words[0] if words else ""


BLOCKS = [block for page in PAGES for block in blocks(page)]


def elsewhere(line: str) -> str:
    """Why a line is not typed here, if so."""
    return "the network" if line.startswith(NETWORK) else ELSEWHERE.get(program(line), "")


LINES = [(block, line) for block in BLOCKS for line in block.text.splitlines() if program(line) and line[0] != "#"]
LEFT = [(block, line) for block, line in LINES if block.needs or elsewhere(line)]


class Keyboard(io.StringIO):
    """Somebody who says yes."""

    def isatty(self) -> bool:
        return True


class Desk:
    """Does what the shell's `watercooler` is asked for, in this process."""

    def __init__(self, folder: Path) -> None:
        self.typed: list[str] = []
        address = str(folder / "desk")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(address)
        self.listener.listen()
        self.listener.settimeout(0.1)
        shim = folder / "bin" / "watercooler"
        shim.parent.mkdir()
        shim.write_text(SHIM.format(python=sys.executable, address=address), "utf-8")
        shim.chmod(0o755)

    def serve(self, shell: subprocess.Popen[str]) -> None:
        """Until the shell has ended."""
        while shell.poll() is None:
            with contextlib.suppress(TimeoutError):
                line, _ = self.listener.accept()
                with line:
                    asked = b""
                    while not asked.endswith(b"\n"):
                        asked += line.recv(65536)
                    line.sendall(json.dumps(self._do(*json.loads(asked))).encode())

    def _do(self, words: list[str], folder: str, environment: dict[str, str]) -> tuple[int, str, str]:
        self.typed.append(shlex.join(words))
        if words == SERVED:
            return 0, "", ""
        if words == LONG:
            return _interrupted(words, folder, environment)
        raw, err = io.BytesIO(), io.StringIO()
        out = io.TextIOWrapper(raw, "utf-8")
        with surroundings(environment), contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", Keyboard("y\n" * 9))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(words)
        out.flush()
        return code, raw.getvalue().decode("utf-8", "replace"), err.getvalue()


@contextlib.contextmanager
def surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    """The shell's environment in place of ours."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _interrupted(words: list[str], folder: str, environment: dict[str, str]) -> tuple[int, str, str]:
    """A service, stopped by Ctrl-C as soon as it says where its pages are; a port of its own for these."""
    program = "import sys; from worker.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *words, "--port", "0"]
    environment = {**environment, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True) as service:
        assert service.stderr is not None
        said = ""
        for line in service.stderr:
            said += line
            if line.startswith("web:"):
                break
        service.send_signal(signal.SIGINT)
        out, err = service.communicate(timeout=60)
    return service.returncode, out, said + err


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Path, dict[str, str]]]:
    """A machine for a newcomer: a home, the outlets, what the pages call `.venv`, and what they say of the outlets' ports."""
    home = tmp_path_factory.mktemp("newcomer")
    desk = Desk(home)
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "activate").touch()
    with Outlets() as outlets:
        ports = {f"127.0.0.1:{8701 + number}": host for number, host in enumerate(outlets.hosts)}
        yield desk, home, ports
    desk.listener.close()


def type_in(place: tuple[Desk, Path, dict[str, str]], text: str, **more: str) -> tuple[int, str]:
    """Types lines into a shell; gives its exit code and what it said. It stops at the first line that fails."""
    desk, home, ports = place
    for port, host in ports.items():
        text = text.replace(port, host)
    path = f"{desk.listener.getsockname().removesuffix('desk')}bin:/usr/bin:/bin"
    environment = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", f"{PREFIX}CLOCK": CLOCK, **more}
    script = f"set -eo pipefail\ntrap 'echo \"failed: $BASH_COMMAND\"' ERR\n{text}\n"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["bash", "-c", script], cwd=home, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as shell:
        assert shell.stdout is not None
        desk.serve(shell)
        said = shell.stdout.read()
    return shell.returncode, said


def typed(page: str) -> str:
    """What of a page is typed."""
    mine = [block for block in BLOCKS if block.page == page and not block.needs]
    lines = [re.sub(r"\s+# .*", "", line) for block in mine for line in block.text.splitlines()]
    lines = [f"{line} || [ $? = 1 ]" if line in FINDS_FAULTS else line for line in lines]
    return "\n".join(line for line in lines if not elsewhere(line))


@pytest.fixture(scope="module")
def readme(place: tuple[Desk, Path, dict[str, str]]) -> tuple[int, str]:
    """README, word by word."""
    return type_in(place, typed("README.md"))


def test_readme_leads_a_newcomer_to_a_crawl_and_a_mail(
    readme: tuple[int, str], place: tuple[Desk, Path, dict[str, str]]
) -> None:
    code, said = readme
    assert code == 0, said
    _, home, _ = place
    mails = list((home / "watercooler" / "outbox" / "new").iterdir())
    assert len(mails) == 1
    assert "renewed" in mails[0].read_text("utf-8")
    assert "an insider tells" in said.casefold()


OTHERS = [page.name for page in PAGES[1:] if typed(page.name).strip()]


@pytest.fixture(scope="module")
def used(readme: tuple[int, str], place: tuple[Desk, Path, dict[str, str]]) -> dict[str, str]:
    """What README has made, used for a while: the pages speak of issue 3, of a notice that came back, of a saved page."""
    _, home, ports = place
    settings = {"WATERCOOLER_HOME": "watercooler", "WATERCOOLER_ALLOW_PRIVATE_HOSTS": ",".join(ports.values())}
    (home / "notice.eml").write_bytes(dsn())
    shutil.copy(ROOT / "tests" / "pages" / "wordpress.html", home / "page.html")
    more = "watercooler digests send --to ann@example.org\nwatercooler digests send --show 'Harbour Lights'"
    code, said = type_in(place, more, **settings)
    assert code == 0, said
    return settings


@pytest.mark.parametrize("page", OTHERS)
def test_every_command_of_a_page_works(
    page: str, used: dict[str, str], place: tuple[Desk, Path, dict[str, str]]
) -> None:
    """In what README has made, but for what was typed there already."""
    known = set(typed("README.md").splitlines())
    lines = [line for line in typed(page).splitlines() if line not in known]
    code, said = type_in(place, "\n".join(lines), **used)
    assert code == 0, said
    assert SAYS.get(page, "") in said
    if page == "digests.md":  # its second preview has a template of its own for what viewers say: an empty one
        assert "Elsewhere" in (place[1] / "digest.html").read_text("utf-8")
        assert "What viewers say" not in (place[1] / "digest.html").read_text("utf-8")
        assert "What viewers say" in said


def test_what_is_left_out_is_there() -> None:
    """Targets of make, and modules."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for _, line in LEFT:
        words = shlex.split(line, comments=True)
        if program(line) == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.M), line
        if words[1:2] == ["-m"]:
            first = words[2].split(".")
            assert first[0] in OTHERS_MODULES or (ROOT / first[0]).is_dir(), line


def mentioned() -> Iterator[tuple[str, str]]:
    """Commands within the text (between backticks), in indented lines and in blocks, each with its page."""
    for page in PAGES:
        text = page.read_text("utf-8")
        inline = re.findall(r"(?<!`)`((?:WATERCOOLER_\w+=\S+ )?watercooler [^`]+)`(?!`)", text)
        indented = re.findall(r"^ {4}((?:WATERCOOLER_\w+=\S+ )?watercooler .+?)(?: {2,}.*| +# .*)?$", text, re.M)
        found = [line for block in blocks(page) for line in block.text.splitlines() if "watercooler" in line]
        yield from ((page.name, command.replace("\n", " ")) for command in [*inline, *indented, *found])


MENTIONED = sorted(
    {(page, command) for page, command in mentioned() if re.search(r"(?:^|\s)watercooler [a-z-]", command)}
)


@pytest.mark.parametrize(("page", "command"), MENTIONED)
def test_every_command_that_is_mentioned_is_one(page: str, command: str) -> None:
    words = command.split("watercooler ", 1)[1].split("  #")[0].split("…")[0]
    for each in re.split(r"\s\|\s|\s&&\s|;", words)[:1]:
        _look_up(each.split(), command)


def _look_up(words: list[str], command: str) -> None:
    """Is there such a command, with such options?"""
    here: Any = typer.main.get_command(app)
    options = {"--help", "-h", *_options(here)}
    if words[0] == "--now":
        words = words[2:]
    while hasattr(here, "commands") and words:
        if words[0].startswith("-"):
            break
        names, words = words[0].rstrip(",.)").split("|"), words[1:]
        assert set(names) <= set(here.commands), command
        here = load(names[0]) if isinstance(here, Late) else here.commands[names[0]]
        options |= _options(here)
    said = {re.split(r"[=\]]", word)[0].strip("[,.") for word in words if re.match(r"\[?--?[a-z]", word)}
    assert said <= options, command


def _options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
