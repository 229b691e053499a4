"""Opens an issue: from due slots, or at an admin's request. Asking twice opens one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.errors import ConflictError
from worker.models import DeliveryState, Issue, IssueState, Slot, Subscriber
from worker.slots import due_slots, is_too_late
from worker.store import Store, Tx
from worker.store.subscribers import Sent

AT_ONCE = 2000  # subscribers whose turns are opened in one transaction


@dataclass(frozen=True, slots=True)
class Request:
    """What an admin asks for: all who follow something, or one reader, or one show; since when.

    A program may give a key of its own, with the mark of all that it asks: asked again, it is the same issue.
    """

    to: Subscriber | None = None
    show_id: int | None = None
    since: datetime | None = None
    asked_by: str = "admin"
    why: str = ""
    key: str = ""
    mark: str = ""


def open_due(store: Store, now: datetime) -> Issue | None:
    """The issue of all whose turn has come, opened some subscribers at a time; None when there are none."""
    found: Issue | None = None
    while True:
        count, issue = store.run(lambda tx: _open_some(tx, now))
        found = issue or found
        if count < AT_ONCE:
            return found


def _open_some(tx: Tx, now: datetime) -> tuple[int, Issue | None]:
    subscribers = tx.subscribers.due(now, limit=AT_ONCE)
    return len(subscribers), open_for_slots(tx, subscribers, now)


def open_for_slots(tx: Tx, subscribers: Sequence[Subscriber], now: datetime) -> Issue | None:
    """The issue of the slots due at this tick, with a delivery planned for each; None when nobody's turn has come.

    Every slot since the last tick is accounted for. Of several that one subscriber missed the last is served, if it
    is not too late for it; its digest tells all. Who else asks at the same moment finds the slots taken.
    """
    by_outcome: dict[str, list[tuple[int, Slot]]] = {}
    turns: dict[int, datetime] = {}
    for subscriber in subscribers:
        assert subscriber.next_slot is not None  # else it would not be due
        due, later = due_slots(subscriber.preferences, subscriber.next_slot, now)
        for slot in due:
            by_outcome.setdefault(_outcome(subscriber, slot, due[-1], now), []).append((subscriber.id, slot))
        turns[subscriber.id] = later.due
    tx.subscribers.set_slots(turns)
    opened = by_outcome.pop("opened", [])
    for outcome, slots in by_outcome.items():
        tx.subscribers.take_slots(slots, outcome)
    if not opened:
        return None
    issue, _ = _open(tx, f"slots-{now:%Y-%m-%dT%H:%M}Z", "slots", Request(asked_by="schedule"), now)
    taken = tx.subscribers.take_slots(opened, "opened", issue.id)
    tx.deliveries.plan(issue.id, sorted(subscriber_id for subscriber_id, _ in taken), now)
    return issue


def _outcome(subscriber: Subscriber, slot: Slot, last: Slot, now: datetime) -> str:
    """What becomes of a turn."""
    preferences = subscriber.preferences
    if preferences.paused_until and slot.due < preferences.paused_until:
        return "paused"
    if not subscriber.follows:
        return "follows nothing"
    return "missed" if slot != last or is_too_late(slot, preferences.cadence, now) else "opened"


def open_for_request(store: Store, request: Request, now: datetime) -> tuple[Issue, bool]:
    """The issue of an admin's request, and whether it is new: the same request in the same minute is the same issue.

    Raises ConflictError when the request's own key stands for something else.
    """
    with store.begin() as tx:
        key = request.key or f"admin-{now:%Y-%m-%dT%H:%M}Z-{_mark(request)}"
        issue, new = _open(tx, key, "admin", request, now)
        if new:
            _plan(tx, issue.id, request, now)
        else:
            check_same(issue, request.mark)
        return issue, new


def check_same(issue: Issue, mark: str) -> Issue:
    """The issue. Raises ConflictError when its key was given with something else."""
    if issue.mark != mark:
        raise ConflictError(f"this key stands for issue {issue.id}, which was asked for otherwise; give a new key")
    return issue


def turn(tx: Tx, issue: Issue, state: IssueState, now: datetime) -> int:
    """Pauses an issue, lets it go on, or cancels it; gives how many deliveries to come it concerns.

    Raises ConflictError when it was cancelled before.
    """
    if state is not IssueState.CANCELLED:
        check_not_cancelled(issue)
    tx.issues.set_state(issue.id, state)
    if state is IssueState.OPEN and issue.state is IssueState.PAUSED:
        tx.deliveries.make_anew(issue.id)
    if state is IssueState.CANCELLED:
        return tx.deliveries.close_to_come(issue.id, "the issue was cancelled", now)
    return tx.deliveries.count_to_come(issue.id)


def release(tx: Tx, issue: Issue, now: datetime, *, taken: bool, only: int | None = None) -> int:
    """A person decides about what may have been taken: it was (`taken`), or it is tried again; gives how many.

    What was taken counts as told. Raises ConflictError when the issue was cancelled.
    """
    check_not_cancelled(issue)
    held = tx.deliveries.held(issue.id, only)
    if not taken:
        tx.deliveries.release(held, now)
        return len(held)
    kept = tx.deliveries.frozen(held)
    told = [
        Sent(one.subscriber_id, one.id, kept[one.id].show_ids, kept[one.id].update_ids, kept[one.id].until)
        for one in tx.deliveries.by_ids(held)
    ]
    tx.deliveries.settle(held, now)  # deliveries first, as who sends does it, so that none waits in a circle
    tx.subscribers.tell(told)
    return len(held)


def check_not_cancelled(issue: Issue) -> None:
    """Raises ConflictError when an issue was cancelled: that is for good."""
    if issue.state is IssueState.CANCELLED:
        raise ConflictError(f"issue {issue.id} was cancelled, which is for good; send a new one")


def resend(tx: Tx, issue: Issue, now: datetime, *, only: int | None = None) -> int:
    """Plans anew what failed of an issue, or was skipped; gives how many. Who got their mail gets no second one.

    Raises ConflictError when the issue was cancelled.
    """
    check_not_cancelled(issue)
    again = (DeliveryState.FAILED, DeliveryState.SKIPPED)
    found = [
        one.id for one in tx.deliveries.of_issue(issue.id) if one.state in again and only in (None, one.subscriber_id)
    ]
    tx.deliveries.offer(found, now)
    return len(found)


def readers(tx: Tx, request: Request) -> list[Subscriber]:
    """Who is meant: active subscribers who follow something (or the show)."""
    if request.to:
        return [request.to]
    found = tx.subscribers.find(states=["active"], follows=request.show_id)
    return [subscriber for subscriber in found if subscriber.follows]


def _plan(tx: Tx, issue_id: int, request: Request, now: datetime) -> None:
    if request.to:
        tx.deliveries.plan(issue_id, [request.to.id], now)
    else:
        tx.deliveries.plan_followers(issue_id, request.show_id, now)


def _open(tx: Tx, key: str, trigger: str, request: Request, now: datetime) -> tuple[Issue, bool]:
    return tx.issues.open(
        key,
        trigger=trigger,
        asked_by=request.asked_by,
        period_end=now,
        show_id=request.show_id,
        since=request.since,
        why=request.why,
        mark=request.mark,
        now=now,
    )


def _mark(request: Request) -> str:
    parts = (request.to.id if request.to else None, request.show_id, request.since)
    return hashlib.blake2b(repr(parts).encode(), digest_size=4).hexdigest()
