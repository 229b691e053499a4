"""Crawls as processes of their own: two of them at once, one that is killed, one that is to stop."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from crawler.items import Item, Page
from crawler.source import Source
from tests.factories import NOW
from tests.site import TEXT, Answer, Site, page
from worker import schedule, stop, tasks
from worker.config import PREFIX, Settings
from worker.ingest import lease
from worker.ingest.crawl import CrawlTally, plan_crawl, run_crawl
from worker.services import open_services
from worker.store import Store
from worker.store.hosts import LEASE
from worker.tasks import Kit

PATIENCE = 60  # seconds
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["worker.tasks"])
OWNER = "somebody"


class Slow:
    """An answer that does not come before it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self, _: Any) -> Answer:
        self.asked.set()
        self.go.wait(PATIENCE)
        return Answer("", 503)


@pytest.fixture
def slow() -> Iterator[Slow]:
    found = Slow()
    yield found
    found.go.set()


@pytest.fixture
def site(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Two articles, the second of which does not come."""
    with Site() as found:
        found.answers |= {"/feed": found.feed("one", "two"), "/one": page("One"), "/two": slow}
        monkeypatch.setenv(f"{PREFIX}ALLOW_PRIVATE_HOSTS", found.netloc)
        yield found


@pytest.fixture(autouse=True)
def _no_stop_is_left() -> Iterator[None]:
    yield
    stop.forget()


def source(site: Site, name: str = "s", path: str = "/feed") -> Source:
    values = {"name": name, "start_urls": [site.base + path], "pace": {"delay": 0.0}, "discovery": "feed"}
    return Source.model_validate(values)


def crawl_one(kit: Kit, site: Site, see: Callable[[Item], None] = lambda item: None) -> CrawlTally:
    with kit.store.begin() as tx:
        plan = plan_crawl(tx, [source(site)], NOW, allow_private=[site.netloc])
    *_, (_, tally) = run_crawl(kit.store, plan, on_item=see)
    return tally


def due(store: Store, sources: Sequence[Source], minutes: float = 0) -> list[str]:
    found = schedule.due({one.name: one for one in sources}, store, NOW + timedelta(minutes=minutes))
    return [name for names in found.crawls for name in names]


def test_a_crawl_that_is_to_stop_keeps_what_came_and_gives_its_sources_back_at_once(
    site: Site, slow: Slow, kit: Kit
) -> None:
    def see(item: Item) -> None:
        if isinstance(item, Page) and item.url.endswith("/one"):
            stop.ask()

    tally = crawl_one(kit, site, see)
    assert (tally.given_back, tally.stopped) == (("s",), lease.STOPPED)
    with kit.store.begin() as tx:
        assert (tx.sources.waiting(), tx.sources.tries(), tx.hosts.busy(NOW)) == (1, {}, set())
    assert due(kit.store, [source(site)]) == ["s"]


def test_a_crawl_whose_hosts_were_given_to_another_ends(
    site: Site, slow: Slow, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW", 0.0)

    def take_over() -> None:
        assert slow.asked.wait(PATIENCE)
        with kit.store.begin() as tx:
            assert tx.hosts.lease(source(site).sites, OWNER, NOW + 2 * LEASE, NOW + 3 * LEASE)

    threading.Thread(target=take_over, daemon=True).start()
    assert crawl_one(kit, site).stopped == lease.LOST
    with kit.store.begin() as tx:
        assert tx.hosts.busy(NOW, besides=OWNER) == set(), "it took nothing back, and left nothing behind"
        assert tx.hosts.busy(NOW) == source(site).sites


def test_a_lease_is_kept_as_long_as_the_crawl_runs(
    site: Site, slow: Slow, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW", 0.0)
    began: list[bool] = []

    def look() -> None:
        assert slow.asked.wait(PATIENCE)
        with kit.store.begin() as tx:
            tx.hosts.connection.exec_driver_sql("UPDATE hosts SET leased_until = '2000-01-01 00:00:00.000000'")
        while not began:
            with kit.store.read() as tx:
                if tx.hosts.busy(NOW):
                    began.append(True)
        slow.go.set()

    threading.Thread(target=look, daemon=True).start()
    assert crawl_one(kit, site).given_back == ()
    assert began == [True]


def test_killed_with_sigkill_a_crawl_ends_with_its_child_and_its_sources_are_due_when_the_lease_ends(
    site: Site, slow: Slow, kit: Kit
) -> None:
    assert kit.store
    process = PROCESSES.Process(target=crawl_in_place, args=(dict(os.environ), Path.cwd(), site.base), daemon=True)
    process.start()
    assert slow.asked.wait(PATIENCE)
    assert process.pid is not None
    (child,) = children(process.pid)
    hangs = os.pidfd_open(child)
    process.kill()
    process.join(PATIENCE)
    assert multiprocessing.connection.wait([hangs], PATIENCE), "nobody wants its items any more"
    os.close(hangs)
    assert due(kit.store, [source(site)]) == [], "its hosts may still be asked, for all that is known"
    with kit.store.begin() as tx:
        assert tx.sources.tries() == {"s": 1}
    assert due(kit.store, [source(site)], minutes=6) == ["s"]


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == pid:
                found.append(int(folder.name))
    return found


def crawl_in_place(environment: dict[str, str], folder: Path, base: str) -> None:
    """Crawls the one source at NOW."""
    os.environ.update(environment)
    os.chdir(folder)
    kit = Kit(open_services(Settings.from_env()))
    values = {"name": "s", "start_urls": [f"{base}/feed"], "pace": {"delay": 0.0}, "discovery": "feed"}
    kit.services.__dict__["sources"] = {"s": Source.model_validate(values)}
    tasks.crawl(kit, ["s"], NOW.isoformat())


def test_two_crawlers_at_once_ask_no_host_both_and_read_everything_once(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = [Site() for _ in range(6)]
    sources = []
    for number, site in enumerate(sites):
        for part in "ab":  # two sources of each host
            name = f"{part}{number}"
            site.answers |= {f"/{part}": site.feed(name), f"/{name}": page(name, f"{name} {TEXT}" * 4)}
            sources.append(source(site, name, f"/{part}"))
    monkeypatch.setenv(f"{PREFIX}ALLOW_PRIVATE_HOSTS", ",".join(site.netloc for site in sites))
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", postgres_store.engine.url.render_as_string(hide_password=False))
    barrier = PROCESSES.Barrier(2)
    orders = [sources, sources[::-1]]
    workers = [
        PROCESSES.Process(target=crawl_all, args=(barrier, dict(os.environ), Path.cwd(), f"crawler-{n}", order))
        for n, order in enumerate(orders)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    for site in sites:
        assert len({headers["User-Agent"] for _, headers in site.log}) == 1, "one crawler had this host"
        assert sorted(site.asked) == sorted(set(site.asked)), "and asked for everything once"
        site.__exit__()
    with postgres_store.begin() as tx:
        assert (tx.sources.waiting(), tx.articles.count()) == (0, len(sources))
        assert (tx.hosts.busy(NOW), tx.sources.tries()) == (set(), {})


def crawl_all(
    barrier: Barrier, environment: dict[str, str], folder: Path, agent: str, sources: Sequence[Source]
) -> None:
    """Takes the batches one after the other; what the other crawler has in hand is left out, and tried at the end."""
    os.environ.update({**environment, f"{PREFIX}USER_AGENT": agent})
    os.chdir(folder)
    kit = Kit(open_services(Settings.from_env()))
    kit.services.__dict__["sources"] = {one.name: one for one in sources}
    names = [one.name for one in sources]
    barrier.wait(PATIENCE)
    for part in (names[:6], names[6:]):
        tasks.crawl(kit, part, NOW.isoformat())
    kit.services.close()
