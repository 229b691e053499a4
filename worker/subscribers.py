"""Subscribers: adding, confirming, following, unsubscribing, and whose turn is when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from worker.errors import NotFoundError, UsageError
from worker.mail.message import Envelope, compose
from worker.mail.post import Post
from worker.models import Preferences, Show, Subscriber
from worker.slots import after_change, next_slot
from worker.store import Store, Tx


def check_address(email: str) -> tuple[str, str]:
    """An address as typed, and normalised for look-ups. Raises UsageError that says what is wrong with it."""
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise UsageError(f"{email!r} is no e-mail address: {error}") from None
    return found.normalized, found.normalized.casefold()


def check_zone(zone: str) -> str:
    """A time zone's name. Raises UsageError when there is none of that name."""
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"there is no time zone {zone!r}; say it like Europe/Berlin or UTC") from None


def add_subscriber(tx: Tx, email: str, *, zone: str, confirmed: bool, now: datetime) -> tuple[Subscriber, bool]:
    """The subscriber of an address, and whether it is new. One who had left comes back only by `confirmed`."""
    address, key = check_address(email)
    zone = check_zone(zone)
    found = tx.subscribers.by_key(key)
    if found is None:
        state = "active" if confirmed else "pending"
        found = tx.subscribers.add(address, key, state=state, preferences=Preferences(zone=zone), now=now)
        new = True
    else:
        new = False
        if confirmed and found.state != "active":
            tx.subscribers.set_state(found.id, "active", confirmed_at=now)
    if confirmed:
        _set_slot(tx, found, now)
    return tx.subscribers.by_id(found.id) or found, new


def prefer(tx: Tx, subscriber: Subscriber, preferences: Preferences, now: datetime) -> None:
    """Changes how somebody wants their digests. A turn that is still to come is neither lost nor doubled by it."""
    preferences = replace(preferences, zone=check_zone(preferences.zone))
    tx.subscribers.prefer(subscriber.id, preferences)
    if subscriber.state == "active":
        served = tx.subscribers.served(subscriber.id)
        due = after_change(subscriber.preferences, preferences, subscriber.next_slot, served, now)
        tx.subscribers.set_slot(subscriber.id, due)


def _set_slot(tx: Tx, subscriber: Subscriber, now: datetime) -> None:
    served = tx.subscribers.served(subscriber.id)
    tx.subscribers.set_slot(subscriber.id, next_slot(subscriber.preferences, now, served).due)


def confirm(store: Store, subscriber_id: int, now: datetime) -> Subscriber | None:
    """The owner of an address says yes. Confirming twice is confirming once."""
    with store.begin() as tx:
        found = tx.subscribers.by_id(subscriber_id)
        if found is None:
            return None
        if found.state == "pending":
            tx.subscribers.set_state(found.id, "active", confirmed_at=now)
            _set_slot(tx, found, now)
        return tx.subscribers.by_id(found.id)


def unsubscribe(store: Store, subscriber_id: int) -> Subscriber | None:
    """Ends all digests to an address, at once. Doing it twice is doing it once."""
    with store.begin() as tx:
        found = tx.subscribers.by_id(subscriber_id)
        if found is not None and found.state != "unsubscribed":
            tx.subscribers.set_state(found.id, "unsubscribed")
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


def send_confirmation(post: Post, subscriber: Subscriber, shows: Sequence[str], now: datetime) -> None:
    """Sends the one mail that an unconfirmed address gets. Raises MailError when it is not taken."""
    context = {
        "confirm_url": post.links.confirm(subscriber.id, now),
        "shows": list(shows),
        "zone": subscriber.preferences.zone,
        "list_name": "Watercooler",
    }
    envelope = Envelope(
        to=subscriber.email,
        sender=post.sender,
        message_id=f"<confirm.{subscriber.id}.{int(now.timestamp())}@mid.{post.domain}>",
        kind="transactional",
    )
    message = compose(post.templates.render("confirm", context).body, envelope, now=now)
    post.transport.send(message, f"bounce@{post.domain}", subscriber.email)
