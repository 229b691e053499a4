"""The hall: one short task per step. Each unpacks its call, runs one use case and dispatches what follows.

Without a broker `dispatch` runs the step in place; with one it goes to a Celery queue. Steps take plain values (names,
ids, ISO times), so that both ways are the same.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crawler.items import Item, parse_time
from crawler.source import Source
from worker import logs, schedule, stop
from worker.bounces import tend_bounces
from worker.celery import QUEUES, app
from worker.clock import read_clock, running
from worker.config import Settings
from worker.digest.deliver import Sender, clean_archive
from worker.digest.health import is_due as health_is_due
from worker.digest.health import send_weekly
from worker.digest.issue import open_due
from worker.errors import BrokerError, WatercoolerError
from worker.guard import carrying, check_not_overtaken, guarded
from worker.ingest.article import IngestTally, Shelf, expire_stories, ingest_inbox
from worker.ingest.crawl import CrawlTally, plan_crawl, run_crawl
from worker.mail.post import Post
from worker.models import Delivery
from worker.privacy import send_exports
from worker.services import Services, open_services
from worker.signup import send_letters
from worker.store import Store

log = logging.getLogger(__name__)

BODIES = 200  # of pages that could not be read, forgotten in one tick
TURNS, TURNS_KEPT = 5000, timedelta(days=100)  # readers' turns that are forgotten in one tick, and after how long
NAMES = 500  # of commenters, forgotten in one tick
DELIVERIES = 50  # in one task
TICK = "tick"  # the name of the turn
IN_HAND = timedelta(minutes=2)  # items that a worker has taken are given to others after so long
_HOLDER = f"{socket.gethostname()}:{os.getpid()}"


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
        return Sender(self.store, self.post, self.services.broker)


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
        """Runs the step here. Both ways come through here."""
        with logs.step(self.function.__name__):
            return self.function(kit, *args)


def step(function: Callable[..., Any]) -> Step:
    """Makes a step of a function `(kit, *plain values, now)`."""

    def run(*args: Any) -> None:
        with guarded(made.task.name):
            kit = worker_kit()
            check_not_overtaken(kit.store)
            now = _at_hand(kit, *args[-1:])
            if args:
                made(kit, *args[:-1], now)
            else:  # beat sends no time, and there may be two of them
                tick_in_turn(kit, now)

    made = Step(function, app.task(name=f"watercooler.{function.__name__}")(run))
    return made


def _at_hand(kit: Kit, sent: str = "") -> str:
    """The time of a step that a worker has taken: now, not when its message was sent, for messages wait in queues.

    A machine whose clock is a little behind goes by the message: what is due there is due here.
    """
    now = read_clock(kit.settings)
    return max(now, parse_time(sent)).isoformat() if sent else now.isoformat()


def dispatch(kit: Kit, what: Step, *args: Any) -> None:
    """Has a step done: in place without a broker, else by a worker. Call it after the commit, never before.

    In place an error is logged and the caller goes on: the rows say what is still to be done, and the next tick does.
    """
    if kit.settings.broker_url:
        with carrying():
            what.task.delay(*args)
        return
    with contextlib.suppress(WatercoolerError):  # its line in the log says so
        what(kit, *args)


def tick_in_turn(kit: Kit, now: str) -> bool:
    """Ticks, unless another beat, or another `watercooler run`, has just done so; says whether it did."""
    with kit.store.begin() as tx:
        mine = tx.turns.take(TICK, _HOLDER, parse_time(now), kit.settings.tick)
    if mine:
        tick(kit, now)
    return mine


@step
def tick(kit: Kit, now: str) -> None:
    """Once a minute: asks the store what is due, and hands it out. Mail goes first: in place the rest may take long."""
    time = parse_time(now)
    with kit.store.begin() as tx:
        tx.turns.take(TICK, _HOLDER, time)
    kit.sender.recover(time)
    expire_stories(kit.store, time)
    issue = open_due(kit.store, time)
    is_monday = _tidy(kit, time)
    broker = kit.services.broker
    due = schedule.due(kit.services.sources, kit.store, time, broker.queue_lengths(QUEUES) if broker else None)
    for _ in range(due.deliveries):
        dispatch(kit, deliver_due, now)
    dispatch(kit, letters, now)
    dispatch(kit, bounces, now)
    if is_monday:
        dispatch(kit, health, now)
    for _ in range(due.ingests):
        dispatch(kit, ingest, [], now)
    for names in due.crawls:
        dispatch(kit, crawl, list(names), now)
    with kit.store.begin() as tx:
        tx.turns.done(TICK, time)
    counts = {"crawls": len(due.crawls), "ingests": due.ingests, "deliveries": due.deliveries}
    logs.bring(**counts, sources=sum(map(len, due.crawls)), issue=issue.id if issue else None)


def _tidy(kit: Kit, time: datetime) -> bool:
    """Forgets what is old enough; says whether the operators' weekly digest is due."""
    with kit.store.begin() as tx:
        is_monday = health_is_due(tx, kit.settings.operators, kit.settings.zone, time)
        clean_archive(tx, timedelta(days=kit.settings.archive_days), time)
        tx.articles.forget_names(time - timedelta(days=kit.settings.talk_names_days), NAMES)
        tx.retention.bodies(time - timedelta(days=kit.settings.bodies_days), BODIES)
        tx.retention.turns(time - TURNS_KEPT, TURNS)
        schedule.set_worn_aside(tx, time)
    return is_monday


@step
def crawl(kit: Kit, names: Sequence[str], now: str) -> None:
    """Reads those of a batch of sources that are still due; what comes is kept in the inbox, to be ingested."""
    sources = {name: kit.services.sources[name] for name in names if name in kit.services.sources}
    with kit.store.begin() as tx:
        due = schedule.due_sources(sources, tx.sources.states(list(sources)), parse_time(now))
    tally = CrawlTally()
    for ids, tally in _crawl(kit, [sources[name] for name in due], parse_time(now)):  # noqa: B007 (the last one counts)
        if ids:
            _offer(kit, now)
    pages = {name: tally.total(name) for name in ("fetched", "unchanged")}
    logs.bring(sources=len(due), **pages, failures=len(tally.failures), busy=len(tally.busy))
    if tally.given_back:
        logs.give_back(f"{tally.stopped}; {len(tally.given_back)} sources are due again")


def _offer(kit: Kit, now: str) -> None:
    """Has the oldest items ingested. While the broker is away a crawl goes on: they wait, and a tick offers them."""
    try:
        dispatch(kit, ingest, [], now)
    except BrokerError as error:
        log.warning("what was read waits in the inbox: %s", error)


@step
def ingest(kit: Kit, ids: Sequence[int], now: str) -> None:
    """Takes received items into the ledger: these, or the oldest that wait. What ended a worker before comes alone."""
    time, clock, left = parse_time(now), running(parse_time(now)), len(ids) or schedule.GROUPS
    while left > 0 and not stop.asked():
        with kit.store.begin() as tx:
            taken = tx.sources.take(left, clock(), clock() + IN_HAND, ids)
        if not taken:
            return
        left -= len(taken)
        try:
            logs.bring(inbox=taken, **_told(ingest_inbox(kit.store, taken, kit.shelf, time)))
        except BaseException:
            with kit.store.begin() as tx:
                tx.sources.give_back(taken)
            raise


@step
def send_issue(kit: Kit, issue_id: int, now: str) -> None:
    """Hands the deliveries of an issue that somebody asked for to the mail workers, a batch a task."""
    with kit.store.begin() as tx:
        ids = tx.deliveries.due(parse_time(now), issue_id)
    logs.bring(issue=issue_id, deliveries=len(ids))
    for part in _parts(ids):
        dispatch(kit, deliver, list(part), now)


@step
def deliver(kit: Kit, ids: Sequence[int], now: str) -> None:
    """Hands over these deliveries."""
    kit.sender.deliver(ids, parse_time(now))


@step
def deliver_due(kit: Kit, now: str) -> None:
    """Hands over a batch of deliveries, those that wait longest."""
    kit.sender.deliver_some(parse_time(now))


@step
def letters(kit: Kit, now: str) -> None:
    """Hands over again the confirm mails and exports that were not taken."""
    letters = send_letters(kit.store, kit.post, parse_time(now))
    logs.bring(letters=letters, exports=send_exports(kit.store, kit.post, parse_time(now)))


@step
def bounces(kit: Kit, now: str) -> None:
    """Reads what came back, and forgets old records of it."""
    tally = tend_bounces(kit.store, kit.settings.bounce_folder, kit.services.return_paths, parse_time(now))
    logs.bring(**tally.counts)


@step
def health(kit: Kit, now: str) -> None:
    """Sends this week's health digest of the sources to the operators, once."""
    settings = kit.settings
    time, sources = parse_time(now), kit.services.sources
    logs.bring(mails=send_weekly(kit.store, sources, settings.operators, kit.post, settings.zone, time))


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
    sender = Sender(kit.store, kit.post, kit.services.broker)  # a new one, that has read nothing yet
    while sender.deliver_some(now, issue_id, on_done):
        pass
    with kit.store.begin() as tx:
        return tx.deliveries.counts([issue_id])[issue_id]


def _told(tally: IngestTally) -> dict[str, object]:
    """What the log is told of a batch: how much there was, and the ids that lead on."""
    counts = ("articles", "versions", "duplicates", "comments", "claims", "set_aside")
    ids = {"article": tally.ids, "source": tally.sources, "story": {one.story_id for one in tally.updates}}
    return {name: getattr(tally, name) for name in counts} | ids | {"update": [one.id for one in tally.updates]}


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
