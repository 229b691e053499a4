"""Claim, build, compose, hand over, record: one delivery after the other. `preview` is a dry run of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from worker.digest.compose import ReaderLinks, compose_digest, lay_out
from worker.digest.content import Digest
from worker.digest.newsroom import Newsroom, follows_in
from worker.errors import MailError, TemplateError
from worker.mail.message import Body, Envelope, Templates, compose
from worker.mail.post import Post
from worker.models import Delivery, DeliveryState, Issue, IssueState, QuoteRules, Subscriber
from worker.store import Store, Tx
from worker.store.issues import Archived, Frozen

LEASE = timedelta(minutes=10)
CLEANED = 200  # archived digests that are forgotten at one tick, at the most
_UNKNOWN = "handed over, no answer yet"


def preview(
    store: Store,
    subscriber: Subscriber,
    issue: Issue,
    templates: Templates,
    quoting: QuoteRules = QuoteRules(),
) -> Digest | None:
    """The digest that this subscriber would get in this issue; nothing is stored or sent."""
    with store.begin() as tx:
        return next(Newsroom(tx, issue, quoting, templates).digests([subscriber]))[1]


def preview_message(digest: Digest, subscriber: Subscriber, issue: Issue, post: Post, now: datetime) -> bytes:
    """The bytes that would be handed over; but for the numbers of issue and delivery, which are given when it is sent.

    Raises MailError, TemplateError.
    """
    delivery = Delivery(0, issue.id, subscriber.id, subscriber.email, DeliveryState.PLANNED)
    body = body_of(digest, subscriber.id, post, delivery.id)
    return compose(body, _envelope(delivery, issue, post), now=now)


def clean_archive(tx: Tx, kept: timedelta, now: datetime) -> int:
    """Forgets digests that were kept long enough to be read again, a few at a time; gives how many."""
    return tx.issues.forget_archived(now - kept, CLEANED)


def deliver(
    delivery_ids: Sequence[int],
    store: Store,
    post: Post,
    now: datetime,
    *,
    on_done: Callable[[Delivery], None] = lambda delivery: None,
) -> list[Delivery]:
    """Hands over a batch of deliveries. One that fails never stops the others; every fate is recorded."""
    with store.begin() as tx:
        claimed = tx.issues.claim(delivery_ids, now, LEASE)
        ready = _prepare(tx, claimed, post, now)
    for delivery in claimed:
        if delivery.id in ready:
            _hand_over(store, delivery, ready[delivery.id], post, now)
        on_done(delivery)
    with store.begin() as tx:
        ids = {delivery.id for delivery in claimed}
        issues = {delivery.issue_id for delivery in claimed}
        return [d for issue_id in sorted(issues) for d in tx.issues.deliveries(issue_id) if d.id in ids]


def _prepare(tx: Tx, deliveries: Sequence[Delivery], post: Post, now: datetime) -> dict[int, Frozen]:
    """Builds and freezes what is not frozen yet; what cannot be sent gets its state here."""
    subscribers = tx.subscribers.by_ids([delivery.subscriber_id for delivery in deliveries])
    ready: dict[int, Frozen] = {}
    fresh: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        subscriber = subscribers[delivery.subscriber_id]
        if subscriber.state != "active":
            tx.issues.set_state(delivery.id, DeliveryState.SKIPPED, now, reply=f"the address is {subscriber.state}")
            tx.issues.thaw(delivery.id)
        elif frozen := tx.issues.frozen(delivery.id):
            ready[delivery.id] = frozen
        else:
            fresh.setdefault(delivery.issue_id, []).append(delivery)
    for issue_id, waiting in fresh.items():
        issue = tx.issues.by_id(issue_id)
        assert issue is not None  # a delivery's issue cannot be deleted before it
        newsroom = Newsroom(tx, issue, post.quoting, post.templates)
        digests = newsroom.digests([subscribers[delivery.subscriber_id] for delivery in waiting])
        for delivery, (subscriber, digest) in zip(waiting, digests, strict=True):
            if frozen := _freeze(tx, delivery, issue, subscriber, digest, post, now):
                ready[delivery.id] = frozen
    return ready


def _freeze(
    tx: Tx,
    delivery: Delivery,
    issue: Issue,
    subscriber: Subscriber,
    digest: Digest | None,
    post: Post,
    now: datetime,
) -> Frozen | None:
    if digest is None:
        tx.issues.set_state(delivery.id, DeliveryState.SKIPPED, now, reply="nothing new for this reader")
        return None
    try:
        body = body_of(digest, subscriber.id, post, delivery.id)
        envelope = _envelope(delivery, issue, post)
        message = compose(body, envelope, now=now)
    except (MailError, TemplateError) as error:
        tx.issues.set_state(delivery.id, DeliveryState.FAILED, now, reply=str(error))
        return None
    # a show for which there was room for its name alone is told of next time
    untold = {block.show_id for block in lay_out(digest, post.press).named}
    shows = tuple(follow.show_id for follow in follows_in(subscriber, issue) if follow.show_id not in untold)
    updates = digest.update_ids(untold)
    frozen = Frozen(subscriber.email, f"bounce@{post.domain}", message, shows, updates, issue.period_end)
    tx.issues.freeze(delivery.id, frozen)
    if post.links.view(subscriber.id, delivery.id):  # else nobody can ask for it
        tx.issues.archive(delivery.id, _archived(body, digest, now))
    tx.issues.set_state(delivery.id, DeliveryState.CLAIMED, now, message_id=envelope.message_id)
    return frozen


def _archived(body: Body, digest: Digest, now: datetime) -> Archived:
    """What the message says, as it can be read again."""
    rendered = body.rendered
    told = tuple(
        (item.update_id, block.name, item.headline) for block in (*digest.shows, *digest.brief) for item in block.told
    )
    return Archived(rendered.html or rendered.text, "html" if rendered.html else "text", now, told)


def _envelope(delivery: Delivery, issue: Issue, post: Post) -> Envelope:
    """Whom a digest goes to, and its headers. The same delivery gives the same Message-ID."""
    url = post.links.unsubscribe(delivery.subscriber_id)
    mailto = unsubscribe_mail(post)
    return Envelope(
        to=delivery.email,
        sender=post.sender,
        message_id=f"<{issue.id}.{_opaque(delivery, issue)}@mid.{post.domain}>",
        list_id=f"weekly.digest.{post.domain}",
        unsubscribe=(url, mailto) if url else (mailto,),
        one_click=url is not None,
        feedback_id=f"{issue.period_end:%G-W%V}:{issue.trigger}:digest:watercooler",
    )


def body_of(digest: Digest, subscriber_id: int, post: Post, delivery_id: int = 0) -> Body:
    """What stands in the message of a digest, with the subscriber's own links. Raises TemplateError."""
    links = ReaderLinks(
        post.links.unsubscribe(subscriber_id),
        unsubscribe_mail(post),
        preferences=post.links.preferences(subscriber_id),
        view=post.links.view(subscriber_id, delivery_id),
    )
    return compose_digest(digest, links, post.press)


def unsubscribe_mail(post: Post) -> str:
    """Where a mail ends a subscription."""
    return f"mailto:unsubscribe@{post.domain}?subject=unsubscribe"


def _hand_over(store: Store, delivery: Delivery, frozen: Frozen, post: Post, now: datetime) -> None:
    """ "Handing over" is committed before the transport is called: after a crash in between, nobody can know."""
    attempts = delivery.attempts + 1
    doubt = " (may be double)" if delivery.reply == _UNKNOWN else ""
    with store.begin() as tx:
        state, issue = tx.issues.standing(delivery.id)
        if state is not DeliveryState.CLAIMED or issue is not IssueState.OPEN:  # cancelled or paused a moment ago
            if state is DeliveryState.CLAIMED:
                tx.issues.set_state(delivery.id, DeliveryState.PLANNED, now)
            return
        subscriber = tx.subscribers.by_id(delivery.subscriber_id)
        if subscriber is None or subscriber.state != "active":
            tx.issues.set_state(delivery.id, DeliveryState.SKIPPED, now, reply="unsubscribed meanwhile")
            tx.issues.thaw(delivery.id)
            return
        tx.issues.set_state(delivery.id, DeliveryState.HANDING_OVER, now, attempts=attempts, reply=_UNKNOWN)
    try:
        reply = post.transport.send(frozen.message, frozen.sender, frozen.recipient)
    except MailError as error:
        _record_refusal(store, delivery, error, attempts, post, now)
        return
    with store.begin() as tx:
        tx.issues.set_state(delivery.id, DeliveryState.SENT, now, reply=reply + doubt)
        tx.subscribers.tell(delivery.subscriber_id, frozen.show_ids, frozen.update_ids, frozen.until, delivery.id)
        tx.issues.thaw(delivery.id)


def _record_refusal(
    store: Store, delivery: Delivery, error: MailError, attempts: int, post: Post, now: datetime
) -> None:
    """Temporary refusals are tried again by the retry schedule; when it is used up, the delivery has failed."""
    with store.begin() as tx:
        if error.permanent or attempts > len(post.retry):
            tx.issues.set_state(delivery.id, DeliveryState.FAILED, now, reply=error.reason)
            tx.issues.thaw(delivery.id)
        else:
            state = DeliveryState.UNCERTAIN if error.uncertain else DeliveryState.DEFERRED
            reply = _UNKNOWN if error.uncertain else error.reason
            tx.issues.set_state(delivery.id, state, now, reply=reply, next_try=now + post.retry[attempts - 1])


def _opaque(delivery: Delivery, issue: Issue) -> str:
    return hashlib.blake2b(f"{issue.key}/{delivery.subscriber_id}".encode(), digest_size=10).hexdigest()
