"""`watercooler bounces`: what came back, and how one message is read."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.bounces import LIMIT
from worker.cli.output import Json, Session, emit, note, parse_since, show_table
from worker.cli.reader_choice import find_reader
from worker.errors import UsageError
from worker.mail.bounces import Bounce, Complaint, Notice, Other, read_notice
from worker.mail.refusals import Refusal
from worker.store.bounces import Kept

app = typer.Typer(no_args_is_help=True)
_KINDS = ("gone", "doubtful", "passing", "ours", "complaint", "ignored", "unread")


@app.command("read")
def read(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A raw message; - is standard input.")] = "-",
    as_json: Json = False,
) -> None:
    """Reads one message and stores nothing: a line for each address that failed, `ADDRESS hard|soft STATUS MEANING`.

    Example: watercooler bounces read < notice.eml
    """
    notice = read_notice(_bytes_of(file))
    refusals = notice.refusals if isinstance(notice, Bounce) else ()
    if as_json:
        emit([_refusal_form(one) for one in refusals] or [{"address": None, "reason": _reason(notice)}])
        return
    for one in refusals:
        typer.echo(f"{one.address or '?'} {_class(one)} {one.status or '-'} {one.kind.value}")
    if not refusals:
        note(_reason(notice))


@app.command("list")
def list_bounces(
    context: typer.Context,
    to: Annotated[str, typer.Option(help="Only of this subscriber.")] = "",
    kind: Annotated[str, typer.Option(help=f"Only {', '.join(_KINDS[:-1])} or {_KINDS[-1]}.")] = "",
    since: Annotated[str, typer.Option(help="For the sums: 7d, 12h or a date.")] = "30d",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """What came back, newest first: whose it is, what it means, and what it counts.

    Example: watercooler bounces list --kind ours
    """
    session: Session = context.obj
    if kind and kind not in _KINDS:
        raise UsageError(f"--kind: one of {', '.join(_KINDS)} is wanted, not {kind!r}")
    start = parse_since(since, session.now) or session.now - timedelta(days=30)
    with session.kit.store.begin() as tx:
        number = find_reader(tx, to).id if to else None
        found = tx.bounces.latest(limit, subscriber_id=number, kind=kind)
        counts = tx.bounces.counts(start)
    if as_json:
        emit(_form(one) for one in found)
        return
    show_table("", ["when", "address", "kind", "status", "score#", "text"], [_row(session, one) for one in found])
    sums = ", ".join(f"{name} {count}" for name, count in counts.items())
    note(f"since {session.local(start)}: {sums or 'nothing came back'}")


def _bytes_of(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(LIMIT)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LIMIT)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None


def _class(refusal: Refusal) -> str:
    return "hard" if refusal.is_permanent else "soft"


def _refusal_form(refusal: Refusal) -> dict[str, Any]:
    return {
        "address": refusal.address or None,
        "class": _class(refusal),
        "status": refusal.status or None,
        "meaning": refusal.kind.value,
        "text": refusal.text,
    }


def _reason(notice: Notice) -> str:
    """Why there is no line for an address."""
    if isinstance(notice, Complaint):
        return f"a complaint: {notice.what}"
    return notice.reason if isinstance(notice, Other) else ""


def _row(session: Session, one: Kept) -> tuple[object, ...]:
    record = one.record
    score = f"{record.score / 10:g}" if record.score else ""
    return session.local(record.at), one.email or "", record.kind, record.status, score, record.text


def _form(one: Kept) -> dict[str, Any]:
    record = one.record
    return {
        "id": one.id,
        "at": record.at,
        "address": one.email,
        "delivery": record.delivery_id,
        "kind": record.kind,
        "status": record.status or None,
        "text": record.text,
        "score": record.score / 10,
    }
