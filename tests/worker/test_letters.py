"""Mails to one person, on both engines: asked for once whoever asks at once, and handed over once whoever ticks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import NOW
from worker.config import Settings
from worker.letters import CONFIRM, EXPORT, is_due, was_asked
from worker.mail.post import Post
from worker.privacy import ask_export, send_exports
from worker.services import open_services
from worker.signup import ask, send_letters
from worker.store import Store
from worker.store.subscribers import Consent
from worker.subscribers import add_subscriber

RETRY = (timedelta(minutes=1), timedelta(minutes=5))


@pytest.fixture
def post() -> Iterator[Post]:
    services = open_services(Settings(public_url="https://news.example"))
    yield services.post
    services.close()


def mails(tmp_path: Path) -> int:
    folder = tmp_path / "home" / "outbox" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def at_once(call: Callable[[], object], times: int) -> None:
    gate, faults = threading.Barrier(times), []

    def run() -> None:
        gate.wait()
        try:
            call()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def record(store: Store) -> list[str]:
    with store.begin() as tx:
        return [line.what for line in tx.subscribers.consents(1)]


def test_who_asks_six_times_at_once_asks_once(store: Store) -> None:
    with store.begin() as tx:
        ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)

    def press() -> None:
        with store.begin() as tx:
            ask_export(tx, ann, "page", NOW)

    at_once(press, 6)
    assert record(store) == ["added", "export asked"]


def test_of_many_schedulers_one_hands_a_letter_over(store: Store, post: Post, tmp_path: Path) -> None:
    with store.begin() as tx:
        ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
        ask_export(tx, ann, "page", NOW)
        bob, _ = add_subscriber(tx, "bob@example.org", zone="UTC", confirmed=False, now=NOW)
        ask(tx, bob, "page", NOW)
    later = NOW + timedelta(minutes=1)
    at_once(lambda: send_exports(store, post, later), 4)
    at_once(lambda: send_letters(store, post, later), 4)
    assert mails(tmp_path) == 2
    assert record(store) == ["added", "export asked", "export tried", "export mailed"]


def lines(words: str) -> list[Consent]:
    return [Consent(NOW, what.replace("-", " "), "page") for what in words.split()]


@pytest.mark.parametrize(
    ("words", "minutes", "due"),
    [
        ("export-asked", 0, False),
        ("export-asked", 1, True),
        ("export-asked export-tried export-tried export-tried", 4, False),
        ("export-asked export-tried export-tried export-tried", 5, True),  # the last wait again and again
        ("export-asked export-mailed", 99, False),
        ("export-asked export-refused", 99, False),
        ("export-asked mailed confirmed unsubscribed", 1, True),
        ("asked confirmed", 99, False),
        ("export-mailed export-asked", 1, True),
        ("", 99, False),
    ],
)
def test_when_an_export_is_tried_again(words: str, minutes: int, due: bool) -> None:
    assert is_due(lines(words), EXPORT, RETRY, NOW + timedelta(minutes=minutes)) == due


def test_without_waits_nothing_is_tried_again() -> None:
    assert not is_due(lines("export-asked"), EXPORT, (), NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("words", "asked"),
    [("asked", True), ("asked mailed", True), ("asked confirmed", False), ("export-asked", False), ("", False)],
)
def test_a_wish_counts_until_it_is_settled(words: str, asked: bool) -> None:
    assert was_asked(lines(words), CONFIRM, timedelta(hours=72), NOW + timedelta(hours=72)) == asked
    assert not was_asked(lines(words), CONFIRM, timedelta(hours=72), NOW + timedelta(hours=73))
