"""Who joins, leaves or returns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from worker.ingest.kinds.base import Found, Reading, is_hedged, is_history, is_hypothetical, is_negated
from worker.ingest.names import is_title_case
from worker.ingest.people import FIRST_NAMES, is_person
from worker.models import Field, Kind

_GROUP = re.compile(r"[A-Z][a-z]* [a-z]")  # "The old cast" at the start of a sentence
_ARTICLE = re.compile(r"^(?:the|its|her|their) ")
BESIDE = "beside"  # phrases that only describe who is in it
_BETWEEN = re.compile(
    r",? (?:and|&|y|e) |, | ?· ?|(?<=[가-힣])[와과] |(?<=[가-힣]{3}) (?=[가-힣]{3}(?:\W|$))", re.IGNORECASE
)
_MOST = 6  # people of one sentence; longer lists are a cast list, not news
_TRAILING = re.compile(  # capital in headlines alone
    r"^(?:reportedly|officially|allegedly|formally|finally|in|out|to|will|is|are|was|has|have|not|may|could|be|being|been"
    r"|back|again|now|and|or|set|says|said|joins|exits|returns|leaves|closes|signs|inks|deal|pact|contract|talks)$",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r" (?:Productions?|Studios?|Pictures|Television|TV|Entertainment|Media|Films?|Network|Group|Part [IVX]+)$"
)
_SHORTEST = 3  # letters of a name that stands alone
_PLAIN_WORDS = re.compile(
    r"^(?:she|they|this|that|these|those|who|both|all|each|nobody|nothing|everyone|someone|others?|another|neither|more"
    r"|season|series|episode|production|also|however|meanwhile|instead)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"(?:s|ing|ion|ment|ity|ed|ly)$")  # how plain words end that open a sentence
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*"
_CAPITALS = re.compile(rf"\b{_CAPITAL}(?: {_CAPITAL}){{0,2}}")
_FIRST_NAME = re.compile(rf"\b(?:{'|'.join(sorted(FIRST_NAMES))})\b", re.IGNORECASE)  # where every word is large
_MAKERS_OF = re.compile(r"\b(?:from|by|of) $")
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
    for key in ("leaves", "returns", "joins", f"joins {BESIDE}"):
        bank, value = reading.lexicon.values(Field.CAST).get(key), key.partition(" ")[0]
        for rule, match in bank.find_all(reading.plain) if bank else ():
            for found in _people(reading, value, rule, match):
                if found.value.split(": ", 1)[1] not in seen and len(seen) < most:
                    seen.add(found.value.split(": ", 1)[1])
                    yield found


def someone(title: Reading, text: Sequence[Reading]) -> str:
    """Who a headline is about, as "joins: Name", where its text names the person too; "" when nobody is."""
    whole = "\n".join(reading.text for reading in (title, *text))
    for reading in (*text, title):
        seen = characters(reading)
        for name in _names(reading, large=reading is title):
            person = _person(name, reading) if name.split()[-1] in title.text else None
            sure = reading is not title and " " in (person or "")  # small letters stand around it
            if person and person not in seen and (sure or is_person(person, whole, title.lexicon)):
                return f"{_how(title)}: {person}"
    return ""


def _names(reading: Reading, *, large: bool) -> Iterator[str]:
    """What is written like a name; in a headline, where every word is large, what begins with a first name."""
    text, breaker = reading.text, reading.lexicon.shows["breaker"]
    starts = [match.start() for match in _FIRST_NAME.finditer(text)] if large else []
    runs = [match for start in starts if (match := _CAPITALS.match(text, start))]
    for match in runs if large else _CAPITALS.finditer(text):
        words = match[0].split()
        while len(words) > 1 and words[-1] in breaker:
            words = words[:-1]
        yield " ".join(words)


def _how(title: Reading) -> str:
    """Does a headline about a person tell of leaving, of coming back, or of joining?"""
    values = title.lexicon.values(Field.CAST)
    return next((value for value in ("leaves", "returns") if title.plain in values.get(f"{value} at all", ())), "joins")


def characters(reading: Reading) -> set[str]:
    """Who is played or named after: characters, not people of the cast."""
    found = reading.lexicon.guards["character"].find_all(reading.plain)
    return {reading.text[match.start(1) : match.end(1)] for _, match in found}


def _people(reading: Reading, value: str, rule: str, match: re.Match[str]) -> Iterator[Found]:
    if not match.groups() or match[1] is None or not _is_stated(reading, value, match) or _is_other(reading, match):
        return
    for name in _BETWEEN.split(reading.text[match.start(1) : match.end(1)]):
        person = _person(name, reading)
        if person:
            hedged = is_hedged(reading, match.end(1) + 12) or is_hedged(reading, match.start())
            yield Found(
                Field.CAST, Kind.CASTING, f"{value}: {person}", rule, match.start(), match.end(), guessed=hedged
            )


def _is_other(reading: Reading, match: re.Match[str]) -> bool:
    """Is it somebody of the crew, or whose people are named behind: "joins as director", "Amy's take on"?"""
    before, own = reading.plain[: match.start(1)], reading.plain[match.start(1) : match.end(1)]
    subject = match.start(1) == match.start()
    if subject and (own.endswith("'s") or _MAKERS_OF.search(before)):
        return True
    return reading.plain[match.end() :] in reading.lexicon.guards["crew"] or before in reading.lexicon.guards["crew"]


def _is_stated(reading: Reading, value: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    if is_history(reading, start, end) or is_hypothetical(reading, start):
        return False
    # "will not return" is what a leaving phrase says; other phrases must not be denied right before their verb.
    return value == "leaves" or not (is_negated(reading, start) or is_negated(reading, match.end(1) + 1))


def _person(name: str, reading: Reading) -> str | None:
    """A person's name without what clings to it; None when it is a show, a broadcaster or a plain word."""
    if _GROUP.match(name):
        name = name[0].lower() + name[1:]
    if name[:1].islower():
        return " ".join(_ARTICLE.sub("", name).split())  # "six newcomers", "the main cast"
    words = re.sub(r"['’]s$", "", name.strip()).split()
    breaker = reading.lexicon.shows["breaker"]
    alone = len(words) == 1
    while words and (words[0] in breaker or _TITLES.match(words[0]) or words[0].endswith(("'s", "’s"))):
        words = words[1:]
    while words and _TRAILING.match(words[-1]):
        words = words[:-1]
    person = " ".join(words)
    if person.startswith("The ") or _COMPANY.search(person):
        return None
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
