"""Discovery: start URLs, feeds, sitemaps and listings are read for the articles that they name."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Literal
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.extract import parse_page
from crawler.items import Failure, Page
from crawler.limits import limited
from crawler.links import Link
from crawler.spiders.asking import POLLED, Asking, Lost, Output, Task, body_hash, charset, header, poll_key
from crawler.spiders.feed import read_feed
from crawler.spiders.listing import Listing, read_listing
from crawler.spiders.reasons import OUTCOMES
from crawler.spiders.round import Discovered, Round, usual_places
from crawler.spiders.sitemap import read_sitemap

MAX_FEEDS = 3  # that one page names
MAX_SITEMAPS = 20  # polled of one index, or remembered

Lists = Generator[Request, None, set[str]]
"""Further polls, and in the end the identities of all that a page lists."""


class Discovering(Asking):
    """The part of the spider that finds articles."""

    def begin(self, own: Round) -> Iterator[Output]:
        """The first polls of a round; known articles to look at again wait in its queue."""
        for url in own.source.start_urls:
            yield from self.poll(own, "start", url)
        for page in own.remembered()[:MAX_SITEMAPS]:
            role = POLLED[page.kind]
            if self.uses(own, role):
                own.named = own.named or role != "listing"
                yield from self.poll(own, role, page.url, quiet=True, depth=1)
        self.offer_known(own)

    def offer_known(self, own: Round) -> None:
        """The articles that the plan names."""
        own.offer([Link(url) for url in sorted(self.plan.revisit) if self._owner(url) is own], "revisit")

    def guess(self, own: Round) -> Iterator[Request]:
        """The usual places of sitemaps, when a site that answers names neither feed nor sitemap; once in a round."""
        if own.answered and not own.named and not own.guessed and self.uses(own, "sitemap"):
            own.guessed = True
            for url in usual_places(own.source.start_urls[0]):
                page = self.memory.page(url)
                if page is None or page.status < 400:
                    yield from self.poll(own, "sitemap", url, quiet=True)

    def uses(self, own: Round, way: str) -> bool:
        """Does the source file let articles be found this way?"""
        return own.source.discovery in ("auto", way)

    def unchanged(self, own: Round, task: Task, response: Response, known: Page) -> Page:
        """The page of a 304: what is known goes on."""
        return replace(
            self.page(task, response, known.kind, known.fingerprint),
            etag=header(response, "ETag") or known.etag,
            last_modified=header(response, "Last-Modified") or known.last_modified,
            thread=known.thread,
            engine=known.engine,
        )

    def same_as_before(self, own: Round, page: Page) -> None:
        """A discovery page that has not changed: all it lists was known when it was remembered."""
        own.figures.fresh_until.append(page.fresh_until)
        own.answered = own.saw_links = own.named = True
        self.discovered(own, page, set())

    def same_bytes(self, task: Task, response: Response) -> bool:
        """Is a discovery page, byte for byte, the one that is known?"""
        return task.known is not None and task.known.fingerprint == body_hash(response)

    def discover(self, own: Round, task: Task, response: Response) -> Iterator[Output]:
        """Reads a discovery page. Raises Lost when it is unreadable."""
        kind = kind_of(response.body)
        if task.role == "start":
            own.answered = True
            own.hosts.add(urlsplit(response.url).netloc)
            own.figures.moved_to = own.figures.moved_to or moved_for_good(response)
        page = self.page(
            task, response, "listing" if kind == "html" or task.role == "listing" else kind, body_hash(response)
        )
        if self.same_bytes(task, response):
            self.same_as_before(own, page)
            return
        began = perf_counter()
        try:
            lists = yield from self._read(own, task, response, kind)
        except ValueError as error:
            raise Lost("unreadable", f"{error}; look at it in a browser") from None
        own.figures.spent("listing", perf_counter() - began)
        own.figures.fresh_until.append(page.fresh_until)
        self.discovered(own, replace(page, links=len(lists)), lists)

    def discovered(self, own: Round, page: Page, lists: set[str]) -> None:
        """Keeps a discovery page until it is known what became of all it lists."""
        self.memory.states[poll_key(own, page.url)] = "settled"
        own.discovered.append(Discovered(page, lists))

    def _owner(self, url: str) -> Round | None:
        """Whose article is it? The source's that brought it, else the first one's that reads its host."""
        page = self.memory.page(url)
        if page is not None and page.source in self.rounds:
            return self.rounds[page.source]
        return next((own for own in self.rounds.values() if own.is_article_host(url)), None)

    def _read(self, own: Round, task: Task, response: Response, kind: str) -> Lists:
        if not response.body.strip():
            raise Lost("empty", OUTCOMES["empty"])
        if kind == "feed":
            return (yield from self._feed(own, task, response))
        if kind == "sitemap":
            return (yield from self._sitemap(own, task, response))
        if task.role in ("feed", "sitemap"):
            raise Lost("not-xml", f"a {task.role} was expected, an HTML page came")
        return (yield from self._html(own, task, response))

    def _feed(self, own: Round, task: Task, response: Response) -> Lists:
        feed = limited(read_feed, response.body, response.url)
        if task.role == "start" and feed.home:
            # who names a feed means the site that it belongs to, wherever the feed itself is served
            own.hosts.add(urlsplit(feed.home).netloc)
        lists = own.offer(feed.links, "feed")
        yield from self._go_on_listing(own, task, lists, feed.next)
        return lists

    def _go_on_listing(self, own: Round, task: Task, lists: set[str], next_page: str | None) -> Iterator[Request]:
        """The next page of a list, only while most of this one is new."""
        fresh = sum(self.memory.states.get(key) == "waiting" for key in lists - self.memory.again)
        if next_page and 2 * fresh >= len(lists) and task.depth + 1 < own.source.listing.pages:
            lists.add(poll_key(own, next_page))
            yield from self.poll(own, "listing", next_page, depth=task.depth + 1)

    def _sitemap(self, own: Round, task: Task, response: Response) -> Lists:
        sitemap = limited(read_sitemap, response.body, response.url)
        if not sitemap.index:
            return own.offer(sitemap.links, "sitemap")
        own.saw_links = own.saw_links or bool(sitemap.links)
        due = [link for link in sitemap.links if self._is_due(link)]
        # the newest first; where no times are given, software counts upwards
        due.reverse()
        due.sort(key=lambda link: link.modified.timestamp() if link.modified else 0.0, reverse=True)
        if task.depth < 2:
            for link in due[:MAX_SITEMAPS]:
                yield from self.poll(own, "sitemap", link.url, depth=task.depth + 1)
        return {poll_key(own, link.url) for link in due}

    def _is_due(self, link: Link) -> bool:
        """May a sub-sitemap list something that we do not know yet?"""
        page = self.memory.page(link.url)
        if page is None or not page.fingerprint or link.modified is None:
            return True
        return link.modified > page.fetched_at

    def _html(self, own: Round, task: Task, response: Response) -> Lists:
        parsed = limited(parse_page, response.body, response.url, charset(response))
        listing = limited(read_listing, parsed, own.source.listing) if parsed is not None else Listing(())
        own.figures.looked_for("listing", listing.missed)
        lists: set[str] = set()
        if self.uses(own, "listing"):
            lists |= yield from self._listing(own, task, listing)
        if task.role == "start":
            lists |= yield from self._named(own, listing, urlsplit(response.url).netloc)
        return lists

    def _listing(self, own: Round, task: Task, listing: Listing) -> Lists:
        lists = own.offer(listing.links, "listing")
        yield from self._go_on_listing(own, task, lists, listing.next)
        return lists

    def _named(self, own: Round, listing: Listing, netloc: str) -> Lists:
        """The feeds that a start page names, and the sitemaps that its host's robots.txt names."""
        feeds = listing.feeds[:MAX_FEEDS] if self.uses(own, "feed") else ()
        sitemaps = self.named_sitemaps(netloc)[:MAX_SITEMAPS] if self.uses(own, "sitemap") else []
        own.named = own.named or bool(feeds or sitemaps)
        for url in feeds:
            yield from self.poll(own, "feed", url)
        for url in sitemaps:
            yield from self.poll(own, "sitemap", url)
        return {poll_key(own, url) for url in (*feeds, *sitemaps)}


def moved_for_good(response: Response) -> str | None:
    """Where a page is now, when every redirect on the way there was a permanent one (301, 308)."""
    reasons = response.meta.get("redirect_reasons") or [0]
    return response.url if all(reason in (301, 308) for reason in reasons) else None


def nothing_found(own: Round) -> Failure:
    """What to say of a source that answers and lists nothing."""
    detail = "no links to articles were found there; name the site's feed or sitemap in start_urls"
    return Failure(own.source.start_urls[0], own.source.name, "no-articles", detail)


def kind_of(body: bytes) -> Literal["feed", "sitemap", "html"]:
    """What a discovery page is, by its first kilobytes; the content type is often wrong."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head[:2] == b"\x1f\x8b" or b"<urlset" in head or b"<sitemapindex" in head:
        return "sitemap"
    if any(mark in head for mark in (b"<rss", b"<feed", b"<rdf:rdf")) and b"<html" not in head:
        return "feed"
    return "feed" if head[:1] == b"{" and b"jsonfeed.org" in head else "html"
