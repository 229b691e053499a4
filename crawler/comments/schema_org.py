"""Threads told by structured data: JSON-LD `comment` arrays, and `itemtype=".../Comment"` in the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from crawler.comments.authors import clean_author
from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.comments.items import read_items
from crawler.comments.pieces import Parts, Reading
from crawler.comments.reading import Fields
from crawler.comments.thread import make_comment, unique
from crawler.items import Comment
from crawler.page.jsonld import as_list, figure, graph, is_a, text_of
from crawler.page.parsed import ParsedPage, fragment_lines, page_language, parse_html
from crawler.page.times import read_time

_ITEM = re.compile(r"schema\.org/(User)?Comments?$")
_DEEPEST = 20


class SchemaOrg:
    """Threads that a page marks up for search engines, whatever its software."""

    name = "schema_org"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        items: list[Parts] = [(e,) for e in _marked(page)]
        if items:
            comments = read_items(items, page, Reading(), page_language(page.tree))
            elements = tuple(element for parts in items for element in parts)
            return (
                ThreadPart(comments, declared_count(page, elements, len(comments)), elements=elements)
                if comments
                else None
            )
        nodes = graph(page.tree) if _tells_comments(page) else []
        told = unique(comment for node in nodes for comment in _told(node.get("comment"), page.url, None, 0))
        if not told:
            return None
        stated = (figure(node.get("commentCount")) for node in nodes)
        return ThreadPart(told, next((n for n in stated if n is not None), None), elements=_repeated(page.tree, told))

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"no comments at {url}")
        return part


def _tells_comments(page: ParsedPage) -> bool:
    scripts = (s for s in page.outline.tags.get("script", ()) if "ld+json" in (s.get("type") or ""))
    return any('"comment' in (script.text or "") for script in scripts)


def _marked(page: ParsedPage) -> list[HtmlElement]:
    """The elements whose `itemtype` says that they are comments."""
    return [e for e in page.outline.elements if (kind := e.get("itemtype")) and _ITEM.search(kind)]


def _told(value: Any, url: str, parent: str | None, depth: int) -> Iterator[Comment]:
    for node in as_list(value) if depth < _DEEPEST else ():
        if not isinstance(node, dict) or not is_a(node, "Comment", "UserComments", "Answer"):
            continue
        text = fragment_lines(text_of(node.get("text") or node.get("commentText")))
        if not text:
            continue
        fields = Fields(
            _author(node), _published(node), text, figure(node.get("upvoteCount")), text_of(node.get("url"))
        )
        given = re.search(r"[^/#]*\d{2,}[^/#]*$", text_of(node.get("@id") or node.get("identifier") or node.get("url")))
        comment = make_comment(fields, given[0] if given else None, parent, url)
        yield comment
        yield from _told(node.get("comment"), url, comment.id, depth + 1)


def _author(node: dict[str, Any]) -> str | None:
    for author in as_list(node.get("author") or node.get("creator")):
        name = text_of(author.get("name")) if isinstance(author, dict) else text_of(author)
        if name:
            return clean_author(name)
    return None


def _published(node: dict[str, Any]) -> Any:
    return read_time(text_of(node.get("datePublished") or node.get("dateCreated") or node.get("commentTime")))


def _repeated(tree: HtmlElement, told: tuple[Comment, ...]) -> tuple[HtmlElement, ...]:
    """The paragraphs of the page that repeat what the structured data said, so that they stay out of the article."""
    texts = {line for comment in told for line in comment.text.split("\n") if len(line) > 20}
    found = (e for e in tree.iter("p", "div", "span", "li") if len(e) <= 3 and len(texts) and _short(e) in texts)
    return tuple(found)


def _short(element: HtmlElement) -> str:
    return re.sub(r"\s+", " ", " ".join(element.itertext())).strip()
