"""Downloader middlewares: the address guard's other half, pace, robots.txt as its standard says, conditional GET."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.utils.sitemap import sitemap_urls_from_robots

from crawler.resolver import REFUSED, SETTING, AllowList

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

LONGEST_WAIT = 60.0  # seconds that a Retry-After may hold a host up; longer: the host is left for this crawl
_TICK = 0.001  # the smallest delay at which the downloader looks at a slot's times at all


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
    """Lets through just the ports of the web, and for hosts of the allow-list just the ports named there."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.allowed = AllowList.of(crawler.settings.getlist(SETTING))

    def process_request(self, request: Request) -> None:
        """Every request comes by here, redirected ones and robots.txt included."""
        url = urlsplit(request.url)
        if url.scheme not in ("http", "https") or not self.allowed.permits(url):
            raise Refused(f"{REFUSED}: {url.scheme}://{url.netloc} is no host and port that may be asked")


class Politeness(_Part):
    """One download slot per host and port, at the slowest pace that a source or the host itself asks for."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listens to what robots.txt says, too."""
        part = cls(crawler)
        crawler.signals.connect(part.robots_parsed, signal=signals.robots_parsed)
        return part

    def process_request(self, request: Request) -> None:
        """A redirected request changes to the slot of the host that it goes to."""
        netloc = urlsplit(request.url).netloc
        request.meta["download_slot"] = netloc
        pace = request.meta.get("pace")
        if pace is not None:
            self.slow_down(netloc, pace.delay, pace.concurrency)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Scrapy reads Crawl-delay, but does not obey it (scrapy/scrapy#892)."""
        delay = robotparser.crawl_delay(str(self.crawler.settings["USER_AGENT"]))
        if delay:
            netloc = urlsplit(request.url).netloc
            self.slow_down(netloc, delay, 1)
            asked = getattr(self.crawler.spider, "host_asks_for", None)
            if asked is not None:
                asked(netloc, delay)

    def slow_down(self, netloc: str, delay: float, concurrency: int) -> None:
        """Keeps the larger delay and the smaller concurrency; slots come and go, so both places are told."""
        downloader = _downloader(self.crawler)
        kept = downloader.per_slot_settings.setdefault(netloc, {"delay": delay, "concurrency": concurrency})
        kept["delay"] = max(kept["delay"], delay)
        kept["concurrency"] = min(kept["concurrency"], concurrency)
        slot = downloader.slots.get(netloc)
        if slot is not None:
            slot.delay, slot.concurrency = max(slot.delay, kept["delay"]), kept["concurrency"]


class RobotsAnswer(_Part):
    """Gives robots.txt the meaning of RFC 9309: 4xx allows all, 5xx and no answer at all allow nothing.

    Scrapy would read the text of an error page instead, and take silence for consent. `trouble` keeps what was wrong,
    by host, so that the reason can be told.
    """

    def process_request(self, request: Request) -> None:
        """A robots.txt that does not come must not hold the crawl up for long."""
        if _is_robots(request):
            request.meta.setdefault("max_retry_times", 1)
            request.meta.setdefault("download_timeout", 15)

    def process_response(self, request: Request, response: Response) -> Response:
        """The answer as the standard reads it."""
        if not _is_robots(request):
            return response
        asked = request.meta.get("redirect_urls", [request.url])[0]
        if response.status >= 500 or response.status == 429:
            self._tell("robots_failed", asked, response.status)
            return _all_closed(response.url)
        if response.status >= 300:
            return TextResponse(response.url, body=b"")
        self._tell("robots_names", asked, list(sitemap_urls_from_robots(response.body, response.url)))
        return response

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """No answer: nothing is allowed."""
        if not _is_robots(request):
            return None
        self._tell("robots_failed", request.meta.get("redirect_urls", [request.url])[0], exception)
        return _all_closed(request.url)

    def _tell(self, method: str, url: str, what: Any) -> None:
        listener = getattr(self.crawler.spider, method, None)
        if listener is not None:
            listener(urlsplit(url).netloc, what)


def _is_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and "task" not in request.meta


def _all_closed(url: str) -> Response:
    return TextResponse(url, status=200, body=b"User-agent: *\nDisallow: /\n")


class ConditionalGet(_Part):
    """Asks "has it changed?" with the validators of the page that `meta["known"]` remembers."""

    def process_request(self, request: Request) -> None:
        """Sets both headers; a server that has an ETag looks at it first."""
        page = request.meta.get("known")
        if page is None:
            return
        if page.etag:
            request.headers["If-None-Match"] = page.etag
        if page.last_modified:
            request.headers["If-Modified-Since"] = page.last_modified


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


def _downloader(crawler: Crawler) -> Downloader:
    if crawler.engine is None:
        raise RuntimeError("the crawl has not started")
    return crawler.engine.downloader
