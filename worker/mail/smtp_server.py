"""Which SMTP server, how long it is waited for, and how much it gets: plain values, and the URL they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

Security = Literal["opportunistic", "starttls", "tls"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("opportunistic", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to hand over, how to encrypt, and as whom."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The server as errors name it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A short wait after the final dot would *cause* double mails (RFC 5321, section 4.5.3.2)."""

    connect: float = 30
    command: float = 300
    after_dot: float = 600
    idle: float = 60  # a connection that was not used for this long is not trusted
    goodbye: float = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server gets. Rates are messages a second, of all mail and of that to one domain; 0: no limit."""

    connections: int = 4
    per_connection: int = 100  # messages
    rate: float = 0.0
    rate_per_host: float = 0.0

    def __post_init__(self) -> None:
        if self.connections < 1 or self.per_connection < 1 or not all(map(_is_rate, (self.rate, self.rate_per_host))):
            raise ValueError(f"limits of 1 or more and rates of 0 or more are wanted, not {self}")


def _is_rate(rate: float) -> bool:
    return math.isfinite(rate) and rate >= 0


def read_smtp_url(url: str) -> SmtpServer:
    """The server that an SMTP URL names. Raises ValueError, which repeats no part that may be a password."""
    parts, port = _split(url)
    if not parts.hostname:
        raise ValueError("names no host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("has something after the host; write / ? # in a password as %2F %3F %23")
    security, usual_port = _SCHEMES[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("has a user or password that is not ASCII, which SMTP logins cannot carry")
    return SmtpServer(parts.hostname, port or usual_port, security, user or None, password)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:  # its text may hold a piece of the password
        raise ValueError("has no readable host and port") from None
