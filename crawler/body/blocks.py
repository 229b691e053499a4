"""Blocks of a text: paragraphs, headings and list items in their order, and the sections they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from crawler.body.repairs import Block
from crawler.items import Article, Section

PAGER = re.compile(r"paginat|(^|[-_])(pager|paging|pages|multi-?page)([-_]|$)|page-?(links?|numbers?|nav)")
"""Names of the elements that lead from one page of an article to the others."""


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
