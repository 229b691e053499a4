"""What all pages share: their headers, their language, the kit and the clock, and who is behind a link."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from worker.letters import LIST_NAME
from worker.mail.phrases import Phrases
from worker.models import Subscriber
from worker.tasks import Kit
from worker.web.limits import Guesses, asking, seconds

log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_TONGUE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9]+)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*")

Clock = Callable[[], datetime]


def kit(request: Request) -> Kit:
    """What the app works with."""
    found: Kit = request.app.state.kit
    return found


def now(request: Request) -> datetime:
    """The time; pages are a door, so here the clock is read."""
    clock: Clock = request.app.state.clock
    return clock()


def token(request: Request) -> str:
    """The signed part of a link."""
    found: str = request.path_params["token"]
    return found


def owner(request: Request, subscriber_id: int) -> Subscriber | None:
    """Whom a link is for; None when they were erased."""
    with kit(request).store.begin() as tx:
        return tx.subscribers.by_id(subscriber_id)


def why_off(request: Request, subscriber: Subscriber, words: Phrases) -> str:
    """Why we have stopped sending to somebody, in words; "" for who has left by themselves."""
    with kit(request).store.begin() as tx:
        entry = tx.suppressions.of(subscriber.id)
    return words(f"page.off.{entry.reason}") if entry else ""


def say(request: Request, subscriber: Subscriber | None = None) -> Phrases:
    """Our words in the reader's language; who is unknown gets what the address or the browser asks for."""
    templates = kit(request).services.templates
    if subscriber:
        return templates.say(subscriber.preferences.language)
    wanted = [request.query_params.get("language", ""), *_tongues(request.headers.get("accept-language", ""))]
    return templates.say(next((one for one in wanted if one in templates.phrases), ""))


def languages(request: Request) -> list[tuple[str, str]]:
    """The languages there are, each by its own name."""
    return [(code, words("page.own_name")) for code, words in sorted(kit(request).services.templates.phrases.items())]


def wants_json(request: Request) -> bool:
    """Does a program ask?"""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or request.headers.get("accept", "").strip().lower() == "application/json"


def page(
    request: Request,
    name: str,
    words: Phrases,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    task: BackgroundTask | None = None,
    **context: object,
) -> Response:
    """The page NAME in the reader's language."""
    html = kit(request).services.templates.page(name, {"list_name": LIST_NAME, "say": words, **context})
    all_headers = {**HEADERS, "Content-Language": words.language, **(headers or {})}
    return HTMLResponse(html, status_code=status, headers=all_headers, background=task)


def problem(
    request: Request, what: str, status: int, words: Phrases | None = None, *, text: str = "", retry: int = 0
) -> Response:
    """A page, or JSON, that says what cannot be done.

    `what` names the phrases of its title and, if no `text` is given, of its text. `retry` are seconds to wait.
    """
    words = words or say(request)
    title, message = words(f"page.error.{what}_title"), text or words(f"page.error.{what}")
    headers = {"Retry-After": str(retry)} if retry else {}
    if wants_json(request):
        return answer_json({"status": "error", "errors": [{"field": "", "message": message}]}, status, headers=headers)
    link = "" if what == "closed" else ("../" if "token" in request.path_params else "") + "subscribe"
    return page(
        request, "error", words, status=status, headers=headers, title=title, message=message, subscribe_url=link
    )


def answer_json(
    body: dict[str, object],
    status: int,
    *,
    headers: dict[str, str] | None = None,
    task: BackgroundTask | None = None,
) -> Response:
    """An answer for a program."""
    return JSONResponse(body, status_code=status, headers={**HEADERS, **(headers or {})}, background=task)


def bad_link(request: Request) -> Response:
    """The same answer whatever is wrong with a link that we did not sign, or that is too old."""
    guesses: Guesses = request.app.state.guesses
    if wait := guesses.wrong_link(asking(request), now(request)):
        return problem(request, "link", 429, retry=seconds(wait))
    return problem(request, "link", 404)


def gone(request: Request) -> Response:
    """For a link that we signed for somebody who is erased."""
    return problem(request, "gone", 410)


def beside(url: str | None) -> str:
    """One of our links as pages with a token name it: from there on, so that it works wherever the page was reached."""
    return "../" + "/".join(url.rsplit("/", 2)[-2:]) if url else ""


def later(function: Callable[..., object], *arguments: object) -> BackgroundTask:
    """Work for after the answer, whose length nobody learns from it. What goes wrong is logged, without addresses."""

    def run() -> None:
        try:
            function(*arguments)
        except Exception as error:  # its message may hold an address, which a log must not keep
            log.error("%s failed: %s", getattr(function, "__name__", "work"), type(error).__name__)

    return BackgroundTask(run)


def _tongues(header: str) -> list[str]:
    """The languages that a browser prefers, the dearest first."""
    found = [_TONGUE.fullmatch(part) for part in header[:300].split(",")]
    weighed = [(float(match[2] or 1), match[1].lower()) for match in found if match]
    return [language for _, language in sorted(weighed, key=lambda one: -one[0])]
