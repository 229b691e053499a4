"""How fast: turns are handed out evenly, to all mail and to each recipient's domain, and fewer when a server asks.

A turn is a point of time, the next one a gap later (the generic cell rate algorithm without bursts). A server that has
had too much halves the rate; it grows back by a tenth each minute.

With Redis the turns are those of all processes together (`pace_shared.py`); without it, or while it is away, each
process has its own.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from worker.mail.pace_shared import Share, SharedLanes

FLOOR = 0.5  # messages a second: slower than this nobody is made to be
PATIENCE = 10.0  # seconds that a message waits for its turn; what is later comes back later
_GROWTH = 1.1  # a minute
_PAUSE = 1.0  # seconds without a turn after a halving, so that what a server counts can go down
_FARTHEST = 3600.0  # seconds ahead for which turns are promised
_NO_MATTER = 1000.0  # messages a second: a rate that has grown to this holds nobody up
_LOOK_BACK = 10  # seconds, for how fast it went of late
_MANY = 5000  # domains that are remembered


class NotYetError(Exception):
    """The turn is too far ahead to be waited for: it comes in `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"not before {seconds:.1f} s from now")


@dataclass(slots=True)
class _Lane:
    """The turns of all mail, or of that for one domain. `limit` and `learned` are messages a second."""

    limit: float
    learned: float = math.inf
    slowed_at: float = -math.inf
    next_turn: float = -math.inf
    promised: float = -math.inf  # up to here turns were promised to those who were sent away
    taken: bool = False  # was anything taken since it was slowed?
    second: int = 0
    count: int = 0  # turns in that second
    most: int = 0  # turns in the busiest second of late
    most_at: int = 0

    def rate(self, now: float) -> float:
        """Messages a second; infinite when nothing holds them up."""
        if self.learned == math.inf:
            return self.limit
        grown = self.learned * math.pow(_GROWTH, min(now - self.slowed_at, 36_000) / 60)
        if grown > _NO_MATTER:
            self.learned = grown = math.inf
        return min(self.limit, grown)

    def reserve(self, now: float, patience: float) -> float:
        """Takes the next turn and gives its time. Raises NotYetError when that is too far ahead."""
        gap, due = 1 / self.rate(now), max(now, self.next_turn)
        if due - now > patience:
            # Each one sent away gets a turn of its own, so that not all come back at the same moment.
            self.promised = max(due, min(self.promised + gap, now + _FARTHEST))
            raise NotYetError(self.promised - now)
        self.next_turn = due + gap
        self._count(int(due))
        return due

    def _count(self, second: int) -> None:
        if second != self.second:
            if self.count >= self.most or second - self.most_at > _LOOK_BACK:
                self.most, self.most_at = self.count, self.second
            self.count, self.second = 0, second
        self.count += 1

    def slow(self, now: float) -> None:
        """Halves the rate: that which is allowed, or that which was used if it is less."""
        used = max(self.count, self.most, 1)
        self.learned, self.slowed_at = max(FLOOR, min(self.rate(now), used) / 2), now
        self.next_turn = max(self.next_turn, now + max(_PAUSE, 1 / self.rate(now)))
        self.taken = False

    def is_quiet(self, now: float) -> bool:
        """Would forgetting it change nothing?"""
        return self.learned == math.inf and max(self.next_turn, self.promised) < now


class Pace:
    """Hands out turns. Safe to share between threads.

    `rate` and `rate_per_host` are messages a second (0: as fast as can be), of all mail and of that to one domain.
    """

    def __init__(
        self,
        rate: float = 0.0,
        rate_per_host: float = 0.0,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        share: Share | None = None,
    ) -> None:
        self._per_host, self._patience, self._clock, self._wait = rate_per_host or math.inf, patience, clock, wait
        self._lock = threading.Lock()
        self._all = _Lane(rate or math.inf)
        self._hosts: dict[str, _Lane] = {}
        self._shared = SharedLanes(share, _GROWTH, _NO_MATTER) if share else None

    def turn(self, host: str) -> float:
        """Waits until a message to this domain may go, and gives that time, for `slow`. Raises NotYetError."""
        # One after the other: a message that waits for its domain must not hold up the others.
        for name in (host, ""):
            now, due = self._reserve(name)
            if due > now:
                self._wait(due - now)
        return due

    def taken(self, host: str) -> None:
        """A message to this domain was taken."""
        self._all.taken = True
        self._lane(host).taken = True

    def slow(self, host: str, since: float, *, certain: bool) -> None:
        """The server has had too much, from this domain's mail or (host "") from all. `since`: the message's turn.

        Of the messages that were under way together the first one counts. What may be greylisting, and so not about
        speed at all (not `certain`), counts only when something was taken since the last time.
        """
        lane = self._lane(host)
        if not (certain or lane.taken):
            return
        if self._shared:
            slowed = self._shared.slow(host, _finite(lane.limit), since, FLOOR, _PAUSE)
            if slowed is not None:
                lane.taken = lane.taken and not slowed
                return
        with self._lock:
            if since > lane.slowed_at:
                lane.slow(self._clock())

    def rate(self, host: str = "") -> float:
        """Messages a second as of now, to this domain or to all; infinite when nothing holds them up."""
        lane = self._lane(host)
        with self._lock:
            return lane.rate(self._clock())

    def _reserve(self, host: str) -> tuple[float, float]:
        """Takes a turn, of all mail (host "") or of that to a domain: the time now, and when it comes."""
        lane = self._lane(host)
        if self._shared:
            found = self._shared.reserve(host, _finite(lane.limit), self._patience, _FARTHEST, _LOOK_BACK)
            if found is not None:
                now, due, promised = found
                if due is None:
                    raise NotYetError(promised - now)
                return now, due
        with self._lock:
            now = self._clock()
            return now, lane.reserve(now, self._patience)

    def _lane(self, host: str) -> _Lane:
        if not host:
            return self._all
        lane = self._hosts.get(host)
        if lane is None:
            with self._lock:
                if len(self._hosts) >= _MANY:
                    now = self._clock()
                    self._hosts = {name: lane for name, lane in self._hosts.items() if not lane.is_quiet(now)}
                lane = self._hosts.setdefault(host, _Lane(self._per_host))
        return lane


def _finite(limit: float) -> float:
    """A limit for Redis: 0 stands for none."""
    return 0.0 if limit == math.inf else limit
