"""`watercooler claims`: the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.forms import claim_form
from worker.cli.output import Json, Session, emit, note, parse_since, show_table
from worker.cli.shows import find_show
from worker.errors import NotFoundError

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_claims(
    context: typer.Context,
    show: Annotated[str, typer.Option(help="Only about this show.")] = "",
    since: Annotated[str, typer.Option(help="Only said since: 7d, 12h or a date.")] = "",
    as_json: Json = False,
) -> None:
    """Who said what about which show, how sure it is, and how it stands now.

    Example: watercooler claims list --show "Harbour Lights"
    """
    session: Session = context.obj
    after = parse_since(since, session.now)
    with session.kit.store.begin() as tx:
        rows = tx.stories.claims(show_id=find_show(tx, show).id if show else None, since=after)
    if as_json:
        emit(claim_form(row) for row in rows)
        return
    show_table(
        "",
        ["id#", "show", "season#", "field", "value", "standing", "state", "outlet", "said"],
        [
            (
                row.claim.id,
                row.show,
                row.claim.season,
                row.claim.field,
                row.claim.value,
                row.claim.standing,
                row.state,
                row.claim.outlet + (" (copy)" if row.claim.copy_of else ""),
                session.local(row.claim.seen_at),
            )
            for row in rows
        ],
    )
    if not rows:
        note(
            "no claims yet; `watercooler crawl` reads the sources, `watercooler shows list` says which shows are known"
        )


@app.command("why")
def why(context: typer.Context, claim_id: int, as_json: Json = False) -> None:
    """Why a claim is what it is: its sentence, the rule that read it, and what it did to the ledger.

    Example: watercooler claims why 12
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        rows = [row for row in tx.stories.claims() if row.claim.id == claim_id]
        if not rows:
            raise NotFoundError(f"there is no claim {claim_id}; see `watercooler claims list`")
        row = rows[0]
        same = tx.stories.claims(story_ids=[row.claim.story_id or 0])
    if as_json:
        emit([{**claim_form(row), "story_claims": [claim_form(other) for other in same]}])
        return
    claim = row.claim
    season = f", season {claim.season}" if claim.season else ""
    typer.echo(f"{row.show}{season}: {claim.field} {claim.value} ({claim.standing}, now {row.state})")
    typer.echo(f"“{claim.evidence}”")
    typer.echo(f"{claim.outlet}, {session.local(row.published)}: {row.title}\n{claim.url}")
    typer.echo(f"rule: {claim.rule}\nledger: {row.reason}")
    for other in same:
        if other.claim.id != claim.id:
            said = f"{other.claim.outlet}, {session.local(other.claim.seen_at)} ({other.claim.standing})"
            typer.echo(f"also: {said}: {other.claim.evidence}")
