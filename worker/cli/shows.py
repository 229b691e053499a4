"""`watercooler shows`: the registry of shows and the names they go by."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.output import Json, Session, complain, emit, note, show_table
from worker.errors import NotFoundError, UsageError
from worker.ingest.article import relabel
from worker.ingest.shows import ShowIndex
from worker.models import Show
from worker.store import Tx

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_shows(
    context: typer.Context,
    proposed: Annotated[bool, typer.Option(help="Only those that one publisher alone has named so far.")] = False,
    as_json: Json = False,
) -> None:
    """All shows with their other names.

    Example: watercooler shows list --proposed
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        waiting = tx.shows.proposed()
        shows = [show for show in tx.shows.all() if show.id in waiting or not proposed]
    if as_json:
        emit(_form(show, "proposed" if show.id in waiting else "active") for show in shows)
        return
    show_table(
        "",
        ["show", "also known as", "year", "network", "state"],
        [
            (
                show.name,
                " | ".join(show.aliases),
                show.year,
                show.network,
                "proposed" if show.id in waiting else "active",
            )
            for show in shows
        ],
    )


@app.command("add")
def add(
    context: typer.Context,
    name: str,
    alias: Annotated[list[str] | None, typer.Option(help="Another name; may be given again.")] = None,
    year: Annotated[
        int | None, typer.Option(min=1900, max=2200, help="Year of the first season, to tell remakes apart.")
    ] = None,
    country: Annotated[str, typer.Option(help="Country, to tell remakes apart.")] = "",
    network: Annotated[str, typer.Option(help="Network or streamer.")] = "",
    as_json: Json = False,
) -> None:
    """Adds a show (or accepts a proposed one); stored articles that name it are read again.

    Example: watercooler shows add "The Office" --country AU --year 2024 --alias "The Office Australia"
    """
    session: Session = context.obj
    name = name.strip()
    if not name:
        raise UsageError("a show's name is empty")
    with session.kit.store.begin() as tx:
        known = ShowIndex(tx.shows.all()).find(name)
        if known and not (year or country):
            tx.shows.accept(known.id)
            tx.shows.add_aliases(known.id, alias or ())
            show = known
        else:
            show = tx.shows.add(
                name, aliases=alias or (), year=year, country=country or None, network=network or None, now=session.now
            )
        count = relabel(tx, show, session.kit.shelf, session.now)
    if as_json:
        emit([{**_form(show, "active"), "articles": count}])
    note(f"{show.name} ({show.key}): {count} stored articles are about it")


@app.command("alias")
def alias(context: typer.Context, show: str, names: list[str], as_json: Json = False) -> None:
    """Gives a show more names.

    Example: watercooler shows alias "Harbour Lights" "Luces del puerto"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = find_show(tx, show)
        index = ShowIndex(tx.shows.all())
        for name in names:
            if (other := index.find(name)) and other.id != found.id:
                raise UsageError(f"{name!r} is another show already ({other.key}); an alias of both would mix them up")
        tx.shows.add_aliases(found.id, [name.strip() for name in names if name.strip()])
        found = find_show(tx, found.key)
        count = relabel(tx, found, session.kit.shelf, session.now)
    if as_json:
        emit([{**_form(found, "active"), "articles": count}])
    note(f"{found.name}: also {', '.join(found.aliases)}; {count} stored articles are about it")


@app.command("import")
def import_shows(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Adds many shows: a name a line, optionally a tab and `alias | alias`; or CSV with a header (name, aliases, …).

    Example: watercooler shows import my-shows.txt
    """
    session: Session = context.obj
    rows, faults = read_shows(file)
    added, known = 0, 0
    with session.kit.store.begin() as tx:
        index = ShowIndex(tx.shows.all())
        added_now: dict[tuple[str, int | None, str | None], Show] = {}
        for row in rows:
            found = index.find(row.name) or added_now.get((row.name.casefold(), row.year, row.country))
            if found and found.year == row.year and found.country == row.country:
                tx.shows.accept(found.id)
                tx.shows.add_aliases(found.id, row.aliases)
                known += 1
                continue
            added_now[row.name.casefold(), row.year, row.country] = tx.shows.add(
                row.name, aliases=row.aliases, year=row.year, country=row.country, network=row.network, now=session.now
            )
            added += 1
    for fault in faults:
        complain(fault, 1)
    if as_json:
        emit([{"added": added, "known": known, "faults": len(faults)}])
    note(f"{added} shows added, {known} were known, {len(faults)} lines could not be read")
    if faults:
        raise typer.Exit(1)


def find_show(tx: Tx, name: str) -> Show:
    """The show of that name, alias or key. Raises NotFoundError with what is near."""
    index = ShowIndex(tx.shows.all())
    found = index.find(name)
    if found is None:
        near = index.near(name)
        hint = f"did you mean {' or '.join(repr(other) for other in near)}?" if near else "see `watercooler shows list`"
        raise NotFoundError(f"there is no show {name!r}; {hint}")
    return found


def read_shows(file: Path) -> tuple[list[Show], list[str]]:
    """The shows of a file, and what is wrong with its other lines. Raises UsageError when it cannot be read."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
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
        elif year and not year.isdigit():
            faults.append(f"{file}:{number}: year: a number is wanted (found {year!r})")
        else:
            show = Show(0, cells["name"], "", _aliases(cells.get("aliases", "")), int(year) if year else None)
            shows.append(_with_origin(show, cells))
    return shows, faults


def _with_origin(show: Show, cells: dict[str, str]) -> Show:
    country, network = cells.get("country") or None, cells.get("network") or None
    return Show(show.id, show.name, show.key, show.aliases, show.year, country, network)


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _form(show: Show, state: str) -> dict[str, object]:
    return {
        "name": show.name,
        "key": show.key,
        "aliases": list(show.aliases),
        "year": show.year,
        "country": show.country,
        "network": show.network,
        "state": state,
    }
