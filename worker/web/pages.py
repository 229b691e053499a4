"""Subscribers' links: confirm and unsubscribe. A GET shows a page and changes nothing (scanners follow every link)."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from worker.subscribers import confirm, unsubscribe
from worker.tasks import Kit

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def ask_unsubscribe(request: Request) -> Response:
    """A page with a button."""
    if _kit(request).services.links.read_unsubscribe(_token(request)) is None:
        return _bad_link(request)
    return _page(request, "unsubscribe", {"action": request.url.path})


def do_unsubscribe(request: Request) -> Response:
    """One click (RFC 8058): no cookie, no login, no redirect; doing it twice is doing it once."""
    kit = _kit(request)
    subscriber_id = kit.services.links.read_unsubscribe(_token(request))
    if subscriber_id is None:
        return _bad_link(request)
    unsubscribe(kit.store, subscriber_id)
    return _page(request, "unsubscribed", {})


def ask_confirm(request: Request) -> Response:
    """A page with a button."""
    if _kit(request).services.links.read_confirm(_token(request), datetime.now(UTC)) is None:
        return _bad_link(request)
    return _page(request, "confirm", {"action": request.url.path})


def do_confirm(request: Request) -> Response:
    """The owner of the address says yes."""
    kit, now = _kit(request), datetime.now(UTC)
    subscriber_id = kit.services.links.read_confirm(_token(request), now)
    if subscriber_id is None or confirm(kit.store, subscriber_id, now) is None:
        return _bad_link(request)
    return _page(request, "confirmed", {})


def _bad_link(request: Request) -> Response:
    """The same answer whatever is wrong: nobody learns which addresses are known."""
    context: dict[str, object] = {
        "title": "This link does not work",
        "message": "It may be cut off or too old. Ask for a new one.",
    }
    return _page(request, "error", context, status=404)


def _page(request: Request, name: str, context: dict[str, object], status: int = 200) -> Response:
    html = _kit(request).services.templates.page(name, {"list_name": "Watercooler", **context})
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def _kit(request: Request) -> Kit:
    kit: Kit = request.app.state.kit
    return kit


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    return token


routes = [
    Route("/unsubscribe/{token}", ask_unsubscribe, methods=["GET"]),
    Route("/unsubscribe/{token}", do_unsubscribe, methods=["POST"]),
    Route("/confirm/{token}", ask_confirm, methods=["GET"]),
    Route("/confirm/{token}", do_confirm, methods=["POST"]),
]
