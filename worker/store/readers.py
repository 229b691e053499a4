"""Subscribers as an issue reads them: every one there is, with the shows they follow.

Rows are taken as the driver has them, and what many readers share is made once: with a hundred thousand of them it is
the handing over of rows that costs, not the database.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Boolean, Connection, Integer, case, column, select, text

from worker.models import Cadence, Follow, Preferences, Standing, Subscriber
from worker.store import schema
from worker.store.base import listed, raw, slices

Told = tuple[int, int, int]  # subscriber, update, delivery
_Reader = Callable[[Any], Any]  # makes a time of what the driver has
PREFERENCES = tuple(each.name for each in fields(Preferences))
_SHARED = 1 << 16  # different follows that are remembered
_FLAGS = frozenset(name for name in PREFERENCES if isinstance(schema.subscribers.c[name].type, Boolean))
_people, _follows, _told = schema.subscribers, schema.follows, schema.told
_WHO = select(
    *(_people.c[name] for name in ("id", "email", "state", "created", "confirmed_at", "next_slot", *PREFERENCES))
)
# Since when somebody follows a show tells only where their first digest begins; without it most follows are alike.
_SINCE = case((_follows.c.told_until.is_(None), _follows.c.since))
_WHAT = select(
    _follows.c.subscriber_id, _follows.c.show_id, _SINCE, _follows.c.told_until, _follows.c.snoozed_until
).order_by(_follows.c.subscriber_id, _follows.c.show_id)


def readers(connection: Connection, ids: Sequence[int]) -> dict[int, Subscriber]:
    """Subscribers by id, as an issue wants them: where a digest has told of a show, its `since` is `told_until`."""
    dialect = connection.dialect.name
    time = schema.time_reader(dialect)
    who, what = _WHO.where(listed(_people.c.id, dialect)), _WHAT.where(listed(_follows.c.subscriber_id, dialect))
    found: dict[int, Subscriber] = {}
    for part in slices(ids):
        follows: defaultdict[int, list[Follow]] = defaultdict(list)
        for number, show_id, since, told_until, snoozed_until in raw(connection, what, part):
            follows[number].append(_follow(time, show_id, since, told_until, snoozed_until))
        for number, email, state, created, confirmed_at, next_slot, *wish in raw(connection, who, part):
            preferences, times = _preferences(time, *wish), (time(confirmed_at), time(next_slot))
            shows = tuple(follows[number])
            found[number] = Subscriber(number, email, state, time(created), preferences, *times, shows)
    return found


def told(connection: Connection, ids: Sequence[int], updates: Mapping[int, int]) -> Iterator[Told]:
    """Which of these updates subscribers were told, about the shows they follow, in any order.

    `updates` are ids, each with its show's: nobody's whole past is read, but what may matter to them.
    """
    if not updates:
        return
    # written out as text: as parameters, or as expressions, so many numbers cost more than the look-up
    pairs = text("VALUES " + ", ".join(f"({show_id:d}, {update_id:d})" for update_id, show_id in updates.items()))
    matter = pairs.columns(column("column1", Integer), column("column2", Integer)).cte("matter")
    own = (_told.c.subscriber_id == _follows.c.subscriber_id) & (_told.c.update_id == matter.c.column2)
    statement = (
        select(_told.c.subscriber_id, _told.c.update_id, _told.c.delivery_id)
        .select_from(_follows)
        .join(
            matter, matter.c.column1 == _follows.c.show_id + 0
        )  # + 0: else SQLite goes through all of a show's readers
        .join(_told, own)
        .where(listed(_follows.c.subscriber_id, connection.dialect.name))
    )
    for part in slices(ids):
        yield from raw(connection, statement, part)


@functools.lru_cache(maxsize=_SHARED)
def _follow(time: _Reader, show_id: int, since: Any, told_until: Any, snoozed_until: Any) -> Follow:
    """A follow of a row's values; most readers were last told of a show by the same issue."""
    told = time(told_until)
    return Follow(show_id, told or time(since), told, time(snoozed_until))


@functools.lru_cache(maxsize=4096)
def _preferences(time: _Reader, *row: Any) -> Preferences:
    """Preferences of a row's values; many subscribers want the same."""
    found = dict(zip(PREFERENCES, row, strict=True))
    found |= {name: bool(found[name]) for name in _FLAGS}
    found |= {"cadence": Cadence(found["cadence"]), "least": Standing(found["least"])}
    return Preferences(**found | {"paused_until": time(found["paused_until"])})
