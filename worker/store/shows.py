"""The registry of shows: their names, the other names they go by, and which are only proposed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, select, update

from worker.models import Show
from worker.store import schema
from worker.store.base import Noun
from worker.store.handover import hand_over, merge


class Shows(Noun):
    """Queries about shows."""

    _mark: tuple[int, int, int] | None = None  # what `mark` told last, until the registry changes

    def all(self) -> list[Show]:
        """The whole registry, by name."""
        rows = self.connection.execute(select(schema.shows).order_by(schema.shows.c.name)).mappings().all()
        names = self._aliases(select(schema.aliases))
        return [_show(row, names.get(row["id"], ())) for row in rows]

    def added_since(self, show_id: int) -> list[Show]:
        """Shows with a higher number, in the order in which they came."""
        rows = self.connection.execute(select(schema.shows).where(schema.shows.c.id > show_id)).mappings().all()
        names = self._aliases(select(schema.aliases).where(schema.aliases.c.show_id > show_id))
        return [_show(row, names.get(row["id"], ())) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def some(self, *, limit: int, after: int = 0, proposed: bool = False) -> list[Show]:
        """Shows by number, from the first after one on; only those that are proposed, if that is wanted."""
        table = schema.shows
        statement = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if proposed:
            statement = statement.where(table.c.state == "proposed")
        rows = self.connection.execute(statement).mappings().all()
        names = self._aliases(select(schema.aliases).where(schema.aliases.c.show_id.in_([row["id"] for row in rows])))
        return [_show(row, names.get(row["id"], ())) for row in rows]

    def _aliases(self, statement: Select[Any]) -> dict[int, list[str]]:
        names: dict[int, list[str]] = {}
        for show_id, alias in self.connection.execute(statement.order_by(schema.aliases.c.alias)):
            names.setdefault(show_id, []).append(alias)
        return names

    def mark(self) -> tuple[int, int, int]:
        """Changes whenever the registry does, so that an index made of it can be kept until then.

        The registry is counted once a transaction, and again when this one has changed it.
        """
        if self._mark is None:
            self._mark = self._count()
        return self._mark

    def forget_mark(self) -> None:
        """The registry has changed, or what was changed in it is undone."""
        self._mark = None

    def _count(self) -> tuple[int, int, int]:
        shows, aliases = schema.shows, schema.aliases
        newest = func.coalesce(func.max(shows.c.id), 0)
        found = self.connection.execute(select(newest, func.count()).select_from(shows)).one()
        named = self.connection.execute(select(func.count()).select_from(aliases)).scalar_one()
        return int(found[0]), int(found[1]), int(named)

    def proposed(self) -> dict[int, str]:
        """Shows that only one publisher has named so far, each with that publisher's family."""
        table = schema.shows
        rows = self.connection.execute(select(table.c.id, table.c.evidence).where(table.c.state == "proposed"))
        return {row[0]: row[1] for row in rows}

    def add(
        self,
        name: str,
        *,
        now: datetime,
        aliases: Iterable[str] = (),
        state: str = "active",
        evidence: str = "",
        year: int | None = None,
        country: str | None = None,
        network: str | None = None,
    ) -> Show:
        """Adds a show under a free key; its name must not be in the registry yet."""
        self.forget_mark()
        key = self._free_key(name, year, country)
        values = {
            "name": name,
            "key": key,
            "year": year,
            "country": country,
            "network": network,
            "state": state,
            "evidence": evidence,
            "created": now,
        }
        show_id = self.insert_id(schema.shows, values)
        self.add_aliases(show_id, aliases)
        return Show(show_id, name, key, tuple(aliases), year, country, network)

    def add_aliases(self, show_id: int, aliases: Iterable[str]) -> None:
        """Gives a show more names; those it has already stay."""
        self.forget_mark()
        rows = [{"show_id": show_id, "alias": alias} for alias in dict.fromkeys(aliases)]
        self.upsert(schema.aliases, rows, ["show_id", "alias"])

    def accept(self, show_id: int) -> None:
        """A proposed show becomes active."""
        table = schema.shows
        self.connection.execute(update(table).where(table.c.id == show_id).values(state="active"))

    def complete(self, show: Show, other: Show) -> None:
        """Fills in what a show lacks of year, country and network."""
        pairs = {name: (getattr(show, name), getattr(other, name)) for name in ("year", "country", "network")}
        values = {name: theirs for name, (mine, theirs) in pairs.items() if mine is None and theirs is not None}
        if values:
            table = schema.shows
            self.connection.execute(update(table).where(table.c.id == show.id).values(**values))

    def merge(self, kept: Show, gone: Show) -> None:
        """Two shows are one: articles, ledger and readers of the second become the first's, its names aliases."""
        self.forget_mark()
        merge(self.connection, kept.id, gone.id)
        self.add_aliases(kept.id, [name for name in (gone.name, *gone.aliases) if name != kept.name])

    def drop_alias(self, show_id: int, alias: str) -> None:
        """Takes a name away from a show."""
        self.forget_mark()
        table = schema.aliases
        self.connection.execute(delete(table).where(table.c.show_id == show_id, table.c.alias == alias))

    def hand_over(self, articles: Sequence[int], old: Show, new: Show) -> int:
        """Stories of one show that only these articles tell become another's; gives how many."""
        return hand_over(self.connection, articles, old.id, new.id)

    def seasons(self) -> dict[int, tuple[int, ...]]:
        """The seasons that the ledger knows of each show, in order."""
        table = schema.stories
        rows = self.connection.execute(
            select(table.c.show_id, table.c.season)
            .where(table.c.season.is_not(None))
            .distinct()
            .order_by(table.c.season)
        )
        found: dict[int, list[int]] = {}
        for show_id, season in rows:
            found.setdefault(show_id, []).append(season)
        return {show_id: tuple(seasons) for show_id, seasons in found.items()}

    def _free_key(self, name: str, year: int | None, country: str | None) -> str:
        base = show_key(name)
        wanted = [base, f"{base}-{country}".lower() if country else "", f"{base}-{year}" if year else ""]
        wanted += [f"{base}-{n}" for n in range(2, 100)]
        table = schema.shows
        taken = set(self.connection.execute(select(table.c.key).where(table.c.key.startswith(base))).scalars())
        return next(key for key in wanted if key and key not in taken)


def show_key(name: str) -> str:
    """A show's name as it stands in addresses and commands: "Shōgun (2024)" is `shogun-2024`."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", plain)).strip("-_") or "show"


def _show(row: RowMapping, aliases: Sequence[str]) -> Show:
    names = ("id", "name", "key", "year", "country", "network")
    return Show(**{name: row[name] for name in names}, aliases=tuple(aliases))
