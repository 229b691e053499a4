"""What speaks for and against a possible name: how it is made, and what stands right beside it in its line."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator

from worker.ingest.hints import may_say
from worker.ingest.lexicon import Lexicon
from worker.ingest.names import LINKS
from worker.ingest.spans import MOST_WORDS, Span, is_news_word

NEAR = 60  # characters beside a name
Sides = tuple[Collection[str], Collection[str]]  # the banks of which a phrase may stand before a name, and behind it
_NETWORKS = re.compile(
    r"([\w+&]+)(?: ([\w+&]+))?(?:'s?)? (?:(?:new|hit|upcoming|original|latest|own|long-running) )*[\"']?$"
)
_POSSESSIVE_SEASON = re.compile(r"^(?:'s|s'|') (?:\w+ ){0,2}?(?:season|series|finale|premiere|reboot|revival)\b", re.I)
_JOINED = re.compile(r"'s |: ")
_BRACKET = re.compile(r"^ \([^()]{1,30}\)")
_FILM = re.compile(r"^[\"']? (?:\w+ )?(?:film|movie)s?\b", re.IGNORECASE)
_INITIALS = re.compile(r"[A-Z]{3,6}")
_MARKS = "《『〈"
_LONG_TITLE = 6
_NO_NAMES_LIST = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december christmas easter halloween spring summer autumn fall winter british american
    korean spanish english french german japanese australian canadian hollywood europe london york los angeles atlanta
    twitter instagram reddit tiktok facebook youtube marvel disney warner bros paramount universal sony television
    nielsen emmy emmys globe golden twice once again early officially today tonight tomorrow yesterday
"""
_NO_NAMES = frozenset(_NO_NAMES_LIST.split())


def signs_of(line: str, span: Span, lexicon: Lexicon, sides: Sides, in_title: bool) -> Iterator[str]:
    """The signs of a name that its line shows."""
    before, after = line[max(0, span.start - NEAR) : span.start], line[span.end : span.end + NEAR]
    yield from _beside(before, after, lexicon, sides)
    if span.quoted:
        yield "marked" if before[-1:] in _MARKS else "quoted"
    if in_title:
        yield "title"
        if not before.strip(" '\"") and (span.quoted or after[:1] == ":"):
            yield "opens"
    yield from _shape(span, lexicon)


def _beside(before: str, after: str, lexicon: Lexicon, sides: Sides) -> Iterator[str]:
    words, (left, right) = lexicon.shows, sides
    if _season_follows(after, lexicon, right) or ("season" in left and _ends_in_season(before, lexicon)):
        yield "season"
    if "film" in right and _FILM.search(after):
        yield "film"
    yield from (sign for sign in ("ruled", "fate", "role") if sign in right and after in words[sign])
    yield from (sign for sign in ("decided", "form") if sign in left and before in words[sign])
    if "network" in left and "'" in before and _after_network(before, lexicon):
        yield "network"


def _shape(span: Span, lexicon: Lexicon) -> Iterator[str]:
    """Small words and initials are in names of shows; two rare words may be a person's, one a character's."""
    words = span.name.removeprefix("The ").split()
    if len(words) > 1 and (any(word.casefold() in LINKS for word in words) or _JOINED.search(span.name)):
        yield "shape"
    elif len(words) == 2 and not span.quoted and not any(word.casefold() in lexicon.common for word in words):
        yield "people"
    elif _INITIALS.fullmatch(span.name):
        yield "shape"
    if len(words) == 1 and words[0].isalnum() and not span.quoted:
        yield "word"


def _season_follows(after: str, lexicon: Lexicon, right: Collection[str]) -> bool:
    after = _BRACKET.sub("", after)
    if "season" not in right or not after.strip():
        return False
    found = lexicon.shows["season"].find_all(after)
    return any(not match.start() for _, match in found) or _POSSESSIVE_SEASON.search(after) is not None


def _ends_in_season(before: str, lexicon: Lexicon) -> bool:
    return any(match.end() == len(before) for _, match in lexicon.shows["season"].find_all(before))


def _after_network(before: str, lexicon: Lexicon) -> bool:
    match = _NETWORKS.search(before)
    if match is None or "'" not in match[0].rstrip("\"'"):
        return False
    return any(part and is_home(part, lexicon) for part in (match[1], match[2]))


@functools.lru_cache(maxsize=8192)
def is_home(name: str, lexicon: Lexicon) -> bool:
    """Is it a network or a paper?"""
    for bank in {"network", "outlet"} & may_say(name, lexicon):
        found = lexicon.shows[bank].find(name)
        if found and found[1].start() <= len("the ") and found[1].end() == len(name):
            return True
    return False


@functools.lru_cache(maxsize=8192)
def can_be_name(name: str, quoted: bool, lexicon: Lexicon) -> bool:
    """Can this be a name at all: of a name's length, no network, no saying, not only words of the news?"""
    words = re.findall(r"[^\W\d_]+", name)
    if not words or len(name) < 2 or len(name.split()) > MOST_WORDS or re.search("[\"'] | [\"']", name):
        return False
    if is_home(name, lexicon):
        return False
    if quoted:
        return not _is_saying(words, lexicon)
    return len(name) > 2 and any(_is_telling(word, lexicon) for word in words)


@functools.lru_cache(maxsize=8192)
def _is_telling(word: str, lexicon: Lexicon) -> bool:
    """Can a word make a name, as "TV", "New" and "Monday" alone cannot?"""
    small = word.casefold()
    if small in LINKS or small in _NO_NAMES:
        return False
    banks = {"series", "network"} & may_say(small, lexicon)
    return not is_news_word(small, lexicon) and not any(small in lexicon.shows[bank] for bank in banks)


def _is_saying(words: list[str], lexicon: Lexicon) -> bool:
    """Is a quotation what somebody said? Names are short and capitalised."""
    if lexicon.language != "en":  # elsewhere only the first word of a title is capitalised
        return words[0][0].islower() or len(words) > _LONG_TITLE
    return any(word[0].islower() and word not in LINKS for word in words)
