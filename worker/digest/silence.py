"""Domains of recipients about which the mail server says nothing: they must not hold up the mail of all others."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime

from worker.digest.freeze import Ready


class Silence:
    """Which domains were met with silence, in this process, and when one of theirs may be tried again."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def met(self, host: str, until: datetime) -> None:
        """Nothing was said about a recipient there."""
        self._until[host] = until

    def heard(self, host: str) -> None:
        """Something was said, whatever it was."""
        self._until.pop(host, None)

    def until(self, host: str, now: datetime) -> datetime | None:
        """When the domain may be tried again; None: now."""
        found = self._until.get(host)
        return found if found and found > now else None

    def spare(self, waiting: deque[Ready], now: datetime) -> list[Ready]:
        """Takes out those that had better wait."""
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
            one = fitting or next((one for one in waiting if host_of(one) not in self._until), None)
            if one is None:
                break
            waiting.remove(one)
            busy[host_of(one)] += 1
            taken.append(one)
        return taken

    def _most(self, host: str, connections: int) -> int:
        return 1 if host in self._until else max(1, connections - 1)


def host_of(one: Ready) -> str:
    """The domain of a message's recipient."""
    return one.frozen.recipient.rpartition("@")[2].lower()
