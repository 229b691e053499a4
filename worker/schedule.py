"""What should happen now: sources to read, slots to serve, deliveries and received items to offer again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.source import Source
from worker.models import Subscriber
from worker.store import Store
from worker.store.sources import SourceState

LOST_AFTER = timedelta(minutes=15)  # a message not answered for so long is taken as lost, and its work offered again
CRAWL_LOST_AFTER = timedelta(minutes=65)  # a crawl ends itself after an hour
BATCH = 50  # sources in one crawling process


@dataclass(frozen=True, slots=True)
class Due:
    """What is due at one tick."""

    sources: tuple[str, ...]
    subscribers: tuple[Subscriber, ...]
    deliveries: tuple[int, ...]
    inbox: tuple[int, ...]


def due(sources: Mapping[str, Source], store: Store, now: datetime) -> Due:
    """Asks the store what is due, and marks as handed out what would else be due again at the next tick."""
    with store.begin() as tx:
        halted = tx.sources.halts()
        running = {name: source for name, source in sources.items() if name not in halted}
        names = due_sources(running, tx.sources.states(), now)
        tx.sources.offered(names, now, now + CRAWL_LOST_AFTER)
        inbox = tx.sources.offer_again(now, LOST_AFTER)
        return Due(names, tuple(tx.subscribers.due(now)), tuple(tx.issues.due(now)), tuple(inbox))


def due_sources(sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime) -> tuple[str, ...]:
    """Enabled sources whose turn has come, those that wait longest first."""
    waiting = [
        (states[name].next_due if name in states else datetime.min.replace(tzinfo=now.tzinfo), name)
        for name, source in sources.items()
        if source.enabled and (name not in states or states[name].next_due <= now)
    ]
    return tuple(name for _, name in sorted(waiting))


def batches(names: Sequence[str]) -> list[Sequence[str]]:
    """Cuts due sources into batches, one crawling process each."""
    return [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
