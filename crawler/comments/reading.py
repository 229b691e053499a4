"""What all engines that read HTML share: one item's author, time, text, likes and link."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from crawler.comments.authors import author_of
from crawler.comments.clocks import read_moment, without_edges
from crawler.comments.hints import hints
from crawler.comments.pieces import (
    MOST_CANDIDATES,
    PERMALINK,
    Parts,
    Reading,
    Told,
    descend,
    is_edited,
    is_extra,
    short_text,
)
from crawler.page.dom import flat_text, lines, named, squeeze


@dataclass(frozen=True, slots=True)
class Fields:
    """What one item says, before it has a place in the thread. `dated`: it shows a time, if only "2 hours ago"."""

    author: str | None
    published: datetime | None
    text: str
    likes: int | None = None
    permalink: str | None = None
    dated: bool = False


def read_fields(parts: Parts, others: Collection[HtmlElement], how: Reading, language: str | None) -> Fields:
    """Author, time, text, likes and link of one item; `others` are the elements of all items."""
    own = [(element, hints(element)) for element in descend(parts, others)]
    content, text = _content(own, others, how)
    inside = set() if content is None else set(descend((content,), others))
    outside = [pair for pair in own if pair[0] not in inside] if inside else own
    published, dated_by = read_moment(outside, language)
    author, named_by = author_of(outside, how, dated_by)
    if content is None:
        told = {e for e in (named_by, dated_by) if e is not None}
        text = lines(parts, lambda e: e in others or e in told or is_extra(e, how.labels) or _is_meta(e, told))
        text = without_edges(text, published, language)
    return Fields(author, published, text, _likes(own), _permalink(own), dated_by is not None)


def text_without(parts: Parts, others: Collection[HtmlElement], told: Collection[HtmlElement]) -> str:
    """The text of one item without the elements that tell its author and time, and without buttons."""
    return lines(parts, lambda e: e in others or e in told or is_extra(e))


def _content(own: Sequence[Told], others: Collection[HtmlElement], how: Reading) -> tuple[HtmlElement | None, str]:
    """The element that holds the text and nothing about it, and its text."""
    marked = [e for e, _ in own if e.get("itemprop") in ("text", "commentText", "reviewBody")]
    inner = [(e, hint) for e, hint in own[1:] if e.tag != "a"]
    if how.content is not None:
        marked += [e for e, _ in inner if named(e, how.content)]
    for rank in (1, 2, 3):
        marked += [e for e, hint in inner if hint.content == rank]
    for element in marked[:MOST_CANDIDATES]:
        text = (
            ""
            if is_edited(element) or _holds_meta(element, others)
            else lines([element], lambda e: e in others or is_extra(e, how.labels))
        )
        if text:
            return element, text
    return None, ""


def _holds_meta(element: HtmlElement, others: Collection[HtmlElement]) -> bool:
    return any(
        e is not element and (e.tag in ("time", "cite") or hints(e).meta)
        for e in descend((element,), others)
        if e.tag not in ("p", "blockquote") and not is_extra(e) and not is_edited(e.getparent())
    )


def _is_meta(element: HtmlElement, told: Collection[HtmlElement]) -> bool:
    if element.tag in ("cite", "time") or hints(element).meta:
        return short_text(element, 149) is not None
    if element.tag in ("td", "li") or next(element.iter("p"), None) not in (None, element):
        return False
    return any(child in told for child in element) and short_text(element, 79) is not None


def _likes(own: Sequence[Told]) -> int | None:
    for element, hint in own:
        if hint.likes or element.get("itemprop") == "upvoteCount":
            found = re.fullmatch(r"\+?(-?\d+)( likes?)?", squeeze(element.get("content") or flat_text(element)), re.I)
            if found:
                return int(found[1])
    return None


def _permalink(own: Sequence[Told]) -> str | None:
    for element, hint in own:
        href = element.get("href") or ""
        if element.tag == "a" and PERMALINK.search(href) and "replytocom" not in href and not hint.addressee:
            return href
    return None
