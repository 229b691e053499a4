"""Blocks of a text: paragraphs, headings and list items in their order, and the sections they make."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.html import HtmlElement

from crawler.dom import lines, named, squeeze
from crawler.items import Article, Section
from crawler.repairs import Block

_TAGS = frozenset({"body", "p", "head", "item", "quote", "code", "cell", "row", "list", "table", "div", "ab"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ASIDE = frozenset(("nav", "aside", "footer", "figure"))
_LONGEST_PAGER = 300
PAGER = re.compile(r"paginat|(^|[-_])(pager|paging|pages|multi-?page)([-_]|$)|page-?(links?|numbers?|nav)")
"""Names of the elements that lead from one page of an article to the others."""


def text_blocks(body: etree._Element) -> Iterator[Block]:
    """The blocks of a body in trafilatura's own tags."""
    return ((tag == "head", text) for tag, text in _leaves(body) if text)


def _leaves(body: etree._Element) -> Iterator[tuple[str, str]]:
    """Leaf blocks in their order, empty ones included."""
    tag, text = "p", ""
    for event, element in etree.iterwalk(body, events=("start", "end")):
        is_block = element.tag in _TAGS
        if event == "start":
            if is_block:
                yield tag, squeeze(text)
                tag, text = str(element.tag), ""
            text += element.text or ""
            if element.tag == "lb":
                yield tag, squeeze(text)
                text = ""
        elif is_block:
            yield tag, squeeze(text)
            tag, text = "p", ""
        if event == "end" and element is not body:
            text += element.tail or ""
    yield tag, squeeze(text)


def html_blocks(element: HtmlElement) -> Iterator[Block]:
    """The blocks of an element of a page, without what stands beside the text in it."""
    headings = deque(line for heading in _headings(element) for line in lines([heading]).split("\n") if line)
    for text in lines([element], _stands_beside).split("\n"):
        is_heading = bool(headings) and text == headings[0]
        if is_heading:
            headings.popleft()
        if text:
            yield is_heading, text


def _headings(element: HtmlElement) -> Iterator[HtmlElement]:
    for heading in element.iter(*_HEADINGS):
        path = [heading, *heading.iterancestors()] if heading is not element else []
        inside = path[: path.index(element)] if element in path else []
        if not any(_stands_beside(above) for above in inside):
            yield heading


def _stands_beside(element: HtmlElement) -> bool:
    return element.tag in _ASIDE or (named(element, PAGER) and len(element.text_content()) < _LONGEST_PAGER)


def sections(blocks: Sequence[Block]) -> Iterator[Section]:
    """The blocks under their headings; the part before the first heading has the heading ""."""
    heading, texts = "", list[str]()
    for is_heading, text in blocks:
        if is_heading:
            if heading or texts:
                yield Section(heading, "\n".join(texts))
            heading, texts = text, []
        else:
            texts.append(text)
    yield Section(heading, "\n".join(texts))


def article_blocks(article: Article) -> Iterator[Block]:
    """The blocks that an article was made of."""
    for section in article.sections or (Section("", article.text),):
        if section.heading:
            yield True, section.heading
        yield from _paragraphs(section.text.split("\n"))


def _paragraphs(texts: Iterable[str]) -> Iterator[Block]:
    return ((False, text) for text in texts if text)
