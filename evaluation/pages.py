"""Every page that people look at, in a browser, by day and by night: what axe-core finds wrong for who cannot see well.

    python -m evaluation.pages [PAGE …] [--pictures FOLDER]

axe-core is no part of the project: `npm install axe-core` puts it into the checkout, or AXE_JS names its `axe.min.js`.
Without it, or without Chromium, there is nothing to judge with, and it says so. Violations of WCAG A and AA count;
others (axe's best practices) are told, and how much axe could not decide. `--pictures` keeps what was seen.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from evaluation.newsstand import Stand
from evaluation.page_cases import CASES, PageCase, Seen, furnish
from tests.worker.web.browser import Browser, find_browser
from worker.config import Settings
from worker.services import open_services
from worker.tasks import Kit
from worker.web import make_app

ROOT = Path(__file__).resolve().parents[1]
LOOKS = ((375, False), (375, True), (1100, False), (1100, True))  # width, and is it dark
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_ASK = """axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(found => JSON.stringify({
    unsure: found.incomplete.map(one => one.id),
    rows: found.violations.map(one => (
        {id: one.id, tags: one.tags, help: one.help, nodes: one.nodes.map(node => node.html.slice(0, 160))}))}))"""


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with a page in one look: rules of A and AA, other rules, and whether it scrolls sideways.

    `unsure` are the rules that axe could not decide: a person has to look.
    """

    page: str
    look: str
    violations: tuple[str, ...]
    others: tuple[str, ...]
    unsure: tuple[str, ...]
    sideways: bool


def find_axe() -> Path | None:
    """axe-core's one file, where it is here."""
    named = os.environ.get("AXE_JS")
    places = [Path(named)] if named else [up / "node_modules" / "axe-core" / "axe.min.js" for up in (ROOT, ROOT.parent)]
    return next((place for place in places if place.is_file()), None)


@contextlib.contextmanager
def open_site(folder: Path) -> Iterator[tuple[Stand, str]]:
    """A whole installation behind a real server on a port of its own, with news and readers in it."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(home=folder / "home", public_url=base, signups_per_client=1000)
        kit = Kit(open_services(settings))
        server = uvicorn.Server(uvicorn.Config(make_app(kit), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Stand(kit, datetime.now(UTC).replace(microsecond=0)), base
        finally:
            server.should_exit = True
            thread.join()
            kit.services.close()


def look_at(browser: Browser, axe: str, name: str, width: int, *, dark: bool) -> Found:
    """Judges the page that is open."""
    browser.look(width=width, dark=dark)
    browser.run(axe + ";0")  # the page's own policy does not bind who drives the browser
    answer = browser.call("Runtime.evaluate", expression=_ASK, awaitPromise=True, returnByValue=True)
    said = json.loads(answer["result"]["value"])
    rows: list[dict[str, Any]] = said["rows"]
    bad = [row for row in rows if set(RULES) & set(row["tags"])]
    wide = bool(browser.run("document.documentElement.scrollWidth > innerWidth"))
    look = f"{width}{' dark' if dark else ''}"
    others = [row for row in rows if row not in bad]
    return Found(name, look, _said(bad), _said(others), tuple(said["unsure"]), wide)


def _said(rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{row['id']}: {row['help']}: {node}" for row in rows for node in row["nodes"])


def judge(
    cases: Sequence[PageCase],
    axe: Path,
    program: str,
    folder: Path,
    *,
    pictures: Path | None = None,
    looks: Any = LOOKS,
) -> Iterator[Found]:
    """Visits the pages one after the other; those that change something come last."""
    source = axe.read_text("utf-8")
    with open_site(folder) as (stand, base), Browser(program) as browser:
        world = furnish(stand, base, folder)
        for case in cases:
            case.visit(Seen(browser, world))
            for width, dark in looks:
                found = look_at(browser, source, case.name, width, dark=dark)
                if pictures:
                    browser.picture(pictures / f"{case.name}-{found.look.replace(' ', '-')}.png")
                yield found


def table(found: Sequence[Found]) -> str:
    """A line for each page, then what is wrong."""
    lines = [f"{'page':<18} {'looks':>5} {'A/AA':>5} {'other':>5} {'unsure':>6} {'sideways':>8}"]
    for name in dict.fromkeys(one.page for one in found):
        lines.append(_line(name, [one for one in found if one.page == name]))
    lines.append(_line("all", found))
    lines += [f"FAIL {one.page} ({one.look}): {what}" for one in found for what in one.violations]
    lines += [f"FAIL {one.page} ({one.look}): scrolls sideways" for one in found if one.sideways]
    lines += dict.fromkeys(f"also {one.page}: {what}" for one in found for what in one.others)
    lines += dict.fromkeys(f"unsure {one.page}: {what}" for one in found for what in one.unsure)
    return "\n".join(lines)


def _line(name: str, found: Sequence[Found]) -> str:
    bad, others, unsure = (sum(len(getattr(one, kind)) for one in found) for kind in ("violations", "others", "unsure"))
    return f"{name:<18} {len(found):>5} {bad:>5} {others:>5} {unsure:>6} {sum(one.sideways for one in found):>8}"


def main() -> int:
    """Judges all pages, or those named; 1 when a rule of A or AA is broken, or a page scrolls sideways."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.pages", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(case.name for case in CASES))
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep pictures of all pages here")
    asked = parser.parse_args()
    axe, program = find_axe(), find_browser()
    if axe is None or program is None:
        sys.stdout.write(f"{'Chromium' if axe else 'axe-core'} is not here: there is nothing to judge with.\n")
        return 0
    if asked.pictures:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES if not asked.pages or case.name in asked.pages]
    with tempfile.TemporaryDirectory() as scratch:
        found = list(judge(cases, axe, program, Path(scratch), pictures=asked.pictures))
    sys.stdout.write(table(found) + "\n")
    return int(any(one.violations or one.sideways for one in found))


if __name__ == "__main__":
    sys.exit(main())
