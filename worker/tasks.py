"""The hall: one short task per step. Each unpacks its call, runs one use case and dispatches what follows.

Without a broker `dispatch` runs the step in place; with one it goes to a Celery queue. Steps take plain values (names,
ids, ISO times), so that both ways are the same.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.items import Item, parse_time
from crawler.source import Source
from worker import schedule
from worker.bounces import tend_bounces
from worker.celery import app
from worker.config import Settings
from worker.digest.deliver import Sender, clean_archive
from worker.digest.health import is_due as health_is_due
from worker.digest.health import send_weekly
from worker.digest.issue import open_due
from worker.errors import WatercoolerError
from worker.ingest.article import IngestTally, Shelf, expire_stories, ingest_inbox
from worker.ingest.crawl import CrawlTally, plan_crawl, run_crawl
from worker.mail.post import Post
from worker.models import Delivery
from worker.privacy import send_exports
from worker.services import Services, open_services
from worker.signup import send_letters
from worker.store import Store

log = logging.getLogger(__name__)

NAMES = 500  # of commenters, forgotten in one tick
DELIVERIES = 50  # in one task


class Kit:
    """What the steps work with: the services, and the shelf that articles are read with."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings = services.settings

    @property
    def store(self) -> Store:
        """The database."""
        return self.services.store

    @functools.cached_property
    def shelf(self) -> Shelf:
        """The sources, the phrases and the index of shows."""
        return Shelf(self.services.sources)

    @property
    def post(self) -> Post:
        """What deliveries need."""
        return self.services.post

    @functools.cached_property
    def sender(self) -> Sender:
        """Who hands deliveries over."""
        return Sender(self.store, self.post)


@functools.cache
def worker_kit() -> Kit:
    """The kit of a Celery worker process, made of its environment."""
    return Kit(open_services(Settings.from_env()))


@dataclass(frozen=True, slots=True)
class Step:
    """One step, to be called in place or carried by Celery."""

    function: Callable[..., Any]
    task: Any

    def __call__(self, kit: Kit, *args: Any) -> Any:
        """Runs the step here."""
        return self.function(kit, *args)


def step(function: Callable[..., Any]) -> Step:
    """Makes a step of a function `(kit, *plain values)`."""

    def run(*args: Any) -> None:
        function(worker_kit(), *args)

    return Step(function, app.task(name=f"watercooler.{function.__name__}")(run))


def dispatch(kit: Kit, what: Step, *args: Any) -> None:
    """Has a step done: in place without a broker, else by a worker. Call it after the commit, never before.

    In place an error is logged and the caller goes on: the rows say what is still to be done, and the next tick does.
    """
    if kit.settings.broker_url:
        what.task.delay(*args)
        return
    try:
        what(kit, *args)
    except WatercoolerError as error:
        log.error("%s: %s", what.task.name, error)


@step
def tick(kit: Kit, now: str = "") -> None:
    """Once a minute: asks the store what is due, and hands it out."""
    time = _time(now)
    kit.sender.recover(time)
    due = schedule.due(kit.services.sources, kit.store, time)
    # in place, one crawling process reads all that is due; workers share it
    size = schedule.BATCH if kit.settings.broker_url else max(1, len(due.sources))
    for names in schedule.batches(due.sources, kit.services.sources, size):
        dispatch(kit, crawl, list(names), time.isoformat())
    if due.inbox:
        dispatch(kit, ingest, list(due.inbox), time.isoformat())
    expire_stories(kit.store, time)
    issue = open_due(kit.store, time)
    with kit.store.begin() as tx:
        is_monday = health_is_due(tx, kit.settings.operators, kit.settings.zone, time)
        clean_archive(tx, timedelta(days=kit.settings.archive_days), time)
        tx.articles.forget_names(time - timedelta(days=kit.settings.talk_names_days), NAMES)
    if issue:
        dispatch(kit, send_issue, issue.id, time.isoformat())
    for ids in _parts(due.deliveries):
        dispatch(kit, deliver, list(ids), time.isoformat())
    dispatch(kit, letters, time.isoformat())
    dispatch(kit, bounces, time.isoformat())
    if is_monday:
        dispatch(kit, health, time.isoformat())


@step
def crawl(kit: Kit, names: Sequence[str], now: str) -> None:
    """Reads a batch of sources; what comes is kept in the inbox and dispatched to be ingested."""
    sources = [kit.services.sources[name] for name in names if name in kit.services.sources]
    for ids, _ in _crawl(kit, sources, _time(now)):
        if ids:
            dispatch(kit, ingest, ids, now)


@step
def ingest(kit: Kit, ids: Sequence[int], now: str) -> None:
    """Takes received items into the ledger."""
    ingest_inbox(kit.store, ids, kit.shelf, _time(now))


@step
def send_issue(kit: Kit, issue_id: int, now: str) -> None:
    """Hands an issue's deliveries to the mail workers, a batch a task."""
    with kit.store.begin() as tx:
        ids = tx.deliveries.due(_time(now), issue_id)
    for part in _parts(ids):
        dispatch(kit, deliver, list(part), now)


@step
def deliver(kit: Kit, ids: Sequence[int], now: str) -> None:
    """Hands over a batch of deliveries."""
    kit.sender.deliver(ids, _time(now))


@step
def letters(kit: Kit, now: str) -> None:
    """Hands over again the confirm mails and exports that were not taken."""
    send_letters(kit.store, kit.post, _time(now))
    send_exports(kit.store, kit.post, _time(now))


@step
def bounces(kit: Kit, now: str) -> None:
    """Reads what came back, and forgets old records of it."""
    tend_bounces(kit.store, kit.settings.bounce_folder, kit.services.return_paths, _time(now))


@step
def health(kit: Kit, now: str) -> None:
    """Sends this week's health digest of the sources to the operators, once."""
    settings = kit.settings
    send_weekly(kit.store, kit.services.sources, settings.operators, kit.post, settings.zone, _time(now))


def read(
    kit: Kit,
    sources: Sequence[Source],
    now: datetime,
    on_item: Callable[[Item], None] = lambda item: None,
    only: Sequence[str] = (),
) -> tuple[CrawlTally, IngestTally]:
    """Crawls and ingests here and now, for a person who waits for the figures. `only` are pages to read alone."""
    total, tally = IngestTally(), CrawlTally()
    for ids, tally in _crawl(kit, sources, now, on_item, only):  # noqa: B007 (the last tally is the whole one)
        if ids:
            add(total, ingest_inbox(kit.store, ids, kit.shelf, now))
    return tally, total


def send(
    kit: Kit, issue_id: int, now: datetime, on_done: Callable[[Delivery], None] = lambda delivery: None
) -> dict[str, int]:
    """Delivers what is due of an issue at this moment; gives how many of its deliveries are in which state."""
    sender = Sender(kit.store, kit.post)  # a new one, that has read nothing yet
    while sender.deliver_some(now, issue_id, on_done):
        pass
    with kit.store.begin() as tx:
        return tx.deliveries.counts([issue_id])[issue_id]


def add(total: IngestTally, part: IngestTally) -> None:
    """Adds the figures of one batch to those of the run."""
    for name in ("articles", "versions", "duplicates", "comments", "claims", "set_aside"):
        setattr(total, name, getattr(total, name) + getattr(part, name))
    total.updates += part.updates


def figures(tally: CrawlTally, ingested: IngestTally) -> dict[str, int]:
    """The figures of one crawl, as people and machines get them."""
    return {
        "fetched": tally.total("fetched"),
        "unchanged": tally.total("unchanged"),
        "failures": len(tally.failures),
        "articles": ingested.articles,
        "rewritten": ingested.versions,
        "duplicates": ingested.duplicates,
        "comments": ingested.comments,
        "claims": ingested.claims,
        "updates": len(ingested.updates),
    }


def _crawl(
    kit: Kit,
    sources: Sequence[Source],
    now: datetime,
    on_item: Callable[[Item], None] = lambda item: None,
    only: Sequence[str] = (),
) -> Iterator[tuple[list[int], CrawlTally]]:
    settings = kit.settings
    with kit.store.begin() as tx:
        plan = plan_crawl(tx, sources, now, allow_private=settings.allow_private_hosts, user_agent=settings.user_agent)
    if only:
        plan = replace(plan, revisit=frozenset(only), discover=False)
    return run_crawl(kit.store, plan, on_item=on_item)


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + DELIVERIES] for start in range(0, len(ids), DELIVERIES)]


def _time(text: str) -> datetime:
    """The time a step was sent with; beat's tick brings none, and is the door where the clock is read."""
    return parse_time(text) if text else datetime.now(UTC)
