"""Politeness as a server sees it: pace, Crawl-delay, Retry-After, robots.txt that fails. One crawl for all of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest
from scrapy.http import Response

from crawler.items import Failure, Item
from crawler.middlewares import retry_after
from crawler.run import Plan, crawl
from crawler.source import Source
from tests.factories import NOW

DELAY = 0.2
SLACK = 0.05  # the server's clock starts when a request has arrived


class Host(ThreadingHTTPServer):
    """One host that answers each path with a list of answers, the last one for ever; knows when it was asked."""

    daemon_threads = True

    def __init__(self, robots: tuple[int, str], answers: dict[str, list[tuple[int, dict[str, str]]]]) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.robots, self.answers = robots, answers
        self.log: list[tuple[float, str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def gaps(self) -> list[float]:
        times = [when for when, _, _ in self.log]
        return [later - earlier for earlier, later in pairwise(times)]


class Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        self.server.log.append((time.monotonic(), self.path, self.headers["User-Agent"]))
        status, headers, body = self._answer()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        if self.path == "/robots.txt":
            return self.server.robots[0], {}, self.server.robots[1].encode()
        if self.path == "/":
            links = "".join(f'<h2><a href="{path}">A story</a></h2>' for path in self.server.answers)
            return 200, {"Content-Type": "text/html"}, f"<html><body>{links}</body></html>".encode()
        answers = self.server.answers.get(self.path, [(404, {})])
        status, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        return status, headers, b"<html><body><p>hardly anything</p></body></html>"

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def hosts() -> Iterator[dict[str, Host]]:
    ok: list[tuple[int, dict[str, str]]] = [(200, {"Content-Type": "text/html"})]
    found = {
        "paced": Host((404, ""), {"/one": list(ok), "/two": list(ok)}),
        "slow": Host((200, f"User-agent: *\nCrawl-delay: {DELAY * 2}\n"), {"/one": list(ok), "/two": list(ok)}),
        "busy": Host((404, ""), {"/wait": [(503, {"Retry-After": "1"}), *ok]}),
        "peace": Host((404, ""), {"/a-first": [(429, {"Retry-After": "7200"})], "/b-next": list(ok)}),
        "broken": Host((500, "User-agent: *\nAllow: /\n"), {"/one": list(ok)}),
        "page": Host((404, "User-agent: *\nDisallow: /\n"), {"/one": list(ok)}),
    }
    yield found
    for host in found.values():
        host.shutdown()


@pytest.fixture(scope="module")
def items(hosts: dict[str, Host]) -> list[Item]:
    sources = tuple(
        Source.model_validate(
            {
                "name": name,
                "start_urls": [f"http://{host.netloc}/"],
                "discovery": "listing",
                "pace": {"delay": DELAY if name in ("paced", "peace") else 0.0},
            }
        )
        for name, host in hosts.items()
    )
    allowed = tuple(host.netloc for host in hosts.values())
    return list(crawl(Plan(sources, {}, NOW, allow_private=allowed, user_agent="Agent/1 (+https://a.example/bot)")))


def reasons(items: list[Item], source: str) -> set[str]:
    return {item.reason for item in items if isinstance(item, Failure) and item.source == source}


def test_the_sources_delay_lies_between_two_requests(hosts: dict[str, Host], items: list[Item]) -> None:
    assert items
    assert [path for _, path, _ in hosts["paced"].log] == ["/robots.txt", "/", "/one", "/two"]
    assert min(hosts["paced"].gaps) >= DELAY - SLACK


def test_a_crawl_delay_larger_than_the_sources_is_obeyed(hosts: dict[str, Host], items: list[Item]) -> None:
    assert items
    assert len(hosts["slow"].gaps) == 3
    assert min(hosts["slow"].gaps[1:]) >= 2 * DELAY - SLACK


def test_retry_after_makes_the_host_wait_and_the_page_is_read(hosts: dict[str, Host], items: list[Item]) -> None:
    (gap,) = hosts["busy"].gaps[2:]
    assert gap >= 1 - SLACK
    assert reasons(items, "busy") == {"no-text"}


def test_a_host_that_asks_for_a_long_pause_is_left_alone(hosts: dict[str, Host], items: list[Item]) -> None:
    assert [path for _, path, _ in hosts["peace"].log] == ["/robots.txt", "/", "/a-first"]
    assert reasons(items, "peace") == {"http-429"}


def test_a_robots_txt_that_fails_closes_the_site(hosts: dict[str, Host], items: list[Item]) -> None:
    assert {path for _, path, _ in hosts["broken"].log} == {"/robots.txt"}
    assert reasons(items, "broken") == {"robots"}


def test_a_robots_txt_that_is_not_there_forbids_nothing(hosts: dict[str, Host], items: list[Item]) -> None:
    assert reasons(items, "page") == {"no-text"}
    assert "/one" in {path for _, path, _ in hosts["page"].log}


def test_every_request_says_who_we_are(hosts: dict[str, Host], items: list[Item]) -> None:
    assert items
    agents = {agent for host in hosts.values() for _, _, agent in host.log}
    assert agents == {"Agent/1 (+https://a.example/bot)"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Fri, 05 Mar 2027 08:00:30 GMT", 30),
        ("Fri, 05 Mar 2027 07:00:00 GMT", 0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_how_long_a_response_asks_us_to_wait(value: str, seconds: float | None) -> None:
    headers = {"Retry-After": value, "Date": "Fri, 05 Mar 2027 08:00:00 GMT"}
    assert retry_after(Response("https://my-outlet.example/", status=503, headers=headers)) == seconds
