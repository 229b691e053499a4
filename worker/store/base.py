"""What all nouns of the store share: a connection inside a transaction, and upserts on both engines."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    Select,
    Table,
    Update,
    any_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

SLICE = 500  # rows or ids in one statement: SQLite allows 32,766 parameters


class Noun:
    """Queries about one noun, on the connection of the transaction it was made for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def upsert(
        self, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str], keep: Sequence[str] = ()
    ) -> None:
        """Inserts rows; where one with the same keys exists, updates it, but for the columns of `keep`."""
        for start in range(0, len(rows), SLICE):
            part = [dict(row) for row in rows[start : start + SLICE]]
            fresh = tuple(name for name in part[0] if name not in (*keys, *keep))
            self.connection.execute(_upsert(self.connection.dialect.name, table, tuple(keys), fresh), part)

    def change(self, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
        """Sets columns of the row with an `id`."""
        self.connection.execute(_change(table), {"the_id": row_id, **values})

    def insert_id(self, table: Table, values: Mapping[str, Any]) -> int:
        """Inserts one row and gives its `id`."""
        result = self.connection.execute(_insert(table), dict(values))
        assert result.inserted_primary_key is not None  # every table with ids has them made by the engine
        return int(result.inserted_primary_key[0])


# Statements that are made for every article are built once: SQLAlchemy takes longer for that than the database.


@functools.cache
def _insert(table: Table) -> Insert:
    return table.insert()


@functools.cache
def _change(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("the_id"))


@functools.cache
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], fresh: tuple[str, ...]) -> Insert:
    """An INSERT that updates the columns `fresh` of a row with the same keys, or leaves it."""
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    if not fresh:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in fresh}
    )


def plain(row: Any) -> dict[str, Any]:
    """A flat dataclass as a row: its own values, not deep copies."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def slices(items: Sequence[Any]) -> list[Sequence[Any]]:
    """Cuts a long sequence into parts that fit one statement."""
    return [items[start : start + SLICE] for start in range(0, len(items), SLICE)]


def listed(column: Column[int], dialect: str) -> ColumnElement[bool]:
    """Is a column one of the numbers in the parameter `ids`? It is one parameter however many there are, so that the
    statement stays the same."""
    if dialect == "postgresql":
        return column == any_(bindparam("ids", type_=ARRAY(Integer)))
    return column.in_(select(func.json_each(bindparam("ids", type_=JSON)).table_valued("value").c.value))


def raw(connection: Connection, statement: Select[Any], ids: Sequence[int]) -> Iterable[Any]:
    """A statement's rows as the driver has them, tuples with no value converted: of many rows, it is that which costs.

    `ids` are the numbers that the statement has `listed`.
    """
    result = connection.execute(statement, {"ids": list(ids)})
    assert result.cursor is not None  # a SELECT has one until its rows are read
    return cast(Iterable[Any], result.cursor)  # the cursors of both drivers are
