"""What holds for every answer, whoever gives it: security headers, and an end to addresses without end."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.api.answers import refuse
from worker.web.frame import HEADERS

LONGEST = 16 * 1024  # bytes of an address with its question; a sign-up page with twenty shows filled in has room
_YEAR = 365 * 24 * 3600


def headers_for(public_url: str) -> dict[str, str]:
    """The headers of every answer. Browsers that have seen an installation on HTTPS come by HTTPS alone."""
    safe = {"Strict-Transport-Security": f"max-age={_YEAR}"} if public_url.startswith("https://") else {}
    return {**HEADERS, **safe}


class Shield:
    """Adds the headers that an answer does not set by itself; refuses what is longer than any of our links."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a call on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        too_long = len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST
        app = _too_long(scope["path"]) if too_long else self._app
        await app(scope, receive, shielded)


def _too_long(path: str) -> Response:
    if path.startswith("/api/"):  # there everything that goes wrong is a problem document
        return refuse(414, "the address is too long; what is asked for stands in the body")
    return PlainTextResponse("The address is too long.", status_code=414)


async def broken(request: Request, error: Exception) -> Response:
    """The answer to what should not have happened; the log tells what it was. Starlette gives it outside the shield."""
    headers = headers_for(request.app.state.kit.settings.public_url)
    return PlainTextResponse("Something went wrong here. Please try again later.", 500, headers)
