"""Deliveries: who holds which, what became of them, and the outbox of frozen messages."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Delete,
    Integer,
    RowMapping,
    Update,
    and_,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from worker.models import Delivery, DeliveryState, IssueState, Wait
from worker.store import schema
from worker.store.base import Noun, slices

UNKNOWN = "handed over, no answer yet"
_STOPPED = "handed over by a worker that stopped; nobody knows whether it was taken"
_WAITING = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
_IN_HAND = (DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
TO_COME = (*_WAITING, *_IN_HAND)


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
class Record:
    """What became of a delivery that was held: its new state, the receiver's words, and when to try again."""

    delivery_id: int
    state: DeliveryState
    reply: str
    kind: str | None = None
    next_try: datetime | None = None
    doubts: int = 0  # 1: one more time it may have been taken without a word
    tries: int = 0  # -1: it was not even tried


class Deliveries(Noun):
    """Queries about deliveries. All times are passed in; a lease ends by itself when nobody renews it."""

    def plan(self, issue_id: int, subscriber_ids: Sequence[int], now: datetime) -> None:
        """Plans a delivery for each subscriber; one that is planned already stays as it is."""
        values = {"state": DeliveryState.PLANNED, "attempts": 0, "next_try": now, "changed_at": now}
        rows = [{"issue_id": issue_id, "subscriber_id": n, **values} for n in subscriber_ids]
        self.upsert(schema.deliveries, rows, ["issue_id", "subscriber_id"], keep=list(values))

    def plan_followers(self, issue_id: int, show_id: int | None, now: datetime) -> None:
        """Plans a delivery for every active subscriber who follows something, or the show; inside the database."""
        table, people, follows = schema.deliveries, schema.subscribers, schema.follows
        followed = select(follows.c.subscriber_id).where(follows.c.subscriber_id == people.c.id)
        if show_id is not None:
            followed = followed.where(follows.c.show_id == show_id)
        values = {"issue_id": issue_id, "state": DeliveryState.PLANNED.value, "attempts": 0}
        times = {"next_try": now, "changed_at": now}
        chosen = select(
            people.c.id,
            *(literal(value, table.c[name].type) for name, value in (values | times).items()),
        ).where(people.c.state == "active", followed.exists())
        names = ["subscriber_id", *values, *times]
        self.connection.execute(table.insert().from_select(names, chosen.order_by(people.c.id)))

    def by_id(self, delivery_id: int) -> Delivery | None:
        """The delivery with an id."""
        return next(iter(self.by_ids([delivery_id])), None)

    def by_ids(self, delivery_ids: Sequence[int]) -> list[Delivery]:
        """Deliveries by id."""
        return [d for part in slices(sorted(delivery_ids)) for d in self._some(schema.deliveries.c.id.in_(part))]

    def of_issue(
        self, issue_id: int, *, limit: int | None = None, after: int = 0, state: DeliveryState | None = None
    ) -> list[Delivery]:
        """Deliveries of an issue by id, from the first after one on."""
        table = schema.deliveries
        where = (table.c.issue_id == issue_id) & (table.c.id > after)
        if state:
            where &= table.c.state == state
        return self._some(where, limit=limit)

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

    def state_counts(self, since: datetime | None = None) -> dict[str, int]:
        """How many deliveries are in which state; `since`: of those that something happened to after a time."""
        table = schema.deliveries
        statement = select(table.c.state, func.count()).group_by(table.c.state)
        if since:
            statement = statement.where(table.c.changed_at > since)
        return {row[0]: row[1] for row in self.connection.execute(statement)}

    def waits(self, issue_id: int) -> list[Wait]:
        """What an issue's deliveries that did not go out wait for, or why they ended; most first."""
        table = schema.deliveries
        other = (DeliveryState.SENT, DeliveryState.PLANNED, *_IN_HAND)
        count, first = func.count(), func.min(table.c.next_try)
        statement = (
            select(table.c.state, table.c.kind, func.min(table.c.reply), count, first)
            .where(table.c.issue_id == issue_id, table.c.state.not_in(other) | table.c.kind.is_not(None))
            .where(table.c.state != DeliveryState.SENT)
            .group_by(table.c.state, table.c.kind, table.c.next_try.is_(None))
            .order_by(count.desc())
        )
        return [Wait(DeliveryState(row[0]), *row[1:]) for row in self.connection.execute(statement)]

    def doubtful(self, issue_id: int) -> int:
        """How many of an issue's readers may have got it twice."""
        table = schema.deliveries
        doubtful = (table.c.issue_id == issue_id) & (table.c.doubts > 0) & (table.c.state == DeliveryState.SENT)
        return int(self.connection.execute(select(func.count()).where(doubtful)).scalar_one())

    def held(self, issue_id: int, subscriber_id: int | None = None) -> list[int]:
        """Deliveries of an issue that a person is to decide about."""
        table = schema.deliveries
        where = (table.c.issue_id == issue_id) & (table.c.state == DeliveryState.UNCERTAIN) & table.c.next_try.is_(None)
        if subscriber_id is not None:
            where &= table.c.subscriber_id == subscriber_id
        return list(self.connection.execute(select(table.c.id).where(where).order_by(table.c.id)).scalars())

    def due(self, now: datetime, issue_id: int | None = None, limit: int | None = None) -> list[int]:
        """Ids of deliveries that want a try now."""
        table = schema.deliveries
        statement = select(table.c.id).where(wants_a_try(now)).order_by(table.c.next_try, table.c.id).limit(limit)
        if issue_id is not None:
            statement = statement.where(table.c.issue_id == issue_id)
        return list(self.connection.execute(statement).scalars())

    def count_due(self, now: datetime, limit: int) -> int:
        """How many deliveries want a try now; counted no further than `limit`."""
        some = select(schema.deliveries.c.id).where(wants_a_try(now)).limit(limit).subquery()
        return int(self.connection.execute(select(func.count()).select_from(some)).scalar_one())

    def next_due(self, issue_id: int | None = None) -> datetime | None:
        """When something is to be done next: the next try, or the end of a lease. None: nothing is left to do."""
        table = schema.deliveries
        when = func.coalesce(table.c.lease_until, table.c.next_try)
        to_come = or_(
            and_(table.c.state.in_(_WAITING), table.c.next_try.is_not(None)),
            table.c.state.in_(_IN_HAND),
        )
        statement = select(func.min(when)).where(to_come, table.c.issue_id.not_in(_closed()))
        if issue_id is not None:
            statement = statement.where(table.c.issue_id == issue_id)
        return self.connection.execute(statement).scalar()

    def lost(self, now: datetime) -> list[tuple[str, int]]:
        """Deliveries that were being handed over by workers whose lease has ended, each with its holder before it."""
        table = schema.deliveries
        gone = (table.c.state == DeliveryState.HANDING_OVER) & (table.c.lease_until < now)
        rows = self.connection.execute(select(table.c.holder, table.c.id).where(gone).order_by(table.c.id))
        return [(row[0], row[1]) for row in rows]

    def recover(self, now: datetime, *, hold: bool) -> int:
        """Takes deliveries back from workers whose lease has ended.

        What was only claimed is planned again. What was being handed over is uncertain: it is tried again with the
        same bytes, or kept for a person with `hold`. Gives how many are uncertain.
        """
        table = schema.deliveries
        gone = table.c.lease_until < now
        back = {"state": DeliveryState.PLANNED, "next_try": now, **_LET_GO, "changed_at": now}
        claimed = self._free((table.c.state == DeliveryState.CLAIMED) & gone)
        self.connection.execute(update(table).where(claimed, gone).values(**back))
        doubt = {
            **_LET_GO,
            "state": DeliveryState.UNCERTAIN,
            "next_try": None if hold else now,
            "doubts": table.c.doubts + 1,
            "reply": _STOPPED,
            "kind": "uncertain",
            "changed_at": now,
        }
        under_way = self._free((table.c.state == DeliveryState.HANDING_OVER) & gone)
        statement = update(table).where(under_way, gone).values(**doubt)
        return self.connection.execute(statement).rowcount

    def claim(self, delivery_ids: Sequence[int], holder: str, now: datetime, lease: timedelta) -> list[Delivery]:
        """Takes deliveries that are still due, for as long as the lease; those of others are left out."""
        table = schema.deliveries
        taken = [n for part in slices(delivery_ids) for n in self._claim(table.c.id.in_(part), holder, now, lease)]
        return self.by_ids(taken)

    def claim_some(
        self, limit: int, holder: str, now: datetime, lease: timedelta, issue_id: int | None = None
    ) -> list[Delivery]:
        """Takes so many of the deliveries that are due. On PostgreSQL those that others are taking are passed over."""
        table = schema.deliveries
        due = select(table.c.id).where(wants_a_try(now)).order_by(table.c.next_try, table.c.id).limit(limit)
        if issue_id is not None:
            due = due.where(table.c.issue_id == issue_id)
        if self.connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True, of=table)
        ids = list(self.connection.execute(due).scalars())
        return self.claim(ids, holder, now, lease)

    def renew(self, holder: str, until: datetime) -> int:
        """Keeps what a worker holds for longer; gives how many it still holds."""
        table = schema.deliveries
        theirs = table.c.state.in_(_IN_HAND) & (table.c.holder == holder)
        return self.connection.execute(update(table).where(theirs).values(lease_until=until)).rowcount

    def holds(self, delivery_ids: Sequence[int], holder: str) -> set[int]:
        """Which of these deliveries a worker still has in hand."""
        table = schema.deliveries
        theirs = table.c.id.in_(delivery_ids) & table.c.state.in_(_IN_HAND) & (table.c.holder == holder)
        return set(self.connection.execute(select(table.c.id).where(theirs)).scalars())

    def busy(self, subscriber_ids: Sequence[int], but: Sequence[int]) -> set[int]:
        """Of which readers another message is on its way, or is to be tried again.

        One that is held does not count, nor one of an issue that is paused: both may take for ever. Until this
        transaction ends, nobody else can put one on its way for them.
        """
        table, people = schema.deliveries, schema.subscribers
        found: set[int] = set()
        for part in slices(sorted(subscriber_ids)):
            theirs = people.c.id.in_(part)
            self.connection.execute(select(people.c.id).where(theirs).order_by(people.c.id).with_for_update())
            statement = (
                select(table.c.subscriber_id)
                .join(schema.outbox, schema.outbox.c.delivery_id == table.c.id)
                .where(table.c.subscriber_id.in_(part), table.c.state.in_(TO_COME), table.c.id.not_in(but))
                .where((table.c.state != DeliveryState.UNCERTAIN) | table.c.next_try.is_not(None))
                .where(table.c.issue_id.not_in(_closed()))
            )
            found |= set(self.connection.execute(statement).scalars())
        return found

    def start(self, delivery_ids: Sequence[int], holder: str, now: datetime, until: datetime) -> set[int]:
        """Marks deliveries as being handed over; gives those for which that may be done now.

        Left out is what somebody else holds by now, what belongs to an issue that was paused or cancelled a moment
        ago, and whose reader has left meanwhile.
        """
        asked = {"ids": list(delivery_ids), "the_holder": holder, "the_time": now, "until": until}
        return set(self.connection.execute(_start(), asked).scalars())

    def record(self, records: Sequence[Record], holder: str, now: datetime) -> None:
        """Records what became of deliveries that this worker holds; of one that it lost only that it was sent."""
        rows = [
            {
                "the_id": one.delivery_id,
                "the_holder": holder,
                "is_sent": one.state is DeliveryState.SENT,
                "new_state": one.state,
                "new_reply": one.reply,
                "new_kind": one.kind,
                "new_try": one.next_try,
                "more_doubts": one.doubts,
                "more_tries": one.tries,
                "the_time": now,
            }
            for one in sorted(records, key=lambda one: one.delivery_id)  # in one order, so that none waits in a circle
        ]
        if rows:
            self.connection.execute(_record(), rows)

    def give_back(self, delivery_ids: Sequence[int], holder: str, now: datetime, **values: Any) -> None:
        """Plans deliveries again that were claimed and not handed over; `values` are more columns."""
        table = schema.deliveries
        values = {"next_try": now, **values, **_LET_GO, "state": DeliveryState.PLANNED, "changed_at": now}
        mine = (table.c.state == DeliveryState.CLAIMED) & (table.c.holder == holder)
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part), mine).values(**values))

    def close(self, delivery_ids: Sequence[int], state: DeliveryState, reply: str, now: datetime) -> None:
        """Ends deliveries without handing them over."""
        table = schema.deliveries
        values = {**_LET_GO, "state": state, "reply": reply, "next_try": None, "changed_at": now}
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(**values))
        self.thaw(delivery_ids)

    def close_to_come(self, issue_id: int, reply: str, now: datetime) -> int:
        """Ends all deliveries of an issue that are still to come, but for those being handed over; gives how many."""
        table = schema.deliveries
        states = (*_WAITING, DeliveryState.CLAIMED)
        where = (table.c.issue_id == issue_id) & table.c.state.in_(states)
        chosen = select(table.c.id).where(where).order_by(table.c.id).with_for_update()  # else one may go meanwhile
        ids = list(self.connection.execute(chosen).scalars())
        self.close(ids, DeliveryState.SKIPPED, reply, now)
        return len(ids)

    def count_to_come(self, issue_id: int) -> int:
        """How many deliveries of an issue are still to come, but for those being handed over."""
        table = schema.deliveries
        where = (table.c.issue_id == issue_id) & table.c.state.in_((*_WAITING, DeliveryState.CLAIMED))
        return int(self.connection.execute(select(func.count()).where(where)).scalar_one())

    def offer(self, delivery_ids: Sequence[int], now: datetime) -> None:
        """Plans deliveries again that had come to nothing."""
        table = schema.deliveries
        fresh = {"attempts": 0, "first_try": None, "reply": None, "kind": None, "doubts": 0}
        values = {"state": DeliveryState.PLANNED, "next_try": now, "changed_at": now, **fresh}
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(**values))

    def make_anew(self, issue_id: int) -> None:
        """Has the messages of a paused issue made anew that nobody can have got: their readers may know more by now."""
        table = schema.deliveries
        never = table.c.state.in_((DeliveryState.PLANNED, DeliveryState.DEFERRED)) & (table.c.doubts == 0)
        ids = select(table.c.id).where(table.c.issue_id == issue_id, never)
        self.connection.execute(delete(schema.outbox).where(schema.outbox.c.delivery_id.in_(ids)))

    def settle(self, delivery_ids: Sequence[int], now: datetime) -> None:
        """Counts held deliveries as sent, once: a person says so."""
        table = schema.deliveries
        self.close(delivery_ids, DeliveryState.SENT, "taken, as a person says", now)
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(doubts=0, kind=None))

    def release(self, delivery_ids: Sequence[int], now: datetime) -> None:
        """Has held deliveries tried again, with the same bytes."""
        table = schema.deliveries
        for part in slices(delivery_ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(next_try=now, changed_at=now))

    def freeze(self, messages: Mapping[int, tuple[str, Frozen]]) -> None:
        """Keeps messages until they are accepted, each with its Message-ID, by the delivery's id."""
        rows = [
            {
                "delivery_id": number,
                "recipient": frozen.recipient,
                "sender": frozen.sender,
                "message": frozen.message,
                "told": {"shows": frozen.show_ids, "updates": frozen.update_ids, "until": frozen.until.isoformat()},
            }
            for number, (_, frozen) in messages.items()
        ]
        self.upsert(schema.outbox, rows, ["delivery_id"])
        ids = [{"the_id": number, "its_id": message_id} for number, (message_id, _) in messages.items()]
        if ids:
            self.connection.execute(_named(), ids)

    def frozen(self, delivery_ids: Sequence[int]) -> dict[int, Frozen]:
        """The messages that are kept for deliveries."""
        table = schema.outbox
        return {
            row["delivery_id"]: _frozen(row)
            for part in slices(delivery_ids)
            for row in self.connection.execute(select(table).where(table.c.delivery_id.in_(part))).mappings()
        }

    def thaw(self, delivery_ids: Iterable[int]) -> None:
        """Forgets messages that were accepted or given up."""
        for part in slices(list(delivery_ids)):
            self.connection.execute(_thaw(), {"ids": part})

    def _claim(self, where: ColumnElement[bool], holder: str, now: datetime, lease: timedelta) -> list[int]:
        table = schema.deliveries
        values = {"state": DeliveryState.CLAIMED, "holder": holder, "lease_until": now + lease, "changed_at": now}
        due = self._free(where & wants_a_try(now))
        statement = update(table).where(due, wants_a_try(now)).values(**values).returning(table.c.id)
        return list(self.connection.execute(statement).scalars())

    def _free(self, where: ColumnElement[bool]) -> ColumnElement[bool]:
        """These, but on PostgreSQL for those that somebody else writes at this moment: nobody waits in a circle."""
        if self.connection.dialect.name != "postgresql":  # SQLite has one writer anyway
            return where
        ids = select(schema.deliveries.c.id).where(where).with_for_update(skip_locked=True)
        # an array is made once; what is IN a list with locks may be looked for anew for each row
        return schema.deliveries.c.id == any_(func.array(ids.scalar_subquery(), type_=ARRAY(Integer)))

    def _some(self, where: Any, limit: int | None = None) -> list[Delivery]:
        table, people = schema.deliveries, schema.subscribers
        statement = (
            select(table, people.c.email)
            .join(people, people.c.id == table.c.subscriber_id)
            .where(where)
            .order_by(table.c.id)
            .limit(limit)
        )
        return [_delivery(row) for row in self.connection.execute(statement).mappings()]


_LET_GO: dict[str, Any] = {"holder": None, "lease_until": None}


def _closed() -> Any:
    """Issues that do not go out."""
    return select(schema.issues.c.id).where(schema.issues.c.state != IssueState.OPEN)


def wants_a_try(now: datetime) -> ColumnElement[bool]:
    """Planned or put off until now, of an issue that goes out."""
    table = schema.deliveries
    return and_(table.c.state.in_(_WAITING), table.c.next_try <= now, table.c.issue_id.not_in(_closed()))


# Statements that are made for every message are built once: SQLAlchemy takes longer for that than the database.


@functools.cache
def _start() -> Any:
    table, people = schema.deliveries, schema.subscribers
    active = select(people.c.id).where(people.c.id == table.c.subscriber_id, people.c.state == "active").exists()
    return (
        update(table)
        .where(table.c.id.in_(bindparam("ids", expanding=True)), table.c.state == DeliveryState.CLAIMED)
        .where(table.c.holder == bindparam("the_holder"), table.c.issue_id.not_in(_closed()), active)
        .values(
            state=DeliveryState.HANDING_OVER,
            attempts=table.c.attempts + 1,
            first_try=func.coalesce(table.c.first_try, bindparam("the_time", type_=table.c.first_try.type)),
            lease_until=bindparam("until"),
            reply=UNKNOWN,
            changed_at=bindparam("the_time"),
        )
        .returning(table.c.id)
    )


@functools.cache
def _thaw() -> Delete:
    return delete(schema.outbox).where(schema.outbox.c.delivery_id.in_(bindparam("ids", expanding=True)))


@functools.cache
def _record() -> Update:
    table = schema.deliveries
    held = (table.c.state == DeliveryState.HANDING_OVER) & (table.c.holder == bindparam("the_holder"))
    # Sent is sent, whoever was to try it next: to repeat it would be worse than to overwrite what they wrote.
    return (
        update(table)
        .where(table.c.id == bindparam("the_id"), or_(held, bindparam("is_sent")))
        .values(
            state=bindparam("new_state"),
            reply=bindparam("new_reply"),
            kind=bindparam("new_kind"),
            next_try=bindparam("new_try"),
            changed_at=bindparam("the_time"),
            doubts=table.c.doubts + bindparam("more_doubts"),
            attempts=table.c.attempts + bindparam("more_tries"),
            first_try=case((table.c.attempts + bindparam("more_tries") == 0, None), else_=table.c.first_try),
            **_LET_GO,
        )
    )


@functools.cache
def _named() -> Update:
    table = schema.deliveries
    return update(table).where(table.c.id == bindparam("the_id")).values(message_id=bindparam("its_id"))


def _frozen(row: RowMapping) -> Frozen:
    told = row["told"]
    until = datetime.fromisoformat(told["until"])
    shows, updates = tuple(told["shows"]), tuple(told["updates"])
    return Frozen(row["recipient"], row["sender"], row["message"], shows, updates, until)


def _delivery(row: RowMapping) -> Delivery:
    names = ("id", "issue_id", "subscriber_id", "email", "attempts", "next_try", "message_id", "reply")
    more = {name: row[name] for name in ("kind", "first_try", "doubts")}
    return Delivery(state=DeliveryState(row["state"]), **{name: row[name] for name in names}, **more)
