"""What many tests use: real stores on both engines, settings in a folder of their own, the replayed sites."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from scaled.servers import Postgres, postgres_binaries
from worker.config import PREFIX, Settings
from worker.store import Store, open_store

if TYPE_CHECKING:
    from worker.tasks import Kit

SITES = Path(__file__).resolve().parents[2] / "shared" / "sites"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings, or the `.env`, of who runs it."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL from a wheel, on a unix socket, without root's help or a port."""
    if postgres_binaries() is None:
        pytest.skip("no PostgreSQL for this platform")
    with Postgres(port=None) as server:
        yield server.url("{}")


# To climb through all migrations takes longer than most tests: each engine does so once, and tests get copies.


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database at the newest schema, with nothing in it."""
    path = tmp_path_factory.mktemp("new") / "new.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def new_database(postgres: str) -> str:
    """The name of a PostgreSQL database at the newest schema, with nothing in it."""
    _create(postgres, "new")
    open_store(postgres.format("new")).close()
    return "new"


def _create(postgres: str, name: str, template: str = "template1") -> None:
    admin = create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path, new_file: Path) -> Iterator[Store]:
    """A new store on SQLite."""
    shutil.copyfile(new_file, tmp_path / "test.db")
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres: str, new_database: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A new store on PostgreSQL, in a database of its own."""
    name = f"t{abs(hash(request.node.nodeid))}"
    _create(postgres, name, new_database)
    store = open_store(postgres.format(name))
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same contract on both engines."""
    found: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return found


@pytest.fixture
def kit(new_file: Path) -> Iterator[Kit]:
    """A whole embedded installation in the test's own folder."""
    from worker.services import open_services
    from worker.tasks import Kit

    settings = Settings.from_env()
    settings.make_folder()
    shutil.copyfile(new_file, settings.folder / "watercooler.db")
    services = open_services(settings)
    kit = Kit(services)
    yield kit
    services.close()


@pytest.fixture(scope="module")
def replay() -> Iterator[object]:
    """The replayed sites, started once a file. Their ports are fixed, so workers take turns."""
    if not (SITES / "replay.py").is_file():
        pytest.skip("the replayed sites are not here")
    sys.path.insert(0, str(SITES))
    from replay import Rig

    with (Path(tempfile.gettempdir()) / "watercooler-replay.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Rig() as rig:
            yield rig
