"""The store: what Watercooler remembers. One class for SQLite and PostgreSQL; queries are grouped by noun.

with store.begin() as tx:          # one transaction: all of it is kept, or nothing
    tx.articles.by_url(url)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from worker.store.archive import Archive
from worker.store.articles import Articles
from worker.store.bounces import Bounces
from worker.store.checkups import Checkups
from worker.store.copies import Copies
from worker.store.corrections import Corrections
from worker.store.deliveries import Deliveries
from worker.store.engine import READS, explained, open_engine
from worker.store.hosts import Hosts
from worker.store.issues import Issues
from worker.store.leads import Leads
from worker.store.migrate import migrate, outdated
from worker.store.news import News
from worker.store.retention import Retention
from worker.store.shows import Shows
from worker.store.sources import Sources
from worker.store.stories import Stories
from worker.store.subscribers import Subscribers
from worker.store.suppressions import Suppressions
from worker.store.turns import Turns

_T = TypeVar("_T")
_TRIES = 3
_VICTIM = ("40001", "40P01")  # what PostgreSQL says when it ends one of several transactions that wait in a circle
_INGEST = 4071  # the number of the lock that who takes articles in holds


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction, with the queries of each noun."""

    connection: Connection
    sources: Sources
    hosts: Hosts
    articles: Articles
    copies: Copies
    leads: Leads
    shows: Shows
    stories: Stories
    subscribers: Subscribers
    issues: Issues
    deliveries: Deliveries
    archive: Archive
    news: News
    corrections: Corrections
    checkups: Checkups
    bounces: Bounces
    suppressions: Suppressions
    retention: Retention
    turns: Turns

    def alone(self) -> None:
        """Waits until no other transaction takes articles in, for two that read the same news would not see each other.

        Whoever else changes the registry or the ledger does so alone too, and asks for it before anything is written,
        so that none waits in a circle. On SQLite there is one writer anyway.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(select(func.pg_advisory_xact_lock(_INGEST)))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail alone: an error undoes just what was done inside."""
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            self.shows.forget_mark()  # shows that were added inside are gone
            raise


class Store:
    """A database with our tables, at the newest schema."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction. On SQLite it holds the write lock from the start, so that read-then-write is safe."""
        with self.engine.begin() as connection:
            yield _tx(connection)

    def run(self, work: Callable[[Tx], _T]) -> _T:
        """One transaction, done again when the engine ended it for the sake of others; so the work may come twice."""
        for left in reversed(range(_TRIES)):
            try:
                with self.begin() as tx:
                    return work(tx)
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in _VICTIM:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One transaction that changes nothing and holds up nobody; the engine refuses what would write."""
        with self.engine.connect() as connection:
            connection.execution_options(**{READS: True}, postgresql_readonly=True)
            with connection.begin():
                yield _tx(connection)

    def outdated(self) -> str:
        """What is wrong when a newer program has meanwhile upgraded the database; "" when nothing is.

        For processes that live long: an old worker beside a new one has to stop, not to write rows of yesterday's kind.
        """
        with self.engine.connect() as connection:
            connection.execution_options(**{READS: True}, postgresql_readonly=True)
            return outdated(connection)

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()


def _tx(connection: Connection) -> Tx:
    return Tx(
        connection,
        Sources(connection),
        Hosts(connection),
        Articles(connection),
        Copies(connection),
        Leads(connection),
        Shows(connection),
        Stories(connection),
        Subscribers(connection),
        Issues(connection),
        Deliveries(connection),
        Archive(connection),
        News(connection),
        Corrections(connection),
        Checkups(connection),
        Bounces(connection),
        Suppressions(connection),
        Retention(connection),
        Turns(connection),
    )


def open_store(url: str) -> Store:
    """Opens the database and brings it to the newest schema. Raises SettingsError or StoreError."""
    engine = open_engine(url)
    with explained(engine):
        migrate(engine)
    return Store(engine)
