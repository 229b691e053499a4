"""Steps from every schema that was ever released, with rows in all tables; who runs them, and when nobody may."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from tests.filler import ROWS, Rows, content, fill, new_database
from worker.errors import StoreError
from worker.store import Store, open_store
from worker.store.archive import readable
from worker.store.engine import open_engine
from worker.store.migrate import HEAD, hold, migrate, revision, upgrade
from worker.store.rows import our_tables
from worker.store.schema import metadata

STEPS = Path(__file__).parents[3] / "worker" / "store" / "migrations" / "versions"
REVISIONS = sorted(path.name[:4] for path in STEPS.glob("[0-9]*.py"))

Fresh = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Gives URLs of new databases."""
    server: str = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    return lambda: new_database(server, tmp_path)


@pytest.fixture
def engine(fresh: Fresh) -> Iterator[Engine]:
    """A new database, with nothing in it."""
    engine = open_engine(fresh())
    yield engine
    engine.dispose()


def is_kept(row: dict[str, Any], new: dict[str, Any]) -> bool:
    """Has a row what it had? An archived page is in pieces since 0011."""
    return all(new[name] == value for name, value in row.items() if name != "page")


class TestFromEveryReleasedSchema:
    def test_rows_of_all_of_them_are_kept_and_the_tables_are_the_newest(self, engine: Engine) -> None:
        given: list[tuple[str, Rows]] = []
        for step in REVISIONS:  # each step meets rows of all programs so far
            with engine.begin() as connection:
                upgrade(connection, step)
                given.append((step, fill(connection, first=1 + len(given) * ROWS)))
                assert {t.name for t in our_tables(connection)} == set(given[-1][1]), "a backup has to know them all"
        with engine.connect() as connection:
            after = content(connection)
            pages = sorted(readable(connection, row["page"]) for row in after["archive"] if row["page"][:1] == b"L")
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        for step, tables in given:
            for name, rows in tables.items():
                assert [row for row in rows if not any(is_kept(row, new) for new in after[name])] == [], (step, name)
        old = [row for step, tables in given if step < "0011" for row in tables.get("archive", [])]
        assert pages == sorted(zlib.decompress(row["page"]).decode() for row in old) != []

    def test_one_call_runs_all_the_steps(self, engine: Engine) -> None:
        with engine.begin() as connection:
            upgrade(connection, REVISIONS[0])
            given = fill(connection)
        assert migrate(engine) == REVISIONS[0]
        assert migrate(engine) == HEAD == revision(engine)
        with engine.connect() as connection:
            after = content(connection)
        assert {name: len(rows) for name, rows in given.items()} == {name: len(after[name]) for name in given}


class TestManyAtOnce:
    @pytest.mark.parametrize("start", ["", "0009"])
    def test_one_changes_the_tables_and_the_others_wait(self, fresh: Fresh, start: str) -> None:
        url = fresh()
        if start:
            with open_engine(url).begin() as connection:
                upgrade(connection, start)
                fill(connection)
        together = threading.Barrier(6)

        def come(_: int) -> str | None:
            together.wait(10)
            store = open_store(url)
            found = revision(store.engine)
            store.close()
            return found

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(come, range(6))) == [HEAD] * 6

    def test_who_waited_finds_the_work_done(self, fresh: Fresh) -> None:
        url = fresh()
        engine, late = open_engine(url), ThreadPoolExecutor(1)
        with engine.begin() as connection:
            hold(connection)
            waiting = late.submit(migrate, open_engine(url))
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
            upgrade(connection, "0010")
        assert waiting.result(20) == "0010"
        assert revision(engine) == HEAD
        late.shutdown()


class TestRefused:
    def test_a_role_without_rights_is_told_who_has_to_call(self, postgres: str, tmp_path: Path) -> None:
        url = new_database(postgres, tmp_path)
        role, engine = f"r{abs(hash(url))}", open_engine(url)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        theirs = url.replace("watercooler@", f"{role}@")
        with pytest.raises(StoreError, match=f"has no tables.*{HEAD} is wanted.*`watercooler migrate` as the owner"):
            open_store(theirs)
        with engine.begin() as connection:
            upgrade(connection, "0011")
            connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"))
        with pytest.raises(StoreError, match=f"at schema 0011, {HEAD} is wanted.*`watercooler migrate` as the owner"):
            open_store(theirs)
        migrate(engine)
        engine.dispose()
        open_store(theirs).close()

    def test_a_database_that_takes_no_changes_is_one_clear_line(self, fresh: Fresh) -> None:
        url = fresh()
        engine = open_engine(url)
        with engine.begin() as connection:
            upgrade(connection, "0011")
        engine.dispose()
        if url.startswith("sqlite"):
            closed = url.replace("///", "///file:") + "?mode=ro&uri=true"
        else:
            closed = f"{url}&options=-c%20default_transaction_read_only%3Don"
        with pytest.raises(StoreError, match=f"at schema 0011, {HEAD} is wanted.*read-?only.*as the owner"):
            open_store(closed)

    def test_tables_of_somebody_else_are_left_alone(self, fresh: Fresh) -> None:
        url = fresh()
        with open_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE articles (id INTEGER)"))
        with pytest.raises(StoreError, match=r"tables named articles that Watercooler did not make.*empty database"):
            open_store(url)
        with open_engine(url).connect() as connection:
            assert set(content(connection)) == {"articles"}

    def test_tables_with_other_names_are_no_hindrance(self, fresh: Fresh) -> None:
        url = fresh()
        with open_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
        open_store(url).close()

    def test_the_steps_of_another_program_are_told_apart_from_newer_ones(self, fresh: Fresh) -> None:
        url = fresh()
        with open_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('a1b2c3d4e5f6')"))
        with pytest.raises(StoreError, match=r"another program's.*'a1b2c3d4e5f6'.*one of its own"):
            open_store(url)


def test_an_old_worker_sees_that_the_tables_are_newer(store: Store) -> None:
    assert store.outdated() == ""
    with store.begin() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9998'"))
    assert f"schema 9998, this program knows {HEAD}" in store.outdated()
    with store.begin() as tx:  # a step back, by hand: the tables are not newer than the program
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert store.outdated() == ""
