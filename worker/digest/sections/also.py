"""Other articles about a show, a line each: those that changed nothing in its ledger."""

from __future__ import annotations

from collections.abc import Sequence

from worker.digest.content import SourceLink
from worker.store.articles import ArticleRow

MOST = 4


def also(articles: Sequence[ArticleRow], show: str) -> tuple[SourceLink, ...]:
    """New articles that are mainly about the show and make no claim; no copies, no background."""
    fresh = [
        row
        for row in articles
        if row.shows[:1] == (show,)
        and row.stored.duplicate_of is None
        and not row.stored.background
        and row.story is None
    ]
    return tuple(article_link(row) for row in fresh[:MOST])


def article_link(row: ArticleRow) -> SourceLink:
    """Where an article is."""
    article = row.stored.article
    return SourceLink(article.outlet, article.url, article.title, article.published)
