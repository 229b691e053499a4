"""The hot queries find what they look for by an index, on a real PostgreSQL; old rows go a few at a time."""

from __future__ import annotations

import itertools
from datetime import timedelta

from sqlalchemy import text

from bench import bulk, plans
from tests.factories import NOW
from worker.models import Preferences
from worker.store import Store
from worker.store.sources import SetAside


def test_no_hot_query_has_to_read_a_big_table(postgres_store: Store) -> None:
    with postgres_store.begin() as tx:
        tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        tables = set(bulk.schema.metadata.tables) - {"shows", "aliases", "sources", "halts", "hosts", "issues"}
        for name, work in plans.HOT.items():
            heard = plans.heard_in(tx.connection, lambda work=work: work(tx))  # type: ignore[misc]  # bound at once
            for statement, given in heard.items():
                plan = plans.explained(tx.connection, name, statement, given, tables)
                assert not plan.whole, f"{name}: {statement}"


def test_bodies_are_forgotten_and_failures_stay(store: Store) -> None:
    with store.begin() as tx:
        for number, days in itertools.product(range(3), (1, 40)):
            one = SetAside("a", f"https://a.example/{number}/{days}", "unreadable", "why", body=b"x")
            tx.sources.set_aside([one], NOW - timedelta(days=days))
        month = NOW - timedelta(days=30)
        assert [tx.retention.bodies(month, 2) for _ in range(3)] == [2, 1, 0]
        kept = {failed.url: failed.body for failed in tx.sources.failures()}
        assert sorted(url for url, body in kept.items() if body) == [f"https://a.example/{n}/1" for n in range(3)]
        assert len(kept) == 6


def test_turns_that_are_long_past_are_forgotten(store: Store) -> None:
    with store.begin() as tx:
        reader = tx.subscribers.add("a@b.example", "a@b.example", state="active", preferences=Preferences(), now=NOW)
        number = reader.id
        for week in range(30):
            slot = bulk.schema.slots.insert().values(
                subscriber_id=number, period=f"week {week}", due=NOW - timedelta(weeks=week), outcome="opened"
            )
            tx.connection.execute(slot)
        assert [tx.retention.turns(NOW - timedelta(weeks=10), 15) for _ in range(3)] == [15, 4, 0]
        assert tx.subscribers.served(number) == {f"week {week}" for week in range(11)}
