"""An empty database made ready for rows from a backup, and put in order when they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, ForeignKeyConstraint, Table, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint, DropTable

from worker.errors import ConflictError, StoreError
from worker.store.migrate import hold, revision_in, upgrade
from worker.store.rows import our_tables

_LAST = text(
    "SELECT last_value FROM pg_sequences"
    " WHERE quote_ident(schemaname) || '.' || quote_ident(sequencename) = pg_get_serial_sequence(:table, :column)"
)
_SET = (
    "SELECT setval(pg_get_serial_sequence(:table, :column), last)"
    " FROM (SELECT GREATEST(:least, coalesce(max({0}), 0)) AS last FROM {1}) AS found WHERE last > 0"
)


def make_ready(connection: Connection, schema: str) -> list[Table]:
    """Brings an empty database to just the schema of a backup, in the connection's transaction; gives its tables.

    Raises ConflictError when there is anything in it.
    """
    hold(connection)
    found = revision_in(connection)
    tables = our_tables(connection)
    if tables and connection.dialect.name == "postgresql":  # so that nobody puts something in meanwhile
        connection.execute(text(f"LOCK TABLE {', '.join(_quoted(connection, t.name) for t in tables)}"))
    _refuse_full(connection, tables)
    if found == schema:
        return tables
    for table in reversed(tables):
        connection.execute(DropTable(table))
    if found:
        connection.execute(text("DELETE FROM alembic_version"))
    upgrade(connection, schema)
    return our_tables(connection)


def _refuse_full(connection: Connection, tables: Sequence[Table]) -> None:
    full = [t.name for t in tables if connection.execute(select(text("1")).select_from(t).limit(1)).first()]
    if full:
        more = f" and {len(full) - 3} more" if len(full) > 3 else ""
        reason = f"the database is not empty: there are rows in {', '.join(full[:3])}{more}"
        raise ConflictError(f"{reason}; name a new one in WATERCOOLER_DATABASE_URL (or WATERCOOLER_HOME)")


@contextmanager
def links_afterwards(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Inside, rows may come before those that they point to; at the end all of them have to be there.

    PostgreSQL loses its foreign keys and gets them anew, which checks them at once and not row by row.
    """
    links = [link for table in tables for link in _links(table)]
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        yield
        if broken := connection.execute(text("PRAGMA foreign_key_check")).first():
            raise StoreError(f"a row of {broken[0]} points to one of {broken[2]} that is not there")
        return
    for link in links:
        connection.execute(DropConstraint(link))
    yield
    for link in links:
        connection.execute(AddConstraint(link))


def _links(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda link: str(link.name))


def last_id(connection: Connection, table: Table) -> int | None:
    """The last number that PostgreSQL gave a row, there or gone, so that no number comes again.

    None where it gave none, or does not tell who asks; and on SQLite, which counts from the last row there is.
    """
    column = _numbered(table)
    if column is None or connection.dialect.name != "postgresql":
        return None
    found: int | None = connection.execute(_LAST, {"table": _quoted(connection, table.name), "column": column}).scalar()
    return found


def go_on_after(connection: Connection, table: Table, least: int | None) -> None:
    """Has PostgreSQL number new rows from after the last one there is, or after `least` if that is more."""
    column = _numbered(table)
    if column is None or connection.dialect.name != "postgresql":
        return
    name = _quoted(connection, table.name)
    statement = text(_SET.format(_quoted(connection, column), name))
    connection.execute(statement, {"table": name, "column": column, "least": least or 0})


def _numbered(table: Table) -> str | None:
    """The column that the engine numbers: a key of one whole number that points nowhere."""
    keys = list(table.primary_key.columns)
    is_number = len(keys) == 1 and keys[0].type.python_type is int and not keys[0].foreign_keys
    return keys[0].name if is_number else None


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
