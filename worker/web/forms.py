"""What is sent to the pages: forms and JSON, read with bounds, and the small readings that forms share."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from email.message import Message
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from worker.mail.words import clean
from worker.web.frame import problem, say

LIMIT = 64 * 1024  # bytes of a body
FIELDS = 1000
_NAME = re.compile(rb'(?i)^content-disposition:[^\r\n]*?[;\s]name="([^"\r\n]{1,100})"', re.M)
_FAR = 10  # years to which somebody may put things off

Fields = Mapping[str, list[str]]


class BodyError(Exception):
    """A body that cannot be read. `status` is the answer's, `what` its phrase."""

    def __init__(self, status: int, what: str) -> None:
        self.status, self.what = status, what
        super().__init__(what)


def posted(answer: Callable[[Request, Fields], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Makes an endpoint of a function that answers what was sent; a body that cannot be read is answered here."""

    async def endpoint(request: Request) -> Response:
        try:
            fields = await read_fields(request)
        except BodyError as error:
            return await run_in_threadpool(_refuse, request, error)
        return await run_in_threadpool(answer, request, fields)

    return endpoint


async def read_fields(request: Request) -> Fields:
    """The fields of a form (urlencoded or multipart) or of a JSON object. Raises BodyError."""
    body = await read_body(request)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == "application/json":
        return _from_json(body)
    if kind == "multipart/form-data":
        return _gather(_from_multipart(body, content_type))
    if kind == "application/x-www-form-urlencoded":
        return _gather(_from_urlencoded(body))
    raise BodyError(415, "form")


def one(fields: Fields, name: str, default: str = "") -> str:
    """A field's value, cut to one line without blanks around it."""
    values = fields.get(name) or [default]
    return " ".join(values[0].split())


def lines(fields: Fields, name: str) -> list[str]:
    """The lines of all values of a field, without empty and double ones."""
    found = [" ".join(line.split()) for value in fields.get(name, ()) for line in value.splitlines()]
    return list(dict.fromkeys(line for line in found if line))


def read_day(text: str, zone: str, now: datetime) -> datetime | None:
    """The beginning of a day where the reader lives; None for "" and days that are past. Raises ValueError."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if day.year > now.year + _FAR:
        raise ValueError(f"{text} is too far away")
    here = ZoneInfo(zone)
    if day <= now.astimezone(here).date():
        return None
    return datetime.combine(day, time(), here).astimezone(UTC)


def day_text(value: datetime | None, zone: str) -> str:
    """The day of a time where the reader lives, as forms write it."""
    return value.astimezone(ZoneInfo(zone)).date().isoformat() if value else ""


async def read_body(request: Request, limit: int = LIMIT) -> bytes:
    """What was sent, within bounds (`limit` bytes). Raises BodyError."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:9]) > limit:
        raise BodyError(413, "large")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise BodyError(413, "large")
    except ClientDisconnect:
        raise BodyError(400, "form") from None
    return bytes(body)


def _from_json(body: bytes) -> Fields:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BodyError(400, "form") from None
    if not isinstance(found, dict) or len(found) > FIELDS:
        raise BodyError(400, "form")
    fields: dict[str, list[str]] = {}
    for name, value in found.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            raise BodyError(400, "form")
        fields[name] = [clean(each) for each in values]
    return fields


def _from_urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=FIELDS)
    except ValueError:
        raise BodyError(400, "form") from None


def _from_multipart(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """The fields of a multipart body; files are none of ours."""
    head = Message()
    head["content-type"] = content_type
    boundary = head.get_boundary()
    if not boundary or not boundary.isascii():
        raise BodyError(400, "form")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]
    if not parts or not parts[-1].startswith(b"--") or len(parts) > FIELDS:
        raise BodyError(400, "form")
    found = []
    for part in parts[:-1]:
        head_lines, _, content = part.partition(b"\r\n\r\n")
        if name := _NAME.search(head_lines):
            found.append((name[1].decode("utf-8", "replace"), content.decode("utf-8", "replace")))
    return found


def _gather(pairs: list[tuple[str, str]]) -> Fields:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(clean(value))
    return fields


def _refuse(request: Request, error: BodyError) -> Response:
    return problem(request, "body", error.status, text=say(request)(f"page.error.{error.what}"))
