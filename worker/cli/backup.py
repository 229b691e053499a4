"""`watercooler migrate`, `backup`, `restore`: the database's schema, and its content in a file."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from worker.backup import PASSES, put_key, restore, write_backup
from worker.backup_file import Reader, Step
from worker.cli.output import Json, Session, emit, note, progress
from worker.config import Settings
from worker.errors import StoreError, UsageError
from worker.store.engine import explained, is_there, open_engine
from worker.store.migrate import HEAD, migrate, revision

_KEY_WORDS = {
    "fits": "",
    "put": "the signing key is in place: {folder}/secret.key",
    "replaced": "the backup's signing key is in place; the one that was there is now secret.key.before-restore",
    "missing": "links in mails that were sent will not open: put the key that signed them into WATERCOOLER_SECRET_KEY, "
    "after yours and a comma",
}


def migrate_database(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 unless it is the newest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Brings the database to the newest schema, as the owner of its tables. Every command does, where it may.

    Example: watercooler migrate --check
    """
    session: Session = context.obj
    engine = open_engine(session.settings.database)
    if not check:
        session.settings.make_folder()
    try:
        with explained(engine):
            found = (revision(engine) if is_there(engine) else None) if check else migrate(engine)
    finally:
        engine.dispose()
    if as_json:
        emit([{"from": found, "to": found if check else HEAD, "wanted": HEAD}])
    elif found == HEAD:
        note(f"the database is at schema {HEAD}, the newest")
    else:
        was = f"at schema {found}" if found else "new"
        note(f"the database is {was}, {HEAD} is wanted" if check else f"the database was {was}, now it is at {HEAD}")
    if check and found != HEAD:
        raise typer.Exit(1)


def back_up(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A new file, or - for stdout.")],
    as_json: Json = False,
) -> None:
    """Everything the database knows, at one moment, in one file; the service may go on meanwhile.

    Example: watercooler backup watercooler-2027-03-05.zip
    """
    session: Session = context.obj
    if file == "-" and (as_json or sys.stdout.isatty()):
        raise UsageError("the backup itself goes to stdout: send that to a file or a program, and leave --json out")
    engine = open_engine(session.settings.database)
    try:
        with _new_file(file) as out, progress("backup", None, quiet=as_json) as step:
            manifest = write_backup(engine, out, session.settings, session.now, step)
    finally:
        engine.dispose()
    if as_json:
        tables = {table.name: table.rows for table in manifest.tables}
        key = "included" if manifest.has_key else "not included"
        emit([{"file": file, "schema": manifest.schema, "rows": manifest.rows, "tables": tables, "key": key}])
        return
    name = "stdout" if file == "-" else file
    note(f"{name}: {manifest.rows:,} rows of {len(manifest.tables)} tables, schema {manifest.schema}")
    _say_what_else(session.settings, has_key=manifest.has_key)


def _say_what_else(settings: Settings, *, has_key: bool) -> None:
    """What an installation has besides its database."""
    if has_key:
        note("the key that signs links is in it: keep it as safe as the service itself")
    else:
        note("the key that signs links is not in it: keep WATERCOOLER_SECRET_KEY, or links in sent mails will not open")
    others = [*(str(path) for _, path in settings.dkim_keys), settings.folder / "sources", settings.sources_dir]
    there = [str(path) for path in (*others, settings.templates_dir) if path and Path(path).expanduser().exists()]
    note(f"not in it, copy them too: your settings{''.join(f', {path}' for path in there)}")


def put_back(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file that `watercooler backup` wrote, or - for stdin.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Only read the backup, and say whether it is whole.")] = False,
    as_json: Json = False,
) -> None:
    """Puts a backup into an empty database of either engine: all of it, counted and verified, or nothing.

    It goes where WATERCOOLER_DATABASE_URL points to.

    Example: watercooler restore watercooler-2027-03-05.zip
    """
    session: Session = context.obj
    with _old_file(file) as source:
        backup = Reader(source, "stdin" if file == "-" else file)
        total = sum(table.steps for table in backup.manifest.tables)
        with progress("restore", total if check else PASSES * total, quiet=as_json) as step:
            if check:
                backup.check(step)
                key = ""
            else:
                key = _restore(session.settings, backup, step)
    manifest = backup.manifest
    if as_json:
        tables = {table.name: table.rows for table in manifest.tables}
        emit([{"file": file, "schema": manifest.schema, "rows": manifest.rows, "tables": tables, "key": key}])
        return
    done = "is whole" if check else "is restored, every row is the same"
    made = f"{session.local(manifest.made)}, schema {manifest.schema}, {manifest.engine}"
    note(f"{backup.name} {done}: {manifest.rows:,} rows of {len(manifest.tables)} tables ({made})")
    if words := _KEY_WORDS.get(key):
        note(words.format(folder=session.settings.folder))


def _restore(settings: Settings, backup: Reader, step: Step) -> str:
    """Restores; says how the signing key stands."""
    settings.make_folder()
    engine = open_engine(settings.database)
    found: list[str] = []
    try:
        restore(engine, backup, lambda: found.append(put_key(settings, backup)), step)
    finally:
        engine.dispose()
    return found[0]


@contextmanager
def _new_file(name: str) -> Iterator[IO[bytes]]:
    """A file that only its owner may read, and that has its name when it is whole. Raises UsageError."""
    if name == "-":
        yield sys.stdout.buffer
        return
    path = Path(name)
    if path.exists():
        raise UsageError(f"{path} is there already; name a new file")
    part = path.with_name(f".{path.name}.part")
    try:
        with _opened(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}; nothing was kept") from None
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def _old_file(name: str) -> Iterator[IO[bytes]]:
    """A file to read from anywhere in it; what comes by stdin is laid down first. Raises UsageError."""
    if name == "-":
        with tempfile.TemporaryFile() as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.seek(0)
            yield file
        return
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"{name} cannot be read: there is no such file")
    with path.open("rb") as file:
        yield file
