"""From the elements that are comments to a thread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from lxml.html import HtmlElement

from crawler.comments.hints import hints
from crawler.comments.nesting import Nesting
from crawler.comments.pieces import Parts, Reading, descend
from crawler.comments.reading import Fields, read_fields
from crawler.comments.thread import make_comment, stable_id, unique
from crawler.items import Comment
from crawler.page.dom import squeeze
from crawler.page.parsed import ParsedPage

_GIVEN_ID = re.compile(r"\d{2,}|comment-?_?\d+|c\d+")
_NOISE = re.compile(r"^(li|div|article|dsq)-(?=comment)")
_FRAGMENT = re.compile(r"#([^#/?&=]*\d[^#/?&=]*)$")
_LONGEST_ID = 200
_FEWEST_LABELLED = 4
_MOST_LABELLED = 30
_NEARLY_ALL = 0.8
_LONGEST_LABEL = 40
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
    how = replace(how, labels=_labels(items, nesting.owner.keys()))
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


def _labels(items: Sequence[Parts], others: Collection[HtmlElement]) -> frozenset[str]:
    """The short texts that stand in nearly each item, once and not where a name stands: words of buttons."""
    if len(items) < _FEWEST_LABELLED:
        return frozenset()
    items = items[:_MOST_LABELLED]
    seen = Counter(text for parts in items for text in set(_marks(parts, others)))
    return frozenset(text for text, number in seen.items() if number >= _NEARLY_ALL * len(items))


def _marks(parts: Parts, others: Collection[HtmlElement]) -> Iterator[str]:
    for element in descend(parts, others):
        text = squeeze(element.text) if not len(element) and element.text else ""
        if text and len(text) <= _LONGEST_LABEL and element.tag not in ("p", "blockquote", "time", "cite"):
            above = element.getparent()
            if not hints(element).author and (above is None or not hints(above).author):
                yield text


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
