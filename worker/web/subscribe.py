"""The sign-up page, for people (a form) and programs (JSON): the same answer for every address."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.mail.phrases import Phrases
from worker.mail.post import Post
from worker.models import Show
from worker.privacy import marks
from worker.signup import Wish, sign_up
from worker.store import Store
from worker.web.choices import zones
from worker.web.forms import Fields, lines, one, posted
from worker.web.frame import answer_json, kit, languages, later, now, page, problem, say, wants_json
from worker.web.limits import Gate, asking, seconds
from worker.web.wishes import Reader


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows."""

    email: str
    shows: str
    picked: tuple[str, ...]
    zone: str
    language: str


def ask_subscribe(request: Request) -> Response:
    """The form. `?show=…` fills in a show, `?language=…` chooses the words."""
    words = say(request)
    if not kit(request).settings.public_url:
        return problem(request, "closed", 503, words)
    typed = "\n".join(" ".join(name.split())[:200] for name in request.query_params.getlist("show")[:20])
    return _form(request, words, Form("", typed, (), kit(request).settings.zone, words.language))


def do_subscribe(request: Request, fields: Fields) -> Response:
    """Asks the address to confirm, after the answer, so that neither words nor time tell whether it is known."""
    words = _words(request, fields)
    if not kit(request).settings.public_url:
        return problem(request, "closed", 503, words)
    gate, client = _gate(request), asking(request)
    if wait := gate.attempt(client, now(request)):
        return _busy(request, words, wait)
    reader = Reader(words)
    wish = _read(request, fields, reader)
    if reader.errors:
        return _again(request, fields, reader, wish)
    if one(fields, "website"):
        return _asked(request, words)  # a program filled in what no person sees
    if wait := gate.enter(client, now(request)):
        return _busy(request, words, wait)
    return _asked(request, words, wish)


def _read(request: Request, fields: Fields, reader: Reader) -> Wish:
    settings, codes = kit(request).settings, [code for code, _ in languages(request)]
    address = reader.address(one(fields, "email"))
    zone = reader.zone(one(fields, "zone") or settings.zone)
    language = reader.choice("language", one(fields, "language") or reader.say.language, codes)
    with kit(request).store.begin() as tx:
        catalogue = request.app.state.catalogues.now(tx)
    shows = reader.shows("shows", lines(fields, "shows"), fields.get("key", []), catalogue)
    return Wish(address, zone, language, tuple(shows))


def _again(request: Request, fields: Fields, reader: Reader, wish: Wish) -> Response:
    """What is wrong, and the form as it was filled in; of several shows of one name, which?"""
    if wants_json(request):
        errors = [{"field": name, "message": message} for name, message in reader.errors]
        choices = [
            {"show": typed, "choices": [{"key": key, "name": name} for key, name in options]}
            for typed, options in reader.choices
        ]
        return answer_json({"status": "error", "errors": errors, "choices": choices}, 422)
    unclear = {typed for typed, _ in reader.choices}
    typed = "\n".join(line for line in lines(fields, "shows") if line not in unclear)
    form = Form(
        " ".join((fields.get("email") or [""])[0].split())[:320],
        typed[:10_000],
        _keys(wish.shows, fields),
        wish.zone or kit(request).settings.zone,
        wish.language,
    )
    return _form(request, reader.say, form, reader)


def _keys(shows: tuple[Show, ...], fields: Fields) -> tuple[str, ...]:
    """The shows that were picked by key and exist."""
    picked = set(fields.get("key", ()))
    return tuple(show.key for show in shows if show.key in picked)


def _form(request: Request, words: Phrases, form: Form, reader: Reader | None = None) -> Response:
    return page(
        request,
        "subscribe",
        words,
        status=422 if reader else 200,
        form=form,
        errors=[message for _, message in reader.errors] if reader else [],
        choices=reader.choices if reader else [],
        zones=zones(form.zone),
        languages=languages(request),
    )


def _asked(request: Request, words: Phrases, wish: Wish | None = None) -> Response:
    services = kit(request).services
    time, keys = now(request), kit(request).settings.keys
    task = later(_sign_up, services.store, services.post, wish, time, keys) if wish else None
    if wants_json(request):
        return answer_json({"status": "asked", "message": words("page.asked.text")}, 202, task=task)
    return page(request, "asked", words, task=task)


def _sign_up(store: Store, post: Post, wish: Wish, time: datetime, keys: Sequence[str]) -> None:
    sign_up(store, post, wish, "page", time, marks(wish.email, keys))


def _busy(request: Request, words: Phrases, wait: timedelta) -> Response:
    text = words("page.error.busy", n=math.ceil(seconds(wait) / 60))
    return problem(request, "busy", 429, words, text=text, retry=seconds(wait))


def _words(request: Request, fields: Fields) -> Phrases:
    """The language that was chosen on the form, else the browser's."""
    phrases = kit(request).services.templates.phrases
    return phrases.get(one(fields, "language")) or say(request)


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


routes = [
    Route("/subscribe", ask_subscribe, methods=["GET"]),
    Route("/subscribe", posted(do_subscribe), methods=["POST"]),
]
