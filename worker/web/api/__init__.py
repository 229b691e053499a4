"""The API for other programs, under /api/v1: a table of operations, the routes made of it, and its description."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from worker.tasks import Kit
from worker.web.api import digests, reading, suppressed
from worker.web.api.answers import HEADERS, JsonResponse, refuse, with_etag
from worker.web.api.openapi import describe
from worker.web.api.operation import Operation, endpoint
from worker.web.catalogue import Catalogues
from worker.web.frame import Clock, kit
from worker.web.limits import Guesses, Window

PATH = "/api/v1"
OPERATIONS: tuple[Operation, ...] = (*digests.OPERATIONS, *suppressed.OPERATIONS, *reading.OPERATIONS)
_Endpoint = Callable[[Request], Awaitable[Response]]


def make_api(kit: Kit, catalogues: Catalogues, clock: Clock, guesses: Guesses, readings: Window) -> Starlette:
    """The API as an app of its own, so that all that goes wrong in it is answered as a problem document."""
    paths = list(dict.fromkeys(one.path for one in OPERATIONS))
    routes = [_route(path, {one.method: endpoint(one) for one in OPERATIONS if one.path == path}) for path in paths]
    faults = {HTTPException: _not_here, Exception: _broken}
    app = Starlette(routes=[_route("/openapi.json", {"GET": openapi}), *routes], exception_handlers=faults)
    app.router.redirect_slashes = False
    app.state.kit, app.state.catalogues, app.state.clock = kit, catalogues, clock
    app.state.guesses, app.state.readings = guesses, readings
    return app


class _Resource(Route):
    """All that can be done at one path, so that answers with 405 tell all that is allowed."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A path is its own whatever the method: GET /digests/preview asks for no issue "preview"."""
        match, found = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), found


def _route(path: str, endpoints: dict[str, _Endpoint]) -> Route:
    methods = [*endpoints, *(["HEAD"] if "GET" in endpoints else ()), "OPTIONS"]

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={**HEADERS, "Allow": ", ".join(methods)})
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return _Resource(path, answer, methods=methods)


async def openapi(request: Request) -> Response:
    """The description of the API; it is no secret."""
    settings = kit(request).settings
    document = _document(settings.public_url.rstrip("/") + PATH, settings.api_read == "open")
    return with_etag(request, JsonResponse(document, headers=HEADERS))


@functools.cache
def _document(server: str, is_open: bool) -> dict[str, Any]:
    return describe(OPERATIONS, server, is_open=is_open)


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    says = {404: f"there is nothing here; see GET {PATH}/openapi.json", 405: "this method is not allowed here"}
    return refuse(error.status_code, says.get(error.status_code, error.detail), headers=error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    return refuse(500, "something went wrong here, which the log tells; nothing half-done was kept")
