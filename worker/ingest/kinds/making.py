"""How it is made and shown: production, trailers, spin-offs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from worker.ingest.kinds.base import Found, Reading, clause_around, simple_reader
from worker.ingest.when import find_when
from worker.models import Field, Kind

SHELVED = "shelved"
_UP = r"[^\W\d_a-zß-öø-ÿ][\w'’&-]*"
_TITLE = re.compile(
    rf"""(?:called|titled|named|se titula)\s+["'“‘]?({_UP}(?:(?: (?:of|the|and|in|de|la|del))* {_UP}){{0,6}})"""
)
_QUOTED = re.compile(r"""[“"‘«『「《]([^“”"‘«»』」》]{2,60})[”"’»』」》]""")


def _spinoff_title(value: str, reading: Reading) -> str:
    """The title that the sentence gives in quotes or after "called", else "announced"; what is dead is "shelved"."""
    if value == SHELVED:
        return value
    for match in (_TITLE.search(reading.text), _QUOTED.search(reading.text)):
        if match and match[1].casefold().strip() not in reading.names:
            return match[1].strip(" ,.")
    return value


_read_making = simple_reader(Field.PRODUCTION, Kind.PRODUCTION)


def read_production(reading: Reading) -> Iterator[Found]:
    """How far it is made, with the day for which a shoot is planned."""
    for found in _read_making(reading):
        first, last = clause_around(reading, found.start, found.end)
        when = find_when(reading.plain[first:last], reading.published, reading.lexicon.language)
        yield replace(found, when=when) if when and reading.published and when.first > reading.published else found


read_trailer = simple_reader(Field.TRAILER, Kind.TRAILER)
read_spinoff = simple_reader(Field.SPINOFF, Kind.SPINOFF, _spinoff_title)
