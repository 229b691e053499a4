"""Double opt-in: who is asked to confirm, by one mail, and when nothing more is sent.

The record of consents says how far it is: "asked" and "tried" are written before a mail is handed over, "mailed" or
"refused" after it. Nothing else is remembered, so that a crash or a server that is away delays a mail and loses none.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.errors import MailError
from worker.mail.links import CONFIRM_WITHIN
from worker.mail.post import Post
from worker.models import Show, Subscriber
from worker.store import Store, Tx
from worker.store.subscribers import Consent
from worker.subscribers import add_subscriber, check_address, prefer, send_confirmation, send_welcome

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)  # how long an address is kept that nobody confirms
_SETTLED = ("confirmed", "imported", "added", "unsubscribed")  # what was asked before has had its answer
_DONE = (*_SETTLED, "mailed", "refused")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for who signs up. Nothing of it is proved yet."""

    email: str
    zone: str
    language: str
    shows: tuple[Show, ...] = ()


def sign_up(store: Store, post: Post, wish: Wish, origin: str, now: datetime) -> None:
    """Asks the owner of an address to confirm; who gets digests already is told how to change them.

    Each is told once in 72 hours, whoever asks how often. Never says which of the two it was.
    """
    with store.begin() as tx:
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
    for line in reversed(tx.subscribers.consents(subscriber.id)):
        if line.what in _SETTLED:
            break
        if line.what == "asked" and now - line.at <= CONFIRM_WITHIN:
            return False
    tx.subscribers.consent(subscriber.id, "asked", origin, now)
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
    try:
        send_confirmation(post, subscriber, shows, now)
        what = "mailed"
    except MailError as error:
        log.warning("the confirm mail to subscriber %s was not taken: %s", subscriber_id, _why(error, subscriber))
        if not error.permanent and not error.uncertain:
            return False
        what = "mailed" if error.uncertain else "refused"
    with store.begin() as tx:
        if tx.subscribers.by_id(subscriber_id):
            tx.subscribers.consent(subscriber_id, what, post.transport.name, now)
    return what == "mailed"


def welcome(store: Store, post: Post, subscriber: Subscriber, now: datetime) -> None:
    """Tells somebody who has confirmed when the first digest comes, and where to change things. Sent once or not."""
    _welcome(store, post, subscriber, now, again=False)


def send_letters(store: Store, post: Post, now: datetime) -> int:
    """Tries again to hand over the confirm mails that were not taken; forgets addresses that nobody confirmed."""
    with store.begin() as tx:
        for subscriber_id in tx.subscribers.unconfirmed(now - KEPT):
            tx.subscribers.remove(subscriber_id, now)
        asked = tx.subscribers.asked_since(now - CONFIRM_WITHIN)
        due = [subscriber_id for subscriber_id, record in asked.items() if is_due(record, post.retry, now)]
        for subscriber_id in due:
            tx.subscribers.consent(subscriber_id, "tried", post.transport.name, now)
    return sum(send_asked(store, post, subscriber_id, now) for subscriber_id in due)


def is_due(record: Sequence[Consent], retry: Sequence[timedelta], now: datetime) -> bool:
    """Is a confirm mail still to be handed over, and has the wait after the last try passed?"""
    tries: list[datetime] = []
    for line in reversed(record):
        if line.what in _DONE:
            return False
        if line.what in ("asked", "tried"):
            tries.append(line.at)
        if line.what == "asked":
            break
    return 0 < len(tries) <= len(retry) and now - tries[0] >= retry[len(tries) - 1]


def _welcome(store: Store, post: Post, subscriber: Subscriber, now: datetime, *, again: bool) -> None:
    with store.begin() as tx:
        shows = _names(tx, subscriber)
    try:
        send_welcome(post, subscriber, shows, now, again=again)
    except MailError as error:
        log.warning("the welcome to subscriber %s was not taken: %s", subscriber.id, _why(error, subscriber))


def _names(tx: Tx, subscriber: Subscriber) -> list[str]:
    names = {show.id: show.name for show in tx.shows.all()}
    return [names[follow.show_id] for follow in subscriber.follows]


def _why(error: MailError, subscriber: Subscriber) -> str:
    """The reason without the address: logs outlive those who want to be forgotten."""
    return error.reason.replace(subscriber.email, "…")
