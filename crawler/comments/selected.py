"""Threads told by a source's own selectors: an element for each comment, and where in it author, time and text are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lxml.html import HtmlElement

from crawler.comments.authors import clean_author
from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.comments.items import read_items
from crawler.comments.pieces import Parts, Reading
from crawler.comments.reading import Fields, read_fields, text_without
from crawler.page.dom import lines
from crawler.page.parsed import ParsedPage, page_language, parse_html
from crawler.page.selecting import Match, elements, links, matches, text_of, time_of
from crawler.source import CommentSelectors


class Selected:
    """The engine of one source; the others belong to a system of comments."""

    name = "selected"

    def __init__(self, where: CommentSelectors) -> None:
        self.where = where

    def read(self, page: ParsedPage) -> ThreadPart | None:
        found = elements(self.where.item, page.tree)
        if not found:
            return None
        items: list[Parts] = [(element,) for element in found]
        comments = read_items(items, page, Reading(), page_language(page.tree), self._fields)
        return ThreadPart(comments, declared_count(page, found, len(comments)), tuple(self._more(page)), tuple(found))

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"select.comments.item matches nothing at {url}")
        return part

    def missed(self, page: ParsedPage) -> tuple[str, ...]:
        """The selectors that find nothing in this page; a thread may well end here, so `next` is none of them."""
        found = elements(self.where.item, page.tree)
        if not found:
            return ("select.comments.item",)
        wanted = {"text": self.where.text, "author": self.where.author, "date": self.where.date}
        others = set(found)
        return tuple(
            f"select.comments.{name}"
            for name, selector in wanted.items()
            if selector and not any(_inside(selector, item, others) for item in found)
        )

    def _fields(self, parts: Parts, others: Collection[HtmlElement], how: Reading, language: str | None) -> Fields:
        """What the selectors find in one item; where they find nothing, what the shared reading finds."""
        fields = read_fields(parts, others, how, language)
        text, author, date = (
            _inside(s, parts[0], others) for s in (self.where.text, self.where.author, self.where.date)
        )
        names = (clean_author(text_of(match)) for match in author)
        return replace(
            fields,
            text=_lines(text, others) or _shared_text(fields.text, parts, others, (*author, *date)),
            author=next((name for name in names if name), fields.author),
            published=time_of(date, language) or fields.published,
        )

    def _more(self, page: ParsedPage) -> Iterator[str]:
        """The next page of the thread."""
        here = page.url.split("#")[0]
        urls = (url.split("#")[0] for _, url in (links(self.where.next, page) if self.where.next else ()))
        yield from [url for url in urls if url != here][:1]


def _inside(selector: str | None, item: HtmlElement, others: Collection[HtmlElement]) -> list[Match]:
    """What the selector finds in this item and not in one that is nested in it."""
    found = matches(selector, item) if selector else []
    return [part for part in found if isinstance(part, str) or _owner(part, others) is item]


def _owner(element: HtmlElement, others: Collection[HtmlElement]) -> HtmlElement | None:
    return next((above for above in (element, *element.iterancestors()) if above in others), None)


def _shared_text(text: str, parts: Parts, others: Collection[HtmlElement], told: Sequence[Match]) -> str:
    """What the shared reading found; where it took author or time for text, all but these."""
    edges = tuple(said for said in map(text_of, told) if said)
    if not text.startswith(edges) and not text.endswith(edges):
        return text
    return text_without(parts, others, {part for part in told if isinstance(part, HtmlElement)})


def _lines(found: Sequence[Match], others: Collection[HtmlElement]) -> str:
    texts = (part if isinstance(part, str) else lines([part], lambda e: e in others) for part in found)
    return "\n".join(text.strip() for text in texts if text.strip())
