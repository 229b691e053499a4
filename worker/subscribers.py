"""Subscribers: adding, confirming, following, preferring, unsubscribing, and whose turn is when."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from email_validator import EmailNotValidError, validate_email

from worker.errors import NotFoundError, UsageError
from worker.models import Preferences, Show, Subscriber
from worker.slots import after_change, next_slot
from worker.store import Store, Tx
from worker.suppress import SUPPRESSED, check_mailable, is_suppressed

_TURNS = ("cadence", "weekday", "hour", "zone")  # the preferences that say when


def check_address(email: str) -> tuple[str, str]:
    """An address as typed, and normalised for look-ups. Raises UsageError that says what is wrong with it."""
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise UsageError(f"{email!r} is no e-mail address: {error}") from None
    return found.normalized, found.normalized.casefold()


def check_zone(zone: str) -> str:
    """A time zone's name, in whatever case it is typed. Raises UsageError when there is none of that name."""
    name = _zones().get(zone.strip().replace(" ", "_").casefold(), "")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = near_zones(zone)
        hint = f"did you mean {' or '.join(near)}?" if near else "say it like Europe/Berlin or UTC"
        raise UsageError(f"there is no time zone {zone!r}; {hint}") from None


def near_zones(zone: str) -> list[str]:
    """Time zones named after the place that somebody typed: "Berlin" is Europe/Berlin."""
    place = zone.strip().replace(" ", "_").casefold()
    return sorted(name for key, name in _zones().items() if place and key.rpartition("/")[2] == place)[:3]


@functools.cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() - {"Factory", "localtime"}}


def add_subscriber(
    tx: Tx,
    email: str,
    *,
    zone: str,
    confirmed: bool,
    now: datetime,
    what: str = "added",
    origin: str = "command line",
    language: str = "en",
) -> tuple[Subscriber, bool]:
    """The subscriber of an address, and whether it is new. One who had left comes back only by `confirmed`.

    `what` and `origin` are kept in the record of consents where the address is confirmed by it.
    """
    address, key = check_address(email)
    check_mailable(tx, key)
    preferences = Preferences(zone=check_zone(zone), language=language)
    found = tx.subscribers.by_key(key)
    new = found is None
    if found is None:
        state = "active" if confirmed else "pending"
        found = tx.subscribers.add(address, key, state=state, preferences=preferences, now=now)
    elif confirmed and found.state != "active":
        tx.subscribers.set_state(found.id, "active", confirmed_at=now)
    if confirmed and (new or found.state != "active"):
        tx.subscribers.consent(found.id, what, origin, now)
        tx.suppressions.lift(found.id)
        _set_slot(tx, found, now)
    return tx.subscribers.by_id(found.id) or found, new


def prefer(tx: Tx, subscriber: Subscriber, preferences: Preferences, now: datetime) -> None:
    """Changes how somebody wants their digests. A turn that is still to come is neither lost nor doubled by it.

    Nor is one that has come and was not served yet: the next tick serves it.
    """
    old, preferences = subscriber.preferences, replace(preferences, zone=check_zone(preferences.zone))
    tx.subscribers.prefer(subscriber.id, preferences)
    waits = subscriber.next_slot is not None and subscriber.next_slot <= now
    same = all(getattr(old, name) == getattr(preferences, name) for name in _TURNS)
    if subscriber.state == "active" and not waits and not same:
        served = tx.subscribers.served(subscriber.id)
        due = after_change(old, preferences, subscriber.next_slot, served, now)
        tx.subscribers.set_slot(subscriber.id, due)


def _set_slot(tx: Tx, subscriber: Subscriber, now: datetime) -> None:
    served = tx.subscribers.served(subscriber.id)
    tx.subscribers.set_slot(subscriber.id, next_slot(subscriber.preferences, now, served).due)


def confirm(store: Store, subscriber_id: int, now: datetime, origin: str = "page") -> Subscriber | None:
    """The owner of an address says yes. Confirming twice is confirming once.

    Who has left comes back by it only when they, or somebody, asked for it after they had left.
    """
    with store.begin() as tx:
        tx.subscribers.hold(subscriber_id)
        found = tx.subscribers.by_id(subscriber_id)
        if found is None or is_suppressed(tx, found.email.casefold()):
            return found
        if found.state == "pending" or (found.state != "active" and _was_asked(tx, found)):
            tx.subscribers.set_state(found.id, "active", confirmed_at=now)
            tx.subscribers.consent(found.id, "confirmed", origin, now)
            tx.suppressions.lift(found.id)
            for followed in found.follows:
                tx.shows.accept(followed.show_id)
            _set_slot(tx, found, now)
        return tx.subscribers.by_id(found.id)


def _was_asked(tx: Tx, subscriber: Subscriber) -> bool:
    record = [line.what for line in tx.subscribers.consents(subscriber.id)]
    return next((what == "asked" for what in reversed(record) if what in ("asked", "unsubscribed", "bounced")), False)


def unsubscribe(store: Store, subscriber_id: int, now: datetime, origin: str = "page") -> Subscriber | None:
    """Ends all digests to an address, at once. Doing it twice is doing it once."""
    with store.begin() as tx:
        tx.subscribers.hold(subscriber_id)
        found = tx.subscribers.by_id(subscriber_id)
        if found is not None and found.state not in ("unsubscribed", SUPPRESSED):
            tx.subscribers.set_state(found.id, "unsubscribed")
            tx.subscribers.consent(found.id, "unsubscribed", origin, now)
        return found


def find_subscriber(tx: Tx, email: str) -> Subscriber:
    """The subscriber of an address. Raises NotFoundError."""
    found = tx.subscribers.by_key(check_address(email)[1])
    if found is None:
        raise NotFoundError(f"nobody subscribes with {email}; see `watercooler subscribers list`")
    return found


def follow(tx: Tx, subscriber: Subscriber, show: Show, now: datetime) -> None:
    """Follows a show; what somebody follows is a show for sure."""
    tx.subscribers.follow(subscriber.id, show.id, now)
    tx.shows.accept(show.id)
