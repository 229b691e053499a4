"""Whose turn is when: the days of a cadence, the slots that were missed, and what a change of preferences does to them.

A slot is named by its period where the subscriber lives: a day, an ISO week or a month. A period has one slot, whatever
clocks and zones do in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.models import Cadence, Preferences, Slot

# A slot that could not be served in time is still served so much later; after that the next one tells all.
LATEST = {Cadence.DAILY: timedelta(hours=12), Cadence.WEEKLY: timedelta(days=3), Cadence.MONTHLY: timedelta(days=10)}


def slots(preferences: Preferences, after: datetime) -> Iterator[Slot]:
    """The turns after a time, without end.

    An hour that the clocks leave out on a day in spring is taken an hour later, one that comes twice at its first.
    """
    zone = ZoneInfo(preferences.zone)
    for day in _days(preferences, after.astimezone(zone).date()):
        due = datetime.combine(day, time(preferences.hour), zone).astimezone(UTC)
        if due > after:
            yield Slot(_period(preferences.cadence, day), due)


def next_slot(preferences: Preferences, after: datetime, served: Collection[str] = ()) -> Slot:
    """The first turn after a time whose period was not served."""
    return next(slot for slot in slots(preferences, after) if slot.period not in served)


def due_slots(preferences: Preferences, first: datetime, now: datetime) -> tuple[list[Slot], Slot]:
    """The turns from `first` up to now, and the one after them; `first` is the turn that was set last."""
    here = first.astimezone(ZoneInfo(preferences.zone)).date()
    due = [Slot(_period(preferences.cadence, here), first)]
    later = (slot for slot in slots(preferences, first) if slot.period != due[0].period)
    for slot in later:
        if slot.due > now:
            return due, slot
        due.append(slot)
    raise AssertionError("turns never end")


def is_too_late(slot: Slot, cadence: Cadence, now: datetime) -> bool:
    """Is it better to wait for the next turn?"""
    return now - slot.due > LATEST[cadence]


def after_change(
    old: Preferences, new: Preferences, planned: datetime | None, served: Collection[str], now: datetime
) -> datetime:
    """The next turn after preferences have changed.

    A turn that was still to come in a period of its own is kept: moving from Friday to Monday on a Thursday
    loses no Friday.
    """
    slot = next_slot(new, now, served)
    if planned is None or planned <= now or old.cadence is not new.cadence or planned >= slot.due:
        return slot.due
    period = _period(new.cadence, planned.astimezone(ZoneInfo(new.zone)).date())
    return planned if period != slot.period and period not in served else slot.due


def _days(preferences: Preferences, start: date) -> Iterator[date]:
    """The days of the turns from a day on."""
    if preferences.cadence is Cadence.DAILY:
        return (start + timedelta(days=n) for n in itertools.count())
    if preferences.cadence is Cadence.WEEKLY:
        return (_weekday_from(start, preferences.weekday) + timedelta(weeks=n) for n in itertools.count())
    firsts = (date(start.year + month // 12, month % 12 + 1, 1) for month in itertools.count(start.month - 1))
    return (day for first in firsts if (day := _weekday_from(first, preferences.weekday)) >= start)


def _weekday_from(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _period(cadence: Cadence, day: date) -> str:
    if cadence is Cadence.DAILY:
        return day.isoformat()
    return f"{day:%G-W%V}" if cadence is Cadence.WEEKLY else f"{day:%Y-%m}"
