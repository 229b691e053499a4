"""Files of subscribers for `watercooler subscribers import`: CSV with a header, a person a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from worker.errors import UsageError
from worker.subscribers import check_address, check_zone

COLUMNS = ("email", "shows", "zone", "consent date", "consent source")
_NEEDED = ("email", "consent date", "consent source")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: somebody who has agreed, when, and where that is written down."""

    number: int
    email: str
    shows: tuple[str, ...]
    zone: str
    agreed: date
    source: str

    @property
    def origin(self) -> str:
        """What the record of consents says."""
        return f"{self.source}, agreed on {self.agreed.isoformat()}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be used, and why."""

    number: int
    reason: str


def read_subscribers(file: Path, zone: str, now: datetime) -> Iterator[Line | Fault]:
    """The lines of a file in their order, the broken ones with the reason. Raises UsageError when it cannot be read.

    `zone` is for lines without one.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    header = [_plain(name) for name in next(csv.reader(lines[:1]), [])]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise UsageError(f"{file}: the first line has to name the columns {', '.join(COLUMNS)}; no {missing[0]!r} here")
    for number, text in enumerate(lines[1:], start=2):
        if text.strip():
            yield _line(number, header, text, zone, now)


def _line(number: int, header: list[str], text: str, zone: str, now: datetime) -> Line | Fault:
    """One line; a cell does not go over several lines, so that one open quotation mark spoils no other line."""
    try:
        row = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        return Fault(number, f"is no CSV: {error}")
    if len(row) != len(header):
        return Fault(number, f"has {len(row)} cells, the first line {len(header)}")
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    try:
        return Line(
            number,
            check_address(cells["email"])[0],
            tuple(name.strip() for name in cells.get("shows", "").split("|") if name.strip()),
            check_zone(cells.get("zone") or zone),
            _agreed(cells["consent date"], now),
            _source(cells["consent source"]),
        )
    except UsageError as error:
        return Fault(number, str(error))


def _agreed(text: str, now: datetime) -> date:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise UsageError(f"consent date: a day like 2026-01-31 is wanted, not {text!r}") from None
    if day > now.date():
        raise UsageError(f"consent date: {text} is still to come")
    return day


def _source(text: str) -> str:
    if not text:
        raise UsageError("consent source: is empty; say where the person has agreed")
    return " ".join(text.split())[:500]


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
