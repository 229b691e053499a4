"""`crawl(plan)`: Scrapy in a child process, its items back as JSON Lines.

A reactor cannot be started twice in one process (scrapy/scrapy#6742), so each crawl gets a process of its own: one
spider for all sources of the plan.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from crawler.errors import CrawlError
from crawler.items import Item, from_json
from crawler.plan import Plan, plan_to_json

__all__ = ["Plan", "crawl"]

_GRACE = 0.9  # part of the time after which the child ends by itself


def crawl(plan: Plan, *, timeout: float = 3600) -> Iterator[Item]:
    """Crawls the plan's sources, and yields items as they come.

    Raises CrawlError, after what came, when the crawling process died or took longer than `timeout` seconds. The
    process ends with the generator.
    """
    with tempfile.TemporaryFile() as log:
        child = _start(log)
        late = threading.Event()
        watchdog = threading.Timer(timeout, _too_late, (child, late))
        watchdog.start()
        try:
            _send(child, replace(plan, seconds=plan.seconds or timeout * _GRACE))
            reason = yield from _items(child, plan)
            status = child.wait()
        finally:
            watchdog.cancel()
            _end(child)
        if late.is_set() or reason == "closespider_timeout":
            raise CrawlError(f"the crawl took longer than {timeout:.0f} s and was ended")
        if reason != "finished" or status:
            raise CrawlError(f"the crawling process ended early: {_last_line(log) or reason or child.returncode}")


def _start(log: IO[bytes]) -> subprocess.Popen[bytes]:
    here = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def _send(child: subprocess.Popen[bytes], plan: Plan) -> None:
    """The plan is one line; the pipe stays open, so that the child can ask, and knows when its parent is gone."""
    _write(child, plan_to_json(plan))


def _write(child: subprocess.Popen[bytes], data: dict[str, Any]) -> None:
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it died; its log says why
            child.stdin.write(json.dumps(data).encode() + b"\n")
            child.stdin.flush()


def _items(child: subprocess.Popen[bytes], plan: Plan) -> Generator[Item, None, str]:
    """The child's items as they come. Gives how the crawl ended, "" when the child did not say."""
    for line in child.stdout or ():
        data: dict[str, Any] = json.loads(line)
        if data.get("type") == "end":
            return str(data["reason"])
        if data.get("type") == "recall":
            _answer(child, plan, data["source"])
        else:
            yield from_json(data)
    return ""


def _answer(child: subprocess.Popen[bytes], plan: Plan, source: str) -> None:
    """The child asks what we know of a source: URL, kind and time of its pages go back, a line."""
    known = plan.recall(source) if plan.recall else ()
    pages = [(url, kind, fetched_at.timestamp()) for url, kind, fetched_at in known]
    _write(child, {"source": source, "pages": pages})


def _too_late(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child has a session of its own, so whatever it started ends with it."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines()]
    return next((line[:500] for line in reversed(lines) if line), "")


if __name__ == "__main__":
    from crawler.child import main

    main()
