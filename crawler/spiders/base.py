"""The one spider: polls what lists articles, reads each article once, gathers its thread.

A source's round has two phases. First its discovery pages are read (start URLs, feeds, sitemaps, listings); then the
articles they name, the likeliest news first, until the budget ends. `round.py` decides, this module asks and answers.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure
from w3lib.encoding import http_content_type_encoding

from crawler.comments import engine, join
from crawler.comments.base import ThreadPart
from crawler.extract import Extraction, extract_page, parse_page
from crawler.items import Article, Failure, Item, Page, PageKind, Thread
from crawler.links import Link, identity
from crawler.plan import Plan
from crawler.spiders.feed import read_feed
from crawler.spiders.listing import Listing, read_listing
from crawler.spiders.reasons import OUTCOMES, of_exception, of_robots, of_status
from crawler.spiders.round import Discovered, Memory, Round, kind_of, usual_places
from crawler.spiders.sitemap import read_sitemap

Role = Literal["start", "feed", "sitemap", "listing", "article", "more"]
Output = Item | Request

AT_ONCE = 4  # articles of one source under way
MAX_FEEDS = 3  # that one page names
MAX_SITEMAPS = 20  # polled of one index, or remembered
MAX_LISTING_PAGES = 5
MAX_MORE = 60  # further pages of one thread
_DISCOVERY = ("start", "feed", "sitemap", "listing")
_NO_TEXT_TYPES = (b"image/", b"video/", b"audio/", b"font/", b"application/pdf", b"application/zip")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Gathering:
    """An article that waits for the rest of its thread."""

    page: Page
    article: Article
    engine: str
    parts: list[ThreadPart]
    more: deque[str]
    alias: Page | None = None
    asked: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Task:
    """What a request is for. `quiet`: nobody named this URL now, so a 404 is an answer and no failure."""

    source: str
    role: Role
    url: str
    quiet: bool = False
    depth: int = 0
    known: Page | None = None
    gathering: Gathering | None = None


class SourceSpider(scrapy.Spider):
    """Reads all sources of a plan side by side; they share download slots."""

    name = "sources"

    def __init__(self, plan: Plan, **options: Any) -> None:
        super().__init__(**options)
        self.plan = plan
        self.memory = Memory(plan.known, plan.known_articles, plan.now)
        self.rounds = {source.name: Round(source, self.memory) for source in plan.sources}
        self.sitemaps: dict[str, list[str]] = {}
        self.trouble: dict[str, int | BaseException] = {}

    # what the middlewares tell

    def robots_names(self, netloc: str, sitemaps: list[str]) -> None:
        """A robots.txt names sitemaps."""
        self.sitemaps[netloc] = sitemaps

    def robots_failed(self, netloc: str, what: int | BaseException) -> None:
        """A robots.txt could not be read."""
        self.trouble[netloc] = what

    def host_asks_for(self, netloc: str, delay: float) -> None:
        """A robots.txt asks for a pause between requests."""
        for own in self.rounds.values():
            own.slow_down(netloc, delay)

    # requests

    async def start(self) -> AsyncIterator[Any]:
        """The first requests of every source."""
        for own in self.rounds.values():
            for output in self._begin(own):
                yield output

    def _begin(self, own: Round) -> Iterator[Output]:
        for url in own.source.start_urls:
            yield from self._poll(own, "start", url)
        if own.source.discovery != "listing":
            for page in own.remembered()[:MAX_SITEMAPS]:
                if page.kind in ("feed", "sitemap", "listing") and self._uses(own, page.kind):
                    own.named = own.named or page.kind != "listing"
                    role: Role = page.kind  # type: ignore[assignment]  # narrowed by the line above
                    yield from self._poll(own, role, page.url, quiet=True, depth=1)
        own.offer([Link(url) for url in sorted(self.plan.revisit) if self._owner(url) is own], "revisit")

    def _owner(self, url: str) -> Round | None:
        """Whose article is it? The source that brought it, else the first that reads its host."""
        page = self.memory.page(url)
        if page is not None and page.source in self.rounds:
            return self.rounds[page.source]
        return next((own for own in self.rounds.values() if own.is_article_host(url)), None)

    def _uses(self, own: Round, way: str) -> bool:
        return own.source.discovery in ("auto", way)

    def _poll(
        self, own: Round, role: Role, url: str, *, quiet: bool = False, depth: int = 0
    ) -> Iterator[Request]:
        """Asks for a discovery page, once in a crawl."""
        if not own.first_poll(url):
            return
        self.memory.states[_poll_key(own, url)] = "waiting"
        if own.spend():
            own.discovering += 1
            page = self.memory.page(url)
            known = page if page is not None and page.kind in ("feed", "sitemap", "listing") else None
            yield self._request(own, Task(own.source.name, role, url, quiet, depth, known), known)

    def _request(self, own: Round, task: Task, condition: Page | None = None) -> Request:
        meta = {
            "task": task,
            "pace": own.source.pace,
            "known": condition,
            "download_slot": urlsplit(task.url).netloc,
        }
        # the rest of a thread goes before the next article
        priority = 10 if task.role == "more" else 0
        return Request(
            task.url, callback=self.parse, errback=self.failed, dont_filter=True, meta=meta, priority=priority
        )

    # answers

    def parse(self, response: Response, **_: Any) -> Iterator[Output]:
        """Any response: reads it, then lets the round go on. A page that fails never stops a crawl."""
        task: Task = response.meta["task"]
        try:
            yield from self._read(task, response)
        except Exception as error:
            logger.exception("reading %s", task.url)
            detail = f"the page could not be read: {type(error).__name__}: {error}"[:300]
            yield from self._lose(task, "error", detail, response.status)
        yield from self._finish(task)

    def failed(self, failure: TwistedFailure) -> Iterator[Output]:
        """Any request that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        task: Task = request.meta["task"]
        error = failure.value or failure.type()
        reason, detail = of_exception(error)
        trouble = self.trouble.get(urlsplit(request.url).netloc)
        if reason == "robots" and trouble is not None:
            reason, detail = of_robots(trouble)
        yield from self._lose(task, reason, detail, trouble if isinstance(trouble, int) else None)
        yield from self._finish(task)

    def _read(self, task: Task, response: Response) -> Iterator[Output]:
        own = self.rounds[task.source]
        if response.status == 304 and task.known is not None:
            yield from self._unchanged(own, task, response)
        elif not 200 <= response.status < 300:
            yield from self._lose(task, *of_status(response.status), response.status)
        elif task.role in _DISCOVERY:
            yield from self._discover(own, task, response)
        elif task.role == "more":
            yield from self._thread_part(own, task, response)
        else:
            yield from self._article(own, task, response)

    def _finish(self, task: Task) -> Iterator[Output]:
        own = self.rounds[task.source]
        if task.role in _DISCOVERY:
            own.discovering -= 1
        yield from self._advance(own)

    def _advance(self, own: Round) -> Iterator[Output]:
        """The next step of a round: the usual places, articles, or its end."""
        if own.closed or own.discovering:
            return
        if own.answered and not own.named and not own.guessed and self._uses(own, "sitemap"):
            own.guessed = True
            for url in usual_places(own.source.start_urls[0]):
                yield from self._poll(own, "sitemap", url, quiet=True)
            if own.discovering:
                return
        while own.reading < AT_ONCE and own.budget > 0 and (link := own.take()) is not None:
            own.spend()
            own.reading += 1
            yield self._article_request(own, link)
        if not own.reading:
            own.closed = True
            if own.answered and not own.saw_links:
                yield _nothing_found(own)
            yield from own.results()

    def _article_request(self, own: Round, link: Link) -> Request:
        known = self.memory.page(link.url)
        # "not modified" says nothing about a thread that another server holds
        condition = known if own.source.comments == "off" else None
        return self._request(own, Task(own.source.name, "article", link.url, known=known), condition)

    def _lose(self, task: Task, reason: str, detail: str, status: int | None = None) -> Iterator[Output]:
        """A request came to nothing; says so, unless it was a mere guess."""
        own = self.rounds[task.source]
        gone = task.quiet and status in (404, 410)
        if gone and task.role in ("feed", "sitemap", "listing"):
            kind: PageKind = task.role  # type: ignore[assignment]  # narrowed by the line above
            yield Page(task.url, task.source, kind, int(status or 404), self.plan.now)
        elif not task.quiet or task.known is not None:
            yield Failure(task.url, task.source, reason, detail, status)
        if task.role in _DISCOVERY:
            self.memory.states[_poll_key(own, task.url)] = "settled" if gone else "lost"
        elif task.gathering is not None:
            yield from self._go_on(own, task, task.gathering)
        else:
            self._close(own, task, "lost")

    def _close(self, own: Round, task: Task, state: Literal["settled", "lost"]) -> None:
        key = identity(task.url)
        if self.memory.states.get(key) == "under way":
            self.memory.states[key] = state
            own.reading -= 1

    # discovery

    def _unchanged(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        known = task.known
        if known is None:
            return
        page = replace(
            self._page(task, response, known.kind, known.fingerprint),
            etag=_header(response, "ETag") or known.etag,
            last_modified=_header(response, "Last-Modified") or known.last_modified,
        )
        if task.role == "article":
            yield page
            self._close(own, task, "settled")
            return
        own.answered = own.saw_links = own.named = True
        self._discovered(own, page, set())

    def _discover(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        kind = kind_of(response.body)
        if task.role == "start":
            own.answered = True
            own.hosts.add(urlsplit(response.url).netloc)
        page = self._page(task, response, "listing" if kind == "html" else kind, _hash(response.body))
        if task.known is not None and task.known.fingerprint == page.fingerprint:
            own.saw_links = own.named = True
            self._discovered(own, page, set())
        elif kind == "html" and task.role in ("feed", "sitemap"):
            yield from self._lose(task, "not-xml", f"a {task.role} was expected, an HTML page came")
        else:
            read = {"feed": self._feed, "sitemap": self._sitemap, "html": self._listing}[kind]
            try:
                lists = yield from read(own, task, response)
            except ValueError as error:
                yield from self._lose(task, "unreadable", f"{error}; look at it in a browser", response.status)
            else:
                self._discovered(own, page, lists)

    def _discovered(self, own: Round, page: Page, lists: set[str]) -> None:
        self.memory.states[_poll_key(own, page.url)] = "settled"
        own.discovered.append(Discovered(page, lists))

    def _feed(self, own: Round, task: Task, response: Response) -> _Lists:
        feed = read_feed(response.body, response.url)
        if task.role == "start" and feed.home:
            # who names a feed means the site that it belongs to, wherever the feed itself is served
            own.hosts.add(urlsplit(feed.home).netloc)
        return own.offer(feed.links, "feed")
        yield

    def _sitemap(self, own: Round, task: Task, response: Response) -> _Lists:
        sitemap = read_sitemap(response.body, response.url)
        if not sitemap.index:
            return own.offer(sitemap.links, "sitemap")
        own.saw_links = own.saw_links or bool(sitemap.links)
        due = [link for link in sitemap.links if self._is_due(link)]
        # the newest first; where no times are given, software counts upwards
        due = sorted(reversed(due), key=lambda link: link.modified.timestamp() if link.modified else 0.0, reverse=True)
        if task.depth < 2:
            for link in due[:MAX_SITEMAPS]:
                yield from self._poll(own, "sitemap", link.url, depth=task.depth + 1)
        return {_poll_key(own, link.url) for link in due}

    def _is_due(self, link: Link) -> bool:
        """May a sub-sitemap list something that we do not know yet?"""
        page = self.memory.page(link.url)
        if page is None or not page.fingerprint or link.modified is None:
            return True
        return link.modified > page.fetched_at

    def _listing(self, own: Round, task: Task, response: Response) -> _Lists:
        parsed = parse_page(response.body, response.url, _charset(response))
        listing = read_listing(parsed) if parsed is not None else Listing(())
        lists: set[str] = set()
        if self._uses(own, "listing"):
            lists = own.offer(listing.links, "listing")
            fresh = any(self.memory.states.get(key) == "waiting" for key in lists)
            if listing.next and fresh and task.depth + 1 < MAX_LISTING_PAGES:
                lists.add(_poll_key(own, listing.next))
                yield from self._poll(own, "listing", listing.next, depth=task.depth + 1)
        if task.role == "start":
            lists |= yield from self._named(own, listing, urlsplit(response.url).netloc)
        return lists

    def _named(self, own: Round, listing: Listing, netloc: str) -> _Lists:
        """The feeds that a start page names, and the sitemaps that its host's robots.txt names."""
        feeds = listing.feeds[:MAX_FEEDS] if self._uses(own, "feed") else ()
        sitemaps = self.sitemaps.get(netloc, [])[:MAX_SITEMAPS] if self._uses(own, "sitemap") else []
        own.named = own.named or bool(feeds or sitemaps)
        for url in feeds:
            yield from self._poll(own, "feed", url)
        for url in sitemaps:
            yield from self._poll(own, "sitemap", url)
        return {_poll_key(own, url) for url in (*feeds, *sitemaps)}

    # articles

    def _article(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        if not own.is_article_host(response.url):
            detail = f"it leads to another site, {urlsplit(response.url).netloc}; make that a source of its own"
            yield from self._no_article(own, task, response, "off-site", detail)
            return
        if (response.headers.get("Content-Type") or b"").lower().startswith(_NO_TEXT_TYPES):
            yield from self._no_article(own, task, response, "not-html", OUTCOMES["not-html"])
            return
        found = extract_page(response.body, response.url, own.source, charset=_charset(response))
        if found.outcome == "article" and found.article is not None:
            yield from self._found(own, task, response, found, found.article)
        else:
            detail = OUTCOMES.get(found.outcome, "no article") + (f" ({found.reason})" if found.reason else "")
            yield from self._no_article(own, task, response, found.outcome, detail)

    def _no_article(
        self, own: Round, task: Task, response: Response, reason: str, detail: str
    ) -> Iterator[Output]:
        """Says so once, and remembers the page; what may be a passing fault is tried again instead."""
        if reason != "listing":
            yield Failure(task.url, task.source, reason, detail, response.status)
        passing = reason in ("empty", "error")
        if not passing:
            yield self._page(task, response, "other", "")
        self._close(own, task, "lost" if passing else "settled")

    def _found(
        self, own: Round, task: Task, response: Response, found: Extraction, article: Article
    ) -> Iterator[Output]:
        page = self._page(task, response, "article", article.fingerprint)
        key, asked = identity(article.url), identity(task.url)
        if key != asked:
            if self.memory.states.get(key) in ("under way", "settled") or self._is_known(article.url):
                # another spelling of an article that is read, or was
                yield page
                self._close(own, task, "settled")
                return
            self.memory.states[key] = "settled"
        thread = found.thread if own.source.comments != "off" else None
        gathering = Gathering(
            page=replace(page, url=article.url),
            article=article,
            engine=found.engine,
            parts=[thread] if thread is not None else [],
            more=deque(thread.more if thread is not None else ()),
            alias=page if key != asked else None,
        )
        yield from self._go_on(own, task, gathering)

    def _is_known(self, url: str) -> bool:
        wanted = {identity(known) for known in self.plan.revisit}
        return identity(url) not in wanted and self.memory.needs_no_visit(Link(url))

    def _go_on(self, own: Round, task: Task, gathering: Gathering) -> Iterator[Output]:
        """Asks for the next page of the thread; when there is none (or no budget), delivers the article."""
        while gathering.more and len(gathering.asked) < MAX_MORE:
            url = gathering.more.popleft()
            if url in gathering.asked or not url.startswith(("http://", "https://")) or not own.spend():
                continue
            gathering.asked.add(url)
            yield self._request(own, replace(task, role="more", depth=0, gathering=gathering, known=None), url)
            return
        yield from self._deliver(own, task, gathering)

    def _thread_part(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        gathering = task.gathering
        if gathering is None:
            return
        try:
            part = engine(gathering.engine).read_more(response.body, response.url, gathering.article.url)
        except ValueError as error:
            yield from self._lose(task, "unreadable", f"the thread's next page: {error}"[:300], response.status)
            return
        gathering.parts.append(part)
        gathering.more.extend(part.more)
        yield from self._go_on(own, task, gathering)

    def _deliver(self, own: Round, task: Task, gathering: Gathering) -> Iterator[Output]:
        """Article, thread and page together, the page last: it is remembered with the article or not at all."""
        article = gathering.article
        yield article
        if gathering.parts:
            whole = join(gathering.parts)
            yield Thread(article.url, own.source.name, whole.comments, whole.declared_count, gathering.engine)
        yield gathering.page
        if gathering.alias is not None:
            yield gathering.alias
        self._close(own, task, "settled")

    def _page(self, task: Task, response: Response, kind: PageKind, fingerprint: str) -> Page:
        return Page(
            url=task.url,
            source=task.source,
            kind=kind,
            status=response.status,
            fetched_at=self.plan.now,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            fingerprint=fingerprint,
            size=len(response.body),
        )
