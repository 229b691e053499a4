"""What all nouns of the store share: a connection inside a transaction, and upserts on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
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
        insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        for start in range(0, len(rows), SLICE):
            part = [dict(row) for row in rows[start : start + SLICE]]
            statement = insert(table)
            fresh = {name: statement.excluded[name] for name in part[0] if name not in (*keys, *keep)}
            if fresh:
                statement = statement.on_conflict_do_update(index_elements=list(keys), set_=fresh)
            else:
                statement = statement.on_conflict_do_nothing(index_elements=list(keys))
            self.connection.execute(statement, part)

    def insert_id(self, table: Table, values: Mapping[str, Any]) -> int:
        """Inserts one row and gives its `id`."""
        result = self.connection.execute(table.insert().values(**values))
        assert result.inserted_primary_key is not None  # every table with ids has them made by the engine
        return int(result.inserted_primary_key[0])


def plain(row: Any) -> dict[str, Any]:
    """A flat dataclass as a row: its own values, not deep copies."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def slices(items: Sequence[Any]) -> list[Sequence[Any]]:
    """Cuts a long sequence into parts that fit one statement."""
    return [items[start : start + SLICE] for start in range(0, len(items), SLICE)]
