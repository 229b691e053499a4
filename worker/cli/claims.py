"""`watercooler claims`: the ledger."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from worker.atom import Place, atom_feed
from worker.cli.completion import OnlyShow, ShowName, complete_show
from worker.cli.output import Json, Session, emit, note, number_of, parse_since, show_table
from worker.cli.shows import find_show
from worker.errors import NotFoundError, UsageError
from worker.forms import claim_form, in_order, ledger_form, why_form
from worker.ingest.corrections import fitting
from worker.store import Tx

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_claims(
    context: typer.Context,
    show: OnlyShow = "",
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


@app.command("show")
def show_ledger(context: typer.Context, show: ShowName, as_json: Json = False) -> None:
    """A show's ledger: what is known of each season, and how it stands now.

    Example: watercooler claims show "Harbour Lights"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = find_show(tx, show)
        stories = in_order(tx.stories.ledger(found.id))
    if as_json:
        emit(ledger_form(found, stories))
        return
    show_table(
        found.name,
        ["story#", "season#", "field", "value", "standing", "state", "said by", "first said", "last said"],
        [
            (
                story.id,
                story.season,
                story.field,
                story.value,
                story.standing,
                story.state,
                ", ".join(story.families),
                session.local(story.first_seen),
                session.local(story.last_seen),
            )
            for story in stories
        ],
    )
    if not stories:
        note(f"nothing is known of {found.name} yet; `watercooler crawl` reads the sources")


@app.command("why")
def why(context: typer.Context, claim_id: int, as_json: Json = False) -> None:
    """Why a claim is what it is: its sentence, the rule that read it, and what it did to the ledger.

    Example: watercooler claims why 12
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        same = tx.stories.claims(story_ids=[_story_of(tx, claim_id)])
        row = next(row for row in same if row.claim.id == claim_id)
        stored = tx.articles.by_id(row.claim.article_id)
        corrections = fitting(tx, stored.article) if stored else []
    if as_json:
        emit([why_form(row, same, corrections)])
        return
    claim = row.claim
    season = f", season {claim.season}" if claim.season else ""
    typer.echo(f"{row.show}{season}: {claim.field} {claim.value} ({claim.standing}, now {row.state})")
    typer.echo(f"“{claim.evidence}”")
    typer.echo(f"{claim.outlet}, {session.local(row.published)}: {row.title}\n{claim.url}")
    typer.echo(f"rule: {claim.rule}\nledger: {row.reason}")
    for one in corrections:
        typer.echo(f"correction {one.id}: {one}")
    for other in same:
        if other.claim.id != claim.id:
            said = f"{other.claim.outlet}, {session.local(other.claim.seen_at)} ({other.claim.standing})"
            typer.echo(f"also: {said}: {other.claim.evidence}")


class Format(enum.StrEnum):
    """How claims are exported."""

    JSONL = "jsonl"
    ATOM = "atom"


@app.command("export")
def export(
    context: typer.Context,
    show: Annotated[
        str, typer.Option(help="Only about this show; a feed is about one.", autocompletion=complete_show)
    ] = "",
    since: Annotated[str, typer.Option(help="Only said since: 7d, 12h or a date.")] = "",
    form: Annotated[Format, typer.Option("--format", help="JSON Lines, or an Atom feed.")] = Format.JSONL,
) -> None:
    """Claims for other programs, on stdout: JSON Lines as in `claims list --json`, or a show's Atom feed.

    Example: watercooler claims export --show "Harbour Lights" --format atom
    """
    session: Session = context.obj
    after = parse_since(since, session.now)
    if form is Format.ATOM and not show:
        raise UsageError("a feed is about one show: say which with --show NAME")
    with session.kit.store.begin() as tx:
        found = find_show(tx, show) if show else None
        rows = tx.stories.claims(show_id=found.id if found else None, since=after)
    if form is Format.ATOM and found:
        typer.echo(atom_feed(found, rows, Place(session.kit.services.mail_domain), session.now).decode())
        return
    emit(claim_form(row) for row in rows)


def _story_of(tx: Tx, claim_id: int) -> int:
    """The story of a claim. Raises NotFoundError, with the correction that took the claim back."""
    story_id = tx.corrections.story_of(number_of(str(claim_id)) or 0)
    if story_id is not None:
        return story_id
    taker = next((one for one in tx.corrections.all() if claim_id in one.withdrawn), None)
    hint = f"correction {taker.id} took it back ({taker})" if taker else "see `watercooler claims list`"
    raise NotFoundError(f"there is no claim {claim_id}; {hint}")
