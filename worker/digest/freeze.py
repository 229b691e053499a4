"""From deliveries to frozen messages: what is new for each reader is chosen, composed, signed, and kept to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.digest.compose import ReaderLinks, compose_digest, lay_out
from worker.digest.content import Digest
from worker.digest.newsroom import Newsroom, follows_in
from worker.errors import MailError, TemplateError
from worker.mail.message import Body, Envelope, compose
from worker.mail.post import Post
from worker.models import Delivery, DeliveryState, Issue, IssueState, Subscriber
from worker.store import Tx
from worker.store.archive import Kept
from worker.store.deliveries import Frozen

NOTHING = "nothing new for this reader"
_READ_AGAIN = timedelta(minutes=1)  # what a newsroom has read holds for so long


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery with the message to hand over."""

    delivery: Delivery
    frozen: Frozen


@dataclass(frozen=True, slots=True)
class _Made:
    """A message that was just made, with its Message-ID and what the archive keeps of it."""

    delivery: Delivery
    message_id: str
    frozen: Frozen
    kept: Kept


class Freezer:
    """Makes the messages of deliveries. What was read for an issue is kept for its other deliveries."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.paused: dict[int, str] = {}  # issues that were paused for a wrong template, and why
        self._newsroom: tuple[datetime, int, Newsroom] | None = None  # when, and up to which update, it has read

    def prepare(self, tx: Tx, deliveries: Sequence[Delivery], holder: str, now: datetime) -> list[Ready]:
        """The messages of claimed deliveries, frozen; a delivery that cannot be sent gets its state here."""
        people = tx.subscribers.by_ids([delivery.subscriber_id for delivery in deliveries])
        kept = tx.deliveries.frozen([delivery.id for delivery in deliveries])
        ready: list[Ready] = []
        fresh: dict[int, list[Delivery]] = {}
        for delivery in deliveries:
            if (state := people[delivery.subscriber_id].state) != "active":
                tx.deliveries.close([delivery.id], DeliveryState.SKIPPED, f"the address is {state}", now)
            elif frozen := kept.get(delivery.id):
                ready.append(Ready(delivery, frozen))
            else:
                fresh.setdefault(delivery.issue_id, []).append(delivery)
        for issue_id, waiting in fresh.items():
            ready += self._of_issue(tx, issue_id, waiting, people, holder, now)
        return ready

    def _of_issue(
        self,
        tx: Tx,
        issue_id: int,
        waiting: Sequence[Delivery],
        people: Mapping[int, Subscriber],
        holder: str,
        now: datetime,
    ) -> list[Ready]:
        """A template that is wrong is wrong for all: its issue is paused, and nothing of it is sent half."""
        issue = tx.issues.by_id(issue_id)
        assert issue is not None  # a delivery's issue cannot be deleted before it
        try:
            return self._freeze(tx, issue, waiting, people, now)
        except TemplateError as error:
            reason = f"a template is wrong: {error}"
            if tx.issues.set_state(issue_id, IssueState.PAUSED, reason, only=IssueState.OPEN):
                self.paused[issue_id] = reason
            tx.deliveries.give_back([delivery.id for delivery in waiting], holder, now)
            return []

    def _freeze(
        self, tx: Tx, issue: Issue, waiting: Sequence[Delivery], people: Mapping[int, Subscriber], now: datetime
    ) -> list[Ready]:
        made: list[_Made] = []
        unfit: list[tuple[Delivery, str]] = []
        quiet: list[int] = []
        readers = [people[delivery.subscriber_id] for delivery in waiting]
        digests = self._room(tx, issue, now).digests(readers)
        for delivery, (subscriber, digest) in zip(waiting, digests, strict=True):
            if digest is None:
                quiet.append(delivery.id)
                continue
            try:
                made.append(_make(delivery, issue, subscriber, digest, self.post, now))
            except MailError as error:
                unfit.append((delivery, str(error)))
        tx.deliveries.close(quiet, DeliveryState.SKIPPED, NOTHING, now)
        for delivery, reason in unfit:
            tx.deliveries.close([delivery.id], DeliveryState.FAILED, reason, now)
        tx.deliveries.freeze({one.delivery.id: (one.message_id, one.frozen) for one in made})
        if self.post.links.has_web:  # else nobody can ask for it
            tx.archive.keep({one.delivery.id: one.kept for one in made}, now)
        return [Ready(one.delivery, one.frozen) for one in made]

    def _room(self, tx: Tx, issue: Issue, now: datetime) -> Newsroom:
        newest = tx.stories.last_update()
        if self._newsroom:
            read_at, known, room = self._newsroom
            if (known, room.issue) == (newest, issue) and abs(now - read_at) <= _READ_AGAIN:
                room.tx = tx
                return room
        room = Newsroom(tx, issue, self.post.quoting, self.post.templates)
        self._newsroom = now, newest, room
        return room


def _make(delivery: Delivery, issue: Issue, subscriber: Subscriber, digest: Digest, post: Post, now: datetime) -> _Made:
    layout = lay_out(digest, post.press)
    links = reader_links(subscriber.id, post, delivery.id)
    body = compose_digest(digest, links, post.press, layout)
    envelope = envelope_of(delivery, issue, post, links)
    message = post.signed(compose(body, envelope, now=now))
    # a show of which something found no room is told of from the same time on in the next digest
    busy = {block.show_id for block in (*digest.shows, *digest.brief)} - layout.shows
    shows = tuple(follow.show_id for follow in follows_in(subscriber, issue) if follow.show_id not in busy)
    sender = post.return_path(delivery.id, subscriber.id)
    frozen = Frozen(subscriber.email, sender, message, shows, layout.updates, issue.period_end)
    ids = frozenset(layout.updates)
    told = tuple(
        (item.update_id, block.name, item.headline)
        for block in (*digest.shows, *digest.brief)
        for item in block.told
        if item.update_id in ids
    )
    return _Made(delivery, envelope.message_id, frozen, Kept(body.pieces, "html" if body.html else "text", told))


def preview_message(digest: Digest, subscriber: Subscriber, issue: Issue, post: Post, now: datetime) -> bytes:
    """The bytes that would be handed over; but for the numbers of issue and delivery, which are given when it is sent.

    Raises MailError, TemplateError.
    """
    delivery = Delivery(0, issue.id, subscriber.id, subscriber.email, DeliveryState.PLANNED)
    links = reader_links(subscriber.id, post, delivery.id)
    body = compose_digest(digest, links, post.press)
    return post.signed(compose(body, envelope_of(delivery, issue, post, links), now=now))


def envelope_of(delivery: Delivery, issue: Issue, post: Post, links: ReaderLinks) -> Envelope:
    """Whom a digest goes to, and its headers. The same delivery gives the same Message-ID."""
    url, mailto = links.unsubscribe, links.unsubscribe_mail
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
    return compose_digest(digest, reader_links(subscriber_id, post, delivery_id), post.press)


def reader_links(subscriber_id: int, post: Post, delivery_id: int) -> ReaderLinks:
    """What one reader's message links to."""
    return ReaderLinks(
        post.links.unsubscribe(subscriber_id),
        unsubscribe_mail(post),
        preferences=post.links.preferences(subscriber_id),
        view=post.links.view(subscriber_id, delivery_id),
    )


def unsubscribe_mail(post: Post) -> str:
    """Where a mail ends a subscription."""
    return f"mailto:unsubscribe@{post.domain}?subject=unsubscribe"


def _opaque(delivery: Delivery, issue: Issue) -> str:
    return hashlib.blake2b(f"{issue.key}/{delivery.subscriber_id}".encode(), digest_size=10).hexdigest()
