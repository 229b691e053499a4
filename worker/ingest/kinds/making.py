"""How it is made and shown: production, trailers, spin-offs."""

from __future__ import annotations

import re

from worker.ingest.kinds.base import Reading, simple_reader
from worker.models import Field, Kind

_UP = r"[^\W\d_a-zß-öø-ÿ][\w'’&-]*"
_TITLE = re.compile(
    rf"""(?:called|titled|named|se titula)\s+["'“‘]?({_UP}(?:(?: (?:of|the|and|in|de|la|del))* {_UP}){{0,6}})"""
)
_QUOTED = re.compile(r"""[“"‘«『「《]([^“”"‘«»』」》]{2,60})[”"’»』」》]""")


def _spinoff_title(value: str, reading: Reading) -> str:
    """The title that the sentence gives in quotes or after "called", else "announced"."""
    for match in (_TITLE.search(reading.text), _QUOTED.search(reading.text)):
        if match and match[1].casefold().strip() not in reading.names:
            return match[1].strip(" ,.")
    return value


read_production = simple_reader(Field.PRODUCTION, Kind.PRODUCTION)
read_trailer = simple_reader(Field.TRAILER, Kind.TRAILER)
read_spinoff = simple_reader(Field.SPINOFF, Kind.SPINOFF, _spinoff_title)
