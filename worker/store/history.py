"""What a page about the whole shows of the past: how much each source brought, and what was said in each week.

All of it stays fast however much is stored: histories of crawls are short by themselves, weeks are counted by index,
and of the articles only the newest are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, func, select

from worker.store import schema

NEWEST = 50_000  # articles whose comments are counted


@dataclass(frozen=True, slots=True)
class Activity:
    """What the crawls of one source brought: how many crawls there were, and how many articles said something new."""

    crawls: int = 0
    news: int = 0


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments below a source's articles: how many of the articles have any, captured ones, those the pages declare."""

    threads: int = 0
    captured: int = 0
    declared: int = 0


def activity(connection: Connection, since: datetime) -> dict[str, Activity]:
    """What each source brought since a time, as far as its crawls are remembered."""
    table = schema.crawls
    sums = select(table.c.source, func.count(), func.sum(table.c.news)).where(table.c.at > since)
    return {row[0]: Activity(row[1], int(row[2])) for row in connection.execute(sums.group_by(table.c.source))}


def claims_between(connection: Connection, times: Sequence[datetime]) -> list[dict[str, int]]:
    """How many claims of each standing came between each time and the next one; one less than there are times."""
    table = schema.claims
    found: list[dict[str, int]] = []
    for begin, end in pairwise(times):
        within = (table.c.seen_at >= begin) & (table.c.seen_at < end)
        rows = connection.execute(select(table.c.standing, func.count()).where(within).group_by(table.c.standing))
        found.append({row[0]: row[1] for row in rows})
    return found


def comments_by_source(connection: Connection, since: datetime, newest: int = NEWEST) -> dict[str, Comments]:
    """The comments below each source's articles that came since a time; of all sources the `newest` articles only."""
    articles, threads = schema.articles, schema.threads
    recent = select(articles.c.id, articles.c.source).where(articles.c.first_seen > since)
    some = recent.order_by(articles.c.first_seen.desc()).limit(newest).subquery()
    sums = [func.coalesce(func.sum(threads.c[name]), 0) for name in ("captured", "declared_count")]
    joined = some.join(threads, threads.c.article_id == some.c.id)
    statement = select(some.c.source, func.count(), *sums).select_from(joined).group_by(some.c.source)
    return {row[0]: Comments(row[1], int(row[2]), int(row[3])) for row in connection.execute(statement)}
