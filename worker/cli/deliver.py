"""`watercooler deliver`: hands over what is due, once or until nothing is left."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer

from worker.cli.issue_view import find_issue, sum_up, waiting_lines
from worker.cli.output import Json, Session, emit, note, progress
from worker.models import Delivery, IssueState
from worker.store.deliveries import TO_COME
from worker.tasks import Kit

_LOOK = 1.0  # seconds: somebody else may have done something


def deliver(
    context: typer.Context,
    drain: Annotated[
        bool, typer.Option("--drain", help="Stay until nothing is left: wait for what is to be tried later.")
    ] = False,
    issue: Annotated[int, typer.Option("--issue", metavar="ID", help="Only deliveries of this issue; 0: of all.")] = 0,
    as_json: Json = False,
) -> None:
    """Hands over the deliveries that are due. Several may do so at once: each delivery goes once.

    Exit code 1 when an issue was paused, or the mail server cannot be used. Example: watercooler deliver --drain
    """
    session: Session = context.obj
    session.kit.services.check_post()
    paused_before = _paused(session.kit, issue)
    done: Counter[str] = Counter()
    with session.kit.store.begin() as tx:
        counts = tx.deliveries.state_counts()
    total = sum(counts.get(state, 0) for state in TO_COME) if drain and not issue else None
    with stoppable("watercooler deliver"), progress("sending", total, quiet=as_json) as step:

        def on_done(delivery: Delivery) -> None:
            done["tries"] += 1
            step(delivery.email)

        _deliver(session, issue or None, drain, on_done)
    with session.kit.store.begin() as tx:
        counts = tx.deliveries.state_counts()
    if as_json:
        emit([{"tries": done["tries"], "deliveries": counts}])
    note(f"{done['tries']} tries; all deliveries: {sum_up(counts)}")
    fine = _tell_waits(session, issue)
    if paused := _paused(session.kit, issue) - paused_before:
        for number, reason in sorted(paused):
            note(f"issue {number} is paused: {reason}; see watercooler digests show {number}")
    if paused or not fine:
        raise typer.Exit(1)


@contextmanager
def stoppable(go_on: str) -> Iterator[None]:
    """Ctrl-C, and a service manager's stop, end what is in it when all that is under way is answered and recorded."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        note(f"stopped; what was under way is recorded. To go on with the rest: {go_on}")
        raise typer.Exit(1) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell_waits(session: Session, only: int) -> bool:
    """Says what deliveries of open issues wait for; False when they wait for a mail server that can be used."""
    fine = True
    with session.kit.store.begin() as tx:
        found = [find_issue(tx, only)] if only else tx.issues.latest()
        waits = {one.id: tx.deliveries.waits(one.id) for one in found if one.state is IssueState.OPEN}
    for number in sorted(waits):
        to_come = [wait for wait in waits[number] if wait.state in TO_COME]
        fine = fine and not any(wait.kind == "ours" for wait in to_come)
        for line in waiting_lines(session, to_come):
            note(f"issue {number}: {line}")
    return fine


def _deliver(session: Session, issue: int | None, drain: bool, on_done: Callable[[Delivery], None]) -> None:
    sender, clock, idle = session.kit.sender, _clock(session), threading.Event()
    while True:
        while sender.deliver_some(clock(), issue, on_done):
            pass
        later = _next(session.kit, issue) if drain else None
        if later is None:
            return
        least = _LOOK if sender.rests(clock()) else 0.02
        idle.wait(min(_LOOK, max(least, (later - clock()).total_seconds())))


def _next(kit: Kit, issue: int | None) -> datetime | None:
    with kit.store.begin() as tx:
        return tx.deliveries.next_due(issue)


def _paused(kit: Kit, issue: int) -> set[tuple[int, str]]:
    """Issues that were paused, and not by a person."""
    with kit.store.begin() as tx:
        found = [find_issue(tx, issue)] if issue else tx.issues.latest()
    return {(one.id, one.reason) for one in found if one.state is IssueState.PAUSED and one.reason}


def _clock(session: Session) -> Callable[[], datetime]:
    """The session's time as it goes on."""
    began = time.monotonic()
    return lambda: session.now + timedelta(seconds=time.monotonic() - began)
