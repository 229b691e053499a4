"""The small readings that operations share: since when, which show, whom, why, which page of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from worker.errors import ConflictError, NotFoundError, UsageError
from worker.forms import read_since
from worker.models import Show
from worker.store import Tx
from worker.subscribers import check_address
from worker.web.api.answers import wrong
from worker.web.api.operation import Call, Query

MOST = 200  # lines on one page
LARGEST = (1 << 63) - 1  # of ids
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # there was no news before
LATEST = datetime(9999, 1, 1, tzinfo=UTC)  # what a replay has told may stand in our future
Row = TypeVar("Row")
_SPAN = r"^([1-9][0-9]{0,4}[smhd]|[1-9][0-9]{0,3}w)?$"
# What `check_address` takes, as far as a pattern can say it: no label begins or ends with a hyphen, or has two of them
# as its third and fourth character, but for "xn--"; and the last one ends with a letter.
_C, _REST = r"[^\s@.\-]", r"(-*[^\s@.\-])*"
_LABEL = rf"([xX][nN]--{_C}{_REST}|{_C}({_C}|[^\s@.]-?{_C}{_REST})?)"
_ATOM = r'[^\s@.,:;<>()\[\]\\"]+'
_ADDRESS = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[^\s@.\-0-9]([^\s@.]*[^\s@.\-0-9])?$"


def _one_line(text: str) -> str:
    """Text of a caller as it is kept: on one line, with nothing in it that cannot be seen."""
    shown = "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)
    if not (line := " ".join(shown.split())):
        raise ValueError("say the reason; it is kept")
    return line


def _an_address(text: str) -> str:
    try:
        check_address(text)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return text


Number = Annotated[int, Field(ge=0, le=LARGEST)]
Since = Annotated[
    str,
    Field(
        max_length=40,
        description="A span like 7d or 12h, or a date or time like 2027-03-05, that is past.",
        json_schema_extra={"anyOf": [{"pattern": _SPAN}, {"format": "date"}, {"format": "date-time"}]},
    ),
]
ShowName = Annotated[str, Field(max_length=200, description="A show's key, name or other name.")]
NamedShow = Annotated[ShowName, Field(min_length=1)]
Address = Annotated[
    str,
    Field(max_length=254, json_schema_extra={"format": "email", "pattern": _ADDRESS}),
    AfterValidator(_an_address),
]
Why = Annotated[
    str,
    Field(min_length=1, max_length=500, description="The reason, kept.", json_schema_extra={"pattern": r"\S"}),
    AfterValidator(_one_line),
]


class Part(Query):
    """How much of a list."""

    limit: int = Field(50, ge=1, le=MOST)

    @property
    def wanted(self) -> int:
        """How many rows to look for: one more than fits, to know whether there are more."""
        return self.limit + 1


class Page(Part):
    """Which part of a list."""

    cursor: Number | None = Field(None, description="`next` of the page before.")


class PageOf(TypedDict, Generic[Row]):
    """A page of a list; `next` is the `cursor` of the following one, null on the last."""

    items: list[Row]
    next: int | None


def paged(asked: Part, rows: Sequence[Row], form: Callable[[Row], Any], place: Callable[[Row], object]) -> Any:
    """One page of a list (`PageOf`), of the `asked.wanted` rows from there on; `place` is what a cursor names."""
    more = len(rows) > asked.limit
    return {
        "items": [form(row) for row in rows[: asked.limit]],
        "next": place(rows[asked.limit - 1]) if more else None,
    }


def since_of(call: Call, text: str) -> datetime | None:
    """Since when; None for "". Raises ProblemError, or ConflictError for what is still to come."""
    try:
        found = read_since(text, call.now)
    except ValueError as error:
        raise wrong("since", str(error)) from None
    if found is None:
        return None
    if found >= call.now:
        raise ConflictError(f"since: {text} is not past yet")
    return max(found, EARLIEST)  # what a database cannot hold is among what is earlier


def show_of(tx: Tx, call: Call, name: str) -> Show | None:
    """The show that is meant; None for "".

    Raises NotFoundError with what is near, ConflictError with whom to choose from.
    """
    if not name:
        return None
    found = call.catalogues.now(tx).find([name])
    if found.unclear:
        keys = ", ".join(show.key for show in found.unclear[0][1])
        raise ConflictError(f"show: several shows are called {name!r}; say one of their keys: {keys}")
    if found.unknown:
        near = found.unknown[0][1]
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see GET /api/v1/shows"
        raise NotFoundError(f"show: there is no show {name!r}; {hint}")
    return found.shows[0]


def show_by_key(tx: Tx, call: Call) -> Show:
    """The show whose key stands in the path. Raises NotFoundError."""
    found = call.catalogues.now(tx).find([], picked=[call.path["key"]]).shows
    if not found:
        raise NotFoundError(f"no show has the key {call.path['key']!r}; see GET /api/v1/shows")
    return found[0]
