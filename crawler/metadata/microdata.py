"""Microdata of the article itself: not that of its comments, of other articles on the page, of products or pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from lxml.html import HtmlElement

from crawler.page.dom import flat_text
from crawler.page.parsed import ParsedPage

_ABOUT_ELSE = frozenset(
    ["comment", "review", "reviews", "suggestedanswer", "acceptedanswer", "isrelatedto", "image", "video",
     "associatedmedia", "publisher"]
)  # fmt: skip
_PAGE = ("", "webpage", "itempage", "creativework", "blog", "report", "recipe", "podcastepisode", "episode")
_MOST, _MOST_ABOVE = 20, 60


class Microdata:
    """The properties of the article; the page is looked through when somebody first asks."""

    def __init__(self, page: ParsedPage) -> None:
        self._page = page

    def get(self, name: str) -> list[HtmlElement]:
        """The first elements that state a property, which is named in lower case."""
        return self._found.get(name, [])[:_MOST]

    @cached_property
    def _found(self) -> dict[str, list[HtmlElement]]:
        """Elements by the property of the article that they state; of several articles the first one counts."""
        found: dict[str, list[HtmlElement]] = defaultdict(list)
        first: HtmlElement | None = None
        for element, stated in self._stating():
            scope = _scope(element)
            kind = item_type(scope)
            if not _is_article(kind) or (scope is not None and _is_part(scope)):
                continue
            if kind not in _PAGE:
                first = scope if first is None else first
                if scope is not first:
                    continue
            for name in stated.lower().split():
                found[name].append(element)
        return found

    def _stating(self) -> Iterator[tuple[HtmlElement, str]]:
        for element in self._page.outline.elements:
            stated = element.get("itemprop")
            if stated:
                yield element, stated


def property_text(element: HtmlElement) -> str:
    """What an element with a property says: for machines where it says that, else to readers."""
    inner = next((e for e in element.iterdescendants() if "name" in (e.get("itemprop") or "").split()), element)
    return inner.get("content") or inner.get("datetime") or flat_text(inner)


def item_type(scope: HtmlElement | None) -> str:
    """The type of an item without its namespace, lower case; "" when it states none."""
    stated = "" if scope is None else (scope.get("itemtype") or "")
    return stated.strip().rstrip("/").rsplit("/", 1)[-1].lower()


def _scope(element: HtmlElement) -> HtmlElement | None:
    """The nearest item around the element; None when there is none."""
    for number, above in enumerate(element.iterancestors()):
        if above.get("itemscope") is not None:
            return above
        if number > _MOST_ABOVE:
            break
    return None


def _is_article(kind: str) -> bool:
    return kind in _PAGE or kind.endswith(("article", "posting", "review"))


def _is_part(scope: HtmlElement) -> bool:
    return not _ABOUT_ELSE.isdisjoint((scope.get("itemprop") or "").lower().split())
