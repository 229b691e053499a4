"""Signed links: unsubscribe, confirm, preferences, come back, a digest and why. A token names a person by number, for
one purpose."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from worker.errors import SettingsError

CONFIRM_WITHIN = timedelta(hours=72)


class Links:
    """Makes and reads the links of a subscriber's mails. The first secret signs, all verify.

    Without a public URL there are no web links: then all that make one give None.
    """

    def __init__(self, public_url: str | None, secrets: Sequence[str]) -> None:
        keys = [secret for secret in secrets if secret.strip()]
        if not keys:
            raise SettingsError("WATERCOOLER_SECRET_KEY is empty: links cannot be signed; give it a long random text")
        self._base = public_url.rstrip("/") if public_url else None
        self._unsubscribe = _serializer(keys, "unsubscribe")
        self._confirm = _serializer(keys, "confirm")
        self._preferences = _serializer(keys, "preferences")
        self._resubscribe = _serializer(keys, "resubscribe")
        self._view = _serializer(keys, "view")
        self._why = _serializer(keys, "why")

    @property
    def has_web(self) -> bool:
        """Is there a public URL, so that links lead somewhere?"""
        return self._base is not None

    def unsubscribe(self, subscriber_id: int) -> str | None:
        """The one-click unsubscribe link. It does not expire."""
        return self._url("unsubscribe", self._unsubscribe.dumps(subscriber_id))

    def confirm(self, subscriber_id: int, now: datetime) -> str | None:
        """The link that makes a pending address active, within 72 hours from now."""
        return self._url("confirm", self._confirm.dumps([subscriber_id, int(now.timestamp())]))

    def preferences(self, subscriber_id: int) -> str | None:
        """The link to what a subscriber wants. It opens nothing else, and does not expire."""
        return self._url("preferences", self._preferences.dumps(subscriber_id))

    def resubscribe(self, subscriber_id: int) -> str | None:
        """The way back for who has left: a confirm mail is asked for there."""
        return self._url("resubscribe", self._resubscribe.dumps(subscriber_id))

    def view(self, subscriber_id: int, delivery_id: int) -> str | None:
        """A digest as it was sent, in the browser. It is kept for some time; the link has no end of its own.

        A delivery's number may be given again when its reader is gone, a reader's never: so both stand in it.
        """
        return self._url("view", self._view.dumps([subscriber_id, delivery_id]))

    def why(self, subscriber_id: int, delivery_id: int, update_id: int) -> str | None:
        """Why a digest told an update."""
        return self._url("why", self._why.dumps([subscriber_id, delivery_id, update_id]))

    def subscribe(self) -> str | None:
        """The page to sign up on; it is for everybody."""
        return f"{self._base}/subscribe" if self._base else None

    def read_unsubscribe(self, token: str) -> int | None:
        """The subscriber who may be unsubscribed with this token, or None when we did not sign it."""
        return _number(_read(self._unsubscribe, token))

    def read_preferences(self, token: str) -> int | None:
        """The subscriber whose preferences this token opens, or None when we did not sign it."""
        return _number(_read(self._preferences, token))

    def read_resubscribe(self, token: str) -> int | None:
        """The subscriber who comes back with this token, or None when we did not sign it."""
        return _number(_read(self._resubscribe, token))

    def read_view(self, token: str) -> tuple[int, int] | None:
        """The subscriber and the delivery that this token shows, or None when we did not sign it."""
        match _read(self._view, token):
            case [int(subscriber_id), int(delivery_id)]:
                return subscriber_id, delivery_id
        return None

    def read_why(self, token: str) -> tuple[int, int, int] | None:
        """The subscriber, delivery and update that this token explains, or None when we did not sign it."""
        match _read(self._why, token):
            case [int(subscriber_id), int(delivery_id), int(update_id)]:
                return subscriber_id, delivery_id, update_id
        return None

    def read_confirm(self, token: str, now: datetime) -> int | None:
        """The subscriber whom this token confirms, or None when we did not sign it or it is too old."""
        match _read(self._confirm, token):
            case [int(subscriber_id), int(issued)] if now.timestamp() - issued <= CONFIRM_WITHIN.total_seconds():
                return subscriber_id
        return None

    def _url(self, page: str, token: str | bytes) -> str | None:
        text = token.decode() if isinstance(token, bytes) else token
        return f"{self._base}/{page}/{text}" if self._base else None


class _Serializer(URLSafeSerializer):
    """Every message has four links. What they hold is never long enough to be worth packing, and the signer is kept."""

    def dumps(self, obj: Any, salt: str | bytes | None = None) -> str:
        """The token of a few numbers; `loads` reads it."""
        return self._signer.sign(base64_encode(json.dumps(obj, separators=(",", ":")))).decode()

    @cached_property
    def _signer(self) -> Signer:
        return self.make_signer()


def _serializer(keys: list[str], purpose: str) -> _Serializer:
    """A signer whose purpose is part of the signature, so that no link opens another door."""
    # itsdangerous signs with the last key of a list; our settings name the newest first.
    newest_last = list(reversed(keys))
    return _Serializer(newest_last, salt=f"watercooler.{purpose}", signer_kwargs={"digest_method": hashlib.sha256})


def _read(serializer: URLSafeSerializer, token: str) -> Any:
    """What we signed, or None for anything else, whatever it is."""
    try:
        return serializer.loads(token) if _is_canonical(token) else None
    except (BadData, UnicodeError):
        return None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _is_canonical(token: str) -> bool:
    """Is the signature written in the one way in which we write it?

    Base64 decoders pass over stray characters and spare bits, so several texts would stand for one signature.
    """
    signature = token.rpartition(".")[2]
    return base64_encode(base64_decode(signature)).decode() == signature
