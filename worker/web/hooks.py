"""Where a mail server or a mail service hands over what comes back: POST /hooks/bounces, with a token of the API."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.bounces import LIMIT, Outcome, take
from worker.web.api.answers import Answer, ProblemError, refuse, respond
from worker.web.api.operation import admit
from worker.web.forms import BodyError, read_body
from worker.web.frame import kit, now

_KINDS = ("message/rfc822", "message/global")
_RECIPIENT = 320  # characters of an address
_BODY = {400: "the body broke off; send it again", 413: f"the message is too large: {LIMIT} bytes at the most"}


async def take_bounce(request: Request) -> Response:
    """Takes one raw message. `?recipient=` is the address that it was sent to, if the caller knows it."""
    try:
        await run_in_threadpool(admit, request)
        recipient = _recipient(request)
        raw = await _message(request)
        return respond(request, Answer(_form(await run_in_threadpool(_take, request, raw, recipient))))
    except ProblemError as problem:
        return refuse(problem.status, problem.detail, problem.faults, problem.headers)


def _take(request: Request, raw: bytes, recipient: str) -> Outcome:
    services = kit(request).services
    try:
        with services.store.begin() as tx:
            return take(tx, raw, services.return_paths, now(request), recipient)
    except SQLAlchemyError:
        raise ProblemError(503, "the database does not answer now; try again", headers={"Retry-After": "30"}) from None


def _recipient(request: Request) -> str:
    if unknown := sorted(set(request.query_params) - {"recipient"}):
        raise ProblemError(422, f"{', '.join(unknown)}: there is no such field; there is recipient")
    found = request.query_params.get("recipient", "")
    if len(found) > _RECIPIENT:
        raise ProblemError(422, f"recipient: an address has {_RECIPIENT} characters at the most")
    return found


async def _message(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _KINDS:
        raise ProblemError(415, "the raw message is wanted, with Content-Type: message/rfc822")
    try:
        raw = await read_body(request, LIMIT)
    except BodyError as error:
        raise ProblemError(error.status, _BODY[error.status]) from None
    if not raw.strip():
        raise ProblemError(400, "the body is empty; send the raw message")
    return raw


def _form(outcome: Outcome) -> dict[str, object]:
    """What became of it; whom it is about is told by the command line, not here."""
    return {name: value for name, value in asdict(outcome).items() if name != "subscriber_id"}


routes = [Route("/hooks/bounces", take_bounce, methods=["POST"])]
