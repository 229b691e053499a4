"""One person's data: all of it told, or none of it left."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.factories import NOW
from worker.errors import NotFoundError, StoreError, UsageError
from worker.models import DeliveryState
from worker.privacy import check_not_erased, erase, export_person, marks
from worker.store import Store, Tx, schema
from worker.store.archive import Kept
from worker.store.deliveries import Frozen
from worker.subscribers import add_subscriber, follow

KEYS = ("a key", "an old key")
ADDRESS = "Ann.Very-Rare@example.org"


def fill(tx: Tx, address: str = ADDRESS) -> int:
    """A reader with a row in every table that knows readers."""
    reader, _ = add_subscriber(tx, address, zone="UTC", confirmed=True, now=NOW)
    show = tx.shows.all()[0] if tx.shows.all() else tx.shows.add("Harbour Lights", now=NOW)
    follow(tx, reader, show, NOW)
    issue, _ = tx.issues.open("k", trigger="admin", asked_by="test", period_end=NOW, show_id=None, since=None, now=NOW)
    tx.deliveries.plan(issue.id, [reader.id], NOW)
    delivery = next(one for one in tx.deliveries.of_issue(issue.id) if one.subscriber_id == reader.id)
    tx.deliveries.close([delivery.id], DeliveryState.SENT, f"250 <{address}> taken", NOW)
    frozen = Frozen(address, "x@y.example", f"To: {address}\r\n\r\nhello".encode(), (), (), NOW)
    tx.deliveries.freeze({delivery.id: ("<1@mid>", frozen)})
    tx.archive.keep({delivery.id: Kept(((f"<p>{address}</p>".encode(), False),), "html")}, NOW)
    slot = {"subscriber_id": reader.id, "period": "2027-W09", "due": NOW, "outcome": "opened", "issue_id": issue.id}
    tx.connection.execute(schema.slots.insert().values(**slot))
    return reader.id


def files_with(store: Store, word: str) -> list[str]:
    path = Path(str(store.engine.url.database))
    return [
        file.name for file in path.parent.glob(path.name + "*") if word.lower().encode() in file.read_bytes().lower()
    ]


def test_all_that_is_held_is_told(store: Store) -> None:
    with store.begin() as tx:
        fill(tx)
    text = export_person(store, ADDRESS, NOW)
    form = json.loads(text)
    assert form.pop("exported_at") == NOW.isoformat()
    assert form.pop("email") == ADDRESS
    assert form["subscribers"][0]["email"] == ADDRESS
    assert form["follows"][0]["show"] == "Harbour Lights"
    assert form["outbox"][0]["message"].endswith("hello")
    assert form["archive"][0]["page"] == f"<p>{ADDRESS}</p>"
    assert {name for name, rows in form.items() if rows} >= {
        "subscribers",
        "consents",
        "follows",
        "slots",
        "deliveries",
    }
    columns = {table.name: set(table.c.keys()) for table in schema.metadata.sorted_tables}
    assert all(columns[name] <= set(row) for name, rows in form.items() for row in rows)
    assert "added" in text


def test_every_table_that_knows_people_is_among_them(store: Store) -> None:
    with store.begin() as tx:
        fill(tx)
    tables = {t.name for t in schema.metadata.sorted_tables if {"subscriber_id", "delivery_id"} & set(t.c.keys())}
    form = json.loads(export_person(store, ADDRESS, NOW))
    assert set(form) == tables | {"subscribers", "email", "exported_at"}


def test_nothing_is_left_of_who_is_erased_and_others_stay(store: Store) -> None:
    with store.begin() as tx:
        fill(tx)
        other = fill(tx, "bob@example.org")
    proof = erase(store, ADDRESS, KEYS, NOW)
    assert proof.holds
    assert set(proof.removed) == {"subscribers", "consents", "follows", "slots", "deliveries", "outbox", "archive"}
    with store.begin() as tx:
        assert tx.subscribers.by_key(ADDRESS.casefold()) is None
        assert tx.subscribers.by_id(other) is not None
        for table in (schema.deliveries, schema.outbox, schema.archive, schema.follows, schema.consents):
            assert tx.connection.execute(select(func.count()).select_from(table)).scalar_one() == 1


def test_after_erasing_the_address_is_in_no_file_of_the_database(sqlite_store: Store) -> None:
    with sqlite_store.begin() as tx:
        fill(tx)
        for n in range(300):  # so that freed pages lie about
            add_subscriber(tx, f"r{n}@example.org", zone="UTC", confirmed=True, now=NOW)
    assert files_with(sqlite_store, "ann.very-rare")
    proof = erase(sqlite_store, ADDRESS, KEYS, NOW)
    assert files_with(sqlite_store, "ann.very-rare") == []
    assert [(Path(t.file).name, t.found) for t in proof.files][:2] == [("test.db", 0), ("test.db-wal", 0)]
    assert files_with(sqlite_store, "r7@example.org")


def test_the_proof_finds_what_is_still_there(sqlite_store: Store) -> None:
    with sqlite_store.begin() as tx:
        fill(tx)
        tx.shows.add(f"A show named {ADDRESS}", now=NOW)
    assert not erase(sqlite_store, ADDRESS, KEYS, NOW).holds


def test_while_somebody_else_reads_the_files_cannot_be_cleaned_and_it_says_so(sqlite_store: Store) -> None:
    with sqlite_store.begin() as tx:
        fill(tx)
    with sqlite_store.engine.connect() as connection:
        connection.rollback()
    reader = sqlite3.connect(str(sqlite_store.engine.url.database), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM subscribers").fetchall()
    sqlite_store.engine.dispose()
    from sqlalchemy import event

    @event.listens_for(sqlite_store.engine, "connect")
    def _short(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    with pytest.raises(StoreError, match="say the same again"):
        erase(sqlite_store, ADDRESS, KEYS, NOW)
    reader.close()
    again = erase(sqlite_store, ADDRESS, KEYS, NOW)
    assert (again.holds, again.removed) == (True, {})
    assert files_with(sqlite_store, "ann.very-rare") == []


def test_an_erased_address_is_known_by_its_mark_alone(store: Store) -> None:
    with store.begin() as tx:
        fill(tx)
    proof = erase(store, ADDRESS.upper(), ("an old key",), NOW)
    assert proof.mark == marks(ADDRESS, ("an old key",))[0]
    assert "ann" not in proof.mark
    with store.begin() as tx:
        with pytest.raises(UsageError, match="was erased on 2027-03-05"):
            check_not_erased(tx, ADDRESS, KEYS)  # the key was changed since; all verify
        check_not_erased(tx, "bob@example.org", KEYS)
        check_not_erased(tx, ADDRESS, ("another key",))


def test_a_number_is_never_given_twice(sqlite_store: Store) -> None:
    seen = set()
    for n in range(4):
        with sqlite_store.begin() as tx:
            found, _ = add_subscriber(tx, f"r{n}@example.org", zone="UTC", confirmed=True, now=NOW)
        assert found.id not in seen
        seen.add(found.id)
        erase(sqlite_store, f"r{n}@example.org", KEYS, NOW)
    with sqlite_store.begin() as tx:
        ids = [add_subscriber(tx, f"s{n}@example.org", zone="UTC", confirmed=True, now=NOW)[0].id for n in range(3)]
    assert len(seen | set(ids)) == 7


def test_nobody_is_erased_who_was_never_here(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nothing to erase"):
        erase(store, "nobody@example.org", KEYS, NOW)
