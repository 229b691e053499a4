"""From deliveries to frozen messages: what is new for each reader is chosen, composed, signed, and kept to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
_ANOTHER = "waits until the digest before it has had its answer"
_LATER = timedelta(minutes=1)
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


@dataclass(slots=True)
class Batch:
    """What came of making the messages of claimed deliveries; nothing of it is written down yet."""

    ready: list[Ready] = field(default_factory=list)  # frozen at an earlier try
    made: list[_Made] = field(default_factory=list)
    closed: list[tuple[int, DeliveryState, str]] = field(default_factory=list)  # what is not sent, and why
    put_back: list[int] = field(default_factory=list)
    paused: dict[int, str] = field(default_factory=dict)  # issues whose template is wrong, and how


class Freezer:
    """Makes the messages of deliveries. What was read for an issue is kept for its other deliveries."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._newsroom: tuple[datetime, int, Newsroom] | None = None  # when, and up to which update, it has read

    def make(self, tx: Tx, deliveries: Sequence[Delivery], now: datetime) -> Batch:
        """The messages of claimed deliveries. It takes its time, so the transaction had better only read."""
        people = tx.subscribers.by_ids([delivery.subscriber_id for delivery in deliveries])
        kept = tx.deliveries.frozen([delivery.id for delivery in deliveries])
        batch = Batch()
        fresh: dict[int, list[Delivery]] = {}
        for delivery in deliveries:
            person = people.get(delivery.subscriber_id)
            if person is None or person.state != "active":
                reason = f"the address is {person.state if person else 'gone'}"
                batch.closed.append((delivery.id, DeliveryState.SKIPPED, reason))
            elif frozen := kept.get(delivery.id):
                batch.ready.append(Ready(delivery, frozen))
            else:
                fresh.setdefault(delivery.issue_id, []).append(delivery)
        for issue_id, waiting in fresh.items():
            self._of_issue(tx, issue_id, waiting, people, batch, now)
        return batch

    def keep(self, tx: Tx, batch: Batch, holder: str, now: datetime) -> list[Ready]:
        """Writes down what was made, of deliveries that are still held; gives those that can be handed over.

        Issues that were paused here stay in the batch, others leave it.
        """
        made = {one.delivery.id: one for one in batch.made}
        held = tx.deliveries.holds([*made, *(closed[0] for closed in batch.closed)], holder)
        for (state, reason), ids in _by_fate(batch.closed).items():
            tx.deliveries.close([number for number in ids if number in held], state, reason, now)
        mine = {number: one for number, one in made.items() if number in held}
        self._one_each(tx, mine, holder, now)
        tx.deliveries.freeze({number: (one.message_id, one.frozen) for number, one in mine.items()})
        if self.post.links.has_web:  # else nobody can ask for it
            tx.archive.keep({number: one.kept for number, one in mine.items()}, now)
        tx.deliveries.give_back(batch.put_back, holder, now)
        batch.paused = {
            issue_id: reason
            for issue_id, reason in batch.paused.items()
            if tx.issues.set_state(issue_id, IssueState.PAUSED, reason, only=IssueState.OPEN)
        }
        return [*batch.ready, *(Ready(one.delivery, one.frozen) for one in mine.values())]

    def _one_each(self, tx: Tx, made: dict[int, _Made], holder: str, now: datetime) -> None:
        """Puts back what is for readers who have another message under way: what that tells is not known yet."""
        busy = tx.deliveries.busy([one.delivery.subscriber_id for one in made.values()], list(made))
        later: list[int] = []
        for number, one in list(made.items()):
            if one.delivery.subscriber_id in busy:
                later.append(number)
                del made[number]
            busy.add(one.delivery.subscriber_id)
        tx.deliveries.give_back(later, holder, now, next_try=now + _LATER, reply=_ANOTHER, kind="busy")

    def _of_issue(
        self,
        tx: Tx,
        issue_id: int,
        waiting: Sequence[Delivery],
        people: Mapping[int, Subscriber],
        batch: Batch,
        now: datetime,
    ) -> None:
        """A template that is wrong is wrong for all: its issue is paused, and nothing of it is sent half."""
        issue = tx.issues.by_id(issue_id)
        if issue is None:  # it came to nothing meanwhile, and its deliveries with it
            return
        part = Batch()
        try:
            readers = [people[delivery.subscriber_id] for delivery in waiting]
            digests = self._room(tx, issue, now).digests(readers)
            for delivery, (subscriber, digest) in zip(waiting, digests, strict=True):
                self._add(part, delivery, issue, subscriber, digest, now)
        except TemplateError as error:
            batch.paused[issue_id] = f"a template is wrong: {error}"
            batch.put_back += [delivery.id for delivery in waiting]
        else:
            batch.made += part.made
            batch.closed += part.closed

    def _add(
        self,
        batch: Batch,
        delivery: Delivery,
        issue: Issue,
        subscriber: Subscriber,
        digest: Digest | None,
        now: datetime,
    ) -> None:
        if digest is None:
            batch.closed.append((delivery.id, DeliveryState.SKIPPED, NOTHING))
            return
        try:
            batch.made.append(_make(delivery, issue, subscriber, digest, self.post, now))
        except MailError as error:
            batch.closed.append((delivery.id, DeliveryState.FAILED, str(error)))

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


def _by_fate(closed: Sequence[tuple[int, DeliveryState, str]]) -> dict[tuple[DeliveryState, str], list[int]]:
    found: dict[tuple[DeliveryState, str], list[int]] = {}
    for number, state, reason in closed:
        found.setdefault((state, reason), []).append(number)
    return found


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
