"""robots.txt: what RFC 9309 makes of each answer, kept for a day, and Crawl-delay."""

from __future__ import annotations

import functools
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response, TextResponse
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler.items import Host
from crawler.middlewares import slow_down

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler

KEPT = timedelta(hours=24)  # RFC 9309, 2.4
LARGEST = 500 * 1024  # bytes; RFC 9309, 2.5
_RULES = re.compile(r"^\s*(?:disallow\s*:\s*\S|crawl-delay)", re.I | re.M)


class Robots(RobotsTxtMiddleware):
    """Scrapy's robots.txt, which asks no host whose robots.txt the plan knows, and obeys Crawl-delay.

    Scrapy reads Crawl-delay, but does not obey it (scrapy/scrapy#892). It would read the text of an error page as
    rules, and take silence for consent; here 4xx allows all, 5xx and no answer at all allow nothing. The spider is told
    what was read, and what was wrong, so that the reason can be said.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        plan = getattr(crawler.spider, "plan", None)
        self.known: Mapping[str, Host] = plan.hosts if plan is not None else {}

    def process_request(self, request: Request) -> Coroutine[Any, Any, None] | None:  # type: ignore[override]
        """Scrapy's hook. Only what is not known yet is worth a coroutine."""
        if _is_robots(request):
            # a robots.txt that does not come must not hold the crawl up for long
            request.meta.setdefault("max_retry_times", 1)
            request.meta.setdefault("download_timeout", 15)
            return None
        netloc = urlsplit(request.url).netloc
        if netloc not in self._parsers and (host := self.known.get(netloc)) and host.robots is not None:
            self._tell("robots_read", host)
            self._parsers[netloc] = self._rules(host.robots, netloc)
        rules = self._parsers.get(netloc, self)
        if rules is None or isinstance(rules, RobotParser):
            self.process_request_2(rules, request)
            return None
        return super().process_request(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """The answer to a request for robots.txt, as the standard reads it."""
        if not _is_robots(request):
            return response
        asked = urlsplit(request.meta.get("redirect_urls", [request.url])[0])
        if response.status >= 500 or response.status == 429:
            self._tell("robots_failed", asked.netloc, response.status)
            return _all_closed(response.url)
        body = response.body[:LARGEST] if response.status < 300 else b""
        text = body.decode("utf-8-sig", "ignore")
        self._tell("robots_read", self._host(f"{asked.scheme}://{asked.netloc}", text, response.status), new=True)
        self._slow_down(text, asked.netloc)
        return TextResponse(response.url, body=text.encode())

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """No answer: nothing is allowed."""
        if not _is_robots(request):
            return None
        asked = request.meta.get("redirect_urls", [request.url])[0]
        self._tell("robots_failed", urlsplit(asked).netloc, exception)
        return _all_closed(request.url)

    def _rules(self, text: str, netloc: str) -> RobotParser | None:
        """None when nothing is ruled: most hosts' robots.txt needs no parsing."""
        if not _RULES.search(text):
            return None
        self._slow_down(text, netloc)
        return _parsed(text)

    def _slow_down(self, text: str, netloc: str) -> None:
        if "crawl-delay" in text.lower():
            delay = Protego.parse(text).crawl_delay(str(self._default_useragent))
            if delay:
                slow_down(self.crawler, netloc, delay, 1)
                self._tell("host_asks_for", netloc, delay)

    def _host(self, url: str, text: str, status: int) -> Host:
        spider: Any = self.crawler.spider
        return Host(url, "", spider.plan.now, text, status)

    def _tell(self, method: str, *what: Any, **how: Any) -> None:
        listener = getattr(self.crawler.spider, method, None)
        if listener is not None:
            listener(*what, **how)


def verdict(host: Host | None, url: str, user_agent: str) -> str:
    """What a robots.txt says of a URL, in words for a person."""
    if host is None or host.robots is None:
        return "not read"
    if host.status is not None and host.status >= 300:
        return f"there is none ({host.status}), so all is allowed"
    rules = Protego.parse(host.robots)
    delay = rules.crawl_delay(user_agent)
    pause = f", with {delay:g} s between requests" if delay else ""
    return ("allowed" if rules.can_fetch(url, user_agent) else "forbidden") + pause


@functools.lru_cache(2048)
def _parsed(text: str) -> RobotParser:
    """Site software writes the same robots.txt on many hosts."""
    return ProtegoRobotParser(text.encode(), None)


def _is_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and "task" not in request.meta


def _all_closed(url: str) -> Response:
    return TextResponse(url, status=200, body=b"User-agent: *\nDisallow: /\n")
