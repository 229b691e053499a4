"""`watercooler failures`: all that is set aside, of every kind, with its reason, and the way back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

from worker.cli.output import Json, Session, confirm, emit, note, show_table
from worker.cli.replays import Outcome, bytes_of, plan_of, replay
from worker.errors import NotFoundError, UsageError
from worker.store.failures import KINDS, Aside, Failures, Kind
from worker.store.sources import Failed

app = typer.Typer(no_args_is_help=True)

_ID = re.compile(rf"(?:({'|'.join(KINDS)})-)?([0-9]{{1,18}})")
_MOST = 200  # of each kind in a list
Id = Annotated[
    str, typer.Argument(metavar="ID", help="As `failures list` names it: page-12, mail-7; or a page's number.")
]
OfKind = Annotated[str, typer.Option("--kind", help=f"Only {', '.join(KINDS)}.")]
Reason = Annotated[str, typer.Option("--reason", help="Only what is set aside for this reason.")]
Source = Annotated[str, typer.Option("--source", help="Only pages and articles of this source.")]


@app.command("list")
def list_failures(
    context: typer.Context,
    source: Source = "",
    kind: OfKind = "",
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many of each kind.")] = _MOST,
    as_json: Json = False,
) -> None:
    """What came to nothing, newest first: pages, articles, mails, issues, letters, bounces.

    What comes after all disappears from here.

    Example: watercooler failures list --kind mail
    """
    session: Session = context.obj
    with session.kit.store.read() as tx:
        found = Failures(tx.connection).find(_kinds(kind), reason=reason, source=source, limit=limit, now=session.now)
    if as_json:
        emit(_form(one) for one in found)
        return
    rows = [
        (one.id, one.about or one.detail, one.reason, one.times, session.local(one.at), plan_of(one)) for one in found
    ]
    show_table("", ["id", "about", "reason", "times#", "last", "replay"], rows)
    if not found:
        note("nothing is set aside")


@app.command("show")
def show(
    context: typer.Context,
    failure_id: Id,
    raw: Annotated[bool, typer.Option("--raw", help="Write the bytes that the server sent, and nothing else.")] = False,
    as_json: Json = False,
) -> None:
    """One that is set aside: why, what is kept of it, and what a replay would do.

    Example: watercooler failures show page-4 --raw > page.html
    """
    session: Session = context.obj
    aside, page = _find(session, failure_id)
    if raw:
        if page is None:
            raise UsageError(f"{aside.id} is no page: no bytes of it are kept")
        sys.stdout.buffer.write(bytes_of(page))
        return
    if as_json:
        emit([{**_form(aside), "payload": page.payload if page else None}])
        return
    typer.echo(
        f"{aside.about or aside.id}\n{aside.source or aside.kind}, {session.local(aside.at)}, {aside.times} times"
    )
    typer.echo(f"{aside.reason}: {aside.detail}")
    if page and page.payload:
        typer.echo(json.dumps(page.payload, ensure_ascii=False, indent=2))
    if page and page.body:
        note(f"{len(bytes_of(page))} bytes of the page are kept; see them: watercooler failures show {aside.id} --raw")
    note(f"watercooler failures replay {aside.id} {plan_of(aside)}")


@app.command("replay")
def replay_failures(
    context: typer.Context,
    failure_id: Annotated[str, typer.Argument(metavar="[ID]", help="As `failures list` names it; or --all.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of them, or all of a kind, reason or source.")] = False,
    kind: OfKind = "",
    reason: Reason = "",
    source: Source = "",
    kept: Annotated[bool, typer.Option("--kept", help="Extract the bytes that are kept of pages; ask nobody.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before many are tried.")] = False,
    as_json: Json = False,
) -> None:
    """Tries again: reads a page anew, ingests what is kept, sends a mail, lets an issue go on.

    Exit code 1 when something is set aside anew.

    Example: watercooler failures replay --all --reason timeout --yes
    """
    session: Session = context.obj
    if bool(failure_id) == everything:
        raise UsageError("name one, like `failures replay mail-7`, or many: --all, with --kind or --reason")
    asides = _chosen(session, kind, reason, source) if everything else [_find(session, failure_id)[0]]
    if everything and not _confirmed(asides, yes=yes):
        return
    outcomes: list[Outcome] = []
    for outcome in replay(session, asides, kept=kept):
        outcomes.append(outcome)
        if outcome.state == "not tried" and not everything:
            raise UsageError(outcome.detail)
        if as_json:
            emit([_outcome_form(outcome)])
        about = outcome.aside.about or outcome.aside.id
        note(f"{about}: {outcome.word}{f': {outcome.detail}' if outcome.detail else ''}")
    if everything:
        note(f"{sum(one.state == 'done' for one in outcomes)} of {len(outcomes)} are set aside no more")
    if any(one.state != "done" for one in outcomes):
        raise typer.Exit(1)


def _chosen(session: Session, kind: str, reason: str, source: str) -> list[Aside]:
    with session.kit.store.read() as tx:
        return Failures(tx.connection).find(_kinds(kind), reason=reason, source=source, now=session.now)


def _confirmed(asides: Sequence[Aside], *, yes: bool) -> bool:
    """Says what would be done, and asks, if nobody said yes before. Raises UsageError where nobody can be asked."""
    if not asides:
        note("nothing is set aside that is meant here")
        return False
    plans = [plan_of(one) for one in asides]
    for plan in sorted(set(plans)):
        note(f"{plans.count(plan)}: {plan}")
    confirm("Try them all again?", yes=yes)
    return True


def _kinds(kind: str) -> tuple[Kind, ...]:
    if kind and kind not in KINDS:
        raise UsageError(f"--kind: one of {', '.join(KINDS)} is wanted, not {kind!r}")
    return tuple(one for one in KINDS if kind in ("", one))


def _find(session: Session, failure_id: str) -> tuple[Aside, Failed | None]:
    """What an id names, with the page that is kept. Raises UsageError, NotFoundError."""
    match = _ID.fullmatch(failure_id)
    if not match:
        raise UsageError(
            f"an id like page-12, mail-7 or 12 is wanted, not {failure_id!r}; see `watercooler failures list`"
        )
    kind, number = cast(Kind, match[1] or "page"), int(match[2])
    with session.kit.store.read() as tx:
        found = Failures(tx.connection).one(kind, number, session.now)
        page = tx.sources.failure(number) if kind in ("page", "article") else None
    if found is None:
        raise NotFoundError(f"nothing is set aside under {failure_id}; see `watercooler failures list`")
    return found, page


def _form(aside: Aside) -> dict[str, Any]:
    is_page = aside.kind in ("page", "article")
    return {
        "id": aside.id,
        "kind": aside.kind,
        "at": aside.at,
        "source": aside.source or None,
        "url": aside.about if is_page else None,
        "about": aside.about or None,
        "issue": aside.group,
        "reason": aside.reason,
        "detail": aside.detail,
        "times": aside.times,
        "can_be_ingested": aside.has_payload,
        "bytes_kept": aside.size,
        "replay": plan_of(aside),
    }


def _outcome_form(outcome: Outcome) -> dict[str, Any]:
    aside = outcome.aside
    return {
        "id": aside.id,
        "kind": aside.kind,
        "url": aside.about if aside.kind in ("page", "article") else None,
        "outcome": outcome.word,
        "state": outcome.state,
        "detail": outcome.detail,
    }
