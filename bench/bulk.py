"""A large PostgreSQL: some articles come in by the door, the database multiplies them, and readers are made there too.

Multiplied articles lie further and further in the past, at a steady number a day; their texts are cut short, for nobody
reads them, and their fingerprints and bands are random, so that they are copies of nothing. The number of shows grows
with them, with a long tail: a few shows have much of the news, and of the readers.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from bench.archive import _KEPT, _TABLES, PER_DAY, SHOWS, TEMPLATE, _numbered_by, made_articles, show_names, take_in
from bench.made import NOW
from worker.ingest.article import Shelf
from worker.store import Store, schema
from worker.store.schema import Time

WEEK = timedelta(days=7)
DUE = 2000  # readers whose turn it is, however many there are
PER_SHOW = 50  # articles of a show, on the average
FOLLOWS, TOLD, ISSUES = 30, 5, 4  # the most that one follows; updates that one was told; digests that one got
_SHOWN = ("article_shows", "leads", "stories", "claims", "updates")
_HEAVY = ("bands", "headline_keys", "follows", "told", "deliveries", "slots")  # whose indexes are made afterwards
_READ_WHOLE = {"shows", "aliases", "sources"}  # the registries, by those who need all of them
_AFTER = 50_000_000  # the first number of what comes in by the door later
_TAIL = "({tail} * power(((n.k * 7919) % 1000) / 1000.0, 3))::integer"


def make_world(store: Store) -> None:
    """The template: shows, and articles that came in by the door; its rows are kept apart to be multiplied."""
    with store.begin() as tx:
        for name in show_names():
            tx.shows.add(name, now=NOW - 5 * WEEK)
    take_in(store, Shelf({}), list(made_articles(0, TEMPLATE)))
    with store.engine.begin() as connection:
        for table in _TABLES:
            connection.execute(text(f"CREATE TABLE made_{table.name} AS SELECT * FROM {table.name}"))


def grow_world(store: Store, before: int, count: int) -> None:
    """From so many articles and readers to so many."""
    with store.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign key is looked up
        connection.execute(text("SET LOCAL work_mem = '256MB'"))
        again = _drop_indexes(connection) if count > before + 100_000 else []
        _grow_archive(connection, max(1, before // TEMPLATE), count // TEMPLATE)
        _grow_readers(connection, before, count)
        for statement in again:
            connection.execute(text(statement))
        if not before:
            for table in ("articles", "shows", "stories", "claims", "updates", "deliveries", "issues", "subscribers"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', {_AFTER})"))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def shows_at(articles: int) -> int:
    """How many shows there are with so many articles."""
    return SHOWS * max(1, articles // (SHOWS * PER_SHOW))


def _grow_archive(connection: Connection, start: int, end: int) -> None:
    tail = shows_at(end * TEMPLATE) // SHOWS
    there = int(connection.execute(text(f"SELECT count(*) FROM shows WHERE id < {_AFTER}")).scalar_one())
    new = (
        "INSERT INTO shows (id, name, key, state, evidence, created) SELECT n, 'Made Show ' || n, 'made-' || n,"
        " 'active', '', :begun FROM generate_series(:first, :last) n"
    )
    if there < SHOWS * tail:
        connection.execute(_sql(new), {"begun": NOW - 5 * WEEK, "first": there + 1, "last": SHOWS * tail})
    ends = {
        table.name: int(connection.execute(text(f"SELECT max(id) FROM made_{table.name}")).scalar_one())
        for table in _TABLES
        if "id" in table.columns
    }
    for table in _TABLES:
        connection.execute(text(_multiply(table, ends, start, end - 1, tail)))


def _multiply(table: Table, ends: dict[str, int], first: int, last: int, tail: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(table, column, ends, tail) for column in table.columns)
    series = f"generate_series({first}, {last}) n(k)"
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {series} CROSS JOIN made_{table.name} t"


def _value(table: Table, column: Column[object], ends: dict[str, int], tail: int) -> str:
    """One column of a copied row."""
    name, days = f't."{column.name}"', TEMPLATE / PER_DAY
    if column.name == "show_id" and table.name in _SHOWN:
        return f"{name} + {SHOWS} * least({tail - 1}, floor({_TAIL.format(tail=tail)})::integer)"
    if numbered := _numbered_by(table, column):
        return f"{name} + n.k * {ends[numbered]}"
    if special := _SPECIAL.get((table.name, column.name)):
        return special.format(name, articles=ends["articles"], days=days)
    return f"{name} - n.k * interval '{days} days'" if isinstance(column.type, Time) else name


_SPECIAL = {
    ("articles", "url"): "{0} || '?' || n.k",
    ("articles", "text"): f"substr({{0}}, 1, {_KEPT})",
    ("articles", "sections"): "'[]'::json",
    ("articles", "fingerprint"): "md5(random()::text)",
    ("articles", "story"): "{0} + n.k * {articles}",
    ("versions", "text"): f"substr({{0}}, 1, {_KEPT})",
    ("versions", "sections"): "'[]'::json",
    ("pages", "url"): "{0} || '?' || n.k",
    ("pages", "source"): "{0} || '-' || (n.k % 250)",  # forty outlets for every two thousand articles of a day
    ("signatures", "digest"): "'[1]'::json",
    ("bands", "key"): "((random() - 0.5) * 1.8e19)::bigint",
    ("headline_keys", "key"): "((random() - 0.5) * 1.8e19)::bigint",
    ("leads", "told"): "{0} - (n.k * {days})::integer",
    ("leads", "lead"): "jsonb_set({0}::jsonb, '{{article_id}}', to_jsonb(t.article_id + n.k * {articles}))::json",
    ("claims", "key"): "(t.article_id + n.k * {articles}) || substr({0}, strpos({0}, '|'))",
}


def _grow_readers(connection: Connection, before: int, count: int) -> None:
    """Readers with one to thirty shows, eight on the average; what they were sent, and told, in the last weeks."""
    times = {"now": NOW, "begun": NOW - 5 * WEEK, "told": NOW - WEEK, "first": before + 1, "last": count}
    newest = connection.execute(text(f"SELECT max(id) FROM updates WHERE id < {_AFTER}")).scalar_one()
    connection.execute(
        _sql("INSERT INTO issues (key, trigger, asked_by, why, state, mark, opened_at, period_end) SELECT 'made-' || n,"
             " 'slots', 'schedule', '', 'open', '', :now - n * interval '7 days', :now - n * interval '7 days'"
             f" FROM generate_series(1, {ISSUES}) n ON CONFLICT DO NOTHING"),
        {"now": NOW},
    )  # fmt: skip
    shows = connection.execute(text(f"SELECT max(id) FROM shows WHERE id < {_AFTER}")).scalar_one()
    for statement in _READERS:
        connection.execute(_sql(statement.format(newest=newest, shows=shows)), times)


_OF_ALL = "FROM generate_series(:first, :last) n"
_ISSUES = "JOIN issues i ON i.key LIKE 'made-%'"
_READERS = (
    "INSERT INTO subscribers (id, email, address_key, state, cadence, weekday, hour, zone, least, spoilers, talk,"
    " plain, language, created, confirmed_at, next_slot) SELECT n, 'reader-' || n || '@example.org', 'reader-' || n ||"
    " '@example.org', CASE WHEN n % 20 = 0 THEN 'unsubscribed' ELSE 'active' END, 'weekly', n % 7, n % 24,"
    " (ARRAY['UTC','Europe/Berlin','America/New_York','Asia/Tokyo','Europe/London'])[1 + n % 5],"
    " (ARRAY['rumour','rumour','rumour','official'])[1 + n % 4], n % 10 = 0, n % 10 <> 1, false, 'en', :begun, :begun,"
    f" CASE WHEN n % 20 = 0 THEN NULL ELSE :now + (1 + n % 167) * interval '1 hour' END {_OF_ALL}",
    "INSERT INTO consents (subscriber_id, at, what, origin) SELECT n, :begun, what, 'page'"
    f" {_OF_ALL} CROSS JOIN (VALUES ('asked'), ('confirmed')) w(what)",
    "INSERT INTO follows (subscriber_id, show_id, since, told_until) SELECT DISTINCT n, 1 + floor({shows} *"
    " power(random(), 3))::integer, :begun, CASE WHEN n % 50 = 0 THEN NULL ELSE :told END"
    f" {_OF_ALL} CROSS JOIN LATERAL generate_series(1, 1 + floor({FOLLOWS} * power(((n * 31) % 97) / 97.0, 3))"
    "::integer) f",
    "INSERT INTO told (subscriber_id, update_id, delivery_id) SELECT DISTINCT n, 1 + floor({newest} * random())"
    f"::integer, n {_OF_ALL} CROSS JOIN LATERAL generate_series(1, {TOLD} + n % 2) u",
    "INSERT INTO deliveries (issue_id, subscriber_id, state, attempts, message_id, reply, doubts, changed_at)"
    " SELECT i.id, n, (ARRAY['sent','sent','sent','sent','skipped','failed'])[1 + n % 6], 1, '<' || n || '@made>',"
    f" '250 taken', 0, i.opened_at {_OF_ALL} {_ISSUES}",
    "INSERT INTO slots (subscriber_id, period, due, outcome, issue_id) SELECT n, to_char(i.opened_at, 'IYYY-\"W\"IW'),"
    f" i.opened_at, 'opened', i.id {_OF_ALL} {_ISSUES}",
    "INSERT INTO archive (delivery_id, page, kind, at, items) SELECT d.id, decode(repeat('46', 400), 'hex'), 'html',"
    " d.changed_at, '[]'::json FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE i.key = 'made-1' AND"
    " d.subscriber_id BETWEEN :first AND :last",
)


def set_due(store: Store, count: int) -> None:
    """It is the turn of `DUE` readers, spread over all, who have had none this week; what was opened before is gone."""
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM issues WHERE key NOT LIKE 'made-%'"))
        connection.execute(text("DELETE FROM slots WHERE due > :now - interval '1 day'"), {"now": NOW})
        due = (
            "UPDATE subscribers SET next_slot = :now - interval '10 minutes' WHERE state = 'active' AND id % :every = 1"
        )
        connection.execute(_sql(due), {"now": NOW, "every": max(1, count // DUE)})
        connection.execute(text("ANALYZE subscribers"))


def _drop_indexes(connection: Connection) -> list[str]:
    """Drops indexes of the heaviest tables; gives the statements that make them again."""
    again: list[str] = []
    for table in _HEAVY:
        unique = connection.execute(
            text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:of AS regclass)"
                 " AND contype = 'u'"), {"of": table},
        ).all()  # fmt: skip
        for name, definition in unique:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        rest = connection.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :of AND indexname NOT LIKE 'pk_%'"),
            {"of": table},
        ).all()
        for name, definition in rest:
            connection.execute(text(f"DROP INDEX {name}"))
            again.append(definition)
    return again


def _sql(statement: str) -> TextClause:
    """A statement whose parameters have types, which the engine cannot guess in expressions."""
    types: dict[str, TypeEngine[Any]] = {
        "now": Time(),
        "begun": Time(),
        "told": Time(),
        "first": Integer(),
        "last": Integer(),
    }
    names = [name for name in types if re.search(rf":{name}\b", statement)]
    return text(statement).bindparams(*(bindparam(name, type_=types[name]) for name in names))


def big_tables(connection: Connection) -> set[str]:
    """Tables with so many rows that nothing should read them from end to end."""
    found = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 5000 AND relname NOT LIKE 'made_%'")
    return set(connection.execute(found).scalars()) & set(schema.metadata.tables) - _READ_WHOLE
