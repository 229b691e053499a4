"""Tells, without extracting a page, whether it says what it said last time.

A signature has two halves: of the page's bytes, and of its prose. The prose is all that the page says but what is
furniture for certain: menus, boxes that point elsewhere, counters, "3 minutes ago". A page that is read once too often
costs a moment, one that is not read hides news: so a prose is signed only when all that was read stands in it.
"""

from __future__ import annotations

import functools
import html
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import xxhash

from crawler.page.charset import decode

_HIDDEN = re.compile(rb"<(?:!--|script\b|style\b|svg\b)")
_ENDS = {b"<!--": b"-->", b"<script": b"</script", b"<style": b"</style", b"<svg": b"</svg"}
_TAG = re.compile(rb"<[/!?a-z][^<>]*>")
_BOX = re.compile(rb"<(/?)(div|section|ul|ol|nav|aside|footer|header|form|main|h1)\b([^<>]*)>")
_FURNITURE = frozenset((b"nav", b"aside", b"footer", b"form"))
_CALLED = re.compile(
    rb"""[\s"'_-](?:related|recommend(?:ed|ations?)|recirc\w*|popular|trending|most-?(?:read|popular|viewed|shared)|"""
    rb"""sidebar|teasers?|promos?|newsletter|shar(?:e|ing)|social|ads?|advert\w*|sponsor\w*|outbrain|taboola|ticker|"""
    rb"""weather|masthead|(?:site|global)-?header|(?:up|read)-?next|more-?(?:stories|news|from)|also-?like|"""
    rb"""latest-?(?:news|stories|posts|articles)|navigation|banner|contentinfo|complementary|search)(?=[\s"'_-]|$)"""
)
_TALK = re.compile(
    rb"comment(?!s?[-_]?(?:form|count|link|number|respond))|kommentar|comentario|disqus|talkback|discussion"
)
_AGO = (
    rb"(?:(?:last )?(?:updated|published|posted):?\s+)?(?:\d+|an?|one)\s?(?:[smhdw]|"
    rb"(?:sec(?:ond)?|min(?:ute)?|h(?:ou)?r|day|week|month|year)s?)\sago|just now|"
    rb"(?:vor|hace|il y a|h\xc3\xa1)\s(?:\d+|ein\w*|une?|una?)\s"
    rb"(?:sekunde|minut|stunde|tag|woche|monat|jahr|second|segundo|hora|heure|jour|semain|d\xc3\xada|mes|mois)[a-z]{0,2}|"
    rb"\d+(?:\xec\xb4\x88|\xeb\xb6\x84|\xec\x8b\x9c\xea\xb0\x84|\xec\x9d\xbc)\s\xec\xa0\x84"
)
_COUNT = rb"\d[\d.,]*\s?[km]?(?:\s(?:share|view|reaction)s?)?"
# the first letters save looking closer at nearly all runs of text
_PASSING = re.compile(rb">\s*(?=[\dajluphvio])(?:" + _AGO + rb"|(" + _COUNT + rb"))\s*</")
_FOR_TIME = re.compile(
    rb"""<(?:time|p|div|li|small)\b|[\s"'_-](?:time|date|ago|posted|published|updated|age)(?=[\s"'_-]|$)"""
)
_FOR_COUNT = re.compile(rb"""[\s"'_-](?:share|view|reaction)s?(?:[_-]?count(?:er|s)?)?(?=[\s"']|$)""")
_STATED = re.compile(rb"<(?:meta|link)\b[^<>]*>")
_STATES = re.compile(rb"title|time|date|modified|published|author|og:url|canonical|next")
_TIMES = re.compile(rb"datetime=[^<>]*")
_LIKED = re.compile(rb'"userinteractioncount"\s*:\s*"?\d+')
_MOST_MISSES = 50


@dataclass(frozen=True, slots=True)
class How:
    """How a page is read: whatever of it changes, no signature that was made before is equal to one made after.

    `source` is the source file's content as text.
    """

    source: str
    url: str
    charset: str | None

    def __str__(self) -> str:
        return f"{_rules()}\n{self.source}\n{self.url}\n{self.charset}"


def is_same(signature: str, body: bytes, how: How) -> bool:
    """Is it the page that was signed, or does it say the same?"""
    exact, _, prose = signature.partition(" ")
    return bool(exact) and (exact == _hash(body, how) or (bool(prose) and prose == _hash(_words(_kept(body)), how)))


def renewed(signature: str, body: bytes, how: How) -> str:
    """The signature of a page that is the same, for its bytes as they are now."""
    return f"{_hash(body, how)} {signature.partition(' ')[2]}"


def sign(body: bytes, how: How, said: Iterable[str]) -> str:
    """The signature of a page on which all this was read. Without the second half when its prose does not hold it."""
    kept = _kept(body)
    prose = _hash(_words(kept), how) if _holds(decode(kept, how.charset), said) else ""
    return f"{_hash(body, how)} {prose}"


@functools.cache
def _rules() -> str:
    """The code that reads pages: whatever is changed in this package, every page is read once more."""
    seen = xxhash.xxh3_128(version("trafilatura").encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _hash(text: bytes, how: How) -> str:
    # not against forgers: who wants to hide news from us need only not show it
    found = xxhash.xxh3_128(text)
    found.update(f"\n{how}".encode())
    return found.hexdigest()


# --- the prose


def _kept(body: bytes) -> bytes:
    """The page's markup, lower case, without what no reader sees and without furniture."""
    shown = b"".join(_shown(body.lower()))
    out, at = [], 0
    for start, end in _furniture(shown):
        if start >= at:
            out.append(shown[at:start])
            at = end
    out.append(shown[at:])
    return b"".join(out)


def _shown(page: bytes) -> Iterator[bytes]:
    """The markup without comments, scripts, styles and drawings; structured data stays."""
    at = 0
    while found := _HIDDEN.search(page, at):
        yield page[at : found.start()]
        kind = found[0]
        # "<!-->" is a whole comment
        at = page.find(_ENDS[kind], found.start() + 2 if kind == b"<!--" else found.end())
        if at < 0:
            return
        if kind == b"<!--":
            at += len(b"-->")
        elif kind == b"<script":
            attributes, _, data = page[found.end() : at].partition(b">")
            if b"ld+json" in attributes:
                yield _LIKED.sub(b"", data)
    yield page[at:]


def _furniture(page: bytes) -> list[tuple[int, int]]:
    """Where boxes that are no part of the article begin and end, sorted: none holds a headline or a discussion."""
    opened: dict[bytes, list[tuple[int, bool]]] = defaultdict(list)
    boxes: list[tuple[int, int]] = []
    held: list[int] = []
    for found in _BOX.finditer(page):
        closing, tag, attributes = found.groups()
        if not closing:
            wanted, furniture = _judged(tag, attributes)
            if wanted:
                held.append(found.start())
            opened[tag].append((found.start(), furniture))
        elif opened[tag]:
            start, furniture = opened[tag].pop()
            if furniture:
                boxes.append((start, found.end()))
    return sorted(box for box in boxes if bisect_left(held, box[0]) == bisect_left(held, box[1]))


@functools.lru_cache(maxsize=20_000)
def _judged(tag: bytes, attributes: bytes) -> tuple[bool, bool]:
    """Is it a part of the article or of the discussion for certain? Is it furniture, as far as its names tell?"""
    wanted = tag in (b"h1", b"main") or b"articlebody" in attributes or bool(_TALK.search(attributes))
    return wanted, not wanted and (tag in _FURNITURE or bool(_CALLED.search(attributes)))


def _words(kept: bytes) -> bytes:
    """What is signed: what the page states of itself, times as stated for machines, and its words in order."""
    stated = [tag for tag in _STATED.findall(kept) if _STATES.search(tag)]
    text = _TAG.sub(b" ", _PASSING.sub(_unless_passing, kept))
    return b"\n".join((*stated, *_TIMES.findall(kept), b" ".join(text.split())))


def _unless_passing(found: re.Match[bytes]) -> bytes:
    """Nothing for a time told from now, or a counter, that is alone in an element made for it."""
    start = found.start()
    tag = found.string[found.string.rfind(b"<", 0, start) : start]
    passing = (_FOR_TIME if found[1] is None else _FOR_COUNT).search(tag)
    return b"></" if passing else found[0]


def _holds(kept: str, said: Iterable[str]) -> bool:
    """Does all that was read stand in the prose?"""
    text, at, misses = _squashed(re.sub(r"<[/!?a-z][^<>]*>", "", kept)), 0, 0
    for line in map(_squashed, said):
        found = text.find(line, at)
        if found < 0:
            misses += 1
            found = text.find(line) if misses < _MOST_MISSES else -1
            if found < 0:
                return False
        at = found
    return True


def _squashed(text: str) -> str:
    return "".join(html.unescape(text).lower().split())
