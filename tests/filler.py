"""New databases on both engines, and rows in all their tables whatever the schema: it is read off the tables."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    select,
    text,
    update,
)

ROWS = 3
PAGE = "<p>Harbour Lights: 갱신, ¿sí? = ✓</p>\n"
_TIME = datetime(2027, 3, 5, 8, 30, 15, 123456, tzinfo=UTC)


Rows = dict[str, list[dict[str, Any]]]


def new_database(server: str, folder: Path) -> str:
    """The URL of a new database: of a server, whose URL has a gap for the name, or of SQLite in a folder."""
    name = f"d{uuid4().hex}"
    if not server:
        return f"sqlite:///{folder / name}.db"
    admin = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return server.format(name)


def fill(connection: Connection, first: int = 1, rows: int = ROWS) -> Rows:
    """Puts so many rows into each table but alembic's own, and gives them.

    The first one is empty where it may be; the others link to rows with their number.
    """
    numbers = range(first, first + rows)
    given: Rows = {}
    for table in tables(connection):
        given[table.name] = [
            {column.name: _value(table, column, number, number == first) for column in table.columns}
            for number in numbers
        ]
        connection.execute(table.insert(), given[table.name])
        if table.name == "articles":  # a copy may come before what it is a copy of
            of = {"duplicate_of": numbers[-1]}
            connection.execute(update(table).where(table.c.id == numbers[1]).values(**of))
            given[table.name][1] |= of
    return given


def content(connection: Connection) -> Rows:
    """All rows of all tables."""
    return {t.name: [_aware(dict(row._mapping)) for row in connection.execute(select(t))] for t in tables(connection)}


def tables(connection: Connection) -> list[Table]:
    """All tables but alembic's own."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    return {n: v.replace(tzinfo=v.tzinfo or UTC) if isinstance(v, datetime) else v for n, v in row.items()}


def _value(table: Table, column: Column[Any], number: int, is_first: bool) -> object:
    if column.name == "duplicate_of" or (column.nullable and is_first):
        return None
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return number
    if (table.name, column.name) == ("stories", "field"):
        return "cast"  # what a step looks at
    return _by_type(f"{table.name}.{column.name}", column, number)


def _by_type(name: str, column: Column[Any], number: int) -> object:
    values: list[tuple[type[Any], object]] = [
        (Boolean, number % 2 == 0),
        (BigInteger, number - 2**62),
        (Integer, number),
        (Float, number / 3 - 1e-9),
        (DateTime, _TIME + timedelta(microseconds=1, days=number) * number),
        (Date, date(2027, 2, 27) + timedelta(days=number)),
        (JSON, [{"word": f"갱신 {number}", "share": 0.1 * number, "none": None}, 'a "quote" \\u0000 😀', []]),
        (LargeBinary, zlib.compress(f"{PAGE}{number}".encode())),
    ]
    words = f"{name} {number}: ¿sí? 갱신 🎬\n\t\"quoted\" \\ 'n' \\u0041"
    return next((value for kind, value in values if isinstance(column.type, kind)), words)
