"""Double opt-in: who is asked to confirm, by one mail, and when nothing more is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from worker.errors import MailError
from worker.letters import CONFIRM, WELCOME, hand_over, log_refusal, send_letter, take_due, was_asked
from worker.mail.links import CONFIRM_WITHIN
from worker.mail.post import Post
from worker.models import Show, Subscriber
from worker.store import Store, Tx
from worker.subscribers import add_subscriber, check_address, prefer
from worker.suppress import is_suppressed

KEPT = timedelta(days=7)  # how long an address is kept that nobody confirms


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for who signs up. Nothing of it is proved yet."""

    email: str
    zone: str
    language: str
    shows: tuple[Show, ...] = ()


def sign_up(store: Store, post: Post, wish: Wish, origin: str, now: datetime, marks: Sequence[str] = ()) -> None:
    """Asks the owner of an address to confirm; who gets digests already is told how to change them.

    Each is told once in 72 hours, whoever asks how often. Never says which of the two it was. Nothing is sent where an
    operator wants nothing to be sent; `marks` are those that the address has if its owner was erased.
    """
    with store.begin() as tx:
        if is_suppressed(tx, check_address(wish.email)[1], marks):
            return
        found = _noted(tx, wish, now)
        is_new = _remind(tx, found, now) if found.state == "active" else ask(tx, found, origin, now)
    if is_new and found.state == "active":
        _welcome(store, post, found, now, again=True)
    elif is_new:
        send_asked(store, post, found.id, now)


def _noted(tx: Tx, wish: Wish, now: datetime) -> Subscriber:
    """The subscriber. The wishes of one that is not confirmed are noted; nobody else's, for who asks is unknown."""
    known = tx.subscribers.by_key(check_address(wish.email)[1])
    if known is None:
        known, _ = add_subscriber(
            tx, wish.email, zone=wish.zone, confirmed=False, now=now, origin="page", language=wish.language
        )
    tx.subscribers.hold(known.id)
    known = tx.subscribers.by_id(known.id) or known
    if known.state == "pending":
        prefer(tx, known, replace(known.preferences, zone=wish.zone, language=wish.language), now)
        for show in wish.shows:
            tx.subscribers.follow(known.id, show.id, now)
    return tx.subscribers.by_id(known.id) or known


def ask(tx: Tx, subscriber: Subscriber, origin: str, now: datetime) -> bool:
    """Notes that a confirm mail is wanted; False when there was one in the last 72 hours that waits for an answer."""
    if was_asked(tx.subscribers.consents(subscriber.id), CONFIRM, CONFIRM_WITHIN, now):
        return False
    if is_suppressed(tx, subscriber.email.casefold()):
        return False
    tx.subscribers.consent(subscriber.id, CONFIRM.asked, origin, now)
    return True


def _remind(tx: Tx, subscriber: Subscriber, now: datetime) -> bool:
    record = tx.subscribers.consents(subscriber.id)
    if any(line.what == "reminded" and now - line.at <= CONFIRM_WITHIN for line in record):
        return False
    tx.subscribers.consent(subscriber.id, "reminded", "page", now)
    return True


def send_asked(store: Store, post: Post, subscriber_id: int, now: datetime) -> bool:
    """Hands over a confirm mail that is wanted; False when it was not taken, and is tried again later."""
    with store.begin() as tx:
        subscriber = tx.subscribers.by_id(subscriber_id)
        shows = _names(tx, subscriber) if subscriber else []
    if subscriber is None:
        return False
    link = post.links.confirm(subscriber.id, now)
    context = {"confirm_url": link, "zone": subscriber.preferences.zone, "shows": shows}
    send = partial(send_letter, post, subscriber, CONFIRM, context, now)
    return hand_over(store, post, subscriber, CONFIRM, send, now)


def welcome(store: Store, post: Post, subscriber: Subscriber, now: datetime) -> None:
    """Tells somebody who has confirmed when the first digest comes, and where to change things. Sent once or not."""
    _welcome(store, post, subscriber, now, again=False)


def send_letters(store: Store, post: Post, now: datetime) -> int:
    """Tries again to hand over the confirm mails that were not taken; forgets addresses that nobody confirmed."""
    with store.begin() as tx:
        for subscriber_id in tx.subscribers.unconfirmed(now - KEPT):
            tx.subscribers.remove(subscriber_id, now)
        due = take_due(tx, CONFIRM, post, now)
    return sum(send_asked(store, post, subscriber_id, now) for subscriber_id in due)


def _welcome(store: Store, post: Post, subscriber: Subscriber, now: datetime, *, again: bool) -> None:
    with store.begin() as tx:
        shows = _names(tx, subscriber)
    context = {
        "shows": shows,
        "preferences": subscriber.preferences,
        "next_slot": subscriber.next_slot,
        "again": again,
        "preferences_url": post.links.preferences(subscriber.id),
        "unsubscribe_url": post.links.unsubscribe(subscriber.id),
    }
    try:
        send_letter(post, subscriber, WELCOME, context, now)
    except MailError as error:
        log_refusal(WELCOME, subscriber, error)


def _names(tx: Tx, subscriber: Subscriber) -> list[str]:
    names = {show.id: show.name for show in tx.shows.all()}
    return [names[follow.show_id] for follow in subscriber.follows]
