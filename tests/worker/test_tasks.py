"""The steps: the same in place and by a real Celery worker over a real Valkey."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.exc import OperationalError

from crawler.items import to_json
from evaluation.drill import make_readers
from scaled.servers import Redis as Server
from tests.factories import NOW, make_article, make_page
from tests.site import Answer, Site, page
from worker import schedule, tasks
from worker.celery import app
from worker.cli import main
from worker.config import Settings
from worker.digest.issue import Request, open_for_request
from worker.models import Delivery
from worker.schedule import SETTLED
from worker.services import open_services
from worker.tasks import Kit

ROOT = Path(__file__).resolve().parents[2]
MINUTE = timedelta(minutes=1)
PATIENCE = 60  # seconds
STEPS = {
    f"watercooler.{name}"
    for name in ("tick", "crawl", "ingest", "send_issue", "deliver", "deliver_due", "letters", "bounces", "health")
}


def receive(kit: Kit, url: str = "https://my-outlet.example/a") -> list[int]:
    """An article that waits in the inbox."""
    with kit.store.begin() as tx:
        return tx.sources.receive([[to_json(make_article(url=url)), to_json(make_page(url=url))]], NOW)


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


def test_items_that_end_their_worker_again_and_again_are_set_aside_alone(kit: Kit) -> None:
    bad, good = receive(kit)[0], receive(kit, "https://my-outlet.example/b")[0]
    with kit.store.begin() as tx:
        tx.sources.take(2, NOW, NOW)  # a worker took both, and is no more
    for _ in range(schedule.WORN - 1):
        with kit.store.begin() as tx:
            assert tx.sources.take(9, NOW, NOW) == [bad]
    tasks.tick(kit, (NOW + MINUTE).isoformat())
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count()) == (0, 1)
        (failure,) = tx.sources.failures()
    assert (failure.reason, good > bad, "ended with their worker" in failure.detail) == ("ingest-failed", True, True)
    assert main(["failures", "replay", str(failure.id)]) == 0


def test_items_that_could_not_be_ingested_for_now_are_there_for_the_next_tick(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(kit)
    kit.store.engine.dispose()
    with kit.store.begin() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE threads RENAME TO elsewhere")
        tx.connection.exec_driver_sql("ALTER TABLE articles RENAME TO away")
    with pytest.raises(OperationalError):
        tasks.ingest(kit, [], NOW.isoformat())
    with kit.store.begin() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO threads")
        tx.connection.exec_driver_sql("ALTER TABLE away RENAME TO articles")
    tasks.ingest(kit, [], NOW.isoformat())
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count()) == (0, 1)


def test_of_two_beats_one_acts_a_turn(kit: Kit) -> None:
    times = (NOW, NOW + MINUTE / 3, NOW + MINUTE, NOW + 4 * MINUTE / 3)
    assert [tasks.tick_in_turn(kit, time.isoformat()) for time in times] == [True, False, True, False]
    with kit.store.begin() as tx:
        assert tx.turns.last("tick") == NOW + MINUTE


def test_what_is_short_stands_before_what_comes_in_bulk(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", broker)
    monkeypatch.setattr(app.conf, "broker_url", broker)
    kit = Kit(open_services(Settings.from_env()))
    for what in (tasks.ingest, tasks.deliver):
        tasks.dispatch(kit, what, [], NOW.isoformat())
    for what in (tasks.deliver_due, tasks.letters, tasks.tick):
        tasks.dispatch(kit, what, NOW.isoformat())
    with Redis.from_url(broker) as client:
        found = {name: client.llen(name) for name in ("ingest", "ingest\x06\x166", "mail", "mail\x06\x166")}
    assert found == {"ingest": 1, "ingest\x06\x166": 1, "mail": 2, "mail\x06\x166": 1}


def test_a_tick_adds_the_messages_that_are_missing_and_no_more(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", broker)
    monkeypatch.setattr(app.conf, "broker_url", broker)
    kit = Kit(open_services(Settings.from_env()))
    kit.services.__dict__["sources"] = {}
    with kit.store.begin() as tx:
        tx.sources.receive([[{"url": str(number)}] for number in range(3 * schedule.GROUPS)], NOW)
    assert kit.services.broker
    lengths = []
    for number in range(1, 4):
        tasks.tick(kit, (NOW + number * MINUTE).isoformat())
        lengths.append(kit.services.broker.queue_lengths(["ingest"])["ingest"])
    with Redis.from_url(broker) as client:
        client.flushall()
    tasks.tick(kit, (NOW + 5 * MINUTE).isoformat())
    lengths.append(kit.services.broker.queue_lengths(["ingest"])["ingest"])
    assert lengths == [3, 4, 5, 3], "all is there again after the broker was lost"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture
def broker(server: Server) -> Iterator[str]:
    """An empty broker."""
    url = server.url()
    yield url
    with Redis.from_url(url) as client:
        client.flushall()


class Crew:
    """Celery's own processes, as anybody starts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "worker", *arguments]
        with (self.folder / "log").open("ab") as log:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return self.running[-1]

    def wait_until(self, what: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)  # other processes do it, and tell nobody

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(PATIENCE)


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    found = Crew(tmp_path)
    yield found
    found.stop()


def test_beat_ticks_at_once_mail_waits_for_no_crawl_and_a_worker_that_is_stopped_gives_its_crawl_back(
    broker: str, crew: Crew, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(_: object) -> Answer:
        asked.set()
        go.wait(PATIENCE)
        return Answer("", 503)

    with Site() as site:
        site.answers |= {"/feed": site.feed("one", "two"), "/one": page("One"), "/two": slow}
        (tmp_path / "sources").mkdir()
        source = f'name = "slow"\nstart_urls = ["{site.base}/feed"]\ndiscovery = "feed"\n[pace]\ndelay = 0.0\n'
        (tmp_path / "sources" / "slow.toml").write_text(source)
        for name, value in (
            ("BROKER_URL", broker),
            ("SOURCES_DIR", str(tmp_path / "sources")),
            ("ALLOW_PRIVATE_HOSTS", site.netloc),
            ("TICK", "1h"),
        ):
            monkeypatch.setenv(f"WATERCOOLER_{name}", value)
        monkeypatch.setattr(app.conf, "broker_url", broker)  # this process imported the app before it had a broker
        kit = Kit(open_services(Settings.from_env()))
        make_readers(kit, 1, NOW)
        crawler = crew.start("worker", "-Q", "crawl", "-c", "1", "-n", "crawl@%h")
        crew.start("worker", "-Q", "ingest,mail", "-P", "solo", "-n", "others@%h")
        crew.start("beat")
        crew.wait_until(asked.is_set)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        tasks.dispatch(kit, tasks.crawl, ["slow"], NOW.isoformat())  # one more that waits
        tasks.dispatch(kit, tasks.send_issue, issue.id, NOW.isoformat())
        crew.wait_until(lambda: {one.state for one in deliveries(kit, issue.id)} == {"sent"})
        crawler.terminate()
        assert crawler.wait(PATIENCE) == 0
        crew.wait_until(lambda: is_there(kit, f"{site.base}/one"))
        go.set()
    with kit.store.begin() as tx:
        assert (tx.hosts.busy(NOW), tx.sources.tries()) == (set(), {})
        assert tx.sources.states()["slow"].next_due < NOW, "it is due at once"


def deliveries(kit: Kit, issue_id: int) -> list[Delivery]:
    with kit.store.read() as tx:
        return tx.deliveries.of_issue(issue_id)


def is_there(kit: Kit, url: str) -> bool:
    with kit.store.read() as tx:
        return tx.articles.by_url(url) is not None
