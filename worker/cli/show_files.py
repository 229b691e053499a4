"""Files of shows for `watercooler shows import`: names a line, CSV, or a dump of TVmaze."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from worker.errors import UsageError
from worker.models import Show

_EARLIEST, _LATEST = 1900, 2200  # years of a first season


def read_shows(file: Path) -> tuple[list[Show], list[str]]:
    """The shows of a file, and what is wrong with its other lines. Raises UsageError when it cannot be read."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    if text.lstrip()[:1] in ("[", "{"):
        return _read_json(file, text)
    lines = text.splitlines()
    first = lines[0].casefold() if lines else ""
    is_csv = "\t" not in first and "name" in [cell.strip() for cell in first.split(",")]
    return _read_csv(file, lines) if is_csv else _read_lines(lines)


def _read_lines(lines: list[str]) -> tuple[list[Show], list[str]]:
    shows = []
    for line in lines:
        name, _, rest = line.partition("\t")
        if name.strip() and not name.startswith("#"):
            shows.append(Show(0, name.strip(), "", _aliases(rest)))
    return shows, []


def _read_csv(file: Path, lines: list[str]) -> tuple[list[Show], list[str]]:
    shows, faults = [], []
    for number, row in enumerate(csv.DictReader(lines), start=2):
        cells = {key.strip().casefold(): (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        year = cells.get("year", "")
        if not cells.get("name"):
            faults.append(f"{file}:{number}: name: is empty")
        elif year and not _is_year(year):
            faults.append(f"{file}:{number}: year: a number is wanted (found {year!r})")
        else:
            show = Show(0, cells["name"], "", _aliases(cells.get("aliases", "")), int(year) if year else None)
            shows.append(replace(show, country=cells.get("country") or None, network=cells.get("network") or None))
    return shows, faults


def _read_json(file: Path, text: str) -> tuple[list[Show], list[str]]:
    """A list of shows as TVmaze gives them, or one a line; also as the results of its search."""
    shows, faults = [], []
    for place, form in _forms(file, text):
        form = form.get("show", form) if isinstance(form, dict) else form
        name = form.get("name") if isinstance(form, dict) else None
        if isinstance(form, dict) and isinstance(name, str) and name.strip():
            shows.append(_of_tvmaze(form, name.strip()))
        else:
            faults.append(f"{file}:{place}: a show with a name is wanted")
    return shows, faults


def _forms(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    """The values of a JSON list, or of a file with one a line, each with its number."""
    try:
        if text.lstrip().startswith("["):
            yield from enumerate(json.loads(text), start=1)
            return
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield number, json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read: it is no JSON ({error})") from None


def _of_tvmaze(form: dict[str, Any], name: str) -> Show:
    home = _table(form.get("network")) or _table(form.get("webChannel"))
    premiered, code, network = (
        str(form.get("premiered") or "")[:4],
        _table(home.get("country")).get("code"),
        home.get("name"),
    )
    akas = _table(form.get("_embedded")).get("akas")
    other = [_table(one).get("name") for one in akas] if isinstance(akas, list) else []
    return Show(
        0,
        name,
        "",
        _others(name, other),
        int(premiered) if _is_year(premiered) else None,
        code if isinstance(code, str) else None,
        network if isinstance(network, str) else None,
    )


def _others(name: str, found: Iterable[Any]) -> tuple[str, ...]:
    names = [one.strip() for one in found if isinstance(one, str) and one.strip()]
    return tuple(dict.fromkeys(one for one in names if one != name))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_year(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) == 4 and _EARLIEST <= int(text) <= _LATEST


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
