"""Mail workers as processes of their own: killed with SIGKILL while they send, and all started at the same moment.

The long form is `python -m evaluation.drill`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from evaluation.drill import Copy, ServerLog, disagreements, make_readers
from tests.factories import NOW
from tests.faulty_smtp import Faults, FaultyServer, serving
from worker.config import PREFIX
from worker.digest.issue import Request, open_for_request
from worker.models import Delivery
from worker.store import Store
from worker.tasks import Kit

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 4  # of each worker
MINUTE = timedelta(minutes=1)
PATIENCE = 60  # seconds
_COMMAND = "import sys; from worker.cli import main; sys.exit(main())"
# A scheduler ticks; a worker sends what is there as soon as anything is. Both begin when they are told.
_AT_ONCE = """
import sys, time
from crawler.items import parse_time
from worker import tasks
from worker.config import Settings
from worker.services import open_services

role, now = sys.argv[1:]
services = open_services(Settings.from_env())
services.__dict__["sources"] = {}  # nothing is read here
kit = tasks.Kit(services)
kit.sender
print("ready", flush=True)
sys.stdin.readline()
if role == "scheduler":
    tasks.tick(kit, now)
while True:
    with kit.store.begin() as tx:
        if tx.deliveries.state_counts():
            break
    time.sleep(0.01)
while kit.sender.deliver_some(parse_time(now)):
    pass
services.close()
"""


class Crew:
    """Processes that know one installation, each started as of some minutes after NOW: then old leases have ended."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._log = (folder / "workers.log").open("ab")
        self._settings = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
        self.started: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def start(self, server: FaultyServer, minutes: int, *command: str) -> subprocess.Popen[bytes]:
        now = f"{NOW + minutes * MINUTE:%Y-%m-%dT%H:%M}"
        return self.run(server, "-c", _COMMAND, "--now", now, *(command or ("deliver", "--drain")))

    def run(self, server: FaultyServer, *arguments: str) -> subprocess.Popen[bytes]:
        mail = {f"{PREFIX}MAIL_URL": f"smtp://127.0.0.1:{server.port}", f"{PREFIX}MAIL_CONNECTIONS": str(CONNECTIONS)}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), f"{PREFIX}RETRY_SCHEDULE": "1s", **mail, **self._settings}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
        process = subprocess.Popen([sys.executable, *arguments], env=environment, **pipes)
        self.started.append(process)
        return process

    def kill(self) -> None:
        """SIGKILL for all that run."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait(PATIENCE)
                self.killed += 1

    def wait(self) -> None:
        for process in self.started:
            assert process.wait(PATIENCE) == 0 or process.returncode == -9

    def close(self) -> None:
        self.kill()
        for process in self.started:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
        self._log.close()


@contextmanager
def crew(folder: Path, **settings: str) -> Iterator[Crew]:
    found = Crew(folder, **settings)
    try:
        yield found
    finally:
        found.close()


def wait_until(happened: Callable[[], bool], crew: Crew) -> None:
    """Looks now and then: what happens in other processes calls nobody."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it does not happen"
        assert any(process.poll() is None for process in crew.started), "the workers have ended"
        time.sleep(0.002)


def deliveries(store: Store) -> list[Delivery]:
    with store.begin() as tx:
        return tx.deliveries.of_issue(1)


def log_of(*servers: FaultyServer) -> ServerLog:
    """What these servers took and refused, one after the other."""
    taken: dict[str, list[Copy]] = {}
    for one in [one for server in servers for one in server.taken]:
        taken.setdefault(one.rcpt, []).append(Copy(one.message_id, one.sha256, one.outcome))
    return ServerLog(taken, sum((server.unknown for server in servers), Counter()))


def check(store: Store, log: ServerLog, readers: Sequence[str], most_copies: int) -> None:
    """Nothing lost, no stranger, every copy the same to the byte and not one too many, and we know all of it."""
    there = {address for address in readers if "@bad." not in address}
    found = deliveries(store)
    assert log.taken.keys() == there
    assert [
        address for address, copies in log.taken.items() if len({(c.message_id, c.sha256) for c in copies}) > 1
    ] == []
    assert len({copies[0].message_id for copies in log.taken.values()}) == len(there), "each mail has a name of its own"
    assert sum(len(copies) - 1 for copies in log.taken.values()) <= most_copies
    assert log.refused.keys() == set(readers) - there
    # Who was killed after a refusal, and before it was written down, cannot know of it.
    doubts = {one.email: one.doubts for one in found}
    assert [address for address, times in log.refused.items() if times - 1 > doubts[address]] == []
    assert disagreements(found, log) == []


def test_killed_in_the_midst_again_and_again_nothing_is_lost_and_nothing_doubled_without_need(
    kit: Kit, tmp_path: Path
) -> None:
    readers = make_readers(kit, 150, NOW)
    open_for_request(kit.store, Request(), NOW)
    faults = Faults(tempfail=0.06, close=0.02, drop_before=0.02, drop_after=0.02, bad="@bad[.]")
    with serving(faults) as server, crew(tmp_path) as workers:
        for number, enough in enumerate((30, 65, 100)):
            for _ in range(2):
                workers.start(server, number)
            wait_until(lambda enough=enough: len(server.taken) >= enough, workers)  # type: ignore[misc]
            workers.kill()
            wait_until_quiet(server)
        assert workers.killed >= 3
        assert len(server.taken) < 140, "the last kill came too late to show anything"
        workers.start(server, 4)
        workers.start(server, 4)
        workers.wait()
    silent = sum(one.outcome == "silent" for one in server.taken)
    check(kit.store, log_of(server), readers, silent + workers.killed * CONNECTIONS)
    assert any(one.doubts for one in deliveries(kit.store))


def test_what_is_in_doubt_is_held_when_so_set_and_goes_when_released(kit: Kit, tmp_path: Path) -> None:
    readers = make_readers(kit, 40, NOW)
    open_for_request(kit.store, Request(), NOW)
    with (
        serving(Faults(drop_after=0.1, hangs="reader-20@")) as deaf,
        serving() as server,
        crew(tmp_path, uncertain="hold") as workers,
    ):
        workers.start(deaf, 0)
        assert deaf.hanging.wait(PATIENCE)
        workers.kill()
        workers.start(server, 1)
        workers.wait()
        found = deliveries(kit.store)
        held = {one.email for one in found if one.state == "uncertain"}
        assert "reader-20@example.org" in held
        assert {one.state for one in found} == {"uncertain", "sent"}
        assert max(Counter(one.rcpt for one in (*deaf.taken, *server.taken)).values()) == 1
        assert {one.rcpt for one in server.taken} & held == set()
        workers.start(server, 2, "digests", "release", "1")
        workers.wait()
        before = len(server.taken)
        workers.start(server, 3)
        workers.wait()
    assert {one.rcpt for one in server.taken[before:]} == held
    check(kit.store, log_of(deaf, server), readers, len(held))


@pytest.mark.parametrize("engine", ["sqlite_store", "postgres_store"])
def test_two_schedulers_and_three_workers_at_once_send_each_reader_one_mail(
    engine: str, request: pytest.FixtureRequest, kit: Kit, tmp_path: Path
) -> None:
    store: Store = request.getfixturevalue(engine)
    kit.services.__dict__["store"] = store
    readers = make_readers(kit, 240, NOW)
    with store.begin() as tx:
        for one in tx.subscribers.find():
            tx.subscribers.set_slot(one.id, NOW)
    database = store.engine.url.render_as_string(hide_password=False)
    roles = ("scheduler", "scheduler", "worker", "worker", "worker")
    with serving() as server, crew(tmp_path, database_url=database) as all_of_them:
        started = [all_of_them.run(server, "-c", _AT_ONCE, role, NOW.isoformat()) for role in roles]
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        all_of_them.wait()
    assert sorted(one.rcpt for one in server.taken) == sorted(readers)
    assert server.most_open > CONNECTIONS, "they worked side by side"
    assert {one.state for one in deliveries(store)} == {"sent"}
    with store.begin() as tx:
        assert len(tx.issues.latest()) == 1


def wait_until_quiet(server: FaultyServer) -> None:
    """What a killed worker had already said is still heard."""
    deadline = time.monotonic() + PATIENCE
    while server.open:
        assert time.monotonic() < deadline
        time.sleep(0.002)
