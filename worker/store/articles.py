"""Articles with their versions, threads, signatures and the shows they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, delete, func, or_, select, update

from crawler.items import Article, Comment, Section, Thread
from worker.models import Kind, Labels, SectionChange, ShowMatch, Standing
from worker.store import schema
from worker.store.base import Noun, plain, slices


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with what the store knows of it. `version` counts from 1."""

    id: int
    article: Article
    fingerprint: str  # of the page as last seen; differs from the text's when a change was none
    family: str
    tier: str
    version: int
    first_seen: datetime
    changed_at: datetime
    background: bool
    duplicate_of: int | None
    labels: Labels


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One line of `articles list`."""

    stored: StoredArticle
    shows: tuple[str, ...]
    comments: int
    declared_comment_count: int | None
    story: int  # articles that tell the same news have one number
    duplicate_url: str | None
    ledger_story: int | None = None  # of its first claim; None: it claims nothing
    story_reason: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an article, and what differs from the one before."""

    number: int
    seen_at: datetime
    title: str
    text: str
    changes: tuple[SectionChange, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """An article that may be worth another visit: when something last happened on it, and since when we have it."""

    live: bool
    published: datetime | None
    first_seen: datetime
    active_at: datetime


# Asked for every article, so they are built once.
_table, _threads = schema.articles, schema.threads
_BY_URL = select(_table).where(_table.c.url == bindparam("key"))
_BY_ID = select(_table).where(_table.c.id == bindparam("key"))
_TALKED = func.coalesce(_threads.c.updated_at, _table.c.changed_at)
_WATCHED = (
    select(_table.c.live, _table.c.published, _table.c.first_seen, _table.c.changed_at, _TALKED)
    .outerjoin(_threads, _threads.c.article_id == _table.c.id)
    .where(_table.c.url == bindparam("key"))
)
_NO_SHOWS = delete(schema.article_shows).where(schema.article_shows.c.article_id == bindparam("key"))
_NEW_VERSION = schema.versions.insert()


class Articles(Noun):
    """Queries about articles."""

    def by_url(self, url: str) -> StoredArticle | None:
        """The article at a URL."""
        return self._one(_BY_URL, url)

    def by_id(self, article_id: int) -> StoredArticle | None:
        """The article with an id."""
        return self._one(_BY_ID, article_id)

    def watched(self, url: str) -> Watched | None:
        """What decides when an article is looked at again: when it was new, rewritten or talked about."""
        row = self.connection.execute(_WATCHED, {"key": url}).first()
        return Watched(row[0], row[1], row[2], max(row[3], row[4])) if row else None

    def talked_about(self, urls: Sequence[str]) -> int:
        """How many of these articles have comments in the store."""
        table, comments = schema.articles, schema.comments
        total = 0
        for part in slices(urls):
            talk = select(comments.c.article_id).where(comments.c.article_id == table.c.id).exists()
            statement = select(func.count()).select_from(table).where(table.c.url.in_(part), talk)
            total += int(self.connection.execute(statement).scalar_one())
        return total

    def move(self, old: str, new: str) -> None:
        """An article's address has changed for good; when there is one at the new address, that one stays."""
        table = schema.articles
        if self.connection.execute(select(table.c.id).where(table.c.url == new)).first() is None:
            self.connection.execute(update(table).where(table.c.url == old).values(url=new))

    def add(
        self,
        article: Article,
        *,
        family: str,
        tier: str,
        background: bool,
        duplicate_of: int | None,
        now: datetime,
    ) -> StoredArticle:
        """Stores a new article as version 1."""
        values = _new_values(article, family, tier, background, duplicate_of, now)
        article_id = self.insert_id(schema.articles, values)
        self._save_version(article_id, 1, article, (), now)
        return stored_article({**values, "id": article_id} | _in_utc(values))

    def add_version(self, stored: StoredArticle, new: Article, changes: Sequence[SectionChange], now: datetime) -> int:
        """Stores a known article's new state; gives the version's number."""
        number = stored.version + 1
        values = {**_article_values(new), "url": stored.article.url, "version": number, "changed_at": now}
        self.change(schema.articles, stored.id, values)
        self._save_version(stored.id, number, new, changes, now)
        return number

    def refresh(self, stored: StoredArticle, new: Article) -> None:
        """Takes over what changed without changing the article's meaning (dates, fingerprint), as no new version."""
        values = {"fingerprint": new.fingerprint, "modified": new.modified, "live": new.live}
        self.change(schema.articles, stored.id, values)

    def label(self, article_id: int, labels: Labels, matches: Sequence[ShowMatch], *, new: bool = False) -> None:
        """Remembers what an article is about. A `new` one has nothing yet that would have to go."""
        self.change(schema.articles, article_id, {"labels": _labels_json(labels)})
        if not new:
            self.connection.execute(_NO_SHOWS, {"key": article_id})
        rows = [
            {"article_id": article_id, "show_id": m.show_id, "position": n, "alias": m.alias, "cue": m.cue}
            for n, m in enumerate(matches)
        ]
        self.upsert(schema.article_shows, rows, ["article_id", "show_id"])

    def versions(self, article_id: int) -> list[Version]:
        """All states of an article, oldest first."""
        table = schema.versions
        rows = self.connection.execute(
            select(table).where(table.c.article_id == article_id).order_by(table.c.number)
        ).mappings()
        return [_version(row) for row in rows]

    def containing(self, words: Sequence[str]) -> list[StoredArticle]:
        """Articles that have one of the words in their title or text, for a show that is new to the registry."""
        table = schema.articles
        columns = (table.c.title, table.c.text)
        hits = [column.icontains(word, autoescape=True) for word in words for column in columns]
        rows = self.connection.execute(select(table).where(or_(*hits)).order_by(table.c.id)).mappings()
        return [stored_article(row) for row in rows]

    def save_thread(self, article_id: int, thread: Thread, now: datetime) -> int:
        """Stores a thread; gives the number of comments that are new. Comments once seen are never forgotten."""
        table = schema.comments
        known = set(self.connection.execute(select(table.c.id).where(table.c.article_id == article_id)).scalars())
        rows = [
            {"article_id": article_id, "position": n, "first_seen": now, **asdict(comment)}
            for n, comment in enumerate(thread.comments)
        ]
        self.upsert(table, rows, ["article_id", "id"], keep=["first_seen"])
        fresh = len({comment.id for comment in thread.comments} - known)
        self._save_thread_row(article_id, thread, len(known) + fresh, None if known and not fresh else now)
        return fresh

    def forget_names(self, before: datetime, most: int) -> int:
        """Forgets who wrote the comments that were first seen before a time, so many at the most; gives how many."""
        table = schema.comments
        named = (table.c.author.is_not(None), table.c.first_seen < before)
        # who takes in a thread at this moment writes its rows in an order of its own
        chosen = select(table.c.article_id, table.c.id).where(*named).limit(most).with_for_update(skip_locked=True)
        rows = self.connection.execute(chosen).all()
        where = (table.c.article_id == bindparam("article"), table.c.id == bindparam("comment"))
        if rows:
            these = [{"article": row[0], "comment": row[1]} for row in rows]
            self.connection.execute(update(table).where(*where).values(author=None), these)
        return len(rows)

    def thread(self, article_id: int) -> Thread | None:
        """The whole thread of an article, in page order."""
        table, comments = schema.threads, schema.comments
        head = self.connection.execute(select(table).where(table.c.article_id == article_id)).mappings().first()
        if head is None:
            return None
        rows = self.connection.execute(
            select(comments).where(comments.c.article_id == article_id).order_by(comments.c.position)
        ).mappings()
        return Thread("", "", tuple(read_comment(row) for row in rows), head["declared_count"], head["engine"])

    def rows(
        self,
        *,
        source: str | None = None,
        show_id: int | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[ArticleRow]:
        """Articles, newest first."""
        table = schema.articles
        statement = _rows_statement().order_by(table.c.first_seen.desc(), table.c.published.desc(), table.c.id)
        if source:
            statement = statement.where(table.c.source == source)
        if show_id:
            about = select(schema.article_shows.c.article_id).where(schema.article_shows.c.show_id == show_id)
            statement = statement.where(table.c.id.in_(about))
        if since:
            statement = statement.where(table.c.first_seen >= since)
        if limit:
            statement = statement.limit(limit)
        return self._rows(statement)

    def rows_of(self, ids: Sequence[int]) -> list[ArticleRow]:
        """These articles, by id."""
        table = schema.articles
        parts = (_rows_statement().where(table.c.id.in_(part)).order_by(table.c.id) for part in slices(sorted(ids)))
        return [row for statement in parts for row in self._rows(statement)]

    def row(self, article_id: int) -> ArticleRow | None:
        """One article."""
        return next(iter(self._rows(_rows_statement().where(schema.articles.c.id == article_id))), None)

    def some_rows(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        show_id: int | None = None,
        since: datetime | None = None,
    ) -> list[ArticleRow]:
        """Articles, the newest number first; `before` is the number to go on from."""
        table = schema.articles
        about = select(schema.article_shows.c.article_id).where(schema.article_shows.c.show_id == show_id)
        wanted: list[ColumnElement[bool]] = [table.c.id.in_(about)] if show_id else []
        wanted += [table.c.id < before] if before is not None else []
        wanted += [table.c.source == source] if source else []
        wanted += [table.c.first_seen >= since] if since else []
        return self._rows(_rows_statement().where(*wanted).order_by(table.c.id.desc()).limit(limit))

    def _rows(self, statement: Select[Any]) -> list[ArticleRow]:
        rows = [dict(row) for row in self.connection.execute(statement).mappings()]
        names = self._show_names([row["id"] for row in rows])
        return [_row(row, names.get(row["id"], ())) for row in rows]

    def count(self) -> int:
        """How many articles are stored."""
        return int(self.connection.execute(select(func.count()).select_from(schema.articles)).scalar_one())

    def comment_counts(self) -> tuple[int, int]:
        """Comments captured and comments declared, over all threads."""
        table = schema.threads
        row = self.connection.execute(
            select(
                func.coalesce(func.sum(table.c.captured), 0),
                func.coalesce(func.sum(table.c.declared_count), 0),
            )
        ).one()
        return int(row[0]), int(row[1])

    def _one(self, statement: Select[Any], key: str | int) -> StoredArticle | None:
        row = self.connection.execute(statement, {"key": key}).mappings().first()
        return stored_article(row) if row else None

    def _save_version(
        self, article_id: int, number: int, article: Article, changes: Sequence[SectionChange], now: datetime
    ) -> None:
        values = {
            "article_id": article_id,
            "number": number,
            "seen_at": now,
            "title": article.title,
            "text": article.text,
            "sections": [plain(section) for section in article.sections],
            "changes": [plain(change) for change in changes],
        }
        self.connection.execute(_NEW_VERSION, values)

    def _save_thread_row(self, article_id: int, thread: Thread, captured: int, changed: datetime | None) -> None:
        """`changed` is None when no comment is new: the time of the last new one stays."""
        values = {
            "article_id": article_id,
            "engine": thread.engine,
            "declared_count": thread.declared_count,
            "captured": captured,
            "updated_at": changed or datetime.min.replace(tzinfo=UTC),
        }
        self.upsert(schema.threads, [values], ["article_id"], keep=() if changed else ["updated_at"])

    def _show_names(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        links, shows = schema.article_shows, schema.shows
        found: dict[int, tuple[str, ...]] = {}
        for part in slices(ids):
            statement = (
                select(links.c.article_id, shows.c.name)
                .join(shows, shows.c.id == links.c.show_id)
                .where(links.c.article_id.in_(part))
                .order_by(links.c.article_id, links.c.position)
            )
            for article_id, name in self.connection.execute(statement):
                found[article_id] = (*found.get(article_id, ()), name)
        return found


def read_comment(row: RowMapping) -> Comment:
    """A comment of a row of `comments`."""
    names = ("id", "author", "text", "published", "parent", "depth", "likes", "permalink")
    return Comment(**{name: row[name] for name in names})


def _version(row: RowMapping) -> Version:
    sections = tuple(Section(**section) for section in row["sections"])
    changes = read_changes(row["changes"])
    return Version(row["number"], row["seen_at"], row["title"], row["text"], changes, sections)


def read_changes(data: Iterable[Mapping[str, Any]]) -> tuple[SectionChange, ...]:
    """What `add_version` stored as JSON."""
    return tuple(SectionChange(part["heading"], tuple(part["old"]), tuple(part["new"])) for part in data)


def _rows_statement() -> Select[Any]:
    table, threads, claims = schema.articles, schema.threads, schema.claims
    original = table.alias("original")
    story = select(func.min(claims.c.story_id)).where(claims.c.article_id == table.c.id).scalar_subquery()
    return (
        select(
            table,
            threads.c.captured,
            threads.c.declared_count,
            story.label("ledger_story"),
            original.c.url.label("copy_url"),
            func.coalesce(table.c.story, table.c.id).label("story_number"),
        )
        .outerjoin(threads, threads.c.article_id == table.c.id)
        .outerjoin(original, original.c.id == table.c.duplicate_of)
    )


def _row(row: Mapping[str, Any], shows: tuple[str, ...]) -> ArticleRow:
    return ArticleRow(
        stored=stored_article(row),
        shows=shows,
        comments=row["captured"] or 0,
        declared_comment_count=row["declared_count"],
        story=row["story_number"],
        duplicate_url=row["copy_url"],
        ledger_story=row["ledger_story"],
        story_reason=row["story_reason"] or "",
    )


def _article_values(article: Article) -> dict[str, Any]:
    names = (
        "url",
        "source",
        "outlet",
        "title",
        "text",
        "published",
        "modified",
        "language",
        "image",
        "live",
        "fingerprint",
    )
    return {
        **{name: getattr(article, name) for name in names},
        "sections": [plain(section) for section in article.sections],
        "authors": list(article.authors),
        "given_shows": list(article.shows),
    }


def _new_values(
    article: Article, family: str, tier: str, background: bool, duplicate_of: int | None, now: datetime
) -> dict[str, Any]:
    return {
        **_article_values(article),
        "family": family,
        "tier": tier,
        "background": background,
        "duplicate_of": duplicate_of,
        "first_seen": now,
        "changed_at": now,
        "version": 1,
        "labels": {},
    }


def as_stored(article: Article, *, family: str, tier: str, now: datetime) -> StoredArticle:
    """An article as the store would give it back, under no number yet."""
    values = _new_values(article, family, tier, False, None, now)
    return stored_article({**values, "id": 0} | _in_utc(values))


def _in_utc(values: Mapping[str, Any]) -> dict[str, datetime]:
    """The times among the values as the store gives them back."""
    return {name: value.astimezone(UTC) for name, value in values.items() if isinstance(value, datetime)}


def stored_article(row: RowMapping | Mapping[str, Any]) -> StoredArticle:
    """An article of a row of `articles`."""
    own = ("url", "source", "title", "text", "published", "modified", "language", "image", "live", "outlet")
    article = Article(
        **{name: row[name] for name in own},
        authors=tuple(row["authors"]),
        sections=tuple(Section(**section) for section in row["sections"]),
        shows=tuple(row["given_shows"]),
    )
    names = ("id", "fingerprint", "family", "tier", "version", "first_seen", "changed_at", "background", "duplicate_of")
    return StoredArticle(article=article, labels=_labels(row["labels"]), **{name: row[name] for name in names})


def _labels_json(labels: Labels) -> dict[str, Any]:
    return asdict(labels)


def _labels(data: Mapping[str, Any]) -> Labels:
    return Labels(
        is_show_news=data.get("is_show_news", False),
        kinds=tuple(Kind(kind) for kind in data.get("kinds", ())),
        standing=Standing(data["standing"]) if data.get("standing") else None,
        season=data.get("season"),
        rules=tuple(data.get("rules", ())),
        section_kinds=tuple(
            (heading, tuple(Kind(kind) for kind in kinds)) for heading, kinds in data.get("section_kinds", ())
        ),
    )
