"""One crawl of a batch of due sources with what we know of them; its items go to the inbox."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import CrawlError
from crawler.items import Article, Failure, Host, Item, Page, Report, Thread, to_json
from crawler.plan import Recalled
from crawler.robots import KEPT
from crawler.run import Plan, crawl
from crawler.source import Source
from worker import logs
from worker.clock import running
from worker.ingest import health
from worker.ingest.lease import Lease
from worker.store import Store, Tx
from worker.store.hosts import LEASE, OFFERED
from worker.store.sources import HISTORY, Crawled, SourceState

BATCH = 50  # groups of items in one hand-over to ingest
REPORTS = 200  # rounds whose sources are finished in one transaction
LONGEST_WAIT = timedelta(days=1)
GIVEN_UP = 3  # failures in a row after which a page rests
REST = timedelta(days=7)
MOST_TRIED = 20  # pages that have rested, tried anew in one crawl
SPEED_UP, SLOW_DOWN = 0.5, 1.25  # what a crawl with news, and one without, does to the time until the next
SMOOTHING = 0.3  # weight of the newest gap between news

_LISTS = ("feed", "sitemap", "listing")


@dataclass(slots=True)
class Gathered:
    """What a crawl brought of one source so far."""

    report: Report | None = None
    failures: list[Failure] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    captured: int = 0
    declared: int = 0
    talking: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def count(self, item: Item) -> None:
        """Counts one item."""
        if isinstance(item, Failure):
            self.failures.append(item)
        elif isinstance(item, Report):
            self.report = item
        elif isinstance(item, Article):
            self.words.append(len(item.text.split()))
        elif isinstance(item, Thread):
            self.captured += len(item.comments)
            self.declared += item.declared_count or 0
            if item.comments:
                self.talking.add(item.url)
        elif isinstance(item, Page) and item.status == 200:
            if item.kind in _LISTS and item.links is not None:
                self.links.append(item.links)
            elif item.kind == "article":
                self.read.add(item.url)


@dataclass(slots=True)
class CrawlTally:
    """What a crawl brought, by source."""

    sources: dict[str, Gathered] = field(default_factory=dict)
    busy: tuple[str, ...] = ()  # sources left out, because somebody else asks their hosts now
    stopped: str = ""  # why the crawling process ended early
    given_back: tuple[str, ...] = ()  # sources that are due again, for the crawl was to stop, or lost its hosts

    def count(self, item: Item) -> None:
        """Counts one item."""
        if not isinstance(item, Host):
            self.sources.setdefault(item.source, Gathered()).count(item)

    def total(self, name: str) -> int:
        """A figure of the reports, over all sources: fetched, unchanged, failed or size."""
        return sum(int(getattr(g.report, name)) for g in self.sources.values() if g.report is not None)

    @property
    def failures(self) -> list[Failure]:
        """All pages that gave nothing."""
        return [failure for gathered in self.sources.values() for failure in gathered.failures]


def plan_crawl(
    tx: Tx, sources: Sequence[Source], now: datetime, *, allow_private: Sequence[str] = (), user_agent: str = ""
) -> Plan:
    """What we know of the sources' lists and hosts, and which known articles to look at again.

    What else is known of a source, the crawling process asks for (`Plan.recall`) when one of its lists has changed.
    """
    names = [source.name for source in sources]
    known = tx.sources.known_pages(names, _LISTS)
    visits = tx.sources.visits({s.name: s.revisit.pages for s in sources if s.revisit.enabled}, now)
    lists = known.keys() | {url for source in sources for url in source.start_urls}
    given_up = {url: at for url, at in tx.sources.given_up(names, GIVEN_UP).items() if url not in lists}
    visits += [url for url, at in given_up.items() if at <= now - REST][:MOST_TRIED]
    known |= tx.sources.pages_at(visits)
    asked = [*known, *(url for page in known.values() for url in page.thread)]
    netlocs = {netloc for source in sources for netloc in source.hosts} | {urlsplit(url).netloc for url in asked}
    return Plan(
        sources=tuple(sources),
        known=known,
        now=now,
        revisit=frozenset(visits),
        set_aside=frozenset(url for url, at in given_up.items() if at > now - REST),
        hosts=tx.hosts.known(netlocs, now - KEPT),
        allow_private=tuple(allow_private),
        user_agent=user_agent,
    )


def run_crawl(
    store: Store, plan: Plan, *, on_item: Callable[[Item], None] = lambda item: None
) -> Iterator[tuple[list[int], CrawlTally]]:
    """Crawls, and yields inbox ids as they fill; the tally is complete with the last one.

    Sources whose hosts somebody else asks now are left out. What came before the crawling process died is kept; the
    sources' states say why it did. A source is finished as soon as its own round is.
    """
    tally, clock = CrawlTally(), running(plan.now)
    owner = uuid.uuid4().hex
    logs.bring(run=owner)
    with store.begin() as tx:
        plan, states = _begin(tx, plan, tally, owner)
    if not plan.sources:
        yield [], tally
        return
    plan = replace(plan, recall=lambda name: _recall(store, name))
    left = {source.name: source for source in plan.sources}
    asked = Counter(site for source in plan.sources for site in source.sites)
    lease = Lease(store, owner, clock, lambda: sum(count > 0 for count in list(asked.values())))
    try:
        for groups, reports, hosts in _batches(plan, tally, on_item, lease):
            with store.begin() as tx:
                tx.hosts.save(hosts)
                ids = tx.sources.receive([[to_json(item) for item in group] for group in groups], plan.now)
                done = [left.pop(report.source) for report in reports]
                _finish(tx, plan, tally, done, states)
                asked.subtract(site for source in done for site in source.sites)
                tx.hosts.release(owner, [site for site in _sites(done) if not asked[site]])
            if ids:
                of = {item.source for group in groups for item in group if not isinstance(item, Host)}
                logs.tell("received", inbox=ids, source=sorted(of))
            yield ids, tally
        tally.given_back = tuple(left) if lease.reason else ()
        if left and not tally.stopped:
            tally.stopped = f"nothing was said of {', '.join(left)}"
        if not tally.given_back:
            with store.begin() as tx:
                _finish(tx, plan, tally, list(left.values()), states)
    finally:  # whoever interrupts a crawl can begin the next one at once, and what was given back is due
        with store.begin() as tx:
            tx.sources.ended(list(states))
            tx.hosts.release(owner, _sites(plan.sources))
    yield [], tally


def _recall(store: Store, name: str) -> list[Recalled]:
    """All pages of a source that are no lists: asked for by the crawling process."""
    with store.begin() as tx:
        return tx.sources.known_urls(name)


def _until_the_end(plan: Plan, tally: CrawlTally, lease: Lease) -> Iterator[Item]:
    """The items of a crawl; that the crawling process died is noted, and what came before it is kept."""
    with lease:
        try:
            yield from crawl(plan, stop=lease.over)
        except CrawlError as error:
            tally.stopped = lease.reason or str(error)


_Batch = tuple[list[list[Item]], list[Report], list[Host]]


def _batches(plan: Plan, tally: CrawlTally, on_item: Callable[[Item], None], lease: Lease) -> Iterator[_Batch]:
    """Items of one page stay together, whatever comes in between: the page itself is the last of them."""
    batch: list[list[Item]] = []
    groups: dict[str, list[Item]] = {}
    reports: list[Report] = []
    hosts: list[Host] = []
    for item in _until_the_end(plan, tally, lease):
        tally.count(item)
        on_item(item)
        if isinstance(item, Host):
            hosts.append(item)
        elif isinstance(item, Report):
            reports.append(item)
        else:
            groups.setdefault(item.url, []).append(item)
            if isinstance(item, (Page, Failure)):
                batch.append(groups.pop(item.url))
        if len(batch) >= BATCH or len(reports) >= REPORTS:
            yield batch, reports, hosts
            batch, reports, hosts = [], [], []
    yield batch, reports, hosts  # what has no page yet was cut off, and is read again


def _sites(sources: Iterable[Source]) -> set[str]:
    return {site for source in sources for site in source.sites}


def _begin(tx: Tx, plan: Plan, tally: CrawlTally, owner: str) -> tuple[Plan, dict[str, SourceState]]:
    """Leases the hosts of the sources. A source's first crawl starts its history: what is older is background.

    When its next turn is, is not touched before it ends: if its worker dies, it is due as soon as the lease ends.
    """
    got = tx.hosts.lease(_sites(plan.sources), owner, plan.now, plan.now + LEASE, over=OFFERED)
    free = tuple(source for source in plan.sources if source.sites <= got)
    tally.busy = tuple(source.name for source in plan.sources if not source.sites <= got)
    tx.hosts.release(owner, got - _sites(free))
    states = tx.sources.states([source.name for source in free])
    new = {
        s.name: SourceState(s.name, plan.now, plan.now, plan.now, 0, "new", "first crawl running")
        for s in free
        if s.name not in states
    }
    tx.sources.save_states(list(new.values()))
    tx.sources.began([source.name for source in free])
    return replace(plan, sources=free), states | new


def _finish(
    tx: Tx, plan: Plan, tally: CrawlTally, sources: Sequence[Source], states: Mapping[str, SourceState]
) -> None:
    """The new states of sources whose round is over, or was cut off, and the lines of their history."""
    if not sources or not plan.discover:
        return
    eventful = [source.name for source in sources if _is_eventful(tally.sources.get(source.name))]
    histories = tx.sources.history(eventful)
    after, lines = [], []
    for source in sources:
        gathered = tally.sources.get(source.name) or Gathered()
        crawled = summary(source, gathered, plan.now)
        of = _round(tx, gathered, tally.stopped)
        past = histories.get(source.name, [])[-HISTORY:]
        code, reason = health.judge(source, crawled, of, past, states[source.name])
        after.append(after_crawl(source, states[source.name], crawled, gathered, (code, reason)))
        if source.name in histories:
            lines.append(replace(crawled, state=code))
        _tell(replace(crawled, state=code), reason, eventful=source.name in histories)
    tx.sources.add_history(lines, histories)
    tx.sources.save_states(after)


def _tell(crawled: Crawled, reason: str, *, eventful: bool) -> None:
    """A source's round in the log."""
    names = ("source", "state", "fetched", "unchanged", "failed", "size", "articles", "news")
    figures = {name: getattr(crawled, name) for name in names}
    logs.tell("round", logging.INFO if eventful else logging.DEBUG, **figures, reason=reason or None)


def _is_eventful(gathered: Gathered | None) -> bool:
    """A crawl that just heard "not modified" leaves no line."""
    report = gathered.report if gathered else None
    return report is None or bool(report.fetched or report.failed or (gathered and gathered.failures))


def summary(source: Source, gathered: Gathered, now: datetime) -> Crawled:
    """What a crawl brought, as a line of the source's history; its state is still open."""
    report = gathered.report or Report(source.start_urls[0], source.name)
    return Crawled(
        source=source.name,
        at=now,
        state="",
        fetched=report.fetched,
        unchanged=report.unchanged,
        failed=report.failed,
        size=report.size,
        links=max(gathered.links, default=None),
        articles=report.articles,
        news=len(gathered.words),
        words=int(median(gathered.words)) if gathered.words else None,
        captured=gathered.captured,
        declared=gathered.declared,
    )


def _round(tx: Tx, gathered: Gathered, stopped: str) -> health.Round:
    silent = gathered.read - gathered.talking
    return health.Round(
        failures=gathered.failures,
        missed=gathered.report.missed if gathered.report else (),
        silenced=tx.articles.talked_about(sorted(silent)) if silent else 0,
        talking=len(gathered.talking),
        stopped=stopped,
        reported=gathered.report is not None,
    )


def after_crawl(
    source: Source, state: SourceState, crawled: Crawled, gathered: Gathered, verdict: tuple[str, str]
) -> SourceState:
    """A source's state after a crawl. One that brings nothing but errors is tried less and less often, but always."""
    now, new = crawled.at, dict[str, Any](last_crawled=crawled.at, state=verdict[0])
    new["reason"] = _with_hint(verdict[1], gathered.report)
    if gathered.report is None or not crawled.fetched + crawled.unchanged:
        failures = state.failures + 1
        wait = min(source.every * 2 ** min(failures, 10), max(LONGEST_WAIT, source.every))
        return replace(state, **new, next_due=now + wait, failures=failures)
    interval = _interval(source, state, crawled)
    fresh_until = min(gathered.report.fresh_until or now, now + source.every_max)
    next_due = max(now + timedelta(seconds=interval), fresh_until)
    new |= {"last_ok": now, "failures": 0, "complete": True, "interval": interval, "next_due": next_due}
    if crawled.news:
        new |= {"last_new": now, "usual_gap": _usual_gap(state, now)}
    return replace(state, **new)


def _usual_gap(state: SourceState, now: datetime) -> float | None:
    """Seconds between crawls with news: the newest gap counts a little, the former ones the rest."""
    if state.last_new is None:
        return state.usual_gap
    gap = (now - state.last_new).total_seconds()
    return gap if state.usual_gap is None else state.usual_gap + SMOOTHING * (gap - state.usual_gap)


def _interval(source: Source, state: SourceState, crawled: Crawled) -> float:
    """Seconds until the next crawl: half the last time after news, a quarter more without, within the file's bounds."""
    shortest = source.every.total_seconds()
    factor = SPEED_UP if crawled.news else SLOW_DOWN
    start = state.interval if state.interval is not None else shortest / SLOW_DOWN
    return max(shortest, min(start * factor, source.every_max.total_seconds()))


def _with_hint(reason: str, report: Report | None) -> str:
    if report is None or report.moved_to is None:
        return reason
    moved = f"{report.url} has moved for good to {report.moved_to}; correct the source file"
    return f"{reason}; {moved}" if reason else moved
