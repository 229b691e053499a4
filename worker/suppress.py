"""Addresses that nothing is sent to: put there by bounces, complaints and operators, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from worker.errors import UsageError
from worker.models import Subscriber
from worker.slots import next_slot
from worker.store import Tx
from worker.store.suppressions import OPERATOR, Suppression

SUPPRESSED = "suppressed"  # the state of a subscriber whom an operator has put there
RELEASED = "released"  # an operator has taken an entry off: what came back before counts no more
_YES = ("confirmed", "imported", "added")  # how a record of consents says it
_NO = ("unsubscribed",)


def suppress(tx: Tx, subscriber: Subscriber, evidence: str, origin: str, now: datetime) -> None:
    """Nothing more is sent to an address whose mail comes back. Its owner can confirm it anew."""
    tx.subscribers.set_state(subscriber.id, "bounced")
    tx.subscribers.consent(subscriber.id, "bounced", origin, now)
    tx.suppressions.add(_key(subscriber), "bounced", evidence, now, subscriber.id)


def complain(tx: Tx, subscriber: Subscriber, evidence: str, now: datetime) -> None:
    """Who calls our mail spam is unsubscribed, whatever they said before. They can confirm anew."""
    if subscriber.state not in ("unsubscribed", SUPPRESSED):
        tx.subscribers.set_state(subscriber.id, "unsubscribed")
        tx.subscribers.consent(subscriber.id, "unsubscribed", "complaint", now)
    tx.suppressions.add(_key(subscriber), "complained", evidence, now, subscriber.id)


def suppress_by_hand(tx: Tx, address_key: str, why: str, now: datetime) -> None:
    """An operator wants that nothing at all is sent to an address, not even a confirm mail, whoever asks."""
    found = tx.subscribers.by_key(address_key)
    tx.suppressions.add(address_key, OPERATOR, why, now, found.id if found else None)
    if found and found.state != SUPPRESSED:
        tx.subscribers.set_state(found.id, SUPPRESSED)
        tx.subscribers.consent(found.id, SUPPRESSED, OPERATOR, now)


def release(tx: Tx, entry: Suppression, now: datetime) -> str:
    """Takes an entry off. Gives the state that its subscriber has by what they last said, or ""."""
    tx.suppressions.remove(entry.id)
    subscriber = tx.subscribers.by_id(entry.subscriber_id) if entry.subscriber_id else None
    if subscriber is None or subscriber.state not in ("bounced", SUPPRESSED):
        return subscriber.state if subscriber else ""
    state = _wanted(tx, subscriber)
    tx.subscribers.set_state(subscriber.id, state)
    tx.subscribers.consent(subscriber.id, RELEASED, OPERATOR, now)
    if state == "active":
        slot = next_slot(subscriber.preferences, now, tx.subscribers.served(subscriber.id))
        tx.subscribers.set_slot(subscriber.id, slot.due)
    return state


def is_suppressed(tx: Tx, address_key: str, marks: Sequence[str] = ()) -> bool:
    """Is nothing at all to be sent to an address, not even a confirm mail? `marks` are those of who was erased."""
    found = tx.suppressions.find([address_key, *marks])
    return found is not None and found.reason == OPERATOR


def check_mailable(tx: Tx, address_key: str) -> None:
    """Raises UsageError when an operator wants nothing to be sent to an address."""
    if is_suppressed(tx, address_key):
        way_out = f"watercooler suppressions remove {address_key}"
        raise UsageError(f"nothing is sent to {address_key}: an operator has suppressed it; take it off: {way_out}")


def last_yes(tx: Tx, subscriber: Subscriber) -> datetime:
    """When it was last said that an address is good; what came back of mails before that tells nothing."""
    record = tx.subscribers.consents(subscriber.id)
    return max((line.at for line in record if line.what in (*_YES, RELEASED)), default=subscriber.created)


def _wanted(tx: Tx, subscriber: Subscriber) -> str:
    said = [line.what for line in tx.subscribers.consents(subscriber.id) if line.what in (*_YES, *_NO)]
    if not said:
        return "pending"
    return "active" if said[-1] in _YES else "unsubscribed"


def _key(subscriber: Subscriber) -> str:
    """The address for look-ups, as `address_key` has it: what is stored as typed is normalised already."""
    return subscriber.email.casefold()
