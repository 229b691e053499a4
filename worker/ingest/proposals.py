"""Names of shows that a text itself offers, with evidence. A name needs several signs, or one that only shows have."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crawler.items import Article
from worker.ingest.extents import Extents
from worker.ingest.hints import hints_of
from worker.ingest.lexicon import Lexicon, load_lexicons
from worker.ingest.names import LINKS, is_hangul, is_title_case, name_key
from worker.ingest.people import acts, count, is_person
from worker.ingest.signs import NEAR, can_be_name, is_home, signs_of
from worker.ingest.spans import Span, before_season, capitals, is_news_word, quotations, runs
from worker.ingest.weighing import WEIGHTS as LABELS
from worker.ingest.weighing import Signs, weigh

_MOST = 5
_SHORT = 3  # words
_MANY_SEASONS = 13
_LEAD = 1500  # characters in which unquoted names count
_NEARLY = -0.25
WEIGHTS = LABELS.with_name("shows.toml")
ENOUGH = 0.43  # what a name's signs weigh together, learned: `python -m evaluation.shows`
_OF_SHOWS = frozenset(
    ["season", "network", "decided", "ruled", "fate", "role", "topic", "form", "quoted", "marked", "show"]
)
# What may stand beside a name that is no quotation and not in the headline; without it there is nothing to weigh.
_BESIDE = frozenset(["season", "network", "decided", "ruled", "fate", "role", "topic", "form"])
_QUOTES = frozenset(["quoted", "marked"])
_NOT_OF_PEOPLE = {"season", "quoted", "ruled", "decided"}
_TWO = re.compile(r"\w+ (?:and|&) \w+")
_PRONOUN = re.compile(r"(?:S?he|His|Her) ")  # a text that begins so goes on with the headline's person
_YEAR = re.compile(r" (?:19|20)\d\d$")
_NUMBER = re.compile(r"(?:(?<=[^\W\d]) |(?<=[가-힣]))\d{1,2}$")


@dataclass(slots=True)
class _Candidate:
    """A name with the signs seen at its occurrences."""

    name: str
    place: int
    signs: set[str] = field(default_factory=set)

    @property
    def is_two(self) -> bool:
        """Are these two names of one word, and nothing is said of them: "Anna and Bella"?"""
        return _TWO.fullmatch(self.name) is not None and not self.signs & _OF_SHOWS

    @property
    def weighed(self) -> Signs:
        """Its signs, each counting for a name in a headline too."""
        return frozenset(
            self.signs | ({f"{sign}, in headline" for sign in self.signs} if "title" in self.signs else set())
        )

    @property
    def worth(self) -> float:
        return weigh(self.weighed, _weights())


def propose_shows(article: Article) -> list[str]:
    """Names that only a show can have here: beside a season, a renewal, a network's possessive …; best first."""
    return list(_proposed(article.title, article.text, article.shows, _year(article), article.language))


@functools.lru_cache(maxsize=8)
def _proposed(title: str, text: str, shows: tuple[str, ...], year: str, language: str | None) -> tuple[str, ...]:
    """The names that a text proposes. Remembered, since several steps ask for the same article's."""
    found = {name_key(name): name for name in shows if name_key(name)}
    page = _Page(title, text, year, load_lexicons().for_language(language))
    for candidate in sorted(page.candidates(), key=lambda one: (-one.worth, one.place)):
        key = name_key(candidate.name)
        if candidate.worth >= ENOUGH and not any(_within(key, known) for known in found):
            found.setdefault(key, candidate.name)
    return tuple(found.values())[:_MOST]


def may_name_show(article: Article) -> bool:
    """Does a name weigh nearly enough, in an article with words of series?"""
    return any(
        "page of series" in signs and weigh(signs, _weights()) >= _NEARLY for _, signs in possible_names(article)
    )


def possible_names(article: Article) -> Iterator[tuple[str, Signs]]:
    """Every name that may be a show's, with the signs to weigh."""
    page = _Page(article.title, article.text, _year(article), load_lexicons().for_language(article.language))
    yield from ((one.name, one.weighed) for one in page.candidates())


def _year(article: Article) -> str:
    return str(article.published.year) if article.published else ""


@functools.cache
def _weights() -> Mapping[str, float]:
    """What each sign counts for, learned."""
    table: Mapping[str, float] = tomllib.loads(WEIGHTS.read_text("utf-8"))["shows"]
    return table


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
        self.extents = Extents(self.title, self.text, self.whole, self.shouted, lexicon)
        self.elsewhere = bool(hints.find("off_topic", _LEAD))
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
        self._weigh(list(found.values()))
        return list(found.values())

    def _weigh(self, candidates: list[_Candidate]) -> None:
        """Signs that need the whole page: who is a person, what is named again, what "the show" must be."""
        for one in candidates:
            if self._is_person(one):
                one.signs.add("person")
            if "title" in one.signs and count(one.name, self.text):
                one.signs.add("again")
            elif "word" in one.signs and not self.shouted and self.title.startswith(one.name):
                one.signs.add("starts")
            elif "title" in one.signs and self.shouted and not self._is_firm(one):
                one.signs.add("loose")
            if self.at_home and "title" in one.signs and one.signs & {"quoted", "form", "role"}:
                one.signs.add("home")
            one.signs.update(self._page_signs(one))
        best = max((one.worth for one in candidates if one.signs & _QUOTES), default=0)
        for one in candidates:  # a page that quotes a show's name quotes them all
            if not one.signs & _QUOTES and best >= max(one.worth, ENOUGH):
                one.signs.add("bare")
        titled = [one for one in candidates if "title" in one.signs and not ("person" in one.signs or one.is_two)]
        if self.of_one_show and titled and not self.elsewhere:
            max(titled, key=lambda one: (one.worth, -one.place)).signs.add("show")

    def _page_signs(self, one: _Candidate) -> Iterator[str]:
        """What the page is, and how often and by whom the name is used in it."""
        yield "any"
        yield "page of series" if self.of_series else "page of no series"
        for sign, seen in (("elsewhere", self.elsewhere), ("home", self.at_home), ("one show", self.of_one_show)):
            if seen:
                yield f"page of {sign}"
        again = count(one.name, self.text)
        if "title" in one.signs:
            yield "again" if again else "not again" if self.text else "no text"
        if again > 1:
            yield "twice in text"
        if acts(one.name, self.whole, self.lexicon):
            yield "acts"
        if is_person(one.name, self.whole, self.lexicon):
            yield "as a person"

    def _is_person(self, one: _Candidate) -> bool:
        """Is it somebody's name, and nothing is said of it that is never said of people?"""
        firm = {"season", "quoted"} if acts(one.name, self.whole, self.lexicon) else _NOT_OF_PEOPLE
        if is_person(one.name, self.whole, self.lexicon) and not one.signs & firm:
            return True
        if "people" not in one.signs:
            return False
        named = one.signs & {"title", "season", "quoted", "network", "form"}
        return not named or (not one.signs & _NOT_OF_PEOPLE and _PRONOUN.match(self.text) is not None)

    def _is_firm(self, one: _Candidate) -> bool:
        """Can a name in a headline of capitals be trusted although the text does not repeat it?"""
        words = [word for word in one.name.split() if word.casefold() not in LINKS]
        trusted = _OF_SHOWS - {"quoted"} if self.text else _NOT_OF_PEOPLE
        if "quoted" in one.signs and ("placed" in one.signs or len(one.name.split()) < _SHORT):
            return True  # what somebody says is longer
        return "opens" in one.signs or (bool(one.signs & trusted) and len(words) <= _SHORT)

    def _spans(self) -> Iterator[tuple[str, int, Span]]:
        """Every possible name with its line and where that is: quotations anywhere, others in headline and lead."""
        offset = 0
        for line in self.whole.split("\n"):
            quoted = [*quotations(line), *capitals(line, self.lexicon)]
            others = self._runs(line, offset) if offset < _LEAD else ()
            bare = [run for run in others if not any(_overlap(run, one) for one in quoted)]
            for span in (*quoted, *bare, *before_season(line, self.lexicon)):
                yield line, offset, span
            offset += len(line) + 1

    def _runs(self, line: str, offset: int) -> Iterator[Span]:
        """The names of a line that are not in quotes."""
        if offset and not _BESIDE & self.hints.between(offset, offset + len(line)):
            return
        last: Span | None = None
        for run in runs(line[:_LEAD], self.lexicon, lambda place: self.hints.is_season(offset + place)):
            if not offset or _BESIDE & self.hints.between(offset + run.start - NEAR, offset + run.end + NEAR):
                yield from self.extents.names(line, run, last)
            last = run

    def _signs(self, line: str, offset: int, span: Span) -> Iterator[str]:
        start, end = offset + span.start, offset + span.end
        sides = self.hints.between(start - NEAR, start), self.hints.between(end, end + NEAR)
        for sign in signs_of(line, span, self.lexicon, sides, not offset):
            if sign != "film" or not self.of_one_show:  # "the series gets a film" is news of the series
                yield sign
        if self._is_numbered(span.name):
            yield "season"

    def _may_be_numbered(self, name: str, number: int) -> bool:
        """Can a number behind a name be its season's: no day of a month, no part of a film?"""
        last = name.rsplit(" ", 1)[-1]
        named = can_be_name(last, False, self.lexicon) and not is_news_word(last.casefold(), self.lexicon)
        return named and 1 < number < _MANY_SEASONS and self.whole not in self.words["film"]

    def _trimmed(self, name: str) -> str:
        """A name without the number of a season or the year of the page behind it."""
        if (match := _YEAR.search(name)) and match[0].strip() == self.year:
            return name[: match.start()].removesuffix("'s")
        return name if is_home(name, self.lexicon) else _NUMBER.sub("", name)

    def _is_numbered(self, name: str) -> bool:
        """ "Harbour Lights 2" on a page about a second season."""
        match = _NUMBER.search(name)
        if match is None or not self.of_series:
            return False
        seasons = {number for number, _, _ in self.lexicon.seasons.find(self.whole)}
        if int(match[0]) in seasons or is_hangul(name[match.start() - 1]):
            return True
        if self.at_home and self._may_be_numbered(name[: match.start()], int(match[0])):
            return True
        return self.title.startswith((f"{name}:", f"{name},"))


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
