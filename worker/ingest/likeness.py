"""Do two articles tell the same news? Every sign for and against, each with its weight; or one reason why they cannot.

How much a sign counts was learned from labelled pairs (`python -m evaluation.pairs`) and stands in
`lexicon/weights/stories.toml`. Articles about a show are judged by what they tell of it; where one of them is about no
show that we know, words are all there is.
"""

from __future__ import annotations

import calendar
import functools
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from worker.ingest.stories import agrees, collides
from worker.models import Field, Kind, Lead, Standing

REACH = timedelta(days=31)  # the same event is not told anew after so long

WEIGHTS = Path(__file__).parent / "lexicon" / "weights" / "stories.toml"
_DAYS = ((1, "told within a day"), (3, "within 3 days"), (6, "within 6 days"), (10, "within 10 days"))
_SAME_DAYS, _SAME_WEEK, _SAME_AGAIN = 3, 6, 10
_ROUNDED = 0.011  # 45.05 million are 45.1 million
_COMMON = 0.25  # what a word counts that stands in every other article
_MOST_WORDS, _MOST_ALONE = 5.0, 8.0  # tenths
_FEW_WORDS = 1.5
_HEADLINE_WORDS = 2

FIELDS: Mapping[Kind, Field] = {
    Kind.RENEWAL: Field.STATUS,
    Kind.CANCELLATION: Field.STATUS,
    Kind.RELEASE_DATE: Field.RELEASE,
    Kind.CASTING: Field.CAST,
    Kind.PRODUCTION: Field.PRODUCTION,
    Kind.SPINOFF: Field.SPINOFF,
    Kind.TRAILER: Field.TRAILER,
}
_ABOUT = frozenset({Kind.OTHER, Kind.REVIEW_RECAP, Kind.RATINGS_AWARDS, Kind.INTERVIEW})  # talk about news is no news
_LOOSE = frozenset({Kind.OTHER, Kind.INTERVIEW, Kind.PLOT})  # of these a show has many in a week
_AGAIN = frozenset({Kind.TRAILER, Kind.RATINGS_AWARDS})  # after so many days there is another
_GUESSED = frozenset({Standing.SPECULATION, Standing.RUMOUR})

Sign = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign counts for, of articles about a show and of others; and words that tell little."""

    news: Mapping[str, float]
    alone: Mapping[str, float]
    common: frozenset[str]  # stems
    talk: frozenset[str]  # words of a headline about what somebody says, asks or thinks of news


@functools.cache
def load_weights(path: Path = WEIGHTS) -> Weights:
    """The learned weights."""
    tables = tomllib.loads(path.read_text("utf-8"))
    words = tables["words"]
    return Weights(tables["news"], tables["alone"], frozenset(words["common"]), frozenset(words["talk"]))


def weigh(one: Lead, other: Lead) -> list[Sign] | str:
    """Every sign for and against with what it counts; a text: the veto."""
    if reason := veto(one, other):
        return reason
    weights = load_weights()
    counts = weights.news if one.shows and other.shows else weights.alone
    return [(name, counts.get(name, 0.0) * amount) for name, amount in signs(one, other, weights.common)]


def veto(one: Lead, other: Lead) -> str:
    """Why two articles cannot tell the same, however alike; nothing when they can."""
    if not _is_season(one, other):
        return f"another season: {_numbers(one.seasons)}, not {_numbers(other.seasons)}"
    gap = days_apart(one, other)
    if gap is not None and gap > REACH.days:
        return f"told {gap} days apart"
    if gap is not None and gap > _SAME_DAYS and not (one.shows or other.shows):
        return f"about no show, told {gap} days apart"  # what is no news of shows has only words to go by
    if gap is not None and gap > _SAME_AGAIN and one.kinds[:1] == other.kinds[:1] and _AGAIN & {*one.kinds[:1]}:
        return f"another {one.kinds[0]}: told {gap} days apart"
    return _other_show(one, other) or _opposite(one, other)


def signs(one: Lead, other: Lead, common: frozenset[str]) -> list[Sign]:
    """What speaks for and against, each sign with its amount."""
    if not one.shows or not other.shows:
        return list(_of_words_alone(one, other, common))
    return [
        ("two articles", 1.0),
        (_of_days(one, other), 1.0),
        *_of_kinds(one, other),
        *_of_seasons(one, other),
        *_of_standing(one, other),
        *_of_facts(one, other),
        *_of_words(one, other, common),
        *([] if one.shows & other.shows else [("another show", 1.0)]),
    ]


def are_related(one: Lead, other: Lead) -> bool:
    """Articles of which one names another show than the other, or none: can they tell the same all the same?

    In the same days, with two words of the headline in common; and where two shows are named, one is in the words of
    both.
    """
    if one.shows & other.shows or not (one.shows or other.shows):
        return True
    gap = days_apart(one, other)
    if gap is None or gap > _SAME_DAYS or len((one.title & other.title) - load_weights().common) < _HEADLINE_WORDS:
        return False
    named = one.called & (other.words | other.called) or other.called & one.words
    return bool(named) or not (one.shows and other.shows)


def is_near(one: Lead, other: Lead) -> bool:
    """Were both told within a few days?"""
    gap = _gap(one.told, other.told)
    return gap is not None and gap <= _SAME_DAYS


def days_apart(one: Lead, other: Lead) -> int | None:
    """Days between two articles, at least; pages that tell the month alone are dated its first."""
    if not one.told or not other.told:
        return None
    (first, last), (begin, end) = _span(one.told), _span(other.told)
    return max(0, (begin - last).days, (first - end).days)


def _span(told: date) -> tuple[date, date]:
    return told, told.replace(day=calendar.monthrange(told.year, told.month)[1]) if told.day == 1 else told


def _gap(one: date | None, other: date | None) -> int | None:
    return abs((one - other).days) if one and other else None


def _is_season(one: Lead, other: Lead) -> bool:
    """May both be about one season? Cancelled after the second means that no third is made."""
    if not one.seasons or not other.seasons or one.seasons & other.seasons:
        return True
    cancelled = one.kinds[:1] == other.kinds[:1] == (Kind.CANCELLATION,)
    return cancelled and any(abs(a - b) == 1 for a in one.seasons for b in other.seasons)


def _other_show(one: Lead, other: Lead) -> str:
    """A spin-off or remake is another show, however alike its news."""
    short, long = sorted((f" {one.name} ", f" {other.name} "), key=len)
    if short != long and short.strip() and short in long:
        return f"another show: {short.strip()}, not {long.strip()}"
    return ""


def _opposite(one: Lead, other: Lead) -> str:
    """No news says the opposite of itself; but two guesses at one question may."""
    if one.standing is other.standing and one.standing in _GUESSED:
        return ""
    for field in sorted(_fields(one.kinds) & _fields(other.kinds)):
        pairs = [(a, b) for a in one.facts for b in other.facts if a.field is b.field is field]
        against = next(((a, b) for a, b in pairs if collides(a, b) or collides(b, a)), None)
        if against and not any(agrees(a, b) for a, b in pairs):
            return f"the opposite: {against[0].value}, not {against[1].value}"
    return ""


def _fields(kinds: Sequence[Kind]) -> set[Field]:
    return {FIELDS[kind] for kind in kinds if kind in FIELDS}


def _of_days(one: Lead, other: Lead) -> str:
    gap, least = _gap(one.told, other.told), days_apart(one, other)
    if gap is None or least is None:
        return "a day is not known"
    months = [lead.told is not None and lead.told.day == 1 for lead in (one, other)]
    if all(months) and gap == 0:
        return "in one month"
    if any(months) and gap > 0:
        return "in the month" if least == 0 else "near the month" if least < _DAYS[-1][0] else "later"
    return next((name for most, name in _DAYS if gap <= most), "later")


def _of_kinds(one: Lead, other: Lead) -> Iterator[Sign]:
    """How likely it is that both lead with the same kind; else how near their kinds are."""
    if not one.kinds or not other.kinds:
        yield "no kind", 1.0
        return
    mine, theirs = _chances(one), _chances(other)
    both = {kind: chance * theirs[kind] for kind, chance in mine.items() if kind in theirs}
    same = sum(both.values())
    beside = max(_share(mine, other.kinds), _share(theirs, one.kinds))
    about = 1 - (1 - _share(mine, _ABOUT)) * (1 - _share(theirs, _ABOUT))
    yield "same kind", same
    yield from ((f"both {kind}", chance) for kind, chance in both.items())
    yield "talk of such news", (1 - same) * about * beside
    yield "news and talk", (1 - same) * about * (1 - beside)
    yield "a kind in common", (1 - same) * (1 - about) * beside
    yield "another kind", (1 - same) * (1 - about) * (1 - beside)


def _chances(lead: Lead) -> dict[Kind, float]:
    return dict(lead.chances) or {lead.kinds[0]: 1.0}


def _share(chances: Mapping[Kind, float], kinds: Iterable[Kind]) -> float:
    return sum(chances.get(kind, 0.0) for kind in {*kinds})


def _of_seasons(one: Lead, other: Lead) -> Iterator[Sign]:
    if one.seasons & other.seasons:
        yield "same season", 1.0
    elif one.seasons or other.seasons:
        yield "one names a season", 1.0


def _of_standing(one: Lead, other: Lead) -> Iterator[Sign]:
    """What is confirmed or denied days later is another event than the rumour."""
    standings = {one.standing, other.standing}
    if len(standings) == 2 and None not in standings:
        gap = _gap(one.told, other.told)
        yield ("surer" if gap is not None and gap <= _SAME_WEEK else "surer, later"), 1.0


def _of_facts(one: Lead, other: Lead) -> Iterator[Sign]:
    """Do the claims of the leading kinds agree, or the figures?"""
    told, lone = [], 0
    fields = _fields((*one.kinds[:1], *other.kinds[:1]))
    for field in sorted(fields):
        mine, theirs = ([fact for fact in lead.facts if fact.field is field] for lead in (one, other))
        if mine and theirs:
            told.append(any(agrees(a, b) for a in mine for b in theirs))
        lone += bool(mine) != bool(theirs)
    if True in told:
        yield "same fact", 1.0
    if False in told:
        yield "another fact", 1.0
    if lone == len(fields) > 1:
        yield "each its own fact", 1.0
    measured = one.kinds[:1] == other.kinds[:1] == (Kind.RATINGS_AWARDS,) and one.figures and other.figures
    if measured and not any(_is_rounded(a, b) for a in one.figures for b in other.figures):
        yield "other figures", 1.0


def _is_rounded(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDED * max(one, other)


def _of_words(one: Lead, other: Lead, common: frozenset[str]) -> Iterator[Sign]:
    """The words and names that both have, in tenths; talk has to share some."""
    shared = [_tenths(one.words, other.words, common)]
    if one.names and other.names:  # as scripts with capitals have them
        shared.append(_tenths(one.names, other.names, common))
    words = min(_MOST_WORDS, sum(shared) / len(shared))
    yield "words", words
    if any(not lead.kinds or lead.kinds[0] in _LOOSE for lead in (one, other)):
        yield "loose", 1.0
        yield "loose, words", words
        yield "nothing to agree on", max(0.0, 1 - words / _FEW_WORDS)
    if one.talks != other.talks:
        yield "one headline talks", 1.0


def _of_words_alone(one: Lead, other: Lead, common: frozenset[str]) -> Iterator[Sign]:
    mine, theirs = ((lead.words | lead.called, lead.title) for lead in (one, other))
    yield "two articles", 1.0
    yield "words", min(_MOST_ALONE, (_tenths(mine[0], theirs[0], common) + _tenths(mine[1], theirs[1], common)) / 2)
    yield "names", min(_MOST_ALONE, _tenths(one.names, other.names, common))
    yield _of_days(one, other), 1.0
    if one.numbers & other.numbers:
        yield "same number", 1.0
    if one.shows or other.shows:
        yield "one names a show", 1.0


def _tenths(one: frozenset[str], other: frozenset[str], common: frozenset[str]) -> float:
    """Likeness of two sets of words, 0 to 10; what stands in every other article counts less."""
    shared = _weight(one & other, common)
    return 10 * shared / math.sqrt(_weight(one, common) * _weight(other, common)) if shared else 0.0


def _weight(words: frozenset[str], common: frozenset[str]) -> float:
    return len(words) - (1 - _COMMON) * len(words & common)


def _numbers(seasons: Iterable[int]) -> str:
    return " and ".join(str(season) for season in sorted(seasons))
