"""Growth in PostgreSQL, and what more worker processes bring.

    python -m bench scale [--quick]             about ten minutes, and fifteen gigabytes of disk for a while
    python -m bench scale --plans               the plans alone, at the largest size, as a table for docs/scaling.md

The server is a real one, from the wheel. Costs are CPU time, of the client and of its backend; throughput is by the
clock, so it is told as ratios, and only a quiet machine tells it well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg
from sqlalchemy import text

from bench.archive import BATCH, made_articles, take_in
from bench.bulk import DUE, grow_world, make_world, set_due, shows_at
from bench.crowd import Crowd, cpu_of_process, fill_inbox, plan_mail, together
from bench.made import NOW
from bench.plans import Plan, plans, slowest
from bench.report import Row
from bench.server import serving
from bench.sink import sink
from scaled.servers import Postgres
from worker.digest.issue import open_due
from worker.digest.newsroom import Newsroom
from worker.ingest.article import Shelf
from worker.mail.message import Templates
from worker.models import Issue, QuoteRules
from worker.store import Store, open_store

_NEW = 60_000_000  # the number of the first article that no store has
_TUNED = {"shared_buffers": "2GB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Articles and readers there are, in steps; batches and readers measured; work for the crowd; how many at once."""

    steps: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    batches: int = 4
    articles: int = 4000
    messages: int = 8000
    sources: int = 40
    workers: tuple[int, ...] = (1, 2, 4)


FULL = Sizes()
QUICK = Sizes(steps=(1000, 5000), batches=2, articles=400, messages=600, sources=6, workers=(1, 2))


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of some work: of this process, and of its backend."""

    client: float
    backend: float

    @property
    def both(self) -> float:
        """All of it."""
        return self.client + self.backend


def run(sizes: Sizes = FULL) -> list[Row]:
    """Measures growth and throughput."""
    with _server() as server:
        return [*growth(server, sizes), *throughput(server, sizes)]


def run_plans(sizes: Sizes = FULL) -> str:
    """The plans at the largest size, for people."""
    with _server() as server:
        store = _world(server)
        grow_world(store, 0, sizes.steps[-1])
        set_due(store, sizes.steps[-1])
        open_due(store, NOW)  # deliveries that are due
        found = plans(store)
        store.close()
    return plan_table(found, sizes.steps[-1])


@contextmanager
def _server() -> Iterator[Postgres]:
    """A server with the memory that a small one would be given."""
    with Postgres() as server:
        with psycopg.connect(_plain(server.url("postgres")), autocommit=True) as connection:
            for name, value in _TUNED.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        server.stop()
        server.start()
        yield server


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _world(server: Postgres) -> Store:
    server.create("growth")
    store = open_store(server.url("growth"))
    make_world(store)
    return store


def growth(server: Postgres, sizes: Sizes) -> list[Row]:
    """What an article, a reader and a show cost with more and more behind them; in the end the plans."""
    store, before, rows = _world(server), 0, list[Row]()
    first: dict[str, float] = {}
    for step, count in enumerate(sizes.steps):
        began = time.monotonic()
        grow_world(store, before, count)
        loaded, before = time.monotonic() - began, count
        note = f"loaded in {loaded:.0f} s; {_gigabytes(store):.1f} GB; {shows_at(count):,} shows"
        taken = _ingest(store, step, sizes.batches)
        set_due(store, count)
        turn, reader, show = _select(store)
        for name, unit, cost, goal in (
            ("ingest", "ms/article", taken, 2.0),
            ("open the turns that are due", "ms/reader", turn, 1.5),
            ("choose what is new for them", "ms/reader", reader, 1.5),
            ("read the news of a show, once an issue", "ms/show", show, None),
        ):
            said = f"backend {cost.backend / max(cost.both, 1e-9):.0%}" + (f"; {note}" if name == "ingest" else "")
            known = first.setdefault(name, cost.both)
            anchor = None if cost.both == known else known * 1000
            rows.append(Row(f"{name}, {count:,} there", cost.both * 1000, unit, anchor, goal if anchor else None, said))
    found = plans(store)
    whole = sorted({table for plan in found for table in plan.whole})
    note = f"of {len(found)} statements; {', '.join(whole)}".rstrip("; ")
    rows.append(Row("sequential scans on big tables", sum(bool(plan.whole) for plan in found), "", None, 0, note))
    for plan in slowest(found):
        rows.append(Row(f"  {plan.name}", plan.ms, "ms", note=f"{plan.pages} pages; {', '.join(plan.ways[:3])}"))
    store.close()
    return rows


def throughput(server: Postgres, sizes: Sizes) -> list[Row]:
    """What several worker processes get done, a queue at a time."""
    rows: list[Row] = []
    with sink() as mail, serving() as web:
        kinds: dict[str, tuple[Callable[[str], None], list[str]]] = {
            "ingest": (lambda url: fill_inbox(url, sizes.articles), []),
            "mail": (lambda url: plan_mail(url, sizes.messages), [str(mail)]),
            "crawl": (lambda url: open_store(url).close(), [str(web), str(sizes.sources)]),
        }
        for kind, (prepare, more) in kinds.items():
            first: Crowd | None = None
            for workers in sizes.workers:
                database = f"{kind}{workers}"
                server.create(database)
                prepare(server.url(database))
                assert server.process is not None  # it runs
                crowd = together(kind, server.url(database), workers, more, server.process.pid)
                first = first or crowd
                rows.append(_of_crowd(kind, crowd, first))
    return rows


def _of_crowd(kind: str, crowd: Crowd, first: Crowd) -> Row:
    unit = {"ingest": "articles/s", "mail": "mails/s", "crawl": "articles/s"}[kind]
    anchor = None if crowd is first else first.rate
    processes = "process" if crowd.workers == 1 else "processes"
    return Row(f"{kind}, {crowd.workers} worker {processes}", crowd.rate, unit, anchor, None, crowd.shares())


def plan_table(found: list[Plan], count: int) -> str:
    """The slowest statement of each hot function, as Markdown, and how many read a big table from end to end."""
    lines = [
        f"| at {count:,} articles and readers | statements | the slowest | rows | pages | by |",
        "|---|---|---|---|---|---|",
    ]
    for plan in slowest(found):
        number = sum(one.name == plan.name for one in found)
        ways = ", ".join(f"`{way}`" for way in plan.ways) or "small tables"
        lines.append(f"| {plan.name} | {number} | {plan.ms:.2f} ms | {plan.rows:.0f} | {plan.pages:,} | {ways} |")
    whole = sum(bool(plan.whole) for plan in found)
    return "\n".join([*lines, "", f"sequential scans on big tables: {whole}", ""])


def _ingest(store: Store, step: int, batches: int) -> Cost:
    """CPU seconds an article; the first batch warms what the others use, and is not counted."""
    shelf, costs = Shelf({}), list[Cost]()
    for number in range(batches + 1):
        new = list(made_articles(_NEW + (step * 100 + number) * BATCH, BATCH))
        costs.append(_cost(store, lambda new=new: take_in(store, shelf, new)))  # type: ignore[misc]  # bound at once
    return Cost(median(c.client for c in costs[1:]) / BATCH, median(c.backend for c in costs[1:]) / BATCH)


def _select(store: Store) -> tuple[Cost, Cost, Cost]:
    """CPU seconds to open a turn, to choose a reader's content, and to read a show's news."""
    turn = _cost(store, lambda: open_due(store, NOW))
    with store.read() as tx:
        ids = list(tx.connection.execute(text(_PLANNED), {"most": DUE}).scalars())
        issue = Issue(1, "bench", "slots", "schedule", NOW, NOW)
        room = Newsroom(tx, issue, QuoteRules(), Templates())
    shows: set[int] = set()

    def choose() -> None:
        with store.read() as tx:
            room.tx = tx
            readers = list(tx.subscribers.by_ids(ids).values())
            shows.update(follow.show_id for reader in readers for follow in reader.follows)
            for _ in room.digests(readers):
                pass

    whole = _cost(store, choose)
    each = _cost(store, choose)  # what the shows have is read by now
    opened, count = max(1, len(shows)), max(1, len(ids))
    show = Cost((whole.client - each.client) / opened, (whole.backend - each.backend) / opened)
    return (
        Cost(turn.client / count, turn.backend / count),
        Cost(each.client / count, each.backend / count),
        show,
    )


_PLANNED = "SELECT subscriber_id FROM deliveries WHERE state = 'planned' ORDER BY id LIMIT :most"


def _cost(store: Store, work: Callable[[], object]) -> Cost:
    with store.engine.connect() as connection:
        backend = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    before, began = cpu_of_process(backend), time.process_time()
    work()
    return Cost(time.process_time() - began, cpu_of_process(backend) - before)


def _gigabytes(store: Store) -> float:
    with store.engine.connect() as connection:
        return float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()) / 1e9
