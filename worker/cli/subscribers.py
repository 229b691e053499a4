"""`watercooler subscribers`: who gets digests, of which shows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from worker.cli.forms import subscriber_form
from worker.cli.output import Json, Session, emit, note, show_table
from worker.cli.shows import find_show
from worker.errors import UsageError
from worker.ingest.article import relabel
from worker.ingest.shows import ShowIndex
from worker.models import Show
from worker.store import Tx
from worker.subscribers import add_subscriber, check_address, check_zone, find_subscriber, follow, send_confirmation

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    email: str,
    shows: Annotated[list[str] | None, typer.Option("--follow", help="A show to follow; may be given again.")] = None,
    zone: Annotated[str, typer.Option(help="The reader's time zone, like Europe/Berlin.")] = "",
    confirmed: Annotated[bool, typer.Option("--confirmed", help="The owner has agreed; send no confirm mail.")] = False,
    as_json: Json = False,
) -> None:
    """Adds a subscriber. Without --confirmed the address gets one mail with a link to confirm, and nothing before.

    Example: watercooler subscribers add ann@example.org --follow "Harbour Lights" --zone Europe/Berlin --confirmed
    """
    session: Session = context.obj
    settings = session.settings
    check_address(email)
    zone = check_zone(zone or settings.zone)
    if not confirmed and not settings.public_url:
        raise UsageError(
            "a confirm mail needs a link: set WATERCOOLER_PUBLIC_URL to where `watercooler run` is reached, "
            "or say --confirmed when the owner of the address has agreed"
        )
    with session.kit.store.begin() as tx:
        found, new = add_subscriber(tx, email, zone=zone, confirmed=confirmed, now=session.now)
        for name in shows or ():
            follow(tx, found, _show(tx, session, name), session.now)
        form = _form(tx, email)
    if form["state"] == "pending" and new:
        send_confirmation(session.kit.post, found, form["follows"], session.now)
        note(f"a confirm mail is on its way to {found.email}")
    if as_json:
        emit([form])
    note(f"{found.email}: {form['state']}, follows {', '.join(form['follows']) or 'no show yet'}")


@app.command("list")
def list_subscribers(
    context: typer.Context,
    show: Annotated[str, typer.Option(help="Only who follows this show.")] = "",
    as_json: Json = False,
) -> None:
    """All subscribers with their state, their next turn and their shows.

    Example: watercooler subscribers list --show "Harbour Lights"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = tx.subscribers.find(follows=find_show(tx, show).id if show else None)
        names = {each.id: each.name for each in tx.shows.all()}
    forms = [subscriber_form(subscriber, names) for subscriber in found]
    if as_json:
        emit(forms)
        return
    rows = [(f["email"], f["state"], f["zone"], session.local(f["next_slot"]), ", ".join(f["follows"])) for f in forms]
    show_table("", ["address", "state", "zone", "next digest", "follows"], rows)


@app.command("follow")
def follow_shows(context: typer.Context, email: str, shows: list[str], as_json: Json = False) -> None:
    """Makes a subscriber follow shows.

    Example: watercooler subscribers follow ann@example.org "Night Ferry"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        subscriber = find_subscriber(tx, email)
        followed = [_show(tx, session, name) for name in shows]
        for show in followed:
            follow(tx, subscriber, show, session.now)
        form = _form(tx, email)
    if as_json:
        emit([form])
    note(f"{subscriber.email} follows {', '.join(show.name for show in followed)}")


@app.command("unfollow")
def unfollow_shows(context: typer.Context, email: str, shows: list[str], as_json: Json = False) -> None:
    """Makes a subscriber follow shows no longer.

    Example: watercooler subscribers unfollow ann@example.org "Night Ferry"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        subscriber = find_subscriber(tx, email)
        for name in shows:
            show = find_show(tx, name)
            was = tx.subscribers.unfollow(subscriber.id, show.id)
            note(f"{subscriber.email} {'no longer follows' if was else 'did not follow'} {show.name}")
        form = _form(tx, email)
    if as_json:
        emit([form])


def _form(tx: Tx, email: str) -> dict[str, Any]:
    return subscriber_form(find_subscriber(tx, email), {show.id: show.name for show in tx.shows.all()})


def _show(tx: Tx, session: Session, name: str) -> Show:
    """The show somebody wants to follow. The registry grows by what is followed, but not by a slip of the pen."""
    index = ShowIndex(tx.shows.all())
    found = index.find(name)
    if found is None:
        if index.near(name, limit=1):
            return find_show(tx, name)  # raises, and names what is near
        if not name.strip():
            raise UsageError("a show's name is empty")
        found = tx.shows.add(name.strip(), evidence="followed", now=session.now)
        count = relabel(tx, found, session.kit.shelf, session.now)
        note(f"{found.name} is new here; {count} stored articles are about it")
    return found
