"""Backups: the same rows on either engine, of one moment, or a clear no."""

from __future__ import annotations

import email
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Interval,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
    text,
    update,
)

from tests.filler import Rows, content, fill, new_database
from worker import tasks
from worker.backup import restore, write_backup
from worker.backup_file import Manifest, Reader
from worker.config import Settings
from worker.demo import story
from worker.demo.outlets import NOW as WEEKS
from worker.demo.outlets import Outlets
from worker.digest.issue import Request, open_for_request
from worker.errors import ConflictError, StoreError
from worker.services import open_services
from worker.store import Store, schema
from worker.store.engine import open_engine
from worker.store.migrate import HEAD, LOCK, migrate, revision, upgrade
from worker.store.rows import Tally, our_tables, read_lines, shape_of, write_lines

NOW = datetime(2027, 3, 5, 8, tzinfo=UTC)

Make = Callable[[str], Engine]


def quiet(_: str) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def make(postgres: str, tmp_path: Path) -> Iterator[Make]:
    """Gives new databases, with nothing in them, on the engine that is named."""
    made: list[Engine] = []

    def one(kind: str) -> Engine:
        made.append(open_engine(new_database(postgres if kind == "postgresql" else "", tmp_path)))
        return made[-1]

    yield one
    for engine in made:
        engine.dispose()


def filled(engine: Engine, at: str = HEAD) -> Rows:
    with engine.begin() as connection:
        upgrade(connection, at)
        return fill(connection)


def backup(engine: Engine) -> io.BytesIO:
    file = io.BytesIO()
    write_backup(engine, file, Settings.from_env(), NOW, quiet)
    return file


def put_back(engine: Engine, file: io.BytesIO) -> Manifest:
    reader = Reader(io.BytesIO(file.getvalue()), "my.zip")
    restore(engine, reader, lambda: None, quiet)
    return reader.manifest


def all_of(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {name: sorted(rows, key=repr) for name, rows in content(connection).items()}


def digests(file: io.BytesIO) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.digest) for table in Reader(file, "my.zip").manifest.tables}


def assert_new(engine: Engine) -> None:
    assert revision(engine) is None
    assert all_of(engine) == {}


class TestRoundTrip:
    def test_every_row_of_every_table_is_the_same(self, make: Make) -> None:
        first, second, third = make("sqlite"), make("postgresql"), make("sqlite")
        filled(first)
        migrate(third)  # tables that are there and empty are filled
        file = backup(first)
        manifest = put_back(second, file)
        again = backup(second)
        put_back(third, again)
        assert {table.name for table in manifest.tables} == set(schema.metadata.tables)
        assert all(table.rows == 3 for table in manifest.tables)
        assert digests(file) == digests(again)
        assert all_of(first) == all_of(second) == all_of(third)
        assert revision(second) == HEAD
        assert add_show(second) == 4

    @pytest.mark.parametrize(
        ("at", "one", "other"), [("0001", "sqlite", "postgresql"), ("0011", "postgresql", "sqlite")]
    )
    def test_of_an_older_schema(self, make: Make, at: str, one: str, other: str) -> None:
        first, second = make(one), make(other)
        filled(first, at)
        migrate(second)  # empty tables of the newest schema are in the way of nothing
        assert put_back(second, backup(first)).schema == at == revision(first)
        migrate(first)
        assert all_of(first) == all_of(second)
        with second.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []

    def test_new_rows_are_numbered_after_those_that_were_ever_there(self, make: Make) -> None:
        first, second, third = make("postgresql"), make("postgresql"), make("postgresql")
        with first.begin() as connection:
            upgrade(connection)
        for _ in range(4):
            add_show(first)
        with first.begin() as connection:
            connection.execute(delete(schema.shows).where(schema.shows.c.id > 2))
        put_back(second, backup(first))
        put_back(third, backup(second))
        assert (add_show(second), add_show(third), add_show(third)) == (5, 5, 6)

    def test_both_engines_call_every_column_the_same(self, make: Make) -> None:
        shapes = []
        for kind in ("sqlite", "postgresql"):
            with make(kind).begin() as connection:
                upgrade(connection)
                shapes.append(sorted((shape_of(table) for table in our_tables(connection)), key=lambda s: s.name))
        assert shapes[0] == shapes[1]
        assert [shape.name for shape in shapes[0]] == sorted(schema.metadata.tables)

    def test_a_type_that_no_kind_is_known_for_is_told(self) -> None:
        table = Table("spans", MetaData(), Column("long", Interval))
        assert not isinstance(Interval(), Text)
        with pytest.raises(StoreError, match=r"spans\.long: a column of type"):
            shape_of(table)


def add_show(engine: Engine) -> int:
    with Store(engine).begin() as tx:
        return tx.shows.add(f"Show {uuid4()}", now=NOW).id


def test_the_story_goes_on_after_a_move(make: Make, tmp_path: Path) -> None:
    """Digest 1 on SQLite, digest 2 there and on PostgreSQL: it says the same; and nobody is told anything twice."""
    moved = make("postgresql")
    with Outlets() as sites:
        sites.write_sources(tmp_path / "sources")
        settings = story.settings(tmp_path, sites.hosts)
        here = tasks.Kit(open_services(settings))
        url = moved.url.render_as_string(hide_password=False)
        there = tasks.Kit(open_services(settings.model_copy(update={"database_url": url})))
        story.prepare(here, WEEKS[0])
        for week in (1, 2):
            sites.week(week)
            tasks.read(here, story.outlets(here), WEEKS[week - 1])
            if week == 1:
                assert len(sent(here, WEEKS[0])) == 1
    put_back(moved, backup(here.store.engine))
    digests = [sent(kit, WEEKS[1]) for kit in (here, there)]
    assert digests[0] == digests[1] != []
    assert [sent(kit, WEEKS[1] + timedelta(hours=1)) for kit in (here, there)] == [[], []]
    for kit in (here, there):
        kit.services.close()


def sent(kit: tasks.Kit, now: datetime) -> list[tuple[str, ...]]:
    """What the mails say that go out when a digest is asked for."""
    outbox = kit.services.settings.folder / "outbox" / "new"
    before = set(outbox.glob("*"))
    issue, _ = open_for_request(kit.store, Request(asked_by="test"), now)
    tasks.send(kit, issue.id, now)
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in {*outbox.glob("*")} - before
    ]
    return [(str(mail["Subject"]), *(str(mail.get_body((kind,))) for kind in ("plain", "html"))) for mail in mails]


class TestOneMoment:
    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_what_is_done_meanwhile_waits_for_nothing_and_is_not_in_it(self, make: Make, kind: str) -> None:
        engine = make(kind)
        before = filled(engine)
        seen: list[str] = []

        def work(table: str) -> None:
            with engine.begin() as connection:
                connection.execute(delete(schema.claims))
                connection.execute(update(schema.subscribers).values(hour=23))
                if kind == "postgresql":  # just who changes the tables has to wait
                    assert not connection.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar_one()
            seen.append(table)

        file = io.BytesIO()
        write_backup(engine, file, Settings.from_env(), NOW, work)
        assert len(seen) == len(before)
        second = make("sqlite")
        put_back(second, file)
        after = all_of(second)
        assert len(after["claims"]) == len(before["claims"])
        assert {row["hour"] for row in after["subscribers"]} == {row["hour"] for row in before["subscribers"]} != {23}

    def test_nothing_to_keep(self, make: Make, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="nothing to back up"):
            backup(make("postgresql"))
        with pytest.raises(StoreError, match="nothing to back up"):
            backup(open_engine(f"sqlite:///{tmp_path / 'none.db'}"))
        assert not (tmp_path / "none.db").exists()


TIMES = st.integers(-(10**16), 10**16).map(lambda number: NOW + timedelta(microseconds=number))
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
).map(lambda inner: [inner])
ROW = st.fixed_dictionaries(
    {
        "truth": st.none() | st.booleans(),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "share": st.none() | st.floats(allow_nan=False),
        "at": st.none() | TIMES,
        "day": st.none() | st.dates(date(1, 1, 1)),
        "facts": JSONS,
        "raw": st.none() | st.binary(),
        "words": st.none() | WORDS,
    }
)
KINDS = Table(
    "kinds",
    MetaData(),
    Column("truth", Boolean),
    Column("number", BigInteger),
    Column("share", Float),
    Column("at", schema.Time),
    Column("day", Date),
    Column("facts", JSON),
    Column("raw", LargeBinary),
    Column("words", Text),
)


Side = tuple[Connection, Table]


@pytest.fixture
def pair(make: Make) -> Iterator[tuple[Side, Side]]:
    """A table with a column of each kind, on both engines, as these see it."""
    with make("sqlite").connect() as one, make("postgresql").connect() as other:
        for connection in (one, other):
            KINDS.create(connection)
        yield (one, reflected(one)), (other, reflected(other))


def reflected(connection: Connection) -> Table:
    return Table("kinds", MetaData(), autoload_with=connection)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=4))
def test_any_value_is_the_same_on_the_other_engine(pair: tuple[Side, Side], rows: list[dict[str, Any]]) -> None:
    (one, here), (other, away) = pair
    for connection in (one, other):
        connection.execute(delete(KINDS))
    one.execute(KINDS.insert(), rows)
    there = list(read_lines(one, here))
    write_lines(other, shape_of(away), there)
    assert tallied(list(read_lines(other, away))).digest == tallied(there).digest
    got = [dict(row._mapping) for row in other.execute(select(KINDS))]
    assert sorted(map(repr, got)) == sorted(repr(without_nul(row)) for row in rows)


def without_nul(row: dict[str, Any]) -> dict[str, Any]:
    """A row as PostgreSQL can have it, its columns in the table's order."""
    words = row["words"]
    return {
        c.name: words.replace("\x00", "\ufffd") if words and c.name == "words" else row[c.name] for c in KINDS.columns
    }


def tallied(lines: list[str]) -> Tally:
    tally = Tally()
    for line in lines:
        tally.add(line)
    return tally


@pytest.fixture
def whole(make: Make) -> io.BytesIO:
    """A good backup."""
    engine = make("sqlite")
    filled(engine)
    return backup(engine)


def changed(file: io.BytesIO, **members: Callable[[str], str | None]) -> io.BytesIO:
    """The same archive, some members of which are changed, or gone; `manifest` is manifest.json, others are tables."""
    paths = {"manifest.json" if name == "manifest" else f"tables/{name}.jsonl": f for name, f in members.items()}
    new = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            found = old.read(name).decode()
            if (text := paths[name](found) if name in paths else found) is not None:
                archive.writestr(name, text)
    return new


def saying(**values: object) -> Callable[[str], str]:
    """Makes the manifest say something else."""
    return lambda text: json.dumps({**json.loads(text), **values})


def without_turns(text: str) -> str:
    """A manifest that lacks a table."""
    manifest = json.loads(text)
    return json.dumps({**manifest, "tables": [table for table in manifest["tables"] if table["name"] != "turns"]})


def with_digests(file: io.BytesIO) -> io.BytesIO:
    """A manifest that fits the rows whatever they are: somebody meant it so."""
    with zipfile.ZipFile(file) as archive:
        tables = json.loads(archive.read("manifest.json"))["tables"]
        for table in tables:
            tally = tallied(archive.read(f"tables/{table['name']}.jsonl").decode().split("\n")[:-1])
            table |= {"rows": tally.rows, "digest": tally.digest}
    return changed(file, manifest=saying(tables=tables))


def first_gone(text: str) -> str:
    return text[text.index("\n") + 1 :]


class TestRefused:
    def test_a_database_that_is_not_empty(self, make: Make, whole: io.BytesIO) -> None:
        for kind in ("sqlite", "postgresql"):
            engine = make(kind)
            migrate(engine)
            add_show(engine)
            before = all_of(engine)
            with pytest.raises(ConflictError, match=r"not empty: there are rows in shows; name a new one"):
                put_back(engine, whole)
            assert all_of(engine) == before

    def test_what_is_no_good_backup_leaves_nothing(self, make: Make, whole: io.BytesIO) -> None:
        spoilt = [
            (io.BytesIO(whole.getvalue()[:-9]), r"my\.zip is no backup.*its end is missing"),
            (io.BytesIO(b"no backup but a text"), r"my\.zip is no backup.*no ZIP file"),
            (changed(whole, manifest=lambda _: None), "no backup of Watercooler: there is no manifest"),
            (changed(whole, manifest=saying(format="x")), "no backup of Watercooler: its manifest"),
            (changed(whole, manifest=saying(version=2)), "in format 2, this program knows 1"),
            (changed(whole, manifest=saying(schema="9999")), f"schema 9999, this program knows {HEAD}"),
            (changed(whole, manifest=saying(schema="0000")), "no schema 0000"),
            (changed(whole, manifest=saying(tables=3)), "is damaged"),
            (changed(whole, manifest=lambda text: text[:99]), "is damaged"),
            (changed(whole, manifest=without_turns), "turns: not the tables of schema"),
            (changed(whole, claims=lambda _: None), r"is damaged.*claims"),
            (changed(whole, claims=first_gone), "claims has 2 rows and should have 3"),
            (changed(whole, claims=lambda text: text.replace("갱신", "x", 1)), "rows of claims are not those"),
            (
                with_digests(changed(whole, claims=lambda text: text.replace('"id":', '"no":'))),
                "a row of claims cannot",
            ),
            (with_digests(changed(whole, claims=lambda _: "[]\n")), "a row of claims cannot be read"),
            (with_digests(changed(whole, shows=first_gone)), "points to one of shows that is not there"),
        ]
        engine = make("sqlite")
        for file, reason in spoilt:
            with pytest.raises(StoreError, match=reason):
                put_back(engine, file)
            assert revision(engine) is None
        put_back(engine, whole)

    def test_on_postgresql_nothing_is_left_either_and_the_next_one_goes_well(
        self, make: Make, whole: io.BytesIO
    ) -> None:
        engine = make("postgresql")
        orphans = with_digests(changed(whole, shows=first_gone))
        with pytest.raises(StoreError, match=r"my\.zip cannot be restored: .*foreign key.*nothing was kept"):
            put_back(engine, orphans)
        large = with_digests(changed(whole, articles=lambda text: text.replace('"version":2', f'"version":{2**40}')))
        with pytest.raises(StoreError, match=r"my\.zip cannot be restored: .*out of range.*nothing was kept"):
            put_back(engine, large)
        assert revision(engine) is None
        put_back(engine, whole)

    def test_what_cannot_be_finished_is_not_kept(self, make: Make, whole: io.BytesIO) -> None:
        def fail() -> None:
            raise OSError("the disk is full")

        engine = make("sqlite")
        with pytest.raises(OSError, match="full"):
            restore(engine, Reader(whole, "my.zip"), fail, quiet)
        assert revision(engine) is None
        assert all_of(engine) == {}

    def test_a_role_that_may_not_make_tables(self, make: Make, whole: io.BytesIO) -> None:
        engine = make("postgresql")
        role = f"r{uuid4().hex}"
        with engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        theirs = open_engine(engine.url.set(username=role).render_as_string(hide_password=False))
        with pytest.raises(StoreError, match="permission denied.*nothing was kept; call as the owner of the tables"):
            put_back(theirs, whole)
        theirs.dispose()

    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_a_bit_that_fell_over_is_seen_or_means_nothing(self, whole: io.BytesIO, place: float, bit: int) -> None:
        spoilt = bytearray(whole.getvalue())
        spoilt[int(place * len(spoilt))] ^= 1 << bit
        try:
            found = Reader(io.BytesIO(spoilt), "my.zip")
            found.check(quiet)
        except StoreError:
            return
        assert found.manifest == Reader(whole, "my.zip").manifest
