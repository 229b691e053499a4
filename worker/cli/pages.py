"""Saved pages for `watercooler extract`: which files, their bytes, what can be read of them. One at a time."""

from __future__ import annotations

import gzip
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from crawler.extract import Extraction, extract_page
from crawler.limits import TookTooLong, limited
from worker.errors import UsageError

ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz", ".xhtml.gz")
"""What a file of a folder is called that is taken for a page; one that is named itself may be called anything."""

_LARGEST = 20_000_000
"""Bytes of a page that are read, unpacked; extraction itself reads fewer."""

_PACKED = b"\x1f\x8b"
_STATED = re.compile(rb"<(?:link|meta)\b[^>]{0,600}>", re.I)
_IS_ADDRESS = re.compile(rb"""(?:rel|property)\s*=\s*["']?(?:canonical|og:url)\b""", re.I)
_ADDRESS = re.compile(rb"""(?:href|content)\s*=\s*["']?(https?://[^\s"'>]{4,500})""", re.I)


def find_pages(inputs: Iterable[str]) -> Iterator[tuple[str, Path | None]]:
    """Each page's name, and its file (None: it is a URL). A folder's come in sorted order. Raises UsageError."""
    for name in inputs:
        path = Path(name)
        if "://" in name:
            yield name, None
        elif path.is_dir():
            yield from ((str(found), found) for found in sorted(path.rglob("*")) if _is_page(found))
        elif path.exists():
            yield name, path
        else:
            raise UsageError(f"{name}: no such file or folder, and no URL (those begin with https://)")


def _is_page(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS) and not path.is_dir()


def read_saved(path: Path, url: str) -> Extraction:
    """What extraction makes of a file. Whatever is wrong with it is an outcome, so that the run goes on."""
    place = url or str(path)
    try:
        with path.open("rb") as file:
            body = _unpacked(file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        return unread(place, f"cannot be unpacked: {error}")
    except OSError as error:
        return unread(place, f"cannot be read: {error.strerror or error}")
    try:
        return limited(extract_page, body, url or stated_address(body) or f"https://page.invalid/{path.name}")
    except TookTooLong as error:
        return unread(place, str(error))
    except Exception as error:  # a fault of ours: it costs this page, not the thousands behind it
        return unread(place, f"extraction failed, please report it: {type(error).__name__}: {error}")


def unread(url: str, reason: str) -> Extraction:
    """The outcome of what could not be read."""
    return Extraction("error", reason, None, None, "", url)


def _unpacked(file: BinaryIO) -> bytes:
    """Packed or not is told by the bytes: files are renamed, and a server may have packed what is called .html."""
    start = file.read(2)
    file.seek(0)
    if start != _PACKED:
        return file.read(_LARGEST)
    with gzip.open(file) as unpacked:
        return unpacked.read(_LARGEST)


def stated_address(body: bytes) -> str:
    """The address that a saved page says it has; "" when it does not."""
    for tag in _STATED.finditer(body[:200_000]):
        found = _ADDRESS.search(tag[0]) if _IS_ADDRESS.search(tag[0]) else None
        if found:
            return html.unescape(found[1].decode("ascii", "ignore"))
    return ""
