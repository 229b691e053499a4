"""An issue on the screen: where its deliveries stand, what some of them wait for, and the same live."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from worker.cli.output import Session, emit, err, note, show_table
from worker.errors import ConflictError, NotFoundError
from worker.forms import delivery_form, issue_form
from worker.models import Delivery, DeliveryState, Issue, IssueState, Wait
from worker.store import Store, Tx
from worker.store.deliveries import TO_COME

ROWS = 50  # deliveries shown one by one, if nobody asks for all
_PAGE = 500
_LOOK = 1.0  # seconds between two looks
_FINE = (DeliveryState.SENT, DeliveryState.SKIPPED)


def find_issue(tx: Tx, issue_id: int) -> Issue:
    """The issue with an id. Raises NotFoundError."""
    found = tx.issues.by_id(issue_id) if issue_id < 1 << 63 else None  # no database has larger numbers
    if found is None:
        raise NotFoundError(f"there is no issue {issue_id}; see `watercooler digests list`")
    return found


def check_not_paused(issue: Issue) -> None:
    """Raises ConflictError when an issue is paused: nothing of it would be sent now."""
    if issue.state is IssueState.PAUSED:
        raise ConflictError(f"issue {issue.id} is paused; let it go on first: watercooler digests resume {issue.id}")


def show(session: Session, issue_id: int, *, as_json: bool, everything: bool = False) -> bool:
    """Prints an issue; False when one of its deliveries failed or waits."""
    store = session.kit.store
    with store.begin() as tx:
        issue = find_issue(tx, issue_id)
        counts = tx.deliveries.counts([issue_id])[issue_id]
    if as_json:
        form = issue_form(issue, counts)
        emit({**delivery_form(delivery), "issue": form} for delivery in _deliveries(store, issue_id, None))
        if not counts:
            emit([{"issue": form}])
    else:
        _print(session, issue, counts, everything)
    return all(state in _FINE for state in counts)


def watch(session: Session, issue_id: int) -> None:
    """Shows an issue's figures as they change, until nothing is left to do or nobody wants to look any more."""
    with contextlib.suppress(KeyboardInterrupt), Live(console=err, auto_refresh=False, transient=True) as live:
        while True:
            with session.kit.store.begin() as tx:
                issue = find_issue(tx, issue_id)
                counts = tx.deliveries.counts([issue_id])[issue_id]
                waits, more = tx.deliveries.waits(issue_id), tx.deliveries.next_due(issue_id)
            live.update(_live(session, issue, counts, waits), refresh=True)
            if more is None:
                return
            time.sleep(_LOOK)


def _print(session: Session, issue: Issue, counts: dict[str, int], everything: bool) -> None:
    store = session.kit.store
    with store.begin() as tx:
        waits, doubtful = tx.deliveries.waits(issue.id), tx.deliveries.doubtful(issue.id)
    rows = [(d.email, d.state, d.attempts, d.reply) for d in _deliveries(store, issue.id, None if everything else ROWS)]
    show_table(_title(issue), ["subscriber", "state", "attempts#", "reply"], rows)
    if len(rows) < sum(counts.values()):
        note(f"{sum(counts.values()) - len(rows)} more: --all, or --json")
    note(f"deliveries: {sum_up(counts)}; {sum(counts.values())} in all")
    for line in waiting_lines(session, waits):
        note(line)
    if doubtful:
        note(f"{doubtful} may have been delivered twice: nobody knew whether the first copy had been taken")
    if any(wait.state is DeliveryState.UNCERTAIN and wait.next_try is None for wait in waits):
        note(f"to decide about what is held: watercooler digests release {issue.id}")
    if issue.reason:
        note(f"paused: {issue.reason}")
        note(f"when that is mended: watercooler digests resume {issue.id}, then resend {issue.id}")


def _live(session: Session, issue: Issue, counts: dict[str, int], waits: list[Wait]) -> Group:
    table = Table(box=None, pad_edge=False, show_header=False)
    for state in DeliveryState:
        if state in counts:
            table.add_row(state.value, Text(str(counts[state]), justify="right"))
    to_come = sum(counts.get(state, 0) for state in TO_COME)
    table.add_row("to come", Text(f"{to_come} of {sum(counts.values())}", justify="right"))
    return Group(Text(_title(issue)), table, *map(Text, waiting_lines(session, waits)))


def _deliveries(store: Store, issue_id: int, most: int | None) -> Iterator[Delivery]:
    """An issue's deliveries, some at a time."""
    after, left = 0, most
    while left is None or left > 0:
        with store.begin() as tx:
            part = tx.deliveries.of_issue(issue_id, limit=min(_PAGE, left or _PAGE), after=after)
        if not part:
            return
        yield from part
        after, left = part[-1].id, None if left is None else left - len(part)


def _title(issue: Issue) -> str:
    asked = f"asked for by {issue.asked_by}{f', because: {issue.why}' if issue.why else ''}"
    return f"issue {issue.id}: {issue.key}, {issue.state}, {asked}"


def waiting_lines(session: Session, waits: Iterable[Wait]) -> list[str]:
    """What so many deliveries wait for, or why they ended, a line each."""
    return [_waiting(session, wait) for wait in waits]


def _waiting(session: Session, wait: Wait) -> str:
    ended = wait.state in (DeliveryState.FAILED, DeliveryState.SKIPPED)
    when = "" if ended else f", next try {session.local(wait.next_try)}"
    held = wait.state is DeliveryState.UNCERTAIN and wait.next_try is None
    kind = f" ({wait.kind})" if wait.kind else ""
    return f"{wait.count} {wait.state}{kind}{', held for a person' if held else when}: {wait.reply or ''}"


def sum_up(counts: dict[str, int]) -> str:
    """How many deliveries are in which state, in words."""
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
