"""Downloader middlewares: the guard's other half, pace, access, conditional GET, the pauses that hosts ask for."""

from __future__ import annotations

import os
import re
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from w3lib.http import basic_auth_header

from crawler.links import bare_host
from crawler.resolver import ANY_PORT, PORTS, SETTING, AllowList

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler

LONGEST_WAIT = 60.0  # seconds that a Retry-After may hold a host up; longer: the host is left for this crawl
_MARGIN = 0.02  # seconds: a server sees two requests a little closer together than they were sent
_TICK = 0.001  # the smallest delay at which the downloader looks at a slot's times at all


class Unset(IgnoreRequest):
    """A source file names an environment variable that is not there."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the environment has no {name}")


class Refused(IgnoreRequest):
    """The address guard says no to a host and port."""


class HostPaused(IgnoreRequest):
    """The host asked for a longer pause than this crawl lasts."""

    def __init__(self, status: int, seconds: float) -> None:
        self.status, self.seconds = status, seconds
        super().__init__(f"the host asked for a pause of {seconds:.0f} s")


class _Part:
    """A middleware that knows its crawler."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)


class AddressGuard(_Part):
    """Lets through just the ports of the web, no address that is spelled out and not public, and of the hosts of the
    allow-list just the ports named there.

    A proxy looks names up itself, so behind one this is all that is judged. The proxy is named by the operator, in a
    source file: any port of a public host will do, a private one must be in the allow-list. (Twisted asks no resolver
    for a proxy that is an address, so nobody else would judge it.)
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.allowed = AllowList.of(crawler.settings.getlist(SETTING))

    def process_request(self, request: Request) -> None:
        """Every request comes by here, redirected ones and robots.txt included."""
        self._judge(request.url, PORTS, "")
        proxy = request.meta.get("proxy")
        if proxy:
            self._judge(proxy, ANY_PORT, "the proxy: ")

    def _judge(self, url: str, ports: frozenset[int], what: str) -> None:
        try:
            objection = self.allowed.objection(urlsplit(url), ports)
        except ValueError:
            objection = "that is no URL"
        if objection:
            raise Refused(f"{what}{objection}")


class Politeness(_Part):
    """One download slot per host and port, at the slowest pace that a source or the host itself asks for; and "has it
    changed?" is asked with the validators of the page that `meta["known"]` remembers.
    """

    def process_request(self, request: Request) -> None:
        """A redirected request changes to the slot of the host that it goes to."""
        netloc = urlsplit(request.url).netloc
        request.meta["download_slot"] = netloc
        pace = request.meta.get("pace")
        if pace is not None:
            slow_down(self.crawler, netloc, pace.delay + _MARGIN if pace.delay else 0.0, pace.concurrency)
        page = request.meta.get("known")
        if page is not None and page.etag:  # a server that has both looks at this one first
            request.headers["If-None-Match"] = page.etag
        if page is not None and page.last_modified:
            request.headers["If-Modified-Since"] = page.last_modified


class Access(_Part):
    """Sends a source's extra headers and cookies to its own hosts, and its requests through its proxy.

    Their values are in the environment, never in a source file. A host that a page leads to gets none of them.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        plan = getattr(crawler.spider, "plan", None)
        sources = [
            source for source in (plan.sources if plan else ()) if source.headers or source.cookies or source.proxy
        ]
        if not sources:
            raise NotConfigured
        self.sources = {source.name: source for source in sources}
        self.by_host = {bare_host(host): source for source in sources for host in source.hosts}

    def process_request(self, request: Request) -> None:
        """Raises Unset when the environment lacks a variable that the source file names."""
        host = bare_host(urlsplit(request.url).netloc)
        task = request.meta.get("task")
        source = self.sources.get(task.source) if task is not None else self.by_host.get(host)
        if source is None:
            return
        own = host in {bare_host(netloc) for netloc in source.hosts}
        for name in (*source.headers, "Cookie"):
            request.headers.pop(name, None)  # a redirect carries on what the first host was sent
        for name, variable in source.headers.items() if own else ():
            request.headers[name] = _variable(variable)
        if own and source.cookies:
            request.headers["Cookie"] = "; ".join(f"{key}={_variable(value)}" for key, value in source.cookies.items())
        if source.proxy:
            self._go_through(request, _variable(source.proxy[1:]) if source.proxy[0] == "$" else source.proxy)

    def _go_through(self, request: Request, proxy: str) -> None:
        parts = urlsplit(proxy)
        request.meta["proxy"] = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        if parts.username is not None:
            auth = basic_auth_header(unquote(parts.username), unquote(parts.password or ""))
            request.headers["Proxy-Authorization"] = auth


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise Unset(name)
    return value


class RetryAfter(_Part):
    """Lets a host's slot wait when a 429 or 503 says for how long (scrapy/scrapy#3849); leaves it when that is long."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.paused: dict[str, tuple[int, float]] = {}

    def process_request(self, request: Request) -> None:
        """A host that wants its peace gets no more requests in this crawl."""
        paused = self.paused.get(urlsplit(request.url).netloc)
        if paused:
            raise HostPaused(*paused)

    def process_response(self, request: Request, response: Response) -> Response:
        """Sits below the retry middleware, so the wait is set before the request is queued again."""
        wait = retry_after(response) if response.status in (429, 503) else None
        if wait is None:
            return response
        netloc = urlsplit(request.url).netloc
        slot = _downloader(self.crawler).slots.get(netloc)
        if wait > LONGEST_WAIT:
            self.paused[netloc] = (response.status, wait)
            rests = getattr(self.crawler.spider, "host_rests", None)
            if rests is not None:
                rests(request.url, wait)
            request.meta["dont_retry"] = True
            while slot is not None and slot.queue:  # those that wait in the slot have passed `process_request`
                slot.queue.popleft()[1].errback(HostPaused(*self.paused[netloc]))
        elif slot is not None:
            # the slot sends again when `lastseen + delay` is over
            slot.delay = max(slot.delay, _TICK)
            slot.lastseen = monotonic() + wait - slot.delay
        return response


def retry_after(response: Response) -> float | None:
    """The seconds a response asks us to wait; a date counts from the server's own clock."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        then = parsedate_to_datetime(value)
        served = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
        return max(0.0, (then - served).total_seconds())
    except (ValueError, TypeError, IndexError):
        return None


def fresh_for(response: Response) -> float:
    """The seconds for which a response says it stays the same: Cache-Control's max-age less its Age (RFC 9111)."""
    said = (response.headers.get("Cache-Control") or b"").decode("latin-1").lower()
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", said)
    if found is None or "no-cache" in said or "no-store" in said:
        return 0.0
    age = (response.headers.get("Age") or b"0").decode("latin-1").strip()
    return max(0.0, float(found[1]) - (float(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0.0))


def slow_down(crawler: Crawler, netloc: str, delay: float, concurrency: int) -> None:
    """Keeps the larger delay and the smaller concurrency; slots come and go, so both places are told."""
    downloader = _downloader(crawler)
    kept = downloader.per_slot_settings.setdefault(netloc, {"delay": delay, "concurrency": concurrency})
    kept["delay"] = max(kept["delay"], delay)
    kept["concurrency"] = min(kept["concurrency"], concurrency)
    slot = downloader.slots.get(netloc)
    if slot is not None:
        slot.delay, slot.concurrency = max(slot.delay, kept["delay"]), kept["concurrency"]


def _downloader(crawler: Crawler) -> Downloader:
    if crawler.engine is None:
        raise RuntimeError("the crawl has not started")
    return crawler.engine.downloader
