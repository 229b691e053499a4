"""Issues and their deliveries, and the outbox of frozen messages."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

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


@dataclass(frozen=True, slots=True)
class Archived:
    """A digest as it was frozen, to be read again: HTML, or the text alone; `told` are its updates.

    Each of these is the update's id, the show and the headline, as it told them.
    """

    page: str
    kind: str  # html, text
    at: datetime
    told: tuple[tuple[int, str, str], ...] = ()


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

    def latest(self, limit: int = 50, before: int | None = None) -> list[tuple[Issue, dict[str, int]]]:
        """Issues, newest first, each with how many deliveries are in which state; `before` is an id to go on from."""
        table = schema.issues
        statement = select(table).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.id < before)
        rows = self.connection.execute(statement).mappings().all()
        counts = self.counts([row["id"] for row in rows])
        return [(_issue(row), counts[row["id"]]) for row in rows]

    def counts(self, issue_ids: Sequence[int]) -> dict[int, dict[str, int]]:
        """How many deliveries of each issue are in which state."""
        table = schema.deliveries
        counts: dict[int, dict[str, int]] = {issue_id: {} for issue_id in issue_ids}
        statement = (
            select(table.c.issue_id, table.c.state, func.count())
            .where(table.c.issue_id.in_(counts))
            .group_by(table.c.issue_id, table.c.state)
        )
        for issue_id, state, count in self.connection.execute(statement):
            counts[issue_id][state] = count
        return counts

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

    def some_deliveries(
        self, issue_id: int, *, limit: int, after: int = 0, state: DeliveryState | None = None
    ) -> list[Delivery]:
        """Deliveries of an issue by id, from the first after one on."""
        table = schema.deliveries
        where = (table.c.issue_id == issue_id) & (table.c.id > after)
        if state:
            where &= table.c.state == state
        return self._deliveries(where, by=table.c.id, limit=limit)

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

    def archive(self, delivery_id: int, page: Archived) -> None:
        """Keeps what a frozen message says, to be read again once it was sent."""
        packed = zlib.compress(page.page.encode(), 1)  # each message pays for it; more would save little
        row = {"delivery_id": delivery_id, "page": packed, "kind": page.kind, "at": page.at, "items": list(page.told)}
        self.upsert(schema.archive, [row], ["delivery_id"])

    def archived(self, subscriber_id: int, delivery_id: int) -> Archived | None:
        """A subscriber's digest, once it was sent, or may have been: nobody reads what never went out."""
        table, deliveries = schema.archive, schema.deliveries
        theirs = (deliveries.c.id == delivery_id) & (deliveries.c.subscriber_id == subscriber_id)
        statement = select(table).join(deliveries, deliveries.c.id == table.c.delivery_id)
        row = self.connection.execute(statement.where(theirs, deliveries.c.state.in_(_OUT))).mappings().first()
        if row is None:
            return None
        told = tuple((int(number), str(show), str(headline)) for number, show, headline in row["items"])
        return Archived(zlib.decompress(row["page"]).decode(), row["kind"], row["at"], told)

    def forget_archived(self, before: datetime, most: int) -> int:
        """Forgets digests that were frozen before a time, so many at the most; gives how many."""
        table = schema.archive
        old = select(table.c.delivery_id).where(table.c.at < before).order_by(table.c.at).limit(most)
        return self.connection.execute(table.delete().where(table.c.delivery_id.in_(old))).rowcount

    def state_counts(self, since: datetime | None = None) -> dict[str, int]:
        """How many deliveries are in which state; `since`: of those that something happened to after a time."""
        table = schema.deliveries
        statement = select(table.c.state, func.count()).group_by(table.c.state)
        if since:
            statement = statement.where(table.c.changed_at > since)
        return {row[0]: row[1] for row in self.connection.execute(statement)}

    def _first(self, where: Any) -> Issue | None:
        row = self.connection.execute(select(schema.issues).where(where)).mappings().first()
        return _issue(row) if row else None

    def _deliveries(self, where: Any, by: Any = schema.subscribers.c.email, limit: int | None = None) -> list[Delivery]:
        table, subscribers = schema.deliveries, schema.subscribers
        statement = (
            select(table, subscribers.c.email)
            .join(subscribers, subscribers.c.id == table.c.subscriber_id)
            .where(where)
            .order_by(by)
            .limit(limit)
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
_OUT = (DeliveryState.SENT, DeliveryState.HANDING_OVER, DeliveryState.UNCERTAIN)


def _issue(row: Any) -> Issue:
    return Issue(**{f.name: row[f.name] for f in fields(Issue)} | {"state": IssueState(row["state"])})


def _delivery(row: RowMapping) -> Delivery:
    names = ("id", "issue_id", "subscriber_id", "email", "attempts", "next_try", "message_id", "reply")
    return Delivery(state=DeliveryState(row["state"]), **{name: row[name] for name in names})
