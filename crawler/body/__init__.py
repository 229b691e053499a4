"""The body of an article: the element that holds it, and of its lines those that are the article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import trafilatura
from lxml.html import HtmlElement

from crawler.body.container import agree, containers, headline, joined, settled
from crawler.body.furniture import boxes, furniture
from crawler.body.lines import Line, Text, read_text
from crawler.body.repairs import Block, is_caption, repaired
from crawler.metadata import Metadata
from crawler.page.dom import flat_text, squeeze
from crawler.page.parsed import ParsedPage
from crawler.page.selecting import Match, absolute

_ALIKE = 0.4
"""F1 of words below which neither place found is believed to hold what trafilatura read."""
_MOST_FOR_TRAFILATURA = 10_000
"""Elements of a page above which it would take seconds."""
_LABEL = 20
"""Characters of a link's text that make it a headline rather than a name."""


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks of an article, and what stood among them: links to other pages of the host, captions and credits."""

    blocks: list[Block]
    related: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


def read_body(
    page: ParsedPage, meta: Metadata, thread: Iterable[HtmlElement] = (), chosen: Sequence[Match] = ()
) -> Body:
    """The body of a page. `thread` are the elements that hold comments, `chosen` what a source's selector found."""
    whole = read_text(page.outline, frozenset(thread))
    text = whole.without(furniture(whole))
    if chosen:
        return Body(repaired(list(_chosen(text, chosen)), meta))
    found, told = _article(page, text)
    if found is None:
        return Body(repaired([Line(0, "p", line) for line in told], meta))
    place, others = joined(text, found, meta.title)
    text = text.without(others) if others else text
    blocks = repaired(_behind_headline(text.without(boxes(text, place, _host(page))), place, meta.title), meta)
    kept = {text for _, text in blocks}
    left = [line for line in whole.within(place) if line.text not in kept]
    captions = (line.text for line in left if line.kind == "figcaption" or is_caption(line.text))
    return Body(blocks, tuple(dict.fromkeys(_links(page, left))), tuple(dict.fromkeys(captions)))


def _host(page: ParsedPage) -> str:
    return urlsplit(page.url).netloc


def _links(page: ParsedPage, lines: Iterable[Line]) -> Iterator[str]:
    """Where the lines lead to that are a link to another page of the host."""
    for place in dict.fromkeys(line.place for line in lines if line.linked > _LABEL):
        for link in page.outline.elements[place].iter("a"):
            url = absolute(page.url, str(link.get("href") or "")).split("#")[0]
            if urlsplit(url).netloc == _host(page) and url != page.url and len(flat_text(link)) > _LABEL:
                yield url


def _chosen(text: Text, chosen: Iterable[Match]) -> Iterator[Line]:
    for part in chosen:
        if isinstance(part, str):
            yield Line(0, "p", squeeze(part))
        else:
            yield from text.within(text.outline.place_of[part])


def _article(page: ParsedPage, text: Text) -> tuple[int | None, list[str]]:
    """The place of the article's element. Where two ways of looking for it disagree, trafilatura decides; none when
    neither has found what it reads, which is the second part."""
    place, other = containers(text)
    if agree(text, place, other) or len(page.outline.elements) > _MOST_FOR_TRAFILATURA:
        return place, []
    if (certain := settled(text, place, other)) is not None:
        return certain, []
    told = _trafilatura(page)
    likeness = {at: _likeness(_plain(text.within(at)), " ".join(told)) for at in (place, other)}
    place = max(likeness, key=lambda at: likeness[at])
    return None if told and likeness[place] < _ALIKE else place, told


def _behind_headline(text: Text, place: int, title: str) -> Sequence[Line]:
    """The element's lines, those in front of the page's headline left out where that stands in it."""
    start, end = text.span(place)
    behind = max(start, min(end, headline(text, title, place)))
    prose, later = (sum(line.prose for line in text.lines[at:end]) for at in (start, behind))
    return text.lines[behind if later >= 0.8 * prose else start : end]


def _trafilatura(page: ParsedPage) -> list[str]:
    """The lines that trafilatura reads."""
    found = trafilatura.bare_extraction(page.tree, url=page.url, fast=True, include_comments=False, with_metadata=False)
    text = "" if found is None or isinstance(found, dict) else found.text or ""
    return [squeeze(line) for line in text.split("\n") if line.strip()]


def _plain(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)


def _likeness(one: str, other: str) -> float:
    """F1 of the words of two texts."""
    mine, theirs = (Counter(re.findall(r"\w+", text.lower())) for text in (one, other))
    return 2 * (mine & theirs).total() / max(1, mine.total() + theirs.total())
