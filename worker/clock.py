"""The clock. Whoever comes in through a door reads it here; from there on `now` is an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from worker.config import Settings


def read_clock(settings: Settings) -> datetime:
    """The time, in UTC; with `WATERCOOLER_CLOCK` shifted by that span, for replays and trials."""
    return datetime.now(UTC) + settings.clock


def running(now: datetime) -> Callable[[], datetime]:
    """The time as it goes on from `now`, for work that takes long."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)
