"""Every fault that the replayed sites can have, each in a crawl of its own: what it cost, and what was said of it.

    python -m evaluation.faults [KIND | FILE…]

The crawl runs in a fresh process, so that its peak of memory is its own.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import CrawlError
from crawler.items import Article, Failure, Item, Thread, from_json, to_json
from crawler.run import Plan, crawl
from crawler.source import Source

SITES = Path(__file__).resolve().parents[2] / "shared" / "sites"
START = {"b": "http://127.0.0.1:8642/", "e": "http://127.0.0.1:8645/"}
ALLOWED = ("127.0.0.1:8642", "127.0.0.1:8645", "127.0.0.1:8646")
NOW = datetime(2023, 7, 10, 9, tzinfo=UTC)
PAGE = "/2023/04/06/*"

Rule = dict[str, Any]


def rule(kind: str, site: str = "b", path: str = PAGE, **values: Any) -> Rule:
    """A rule of the replay."""
    return {"kind": kind, "site": site, "path": path, **values}


STATUSES = [rule(f"http{status}") for status in (500, 502, 503, 403, 404, 410)]
ALONE = [
    *STATUSES,
    rule("http429", retry_after=1),
    rule("http429", retry_after=1, date=1),
    rule("http429", retry_after=7200),
    *(rule(kind) for kind in ("slow", "slow_headers", "hang", "reset", "reset_mid", "truncate", "bad_chunked")),
    *(rule(kind) for kind in ("bad_gzip", "redirect_loop", "redirect_self")),
    *(
        rule("redirect_private", target=target)
        for target in ["canary", "canary2", "ssh", "localhost", "hex", "dword", "v6", "zero", "file", "mapped", "data"]
    ),
    rule("meta_refresh", target="canary"),
    rule("big_body", mb=50),
    rule("big_body", mb=50, chunked=1),
    rule("gzip_bomb", mb=1024),
    *(
        rule("wrong_charset", variant=name)
        for name in ["cp1252_as_utf8", "utf8_as_latin1", "utf16", "unknown", "euckr"]
    ),
    *(rule("malformed_html", variant=name) for name in ["soup", "cut", "comment"]),
    rule("deep_html"),
    rule("robots_disallow", path="/robots.txt", deny="/2023/04/06/"),
    rule("robots_500", path="/robots.txt"),
    rule("robots_html", path="/robots.txt"),
    rule("hang", path="/robots.txt"),
    rule("xml_bomb", path="/feed/"),
    rule("xml_bomb", path="/feed/", variant="quadratic"),
    rule("xxe", path="/feed/"),
    rule("bad_feed", path="/feed/"),
    rule("empty", path="/feed/"),
    rule("gzip_bomb", path="/feed/", mb=1024),
    *(rule(kind) for kind in ("empty", "wrong_type", "header_flood", "login_wall", "cookie_wall", "soft404")),
    rule("wrong_type", type="image/jpeg"),
    rule("always_304"),
    rule("trap", path="/tag/*"),
    rule("trap", path="/"),
    rule("hang", "isso", "/*"),
    rule("gzip_bomb", "isso", "/*", mb=1024),
    rule("wrong_type", "isso", "/*", type="text/html"),
]


@dataclass(frozen=True)
class Crawled:
    """What a crawl of both sites brought, how long it took, and its process's peak of memory."""

    items: list[Item]
    seconds: float
    megabytes: float
    error: str

    def articles(self) -> dict[str, Article]:
        """The articles by the paths of their URLs."""
        return {urlsplit(item.url).path: item for item in self.items if isinstance(item, Article)}

    def threads(self) -> dict[str, Thread]:
        """The threads by the paths of their articles' URLs."""
        return {urlsplit(item.url).path: item for item in self.items if isinstance(item, Thread)}

    def reasons(self, pattern: str) -> list[str]:
        """The reason codes of the failures whose path matches."""
        failures = [item for item in self.items if isinstance(item, Failure)]
        return [found.reason for found in failures if fnmatch(urlsplit(found.url).path or "/", pattern)]


def crawl_sites() -> Crawled:
    """Crawls both sites in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "evaluation.faults", "--once"],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    *lines, last = [json.loads(line) for line in done.stdout.splitlines()]
    return Crawled([from_json(line) for line in lines], last["seconds"], last["megabytes"], last["error"])


def once() -> None:
    """The fresh process: items as lines, then the figures."""
    sources = [
        Source.model_validate({"name": name, "start_urls": [url], "pace": {"delay": 0.0, "concurrency": 4}})
        for name, url in START.items()
    ]
    began, error = time.monotonic(), ""
    try:
        for item in crawl(Plan(tuple(sources), {}, NOW, allow_private=ALLOWED), timeout=240):
            print(json.dumps(to_json(item)))  # noqa: T201
    except CrawlError as found:
        error = str(found)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = {"seconds": time.monotonic() - began, "megabytes": peak, "error": error}
    print(json.dumps(figures))  # noqa: T201


def table(kinds: list[str]) -> None:
    """Prints a line for each fault alone."""
    sys.path.insert(0, str(SITES))
    with importlib.import_module("replay").Rig() as rig:
        for name, rules in _runs(kinds):
            rig.ctl("/reset")
            rig.ctl("/fault", rules)
            crawled = crawl_sites()
            canary = sum(entry["how"] == "CANARY" for entry in rig.log())
            print(_row(name, crawled, canary), flush=True)  # noqa: T201


def _runs(names: list[str]) -> Iterator[tuple[str, list[Rule]]]:
    """Each fault alone, then the files that come with the replay; all, or those that are named."""
    for fault in ALONE:
        if not names or fault["kind"] in names:
            values = [f"{key}={value}" for key, value in fault.items() if key != "kind" and value not in ("b", PAGE)]
            yield " ".join([fault["kind"], *values]), [fault]
    for path in sorted((SITES / "faults").glob("*.json")):
        if not names or path.stem in names:
            yield path.name, json.loads(path.read_text("utf-8"))


def _row(name: str, crawled: Crawled, canary: int) -> str:
    reasons = Counter(item.reason for item in crawled.items if isinstance(item, Failure))
    said = ", ".join(f"{reason} {count}" if count > 1 else reason for reason, count in reasons.items()) or "-"
    comments = sum(len(thread.comments) for thread in crawled.threads().values())
    figures = f"{crawled.seconds:6.1f} s {crawled.megabytes:5.0f} MB {len(crawled.articles()):3d} articles"
    return f"{name:48} {figures} {comments:3d} comments {canary} canary  {said} {crawled.error}"


if __name__ == "__main__":
    once() if sys.argv[1:] == ["--once"] else table(sys.argv[1:])
