"""The engine under the store: a URL becomes connections, and what goes wrong with them one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from worker.errors import SettingsError, StoreError, remedy

READS = "watercooler_reads"  # an option of connections whose transactions change nothing
CONNECT = 10  # seconds that a database server is waited for, unless the URL says otherwise
_FORMS = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"


def open_engine(url: str) -> Engine:
    """Connections to a database, as yet to nothing in it. Raises SettingsError when the URL is of no use."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(f"WATERCOOLER_DATABASE_URL: {_FORMS} is wanted, not {parsed.get_backend_name()}://…")
        # errors stand in logs, and parameters are addresses
        postgresql = parsed.get_backend_name() == "postgresql"
        options = {"connect_timeout": CONNECT} if postgresql and "connect_timeout" not in parsed.query else {}
        engine = create_engine(parsed, pool_pre_ping=postgresql, hide_parameters=True, connect_args=options)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError(f"WATERCOOLER_DATABASE_URL: {_FORMS} is wanted ({error})") from None
    except ValueError:  # a port that is no number; its words may hold a piece of the password
        hint = "write @ : / # in a password as %40 %3A %2F %23"
        raise SettingsError(f"WATERCOOLER_DATABASE_URL: {_FORMS} is wanted; {hint}") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Makes what a database says when it cannot be opened a StoreError, without its password."""
    try:
        yield
    except DBAPIError as error:
        shown = engine.url.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=True)
        hint = remedy(str(error.orig), "is it there, and yours?")
        raise StoreError(f"the database {shown} cannot be opened: {error.orig}; {hint}") from None


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A long look at one moment: a transaction that sees nothing of what others do meanwhile, and holds up nobody."""
    with explained(engine):
        connection = engine.connect()
    with connection:
        options: dict[str, Any] = {READS: True}
        if engine.dialect.name == "postgresql":
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        connection.execution_options(**options)
        with connection.begin():
            yield connection


def is_there(engine: Engine) -> bool:
    """Is there anything to connect to? A file of SQLite is made by looking into it, so ask first."""
    path = engine.url.database
    return engine.dialect.name != "sqlite" or not path or path == ":memory:" or Path(path).exists()


def _on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    """The driver's own transactions open none for a SELECT: read-then-write would lose updates. So we begin."""
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
