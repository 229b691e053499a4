"""One person's data, in whatever tables it is: all of it told, or all of it removed, and the proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select
from sqlalchemy.exc import OperationalError

from worker.errors import StoreError
from worker.store import schema
from worker.store.archive import readable

_NUMBER = "number:"  # before the highest number that a person had who is gone
_BLOCK = 1 << 20
# where PostgreSQL has addresses
_REWRITTEN = "subscribers, consents, deliveries, outbox, archive, bounces, suppressions"


@dataclass(frozen=True, slots=True)
class Trace:
    """A file of the database, and how often what was looked for still stands in it."""

    file: str
    size: int
    found: int


def held(connection: Connection, subscriber_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person, by table; what only numbers tell is said in words."""
    rows = {
        table.name: [dict(row) for row in connection.execute(select(table).where(where)).mappings()]
        for table, where in _theirs(subscriber_id)
    }
    shows = {row[0]: row[1] for row in connection.execute(select(schema.shows.c.id, schema.shows.c.name))}
    for row in rows["follows"]:
        row["show"] = shows[row["show_id"]]
    updates = {row["id"]: row for row in connection.execute(_told(subscriber_id)).mappings()}
    for row in rows["told"]:
        update = updates[row["update_id"]]
        row |= {"show": shows[update["show_id"]], "change": update["change"], "value": update["value"]}
    for row in rows["archive"]:
        row["page"] = readable(connection, row["page"])
    return {name: [{key: _readable(value) for key, value in row.items()} for row in of] for name, of in rows.items()}


def remove(connection: Connection, subscriber_id: int, now: datetime) -> dict[str, int]:
    """Removes a person from every table; gives how many rows there were in each.

    Links name people by number: the number is not given to anybody else.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # freed places are overwritten
        _retire(connection, subscriber_id, now)
    tables = list(_theirs(subscriber_id))
    counts = {
        table.name: connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
        for table, where in tables
    }
    for table, where in tables:
        connection.execute(delete(table).where(where))
    return {name: count for name, count in counts.items() if count}


def free_number(connection: Connection) -> int | None:
    """The number for a new person where the engine would use one again that somebody had who is gone."""
    if connection.dialect.name != "sqlite":
        return None
    retired = connection.execute(_retired()).scalar()
    if retired is None:
        return None
    highest: int = connection.execute(select(func.coalesce(func.max(schema.subscribers.c.id), 0))).scalar_one()
    number = int(retired.removeprefix(_NUMBER))
    return number + 1 if highest <= number else None


def shred(engine: Engine, needles: Sequence[str]) -> list[Trace]:
    """Overwrites what deleted rows have left, then looks for words in the database's files. Raises StoreError.

    PostgreSQL's files are not ours to read; there the tables are rewritten, and its log runs out by itself.
    """
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        try:
            if engine.dialect.name == "postgresql":
                connection.commit()
                connection.execution_options(isolation_level="AUTOCOMMIT")
                refused: list[object] = []  # PostgreSQL passes over tables that are not ours, and just mentions it
                raw.add_notice_handler(refused.append)
                connection.exec_driver_sql(f"VACUUM FULL {_REWRITTEN}")
                raw.remove_notice_handler(refused.append)
                if refused:
                    raise StoreError(_NOT_OURS)
                return []
            connection.rollback()
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                busy = raw.execute(statement).fetchone()
            if busy and busy[0]:
                raise StoreError(_BUSY)
        except (OperationalError, _sqlite_error(engine)) as error:
            raise StoreError(f"{_BUSY} ({error})") from None
    return _traces(engine, needles)


_NOT_OURS = (
    "the rows are gone, but this role may not rewrite tables, so the files of PostgreSQL still hold them; say the same "
    "again as the owner of the tables"
)
_BUSY = "the rows are gone, but another process uses the database, so its files still hold them; say the same again"


def _sqlite_error(engine: Engine) -> type[Exception]:
    """The driver's own error, for statements that go past SQLAlchemy."""
    found: type[Exception] = engine.dialect.loaded_dbapi.OperationalError
    return found


def _traces(engine: Engine, needles: Sequence[str]) -> list[Trace]:
    if not engine.url.database or engine.url.database == ":memory:":
        return []
    path = Path(engine.url.database)
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
    words = [word.encode() for word in needles]
    return [Trace(str(file), file.stat().st_size, _count(file, words)) for file in files if file.exists()]


def _count(path: Path, words: Sequence[bytes]) -> int:
    """How often words stand in a file, in any case; one that lies across two blocks is found too."""
    words = [word.lower() for word in words]
    overlap = max(map(len, words)) - 1
    found, tail = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = tail + block.lower()
            fresh = len(tail)
            found += sum(text.count(word) - text[:fresh].count(word) for word in words)
            tail = text[-overlap:] if overlap else b""
    return found


def _theirs(subscriber_id: int) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """The tables that say something about people, those first that hang on others, each with whose rows are meant."""
    deliveries = schema.deliveries
    own = select(deliveries.c.id).where(deliveries.c.subscriber_id == subscriber_id)
    for table in reversed(schema.metadata.sorted_tables):
        if table is schema.subscribers:
            yield table, table.c.id == subscriber_id
        elif "subscriber_id" in table.c:
            yield table, table.c.subscriber_id == subscriber_id
        elif "delivery_id" in table.c:
            yield table, table.c.delivery_id.in_(own)


def _told(subscriber_id: int) -> Any:
    table, told = schema.updates, schema.told
    return select(table).join(told, told.c.update_id == table.c.id).where(told.c.subscriber_id == subscriber_id)


def _retire(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """Remembers the highest number that was given, when its owner goes."""
    highest = connection.execute(select(func.max(schema.subscribers.c.id))).scalar()
    if highest != subscriber_id:
        return
    table = schema.erased
    connection.execute(delete(table).where(table.c.mark.startswith(_NUMBER)))
    connection.execute(table.insert().values(mark=f"{_NUMBER}{highest}", at=now))


def _retired() -> Any:
    return select(schema.erased.c.mark).where(schema.erased.c.mark.startswith(_NUMBER))


def _readable(value: Any) -> Any:
    """Bytes as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
