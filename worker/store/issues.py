"""Issues: runs of sending, each opened once."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from worker.models import Issue, IssueState
from worker.store import schema
from worker.store.base import Noun


class Issues(Noun):
    """Queries about issues."""

    def open(
        self,
        key: str,
        *,
        trigger: str,
        asked_by: str,
        period_end: datetime,
        show_id: int | None,
        since: datetime | None,
        now: datetime,
        why: str = "",
        mark: str = "",
    ) -> tuple[Issue, bool]:
        """The issue with this key; True when it is new. Asking twice gives the same one."""
        values = {
            "key": key,
            "trigger": trigger,
            "asked_by": asked_by,
            "why": why,
            "state": IssueState.OPEN,
            "opened_at": now,
            "period_end": period_end,
            "show_id": show_id,
            "since": since,
            "mark": mark,
            "reason": "",
        }
        insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        statement = insert(schema.issues).values(**values).on_conflict_do_nothing(index_elements=["key"])
        number = self.connection.execute(statement.returning(schema.issues.c.id)).scalar()
        if number is not None:
            return _issue({"id": number, **values}), True
        found = self.by_key(key)
        assert found is not None  # who asks at the same moment waits above until it is committed
        return found, False

    def drop(self, issue_id: int) -> None:
        """Removes an issue that came to nothing, with its deliveries."""
        self.connection.execute(schema.issues.delete().where(schema.issues.c.id == issue_id))

    def by_key(self, key: str) -> Issue | None:
        """The issue with a key."""
        return self._first(schema.issues.c.key == key)

    def by_id(self, issue_id: int) -> Issue | None:
        """The issue with an id."""
        return self._first(schema.issues.c.id == issue_id)

    def latest(self, limit: int = 50, before: int | None = None) -> list[Issue]:
        """Issues, newest first; `before` is an id to go on from."""
        table = schema.issues
        statement = select(table).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.id < before)
        return [_issue(row) for row in self.connection.execute(statement).mappings()]

    def set_state(self, issue_id: int, state: IssueState, reason: str = "", *, only: IssueState | None = None) -> bool:
        """Pauses an issue, lets it go on, or cancels it; False when it is not in the state `only`."""
        table = schema.issues
        statement = update(table).where(table.c.id == issue_id).values(state=state, reason=reason)
        if only is not None:
            statement = statement.where(table.c.state == only)
        return self.connection.execute(statement).rowcount > 0

    def _first(self, where: Any) -> Issue | None:
        row = self.connection.execute(select(schema.issues).where(where)).mappings().first()
        return _issue(row) if row else None


def _issue(row: Any) -> Issue:
    return Issue(**{f.name: row[f.name] for f in fields(Issue)} | {"state": IssueState(row["state"])})
