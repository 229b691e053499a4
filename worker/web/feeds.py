"""Feeds for anybody: a show's claims as Atom."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from worker.atom import MEDIA_TYPE, Place, atom_feed
from worker.tasks import Kit
from worker.web.api.answers import with_etag
from worker.web.frame import now

HEADERS = {"Cache-Control": "public, max-age=900", "X-Content-Type-Options": "nosniff"}


def show_feed(request: Request) -> Response:
    """The claims about one show; the address has the show's key. Who has it already is told so (304)."""
    kit: Kit = request.app.state.kit
    with kit.store.begin() as tx:
        show = next((show for show in tx.shows.all() if show.key == request.path_params["key"]), None)
        rows = tx.stories.claims(show_id=show.id) if show else []
    if show is None:
        return PlainTextResponse("There is no such show.", status_code=404)
    base = kit.settings.public_url.rstrip("/")
    place = Place(kit.services.mail_domain, f"{base}{request.url.path}" if base else "")
    feed = atom_feed(show, rows, place, now(request))
    return with_etag(request, Response(feed, media_type=MEDIA_TYPE, headers=HEADERS), HEADERS)


routes = [Route("/shows/{key}.atom", show_feed)]
