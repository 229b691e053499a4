"""When does it come out? Dates in prose beside a word for coming out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from worker.ingest.kinds.base import Found, Reading, clause_around, is_hedged, is_history, is_hypothetical, is_negated
from worker.ingest.when import find_when
from worker.models import Field, Kind, When

_REACH = 100  # characters from the cue to its date
_FORMER = re.compile(r"\b(?:once|originally|previously|formerly|initially|at first|had been)(?: \w+)? ?$", re.I)
_CLOSE = 25  # characters before a cue in which a word says that its date is an old one
_PAST = timedelta(days=2)  # a page says "today" for a day or two


def read_release(reading: Reading) -> Iterator[Found]:
    """The first date of a sentence that is a release still to come."""
    cues = reading.lexicon.values(Field.RELEASE).get("cue")
    if cues is None or reading.plain not in cues or reading.is_question() or not _may_hold_date(reading):
        return
    for rule, cue in sorted(cues.find_all(reading.plain), key=lambda one: one[1].start()):
        when = _date_of(reading, cue)
        if when and _is_news(reading, cue, when):
            hedged = is_hedged(reading, cue.start())
            yield Found(Field.RELEASE, Kind.RELEASE_DATE, when.text, rule, cue.start(), cue.end(), when, hedged)
            return


def _may_hold_date(reading: Reading) -> bool:
    """A cheap look before dates are parsed: no release without a date word or figure."""
    return find_when(reading.plain, reading.published, reading.lexicon.language) is not None


def _date_of(reading: Reading, cue: re.Match[str]) -> When | None:
    """The date that goes with a cue: of a move the new one, else the one behind it, else the one before it."""
    first, last = clause_around(reading, cue.start(), cue.end())
    if _has_other(reading, _own_start(reading, first, cue.start()), last):
        return None
    if reading.plain[last : last + 1] == ":":  # "has a date: July 2025"
        last = clause_around(reading, last + 1, last + 1)[1]
    language, published = reading.lexicon.language, reading.published
    if moved := reading.lexicon.values(Field.RELEASE)["moved"].find(reading.plain) if _moves(reading) else None:
        return find_when(reading.plain[moved[1].end() :].lstrip(), published, language)
    first, last = _without_speech(reading, cue, first, last)
    behind = reading.plain[cue.start() : min(last, cue.end() + _REACH)]
    return find_when(behind, published, language) or find_when(reading.plain[first : cue.end()], published, language)


def _without_speech(reading: Reading, cue: re.Match[str], first: int, last: int) -> tuple[int, int]:
    """The part of a clause around a cue in which nobody speaks: "told reporters on Monday" has a date of its own."""
    bank = reading.lexicon.values(Field.RELEASE).get("speech")
    for _, said in bank.find_all(reading.plain) if bank else ():
        if first < said.end() <= cue.start():
            first = said.end()
        elif cue.end() <= said.start() < last:
            last = said.start()
    return first, last


def _own_start(reading: Reading, first: int, start: int) -> int:
    """Where the cue's own statement begins: "filming is over and it airs in May" has two."""
    before = [mark.end() for _, mark in reading.lexicon.guards["joint"].find_all(reading.plain[first:start])]
    return first + max(before, default=0)


def _moves(reading: Reading) -> bool:
    return "moved" in reading.lexicon.values(Field.RELEASE)


def _has_other(reading: Reading, first: int, last: int) -> bool:
    """Is the date in this clause that of a shoot, an interview or a trailer?"""
    other = reading.lexicon.values(Field.RELEASE).get("other")
    return other is not None and reading.plain[first:last] in other


def _is_news(reading: Reading, cue: re.Match[str], when: When) -> bool:
    start, end = cue.span()
    if _FORMER.search(reading.plain, max(0, start - _CLOSE), start):
        return False
    if reading.published and when.last < reading.published - _PAST:
        return False
    if is_negated(reading, start) or is_hypothetical(reading, start):
        return False
    return not is_history(reading, start, end)
