"""The web app: subscribers' links and health."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.factories import NOW
from worker.config import Settings
from worker.services import open_services
from worker.subscribers import add_subscriber
from worker.tasks import Kit
from worker.web import make_app


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, Kit, int]:
    """The app, and an active subscriber."""
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "http://testserver")
    kit = Kit(open_services(Settings.from_env()))
    with kit.store.begin() as tx:
        ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
    return TestClient(make_app(kit), follow_redirects=False), kit, ann.id


def state(kit: Kit, subscriber_id: int) -> str:
    with kit.store.begin() as tx:
        found = tx.subscribers.by_id(subscriber_id)
    assert found is not None
    return found.state


def test_a_get_shows_a_button_and_changes_nothing(web: tuple[TestClient, Kit, int]) -> None:
    client, kit, ann = web
    url = kit.services.links.unsubscribe(ann)
    assert url is not None
    answer = client.get(url)
    assert answer.status_code == 200
    assert "<button" in answer.text
    assert state(kit, ann) == "active"


@pytest.mark.parametrize("times", [1, 2])
def test_one_click_unsubscribes_without_cookie_or_redirect(web: tuple[TestClient, Kit, int], times: int) -> None:
    client, kit, ann = web
    url = kit.services.links.unsubscribe(ann)
    assert url is not None
    for _ in range(times):
        answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert state(kit, ann) == "unsubscribed"


def test_a_confirm_link_makes_a_pending_address_active(web: tuple[TestClient, Kit, int]) -> None:
    client, kit, _ = web
    with kit.store.begin() as tx:
        bob, _ = add_subscriber(tx, "bob@example.org", zone="UTC", confirmed=False, now=NOW)
    url = kit.services.links.confirm(bob.id, datetime.now(UTC))
    assert url is not None
    assert client.get(url).status_code == 200
    assert state(kit, bob.id) == "pending"
    assert client.post(url).status_code == 200
    assert state(kit, bob.id) == "active"


def test_forged_links_open_nothing_and_tell_nothing(web: tuple[TestClient, Kit, int]) -> None:
    client, kit, ann = web
    confirm = kit.services.links.confirm(ann, datetime.now(UTC))
    assert confirm is not None
    swapped = confirm.replace("/confirm/", "/unsubscribe/")
    for url in ("/unsubscribe/1", "/unsubscribe/MQ.x", swapped, "/confirm/MQ.x"):
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 404
            assert "ann" not in answer.text
    assert state(kit, ann) == "active"


def test_pages_are_not_kept_framed_or_indexed(web: tuple[TestClient, Kit, int]) -> None:
    client, *_ = web
    headers = client.get("/unsubscribe/x").headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-robots-tag"] == "noindex"


def test_health_says_alive_and_ready(web: tuple[TestClient, Kit, int]) -> None:
    client, *_ = web
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok", "waiting_to_be_ingested": 0}


def test_health_is_not_ready_without_its_tables(web: tuple[TestClient, Kit, int]) -> None:
    client, kit, _ = web
    with kit.store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TABLE inbox")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
