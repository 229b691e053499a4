"""Sources as remembered: health, known pages, items received and not yet ingested, and what was set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, or_, select, update

from crawler.items import Page
from crawler.plan import Recalled
from worker.store import schema
from worker.store.base import Noun, plain, slices

HISTORY = 30  # crawls of one source that are remembered


WELL = ("ok", "quiet", "new")
"""States of sources that need nobody's attention."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is doing. `failures` counts crawls in a row that brought nothing but errors.

    `interval` is the time between two crawls in seconds, as adapted so far; `usual_gap` the usual time, in seconds,
    between two crawls that brought something; `last_new` the last of them.
    """

    name: str
    first_crawled: datetime
    last_crawled: datetime
    next_due: datetime
    failures: int
    state: str  # a code of `ingest/health.py`
    reason: str
    last_ok: datetime | None = None
    complete: bool = False
    interval: float | None = None
    last_new: datetime | None = None
    usual_gap: float | None = None


@dataclass(frozen=True, slots=True)
class Crawled:
    """What one crawl of a source brought: a line of its history.

    `links` is how many links its discovery pages listed (None: none of them had changed); `articles` counts article
    pages that were read, `news` those that were new or said something new; `words` is their median length; `captured`
    and `declared` count comments.
    """

    source: str
    at: datetime
    state: str
    fetched: int
    unchanged: int
    failed: int
    size: int
    links: int | None
    articles: int
    news: int
    words: int | None
    captured: int
    declared: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A page, article or mail that gave nothing, with its reason; `payload` holds what a replay needs."""

    source: str
    url: str
    reason: str
    detail: str
    payload: Any = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """What is set aside, as the store keeps it: since the last time, and how often."""

    id: int
    at: datetime
    source: str
    url: str
    reason: str
    detail: str
    times: int
    payload: Any
    body: bytes | None


# Asked for every page or article, so they are built once.
_FIRST = select(schema.sources.c.first_crawled).where(schema.sources.c.name == bindparam("of"))
_MENDED = delete(schema.failures).where(schema.failures.c.url.in_(bindparam("urls", expanding=True)))


class Sources(Noun):
    """Queries about sources and their pages."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._first: dict[str, datetime | None] = {}  # what `first_crawled` has told in this transaction

    def states(self, names: Sequence[str] | None = None) -> dict[str, SourceState]:
        """The state of every source that was ever crawled, or of those named, by name."""
        table = schema.sources
        columns = [table.c[name] for name in SourceState.__dataclass_fields__]
        if names is None:
            return {row[0]: SourceState(*row) for row in self.connection.execute(select(*columns))}
        found: dict[str, SourceState] = {}
        for part in slices(names):
            rows = self.connection.execute(select(*columns).where(table.c.name.in_(part)))
            found |= {row[0]: SourceState(*row) for row in rows}
        return found

    def first_crawled(self, name: str) -> datetime | None:
        """When a source was first read; None for what came another way."""
        if name not in self._first:
            self._first[name] = self.connection.execute(_FIRST, {"of": name}).scalar()
        return self._first[name]

    def save_states(self, states: Sequence[SourceState]) -> None:
        """Remembers how crawls of sources went."""
        self._first.clear()
        self.upsert(schema.sources, [plain(state) for state in states], ["name"], keep=["first_crawled"])

    def history(self, names: Sequence[str]) -> dict[str, list[Crawled]]:
        """The last crawls of each source that brought something, oldest first."""
        table = schema.crawls
        found: dict[str, list[Crawled]] = {name: [] for name in names}
        columns = [column for column in table.columns if column.name != "id"]
        for part in slices(names):
            rows = self.connection.execute(select(*columns).where(table.c.source.in_(part)).order_by(table.c.id))
            for row in rows.mappings():
                found[row["source"]].append(Crawled(**row))
        return found

    def add_history(self, crawls: Sequence[Crawled], past: Mapping[str, Sequence[Crawled]]) -> None:
        """Adds a line each to the histories of sources, and forgets the oldest ones. `past` is what `history` gave."""
        table = schema.crawls
        if crawls:
            self.connection.execute(insert(table), [plain(crawl) for crawl in crawls])
        for name, lines in past.items():
            if len(lines) >= 2 * HISTORY:
                old = (table.c.source == name) & (table.c.at < lines[-HISTORY].at)
                self.connection.execute(delete(table).where(old))

    def halts(self) -> dict[str, str]:
        """Sources that are not to be read for now: paused or retired."""
        table = schema.halts
        return {row[0]: row[1] for row in self.connection.execute(select(table.c.source, table.c.kind))}

    def halt(self, name: str, kind: str, now: datetime) -> None:
        """Reads a source no more, until `go_on`."""
        self.upsert(schema.halts, [{"source": name, "kind": kind, "since": now}], ["source"])

    def go_on(self, name: str) -> bool:
        """Reads a source again; False when it was not halted."""
        table = schema.halts
        return self.connection.execute(delete(table).where(table.c.source == name)).rowcount > 0

    def forget(self, name: str) -> int:
        """Forgets all that came from a source: articles with their claims and comments, pages, failures, its state.

        Stories that nobody else states go with them. Gives the number of articles.
        """
        self._first.clear()
        articles, claims, stories = schema.articles, schema.claims, schema.stories
        count = self.connection.execute(delete(articles).where(articles.c.source == name)).rowcount
        stated = select(claims.c.story_id).where(claims.c.story_id == stories.c.id)
        self.connection.execute(delete(stories).where(~stated.exists()))
        for table in (schema.pages, schema.failures, schema.crawls):
            self.connection.execute(delete(table).where(table.c["source"] == name))
        self.connection.execute(delete(schema.sources).where(schema.sources.c.name == name))
        return int(count)

    def began(self, names: Sequence[str]) -> None:
        """Counts a crawl that begins, until it has `ended`: one that ends with its worker counts as a try."""
        table = schema.sources
        for part in slices(names):
            self.connection.execute(update(table).where(table.c.name.in_(part)).values(tries=table.c.tries + 1))

    def ended(self, names: Sequence[str]) -> None:
        """Crawls that came to an end, or were stopped by hand: no try counts any more."""
        table = schema.sources
        for part in slices(names):
            self.connection.execute(update(table).where(table.c.name.in_(part)).values(tries=0))

    def rest(self, name: str, until: datetime, reason: str, *, tries: int) -> None:
        """Leaves a source alone whose crawls do not end; so many tries still count."""
        values = {"next_due": until, "state": "stopped", "reason": reason, "tries": tries}
        self.connection.execute(update(schema.sources).where(schema.sources.c.name == name).values(**values))

    def tries(self) -> dict[str, int]:
        """Sources with crawls that were begun and did not come to an end, and how many."""
        table = schema.sources
        return {
            row[0]: row[1]
            for row in self.connection.execute(select(table.c.name, table.c.tries).where(table.c.tries > 0))
        }

    def known_pages(self, names: Sequence[str], kinds: Sequence[str] = ()) -> dict[str, Page]:
        """What we remember of the sources' pages, by URL; only of some kinds, when they are named."""
        table = schema.pages
        columns = [table.c[name] for name in Page.__dataclass_fields__]
        found: dict[str, Page] = {}
        for part in slices(names):
            statement = select(*columns).where(table.c.source.in_(part))
            if kinds:
                statement = statement.where(table.c.kind.in_(kinds))
            found |= {row[0]: _page(row) for row in self.connection.execute(statement)}
        return found

    def known_urls(self, name: str) -> list[Recalled]:
        """All pages of a source that are no lists."""
        table = schema.pages
        wanted = (table.c.source == name) & table.c.kind.in_(("article", "moved", "gone", "other"))
        rows = self.connection.execute(select(table.c.url, table.c.kind, table.c.fetched_at).where(wanted))
        return [(url, kind, fetched_at) for url, kind, fetched_at in rows]

    def pages_at(self, urls: Sequence[str]) -> dict[str, Page]:
        """What we remember of these pages, by URL."""
        table = schema.pages
        columns = [table.c[name] for name in Page.__dataclass_fields__]
        found: dict[str, Page] = {}
        for part in slices(urls):
            rows = self.connection.execute(select(*columns).where(table.c.url.in_(part)))
            found |= {row[0]: _page(row) for row in rows}
        return found

    def visits(self, limits: Mapping[str, int], now: datetime) -> list[str]:
        """The articles to be looked at again now: of each source so many at the most, those that wait longest first."""
        table, left, found = schema.pages, dict(limits), list[str]()
        for part in slices(list(limits)):
            due = table.c.source.in_(part) & (table.c.visit_at <= now) & (table.c.kind == "article")
            statement = select(table.c.source, table.c.url).where(due).order_by(table.c.visit_at, table.c.url)
            for source, url in self.connection.execute(statement):
                if left[source] > 0:
                    left[source] -= 1
                    found.append(url)
        return found

    def visit_again(self, url: str, at: datetime | None) -> None:
        """When to look at an article again; None: no more."""
        table = schema.pages
        self.connection.execute(update(table).where(table.c.url == url).values(visit_at=at))

    def save_pages(self, pages: Iterable[Page]) -> None:
        """Remembers fetched pages. A 304 keeps the validators and the fingerprint that earned it.

        A signed one came whole and says the same: what it came with is new.
        """
        rows = list({page.url: page for page in pages}.values())
        whole = [page for page in rows if page.status != 304 or page.signature]
        self.upsert(
            schema.pages, [plain(page) | ({"status": 200} if page.status == 304 else {}) for page in whole], ["url"]
        )
        table = schema.pages
        touched = [
            {"the_url": page.url, "fetched_at": page.fetched_at, "fresh_until": page.fresh_until}
            for page in rows
            if page.status == 304 and not page.signature
        ]
        if touched:
            self.connection.execute(update(table).where(table.c.url == bindparam("the_url")), touched)

    def receive(self, groups: Sequence[Sequence[Mapping[str, Any]]], now: datetime) -> list[int]:
        """Keeps groups of items (as JSON) until they are ingested; gives their inbox ids."""
        rows = [{"received_at": now, "offered_at": now, "items": list(group)} for group in groups]
        statement = insert(schema.inbox).returning(schema.inbox.c.id, sort_by_parameter_order=True)
        return list(self.connection.execute(statement, rows).scalars()) if rows else []

    def received(self, ids: Sequence[int]) -> list[tuple[int, list[dict[str, Any]]]]:
        """The groups of items behind inbox ids, those that are still there, oldest first."""
        table = schema.inbox
        found: list[tuple[int, list[dict[str, Any]]]] = []
        for part in slices(ids):
            rows = self.connection.execute(
                select(table.c.id, table.c["items"]).where(table.c.id.in_(part)).order_by(table.c.id)
            )
            found += [(row[0], row[1]) for row in rows]
        return found

    def ingested(self, ids: Sequence[int]) -> None:
        """Forgets inbox groups that are in the store now."""
        for part in slices(ids):
            self.connection.execute(delete(schema.inbox).where(schema.inbox.c.id.in_(part)))

    def take(self, limit: int, now: datetime, until: datetime, only: Sequence[int] = ()) -> list[int]:
        """Takes the oldest groups that nobody has in hand, and counts the try; gives their inbox ids.

        A group that was tried before comes alone: it may be what ended its worker. On PostgreSQL those that others
        are taking are passed over. `only` are groups to choose from.
        """
        table = schema.inbox
        statement = select(table.c.id, table.c.tries).where(_free(now)).order_by(table.c.id).limit(limit)
        if only:
            statement = statement.where(table.c.id.in_(only))
        if self.connection.dialect.name == "postgresql":
            statement = statement.with_for_update(skip_locked=True)
        found = [(row[0], row[1]) for row in self.connection.execute(statement)]
        ids = [found[0][0]] if found and found[0][1] else [number for number, tries in found if not tries]
        values = {"taken_until": until, "tries": table.c.tries + 1}
        self.connection.execute(update(table).where(table.c.id.in_(ids)).values(**values))
        return ids

    def worn(self, tries: int, now: datetime) -> list[tuple[int, list[dict[str, Any]]]]:
        """Groups that nobody has in hand, and that ended so many workers."""
        table = schema.inbox
        statement = select(table.c.id, table.c["items"]).where(_free(now), table.c.tries >= tries)
        return [(row[0], row[1]) for row in self.connection.execute(statement.order_by(table.c.id))]

    def give_back(self, ids: Sequence[int]) -> None:
        """Groups that were taken and could not be ingested for now are there for everybody; the try counts."""
        table = schema.inbox
        for part in slices(ids):
            self.connection.execute(update(table).where(table.c.id.in_(part)).values(taken_until=None))

    def to_take(self, now: datetime, since: timedelta) -> int:
        """How many groups nobody has in hand, of those that came longer ago than `since`."""
        table = schema.inbox
        statement = select(func.count()).select_from(table).where(_free(now), table.c.offered_at <= now - since)
        return int(self.connection.execute(statement).scalar_one())

    def waiting(self) -> int:
        """How many groups of items wait to be ingested."""
        return int(self.connection.execute(select(func.count()).select_from(schema.inbox)).scalar_one())

    def set_aside(self, failures: Iterable[SetAside], now: datetime) -> None:
        """Remembers what gave nothing, once per URL and reason, with how often."""
        table = schema.failures
        for failure in failures:
            key = (table.c.url == failure.url) & (table.c.reason == failure.reason)
            times = self.connection.execute(select(table.c.times).where(key)).scalar()
            row = {**plain(failure), "at": now, "times": (times or 0) + 1}
            self.upsert(table, [row], ["url", "reason"])

    def failures(self, source: str | None = None) -> list[Failed]:
        """What is set aside, newest first."""
        table = schema.failures
        statement = select(table).order_by(table.c.at.desc(), table.c.id)
        if source:
            statement = statement.where(table.c.source == source)
        return [Failed(**row) for row in self.connection.execute(statement).mappings()]

    def failure(self, failure_id: int) -> Failed | None:
        """One that is set aside."""
        table = schema.failures
        row = self.connection.execute(select(table).where(table.c.id == failure_id)).mappings().first()
        return Failed(**row) if row else None

    def given_up(self, names: Sequence[str], times: int) -> dict[str, datetime]:
        """URLs of the sources that failed so many times, with the last time."""
        table = schema.failures
        found: dict[str, datetime] = {}
        for part in slices(names):
            often = table.c.source.in_(part) & (table.c.times >= times)
            rows = self.connection.execute(select(table.c.url, table.c.at).where(often).order_by(table.c.at))
            found |= {row[0]: row[1] for row in rows}
        return found

    def mend(self, urls: Sequence[str]) -> None:
        """What was set aside at these URLs has come after all."""
        for part in slices(urls):
            self.connection.execute(_MENDED, {"urls": list(part)})

    def count_failures(self) -> int:
        """How many pages, articles and mails are set aside."""
        return int(self.connection.execute(select(func.count()).select_from(schema.failures)).scalar_one())


def _free(now: datetime) -> ColumnElement[bool]:
    """Groups of the inbox that no worker has in hand."""
    table = schema.inbox
    return or_(table.c.taken_until.is_(None), table.c.taken_until <= now)


def _page(row: Any) -> Page:
    values: dict[str, Any] = dict(row._mapping)
    texts = {name: values[name] or "" for name in ("engine", "signature")}
    return Page(**{**values, **texts, "thread": tuple(values["thread"] or ())})
