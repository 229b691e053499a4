"""Who joins, leaves or returns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.ingest.kinds.base import Found, Reading, is_hedged, is_history, is_hypothetical, is_negated
from worker.ingest.names import is_title_case
from worker.models import Field, Kind

_BETWEEN = re.compile(r",? (?:and|&|y|e) |, ", re.IGNORECASE)
_MOST = 6  # people of one sentence; longer lists are a cast list, not news
_TRAILING = ("reportedly", "officially", "allegedly", "formally", "finally", "in", "out")  # capital in headlines alone
_SHORTEST = 3  # letters of a name that stands alone
_PLAIN_WORDS = re.compile(
    r"^(?:she|they|this|that|these|those|who|both|all|each|nobody|nothing|everyone|someone|others?|another|neither|more"
    r"|season|series|episode|production|also|however|meanwhile|instead)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"(?:s|ing|ion|ment|ity|ed|ly)$")  # how plain words end that open a sentence
_TITLES = re.compile(
    r"^(?:star|stars|creator|co-creator|showrunner|actor|actress|director|writer|producer|newcomers?|singer|host|el|la)$",
    re.IGNORECASE,
)


def read_cast(reading: Reading) -> Iterator[Found]:
    """One claim per person of a sentence: "joins: Name", "leaves: Name", "returns: Name"."""
    if reading.is_question():
        return
    seen = characters(reading)
    most = len(seen) + _MOST
    for value in ("leaves", "returns", "joins"):
        bank = reading.lexicon.values(Field.CAST).get(value)
        for rule, match in bank.find_all(reading.plain) if bank else ():
            for found in _people(reading, value, rule, match):
                if found.value.split(": ", 1)[1] not in seen and len(seen) < most:
                    seen.add(found.value.split(": ", 1)[1])
                    yield found


def characters(reading: Reading) -> set[str]:
    """Who is played or named after: characters, not people of the cast."""
    found = reading.lexicon.guards["character"].find_all(reading.plain)
    return {reading.text[match.start(1) : match.end(1)] for _, match in found}


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
    if name[:1].islower():
        return " ".join(name.split())  # "six newcomers", "the main cast"
    words = re.sub(r"['’]s$", "", name.strip()).split()
    breaker = reading.lexicon.shows["breaker"]
    alone = len(words) == 1
    while words and (words[0] in breaker or _TITLES.match(words[0]) or words[0].endswith(("'s", "’s"))):
        words = words[1:]
    while words and words[-1].casefold() in _TRAILING:
        words = words[:-1]
    person = " ".join(words)
    folded = person.casefold()
    if not 0 < len(words) <= 5 or (len(words) == 1 and not (alone and _is_single_name(person, reading))):
        return None
    if folded in reading.names or any(folded in one or one in folded for one in reading.names):
        return None
    if person in reading.lexicon.shows["network"] or person in reading.lexicon.shows["series"]:
        return None
    return person


def _is_single_name(word: str, reading: Reading) -> bool:
    """A family name or a stage name alone, and no plain word that is large because it opens a sentence or headline."""
    if len(word) < _SHORTEST or word.casefold() in reading.lexicon.common or _PLAIN_WORDS.match(word):
        return False
    return not is_title_case(reading.plain) and not (reading.plain.startswith(word) and _NO_NAME.search(word))
