"""Turns: evenly, per domain, slower when asked, and never in one heap. Time is a number here."""

from __future__ import annotations

import math
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.mail.pace import FLOOR, NotYetError, Pace


class Clock:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def pace(rate: float = 0, rate_per_host: float = 0, patience: float = 10) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(rate, rate_per_host, patience=patience, clock=clock, wait=clock.wait), clock


def test_without_a_rate_nobody_waits() -> None:
    paced, clock = pace()
    for _ in range(1000):
        paced.turn("reader.example")
    assert clock.now == 1000
    assert paced.rate() == math.inf


@given(
    rate=st.floats(0.2, 200),
    pauses=st.lists(st.floats(0, 3), min_size=20, max_size=60),
)
def test_in_no_window_are_more_than_allowed(rate: float, pauses: list[float]) -> None:
    paced, clock = pace(rate)
    turns = []
    for pause in pauses:
        clock.now += pause
        turns.append(paced.turn("reader.example"))
    for span in (1.0, 7.0):
        for start in turns:
            within = sum(start <= turn < start + span for turn in turns)
            assert within <= rate * span + 1.001  # spaced evenly: one at the very start, then one a gap


def test_turns_are_not_lost() -> None:
    paced, clock = pace(50)
    for _ in range(501):
        paced.turn("reader.example")
    assert clock.now == pytest.approx(1010)


def test_a_domain_has_a_pace_of_its_own() -> None:
    paced, clock = pace(rate_per_host=2)
    turns = Counter()
    for _ in range(10):
        for host in ("a.example", "b.example", "c.example"):
            paced.turn(host)
            turns[host] += 1
    assert 1000 + 9 * 0.5 <= clock.now <= 1000 + 10 * 0.5  # they wait side by side, not one after the other


def test_a_turn_far_ahead_is_a_date() -> None:
    paced, clock = pace(0.1, patience=5)
    paced.turn("reader.example")
    dates = []
    for _ in range(5):
        with pytest.raises(NotYetError) as caught:
            paced.turn("reader.example")
        dates.append(caught.value.seconds)
    assert dates == pytest.approx([10, 20, 30, 40, 50])  # one for each
    assert clock.now == 1000
    clock.now += 10
    assert paced.turn("reader.example") == 1010


def test_who_is_sent_away_takes_no_turn_from_others() -> None:
    paced, clock = pace(1, 0.01)
    paced.turn("slow.example")
    for _ in range(5):
        with pytest.raises(NotYetError):
            paced.turn("slow.example")
    assert clock.now == 1000
    assert paced.turn("other.example") == 1001


def test_promises_end_somewhere() -> None:
    paced, _ = pace(0.1, patience=5)
    paced.turn("reader.example")
    for _ in range(1000):
        with pytest.raises(NotYetError) as caught:
            paced.turn("reader.example")
    assert caught.value.seconds <= 3600


def test_asked_to_slow_down_the_rate_is_halved_and_grows_back() -> None:
    paced, clock = pace(40)
    for _ in range(100):
        since = paced.turn("reader.example")
    paced.slow("", since, certain=True)
    assert paced.rate() == pytest.approx(20)
    clock.now += 60
    assert paced.rate() == pytest.approx(22)
    clock.now += 120
    assert paced.rate() == pytest.approx(20 * 1.1**3)
    clock.now += 86_400
    assert paced.rate() == 40


def test_messages_that_were_under_way_together_count_once() -> None:
    paced, clock = pace(40)
    together = [paced.turn("reader.example") for _ in range(80)][-4:]
    clock.now += 0.1
    for since in together:
        paced.slow("", since, certain=True)
    assert paced.rate() == pytest.approx(20, rel=0.01)
    paced.slow("", paced.turn("reader.example"), certain=True)  # but one that went out slower does
    assert paced.rate() == pytest.approx(10, rel=0.1)


def test_without_a_rate_what_was_used_is_halved() -> None:
    paced, clock = pace()
    for _ in range(90):
        clock.now += 1 / 30
        since = paced.turn("reader.example")
    paced.slow("", since, certain=True)
    assert 14 <= paced.rate() <= 16


def test_nobody_is_slowed_to_a_standstill() -> None:
    paced, clock = pace()
    for _ in range(50):
        paced.slow("", paced.turn("reader.example"), certain=True)
        clock.now += 1
    assert paced.rate() >= FLOOR
    clock.now += 10 * 86_400
    assert paced.rate() == math.inf


def test_what_may_be_greylisting_slows_only_after_a_success() -> None:
    paced, clock = pace(40)
    for _ in range(50):
        paced.slow("grey.example", paced.turn("grey.example"), certain=False)
    assert paced.rate("grey.example") == math.inf
    paced.taken("grey.example")
    clock.now += 1
    paced.slow("grey.example", paced.turn("grey.example"), certain=False)
    slowed = paced.rate("grey.example")
    assert slowed < 40
    paced.slow("grey.example", paced.turn("grey.example"), certain=False)  # nothing was taken since: no use
    assert slowed <= paced.rate("grey.example") < 40
    assert paced.rate("other.example") == math.inf
    assert paced.rate() == 40


def test_many_domains_are_not_remembered_forever() -> None:
    paced, clock = pace(rate_per_host=10)
    paced.turn("slow.example")
    paced.slow("slow.example", clock.now + 1, certain=True)
    learned = paced.rate("slow.example")
    for number in range(12_000):
        clock.now += 0.01
        paced.turn(f"r{number}.example")
    assert len(paced._hosts) <= 5001
    assert paced.rate("slow.example") == pytest.approx(learned, rel=0.3)  # but what was learned is


def test_threads_share_one_pace() -> None:
    turns: list[float] = []
    paced = Pace(200)

    def work() -> None:
        for _ in range(10):
            turns.append(paced.turn("reader.example"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    turns.sort()
    assert len(turns) == 40
    assert turns[-1] - turns[0] >= 39 / 200 - 0.001
