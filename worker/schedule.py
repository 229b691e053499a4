"""What should happen now: sources to read, deliveries and received items to offer again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.source import Source
from worker.store import Store
from worker.store.hosts import LEASE
from worker.store.sources import SourceState

LOST_AFTER = timedelta(minutes=15)  # a message not answered for so long is taken as lost, and its work offered again
MOST = 10_000  # deliveries offered at one tick; the others at the next
BATCH = 500  # sources in one crawling process, where there are several workers


@dataclass(frozen=True, slots=True)
class Due:
    """What is due at one tick."""

    sources: tuple[str, ...]
    deliveries: tuple[int, ...]
    inbox: tuple[int, ...]


def due(sources: Mapping[str, Source], store: Store, now: datetime) -> Due:
    """Asks the store what is due, and marks as handed out what would else be due again at the next tick.

    A source whose host is being asked by another crawl, or wants to be left in peace, waits.
    """
    with store.begin() as tx:
        halted, busy = tx.sources.halts(), tx.hosts.busy(now)
        running = {n: s for n, s in sources.items() if n not in halted and not s.sites & busy}
        names = due_sources(running, tx.sources.states(), now)
        tx.sources.offered(names, now, now + LEASE)
        tx.hosts.lease({host for name in names for host in sources[name].sites}, now.isoformat(), now + LEASE)
        inbox = tx.sources.offer_again(now, LOST_AFTER)
        return Due(names, tuple(tx.deliveries.due(now, limit=MOST)), tuple(inbox))


def due_sources(sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime) -> tuple[str, ...]:
    """Enabled sources whose turn has come, those that wait longest first."""
    waiting = [
        (states[name].next_due if name in states else datetime.min.replace(tzinfo=now.tzinfo), name)
        for name, source in sources.items()
        if source.enabled and (name not in states or states[name].next_due <= now)
    ]
    return tuple(name for _, name in sorted(waiting))


def batches(names: Sequence[str], sources: Mapping[str, Source], size: int = BATCH) -> list[list[str]]:
    """Cuts due sources into batches, one crawling process each. Sources of one host stay in one batch."""
    parts: list[list[str]] = []
    at: dict[str, int] = {}
    for name in names:
        sites = sources[name].sites
        part = next((at[site] for site in sites if site in at), len(parts) - 1)
        if part < 0 or (len(parts[part]) >= size and not sites & at.keys()):
            parts.append([])
            part = len(parts) - 1
        parts[part].append(name)
        at.update(dict.fromkeys(sites, part))
    return parts
