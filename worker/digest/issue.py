"""Opens an issue: from due slots, or at an admin's request. Asking twice opens one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.models import Issue, Subscriber
from worker.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Request:
    """What an admin asks for: all who follow something, or one reader, or one show; since when."""

    to: Subscriber | None = None
    show_id: int | None = None
    since: datetime | None = None
    asked_by: str = "admin"


def open_for_slots(tx: Tx, subscribers: Sequence[Subscriber], now: datetime) -> Issue | None:
    """The issue of the slots due at this tick, with a delivery planned for each; None when nobody's turn has come."""
    if not subscribers:
        return None
    issue = _open(tx, f"slots-{now:%Y-%m-%dT%H:%M}Z", "slots", Request(asked_by="schedule"), now)
    tx.issues.plan(issue.id, [subscriber.id for subscriber in subscribers if subscriber.follows], now)
    return issue


def open_for_request(store: Store, request: Request, now: datetime) -> tuple[Issue, bool]:
    """The issue of an admin's request, and whether it is new: the same request in the same minute is the same issue."""
    with store.begin() as tx:
        key = f"admin-{now:%Y-%m-%dT%H:%M}Z-{_mark(request)}"
        known = tx.issues.by_key(key)
        if known:
            return known, False
        issue = _open(tx, key, "admin", request, now)
        tx.issues.plan(issue.id, [subscriber.id for subscriber in readers(tx, request)], now)
        return issue, True


def readers(tx: Tx, request: Request) -> list[Subscriber]:
    """Who is meant: active subscribers who follow something (or the show)."""
    if request.to:
        return [request.to]
    found = tx.subscribers.find(states=["active"], follows=request.show_id)
    return [subscriber for subscriber in found if subscriber.follows]


def _open(tx: Tx, key: str, trigger: str, request: Request, now: datetime) -> Issue:
    issue, _ = tx.issues.open(
        key,
        trigger=trigger,
        asked_by=request.asked_by,
        period_end=now,
        show_id=request.show_id,
        since=request.since,
        now=now,
    )
    return issue


def _mark(request: Request) -> str:
    parts = (request.to.id if request.to else None, request.show_id, request.since)
    return hashlib.blake2b(repr(parts).encode(), digest_size=4).hexdigest()
