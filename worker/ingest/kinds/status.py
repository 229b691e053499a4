"""Does it go on? Renewed, cancelled, ending, in talks, or denied."""

from __future__ import annotations

from collections.abc import Iterator

from worker.ingest.kinds.base import Found, Reading, first_stated
from worker.models import Field, Kind

_KINDS = {"cancelled": Kind.CANCELLATION, "ending": Kind.CANCELLATION}


def read_status(reading: Reading) -> Iterator[Found]:
    """What a sentence says of a show's fate. A denial overrules what it denies; an order may also be the last one."""
    if reading.is_question():
        return
    found = {
        value: one
        for value, bank in reading.lexicon.values(Field.STATUS).items()
        if (one := first_stated(reading, Field.STATUS, _KINDS.get(value, Kind.RENEWAL), value, bank))
    }
    if denial := found.get("denied"):
        yield _of_what_it_denies(denial, reading)
        return
    yield from _agreeing(found)


def _agreeing(found: dict[str, Found]) -> Iterator[Found]:
    renewed, cancelled, ending, talks = map(found.get, ("renewed", "cancelled", "ending", "in-talks"))
    if talks and not cancelled:
        yield talks  # "in talks to revive it" is not yet a revival
        return
    # "Cancelled X finds a new home": the later word is the news.
    if renewed and cancelled:
        yield max(renewed, cancelled, key=lambda one: one.start)
        return
    yield from (one for one in (renewed, cancelled, ending) if one)


def _of_what_it_denies(denial: Found, reading: Reading) -> Found:
    """A denied end belongs to cancellation, a denied return to renewal."""
    ends = ("cancelled", "ending")
    about_end = any(
        reading.plain in reading.lexicon.values(Field.STATUS)[v]
        for v in ends
        if v in reading.lexicon.values(Field.STATUS)
    )
    kind = Kind.CANCELLATION if about_end else Kind.RENEWAL
    return Found(denial.field, kind, denial.value, denial.rule, denial.start, denial.end)
