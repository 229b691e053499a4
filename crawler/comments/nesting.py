"""Who answers whom, as the markup tells it: by nesting, by lists behind a comment, by depths, by named parents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.html import HtmlElement

from crawler.comments.pieces import Parts
from crawler.page.dom import named

_BRANCH = re.compile(r"(^|[-_])(branch|conversation)$")
_REPLIES = re.compile(r"(^|[-_])(children|childs?|replies|answers|subcomments|nested|indent(ed)?)([-_]|$)")
_LEVEL = re.compile(r"(?:^|[-_ ])(?:\w{0,12}?)(?:depth|level|indent|nesting|lvl)[-_]?(\d{1,2})(?= |$)", re.I)
_INDENT = re.compile(r"(?:margin|padding)-left\s*:\s*(\d{1,4})")
_HEX = re.compile(r"[\da-f-]{24,}$")
_DIGITS = re.compile(r"\d+$")
_NEAREST = 6
_FIRST = 50
_LONGEST_ID = 60


class Nesting:
    """The parent of each item of a page, asked in page order."""

    def __init__(self, items: Sequence[Parts]) -> None:
        self.owner = {element: number for number, parts in enumerate(items) for element in parts}
        self.ids: list[str] = []
        self.numbered: dict[str, str] = {}
        self.level = [_level(parts[0]) for parts in items]
        self.levels: list[tuple[int, str]] = []
        self.branches: dict[HtmlElement, str] = {}

    def parent(self, parts: Parts) -> str | None:
        """The id of the comment that this one answers."""
        element = parts[0]
        told = self._branch(element) or self._stated(element) or self._around(element) or self._list(element)
        return told or next((name for at, name in reversed(self.levels) if at < self._depth()), None)

    def _depth(self) -> int:
        """How deep the item that comes next stands; one that says nothing stands at the edge."""
        return self.level[len(self.ids)] or 0

    def add(self, parts: Parts, name: str) -> None:
        """Remembers the item's id ("" when it is no comment) for those that answer it."""
        level = self._depth()
        self.ids.append(name)
        if not name:
            return
        self.numbered.setdefault(_number(name), name)
        above = parts[0].getparent()
        if above is not None and named(above, _BRANCH):
            self.branches.setdefault(above, name)
        while self.levels and self.levels[-1][0] >= level:
            self.levels.pop()
        self.levels.append((level, name))

    def _branch(self, element: HtmlElement) -> str | None:
        """Where each conversation has a box of its own, its first comment is what the others answer."""
        above = element.getparent()
        return self.branches.get(above) if above is not None else None

    def _stated(self, element: HtmlElement) -> str | None:
        for key in ("data-parentid", "data-parent-id", "data-parent", "data-parent-comment-id"):
            named_parent = (element.get(key) or "").strip()
            if named_parent and named_parent != "0":
                return self.numbered.get(_number(named_parent))
        return None

    def _around(self, element: HtmlElement) -> str | None:
        """The comment whose element holds this one."""
        return next((name for above in element.iterancestors() if (name := self._id_of(above))), None)

    def _list(self, element: HtmlElement) -> str | None:
        """Replies in a list of their own that stands right behind the comment they answer."""
        for above in _nearest(element):
            before = _previous(above)
            if above.tag not in ("ul", "ol", "dl") and not named(above, _REPLIES) and not self._between(before, above):
                continue
            box = above.getparent()
            if before is None and box is not None:  # a list alone in a box of its own
                before = _previous(box)
            lists = named(above, _REPLIES) or (before is not None and before.tag == "li")
            found = self._id_of(before) or (self._first_in(before) if lists else None)
            if found:
                return found
        return None

    def _between(self, before: HtmlElement | None, box: HtmlElement) -> bool:
        """Does the box stand right behind an item, in whose name it is called?"""
        name = self._id_of(before)
        return bool(name) and _number(box.get("id") or "-") == _number(name or "")

    def _id_of(self, element: HtmlElement | None) -> str | None:
        number = self.owner.get(element) if element is not None else None
        return self.ids[number] or None if number is not None and number < len(self.ids) else None

    def _first_in(self, box: HtmlElement | None) -> str | None:
        found = (self._id_of(e) for e in islice(box.iterdescendants(), _FIRST)) if box is not None else iter(())
        return next((name for name in found if name), None)


def _number(name: str) -> str:
    """The figures at the end of an id, by which an item and those that answer it call it alike."""
    found = _HEX.search(name[-_LONGEST_ID:]) or _DIGITS.search(name[-_LONGEST_ID:])
    return found[0] if found else name


def _nearest(element: HtmlElement) -> Iterator[HtmlElement]:
    for number, above in enumerate(element.iterancestors()):
        if number == _NEAREST or above.tag in ("body", "html", "main"):
            return
        yield above


def _previous(element: HtmlElement) -> HtmlElement | None:
    """The element before it; remarks in the markup are none."""
    before = element.getprevious()
    while before is not None and not isinstance(before.tag, str):
        before = before.getprevious()
    return before


def _level(element: HtmlElement) -> int | None:
    """How deep it stands, by its own word or by its indentation, or by that of a box which it has for itself."""
    above = element.getparent()
    alone = element.getnext() is None and element.getprevious() is None  # to count the children would take long
    for part in (element, above) if alone and above is not None else (element,):
        stated = part.get("data-depth") or part.get("data-level") or part.get("aria-level") or ""
        if stated.isdigit():
            return int(stated[:4])
        found = _LEVEL.search(part.get("class") or "") or _INDENT.search(part.get("style") or "")
        if found:
            return int(found[1])
    return None
