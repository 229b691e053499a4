"""What every reader of claims works with: one sentence, its guards, and what was found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from worker.ingest.lexicon import Bank, Lexicon, plain
from worker.ingest.names import compose, fold
from worker.ingest.when import find_when
from worker.models import Field, Kind, When

SHORT = 160
_LONG_AGO = timedelta(days=45)  # what was decided before that is not news
_STOP = re.compile(r"[;:]|, (?=\w+ (?:has|have|is|are|will)\b)")


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence to read: as it stands, with plain quotes, and what is known around it.

    `names` are the names of shows in this article, in plain lower case: they are not people.
    """

    text: str
    plain: str
    published: date | None
    lexicon: Lexicon
    names: frozenset[str] = frozenset()
    asks: bool = False

    @classmethod
    def of(
        cls, text: str, lexicon: Lexicon, published: date | None = None, names: frozenset[str] = frozenset()
    ) -> Reading:
        """A reading of a sentence."""
        plainly = plain(text)
        return cls(text, plainly, published, lexicon, names, plainly in lexicon.guards["question"])

    def is_question(self) -> bool:
        """Does the sentence ask instead of tell?"""
        return self.asks


@dataclass(frozen=True, slots=True)
class Found:
    """One claim found in a sentence, not yet tied to a show: where it stands and by which rule.

    `guessed` says that the writer hedges it ("may return").
    """

    field: Field
    kind: Kind
    value: str
    rule: str
    start: int
    end: int
    when: When | None = None
    guessed: bool = False


Reader = Callable[[Reading], Iterator[Found]]


def clause_around(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """The part of the sentence, between clause marks, that holds a place."""
    first, last = 0, len(reading.plain)
    for _, mark in reading.lexicon.guards["clause"].find_all(reading.plain):
        if mark.end() <= start:
            first = max(first, mark.end())
        elif mark.start() >= end:
            last = min(last, mark.start())
    return first, last


def is_negated(reading: Reading, start: int) -> bool:
    """Does a negation stand right before this place, in its own clause?"""
    return _before(reading, start) in reading.lexicon.guards["negation"]


def is_hypothetical(reading: Reading, start: int) -> bool:
    """Is what stands here only a condition, its consequence, a wish or a question within the sentence?"""
    if reading.plain in reading.lexicon.guards["conditional"]:
        return True
    first = max((mark.end() for mark in _STOP.finditer(reading.plain, 0, start)), default=0)
    return reading.plain[first:start] in reading.lexicon.guards["hypothetical"]


def is_hedged(reading: Reading, start: int) -> bool:
    """Does a "may" or "could" govern this place?"""
    return _before(reading, start) in reading.lexicon.guards["hedge"]


def is_history(reading: Reading, start: int, end: int) -> bool:
    """Does the clause tell what happened some time ago, by its words or by its date?"""
    first, last = clause_around(reading, start, end)
    clause = reading.plain[first:last]
    if clause in reading.lexicon.guards["history"]:
        return True
    when = find_when(clause, reading.published, reading.lexicon.language) if reading.published else None
    return bool(when and reading.published and when.last < reading.published - _LONG_AGO)


def simple_reader(field: Field, kind: Kind, value_of: Callable[[str, Reading], str] | None = None) -> Reader:
    """A reader that takes the first value of a field whose phrases the sentence states as a fact."""

    def read(reading: Reading) -> Iterator[Found]:
        if reading.is_question():
            return
        for value, bank in reading.lexicon.values(field).items():
            if found := first_stated(reading, field, kind, value, bank):
                yield found if value_of is None else _with_value(found, value_of(value, reading))
                return

    return read


_SUBORDINATE = re.compile(r"\b(?:when|until|before|once|while)\b[^,.;:]{0,80}$", re.IGNORECASE)


def names_before(reading: Reading, place: int) -> bool:
    """Does the show, or a word for it, stand right before this place: is it the subject?"""
    before = reading.plain[:place].rstrip(" \"')")
    if _SUBORDINATE.search(before):
        return False
    named = fold(compose(before)).endswith(tuple(reading.names)) if reading.names else False
    return named or before in reading.lexicon.guards["subject"]


def names_behind(reading: Reading, place: int) -> bool:
    """Does the show, or a word for it, stand right behind this place: is it the object?"""
    behind = reading.plain[place:].lstrip(" \"'(")
    named = fold(compose(behind)).startswith(tuple(reading.names)) if reading.names else False
    return named or behind in reading.lexicon.guards["object"]


ELSE = "else"  # the part of a key whose phrases count where no other value is found
_PARTS: Mapping[str, Callable[[Reading, int, int], bool]] = {
    "subject": lambda reading, start, end: names_before(reading, start),
    "object": lambda reading, start, end: names_behind(reading, end),
    ELSE: lambda reading, start, end: True,
}


def value_of_key(key: str) -> tuple[str, str]:
    """A key of a lexicon's table of claims: its value, and which part of its phrases' sentences the show must be."""
    value, _, part = key.rpartition(" ")
    return (value, part) if part in _PARTS else (key, "")


def first_stated(reading: Reading, field: Field, kind: Kind, key: str, bank: Bank) -> Found | None:
    """The first phrase of a bank that is stated: neither denied, nor supposed, nor past.

    Of the key "ending subject" the value is "ending", and the show must be its phrases' subject.
    """
    value, part = value_of_key(key)
    for rule, match in bank.find_all(reading.plain):
        start, end = match.span()
        if part and not _PARTS[part](reading, start, end):
            continue
        negated = is_negated(reading, start) or (value in _REACHED and _is_negated_within(reading, start, end))
        if not (negated or is_hypothetical(reading, start) or is_history(reading, start, end)):
            hedged = is_hedged(reading, start) or is_hedged(reading, end)
            return Found(field, kind, value, rule, start, end, guessed=hedged)
    return None


_REACHED = ("started", "wrapped")  # states that are reached or not; other phrases hold their "not" themselves


def _is_negated_within(reading: Reading, start: int, end: int) -> bool:
    """Does a negation stand before the last word of a phrase: "filming had not yet begun"?"""
    last_word = reading.plain.rfind(" ", start, end) + 1
    return last_word > start and reading.plain[start:last_word] in reading.lexicon.guards["negation"]


def shorten(text: str, limit: int = SHORT) -> str:
    """A sentence cut at a word, with an ellipsis where something is left out."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _with_value(found: Found, value: str) -> Found:
    return Found(found.field, found.kind, value, found.rule, found.start, found.end, found.when, found.guessed)


def _before(reading: Reading, start: int) -> str:
    first, _ = clause_around(reading, start, start)
    return reading.plain[first:start]
