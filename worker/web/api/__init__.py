"""The API for other programs, under /api/v1: a table of operations, the routes made of it, and its description."""

from __future__ import annotations

import functools
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.tasks import Kit
from worker.web.api import digests, reading, suppressed
from worker.web.api.answers import HEADERS, JsonResponse, refuse, with_etag
from worker.web.api.openapi import describe
from worker.web.api.operation import Operation, endpoint
from worker.web.catalogue import Catalogues
from worker.web.frame import Clock, kit
from worker.web.limits import Guesses

PATH = "/api/v1"
OPERATIONS: tuple[Operation, ...] = (*digests.OPERATIONS, *suppressed.OPERATIONS, *reading.OPERATIONS)


def make_api(kit: Kit, catalogues: Catalogues, clock: Clock, guesses: Guesses) -> Starlette:
    """The API as an app of its own, so that all that goes wrong in it is answered as a problem document."""
    routes = [Route(one.route, endpoint(one), methods=[one.method]) for one in OPERATIONS]
    faults = {HTTPException: _not_here, Exception: _broken}
    app = Starlette(routes=[Route("/openapi.json", openapi), *routes], exception_handlers=faults)
    app.router.redirect_slashes = False
    app.state.kit, app.state.catalogues, app.state.clock, app.state.guesses = kit, catalogues, clock, guesses
    return app


def openapi(request: Request) -> Response:
    """The description of the API; it is no secret."""
    base = kit(request).settings.public_url.rstrip("/")
    return with_etag(request, JsonResponse(_document(base + PATH), headers=HEADERS))


@functools.cache
def _document(server: str) -> dict[str, Any]:
    return describe(OPERATIONS, server)


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    says = {404: f"there is nothing here; see GET {PATH}/openapi.json", 405: "this method is not allowed here"}
    return refuse(error.status_code, says.get(error.status_code, error.detail), headers=error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    return refuse(500, "something went wrong here, which the log tells; nothing half-done was kept")
