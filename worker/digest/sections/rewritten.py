"""What was rewritten on live articles: the old sentence and the new one."""

from __future__ import annotations

from collections.abc import Sequence

from worker.digest.content import Rewritten
from worker.digest.sections.also import article_link
from worker.digest.wording import shorten
from worker.store.articles import ArticleRow, Version

MOST_SECTIONS = 3
MOST_SENTENCES = 3


def rewritten(versions: Sequence[tuple[ArticleRow, Version]]) -> tuple[Rewritten, ...]:
    """Changed sections of articles that were rewritten, newest version last."""
    found = [
        Rewritten(article_link(row), change.heading, _cut(change.old), _cut(change.new))
        for row, version in versions
        for change in version.changes
        if change.new
    ]
    return tuple(found[:MOST_SECTIONS])


def _cut(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(shorten(sentence) for sentence in sentences[:MOST_SENTENCES])
