"""The bundled sample outlets: five small sites on loopback, at two points in time. All they tell is invented."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from worker.demo.site import TYPES, Answer, Answers, answers

NOW = (datetime(2027, 3, 5, 7, tzinfo=UTC), datetime(2027, 3, 12, 7, tzinfo=UTC))
SHOWS: list[tuple[str, tuple[str, ...]]] = [
    ("Harbour Lights", ("Harbor Lights",)),
    ("Night Ferry", ("The Night Ferry",)),
    ("The Glass Orchard", ("Glass Orchard",)),
    ("Copperline", ()),
]


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet: what its source file says, and which validators its server sends."""

    name: str
    title: str
    tier: str
    start: str
    discovery: str
    family: str = ""
    validators: tuple[str, ...] = ("ETag", "Last-Modified")

    def source(self, base: str) -> str:
        """The outlet's source file. There is no pause between requests: it is our own machine that is asked."""
        family = f"family = {json.dumps(self.family)}\n" if self.family else ""
        return (
            f"# {self.title}: a sample outlet of the demo\n"
            f"name = {json.dumps(self.name)}\n"
            f"title = {json.dumps(self.title)}\n"
            f"start_urls = [{json.dumps(base + self.start)}]\n"
            f"discovery = {json.dumps(self.discovery)}\n"
            f"tier = {json.dumps(self.tier)}\n{family}"
            'language = "en"\n'
            "pace = { delay = 0.0, concurrency = 4 }\n"
        )


OUTLETS = (
    Outlet("screen-ledger", "The Screen Ledger", "trade", "/feed/", "feed"),
    Outlet("channel-nine", "Channel Nine Weekly", "outlet", "/wp-sitemap.xml", "sitemap", "Estuary Media"),
    Outlet("long-sofa", "The Long Sofa", "fan", "/sitemap.xml", "sitemap", validators=("ETag",)),
    Outlet("meridian-plus", "Meridian Plus Newsroom", "official", "/", "listing", validators=("Last-Modified",)),
    Outlet("tube-gazette", "Tube Gazette", "outlet", "/rss/", "feed", "Estuary Media"),
)


class _Server(ThreadingHTTPServer):
    """One outlet's server on a free port. `answers` is swapped when the week changes."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers: Mapping[str, Answer] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault of ours; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def host(self) -> str:
        """Host and port, as in a URL."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD: 200, 301 for a missing slash, 304 for what the client has, 404 elsewhere."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet: two would wait for each other on a kept connection
    server: _Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        answer = self.server.answers.get(path)
        if answer:
            self._give(answer)
        elif f"{path}/" in self.server.answers:
            self._send(HTTPStatus.MOVED_PERMANENTLY, b"", (("Location", f"http://{self.server.host}{path}/"),))
        else:
            body = b"<!doctype html><title>Page not found</title><h1>Page not found</h1>"
            self._send(HTTPStatus.NOT_FOUND, body, (("Content-Type", TYPES["html"]),))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _give(self, answer: Answer) -> None:
        if self._unchanged(dict(answer.validators)):
            self._send(HTTPStatus.NOT_MODIFIED, None, answer.validators)
        else:
            self._send(HTTPStatus.OK, answer.body, (("Content-Type", answer.content_type), *answer.validators))

    def _unchanged(self, validators: Mapping[str, str]) -> bool:
        """Has the client this very state? As RFC 9110 has it, a tag decides where the client sends one."""
        tags = self.headers.get("If-None-Match")
        if tags is not None and "ETag" in validators:
            return validators["ETag"] in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return self.headers.get("If-Modified-Since", "") == validators.get("Last-Modified")

    def _send(self, status: HTTPStatus, body: bytes | None, headers: tuple[tuple[str, str], ...]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demo tells its own story."""


class Outlets:
    """The outlets on loopback, a server each: `with Outlets() as outlets:` starts them in week 1 and stops them.

    `urls` are their base URLs by name, `hosts` the same as host:port. The ports are free ones, or those from
    `first_port` on.
    """

    def __init__(self, first_port: int = 0) -> None:
        self.first_port = first_port
        self.urls: dict[str, str] = {}
        self.hosts: tuple[str, ...] = ()
        self._servers: dict[str, tuple[_Server, tuple[Answers, Answers]]] = {}

    def __enter__(self) -> Outlets:
        # All ports are taken before any page is made, because pages name other outlets' addresses.
        ports = [self.first_port + number if self.first_port else 0 for number in range(len(OUTLETS))]
        servers = {outlet.name: _Server(port) for outlet, port in zip(OUTLETS, ports, strict=True)}
        self.hosts = tuple(server.host for server in servers.values())
        self.urls = {name: f"http://{server.host}" for name, server in servers.items()}
        for outlet in OUTLETS:
            both = answers(outlet.name, self.urls, outlet.validators, NOW)
            self._servers[outlet.name] = servers[outlet.name], both
        self.week(1)
        for server in servers.values():
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, _ in self._servers.values():
            server.shutdown()
            server.server_close()
        self._servers = {}

    def week(self, number: int) -> None:
        """Sets the clock of all outlets to week 1 or week 2."""
        if number not in (1, 2):
            raise ValueError(f"week 1 or 2 is wanted, not {number}")
        for server, both in self._servers.values():
            server.answers = both[number - 1]

    def addresses(self, name: str, number: int) -> frozenset[str]:
        """Every URL that an outlet answers in a week."""
        return frozenset(self.urls[name] + path for path in self._servers[name][1][number - 1])

    def write_sources(self, folder: Path) -> list[Path]:
        """Writes a source file per outlet, and gives their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{outlet.name}.toml" for outlet in OUTLETS]
        for path, outlet in zip(paths, OUTLETS, strict=True):
            path.write_text(outlet.source(self.urls[outlet.name]), "utf-8")
        return paths
