"""Addresses that nothing is sent to: what an operator says holds against everybody, and is forgotten with care."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import NOW
from tests.worker.notices import ANN, PATHS, dsn, sent_to
from worker.bounces import take
from worker.errors import NotFoundError, UsageError
from worker.privacy import ask_export, erase, export_person, marks
from worker.store import Store
from worker.subscribers import add_subscriber, confirm, unsubscribe
from worker.suppress import is_suppressed, release, suppress_by_hand

KEYS = ("a key", "an old key")
LATER = NOW + timedelta(hours=1)


def state_of(store: Store, address: str = ANN) -> str:
    with store.begin() as tx:
        found = tx.subscribers.by_key(address)
        assert found is not None
        return found.state


def suppressed(store: Store, address: str = ANN) -> None:
    with store.begin() as tx:
        suppress_by_hand(tx, address, "by letter", NOW)


def let_go(store: Store, address: str = ANN) -> str:
    with store.begin() as tx:
        entry = tx.suppressions.find([address])
        assert entry is not None
        return release(tx, entry, LATER)


class TestByHand:
    def test_a_reader_gets_nothing_and_cannot_change_that(self, store: Store) -> None:
        with store.begin() as tx:
            reader, _ = add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW)
            tx.subscribers.consent(reader.id, "asked", "page", NOW)
        suppressed(store)
        suppressed(store)
        assert state_of(store) == "suppressed"
        confirm(store, reader.id, LATER)
        unsubscribe(store, reader.id, LATER)
        assert state_of(store) == "suppressed"
        with store.begin() as tx:
            assert [line.what for line in tx.subscribers.consents(reader.id)] == ["added", "asked", "suppressed"]
            assert not ask_export(tx, tx.subscribers.by_ids([reader.id])[reader.id], "page", LATER)
            with pytest.raises(UsageError, match=f"suppressions remove {ANN}"):
                add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=LATER)

    def test_an_address_that_nobody_has_yet_is_not_taken(self, store: Store) -> None:
        suppressed(store)
        with store.begin() as tx, pytest.raises(UsageError, match="an operator has suppressed it"):
            add_subscriber(tx, ANN, zone="UTC", confirmed=False, now=NOW)


class TestRelease:
    def test_who_had_agreed_gets_digests_again(self, store: Store) -> None:
        with store.begin() as tx:
            add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW)
        suppressed(store)
        assert let_go(store) == "active"
        with store.begin() as tx:
            found = tx.subscribers.by_key(ANN)
            assert found is not None
            assert found.next_slot is not None
            assert not is_suppressed(tx, ANN)

    def test_who_was_bounced_gets_digests_again_and_starts_anew(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            take(tx, dsn(to=PATHS.address(delivery, reader)), PATHS, NOW)
        assert state_of(store) == "bounced"
        assert let_go(store) == "active"
        with store.begin() as tx:
            _, older = sent_to(tx, key="older", at=NOW)
            assert take(tx, dsn(to=PATHS.address(older, reader), number=2), PATHS, LATER).did == "ignored"

    def test_who_had_left_stays_away(self, store: Store) -> None:
        with store.begin() as tx:
            reader, _ = add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW)
        unsubscribe(store, reader.id, NOW)
        suppressed(store)
        assert let_go(store) == "unsubscribed"
        assert state_of(store) == "unsubscribed"

    def test_who_never_confirmed_is_asked_as_before(self, store: Store) -> None:
        with store.begin() as tx:
            add_subscriber(tx, ANN, zone="UTC", confirmed=False, now=NOW)
        suppressed(store)
        assert let_go(store) == "pending"

    def test_nobody(self, store: Store) -> None:
        suppressed(store)
        assert let_go(store) == ""


class TestErased:
    def bounced(self, store: Store) -> None:
        with store.begin() as tx:
            reader, delivery = sent_to(tx)
            tx.subscribers.consent(reader, "asked", "page", NOW)
            raw = dsn("5.7.1", f"<{ANN}> no", to=PATHS.address(delivery, reader))
            take(tx, raw, PATHS, NOW)
            take(tx, dsn(to=PATHS.address(delivery, reader)), PATHS, NOW)

    def test_all_that_came_back_is_told_and_removed(self, store: Store) -> None:
        self.bounced(store)
        told = export_person(store, ANN, NOW)
        assert ANN in told
        assert '"bounces"' in told
        assert '"suppressions"' in told
        proof = erase(store, ANN, KEYS, NOW)
        assert proof.holds
        assert (proof.removed["bounces"], proof.removed["suppressions"]) == (2, 1)
        with store.begin() as tx:
            assert tx.suppressions.all() == []
            assert tx.bounces.latest(10) == []

    def test_what_an_operator_said_holds_as_a_mark(self, store: Store) -> None:
        with store.begin() as tx:
            add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW)
            suppress_by_hand(tx, ANN, f"{ANN} wrote by letter", NOW)
        assert erase(store, ANN, KEYS, NOW).holds
        with store.begin() as tx:
            (entry,) = tx.suppressions.all()
            assert (entry.address, entry.subscriber_id, entry.evidence) == (marks(ANN, KEYS)[0], None, "")
            assert is_suppressed(tx, ANN, marks(ANN, ["a newer key", *KEYS]))
            assert not is_suppressed(tx, ANN)
        assert erase(store, ANN, KEYS, LATER).holds

    def test_an_address_that_was_only_on_the_list_is_forgotten_too(self, sqlite_store: Store, tmp_path: Path) -> None:
        suppressed(sqlite_store, "rare.name@example.org")
        assert erase(sqlite_store, "rare.name@example.org", KEYS, NOW).holds
        sqlite_store.close()
        assert b"rare.name" not in (tmp_path / "test.db").read_bytes()
        with pytest.raises(NotFoundError):
            erase(sqlite_store, "else@example.org", KEYS, NOW)

    def test_suppressing_again_what_is_marked_leaves_one_entry(self, store: Store) -> None:
        for _ in range(2):
            suppressed(store)
            erase(store, ANN, KEYS, NOW)
        with store.begin() as tx:
            assert [entry.address for entry in tx.suppressions.all()] == [marks(ANN, KEYS)[0]]
