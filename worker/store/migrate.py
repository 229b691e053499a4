"""Brings a database to the newest schema (alembic; the steps are in `migrations/versions/`)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from worker.errors import StoreError

HEAD = "0013"  # the newest step; a test holds it against the files
_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Runs the steps that are missing; looks first, for importing alembic costs more than most commands.

    Raises StoreError when the database is newer than this program.
    """
    current = revision(engine)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        reason = f"the database is at schema {current}, this program knows {HEAD}"
        raise StoreError(f"{reason}; install the newer Watercooler that made it")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def revision(engine: Engine) -> str | None:
    """The schema a database is at; None when it is new."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
