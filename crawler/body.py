"""The body of an article: the element that holds it, and of its lines those that are the article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

import trafilatura
from lxml.html import HtmlElement

from crawler.comments.base import ParsedPage
from crawler.container import agree, containers
from crawler.dom import squeeze
from crawler.furniture import boxes, furniture
from crawler.lines import Line, Text, read_text
from crawler.metadata import Metadata
from crawler.repairs import Block, repaired
from crawler.selecting import Match

_ALIKE = 0.4
"""F1 of words below which neither place found is believed to hold what trafilatura read."""


def read_body(
    page: ParsedPage, meta: Metadata, thread: Iterable[HtmlElement] = (), chosen: Sequence[Match] = ()
) -> list[Block]:
    """The blocks of the body. `thread` are the elements that hold comments, `chosen` what a source's selector found."""
    whole = read_text(page.outline, frozenset(thread))
    text = whole.without(furniture(whole))
    lines = list(_chosen(text, chosen)) if chosen else _found(page, text)
    return repaired(lines, meta)


def _chosen(text: Text, chosen: Iterable[Match]) -> Iterator[Line]:
    for part in chosen:
        if isinstance(part, str):
            yield Line(0, "p", squeeze(part))
        else:
            yield from text.within(text.outline.place_of[part])


def _found(page: ParsedPage, text: Text) -> Sequence[Line]:
    """The lines of the article's element. Where two ways of looking for it disagree, trafilatura decides."""
    place, other = containers(text)
    if not agree(text, place, other):
        told = _trafilatura(page)
        likeness = {at: _likeness(_plain(text.within(at)), told) for at in (place, other)}
        place = max(likeness, key=lambda at: likeness[at])
        if told and likeness[place] < _ALIKE:
            return [Line(0, "p", squeeze(line)) for line in told.split("\n") if line.strip()]
    return _behind_headline(text.without(boxes(text, place, urlsplit(page.url).netloc)), place)


def _behind_headline(text: Text, place: int) -> Sequence[Line]:
    """The element's lines, those in front of the page's headline left out where that stands in it."""
    start, end = text.span(place)
    headlines = (at for at in range(place, text.outline.ends[place]) if text.outline.elements[at].tag == "h1")
    headline = next(headlines, None)
    behind = start if headline is None else text.span(headline)[1]
    prose, later = (sum(line.prose for line in text.lines[at:end]) for at in (start, behind))
    return text.lines[behind if later >= 0.8 * prose else start : end]


def _trafilatura(page: ParsedPage) -> str:
    found = trafilatura.bare_extraction(page.tree, url=page.url, fast=True, include_comments=False, with_metadata=False)
    return "" if found is None or isinstance(found, dict) else found.text or ""


def _plain(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)


def _likeness(one: str, other: str) -> float:
    """F1 of the words of two texts."""
    mine, theirs = (Counter(re.findall(r"\w+", text.lower())) for text in (one, other))
    return 2 * (mine & theirs).total() / max(1, mine.total() + theirs.total())
