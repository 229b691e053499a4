"""The crawl: polls that bring nothing new, polls that bring a changed feed, first visits, starts.

Both sides fetch the same URLs of the same server, without pauses. An article page, a feed or an unchanged poll is the
unit; what a run costs before its first unit is taken off (and shown). Ours is everything: the plan from the store, the
crawling process, the hand-over, the ingest and what is written to the store, on SQLite.
"""

from __future__ import annotations

import hashlib
import resource
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import feedparser

from bench import ours
from bench.measure import Run, cpu_of, interleaved, open_files, per_unit, run_job
from bench.report import Row
from bench.server import ETAG, body_of, host, serving
from crawler.spiders.feed import read_feed


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `many` is the size that growth is told by."""

    rounds: int = 3
    polls: int = 1000
    hosts: int = 250  # that the sources share, unless each has a host of its own
    many: int = 16_000
    feeds: int = 300
    pages: int = 300
    readings: int = 100
    knowing: int = 100  # sources of which we know many articles …
    articles: int = 2000  # … and how many of each


FULL = Sizes()
QUICK = Sizes(rounds=1, polls=200, many=1000, feeds=60, pages=60, knowing=10, articles=200)

_Case = Callable[[], Run]


class Bench:
    """The server, a folder for stores, and how the two sides are run."""

    def __init__(self, port: int, folder: Path, sizes: Sizes) -> None:
        self.port, self.folder, self.sizes = port, folder, sizes

    def hosts(self, count: int, own: bool) -> int:
        """On how many hosts so many sources are."""
        return count if own else min(count, self.sizes.hosts)

    def home(self, job: ours.Job, *, changed: bool, articles: int) -> Path:
        """A store that knows the job's sources; it is made once."""
        if not job.home.exists():
            job.home.mkdir()
            ours.remember(job, changed=changed, articles=articles)
        return job.home

    def polls(
        self, count: int, case: str = "poll", *, own: bool = False, changed: bool = False, articles: int = 0
    ) -> _Case:
        """Polls of that many sources, each time with a fresh copy of the store."""
        hosts = self.hosts(count, own)
        folder = self.folder / f"{count}-{hosts}-{changed}-{articles}"
        home = self.home(ours.Job(folder, count, self.port, hosts), changed=changed, articles=articles)

        def run_once() -> Run:
            with tempfile.TemporaryDirectory(dir=self.folder) as copy:
                shutil.copytree(home, copy, dirs_exist_ok=True)
                return self.ours(case, count, Path(copy), hosts)

        return run_once

    def ours(self, case: str, count: int, home: Path | None = None, hosts: int = 1) -> Run:
        """One job of `bench.ours`."""
        order = {"case": case, "home": str(home or self.folder), "count": count, "port": self.port, "hosts": hosts}
        return run_job("bench.ours", order)

    def plain(self, count: int, reader: str, *, own: bool = False, etag: str = "", robots: bool = False) -> _Case:
        """The anchor at the sources' feeds."""
        urls = [ours.feed_url(number, self.port, self.hosts(count, own)) for number in range(count)]
        status = 304 if etag == ETAG else 200
        order = {"urls": urls, "etag": etag, "status": status, "reader": reader, "robots": robots}
        return lambda: run_job("bench.anchors", order)

    def plain_pages(self, count: int, reader: str) -> _Case:
        """The anchor at the pages of one site."""
        urls = [f"http://{host(0)}:{self.port}/article/{number}.html" for number in range(count)]
        order = {"urls": urls, "etag": "", "status": 200, "reader": reader, "robots": False}
        return lambda: run_job("bench.anchors", order)


def unchanged(bench: Bench) -> list[Row]:
    """Nothing is new: every server says 304. First many sources on some hosts, then each on a host of its own."""
    return [*_unchanged(bench, own=False), *_unchanged(bench, own=True)]


def _unchanged(bench: Bench, *, own: bool) -> list[Row]:
    count = bench.sizes.polls
    hosts = bench.hosts(count, own)
    runs = interleaved(
        {
            "one": bench.polls(1, own=own),
            "many": bench.polls(count, own=own),
            "plain one": bench.plain(1, "nothing", own=own, etag=ETAG),
            "plain": bench.plain(count, "nothing", own=own, etag=ETAG),
            "obeying one": bench.plain(1, "nothing", own=own, etag=ETAG, robots=True),
            "obeying": bench.plain(count, "nothing", own=own, etag=ETAG, robots=True),
        },
        bench.sizes.rounds,
    )
    cost, plain = _us(runs["many"], runs["one"]), _us(runs["plain"], runs["plain one"])
    label = f"unchanged poll, {count:,} sources on {hosts:,} hosts"
    return [
        Row(label, cost, "us/poll", plain, 0.65, "all of it; anchor: fetch alone"),
        Row("  in the crawling process", _us(runs["many"], runs["one"], _children), "us/poll", plain),
        Row("  in the process that asks for it", _us(runs["many"], runs["one"], _own), "us/poll"),
        Row("  against Scrapy that obeys robots.txt", cost, "us/poll", _us(runs["obeying"], runs["obeying one"])),
        Row("  start-up of a run", _start(runs["one"]), "CPU-s", _start(runs["plain one"])),
    ]


def growth(bench: Bench) -> list[Row]:
    """The same at many sources."""
    few, many = bench.sizes.polls, bench.sizes.many
    # a long run meets quiet and busy minutes, so the short one runs before it and after it
    cases = {"one": bench.polls(1), "few": bench.polls(few), "many": bench.polls(many), "few again": bench.polls(few)}
    runs = interleaved(cases, bench.sizes.rounds)
    label, against = f"unchanged poll, {many:,} sources", f"anchor: ours at {few:,}"
    return [
        Row(label, *_pair(runs, _all), 1.1, against),
        Row("  in the crawling process", *_pair(runs, _children)),
        Row("  in the process that asks for it", *_pair(runs, _own)),
        Row("  memory of the crawling process", max(run.peak_mb for run in runs["many"]), "MB", None, 130),
    ]


def known(bench: Bench) -> list[Row]:
    """Unchanged, while much is known of each source: what does that cost?"""
    count, articles = bench.sizes.knowing, bench.sizes.articles
    runs = interleaved({"none": bench.polls(count), "many": bench.polls(count, articles=articles)}, bench.sizes.rounds)
    # both start alike, so there is no start-up to take off
    pairs = zip(runs["many"], runs["none"], strict=True)
    added = median((many.cpu - none.cpu) / count for many, none in pairs) * 1e6
    return [Row(f"  added by {articles:,} known articles a source", added, "us/poll", None, None, f"{count} sources")]


def changed(bench: Bench) -> list[Row]:
    """A feed of 30 entries has changed, and all entries are known: it is fetched and read, and nothing follows."""
    count = bench.sizes.feeds
    runs = interleaved(
        {
            "one": bench.polls(1, changed=True, articles=30),
            "many": bench.polls(count, changed=True, articles=30),
            "same one": bench.polls(1),
            "same": bench.polls(count),
            "plain one": bench.plain(1, "feed"),
            "plain": bench.plain(count, "feed"),
        },
        bench.sizes.rounds,
    )
    plain = _us(runs["plain"], runs["plain one"])
    return [
        Row(f"changed feed, {count:,} sources", _us(runs["many"], runs["one"]), "us/feed", plain, 0.15, "all of it"),
        Row("  in the crawling process", _us(runs["many"], runs["one"], _children), "us/feed", plain),
        Row("  in the process that asks for it", _us(runs["many"], runs["one"], _own), "us/feed"),
        Row(
            "  to fetch and to parse alone",
            _us(runs["same"], runs["same one"], _children) + _reading(bench),
            "us/feed",
            plain,
            0.15,
            "the crawling process when unchanged, and the reading",
        ),
    ]


def _reading(bench: Bench) -> float:
    body = body_of("/feed-30.xml") or b""
    return _alone(lambda: read_feed(body, "http://a.example/"), bench.sizes.readings)


def _alone(work: Callable[[], Any], times: int) -> float:
    """The cost of a function, in microseconds a call."""
    work()
    before = cpu_of(resource.RUSAGE_SELF)
    for _ in range(times):
        work()
    return (cpu_of(resource.RUSAGE_SELF) - before) / times * 1e6


def parsing(bench: Bench) -> list[Row]:
    """Reading a feed without fetching it."""
    times = bench.sizes.readings
    body = body_of("/feed-30.xml") or b""

    slow = _alone(lambda: feedparser.parse(body), times)
    return [
        Row("reading a feed of 30 entries", _reading(bench), "us/feed", slow),
        Row(
            "  its hash alone",
            _alone(lambda: hashlib.blake2b(body, digest_size=16).hexdigest(), times),
            "us/feed",
            slow,
        ),
    ]


def visits(bench: Bench) -> list[Row]:
    """The first crawl of a site: every page is fetched and read as an article with its metadata."""
    count = bench.sizes.pages
    runs = interleaved(
        {
            "one": lambda: bench.ours("visit", 1),
            "many": lambda: bench.ours("visit", count),
            "title one": bench.plain_pages(1, "title"),
            "title": bench.plain_pages(count, "title"),
            "article one": bench.plain_pages(1, "article"),
            "article": bench.plain_pages(count, "article"),
        },
        bench.sizes.rounds,
    )
    cost = _us(runs["many"], runs["one"])
    title, article = _us(runs["title"], runs["title one"]), _us(runs["article"], runs["article one"])
    return [
        Row(f"first visit of {count} pages", cost, "us/page", article, None, "anchor: Scrapy and trafilatura"),
        Row("  against Scrapy that takes the title", cost, "us/page", title),
        Row("  pages per CPU-second", 1e6 / cost, "1/CPU-s", 1e6 / article),
    ]


def starts(bench: Bench) -> list[Row]:
    """Starts are dear: one tick makes one of them, whatever is due."""
    count = bench.sizes.polls
    tick = bench.polls(count, "tick")
    empty = interleaved({"empty": lambda: bench.ours("empty", 1)}, bench.sizes.rounds)["empty"]
    return [
        Row(f"crawling processes for {count:,} due sources", tick().processes, "starts", None, 1),
        Row("one empty crawl", _start(empty), "CPU-s", None, 0.5),
    ]


CASES: tuple[Callable[[Bench], list[Row]], ...] = (unchanged, growth, known, changed, parsing, visits, starts)


def run(sizes: Sizes = FULL, cases: Sequence[Callable[[Bench], list[Row]]] = CASES) -> list[Row]:
    """Measures the crawl."""
    open_files()
    with serving() as port, tempfile.TemporaryDirectory() as folder:
        bench = Bench(port, Path(folder), sizes)
        return [row for case in cases for row in case(bench)]


def _pair(runs: dict[str, list[Run]], part: Callable[[Run], float]) -> tuple[float, str, float]:
    """Many polls, and few: the mean of before and after."""
    few = (_us(runs["few"], runs["one"], part) + _us(runs["few again"], runs["one"], part)) / 2
    return _us(runs["many"], runs["one"], part), "us/poll", few


def _us(many: list[Run], one: list[Run], part: Callable[[Run], float] | None = None) -> float:
    return per_unit(many, one, part or _all) * 1e6


def _all(run: Run) -> float:
    return run.cpu


def _own(run: Run) -> float:
    return run.own


def _children(run: Run) -> float:
    return run.children


def _start(runs: Sequence[Run]) -> float:
    return median(run.cpu for run in runs)
