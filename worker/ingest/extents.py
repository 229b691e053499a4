"""Where a name begins and ends in a run of capitalised words: persons, networks and the headline's other words go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.ingest.lexicon import Lexicon
from worker.ingest.names import LINKS
from worker.ingest.people import count, is_person
from worker.ingest.signs import can_be_name, is_home, signs_before, signs_behind
from worker.ingest.spans import NO_STARTS, Span, cuts, is_news_word, joined

_WORD = re.compile(r"\S+")
_SHORTEST = 4  # letters of a name that a text has of a headline's run
_LONGEST_WORD = 40  # characters
_CLAUSE = re.compile(r" (?:won't|will|is|are|was|were|has|have|can|could|may|might|to|gets?|goes|comes|ends)\b")
_WORD_BEFORE = re.compile(r"(?<!\S)[A-Z][\w'-]* $")
_TWO = re.compile(r"(?:and|&) (?:a|an|The) ")  # "Harbour Lights and The Ferry" are two
_OF_WHOLE = frozenset(["season", "ruled", "fate"])
_LOOSE = frozenset(["on", "at", "to", "for", "with", "from", "by", "as", "in"])
_FIRM = frozenset(["of", "and", "&", "de", "y"])


@dataclass(frozen=True, slots=True)
class Extents:
    """The text of a page as far as it tells how long a name in it is. `shouted`: its headline is all capitals."""

    title: str
    text: str
    whole: str
    shouted: bool
    lexicon: Lexicon

    def names(self, line: str, run: Span, before: Span | None) -> Iterator[Span]:
        """The names in a run, and the one that it is the subtitle of. `before`: the run before it."""
        whole = self._whole_name(line, run)
        if before and (both := self._with_subtitle(line, self._whole_name(line, before), whole)):
            yield both
        yield from self._parts(line, self._as_in_text(line, whole))

    def _with_subtitle(self, line: str, name: Span, subtitle: Span) -> Span | None:
        """Two names side by side that are one: in the midst of a line, or where the page says them together again."""
        both = joined(line, name, subtitle)
        if both is None or name.name.upper() == name.name.lower():
            return None
        if count(both.name, self.whole) > 1:
            return both
        if line[: name.start].strip():  # "Goodbye Anna: Harbour Lights won't return" are two
            return None if _CLAUSE.match(line, subtitle.end) or "'s " in subtitle.name else both
        return both if not self.shouted and self._is_subtitle(line, subtitle) else None

    def _is_subtitle(self, line: str, span: Span) -> bool:
        """Is what stands behind a colon a subtitle: two capitalised words or more, not somebody's name, then a verb?"""
        words = span.name.casefold().split()
        known = any(word in self.lexicon.common for word in words)
        verb = line[span.end + 1 : span.end + 2].islower() and "'s " not in span.name
        return len(words) > 1 and known and verb and not is_person(span.name, self.whole, self.lexicon)

    def _whole_name(self, line: str, span: Span) -> Span:
        """A run with the capitalised words before it that the page says together elsewhere too: "All American"."""
        span = self._without_home(span)
        while match := _WORD_BEFORE.search(line, max(0, span.start - _LONGEST_WORD), span.start):
            longer = line[match.start() : span.end]
            if count(longer, self.whole) < 2:
                break
            span = Span(longer, match.start(), span.end)
        return span

    def _without_home(self, span: Span) -> Span:
        """A run without the network that it begins with: "HBO Harbour Lights"."""
        first, _, rest = span.name.partition(" ")
        if not rest or not is_home(first, self.lexicon) or is_home(span.name, self.lexicon):
            return span
        apart = " " in rest or self._alone(rest, span.name)
        while rest.partition(" ")[0] in NO_STARTS:  # "BBC as Harbour Lights goes"
            rest = rest.partition(" ")[2]
        return Span(rest, span.end - len(rest), span.end) if apart and rest else span

    def _as_in_text(self, line: str, span: Span) -> Span:
        """Of a run in a headline of capitals, the words that the text has together: there capitals are a name's."""
        if not self.shouted or line != self.title or count(span.name, self.text):
            return span
        words = [match.span() for match in _WORD.finditer(span.name)]
        pieces = [(start, end) for start, _ in words for _, end in words if _SHORTEST < end - start < len(span.name)]
        for start, end in sorted(pieces, key=lambda piece: piece[0] - piece[1]):
            if self._is_name_in_text(span.name[start:end]):
                return Span(span.name[start:end], span.start + start, span.start + end)
        return span

    def _is_name_in_text(self, name: str) -> bool:
        first, _, rest = name.partition(" ")
        last = rest.rsplit(" ", 1)[-1]
        if not rest or first.casefold() in NO_STARTS or last.casefold() in LINKS or last.islower():
            return False
        return can_be_name(name, False, self.lexicon) and count(name, self.text) > 0

    def _parts(self, line: str, span: Span) -> Iterator[Span]:
        """A run, or what is left of it where a person, a network or a name that stands elsewhere alone is cut off."""
        for left, right in cuts(line, span):
            between = line[left.end : right.start]
            if is_home(right.name, self.lexicon):
                yield from self._parts(line, left)
                return
            if self._holds(line, left, right, span):
                continue
            if self._ends_before(line, between, span):
                yield left
                return
            two = _TWO.search(f"{between}{right.name}") is not None
            firm = not two and any(word in _FIRM for word in between.split())
            if two or self._cuts_left(left, right, span, firm):
                yield left
                yield from self._parts(line, right)
                return
            if self._cuts_right(right, span, firm):
                yield from self._parts(line, left)
                return
        yield span

    def _holds(self, line: str, left: Span, right: Span, whole: Span) -> bool:
        """Does a preposition join one word to a name that something is said of as a whole: "Anna in the Ferry ends"?"""
        between = line[left.end : right.start]
        if " " in left.name or "'" in between or right.name.startswith("The "):
            return False
        if not between.endswith(" the ") and is_person(left.name, self.whole, self.lexicon):
            return False
        return any(sign in _OF_WHOLE for sign in signs_behind(line, whole, self.lexicon))

    def _ends_before(self, line: str, between: str, whole: Span) -> bool:
        """Does a name end at a preposition: all that is said stands before it, "Renews Harbour Lights for Good"?"""
        if between.strip() not in _LOOSE or line != self.title or not self.shouted or count(whole.name, self.whole) > 1:
            return False
        return any(signs_before(line, whole, self.lexicon)) and not any(signs_behind(line, whole, self.lexicon))

    def _cuts_left(self, left: Span, right: Span, whole: Span, firm: bool) -> bool:
        """Is the part before a possessive or preposition no part of the name? "of" and "and" hold more firmly."""
        if any(is_home(name, self.lexicon) for name in (left.name, left.name.rsplit(" ", 1)[-1])):
            return True
        if is_news_word(left.name.casefold(), self.lexicon):
            return True
        if firm:
            return self._is_somebody(left.name)
        if " " in left.name and not left.name.startswith("The ") and whole.name[len(left.name) :].startswith("'"):
            return True  # "Jane Doe's Harbour Lights"
        return is_person(left.name, self.whole, self.lexicon) or any(
            self._alone(part.name, whole.name) for part in (left, right)
        )

    def _cuts_right(self, right: Span, whole: Span, firm: bool) -> bool:
        """Is the part behind it no part of the name: a person?"""
        return " " in whole.name and self._is_somebody(right.name) if firm else is_person(right.name, "", self.lexicon)

    def _is_somebody(self, name: str) -> bool:
        """A person with first and last name: "Grace and Frankie" are none."""
        return " " in name and is_person(name, self.whole, self.lexicon)

    def _alone(self, name: str, whole: str) -> bool:
        """Does a part of a run stand without the rest of it somewhere?"""
        return count(name, self.whole) > count(whole, self.whole) and name.casefold() not in LINKS
