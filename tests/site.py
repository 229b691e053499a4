"""A small site of our own on loopback: scripted answers, and a log of what was asked, with headers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT = "The keepers of the lamp return to the harbour, and everybody in the town has a word to say about it. "


@dataclass
class Answer:
    """What a path answers with."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"


class Site(ThreadingHTTPServer):
    """Answers by path (an `Answer`, or the body alone); everything has an ETag."""

    daemon_threads = True

    def __init__(self, **answers: Answer | str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer | str | Callable[[Any], Answer]] = {f"/{n}": a for n, a in answers.items()}
        self.log: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def base(self) -> str:
        return f"http://{self.netloc}"

    @property
    def asked(self) -> list[str]:
        return [path for path, _ in self.log]

    def feed(self, *names: str, home: str = "") -> str:
        """An RSS feed of these paths."""
        items = "".join(f"<item><title>{n}</title><link>{self.base}/{n}</link></item>" for n in names)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        self.server.log.append((self.path, dict(self.headers)))
        found = self.server.answers.get(self.path, Answer("not here", 404))
        answer = found if isinstance(found, Answer) else Answer(found) if isinstance(found, str) else found(self)
        body, status = answer.body.encode(), answer.status
        tag = f'"{hash(answer.body)}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.send_response(status)
        headers = {"Content-Type": answer.kind, "ETag": tag, **answer.headers, "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def page(title: str, text: str = TEXT * 5, below: str = "", head: str = "") -> str:
    """An article's page."""
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n"))
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">{head}'
        '<meta property="article:published_time" content="2027-03-05T08:00:00Z"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}{below}</article></body></html>"
    )


def discussion(*texts: str) -> str:
    """A thread as WordPress writes it."""
    items = "".join(
        f'<li id="comment-{n}" class="comment"><cite class="fn">Viewer {n}</cite> <a href="#comment-{n}">'
        f'<time datetime="2027-03-04T10:{n:02}:00Z">4 March</time></a><div class="comment-content"><p>{text}</p></div></li>'
        for n, text in enumerate(texts, 11)
    )
    heading = f"<h2>{len(texts)} Comments</h2>" if texts else ""
    return f'<div id="comments">{heading}<ol class="commentlist">{items}</ol></div>'
