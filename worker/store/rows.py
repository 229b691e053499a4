"""Rows of any table as lines of JSON, out of and into both engines: the same row is the same line everywhere.

A line is an object of column names and values. Times are ISO 8601 in UTC, bytes are base64, and JSON stays the text
that it is, so that nothing of it changes on the way; floats that JSON has no word for are strings ("inf").
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnClause,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    column,
    select,
)
from sqlalchemy import table as make_table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from worker.errors import StoreError
from worker.store.schema import Time, metadata

_KINDS: dict[str, type[TypeEngine[Any]]] = {  # what a column holds, by the types that both engines call it
    "boolean": Boolean,
    "integer": Integer,
    "float": Float,
    "time": DateTime,
    "date": Date,
    "json": JSON,
    "bytes": LargeBinary,
    "text": Text,
}
_TYPES: dict[str, TypeEngine[Any]] = {  # as what values are bound and read; JSON as the text that it is
    "boolean": Boolean(),
    "integer": BigInteger(),
    "float": Float(),
    "time": Time(),
    "date": Date(),
    "json": Text(),
    "bytes": LargeBinary(),
    "text": Text(),
}
_FETCH = 200  # rows in memory at once: an article has some kilobytes, a message up to a megabyte
_BATCH = 1 << 20  # characters of lines that are inserted together
_FACTOR = 1 << 256

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is in a database, or was in a backup: its columns, each with its kind."""

    name: str
    columns: tuple[tuple[str, str], ...]


class Tally:
    """Counts rows and sums up what they say: the sum of the SHA-256 of each line, so that their order is none of it.

    PostgreSQL has no text with the character NUL; there U+FFFD stands for it, and here the two are the same.
    """

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, line: str) -> str:
        """Takes a line in; gives it back."""
        same = line.replace("\\u0000", "\ufffd").encode()
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(same).digest(), "big")) % _FACTOR
        self.rows += 1
        return line

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._sum:064x}"


def our_tables(connection: Connection) -> list[Table]:
    """Our tables as they are in this database, whatever its schema; first those that others point to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in metadata.tables)
    return found.sorted_tables


def shape_of(table: Table) -> Shape:
    """A table's columns and what they hold. Raises StoreError for a type that no kind is known for."""
    return Shape(table.name, tuple((column.name, _kind(table, column.name)) for column in table.columns))


def _kind(table: Table, name: str) -> str:
    found = table.columns[name].type
    for kind, base in _KINDS.items():
        if isinstance(found, base):
            return kind
    raise StoreError(f"{table.name}.{name}: a column of type {found} is in no backup; please report it")


def read_lines(connection: Connection, table: Table) -> Iterator[str]:
    """All rows of a table, a line each; never more than some hundred in memory."""
    shape = shape_of(table)
    bare = _bare(shape)
    wanted = [cast(column, Text) if kind == "json" else column for column, kind in bare]
    query = select(*wanted).select_from(make_table(shape.name)).order_by(*(column(c.name) for c in table.primary_key))
    names = [name for name, _ in shape.columns]
    makers = [_OUT.get(kind) for _, kind in shape.columns]
    for row in connection.execute(query, execution_options={"stream_results": True, "yield_per": _FETCH}):
        values = [v if v is None or make is None else make(v) for v, make in zip(row, makers, strict=True)]
        yield _encode(dict(zip(names, values, strict=True)))


def write_lines(connection: Connection, shape: Shape, lines: Iterable[str]) -> None:
    """Inserts rows, a batch at a time. Raises StoreError for a line that is no row of such a table."""
    names, readers = [name for name, _ in shape.columns], [_IN.get(kind) for _, kind in shape.columns]
    write = _copy if connection.dialect.name == "postgresql" else _insert
    for batch in _batches(lines):
        write(connection, shape, [_values(shape, line, names, readers) for line in batch])


def _values(
    shape: Shape, line: str, names: list[str], readers: list[Callable[[Any], Any] | None]
) -> tuple[object, ...]:
    try:
        row = json.loads(line)
        if len(row) != len(names):
            raise ValueError("not the columns of the table")
        return tuple(
            v if (v := row[name]) is None or read is None else read(v)
            for name, read in zip(names, readers, strict=True)
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"a row of {shape.name} cannot be read ({error})") from None


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in groups of at most about a million characters, or one line."""
    batch, size = list[str](), 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _insert(connection: Connection, shape: Shape, rows: list[tuple[object, ...]]) -> None:
    columns = [column for column, _ in _bare(shape)]
    names = [column.name for column in columns]
    statement = make_table(shape.name, *columns).insert()
    connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _copy(connection: Connection, shape: Shape, rows: list[tuple[object, ...]]) -> None:
    """PostgreSQL's own way for many rows; several times as fast as INSERT."""
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name, _ in shape.columns)
    driver: Any = connection.connection.driver_connection  # COPY is none of what SQLAlchemy knows
    statement = f"COPY {quote(shape.name)} ({columns}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([v.replace("\x00", "\ufffd") if isinstance(v, str) else v for v in row])
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(statement, None, error) from None


def _bare(shape: Shape) -> list[tuple[ColumnClause[Any], str]]:
    return [(column(name, _TYPES[kind]), kind) for name, kind in shape.columns]


def _float_out(value: float) -> float | str:
    return value + 0.0 if math.isfinite(value) else str(value)  # SQLite knows no negative zero


def _time_in(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"a time without zone: {value}")
    return time.astimezone(UTC)


_OUT: dict[str, Callable[[Any], Any]] = {
    "float": _float_out,
    "time": datetime.isoformat,
    "date": date.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode(),
}
_IN: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "time": _time_in,
    "date": date.fromisoformat,
    "bytes": lambda value: base64.b64decode(value, validate=True),
}
