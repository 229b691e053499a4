"""Signed links: unsubscribe and confirm. A token names a subscriber by number and serves one purpose only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from worker.errors import SettingsError

CONFIRM_WITHIN = timedelta(hours=72)


class Links:
    """Makes and reads the links of a subscriber's mails. The first secret signs, all verify.

    Without a public URL there are no web links: then `unsubscribe` and `confirm` give None.
    """

    def __init__(self, public_url: str | None, secrets: Sequence[str]) -> None:
        keys = [secret for secret in secrets if secret.strip()]
        if not keys:
            raise SettingsError("WATERCOOLER_SECRET_KEY is empty: links cannot be signed; give it a long random text")
        self._base = public_url.rstrip("/") if public_url else None
        self._unsubscribe = _serializer(keys, "unsubscribe")
        self._confirm = _serializer(keys, "confirm")

    def unsubscribe(self, subscriber_id: int) -> str | None:
        """The one-click unsubscribe link. It does not expire."""
        return self._url("unsubscribe", self._unsubscribe.dumps(subscriber_id))

    def confirm(self, subscriber_id: int, now: datetime) -> str | None:
        """The link that makes a pending address active, within 72 hours from now."""
        return self._url("confirm", self._confirm.dumps([subscriber_id, int(now.timestamp())]))

    def read_unsubscribe(self, token: str) -> int | None:
        """The subscriber who may be unsubscribed with this token, or None when we did not sign it."""
        value = _read(self._unsubscribe, token)
        return value if isinstance(value, int) else None

    def read_confirm(self, token: str, now: datetime) -> int | None:
        """The subscriber whom this token confirms, or None when we did not sign it or it is too old."""
        match _read(self._confirm, token):
            case [int(subscriber_id), int(issued)] if now.timestamp() - issued <= CONFIRM_WITHIN.total_seconds():
                return subscriber_id
        return None

    def _url(self, page: str, token: str | bytes) -> str | None:
        text = token.decode() if isinstance(token, bytes) else token
        return f"{self._base}/{page}/{text}" if self._base else None


def _serializer(keys: list[str], purpose: str) -> URLSafeSerializer:
    """A signer whose purpose is part of the signature, so that no link opens another door."""
    # itsdangerous signs with the last key of a list; our settings name the newest first.
    newest_last = list(reversed(keys))
    return URLSafeSerializer(
        newest_last, salt=f"watercooler.{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _read(serializer: URLSafeSerializer, token: str) -> Any:
    """What we signed, or None for anything else, whatever it is."""
    try:
        return serializer.loads(token) if _is_canonical(token) else None
    except (BadData, UnicodeError):
        return None


def _is_canonical(token: str) -> bool:
    """Is the signature written in the one way in which we write it?

    Base64 decoders pass over stray characters and spare bits, so several texts would stand for one signature.
    """
    signature = token.rpartition(".")[2]
    return base64_encode(base64_decode(signature)).decode() == signature
