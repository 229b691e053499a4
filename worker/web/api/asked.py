"""The small readings that operations share: since when, which show, which page of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import Field

from worker.forms import read_since
from worker.models import Show
from worker.store import Tx
from worker.web.api.answers import wrong
from worker.web.api.operation import Call, Query

MOST = 200  # lines on one page
Row = TypeVar("Row")
Number = Annotated[int, Field(ge=0, lt=1 << 63)]
Since = Annotated[str, Field(max_length=40, description="A span like 7d or 12h, or a date or time like 2027-03-05.")]
ShowName = Annotated[str, Field(max_length=200, description="A show's key, name or other name.")]


class Page(Query):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=MOST)
    cursor: Number | None = Field(None, description="`next` of the page before.")


def since_of(call: Call, text: str) -> datetime | None:
    """Since when; None for "". Raises ProblemError."""
    try:
        found = read_since(text, call.now)
    except ValueError as error:
        raise wrong("since", str(error)) from None
    if found and found >= call.now:
        raise wrong("since", f"{text} is not past yet")
    return found


def show_of(tx: Tx, call: Call, name: str) -> Show | None:
    """The show that is meant; None for "". Raises ProblemError with what is near, or whom to choose from."""
    if not name:
        return None
    found = call.catalogues.now(tx).find([name])
    if found.unclear:
        keys = ", ".join(show.key for show in found.unclear[0][1])
        raise wrong("show", f"several shows are called {name!r}; say one of their keys: {keys}")
    if found.unknown:
        near = found.unknown[0][1]
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see GET /api/v1/shows"
        raise wrong("show", f"there is no show {name!r}; {hint}")
    return found.shows[0]


def paged(
    rows: Sequence[Row], limit: int, form: Callable[[Row], Mapping[str, Any]], number: Callable[[Row], int]
) -> dict[str, Any]:
    """One page of a list, of rows of which one more was asked for, to know whether there are more."""
    more = len(rows) > limit
    return {"items": [form(row) for row in rows[:limit]], "next": number(rows[limit - 1]) if more else None}
