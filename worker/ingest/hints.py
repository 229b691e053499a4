"""Where in a text the phrases of a lexicon can stand at all: one look at its letters spares nearly all patterns."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from worker.ingest.lexicon import Bank, Lexicon, plain
from worker.ingest.lexicon.pieces import EDGE, needs_of

_BANKS = ("season", "series", "network", "off_topic", "role", "form", "decided", "ruled", "fate", "anaphor", "outlet")
PART = 4000  # characters in which a text names what it is about
_SEASONS = "seasons"  # how the language says "season 2"
_FILM = "film"
# What is looked for beside the phrases of the lexicon, in any language.
_MORE = {
    "season": ("season", "series", "finale", "premiere", "reboot", "revival"),
    _FILM: ("film", "movie"),
}
_AROUND = 50  # characters beside a piece in which its phrase begins and ends


@dataclass(frozen=True, slots=True, eq=False)
class _Seeker:
    """The pieces of a lexicon's phrases, looked for at once."""

    automaton: AhoCorasick
    banks: Sequence[tuple[str, ...]]  # by piece: the banks that need it
    anywhere: frozenset[str]  # banks with a phrase of which no piece is known


class Hints:
    """The places in one text where phrases of a lexicon may stand, by bank."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text, self.lexicon = text, lexicon
        self._seeker = _seeker(lexicon)
        spans = self._seeker.automaton.find_matches_as_indexes(_lower(text), overlapping=True)
        found = sorted((start, piece) for piece, start, _ in spans)
        self._starts = [start for start, _ in found]
        self._banks = [self._seeker.banks[piece] for _, piece in found]
        self._seasons = [start for start, banks in zip(self._starts, self._banks, strict=True) if _SEASONS in banks]

    def between(self, start: int, end: int) -> frozenset[str]:
        """The banks of which a phrase may stand there: a piece of it begins between these places."""
        first = bisect_left(self._starts, start)
        found = self._banks[first : bisect_left(self._starts, end, first)]
        return self._seeker.anywhere.union(*found) if found else self._seeker.anywhere

    def find(self, name: str, end: int) -> str:
        """The first phrase of a bank that stands in the text up to this place, as it is written; "" if none does."""
        bank = self.lexicon.shows[name]
        if name in self._seeker.anywhere:
            found = bank.find(self.text[:end])
            return found[1][0] if found else ""
        last = bisect_left(self._starts, end)
        places = (start for start, banks in zip(self._starts[:last], self._banks, strict=False) if name in banks)
        return next((written for place in places if (written := self._around(bank, place, end))), "")

    def is_season(self, place: int) -> bool:
        """Does the number of a season stand exactly here: "Season 2", "Second Season", "S2"?"""
        if _SEASONS not in self._seeker.anywhere:
            near = bisect_left(self._seasons, place)
            if near == len(self._seasons) or self._seasons[near] > place + _AROUND // 2:
                return False
        return any(not start for _, start, _ in self.lexicon.seasons.find(self.text[place : place + _AROUND]))

    def _around(self, bank: Bank, place: int, end: int) -> str:
        """The phrase of a bank around a piece of it. Only whole words are cut out for it."""
        first = self.text.rfind(" ", 0, max(0, place - _AROUND)) + 1
        last = self.text.find(" ", place + _AROUND, end)
        found = bank.find(self.text[first : last if last >= 0 else end])
        return found[1][0] if found else ""


@functools.lru_cache(maxsize=8)
def hints_of(title: str, text: str, lexicon: Lexicon) -> Hints:
    """The hints of an article's headline and first part. Remembered, since several steps ask for the same article's."""
    return Hints(f"{plain(title)}\n{plain(text[:PART])}", lexicon)


def may_say(text: str, lexicon: Lexicon) -> frozenset[str]:
    """The banks of which a phrase may stand in a short text."""
    seeker = _seeker(lexicon)
    found = seeker.automaton.find_matches_as_indexes(_lower(text), overlapping=True)
    return seeker.anywhere.union(*(seeker.banks[piece] for piece, _, _ in found))


@functools.cache
def _seeker(lexicon: Lexicon) -> _Seeker:
    """The seeker of a lexicon; there are as many as languages."""
    needed: dict[str, set[str]] = defaultdict(set)
    anywhere = set()
    for name, bank in [*((name, lexicon.shows[name]) for name in _BANKS), (_SEASONS, lexicon.seasons.bank)]:
        for phrase in bank.phrases:
            pieces = {one.strip(EDGE) for need in needs_of(phrase.pattern.pattern)[:1] for one in need}
            for piece in pieces:
                needed[piece].add(name)
            anywhere |= set() if pieces else {name}
    for name, words in _MORE.items():
        for word in words:
            needed[word].add(name)
    automaton = AhoCorasick(list(needed), matchkind=MatchKind.Standard)
    return _Seeker(automaton, [tuple(sorted(names)) for names in needed.values()], frozenset(anywhere))


def _lower(text: str) -> str:
    """Small letters, each at the place of its capital."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
