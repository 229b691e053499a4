"""The file of a backup: a ZIP archive with a manifest, a file of JSON Lines for each table, and the signing key.

manifest.json         format, schema, when it was made; of each table its columns, rows and digest
tables/articles.jsonl a row a line (see store/rows.py)
secret.key            the key that signs links, when it is the installation's own
"""

from __future__ import annotations

import io
import json
import lzma
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from pydantic import TypeAdapter

from worker.errors import StoreError
from worker.store.rows import Shape, Tally

FORMAT, VERSION = "watercooler backup", 1
STEP = 1000  # rows from one step of progress to the next
_MANIFEST, _KEY = "manifest.json", "secret.key"
_CHUNK = 1 << 16  # characters that are compressed at once
# what a byte that is not as it was can lead to: other ways to compress, impossible sizes, keys, text that is none
_DAMAGE = (
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
    OSError,
)

Step = Callable[[str], None]  # told which table it is at, once for each table and for every STEP rows


@dataclass(frozen=True, slots=True)
class Kept:
    """A table in a backup."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    digest: str  # see Tally
    last_id: int | None = None  # the last number that PostgreSQL gave a row

    @property
    def shape(self) -> Shape:
        """What each line has to have."""
        return Shape(self.name, self.columns)

    @property
    def steps(self) -> int:
        """How many steps of progress it is."""
        return 1 + self.rows // STEP


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    format: str
    version: int
    schema: str
    engine: str
    made: datetime
    key_marks: tuple[str, ...]  # by which the signing keys are known again, not the keys
    has_key: bool
    tables: tuple[Kept, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


_ADAPTER = TypeAdapter(Manifest)


class Writer:
    """Writes a backup to a file that is open; it need not be one that can be sought in."""

    def __init__(self, file: IO[bytes], now: datetime) -> None:
        self._zip, self._now = ZipFile(file, "w"), now

    def table(self, shape: Shape, lines: Iterable[str], step: Step) -> Tally:
        """Writes a table; gives its count and digest."""
        tally = Tally()
        with self._zip.open(self._entry(f"tables/{shape.name}.jsonl"), "w", force_zip64=True) as member:
            buffer, size = list[str](), 0
            for line in counted(lines, shape.name, step):
                buffer.append(tally.add(line))
                size += len(line)
                if size > _CHUNK:
                    member.write(_joined(buffer))
                    buffer, size = [], 0
            member.write(_joined(buffer))
        return tally

    def close(self, manifest: Manifest, key: str | None) -> None:
        """Ends the file. What has no end is no backup."""
        if key is not None:
            self._zip.writestr(self._entry(_KEY), key)
        text = json.dumps({**asdict(manifest), "made": manifest.made.isoformat()}, indent=1)
        self._zip.writestr(self._entry(_MANIFEST), text)
        self._zip.close()

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, self._now.timetuple()[:6])
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry


class Reader:
    """An open backup. Everything in it raises StoreError, with the file's name, when it is damaged."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        begins_well = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        try:
            self._zip = ZipFile(file)
        except _DAMAGE:
            reason = (
                "its end is missing, it was not written or copied to the end" if begins_well else "it is no ZIP file"
            )
            raise StoreError(f"{name} is no backup that can be used: {reason}; take another one") from None
        self.manifest = self._manifest()

    def _manifest(self) -> Manifest:
        if _MANIFEST not in self._zip.namelist():
            raise StoreError(f"{self.name} is no backup of Watercooler: there is no {_MANIFEST} in it")
        with self._sound():
            found = json.loads(self._zip.read(_MANIFEST))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise StoreError(f"{self.name} is no backup of Watercooler: its {_MANIFEST} is another program's")
        if found.get("version") != VERSION:
            reason = f"is a backup in format {found.get('version')}, this program knows {VERSION}"
            raise StoreError(f"{self.name} {reason}; restore it with the Watercooler that made it, or a newer one")
        with self._sound():
            return _ADAPTER.validate_python(found)

    def key(self) -> str | None:
        """The signing key, where it is in the backup."""
        with self._sound():
            return self._zip.read(_KEY).decode() if self.manifest.has_key else None

    def lines(self, table: Kept, step: Step) -> Iterator[str]:
        """The rows of a table."""
        with self._sound(), self._zip.open(f"tables/{table.name}.jsonl") as member:
            text = io.TextIOWrapper(member, "utf-8", newline="\n")
            yield from counted((line.rstrip("\n") for line in text), table.name, step)

    def check(self, step: Step) -> None:
        """Reads everything and compares it with the manifest."""
        self.key()
        for table in self.manifest.tables:
            tally = Tally()
            for line in self.lines(table, step):
                tally.add(line)
            if fault := difference(table, tally):
                raise StoreError(f"{self.name} is damaged: {fault}; take another backup")

    @contextmanager
    def _sound(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise StoreError(f"{self.name} is damaged: {reason}; take another backup") from None


def counted(lines: Iterable[str], name: str, step: Step) -> Iterator[str]:
    """Passes lines on and tells how far it is."""
    step(name)
    for number, line in enumerate(lines, start=1):
        yield line
        if not number % STEP:
            step(f"{name} {number:,}")


def difference(table: Kept, tally: Tally) -> str:
    """How rows differ from what the manifest says of them; "" when they do not."""
    if tally.rows != table.rows:
        return f"{table.name} has {tally.rows:,} rows and should have {table.rows:,}"
    return "" if tally.digest == table.digest else f"the rows of {table.name} are not those that were kept"


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
