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
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from crawler.items import parse_time
from worker.clock import read_clock
from worker.config import Settings
from worker.errors import UsageError
from worker.forms import encode, read_since
from worker.services import open_services
from worker.tasks import Kit

Json = Annotated[bool, typer.Option("--json", help="JSON Lines on stdout, for machines.")]

err = Console(stderr=True, highlight=False)


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


def complain(message: object, code: int) -> int:
    """One clear message on stderr; gives the exit code."""
    err.print(f"[bold red]error:[/] {_plain(message)}", soft_wrap=True)
    return code


def write(path: Path, text: str) -> None:
    """Writes a file that somebody named. Raises UsageError when it cannot be."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def note(message: str) -> None:
    """A message for a person, on stderr."""
    err.print(_plain(message), soft_wrap=True)


def emit(rows: Iterable[Mapping[str, object]]) -> None:
    """JSON Lines on stdout."""
    for row in rows:
        sys.stdout.write(encode(row) + "\n")
    sys.stdout.flush()


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table that fits the terminal; on a pipe it is not cut."""
    console = Console(highlight=False)
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column.endswith("#")
        table.add_column(column.rstrip("#"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain("" if cell is None else cell) for cell in row))
    if not console.is_terminal:
        console = Console(highlight=False, width=max(120, console.measure(table).maximum))
    console.print(table)


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr; call what it yields once for each step, with a word on where we are."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}"),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total, now="")
        yield lambda now: bar.update(task, advance=1, now=_plain(now)[:60])


def _plain(value: object) -> str:
    """Text of strangers is no markup."""
    return escape(str(value))
