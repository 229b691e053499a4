"""`/metrics` for Prometheus: read from the database and the broker when it is asked, by this process alone.

Who measures must not be what is slow. Figures are read in groups; a group that took t seconds is read again 100 t
seconds later at the earliest (at least LEAST), so that measuring takes a hundredth of one connection's time, however
large the tables are. What is being read when a scrape comes is waited for, but not for long: then the former figures
are given, and `watercooler_figures_age_seconds` says how old they are.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crawler.source import Source
from worker.broker import UNACKED
from worker.celery import QUEUES
from worker.errors import BrokerError, StoreError, WatercoolerError
from worker.ingest.health import CODES
from worker.store import gauges
from worker.store.gauges import Figure
from worker.store.sources import WELL, SourceState
from worker.tasks import Kit
from worker.web.api.answers import ProblemError, refuse
from worker.web.api.operation import MEASURES, admit
from worker.web.frame import Clock, kit
from worker.web.probe import Probe

PREFIX = "watercooler_"
LEAST = 5.0  # seconds between two readings of the same figures
MOST = 3600.0
SHARE = 100  # a reading may take the 100th part of the time until the next
PATIENCE = 3.0  # seconds that a scrape waits for figures; Prometheus itself waits ten
MOST_ILL = 100  # sources that are named

HELP = {
    "build_info": "Always 1; the labels say what runs: version, mode (embedded, scaled), engine.",
    "database_up": "1 when the database answers.",
    "database_size_bytes": "Size of the database.",
    "database_schema": "Number of the schema that the database is at.",
    "home_free_bytes": "Free space on the disk of the data folder, as this process sees it.",
    "broker_up": "1 when the broker answers; not there without one.",
    "queue_messages": "Messages that wait in a queue of the broker.",
    "queue_unacked_messages": "Messages that workers have in hand.",
    "last_tick_age_seconds": "Time since a tick began that came to its end; not there when none ever did.",
    "sources": "Sources by state; ok, quiet and new are well, paused and retired are not read.",
    "source_ill": f"Always 1, for a source that is read and not well; {MOST_ILL} at the most, ill the longest first.",
    "sources_overdue": "Sources that are read and whose turn has come.",
    "sources_overdue_oldest_age_seconds": "Time for which the turn of a source has been due, at the most.",
    "crawled_pages_last_hour": "Pages asked for in the last hour by what came of them, in rounds with anything new.",
    "crawled_bytes_last_hour": "Bytes of pages that came in the last hour.",
    "crawled_news_last_hour": "Articles that came in the last hour and were new or said something new.",
    "set_aside": "Pages, articles and mails that are set aside, by reason: see watercooler failures list.",
    "inbox": "Groups of received items that wait to be ingested.",
    "inbox_oldest_age_seconds": "Time since the oldest of them was received.",
    "articles": "Articles stored.",
    "articles_last_hour": "Articles first seen in the last hour.",
    "shows": "Shows in the registry.",
    "stories": "Stories: claims that state the same fact about the same show.",
    "claims": "Claims by standing.",
    "updates": "Changes of the ledger by kind.",
    "comments": "Comments captured, and comments that their pages declare.",
    "slots_overdue": "Turns of subscribers that have come and were not opened yet.",
    "slots_overdue_oldest_age_seconds": "Time since the oldest of them came.",
    "issues": "Issues by state; a paused one waits for a person.",
    "deliveries": "Deliveries by state.",
    "deliveries_due": "Deliveries that want a try now.",
    "deliveries_due_oldest_age_seconds": "Time for which the oldest of them has wanted a try.",
    "deliveries_held": "Deliveries of which nobody knows whether they were taken, and a person is to decide.",
    "subscribers": "Subscribers by state.",
    "suppressions": "Addresses that nothing is sent to, by reason.",
    "bounces_last_day": "What came back in the last 24 hours, by kind.",
    "figures_age_seconds": "Time since a group of these figures was read.",
    "figures_read_seconds": "Time that reading a group of figures took.",
    "figures_failed": "1 when the last reading of a group of figures failed.",
}
"""Every metric, without its prefix, and what it says. All are gauges: what they count can become less."""


@dataclass
class Group:
    """Figures that are read together, and how they were read last (in seconds of the timer)."""

    name: str
    read: Callable[[], Sequence[Figure]]
    figures: Sequence[Figure] = ()
    read_at: float = float("-inf")
    took: float = 0.0
    failed: bool = False

    def is_due(self, moment: float) -> bool:
        """May it be read again?"""
        return moment - self.read_at >= (LEAST if self.failed else min(max(LEAST, SHARE * self.took), MOST))

    def refresh(self, timer: Callable[[], float]) -> None:
        """Reads it. When that fails, nothing is known: figures of yesterday would hide it."""
        began = timer()
        try:
            self.figures, self.failed = self.read(), False
        except (WatercoolerError, SQLAlchemyError):
            self.figures, self.failed = (), True
        self.read_at = timer()
        self.took = self.read_at - began


class Figures:
    """All figures of an installation. Threads may share it."""

    def __init__(self, kit: Kit, clock: Clock, timer: Callable[[], float] = time.monotonic) -> None:
        self._kit, self._clock, self._timer = kit, clock, timer
        self._first = Group("database", partial(self._stored, gauges.database))
        others = [Group(read.__name__, partial(self._stored, read)) for read in gauges.GROUPS[1:]]
        self.groups = [self._first, *others, Group("sources", self._sources), Group("broker", self._broker)]
        self._probe = Probe(self._refresh)

    def take(self) -> list[Figure]:
        """The newest figures that are to be had now."""
        with suppress(TimeoutError):
            self._probe.ask(PATIENCE)
        return [*self._about_us(), *self._about_figures(), *(one for group in self.groups for one in group.figures)]

    def _refresh(self) -> None:
        with suppress(WatercoolerError, SQLAlchemyError):
            _ = self._kit.store  # opening it is not reading, and says later what is wrong
        for group in self.groups:
            if group.is_due(self._timer()):
                group.refresh(self._timer)

    def _stored(self, read: gauges.Reader) -> list[Figure]:
        if self._first.failed and read is not gauges.database:
            raise StoreError("the database does not answer")  # one wait is enough
        with self._kit.store.read() as tx:
            gauges.limit_time(tx.connection)
            return list(read(tx.connection, self._clock()))

    def _sources(self) -> list[Figure]:
        if self._first.failed:
            raise StoreError("the database does not answer")
        with self._kit.store.read() as tx:
            states, halts = tx.sources.states(), tx.sources.halts()
        return list(figures_of(self._kit.services.sources, states, halts, self._clock()))

    def _broker(self) -> list[Figure]:
        broker = self._kit.services.broker
        if broker is None:
            return []
        try:
            lengths = broker.queue_lengths(QUEUES)
        except BrokerError:
            return [Figure("broker_up", 0)]
        waiting = [Figure("queue_messages", lengths[name], (("queue", name),)) for name in QUEUES]
        return [Figure("broker_up", 1), *waiting, Figure("queue_unacked_messages", lengths[UNACKED])]

    def _about_us(self) -> Iterator[Figure]:
        settings = self._kit.settings
        mode, engine = "scaled" if settings.broker_url else "embedded", settings.database.partition(":")[0]
        says = {"version": version("watercooler"), "mode": mode, "engine": engine.partition("+")[0]}
        yield Figure("build_info", 1, tuple(says.items()))
        yield Figure("database_up", int(not self._first.failed and bool(self._first.figures)))
        with suppress(OSError):
            yield Figure("home_free_bytes", shutil.disk_usage(settings.folder).free)

    def _about_figures(self) -> Iterator[Figure]:
        now = self._timer()
        for group in self.groups:
            label = (("figures", group.name),)
            yield Figure("figures_failed", int(group.failed), label)
            if group.took or group.figures:
                yield Figure("figures_age_seconds", now - group.read_at, label)
                yield Figure("figures_read_seconds", group.took, label)


def figures_of(
    sources: Mapping[str, Source], states: Mapping[str, SourceState], halts: Mapping[str, str], now: datetime
) -> Iterator[Figure]:
    """How the sources are that we know files of: by state, which are ill, and whose turn has come."""
    running = [name for name, source in sources.items() if source.enabled and name not in halts]
    code = {name: states[name].state if name in states else "new" for name in running}
    counts = Counter(code.values()) + Counter(kind for name, kind in halts.items() if name in sources)
    for state in dict.fromkeys((*CODES, "paused", "retired", *counts)):
        yield Figure("sources", counts[state], (("state", state),))
    ill = sorted(
        (states[name].last_ok or states[name].first_crawled, name) for name in running if code[name] not in WELL
    )
    for _, name in ill[:MOST_ILL]:
        yield Figure("source_ill", 1, (("source", name), ("state", code[name])))
    due = [states[name].next_due for name in running if name in states and states[name].next_due <= now]
    yield Figure("sources_overdue", len(due) + sum(name not in states for name in running))
    yield Figure("sources_overdue_oldest_age_seconds", (now - min(due)).total_seconds() if due else 0.0)


class FiguresCollector(Collector):
    """What Prometheus' library asks for the figures of one scrape."""

    def __init__(self, take: Callable[[], Iterable[Figure]]) -> None:
        self._take = take

    def collect(self) -> Iterator[Metric]:
        """The figures, those of one metric together. One that HELP does not know raises KeyError."""
        by_name: dict[str, list[Figure]] = {}
        for figure in self._take():
            by_name.setdefault(figure.name, []).append(figure)
        for name, figures in by_name.items():
            labels = [label for label, _ in figures[0].labels]
            family = GaugeMetricFamily(PREFIX + name, HELP[name], labels=labels)
            for figure in figures:
                family.add_metric([value for _, value in figure.labels], figure.value)
            yield family


def metrics(request: Request) -> Response:
    """The figures in Prometheus' text format, for whoever may read them."""
    allowed = kit(request).settings.metrics
    if allowed == "off":
        return refuse(404, "the metrics are off: WATERCOOLER_METRICS=token or open opens them")
    if allowed == "token":
        try:
            admit(request, MEASURES)
        except ProblemError as problem:
            return refuse(problem.status, problem.detail, headers=problem.headers)
    registry = CollectorRegistry()
    figures: Figures = request.app.state.figures
    registry.register(FiguresCollector(figures.take))
    return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


routes = [Route("/metrics", metrics, methods=["GET"])]
