"""`watercooler subscribers import`, `export` and `erase`: one person's or many people's data."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from worker.cli.output import Json, Session, Yes, complain, confirm, emit, note
from worker.cli.reader_choice import find_reader
from worker.cli.show_choice import show_to_follow
from worker.cli.subscriber_files import Fault, Line, read_subscribers
from worker.errors import StoreError, UsageError
from worker.privacy import check_not_erased, erase, export_person
from worker.store import Tx
from worker.subscribers import add_subscriber, check_address, follow


def register(app: typer.Typer) -> None:
    """Puts the commands of this file into a group."""
    app.command("import")(import_subscribers)
    app.command("export")(export)
    app.command("erase")(erase_person)


def import_subscribers(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Adds people who have agreed elsewhere: a CSV with email, shows (A | B), zone, consent date and consent source.

    A broken line is named and left out; then the exit code is 1. Who had left, or was erased, is not brought back.

    Example: watercooler subscribers import readers.csv
    """
    session: Session = context.obj
    outcomes: list[dict[str, Any]] = []
    with session.kit.store.begin() as tx:
        for line in read_subscribers(file, session.settings.zone, session.now):
            outcomes.append(_take(tx, session, line))
    if as_json:
        emit(outcomes)
    broken = [one for one in outcomes if one["outcome"] == "broken"]
    for one in broken:
        complain(f"{file}:{one['line']}: {one['reason']}", 1)
    new = sum(one["outcome"] == "added" for one in outcomes)
    note(f"{new} added, {len(outcomes) - new - len(broken)} known already, {len(broken)} broken")
    if broken:
        raise typer.Exit(1)


def _take(tx: Tx, session: Session, line: Line | Fault) -> dict[str, Any]:
    """Adds one person; a fault undoes this line alone."""
    if isinstance(line, Fault):
        return {"line": line.number, "email": None, "outcome": "broken", "reason": line.reason}
    try:
        with tx.savepoint():
            new = _add(tx, session, line)
    except UsageError as error:
        return {"line": line.number, "email": line.email, "outcome": "broken", "reason": str(error)}
    return {"line": line.number, "email": line.email, "outcome": "added" if new else "known", "reason": None}


def _add(tx: Tx, session: Session, line: Line) -> bool:
    check_not_erased(tx, line.email, session.settings.keys)
    known = tx.subscribers.by_key(check_address(line.email)[1])
    if known and known.state not in ("active", "pending"):
        raise UsageError(f"{line.email} is {known.state}: only its owner can come back, by the sign-up page")
    found, _ = add_subscriber(
        tx, line.email, zone=line.zone, confirmed=True, now=session.now, what="imported", origin=line.origin
    )
    if known is None or known.state != "active":  # mails say since when the address is confirmed
        noon = datetime.combine(line.agreed, time(12), ZoneInfo(line.zone))
        tx.subscribers.set_state(found.id, "active", confirmed_at=noon)
    for name in line.shows:
        follow(tx, found, show_to_follow(tx, session, name), session.now)
    return known is None or known.state != "active"


def export(context: typer.Context, email: str) -> None:
    """Everything that is held about one person, as JSON by table.

    Example: watercooler subscribers export ann@example.org > ann.json
    """
    session: Session = context.obj
    with session.kit.store.read() as tx:
        find_reader(tx, email)
    typer.echo(export_person(session.kit.store, email, session.now))


def erase_person(
    context: typer.Context,
    email: str,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Forgets one person for good, and prints the proof. A keyed hash remains, so that no import brings them back.

    Example: watercooler subscribers erase ann@example.org --yes
    """
    session: Session = context.obj
    address = check_address(email)[0]
    confirm(f"Forget {address} and all that was ever sent there?", yes=yes)
    proof = erase(session.kit.store, email, session.settings.keys, session.now)
    files = [{"file": trace.file, "bytes": trace.size, "found": trace.found} for trace in proof.files]
    if as_json:
        emit([{"mark": proof.mark, "erased_at": proof.at, "removed": proof.removed, "files": files}])
    rows = ", ".join(f"{name} {count}" for name, count in proof.removed.items())
    note(f"erased; rows removed: {rows or 'none, it was done before'}")
    for trace in proof.files:
        note(f"{trace.file}: {trace.size} bytes, the address occurs {trace.found} times")
    note(f"mark: {proof.mark}")
    note("mails that were sent are in mailboxes, and backups have what they have: those are not reached from here")
    if not proof.holds:
        raise StoreError("the address still occurs in the database's files, as part of something else; look there")
