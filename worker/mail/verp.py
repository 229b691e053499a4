"""Return paths (VERP): each delivery has an envelope sender of its own, so that a bounce names its reader."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Sequence

from worker.errors import SettingsError

_LOCAL = "bounce"
_PURPOSE = b"watercooler.return-path\0"
_SIGNATURE = 10  # bytes: guessing one takes 2^80 mails
_SHORTEST, _LONGEST = 20, 48  # letters of a token; with "bounce+" fewer than the 64 of RFC 5321 4.5.3.1.1
_WRITTEN = re.compile(rb"\+([a-z2-7]{%d,%d})@" % (_SHORTEST, _LONGEST), re.IGNORECASE)
_MANY = 20  # that are looked at in one message


class ReturnPaths:
    """Makes and reads the return paths of deliveries. The first secret signs, all verify."""

    def __init__(self, domain: str, secrets: Sequence[str]) -> None:
        self._keys = [secret.encode() for secret in secrets if secret.strip()]
        if not self._keys:
            raise SettingsError(
                "WATERCOOLER_SECRET_KEY is empty: return paths cannot be signed; give it a long random text"
            )
        self._domain = domain

    @property
    def unnamed(self) -> str:
        """The return path of mail that is no delivery: what comes back to it names nobody."""
        return f"{_LOCAL}@{self._domain}"

    def address(self, delivery_id: int, subscriber_id: int) -> str:
        """The return path of a delivery. It is the same at each try, for greylisting servers look at it."""
        body = _pack(delivery_id) + _pack(subscriber_id)
        token = b32encode(body + _sign(self._keys[0], body)).decode().rstrip("=").lower()
        return f"{_LOCAL}+{token}@{self._domain}"

    def read(self, address: str) -> tuple[int, int] | None:
        """The delivery and the subscriber of a return path, or None when we did not sign it.

        Servers fold case, rewrite domains and local parts on the way, so just the token counts.
        """
        data = _decode(address.strip().strip("<>").rpartition("@")[0].rpartition("+")[2])
        body, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
        found = [hmac.compare_digest(_sign(key, body), signature) for key in self._keys]
        return _unpack(body) if any(found) else None


def find_paths(raw: bytes) -> tuple[str, ...]:
    """What may be return paths in a message, the first ones, in their order: its header fields come first."""
    found: dict[str, None] = {}
    for match in _WRITTEN.finditer(raw):
        found[f"{_LOCAL}+{match[1].decode().lower()}@"] = None
        if len(found) == _MANY:
            break
    return tuple(found)


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + body, hashlib.sha256).digest()[:_SIGNATURE]


def _decode(token: str) -> bytes:
    """The bytes of a token, or none for what we would not have written, letter by letter but for its case."""
    if not token.isascii() or len(token) > _LONGEST:
        return b""
    try:
        data = b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return b""
    return data if b32encode(data).decode().rstrip("=") == token.upper() else b""


def _pack(number: int) -> bytes:
    """A number of up to 63 bits: its length in one byte, then itself. ValueError for other numbers."""
    if not 0 <= number < 1 << 63:
        raise ValueError(f"{number} is no row's number")
    size = (number.bit_length() + 7) // 8
    return bytes([size]) + number.to_bytes(size, "big")


def _unpack(body: bytes) -> tuple[int, int]:
    """Two numbers packed one after the other, as we signed them."""
    split = 1 + body[0]
    return int.from_bytes(body[1:split], "big"), int.from_bytes(body[split + 1 :], "big")
