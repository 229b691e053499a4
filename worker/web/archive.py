"""A digest as it was sent, in the browser, and why it told what it told. Who thinks it is wrong can say so there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from worker.digest.sections.spoilers import gives_away
from worker.digest.wording import value_in
from worker.letters import LIST_NAME
from worker.mail.phrases import Phrases
from worker.models import Field, Subscriber, Update
from worker.store import Tx
from worker.store.archive import Archived
from worker.store.corrections import Objection, Proposal
from worker.store.stories import ClaimRow
from worker.web.forms import Fields, one, posted
from worker.web.frame import HEADERS, bad_link, beside, gone, kit, now, owner, problem, say, token


@dataclass(frozen=True, slots=True)
class Told:
    """One update that a digest told, with what it rests on; `row` is None when that was taken back since."""

    subscriber: Subscriber
    delivery_id: int
    digest: Archived
    show: str
    headline: str
    update: Update | None = None
    row: ClaimRow | None = None
    others: tuple[ClaimRow, ...] = ()


def view(request: Request) -> Response:
    """The digest. It needs no log-in: who has the link has the mail."""
    links = kit(request).services.links
    signed = links.read_view(token(request))
    if signed is None:
        return bad_link(request)
    subscriber = owner(request, signed[0])
    if subscriber is None:
        return gone(request)
    with kit(request).store.begin() as tx:
        digest = tx.archive.read(*signed)
    words = say(request, subscriber)
    if digest is None:
        return _past(request, words)
    items = [
        {"url": beside(links.why(*signed, number)), "show": show, "headline": headline}
        for number, show, headline in digest.told
    ]
    if digest.kind == "text":
        return _page(request, "text", words, text=digest.page, items=items)
    return _answer(_with_items(request, digest.page, items, words), words)


def why(request: Request) -> Response:
    """What an update rests on: the claim, its sentence, the rule, and the show that the reader follows."""
    return _on_told(request, _why)


def propose(request: Request, fields: Fields) -> Response:
    """Keeps what a reader thinks is wrong, for an operator to look at. It changes nothing else."""

    def answer(request: Request, told: Told, words: Phrases) -> Response:
        chosen = next((what for what in Objection if what == one(fields, "what")), None)
        if told.row is None:
            return _why(request, told, words)
        if chosen is None:
            return _why(request, told, words, status=400, errors=[words("archive.wrong.choose")])
        with kit(request).store.begin() as tx:
            if tx.subscribers.by_id(told.subscriber.id) is None:  # erased a moment ago
                return gone(request)
            tx.corrections.propose(_proposal(request, told, told.row, chosen))
        return _page(request, "thanks", words, headline=told.headline, show=told.show)

    return _on_told(request, answer)


def _why(request: Request, told: Told, words: Phrases, *, status: int = 200, errors: Sequence[str] = ()) -> Response:
    context: dict[str, Any] = {"told": told, "zone": told.subscriber.preferences.zone, "errors": errors}
    if told.update and told.row:
        claim, wishes = told.row.claim, told.subscriber.preferences
        spoils = claim.field is Field.PLOT or gives_away(claim.evidence, told.row.title)
        context |= {
            "row": told.row,
            "claim": claim,
            "value": value_in(claim.field, claim.value, words),
            "hidden": spoils and not wishes.spoilers,
            "follow": next((each for each in told.subscriber.follows if each.show_id == claim.show_id), None),
            "choices": _choices(told.row, words),
        }
    return _page(request, "why", words, status=status, **context)


def _choices(row: ClaimRow, words: Phrases) -> list[tuple[str, str]]:
    field = words(f"field.{row.claim.field}")
    return [(what.value, words(f"archive.wrong.{what}", show=row.show, field=field)) for what in Objection]


def _proposal(request: Request, told: Told, row: ClaimRow, what: Objection) -> Proposal:
    assert told.update is not None  # there is a claim, so there is its update
    wrong = {Objection.WRONG_SHOW: row.show, Objection.WRONG_KIND: row.claim.kind.value}.get(what, "")
    claim, number = row.claim, told.update.id
    return Proposal(0, told.delivery_id, number, claim.id, what, claim.url, wrong, claim.evidence, now(request))


def _on_told(request: Request, answer: Callable[[Request, Told, Phrases], Response]) -> Response:
    """Answers about the update that a link names, or says why that cannot be."""
    signed = kit(request).services.links.read_why(token(request))
    if signed is None:
        return bad_link(request)
    subscriber_id, delivery_id, update_id = signed
    subscriber = owner(request, subscriber_id)
    if subscriber is None:
        return gone(request)
    words = say(request, subscriber)
    with kit(request).store.begin() as tx:
        told = _told(tx, subscriber, delivery_id, update_id)
    return answer(request, told, words) if told else _past(request, words)


def _told(tx: Tx, subscriber: Subscriber, delivery_id: int, update_id: int) -> Told | None:
    """The update as the digest told it; None when the digest is not kept any more, or never told it."""
    digest = tx.archive.read(subscriber.id, delivery_id)
    item = next((each for each in digest.told if each[0] == update_id), None) if digest else None
    if digest is None or item is None:
        return None
    told = Told(subscriber, delivery_id, digest, item[1], item[2])
    update = tx.stories.update(update_id)
    if update is None or update.at > digest.at:  # a number may be given again when what had it is taken back
        return told
    rows = tx.stories.claims(story_ids=[update.story_id])
    row = next((each for each in rows if each.claim.id == update.claim_id), None)
    others = tuple(each for each in rows if each is not row)
    return replace(told, update=update, row=row, others=others)


def _with_items(request: Request, html: str, items: list[dict[str, str]], words: Phrases) -> str:
    """The page as it was sent, and below it the way to ask about each item."""
    if not items:
        return html
    templates = kit(request).services.templates
    below = templates.part("archive/items.html", {"items": items, "say": words})
    before, end, after = html.rpartition("</body>")
    return f"{before}{below}{end}{after}" if end else html + below


def _past(request: Request, words: Phrases) -> Response:
    """For a digest that was not sent yet, or so long ago that it is not kept any more."""
    days = kit(request).settings.archive_days
    return problem(request, "past", 410, words, text=words("page.error.past", n=days))


def _page(request: Request, name: str, words: Phrases, *, status: int = 200, **context: object) -> Response:
    templates = kit(request).services.templates
    values = {"list_name": LIST_NAME, "say": words, **context}
    return _answer(templates.fill(f"archive/{name}.html", values), words, status)


def _answer(html: str, words: Phrases, status: int = 200) -> Response:
    return HTMLResponse(html, status_code=status, headers={**HEADERS, "Content-Language": words.language})


routes = [
    Route("/view/{token}", view, methods=["GET"]),
    Route("/why/{token}", why, methods=["GET"]),
    Route("/why/{token}", posted(propose), methods=["POST"]),
]
