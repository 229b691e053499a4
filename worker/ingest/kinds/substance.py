"""What it is about and how it fares: plot, ratings and prizes."""

from __future__ import annotations

from worker.ingest.kinds.base import Reading, shorten, simple_reader
from worker.models import Field, Kind


def _sentence(_value: str, reading: Reading) -> str:
    return shorten(reading.text)


read_plot = simple_reader(Field.PLOT, Kind.PLOT, _sentence)
read_ratings = simple_reader(Field.RATINGS, Kind.RATINGS_AWARDS, _sentence)
