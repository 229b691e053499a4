"""`crawl(plan)`: Scrapy in a child process, its items back as JSON Lines.

A reactor cannot be started twice in one process (scrapy/scrapy#6742), so each crawl gets a process of its own: one
spider for all sources of the plan.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from crawler.errors import CrawlError, StoppedError
from crawler.items import Item, from_json
from crawler.plan import Plan, plan_to_json

__all__ = ["Plan", "crawl"]

_LOOK = 0.1  # seconds between two looks whether a crawl is to end
_RECORD = re.compile(r"^[0-9-]{10} [0-9:]{8} \[([\w.]+)\] (WARNING|ERROR|CRITICAL): ", re.M)  # Scrapy's LOG_FORMAT
_LOGGED = 64 * 1024  # bytes that are passed on: a library that stumbles over each page writes without end
_GRACE = 0.9  # part of the time after which the child ends by itself


def crawl(plan: Plan, *, timeout: float = 3600, stop: threading.Event | None = None) -> Iterator[Item]:
    """Crawls the plan's sources, and yields items as they come.

    Raises CrawlError, after what came, when the crawling process died or took longer than `timeout` seconds, and
    StoppedError when `stop` was set: then nothing more is asked for. The process ends with the generator, and when
    this one does, however it does.
    """
    with tempfile.TemporaryFile() as log:
        child = _start(log)
        watchdog = _Watchdog(child, timeout, stop or threading.Event())
        watchdog.start()
        try:
            _send(child, replace(plan, seconds=plan.seconds or timeout * _GRACE))
            reason = yield from _items(child, plan)
            status = child.wait()
        finally:
            watchdog.end()
            _end(child)
        _pass_on(log)
        if watchdog.stopped:
            raise StoppedError("the crawl was stopped")
        if watchdog.late or reason == "closespider_timeout":
            raise CrawlError(f"the crawl took longer than {timeout:.0f} s and was ended")
        if reason != "finished" or status:
            raise CrawlError(f"the crawling process ended early: {_last_line(log) or reason or child.returncode}")


class _Watchdog(threading.Thread):
    """Ends a crawling process that takes too long, or that is to stop."""

    def __init__(self, child: subprocess.Popen[bytes], timeout: float, stop: threading.Event) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.late = self.stopped = False
        self._child, self._stop_asked, self._done = child, stop, threading.Event()
        self._until = time.monotonic() + timeout

    def run(self) -> None:
        """Looks now and then; the child's end closes its pipe, which ends the reading."""
        while not self._done.wait(_LOOK):
            self.late, self.stopped = time.monotonic() > self._until, self._stop_asked.is_set()
            if self.late or self.stopped:
                self._child.kill()
                return

    def end(self) -> None:
        """The crawl is over."""
        self._done.set()
        self.join()


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
        if not line.endswith(b"\n"):
            return ""  # it was ended in the middle of it
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


def _pass_on(log: IO[bytes]) -> None:
    """What the child logged becomes records of this process, so that all logs have one form."""
    log.seek(0)
    levels = logging.getLevelNamesMapping()
    parts = iter(_RECORD.split(log.read(_LOGGED).decode("utf-8", "replace"))[1:])
    for name, level, message in zip(parts, parts, parts, strict=True):
        logging.getLogger(name).log(levels[level], "%s", message.strip())


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines()]
    return next((line[:500] for line in reversed(lines) if line), "")


if __name__ == "__main__":
    from crawler.child import main

    main()
