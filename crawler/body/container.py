"""Which element of a page holds the article? Two ways of looking that have little in common; where they agree, it is.

*Down*: from the body into the child that holds nearly all prose, as long as what is left behind is furniture.
*Up*: the element whose own paragraphs weigh most (the scheme that the Readability bookmarklet of 2009 made common).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.body.lines import Line, Text
from crawler.items import normalise
from crawler.page.dom import HEADINGS

_NAMED = re.compile(
    r"(^|[-_])(article|entry|post|story|page|text|single)[-_]*(body|content|text|copy|bodycopy)([-_]|$)|"
    r"^(article|story|post|entry)(body|content|text)$|articlebody|body-?text|fulltext|storytext|rich-?text"
)
_HOLDERS = frozenset(("div", "td", "body", "section", "article", "main", "center"))
_AGREE = 0.9
_ALMOST_ALL, _MOST, _SHARE_OF_NAMED = 0.97, 0.7, 0.35
_LEFT_BEHIND = 0.25
_CLEAN, _CLEAN_NAMED = 0.85, 0.5
_HIGHEST = 4
_FRACTION, _MOSTLY_CLEAN = 0.3, 0.75


def containers(text: Text) -> tuple[int, int]:
    """The place of the element that holds the article, found going down, and found going up."""
    named = _named(text)
    return _widened(text, _down(text, named), named), _widened(text, _up(text), named)


def agree(text: Text, one: int, other: int) -> bool:
    """Do the two elements hold the same prose?"""
    least, most = sorted((_shared(text, one, other), max(text.prose(one), text.prose(other))))
    return most > 0 and least >= _AGREE * most


def settled(text: Text, one: int, other: int) -> int | None:
    """Of two elements the one that is the article beyond doubt: it holds the other and much clean prose besides."""
    for whole, part in ((one, other), (other, one)):
        inside = text.span(whole)[0] <= text.span(part)[0] and text.span(part)[1] <= text.span(whole)[1]
        small = text.prose(part) < _FRACTION * text.prose(whole)
        if inside and small and _worth(text, whole) >= _MOSTLY_CLEAN * text.prose(whole):
            return whole
    return None


def _shared(text: Text, one: int, other: int) -> int:
    start, end = max(text.span(one)[0], text.span(other)[0]), min(text.span(one)[1], text.span(other)[1])
    return sum(line.prose for line in text.lines[start:end])


def headline(text: Text, title: str, place: int = 0) -> int:
    """The number of the line behind the headline in an element: a heading with the page's title in it, else an h1."""
    wanted, (start, end) = normalise(title), text.span(place) if place else (0, len(text.lines))
    heads = [at for at in range(start, end) if text.lines[at].kind in HEADINGS]
    told = (at for at in heads if wanted and wanted in normalise(text.lines[at].text))
    firsts = (at for at in heads if text.lines[at].kind == "h1")
    return next(told, next(firsts, -1)) + 1


def joined(text: Text, place: int, title: str) -> tuple[int, set[int]]:
    """Where an article is cut into several elements, by advertising for one: the place of what holds them all, and the
    places in it that are no part of it."""
    above = text.outline.above[place]
    around = list(_children(text, above)) if above >= 0 else []
    alike = [at for at in around if at != place and _is_named_alike(text, at, place)]
    start = headline(text, title) if alike else 0
    parts = {at for at in alike if text.span(at)[0] >= start and _is_clean(text, at)}
    return (above, set(around) - parts - {place}) if parts else (place, set())


def _is_named_alike(text: Text, at: int, place: int) -> bool:
    one, other = text.outline.elements[at], text.outline.elements[place]
    return bool(one.get("class")) and (one.tag, one.get("class")) == (other.tag, other.get("class"))


def _is_clean(text: Text, at: int) -> bool:
    """Is it prose, and not an article with a headline or a time of its own?"""
    prose, element = text.prose(at), text.outline.elements[at]
    return (
        prose > 0 and _worth(text, at) >= _CLEAN * prose and next(element.iter("h1", "time", "article"), None) is None
    )


# --- down


def _down(text: Text, named: set[int]) -> int:
    at = 0
    while (child := _richest_child(text, at)) is not None and _goes_on(text, at, child, child in named):
        at = child
    ends = text.outline.ends
    inner = (p for p in sorted(named) if at < p < ends[at] and text.prose(p) >= 0.6 * text.prose(at))
    return next(inner, at)


def _named(text: Text) -> set[int]:
    elements = text.outline.elements
    marked = elements[0].xpath(".//*[@itemprop='articleBody']")  # a broken page may have more than one root
    found = marked if isinstance(marked, list) else []
    stated = {text.outline.place_of[element] for element in found if isinstance(element, HtmlElement)}
    return stated.union(p for p in text.outline.places(_NAMED) if elements[p].tag in _HOLDERS)


def _richest_child(text: Text, at: int) -> int | None:
    """The child element with most prose; none when that is a paragraph."""
    best = max(_children(text, at), key=text.prose, default=None)
    if best is None or not text.prose(best) or text.outline.elements[best].tag == "p":
        return None
    return best


def _children(text: Text, at: int) -> Iterator[int]:
    place, end = at + 1, text.outline.ends[at]
    while place < end:
        yield place
        place = text.outline.ends[place]


def _goes_on(text: Text, at: int, child: int, is_named: bool) -> bool:
    inside, whole = text.prose(child), text.prose(at)
    left = _worth(text, at) - _worth(text, child)
    if inside >= _ALMOST_ALL * whole or left <= 0:
        return True
    if is_named and inside >= _SHARE_OF_NAMED * whole:
        return True
    return inside > _MOST * whole and left <= _LEFT_BEHIND * _worth(text, child)


def _worth(text: Text, place: int) -> int:
    """Prose counts for, links and shreds count against."""
    return text.prose(place) - 2 * text.linked(place) - 15 * text.short(place)


# --- up


def _up(text: Text) -> int:
    weights: dict[int, float] = defaultdict(float)
    for line in text.lines:
        if line.prose:
            for place, part in zip(_holders(text, line), (1.0, 0.5, 0.33), strict=False):
                weights[place] += line.prose * part
    return max(weights, key=lambda place: weights[place] * (1 - _share_of_links(text, place)), default=0)


def _holders(text: Text, line: Line) -> Iterator[int]:
    """The elements around a line, the nearest first; a paragraph holds itself alone."""
    places, above = text.outline.above, line.place
    if line.kind not in _HOLDERS:
        above = places[above]
    while above >= 0:
        yield above
        above = places[above]


def _share_of_links(text: Text, place: int) -> float:
    return text.linked(place) / max(1, text.length(place))


# --- both


def _widened(text: Text, place: int, named: set[int]) -> int:
    """The elements around one, as long as each adds prose and hardly any furniture."""
    above, at = text.outline.above, place
    for _ in range(_HIGHEST):
        wider = above[at]
        if wider < 0 or text.outline.elements[wider].tag in ("body", "html"):
            break
        more = text.prose(wider) - text.prose(place)
        clean = _CLEAN_NAMED if wider in named else _CLEAN
        if more and _worth(text, wider) - _worth(text, place) >= clean * more:
            place = wider
        at = wider
    return place
