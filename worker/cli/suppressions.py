"""`watercooler suppressions`: addresses that nothing is sent to, why, and the way out."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.output import Json, Session, emit, note, show_table
from worker.errors import NotFoundError, UsageError
from worker.forms import suppression_form
from worker.privacy import marks
from worker.store import Tx
from worker.store.suppressions import OPERATOR, Suppression
from worker.subscribers import check_address
from worker.suppress import release, suppress_by_hand

app = typer.Typer(no_args_is_help=True)
_REASONS = ("bounced", "complained", OPERATOR)


@app.command("list")
def list_suppressions(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Only these: bounced, complained or operator.")] = "",
    as_json: Json = False,
) -> None:
    """Addresses that nothing is sent to, newest first, each with its reason and evidence.

    Example: watercooler suppressions list --reason bounced
    """
    session: Session = context.obj
    if reason and reason not in _REASONS:
        raise UsageError(f"--reason: {', '.join(_REASONS)} are there, not {reason!r}")
    with session.kit.store.begin() as tx:
        found = tx.suppressions.all(reason)
    if as_json:
        emit(suppression_form(entry) for entry in found)
        return
    rows = [(_name(entry), entry.reason, session.local(entry.at), entry.evidence) for entry in found]
    show_table("", ["address", "reason", "since", "evidence"], rows)
    if not found:
        note("no address is suppressed")


@app.command("show")
def show(context: typer.Context, email: str, as_json: Json = False) -> None:
    """Why nothing is sent to an address, and what came back from it.

    Example: watercooler suppressions show ann@example.org
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        entry = _find(tx, session, email)
        back = tx.bounces.latest(20, subscriber_id=entry.subscriber_id) if entry.subscriber_id else []
    if as_json:
        records = [
            {"at": b.record.at, "kind": b.record.kind, "status": b.record.status, "text": b.record.text} for b in back
        ]
        emit([{**suppression_form(entry), "bounces": records}])
        return
    typer.echo(f"{email}: {entry.reason}, since {session.local(entry.at)}\n{entry.evidence}")
    rows = [(session.local(b.record.at), b.record.kind, b.record.status, b.record.text) for b in back]
    if rows:
        show_table("what came back", ["when", "kind", "status", "text"], rows)


@app.command("add")
def add(
    context: typer.Context,
    email: str,
    why: Annotated[str, typer.Option(help="The reason; it is kept with the entry.")],
    as_json: Json = False,
) -> None:
    """Sends nothing more to an address, whoever asks for it, not even a confirm mail.

    Example: watercooler suppressions add ann@example.org --why "asked for it by letter"
    """
    session: Session = context.obj
    key = check_address(email)[1]
    if not why.strip():
        raise UsageError("--why: say the reason; it is kept with the entry")
    with session.kit.store.begin() as tx:
        suppress_by_hand(tx, key, " ".join(why.split())[:500], session.now)
        entry = _find(tx, session, email)
    if as_json:
        emit([suppression_form(entry)])
    note(f"{email}: nothing is sent there any more; take it back: watercooler suppressions remove {email}")


@app.command("remove")
def remove(context: typer.Context, email: str, as_json: Json = False) -> None:
    """Takes an address off the list. Who had agreed to digests gets them again; who had left stays away.

    Example: watercooler suppressions remove ann@example.org
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        entry = _find(tx, session, email)
        state = release(tx, entry, session.now)
    if as_json:
        emit([{**suppression_form(entry), "removed": True, "state": state or None}])
    after = {
        "active": "gets digests again",
        "pending": "has not confirmed yet",
        "unsubscribed": "has unsubscribed: only its owner can come back, by the sign-up page",
    }
    note(f"{email}: taken off the list; {after.get(state, 'no subscriber has this address')}")


def _find(tx: Tx, session: Session, email: str) -> Suppression:
    """The entry of an address, even of one that was erased since."""
    found = tx.suppressions.find([check_address(email)[1], *marks(email, session.settings.keys)])
    if found is None:
        raise NotFoundError(f"{email} is not suppressed; see `watercooler suppressions list`")
    return found


def _name(entry: Suppression) -> str:
    return entry.address if "@" in entry.address else f"erased ({entry.address[:12]}…)"
