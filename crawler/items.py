"""What a crawl yields, and what the crawler and the worker share: pages, articles, threads and failures.

All items are frozen dataclasses. `to_json` and `from_json` carry them as JSON objects with a `type` key; times are
aware datetimes in Python and ISO 8601 text in JSON.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import json
import typing
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

PageKind = Literal["feed", "sitemap", "listing", "article", "comments", "moved", "gone", "other"]


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched URL. It goes out of one crawl and into the next one as *known*.

    `status` is the HTTP status (304: unchanged); `fingerprint` hashes the page's own text ("" when there is none).
    `fresh_until` is how long the server wants it to be taken as unchanged (Cache-Control, RFC 9111); `moved_to` where a
    page of kind "moved" is now, for good; `links` how many links a discovery page lists. `thread` are the URLs where an
    article's thread stands, when none of it stands on the page itself, and `engine` reads them. `signature` tells
    without extraction whether an article's page says the same (`sameness.py`; "": nobody can tell). A page that is
    "gone" (410) is asked for no more.
    """

    url: str
    source: str
    kind: PageKind
    status: int
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    fingerprint: str = ""
    size: int = 0
    fresh_until: datetime | None = None
    moved_to: str | None = None
    links: int | None = None
    thread: tuple[str, ...] = ()
    engine: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """What a host lets us do: its robots.txt, which holds for 24 hours, or until when it wants to be left in peace.

    `url` is the scheme and the host[:port]. `robots` is None when only the pause is told; "" allows everything.
    """

    url: str
    source: str
    fetched_at: datetime
    robots: str | None = None
    status: int | None = None
    rest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How one source's round went, told at its end: what was asked, what was listed, what is left.

    `url` is the source's first start URL. `fetched`, `unchanged` and `failed` count the responses that brought a page,
    that said "not modified", and that brought nothing; `size` is in bytes as unpacked. `listed` counts the article
    links by way of discovery; `samples` and `waiting` are the first of them, and the first that were left for the next
    round; `left` counts those. `missed` names selectors of the source file that never matched. `seconds` says how long
    was spent on what.
    """

    url: str
    source: str
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    size: int = 0
    listed: dict[str, int] = field(default_factory=dict)
    articles: int = 0
    left: int = 0
    samples: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    fresh_until: datetime | None = None
    moved_to: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an article: its heading ("" for the part before the first heading) and its blocks, a line each."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """Title, text, authors, dates and language of one page, at its canonical URL.

    `text` is the body, one block (paragraph, sub-heading, list item) a line; `sections` is the same text by heading.
    `live` says that the page announces to be rewritten as news comes in. `shows` are names of shows that the page's
    own structured data or the source file gives, as evidence for the worker, which decides. `moved_from` is the URL
    under which we have the article, when that has moved here for good. `summary` is what the page says of itself to
    others; it is not stored.
    """

    url: str
    source: str
    title: str
    text: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    image: str | None = None
    live: bool = False
    sections: tuple[Section, ...] = ()
    outlet: str = ""
    shows: tuple[str, ...] = ()
    moved_from: str | None = None
    summary: str = ""

    @property
    def fingerprint(self) -> str:
        """Hash of the page's own text: equal means unchanged."""
        return text_fingerprint(f"{self.title}\n{self.text}")


@dataclass(frozen=True, slots=True)
class Comment:
    """One contribution to the discussion. `parent` is another comment's `id`; `depth` counts from 0."""

    id: str
    author: str | None
    text: str
    published: datetime | None = None
    parent: str | None = None
    depth: int = 0
    likes: int | None = None
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The discussion under the article at `url`, in page order.

    `declared_count` is what the page itself states ("There are 10 comments"), None when it states nothing.
    """

    url: str
    source: str
    comments: tuple[Comment, ...] = ()
    declared_count: int | None = None
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A URL that gave nothing, and why: `reason` is a short code, `detail` a sentence for a person.

    `body` is what the server sent, when it sent something that could not be used: see `packed`.
    """

    url: str
    source: str
    reason: str
    detail: str
    status: int | None = None
    body: str = ""


Item = Page | Article | Thread | Failure | Host | Report

_TYPES: dict[str, type[Any]] = {cls.__name__.lower(): cls for cls in (Page, Article, Thread, Failure, Host, Report)}

LARGEST_BODY = 256 * 1024
"""Bytes of a page that could not be used, as packed, up to which it is kept."""


def packed(body: bytes) -> str:
    """A page's bytes as text that fits into an item (zlib, base64); "" when they are too many."""
    small = zlib.compress(body[: 40 * LARGEST_BODY])
    return base64.b64encode(small).decode() if len(small) <= LARGEST_BODY else ""


def to_json(item: Item) -> dict[str, Any]:
    """An item as a JSON object with its `type`. Of a report, what is nothing is left out: most say hardly anything."""
    if isinstance(item, Report):
        return {
            "type": "report",
            **{name: value for name, value in _plain(item).items() if value or name in ("url", "source")},
        }
    return {"type": type(item).__name__.lower(), **_plain(item)}


def from_json(data: dict[str, Any]) -> Item:
    """The item that `to_json` wrote. Raises ValueError when it is none."""
    fields = dict(data)
    cls = _TYPES.get(fields.pop("type", ""))
    if cls is None:
        raise ValueError(f"no item type in {json.dumps(data)[:80]}")
    item: Item = build(cls, fields)
    return item


def build(cls: Any, fields: dict[str, Any]) -> Any:
    """Makes dataclass `cls` of plain JSON values. Raises ValueError on an unknown, missing or ill-typed field."""
    readers = _readers(cls)
    unknown = fields.keys() - readers.keys()
    if unknown:
        raise ValueError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
    try:
        return cls(**{name: value if value is None else readers[name](value) for name, value in fields.items()})
    except TypeError as error:
        raise ValueError(f"{cls.__name__}: {error}") from None


def parse_time(text: str) -> datetime:
    """ISO 8601 text as an aware datetime; without a zone it is taken as UTC. Raises ValueError."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def normalise(text: str) -> str:
    """Text for comparison: compatibility forms, case, quotes and white space made alike."""
    text = unicodedata.normalize("NFKC", text).casefold()
    for mark, same in () if text.isascii() else _ALIKE:  # many times faster than to translate each character
        text = text.replace(mark, same)
    return " ".join(text.split())


def text_fingerprint(text: str) -> str:
    """16 bytes of BLAKE2b over the normalised text, in hex."""
    return hashlib.blake2b(normalise(text).encode(), digest_size=16).hexdigest()


_ALIKE = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("\u00a0", " "), ("\u200b", ""))


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return value


_AS_IT_IS = frozenset((str, int, float, bool, type(None)))


def clean(text: str) -> str:
    """Text that can be stored and sent: without NUL, and without halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_Reader = Callable[[Any], Any]


@functools.cache
def _readers(cls: Any) -> dict[str, _Reader]:
    """How each field of a dataclass is read; the type hints are looked at once, not for every item."""
    return {name: _reader(hint) for name, hint in typing.get_type_hints(cls).items()}


def _reader(hint: Any) -> _Reader:
    args = [arg for arg in typing.get_args(hint) if arg is not type(None)]
    if hint is datetime or datetime in args:
        return _time
    if typing.get_origin(hint) is tuple:
        return functools.partial(_tuple, _reader(args[0]))
    if dataclasses.is_dataclass(hint):
        return functools.partial(_object, hint)
    return _value


def _value(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"not a time: {value!r}")
    return parse_time(clean(value))


def _tuple(read: _Reader, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"not a list: {value!r}")
    return tuple(None if part is None else read(part) for part in value)


def _object(cls: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"not an object: {value!r}")
    return build(cls, value)
