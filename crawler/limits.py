"""What reading one page may take of time, and the crawling process of memory.

Pages are written by strangers, and no parser is safe from all of them. A page that takes too long is given up and is a
failure; the crawl goes on.
"""

from __future__ import annotations

import contextlib
import faulthandler
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

SECONDS = 20.0  # the largest honest pages take three or four
GIVE_UP = 120.0  # a library that has not come back by then never will: the process ends, its crawl is asked for again
MEMORY = 1024**3  # bytes of data, of which a crawl uses about a tenth

P = ParamSpec("P")
T = TypeVar("T")


class TookTooLong(Exception):  # noqa: N818 - said of a page, like its other outcomes
    """Reading a page was given up."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"reading it took longer than {seconds:.0f} s")


def limited(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `read`. Raises TookTooLong when it is not done in time."""
    with time_limit(SECONDS):
        return read(*args, **kwargs)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TookTooLong inside the block after this time. Only the main thread can be interrupted; others are not."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> None:
        raise TookTooLong(seconds)

    handler = signal.signal(signal.SIGALRM, ring)
    # rings each second from then on: a library may take the first exception for one of its own
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    # needs no interpreter, which C code may hold up; but a real file, which a replaced sys.stderr is not
    faulthandler.dump_traceback_later(GIVE_UP, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def limit_memory(most: int = MEMORY) -> None:
    """Lets allocations fail, as a MemoryError of the page being read, before the machine runs out of memory."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
