"""`watercooler subscribers`: who gets digests, of which shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from worker.cli import subscriber_data
from worker.cli.completion import OnlyShow, ShowNames
from worker.cli.output import Json, Session, emit, note, show_table
from worker.cli.reader_choice import find_reader
from worker.cli.show_choice import show_to_follow
from worker.cli.shows import find_show
from worker.errors import MailError, UsageError
from worker.forms import subscriber_form
from worker.models import Cadence, Preferences, Standing, Subscriber
from worker.privacy import check_not_erased
from worker.signup import ask, send_asked
from worker.store import Tx
from worker.subscribers import add_subscriber, check_address, check_zone, follow, prefer

app = typer.Typer(no_args_is_help=True)
subscriber_data.register(app)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
        check_not_erased(tx, email, settings.keys)
        found, _ = add_subscriber(tx, email, zone=zone, confirmed=confirmed, now=session.now)
        for name in shows or ():
            follow(tx, found, show_to_follow(tx, session, name), session.now)
        form = _form(tx, email)
        wants_mail = form["state"] == "pending" and ask(tx, found, "command line", session.now)
    if wants_mail:
        _ask_to_confirm(session, found)
    if as_json:
        emit([form])
    note(f"{found.email}: {form['state']}, follows {', '.join(form['follows']) or 'no show yet'}")


@app.command("list")
def list_subscribers(
    context: typer.Context,
    show: OnlyShow = "",
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
def follow_shows(context: typer.Context, email: str, shows: ShowNames, as_json: Json = False) -> None:
    """Makes a subscriber follow shows.

    Example: watercooler subscribers follow ann@example.org "Night Ferry"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        subscriber = find_reader(tx, email)
        followed = [show_to_follow(tx, session, name) for name in shows]
        for show in followed:
            follow(tx, subscriber, show, session.now)
        form = _form(tx, email)
    if as_json:
        emit([form])
    note(f"{subscriber.email} follows {', '.join(show.name for show in followed)}")


@app.command("unfollow")
def unfollow_shows(context: typer.Context, email: str, shows: ShowNames, as_json: Json = False) -> None:
    """Makes a subscriber follow shows no longer.

    Example: watercooler subscribers unfollow ann@example.org "Night Ferry"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        subscriber = find_reader(tx, email)
        for name in shows:
            show = find_show(tx, name)
            was = tx.subscribers.unfollow(subscriber.id, show.id)
            note(f"{subscriber.email} {'no longer follows' if was else 'did not follow'} {show.name}")
        form = _form(tx, email)
    if as_json:
        emit([form])


def _form(tx: Tx, email: str) -> dict[str, Any]:
    return subscriber_form(find_reader(tx, email), {show.id: show.name for show in tx.shows.all()})


def _ask_to_confirm(session: Session, subscriber: Subscriber) -> None:
    if not send_asked(session.kit.store, session.kit.post, subscriber.id, session.now):
        reason = "the confirm mail was not taken; `watercooler run` tries it again"
        raise MailError(subscriber.email, reason, permanent=False)
    note(f"a confirm mail is on its way to {subscriber.email}")


@app.command("set")
def set_preferences(
    context: typer.Context,
    email: str,
    cadence: Annotated[Cadence | None, typer.Option(help="How often.")] = None,
    weekday: Annotated[str, typer.Option(help="Monday to Sunday, or 0 to 6.")] = "",
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="By the clock on the reader's wall.")] = None,
    zone: Annotated[str, typer.Option(help="The reader's time zone, like Europe/Berlin.")] = "",
    least: Annotated[Standing | None, typer.Option(help="What is less sure is not told.")] = None,
    spoilers: Annotated[bool | None, typer.Option("--spoilers/--no-spoilers", help="May the plot be told?")] = None,
    talk: Annotated[bool | None, typer.Option("--talk/--no-talk", help="What viewers say.")] = None,
    plain: Annotated[bool | None, typer.Option("--plain/--no-plain", help="Text only, no HTML.")] = None,
    language: Annotated[str, typer.Option(help="Of our own words: en, es, ko or one of your own.")] = "",
    pause_until: Annotated[str, typer.Option(help="No digests until this day, like 2027-01-31; `never`: go on.")] = "",
    snooze: Annotated[
        list[str] | None, typer.Option(help="Leave a show out until a day: SHOW=2027-01-31; SHOW=never: no longer.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Changes how somebody wants their digests; what is not said stays as it is.

    Example: watercooler subscribers set ann@example.org --cadence monthly --weekday monday --hour 7 --least official
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        subscriber = find_reader(tx, email)
        old = subscriber.preferences
        wanted: dict[str, Any] = {
            "cadence": cadence,
            "weekday": _weekday(weekday) if weekday else None,
            "hour": hour,
            "zone": check_zone(zone) if zone else None,
            "least": least,
            "spoilers": spoilers,
            "talk": talk,
            "plain": plain,
            "language": _language(session, language) if language else None,
        }
        new: Preferences = replace(old, **{name: value for name, value in wanted.items() if value is not None})
        if pause_until:
            new = replace(new, paused_until=_day("--pause-until", pause_until, new.zone))
        prefer(tx, subscriber, new, session.now)
        for one in snooze or ():
            _snooze(tx, subscriber, one, new.zone)
        form = _form(tx, email)
    if as_json:
        emit([form])
    note(f"{subscriber.email}: next digest {session.local(form['next_slot']) or 'not planned'}")


def _snooze(tx: Tx, subscriber: Subscriber, text: str, zone: str) -> None:
    name, equals, day = text.rpartition("=")
    if not equals:
        raise UsageError(f"--snooze: SHOW=2027-01-31 is wanted, not {text!r}")
    show = find_show(tx, name)
    if show.id not in {followed.show_id for followed in subscriber.follows}:
        raise UsageError(f"--snooze: {subscriber.email} does not follow {show.name}")
    tx.subscribers.snooze(subscriber.id, show.id, _day("--snooze", day, zone))


def _day(option: str, text: str, zone: str) -> datetime | None:
    """The beginning of a day where the reader lives; None for `never`."""
    if text == "never":
        return None
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option}: a day like 2027-01-31 or `never` is wanted, not {text!r}") from None


def _weekday(text: str) -> int:
    found = [n for n, name in enumerate(DAYS) if text == str(n) or (len(text) > 1 and name.startswith(text.casefold()))]
    if len(found) != 1:
        raise UsageError(f"--weekday: Monday to Sunday or 0 to 6 is wanted, not {text!r}")
    return found[0]


def _language(session: Session, text: str) -> str:
    known = session.kit.services.templates.phrases
    if text not in known:
        raise UsageError(f"--language: there are {', '.join(sorted(known))}, not {text!r}")
    return text
