"""Domains of recipients about which the mail server says nothing: they must not hold up the mail of all others."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime

from worker.broker import Broker
from worker.digest.freeze import Ready

ASKED = 1.0  # seconds between two looks at what others have met
_KEY = "silence"
_KEPT = 24 * 3600  # seconds after the last one was met
_MOST = 5000  # domains that are remembered
_MET = """
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""
_HEARD = "return redis.call('HDEL', KEYS[1], ARGV[1])"
_ALL = "return redis.call('HGETALL', KEYS[1])"


class Silence:
    """Which domains were met with silence, and when one of theirs may be tried again.

    This process knows it by itself; with Redis all senders know within a second, under names that only we can tell.
    """

    def __init__(self, broker: Broker | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._until: dict[str, datetime] = {}
        self._broker, self._clock, self._asked = broker, clock, float("-inf")

    def met(self, host: str, until: datetime) -> None:
        """Nothing was said about a recipient there."""
        self._until[self._name(host)] = until
        if self._broker:
            self._broker.share(_MET, [_KEY], [self._name(host), until.isoformat(), _MOST, _KEPT])

    def heard(self, host: str) -> None:
        """Something was said, whatever it was."""
        if self._until.pop(self._name(host), None) and self._broker:
            self._broker.share(_HEARD, [_KEY], [self._name(host)])

    def until(self, host: str, now: datetime) -> datetime | None:
        """When the domain may be tried again; None: now."""
        found = self._until.get(self._name(host))
        return found if found and found > now else None

    def spare(self, waiting: deque[Ready], now: datetime) -> list[Ready]:
        """Takes out those that had better wait."""
        self._listen()
        if not self._until:  # as nearly always
            return []
        spared = [one for one in waiting if self.until(host_of(one), now)]
        for one in spared:
            waiting.remove(one)
        return spared

    def take(self, waiting: deque[Ready], under_way: Iterable[Ready], free: int, connections: int) -> list[Ready]:
        """Takes out up to `free` that are to go next.

        One domain gets all connections but one while others wait, and a single one after it was met with silence.
        """
        busy = Counter(map(host_of, under_way))
        taken: list[Ready] = []
        while waiting and len(taken) < free:
            hosts = ((one, host_of(one)) for one in waiting)
            fitting = next((one for one, host in hosts if busy[host] < self._most(host, connections)), None)
            one = fitting or next((one for one in waiting if not self._is_silent(host_of(one))), None)
            if one is None:
                break
            waiting.remove(one)
            busy[host_of(one)] += 1
            taken.append(one)
        return taken

    def _most(self, host: str, connections: int) -> int:
        return 1 if self._is_silent(host) else max(1, connections - 1)

    def _is_silent(self, host: str) -> bool:
        return bool(self._until) and self._name(host) in self._until

    def _name(self, host: str) -> str:
        return self._broker.hide(host) if self._broker else host

    def _listen(self) -> None:
        """Learns what others have met or heard; while Redis is away, what is known stays."""
        if self._broker is None or self._clock() - self._asked < ASKED:
            return
        self._asked = self._clock()
        found = self._broker.share(_ALL, [_KEY])
        if found is not None:
            pairs = zip(found[::2], found[1::2], strict=True)
            self._until = {name.decode(): datetime.fromisoformat(until.decode()) for name, until in pairs}


def host_of(one: Ready) -> str:
    """The domain of a message's recipient."""
    return one.frozen.recipient.rpartition("@")[2].lower()
