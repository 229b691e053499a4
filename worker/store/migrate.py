"""Brings a database to the newest schema (alembic; the steps are in `migrations/versions/`)."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from worker.errors import StoreError
from worker.store.schema import metadata

HEAD = "0013"  # the newest step; a test holds it against the files
LOCK = 4072  # the number of the lock that who changes the tables holds
_FOLDER = Path(__file__).parent / "migrations"
_NOT_ALLOWED = ("42501", "25006")  # PostgreSQL: insufficient privilege, read-only transaction


def migrate(engine: Engine) -> str | None:
    """Runs the steps that are missing; looks first, for importing alembic costs more than most commands.

    Gives the schema that it found, None of a new database. Of two processes that call at the same moment one waits for
    the other. Raises StoreError when the database is newer than this program, somebody else's, or not to be changed.
    """
    current = revision(engine)
    if current == HEAD:
        return current
    try:
        with engine.begin() as connection:  # on SQLite it holds the write lock from the start
            hold(connection)
            current = revision_in(connection)
            upgrade(connection)
    except DBAPIError as error:
        if not forbidden(error):
            raise
        found = f"is at schema {current}" if current else "has no tables of Watercooler"
        reason = f"the database {found}, {HEAD} is wanted, and this role may not change its tables ({_first(error)})"
        raise StoreError(f"{reason}; run `watercooler migrate` as the owner of the tables") from None
    return current


def hold(connection: Connection) -> None:
    """Waits until no other transaction changes the tables, and keeps others out until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def hold_still(connection: Connection) -> None:
    """Keeps the tables from being changed until the transaction ends, and waits for who changes them."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Runs the steps up to one, in the connection's transaction: all of them, or none."""
    if revision_in(connection) == to:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revision(engine: Engine) -> str | None:
    """The schema a database is at; None when it is new. Raises StoreError when this program cannot use it."""
    with engine.connect() as connection:
        return revision_in(connection)


def revision_in(connection: Connection) -> str | None:
    """The same, seen from a transaction."""
    known = inspect(connection)
    found = _number(connection) if known.has_table("alembic_version") else None
    if found is None:
        _refuse_strangers(set(known.get_table_names()))
        return None
    if not re.fullmatch(r"\d{4}", found):
        reason = f"the database is another program's (alembic_version says {found!r})"
        raise StoreError(f"{reason}; give Watercooler one of its own")
    if found > HEAD:
        raise StoreError(f"{too_new(found)}; install the newer Watercooler that made it")
    return found


def outdated(connection: Connection) -> str:
    """What is wrong when a newer program has meanwhile changed the tables; "" when nothing is. One small query."""
    found = _number(connection)
    return f"{too_new(found)}: stop this process and start the newer one" if found and found > HEAD else ""


def is_known(schema: str) -> bool:
    """Is there such a step?"""
    return bool(re.fullmatch(r"\d{4}", schema)) and any((_FOLDER / "versions").glob(f"{schema}_*.py"))


def too_new(found: str) -> str:
    """A schema that is ahead of this program's, in words."""
    return f"the database is at schema {found}, this program knows {HEAD}"


def _number(connection: Connection) -> str | None:
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _refuse_strangers(tables: set[str]) -> None:
    """Tables with our names that no step of ours made: filling them would mix two programs' data."""
    if same := sorted(tables & set(metadata.tables)):
        reason = f"the database has tables named {', '.join(same[:3])} that Watercooler did not make (no schema number)"
        raise StoreError(f"{reason}; give it an empty database, and `watercooler restore` a backup into that")


def forbidden(error: DBAPIError) -> bool:
    """Did the database refuse a role without the right to it?"""
    return getattr(error.orig, "sqlstate", "") in _NOT_ALLOWED or "readonly" in str(error.orig)


def _first(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]
