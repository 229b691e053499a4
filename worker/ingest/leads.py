"""Which articles tell the same news? Each gets the number of a story: one event that a reader would want told once.

An article is held against those near it: about the same show and told around the same day, or with the same words in
the headline. It joins the story whose articles speak for it on the average, one veto being enough against it; and
stories that it shows to be one become one, so that it matters little who came first.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from crawler.items import Article
from worker.ingest.likeness import FIELDS, REACH, are_related, is_near, load_weights, weigh
from worker.ingest.stories import fold
from worker.models import ClaimDraft, Fact, Kind, Labels, Lead, ShowMatch

__all__ = ["REACH", "Told", "days_around", "explain", "find_news", "lead_of", "same_words"]

_LEADING_WORDS = 80  # of a text, beside its title: what it tells first
_STEM = 5  # letters: "renewed" and "renewal" are one word here
_NAME_STEM = 6
_SHORT = 3  # letters of words that mean little
_FIGURE = re.compile(r"\d+[.,]\d+")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_CAPITALISED = re.compile(r"\b[A-Z][\w'’.-]*\w")
_OPENS = re.compile(r"(?:^|[.?!] |[\"'“‘])$")  # what stands before the first word of a sentence
_TELLING = frozenset(FIELDS.values())
_KEY_WORDS = 7  # of a headline; each pair of them is a key to find it by
_KEY_DAYS = 7
_NEAR_DAYS = timedelta(days=3)
_MOST_HELD = 12  # articles of a story that another is held against before the two become one


@dataclass(frozen=True, slots=True)
class Told:
    """What an article's news is: the number of a story, why, and which other stories turn out to be the same."""

    story: int
    reason: str
    joins: tuple[int, ...] = ()


def lead_of(
    article_id: int, article: Article, labels: Labels, matches: Sequence[ShowMatch], claims: Sequence[ClaimDraft]
) -> Lead:
    """What an article tells first."""
    field = FIELDS.get(labels.primary) if labels.primary else None
    seasons = frozenset(
        one for one in (labels.season, *(claim.season for claim in claims if claim.field is field)) if one is not None
    )
    known = {word[:_STEM] for match in matches for name in (match.name, match.alias) for word in fold(name).split()}
    beginning = " ".join(article.text.split()[:_LEADING_WORDS])
    title = _stems(article.title)
    return Lead(
        article_id=article_id,
        shows=frozenset(match.show_id for match in matches),
        seasons=seasons,
        kinds=labels.kinds,
        standing=labels.standing,
        told=article.published.date() if article.published else None,
        facts=tuple(
            Fact(c.field, c.kind, c.value, c.when)
            for c in claims
            if c.field in _TELLING and (c.season is None or c.season in seasons or not seasons)
        ),
        figures=frozenset(float(found.replace(",", ".")) for found in _FIGURE.findall(article.text)),
        words=(title | _stems(beginning)) - known,
        name=fold(matches[0].name) if matches else "",
        chances=_chances(labels),
        title=title,
        names=frozenset(name for name in _names(article.title, beginning) if name[:_STEM] not in known),
        called=frozenset(word for word in known if len(word) > _SHORT or not word.isascii()) - load_weights().common,
        numbers=frozenset(_NUMBER.findall(f"{article.title} {beginning}")) - {str(season) for season in seasons},
        talks=not load_weights().talk.isdisjoint(fold(article.title).split()),
    )


def same_words(title: frozenset[str], days: Iterable[date]) -> list[int]:
    """Keys to find headlines by that share two words and the week of one of the days: signed 64-bit numbers."""
    weeks = {day.toordinal() // _KEY_DAYS for day in days}
    telling = sorted(title - load_weights().common, key=lambda word: (-len(word), word))[:_KEY_WORDS]
    return [_key(week, *pair) for week in sorted(weeks) for pair in combinations(sorted(telling), 2)]


def days_around(told: date | None) -> list[date]:
    """The first and the last day on which another headline may tell the same of another show."""
    return [told - _NEAR_DAYS, told + _NEAR_DAYS] if told else []


def _key(week: int, one: str, other: str) -> int:
    digest = hashlib.blake2b(f"{week} {one} {other}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def find_news(lead: Lead, others: Iterable[Lead], barred: Collection[int] = (), *, turned: bool = False) -> Told | None:
    """The story whose articles tell the same, by what speaks for it on the average; None when it is new.

    `turned` says that the article has changed what the ledger says of the show: that is no news of some days ago.
    """
    groups: dict[int, list[Lead]] = {}
    for other in others:
        if other.story not in barred and other.article_id != lead.article_id and are_related(lead, other):
            groups.setdefault(other.story, []).append(other)
    if turned:
        groups = {story: group for story, group in groups.items() if any(is_near(lead, one) for one in group)}
    weighed = ((_average([(lead, one) for one in group]), -story) for story, group in groups.items())
    likely = sorted((one for one in weighed if one[0] > 0), reverse=True)
    if not likely:
        return None
    story, *rest = (-number for _, number in likely)
    nearest = max(groups[story], key=lambda other: (_total(lead, other), -other.article_id))
    joins = tuple(_joining([*groups[story], lead], [(other, groups[other]) for other in rest]))
    return Told(story, f"same news as article {nearest.article_id}: {explain(lead, nearest)}", joins)


def explain(one: Lead, other: Lead) -> str:
    """The signs for and against two articles telling the same, in words."""
    signs = weigh(one, other)
    if isinstance(signs, str):
        return signs
    return ", ".join(f"{name} {value:+.1f}" for name, value in signs if abs(value) >= 0.05)


def _joining(group: list[Lead], others: Iterable[tuple[int, Sequence[Lead]]]) -> Iterator[int]:
    """The other stories that tell the same as a group, now that it has grown."""
    for story, other in others:
        held = [(a, b) for a in group[-_MOST_HELD:] for b in other[-_MOST_HELD:]]
        if _average(held) > 0:
            group = [*group, *other]
            yield story


def _average(pairs: Sequence[tuple[Lead, Lead]]) -> float:
    """What speaks for pairs telling the same; one veto is enough."""
    totals = [_total(one, other) for one, other in pairs if are_related(one, other)]
    return sum(totals) / len(totals) if totals else -math.inf


def _total(one: Lead, other: Lead) -> float:
    signs = weigh(one, other)
    return -math.inf if isinstance(signs, str) else sum(value for _, value in signs)


def _chances(labels: Labels) -> tuple[tuple[Kind, float], ...]:
    """How likely each kind leads; what a person has said is sure."""
    likeliest = max(labels.chances, key=lambda one: one[1], default=None)
    if likeliest and likeliest[0] is labels.primary:
        return labels.chances
    return ((labels.primary, 1.0),) if labels.primary else ()


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in fold(text).split() if len(word) > _SHORT or not word.isascii())


def _names(title: str, text: str) -> Iterator[str]:
    """Capitalised words, but for those that open a sentence of the text."""
    for whole in (title, text):
        for found in _CAPITALISED.finditer(whole):
            opens = whole is text and _OPENS.search(whole[max(0, found.start() - 2) : found.start()])
            word = fold(found[0]).partition(" ")[0]
            if len(word) > _SHORT - 1 and not opens:
                yield word[:_NAME_STEM]
