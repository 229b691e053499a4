"""Threads without an element for each comment: a line with name and time, and below it the text, again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from lxml.html import HtmlElement

from crawler.comments.groups import Group
from crawler.page.dom import names_of

_FEWEST = 2
_MOST_CHILDREN = 5_000
_MOST_RUNS = 60
Kind = tuple[str, str]


def runs(elements: Iterable[HtmlElement]) -> list[Group]:
    """The children of one element from each that begins a contribution to the next one."""
    boxes = dict.fromkeys(above for e in elements if (above := e.getparent()) is not None)
    found = (group for box in boxes if 2 * _FEWEST <= len(box) <= _MOST_CHILDREN for group in _runs(list(box)))
    return list(islice(found, _MOST_RUNS))


def _runs(children: Sequence[HtmlElement]) -> list[Group]:
    kinds = [_kind(child) for child in children]
    starts = _starts(kinds)
    ends = [*starts[1:], len(children)]
    return [[tuple(children[a:b]) for a, b in zip(starts, ends, strict=True)]] if len(starts) >= _FEWEST else []


def _starts(kinds: Sequence[Kind]) -> list[int]:
    """The places of the first kind that comes again and again, each time with the same kind behind it."""
    count = Counter(kinds)
    behind = Counter(pairwise(kinds))
    for place, (kind, follower) in enumerate(pairwise(kinds)):
        if kind != follower and count[kind] >= _FEWEST and behind[kind, follower] == count[kind] <= count[follower]:
            return [n for n in range(place, len(kinds)) if kinds[n] == kind]
    return []


def _kind(element: HtmlElement) -> Kind:
    return str(element.tag), " ".join(word for word in names_of(element).split() if not any(map(str.isdigit, word)))
