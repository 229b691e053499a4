"""Addresses that nothing is sent to: which, why, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from worker.store import schema
from worker.store.base import Noun

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that nothing is sent to. `address` is normalised; of who was erased it is a mark.

    `reason` is one of bounced, complained, operator; what an operator has put here, an operator alone takes off.
    """

    id: int
    address: str
    subscriber_id: int | None
    reason: str
    evidence: str
    at: datetime


class Suppressions(Noun):
    """Queries about suppressed addresses."""

    def add(self, address: str, reason: str, evidence: str, now: datetime, subscriber_id: int | None) -> None:
        """Suppresses an address. One that an operator has suppressed stays as it is."""
        found = self.find([address])
        if found and found.reason == OPERATOR:
            return
        row = {"address": address, "reason": reason, "evidence": evidence, "at": now, "subscriber_id": subscriber_id}
        self.upsert(schema.suppressions, [row], ["address"])

    def find(self, addresses: Sequence[str]) -> Suppression | None:
        """The entry of an address, by its normalised form or one of its marks."""
        return self._first(schema.suppressions.c.address.in_(addresses))

    def of(self, subscriber_id: int) -> Suppression | None:
        """Why a subscriber is suppressed."""
        return self._first(schema.suppressions.c.subscriber_id == subscriber_id)

    def all(self, reason: str = "") -> list[Suppression]:
        """All entries, newest first; `reason` keeps those of one."""
        table = schema.suppressions
        statement = select(table).order_by(table.c.at.desc(), table.c.id.desc())
        if reason:
            statement = statement.where(table.c.reason == reason)
        return [_suppression(row) for row in self.connection.execute(statement).mappings()]

    def some(self, limit: int, before: int | None = None, reason: str = "") -> list[Suppression]:
        """The newest entries, by id; `before` is one to go on from."""
        table = schema.suppressions
        statement = select(table).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.id < before)
        if reason:
            statement = statement.where(table.c.reason == reason)
        return [_suppression(row) for row in self.connection.execute(statement).mappings()]

    def counts(self) -> dict[str, int]:
        """How many addresses are suppressed, by reason."""
        table = schema.suppressions
        statement = select(table.c.reason, func.count()).group_by(table.c.reason).order_by(table.c.reason)
        return {row[0]: row[1] for row in self.connection.execute(statement)}

    def remove(self, suppression_id: int) -> None:
        """Takes an entry off."""
        self.connection.execute(delete(schema.suppressions).where(schema.suppressions.c.id == suppression_id))

    def lift(self, subscriber_id: int) -> None:
        """Takes off what was not put there by an operator: the owner of the address has said yes again."""
        table = schema.suppressions
        theirs = (table.c.subscriber_id == subscriber_id) & (table.c.reason != OPERATOR)
        self.connection.execute(delete(table).where(theirs))

    def forget(self, address: str, mark: str) -> bool:
        """Who is erased leaves a mark where an operator wants them never to be written to; else nothing.

        False when there was no such entry.
        """
        table = schema.suppressions
        values = {"address": mark, "subscriber_id": None, "evidence": ""}
        of_operator = (table.c.address == address) & (table.c.reason == OPERATOR)
        if self._first(table.c.address == mark):  # it is marked already
            return self.connection.execute(delete(table).where(table.c.address == address)).rowcount > 0
        return self.connection.execute(update(table).where(of_operator).values(**values)).rowcount > 0

    def _first(self, where: Any) -> Suppression | None:
        row = self.connection.execute(select(schema.suppressions).where(where).limit(1)).mappings().first()
        return _suppression(row) if row else None


def _suppression(row: Any) -> Suppression:
    return Suppression(**{each.name: row[each.name] for each in fields(Suppression)})
