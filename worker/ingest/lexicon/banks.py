"""Banks of phrases, and how they are found: one look at a text tells which of all the phrases can stand in it."""

from __future__ import annotations

import functools
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, MatchKind

from worker.ingest.lexicon.pieces import EDGE, Needs, is_word, needs_of

Match = tuple[str, re.Match[str]]  # a phrase's rule, and where it stands
_WORDS = re.compile(r"\w+")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_SAME = (("İ", "i"), ("ı", "i"), ("ſ", "s"))
_SENTENCE = 1200  # characters; in a longer text not everything is looked for where one phrase is enough
_REMEMBERED = 512  # looks: all banks ask for the same sentence, and again for the same parts of it


@dataclass(slots=True)
class Look:
    """What one look at a text found: the pieces, by number, and the banks of which a phrase may stand there, as bits.

    `said` remembers what banks have found there.
    """

    pieces: set[int]
    banks: int
    said: dict[int, tuple[Match, ...]] = field(default_factory=dict)


class Scan:
    """Looks for the pieces of many banks' phrases at once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of the pieces
        self._banks: list[int] = []  # by piece: the banks that need it
        self._entered = 0
        self._anywhere = 0  # the banks with a phrase of which nothing is known
        self._automaton: AhoCorasick | None = None
        self._words: dict[str, int] = {}  # the pieces that are whole words
        self._standing: list[tuple[int, ...]] = []  # by text and edges: the pieces that stand there
        self.look: Callable[[str], Look] = functools.lru_cache(maxsize=_REMEMBERED)(self._look)

    def enter(self, needs: Iterable[Needs]) -> tuple[int, tuple[tuple[frozenset[int], ...], ...]]:
        """Takes in what a bank's phrases need: gives the bank's bit, and the needs by the numbers of their pieces."""
        bank, self._automaton = 1 << self._entered, None
        self._entered += 1
        numbered = tuple(tuple(frozenset(map(self._number, need)) for need in phrase) for phrase in needs)
        for phrase in numbered:
            self._anywhere |= 0 if phrase else bank
            for piece in phrase[0] if phrase else ():
                self._banks[piece] |= bank
        return bank, numbered

    def _number(self, piece: str) -> int:
        if piece not in self._numbers:
            self._numbers[piece] = len(self._banks)
            self._banks.append(0)
        return self._numbers[piece]

    def _look(self, text: str) -> Look:
        automaton = self._automaton or self._make()
        lower = f"\n{_lower(text)}\n"
        seen = {
            (place << 2) | _WORD[lower[start - 1]] << 1 | _WORD[lower[end]]
            for place, start, end in automaton.find_matches_as_indexes(lower, overlapping=True)
        }
        words = self._words.keys() & _WORDS.findall(lower)
        pieces = {self._words[word] for word in words}
        pieces.update(*[self._standing[one] for one in seen])
        return Look(pieces, functools.reduce(operator.or_, map(self._banks.__getitem__, pieces), self._anywhere))

    def _make(self) -> AhoCorasick:
        """The automaton for the texts of all pieces, and which pieces each text is with a word going on beside it.

        Whole words are looked up instead: in the midst of words there are many more of them.
        """
        self._words = {piece.strip(EDGE): number for piece, number in self._numbers.items() if is_word(piece)}
        texts: dict[str, list[str]] = defaultdict(list)
        for piece in self._numbers:
            if not is_word(piece):
                texts[piece.strip(EDGE)].append(piece)
        self._standing = [
            tuple(
                self._numbers[piece]
                for piece in pieces
                if not (before and piece.startswith(EDGE)) and not (behind and piece.endswith(EDGE))
            )
            for pieces in texts.values()
            for before in (False, True)
            for behind in (False, True)
        ]
        self._automaton = AhoCorasick(list(texts), matchkind=MatchKind.Standard)
        return self._automaton


def _lower(text: str) -> str:
    """Small letters, and one letter for those that patterns take for the same."""
    if text.isascii():
        return text.lower()
    for letter, same in _SAME:
        text = text.replace(letter, same)
    return _OTHER_DIGIT.sub(lambda match: str(int(match[0])), text.lower())


class _Word(dict[str, bool]):
    """Which characters are in words? Each is asked once."""

    def __missing__(self, char: str) -> bool:
        self[char] = found = char.isalnum() or char == "_"
        return found


_WORD = _Word()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase with its rule: `LANG.FIELD.VALUE.NUMBER`."""

    rule: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Phrases that mean the same, in the order of the file, and what each needs to stand in a text (see `Scan`)."""

    phrases: tuple[Phrase, ...] = ()
    needs: tuple[tuple[frozenset[int], ...], ...] = ()
    scan: Scan | None = None
    bit: int = 0
    places: Mapping[int, Sequence[int]] = field(default_factory=dict)  # by piece: the phrases that need it most
    loose: tuple[int, ...] = ()  # the phrases of which nothing is known

    @classmethod
    def of(cls, phrases: Sequence[Phrase], scan: Scan) -> Bank:
        """A bank whose phrases are looked for together with those of other banks."""
        bit, needs = scan.enter([needs_of(phrase.pattern.pattern) for phrase in phrases])
        places: dict[int, list[int]] = defaultdict(list)
        for place, need in enumerate(needs):
            for piece in need[0] if need else ():
                places[piece].append(place)
        loose = tuple(place for place, need in enumerate(needs) if not need)
        return cls(tuple(phrases), needs, scan, bit, dict(places), loose)

    def find(self, text: str) -> Match | None:
        """The first phrase that occurs in the text: its rule and where."""
        if len(text) <= _SENTENCE:
            return next(iter(self.find_all(text)), None)
        look = self._look(text)
        found = ((phrase.rule, phrase.pattern.search(text)) for phrase in self._fitting(look)) if look else ()
        return next(((rule, match) for rule, match in found if match), None)

    def find_all(self, text: str) -> Sequence[Match]:
        """Every occurrence of every phrase. Remembered: an article's kinds, claims and standings need the same ones."""
        look = self._look(text)
        if look is None:
            return ()
        if self.bit not in look.said:
            fitting = self._fitting(look)
            look.said[self.bit] = tuple((one.rule, match) for one in fitting for match in one.pattern.finditer(text))
        return look.said[self.bit]

    def __contains__(self, text: str) -> bool:
        return self.find(text) is not None

    def _look(self, text: str) -> Look | None:
        """A look at the text, unless that tells that no phrase stands there."""
        look = self.scan.look(text) if self.scan else None
        return look if look and look.banks & self.bit else None

    def _fitting(self, look: Look) -> Iterator[Phrase]:
        """The phrases that may occur: of each need a piece is in the text. Most do not, and no pattern is tried."""
        hit = self.places.keys() & look.pieces
        for place in sorted({*self.loose, *(place for piece in hit for place in self.places[piece])}):
            if not any(map(look.pieces.isdisjoint, self.needs[place])):
                yield self.phrases[place]


class Banks:
    """Banks of one lexicon that are asked together: does any of them say something?"""

    def __init__(self, banks: Iterable[Bank]) -> None:
        self._banks = [bank for bank in banks if bank.scan]
        self._bits = functools.reduce(operator.or_, (bank.bit for bank in self._banks), 0)

    def __contains__(self, text: str) -> bool:
        scan = self._banks[0].scan if self._banks else None
        may = scan.look(text).banks & self._bits if scan else 0
        return bool(may) and any(bank.bit & may and bank.find_all(text) for bank in self._banks)
