"""Double opt-in where many ask at once, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import NOW
from worker.config import Settings
from worker.letters import CONFIRM, is_due
from worker.mail.post import Post
from worker.services import open_services
from worker.signup import Wish, send_letters, sign_up
from worker.store import Store
from worker.store.subscribers import Consent
from worker.subscribers import confirm

RETRY = (timedelta(minutes=1), timedelta(minutes=5))


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://news.example")
    services = open_services(Settings.from_env())
    yield services.post
    services.close()


def mails(tmp_path: Path) -> int:
    folder = tmp_path / "home" / "outbox" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def at_once(*calls: object) -> None:
    """Calls functions in threads that start together; none may fail."""
    gate, faults = threading.Barrier(len(calls)), []

    def run(call: object) -> None:
        gate.wait()
        try:
            call()  # type: ignore[operator] # a function without arguments
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_who_asks_six_times_at_once_gets_one_mail(store: Store, post: Post, tmp_path: Path) -> None:
    wish = Wish("ann@example.org", "UTC", "en")
    at_once(*[lambda: sign_up(store, post, wish, "page", NOW)] * 6)
    assert mails(tmp_path) == 1
    with store.begin() as tx:
        found = tx.subscribers.by_key("ann@example.org")
        assert found is not None
        assert [line.what for line in tx.subscribers.consents(found.id)] == ["asked", "mailed"]
    at_once(*[lambda: confirm(store, found.id, NOW)] * 4)
    with store.begin() as tx:
        assert [line.what for line in tx.subscribers.consents(found.id)] == ["asked", "mailed", "confirmed"]


def test_a_mail_that_a_crash_kept_back_goes_out_a_minute_later(store: Store, post: Post, tmp_path: Path) -> None:
    from worker.signup import ask
    from worker.subscribers import add_subscriber

    with store.begin() as tx:  # and here the process dies
        ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=False, now=NOW)
        assert ask(tx, ann, "page", NOW)
    assert [send_letters(store, post, NOW + timedelta(seconds=n)) for n in (0, 59, 60, 61, 600)] == [0, 0, 1, 0, 0]
    assert mails(tmp_path) == 1


@pytest.mark.parametrize(
    ("record", "minutes", "due"),
    [
        ("", 99, False),
        ("asked", 0, False),
        ("asked", 1, True),
        ("asked tried", 4, False),
        ("asked tried", 5, True),
        ("asked tried tried", 9999, False),
        ("asked mailed", 99, False),
        ("asked tried refused", 99, False),
        ("asked confirmed", 99, False),
        ("asked mailed confirmed unsubscribed asked", 1, True),
        ("asked unsubscribed", 99, False),
    ],
)
def test_when_a_mail_is_tried_again(record: str, minutes: int, due: bool) -> None:
    lines = [Consent(NOW, what, "page") for what in record.split()]
    assert is_due(lines, CONFIRM, RETRY, NOW + timedelta(minutes=minutes)) == due
