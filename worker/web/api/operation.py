"""One operation of the API, and the endpoint made of it: who asks, what is asked, and every fault as a problem."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from worker.config import Settings
from worker.errors import ConflictError, MailError, NotFoundError, SettingsError, UsageError, WatercoolerError
from worker.tasks import Kit
from worker.web.api.answers import Answer, FieldFault, ProblemError, UnknownTokenError, refuse, respond
from worker.web.catalogue import Catalogues
from worker.web.forms import BodyError, read_body
from worker.web.frame import kit, now
from worker.web.limits import Guesses, Window, asking, seconds

log = logging.getLogger(__name__)

MEASURES = "metrics"  # the name of tokens that open /metrics and nothing else
KEY_HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")
_ID = re.compile(r"[0-9]{1,19}")
_BODY = {400: "the body broke off; send it again", 413: "the body is too large: 64 KiB at the most"}


class Query(BaseModel):
    """What a GET may ask for in its address; anything else is refused."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """What a POST may ask for; anything else is refused, and nothing is taken for what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Body):
    """An empty body, or none."""


class NoQuery(Query):
    """Nothing can be chosen."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what it works with, when, by whom (the token's name; "": anybody), and the key that it brought."""

    kit: Kit
    catalogues: Catalogues
    now: datetime
    who: str
    path: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of the table: `path` may hold `{id}`, `{key}` or `{name}`; `asks` is a Query or a Body.

    `gives` is the form of a good answer. `links` says where in it stands what the path of another operation wants: its
    name and a JSON pointer.
    """

    method: str
    path: str
    name: str
    summary: str
    answer: Callable[[Call, Any], Answer]
    asks: type[BaseModel]
    gives: Any
    status: int = 200
    keyed: bool = False  # does it take an idempotency key?
    also: Any = None  # the form of another good answer, with the status 200
    public: bool = False  # may anybody ask, where WATERCOOLER_API_READ is "open"?
    links: Mapping[str, str] = field(default_factory=dict)


def endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """Answers the calls of one operation. Nothing is read of a body before it is known who sends it."""

    async def answer(request: Request) -> Response:
        try:
            who = await run_in_threadpool(admit, request, public=operation.public)
            path = _path(request)
            asked = await _asked(request, operation)
            key = _key(request) if operation.keyed else ""
            call = Call(kit(request), request.app.state.catalogues, now(request), who, path, key)
            return respond(request, await run_in_threadpool(_carry_out, operation, call, asked))
        except ProblemError as problem:
            return refuse(problem.status, problem.detail, problem.faults, problem.headers)

    return answer


def admit(request: Request, door: str = "api", *, public: bool = False) -> str:
    """The name of the token that was sent. A client that sent many wrong ones is not listened to for a while.

    What is `public` needs none where WATERCOOLER_API_READ is "open"; then it is "". Raises ProblemError. It may ask
    Redis, so an endpoint that must not wait calls it in a thread.
    """
    guesses: Guesses = request.app.state.guesses
    client, time = asking(request), now(request)
    if wait := guesses.barred(client, time):
        raise _too_often("too many wrong tokens came from this address", wait)
    if public and kit(request).settings.api_read == "open" and "authorization" not in request.headers:
        readings: Window = request.app.state.readings
        if wait := readings.take(client, time):
            raise _too_often("so much is read without a token no faster", wait)
        return ""
    try:
        who = who_asks(kit(request).settings, request.headers.get("authorization", ""))
    except UnknownTokenError:
        guesses.wrong_token(client, time)
        raise
    if who == MEASURES and door != MEASURES:
        raise ProblemError(403, "this token opens /metrics alone; another of WATERCOOLER_API_TOKEN is wanted here")
    return who


def _too_often(what: str, wait: timedelta) -> ProblemError:
    after = str(seconds(wait))
    return ProblemError(429, f"{what}; try again in {after} s", headers={"Retry-After": after})


def who_asks(settings: Settings, header: str) -> str:
    """The name of the token that was sent. Raises ProblemError."""
    if not settings.api_tokens:
        raise ProblemError(503, "the API is off: set WATERCOOLER_API_TOKEN to a long random text and start again")
    scheme, _, given = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        detail = "a token is wanted: Authorization: Bearer TOKEN, one of WATERCOOLER_API_TOKEN"
        raise ProblemError(401, detail, headers={"WWW-Authenticate": 'Bearer realm="watercooler"'})
    sent = _hash(given.strip())  # of one length, so that comparing tells nothing; and all are compared
    names = [name for name, token in settings.api_tokens if hmac.compare_digest(_hash(token), sent)]
    if not names:
        challenge = 'Bearer realm="watercooler", error="invalid_token"'
        detail = "this token is not known here; it must be one of WATERCOOLER_API_TOKEN"
        raise UnknownTokenError(401, detail, headers={"WWW-Authenticate": challenge})
    return names[0]


def _carry_out(operation: Operation, call: Call, asked: BaseModel) -> Answer:
    """Runs an operation; what the rooms complain about becomes a problem of the fitting status."""
    try:
        return operation.answer(call, asked)
    except ConflictError as error:
        raise ProblemError(409, str(error)) from None
    except NotFoundError as error:
        raise ProblemError(404, str(error)) from None
    except SettingsError as error:
        raise ProblemError(503, str(error)) from None
    except UsageError as error:
        raise ProblemError(422, str(error)) from None
    except MailError as error:
        raise ProblemError(502, str(error)) from None
    except WatercoolerError as error:
        log.error("%s: %s", operation.name, error)
        raise ProblemError(500, str(error)) from None
    except SQLAlchemyError as error:
        log.error("%s: %s", operation.name, type(error).__name__)
        raise ProblemError(503, "the database does not answer now; try again", headers={"Retry-After": "30"}) from None


def _path(request: Request) -> dict[str, Any]:
    """What stands in the path; an id as a number. Raises ProblemError."""
    found = dict(request.path_params)
    if "id" in found:
        if not _ID.fullmatch(found["id"]) or int(found["id"]) >= 1 << 63:
            raise ProblemError(404, f"{found['id'][:40]!r} is no number of anything; a list tells those that there are")
        found["id"] = int(found["id"])
    return found


async def _asked(request: Request, operation: Operation) -> BaseModel:
    data = _from_address(request) if issubclass(operation.asks, Query) else await _from_body(request)
    try:
        return operation.asks.model_validate(data)
    except ValidationError as error:
        faults = [_fault(one, operation.asks) for one in error.errors(include_input=False, include_url=False)]
        said = "; ".join(f"{one['field']}: {one['detail']}" if one["field"] else one["detail"] for one in faults[:5])
        raise ProblemError(422, said, faults) from None


def _from_address(request: Request) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    if twice := sorted({name for name, _ in pairs if len(request.query_params.getlist(name)) > 1}):
        raise ProblemError(422, f"{', '.join(twice)}: say it once")
    return dict(pairs)


async def _from_body(request: Request) -> object:
    """The JSON of a body. Raises ProblemError."""
    if request.query_params:
        raise ProblemError(422, "what is asked stands in the body as JSON; nothing in the address")
    try:
        body = await read_body(request)
    except BodyError as error:
        raise ProblemError(error.status, _BODY[error.status]) from None
    if not body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "JSON is wanted, with Content-Type: application/json")
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body is no JSON; see GET /api/v1/openapi.json") from None
    return found


def _fault(error: Any, asks: type[BaseModel]) -> FieldFault:
    """What pydantic says, in words that say what to do."""
    name = ".".join(str(part) for part in error["loc"])
    says = {
        "extra_forbidden": f"there is no such field; there are {', '.join(asks.model_fields) or 'none'}",
        "model_type": "a JSON object is wanted",
    }
    return {"field": name, "detail": says.get(error["type"], error["msg"].removeprefix("Value error, "))}


def _key(request: Request) -> str:
    key = request.headers.get(KEY_HEADER, "")
    if KEY_HEADER.lower() in request.headers and not _KEY.fullmatch(key):
        raise ProblemError(400, f"{KEY_HEADER}: 1 to 255 visible characters are wanted, such as a UUID")
    return key


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
