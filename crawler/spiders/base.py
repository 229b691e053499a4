"""The one spider: polls what lists articles, reads each article once, gathers its thread.

A source's round has two phases. First its discovery pages are read (`discovery.py`); then the articles they name, the
likeliest news first, until the budget ends. `round.py` decides, this module asks and answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import cached_property
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.comments import engine, join
from crawler.comments.base import ThreadPart
from crawler.extract import Extraction, extract_page
from crawler.items import Article, Failure, Page, Thread, packed
from crawler.limits import limited
from crawler.links import Link, canonical_url, identity
from crawler.pagination import join_pages
from crawler.resolver import refused_address
from crawler.sameness import How, is_same, renewed, sign
from crawler.spiders.asking import (
    DISCOVERY,
    POLLED,
    Gathering,
    Lost,
    Output,
    Recall,
    Task,
    charset,
    poll_key,
)
from crawler.spiders.discovery import Discovering, moved_for_good, nothing_found
from crawler.spiders.reasons import KEPT, OUTCOMES, PASSING, of_exception, of_refusal, of_robots, of_status
from crawler.spiders.round import Figures, Round

AT_ONCE = 4  # articles of one source under way
MAX_PAGES = 20  # further pages of one article
MAX_MORE = 60  # further pages of one thread
_NO_TEXT_TYPES = (b"image/", b"video/", b"audio/", b"font/", b"application/pdf", b"application/zip")

logger = logging.getLogger(__name__)


class SourceSpider(Discovering):
    """Reads all sources of a plan side by side; they share download slots."""

    name = "sources"

    async def start(self) -> AsyncIterator[Any]:
        """The first requests of every source."""
        self.began = perf_counter()
        for own in self.rounds.values():
            for output in self.begin(own) if self.plan.discover else self._begin_known(own):
                yield output

    def parse(self, response: Response, **_: Any) -> Iterator[Output] | AsyncIterator[Output]:
        """Any response. What a changed list names is compared with what is known: then that is asked for first."""
        task: Task = response.meta["task"]
        changed = task.role in DISCOVERY and 200 <= response.status < 300
        if self.recall is not None and changed and not self.same_bytes(task, response):
            return self._parse_knowing(task, response, self.recall)
        return self._take(task, response)

    async def _parse_knowing(self, task: Task, response: Response, recall: Recall) -> AsyncIterator[Output]:
        own = self.rounds[task.source]
        if own.recalled is None:
            own.recalled = asyncio.ensure_future(self._learn(task.source, recall))
        await own.recalled
        for output in self._take(task, response):
            yield output

    async def _learn(self, source: str, recall: Recall) -> None:
        self.memory.learn(await recall(source))

    def _take(self, task: Task, response: Response) -> Iterator[Output]:
        """Reads a response, then lets the round go on. A page that fails never stops a crawl."""
        self._count(self.rounds[task.source].figures, response)
        yield from self._news()
        try:
            yield from self._read_response(task, response)
        except Lost as lost:
            yield from self._lose(task, lost.reason, lost.detail, response)
        except Exception as error:
            logger.exception("reading %s", task.url)
            detail = f"the page could not be read: {type(error).__name__}: {error}"[:300]
            yield from self._lose(task, "error", detail, response)
        yield from self._finish(task)

    def failed(self, failure: Any) -> Iterator[Output]:
        """Any request that got no response."""
        request: Request = failure.request
        task: Task = request.meta["task"]
        reason, detail = of_exception(failure.value)
        trouble = self.trouble.get(urlsplit(request.url).netloc)
        if reason == "robots" and trouble is not None:
            reason, detail = of_robots(trouble)
        host = urlsplit(request.url).hostname or ""
        if reason == "unreachable" and (address := refused_address(host)):
            reason, detail = of_refusal(host, address)
        yield from self._news()
        self.rounds[task.source].figures.failed += 1
        yield from self._lose(task, reason, detail, status=trouble if isinstance(trouble, int) else None)
        yield from self._finish(task)

    def _count(self, figures: Figures, response: Response) -> None:
        figures.fetched += 200 <= response.status < 300
        figures.unchanged += response.status == 304
        figures.failed += response.status >= 400
        figures.size += len(response.body)
        figures.spent("waiting", response.meta.get("download_latency", 0.0))

    def _news(self) -> Iterator[Output]:
        """What the middlewares have told since."""
        while self.told:
            yield self.told.pop()

    def _read_response(self, task: Task, response: Response) -> Iterator[Output]:
        own = self.rounds[task.source]
        if response.status == 304 and task.known is not None:
            page = self.unchanged(own, task, response, task.known)
            if task.role in DISCOVERY:
                self.same_as_before(own, page)
            else:
                yield from self._same_article(own, task, page)
        elif not 200 <= response.status < 300:
            raise Lost(*of_status(response.status))
        elif task.role in DISCOVERY:
            yield from self.discover(own, task, response)
        elif task.gathering is not None:
            part = self._next_page if task.role == "next" else self._thread_part
            yield from part(own, task, task.gathering, response)
        else:
            yield from self._article(own, task, response)

    def _finish(self, task: Task) -> Iterator[Output]:
        """The next step of a round: the usual places, articles, or its end."""
        own = self.rounds[task.source]
        if task.role in DISCOVERY:
            own.discovering -= 1
        if not own.discovering:
            yield from self.guess(own)
        if not own.discovering and not own.closed:
            yield from self._read_on(own)

    def _begin_known(self, own: Round) -> Iterator[Output]:
        """Just the articles that the plan names."""
        self.offer_known(own)
        yield from self._read_on(own)

    def _read_on(self, own: Round) -> Iterator[Output]:
        """As many articles as may be under way; the round's end when there are none."""
        while own.reading < AT_ONCE and own.budget > 0 and (link := own.take()) is not None:
            own.spend()
            own.reading += 1
            yield self._article_request(own, link)
        if not own.reading:
            own.closed = True
            if own.answered and not own.saw_links:
                yield nothing_found(own)
            own.figures.spent("in all", perf_counter() - self.began)
            report = own.report(look=self.plan.look)
            if self.tell is not None and own.just_heard_unchanged():
                self.tell(report)  # most rounds end so, and the way through Scrapy's pipeline is long
            else:
                yield from own.results()
                yield report

    def _article_request(self, own: Round, link: Link) -> Request:
        known = self.memory.page(link.url)
        return self.request(own, Task(own.source.name, "article", link.url, known=known), known)

    def _lose(
        self, task: Task, reason: str, detail: str, response: Response | None = None, *, status: int | None = None
    ) -> Iterator[Output]:
        """A request came to nothing; says so, unless nobody had named the page. A page that is gone is remembered."""
        own = self.rounds[task.source]
        status = response.status if response is not None else status
        absent = task.quiet and status in (404, 410)
        gone = status == 410 and task.role == "article"
        if absent:
            yield Page(task.url, task.source, POLLED[task.role], int(status or 404), self.plan.now)
        elif gone:
            yield Page(task.url, task.source, "gone", 410, self.plan.now)
        elif not task.quiet or task.known is not None:
            kept = packed(response.body) if response is not None and 200 <= response.status < 300 else ""
            yield Failure(task.url, task.source, reason, detail, status, kept)
        if task.role in DISCOVERY:
            self.memory.states[poll_key(own, task.url)] = "settled" if absent else "lost"
        elif task.gathering is None:
            self._close(own, task, "settled" if gone else "lost")
        elif task.role == "next" and task.gathering.task.known is not None:
            # half an article would look like a rewritten one
            self._close(own, task.gathering.task, "lost")
        else:
            yield from self._go_on(own, task.gathering)

    def _close(self, own: Round, task: Task, state: Literal["settled", "lost"]) -> None:
        key = identity(task.url)
        if self.memory.states.get(key) == "under way":
            self.memory.states[key] = state
            own.reading -= 1

    def _article(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        if not own.is_article_host(response.url):
            detail = f"it leads to another site, {urlsplit(response.url).netloc}; make that a source of its own"
            yield from self._no_article(own, task, response, "off-site", detail)
        elif (response.headers.get("Content-Type") or b"").lower().startswith(_NO_TEXT_TYPES):
            yield from self._no_article(own, task, response, "not-html", OUTCOMES["not-html"])
        elif task.known is not None and self._says_the_same(own, task.known, response):
            own.figures.fetched -= 1
            own.figures.unchanged += 1
            signature = renewed(task.known.signature, response.body, self._how(own, response))
            page = self.unchanged(own, task, response, task.known)
            page = replace(page, url=task.known.url, status=304, signature=signature)
            yield from self._same_article(own, task, page)
        else:
            found = self._extract(own, response)
            if found.outcome == "article" and found.article is not None:
                yield from self._found(own, task, response, found, found.article)
            else:
                detail = OUTCOMES.get(found.outcome, "no article") + (f" ({found.reason})" if found.reason else "")
                yield from self._no_article(own, task, response, found.outcome, detail)

    def _same_article(self, own: Round, task: Task, page: Page) -> Iterator[Output]:
        """A known article that has not changed; a thread that stands elsewhere may have."""
        if page.thread:
            yield from self._go_on(own, Gathering(task, page, None, page.engine, [], deque(page.thread)))
        else:
            yield page
            self._close(own, task, "settled")

    def _says_the_same(self, own: Round, known: Page, response: Response) -> bool:
        began = perf_counter()
        same = bool(known.signature) and limited(is_same, known.signature, response.body, self._how(own, response))
        own.figures.spent("comparing", perf_counter() - began)
        return same

    def _how(self, own: Round, response: Response) -> How:
        if own.source.name not in self._settings:
            self._settings[own.source.name] = own.source.model_dump_json()
        return How(self._settings[own.source.name], response.url, charset(response))

    @cached_property
    def _settings(self) -> dict[str, str]:
        """Sources as text, each made once: it takes longer than to hash a page."""
        return {}

    def _extract(self, own: Round, response: Response, part_of: str = "") -> Extraction:
        began = perf_counter()
        stated = charset(response)
        found = limited(extract_page, response.body, response.url, own.source, charset=stated, part_of=part_of)
        own.figures.spent("extracting", perf_counter() - began)
        if found.outcome != "listing":
            own.figures.looked_for("select", found.missed)
        return found

    def _no_article(self, own: Round, task: Task, response: Response, reason: str, detail: str) -> Iterator[Output]:
        """Says so, and remembers the page; what may be a passing fault is tried again instead."""
        if reason != "listing":
            kept = packed(response.body) if reason in KEPT else ""
            yield Failure(task.url, task.source, reason, detail, response.status, kept)
        passing = reason in PASSING
        if not passing:
            yield self.page(task, response, "other", "")
        self._close(own, task, "lost" if passing else "settled")

    def _found(
        self, own: Round, task: Task, response: Response, found: Extraction, article: Article
    ) -> Iterator[Output]:
        signature = limited(sign, response.body, self._how(own, response), _said(article, found.thread))
        page = replace(self.page(task, response, "article", article.fingerprint), signature=signature)
        key, alias = identity(article.url), identity(article.url) != identity(task.url)
        other = page
        if alias and task.known is not None and task.known.kind == "article" and moved_for_good(response):
            article = replace(article, moved_from=task.known.url)
            other = replace(page, kind="moved", moved_to=article.url)
        if alias and (self.memory.states.get(key) in ("under way", "settled") or self._is_known(article)):
            # another spelling of an article that is read, or was
            yield other
            self._close(own, task, "settled")
            return
        if alias:
            self.memory.states[key] = "settled"
        thread = found.thread if own.source.comments != "off" else None
        gathering = Gathering(
            task=task,
            page=replace(page, url=article.url),
            article=article,
            engine=found.engine,
            parts=[thread] if thread is not None else [],
            more=deque(thread.more if thread is not None else ()),
            alias=other if alias else None,
            next=found.next,
        )
        yield from self._go_on(own, gathering)

    def _is_known(self, article: Article) -> bool:
        return self.memory.needs_no_visit(Link(article.url, modified=article.modified))

    def _go_on(self, own: Round, gathering: Gathering) -> Iterator[Output]:
        """Asks for the next page of the thread; when there is none (or no budget), delivers the article."""
        if gathering.next and len(gathering.rest) < MAX_PAGES and gathering.next not in gathering.asked and own.spend():
            url, gathering.next, gathering.paged = gathering.next, None, True
            gathering.asked.add(url)
            yield self.request(own, Task(own.source.name, "next", url, gathering=gathering))
            return
        while gathering.more and len(gathering.asked) < MAX_MORE:
            url = gathering.more.popleft()
            if url not in gathering.asked and canonical_url(url) is not None and own.spend():
                gathering.asked.add(url)
                yield self.request(own, Task(own.source.name, "more", url, gathering=gathering))
                return
        yield from self._deliver(own, gathering)

    def _next_page(self, own: Round, task: Task, gathering: Gathering, response: Response) -> Iterator[Output]:
        found = self._extract(own, response, gathering.page.url)
        if found.article is None:
            raise Lost("unreadable", f"the article's next page: {found.reason}"[:300])
        gathering.rest.append(found.article)
        gathering.next = found.next
        if found.thread is not None and found.engine == gathering.engine:
            gathering.parts.append(found.thread)
        yield from self._go_on(own, gathering)

    def _thread_part(self, own: Round, task: Task, gathering: Gathering, response: Response) -> Iterator[Output]:
        try:
            system = engine(gathering.engine, own.source.select.comments)
            part = limited(system.read_more, response.body, response.url, gathering.page.url)
        except ValueError as error:
            raise Lost("unreadable", f"the thread's next page: {error}"[:300]) from None
        gathering.parts.append(part)
        gathering.more.extend(part.more)
        yield from self._go_on(own, gathering)

    def _deliver(self, own: Round, gathering: Gathering) -> Iterator[Output]:
        """Article, thread and page together, the page last: it is remembered with the article or not at all."""
        article, page = gathering.article, gathering.page
        if article is not None:
            if gathering.rest:
                article = join_pages(article, gathering.rest)
                page = replace(page, fingerprint=article.fingerprint)
            page = _remembered(gathering, page)
            own.figures.articles += 1
            yield article
        if gathering.parts:
            whole = join(gathering.parts)
            yield Thread(page.url, own.source.name, whole.comments, whole.declared_count, gathering.engine)
        yield page
        if gathering.alias is not None:
            yield gathering.alias
        self._close(own, gathering.task, "settled")


def _remembered(gathering: Gathering, page: Page) -> Page:
    """The page with what to ask with next time.

    "Not modified" (or an equal signature) says nothing about a thread that stands elsewhere: when all of it does, its
    URLs are kept and asked for themselves; when only its rest does, or the article has further pages, nothing is kept
    to ask with.
    """
    if gathering.next or gathering.more:
        page = replace(page, signature="")  # the budget has ended; the next visit goes on
    if not gathering.asked:
        return page
    if gathering.paged or gathering.parts[0].comments:
        return replace(page, etag=None, last_modified=None, signature="")
    return replace(page, thread=tuple(sorted(gathering.asked)), engine=gathering.engine)


def _said(article: Article, thread: ThreadPart | None) -> Iterator[str]:
    """All that was read on a page, line by line."""
    yield article.title
    yield from article.text.split("\n")
    for comment in thread.comments if thread is not None else ():
        yield from comment.text.split("\n")
