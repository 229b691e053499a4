"""Crawls of a small site of our own on loopback: what comes, what fails with which reason, what is not asked again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import CrawlError
from crawler.items import Article, Failure, Host, Item, Page, Report, Thread, from_json
from crawler.run import Plan, crawl
from crawler.source import Source
from tests.factories import NOW

ROOT = Path(__file__).resolve().parents[2]
TEXT = "The keepers of the lamp return to the harbour, and everybody in the town has a word to say about it. "


def article(title: str) -> str:
    comments = "".join(
        f'<li id="comment-{n}" class="comment"><cite class="fn">Viewer {n}</cite> <a href="#comment-{n}">'
        f'<time datetime="2027-03-04T1{n}:00:00Z">4 March</time></a><div class="comment-content"><p>I say {n}.</p></div></li>'
        for n in range(2)
    )
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2027-03-04T10:00:00Z"></head><body><article><h1>{title}</h1>'
        f"<p>{TEXT * 3}</p><p>{TEXT * 2}</p></article>"
        f'<div id="comments"><h2>2 Comments</h2><ol class="commentlist">{comments}</ol></div></body></html>'
    )


class Site(ThreadingHTTPServer):
    """Answers by path; counts what is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.answers: dict[str, tuple[int, str, str]] = {}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def feed(self, *names: str) -> str:
        entries = "".join(f"<item><title>{name}</title><link>{self.base}/{name}</link></item>" for name in names)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{entries}</channel></rss>'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("If-None-Match")))
        status, kind, body = self.server.answers.get(self.path, (404, "text/html", "not here"))
        tag = f'"{hash(body)}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, ""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", tag)
        if 300 <= status < 304:
            self.send_header("Location", body)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    server = Site()
    names = ["good", "fault", "picture", "empty", "bare", "gone", "hidden", "away", "closed"]
    server.answers = {
        "/robots.txt": (200, "text/plain", "User-agent: *\nDisallow: /closed\n"),
        "/feed": (200, "application/rss+xml", server.feed(*names)),
        "/good": (200, "text/html", article("The lamp stays lit")),
        "/fault": (500, "text/html", "oops"),
        "/picture": (200, "image/png", "\x89PNG"),
        "/empty": (200, "text/html", ""),
        "/bare": (200, "text/html", "<html><body><article><h1>Only a title</h1></article></body></html>"),
        "/hidden": (302, "text/html", "http://10.0.0.1/secret"),
        "/away": (302, "text/html", f"{server.base}:1/"),
        "/closed": (200, "text/html", article("Not for robots")),
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def plan(site: Site, *sources: Source, **values: Any) -> Plan:
    return Plan(sources, values.pop("known", {}), NOW, allow_private=(site.base.removeprefix("http://"),), **values)


def source(name: str, url: str, **values: Any) -> Source:
    return Source.model_validate({"name": name, "start_urls": [url], "pace": {"delay": 0.0}, **values})


@pytest.fixture(scope="module")
def items(site: Site) -> list[Item]:
    """One crawl of the good site and of one that is down."""
    site.asked.clear()
    return list(crawl(plan(site, source("my-outlet", f"{site.base}/feed"), source("down", "http://10.0.0.1/"))))


def failures(items: list[Item]) -> dict[str, str]:
    return {item.url.rpartition("/")[2]: item.reason for item in items if isinstance(item, Failure)}


def test_an_article_comes_with_its_thread_and_its_page_last(site: Site, items: list[Item]) -> None:
    own = [item for item in items if item.url == f"{site.base}/good"]
    assert [type(item) for item in own] == [Article, Thread, Page]
    found, thread, page = own
    assert isinstance(found, Article)
    assert isinstance(thread, Thread)
    assert isinstance(page, Page)
    assert found.title == "The lamp stays lit"
    assert ([comment.author for comment in thread.comments], thread.declared_count) == (["Viewer 0", "Viewer 1"], 2)
    assert page.fingerprint == found.fingerprint


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fault", "http-500"),
        ("picture", "not-html"),
        ("empty", "empty"),
        ("bare", "no-text"),
        ("gone", "http-404"),
        ("closed", "robots"),
    ],
)
def test_each_failure_has_its_reason(items: list[Item], name: str, reason: str) -> None:
    assert failures(items)[name] == reason


def test_a_redirect_into_the_house_is_refused(items: list[Item]) -> None:
    assert failures(items)["hidden"] == "refused"


def test_robots_are_asked_first_and_obeyed(site: Site, items: list[Item]) -> None:
    assert items
    assert site.asked[0][0] == "/robots.txt"
    assert "/closed" not in {path for path, _ in site.asked}


def test_a_source_that_cannot_be_reached_stops_no_other(items: list[Item]) -> None:
    (failure,) = [item for item in items if item.source == "down" and not isinstance(item, Report)]
    assert isinstance(failure, Failure)
    assert (failure.url, failure.reason) == ("http://10.0.0.1/", "refused")
    assert failure.detail.startswith(
        "10.0.0.1 is no public address; if it is meant to be read, name it in WATERCOOLER_"
    )


def test_a_second_crawl_asks_with_validators_and_brings_nothing(site: Site, items: list[Item]) -> None:
    known = {item.url: item for item in items if isinstance(item, Page)}
    good = f"{site.base}/good"
    site.answers["/feed"] = (200, "application/rss+xml", site.feed("good"))
    first = list(crawl(plan(site, source("my-outlet", f"{site.base}/feed"), known=known)))
    known |= {item.url: item for item in first if isinstance(item, Page)}
    assert not [item for item in first if isinstance(item, Article)]
    site.asked.clear()
    again = plan(
        site,
        source("my-outlet", f"{site.base}/feed"),
        known=known,
        revisit=frozenset({good}),
    )
    found = list(crawl(again))
    assert {(p.url.rpartition("/")[2], p.status) for p in found if isinstance(p, Page)} == {("good", 304)}
    assert [(item.fetched, item.unchanged) for item in found if isinstance(item, Report)] == [(0, 2)]
    assert all(tag for path, tag in site.asked if path != "/robots.txt")


def test_one_page_alone_can_be_read(site: Site) -> None:
    site.asked.clear()
    good = f"{site.base}/good"
    found = list(crawl(plan(site, source("my-outlet", good), revisit=frozenset({good}), discover=False)))
    assert [type(item) for item in found] == [Host, Article, Thread, Page, Report]
    assert {path for path, _ in site.asked} == {"/robots.txt", "/good"}


def test_a_crawl_that_takes_too_long_is_ended_and_says_so(site: Site) -> None:
    with pytest.raises(CrawlError, match="longer than 0 s"):
        list(crawl(plan(site, source("my-outlet", f"{site.base}/feed")), timeout=0.2))


def test_scrapys_own_commands_work_without_worker_and_database(site: Site, tmp_path: Path) -> None:
    site.answers["/feed"] = (200, "application/rss+xml", site.feed("good"))
    folder = tmp_path / "sources"
    folder.mkdir()
    text = f'name = "my-outlet"\nstart_urls = ["{site.base}/feed"]\npace = {{ delay = 0.0 }}\n'
    (folder / "my-outlet.toml").write_text(text)
    (folder / "bad.toml").write_text('name = "bad"\n')
    environment = {
        **os.environ,
        "WATERCOOLER_HOME": str(tmp_path),
        "WATERCOOLER_ALLOW_PRIVATE_HOSTS": site.base.removeprefix("http://"),
    }
    scrapy = [sys.executable, "-m", "scrapy"]
    options: dict[str, Any] = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True, "timeout": 60}
    listed = subprocess.run([*scrapy, "list"], check=True, **options)
    assert "my-outlet" in listed.stdout.split()
    assert "bad.toml: start_urls: is missing" in listed.stderr
    out = tmp_path / "out.jsonl"
    subprocess.run([*scrapy, "crawl", "my-outlet", "-O", str(out)], check=True, **options)
    found = [from_json(json.loads(row)) for row in out.read_text("utf-8").splitlines()]
    assert [type(item) for item in found if item.url.endswith("/good")] == [Article, Thread, Page]


def test_no_server_of_scrapys_own_is_opened() -> None:
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("crawler.settings")
    names = ("REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "HTTPPROXY_ENABLED", "COOKIES_ENABLED")
    assert not any(settings.getbool(name) for name in names)
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getint("DOWNLOAD_MAXSIZE") <= 10 * 1024 * 1024
    assert all(settings["DOWNLOAD_HANDLERS"][scheme] is None for scheme in ("file", "data", "ftp", "s3"))


def test_a_page_that_was_no_article_is_not_asked_each_time(site: Site, items: list[Item]) -> None:
    bare = next(item for item in items if isinstance(item, Page) and item.url.endswith("/bare"))
    assert bare.kind == "other"
    site.answers["/feed"] = (200, "application/rss+xml", site.feed("bare"))
    known = {bare.url: bare}
    site.asked.clear()
    list(crawl(plan(site, source("my-outlet", f"{site.base}/feed"), known=known)))
    assert "/bare" not in {path for path, _ in site.asked}
    assert NOW - bare.fetched_at < timedelta(days=1)
