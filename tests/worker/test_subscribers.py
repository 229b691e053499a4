"""Subscribers: whose turn is when, who is active, and who is not any more."""

from __future__ import annotations

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
        unsubscribe(sqlite_store, ann.id)
        unsubscribe(sqlite_store, ann.id)
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
