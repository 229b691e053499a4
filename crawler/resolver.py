"""The address guard: judges the very address that is connected to.

A crawler follows what strangers write, so no page may lead it to the machine it runs on or to its neighbours. The
resolver is asked for every connection, for literal addresses, too, and after a redirect again; there is no second
look-up that could answer otherwise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

SETTING = "WATERCOOLER_ALLOW_PRIVATE_HOSTS"
REFUSED = "refused by the address guard"
PORTS = frozenset((80, 443, 8080, 8443))
_ALL_PORTS = frozenset(range(1, 65536))
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


def is_public(address: str) -> bool:
    """Is it an address of the open Internet? What wraps an IPv4 address is judged by what it wraps."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _wrapped(ip)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, 6to4, Teredo or NAT64 address."""
    if ip.teredo:
        return ip.teredo[1]
    if any(ip in network for network in _NAT64) or int(ip) >> 32 == 0:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


@dataclass(frozen=True, slots=True)
class AllowList:
    """Private hosts that may be reached all the same, as `host` (all its ports) or `host:port` (that port alone)."""

    ports: dict[str, frozenset[int]]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """From `host` and `host:port` entries. What is no such entry opens nothing."""
        ports: dict[str, frozenset[int]] = {}
        for entry in entries:
            host, port = _split(entry.strip())
            if host:
                ports[host] = ports.get(host, frozenset()) | (frozenset((port,)) if port else _ALL_PORTS)
        return cls(ports)

    def has(self, host: str) -> bool:
        """Is the host named at all? (A resolver sees no port.)"""
        return _plain(host) in self.ports

    def permits(self, url: SplitResult) -> bool:
        """May this host and port be asked? A host that is named opens just the ports named with it."""
        try:
            port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
        except ValueError:
            return False
        return port in self.ports.get(_plain(url.hostname or ""), PORTS)


def _split(entry: str) -> tuple[str, int]:
    """`host`, `host:port`, `::1` or `[::1]:port` as host and port (0: none given)."""
    host, colon, port = entry.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = entry, ""
    if port and not (port.isascii() and port.isdigit()):
        return "", 0
    return _plain(host), int(port or 0)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


_refused: dict[str, str] = {}  # Twisted tells a request just that there is no address


def refused_address(host: str) -> str | None:
    """The address for which a host was refused in this process, if it was."""
    return _refused.get(_plain(host))


class GuardedResolver(CachingThreadedResolver):
    """Refuses names that lead to addresses which are not public, but for the allow-list."""

    allowed = AllowList({})

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = AllowList.of(crawler.settings.getlist(SETTING))
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        found: Deferred[str] = super().getHostByName(name, timeout)
        found.addCallback(self._judge, name)
        return found

    def _judge(self, address: str, name: str) -> str:
        if is_public(address) or self.allowed.has(name):
            return address
        _refused[_plain(name)] = address
        # this error and no other: Twisted logs a trace for each of the others
        raise DNSLookupError(f"{REFUSED}: {name} is {address}, which is not a public address")
