"""Names of shows that a text itself offers, with evidence. A name needs several signs, or one that only shows have."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.items import Article
from worker.ingest.hints import hints_of
from worker.ingest.lexicon import Lexicon, load_lexicons
from worker.ingest.names import LINKS, is_title_case, name_key
from worker.ingest.people import acts, count, is_person
from worker.ingest.signs import NEAR, can_be_name, is_home, signs_of
from worker.ingest.spans import Span, before_season, cuts, joined, quotations, runs

_MOST = 5
_SHORT = 3  # words
_LEAD = 1500  # characters in which unquoted names count
_ENOUGH = 5
_ENOUGH_ELSEWHERE = 10  # on a page with words of sport, film or money
# What a sign is worth. A season beside a name, its network's possessive or a renewal are only said of shows.
_WORTH = {
    "season": 4, "decided": 4, "ruled": 4, "network": 3, "fate": 3, "role": 3, "form": 2, "quoted": 2, "marked": 2,
    "show": 2, "title": 1, "opens": 1, "home": 1, "shape": 1, "again": 1, "series": 1,
    "people": -1, "word": -1, "film": -3, "loose": -4, "person": -5,
}  # fmt: skip
_NOT_OF_PEOPLE = {"season", "quoted", "ruled", "decided"}
_OF_SHOWS = frozenset(["season", "network", "decided", "ruled", "fate", "role", "form", "quoted", "marked", "show"])
# What may stand beside a name that is no quotation and not in the headline; without it there is nothing to weigh.
_BESIDE = frozenset(["season", "network", "decided", "ruled", "fate", "role", "form"])
_LONGEST_WORD = 40  # characters
_WORD_BEFORE = re.compile(r"(?<!\S)[A-Z][\w'-]* $")
_FIRM = ("of", "and", "&", "de", "y")
_YEAR = re.compile(r" (?:19|20)\d\d$")
_NUMBER = re.compile(r"(?<=[^\W\d]) \d{1,2}$")


@dataclass(slots=True)
class _Candidate:
    """A name with the signs seen at its occurrences."""

    name: str
    place: int
    signs: set[str] = field(default_factory=set)

    @property
    def worth(self) -> int:
        return sum(_WORTH[sign] for sign in self.signs)


def propose_shows(article: Article) -> list[str]:
    """Names that only a show can have here: beside a season, a renewal, a network's possessive …; best first."""
    year = str(article.published.year) if article.published else ""
    return list(_proposed(article.title, article.text, article.shows, year, article.language))


@functools.lru_cache(maxsize=8)
def _proposed(title: str, text: str, shows: tuple[str, ...], year: str, language: str | None) -> tuple[str, ...]:
    """The names that a text proposes. Remembered, since several steps ask for the same article's."""
    found = {name_key(name): name for name in shows if name_key(name)}
    page = _Page(title, text, year, load_lexicons().for_language(language))
    for candidate in sorted(page.candidates(), key=lambda one: (-one.worth, one.place)):
        key = name_key(candidate.name)
        enough = candidate.worth >= page.enough and candidate.signs & _OF_SHOWS
        if enough and not any(_within(key, known) for known in found):
            found.setdefault(key, candidate.name)
    return tuple(found.values())[:_MOST]


def _within(key: str, known: str) -> bool:
    """Is one of two names a part of the other?"""
    return f" {key} " in f" {known} " or f" {known} " in f" {key} "


class _Page:
    """One article's names with the signs for and against each."""

    def __init__(self, title: str, text: str, year: str, lexicon: Lexicon) -> None:
        self.lexicon, self.words, self.year = lexicon, lexicon.shows, year
        self.hints = hints = hints_of(title, text, lexicon)
        self.whole, self.title, self.text = hints.text, hints.text[: len(title)], hints.text[len(title) + 1 :]
        self.shouted = is_title_case(self.title)
        self.enough = _ENOUGH_ELSEWHERE if hints.find("off_topic", _LEAD) else _ENOUGH
        self.of_series = bool(hints.find("series", _LEAD)) and not hints.find("off_topic", len(title))
        self.at_home, self.of_one_show = hints.find("network", _LEAD), hints.find("anaphor", _LEAD)

    def candidates(self) -> list[_Candidate]:
        """Every possible name of the page; those of one key are one candidate."""
        found: dict[str, _Candidate] = {}
        for place, (line, offset, span) in enumerate(self._spans()):
            name = self._trimmed(span.name)
            if not can_be_name(name, span.quoted, self.lexicon):
                continue
            one = found.setdefault(name_key(name), _Candidate(name, place))
            one.signs.update(self._signs(line, offset, span))
        candidates = [one for one in found.values() if "title" in one.signs or self._can_do(one)]
        self._weigh(candidates)
        return candidates

    def _can_do(self, one: _Candidate) -> bool:
        """Can a name that the headline lacks be worth enough, whatever the whole page says of it?"""
        return bool(one.signs & _OF_SHOWS) and one.worth + _WORTH["series"] >= self.enough

    def _weigh(self, candidates: list[_Candidate]) -> None:
        """Signs that need the whole page: who is a person, what is named again, what "the show" must be."""
        for one in candidates:
            firm = {"season", "quoted"} if acts(one.name, self.whole, self.lexicon) else _NOT_OF_PEOPLE
            if is_person(one.name, self.whole, self.lexicon) and not one.signs & firm:
                one.signs.add("person")
            if "people" in one.signs and not one.signs & {"title", "season", "quoted", "network", "form"}:
                one.signs.add("person")
            if "title" in one.signs and count(one.name, self.text):
                one.signs.add("again")
            elif "title" in one.signs and self.shouted and not self._is_firm(one):
                one.signs.add("loose")
            if self.of_series:
                one.signs.add("series")
            if self.at_home and "title" in one.signs and one.signs & {"quoted", "form", "role"}:
                one.signs.add("home")
        titled = [one for one in candidates if "title" in one.signs and "person" not in one.signs]
        if self.of_one_show and titled:
            max(titled, key=lambda one: (one.worth, -one.place)).signs.add("show")

    def _is_firm(self, one: _Candidate) -> bool:
        """Can a name in a headline of capitals be trusted although the text does not repeat it?"""
        words = [word for word in one.name.split() if word.casefold() not in LINKS]
        trusted = _OF_SHOWS - {"quoted"} if self.text else _NOT_OF_PEOPLE
        return "opens" in one.signs or (bool(one.signs & trusted) and len(words) <= _SHORT)

    def _spans(self) -> Iterator[tuple[str, int, Span]]:
        """Every possible name with its line and where that is: quotations anywhere, others in headline and lead."""
        offset = 0
        for line in self.whole.split("\n"):
            quoted = list(quotations(line))
            others = self._runs(line, offset) if offset < _LEAD else ()
            bare = [run for run in others if not any(_overlap(run, one) for one in quoted)]
            for span in (*quoted, *bare, *before_season(line, self.lexicon)):
                yield line, offset, span
            offset += len(line) + 1

    def _runs(self, line: str, offset: int) -> Iterator[Span]:
        """The names of a line that are not in quotes; a subtitle belongs to its name where that is plain."""
        if offset and not _BESIDE & self.hints.between(offset, offset + len(line)):
            return
        last: Span | None = None
        for run in runs(line[:_LEAD], self.lexicon, lambda place: self.hints.is_season(offset + place)):
            if not offset or _BESIDE & self.hints.between(offset + run.start - NEAR, offset + run.end + NEAR):
                whole = self._whole_name(line, run)
                if last and (both := self._with_subtitle(line, self._whole_name(line, last), whole)):
                    yield both
                yield from self._parts(line, whole)
            last = run

    def _with_subtitle(self, line: str, name: Span, subtitle: Span) -> Span | None:
        """Two names side by side that are one: in the midst of a line, or where the page says them together again."""
        both = joined(line, name, subtitle)
        if both is None or name.name.upper() == name.name.lower():
            return None
        return both if line[: name.start].strip() or count(both.name, self.whole) > 1 else None

    def _whole_name(self, line: str, span: Span) -> Span:
        """A run with the capitalised words before it that the page says together elsewhere too: "All American"."""
        while match := _WORD_BEFORE.search(line, max(0, span.start - _LONGEST_WORD), span.start):
            longer = line[match.start() : span.end]
            if count(longer, self.whole) < 2:
                break
            span = Span(longer, match.start(), span.end)
        return span

    def _parts(self, line: str, span: Span) -> Iterator[Span]:
        """A run, or what is left of it where a person, a network or a name that stands elsewhere alone is cut off."""
        for left, right in cuts(line, span):
            firm = any(word in line[left.end : right.start].split() for word in _FIRM)
            if self._cuts_left(left, right, span, firm):
                yield left
                yield from self._parts(line, right)
                return
            if (
                is_home(right.name, self.lexicon)
                or (not firm and is_person(right.name, "", self.lexicon))
                or (firm and " " in span.name and self._is_somebody(right.name))
            ):
                yield from self._parts(line, left)
                return
        yield span

    def _cuts_left(self, left: Span, right: Span, whole: Span, firm: bool) -> bool:
        """Is the part before a possessive or preposition no part of the name? "of" and "and" hold more firmly."""
        if is_home(left.name, self.lexicon) or left.name in self.words["opener"]:
            return True
        if firm:
            return self._is_somebody(left.name)
        return is_person(left.name, self.whole, self.lexicon) or any(
            self._alone(part.name, whole.name) for part in (left, right)
        )

    def _is_somebody(self, name: str) -> bool:
        """A person with first and last name: "Grace and Frankie" are none."""
        return " " in name and is_person(name, self.whole, self.lexicon)

    def _alone(self, name: str, whole: str) -> bool:
        """Does a name of two words or more, or a surname, stand without the rest of the run somewhere?"""
        return count(name, self.whole) > count(whole, self.whole) and name.casefold() not in LINKS

    def _signs(self, line: str, offset: int, span: Span) -> Iterator[str]:
        start, end = offset + span.start, offset + span.end
        sides = self.hints.between(start - NEAR, start), self.hints.between(end, end + NEAR)
        for sign in signs_of(line, span, self.lexicon, sides, not offset):
            if sign != "film" or not self.of_one_show:  # "the series gets a film" is news of the series
                yield sign
        if self._is_numbered(span.name):
            yield "season"

    def _trimmed(self, name: str) -> str:
        """A name without the number of a season or the year of the page behind it."""
        if (match := _YEAR.search(name)) and match[0].strip() == self.year:
            return name[: match.start()]
        return _NUMBER.sub("", name)

    def _is_numbered(self, name: str) -> bool:
        """ "Harbour Lights 2" on a page about a second season."""
        match = _NUMBER.search(name)
        if match is None or not self.of_series:
            return False
        seasons = {number for number, _, _ in self.lexicon.seasons.find(self.whole)}
        return int(match[0]) in seasons or self.title.startswith((f"{name}:", f"{name},"))


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
