"""The clock and how often it ticks, as they are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.clock import read_clock
from worker.config import Settings
from worker.errors import SettingsError

SHIFTS = {
    "+104d12h": timedelta(days=104, hours=12),
    "-3h": timedelta(hours=-3),
    "+90s": timedelta(seconds=90),
    "": timedelta(),
}


@pytest.mark.parametrize("text", SHIFTS)
def test_the_clock_is_shifted_by_what_is_set(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_CLOCK", text)
    off = read_clock(Settings.from_env()) - datetime.now(UTC) - SHIFTS[text]
    assert abs(off) < timedelta(seconds=10)


@pytest.mark.parametrize("text", ["104d", "+", "+1x", "1h", "+ 1h", "+9999999d", "+999999w", "-3h+2m"])
def test_what_is_no_shift_is_refused_by_its_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_CLOCK", text)
    with pytest.raises(SettingsError, match="WATERCOOLER_CLOCK: .*(wanted|furthest)"):
        Settings.from_env()


def test_how_often_it_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_env().tick == timedelta(minutes=1)
    monkeypatch.setenv("WATERCOOLER_TICK", "2s")
    assert Settings.from_env().tick == timedelta(seconds=2)
    monkeypatch.setenv("WATERCOOLER_TICK", "2d")
    with pytest.raises(SettingsError, match="WATERCOOLER_TICK: a span from 1s to 1h"):
        Settings.from_env()
