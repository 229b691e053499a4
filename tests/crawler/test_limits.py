"""Pages made to hang a reader, or to eat its memory: given up in time, and nothing else is."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Literal, cast

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler import limits
from crawler.extract import extract_page
from crawler.items import Failure
from crawler.limits import TookTooLong, limited, time_limit
from crawler.plan import Plan
from crawler.source import Source
from crawler.spiders.asking import Task
from crawler.spiders.base import SourceSpider
from crawler.spiders.feed import read_feed
from tests.factories import NOW

PROSE = "<p>" + "The keepers of the lamp return to the harbour, and everybody has a word to say. " * 4 + "</p>"
URL = "https://my-outlet.example/2027/03/the-lamp-stays-lit"


def page(body: str, head: str = "") -> bytes:
    article = f"<article><h1>The lamp stays lit</h1>{PROSE * 5}{body}</article>"
    return f"<html><head><title>The lamp stays lit</title>{head}</head><body>{article}</body></html>".encode()


def hang() -> None:
    """What a bad regular expression does, for some seconds."""
    re.match(r"(a+)+$", "a" * 27 + "b")


def test_what_takes_too_long_is_given_up() -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong, match="longer than 0 s"), time_limit(0.2):
        hang()
    assert time.monotonic() - began < 5


def test_a_library_that_swallows_the_first_ring_hears_the_next() -> None:
    def stubborn() -> str:
        try:
            hang()
        except Exception:
            hang()
        return "done"

    with pytest.raises(TookTooLong), time_limit(0.1):
        stubborn()


def test_who_is_done_in_time_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    handler = signal.getsignal(signal.SIGALRM)
    assert limited(int, "7", base=8) == 7
    assert signal.getsignal(signal.SIGALRM) is handler
    with pytest.raises(ValueError, match="base 8"):
        limited(int, "9", base=8)
    with pytest.raises(TookTooLong):
        limited(hang)


def test_a_timer_that_ran_before_goes_on() -> None:
    before = signal.setitimer(signal.ITIMER_REAL, 50)
    try:
        with time_limit(10):
            pass
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)


def test_beside_the_main_thread_nothing_is_limited() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(limited(int, "7")))
    thread.start()
    thread.join(5)
    assert found == [7]


def test_memory_ends_with_an_error_that_can_be_caught() -> None:
    program = (
        "from crawler.limits import limit_memory\n"
        "limit_memory(200 * 1024**2)\n"
        "try:\n    bytearray(400 * 1024**2)\nexcept MemoryError:\n    print('caught')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.stdout == "caught\n"
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 200 * 1024**2


MILLION = 1_000_000
LD = '<script type="application/ld+json">'
HOSTILE = {
    "less than": page("<" * MILLION),
    "spaces": page(f"<p>a{' ' * MILLION}b</p>"),
    "a row of comments": b"<!-- -->" * 2400 + b"<html><body>x",
    "comments never closed": b"<!--" * 4000 + b"<html><body>x",
    "thousands of attributes": page("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">x</p>"),
    "thousands of quoted attributes": page("<p " + " ".join(f'a{n}=">"' for n in range(20_000)) + ">x</p>"),
    "a giant class": page(f"<div class='{'comment-' * (MILLION // 8)}'>x</div>"),
    "a giant title": page("", f"<title>{'a | - ' * 100_000}</title>"),
    "a giant byline": page(f"<span class='author'>By {'Ann Bee, ' * 100_000}</span>"),
    "deep": page("<div>" * 100_000),
    "deep and mixed": page("<font><p><table><tr><td>" * 5_000),
    "deep JSON-LD": page("", LD + '{"comment":[' * 100_000 + "</script>"),
    "JSON-LD of spaces": page("", LD + "{" + " " * MILLION + "}</script>"),
    "100,000 links": page("".join(f'<a href="/a/{n}-a-story">story {n}</a>' for n in range(100_000))),
    "5,000 comments": page(
        "".join(f'<li id="comment-{n}" class="comment"><p>I say {n}.</p></li>' for n in range(5_000))
    ),
    "promises": page(f"<p>{'we will ' * 100_000}</p>"),
    "dates": page(f"<p>{'March 1, 2020 ' * 70_000}</p>"),
    "charsets": b"<meta charset=" * 80_000 + page(""),
    "doctypes": b"<!DOCTYPE html " * 80_000 + page(""),
    "broken characters": page("&#x110000;\0" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_or_given_up_in_time(name: str) -> None:
    began = time.process_time()
    with time_limit(10):
        found = extract_page(HOSTILE[name], URL)
    assert time.process_time() - began < 10
    assert found.outcome in ("article", "listing", "error", "no-text", "not-html")
    if found.article is not None:
        assert "The keepers of the lamp return" in found.article.text


def test_a_tag_with_thousands_of_attributes_is_given_up_before_it_is_parsed() -> None:
    for name in ("thousands of attributes", "thousands of quoted attributes"):
        assert "attributes" in extract_page(HOSTILE[name], URL).reason
    few = " ".join(f'data-{n}="a > b"' for n in range(300))
    assert extract_page(page(f"<p {few}>x</p>"), URL).outcome == "article"


@pytest.mark.parametrize("role", ["article", "start"])
def test_a_page_that_takes_too_long_is_a_failure_and_stops_no_crawl(
    monkeypatch: pytest.MonkeyPatch, role: Literal["article", "start"]
) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.01)
    source = Source(name="my-outlet", start_urls=["https://my-outlet.example/"])
    spider = SourceSpider(Plan((source,), {}, NOW))
    request = Request(URL, meta={"task": Task("my-outlet", role, URL)})
    outputs = list(cast(Iterator[Any], spider.parse(Response(URL, body=HOSTILE["100,000 links"], request=request))))
    (failure,) = [output for output in outputs if isinstance(output, Failure) and output.url == URL]
    assert failure.reason == "error"
    assert "longer than" in failure.detail


def test_a_feed_of_doctypes_is_read_in_time() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="not a feed"), time_limit(10):
        read_feed(b"<html>" + b"<!DOCTYPE[" * 20_000, URL)
    assert time.process_time() - began < 10
