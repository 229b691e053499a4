"""Other articles about a show, a line each: those that changed nothing in its ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from worker.digest.content import SourceLink, View
from worker.digest.sections.spoilers import SPOILING, gives_away, without_title
from worker.mail.phrases import Phrases
from worker.store.articles import ArticleRow

MOST = 4


def also(
    articles: Sequence[ArticleRow], show: str, linked: Collection[str], view: View, say: Phrases
) -> tuple[SourceLink, ...]:
    """Articles that are mainly about the show; no copies. What makes a claim is told as what changed, unless it is
    background, which only a new reader gets. What is `linked` above is left out."""
    fresh = [
        row
        for row in articles
        if row.shows[:1] == (show,)
        and row.stored.duplicate_of is None
        and row.stored.article.url not in linked
        and (row.ledger_story is None or row.stored.background)
    ]
    return tuple(article_link(row, view, say) for row in fresh[:MOST])


def article_link(row: ArticleRow, view: View, say: Phrases) -> SourceLink:
    """Where an article is; without its headline where that may give something away to who does not want to know."""
    article = row.stored.article
    source = SourceLink(article.outlet, article.url, article.title, article.published)
    spoils = row.stored.labels.primary in SPOILING or gives_away(article.title, language=article.language)
    return without_title(source, say) if spoils and not view.spoilers else source
