"""What came back: bounces and complaints, what each counted, and what was ignored, with the reason."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Update, case, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from worker.store import schema
from worker.store.base import Noun, listed

STEP = 2  # tenths of a point that a mail which arrives takes off again


@dataclass(frozen=True, slots=True)
class Record:
    """One message that came back, or a refusal on the spot. `score` is in tenths of a point.

    `kind` is one of gone, doubtful, passing, ours, complaint, ignored, unread.
    """

    at: datetime
    kind: str
    status: str
    text: str
    subscriber_id: int | None = None
    delivery_id: int | None = None
    score: int = 0
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is kept, with the reader's address if it is known."""

    id: int
    email: str | None
    record: Record


class Bounces(Noun):
    """Queries about what came back."""

    def keep(self, record: Record) -> bool:
        """Keeps a record; False when it is known: the same message, or the same of the same delivery."""
        values = {name: getattr(record, name) for name in _COLUMNS}
        insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        statement = insert(schema.bounces).values(**values).on_conflict_do_nothing()
        return self.connection.execute(statement.returning(schema.bounces.c.id)).scalar() is not None

    def count(self, subscriber_id: int, kind: str, after: datetime) -> int:
        """How many of a kind there were after a time."""
        table = schema.bounces
        theirs = (table.c.subscriber_id == subscriber_id) & (table.c.kind == kind) & (table.c.at > after)
        return self.connection.execute(select(func.count()).select_from(table).where(theirs)).scalar_one()

    def score(self, subscriber_id: int, after: datetime) -> int:
        """What is left of a reader's score after a time, in tenths."""
        table = schema.bounces
        theirs = (table.c.subscriber_id == subscriber_id) & (table.c.score > 0) & (table.c.at > after)
        return int(
            self.connection.execute(select(func.coalesce(func.sum(table.c.score), 0)).where(theirs)).scalar_one()
        )

    def ease(self, subscriber_ids: Sequence[int]) -> None:
        """Takes a step off the score of each who has one: of their oldest record first. Others cost nothing."""
        if subscriber_ids:
            self.connection.execute(_ease(self.connection.dialect.name), {"ids": list(subscriber_ids)})

    def latest(self, limit: int, *, subscriber_id: int | None = None, kind: str = "") -> list[Kept]:
        """Records, newest first."""
        table, people = schema.bounces, schema.subscribers
        statement = select(table, people.c.email).outerjoin(people, people.c.id == table.c.subscriber_id)
        if subscriber_id is not None:
            statement = statement.where(table.c.subscriber_id == subscriber_id)
        if kind:
            statement = statement.where(table.c.kind == kind)
        rows = self.connection.execute(statement.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)).mappings()
        return [Kept(row["id"], row["email"], Record(**{name: row[name] for name in _COLUMNS})) for row in rows]

    def counts(self, since: datetime) -> dict[str, int]:
        """How many of each kind came since a time."""
        table = schema.bounces
        statement = select(table.c.kind, func.count()).where(table.c.at > since).group_by(table.c.kind)
        return {row[0]: row[1] for row in self.connection.execute(statement.order_by(table.c.kind))}

    def forget(self, before: datetime, most: int) -> int:
        """Removes records that are older, so many at the most; gives how many."""
        table = schema.bounces
        old = select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(most)
        return self.connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


_COLUMNS = tuple(each.name for each in fields(Record))


@functools.cache
def _ease(dialect: str) -> Update:
    """Built once; the bound stands in it as it is, for else the index of those who have a score would not be used."""
    table = schema.bounces
    theirs = listed(table.c.subscriber_id, dialect) & (table.c.score > literal_column("0"))
    oldest = select(func.min(table.c.id)).where(theirs).group_by(table.c.subscriber_id)
    left = case((table.c.score > STEP, table.c.score - STEP), else_=0)
    return update(table).where(table.c.id.in_(oldest)).values(score=left)
