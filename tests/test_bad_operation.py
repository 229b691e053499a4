"""What an operator sees when the servers behind an installation are away, full, wrong or of another version.

Each is one clear line and a clear exit code at every door, never a traceback, and nothing is lost or half done.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.signals import beat_init, celeryd_init
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url

from crawler.items import to_json
from scaled.servers import Redis, redis_binary
from tests.factories import NOW, make_article, make_page
from worker import tasks
from worker.broker import open_broker
from worker.celery import app
from worker.cli import main
from worker.config import Settings
from worker.errors import BrokerError
from worker.services import open_services
from worker.store import open_store
from worker.tasks import Kit, worker_kit
from worker.web.asgi import app as web

ROOT = Path(__file__).resolve().parents[1]
CELERY = [sys.executable, "-m", "celery", "-A", "worker"]


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """A broker as compose has it."""
    if redis_binary() is None:
        pytest.skip("no Redis for this platform")
    with Redis() as server:
        yield server


@pytest.fixture
def broker(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, empty, and named in the settings."""
    assert redis.ask("FLUSHALL") == "+OK"
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", redis.url())
    monkeypatch.setattr(app.conf, "broker_url", redis.url())  # this process imported the app before it had a broker
    return redis.url()


@pytest.fixture
def database(postgres: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of PostgreSQL at the newest schema, named in the settings."""
    name = f"b{abs(hash(request.node.nodeid))}"
    _as_owner(postgres, f"CREATE DATABASE {name}")
    open_store(postgres.format(name)).close()
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", postgres.format(name))
    return postgres.format(name)


def _as_owner(url: str, *statements: str, database: str = "postgres") -> None:
    engine = create_engine(url.format(database), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(autouse=True)
def _own_kit() -> Iterator[None]:
    worker_kit.cache_clear()
    yield
    if worker_kit.cache_info().currsize:
        worker_kit().services.close()
    worker_kit.cache_clear()


# A door is called, and gives its exit code; what it says is on standard error.


def _command(*words: str) -> Callable[[], int]:
    return lambda: main(["--now", "2027-03-05T08:00", *words])


def _exit_of(call: Callable[[], object]) -> int:
    try:
        call()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


DOORS: dict[str, Callable[[], int]] = {
    "status": _command("status"),
    "deliver": _command("deliver"),
    "run": _command("run", "--no-web"),
    "worker": lambda: _exit_of(lambda: celeryd_init.send(sender="w1")),
    "beat": lambda: _exit_of(lambda: beat_init.send(sender="b1")),
    "web": lambda: _exit_of(web),
}
STORED = ("status", "deliver", "run", "worker", "web")  # those that open the database


def said(capsys: pytest.CaptureFixture[str], door: str) -> tuple[int, str]:
    """The exit code of a door, and its standard error, which is no traceback and tells no password."""
    code = DOORS[door]()
    err = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in err
    assert "hush" not in err
    return code, err


class TestDatabase:
    @pytest.mark.parametrize("door", STORED)
    def test_one_that_is_down(
        self, broker: str, door: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_DATABASE_URL", "postgresql+psycopg://u:hush@127.0.0.1:1/d")
        code, err = said(capsys, door)
        assert (code, err.count("error: the database postgresql+psycopg://u:***@127.0.0.1:1/d cannot be opened")) == (
            1,
            1,
        )
        assert "see that the server runs" in err

    @pytest.mark.parametrize("door", STORED)
    def test_a_scheme_that_we_do_not_speak(
        self, broker: str, door: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_DATABASE_URL", "mysql://u:hush@localhost/d")
        code, err = said(capsys, door)
        assert (code, "error: WATERCOOLER_DATABASE_URL: sqlite:///FILE or postgresql" in err) == (2, True)

    def test_one_that_is_not_there(
        self, postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_DATABASE_URL", postgres.format("nowhere"))
        code, err = said(capsys, "status")
        assert (code, 'database "nowhere" does not exist' in err, "CREATE DATABASE" in err) == (1, True, True)

    def test_a_password_that_is_wrong(
        self, postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rules = Path(str(make_url(postgres).query["host"])) / "data" / "pg_hba.conf"
        rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
        _as_owner(postgres, "CREATE ROLE locked LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()")
        url = postgres.format("postgres").replace("watercooler@", "locked:hush@")
        monkeypatch.setenv("WATERCOOLER_DATABASE_URL", url)
        code, err = said(capsys, "status")
        assert (code, "password authentication failed" in err) == (1, True)
        assert "check user and password in WATERCOOLER_DATABASE_URL" in err

    @pytest.mark.parametrize("door", STORED)
    def test_one_that_a_newer_program_has_made(
        self, postgres: str, database: str, broker: str, door: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _as_owner(
            postgres, "UPDATE alembic_version SET version_num = '9999'", database=make_url(database).database or ""
        )
        code, err = said(capsys, door)
        assert (code, "the database is at schema 9999" in err, "install the newer Watercooler" in err) == (
            1,
            True,
            True,
        )

    @pytest.mark.parametrize("door", STORED)
    def test_one_that_is_older_and_that_we_may_not_upgrade(
        self,
        postgres: str,
        database: str,
        broker: str,
        door: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        role = f"r{abs(hash(database + door))}"
        grants = (
            f"CREATE ROLE {role} LOGIN",
            "UPDATE alembic_version SET version_num = '0009'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        )
        _as_owner(postgres, *grants, database=make_url(database).database or "")
        monkeypatch.setenv("WATERCOOLER_DATABASE_URL", database.replace("watercooler@", f"{role}@"))
        code, err = said(capsys, door)
        assert (code, "is at schema 0009" in err, "run `watercooler migrate` as the owner" in err) == (1, True, True)

    def test_a_full_disk_at_a_tick_changes_nothing_and_later_it_goes(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit = Kit(open_services(Settings.from_env()))
        with kit.store.begin() as tx:
            long = make_article(text="All that is known of the second season, at length. " * 2000)
            ids = tx.sources.receive([[to_json(long), to_json(make_page())]], NOW)

        def no_room(connection: sqlite3.Connection, _record: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(Engine, "connect", no_room)
        try:
            tasks.ingest.task.apply([ids, NOW.isoformat()])
        finally:
            event.remove(Engine, "connect", no_room)
        with kit.store.read() as tx:
            assert (tx.sources.waiting(), tx.articles.count()) == (1, 0)
        worker_kit.cache_clear()
        assert not any(record.exc_info for record in caplog.records)


class TestBroker:
    @pytest.mark.parametrize("door", ["worker", "beat", "run"])
    def test_one_that_is_down(
        self, door: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_BROKER_URL", "redis://:hush@127.0.0.1:1/0")
        code, err = said(capsys, door)
        assert (code, "the broker 127.0.0.1:1 does not answer" in err) == (1, True)

    @pytest.mark.parametrize("door", DOORS)
    def test_a_scheme_that_we_do_not_speak(
        self, door: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_BROKER_URL", "amqp://u:hush@localhost")
        code, err = said(capsys, door)
        assert (code, "error: WATERCOOLER_BROKER_URL: redis://" in err) == (2, True)

    @pytest.mark.parametrize("door", ["worker", "beat"])
    def test_a_worker_without_one_says_what_to_use(self, door: str, capsys: pytest.CaptureFixture[str]) -> None:
        code, err = said(capsys, door)
        assert (code, "WATERCOOLER_BROKER_URL" in err, "watercooler run" in err) == (2, True, True)

    def test_status_tells_of_one_that_is_down_and_of_all_else(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_BROKER_URL", "redis://127.0.0.1:1/0")
        assert DOORS["status"]() == 0
        out = capsys.readouterr().out
        assert out.startswith("Needs you: the broker 127.0.0.1:1 does not answer")
        assert re.search(r"queue crawl +\?", out)

    def test_one_that_forgets_and_throws_away_is_warned_of_where_work_starts(
        self, broker: str, redis: Redis, capsys: pytest.CaptureFixture[str]
    ) -> None:
        worse = {"appendonly": "no", "save": '""', "maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}
        before = {"appendonly": "yes", "maxmemory": "0", "maxmemory-policy": "noeviction"}
        try:
            assert {redis.ask(f"CONFIG SET {name} {value}") for name, value in worse.items()} == {"+OK"}
            code, err = said(capsys, "worker")
            assert code == 0
            assert re.search("warning: the broker's persistence: .*keeps nothing on disk", err)
            assert "warning: the broker's eviction: when memory is full it throws queues away (allkeys-lru)" in err
            assert main(["doctor"]) == 1
            out = capsys.readouterr().out
        finally:
            assert {redis.ask(f"CONFIG SET {name} {value}") for name, value in before.items()} == {"+OK"}
        assert re.search(r"^wrong +broker +persistence: .* -> have Redis write an append-only file", out, re.MULTILINE)
        assert re.search(r"^wrong +broker +eviction: .*allkeys-lru", out, re.MULTILINE)
        assert re.search(r"^wrong +queue crawl +0 listening, 0 messages wait -> start one: celery", out, re.MULTILINE)

    def test_one_that_is_full_takes_nothing_and_what_is_due_stays_due(
        self, broker: str, redis: Redis, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kit = Kit(open_services(Settings.from_env()))
        with kit.store.begin() as tx:
            tx.sources.receive([[to_json(make_article()), to_json(make_page())]], NOW)
        assert redis.ask("CONFIG SET maxmemory 1") == "+OK"
        try:
            with pytest.raises(BrokerError, match="the broker cannot be used: .*; see that Redis runs and has memory"):
                tasks.dispatch(kit, tasks.letters, NOW.isoformat())
        finally:
            assert redis.ask("CONFIG SET maxmemory 0") == "+OK"
        tasks.dispatch(kit, tasks.letters, NOW.isoformat())
        assert open_broker(broker).queue_lengths(["mail"])["mail"] == 1


@pytest.mark.parametrize("door", ["deliver", "worker"])
def test_mail_by_a_scheme_that_we_do_not_speak(
    broker: str, door: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATERCOOLER_MAIL_URL", "carrier-pigeon://u:hush@localhost")
    code, err = said(capsys, door)
    assert (code, "error: WATERCOOLER_MAIL_URL" in err) == (2, True)


# Real processes of Celery, over what happens while they run.


class running:  # noqa: N801  # reads like a function where it is used
    """A process of Celery with its log; it is ended in any case."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.log = folder / f"{words[0]}.log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*CELERY, *words], env=environment, stdout=log, stderr=log)

    def __enter__(self) -> running:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait(10)

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)


def wait_until(done: Callable[[], Any], run: running) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline, run.said
        time.sleep(0.05)  # another process does it, and tells nobody


def test_a_database_that_goes_away_and_comes_back(postgres: str, database: str, broker: str, tmp_path: Path) -> None:
    kit = Kit(open_services(Settings.from_env()))
    name = make_url(database).database
    with kit.store.begin() as tx:
        ids = tx.sources.receive([[to_json(make_article()), to_json(make_page())]], NOW)
    with running(tmp_path, "worker", "-P", "solo") as worker:
        tasks.dispatch(kit, tasks.letters, NOW.isoformat())
        queues = open_broker(broker)
        wait_until(lambda: not sum(queues.queue_lengths(["mail"]).values()), worker)
        away = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        _as_owner(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", away)
        tasks.dispatch(kit, tasks.letters, NOW.isoformat())
        wait_until(lambda: "the database cannot be used" in worker.said, worker)
        _as_owner(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        tasks.dispatch(kit, tasks.ingest, ids, NOW.isoformat())
        with_article = create_engine(database)
        wait_until(lambda: _articles(with_article), worker)
        with_article.dispose()
        assert worker.end() == 0
    assert "Traceback" not in worker.said
    assert "watercooler.letters" in worker.said


def _articles(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM articles")).scalar_one())


def test_an_old_worker_beside_a_new_one_gives_its_work_back_and_ends(
    postgres: str, database: str, broker: str, tmp_path: Path
) -> None:
    kit = Kit(open_services(Settings.from_env()))
    with kit.store.begin() as tx:
        ids = tx.sources.receive([[to_json(make_article()), to_json(make_page())]], NOW)
    queues = open_broker(broker)
    with running(tmp_path, "worker", "-c", "1") as worker:
        tasks.dispatch(kit, tasks.letters, NOW.isoformat())
        wait_until(lambda: not sum(queues.queue_lengths(["mail"]).values()), worker)
        _as_owner(
            postgres, "UPDATE alembic_version SET version_num = '9999'", database=make_url(database).database or ""
        )
        tasks.dispatch(kit, tasks.ingest, ids, NOW.isoformat())
        assert worker.process.wait(30) == 1, worker.said
    assert "Traceback" not in worker.said
    assert "stop this process and start the newer one" in worker.said
    assert sum(queues.queue_lengths(["ingest"]).values()) == 1
    engine = create_engine(database)
    assert _articles(engine) == 0
    engine.dispose()


def test_beat_outlives_a_broker_that_goes_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATERCOOLER_TICK", "1s")
    with Redis() as server:
        monkeypatch.setenv("WATERCOOLER_BROKER_URL", server.url())
        with running(tmp_path, "beat") as beat:
            queues = open_broker(server.url())
            wait_until(lambda: queues.queue_lengths(["ingest"])["ingest"], beat)
            server.stop()
            wait_until(lambda: "the broker cannot be used" in beat.said or "Connection error" in beat.said, beat)
            server.start()
            server.ask("FLUSHALL")
            wait_until(lambda: queues.queue_lengths(["ingest"])["ingest"], beat)
            beat.end()
    assert "Traceback" not in beat.said
