"""Why an occurrence of a name is the show and not the word: quotes, a season, a network, a renewal beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.ingest.hints import may_say
from worker.ingest.lexicon import Bank, Lexicon, plain
from worker.ingest.names import LINKS, is_hangul
from worker.ingest.people import FIRST_NAMES

NEAR = 60  # characters beside a name
_CLOSE_BY = 40  # characters in which a word about series is a cue
_OPEN, _CLOSE = "\"'“‘«„『「《〈<*_", "\"'”’»“』」》〉>*_"
_OWNER = re.compile(r"([\w+]+)['’]s $")
_NEXT_WORD = re.compile(r" ([^\W\d_][\w'’.-]*)")
_LAST_WORD = re.compile(r"([^\W\d_][\w'’.-]*) $")
_ROLE = re.compile(
    r"^(?:['’]s)? (?:regular|alum|alumn\w+|star|actor|actress|veteran|vet|creator|writer|maker)s?\b", re.IGNORECASE
)
_YEAR = re.compile(r"^ (?:19|20)\d\d\b")
_PART = re.compile(r"(?:[:|]|[–—-]) $")
_PART_END = re.compile(r"\s*(?:$|[,:|(]|[–—-] )")
_CLOSED = re.compile(rf"^(?:[,:]? (?:Season|Series) \w+|[.,!?:])?[{re.escape(_CLOSE)}](?!\w)")


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling: whose it is, and whether it needs a cue ("You", "The Bear") or not ("Better Call Saul")."""

    folded: str
    alias: str
    shows: tuple[int, ...]  # places in the list of shows; the name's own show first
    weak: bool
    strict: bool  # a very common word or a number: needs quotes or a season beside it


@dataclass(frozen=True, slots=True)
class Place:
    """An occurrence of a name in a line, with what stands around it there."""

    name: Name
    written: str
    before: str
    after: str
    opens: bool  # the first words of the line
    shouted: bool  # in a headline of capitals

    @property
    def starts(self) -> bool:
        """Is its capital due to the start of a sentence?"""
        bare = self.before.rstrip(" \"'“‘(")
        return self.opens or not bare or bare[-1] in ".!?:\n"


def cue(place: Place, lexicon: Lexicon, line: str, season: bool) -> str:
    """Why this occurrence is the show and not the word; "" when nothing says so. `season`: one stands beside it."""
    name = place.name
    if season and (not name.strict or place.opens or not place.shouted):
        return "season beside the name"
    if place.before[-1:] and place.before[-1] in _OPEN and _CLOSED.match(place.after):
        return "in quotes"
    owner = _OWNER.search(place.before)
    if owner and owner[1] in lexicon.shows["network"]:
        return f"after {owner[1]}'s"
    if not name.weak:
        return ""
    if name.strict:
        return (
            "opens the headline"
            if place.opens and place.shouted and place.after.startswith(": ")
            else _beside(place, lexicon)
        )
    if place.shouted and lexicon.seasons.find(plain(line)):
        return "season in the headline"
    said = _beside(place, lexicon) or _stands_alone(place, lexicon)
    return said or _word_near(place, lexicon) or _opens(place, line, lexicon)


def has_season(place: Place, lexicon: Lexicon) -> bool:
    """Does "season 2" follow the name, or "season 2 of" stand before it?"""
    bank = lexicon.shows["season"]
    if "season" in may_say(place.after, lexicon) and starts_with(bank, plain(place.after)):
        return True
    return "season" in may_say(place.before, lexicon) and ends_with(bank, plain(place.before))


def starts_with(bank: Bank, text: str) -> bool:
    """Does a phrase of the bank stand at the start of the text?"""
    return any(not match.start() for _, match in bank.find_all(text))


def ends_with(bank: Bank, text: str) -> bool:
    """Does a phrase of the bank stand at the end of the text?"""
    return any(match.end() == len(text) for _, match in bank.find_all(text))


def aside(place: Place, lexicon: Lexicon) -> int:
    """Is the show only named beside another: 1 "bigger than …", "only … beat"; 2 "… star joins"?"""
    if _ROLE.match(place.after):
        return 2
    return int(ends_with(lexicon.shows["aside"], plain(place.before)))


def telling(place: Place, lexicon: Lexicon) -> int:
    """Are the capitals due to the name? 0 no, 1 as one word's would be, 2 as only a name's are."""
    if place.name.strict:
        return 0
    capitals = [
        word for word in re.findall(r"\w+", place.written) if word[0].isupper() and word.casefold() not in LINKS
    ]
    if len(capitals) > 1 and not place.shouted:
        return 2
    if " " in place.name.folded or not (place.starts or place.shouted):
        return 1
    return int(not _is_word(place.name.folded, lexicon))


def _is_word(folded: str, lexicon: Lexicon) -> bool:
    """Is it a word or first name as any other, although it is a show's name too?"""
    return folded in lexicon.common or folded in FIRST_NAMES


def in_longer_name(place: Place, lexicon: Lexicon) -> bool:
    """Is a name of one word a part of somebody's or something's: "Barry" of "Barry Example"?"""
    if not place.name.weak or place.shouted or is_hangul(place.written[0]) or has_season(place, lexicon):
        return False
    after, before = _NEXT_WORD.match(place.after), _LAST_WORD.search(place.before)
    if after and after[1][0].isupper() and not (_about_shows(after[1], lexicon) or _is_news(after[1], lexicon)):
        return len(place.name.folded.split()) < 3
    if " " in place.name.folded or not before or not before[1][0].isupper() or before[1].endswith(("'s", "’s")):
        return False
    if before[1].casefold() in LINKS or before[1].casefold() in lexicon.seasons.numerals:
        return False
    return not (
        _about_shows(before[1], lexicon)
        or before[1] in lexicon.shows["breaker"]
        or before[1] in lexicon.shows["opener"]
    )


def _is_news(word: str, lexicon: Lexicon) -> bool:
    """Does a word tell the news of what stands before it: "HARBOUR SAVED"? Not "Will", who may be somebody."""
    return word.casefold() not in FIRST_NAMES and word in lexicon.shows["breaker"]


def _about_shows(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.shows["series"] or word in lexicon.shows["network"] or f" {word}" in lexicon.shows["role"]


def _beside(place: Place, lexicon: Lexicon) -> str:
    """A trade, a form or a decision right beside the name: "… star", "the drama …", "renews …"."""
    if place.name.strict and (place.starts or place.shouted or place.written.islower()):
        return ""
    if _YEAR.match(place.after) and (" " in place.name.folded or place.name.folded not in lexicon.common):
        return "before a year"
    if starts_with(lexicon.shows["role"], plain(place.after)):
        return f"before {place.after.split()[0]!r}" if place.after.split() else ""
    if any(ends_with(lexicon.shows[bank], plain(place.before)) for bank in ("form", "decided")):
        return f"after {place.before.split()[-1]!r}" if place.before.split() else ""
    return ""


def _opens(place: Place, line: str, lexicon: Lexicon) -> str:
    """Does a name of several words open a headline: "Night Court Is Back"? (A single common word needs more.)"""
    words = [word for word in place.name.folded.split() if word not in LINKS]
    named = len(words) > 1 or (" " in place.name.folded and words[0] not in lexicon.common)
    return "opens the headline" if line and place.opens and named else ""


def _stands_alone(place: Place, lexicon: Lexicon) -> str:
    """Is the name all that stands behind a colon or dash, "Pilot of the week: Hijack", or before one?"""
    if place.opens and place.after.startswith(":") and not _is_word(place.name.folded, lexicon):
        return "opens the headline"
    alone = _PART.search(place.before) and _PART_END.match(place.after)
    return "a part of the headline of its own" if alone else ""


def _word_near(place: Place, lexicon: Lexicon) -> str:
    """A word about series, or a network, near a name; only behind it where the name's capital starts a sentence."""
    starts = not place.before.rstrip() or place.before.rstrip()[-1] in ".!?\n"
    if place.shouted and not starts and place.name.folded in lexicon.common:
        return ""
    window = place.after[:_CLOSE_BY] if starts else f"{place.before[-_CLOSE_BY:]}|{place.after[:_CLOSE_BY]}"
    found = lexicon.shows["series"].find(plain(window)) or lexicon.shows["network"].find(plain(window))
    return f"{found[1][0]!r} near the name" if found else ""
