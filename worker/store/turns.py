"""Turns: what many processes may begin, and one at a time does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select, update

from worker.store import schema
from worker.store.base import Noun

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_EARLY = 0.9  # part of the time between two turns after which the next may be taken: messages do not come to the second


class Turns(Noun):
    """Queries about turns, by name. There is one: "tick"."""

    def take(self, name: str, holder: str, now: datetime, every: timedelta = timedelta()) -> bool:
        """Takes a turn, if the last one was begun long enough ago; who asks meanwhile waits until this is committed.

        A turn that lies in the future was taken by another clock, and counts for nothing.
        """
        table = schema.turns
        fresh = {"name": name, "holder": "", "taken_at": _NEVER}
        self.upsert(table, [fresh], ["name"], keep=["holder", "taken_at"])
        free = or_(table.c.taken_at <= now - _EARLY * every, table.c.taken_at > now + every)
        statement = update(table).where(table.c.name == name, free).values(holder=holder, taken_at=now)
        return self.connection.execute(statement).rowcount > 0

    def done(self, name: str, now: datetime) -> None:
        """Notes that a turn came to its end."""
        table = schema.turns
        self.connection.execute(update(table).where(table.c.name == name).values(done_at=now))

    def last(self, name: str) -> datetime | None:
        """When a turn came to its end last; the time is the one at which it began. None: never."""
        table = schema.turns
        return self.connection.execute(select(table.c.done_at).where(table.c.name == name)).scalar()
