"""How often something may be done: sliding windows in this process. Each process of several counts its own."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

KEYS = 20_000  # clients that are remembered; of more, who came longest ago is forgotten


class Window:
    """So many times within a span, for each key by itself."""

    def __init__(self, times: int, span: timedelta) -> None:
        self.times, self.span = times, span
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> timedelta | None:
        """Counts one time and gives None; when there were enough already, counts nothing and gives how long to wait."""
        with self._lock:
            taken = self._taken.setdefault(key, deque())
            self._taken.move_to_end(key)
            while taken and now - taken[0] >= self.span:
                taken.popleft()
            if len(taken) >= self.times:
                return self.span - (now - taken[0])
            taken.append(now)
            while len(self._taken) > KEYS:
                self._taken.popitem(last=False)
            return None


class Gate:
    """Sign-ups: so many an hour of one client, so many of all; and ten times as many tries of one client."""

    def __init__(self, per_client: int, overall: int) -> None:
        hour = timedelta(hours=1)
        self._tries, self._clients = Window(per_client * 10, hour), Window(per_client, hour)
        self._all = Window(overall, hour)

    def attempt(self, client: str, now: datetime) -> timedelta | None:
        """Counts somebody who sends the form; gives how long to wait when it was too often."""
        return self._tries.take(client, now)

    def enter(self, client: str, now: datetime) -> timedelta | None:
        """Counts a sign-up that would send a mail; gives how long to wait when it was too often."""
        return self._clients.take(client, now) or self._all.take("", now)


def client_of(address: str | None) -> str:
    """Whom a network address stands for: with IPv6 somebody has a whole network of them."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
