"""What `watercooler status` tells: the figures, what they say of the sources, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from worker.celery import QUEUES
from worker.cli.output import Session
from worker.errors import BrokerError
from worker.installation import OLD_TICK, span_of
from worker.schedule import due_sources
from worker.store import Tx
from worker.store.failures import Failures
from worker.store.glance import Glance, take_glance
from worker.store.sources import WELL, SourceState

WEEK = timedelta(days=7)
_OVERDUE = timedelta(hours=1)
_STALE = timedelta(minutes=30)  # so long nothing that is well waits


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """How the sources do that are read: by health, and how many are due now, too long, or being read."""

    total: int
    health: Mapping[str, int]  # running, ok, quiet, new, broken
    due: int
    overdue: int
    being_read: int
    ill: Sequence[str]  # names


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs a person: what, and the command to begin with."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """How things stand. `aside` counts what is set aside by kind and reason, `figures` are all by name."""

    glance: Glance
    sources: SourceCounts
    states: Mapping[str, SourceState]  # of the sources that are read and were read before
    aside: Mapping[str, int]
    last_tick: datetime | None
    figures: Mapping[str, int | None]
    needs: Sequence[Need]


def gather(session: Session, tx: Tx) -> Gathered:
    """Looks at everything, within one transaction that reads."""
    glance = take_glance(tx.connection, session.now - WEEK, session.now)
    aside = {f"{kind}: {reason}": n for (kind, reason), n in Failures(tx.connection).counts(session.now).items()}
    states = tx.sources.states()
    sources, known = _sources(session, states, tx.sources.halts(), glance.leased)
    last_tick = tx.turns.last("tick")
    queues, broker_fault = _queues(session)
    age = session.now - last_tick if last_tick else None
    needs = needs_of(glance, sources, aside, tick_age=age, every=session.settings.tick, now=session.now)
    needs = [Need(broker_fault, "watercooler doctor"), *needs] if broker_fault else needs
    pages = sum(count for name, count in aside.items() if name.startswith(("page: ", "article: ")))
    figures = figures_of(glance, sources, queues, pages, session.now)
    return Gathered(glance, sources, known, aside, last_tick, figures, needs)


def needs_of(
    glance: Glance,
    sources: SourceCounts,
    aside: Mapping[str, int],
    *,
    tick_age: timedelta | None,
    every: timedelta,
    now: datetime,
) -> list[Need]:
    """What needs a person, the most pressing first."""
    found: list[Need] = []

    def look(is_so: object, what: str, command: str) -> None:
        if is_so:
            found.append(Need(what, command))

    is_used = sources.total and (sources.health["running"] or glance.subscribers["active"])
    late = tick_age is None or tick_age > OLD_TICK * every
    age = f"the last was {span_of(tick_age)} ago" if tick_age else "there was none yet"
    look(is_used and late, f"nobody looks what is due, {age}", "watercooler doctor")
    look(glance.issues_paused, f"{glance.issues_paused} issues are paused", "watercooler digests list")
    held = sum(count for name, count in aside.items() if name == "mail: held")
    look(held, f"{held} mails may have been taken, and wait for a decision", "watercooler failures list --reason held")
    look(_waits(glance.oldest_item, now), "articles wait long to be ingested", "watercooler doctor")
    look(_waits(glance.oldest_due, now), "deliveries are overdue", "watercooler deliver")
    failed = sum(count for name, count in aside.items() if name.startswith("mail: ")) - held
    look(failed, f"{failed} mails failed for good", "watercooler failures list --kind mail")
    look(sources.ill, f"{len(sources.ill)} sources are ill", "watercooler sources list")
    look(sources.overdue and not late, f"{sources.overdue} sources are overdue", "watercooler doctor")
    others = sum(count for name, count in aside.items() if name.startswith(("letter: ", "article: ", "bounce: unread")))
    look(others, f"{others} articles, letters or bounces are set aside", "watercooler failures list")
    return found


def figures_of(
    glance: Glance, sources: SourceCounts, queues: Mapping[str, int | None], set_aside: int, now: datetime
) -> dict[str, int | None]:
    """All figures by name; ages are in seconds, None is unknown."""
    return {
        "sources": sources.total,
        **{f"sources_{name}": count for name, count in sources.health.items()},
        "sources_due": sources.due,
        "sources_overdue": sources.overdue,
        "sources_being_read": sources.being_read,
        **{f"queue_{name}": count for name, count in queues.items()},
        "waiting_to_be_ingested": glance.inbox,
        "oldest_waiting_seconds": _age(glance.oldest_item, now),
        "articles": glance.totals["articles"],
        "comments_captured": glance.comments[0],
        "comments_declared": glance.comments[1],
        **{name: glance.totals[name] for name in ("shows", "claims", "stories", "updates")},
        **{f"{name}_last_7_days": count for name, count in glance.week.items()},
        **{f"subscribers_{state}": count for state, count in glance.subscribers.items()},
        "suppressions": glance.suppressions,
        **{f"deliveries_{state}".replace(" ", "_"): count for state, count in glance.deliveries.items()},
        "oldest_due_delivery_seconds": _age(glance.oldest_due, now),
        "issues_going_out": glance.issues_going_out,
        "issues_paused": glance.issues_paused,
        "set_aside": set_aside,
    }


def _sources(
    session: Session, states: Mapping[str, SourceState], halts: Mapping[str, Any], leased: frozenset[str]
) -> tuple[SourceCounts, dict[str, SourceState]]:
    sources, now = session.kit.services.sources, session.now
    read = {name: source for name, source in sources.items() if source.enabled and name not in halts}
    codes = [states[name].state if name in states else "new" for name in read]
    ill = [name for name in read if name in states and states[name].state not in WELL]
    health = {
        "running": len(read),
        **{code: codes.count(code) for code in WELL},
        "broken": len(ill),
    }
    counts = SourceCounts(
        len(sources),
        health,
        due=len(due_sources(read, states, now)),
        overdue=sum(name in states and states[name].next_due < now - _OVERDUE for name in read),
        being_read=sum(bool(source.sites & leased) for source in read.values()),
        ill=ill,
    )
    return counts, {name: states[name] for name in read if name in states}


def _queues(session: Session) -> tuple[dict[str, int | None], str]:
    """How much waits in the broker's queues, and what is wrong with it; nothing in the embedded mode."""
    broker = session.kit.services.broker
    if broker is None:
        return {}, ""
    try:
        return {**broker.queue_lengths(QUEUES)}, ""
    except BrokerError as error:
        return dict.fromkeys(QUEUES), str(error)


def _waits(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since > _STALE


def _age(since: datetime | None, now: datetime) -> int | None:
    return max(0, int((now - since).total_seconds())) if since else 0
