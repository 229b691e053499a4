"""Which articles tell the same news? Each gets the number of a story: one event that a reader would want told once.

Candidates share a show. Another season, or a day too far off, is a veto. Else every sign counts for or against: how
near the days are, what kinds of news they are, how sure each is, whether their claims or figures agree, and how many
words they share. Words alone never decide where there is a show; an article about none has nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crawler.items import Article
from worker.ingest.stories import agrees, collides, fold
from worker.models import ClaimDraft, Fact, Field, Kind, Labels, Lead, ShowMatch

REACH = timedelta(days=31)  # the same event is not told anew after so long

_SAME_DAYS, _SAME_WEEKS = 3, 10
_LEADING_WORDS = 80  # of a text, beside its title: what it tells first
_STEM = 5  # letters: "renewed" and "renewal" are one word here
_SHORT = 3  # letters of words that mean little
_FIGURE = re.compile(r"\d+[.,]\d+")
_ROUNDED = 0.011  # 45.05 million are 45.1 million

# Signs, as what they add. More than nothing in all: the same news.
_NEAR, _WEEKS, _FAR, _MONTH, _UNDATED = 1.4, 0.2, -0.9, -0.2, -0.5
_SAME_KIND, _BESIDE, _OTHER_KIND, _REACTION, _HALF_REACTION = 1.6, 0.4, -1.2, -2.0, -1.2
_SAME_SEASON, _ONE_SEASON = 0.3, -0.2
_SURER, _SURER_LATER = -0.3, -1.5
_AGREE, _DISAGREE, _OTHER_FIGURES = 0.7, -1.2, -3.5
_NO_WORDS, _ENOUGH_WORDS = -2.0, 0.15
_WORDS, _USUAL_WORDS, _MOST_WORDS = 7.0, 0.23, 1.5
_WORDS_ALONE, _WORDS_ALONE_UNDATED = 0.27, 0.4

_FIELDS = {
    Kind.RENEWAL: Field.STATUS,
    Kind.CANCELLATION: Field.STATUS,
    Kind.RELEASE_DATE: Field.RELEASE,
    Kind.CASTING: Field.CAST,
    Kind.PRODUCTION: Field.PRODUCTION,
    Kind.SPINOFF: Field.SPINOFF,
    Kind.TRAILER: Field.TRAILER,
}
_TELLING = frozenset(_FIELDS.values())
_ABOUT = frozenset({Kind.OTHER, Kind.REVIEW_RECAP, Kind.RATINGS_AWARDS, Kind.INTERVIEW})  # talk about news is no news
_LOOSE = frozenset({Kind.OTHER, Kind.INTERVIEW, Kind.PLOT})  # kinds without a value to agree on: words must say more


@dataclass(frozen=True, slots=True)
class Told:
    """What an article's news is: the number of a story, and why."""

    story: int
    reason: str


def lead_of(
    article_id: int, article: Article, labels: Labels, matches: Sequence[ShowMatch], claims: Sequence[ClaimDraft]
) -> Lead:
    """What an article tells first."""
    shows = frozenset(match.show_id for match in matches)
    field = _FIELDS.get(labels.primary) if labels.primary else None
    seasons = {labels.season, *(claim.season for claim in claims if claim.field is field)} - {None}
    return Lead(
        article_id=article_id,
        shows=shows,
        seasons=frozenset(season for season in seasons if season is not None),
        kinds=labels.kinds,
        standing=labels.standing,
        told=article.published.date() if article.published else None,
        facts=tuple(
            Fact(c.field, c.kind, c.value, c.when)
            for c in claims
            if c.field in _TELLING and (c.season is None or c.season in seasons or not seasons)
        ),
        figures=frozenset(float(found.replace(",", ".")) for found in _FIGURE.findall(article.text)),
        words=_words(article, [name for match in matches for name in (match.name, match.alias)]),
        name=fold(matches[0].name) if matches else "",
    )


def find_news(lead: Lead, others: Iterable[Lead], barred: Collection[int] = (), *, turned: bool = False) -> Told | None:
    """The story whose articles tell the same, by what speaks for it on the average; None when it is new.

    `turned` says that the article has changed what the ledger says of the show: that is no news of some days ago.
    """
    groups: dict[int, list[Lead]] = {}
    for other in others:
        if other.story not in barred and other.article_id != lead.article_id:
            groups.setdefault(other.story, []).append(other)
    if turned:
        groups = {story: group for story, group in groups.items() if any(_is_near(lead, one) for one in group)}
    weighed = [(weight, -story) for story, group in groups.items() if (weight := _weigh_group(lead, group)) > 0]
    if not weighed:
        return None
    story = -max(weighed)[1]
    nearest = max(groups[story], key=lambda other: (_total(lead, other), -other.article_id))
    return Told(story, f"same news as article {nearest.article_id}: {explain(lead, nearest)}")


def explain(one: Lead, other: Lead) -> str:
    """The signs for and against two articles telling the same, in words."""
    signs = weigh(one, other)
    return signs if isinstance(signs, str) else ", ".join(f"{name} {value:+.1f}" for name, value in signs if value)


def weigh(one: Lead, other: Lead) -> list[tuple[str, float]] | str:
    """Every sign for and against with its weight; a text: the veto."""
    if one.seasons and other.seasons and not one.seasons & other.seasons:
        return f"another season: {_numbers(one.seasons)}, not {_numbers(other.seasons)}"
    gap = _gap(one.told, other.told)
    if gap is not None and gap > REACH.days:
        return f"told {gap} days apart"
    if reason := _veto(one, other):
        return reason
    shared = _likeness(one.words, other.words)
    if not one.shows and not other.shows:
        return _of_words(shared, gap)
    return [
        _of_days(one, other, gap),
        _of_kinds(one, other),
        _of_seasons(one, other),
        _of_standing(one, other, gap),
        *_of_facts(one, other),
        _of_looseness(one, other, shared),
        (f"{shared:.0%} of the words", min(_MOST_WORDS, _WORDS * (shared - _USUAL_WORDS))),
    ]


def _veto(one: Lead, other: Lead) -> str:
    """A spin-off or remake is another show, however alike its news; and no news says the opposite of itself."""
    short, long = sorted((f" {one.name} ", f" {other.name} "), key=len)
    if short != long and short.strip() and short in long:
        return f"another show: {short.strip()}, not {long.strip()}"
    for field in sorted(_fields(one.kinds) & _fields(other.kinds)):
        pairs = [(a, b) for a in one.facts for b in other.facts if a.field is b.field is field]
        against = next(((a, b) for a, b in pairs if collides(a, b) or collides(b, a)), None)
        if against and not any(agrees(a, b) for a, b in pairs):
            return f"the opposite: {against[0].value}, not {against[1].value}"
    return ""


def _fields(kinds: Sequence[Kind]) -> set[Field]:
    return {_FIELDS[kind] for kind in kinds if kind in _FIELDS}


def _weigh_group(lead: Lead, group: Sequence[Lead]) -> float:
    """The average; one veto is enough."""
    totals = [_total(lead, other) for other in group]
    return -math.inf if -math.inf in totals else sum(totals) / len(totals)


def _total(one: Lead, other: Lead) -> float:
    signs = weigh(one, other)
    return -math.inf if isinstance(signs, str) else sum(value for _, value in signs)


def _of_words(shared: float, gap: int | None) -> list[tuple[str, float]] | str:
    """Articles about no show we know: the same words in the same days."""
    least = _WORDS_ALONE if gap is not None and gap <= _SAME_WEEKS else _WORDS_ALONE_UNDATED
    return [(f"{shared:.0%} of the words", shared - least)]


def _of_days(one: Lead, other: Lead, gap: int | None) -> tuple[str, float]:
    if gap is None:
        return "a day is not known", _UNDATED
    if gap > _SAME_DAYS and _is_month(one, other):
        return "in the month", _MONTH
    return f"{gap} days apart", _NEAR if gap <= _SAME_DAYS else _WEEKS if gap <= _SAME_WEEKS else _FAR


def _is_near(one: Lead, other: Lead) -> bool:
    gap = _gap(one.told, other.told)
    return gap is not None and gap <= _SAME_DAYS


def _is_month(one: Lead, other: Lead) -> bool:
    """Is the earlier day the first of a month, as pages state that tell the month alone?"""
    days = sorted(day for day in (one.told, other.told) if day)
    return len(days) == 2 and days[0].day == 1


def _gap(one: date | None, other: date | None) -> int | None:
    return abs((one - other).days) if one and other else None


def _of_kinds(one: Lead, other: Lead) -> tuple[str, float]:
    """The same leading kind; or one that the other article has too. A reaction is not what it reacts to."""
    first, second = one.kinds[:1], other.kinds[:1]
    if first == second:
        return "same kind", _SAME_KIND
    beside = bool({*first} & {*other.kinds} or {*second} & {*one.kinds})
    about = [bool(_ABOUT & {*kinds}) for kinds in (first, second)]
    if any(about):
        return "a reaction", _HALF_REACTION if beside and not all(about) else _REACTION
    return ("a kind in common", _BESIDE) if beside else ("another kind", _OTHER_KIND)


def _of_seasons(one: Lead, other: Lead) -> tuple[str, float]:
    if one.seasons & other.seasons:
        return "same season", _SAME_SEASON
    return "season", _ONE_SEASON if one.seasons or other.seasons else 0.0


def _of_standing(one: Lead, other: Lead, gap: int | None) -> tuple[str, float]:
    """What is confirmed or denied days later is another event than the rumour."""
    standings = {one.standing, other.standing}
    if len(standings) == 1 or None in standings:
        return "as sure", 0.0
    near = gap is not None and gap <= _SAME_DAYS + 2 and not (gap > _SAME_DAYS and _is_month(one, other))
    return " and ".join(sorted(str(standing) for standing in standings)), _SURER if near else _SURER_LATER


def _of_facts(one: Lead, other: Lead) -> list[tuple[str, float]]:
    """Do the claims of the leading kinds agree, or the figures?"""
    signs = []
    for field in sorted(_fields((*one.kinds[:1], *other.kinds[:1]))):
        mine, theirs = ([fact for fact in lead.facts if fact.field is field] for lead in (one, other))
        if mine and theirs:
            same = any(agrees(a, b) for a in mine for b in theirs)
            signs.append((f"same {field}", _AGREE) if same else (f"another {field}", _DISAGREE))
    measured = one.kinds[:1] == other.kinds[:1] == (Kind.RATINGS_AWARDS,) and one.figures and other.figures
    if measured and not any(_is_rounded(a, b) for a in one.figures for b in other.figures):
        signs.append(("other figures", _OTHER_FIGURES))
    return signs


def _is_rounded(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDED * max(one, other)


def _of_looseness(one: Lead, other: Lead, shared: float) -> tuple[str, float]:
    loose = not one.kinds or not other.kinds or bool(_LOOSE & {one.kinds[0], other.kinds[0]})
    missing = max(0.0, 1 - shared / _ENOUGH_WORDS) if loose else 0.0
    return "nothing else to agree on", _NO_WORDS * missing


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0


def _words(article: Article, names: Sequence[str]) -> frozenset[str]:
    """The stems of the title and of the first words of the text, without the shows' names, which all have."""
    text = fold(article.title).split() + fold(" ".join(article.text.split()[:_LEADING_WORDS])).split()
    known = {word[:_STEM] for name in names for word in fold(name).split()}
    long = (word for word in text if len(word) > _SHORT or not word.isascii())
    return frozenset(word[:_STEM] for word in long) - known


def _numbers(seasons: Iterable[int]) -> str:
    return " and ".join(str(season) for season in sorted(seasons))
