"""The bench's web server: pre-rendered answers on all of 127.0.0.0/8, in a process of its own.

One socket listens for every loopback host at once, so thousands of hosts need one port. It is bound to the loopback
device: the wildcard address alone would be open to the network. Where that cannot be had, the server does not start.
"""

from __future__ import annotations

import asyncio
import functools
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import made

ETAG = '"now"'  # of every answer; a client that sends another one has an old page
IDLE = 1.0  # seconds until an idle connection is closed: thousands of hosts must not hold thousands of sockets
_HOST = re.compile(rb"\r\nHost: ([^\r]+)", re.I)
_SAME = re.compile(rb"\r\nIf-None-Match: " + ETAG.encode(), re.I)


def host(number: int) -> str:
    """A loopback address for each number."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


@contextmanager
def serving() -> Iterator[int]:
    """The server's port; the server ends with the block."""
    process = subprocess.Popen([sys.executable, "-m", "bench.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None  # asked for above
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the bench's server did not start; it needs Linux and a loopback device to bind to")
        yield int(line)
    finally:
        process.communicate()  # the end of stdin ends it


def loopback_socket() -> socket.socket:
    """A listening socket on every loopback address, and on nothing else. Raises OSError where there is no such."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        listener.bind(("", 0))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


@functools.lru_cache(4096)
def body_of(path: str) -> bytes | None:
    """What stands at a path; links name `made.HOME`, which becomes the host that is asked."""
    if path == "/robots.txt":
        return b"User-agent: *\nDisallow: /private/\n"
    if match := re.fullmatch(r"(/\d+)?/feed-(\d+)\.xml", path):
        return made.feed([f"http://{made.HOME}{match[1] or ''}/article/{n}.html" for n in range(int(match[2]))])
    if match := re.fullmatch(r"(?:/\d+)?/article/(\d+)\.html", path):
        return made.article(int(match[1]))
    return None


class Serving(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.rest = b""
        self.transport: Any = None
        self.end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """asyncio's hook."""
        self.transport = transport
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's hook."""
        if self.end:
            self.end.cancel()

    def data_received(self, data: bytes) -> None:
        """asyncio's hook: answers every whole request."""
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            self.transport.write(answer(request))
        self._wait()

    def _wait(self) -> None:
        if self.end:
            self.end.cancel()
        self.end = asyncio.get_running_loop().call_later(IDLE, self.transport.close)


def answer(request: bytes) -> bytes:
    """The answer to a GET request (its head, without the empty line)."""
    path = request.split(b" ", 2)[1].decode("latin-1")
    body = body_of(path)
    if body is None:
        return _message("404 Not Found", b"")
    if _SAME.search(request):
        return f"HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\n\r\n".encode()
    asked = _HOST.search(request)
    return _message("200 OK", body.replace(made.HOME.encode(), asked[1]) if asked else body)


def _message(status: str, body: bytes) -> bytes:
    kind = "application/rss+xml" if body[:5] == b"<?xml" else "text/html" if body[:1] == b"<" else "text/plain"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}ETag: {ETAG}\r\n\r\n".encode() + body


async def main() -> None:
    """Says its port on stdout, and serves until stdin ends."""
    loop = asyncio.get_running_loop()
    listener = loopback_socket()
    server = await loop.create_server(Serving, sock=listener, backlog=1024)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
