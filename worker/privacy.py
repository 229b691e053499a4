"""What is held about one person: given to them, or forgotten for good, with the proof."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.errors import NotFoundError, UsageError
from worker.store import Store, Tx
from worker.store.persons import Trace, shred
from worker.subscribers import check_address, find_subscriber

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


def export_person(store: Store, email: str) -> dict[str, Any]:
    """All that is held about one person, by table. Raises NotFoundError."""
    with store.begin() as tx:
        return dict(tx.subscribers.held(find_subscriber(tx, email).id))


def erase(store: Store, email: str, keys: Sequence[str], now: datetime) -> Proof:
    """Removes a person from every table and overwrites what is left in the files. Doing it again proves it again.

    Raises NotFoundError for an address that was never here, StoreError when the files could not be overwritten.
    """
    address, key = check_address(email)
    mark = marks(email, keys)[0]
    with store.begin() as tx:
        found = tx.subscribers.by_key(key)
        at = tx.subscribers.erased_at(marks(email, keys))
        if found is None and at is None:
            raise NotFoundError(f"nobody subscribes with {email}; there is nothing to erase")
        removed = tx.subscribers.remove(found.id, now) if found else {}
        tx.subscribers.mark_erased(mark, now)
    files = shred(store.engine, [address, key])
    return Proof(mark, now if found else at or now, removed, tuple(files))
