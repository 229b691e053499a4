"""Mail workers as processes of their own: killed with SIGKILL while they send, and all started at the same moment.

The long form is `python -m evaluation.drill`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from evaluation.drill import Copy, ServerLog, disagreements, make_readers
from scaled.faulty_smtp import Faults, FaultyServer, serving
from tests.factories import NOW
from worker import tasks
from worker.cli import main
from worker.config import PREFIX, Settings
from worker.digest.issue import Request, open_for_request
from worker.models import Delivery
from worker.services import open_services
from worker.store import Store
from worker.tasks import Kit

CONNECTIONS = 4  # of each worker
MINUTE = timedelta(minutes=1)
PATIENCE = 60  # seconds
# Processes of their own, forked off one that has read the modules: to read them takes each longer than all its mail.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["worker.cli"])


class Crew:
    """Processes that know one installation."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
        self.started: list[ForkServerProcess] = []

    def start(self, server: FaultyServer, minutes: int, *command: str) -> None:
        """A `watercooler` command, else `deliver --drain`, as of some minutes after NOW: then old leases have ended."""
        now = f"{NOW + minutes * MINUTE:%Y-%m-%dT%H:%M}"
        self.run(server, run_command, "--now", now, *(command or ("deliver", "--drain")))

    def run(self, server: FaultyServer, what: Callable[..., None], *arguments: object) -> None:
        mail = {f"{PREFIX}MAIL_URL": f"smtp://127.0.0.1:{server.port}", f"{PREFIX}MAIL_CONNECTIONS": str(CONNECTIONS)}
        environment = {**os.environ, f"{PREFIX}RETRY_SCHEDULE": "1s", **mail, **self.settings}
        process = PROCESSES.Process(target=in_place, args=(self.folder, environment, what, *arguments), daemon=True)
        process.start()
        self.started.append(process)

    def kill_at(self, server: FaultyServer, count: int) -> None:
        """SIGKILL for all, at the moment when the server has taken so many mails and has not said so of the last."""
        reached = threading.Event()

        def look(taken: int) -> None:
            if taken == count:
                self._kill()
                reached.set()

        server.seen = look
        assert reached.wait(PATIENCE), self.said()
        self.close()

    def wait(self) -> None:
        """Until all have ended, by themselves or killed before."""
        for process in self.started:
            process.join(PATIENCE)
        assert {process.exitcode for process in self.started} <= {0, -signal.SIGKILL}, self.said()

    def killed(self) -> int:
        return sum(process.exitcode == -signal.SIGKILL for process in self.started)

    def said(self) -> str:
        return (self.folder / "workers.log").read_text()

    def close(self) -> None:
        self._kill()
        for process in self.started:
            process.join(PATIENCE)

    def _kill(self) -> None:
        for process in self.started:
            process.kill()


def in_place(folder: Path, environment: dict[str, str], what: Callable[..., None], *arguments: object) -> None:
    """What a new process does first: it works in this folder, and what it says goes to a file there."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with (folder / "workers.log").open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    what(*arguments)


def run_command(*arguments: str) -> None:
    sys.argv = ["watercooler", *arguments]
    sys.exit(main())


def send_at_once(barrier: Barrier, is_scheduler: bool) -> None:
    """A scheduler ticks, a worker sends what is there as soon as anything is; all begin at the same moment."""
    services = open_services(Settings.from_env())
    services.__dict__["sources"] = {}  # nothing is read here
    kit = Kit(services)
    assert kit.sender
    barrier.wait(PATIENCE)
    if is_scheduler:
        tasks.tick(kit, NOW.isoformat())
    deadline = time.monotonic() + PATIENCE
    while not deliveries(kit.store):
        assert time.monotonic() < deadline, "no scheduler opens the issue"
        time.sleep(0.005)
    while kit.sender.deliver_some(NOW):
        pass
    services.close()


@contextmanager
def crew(folder: Path, **settings: str) -> Iterator[Crew]:
    found = Crew(folder, **settings)
    try:
        yield found
    finally:
        found.close()


def deliveries(store: Store) -> list[Delivery]:
    with store.begin() as tx:
        return tx.deliveries.of_issue(1)


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def log_of(*servers: FaultyServer) -> ServerLog:
    """What these servers took and refused, one after the other."""
    taken: dict[str, list[Copy]] = {}
    for one in [one for server in servers for one in server.taken]:
        taken.setdefault(one.rcpt, []).append(Copy(one.message_id, one.sha256, one.outcome))
    return ServerLog(taken, sum((server.unknown for server in servers), Counter()))


def check(store: Store, log: ServerLog, readers: Sequence[str], most_copies: int) -> None:
    """Nothing lost, no stranger, every copy the same to the byte and not one too many, and we know all of it."""
    there = {address for address in readers if "@bad." not in address}
    assert log.taken.keys() == there
    assert [
        address for address, copies in log.taken.items() if len({(c.message_id, c.sha256) for c in copies}) > 1
    ] == []
    assert len({copies[0].message_id for copies in log.taken.values()}) == len(there), "each mail has a name of its own"
    assert sum(len(copies) - 1 for copies in log.taken.values()) <= most_copies
    assert log.refused.keys() == set(readers) - there
    assert disagreements(deliveries(store), log) == []


def test_killed_in_the_midst_again_and_again_nothing_is_lost_and_nothing_doubled_without_need(
    kit: Kit, store: Store, tmp_path: Path
) -> None:
    kit.services.__dict__["store"] = store
    readers = make_readers(kit, 150, NOW)
    open_for_request(store, Request(), NOW)
    faults = Faults(tempfail=0.06, close=0.02, drop_before=0.02, drop_after=0.02, bad="@bad[.]")
    with serving(faults) as server, crew(tmp_path, database_url=url_of(store)) as workers:
        for minute in range(3):
            for _ in range(2):
                workers.start(server, minute)
            workers.kill_at(server, (minute + 1) * 35)
        workers.start(server, 4)
        workers.start(server, 4)
        workers.wait()
    silent = sum(one.outcome == "silent" for one in server.taken)
    assert workers.killed() >= 3
    check(store, log_of(server), readers, silent + workers.killed() * CONNECTIONS)
    assert sum(one.doubts for one in deliveries(store)) >= 3, "one each time: the server had taken it"


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
        workers.close()
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


def test_two_schedulers_and_three_workers_at_once_send_each_reader_one_mail(
    kit: Kit, store: Store, tmp_path: Path
) -> None:
    kit.services.__dict__["store"] = store
    readers = make_readers(kit, 240, NOW)
    with store.begin() as tx:
        for one in tx.subscribers.find():
            tx.subscribers.set_slot(one.id, NOW)
    barrier = PROCESSES.Barrier(5)
    with serving() as server, crew(tmp_path, database_url=url_of(store)) as all_of_them:
        for number in range(5):
            all_of_them.run(server, send_at_once, barrier, number < 2)
        all_of_them.wait()
    assert sorted(one.rcpt for one in server.taken) == sorted(readers)
    assert server.most_open > CONNECTIONS, "they worked side by side"
    assert {one.state for one in deliveries(store)} == {"sent"}
    with store.begin() as tx:
        assert len(tx.issues.latest()) == 1
