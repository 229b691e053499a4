"""What viewers say: figures, and the best two comments of the liveliest threads."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.items import Comment
from worker.digest.content import Quote, Talk
from worker.digest.sections.also import article_link
from worker.digest.wording import shorten
from worker.store.news import TalkRow

MOST_THREADS = 2
MOST_QUOTES = 2
LONGEST = 240
SHORTEST = 20  # characters; less says nothing when quoted


def talk(rows: Sequence[TalkRow], show: str) -> tuple[Talk, ...]:
    """The threads with the most new comments, under articles that are mainly about the show."""
    own = [row for row in rows if row.article.shows[:1] == (show,)]
    liveliest = sorted(own, key=lambda row: (-len(row.fresh), row.article.stored.id))[:MOST_THREADS]
    return tuple(_talk(row) for row in liveliest)


def _talk(row: TalkRow) -> Talk:
    return Talk(
        source=article_link(row.article),
        new=len(row.fresh),
        captured=row.article.comments,
        declared=row.article.declared_comment_count,
        quotes=tuple(_quote(comment) for comment in best(row.fresh)),
    )


def best(comments: Sequence[Comment]) -> list[Comment]:
    """The two worth quoting: liked ones first, then those that were answered, then the first written."""
    answered = {comment.parent for comment in comments}
    worth = [comment for comment in comments if len(comment.text) >= SHORTEST]
    ranked = sorted(worth, key=lambda comment: (-(comment.likes or 0), comment.id not in answered))
    return ranked[:MOST_QUOTES]


def _quote(comment: Comment) -> Quote:
    text = shorten(" ".join(comment.text.split()), LONGEST)
    return Quote(comment.author or "a viewer", text, comment.likes)
