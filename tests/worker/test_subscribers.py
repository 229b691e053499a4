"""Subscribers: whose turn is when, who is active, and who is not any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import NOW
from worker.errors import NotFoundError, UsageError
from worker.store import Store
from worker.subscribers import (
    add_subscriber,
    check_address,
    check_zone,
    confirm,
    find_subscriber,
    follow,
    prefer,
    unsubscribe,
)


class TestAddresses:
    @pytest.mark.parametrize("email", ["", "no", "a@b", "a b@example.org", "a@exa mple.org", "@example.org"])
    def test_what_is_no_address_is_refused(self, email: str) -> None:
        with pytest.raises(UsageError, match="is no e-mail address"):
            check_address(email)

    def test_an_address_is_kept_as_typed_and_found_in_any_case(self) -> None:
        assert check_address("Ann@Example.org") == ("Ann@example.org", "ann@example.org")

    def test_an_international_address_is_taken(self) -> None:
        assert check_address("jürgen@bücher.example")[0] == "jürgen@bücher.example"

    @pytest.mark.parametrize("zone", ["", "Berlin", "../etc/passwd", "Europe/Nowhere", "Europe"])
    def test_an_unknown_zone_is_refused(self, zone: str) -> None:
        with pytest.raises(UsageError, match="no time zone"):
            check_zone(zone)


class TestStates:
    def test_a_pending_address_has_no_turn_until_it_is_confirmed(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            pending, new = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=False, now=NOW)
        assert new
        assert (pending.state, pending.next_slot) == ("pending", None)
        found = confirm(sqlite_store, pending.id, NOW)
        assert found is not None
        assert (found.state, found.confirmed_at) == ("active", NOW)
        assert found.next_slot is not None

    def test_adding_twice_is_adding_once(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            first, _ = add_subscriber(tx, "Ann@example.org", zone="UTC", confirmed=True, now=NOW)
            again, new = add_subscriber(tx, "ann@EXAMPLE.org", zone="UTC", confirmed=False, now=NOW)
        assert (first.id, first.state) == (again.id, again.state)
        assert not new

    def test_who_left_does_not_come_back_by_an_old_confirm_link(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
        unsubscribe(sqlite_store, ann.id, NOW)
        unsubscribe(sqlite_store, ann.id, NOW)
        found = confirm(sqlite_store, ann.id, NOW)
        assert found is not None
        assert (found.state, found.next_slot) == ("unsubscribed", None)

    def test_who_follows_a_proposed_show_makes_it_one(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
            show = tx.shows.add("Night Ferry", state="proposed", evidence="my-outlet", now=NOW)
            follow(tx, ann, show, NOW)
            assert tx.shows.proposed() == {}
            assert [f.show_id for f in find_subscriber(tx, "ANN@example.org").follows] == [show.id]

    def test_nobody_of_that_address_is_told_so(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx, pytest.raises(NotFoundError, match=r"bob@example\.org"):
            find_subscriber(tx, "bob@example.org")


class TestWishes:
    @pytest.mark.parametrize(
        ("typed", "zone"),
        [("europe/berlin", "Europe/Berlin"), (" Utc ", "UTC"), ("america/new york", "America/New_York")],
    )
    def test_a_zone_is_found_in_any_case(self, typed: str, zone: str) -> None:
        assert check_zone(typed) == zone

    def test_what_is_not_about_days_keeps_the_next_turn(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
            prefer(tx, ann, replace(ann.preferences, language="ko", talk=False), NOW + timedelta(days=1))
            found = tx.subscribers.by_id(ann.id)
            assert found is not None
            assert (found.next_slot, found.preferences.language) == (ann.next_slot, "ko")

    def test_a_turn_that_has_come_waits_for_the_tick(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=True, now=NOW)
            assert ann.next_slot is not None
            prefer(tx, ann, replace(ann.preferences, weekday=0), ann.next_slot + timedelta(seconds=20))
            found = tx.subscribers.by_id(ann.id)
            assert found is not None
            assert found.next_slot == ann.next_slot

    def test_who_leaves_and_confirms_has_it_on_record(self, sqlite_store: Store) -> None:
        with sqlite_store.begin() as tx:
            ann, _ = add_subscriber(tx, "ann@example.org", zone="UTC", confirmed=False, now=NOW)
        confirm(sqlite_store, ann.id, NOW)
        unsubscribe(sqlite_store, ann.id, NOW + timedelta(days=1), "one click")
        with sqlite_store.begin() as tx:
            record = tx.subscribers.consents(ann.id)
        assert [(line.what, line.origin, line.at) for line in record] == [
            ("confirmed", "page", NOW),
            ("unsubscribed", "one click", NOW + timedelta(days=1)),
        ]
