"""What there is to tell about a show, for digests: rows only, nothing decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from crawler.items import Comment
from worker.store import schema
from worker.store.articles import ArticleRow, Articles, Version, read_changes, read_comment
from worker.store.base import Noun, slices
from worker.store.stories import ClaimRow, Stories


@dataclass(frozen=True, slots=True)
class TalkRow:
    """The discussion under one article since a time."""

    article: ArticleRow
    fresh: tuple[Comment, ...]  # in page order


@dataclass(frozen=True, slots=True)
class ShowNews:
    """All there is to tell about one show in (since, until]: rows only, nothing decided."""

    show_id: int
    claims: tuple[ClaimRow, ...]  # every claim of the show's stories that an update touches
    versions: tuple[tuple[ArticleRow, Version], ...]
    articles: tuple[ArticleRow, ...]  # new ones, without background
    background: tuple[ArticleRow, ...]  # all of them, for a reader who is new to the show
    talk: tuple[TalkRow, ...]


class News(Noun):
    """What there is to tell about a show, for digests."""

    def of_show(self, show_id: int, since: datetime, until: datetime) -> ShowNews:
        """Everything about one show that came in (since, until]."""
        rows = {row.stored.id: row for row in Articles(self.connection).rows(show_id=show_id)}
        claims = tuple(Stories(self.connection).claims(show_id=show_id))
        fresh = tuple(
            row for row in rows.values() if since < row.stored.first_seen <= until and not row.stored.background
        )
        versions, talk = self._versions(rows, since, until), self._talk(rows, since, until)
        return ShowNews(show_id, claims, versions, fresh, tuple(rows.values()), talk)

    def _versions(
        self, rows: dict[int, ArticleRow], since: datetime, until: datetime
    ) -> tuple[tuple[ArticleRow, Version], ...]:
        table = schema.versions
        found: list[tuple[ArticleRow, Version]] = []
        for part in slices(list(rows)):
            statement = (
                select(table)
                .where(table.c.article_id.in_(part), table.c.number > 1)
                .where(table.c.seen_at > since, table.c.seen_at <= until)
                .order_by(table.c.article_id, table.c.number)
            )
            for row in self.connection.execute(statement).mappings():
                version = Version(row["number"], row["seen_at"], row["title"], "", read_changes(row["changes"]))
                found.append((rows[row["article_id"]], version))
        return tuple(found)

    def _talk(self, rows: dict[int, ArticleRow], since: datetime, until: datetime) -> tuple[TalkRow, ...]:
        table = schema.comments
        found: dict[int, list[Comment]] = {}
        for part in slices(list(rows)):
            statement = (
                select(table)
                .where(table.c.article_id.in_(part), table.c.first_seen > since, table.c.first_seen <= until)
                .order_by(table.c.article_id, table.c.position)
            )
            for row in self.connection.execute(statement).mappings():
                found.setdefault(row["article_id"], []).append(read_comment(row))
        return tuple(TalkRow(rows[article_id], tuple(comments)) for article_id, comments in found.items())
