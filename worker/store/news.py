"""What there is to tell about shows, for digests: rows only, nothing decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, ColumnElement, select

from crawler.items import Comment
from worker.models import Update
from worker.store import schema
from worker.store.articles import ArticleRow, Articles, Version, read_changes, read_comment
from worker.store.base import Noun, slices
from worker.store.stories import ClaimRow, Stories

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TalkRow:
    """The discussion under one article since a time."""

    article: ArticleRow
    fresh: tuple[Comment, ...]  # in page order


@dataclass(frozen=True, slots=True)
class ShowNews:
    """All there is to tell about one show in (since, until]: rows only, nothing decided."""

    show_id: int
    claims: tuple[ClaimRow, ...]  # of the show's stories, or of those alone that changed
    versions: tuple[tuple[ArticleRow, Version], ...]
    articles: tuple[ArticleRow, ...]  # new ones, without background
    background: tuple[ArticleRow, ...]  # all of them, for a reader who is new to the show
    talk: tuple[TalkRow, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """From when to when news are read: what came in (since, until]."""

    since: datetime
    until: datetime

    def has(self, time: datetime) -> bool:
        return self.since < time <= self.until

    def holds(self, column: Column[datetime]) -> ColumnElement[bool]:
        return (column > self.since) & (column <= self.until)


class News(Noun):
    """What there is to tell about shows, for digests."""

    def of_show(self, show_id: int, since: datetime, until: datetime) -> ShowNews:
        """Everything about one show that came in (since, until]."""
        return self.of_shows([show_id], since, until)[show_id]

    def of_shows(
        self,
        show_ids: Sequence[int],
        since: datetime,
        until: datetime,
        *,
        whole: bool = True,
        changed: Sequence[Update] | None = None,
    ) -> dict[int, ShowNews]:
        """Everything about several shows that came in (since, until], by show.

        `whole`: with `background`, which is every article of a show there ever was. `changed`: the updates whose
        claims are wanted; None: all that there ever were.
        """
        window = _Window(since, until)
        about = self._about(show_ids, window, whole)
        rows = {row.stored.id: row for row in Articles(self.connection).rows_of(list(set().union(*about.values())))}
        stories = Stories(self.connection)
        claims = stories.claims_of(show_ids) if changed is None else stories.claims_about(changed)
        versions, talk = self._versions(rows, window), self._talk(rows, window)
        found: dict[int, ShowNews] = {}
        for show_id, ids in about.items():
            own = sorted((rows[n] for n in ids), key=_newest_first)
            fresh = (row for row in own if window.has(row.stored.first_seen) and not row.stored.background)
            told = [(rows[n], version) for n in sorted(ids & versions.keys()) for version in versions[n]]
            said = [TalkRow(rows[n], tuple(talk[n])) for n in sorted(ids & talk.keys())]
            parts = (
                tuple(claims.get(show_id, ())),
                tuple(told),
                tuple(fresh),
                tuple(own) if whole else (),
                tuple(said),
            )
            found[show_id] = ShowNews(show_id, *parts)
        return found

    def _about(self, show_ids: Sequence[int], window: _Window, whole: bool) -> dict[int, set[int]]:
        """The articles of each show of which there is something to tell; or all of them.

        Found by the time at which something happened, so it takes as long in a large archive as in a small one.
        """
        links, articles, versions, comments = schema.article_shows, schema.articles, schema.versions, schema.comments
        some = select(links.c.show_id, links.c.article_id)
        came = some.join(articles, articles.c.id == links.c.article_id).where(window.holds(articles.c.first_seen))
        told = some.join(versions, versions.c.article_id == links.c.article_id)
        told = told.where(versions.c.number > 1, window.holds(versions.c.seen_at))
        said = some.join(comments, comments.c.article_id == links.c.article_id)
        parts = [some] if whole else [came, told, said.where(window.holds(comments.c.first_seen))]
        found: dict[int, set[int]] = {show_id: set() for show_id in show_ids}
        for ids in slices(show_ids):
            for statement in parts:
                for show_id, article_id in self.connection.execute(statement.where(links.c.show_id.in_(ids))):
                    found[show_id].add(article_id)
        return found

    def _versions(self, ids: Collection[int], window: _Window) -> dict[int, list[Version]]:
        """How articles were rewritten, by article, the oldest first."""
        table = schema.versions
        wanted = (table.c.article_id, table.c.number, table.c.seen_at, table.c.title, table.c.changes)
        statement = select(*wanted).where(table.c.number > 1, window.holds(table.c.seen_at)).order_by(table.c.number)
        found: dict[int, list[Version]] = {}
        for part in slices(list(ids)):
            for row in self.connection.execute(statement.where(table.c.article_id.in_(part))).mappings():
                version = Version(row["number"], row["seen_at"], row["title"], "", read_changes(row["changes"]))
                found.setdefault(row["article_id"], []).append(version)
        return found

    def _talk(self, ids: Collection[int], window: _Window) -> dict[int, list[Comment]]:
        """New comments by article, in page order."""
        table = schema.comments
        statement = select(table).where(window.holds(table.c.first_seen)).order_by(table.c.position)
        found: dict[int, list[Comment]] = {}
        for part in slices(list(ids)):
            for row in self.connection.execute(statement.where(table.c.article_id.in_(part))).mappings():
                found.setdefault(row["article_id"], []).append(read_comment(row))
        return found


def _newest_first(row: ArticleRow) -> tuple[float, float, int]:
    stored = row.stored
    return (-stored.first_seen.timestamp(), -(stored.article.published or _NEVER).timestamp(), stored.id)
