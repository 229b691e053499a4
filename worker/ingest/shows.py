"""Which shows is a text about? All names and aliases are looked for at once; every match says by which cue."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind
from rapidfuzz import fuzz, process

from crawler.items import Article
from worker.ingest.cues import NEAR, Name, Place, aside, cue, has_season, in_longer_name, telling
from worker.ingest.hints import Hints, hints_of
from worker.ingest.lexicon import Lexicon, load_lexicons, plain
from worker.ingest.names import (
    LINKS,
    compose,
    fold,
    folded_text,
    has_edges,
    initials,
    is_hangul,
    is_title_case,
    name_key,
    one_word,
    qualifier,
    spellings,
)
from worker.ingest.proposals import propose_shows
from worker.models import Show, ShowMatch

__all__ = ["MANY", "ShowIndex", "leading_show", "match_shows", "propose_shows"]

MANY = "(multiple)"  # what a round-up is about
_SEVERAL = 3  # shows named once each in the text alone: a list of them
_TEXT_LIMIT = 20_000  # characters; what a page is about is said before that
_CONTEXT = 2000  # characters in which an article shows whether it speaks of series
_NEAR_SCORE = 70
_SHORT = 20  # the rank of a name without its article: "Bachelor"
# What a headline puts before a name that is known without it: "Jane in The Ferry", "2023: The Ferry", "Doe's Ferry".
_HEAD = re.compile(r"(?:'s|\b(?:in|on|at|of|for|from|with|to|and|&)|:) $")
_YEAR = re.compile(r" (?:19|20)\d\d$")
_LOWER_ARTICLE = re.compile(r"^(?:the|an|a) ")

_Span = tuple[int, int, int]  # pattern, start, end


@dataclass(frozen=True, slots=True)
class _Hit:
    """One occurrence of a name in a title or text."""

    name: Name
    where: str
    start: int
    cue: str  # "" when it has none of its own
    telling: int
    season: bool
    aside: int  # named beside another show: 0 no, 1 compared, 2 by its star


class ShowIndex:
    """All shows by name. The cost of a text does not grow with the number of shows."""

    def __init__(self, shows: Iterable[Show]) -> None:
        self._shows: list[Show] = []
        self._lexicons = load_lexicons()
        self._by_key: dict[str, Show] = {}
        self._by_initials: dict[str, list[Show]] = defaultdict(list)
        self._names: list[Name] = []
        self._automata: list[tuple[int, AhoCorasick]] = []  # the place of its first name in `_names`, and it
        self._last: tuple[str, list[_Span]] = ("", [])  # the last text that was read, with the names in it
        self._take(list(shows))

    def add(self, show: Show) -> None:
        """Takes in one more show, at a cost that does not grow with the number of those known."""
        first = self._automata[1][0] if len(self._automata) > 1 else len(self._names)
        del self._automata[1:]
        self._take([show], first)

    @property
    def size(self) -> int:
        """How many names it knows; a name that is added gets the next number."""
        return len(self._names)

    def has_newer(self, size: int, article: Article) -> bool:
        """May an article name what was added when there were so many? Rather one time too often."""
        if size == self.size:
            return False
        text = folded_text(f"{article.title}\n{article.text}")
        return bool(article.shows) or any(name.folded in text for name in self._names[size:])

    def _take(self, shows: Sequence[Show], first: int = 0) -> None:
        """Spells new shows; the names from `first` on get an automaton of their own."""
        self._last = ("", [])
        self._names += self._spell(shows)
        self._automata.append((first, _automaton(self._names[first:])))
        self._shows += shows
        for show in shows:
            for name in (show.name, show.key, *show.aliases):
                self._by_key.setdefault(name_key(name), show)
            for short in {initials(name) for name in spellings(show.name)} - {""}:
                self._by_initials[short].append(show)

    def _places(self, folded: str) -> list[_Span]:
        """Where names stand in a folded text."""
        found = [
            (first + pattern, start, end)
            for first, automaton in self._automata
            for pattern, start, end in automaton.find_matches_as_indexes(folded, overlapping=True)
        ]
        return _longest(found, folded)

    def _places_of(self, text: str) -> list[_Span]:
        """Where names stand in a whole folded text; remembered, since each name that a text proposes asks for them."""
        if self._last[0] != text:
            self._last = (text, self._places(text))
        return self._last[1]

    def match(self, article: Article) -> list[ShowMatch]:
        """The shows that an article is about, best first: title before text, more often and earlier first."""
        lexicon = self._lexicons.for_language(article.language)
        given = {name_key(name) for name in article.shows}
        context = f"{article.title}\n{article.text[:_CONTEXT]}"
        hints = hints_of(article.title, article.text, lexicon)
        by_show: dict[int, list[_Hit]] = defaultdict(list)
        for hit in self._hits(article, lexicon):
            by_show[self._whose(hit.name, context)].append(hit)
        found = [
            (self._rank(shown), match)
            for number, shown in by_show.items()
            if (
                match := self._judge(self._shows[number], shown, given, context, hints) or self._offered(article, shown)
            )
        ]
        found += self._given_only(article, {match.show_id for _, match in found})
        return [match for _, match in sorted(found, key=lambda one: one[0])]

    def find(self, name: str) -> Show | None:
        """The show of exactly this name, key or alias, after folding."""
        return self._by_key.get(name_key(name))

    def knows(self, name: str, text: str = "") -> bool:
        """Is this a known name, one in other words of a headline, or in this text only a part of known ones?"""
        folded = _YEAR.sub("", fold(compose(name)))
        number, _, rest = folded.partition(" ")
        if number in self._lexicons.for_language("en").seasons.numerals and " " not in rest and self.find(rest):
            return True  # "Six Friends" are six of them
        if self.find(name) or self.find(folded) or all(self.find(part) for part in re.split(" (?:and|&) ", folded)):
            return True
        if self._is_part(fold(compose(name)), folded_text(text)) or self._is_short(folded, folded_text(text)):
            return True
        return any(
            end == len(folded) and not self._names[pattern].weak and _HEAD.search(folded[:start])
            for pattern, start, end in self._places(folded)
        )

    def _is_part(self, name: str, text: str) -> bool:
        """Does a name stand in a text only within the longer names of shows?"""
        found = [match.span() for match in re.finditer(re.escape(name), text)]
        longer = [(start, end) for _, start, end in self._places_of(text) if end - start > len(name)] if found else []
        inside = [any(start <= first and last <= end for start, end in longer) for first, last in found]
        return bool(inside) and all(inside)

    def _is_short(self, name: str, text: str) -> bool:
        """Does a text name a show whose last words these are: "Night Ward" of "The Harbour Night Ward"?"""
        named = (self._names[pattern].folded for pattern, _, _ in self._places_of(text))
        return any(other.endswith(f" {name}") and ":" not in other and other != f"the {name}" for other in named)

    def ending(self, text: str) -> Show | None:
        """The show whose name a text ends in."""
        folded = fold(compose(text))
        last = next((pattern for pattern, _, end in self._places(folded) if end == len(folded)), None)
        return None if last is None else self._shows[self._names[last].shows[0]]

    def abbreviated(self, name: str) -> Show | None:
        """The one show whose name has these initials: "HL" is none, "HNW" is "Harbour Night Ward"."""
        owners = self._by_initials.get(name.casefold(), ())
        return owners[0] if name.isupper() and len(owners) == 1 else None

    def near(self, name: str, limit: int = 3) -> list[str]:
        """Names that look like this one, the likest first."""
        choices = {key: show.name for key, show in self._by_key.items()}
        close = process.extract(
            name_key(name), list(choices), scorer=fuzz.WRatio, limit=limit * 3, score_cutoff=_NEAR_SCORE
        )
        return list(dict.fromkeys(choices[key] for key, _, _ in close))[:limit]

    def _spell(self, shows: Sequence[Show]) -> list[Name]:
        """Every spelling once. Where shows share one, the show whose name it is comes first."""
        common = self._lexicons.for_language("en").common
        owners: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        short_forms: dict[int, set[str]] = defaultdict(set)
        for number, show in enumerate(shows, start=len(self._shows)):
            for alias in (show.name, *show.aliases):
                for rank, folded in enumerate(spellings(alias)):
                    owners[folded].append((rank if alias == show.name else rank + 10, number, alias))
                short_forms[number] |= {initials(name) for name in spellings(alias)}
                if short := one_word(alias):
                    owners[short].append((_SHORT, number, alias))
        return [
            _name(folded, sorted(users), common, folded in short_forms[min(users)[1]])
            for folded, users in owners.items()
            if len(folded) > 1
        ]

    def _hits(self, article: Article, lexicon: Lexicon) -> Iterator[_Hit]:
        """Every occurrence of a name in headline and text that is written as one."""
        text = compose(f"{article.title}\n{article.text[:_TEXT_LIMIT]}")
        title = compose(article.title)
        for pattern, start, end in self._places_of(folded_text(text)):
            name, written = self._names[pattern], text[start:end]
            where = "title" if start < len(title) else "text"
            shouted = where == "title" and is_title_case(f"{title[:start]} {title[end:]}")
            place = _place(name, text, start, end, shouted)
            if _capitals_fit(name, written) and not in_longer_name(place, lexicon):
                season = has_season(place, lexicon)
                reason = cue(place, lexicon, title if where == "title" else "", season)
                yield _Hit(name, where, start, reason, telling(place, lexicon), season, aside(place, lexicon))

    def _whose(self, name: Name, context: str) -> int:
        """Of shows that share a name, the one whose country or bracket the text mentions, else the first."""
        for number in name.shows if len(name.shows) > 1 else ():
            show = self._shows[number]
            marks = {qualifier(show.name), show.country or "", str(show.year or "")} - {""}
            if any(_mentions(context, mark) for mark in marks):
                return number
        return name.shows[0]

    def _judge(self, show: Show, hits: Sequence[_Hit], given: set[str], context: str, hints: Hints) -> ShowMatch | None:
        """A match if the evidence suffices: a distinctive name, or a cue for one that is a common word."""
        reason = next((hit.cue for hit in hits if hit.cue), "")
        if not reason and given & {name_key(name) for name in (show.name, *show.aliases)}:
            reason = "named by the page"
        if not reason and (strong := next((hit for hit in hits if not hit.name.weak), None)):
            reason = f"distinctive name {strong.name.alias!r}"
        written = any(hit.telling for hit in hits)
        if not reason and written and show.network and show.network.casefold() in context.casefold():
            reason = f"network {show.network} near"
        reason = reason or _context_cue(hits, hints, len(context))
        if not reason:
            return None
        first = hits[0]
        return ShowMatch(show.id, show.name, first.name.alias, first.where, reason, len(hits))

    def _offered(self, article: Article, hits: Sequence[_Hit]) -> ShowMatch | None:
        """A show that the text would offer if it were unknown: "HARBOUR SAVED", of a name that is a word."""
        first = next((hit for hit in hits if hit.where == "title" and not hit.name.strict), None)
        if first is None or first.name.folded not in map(fold, propose_shows(article)):
            return None
        show = self._shows[first.name.shows[0]]
        return ShowMatch(show.id, show.name, first.name.alias, first.where, "offered by the text", len(hits))

    def _given_only(self, article: Article, known: set[int]) -> Iterator[tuple[tuple[int, ...], ShowMatch]]:
        """Shows that the page's data or the source file names, although the text does not."""
        for place, name in enumerate(article.shows):
            show = self.find(name)
            if show and show.id not in known:
                known.add(show.id)
                yield (
                    (2, 0, 0, 0, place),
                    ShowMatch(show.id, show.name, name, "structured data", "named by the page", 1),
                )

    def _rank(self, hits: Sequence[_Hit]) -> tuple[int, ...]:
        """Title before text; what the headline is about before what it compares with; a season; often; early."""
        in_title = [hit for hit in hits if hit.where == "title"]
        shown = in_title or hits
        beside, season = min(hit.aside for hit in shown), any(hit.season for hit in shown)
        return (0 if in_title else 1, beside, int(not season), -min(len(hits), 4), shown[0].start)


def match_shows(article: Article, index: ShowIndex) -> list[ShowMatch]:
    """The shows that an article is about, best first."""
    return index.match(article)


def leading_show(article: Article, matches: Sequence[ShowMatch]) -> str | None:
    """The name of the show an article is about, `MANY` for a round-up whose headline names none, None when none is."""
    title = plain(article.title)
    in_title = bool(matches) and matches[0].where == "title"
    if not in_title and title in load_lexicons().for_language(article.language).shows["round_up"]:
        return MANY
    if not in_title and len(matches) >= _SEVERAL and matches[0].count == 1 and "season" not in matches[0].cue:
        return MANY
    return matches[0].name if matches else None


def _automaton(names: Sequence[Name]) -> AhoCorasick:
    return AhoCorasick([name.folded for name in names], matchkind=MatchKind.Standard)


def _name(folded: str, users: Sequence[tuple[int, int, str]], common: frozenset[str], abbreviates: bool) -> Name:
    words = folded.split()
    shows = tuple(dict.fromkeys(number for _, number, _ in users))
    core = words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words
    known = all(re.sub(r"\W", "", word) in common or len(word) < 3 for word in core)
    weak = (len(core) == 1 and not is_hangul(folded[0])) or known
    if is_hangul(folded[0]):
        weak = len(folded) < 4
    weak = weak and not abbreviates  # "SNL", where the show's other name has these initials
    short = len(folded) < 3 and not is_hangul(folded[0])
    rare = folded in _FUNCTION_WORDS or folded.isdecimal() or short or users[0][0] >= _SHORT
    strict = weak and len(words) == 1 and rare
    return Name(folded, users[0][2], shows, weak, strict)


def _place(name: Name, text: str, start: int, end: int, shouted: bool) -> Place:
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - NEAR) : start]
    after = text[end : end + NEAR].partition("\n")[0]
    opens = start - line <= NEAR and not before.strip(" \"'“‘")
    return Place(name, text[start:end], before, after, opens, shouted)


def _context_cue(hits: Sequence[_Hit], hints: Hints, end: int) -> str:
    """A name of ordinary words counts where it is written as a name, of one word only if the article is on series."""
    most = max(hit.telling for hit in hits)
    if most > 1:
        return "written as a name"
    if most and (found := hints.find("series", end) or hints.find("network", end)):
        return f"written as a name, and {found!r} in the article"
    opens = hits[0].where == "title" and not hits[0].start and not hits[0].name.strict
    return "opens the headline of an article on a series" if opens and hints.find("anaphor", end) else ""


def _mentions(text: str, mark: str) -> bool:
    """Does a text name a country, year or bracket? "US" in capitals only: it is also a pronoun."""
    if len(mark) <= len("USA"):
        return re.search(rf"\b{re.escape(mark.upper())}\b", text) is not None
    return re.search(rf"\b{re.escape(mark)}\b", text, re.IGNORECASE) is not None


def _longest(places: Iterable[_Span], folded: str) -> list[_Span]:
    """Occurrences with word edges on both sides; of overlapping ones the earliest, then the longest."""
    kept: list[_Span] = []
    standing = (place for place in places if has_edges(folded, place[1], place[2]))
    for place in sorted(standing, key=lambda one: (one[1], one[1] - one[2])):
        if not kept or place[1] >= kept[-1][2]:
            kept.append(place)
        elif place[1] > kept[-1][1] and place[2] - place[1] > kept[-1][2] - kept[-1][1]:
            kept[-1] = place
    return kept


def _is_abbreviation(name: str) -> bool:
    """Is it one word with capitals within, as "GoT" and "SNL" are?"""
    return " " not in name and sum(map(str.isupper, name)) > 1


def _capitals_fit(name: Name, written: str) -> bool:
    """A name of common words must be written as a name. (Scripts without case always fit.)"""
    if _is_abbreviation(name.alias) and not _is_abbreviation(written):
        return False
    if not name.weak:
        return True
    if (bare := _LOWER_ARTICLE.sub("", written)) != written and " " in bare:
        written = bare  # "the Harbour Lights star"
    return all(not word[0].islower() or word.casefold() in LINKS for word in re.findall(r"\w+", written)) and not (
        written[0].islower() and not name.alias[0].islower()
    )


_FUNCTION_WORDS_LIST = """
    you from it them see one time alone looking here there now then what when where why how who this
    that these those we they he she her his him our your my me all some any more most many much other
    another such same so too very just only even still never ever always again once twice yes no not out
    up down off over under on in at by for with about after before between through during without within
    will would can could may might must should shall is are was were be been being do does did has have
    had get got go going come take make see say tell look
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_LIST.split())
