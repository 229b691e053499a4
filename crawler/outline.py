"""One pass over a page's elements, so that those who look for names do not each walk the whole page again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from lxml.html import HtmlElement

from crawler.dom import matches_names, names_of


class Outline:
    """The elements of a page in document order, and where which class names and ids are.

    It tells of the page as parsed: whoever changes the tree does so when all have read it.
    """

    def __init__(self, tree: HtmlElement) -> None:
        self.elements: list[HtmlElement] = [e for e in tree.iter("*") if isinstance(e.tag, str)]

    @cached_property
    def names(self) -> dict[str, list[int]]:
        """Class names and id of an element in one string, lower case, and the places of the elements that have them."""
        found: dict[str, list[int]] = defaultdict(list)
        for place, element in enumerate(self.elements):
            names = names_of(element)
            if names:
                found[names].append(place)
        return found

    @cached_property
    def ends(self) -> list[int]:
        """For the place of each element, the place behind its last descendant."""
        ends = [0] * len(self.elements)
        open_: list[tuple[HtmlElement, int]] = []
        for place, element in enumerate(self.elements):
            above = element.getparent()
            while open_ and open_[-1][0] is not above:
                ends[open_.pop()[1]] = place
            open_.append((element, place))
        for _, place in open_:
            ends[place] = len(self.elements)
        return ends

    def called(self, pattern: re.Pattern[str]) -> list[HtmlElement]:
        """The elements of which a class name or the id matches, in document order."""
        return [self.elements[place] for place in self.places(pattern)]

    def places(self, pattern: re.Pattern[str]) -> list[int]:
        """The places of the elements of which a class name or the id matches."""
        return sorted(
            place for names, places in self.names.items() if matches_names(pattern, names) for place in places
        )

    def outermost(self, pattern: re.Pattern[str]) -> Iterator[HtmlElement]:
        """The elements of which a class name or the id matches, none inside another."""
        end = 0
        for place in self.places(pattern):
            if place >= end:
                end = self.ends[place]
                yield self.elements[place]

    def inside(self, pattern: re.Pattern[str]) -> set[HtmlElement]:
        """All elements that stand in one of which a class name or the id matches, itself included."""
        found: set[HtmlElement] = set()
        for place in self.places(pattern):
            found.update(self.elements[place : self.ends[place]])
        return found
