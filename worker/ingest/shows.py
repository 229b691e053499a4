"""Which shows is a text about? All names and aliases are looked for at once; every match says by which cue."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind
from rapidfuzz import fuzz, process

from crawler.items import Article
from worker.ingest.lexicon import Lexicon, load_lexicons, plain
from worker.ingest.names import compose, fold, has_edges, is_hangul, is_title_case, name_key, qualifier, spellings
from worker.ingest.proposals import propose_shows
from worker.models import Show, ShowMatch

__all__ = ["ShowIndex", "match_shows", "propose_shows"]

_NEAR = 40  # characters around a name in which a word about series is a cue
_OPEN, _CLOSE = "\"'“‘«„『「《〈<*_", "\"'”’»“』」》〉>*_"
_TEXT_LIMIT = 20_000  # characters; what a page is about is said before that
_CONTEXT = 2000  # characters in which an article shows whether it speaks of series
_NEAR_SCORE = 70

_Place = tuple[int, int, int]  # pattern, start, end


@dataclass(frozen=True, slots=True)
class _Name:
    """One spelling: whose it is, and whether it needs a cue ("You", "The Bear") or not ("Better Call Saul")."""

    folded: str
    alias: str
    shows: tuple[int, ...]  # places in the list of shows; the name's own show first
    weak: bool
    strict: bool  # a very common word or a number: needs quotes or a season beside it


@dataclass(frozen=True, slots=True)
class _Hit:
    """One occurrence of a name in a title or text."""

    name: _Name
    where: str
    start: int
    end: int
    cue: str  # "" when it has none of its own
    telling: int  # written as a name: 0 no, 1 as one word would be, 2 as only a name is


class ShowIndex:
    """All shows by name. The cost of a text does not grow with the number of shows."""

    def __init__(self, shows: Iterable[Show]) -> None:
        self._shows = list(shows)
        self._lexicons = load_lexicons()
        self._names = self._spell()
        self._automaton = AhoCorasick([name.folded for name in self._names], matchkind=MatchKind.Standard)
        self._by_key: dict[str, Show] = {}
        for show in self._shows:
            for name in (show.name, show.key, *show.aliases):
                self._by_key.setdefault(name_key(name), show)

    def match(self, article: Article) -> list[ShowMatch]:
        """The shows that an article is about, best first: title before text, more often and earlier first."""
        lexicon = self._lexicons.for_language(article.language)
        given = {name_key(name) for name in article.shows}
        hits = [*self._hits(article.title, "title", lexicon), *self._hits(article.text[:_TEXT_LIMIT], "text", lexicon)]
        context = f"{article.title}\n{article.text[:_CONTEXT]}"
        by_show: dict[int, list[_Hit]] = defaultdict(list)
        for hit in hits:
            by_show[self._whose(hit.name, context)].append(hit)
        found = [
            (self._rank(shown), match)
            for number, shown in by_show.items()
            if (match := self._judge(self._shows[number], shown, given, context, lexicon))
        ]
        found += self._given_only(article, {match.show_id for _, match in found})
        return [match for _, match in sorted(found, key=lambda one: one[0])]

    def find(self, name: str) -> Show | None:
        """The show of exactly this name, key or alias, after folding."""
        return self._by_key.get(name_key(name))

    def near(self, name: str, limit: int = 3) -> list[str]:
        """Names that look like this one, the likest first."""
        choices = {key: show.name for key, show in self._by_key.items()}
        close = process.extract(
            name_key(name), list(choices), scorer=fuzz.WRatio, limit=limit * 3, score_cutoff=_NEAR_SCORE
        )
        return list(dict.fromkeys(choices[key] for key, _, _ in close))[:limit]

    def _spell(self) -> list[_Name]:
        """Every spelling once. Where shows share one, the show whose name it is comes first."""
        common = self._lexicons.for_language("en").common
        owners: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for number, show in enumerate(self._shows):
            for alias in (show.name, *show.aliases):
                for rank, folded in enumerate(spellings(alias)):
                    owners[folded].append((rank if alias == show.name else rank + 10, number, alias))
        return [_name(folded, sorted(users), common) for folded, users in owners.items() if len(folded) > 1]

    def _hits(self, text: str, where: str, lexicon: Lexicon) -> Iterator[_Hit]:
        text = compose(text)
        folded = fold(text)
        for pattern, start, end in _longest(self._automaton.find_matches_as_indexes(folded, overlapping=True), folded):
            name = self._names[pattern]
            if _capitals_fit(name, text[start:end]):
                shouted = where == "title" and is_title_case(f"{text[:start]} {text[end:]}")
                cue = _cue(name, text, start, end, lexicon, shouted)
                if not cue and where == "title" and not name.strict and _stands_alone(text[:start], text[end:]):
                    cue = "a part of the headline of its own"
                telling = 0 if name.strict else _telling(name, text[start:end], text[:start], shouted)
                yield _Hit(name, where, start, end, cue, telling)

    def _whose(self, name: _Name, context: str) -> int:
        """Of shows that share a name, the one whose country or bracket the text mentions, else the first."""
        for number in name.shows if len(name.shows) > 1 else ():
            show = self._shows[number]
            marks = {qualifier(show.name), show.country or "", str(show.year or "")} - {""}
            if any(_mentions(context, mark) for mark in marks):
                return number
        return name.shows[0]

    def _judge(
        self, show: Show, hits: Sequence[_Hit], given: set[str], context: str, lexicon: Lexicon
    ) -> ShowMatch | None:
        """A match if the evidence suffices: a distinctive name, or a cue for one that is a common word."""
        cue = next((hit.cue for hit in hits if hit.cue), "")
        if not cue and given & {name_key(name) for name in (show.name, *show.aliases)}:
            cue = "named by the page"
        if not cue and (strong := next((hit for hit in hits if not hit.name.weak), None)):
            cue = f"distinctive name {strong.name.alias!r}"
        written = any(hit.telling for hit in hits)
        if not cue and written and show.network and show.network.casefold() in context.casefold():
            cue = f"network {show.network} near"
        cue = cue or _context_cue(hits, context, lexicon)
        if not cue:
            return None
        first = hits[0]
        return ShowMatch(show.id, show.name, first.name.alias, first.where, cue, len(hits))

    def _given_only(self, article: Article, known: set[int]) -> Iterator[tuple[tuple[int, ...], ShowMatch]]:
        """Shows that the page's data or the source file names, although the text does not."""
        for place, name in enumerate(article.shows):
            show = self.find(name)
            if show and show.id not in known:
                known.add(show.id)
                yield (2, 0, place), ShowMatch(show.id, show.name, name, "structured data", "named by the page", 1)

    def _rank(self, hits: Sequence[_Hit]) -> tuple[int, ...]:
        in_title = [hit for hit in hits if hit.where == "title"]
        if in_title:
            season = any(hit.cue.startswith("season") for hit in in_title)
            return (0, 0 if season else 1, -min(len(hits), 4), in_title[0].start)
        return (1, -min(len(hits), 4), hits[0].start)


def match_shows(article: Article, index: ShowIndex) -> list[ShowMatch]:
    """The shows that an article is about, best first."""
    return index.match(article)


def _name(folded: str, users: Sequence[tuple[int, int, str]], common: frozenset[str]) -> _Name:
    words = folded.split()
    shows = tuple(dict.fromkeys(number for _, number, _ in users))
    core = words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words
    known = all(re.sub(r"\W", "", word) in common or len(word) < 3 for word in core)
    weak = (len(core) == 1 and not is_hangul(folded[0])) or known
    if is_hangul(folded[0]):
        weak = len(folded) < 4
    short = len(folded) < 3 and not is_hangul(folded[0])
    strict = weak and len(words) == 1 and (folded in _FUNCTION_WORDS or folded.isdecimal() or short)
    return _Name(folded, users[0][2], shows, weak, strict)


def _telling(name: _Name, written: str, before: str, shouted: bool) -> int:
    """Are the capitals due to the name, and not to the start of a sentence or to a headline's style?"""
    capitals = [word for word in re.findall(r"\w+", written) if word[0].isupper() and not _small(word)]
    if len(capitals) > 1 and not shouted:
        return 2
    before = before.rstrip(" \"'“‘(")
    opens = not before or before[-1] in ".!?:\n"
    return int(" " in name.folded or not (opens or shouted))


def _context_cue(hits: Sequence[_Hit], context: str, lexicon: Lexicon) -> str:
    """A name of ordinary words counts where it is written as a name, of one word only if the article is on series."""
    telling = max(hit.telling for hit in hits)
    if telling > 1:
        return "written as a name"
    found = lexicon.shows["series"].find(context) or lexicon.shows["network"].find(context)
    return f"written as a name, and {found[1][0]!r} in the article" if found and telling else ""


def _mentions(text: str, mark: str) -> bool:
    """Does a text name a country, year or bracket? "US" in capitals only: it is also a pronoun."""
    if len(mark) <= len("USA"):
        return re.search(rf"\b{re.escape(mark.upper())}\b", text) is not None
    return re.search(rf"\b{re.escape(mark)}\b", text, re.IGNORECASE) is not None


def _longest(places: Iterable[_Place], folded: str) -> list[_Place]:
    """Occurrences with word edges on both sides; of overlapping ones the earliest, then the longest."""
    kept: list[_Place] = []
    standing = (place for place in places if has_edges(folded, place[1], place[2]))
    for place in sorted(standing, key=lambda one: (one[1], one[1] - one[2])):
        if not kept or place[1] >= kept[-1][2]:
            kept.append(place)
        elif place[1] > kept[-1][1] and place[2] - place[1] > kept[-1][2] - kept[-1][1]:
            kept[-1] = place
    return kept


def _capitals_fit(name: _Name, written: str) -> bool:
    """A name of common words must be written as a name. (Scripts without case always fit.)"""
    if not name.weak:
        return True
    return all(not word[0].islower() or _small(word) for word in re.findall(r"\w+", written)) and not (
        written[0].islower() and not name.alias[0].islower()
    )


def _small(word: str) -> bool:
    return word.casefold() in _SMALL_WORDS


_FUNCTION_WORDS_LIST = """
    you from it them see one time alone looking here there now then what when where why how who this
    that these those we they he she her his him our your my me all some any more most many much other
    another such same so too very just only even still never ever always again once twice yes no not out
    up down off over under on in at by for with about after before between through during without within
    will would can could may might must should shall is are was were be been being do does did has have
    had get got go going come take make see say tell look
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_LIST.split())
_SMALL_WORDS_LIST = """
    a an the of in on at to for with and or vs from by as is it s
"""
_SMALL_WORDS = frozenset(_SMALL_WORDS_LIST.split())


def _cue(name: _Name, text: str, start: int, end: int, lexicon: Lexicon, shouted: bool) -> str:
    """Why this occurrence is the show and not the word; "" when nothing says so."""
    before, after = text[:start], text[end:]
    opens = not before.strip(" \"'“‘")
    if before[-1:] and before[-1] in _OPEN and _closes(after):
        return "in quotes"
    if _has_season(before, after, lexicon) and (not name.strict or opens or not shouted):
        return "season beside the name"
    possessive = re.search(r"([\w+]+)['’]s $", before)
    if possessive and possessive[1] in lexicon.shows["network"]:
        return f"after {possessive[1]}'s"
    if not name.weak:
        return ""
    if name.strict:
        return "opens the headline" if opens and shouted and _NAME_FOLLOWERS.match(after) else ""
    if shouted and lexicon.seasons.find(plain(text)):
        return "season in the headline"
    return _word_near(name, text, start, end, lexicon, shouted)


def _stands_alone(before: str, after: str) -> bool:
    """Is the name all that stands behind a colon or dash: "Pilot of the week: Hijack"?"""
    return re.search(r"(?:[:|]|[–—-]) $", before) is not None and re.match(r"\s*(?:$|[,:|(]|[–—-] )", after) is not None


def _has_season(before: str, after: str, lexicon: Lexicon) -> bool:
    """Does "season 2" follow the name, or "season 2 of" stand before it?"""
    bank = lexicon.shows["season"]
    return (after[:1] not in ("", "\n") and plain(after[:30]) in bank) or plain(before[-60:]) in bank


def _word_near(name: _Name, text: str, start: int, end: int, lexicon: Lexicon, shouted: bool) -> str:
    """A word about series, or a network, near a name; only behind it where the name's capital starts a sentence."""
    before = text[:start].rstrip()
    starts = not before or before[-1] in ".!?\n"
    if shouted and not starts and name.folded in lexicon.common:
        return ""
    window = plain(text[end : end + _NEAR] if starts else _sentence_part(text, start, end))
    found = lexicon.shows["series"].find(window) or lexicon.shows["network"].find(window)
    return f"{found[1][0]!r} near the name" if found else ""


_NAME_FOLLOWERS = re.compile(r"^(?:: | (?:star|creator|showrunner|boss|cast|finale|spin-?off)\b)", re.IGNORECASE)


def _closes(after: str) -> bool:
    """Does the quotation end right after the name, or after its season?"""
    return re.match(rf"^(?:[,:]? (?:Season|Series) \w+|[.,!?])?[{re.escape(_CLOSE)}]", after) is not None


def _sentence_part(text: str, start: int, end: int) -> str:
    """The words around a name within its line."""
    first = max(text.rfind("\n", 0, start) + 1, start - _NEAR)
    last = text.find("\n", end)
    return text[first : min(len(text) if last < 0 else last, end + _NEAR)]
