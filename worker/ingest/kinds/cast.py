"""Who joins, leaves or returns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.ingest.kinds.base import Found, Reading, is_hedged, is_history, is_hypothetical, is_negated
from worker.models import Field, Kind

_BETWEEN = re.compile(r",? (?:and|&|y|e) |, ", re.IGNORECASE)
_MOST = 6  # people of one sentence; longer lists are a cast list, not news
_TITLES = re.compile(
    r"^(?:star|stars|creator|co-creator|showrunner|actor|actress|director|writer|producer|newcomers?|singer|host|el|la)$",
    re.IGNORECASE,
)


def read_cast(reading: Reading) -> Iterator[Found]:
    """One claim per person of a sentence: "joins: Name", "leaves: Name", "returns: Name"."""
    if reading.is_question():
        return
    seen: set[str] = set()
    for value in ("leaves", "returns", "joins"):
        bank = reading.lexicon.values(Field.CAST).get(value)
        for rule, match in bank.find_all(reading.plain) if bank else ():
            for found in _people(reading, value, rule, match):
                if found.value.split(": ", 1)[1] not in seen and len(seen) < _MOST:
                    seen.add(found.value.split(": ", 1)[1])
                    yield found


def _people(reading: Reading, value: str, rule: str, match: re.Match[str]) -> Iterator[Found]:
    if not match.groups() or match[1] is None or not _is_stated(reading, value, match):
        return
    for name in _BETWEEN.split(reading.text[match.start(1) : match.end(1)]):
        person = _person(name, reading)
        if person:
            hedged = is_hedged(reading, match.end(1) + 12) or is_hedged(reading, match.start())
            yield Found(
                Field.CAST, Kind.CASTING, f"{value}: {person}", rule, match.start(), match.end(), guessed=hedged
            )


def _is_stated(reading: Reading, value: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    if is_history(reading, start, end) or is_hypothetical(reading, start):
        return False
    # "will not return" is what a leaving phrase says; other phrases must not be denied right before their verb.
    return value == "leaves" or not (is_negated(reading, start) or is_negated(reading, match.end(1) + 1))


def _person(name: str, reading: Reading) -> str | None:
    """A person's name without what clings to it; None when it is a show, a broadcaster or a plain word."""
    words = re.sub(r"['’]s$", "", name.strip()).split()
    breaker = reading.lexicon.shows["breaker"]
    while words and (words[0] in breaker or _TITLES.match(words[0]) or words[0].endswith(("'s", "’s"))):
        words = words[1:]
    person = " ".join(words)
    folded = person.casefold()
    if not 1 < len(words) <= 5 or folded in reading.names or any(folded in n or n in folded for n in reading.names):
        return None
    if person in reading.lexicon.shows["network"] or person in reading.lexicon.shows["series"]:
        return None
    return person
