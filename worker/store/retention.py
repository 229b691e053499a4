"""What need not be kept for ever, forgotten a few rows at a time, so that nobody waits for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, tuple_, update

from worker.store import schema
from worker.store.base import Noun


class Retention(Noun):
    """What is old enough to be forgotten; each gives how many rows that were, so many at the most."""

    def bodies(self, before: datetime, most: int) -> int:
        """What servers sent that could not be read. That it failed, how often and why, stays known."""
        table = schema.failures
        old = select(table.c.id).where(table.c.body.is_not(None), table.c.at < before).limit(most)
        chosen = old.with_for_update(skip_locked=True)  # it may fail again at this moment
        ids = list(self.connection.execute(chosen).scalars())
        return self.connection.execute(update(table).where(table.c.id.in_(ids)).values(body=None)).rowcount

    def turns(self, before: datetime, most: int) -> int:
        """Readers' turns that are long past: what was missed since the last one is told, and each is taken once."""
        table = schema.slots
        key = tuple_(table.c.subscriber_id, table.c.period)
        old = select(table.c.subscriber_id, table.c.period).where(table.c.due < before).order_by(table.c.due)
        return self.connection.execute(delete(table).where(key.in_(old.limit(most)))).rowcount
