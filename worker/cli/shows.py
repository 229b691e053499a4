"""`watercooler shows`: the registry of shows and the names they go by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.completion import ShowName, ShowNames
from worker.cli.output import Json, Session, Yes, complain, confirm, emit, note, show_table
from worker.cli.show_files import read_shows
from worker.errors import NotFoundError, UsageError
from worker.forms import listed_show, show_form
from worker.ingest.article import relabel
from worker.ingest.names import name_key
from worker.ingest.shows import ShowIndex, match_shows
from worker.models import Show
from worker.store import Tx

__all__ = ["app", "find_show", "read_shows"]

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
        waiting, seasons = tx.shows.proposed(), tx.shows.seasons()
        shows = [show for show in tx.shows.all() if show.id in waiting or not proposed]
    if as_json:
        emit(listed_show(show, waiting, seasons, session.settings.public_url) for show in shows)
        return
    show_table(
        "",
        ["show", "also known as", "year", "network", "seasons", "state"],
        [
            (
                show.name,
                " | ".join(show.aliases),
                show.year,
                show.network,
                " ".join(map(str, seasons.get(show.id, ()))),
                _state(show, waiting),
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
        tx.alone()
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
        emit([{**show_form(show, "active"), "articles": count}])
    note(f"{show.name} ({show.key}): {count} stored articles are about it")


@app.command("alias")
def alias(context: typer.Context, show: ShowName, names: list[str], as_json: Json = False) -> None:
    """Gives a show more names.

    Example: watercooler shows alias "Harbour Lights" "Luces del puerto"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        tx.alone()
        found = find_show(tx, show)
        index = ShowIndex(tx.shows.all())
        for name in names:
            if (other := index.find(name)) and other.id != found.id:
                raise UsageError(f"{name!r} is another show already ({other.key}); an alias of both would mix them up")
        tx.shows.add_aliases(found.id, [name.strip() for name in names if name.strip()])
        found = find_show(tx, found.key)
        count = relabel(tx, found, session.kit.shelf, session.now)
    if as_json:
        emit([{**show_form(found, "active"), "articles": count}])
    note(f"{found.name}: also {', '.join(found.aliases)}; {count} stored articles are about it")


@app.command("merge")
def merge(context: typer.Context, show: ShowName, others: ShowNames, yes: Yes = False, as_json: Json = False) -> None:
    """Makes other shows one with this show: their names, articles, ledger and followers become its own.

    It cannot be undone.

    Example: watercooler shows merge "Harbour Lights" "Luces del puerto"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        kept, gone = _to_merge(tx, show, others)
    confirm(f"Make {', '.join(f'{one.name} ({one.key})' for one in gone)} one with {kept.name} ({kept.key})?", yes=yes)
    with session.kit.store.begin() as tx:
        tx.alone()
        kept, gone = _to_merge(tx, show, others)
        for one in gone:
            tx.shows.merge(kept, one)
        tx.shows.accept(kept.id)
        found = find_show(tx, kept.key)
    if as_json:
        emit([show_form(found, "active")])
    note(f"{found.name} ({found.key}): also {', '.join(found.aliases)}")


def _to_merge(tx: Tx, show: str, others: list[str]) -> tuple[Show, list[Show]]:
    """The show that stays, and those that become a part of it. Raises UsageError, NotFoundError."""
    kept = find_show(tx, show)
    gone = {one.id: one for one in (find_show(tx, name) for name in others)}
    if kept.id in gone:
        raise UsageError(f"{kept.name} ({kept.key}) is named twice; there is nothing to merge")
    return kept, list(gone.values())


@app.command("split")
def split(
    context: typer.Context,
    show: ShowName,
    alias: str,
    year: Annotated[int | None, typer.Option(min=1900, max=2200, help="Year of the new show's first season.")] = None,
    country: Annotated[str, typer.Option(help="Country of the new show.")] = "",
    network: Annotated[str, typer.Option(help="Network or streamer of the new show.")] = "",
    as_json: Json = False,
) -> None:
    """Makes one of a show's other names a show of its own; articles that name only it go along.

    Example: watercooler shows split "Harbour Lights" "Harbour Lights Australia" --country AU
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        tx.alone()
        old = find_show(tx, show)
        name = _alias_of(old, alias)
        tx.shows.drop_alias(old.id, name)
        new = tx.shows.add(name, year=year, country=country or None, network=network or None, now=session.now)
        index = session.kit.shelf.index(tx)
        told = [
            (stored.id, {one.show_id for one in match_shows(stored.article, index)})
            for stored in tx.articles.containing((name,))
        ]
        moved = tx.shows.hand_over([number for number, ids in told if new.id in ids and old.id not in ids], old, new)
        count = relabel(tx, new, session.kit.shelf, session.now)
    if as_json:
        emit([{**show_form(new, "active"), "articles": count, "stories": moved}])
    note(f"{new.name} ({new.key}) is a show of its own: {count} stored articles, {moved} stories")


def _alias_of(show: Show, name: str) -> str:
    """The alias as it is stored. Raises NotFoundError with those that the show has."""
    found = next((alias for alias in show.aliases if name_key(alias) == name_key(name)), None)
    if found is None:
        others = f"its other names: {', '.join(show.aliases)}" if show.aliases else "it has no other names"
        raise NotFoundError(f"{show.name} has no other name {name!r}; {others}")
    return found


@app.command("import")
def import_shows(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Adds many shows: a name a line, optionally a tab and `alias | alias`; CSV (name, aliases, …); a TVmaze dump.

    Example: watercooler shows import my-shows.txt
    """
    session: Session = context.obj
    rows, faults = read_shows(file)
    added, known = 0, 0
    with session.kit.store.begin() as tx:
        tx.alone()
        registry = _Registry(tx.shows.all())
        for row in rows:
            if found := registry.find(row):
                tx.shows.accept(found.id)
                tx.shows.add_aliases(found.id, row.aliases)
                tx.shows.complete(found, row)
                known += 1
                continue
            registry.add(_add(tx, row, session))
            added += 1
    for fault in faults:
        complain(fault, 1)
    if as_json:
        emit([{"added": added, "known": known, "faults": len(faults)}])
    note(f"{added} shows added, {known} were known, {len(faults)} lines could not be read")
    if faults:
        raise typer.Exit(1)


def _add(tx: Tx, row: Show, session: Session) -> Show:
    return tx.shows.add(
        row.name, aliases=row.aliases, year=row.year, country=row.country, network=row.network, now=session.now
    )


class _Registry:
    """The shows by name while a file is read. Of one name, year and country tell remakes apart where both give them."""

    def __init__(self, shows: list[Show]) -> None:
        self._shows: dict[str, list[Show]] = {}
        for show in shows:
            self.add(show)

    def add(self, show: Show) -> None:
        """Takes in a show under its name and its other names."""
        for key in dict.fromkeys(map(name_key, (show.name, *show.aliases))):
            self._shows.setdefault(key, []).append(show)

    def find(self, row: Show) -> Show | None:
        """The show that a line means."""
        key = name_key(row.name)
        return next((show for show in self._shows.get(key, ()) if key and _agree(show, row)), None)


def _agree(one: Show, other: Show) -> bool:
    pairs = ((one.year, other.year), (one.country, other.country))
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def find_show(tx: Tx, name: str) -> Show:
    """The show of that name, alias or key. Raises NotFoundError with what is near."""
    index = ShowIndex(tx.shows.all())
    found = index.find(name)
    if found is None:
        near = index.near(name)
        hint = f"did you mean {' or '.join(repr(other) for other in near)}?" if near else "see `watercooler shows list`"
        raise NotFoundError(f"there is no show {name!r}; {hint}")
    return found


def _state(show: Show, waiting: dict[int, str]) -> str:
    return "proposed" if show.id in waiting else "active"
