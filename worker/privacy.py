"""What is held about one person: given to them, or forgotten for good, with the proof."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from worker.errors import NotFoundError, UsageError
from worker.letters import EXPORT, hand_over, send_letter, take_due, was_asked
from worker.mail.message import Attachment
from worker.mail.post import Post
from worker.models import Subscriber
from worker.store import Store, Tx
from worker.store.persons import Trace, shred
from worker.subscribers import check_address, find_subscriber

EXPORT_FILE = "watercooler-export.json"
ONCE_IN = timedelta(days=1)  # an export by mail
MOST_BYTES = 7_000_000  # of an export by mail: in base64 it is a third more, and Postfix takes 10 MB as it comes
_PURPOSE = b"watercooler.erased\0"


@dataclass(frozen=True, slots=True)
class Proof:
    """That a person is forgotten: what was removed, and that the database's files no longer hold the address."""

    mark: str
    at: datetime
    removed: dict[str, int]
    files: tuple[Trace, ...]

    @property
    def holds(self) -> bool:
        """Does the address occur nowhere?"""
        return not any(trace.found for trace in self.files)


def marks(email: str, keys: Sequence[str]) -> list[str]:
    """Keyed hashes of an address, by each of the service's keys: from them no address can be read or tried out."""
    text = _PURPOSE + check_address(email)[1].encode()
    return [hmac.new(key.encode(), text, hashlib.sha256).hexdigest() for key in keys]


def check_not_erased(tx: Tx, email: str, keys: Sequence[str]) -> None:
    """Raises UsageError when the owner of an address wanted to be forgotten, and has not come back."""
    if tx.subscribers.by_key(check_address(email)[1]):
        return
    at = tx.subscribers.erased_at(marks(email, keys))
    if at:
        raise UsageError(f"{email} was erased on {at:%Y-%m-%d}: only its owner can come back, by the sign-up page")


def export_person(store: Store, email: str, now: datetime) -> str:
    """All that is held about one person, as JSON by table. Raises NotFoundError."""
    with store.begin() as tx:
        subscriber = find_subscriber(tx, email)
        return _as_json(_export(tx, subscriber, now))


def may_export(subscriber: Subscriber) -> bool:
    """May an export be mailed? Who has not confirmed gets one mail alone; who is suppressed by an operator, none."""
    return subscriber.state not in ("pending", "suppressed")


def ask_export(tx: Tx, subscriber: Subscriber, origin: str, now: datetime) -> bool:
    """Notes that somebody wants what is held about them by mail; False when they may not, or asked within a day."""
    tx.subscribers.hold(subscriber.id)
    record = tx.subscribers.consents(subscriber.id)
    if not may_export(subscriber) or was_asked(record, EXPORT, ONCE_IN, now):
        return False
    tx.subscribers.consent(subscriber.id, EXPORT.asked, origin, now)
    return True


def send_export(store: Store, post: Post, subscriber_id: int, now: datetime) -> bool:
    """Mails somebody what is held about them, to their own address; False when it was not taken, or they are gone."""
    with store.begin() as tx:
        subscriber = tx.subscribers.by_id(subscriber_id)
        form = _fitting(_export(tx, subscriber, now)) if subscriber else {}
    if subscriber is None:
        return False
    file = Attachment(EXPORT_FILE, _as_json(form).encode())
    context = {
        "at": now,
        "zone": subscriber.preferences.zone,
        "file": EXPORT_FILE,
        "left_out": form.get("left_out", ""),
        "preferences_url": post.links.preferences(subscriber.id),
    }
    send = partial(send_letter, post, subscriber, EXPORT, context, now, file)
    return hand_over(store, post, subscriber, EXPORT, send, now)


def send_exports(store: Store, post: Post, now: datetime) -> int:
    """Tries again to hand over the exports that were not taken; gives how many were."""
    with store.begin() as tx:
        due = take_due(tx, EXPORT, post, now)
    return sum(send_export(store, post, subscriber_id, now) for subscriber_id in due)


def _export(tx: Tx, subscriber: Subscriber, now: datetime) -> dict[str, Any]:
    return {"email": subscriber.email, "exported_at": now, **tx.subscribers.held(subscriber.id)}


def _fitting(form: dict[str, Any]) -> dict[str, Any]:
    """An export that mail servers take: of one that is too large the kept digests are left out, and it says so."""
    if len(_as_json(form).encode()) <= MOST_BYTES:
        return form
    return {**form, "archive": [], "left_out": f"archive: {len(form['archive'])} digests as they were sent"}


def _as_json(form: dict[str, Any]) -> str:
    return json.dumps(form, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def erase(store: Store, email: str, keys: Sequence[str], now: datetime) -> Proof:
    """Removes a person from every table and overwrites what is left in the files. Doing it again proves it again.

    Raises NotFoundError for an address that was never here, StoreError when the files could not be overwritten.
    """
    address, key = check_address(email)
    mark = marks(email, keys)[0]
    with store.begin() as tx:
        found = tx.subscribers.by_key(key)
        at = tx.subscribers.erased_at(marks(email, keys))
        kept = tx.suppressions.forget(key, mark)
        if found is None and at is None and not kept:
            raise NotFoundError(f"nobody subscribes with {email}; there is nothing to erase")
        removed = tx.subscribers.remove(found.id, now) if found else {}
        tx.subscribers.mark_erased(mark, now)
    files = shred(store.engine, [address, key])
    return Proof(mark, now if found else at or now, removed, tuple(files))
