"""The registry of shows: their names, the other names they go by, and which are only proposed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, select, update

from worker.models import Show
from worker.store import schema
from worker.store.base import Noun


class Shows(Noun):
    """Queries about shows."""

    def all(self) -> list[Show]:
        """The whole registry, by name."""
        rows = self.connection.execute(select(schema.shows).order_by(schema.shows.c.name)).mappings().all()
        names: dict[int, list[str]] = {}
        for show_id, alias in self.connection.execute(select(schema.aliases).order_by(schema.aliases.c.alias)):
            names.setdefault(show_id, []).append(alias)
        return [_show(row, names.get(row["id"], ())) for row in rows]

    def mark(self) -> tuple[int, int, int]:
        """Changes whenever the registry does, so that an index made of it can be kept until then."""
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
        rows = [{"show_id": show_id, "alias": alias} for alias in dict.fromkeys(aliases)]
        self.upsert(schema.aliases, rows, ["show_id", "alias"])

    def accept(self, show_id: int) -> None:
        """A proposed show becomes active."""
        table = schema.shows
        self.connection.execute(update(table).where(table.c.id == show_id).values(state="active"))

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
