"""How often something may be done: sliding windows, counted together in Redis, or else by each process by itself."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

KEYS = 20_000  # clients that are remembered; of more, who came longest ago is forgotten
WRONG_TOKENS = 20  # of the API, from one client within GUESSING; then none of its calls is looked at
WRONG_LINKS = 100
GUESSING = timedelta(minutes=15)
READINGS = 120  # of the API without a token, of one client within a minute
_MS = timedelta(milliseconds=1)

# A client's list holds the times that were counted, the oldest first; the index holds all lists by their last time.
# Times are in ms. Gives 0, or how long to wait.
_TAKE = """
local now, span, times, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local first = redis.call('LINDEX', KEYS[1], 0)
while first and now - first >= span do
  redis.call('LPOP', KEYS[1])
  first = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) >= times then return span - (now - first) end
if most == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], span)
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('PEXPIRE', KEYS[2], span)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - span)
local over = redis.call('ZCARD', KEYS[2]) - most
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  for at = 1, #gone, 2 do redis.call('DEL', gone[at]) end
end
return 0
"""

Share = Callable[[str, list[str], list[int]], Any]  # as `Broker.share`: None while there is nobody to count with


class Window:
    """So many times within a span, for each key by itself. Windows of one name in many processes count together."""

    def __init__(self, times: int, span: timedelta, name: str = "", share: Share | None = None) -> None:
        self.times, self.span, self.name, self._share = times, span, name, share
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> timedelta | None:
        """Counts one time and gives None; when there were enough already, counts nothing and gives how long to wait."""
        found = self._together(key, now, KEYS)
        return self._take(key, now) if found is None else found or None

    def full(self, key: str, now: datetime) -> timedelta | None:
        """As `take`, but counts nothing."""
        found = self._together(key, now, 0)
        if found is not None:
            return found or None
        with self._lock:
            recent = [one for one in self._taken.get(key, ()) if now - one < self.span]
        return self.span - (now - recent[0]) if len(recent) >= self.times else None

    def _together(self, key: str, now: datetime, most: int) -> timedelta | None:
        """What all processes together say: how long to wait, 0 for not at all; None when they do not count."""
        if self._share is None:
            return None
        arguments = [int(now.timestamp() * 1000), self.span // _MS, self.times, most]
        wait = self._share(_TAKE, [f"{self.name}:{key}", f"{self.name}-ages"], arguments)
        return None if wait is None else int(wait) * _MS

    def _take(self, key: str, now: datetime) -> timedelta | None:
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

    def __init__(self, per_client: int, overall: int, share: Share | None = None) -> None:
        hour = timedelta(hours=1)
        self._tries = Window(per_client * 10, hour, "tries", share)
        self._clients = Window(per_client, hour, "signups", share)
        self._all = Window(overall, hour, "all-signups", share)

    def attempt(self, client: str, now: datetime) -> timedelta | None:
        """Counts somebody who sends the form; gives how long to wait when it was too often."""
        return self._tries.take(client, now)

    def enter(self, client: str, now: datetime) -> timedelta | None:
        """Counts a sign-up that would send a mail; gives how long to wait when it was too often."""
        return self._clients.take(client, now) or self._all.take("", now)


class Guesses:
    """Wrong tokens: a client that sent many is not listened to for a while (the API), or told so (links)."""

    def __init__(self, share: Share | None = None) -> None:
        self._tokens = Window(WRONG_TOKENS, GUESSING, "wrong-tokens", share)
        self._links = Window(WRONG_LINKS, GUESSING, "wrong-links", share)

    def barred(self, client: str, now: datetime) -> timedelta | None:
        """How long a client must not use the API, whatever token it brings."""
        return self._tokens.full(client, now)

    def wrong_token(self, client: str, now: datetime) -> None:
        """Counts a token that is not known."""
        self._tokens.take(client, now)

    def wrong_link(self, client: str, now: datetime) -> timedelta | None:
        """Counts a link that we did not sign; gives how long to wait when there were too many.

        Nobody guesses a signature, and good links work from everywhere: mail services open those of many readers.
        """
        return self._links.take(client, now)


def readings(share: Share | None = None) -> Window:
    """How much one client may read of an API that is open to all."""
    return Window(READINGS, timedelta(minutes=1), "readings", share)


def asking(request: Request) -> str:
    """The client that asks. Behind a proxy it is known when the server trusts that proxy's X-Forwarded-For."""
    return client_of(request.client.host if request.client else None)


def seconds(wait: timedelta) -> int:
    """How long to wait, for Retry-After."""
    return max(1, math.ceil(wait.total_seconds()))


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
