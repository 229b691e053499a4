"""The address guard: judges the very address that is connected to.

A crawler follows what strangers write, so no page may lead it to the machine it runs on or to its neighbours. The
resolver is asked for every connection, for literal addresses, too, and after a redirect again; there is no second
look-up that could answer otherwise. Before that, `AllowList.objection` refuses what a URL itself spells out: it is all
that can be judged of a request that goes through a proxy, which looks names up itself.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, unquote

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

SETTING = "WATERCOOLER_ALLOW_PRIVATE_HOSTS"
REFUSED = "refused by the address guard"
HINT = f"; if it is meant to be read, name it in {SETTING}"
PORTS = frozenset((80, 443, 8080, 8443))
ANY_PORT = frozenset(range(1, 65536))
_DEFAULT_PORTS = {"http": 80, "https": 443}
# NAT64, and IPv4-translated addresses (RFC 6052, RFC 2765)
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96"))
# of no use to the open Internet, which `ipaddress` does not know yet: relays of 6to4, site-local, segment routing,
# documentation (RFC 7526, 3879, 9602, 9637)
_SPECIAL = tuple(ipaddress.ip_network(net) for net in ("192.88.99.0/24", "fec0::/10", "5f00::/16", "3fff::/20"))
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # IDNA takes them for full stops


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
    if any(ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, translated, 6to4, Teredo or NAT64 address."""
    if ip.teredo:
        return ip.teredo[1]
    if any(ip in network for network in _TRANSLATED) or int(ip) >> 32 == 0:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def spelled_address(host: str) -> str | None:
    """The address that a host spells out itself, in any way that some look-up reads one; None: it is a name.

    That is what `inet_aton` takes (`127.1`, `0x7f000001`, `017700000001`), percent signs, full-width and circled
    digits, and the names that mean the loopback by definition (RFC 6761).
    """
    plain = _plain(unicodedata.normalize("NFKC", unquote(host).translate(_DOTS)))
    if plain == "localhost" or plain.endswith((".localhost", ".localdomain")):
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(plain.partition("%")[0]))
    with contextlib.suppress(OSError, ValueError):
        return socket.inet_ntoa(socket.inet_aton(plain))
    return None


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
                ports[host] = ports.get(host, frozenset()) | (frozenset((port,)) if port else ANY_PORT)
        return cls(ports)

    def has(self, host: str) -> bool:
        """Is the host named at all? (A resolver sees no port.)"""
        return _plain(host) in self.ports

    def permits(self, url: SplitResult) -> bool:
        """May this host and port be asked?"""
        return not self.objection(url)

    def objection(self, url: SplitResult, ports: frozenset[int] = PORTS) -> str:
        """Why this host and port may not be asked, "" when they may.

        A host that is named opens just the ports named with it; any other one `ports`, unless it is an address that
        is not public.
        """
        try:
            host, port = _plain(url.hostname or ""), url.port
        except ValueError:
            return "that is no host and port"
        port = _DEFAULT_PORTS.get(url.scheme, 0) if port is None else port
        if not host or url.scheme not in _DEFAULT_PORTS:
            return f"{url.scheme!r} is no protocol of the web, or there is no host"
        if url.username is not None:
            return "it holds a user's name, which Twisted would take for a part of the host"
        if port not in self.ports.get(host, ports):
            return f"{host}:{port} is no host and port that may be asked{HINT}"
        address = None if host in self.ports else spelled_address(host)
        return f"{host} is no public address{HINT}" if address and not is_public(address) else ""


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
