"""What every request of a crawl is for, and how it is asked: by task, within budget, at the source's pace."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.sitemap import sitemap_urls_from_robots
from w3lib.encoding import http_content_type_encoding

from crawler.comments.base import ThreadPart
from crawler.items import Article, Host, Item, Page, PageKind
from crawler.links import canonical_url
from crawler.middlewares import fresh_for
from crawler.plan import Plan
from crawler.spiders.round import Memory, Round

Role = Literal["start", "feed", "sitemap", "listing", "article", "next", "more"]
Polled = Literal["feed", "sitemap", "listing"]
Output = Item | Request

DISCOVERY: tuple[Role, ...] = ("start", "feed", "sitemap", "listing")
DAY = 86_400.0  # seconds; no page is believed to stay the same for longer
LONGEST_REST = timedelta(days=1)
POLLED: dict[str, Polled] = {"feed": "feed", "sitemap": "sitemap", "listing": "listing"}


Recall = Callable[[str], Awaitable[Sequence[Page]]]
Tell = Callable[[Item], None]


class Lost(Exception):  # noqa: N818 - an outcome of a page, not an error of the program
    """A page came to nothing, with the reason's code and sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


@dataclass(slots=True)
class Gathering:
    """An article that waits for its further pages and the rest of its thread.

    `alias` is the page under another spelling of its URL; `rest` its further pages, `next` the URL of the next one.
    Without `article` it is a known one that has not changed, and just its thread is read.
    """

    task: Task
    page: Page
    article: Article | None
    engine: str
    parts: list[ThreadPart]
    more: deque[str]
    alias: Page | None = None
    asked: set[str] = field(default_factory=set)
    rest: list[Article] = field(default_factory=list)
    next: str | None = None
    paged: bool = False  # it has further pages, whether they came or not


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


class Asking(scrapy.Spider):
    """The part of the spider that makes requests."""

    def __init__(self, plan: Plan, recall: Recall | None = None, tell: Tell | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.plan = plan
        self.tell = tell
        self.recall = recall
        self.began = perf_counter()
        self.memory = Memory(plan.known, plan.revisit, plan.now, plan.set_aside)
        self.rounds = {source.name: Round(source, self.memory) for source in plan.sources}
        self.robots: dict[str, Host] = {}
        self.trouble: dict[str, int | BaseException] = {}
        self.told: list[Host] = []  # what the middlewares told, to go out with the next output

    # what the middlewares tell

    def robots_read(self, host: Host, *, new: bool = False) -> None:
        """A robots.txt is known, or has come."""
        self.robots[host.url.rpartition("/")[2]] = host
        if new:
            self.told.append(host)

    def robots_failed(self, netloc: str, what: int | BaseException) -> None:
        """A robots.txt could not be read."""
        self.trouble[netloc] = what

    def host_asks_for(self, netloc: str, delay: float) -> None:
        """A robots.txt asks for a pause between requests."""
        for own in self.rounds.values():
            own.slow_down(netloc, delay)

    def host_rests(self, url: str, seconds: float) -> None:
        """A host wants to be left in peace for longer than this crawl lasts."""
        parts = urlsplit(url)
        until = self.plan.now + min(timedelta(seconds=seconds), LONGEST_REST)
        self.told.append(Host(f"{parts.scheme}://{parts.netloc}", "", self.plan.now, rest_until=until))

    def named_sitemaps(self, netloc: str) -> list[str]:
        """The sitemaps that a host's robots.txt names."""
        host = self.robots.get(netloc)
        if host is None or not host.robots or "sitemap" not in host.robots.lower():
            return []
        return list(sitemap_urls_from_robots(host.robots.encode(), f"{host.url}/robots.txt"))

    # requests

    def poll(self, own: Round, role: Role, url: str, *, quiet: bool = False, depth: int = 0) -> Iterator[Request]:
        """Asks for a discovery page, once in a crawl."""
        if canonical_url(url) is None or not own.first_poll(url):
            return
        self.memory.states[poll_key(own, url)] = "waiting"
        if own.spend():
            own.discovering += 1
            page = self.memory.page(url)
            known = page if page is not None and page.kind in POLLED and page.status < 400 else None
            yield self.request(own, Task(own.source.name, role, url, quiet, depth, known), known)

    def request(self, own: Round, task: Task, condition: Page | None = None) -> Request:
        """One request; `condition` is the page whose validators go with it."""
        meta = {
            "task": task,
            "pace": own.source.pace,
            "known": condition,
            "download_slot": urlsplit(task.url).netloc,
        }
        # the rest of a thread goes before the next article
        priority = 10 if task.role in ("next", "more") else 0
        return Request(
            task.url, callback=self.parse, errback=self.failed, dont_filter=True, meta=meta, priority=priority
        )

    def failed(self, failure: Any) -> Iterator[Output]:
        """Any request that got no response."""
        raise NotImplementedError

    def page(self, task: Task, response: Response, kind: PageKind, fingerprint: str) -> Page:
        """What is to be remembered of a response."""
        return Page(
            url=task.url,
            source=task.source,
            kind=kind,
            status=response.status,
            fetched_at=self.plan.now,
            etag=header(response, "ETag"),
            last_modified=header(response, "Last-Modified"),
            fingerprint=fingerprint,
            size=len(response.body),
            fresh_until=self.plan.now + timedelta(seconds=fresh) if (fresh := min(fresh_for(response), DAY)) else None,
        )


def poll_key(own: Round, url: str) -> str:
    """The name of a discovery page among what became of each page; two sources may poll the same one."""
    return f"@{own.source.name} {canonical_url(url) or url}"


def header(response: Response, name: str) -> str | None:
    """A header as text, None when it is not there or longer than any validator should be."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value and len(value) <= 500 else None


def charset(response: Response) -> str | None:
    """The charset that the Content-Type header states."""
    return http_content_type_encoding((response.headers.get("Content-Type") or b"").decode("latin-1"))


def body_hash(response: Response) -> str:
    """The fingerprint of a discovery page: of its bytes."""
    if "body_hash" not in response.meta:
        response.meta["body_hash"] = hashlib.blake2b(response.body, digest_size=16).hexdigest()
    return str(response.meta["body_hash"])
