"""What can be seen of a database from outside: is it there, whose is it, how large, and does its clock go right?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from worker.errors import StoreError
from worker.store.engine import READS, explained, is_there, open_engine
from worker.store.migrate import HEAD, revision_in

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "glusterfs", "ceph", "fuse.glusterfs")


@dataclass(frozen=True, slots=True)
class Facts:
    """A database as it was found. `fault` says why nothing more is known; `latency` is in seconds, `size` in bytes.

    `schema` is None of a new one. `clock_ahead` is how many seconds its clock is before ours. What one engine alone has
    is "" or 0 for the other.
    """

    engine: str
    place: str
    fault: str = ""
    exists: bool = True
    version: str = ""
    schema: str | None = None
    wanted: str = HEAD
    may_create: bool = True
    latency: float = 0.0
    size: int = 0
    clock_ahead: float = 0.0
    journal: str = ""  # SQLite
    file_system: str = ""  # SQLite, when it is one of the network
    encoding: str = ""  # PostgreSQL
    zone: str = ""
    connections: int = 0
    most_connections: int = 0


def look_at(url: str, clock: Callable[[], datetime]) -> Facts:
    """Looks at a database and changes nothing in it. `clock` is the real one. Raises SettingsError for a bad URL."""
    engine = open_engine(url)
    name, place = engine.dialect.name, engine.url.render_as_string(hide_password=True)
    try:
        if not is_there(engine):
            return Facts(name, place, exists=False, file_system=_network(Path(engine.url.database or "")))
        with explained(engine), engine.connect() as connection:
            connection.execution_options(**{READS: True}, postgresql_readonly=True)
            return _of_sqlite(connection, place) if name == "sqlite" else _of_postgres(connection, place, clock)
    except StoreError as error:
        return Facts(name, place, fault=str(error))
    finally:
        engine.dispose()


def _of_sqlite(connection: Connection, place: str) -> Facts:
    began = time.perf_counter()
    version = str(connection.execute(text("SELECT sqlite_version()")).scalar())
    latency = time.perf_counter() - began
    pages, page = (
        int(connection.execute(text(f"PRAGMA {name}")).scalar() or 0) for name in ("page_count", "page_size")
    )
    return Facts(
        engine="sqlite",
        place=place,
        version=version,
        schema=revision_in(connection),
        latency=latency,
        size=pages * page,
        journal=str(connection.execute(text("PRAGMA journal_mode")).scalar()),
        file_system=_network(Path(connection.engine.url.database or "")),
    )


_ASKED = """
SELECT current_setting('server_version'), current_setting('server_encoding'), current_setting('TimeZone'),
       current_setting('max_connections')::int, pg_database_size(current_database()),
       has_schema_privilege(current_user, current_schema(), 'CREATE')
"""


def _of_postgres(connection: Connection, place: str, our_clock: Callable[[], datetime]) -> Facts:
    began = time.perf_counter()
    clock: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    latency = time.perf_counter() - began
    ahead = (clock - our_clock()).total_seconds() + latency / 2
    version, encoding, zone, most, size, may_create = connection.execute(text(_ASKED)).one()
    return Facts(
        engine="postgresql",
        place=place,
        version=version,
        schema=revision_in(connection),
        may_create=bool(may_create),
        latency=latency,
        size=int(size),
        clock_ahead=ahead,
        encoding=encoding,
        zone=zone,
        connections=_connections(connection),
        most_connections=most,
    )


def _connections(connection: Connection) -> int:
    """How many there are of everybody; 0 where we may not see that."""
    try:
        with connection.begin_nested():
            statement = text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
            return int(connection.execute(statement).scalar_one())
    except DBAPIError:
        return 0


def _network(file: Path) -> str:
    """The file system that a file is on, when it is one of the network: SQLite's locks do not hold there."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError, ValueError):
        return ""  # no Linux: nothing is known
    found = [(place, kind) for place, kind in mounts if file.absolute().is_relative_to(place)]
    kind = max(found, key=lambda one: len(one[0]), default=("", ""))[1]
    return kind if kind in _NETWORK else ""
