"""Issues and their deliveries, and the outbox of frozen messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, update

from worker.models import Delivery, DeliveryState, Issue, IssueState
from worker.store import schema
from worker.store.base import Noun, slices


@dataclass(frozen=True, slots=True)
class Frozen:
    """A message as it will be handed over, to the byte, and what counts as told once it is sent."""

    recipient: str
    sender: str
    message: bytes
    show_ids: tuple[int, ...]
    update_ids: tuple[int, ...]
    until: datetime


class Issues(Noun):
    """Queries about issues and deliveries."""

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
    ) -> tuple[Issue, bool]:
        """The issue with this key; True when it is new. Asking twice gives the same one."""
        found = self.by_key(key)
        if found:
            return found, False
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
        }
        return _issue({"id": self.insert_id(schema.issues, values), **values}), True

    def by_key(self, key: str) -> Issue | None:
        """The issue with a key."""
        return self._first(schema.issues.c.key == key)

    def by_id(self, issue_id: int) -> Issue | None:
        """The issue with an id."""
        return self._first(schema.issues.c.id == issue_id)

    def latest(self, limit: int = 50) -> list[tuple[Issue, dict[str, int]]]:
        """Issues, newest first, each with how many deliveries are in which state."""
        table, deliveries = schema.issues, schema.deliveries
        rows = self.connection.execute(select(table).order_by(table.c.id.desc()).limit(limit)).mappings().all()
        counts: dict[int, dict[str, int]] = {row["id"]: {} for row in rows}
        statement = (
            select(deliveries.c.issue_id, deliveries.c.state, func.count())
            .where(deliveries.c.issue_id.in_(counts))
            .group_by(deliveries.c.issue_id, deliveries.c.state)
        )
        for issue_id, state, count in self.connection.execute(statement):
            counts[issue_id][state] = count
        return [(_issue(row), counts[row["id"]]) for row in rows]

    def plan(self, issue_id: int, subscriber_ids: Sequence[int], now: datetime) -> None:
        """Plans a delivery for each subscriber; one that is planned already stays as it is."""
        rows = [
            {
                "issue_id": issue_id,
                "subscriber_id": subscriber_id,
                "state": DeliveryState.PLANNED,
                "attempts": 0,
                "next_try": now,
                "changed_at": now,
            }
            for subscriber_id in subscriber_ids
        ]
        names = list(rows[0]) if rows else []
        self.upsert(schema.deliveries, rows, ["issue_id", "subscriber_id"], keep=[n for n in names if n[-3:] != "_id"])

    def set_issue(self, issue_id: int, state: IssueState, now: datetime) -> int:
        """Pauses an issue, lets it go on, or cancels it; gives how many deliveries that are still to come it concerns.

        What is being handed over at this moment is sent: nobody can call it back.
        """
        table, deliveries = schema.issues, schema.deliveries
        self.connection.execute(update(table).where(table.c.id == issue_id).values(state=state))
        to_come = (deliveries.c.issue_id == issue_id) & deliveries.c.state.in_((*_WAITING, DeliveryState.CLAIMED))
        if state is not IssueState.CANCELLED:
            return self.connection.execute(select(func.count()).select_from(deliveries).where(to_come)).scalar_one()
        ids = list(self.connection.execute(select(deliveries.c.id).where(to_come)).scalars())
        values = {"state": DeliveryState.SKIPPED, "changed_at": now, "reply": "the issue was cancelled"}
        for part in slices(ids):
            self.connection.execute(update(deliveries).where(deliveries.c.id.in_(part)).values(**values))
            self.connection.execute(schema.outbox.delete().where(schema.outbox.c.delivery_id.in_(part)))
        return len(ids)

    def standing(self, delivery_id: int) -> tuple[DeliveryState, IssueState]:
        """Where a delivery and its issue stand at this moment."""
        table, issues = schema.deliveries, schema.issues
        statement = select(table.c.state, issues.c.state).join(issues, issues.c.id == table.c.issue_id)
        row = self.connection.execute(statement.where(table.c.id == delivery_id)).one()
        return DeliveryState(row[0]), IssueState(row[1])

    def offer(self, delivery_ids: Sequence[int], now: datetime) -> None:
        """Plans deliveries again that had come to nothing."""
        table = schema.deliveries
        values = {"state": DeliveryState.PLANNED, "attempts": 0, "next_try": now, "changed_at": now, "reply": None}
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(**values))

    def deliveries(self, issue_id: int) -> list[Delivery]:
        """The deliveries of an issue, by address."""
        return self._deliveries(schema.deliveries.c.issue_id == issue_id)

    def due(self, now: datetime, issue_id: int | None = None) -> list[int]:
        """Ids of deliveries that want a try now; a claim whose lease has ended counts again."""
        table = schema.deliveries
        statement = select(table.c.id).where(_wants_a_try(now)).order_by(table.c.next_try, table.c.id)
        if issue_id is not None:
            statement = statement.where(table.c.issue_id == issue_id)
        return list(self.connection.execute(statement).scalars())

    def claim(self, delivery_ids: Sequence[int], now: datetime, lease: timedelta) -> list[Delivery]:
        """Takes deliveries that are still due, for as long as the lease; those of others are left out."""
        table = schema.deliveries
        taken: list[int] = []
        for part in slices(delivery_ids):
            statement = (
                update(table)
                .where(table.c.id.in_(part), _wants_a_try(now))
                .values(state=DeliveryState.CLAIMED, lease_until=now + lease, changed_at=now)
                .returning(table.c.id)
            )
            taken += list(self.connection.execute(statement).scalars())
        return [d for part in slices(sorted(taken)) for d in self._deliveries(table.c.id.in_(part))]

    def set_state(self, delivery_id: int, state: DeliveryState, now: datetime, **values: Any) -> None:
        """Records what became of a delivery; `values` are more columns (attempts, next_try, message_id, reply)."""
        table = schema.deliveries
        values |= {"state": state, "changed_at": now}
        self.connection.execute(update(table).where(table.c.id == delivery_id).values(**values))

    def freeze(self, delivery_id: int, frozen: Frozen) -> None:
        """Keeps the message until it is accepted."""
        told = {"shows": frozen.show_ids, "updates": frozen.update_ids, "until": frozen.until.isoformat()}
        row = {
            "delivery_id": delivery_id,
            "recipient": frozen.recipient,
            "sender": frozen.sender,
            "message": frozen.message,
            "told": told,
        }
        self.upsert(schema.outbox, [row], ["delivery_id"])

    def frozen(self, delivery_id: int) -> Frozen | None:
        """The message kept for a delivery."""
        table = schema.outbox
        row = self.connection.execute(select(table).where(table.c.delivery_id == delivery_id)).mappings().first()
        if row is None:
            return None
        told = row["told"]
        until = datetime.fromisoformat(told["until"])
        return Frozen(
            row["recipient"],
            row["sender"],
            row["message"],
            tuple(told["shows"]),
            tuple(told["updates"]),
            until,
        )

    def thaw(self, delivery_id: int) -> None:
        """Forgets a message that was accepted or given up."""
        table = schema.outbox
        self.connection.execute(table.delete().where(table.c.delivery_id == delivery_id))

    def state_counts(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        table = schema.deliveries
        return {
            row[0]: row[1]
            for row in self.connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        }

    def _first(self, where: Any) -> Issue | None:
        row = self.connection.execute(select(schema.issues).where(where)).mappings().first()
        return _issue(row) if row else None

    def _deliveries(self, where: Any) -> list[Delivery]:
        table, subscribers = schema.deliveries, schema.subscribers
        statement = (
            select(table, subscribers.c.email)
            .join(subscribers, subscribers.c.id == table.c.subscriber_id)
            .where(where)
            .order_by(subscribers.c.email)
        )
        return [_delivery(row) for row in self.connection.execute(statement).mappings()]


def _wants_a_try(now: datetime) -> ColumnElement[bool]:
    """Planned or put off until now, or claimed by somebody whose lease has ended; of an issue that goes out."""
    table = schema.deliveries
    waiting = and_(table.c.state.in_(_WAITING), table.c.next_try <= now)
    lost = and_(table.c.state.in_((DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)), table.c.lease_until < now)
    closed = select(schema.issues.c.id).where(schema.issues.c.state != IssueState.OPEN)
    return and_(or_(waiting, lost), table.c.issue_id.not_in(closed))


_WAITING = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


def _issue(row: Any) -> Issue:
    return Issue(**{f.name: row[f.name] for f in fields(Issue)} | {"state": IssueState(row["state"])})


def _delivery(row: RowMapping) -> Delivery:
    names = ("id", "issue_id", "subscriber_id", "email", "attempts", "next_try", "message_id", "reply")
    return Delivery(state=DeliveryState(row["state"]), **{name: row[name] for name in names})
