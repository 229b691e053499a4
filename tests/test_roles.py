"""Least rights in a real PostgreSQL: the whole service under the role that may only read and write rows."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from crawler.items import to_json
from scaled.servers import postgres_binaries
from tests.factories import NOW, make_article, make_page
from worker import tasks
from worker.bounces import tend_bounces
from worker.config import Settings
from worker.digest.issue import Request, open_for_request
from worker.errors import StoreError, WatercoolerError
from worker.privacy import erase
from worker.services import open_services
from worker.store import open_store
from worker.store.schema import metadata
from worker.subscribers import add_subscriber, follow

ROLES = Path(__file__).resolve().parents[1] / "ops" / "postgres" / "roles.sh"
FORBIDDEN = ("42501", "25006")  # insufficient privilege, read-only transaction
ANN = "ann@example.org"
NEWS = "The network has renewed Harbour Lights for season 2, an insider says."


@dataclass
class Database:
    """A database with our roles."""

    superuser: str
    environment: dict[str, str]

    def url(self, role: str) -> str:
        return make_url(self.superuser).set(username=role).render_as_string()

    def engine(self, role: str) -> Engine:
        return create_engine(self.url(role), isolation_level="AUTOCOMMIT")

    def set_up(self, **passwords: str) -> None:
        """Runs the script as the image of PostgreSQL does."""
        environment = {**self.environment, **passwords}
        done = subprocess.run(["sh", ROLES], env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr

    def ask(self, role: str, query: str) -> list[tuple[object, ...]]:
        engine = self.engine(role)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return rows

    def refuses(self, role: str, statement: str) -> bool:
        """Is this forbidden to the role?"""
        engine = self.engine(role)
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        except DBAPIError as error:
            return getattr(error.orig, "sqlstate", "") in FORBIDDEN
        finally:
            engine.dispose()
        return False


@pytest.fixture(scope="module")
def database(postgres: str) -> Database:
    url = make_url(postgres.format("roles_of_ours"))
    admin = create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE roles_of_ours"))
    admin.dispose()
    binaries = postgres_binaries()
    assert binaries is not None
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PGHOST": str(url.query["host"]),
        "PGPORT": str(url.query.get("port", "5432")),
        "POSTGRES_USER": str(url.username),
        "POSTGRES_DB": "roles_of_ours",
        "LC_ALL": "C.UTF-8",
    }
    found = Database(url.render_as_string(), environment)
    found.set_up()
    return found


@pytest.fixture(scope="module")
def ready(database: Database) -> Database:
    """With tables, made by their owner; and the script run again, as after an upgrade."""
    open_store(database.url("watercooler_owner")).close()
    database.set_up()
    return database


def test_who_may_not_migrate_is_told_who_does(database: Database) -> None:
    with pytest.raises(StoreError, match="watercooler migrate"):
        open_store(database.url("watercooler_app"))


def test_the_service_works_under_the_role_of_the_application(
    ready: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", ready.url("watercooler_app"))
    monkeypatch.setenv("WATERCOOLER_BOUNCES", f"maildir:{tmp_path / 'back'}")
    for name in ("new", "cur"):
        (tmp_path / "back" / name).mkdir(parents=True)
    kit = tasks.Kit(open_services(Settings.from_env()))
    with kit.store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        ann, _ = add_subscriber(tx, ANN, zone="UTC", confirmed=True, now=NOW)
        follow(tx, ann, show, NOW - timedelta(days=1))
        ids = tx.sources.receive([[to_json(make_article(NEWS)), to_json(make_page())]], NOW)
    tasks.dispatch(kit, tasks.ingest, ids, NOW.isoformat())
    later = NOW + timedelta(hours=1)
    issue, _ = open_for_request(kit.store, Request(asked_by="test"), later)
    assert tasks.send(kit, issue.id, later) == {"sent": 1}
    tend_bounces(kit.store, kit.settings.bounce_folder, kit.services.return_paths, later)
    with kit.store.begin() as tx:
        assert tx.articles.count() == 1
        tx.archive.forget(later + timedelta(days=365), 10)
    proof = erase(kit.store, ANN, kit.settings.keys, later)
    assert proof.removed["subscribers"] == 1
    kit.services.close()


def test_erasing_under_a_role_that_may_not_rewrite_tables_says_so(ready: Database) -> None:
    store = open_store(ready.url("watercooler_app"))
    with store.begin() as tx:
        add_subscriber(tx, "bob@example.org", zone="UTC", confirmed=True, now=NOW)
    admin = ready.engine(str(make_url(ready.superuser).username))
    with admin.connect() as connection:
        connection.execute(text("REVOKE MAINTAIN ON subscribers FROM watercooler_app"))
    try:
        with pytest.raises(StoreError, match="as the owner"):
            erase(store, "bob@example.org", ["secret"], NOW)
    finally:
        ready.set_up()
        admin.dispose()
        store.close()


def test_the_application_reads_and_writes_all_rows_and_changes_no_table(ready: Database) -> None:
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    names = ", ".join(f"('{table.name}')" for table in metadata.sorted_tables)
    asked = ", ".join(f"has_table_privilege(name, '{right}')" for right in rights)
    for name, *held in ready.ask("watercooler_app", f"SELECT name, {asked} FROM (VALUES {names}) AS all_of (name)"):
        assert held == [True, True, True, True, False, False, False], name
    for statement in (
        "DROP TABLE subscribers",
        "ALTER TABLE subscribers ADD COLUMN more TEXT",
        "TRUNCATE consents",
        "CREATE TABLE mine (id INT)",
        "CREATE TEMP TABLE mine (id INT)",
        "CREATE SCHEMA mine",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE ROLE mine",
        "SET ROLE watercooler_owner",
    ):
        assert ready.refuses("watercooler_app", statement), statement


def test_dashboards_see_figures_and_nobody(ready: Database) -> None:
    reader = "watercooler_reader"
    assert ready.ask(reader, "SELECT state, count(*) FROM subscribers GROUP BY state") is not None
    assert ready.ask(reader, "SELECT source, max(at) FROM crawls GROUP BY source") == []
    for what in (
        "email FROM subscribers",
        "address_key FROM subscribers",
        "* FROM subscribers",
        "address FROM suppressions",
        "text FROM bounces",
        "reply FROM deliveries",
        "recipient FROM outbox",
        "message FROM outbox",
        "page FROM archive",
        "items FROM archive",
        "content FROM fragments",
        "mark FROM erased",
        "text FROM articles",
        "author FROM comments",
        "said FROM proposals",
        "body FROM failures",
        "asked_by FROM issues",
        "why FROM issues",
        "reason FROM issues",
    ):
        assert ready.refuses(reader, f"SELECT {what}"), what
    assert ready.refuses(reader, "DELETE FROM sources")
    assert ready.refuses(reader, "CREATE TABLE mine (id INT)")


def test_of_texts_the_reader_sees_only_those_that_are_named(ready: Database) -> None:
    """What a later step adds is hidden until somebody names it."""
    seen = ready.ask(
        "watercooler_reader",
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('text', 'character varying', 'bytea', 'json', 'jsonb') "
        "AND has_column_privilege(table_name, column_name, 'SELECT')",
    )
    named = (ROLES.parent / "roles.sql").read_text()
    known = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert seen
    for (column,) in seen:
        assert f"'{column}'" in named
        assert column in known


def test_passwords_come_from_the_environment_or_from_files(ready: Database, tmp_path: Path) -> None:
    (tmp_path / "reader").write_text("it's \\ a $word\n")
    ready.set_up(WATERCOOLER_APP_PASSWORD="p'w; DROP", WATERCOOLER_READER_PASSWORD_FILE=str(tmp_path / "reader"))
    ask = "SELECT rolname FROM pg_authid WHERE rolname LIKE 'watercooler\\_%' AND rolpassword LIKE 'SCRAM%' ORDER BY 1"
    admin = create_engine(ready.superuser)
    with admin.connect() as connection:
        assert list(connection.scalars(text(ask))) == ["watercooler_app", "watercooler_reader"]
    admin.dispose()


def test_what_the_superuser_migrates_the_application_can_use_too(ready: Database) -> None:
    admin = create_engine(ready.superuser, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE TABLE later (id SERIAL PRIMARY KEY, note TEXT)"))
        try:
            ready.ask("watercooler_app", "INSERT INTO later (note) VALUES ('x') RETURNING id")
        finally:
            connection.execute(text("DROP TABLE later"))
    admin.dispose()


def test_tables_of_an_older_installation_get_their_owner(ready: Database) -> None:
    admin = create_engine(ready.superuser, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER TABLE halts OWNER TO CURRENT_USER"))
        ready.set_up()
        owners = set(connection.scalars(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")))
    admin.dispose()
    assert owners == {"watercooler_owner"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ann:s3cret:word@127.0.0.1:1/db",
        "postgresql+psycopg://ann:s3cret@host:s3cret/db",
        "postgresql+psycopg://ann:12/s3cret@127.0.0.1:1/db",
        "postgresql+psycopg://ann:s3cret@[::1/db",
        "postgresql+psycopg://ann@127.0.0.1:1/db?password=s3cret",
        "mysql://ann:s3cret@127.0.0.1/db",
        "s3cret",
    ],
)
def test_no_fault_of_the_databases_url_shows_its_password(url: str) -> None:
    with pytest.raises(WatercoolerError) as caught:
        open_store(url)
    assert "s3cret" not in str(caught.value)
    assert "database" in str(caught.value).lower()
