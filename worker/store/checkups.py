"""The figures of the weekly health digest, and how the sources stood at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from worker.store import schema
from worker.store.base import Noun


@dataclass(frozen=True, slots=True)
class Past:
    """A checkup that was made: when, and the state that each source was in."""

    at: datetime
    states: Mapping[str, str]


class Checkups(Noun):
    """Queries about how sources and deliveries did since a time."""

    def last(self) -> Past | None:
        """The latest checkup."""
        table = schema.checkups
        row = self.connection.execute(select(table).order_by(table.c.at.desc()).limit(1)).mappings().first()
        return Past(row["at"], row["states"]) if row else None

    def keep(self, issue_id: int, at: datetime, states: Mapping[str, str]) -> None:
        """Remembers how the sources stand, for the next one to be compared with."""
        values = {"issue_id": issue_id, "at": at, "states": dict(states)}
        self.connection.execute(schema.checkups.insert().values(**values))

    def failures(self, names: Sequence[str], since: datetime) -> dict[str, int]:
        """How many pages, articles and mails were set aside since a time and still are, by reason; most first."""
        table, count = schema.failures, func.count()
        statement = select(table.c.reason, table.c.source, count).where(table.c.at > since)
        found: dict[str, int] = {}
        for reason, source, number in self.connection.execute(statement.group_by(table.c.reason, table.c.source)):
            if source in names:
                found[reason] = found.get(reason, 0) + number
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def comments(self, since: datetime) -> tuple[int, int]:
        """Comments captured and declared, of the threads that were read with something new since a time."""
        table = schema.threads
        sums = (func.coalesce(func.sum(table.c[name]), 0) for name in ("captured", "declared_count"))
        row = self.connection.execute(select(*sums).where(table.c.updated_at > since)).one()
        return int(row[0]), int(row[1])
