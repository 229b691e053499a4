"""Several worker processes at once, on real PostgreSQL: what 1, 2 and 4 get done, and who uses the processor.

python -m bench.crowd KIND URL …            one of them; it says "ready", waits for a line, works, and says how much
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import ours
from bench.archive import BATCH, _page, made_articles, show_names
from bench.digest import _ledger, _subscribe
from bench.made import NOW
from bench.measure import ROOT, cpu_of
from bench.send import _post
from crawler.items import to_json
from crawler.source import Pace, Source
from worker.digest.deliver import Sender
from worker.digest.issue import Request, open_for_request
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.crawl import plan_crawl, run_crawl
from worker.store import Store, open_store

_TICKS = 100  # of the processor's clock in /proc, a second
_ENTRIES = 30  # articles of a source


@dataclass(slots=True)
class Crowd:
    """What so many processes did: units, wall seconds, CPU seconds by who, and what connections waited for."""

    workers: int
    done: int
    wall: float
    cpu: dict[str, float]
    waits: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.done / self.wall

    def shares(self) -> str:
        """Who used the processor, and what was waited for, in words."""
        total = sum(self.cpu.values()) or 1.0
        cpu = ", ".join(f"{who} {used / total:.0%}" for who, used in self.cpu.items() if used / total >= 0.005)
        samples = sum(self.waits.values()) or 1
        waits = ", ".join(f"{what} {count / samples:.0%}" for what, count in self.waits.most_common(3))
        return f"CPU: {cpu}; at work for {total / self.wall:.1f} processors; connections: {waits or 'idle'}"


def together(kind: str, url: str, workers: int, more: Sequence[str], postmaster: int) -> Crowd:
    """Starts the processes, lets them go at the same moment, and waits for all."""
    command = [sys.executable, "-m", "bench.crowd", kind, url]
    jobs = [
        subprocess.Popen([*command, str(number), str(workers), *more], cwd=ROOT, stdin=-1, stdout=-1, text=True)
        for number in range(workers)
    ]
    for job in jobs:
        _hear(job)
    waits: Counter[str] = Counter()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(url, waits, over))
    watcher.start()
    before, began = cpu_of_family(postmaster), time.monotonic()
    for job in jobs:
        _say(job)
    answers = [json.loads(_hear(job)) for job in jobs]
    wall, database = time.monotonic() - began, cpu_of_family(postmaster) - before
    over.set()
    watcher.join()
    for job in jobs:
        _say(job)
        job.wait()
    cpu = {
        "workers": sum(answer["own"] for answer in answers),
        "crawling processes": sum(answer["children"] for answer in answers),
        "database": database,
    }
    return Crowd(workers, sum(answer["done"] for answer in answers), wall, cpu, waits)


def cpu_of_family(pid: int) -> float:
    """CPU seconds of a process and its children that live; of PostgreSQL, the server and its backends."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(cpu_of_process(int(child)) for child in [str(pid), *children])


def cpu_of_process(pid: int) -> float:
    """CPU seconds of one process, its ended children left out."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / _TICKS


def fill_inbox(url: str, articles: int) -> None:
    """So many articles wait to be taken in."""
    store = open_store(url)
    with store.begin() as tx:
        for name in show_names():
            tx.shows.add(name, now=NOW)
        for start in range(0, articles, 500):
            made = made_articles(start, min(500, articles - start))
            tx.sources.receive([[to_json(_page(one)), to_json(one)] for one in made], NOW)
    store.close()


def plan_mail(url: str, readers: int) -> None:
    """So many readers whose digest is to be sent."""
    store = open_store(url)
    with store.begin() as tx:
        _ledger(tx)
        _subscribe(tx, 0, readers)
    open_for_request(store, Request(), NOW)
    store.close()


def _watch(url: str, waits: Counter[str], over: threading.Event) -> None:
    """Looks at what the database's clients do, twenty times a second."""
    asked = text(
        "SELECT CASE WHEN wait_event_type = 'Lock' THEN 'wait for ' || wait_event WHEN state = 'active' THEN 'at work'"
        " ELSE 'wait for their client' END FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        while not over.wait(0.05):
            waits.update(connection.execute(asked).scalars())
    engine.dispose()


def _hear(job: subprocess.Popen[str]) -> str:
    assert job.stdout is not None  # asked for above
    line = job.stdout.readline()
    if not line:
        raise RuntimeError("a worker process ended early; its reason stands above")
    return line


def _say(job: subprocess.Popen[str]) -> None:
    assert job.stdin is not None  # asked for above
    job.stdin.write("go\n")
    job.stdin.flush()


def _ingest(store: Store, _number: int, _workers: int, _more: Sequence[str]) -> Callable[[], int]:
    shelf = Shelf({})
    with store.read() as tx:
        shelf.index(tx)

    def work() -> int:
        done = 0
        while True:
            with store.begin() as tx:
                ids = tx.sources.take(BATCH, NOW, NOW + timedelta(hours=1))
            if not ids:
                return done
            done += ingest_inbox(store, ids, shelf, NOW).articles

    return work


def _mail(store: Store, _number: int, _workers: int, more: Sequence[str]) -> Callable[[], int]:
    folder = Path(tempfile.mkdtemp(prefix="bench-mail-"))
    sender = Sender(store, _post(int(more[0]), folder))

    def work() -> int:
        done = 0
        while part := sender.deliver_some(NOW):
            done += part
        return done

    return work


def _crawl(store: Store, number: int, workers: int, more: Sequence[str]) -> Callable[[], int]:
    port, count = int(more[0]), int(more[1])
    pace = Pace(delay=0.0, concurrency=8, pages=2000)
    every = [
        Source(name=f"source-{n}", start_urls=[ours.feed_url(n, port, count)], discovery="feed", pace=pace)
        for n in range(count)
    ]
    mine = every[number::workers]

    def work() -> int:
        allowed = ours.allowed(ours.Job(Path(), count, port, count))
        with store.begin() as tx:
            plan = plan_crawl(tx, mine, NOW, allow_private=allowed)
        tally = None
        for _, tally in run_crawl(store, plan):  # noqa: B007 (the last tally is the whole one)
            pass
        assert tally is not None  # there is always a last one
        return sum(len(gathered.words) for gathered in tally.sources.values())

    return work


_KINDS = {"ingest": _ingest, "mail": _mail, "crawl": _crawl}


def _main(arguments: Sequence[str]) -> None:
    kind, url, number, workers, *more = arguments
    store = open_store(url)
    work = _KINDS[kind](store, int(number), int(workers), more)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    own, children = cpu_of(resource.RUSAGE_SELF), cpu_of(resource.RUSAGE_CHILDREN)
    done = work()
    answer = {
        "done": done,
        "own": cpu_of(resource.RUSAGE_SELF) - own,
        "children": cpu_of(resource.RUSAGE_CHILDREN) - children,
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    store.close()


if __name__ == "__main__":
    _main(sys.argv[1:])
