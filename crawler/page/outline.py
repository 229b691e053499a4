"""One pass over a page's elements, so that those who look for names do not each walk the whole page again."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from functools import cached_property, lru_cache
from itertools import accumulate

from lxml import etree
from lxml.html import HtmlElement


class Outline:
    """The elements of a page in document order, and where which class names and ids are.

    An element is known by its place in `elements`. `above` has the place of its parent (-1 for the root), `ends` the
    place behind its last descendant; `depth` is how deep the page is nested.

    It tells of the page as parsed: whoever changes the tree does so when all have read it.
    """

    def __init__(self, tree: HtmlElement) -> None:
        self.elements: list[HtmlElement] = []
        self.above: list[int] = []
        self.ends: list[int] = []
        self.depth = 0
        self._walk(tree)

    def _walk(self, tree: HtmlElement) -> None:
        elements, above, ends, open_ = self.elements, self.above, self.ends, [-1]
        depth = 0
        for event, element in etree.iterwalk(tree, events=("start", "end")):
            if event == "end":
                ends[open_.pop()] = len(elements)
                continue
            above.append(open_[-1])
            open_.append(len(elements))
            elements.append(element)
            ends.append(0)
            if len(open_) > depth:
                depth = len(open_)
        self.depth = depth

    @cached_property
    def place_of(self) -> dict[HtmlElement, int]:
        """Where each element stands."""
        return {element: place for place, element in enumerate(self.elements)}

    @cached_property
    def tags(self) -> dict[str, list[HtmlElement]]:
        """The elements by their tag, in document order."""
        found: dict[str, list[HtmlElement]] = defaultdict(list)
        for element in self.elements:
            found[str(element.tag)].append(element)
        return found

    @cached_property
    def names(self) -> dict[str, list[int]]:
        """Each class name and id, lower case, and the places of the elements that have it."""
        found: dict[str, list[int]] = defaultdict(list)
        parts: dict[str, list[str]] = {}  # pages repeat the same few classes
        for place, element in enumerate(self.elements):
            for stated in (element.get("class"), element.get("id")):
                if not stated:
                    continue
                if stated not in parts:
                    parts[stated] = stated.lower().split()
                for name in parts[stated]:
                    found[name].append(place)
        return found

    def worded(self, words: Collection[str]) -> set[int]:
        """The places of the elements whose names have one of these words between their dashes."""
        found: set[int] = set()
        for name, places in self.names.items():
            if not self._parts(name).isdisjoint(words):
                found.update(places)
        return found

    @staticmethod
    @lru_cache(maxsize=20_000)
    def _parts(name: str) -> frozenset[str]:
        return frozenset(name.replace("_", "-").split("-"))

    def called(self, pattern: re.Pattern[str]) -> list[HtmlElement]:
        """The elements of which a class name or the id matches, in document order."""
        return [self.elements[place] for place in self.places(pattern)]

    def places(self, pattern: re.Pattern[str]) -> list[int]:
        """The places of the elements of which a class name or the id matches."""
        text, starts, names = self._register
        found = {bisect_right(starts, match.start()) - 1 for match in by_line(pattern).finditer(text)}
        return sorted({place for number in found for place in self.names[names[number]]})

    @cached_property
    def _register(self) -> tuple[str, list[int], list[str]]:
        """All names, a line each, and where each begins: one search finds what would take one for each name."""
        names = list(self.names)
        return "\n".join(names), [0, *accumulate(len(name) + 1 for name in names)], names

    def inside(self, pattern: re.Pattern[str]) -> set[HtmlElement]:
        """All elements that stand in one of which a class name or the id matches, itself included."""
        found: set[HtmlElement] = set()
        for place in self.places(pattern):
            found.update(self.elements[place : self.ends[place]])
        return found


@lru_cache(maxsize=200)
def by_line(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern, with `^` and `$` for the ends of each line."""
    return re.compile(pattern.pattern, pattern.flags | re.M)
