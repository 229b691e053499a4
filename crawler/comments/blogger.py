"""Blogger's comments: the old definition list (`dt`, `dd`, `dd`) and the newer nested list of `li.comment`."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.comments.items import read_items
from crawler.comments.pieces import Parts, Reading
from crawler.page.dom import words
from crawler.page.parsed import ParsedPage, page_language, parse_html

_HOW = Reading(
    author=re.compile(r"^(user|comment-author)$"),
    content=re.compile(r"^(comment-content|comment-body|comment-body-author)$"),
)
_BLOCK = re.compile(r"^(comments-block|comment-thread|comments-content)")


class Blogger:
    """Threads that Blogger writes into the post's page."""

    name = "blogger"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        if not any(_BLOCK.search(name) for name in page.talk):
            return None
        items = _items(page)
        if not items:
            return None
        comments = read_items(items, page, _HOW, page_language(page.tree))
        elements = tuple(element for parts in items for element in parts)
        return ThreadPart(comments, declared_count(page, elements, len(comments)), elements=elements)

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"no comments at {url}")
        return part


def _items(page: ParsedPage) -> list[Parts]:
    inside = page.outline.inside(_BLOCK)
    items: list[Parts] = []
    for element in page.tree.iter("dt", "li"):
        if element not in inside:
            continue
        if element.tag == "li" and "comment" in words(element):
            items.append((element,))
        elif element.tag == "dt":
            items.append((element, *_answers(element)))
    return items


def _answers(term: HtmlElement) -> list[HtmlElement]:
    """The `dd`s behind a `dt`, up to the next one."""
    out: list[HtmlElement] = []
    follower = term.getnext()
    while follower is not None and follower.tag != "dt":
        out.append(follower)
        follower = follower.getnext()
    return out
