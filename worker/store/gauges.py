"""What there is to measure, by query: what waits and since when, and how much of everything there is.

Each function gives figures by name and labels, and reads alone. Those over large tables read them whole (see
`worker/web/metrics.py`, which asks the seldomer the longer they take). No figure tells anything of one person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from worker.models import Change, DeliveryState, IssueState, Standing
from worker.store import schema
from worker.store.deliveries import wants_a_try
from worker.store.migrate import revision_in
from worker.store.turns import Turns

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_REASONS = 40  # that have a figure of their own; the others share one
LONGEST_QUERY = 30  # seconds, on PostgreSQL
SUBSCRIBER_STATES = ("pending", "active", "unsubscribed", "bounced", "suppressed")
SUPPRESSIONS = ("bounced", "complained", "operator")
BOUNCES = ("gone", "doubtful", "passing", "ours", "complaint", "ignored", "unread")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; its name is that of the metric, without the prefix."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def database(connection: Connection, now: datetime) -> Iterator[Figure]:
    """How large the database is, in bytes, and its schema."""
    if connection.dialect.name == "sqlite":
        pages, page = (connection.execute(text(f"PRAGMA {what}")).scalar_one() for what in ("page_count", "page_size"))
        size = pages * page
    else:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    yield Figure("database_size_bytes", size)
    yield Figure("database_schema", int(revision_in(connection) or 0))


def waiting(connection: Connection, now: datetime) -> Iterator[Figure]:
    """What is due: received items, turns of readers, deliveries; how many, and how long the oldest waits (seconds).

    And how long ago a tick came to its end; nothing of it when none ever did.
    """
    inbox, people, deliveries = schema.inbox, schema.subscribers, schema.deliveries
    turn = (people.c.state == "active") & (people.c.next_slot <= now)
    held = (deliveries.c.state == DeliveryState.UNCERTAIN) & deliveries.c.next_try.is_(None)
    for name, since, where in (
        ("inbox", inbox.c.received_at, inbox.c.id.is_not(None)),
        ("slots_overdue", people.c.next_slot, turn),
        ("deliveries_due", deliveries.c.next_try, wants_a_try(now)),
    ):
        count, oldest = connection.execute(select(func.count(), func.min(since)).where(where)).one()
        yield Figure(name, count)
        yield Figure(f"{name}_oldest_age_seconds", _age(oldest, now))
    yield Figure("deliveries_held", _number(connection, select(func.count()).where(held)))
    if ticked := Turns(connection).last("tick"):
        yield Figure("last_tick_age_seconds", _age(ticked, now))


def crawls(connection: Connection, now: datetime) -> Iterator[Figure]:
    """What the crawls of the last hour brought, and what is set aside, by reason."""
    table, aside = schema.crawls, schema.failures
    names = ("fetched", "unchanged", "failed")
    sums = [func.coalesce(func.sum(table.c[name]), 0) for name in (*names, "size", "news")]
    *pages, size, news = connection.execute(select(*sums).where(table.c.at > now - HOUR)).one()
    for name, value in zip(names, pages, strict=True):
        yield Figure("crawled_pages_last_hour", int(value), (("result", name),))
    yield Figure("crawled_bytes_last_hour", int(size))
    yield Figure("crawled_news_last_hour", int(news))
    by_reason = select(aside.c.reason, func.count()).group_by(aside.c.reason).order_by(func.count().desc())
    yield from _shortened("set_aside", "reason", connection.execute(by_reason).all())


def ledger(connection: Connection, now: datetime) -> Iterator[Figure]:
    """Articles, shows and stories; claims by standing, updates by what they changed."""
    for table in (schema.articles, schema.shows, schema.stories):
        yield Figure(table.name, _number(connection, select(func.count()).select_from(table)))
    fresh = select(func.count()).where(schema.articles.c.first_seen > now - HOUR)
    yield Figure("articles_last_hour", _number(connection, fresh))
    yield from _by(connection, "claims", schema.claims.c.standing, Standing)
    yield from _by(connection, "updates", schema.updates.c.change, Change)


def talk(connection: Connection, now: datetime) -> Iterator[Figure]:
    """Comments that were captured, and those that the pages say there are."""
    threads = schema.threads
    sums = (func.coalesce(func.sum(threads.c[name]), 0) for name in ("captured", "declared_count"))
    for count, value in zip(("captured", "declared"), connection.execute(select(*sums)).one(), strict=True):
        yield Figure("comments", int(value), (("count", count),))


def mail(connection: Connection, now: datetime) -> Iterator[Figure]:
    """Issues and deliveries by state; what came back in the last day."""
    yield from _by(connection, "issues", schema.issues.c.state, IssueState)
    yield from _by(connection, "deliveries", schema.deliveries.c.state, DeliveryState)
    yield from _by(connection, "bounces_last_day", schema.bounces.c.kind, BOUNCES, schema.bounces.c.at > now - DAY)


def people(connection: Connection, now: datetime) -> Iterator[Figure]:
    """Subscribers by state, and addresses that nothing is sent to, by reason. How many, never who."""
    yield from _by(connection, "subscribers", schema.subscribers.c.state, SUBSCRIBER_STATES)
    yield from _by(connection, "suppressions", schema.suppressions.c.reason, SUPPRESSIONS)


Reader = Callable[[Connection, datetime], Iterator[Figure]]

GROUPS: tuple[Reader, ...] = (database, waiting, crawls, ledger, talk, mail, people)
"""What is read together, and so in one transaction; the first tells whether there is a database."""


def limit_time(connection: Connection) -> None:
    """No query of this transaction may take for ever: who measures must not be what is slow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_QUERY}s'"))


def _by(connection: Connection, name: str, column: Any, values: Iterable[str], *where: Any) -> Iterator[Figure]:
    """How many rows have each value; also those that none has, so that no series comes and goes."""
    statement = select(column, func.count()).where(*where).group_by(column)
    found = {str(row[0]): row[1] for row in connection.execute(statement)}
    for value in dict.fromkeys([*map(str, values), *found]):
        yield Figure(name, found.get(value, 0), ((column.name, value.replace(" ", "_")),))


def _shortened(name: str, label: str, rows: Iterable[Any]) -> Iterator[Figure]:
    counts = [(str(row[0]), int(row[1])) for row in rows]
    for reason, count in counts[:MOST_REASONS]:
        yield Figure(name, count, ((label, reason),))
    if others := sum(count for _, count in counts[MOST_REASONS:]):
        yield Figure(name, others, ((label, "others"),))


def _age(time: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 when there is nothing, or when it is still to come."""
    return max(0.0, (now - time).total_seconds()) if time else 0.0


def _number(connection: Connection, statement: Select[Any]) -> int:
    return int(connection.execute(statement).scalar_one())
