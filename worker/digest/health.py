"""The weekly health digest of the sources, for operators: what broke, what works again, what has gone quiet."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.source import Source
from worker.errors import MailError, TemplateError
from worker.mail.message import Envelope, Rendered, Templates, compose
from worker.mail.post import Post
from worker.models import Cadence, DeliveryState, Preferences, Slot
from worker.slots import is_too_late, slots
from worker.store import Store, Tx
from worker.store.sources import WELL, SourceState

log = logging.getLogger(__name__)

TRIGGER = "health"
WEEK = timedelta(weeks=1)
MOST_LINES = 30  # sources that are named in one list
_GOOD = (DeliveryState.SENT, DeliveryState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Line:
    """One source: its state, the reason, and when it last worked, or last brought something."""

    source: str
    state: str
    reason: str
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Checkup:
    """How the sources did since the last one. `states` are those of now, for the next one to be compared with."""

    since: datetime
    until: datetime
    sources: int
    broke: tuple[Line, ...]
    still: tuple[Line, ...]  # were broken before, and are
    recovered: tuple[Line, ...]
    quiet: tuple[Line, ...]
    fresh_quiet: int  # of them, those that were not quiet before
    failures: dict[str, int]
    captured: int
    declared: int
    deliveries: dict[str, int]
    states: dict[str, str]

    @property
    def is_worth_a_mail(self) -> bool:
        """Is there something that an operator would want to know, or still has to do?"""
        failed = self.deliveries.get(DeliveryState.FAILED, 0) + self.deliveries.get(DeliveryState.UNCERTAIN, 0)
        return bool(self.broke or self.still or self.recovered or self.fresh_quiet or failed)

    def render(self, templates: Templates, zone: str) -> Rendered:
        """The message in words. Raises TemplateError."""
        return templates.render("health", {"checkup": self, "zone": zone, "most": MOST_LINES})


def checkup(tx: Tx, sources: Mapping[str, Source], now: datetime) -> Checkup:
    """How the sources that are read did since the last weekly health digest, or in the last week."""
    past = tx.checkups.last()
    since, before = (past.at, past.states) if past else (now - WEEK, {})
    halted = tx.sources.halts()
    names = sorted(name for name, source in sources.items() if source.enabled and name not in halted)
    states = tx.sources.states(names)
    broken = [state for name, state in sorted(states.items()) if state.state not in WELL]
    were_broken = {name for name, code in before.items() if code not in WELL}
    quiet = [state for _, state in sorted(states.items()) if state.state == "quiet"]
    well = [state for name, state in sorted(states.items()) if state.state in WELL and name in were_broken]
    captured, declared = tx.checkups.comments(since)
    return Checkup(
        since=since,
        until=now,
        sources=len(states),
        broke=_lines(state for state in broken if state.name not in were_broken),
        still=_lines(state for state in broken if state.name in were_broken),
        recovered=_lines(well),
        quiet=_lines(quiet),
        fresh_quiet=sum(before.get(state.name) != "quiet" for state in quiet),
        failures=tx.checkups.failures(names, since),
        captured=captured,
        declared=declared,
        deliveries=tx.deliveries.state_counts(since),
        states={name: state.state for name, state in states.items()},
    )


def is_due(tx: Tx, operators: Sequence[str], zone: str, now: datetime) -> bool:
    """Has the week's turn come, is it not too late for it, and has nobody taken it?"""
    turn = _turn(zone, now) if operators else None
    return turn is not None and tx.issues.by_key(_key(turn)) is None


def send_weekly(
    store: Store, sources: Mapping[str, Source], operators: Sequence[str], post: Post, zone: str, now: datetime
) -> int:
    """Sends this week's health digest to the operators, once whoever asks; gives how many took it.

    When nobody's mail was taken for now, the turn is given back, and taken again later.
    """
    with store.begin() as tx:
        turn = _turn(zone, now) if operators else None
        issue, is_new = (None, False) if turn is None else _open(tx, turn, now)
        if issue is None or not is_new:
            return 0
        found = checkup(tx, sources, now)
        tx.checkups.keep(issue, now, found.states)
    if not found.is_worth_a_mail:
        return 0
    sent, for_now = 0, False
    for address in operators:
        try:
            send_checkup(found, address, post, zone, now)
            sent += 1
        except (MailError, TemplateError) as error:
            for_now = for_now or (isinstance(error, MailError) and not error.permanent and not error.uncertain)
            log.warning("the health digest to an operator was not taken: %s", getattr(error, "reason", error))
    if for_now and not sent:
        with store.begin() as tx:
            tx.issues.drop(issue)
    return sent


def send_checkup(found: Checkup, address: str, post: Post, zone: str, now: datetime) -> str:
    """Sends a health digest to somebody; gives the reply. Raises MailError, TemplateError."""
    mark = hashlib.blake2b(f"{address}/{now.isoformat()}".encode(), digest_size=10).hexdigest()
    envelope = Envelope(address, post.sender, f"<health.{mark}@mid.{post.domain}>", kind="transactional")
    message = compose(found.render(post.templates, zone).body, envelope, now=now)
    return post.send(message, address)


def _turn(zone: str, now: datetime) -> Slot | None:
    """The turn of this week when it has come: Monday at eight by the operator's clock."""
    monday = Preferences(cadence=Cadence.WEEKLY, weekday=0, hour=8, zone=zone)
    come = [slot for slot, _ in zip(slots(monday, now - WEEK), range(2), strict=False) if slot.due <= now]
    return come[-1] if come and not is_too_late(come[-1], Cadence.WEEKLY, now) else None


def _key(turn: Slot) -> str:
    return f"health-{turn.period}"


def _open(tx: Tx, turn: Slot, now: datetime) -> tuple[int, bool]:
    """The issue of a turn; unique by its key, it is the lock by which one of several schedulers sends."""
    issue, is_new = tx.issues.open(
        _key(turn),
        trigger=TRIGGER,
        asked_by="schedule",
        why="weekly health of the sources",
        period_end=now,
        show_id=None,
        since=None,
        now=now,
    )
    return issue.id, is_new


def _lines(states: Iterable[SourceState]) -> tuple[Line, ...]:
    return tuple(
        Line(state.name, state.state, state.reason, state.last_new if state.state == "quiet" else state.last_ok)
        for state in states
    )
