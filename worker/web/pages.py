"""Subscribers' links: confirm, unsubscribe and come back. A GET changes nothing (scanners follow every link)."""

from __future__ import annotations

from datetime import datetime

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.mail.phrases import Phrases
from worker.mail.post import Post
from worker.models import Subscriber
from worker.signup import ask, send_asked, welcome
from worker.store import Store
from worker.subscribers import confirm, unsubscribe
from worker.suppress import SUPPRESSED
from worker.web.forms import Fields, one, posted
from worker.web.frame import bad_link, beside, gone, kit, later, now, owner, page, problem, say, token, why_off


def ask_unsubscribe(request: Request) -> Response:
    """A page with a button; for who has left, the way back."""
    subscriber_id = kit(request).services.links.read_unsubscribe(token(request))
    if subscriber_id is None:
        return bad_link(request)
    subscriber = owner(request, subscriber_id)
    if subscriber is None or subscriber.state == "unsubscribed":
        return _left(request, subscriber)
    preferences = beside(kit(request).services.links.preferences(subscriber.id))
    words = say(request, subscriber)
    return page(request, "unsubscribe", words, preferences_url=preferences)


def do_unsubscribe(request: Request, fields: Fields) -> Response:
    """One click (RFC 8058): no cookie, no login, no redirect; doing it twice is doing it once."""
    subscriber_id = kit(request).services.links.read_unsubscribe(token(request))
    if subscriber_id is None:
        return bad_link(request)
    if one(fields, "List-Unsubscribe").casefold() != "one-click":
        words = say(request, owner(request, subscriber_id))
        return problem(request, "body", 400, words, text=words("page.error.form"))
    return _left(request, unsubscribe(kit(request).store, subscriber_id, now(request)))


def ask_confirm(request: Request) -> Response:
    """A page with a button."""
    subscriber_id = kit(request).services.links.read_confirm(token(request), now(request))
    if subscriber_id is None:
        return bad_link(request)
    subscriber = owner(request, subscriber_id)
    if subscriber is None:
        return gone(request)
    return page(request, "confirm", say(request, subscriber))


def do_confirm(request: Request, fields: Fields) -> Response:
    """The owner of the address says yes; a welcome goes out after the answer, once."""
    services, time = kit(request).services, now(request)
    subscriber_id = services.links.read_confirm(token(request), time)
    if subscriber_id is None:
        return bad_link(request)
    before = owner(request, subscriber_id)
    after = confirm(services.store, subscriber_id, time)
    if before is None or after is None:
        return gone(request)
    words = say(request, after)
    if after.state != "active":
        return problem(request, "left", 409, words)
    task = later(welcome, services.store, services.post, after, time) if after.confirmed_at == time else None
    return _confirmed(request, after, words, task)


def ask_resubscribe(request: Request) -> Response:
    """A page with a button."""
    subscriber_id = kit(request).services.links.read_resubscribe(token(request))
    if subscriber_id is None:
        return bad_link(request)
    subscriber = owner(request, subscriber_id)
    if subscriber is None:
        return gone(request)
    return _way_back(request, subscriber)


def do_resubscribe(request: Request, fields: Fields) -> Response:
    """Who has left asks to come back: by a confirm mail, as at first."""
    services = kit(request).services
    subscriber_id = services.links.read_resubscribe(token(request))
    if subscriber_id is None:
        return bad_link(request)
    subscriber = owner(request, subscriber_id)
    if subscriber is None:
        return gone(request)
    if subscriber.state == SUPPRESSED:
        return _way_back(request, subscriber)
    task = later(_ask_back, services.store, services.post, subscriber.id, now(request))
    return page(request, "asked", say(request, subscriber), task=task)


def _way_back(request: Request, subscriber: Subscriber) -> Response:
    """Why nothing is sent, and the button, but for whom an operator wants nothing to be sent to."""
    words = say(request, subscriber)
    why = why_off(request, subscriber, words)
    return page(request, "resubscribe", words, why=why, may=subscriber.state != SUPPRESSED)


def _ask_back(store: Store, post: Post, subscriber_id: int, time: datetime) -> None:
    with store.begin() as tx:
        tx.subscribers.hold(subscriber_id)
        found = tx.subscribers.by_id(subscriber_id)
        is_new = found is not None and found.state != "active" and ask(tx, found, "page", time)
    if is_new:
        send_asked(store, post, subscriber_id, time)


def _left(request: Request, subscriber: Subscriber | None) -> Response:
    """The same for who was erased, but for the way back: nothing will be sent to either."""
    links, words = kit(request).services.links, say(request, subscriber)
    back = beside(links.resubscribe(subscriber.id)) if subscriber else ""
    preferences = beside(links.preferences(subscriber.id)) if subscriber else ""
    return page(request, "unsubscribed", words, undo_url=back, preferences_url=preferences)


def _confirmed(request: Request, subscriber: Subscriber, words: Phrases, task: BackgroundTask | None) -> Response:
    return page(
        request,
        "confirmed",
        words,
        task=task,
        next_slot=subscriber.next_slot,
        zone=subscriber.preferences.zone,
        preferences_url=beside(kit(request).services.links.preferences(subscriber.id)),
    )


routes = [
    Route("/unsubscribe/{token}", ask_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token}", posted(do_unsubscribe), methods=["POST"]),
    Route("/confirm/{token}", ask_confirm, methods=["GET"]),
    Route("/confirm/{token}", posted(do_confirm), methods=["POST"]),
    Route("/resubscribe/{token}", ask_resubscribe, methods=["GET"]),
    Route("/resubscribe/{token}", posted(do_resubscribe), methods=["POST"]),
]
