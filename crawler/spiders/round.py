"""One source's round in a crawl: which links wait, what became of each, and what may be remembered in the end.

Nothing here fetches anything, and nothing knows Scrapy.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from crawler.items import Page, Report
from crawler.links import Link, bare_host, canonical_url, identity, of_site, surely_no_article
from crawler.source import Source

State = Literal["waiting", "under way", "settled", "lost"]
Way = Literal["revisit", "feed", "listing", "sitemap"]

LOOK_AGAIN = timedelta(days=7)  # a page that was no article is looked at again after this time
SAMPLES = 10  # links that a report shows
SLOW_ROUND = 900.0  # seconds that the requests of a round may take at a host that asks for long pauses
_ORDER: dict[Way, int] = {"feed": 0, "listing": 1, "revisit": 2, "sitemap": 3}


class Memory:
    """What is known from earlier crawls, and what became of each page in this one. All rounds share it."""

    def __init__(
        self,
        known: Mapping[str, Page],
        revisit: frozenset[str],
        now: datetime,
        set_aside: frozenset[str] = frozenset(),
    ) -> None:
        self.now = now
        self.aside = {identity(url) for url in set_aside}
        self.again = {identity(url) for url in revisit}
        self.pages = {identity(url): page for url, page in known.items()}
        self.lists: dict[str, list[Page]] = {}
        for page in known.values():
            if page.kind in ("feed", "sitemap", "listing"):
                self.lists.setdefault(page.source, []).append(page)
        self.states: dict[str, State] = {}

    def learn(self, pages: Iterable[Page]) -> None:
        """What else is known of a source."""
        for page in pages:
            self.pages.setdefault(identity(page.url), page)

    def page(self, url: str) -> Page | None:
        """The page that we remember of this URL."""
        return self.pages.get(identity(url))

    def needs_no_visit(self, link: Link) -> bool:
        """Do we have it already, as far as the link itself says?"""
        key = identity(link.url)
        page = self.pages.get(key)
        if key in self.again:
            return False
        if key in self.aside or (page is not None and page.kind in ("moved", "gone")):
            return True
        if page is not None and link.modified is not None and link.modified > page.fetched_at:
            return False
        if page is not None and page.kind == "article":
            return True
        return page is not None and page.kind == "other" and self.now - page.fetched_at < LOOK_AGAIN


@dataclass(slots=True)
class Discovered:
    """A discovery page that was fetched, and the identities of all that it lists."""

    page: Page
    lists: set[str]


@dataclass(slots=True)
class Figures:
    """What a round has come to so far, for its report."""

    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    size: int = 0
    articles: int = 0
    listed: dict[str, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    fresh_until: list[datetime | None] = field(default_factory=list)
    moved_to: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    sought: Counter[str] = field(default_factory=Counter)  # pages on which the source's selectors were looked for
    missed: Counter[str] = field(default_factory=Counter)  # by selector: pages on which it matched nothing

    def spent(self, what: str, seconds: float) -> None:
        """Adds to the time spent on something."""
        self.seconds[what] = self.seconds.get(what, 0.0) + seconds

    def looked_for(self, kind: str, missed: Sequence[str]) -> None:
        """A page on which selectors were looked for, and those that matched nothing."""
        self.sought[kind] += 1
        self.missed.update(missed)


@dataclass(slots=True)
class Round:
    """One source in this crawl."""

    source: Source
    memory: Memory
    budget: int = 0
    hosts: set[str] = field(default_factory=set)
    discovering: int = 0  # discovery requests under way
    reading: int = 0  # articles under way
    answered: bool = False  # a start URL gave a page
    saw_links: bool = False  # something was listed, or nothing has changed since it was
    named: bool = False  # a feed or sitemap was named by the site
    guessed: bool = False  # the usual places were tried
    recalled: asyncio.Task[None] | None = None  # what is known of the source is on its way, or here
    closed: bool = False
    figures: Figures = field(default_factory=Figures)
    discovered: list[Discovered] = field(default_factory=list)
    polled: set[str] = field(default_factory=set)
    _queue: list[tuple[int, float, int, Link]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.budget = self.source.pace.pages
        self.hosts = set(self.source.hosts)

    def spend(self) -> bool:
        """Takes one request from the budget; False when there is none left."""
        if self.budget <= 0:
            return False
        self.budget -= 1
        return True

    def slow_down(self, netloc: str, delay: float) -> None:
        """A host that asks for long pauses gets fewer requests, not a crawl without end."""
        if bare_host(netloc) in {bare_host(host) for host in self.hosts}:
            self.budget = min(self.budget, max(2, int(SLOW_ROUND / delay)))

    def first_poll(self, url: str) -> bool:
        """Is this discovery page met for the first time?"""
        key = canonical_url(url) or url
        if key in self.polled:
            return False
        self.polled.add(key)
        return True

    def offer(self, links: Sequence[Link], way: Way) -> set[str]:
        """Queues the links that are wanted and new. Gives the identities of all that are wanted."""
        wanted: set[str] = set()
        self.saw_links = self.saw_links or bool(links)
        for link in links:
            url = canonical_url(link.url)
            if url is None or not self.wants(url, way):
                continue
            key = identity(url)
            wanted.add(key)
            self._put(key, replace(link, url=url), way)
            if way != "revisit" and url not in self.figures.samples and len(self.figures.samples) < SAMPLES:
                self.figures.samples.append(url)
        if way != "revisit":
            self.figures.listed[way] = self.figures.listed.get(way, 0) + len(wanted)
        return wanted

    def wants(self, url: str, way: Way) -> bool:
        """Of this site, let in by the source file, and no page about the site itself."""
        if way == "revisit":
            return True
        return of_site(url, self.hosts) and self.source.wants(url) and not surely_no_article(url)

    def is_article_host(self, url: str) -> bool:
        """May an article be read there? (Where a link leads may differ from where it pointed.)"""
        return of_site(url, self.hosts)

    def take(self) -> Link | None:
        """The link to read next: by way of discovery, then newest first."""
        while self._queue:
            link = heapq.heappop(self._queue)[-1]
            if self._waits(link.url):
                self.memory.states[identity(link.url)] = "under way"
                return link
        return None

    def remembered(self) -> list[Page]:
        """Feeds and sitemaps of earlier crawls, and listings that were not finished then; the unfinished first."""
        mine = [page for page in self.memory.lists.get(self.source.name, ()) if page.status < 400]
        chosen = [page for page in mine if page.kind != "listing" or not page.fingerprint]
        chosen.sort(key=lambda p: p.url, reverse=True)
        return sorted(chosen, key=lambda p: (bool(p.fingerprint), p.kind != "feed"))

    def report(self, *, look: bool) -> Report:
        """How the round went."""
        figures = self.figures
        queue = [entry[-1].url for entry in sorted(self._queue, key=lambda entry: entry[:-1])]
        left = [url for url in {identity(url): url for url in reversed(queue)}.values() if self._waits(url)][::-1]
        never = [name for name, count in figures.missed.items() if count == figures.sought[name.partition(".")[0]]]
        fresh = [until for until in figures.fresh_until if until is not None]
        return Report(
            url=self.source.start_urls[0],
            source=self.source.name,
            fetched=figures.fetched,
            unchanged=figures.unchanged,
            failed=figures.failed,
            size=figures.size,
            listed=figures.listed,
            articles=figures.articles,
            left=len(left),
            samples=tuple(figures.samples) if look else (),
            waiting=tuple(left[:SAMPLES]) if look else (),
            missed=tuple(sorted(never)),
            fresh_until=min(fresh) if fresh and len(fresh) == len(figures.fresh_until) else None,
            moved_to=figures.moved_to,
            seconds={what: round(seconds, 3) for what, seconds in figures.seconds.items() if seconds} if look else {},
        )

    def just_heard_unchanged(self) -> bool:
        """Were there unchanged lists, and nothing else?"""
        asked = self.figures.fetched + self.figures.failed + self.figures.unchanged
        return asked == len(self.discovered) and all(found.page.status == 304 for found in self.discovered)

    def results(self) -> Iterator[Page]:
        """The discovery pages, in the end. Validators and fingerprint go with a page only when all it lists is known.

        So neither a 304 nor an equal fingerprint can ever hide a lost article. What is known already is not told again.
        """
        for found in self.discovered:
            complete = all(self.memory.states.get(key) == "settled" for key in found.lists)
            page = found.page if complete else replace(found.page, etag=None, last_modified=None, fingerprint="")
            known = self.memory.page(page.url)
            if known is None or page.links is not None or _validators(known) != _validators(page):
                yield page

    def _waits(self, url: str) -> bool:
        return self.memory.states.get(identity(url)) == "waiting"

    def _put(self, key: str, link: Link, way: Way) -> None:
        states = self.memory.states
        if key not in states and self.memory.needs_no_visit(link):
            states[key] = "settled"
        if states.setdefault(key, "waiting") == "waiting":
            time = link.published or link.modified
            self._count += 1
            heapq.heappush(self._queue, (_ORDER[way], -time.timestamp() if time else 0.0, self._count, link))


def _validators(page: Page) -> tuple[str, str | None, str | None, str]:
    return page.kind, page.etag, page.last_modified, page.fingerprint


def usual_places(url: str) -> list[str]:
    """Where sitemaps are when nobody says so."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}/{name}" for name in ("sitemap.xml", "wp-sitemap.xml")]
