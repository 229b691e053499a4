"""One crawl of a batch of due sources with what we know of them; its items go to the inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawler.errors import CrawlError
from crawler.items import Failure, Item, Page, to_json
from crawler.run import Plan, crawl
from crawler.source import Source
from worker.store import Store, Tx
from worker.store.articles import Watched
from worker.store.sources import SourceState

BATCH = 50  # groups of items in one hand-over to ingest
WATCH = timedelta(days=14)  # a page is looked at again for so long after it last changed
WATCH_LIVE = timedelta(days=60)
FIRST_VISIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(days=1)


@dataclass(slots=True)
class CrawlTally:
    """What a crawl brought, by source."""

    fetched: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    stopped: str = ""  # why the crawling process ended early

    def count(self, item: Item) -> None:
        """Counts one item."""
        if isinstance(item, Failure):
            self.failures.append(item)
        elif isinstance(item, Page):
            (self.unchanged if item.status == 304 else self.fetched)[item.source] += 1


def plan_crawl(
    tx: Tx, sources: Sequence[Source], now: datetime, *, allow_private: Sequence[str] = (), user_agent: str = ""
) -> Plan:
    """What we know of the sources, and which known articles to look at again."""
    names = [source.name for source in sources]
    return Plan(
        sources=tuple(sources),
        known=tx.sources.known_pages(names),
        now=now,
        known_articles=tx.articles.known_urls(names),
        revisit=frozenset(w.url for w in tx.articles.watched(names, now - WATCH_LIVE) if wants_visit(w, now)),
        allow_private=tuple(allow_private),
        user_agent=user_agent,
    )


def wants_visit(page: Watched, now: datetime) -> bool:
    """Is it time to look at a known article again? After an hour, then at growing gaps, and no more in the end."""
    quiet = now - page.active_at
    if quiet > (WATCH_LIVE if page.live else WATCH):
        return False
    return now - page.fetched_at >= max(FIRST_VISIT, quiet / 3)


def run_crawl(
    store: Store, plan: Plan, *, on_item: Callable[[Item], None] = lambda item: None
) -> Iterator[tuple[list[int], CrawlTally]]:
    """Crawls, and yields inbox ids as they fill; the tally is complete with the last one.

    What came before the crawling process died is kept; the sources' states say why it did.
    """
    tally = CrawlTally()
    with store.begin() as tx:
        _begin(tx, plan)
    try:
        for groups in _batches(plan, tally, on_item):
            with store.begin() as tx:
                ids = tx.sources.receive([[to_json(item) for item in group] for group in groups], plan.now)
            yield ids, tally
    except CrawlError as error:
        tally.stopped = str(error)
    with store.begin() as tx:
        _finish(tx, plan, tally)
    yield [], tally


def _batches(plan: Plan, tally: CrawlTally, on_item: Callable[[Item], None]) -> Iterator[list[list[Item]]]:
    """Items of one page stay together, whatever comes in between: the page itself is the last of them."""
    batch: list[list[Item]] = []
    groups: dict[str, list[Item]] = {}
    for item in crawl(plan):
        tally.count(item)
        on_item(item)
        groups.setdefault(item.url, []).append(item)
        if isinstance(item, (Page, Failure)):
            batch.append(groups.pop(item.url))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch  # what has no page yet was cut off, and is read again


def _begin(tx: Tx, plan: Plan) -> None:
    """A source's first crawl starts its history: what was published well before is background."""
    states = tx.sources.states()
    for source in plan.sources:
        if source.name not in states:
            tx.sources.save_state(
                SourceState(source.name, plan.now, plan.now, plan.now + source.every, 0, "new", "first crawl running")
            )


def _finish(tx: Tx, plan: Plan, tally: CrawlTally) -> None:
    states = tx.sources.states()
    for source in plan.sources:
        tx.sources.save_state(after_crawl(source, states[source.name], tally, plan.now))


def after_crawl(source: Source, state: SourceState, tally: CrawlTally, now: datetime) -> SourceState:
    """A source's state after a crawl. One that brings nothing but errors is tried less and less often, but always."""
    good = tally.fetched[source.name] + tally.unchanged[source.name]
    own = [failure for failure in tally.failures if failure.source == source.name]
    if good and not tally.stopped:
        reason = f"{len(own)} of {good + len(own)} pages gave nothing" if own else ""
        return replace(
            state,
            last_crawled=now,
            last_ok=now,
            next_due=now + source.every,
            failures=0,
            state="ok",
            reason=reason,
            complete=True,
        )
    failures = state.failures + 1
    wait = min(source.every * 2 ** min(failures, 10), max(LONGEST_WAIT, source.every))
    code, reason = (own[0].reason, own[0].detail) if own else ("empty", tally.stopped or "nothing was found there")
    return replace(state, last_crawled=now, next_due=now + wait, failures=failures, state=code, reason=reason)
