"""Articles of several pages."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.items import Article


def join_pages(first: Article, rest: Sequence[Article]) -> Article:
    """The pages of one article as one."""
    raise NotImplementedError
