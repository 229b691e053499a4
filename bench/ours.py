"""Our side of the crawl cases: polls, ticks and first visits through the product's own doors."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.made import NOW
from bench.measure import Run, cpu_of, open_files, report
from bench.server import ETAG, host
from crawler.items import Article, Page
from crawler.run import Plan, crawl
from crawler.source import Pace, Source
from worker import tasks
from worker.config import Settings
from worker.services import open_services
from worker.store import Store, open_store
from worker.store.sources import SourceState

LONG_AGO = NOW - timedelta(days=90)  # articles so old are not looked at again
BEFORE = NOW - timedelta(hours=3)  # the last crawl: all sources are due again


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with: a folder for the store, so many sources (or pages), on so many hosts, at the port."""

    home: Path
    count: int
    port: int
    hosts: int


def feed_url(number: int, port: int, hosts: int) -> str:
    """The feed of a source; the sources share the hosts."""
    return f"http://{host(number % hosts)}:{port}/{number}/feed-30.xml"


def sources(job: Job) -> list[Source]:
    """Sources, each a feed; no pauses, and at one host as many requests at a time as Scrapy's default."""
    pace = Pace(delay=0.0, concurrency=8, pages=2000)
    return [
        Source(name=f"source-{n}", start_urls=[feed_url(n, job.port, job.hosts)], discovery="feed", pace=pace)
        for n in range(job.count)
    ]


def allowed(job: Job) -> tuple[str, ...]:
    """What opens the address guard for the bench's hosts."""
    return tuple(f"{host(number)}:{job.port}" for number in range(job.hosts))


def database(home: Path) -> str:
    """The store of one case."""
    return f"sqlite:///{home / 'watercooler.db'}"


def remember(job: Job, *, changed: bool = False, articles: int = 0) -> None:
    """Makes a store that knows the sources, their feeds and that many articles of each.

    A feed that has `changed` is known with the validators and the fingerprint of an older state.
    """
    store = open_store(database(job.home))
    for source in sources(job):
        _remember_articles(store, source, articles)
    _remember_feeds(store, sources(job), ETAG)
    poll(job, BEFORE)  # so robots.txt is known where the product keeps it
    if changed:
        _remember_feeds(store, sources(job), '"before"')
    store.close()


def _remember_feeds(store: Store, known: list[Source], etag: str) -> None:
    then = BEFORE - timedelta(hours=1)
    with store.begin() as tx:
        tx.sources.save_states(
            [SourceState(source.name, then, then, BEFORE, 0, "ok", "", then, True) for source in known]
        )
        tx.sources.save_pages(
            Page(source.start_urls[0], source.name, "feed", 200, then, etag, None, "0" * 32, 15_000) for source in known
        )


def _remember_articles(store: Store, source: Source, count: int) -> None:
    base = source.start_urls[0].rpartition("/")[0]
    urls = [f"{base}/article/{number}.html" for number in range(count)]
    with store.begin() as tx:
        tx.sources.save_pages(Page(url, source.name, "article", 200, LONG_AGO, None, None, "0" * 32) for url in urls)


def poll(job: Job, now: datetime) -> Run:
    """One crawl of all sources in one process, and the ingest of what comes."""
    kit = _kit(job)
    run = _measured(job.count, lambda: tasks.read(kit, list(kit.services.sources.values()), now))
    _all_went_well(kit.store, job.count, now)
    return run


def tick(job: Job, now: datetime) -> Run:
    """One tick while all sources are due."""
    kit = _kit(job)
    run = _measured(job.count, lambda: tasks.tick(kit, now.isoformat()))
    _all_went_well(kit.store, job.count, now)
    return run


def visit(job: Job, now: datetime) -> Run:
    """The first crawl of a site with that many articles; nothing is stored."""
    pace = Pace(delay=0.0, concurrency=8, pages=2000)
    url = f"http://{host(0)}:{job.port}/feed-{job.count}.xml"
    site = Source(name="site", start_urls=[url], discovery="feed", pace=pace)
    plan = Plan((site,), {}, now, allow_private=allowed(job))
    found: list[Article] = []
    run = _measured(job.count, lambda: found.extend(item for item in crawl(plan) if isinstance(item, Article)))
    if len(found) != job.count:
        raise RuntimeError(f"{len(found)} articles of {job.count} came")
    return run


def empty(job: Job, now: datetime) -> Run:
    """A crawl of nothing: what a start costs."""
    return _measured(1, lambda: list(crawl(Plan((), {}, now))))


CASES = {"poll": poll, "tick": tick, "visit": visit, "empty": empty}


def _kit(job: Job) -> tasks.Kit:
    settings = Settings(
        home=job.home, database_url=database(job.home), broker_url="", mail_url="", allow_private_hosts=allowed(job)
    )
    services = open_services(settings)
    services.sources = {source.name: source for source in sources(job)}
    _ = services.store  # opened before the measuring begins, as it is in a service that runs
    return tasks.Kit(services)


def _measured(count: int, work: Callable[[], Any]) -> Run:
    """Does the work; what this process, and the processes it starts, use meanwhile."""
    started: list[str] = []
    sys.addaudithook(lambda event, _: started.append(event) if event == "subprocess.Popen" else None)
    own, children = cpu_of(resource.RUSAGE_SELF), cpu_of(resource.RUSAGE_CHILDREN)
    work()
    own, children = cpu_of(resource.RUSAGE_SELF) - own, cpu_of(resource.RUSAGE_CHILDREN) - children
    return Run(count, own, children, len(started))


def _all_went_well(store: Store, count: int, now: datetime) -> None:
    with store.begin() as tx:
        states = tx.sources.states().values()
    good = sum(state.last_ok == now and state.failures == 0 for state in states)
    if good != count:
        raise RuntimeError(f"{good} sources of {count} were read")


def main() -> None:
    """Does the order on stdin: `case`, `home`, `count`, `port`, `hosts`."""
    order = json.load(sys.stdin)
    open_files()
    job = Job(Path(order["home"]), order["count"], order["port"], order["hosts"])
    report(CASES[order["case"]](job, NOW))


if __name__ == "__main__":
    main()
