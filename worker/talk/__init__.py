"""Talk: how many comments, how fast, and which few are worth quoting, each with its reasons for and against.

Looks at what viewers write and at nothing else: no claim is ever read from a comment, so none can raise a standing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import log2

from crawler.items import Article, Comment, normalise
from worker.models import QuoteRules
from worker.talk.looks import refusals, signs
from worker.talk.words import TalkWords, words_for

__all__ = ["Picked", "QuoteRules", "Sign", "Weighed", "pick", "weigh"]

MOST_LIKES, MOST_REPLIES = 4.0, 3.0
_REPEATS = 0.5  # of a comment's runs of three words, from which it repeats the article
_HOUR = timedelta(hours=1)
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason for (above 0) or against (below 0) quoting a comment."""

    name: str
    points: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A comment with all that speaks for and against it. What is `refused` is quoted by no means."""

    comment: Comment
    replies: int
    by_author: bool  # one of the article's authors wrote it
    signs: tuple[Sign, ...]
    refused: tuple[str, ...]

    @property
    def score(self) -> float:
        """The sum of what speaks for it and against it."""
        return sum(sign.points for sign in self.signs)

    @property
    def may_be_quoted(self) -> bool:
        """Does nothing forbid it, and no more speak against it than for it?"""
        return not self.refused and self.score >= 0


@dataclass(frozen=True, slots=True)
class Picked:
    """The talk under one article: how many, how fast, and what is quoted.

    `per_hour` counts from the first comment whose hour is known until now, `busiest` in the fullest hour; None where no
    comment tells its hour.
    """

    comments: int
    per_hour: float | None
    busiest: int | None
    quotes: tuple[Weighed, ...]


def pick(
    comments: Sequence[Comment],
    article: Article,
    now: datetime,
    rules: QuoteRules = QuoteRules(),
    *,
    names: Iterable[str] = (),
    most: int = 2,
) -> Picked:
    """What is told of a thread. `names` are the shows it is about, whose mention speaks for a comment."""
    weighed = weigh(comments, article, rules, names=names)
    times = sorted(at for comment in comments if (at := _hour_known(comment)) and at <= now)
    return Picked(len(comments), _per_hour(times, now), _busiest(times), _best(weighed, most))


def weigh(
    comments: Sequence[Comment],
    article: Article,
    rules: QuoteRules = QuoteRules(),
    *,
    names: Iterable[str] = (),
) -> list[Weighed]:
    """Every comment with its reasons, in page order."""
    words, said = words_for(article.language), _runs(f"{article.title} {article.text}")
    replies = Counter(comment.parent for comment in comments if comment.parent)
    copies = Counter(normalise(comment.text) for comment in comments)
    authors = {normalise(author) for author in article.authors}
    known = [normalise(name) for name in names]
    return [
        Weighed(
            comment,
            replies[comment.id],
            normalise(comment.author or "") in authors,
            tuple(_signs(comment, replies[comment.id], known)),
            tuple(_refused(comment, words, said, copies, rules)),
        )
        for comment in comments
    ]


def _best(weighed: Sequence[Weighed], most: int) -> tuple[Weighed, ...]:
    """The best, an author once; of equals the first written."""
    chosen: list[Weighed] = []
    authors: set[str] = set()
    for one in sorted((one for one in weighed if one.may_be_quoted), key=lambda one: -one.score):
        author = normalise(one.comment.author or "")
        if author not in authors and len(chosen) < most:
            chosen.append(one)
            authors |= {author} - {""}
    return tuple(chosen)


def _signs(comment: Comment, replies: int, names: Sequence[str]) -> Iterable[Sign]:
    if comment.likes:
        points = min(MOST_LIKES, log2(1 + comment.likes)) if comment.likes > 0 else -2.0
        yield Sign(f"{comment.likes} likes", round(points, 1))
    if replies:
        yield Sign(f"{replies} replies", round(min(MOST_REPLIES, log2(1 + replies)), 1))
    if comment.parent is not None:
        yield Sign("half of a conversation", -0.5)
    text = normalise(comment.text)
    if any(name and name in text for name in names):
        yield Sign("names the show", 1.0)
    for name, points in signs(comment.text):
        yield Sign(name, points)


def _refused(
    comment: Comment, words: TalkWords, said: frozenset[str], copies: Counter[str], rules: QuoteRules
) -> Iterable[str]:
    yield from refusals(comment.text)
    for reason, found in words.find(comment.text):
        if reason != "spoiler" or not rules.spoilers:
            yield f"{reason}: {found!r}"
    if copies[normalise(comment.text)] > 1:
        yield "said more than once in the thread"
    runs = _runs(comment.text)
    if runs and len(runs & said) >= _REPEATS * len(runs):
        yield "repeats the article"


def _runs(text: str) -> frozenset[str]:
    """Every three words in a row."""
    words = normalise(text).split()
    bare = ["".join(char for char in word if char.isalnum()) for word in words]
    kept = [word for word in bare if word]
    return frozenset(map(" ".join, zip(kept, kept[1:], kept[2:], strict=False)))


def _hour_known(comment: Comment) -> datetime | None:
    """When it was written; a page that tells only days says midnight."""
    at = comment.published
    return at if at is not None and at.time() != _MIDNIGHT else None


def _per_hour(times: Sequence[datetime], now: datetime) -> float | None:
    """Comments an hour since the first one; what is younger than an hour counts as an hour."""
    return round(len(times) / max(1.0, (now - times[0]) / _HOUR), 1) if times else None


def _busiest(times: Sequence[datetime]) -> int | None:
    """The most comments within an hour."""
    most, first = 0, 0
    for place, at in enumerate(times):
        while at - times[first] >= _HOUR:
            first += 1
        most = max(most, place - first + 1)
    return most or None
