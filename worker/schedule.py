"""What should happen now: sources to read, deliveries and received items to offer again.

Nothing is marked in the store for being in a queue: what is lost with the broker is still due. Messages for items and
deliveries name none of them, so that any message does the oldest work there is; `tick` adds those that are missing.
Sources are handed out with the hosts they ask, which are leased (`Hosts.lease`) until a worker takes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.source import Source
from worker.store import Store, Tx
from worker.store.hosts import LEASE, OFFERED
from worker.store.sources import SetAside, SourceState

BATCH = 500  # sources in one crawling process at the most, where there are several workers
FEW = 100  # sources that are not shared among several: to start a process costs as much as to read so many feeds
SHARES = 8  # parts that what is due at one tick is cut into, if they are not too small
WAITING = 16  # crawls that wait for a worker; what else is due stays in the store, the oldest first
PER_HOST = 50  # sources of one host in one crawl; the others come with the next
GROUPS = 50  # of received items, in one task
DELIVERIES = 100  # in one task
MESSAGES = 2000  # of one kind, added at one tick at the most
SETTLED = timedelta(seconds=5)  # received items that are younger have a message that is just being sent
BEGUN = timedelta(seconds=30)  # by then a worker that has taken a crawl has begun it
WEARY, WORN = 2, 6  # tries that ended with their worker: then it is tried apart from others, and then set aside
FEWER = 5  # how many times fewer such sources one process reads after each try more: 20, 4, 1
REST = timedelta(days=1)
_WORN = "{} tries to take it in ended with their worker; is it too big, or does it take too long?"
_TIRED = "{} crawls ended with their worker; it rests for a day. Read it alone: watercooler crawl {}"


@dataclass(frozen=True, slots=True)
class Due:
    """What is due at one tick: crawls to be handed out, and how many messages for items and deliveries are missing."""

    crawls: tuple[tuple[str, ...], ...] = ()
    ingests: int = 0
    deliveries: int = 0


def due(sources: Mapping[str, Source], store: Store, now: datetime, queued: Mapping[str, int] | None = None) -> Due:
    """Asks the store what is due, and leases the hosts of what is handed out.

    A source whose host is being asked by another crawl, or wants to be left in peace, waits. `queued` tells how many
    messages wait in the queues of the broker; None: there is none, and one process reads all that is due.
    """
    waiting = queued or {}
    room = None if queued is None else max(0, WAITING - waiting.get("crawl", 0))
    with store.begin() as tx:
        names = _offer(tx, sources, now, room)
        items, mails = tx.sources.to_take(now, SETTLED), tx.deliveries.count_due(now, MESSAGES * DELIVERIES)
        tries = tx.sources.tries()
    return Due(
        crawls=tuple(tuple(part) for part in batches(names, sources, _size(len(names), room), tries)),
        ingests=_missing(items, GROUPS, waiting.get("ingest", 0)),
        deliveries=_missing(mails, DELIVERIES, waiting.get("mail", 0)),
    )


def _missing(count: int, each: int, queued: int) -> int:
    """How many messages are wanted beside those that wait; one at least, for those may be about something else."""
    return min(MESSAGES, max(1, -(-count // each) - queued)) if count else 0


def _size(count: int, room: int | None) -> int:
    """How many sources one process reads: all of them when it is alone, else a share."""
    return max(1, count) if room is None else min(BATCH, max(FEW, -(-count // max(1, min(SHARES, room)))))


def _offer(tx: Tx, sources: Mapping[str, Source], now: datetime, crawls: int | None) -> list[str]:
    """Sources that are due, as many as so many crawls read, with their hosts leased."""
    if crawls == 0:
        return []
    if crawls == WAITING:  # nothing waits: what was handed out a while ago, and no worker has begun, is lost
        tx.hosts.withdraw(OFFERED, now + LEASE - BEGUN)
    halted, busy = tx.sources.halts(), tx.hosts.busy(now)
    running = {name: source for name, source in sources.items() if name not in halted and not source.sites & busy}
    waiting = _rested(tx, due_sources(running, tx.sources.states(), now), now)
    names = _few_of_each_host(waiting, sources)[: None if crawls is None else crawls * BATCH]
    got = tx.hosts.lease({host for name in names for host in sources[name].sites}, OFFERED, now, now + LEASE)
    return [name for name in names if sources[name].sites <= got]


def _rested(tx: Tx, names: Sequence[str], now: datetime) -> list[str]:
    """All but those whose crawls ended with their worker again and again: such a one rests, and is tried anew."""
    tries = tx.sources.tries()
    tired = [name for name in names if tries.get(name, 0) >= WORN]
    for name in tired:
        tx.sources.rest(name, now + REST, _TIRED.format(tries[name], name), tries=WEARY)
    return [name for name in names if name not in tired]


def _few_of_each_host(names: Sequence[str], sources: Mapping[str, Source]) -> list[str]:
    """The first sources of each host, in their order."""
    count: dict[str, int] = {}
    found = list[str]()
    for name in names:
        for site in sources[name].sites:
            count[site] = count.get(site, 0) + 1
        if all(count[site] <= PER_HOST for site in sources[name].sites):
            found.append(name)
    return found


def due_sources(sources: Mapping[str, Source], states: Mapping[str, SourceState], now: datetime) -> tuple[str, ...]:
    """Enabled sources whose turn has come, those that wait longest first."""
    waiting = [
        (states[name].next_due if name in states else datetime.min.replace(tzinfo=now.tzinfo), name)
        for name, source in sources.items()
        if source.enabled and (name not in states or states[name].next_due <= now)
    ]
    return tuple(name for _, name in sorted(waiting))


def batches(
    names: Sequence[str], sources: Mapping[str, Source], size: int = BATCH, tries: Mapping[str, int] | None = None
) -> list[list[str]]:
    """Deals due sources into batches, one crawling process each, so that all have as many of the oldest.

    Sources of one host stay together. Those whose crawls ended with their workers are apart from the others, the fewer
    in one process the more often that was: in the end each is alone. So one that is at fault is found soon, and many
    that are not, where workers end for another reason, are still read together.
    """
    by_tries: dict[int, list[list[str]]] = {}
    for group in _by_host(names, sources):
        count = max((tries or {}).get(name, 0) for name in group)
        by_tries.setdefault(count if count >= WEARY else 0, []).append(group)
    shares = {count: max(1, FEW // FEWER ** (count - 1)) if count else size for count in by_tries}
    return [part for count in sorted(by_tries) for part in _dealt(by_tries[count], shares[count])]


def _dealt(groups: Sequence[Sequence[str]], size: int) -> list[list[str]]:
    parts: list[list[str]] = [[] for _ in range(-(-sum(map(len, groups)) // size))]
    for group in groups:
        min(parts, key=len).extend(group)
    return [part for part in parts if part]


def _by_host(names: Sequence[str], sources: Mapping[str, Source]) -> list[list[str]]:
    """Sources that share a host, together; where chains of hosts meet late, the lease keeps them apart."""
    groups: dict[str, list[str]] = {}
    found: list[list[str]] = []
    for name in names:
        sites = sources[name].sites
        group = next((groups[site] for site in sites if site in groups), None)
        if group is None:
            group = []
            found.append(group)
        group.append(name)
        groups.update(dict.fromkeys(sites - groups.keys(), group))
    return found


def set_worn_aside(tx: Tx, now: datetime) -> int:
    """Sets groups of received items aside that ended their workers again and again; gives how many."""
    worn = tx.sources.worn(WORN, now)
    for _, items in worn:
        url, source = str(items[0].get("url", "")), str(items[0].get("source", ""))
        tx.sources.set_aside([SetAside(source, url, "ingest-failed", _WORN.format(WORN), items)], now)
    tx.sources.ingested([number for number, _ in worn])
    return len(worn)
