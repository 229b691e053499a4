"""The store: what Watercooler remembers. One class for SQLite and PostgreSQL; queries are grouped by noun.

with store.begin() as tx:          # one transaction: all of it is kept, or nothing
    tx.articles.by_url(url)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from worker.errors import SettingsError, StoreError, remedy
from worker.store.archive import Archive
from worker.store.articles import Articles
from worker.store.bounces import Bounces
from worker.store.checkups import Checkups
from worker.store.copies import Copies
from worker.store.corrections import Corrections
from worker.store.deliveries import Deliveries
from worker.store.hosts import Hosts
from worker.store.issues import Issues
from worker.store.leads import Leads
from worker.store.migrate import migrate
from worker.store.news import News
from worker.store.shows import Shows
from worker.store.sources import Sources
from worker.store.stories import Stories
from worker.store.subscribers import Subscribers
from worker.store.suppressions import Suppressions

_INGEST = 4071  # the number of the lock that who takes articles in holds
_READS = "watercooler_reads"  # an option of connections whose transactions change nothing
_FORMS = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"


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

    def alone(self) -> None:
        """Waits until no other transaction takes articles in, for two that read the same news would not see each other.

        On SQLite there is one writer anyway.
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

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One transaction that changes nothing and holds up nobody; the engine refuses what would write."""
        with self.engine.connect() as connection:
            connection.execution_options(**{_READS: True}, postgresql_readonly=True)
            with connection.begin():
                yield _tx(connection)

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
    )


def open_store(url: str) -> Store:
    """Opens the database and brings it to the newest schema. Raises SettingsError or StoreError."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(f"WATERCOOLER_DATABASE_URL: {_FORMS} is wanted, not {parsed.get_backend_name()}://…")
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError(f"WATERCOOLER_DATABASE_URL: {_FORMS} is wanted ({error})") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    try:
        migrate(engine)
    except (OperationalError, DatabaseError) as error:
        shown = parsed.render_as_string(hide_password=True)
        hint = remedy(str(error.orig), "is it there, and yours?")
        raise StoreError(f"the database {shown} cannot be opened: {error.orig}; {hint}") from None
    return Store(engine)


def _on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    """The driver's own transactions open none for a SELECT: read-then-write would lose updates. So we begin."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
