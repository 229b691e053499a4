"""Today's rules over the past: what is stored is read again into a scratch store, and the two ledgers are compared.

Articles come in again as they did, version by version, each at the time when it was seen. The registry of shows is
today's, and so are the corrections by hand; the ledger begins empty, so the comparison is of claims and of which of
them are one story, never of updates, which depend on what was known before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from crawler.items import Article, to_json
from worker.ingest.article import Shelf, ingest_inbox
from worker.models import Standing
from worker.store import Store, Tx
from worker.store.articles import ArticleRow
from worker.store.stories import ClaimRow

BATCH = 100  # articles in one transaction

_Key = tuple[str, str, int | None, str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One claim as a ledger has it: who says what, how sure it is, and which claims it stands with."""

    url: str
    show: str
    season: int | None
    field: str
    value: str
    standing: Standing
    story: int
    evidence: str

    @property
    def key(self) -> _Key:
        """What makes it the same claim in two ledgers."""
        return (self.url, self.show.casefold(), self.season, self.field, self.value.casefold())


@dataclass(frozen=True, slots=True)
class Stood:
    """One article as it was judged: its shows, its kinds, and whose copy it is."""

    url: str
    is_news: bool
    shows: tuple[str, ...]
    kinds: tuple[str, ...]
    copy_of: str | None  # an older one's counts as none's


@dataclass(frozen=True, slots=True)
class Past:
    """What a store says about a stretch of time."""

    articles: Mapping[str, Stood]
    claims: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What today's rules would change. A group holds the claims that one ledger has in one story."""

    gained: tuple[Said, ...]
    lost: tuple[Said, ...]
    surer: tuple[tuple[Said, Said], ...]  # before and after: said with another standing
    merged: tuple[tuple[Said, ...], ...]
    split: tuple[tuple[Said, ...], ...]
    judged: tuple[tuple[Stood, Stood], ...]  # before and after: other shows, kinds, or copies

    @property
    def is_nothing(self) -> bool:
        """Would everything stay as it is?"""
        return not (self.gained or self.lost or self.surer or self.merged or self.split or self.judged)


def replay(
    store: Store,
    scratch: Store,
    shelf: Shelf,
    since: datetime,
    *,
    on_article: Callable[[str], None] = lambda url: None,
) -> tuple[Past, Past]:
    """Reads what came since then into the scratch store; gives what was said, and what today's rules say."""
    with store.begin() as tx, scratch.begin() as copy:
        _copy_registry(tx, copy, since)
        visits, before = _visits(tx, since), past(tx, since)
    for time, group in groupby(visits, key=itemgetter(0)):
        articles = [article for _, article in group]
        for start in range(0, len(articles), BATCH):
            part = articles[start : start + BATCH]
            with scratch.begin() as tx:
                ids = tx.sources.receive([[to_json(article)] for article in part], time)
            ingest_inbox(scratch, ids, shelf, time)
            for article in part:
                on_article(article.url)
    with scratch.begin() as tx:
        return before, past(tx, since)


def past(tx: Tx, since: datetime) -> Past:
    """What a store says about the articles that came since then."""
    rows = tx.articles.rows(since=since)
    urls = {row.stored.article.url for row in rows}
    stood = {row.stored.article.url: _stood(row, urls) for row in rows}
    said = (_said(row) for row in tx.stories.claims(since=since))
    return Past(stood, tuple(one for one in said if one.url in stood))


def compare(before: Past, after: Past) -> Difference:
    """What would be gained, lost, told surer or less sure, merged, split, and judged differently."""
    old, new = _surest(before.claims), _surest(after.claims)
    both = [(old[key], new[key]) for key in old if key in new]
    pairs = ((stood, after.articles[url]) for url, stood in before.articles.items() if url in after.articles)
    return Difference(
        gained=tuple(new[key] for key in new if key not in old),
        lost=tuple(old[key] for key in old if key not in new),
        surer=tuple(pair for pair in both if pair[0].standing is not pair[1].standing),
        merged=_torn(both, whole=1, part=0),
        split=_torn(both, whole=0, part=1),
        judged=tuple(pair for pair in pairs if pair[0] != pair[1]),
    )


def _torn(both: Sequence[tuple[Said, Said]], whole: int, part: int) -> tuple[tuple[Said, ...], ...]:
    """Stories of one side whose claims the other side has in more than one. Claims of one side alone do not count."""
    stories: dict[int, list[tuple[Said, Said]]] = defaultdict(list)
    for pair in both:
        stories[pair[whole].story].append(pair)
    return tuple(
        tuple(pair[whole] for pair in group)
        for group in stories.values()
        if len({pair[part].story for pair in group}) > 1
    )


def _surest(claims: Iterable[Said]) -> dict[_Key, Said]:
    """One claim for each key: an article that was rewritten may say the same twice, with another standing."""
    found: dict[_Key, Said] = {}
    for one in claims:
        if one.key not in found or one.standing.rank > found[one.key].standing.rank:
            found[one.key] = one
    return found


def _copy_registry(tx: Tx, copy: Tx, now: datetime) -> None:
    """Shows, corrections, and since when each source is read, which decides what is background."""
    waiting = tx.shows.proposed()
    for show in tx.shows.all():
        copy.shows.add(
            show.name,
            now=now,
            aliases=show.aliases,
            state="proposed" if show.id in waiting else "active",
            evidence=waiting.get(show.id, ""),
            year=show.year,
            country=show.country,
            network=show.network,
        )
    copy.sources.save_states(list(tx.sources.states().values()))
    for correction in tx.corrections.all():
        copy.corrections.add(correction)


def _visits(tx: Tx, since: datetime) -> list[tuple[datetime, Article]]:
    """Every state of every article that came since then, in the order in which they were seen."""
    visits = [visit for row in tx.articles.rows(since=since) for visit in _states(tx, row)]
    return sorted(visits, key=itemgetter(0))


def _states(tx: Tx, row: ArticleRow) -> Iterator[tuple[datetime, Article]]:
    for version in tx.articles.versions(row.stored.id):
        article = row.stored.article
        yield version.seen_at, replace(article, title=version.title, text=version.text, sections=version.sections)


def _stood(row: ArticleRow, urls: Collection[str]) -> Stood:
    labels, copied = row.stored.labels, row.duplicate_url
    kinds = tuple(str(kind) for kind in labels.kinds)
    return Stood(row.stored.article.url, labels.is_show_news, row.shows, kinds, copied if copied in urls else None)


def _said(row: ClaimRow) -> Said:
    claim = row.claim
    return Said(
        claim.url,
        row.show,
        claim.season,
        claim.field,
        claim.value,
        claim.standing,
        claim.story_id or 0,
        claim.evidence,
    )
