"""What the API answers with: JSON forms, and problem documents (RFC 9457) that say what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NotRequired

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from worker.forms import encode

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
PROBLEM = "application/problem+json"


class FieldFault(TypedDict):
    """What is wrong with one field; its dotted path."""

    field: str
    detail: str


class ProblemForm(TypedDict):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldFault]]


class ProblemError(Exception):
    """A call that cannot be answered as it is."""

    def __init__(
        self, status: int, detail: str, faults: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        self.status, self.detail, self.faults, self.headers = status, detail, faults, headers
        super().__init__(detail)


class UnknownTokenError(ProblemError):
    """A token was sent, and is none of ours."""


def wrong(name: str, detail: str) -> ProblemError:
    """The problem of one field."""
    return ProblemError(422, f"{name}: {detail}", [{"field": name, "detail": detail}])


@dataclass(frozen=True, slots=True)
class Answer:
    """A form, and what else there is to do after it is sent."""

    form: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    task: BackgroundTask | None = None


class JsonResponse(JSONResponse):
    """A form as the command line prints it."""

    def render(self, content: Any) -> bytes:
        """The bytes."""
        return encode(content).encode("utf-8", "replace")


class _ProblemResponse(JsonResponse):
    media_type = PROBLEM


def refuse(
    status: int, detail: str, faults: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document."""
    form: ProblemForm = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if faults:
        form["errors"] = list(faults)
    return _ProblemResponse(form, status, headers={**HEADERS, "Cache-Control": "no-store", **(headers or {})})


def respond(request: Request, answer: Answer) -> Response:
    """An answer; of what was only looked at, 304 to who has it already."""
    headers = {**HEADERS, **answer.headers}
    if request.method != "GET" and request.method != "HEAD":
        headers["Cache-Control"] = "no-store"
        return JsonResponse(answer.form, answer.status, headers=headers, background=answer.task)
    return with_etag(request, JsonResponse(answer.form, answer.status, headers=headers))


def with_etag(request: Request, response: Response, headers: Mapping[str, str] = HEADERS) -> Response:
    """Marks a response with its hash; 304, with these headers, when the caller names it."""
    etag = f'"{hashlib.blake2b(bytes(response.body), digest_size=16).hexdigest()}"'
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or etag in {part.strip().removeprefix("W/") for part in known.split(",")}:
        return Response(status_code=304, headers={**headers, "ETag": etag})
    response.headers["ETag"] = etag
    return response
