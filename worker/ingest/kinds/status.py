"""Does it go on? Renewed, cancelled, ending, in talks, or denied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.ingest.kinds.base import ELSE, Found, Reading, first_stated, value_of_key
from worker.models import Field, Kind

_NEAR = 60  # characters beside a word
_AFTER = re.compile(r"\b(?:after|following|since|despite)\b[^,;:]*$", re.IGNORECASE)
_KINDS = {"cancelled": Kind.CANCELLATION, "ending": Kind.CANCELLATION}


def read_status(reading: Reading) -> Iterator[Found]:
    """What a sentence says of a show's fate. A denial overrules what it denies; an order may also be the last one."""
    if reading.is_question():
        return
    found: dict[str, Found] = {}
    for key, bank in reading.lexicon.values(Field.STATUS).items():
        value, part = value_of_key(key)
        if part == ELSE and found:
            continue
        one = first_stated(reading, Field.STATUS, _KINDS.get(value, Kind.RENEWAL), key, bank)
        if one and value not in found and not (value == "cancelled" and _is_spinoff(reading)):
            found[value] = one
    if denial := found.get("denied"):
        yield _of_what_it_denies(denial, reading)
        return
    yield from _agreeing(found, reading)


def _agreeing(found: dict[str, Found], reading: Reading) -> Iterator[Found]:
    renewed, cancelled, ending, talks = map(found.get, ("renewed", "cancelled", "ending", "in-talks"))
    if talks and not cancelled:
        yield talks  # "in talks to revive it" is not yet a revival
        return
    # "Cancelled X finds a new home": the later word is the news, unless it is what the other came after.
    if renewed and cancelled:
        later = max(renewed, cancelled, key=lambda one: (not _is_behind(one, reading), one.start))
        yield from (one for one in (later, ending if later is renewed else None) if one)
        return
    yield from (one for one in (renewed, cancelled, None if cancelled else ending) if one)


def _is_spinoff(reading: Reading) -> bool:
    """Is what is dropped only a show beside this one?"""
    return reading.plain in reading.lexicon.values(Field.SPINOFF).get("shelved", ())


def _is_behind(one: Found, reading: Reading) -> bool:
    """Is this told as what came before: "days after pulling the plug"?"""
    return _AFTER.search(reading.plain, max(0, one.start - _NEAR), one.start) is not None


def _of_what_it_denies(denial: Found, reading: Reading) -> Found:
    """A denied end belongs to cancellation, a denied return to renewal."""
    banks = [bank for value, bank in reading.lexicon.values(Field.STATUS).items() if value in ("cancelled", "ending")]
    negation = reading.lexicon.guards["negation"]
    # "There will be no second season" tells of an end by denying a return
    about_end = any(match[0] not in negation for bank in banks for _, match in bank.find_all(reading.plain))
    kind = Kind.CANCELLATION if about_end else Kind.RENEWAL
    return Found(denial.field, kind, denial.value, denial.rule, denial.start, denial.end)
