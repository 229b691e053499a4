"""From the elements that are comments to a thread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from lxml.html import HtmlElement

from crawler.comments.nesting import Nesting
from crawler.comments.reading import Fields, Parts, Reading, read_fields
from crawler.comments.thread import make_comment, stable_id, unique
from crawler.items import Comment
from crawler.page.parsed import ParsedPage

_GIVEN_ID = re.compile(r"\d{2,}|comment-?_?\d+|c\d+")
_NOISE = re.compile(r"^(li|div|article|dsq)-(?=comment)")
_FRAGMENT = re.compile(r"#([^#/?&=]*\d[^#/?&=]*)$")
_LONGEST_ID = 200
_MOST_ITEMS = 5_000
"""A page that shows more contributions than this shows something else."""

FieldReader = Callable[[Parts, Collection[HtmlElement], Reading, str | None], Fields]


def read_items(
    items: Sequence[Parts],
    page: ParsedPage,
    how: Reading,
    language: str | None,
    read: FieldReader = read_fields,
) -> tuple[Comment, ...]:
    """The comments of these items, in page order."""
    items = items[:_MOST_ITEMS]
    nesting = Nesting(items)
    told = [read(parts, nesting.owner.keys(), how, language) for parts in items]
    comments: dict[str, Comment] = {}
    for parts, fields, name in zip(items, told, _given(items, told), strict=True):
        if not fields.text:
            nesting.add(parts, "")
            continue
        comment = _distinct(make_comment(fields, name, nesting.parent(parts), page.url), fields, name, comments)
        nesting.add(parts, comment.id)
        comments.setdefault(comment.id, comment)
    return unique(comments.values())


def _distinct(comment: Comment, fields: Fields, given: str | None, seen: dict[str, Comment]) -> Comment:
    """One who says the same again at another time has made another comment."""
    earlier = seen.get(comment.id)
    if given or earlier is None or comment.published == earlier.published:
        return comment
    return replace(comment, id=stable_id(fields, comment.parent, again=True))


def _given(items: Sequence[Parts], told: Sequence[Fields]) -> list[str | None]:
    """The page's own id of each item: the element's, else that in its permalink when it is nobody else's."""
    own = [given_id(parts) for parts in items]
    linked = [_FRAGMENT.search((fields.permalink or "")[-_LONGEST_ID:]) for fields in told]
    names = Counter(name for name in (*own, *(found and found[1] for found in linked)) if name)
    return [
        name or (found[1] if found and names[found[1]] == 1 else None) for name, found in zip(own, linked, strict=True)
    ]


def given_id(parts: Parts) -> str | None:
    """The page's own id of a comment, e.g. `comment-21`."""
    for element in parts:
        name = element.get("id") or element.get("data-id") or element.get("data-cid") or ""
        if _GIVEN_ID.search(name):
            return _NOISE.sub("", name)
    return None
