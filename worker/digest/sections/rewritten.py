"""What was rewritten on live articles: the old sentence and the new one."""

from __future__ import annotations

from collections.abc import Sequence

from worker.digest.content import Rewritten, View
from worker.digest.sections.also import article_link
from worker.digest.sections.spoilers import gives_away
from worker.digest.wording import shorten
from worker.mail.phrases import Phrases
from worker.store.articles import ArticleRow, Version

MOST_SECTIONS = 3
MOST_SENTENCES = 3


def rewritten(versions: Sequence[tuple[ArticleRow, Version]], view: View, say: Phrases) -> tuple[Rewritten, ...]:
    """Changed sections of articles that were rewritten, newest version last; no plot for who does not want to know."""
    found = [
        Rewritten(article_link(row, view, say), change.heading, _cut(change.old), _cut(change.new))
        for row, version in versions
        for change in version.changes
        if change.new and (view.spoilers or not gives_away(*change.old, *change.new, change.heading))
    ]
    return tuple(found[:MOST_SECTIONS])


def _cut(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(shorten(sentence) for sentence in sentences[:MOST_SENTENCES])
