"""Readers of claims, one file per family of kinds. A new kind is a reader here and its phrases in each lexicon."""

from __future__ import annotations

from worker.ingest.kinds.base import Found, Reader, Reading
from worker.ingest.kinds.cast import read_cast
from worker.ingest.kinds.episodes import read_episodes
from worker.ingest.kinds.making import read_production, read_spinoff, read_trailer
from worker.ingest.kinds.release import read_release
from worker.ingest.kinds.status import read_status
from worker.ingest.kinds.substance import read_plot, read_ratings

READERS: tuple[Reader, ...] = (
    read_status,
    read_release,
    read_cast,
    read_production,
    read_spinoff,
    read_trailer,
    read_episodes,
    read_ratings,
    read_plot,
)

__all__ = ["READERS", "Found", "Reader", "Reading"]
