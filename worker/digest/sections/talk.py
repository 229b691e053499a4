"""What viewers say: figures, and the best two comments of the liveliest threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.digest.content import Quote, Talk, View
from worker.digest.sections.also import article_link
from worker.digest.wording import shorten
from worker.mail.phrases import Phrases
from worker.models import QuoteRules
from worker.store.news import TalkRow
from worker.talk import Weighed, pick

MOST_THREADS = 2
MOST_QUOTES = 2
LONGEST = 240
LIVELY = 3  # comments in one hour from which that is told


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all threads of one show are read with."""

    show: str
    until: datetime
    rules: QuoteRules
    view: View
    say: Phrases


def talk(
    rows: Sequence[TalkRow], show: str, until: datetime, rules: QuoteRules, view: View, say: Phrases
) -> tuple[Talk, ...]:
    """The threads with the most new comments, under articles that are mainly about the show; for who wants them."""
    if not view.talk:
        return ()
    rules = replace(rules, spoilers=rules.spoilers and view.spoilers)
    own = [row for row in rows if row.article.shows[:1] == (show,)]
    liveliest = sorted(own, key=lambda row: (-len(row.fresh), row.article.stored.id))[:MOST_THREADS]
    return tuple(_talk(row, _Setting(show, until, rules, view, say)) for row in liveliest)


def _talk(row: TalkRow, setting: _Setting) -> Talk:
    article = row.article.stored.article
    picked = pick(row.fresh, article, setting.until, setting.rules, names=[setting.show], most=MOST_QUOTES)
    return Talk(
        source=article_link(row.article, setting.view, setting.say),
        new=len(row.fresh),
        captured=row.article.comments,
        declared=row.article.declared_comment_count,
        quotes=tuple(_quote(one, setting) for one in picked.quotes),
        busiest=picked.busiest if (picked.busiest or 0) >= LIVELY else None,
    )


def _quote(one: Weighed, setting: _Setting) -> Quote:
    comment = one.comment
    text = shorten(" ".join(comment.text.split()), LONGEST)
    named = setting.rules.authors or one.by_author  # who signs the article is no viewer to be kept from sight
    return Quote((comment.author if named else None) or setting.say("frame.nobody"), text, comment.likes, one.by_author)
