"""Subscribers: addresses with their state, their turn and the shows they follow."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Update, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from worker.models import Cadence, Follow, Preferences, Slot, Standing, Subscriber
from worker.store import persons, schema
from worker.store.base import Noun, plain, slices
from worker.store.readers import PREFERENCES, Told, readers, told


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of the record of what somebody agreed to: it is only ever added to.

    What happened: asked, tried, mailed, refused, confirmed, imported, added, unsubscribed, reminded; "export asked" and
    the like, of the mail with one's data; and by which door.
    """

    at: datetime
    what: str
    origin: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a digest told that was sent."""

    subscriber_id: int
    delivery_id: int
    show_ids: tuple[int, ...]
    update_ids: tuple[int, ...]
    until: datetime


class Subscribers(Noun):
    """Queries about subscribers."""

    def add(self, email: str, address_key: str, *, state: str, preferences: Preferences, now: datetime) -> Subscriber:
        """Adds an address that is not known yet; when somebody else has just added it, gives what they added."""
        confirmed = now if state == "active" else None
        values: dict[str, Any] = {"email": email, "address_key": address_key, "state": state, "created": now}
        values |= {"confirmed_at": confirmed, **plain(preferences)}
        if number := persons.free_number(self.connection):
            values["id"] = number
        try:
            with self.connection.begin_nested():
                added = self.insert_id(schema.subscribers, values)
        except IntegrityError:
            if found := self.by_key(address_key):
                return found
            raise
        return Subscriber(added, email, state, now, preferences, confirmed)

    def prefer(self, subscriber_id: int, preferences: Preferences) -> None:
        """Changes how a subscriber wants their digests."""
        table = schema.subscribers
        self.connection.execute(update(table).where(table.c.id == subscriber_id).values(**plain(preferences)))

    def by_key(self, address_key: str) -> Subscriber | None:
        """The subscriber of a normalised address."""
        table = schema.subscribers
        return self._first(select(table).where(table.c.address_key == address_key))

    def by_id(self, subscriber_id: int) -> Subscriber | None:
        """The subscriber with an id."""
        table = schema.subscribers
        return self._first(select(table).where(table.c.id == subscriber_id))

    def find(self, *, states: Sequence[str] = (), follows: int | None = None) -> list[Subscriber]:
        """Subscribers by address; `follows` keeps those of one show."""
        table = schema.subscribers
        statement = select(table).order_by(table.c.email)
        if states:
            statement = statement.where(table.c.state.in_(states))
        if follows is not None:
            of_show = select(schema.follows.c.subscriber_id).where(schema.follows.c.show_id == follows)
            statement = statement.where(table.c.id.in_(of_show))
        return self._with_follows(self.connection.execute(statement).mappings().all())

    def by_ids(self, ids: Sequence[int]) -> dict[int, Subscriber]:
        """Subscribers by id, as an issue wants them: where a digest has told of a show, its `since` is `told_until`."""
        return readers(self.connection, ids)

    def due(self, now: datetime, limit: int | None = None) -> list[Subscriber]:
        """Active subscribers whose slot has come, who waits longest first."""
        table = schema.subscribers
        statement = select(table).where(table.c.state == "active", table.c.next_slot <= now)
        statement = statement.order_by(table.c.next_slot, table.c.id).limit(limit)
        return self._with_follows(self.connection.execute(statement).mappings().all())

    def set_state(self, subscriber_id: int, state: str, *, confirmed_at: datetime | None = None) -> None:
        """Changes an address's state."""
        values: dict[str, Any] = {"state": state}
        if confirmed_at:
            values["confirmed_at"] = confirmed_at
        if state != "active":
            values["next_slot"] = None
        table = schema.subscribers
        self.connection.execute(update(table).where(table.c.id == subscriber_id).values(**values))

    def set_slot(self, subscriber_id: int, next_slot: datetime) -> None:
        """Sets when it is a subscriber's turn next."""
        table = schema.subscribers
        self.connection.execute(update(table).where(table.c.id == subscriber_id).values(next_slot=next_slot))

    def set_slots(self, turns: Mapping[int, datetime]) -> None:
        """Sets when it is whose turn next, by subscriber; in one order, so that none waits in a circle."""
        table = schema.subscribers
        statement = update(table).where(table.c.id == bindparam("the_id")).values(next_slot=bindparam("turn"))
        if turns:
            rows = [{"the_id": number, "turn": turns[number]} for number in sorted(turns)]
            self.connection.execute(statement, rows)

    def served(self, subscriber_id: int) -> set[str]:
        """The periods whose turn a subscriber has had, whatever became of it."""
        table = schema.slots
        statement = select(table.c.period).where(table.c.subscriber_id == subscriber_id)
        return set(self.connection.execute(statement).scalars())

    def missed(self, subscriber_ids: Sequence[int], issue_id: int) -> dict[int, tuple[datetime, ...]]:
        """Turns that were missed since the last one that was served before this issue, for whom there are some."""
        table = schema.slots
        found: dict[int, tuple[datetime, ...]] = {}
        for part in slices(subscriber_ids):
            statement = select(table).where(table.c.subscriber_id.in_(part)).order_by(table.c.due)
            others = statement.where(table.c.issue_id.is_distinct_from(issue_id))
            for row in self.connection.execute(others).mappings():
                before = found.get(row["subscriber_id"], ())
                found[row["subscriber_id"]] = (*before, row["due"]) if row["outcome"] == "missed" else ()
        return {subscriber_id: times for subscriber_id, times in found.items() if times}

    def take_slots(
        self, slots: Sequence[tuple[int, Slot]], outcome: str, issue_id: int | None = None
    ) -> set[tuple[int, str]]:
        """Records what became of turns; gives those that nobody had recorded: each turn is taken once."""
        table = schema.slots
        insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        taken: set[tuple[int, str]] = set()
        for part in slices(slots):
            rows = [
                {"subscriber_id": n, "period": slot.period, "due": slot.due, "outcome": outcome, "issue_id": issue_id}
                for n, slot in part
            ]
            statement = (
                insert(table)
                .values(rows)
                .on_conflict_do_nothing(index_elements=["subscriber_id", "period"])
                .returning(table.c.subscriber_id, table.c.period)
            )
            taken |= {(row[0], row[1]) for row in self.connection.execute(statement)}
        return taken

    def follow(self, subscriber_id: int, show_id: int, now: datetime) -> None:
        """Follows a show; following it twice changes nothing."""
        row = {"subscriber_id": subscriber_id, "show_id": show_id, "since": now}
        self.upsert(schema.follows, [row], ["subscriber_id", "show_id"], keep=["since"])

    def snooze(self, subscriber_id: int, show_id: int, until: datetime | None) -> None:
        """Leaves a followed show out until a time; None: no longer."""
        table = schema.follows
        where = (table.c.subscriber_id == subscriber_id) & (table.c.show_id == show_id)
        self.connection.execute(update(table).where(where).values(snoozed_until=until))

    def unfollow(self, subscriber_id: int, show_id: int) -> bool:
        """Ends a follow; False when there was none."""
        table = schema.follows
        where = (table.c.subscriber_id == subscriber_id) & (table.c.show_id == show_id)
        return self.connection.execute(delete(table).where(where)).rowcount > 0

    def told(self, subscriber_ids: Sequence[int], updates: Mapping[int, int]) -> Iterator[Told]:
        """Which of these updates each subscriber was told, about the shows they follow, in any order.

        `updates` are ids, each with its show's.
        """
        return told(self.connection, subscriber_ids, updates)

    def told_on(self, delivery_ids: Collection[int]) -> dict[int, datetime]:
        """Until when the news went that each delivery told."""
        deliveries, issues = schema.deliveries, schema.issues
        statement = select(deliveries.c.id, issues.c.period_end).join(issues, deliveries.c.issue_id == issues.c.id)
        parts = (statement.where(deliveries.c.id.in_(part)) for part in slices(sorted(delivery_ids)))
        return {row[0]: row[1] for statement in parts for row in self.connection.execute(statement)}

    def tell(self, sent: Iterable[Sent]) -> None:
        """Remembers what delivered digests told: their updates, and for each show how far they went."""
        told: list[dict[str, int]] = []
        until: list[dict[str, Any]] = []
        for one in sent:
            told += [
                {"subscriber_id": one.subscriber_id, "update_id": n, "delivery_id": one.delivery_id}
                for n in one.update_ids
            ]
            until += [{"the_id": one.subscriber_id, "the_show": n, "the_time": one.until} for n in one.show_ids]
        # in one order, so that none waits in a circle
        told.sort(key=lambda row: (row["subscriber_id"], row["update_id"]))
        until.sort(key=lambda row: (row["the_id"], row["the_show"]))
        self.upsert(schema.told, told, ["subscriber_id", "update_id"], keep=["delivery_id"])
        if until:
            self.connection.execute(_told_until(), until)

    def hold(self, subscriber_id: int) -> None:
        """Lets no other transaction decide about this subscriber until this one ends. SQLite has one writer anyway."""
        table = schema.subscribers
        self.connection.execute(select(table.c.id).where(table.c.id == subscriber_id).with_for_update())

    def consent(self, subscriber_id: int, what: str, origin: str, now: datetime) -> None:
        """Adds a line to the record of what somebody agreed to."""
        values = {"subscriber_id": subscriber_id, "at": now, "what": what, "origin": origin}
        self.connection.execute(schema.consents.insert().values(**values))

    def consents(self, subscriber_id: int) -> list[Consent]:
        """What somebody agreed to, or took back, the oldest first."""
        return self._consents(schema.consents.c.subscriber_id == subscriber_id).get(subscriber_id, [])

    def asked_since(self, since: datetime, what: str = "asked") -> dict[int, list[Consent]]:
        """Who was asked to confirm since a time, or asked for something else, with their whole record."""
        table = schema.consents
        asked = select(table.c.subscriber_id).where(table.c.what == what, table.c.at > since)
        return self._consents(table.c.subscriber_id.in_(asked))

    def unconfirmed(self, before: datetime) -> list[int]:
        """Addresses that nobody ever confirmed, and that nobody has asked for since a time."""
        table, consents = schema.subscribers, schema.consents
        later = select(consents.c.subscriber_id).where(consents.c.what == "asked", consents.c.at >= before)
        never = table.c.confirmed_at.is_(None) & (table.c.state == "pending") & (table.c.created < before)
        return list(self.connection.execute(select(table.c.id).where(never, table.c.id.not_in(later))).scalars())

    def held(self, subscriber_id: int) -> dict[str, list[dict[str, Any]]]:
        """Every row about a subscriber, by table."""
        return persons.held(self.connection, subscriber_id)

    def remove(self, subscriber_id: int, now: datetime) -> dict[str, int]:
        """Removes a subscriber from every table; gives how many rows there were in each."""
        return persons.remove(self.connection, subscriber_id, now)

    def mark_erased(self, mark: str, now: datetime) -> None:
        """Remembers that whose mark this is wants to be forgotten."""
        self.upsert(schema.erased, [{"mark": mark, "at": now}], ["mark"], keep=["at"])

    def erased_at(self, marks: Sequence[str]) -> datetime | None:
        """Since when the person with one of these marks is forgotten."""
        table = schema.erased
        return self.connection.execute(select(func.min(table.c.at)).where(table.c.mark.in_(marks))).scalar()

    def counts(self) -> dict[str, int]:
        """How many addresses are in each state."""
        table = schema.subscribers
        rows = self.connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        return {row[0]: row[1] for row in rows}

    def _consents(self, where: Any) -> dict[int, list[Consent]]:
        table = schema.consents
        found: dict[int, list[Consent]] = {}
        for row in self.connection.execute(select(table).where(where).order_by(table.c.id)).mappings():
            found.setdefault(row["subscriber_id"], []).append(Consent(row["at"], row["what"], row["origin"]))
        return found

    def _first(self, statement: Any) -> Subscriber | None:
        found = self._with_follows(self.connection.execute(statement).mappings().all())
        return found[0] if found else None

    def _with_follows(self, rows: Sequence[RowMapping]) -> list[Subscriber]:
        table = schema.follows
        follows: dict[int, list[Follow]] = {}
        for part in slices([row["id"] for row in rows]):
            columns = (table.c.show_id, table.c.since, table.c.told_until, table.c.snoozed_until)
            statement = select(table.c.subscriber_id, *columns).where(table.c.subscriber_id.in_(part))
            for subscriber_id, *values in self.connection.execute(statement.order_by(table.c.show_id)):
                follows.setdefault(subscriber_id, []).append(Follow(*values))
        return [_subscriber(row, tuple(follows.get(row["id"], ()))) for row in rows]


@functools.cache
def _told_until() -> Update:
    table = schema.follows
    theirs = (table.c.subscriber_id == bindparam("the_id")) & (table.c.show_id == bindparam("the_show"))
    earlier = table.c.told_until.is_(None) | (table.c.told_until < bindparam("the_time"))
    return update(table).where(theirs & earlier).values(told_until=bindparam("the_time"))


def _subscriber(row: RowMapping, follows: tuple[Follow, ...]) -> Subscriber:
    wish = _preferences(*(row[name] for name in PREFERENCES))
    return Subscriber(
        row["id"], row["email"], row["state"], row["created"], wish, row["confirmed_at"], row["next_slot"], follows
    )


@functools.lru_cache(maxsize=4096)
def _preferences(cadence: str, *values: Any) -> Preferences:
    """Many subscribers want the same."""
    found = dict(zip(PREFERENCES[1:], values, strict=True))
    return Preferences(Cadence(cadence), **found | {"least": Standing(found["least"])})
