"""The plans of the hottest queries: what our own functions ask PostgreSQL is heard, asked again with EXPLAIN, and read.

Everything happens in transactions that are rolled back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, event

from bench.archive import made_articles
from bench.bulk import WEEK, big_tables
from bench.made import NOW
from worker.digest.issue import AT_ONCE
from worker.digest.newsroom import Newsroom
from worker.ingest.article import COPY_WINDOW
from worker.ingest.duplicates import ALGORITHM, sign
from worker.ingest.leads import REACH
from worker.mail.message import Templates
from worker.models import Claim, ClaimState, Field, Issue, Kind, QuoteRules, Standing
from worker.store import Store, Tx

_READERS = 500
_LATER = NOW + timedelta(hours=1)  # when it is the turn of others
_SHOW = 7  # one of those with the most news
_ISSUE = Issue(1, "bench", "slots", "schedule", NOW, NOW)


@dataclass(slots=True)
class Plan:
    """One statement as PostgreSQL did it: milliseconds, pages that were touched, the ways in, and tables read whole."""

    name: str
    statement: str
    ms: float = 0.0
    pages: int = 0
    rows: int = 0
    ways: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)


def plans(store: Store) -> list[Plan]:
    """The plans of all statements of the hot functions."""
    found: list[Plan] = []
    for name, work in HOT.items():
        with _undone(store) as tx:
            heard = heard_in(tx.connection, lambda tx=tx, work=work: work(tx))  # type: ignore[misc]  # bound at once
            tables = big_tables(tx.connection)
            found += [explained(tx.connection, name, statement, given, tables) for statement, given in heard.items()]
    return found


def slowest(found: list[Plan]) -> list[Plan]:
    """Of each function the statement that took the longest."""
    return [max((plan for plan in found if plan.name == name), key=lambda plan: plan.ms) for name in HOT]


def heard_in(connection: Connection, work: Callable[[], object]) -> dict[str, Any]:
    """The statements of some work, each with the first of its parameters."""
    heard: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", statement):
            heard.setdefault(statement, given[0] if many and isinstance(given, list) else given)

    event.listen(connection, "before_cursor_execute", hear)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", hear)
    return heard


@contextmanager
def _undone(store: Store) -> Iterator[Tx]:
    try:
        with store.begin() as tx:
            yield tx
            raise _UndoneError
    except _UndoneError:
        pass


class _UndoneError(Exception):
    """Ends a transaction of which nothing is kept."""


def explained(connection: Connection, name: str, statement: str, given: Any, tables: set[str]) -> Plan:
    """How PostgreSQL does a statement; what it changes is undone."""
    savepoint = connection.begin_nested()
    row = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", given).scalar_one()
    savepoint.rollback()
    answer = (row if isinstance(row, list) else json.loads(row))[0]
    plan = Plan(name, " ".join(statement.split()), answer["Execution Time"])
    top = answer["Plan"]
    plan.pages, plan.rows = top.get("Shared Hit Blocks", 0) + top.get("Shared Read Blocks", 0), top["Actual Rows"]
    for node in _nodes(top):
        if "Index Name" in node:
            plan.ways.append(node["Index Name"])
        elif node["Node Type"] in ("Seq Scan", "Parallel Seq Scan") and node["Relation Name"] in tables:
            plan.whole.append(node["Relation Name"])
    plan.ways, plan.whole = list(dict.fromkeys(plan.ways)), list(dict.fromkeys(plan.whole))
    return plan


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _due_pages(tx: Tx) -> None:
    tx.hosts.busy(NOW)
    tx.sources.visits({"outlet-3-7": 5, "outlet-4-9": 5}, NOW)
    tx.sources.known_pages(["outlet-3-7"], ["feed", "sitemap", "listing"])
    tx.sources.known_urls("outlet-3-7")
    tx.sources.given_up(["outlet-3-7"], 3)


def _known(tx: Tx) -> None:
    url = next(made_articles(1, 1)).url
    tx.articles.by_url(url)
    tx.articles.watched(url)
    tx.sources.pages_at([url])
    tx.sources.mend([url])


def _inbox(tx: Tx) -> None:
    ids = tx.sources.take(50, NOW, NOW + timedelta(minutes=5))
    tx.sources.received(ids or [1])
    tx.sources.to_take(NOW, timedelta(seconds=5))


def _copies(tx: Tx) -> None:
    article = next(made_articles(1, 1))
    signature = sign(article.text)
    assert signature is not None  # the text is long enough
    tx.copies.same(article.fingerprint)
    tx.copies.alike(signature.bands, ALGORITHM, NOW - COPY_WINDOW)


def _same_news(tx: Tx) -> None:
    tx.leads.near({_SHOW}, NOW.date(), REACH, [1, 2, 3])
    tx.leads.near({_SHOW}, None, REACH)
    tx.leads.copies_of(7)


def _stories(tx: Tx) -> None:
    parts = ("outlet", "Outlet", "outlet", "https://outlet.example/1", NOW, False)
    fact = (Kind.RENEWAL, Field.STATUS, "renewed", Standing.REPORTED, "It is renewed.", "bench", "", None, 1, 1)
    tx.stories.beside(Claim(0, _SHOW, 2, *fact, *parts))
    tx.stories.keys_of(7)
    tx.stories.overdue(NOW)
    tx.stories.updates_of([5, 6, 7])


def _turns(tx: Tx) -> None:
    due = tx.subscribers.due(_LATER, limit=AT_ONCE)
    tx.subscribers.missed([one.id for one in due[:_READERS]], 1)
    tx.subscribers.unconfirmed(NOW - WEEK)
    tx.subscribers.asked_since(NOW - timedelta(days=3))


def _newsroom(tx: Tx) -> None:
    due = tx.subscribers.due(_LATER, limit=_READERS)
    readers = list(tx.subscribers.by_ids([one.id for one in due]).values())
    for _ in Newsroom(tx, _ISSUE, QuoteRules(), Templates()).digests(readers):
        pass


def _deliveries(tx: Tx) -> None:
    taken = tx.deliveries.claim_some(100, "bench", NOW, timedelta(seconds=30))
    tx.deliveries.due(NOW, limit=1000)
    tx.deliveries.count_due(NOW, 1000)
    tx.deliveries.lost(NOW)
    tx.deliveries.recover(NOW, hold=False)
    tx.deliveries.busy([one.subscriber_id for one in taken] or [1], [1])
    tx.retention.bodies(NOW - WEEK, 200)
    tx.retention.turns(NOW - 20 * WEEK, 200)
    tx.archive.forget(NOW - 20 * WEEK, 200)
    tx.articles.forget_names(NOW - 20 * WEEK, 200)


def _lists(tx: Tx) -> None:
    tx.articles.some_rows(limit=51)
    tx.articles.some_rows(limit=51, before=5000, show_id=_SHOW)
    tx.articles.some_rows(limit=51, source="outlet-3")
    tx.articles.some_rows(limit=51, since=NOW - timedelta(hours=1))
    tx.stories.some_claims(limit=51)
    tx.stories.some_claims(limit=51, before=5000, show_id=_SHOW, state=ClaimState.OPEN)
    tx.stories.claims(show_id=_SHOW)
    tx.archive.read(5, 5)
    tx.shows.some(limit=51)
    tx.issues.latest()
    tx.bounces.latest(50)
    tx.suppressions.some(50)


HOT: dict[str, Callable[[Tx], None]] = {
    "what of a source is due": _due_pages,
    "is this page, this article known": _known,
    "received items": _inbox,
    "copies of a text": _copies,
    "articles with the same news": _same_news,
    "stories beside a claim": _stories,
    "whose turn it is": _turns,
    "the news of 500 readers": _newsroom,
    "deliveries: claimed, recovered, forgotten": _deliveries,
    "lists of the API, feeds, archive": _lists,
}
