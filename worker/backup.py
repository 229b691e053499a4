"""Backups: everything the database knows, at one moment, in one file, for either engine.

Restoring a backup of SQLite into PostgreSQL, or back, is the way to move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import IO

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from worker.backup_file import FORMAT, VERSION, Kept, Manifest, Reader, Step, Writer, counted, difference
from worker.config import Settings
from worker.errors import StoreError, remedy
from worker.store.engine import explained, is_there, snapshot
from worker.store.migrate import HEAD, forbidden, hold_still, is_known, revision_in, upgrade
from worker.store.refill import go_on_after, last_id, links_afterwards, make_ready
from worker.store.rows import Tally, our_tables, read_lines, shape_of, write_lines

PASSES = 3  # a restore reads the file twice and the database once
_LONGEST = 200  # characters of what a database says
_OWN_KEY = "secret.key"


def write_backup(engine: Engine, file: IO[bytes], settings: Settings, now: datetime, step: Step) -> Manifest:
    """Writes all rows of our tables as they are at this moment, whatever is done meanwhile, at the schema they have.

    Raises StoreError when there is nothing to keep.
    """
    nothing = StoreError("there is nothing to back up: the database has no tables of Watercooler; name another one")
    if not is_there(engine):
        raise nothing
    with snapshot(engine) as connection:
        hold_still(connection)
        schema = revision_in(connection)
        if schema is None:
            raise nothing
        writer = Writer(file, now)
        tables = tuple(_keep(connection, table, writer, step) for table in our_tables(connection))
    key = _own_key(settings)
    marks = tuple(_mark(one) for one in _keys(settings))
    manifest = Manifest(FORMAT, VERSION, schema, engine.dialect.name, now, marks, key is not None, tables)
    writer.close(manifest, key)
    return manifest


def _keep(connection: Connection, table: Table, writer: Writer, step: Step) -> Kept:
    shape = shape_of(table)
    tally = writer.table(shape, read_lines(connection, table), step)
    return Kept(shape.name, shape.columns, tally.rows, tally.digest, last_id(connection, table))


def restore(engine: Engine, backup: Reader, finish: Callable[[], None], step: Step) -> None:
    """Puts a backup into an empty database and brings it to the newest schema: all of it, or nothing.

    `finish` is called when all rows are there and verified, right before they are kept for good. Raises StoreError when
    the backup is damaged or of a newer schema, ConflictError when the database is not empty.
    """
    schema = backup.manifest.schema
    if schema > HEAD:
        reason = f"{backup.name} is of schema {schema}, this program knows {HEAD}"
        raise StoreError(f"{reason}; restore it with the newer Watercooler that made it")
    if not is_known(schema):
        raise StoreError(f"{backup.name} is damaged: there is no schema {schema[:20]}; take another backup")
    backup.check(step)
    with explained(engine), engine.connect():
        pass
    try:
        with engine.begin() as connection:
            _fill(connection, backup, make_ready(connection, schema), step)
            upgrade(connection)
            finish()
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())[:_LONGEST]  # with the table and the row, where the engine tells
        hint = "call as the owner of the tables" if forbidden(error) else remedy(reason, "try a new database")
        raise StoreError(f"{backup.name} cannot be restored: {reason}; nothing was kept; {hint}") from None


def _fill(connection: Connection, backup: Reader, tables: list[Table], step: Step) -> None:
    kept = {table.name: table for table in backup.manifest.tables}
    wanted = {table.name: shape_of(table) for table in tables}
    if odd := sorted(name for name in {*kept, *wanted} if name not in kept or kept[name].shape != wanted.get(name)):
        raise StoreError(f"{backup.name}: {', '.join(odd)}: not the tables of schema {backup.manifest.schema}")
    with links_afterwards(connection, tables):
        for table in tables:
            write_lines(connection, wanted[table.name], backup.lines(kept[table.name], step))
    for table in tables:
        go_on_after(connection, table, kept[table.name].last_id)
        _verify(connection, table, kept[table.name], step)


def _verify(connection: Connection, table: Table, kept: Kept, step: Step) -> None:
    tally = Tally()
    for line in counted(read_lines(connection, table), kept.name, step):
        tally.add(line)
    if fault := difference(kept, tally):
        raise StoreError(f"{fault} after the restore; nothing was kept; please report it")


def put_key(settings: Settings, backup: Reader) -> str:
    """Puts the backup's signing key in place where this installation has no set one; says how that stands:

    "fits" (it is the one already), "put", "replaced" (another one that was there is kept beside it), "missing" (links
    in mails that were sent will not open).
    """
    if {_mark(key) for key in _keys(settings)} & set(backup.manifest.key_marks):
        return "fits"
    key = backup.key()
    if key is None or settings.secret_key.get_secret_value():
        return "missing" if backup.manifest.key_marks else "fits"
    settings.make_folder()
    path = settings.folder / _OWN_KEY
    was_there = path.exists()
    if was_there:
        path.replace(path.with_suffix(".key.before-restore"))
    path.touch(0o600)
    path.write_text(key)
    return "replaced" if was_there else "put"


def _keys(settings: Settings) -> tuple[str, ...]:
    """The signing keys there are; looking makes none."""
    own = _own_key(settings)
    return settings.keys if settings.secret_key.get_secret_value() else (own,) if own else ()


def _own_key(settings: Settings) -> str | None:
    """The key that the installation made for itself, where it uses that."""
    path = settings.folder / _OWN_KEY
    return None if settings.secret_key.get_secret_value() or not path.exists() else path.read_text()


def _mark(key: str) -> str:
    """By which a key is known again. It tells no more of it than any signed link does."""
    return hashlib.sha256(b"watercooler signing key:" + key.strip().encode()).hexdigest()[:16]
