"""Redis (or Valkey): what Celery's queues hold, whether the server is fit for them, and what processes count together.

What is shared is never needed: `Broker.share` gives None when the server is away, and each process goes on by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from worker.errors import BrokerError, SettingsError

log = logging.getLogger(__name__)

PREFIX = "watercooler:"  # of all keys that are ours; Celery's have other names
UNACKED = "unacked"  # what workers have in hand, in `queue_lengths`; Celery's name of the key
OLDEST = (6, 2)  # the oldest version of Redis that is known to work
_STEPS = ("", *(f"\x06\x16{step}" for step in (3, 6, 9)))  # how Celery names a queue's lists, by priority
_CONNECT, _ANSWER = 1.0, 1.0  # seconds that the server is waited for
_REST = 5.0  # seconds in which a server that was away is not asked for what is shared
_FULL = 0.9  # of its memory
_FORMS = "redis://[USER:PASSWORD@]HOST:PORT/0, rediss://… or redis+socket:///PATH is wanted"

T = TypeVar("T")
State = Literal["warning", "wrong"]


class Fault(NamedTuple):
    """What is wrong with the server: how bad, which part of it, and what to do."""

    state: State
    what: str
    says: str


class Broker:
    """One server of Redis. Connects when it is asked; threads may share one, and forked processes too."""

    def __init__(
        self, client: Redis, place: str, secret: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.place, self._client, self._clock = place, client, clock
        self._secret = secret.encode()
        self._scripts: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._away_until = float("-inf")
        self._said = False

    def ping(self) -> None:
        """Raises BrokerError when the server does not answer."""
        self._ask(self._client.ping)

    def queue_lengths(self, names: Iterable[str]) -> dict[str, int]:
        """How many messages wait in each queue, and how many workers have in hand ("unacked"). Raises BrokerError."""
        wanted = list(names)

        def ask() -> list[int]:
            with self._client.pipeline(transaction=False) as pipe:
                for name in wanted:
                    for step in _STEPS:
                        pipe.llen(name + step)
                pipe.hlen(UNACKED)
                return cast(list[int], pipe.execute())

        *lengths, unacked = self._ask(ask)
        steps = len(_STEPS)
        found = {name: sum(lengths[at * steps : (at + 1) * steps]) for at, name in enumerate(wanted)}
        return {**found, UNACKED: unacked}

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float] = ()) -> Any:
        """What a Lua script gives (text as bytes), done as one step on the server. Raises BrokerError.

        `keys` are written as NOUN or NOUN:WHOSE; the server sees of WHOSE only a keyed hash.
        """
        with self._lock:
            found = self._scripts.get(script) or self._scripts.setdefault(script, self._client.register_script(script))
        return self._ask(lambda: found([self._key(key) for key in keys], arguments))

    def share(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float] = ()) -> Any | None:
        """As `run`, but None while the server is away, which is logged once and then not asked about for a moment."""
        if self._clock() < self._away_until:
            return None
        try:
            answer = self.run(script, keys, arguments)
        except BrokerError as error:
            self._away_until = self._clock() + _REST
            if not self._said:
                self._said = True
                log.warning("%s. Until it is back, this process keeps rates and limits by itself", error)
            return None
        if self._said:
            self._said = False
            log.warning("the broker %s is back: rates and limits are shared again", self.place)
        return answer

    def hide(self, text: str) -> str:
        """What stands on the server for an address, a client or a domain: nobody reads it there."""
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]

    def faults(self) -> list[Fault]:
        """What speaks against this server as a broker; nothing when it is fit."""
        try:
            info = self._ask(self._client.info)
        except BrokerError as error:
            return [Fault("wrong", "broker", str(error))]
        return [*_version(info), *_role(info), *self._persistence(info), *_memory(info)]

    def _persistence(self, info: dict[str, Any]) -> Iterator[Fault]:
        if "err" in (info.get("rdb_last_bgsave_status"), info.get("aof_last_write_status")):
            says = f"{self.place} cannot write to its disk and may refuse messages: free some space, see its log"
            yield Fault("wrong", "persistence", says)
        if info.get("aof_enabled"):
            return
        saves = self._saves()
        if saves is None:
            says = f"{self.place} keeps no append-only file, and does not tell whether it saves snapshots"
            yield Fault("warning", "persistence", f"{says}: set `appendonly yes`, or see that it does")
        elif not saves:
            says = f"{self.place} keeps nothing on disk: what waits is lost when it restarts, and offered again later"
            yield Fault("wrong", "persistence", f"{says}. Set `appendonly yes`")

    def _saves(self) -> bool | None:
        """Does it save snapshots? None when we may not ask, as with many hosted servers."""
        try:
            return bool(self._client.config_get("save").get("save"))
        except RedisError:
            return None

    def _key(self, key: str) -> str:
        noun, colon, whose = key.partition(":")
        return PREFIX + noun + (colon and colon + self.hide(whose))

    def _ask(self, what: Callable[[], T]) -> T:
        try:
            return what()
        except (RedisError, OSError) as error:
            raise BrokerError(f"the broker {self.place} {_reason(error)}") from None

    def close(self) -> None:
        """Closes the connections; asking again opens new ones."""
        self._client.close()


def open_broker(url: str, secret: str = "", clock: Callable[[], float] = time.monotonic) -> Broker:
    """The server that a URL names, as Celery spells it. Raises SettingsError, which repeats no part of the URL.

    `secret` is what names are hashed with there; all processes that share something use the same.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss", "redis+socket") or not (parts.hostname or parts.path.strip("/")):
            raise ValueError(parts.scheme)
        retry = Retry(NoBackoff(), 1)  # a kept connection that was closed meanwhile is opened again at once
        times = {"socket_connect_timeout": _CONNECT, "socket_timeout": _ANSWER}
        client = Redis.from_url(_redis_url(url), retry=retry, **times)
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # connects to nothing, but knows what it can be asked
    except (ValueError, TypeError, RedisError):
        raise SettingsError(f"WATERCOOLER_BROKER_URL: {_FORMS}") from None
    place = parts.path if parts.scheme == "redis+socket" else f"{parts.hostname}:{parts.port or 6379}"
    return Broker(client, place, secret, clock)


def _redis_url(url: str) -> str:
    """The same as redis-py spells it: unix://PATH?db=0, and ssl_cert_reqs=required for CERT_REQUIRED."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if "virtual_host" in asked:
        asked["db"] = asked.pop("virtual_host").strip("/") or "0"
    if "ssl_cert_reqs" in asked:
        asked["ssl_cert_reqs"] = asked["ssl_cert_reqs"].removeprefix("CERT_").lower()
    if parts.scheme == "redis+socket":
        return f"unix://{parts.netloc}{parts.path}?{urlencode(asked)}"
    if not parts.path.strip("/").isdigit() and parts.path.strip("/"):
        raise ValueError("the database is no number")
    return parts._replace(query=urlencode(asked)).geturl()


def _reason(error: RedisError | OSError) -> str:
    """What went wrong and what to do, in words of ours: the library's may hold what is secret."""
    known: tuple[tuple[type[Exception], str], ...] = (
        (AuthenticationError, f"refuses our user or password: write them into WATERCOOLER_BROKER_URL; {_FORMS}"),
        (InvalidResponse, "answers as no Redis does: check WATERCOOLER_BROKER_URL"),
        (NoPermissionError, "forbids this user what is needed: allow it the keys and commands that Celery uses"),
        (BusyLoadingError, "is still loading its data: wait a moment"),
        (ReadOnlyError, "is a replica that takes nothing: name the primary in WATERCOOLER_BROKER_URL"),
        (OutOfMemoryError, "has no memory left: raise its maxmemory, or see what fills it"),
    )
    found = next((says for kind, says in known if isinstance(error, kind)), "")
    if not found and isinstance(error, ResponseError):
        word = str(error).partition(" ")[0]
        if word == "DB":
            return "has no database of the number in WATERCOOLER_BROKER_URL"
        if word == "MISCONF":
            return "takes nothing because it cannot write to its disk: free some space, see its log"
        return f"refuses a command ({word}): is it Redis {_dotted(OLDEST)} or newer, or Valkey?"
    return found or f"does not answer ({type(error).__name__}): see that it runs, and check WATERCOOLER_BROKER_URL"


def _version(info: dict[str, Any]) -> Iterator[Fault]:
    found = str(info.get("redis_version", "0"))  # Valkey tells here which Redis it equals
    if tuple(int(part) for part in re.findall(r"[0-9]+", found)[:2]) < OLDEST:
        yield Fault("wrong", "version", f"Redis {found} is too old: {_dotted(OLDEST)} or newer is wanted, or Valkey")


def _role(info: dict[str, Any]) -> Iterator[Fault]:
    if info.get("role") == "slave":
        yield Fault("wrong", "role", "this is a replica: name the primary in WATERCOOLER_BROKER_URL")


def _memory(info: dict[str, Any]) -> Iterator[Fault]:
    policy, most, used = info.get("maxmemory_policy"), int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if policy and policy != "noeviction":
        says = f"when memory is full it throws queues away ({policy}): set `maxmemory-policy noeviction`"
        yield Fault("wrong" if most else "warning", "eviction", says)
    if most and used >= _FULL * most:
        says = f"{used >> 20} of {most >> 20} MiB are used: raise `maxmemory`, or see which queue grows"
        yield Fault("warning", "memory", says)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
