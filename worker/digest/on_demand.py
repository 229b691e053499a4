"""An admin looks before they send: who would get what, a new follower's digest, a test to an address of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from worker.digest.content import Digest
from worker.digest.freeze import body_of
from worker.digest.issue import Request
from worker.digest.newsroom import Newsroom
from worker.errors import MailError
from worker.mail.message import Envelope, compose
from worker.mail.post import Post
from worker.models import Follow, Issue, Preferences, Subscriber
from worker.store import Tx


def new_follower(show_id: int, zone: str, now: datetime) -> Subscriber:
    """Somebody who follows one show from now on, for a look at it."""
    preferences, follow = Preferences(zone=zone), Follow(show_id, now, None)
    return Subscriber(0, "reader@watercooler.example", "active", now, preferences, follows=(follow,))


def as_issue(request: Request, now: datetime) -> Issue:
    """The issue that would be opened now."""
    return Issue(0, "preview", "admin", request.asked_by, now, now, request.show_id, request.since)


def rehearse(
    tx: Tx, request: Request, readers: Sequence[Subscriber], post: Post, now: datetime
) -> list[tuple[Subscriber, Digest | None]]:
    """What each reader would get if the request was carried out now; nothing is stored or sent."""
    return list(Newsroom(tx, as_issue(request, now), post.quoting, post.templates).digests(readers))


def send_test(digest: Digest, address: str, post: Post, now: datetime) -> str:
    """Sends somebody's digest to another address, with nobody's links; it counts as told to nobody. Gives the reply.

    Raises MailError when it is not taken.
    """
    body = body_of(replace(digest, email=address), 0, post)
    body = replace(body, subject=f"[test] {body.subject}")
    message_id = f"<test.{int(now.timestamp())}@mid.{post.domain}>"
    message = compose(body, Envelope(address, post.sender, message_id, kind="transactional"), now=now)
    try:
        return post.send(message, address)
    except MailError as error:
        raise MailError(address, f"the test was not taken: {error.reason}", permanent=error.permanent) from None
