"""What all commands share: the session, tables for people, JSON Lines for machines, messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from crawler.items import parse_time
from worker.cli.messages import complain, err, note, plain
from worker.clock import read_clock
from worker.config import Settings
from worker.errors import UsageError
from worker.forms import encode, read_since
from worker.services import open_services
from worker.tasks import Kit

__all__ = [
    "Json",
    "Session",
    "Yes",
    "can_ask",
    "complain",
    "confirm",
    "emit",
    "err",
    "note",
    "number_of",
    "parse_now",
    "parse_since",
    "progress",
    "show_table",
    "write",
]

Json = Annotated[bool, typer.Option("--json", help="JSON Lines on stdout, for machines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

_LARGEST = 1 << 63
_LEAST = 12  # signs a column, or a table cannot be read
_WIDEST = 1_000_000


@dataclass
class Session:
    """One run of the command line: its settings, its clock, and the services, opened when first needed."""

    settings: Settings
    now: datetime

    @cached_property
    def kit(self) -> Kit:
        """Store, transport and the rest."""
        return Kit(open_services(self.settings))

    def local(self, time: datetime | None) -> str:
        """A time in the operator's zone."""
        return f"{time.astimezone(ZoneInfo(self.settings.zone)):%Y-%m-%d %H:%M}" if time else ""


def parse_now(text: str, settings: Settings) -> datetime:
    """The clock, or what stands for it. Raises UsageError."""
    if not text:
        return read_clock(settings)
    try:
        return parse_time(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"--now: a time like 2027-03-05T08:00 is wanted, not {text!r}") from None


def parse_since(text: str, now: datetime) -> datetime | None:
    """`7d`, `12h` or a date. Raises UsageError."""
    try:
        return read_since(text, now)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from None


def number_of(text: str) -> int | None:
    """The number that a text is, if a database can have it for an id."""
    number = int(text) if text.isdecimal() and len(text) < 20 else _LARGEST
    return number if number < _LARGEST else None


def write(path: Path, text: str) -> None:
    """Writes a file that somebody named. Raises UsageError when it cannot be."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def emit(rows: Iterable[Mapping[str, object]]) -> None:
    """JSON Lines on stdout."""
    for row in rows:
        sys.stdout.write(encode(row) + "\n")
    sys.stdout.flush()


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table that fits the terminal; if that is too narrow, a block a row. On a pipe a row is a line, uncut."""
    names = [column.rstrip("#") for column in columns]
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name, column in zip(names, columns, strict=True):
        table.add_column(name, justify="right" if column.endswith("#") else "left", overflow="fold")
    cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
    for row in cells:
        table.add_row(*row)
    console, wide = Console(highlight=False), Console(highlight=False, width=_WIDEST)
    needed = console.measure(table, options=wide.options).maximum
    if not sys.stdout.isatty():
        _print_whole(table, max(needed, 80))
    elif needed > console.width < _LEAST * len(names):
        _print_blocks(console, title, names, cells)
    else:
        console.print(table)


def _print_whole(table: Table, width: int) -> None:
    """As wide as it is, without blanks at the ends of lines."""
    console = Console(highlight=False, width=width)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    sys.stdout.flush()


def _print_blocks(console: Console, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Each cell on a line of its own, with its column's name; empty ones are left out."""
    lines = [f"[bold]{plain(title.strip())}[/]"] if title else []
    for row in rows:
        lines += [f"[bold]{name}[/] {cell}" if name else cell for name, cell in zip(names, row, strict=True) if cell]
        lines.append("")
    if lines:
        console.print("\n".join(lines[:-1] if not lines[-1] else lines), overflow="fold")


def confirm(question: str, *, yes: bool) -> None:
    """Asks before what cannot be undone. Raises UsageError when the answer is no, or nobody can be asked."""
    if yes:
        return
    if not can_ask():
        raise UsageError(f"{question} Nobody can be asked here: say --yes to do it; nothing was done")
    if not typer.confirm(question, err=True):
        raise UsageError("nothing was done")


def can_ask() -> bool:
    """Is there a person who can answer?"""
    return sys.stdin is not None and sys.stdin.isatty()


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr, with rate and remaining time, if that is a terminal.

    Call what it yields once for each step, with a word on where we are. `total` is None where nobody knows it.
    """
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn() if total is None else TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[now]}"),
        console=err,
        transient=True,
        disable=quiet or not sys.stderr.isatty() or err.is_dumb_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total, now="")
        yield lambda now: bar.update(task, advance=1, now=plain(now)[:60])
