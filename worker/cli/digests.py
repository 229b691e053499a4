"""`watercooler digests`: preview, send and look at issues."""

from __future__ import annotations

import dataclasses
import getpass
from pathlib import Path
from typing import Annotated

import typer

from worker import tasks
from worker.cli import issue_view
from worker.cli.browser import show_in_browser
from worker.cli.completion import complete_show
from worker.cli.deliver import stoppable
from worker.cli.issue_view import sum_up
from worker.cli.output import Json, Session, Yes, confirm, emit, note, parse_since, progress, show_table, write
from worker.cli.reader_choice import find_reader
from worker.cli.shows import find_show
from worker.digest.content import Digest
from worker.digest.deliver import preview as preview_digest
from worker.digest.freeze import body_of, preview_message
from worker.digest.health import checkup, send_checkup
from worker.digest.issue import Request, open_for_request, readers, release, resend, turn
from worker.digest.on_demand import as_issue, new_follower, rehearse, send_test
from worker.errors import UsageError
from worker.forms import issue_form
from worker.mail.message import Rendered
from worker.models import IssueState, Subscriber
from worker.store import Tx
from worker.store.deliveries import TO_COME
from worker.subscribers import check_address

app = typer.Typer(no_args_is_help=True)

To = Annotated[str, typer.Option("--to", metavar="EMAIL", help="Only this subscriber.")]
ShowName = Annotated[
    str, typer.Option("--show", help="Only what is new about this show.", autocompletion=complete_show)
]
Since = Annotated[
    str, typer.Option("--since", help="Tell from here on: 7d or a date; else where the last digest ended.")
]


IssueId = Annotated[int, typer.Argument(help="An issue's id; see `watercooler digests list`.")]


@app.command("preview")
def preview(
    context: typer.Context,
    to: To = "",
    show: ShowName = "",
    since: Since = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write the HTML part to this file.")] = None,
    eml: Annotated[Path | None, typer.Option("--eml", help="Write the whole message to this file.")] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open the HTML part in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Shows the digest a subscriber would get now. With --show alone: what a new follower of it would get.

    Example: watercooler digests preview --to ann@example.org --html preview.html
    """
    session: Session = context.obj
    request, subscriber = _preview_of(session, to, show, since)
    digest = _preview(session, subscriber, request)
    if digest is None:
        note(f"nothing new for {subscriber.email}: no mail would be sent")
        return
    rendered = body_of(digest, subscriber.id, session.kit.post).rendered
    if html:
        write(html, rendered.html)
        note(f"written: {html}")
    if eml:
        issue = as_issue(request, session.now)
        message = preview_message(digest, subscriber, issue, session.kit.post, session.now)
        write(eml, message.decode("utf-8"))
        note(f"written: {eml}")
    if in_browser:
        _open(rendered, html)
    if as_json:
        emit([{**dataclasses.asdict(digest), "text": rendered.text}])
    elif not (html or eml or in_browser):
        typer.echo(f"Subject: {rendered.subject}\n\n{rendered.text}")


@app.command("send")
def send(
    context: typer.Context,
    to: To = "",
    show: ShowName = "",
    since: Since = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before sending; say who would get what.")] = False,
    test_to: Annotated[
        str, typer.Option("--test-to", metavar="EMAIL", help="Send the first reader's digest to this address only.")
    ] = "",
    why: Annotated[str, typer.Option("--why", help="The reason, kept with the issue.")] = "",
    as_json: Json = False,
) -> None:
    """Sends digests now: to all who follow something, to one reader, or about one show. Asking twice sends once.

    Example: watercooler digests send --show "Harbour Lights" --dry-run
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        request = dataclasses.replace(_request(tx, session, to, show, since), asked_by=_somebody(), why=why)
        found = readers(tx, request)
    if not found:
        note("nobody to send to: no active subscriber follows anything (that is meant here)")
        return
    session.kit.services.check_post()
    if dry_run or test_to:
        _dry_run(session, request, found, test_to, as_json)
        return
    issue, new = open_for_request(session.kit.store, request, session.now)
    if not new:
        note(f"issue {issue.id} was asked for this very minute already; going on with it")
    if session.settings.broker_url:
        tasks.dispatch(session.kit, tasks.send_issue, issue.id, session.now.isoformat())
        note(f"issue {issue.id} is with the mail workers: watercooler digests show {issue.id}")
        return
    go_on = f"watercooler deliver --issue {issue.id}"
    with stoppable(go_on), progress("sending", len(found), quiet=as_json) as step:
        tasks.send(session.kit, issue.id, session.now, on_done=lambda delivery: step(delivery.email))
    if not issue_view.show(session, issue.id, as_json=as_json):
        raise typer.Exit(1)


@app.command("list")
def list_issues(context: typer.Context, as_json: Json = False) -> None:
    """Issues, newest first, with what became of their deliveries.

    Example: watercooler digests list
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        issues = tx.issues.latest()
        counts = tx.deliveries.counts([issue.id for issue in issues])
    if as_json:
        emit(issue_form(issue, counts[issue.id]) for issue in issues)
        return
    show_table(
        "",
        ["id#", "opened", "asked by", "why", "state", "deliveries"],
        [
            (issue.id, session.local(issue.opened_at), issue.asked_by, issue.why, issue.state, sum_up(counts[issue.id]))
            for issue in issues
        ],
    )


@app.command("show")
def show_issue(
    context: typer.Context,
    issue: IssueId,
    everything: Annotated[bool, typer.Option("--all", help="Every delivery, not just the first ones.")] = False,
    live: Annotated[
        bool, typer.Option("--watch", help="Show the figures as they change, till nothing is left.")
    ] = False,
    as_json: Json = False,
) -> None:
    """One issue: who asked for it and why, its deliveries with state, attempts and reply, and what some wait for.

    Example: watercooler digests show 3 --watch
    """
    if live and not as_json:
        issue_view.watch(context.obj, issue)
    issue_view.show(context.obj, issue, as_json=as_json, everything=everything)


@app.command("pause")
def pause(context: typer.Context, issue: IssueId, as_json: Json = False) -> None:
    """Holds an issue that is going out; what is being handed over at this moment still goes.

    Example: watercooler digests pause 3
    """
    _set(
        context.obj,
        issue,
        IssueState.PAUSED,
        "paused; {count} deliveries wait: watercooler digests resume {id}",
        as_json,
    )


@app.command("resume")
def resume(context: typer.Context, issue: IssueId, as_json: Json = False) -> None:
    """Lets a paused issue go on, at the next tick of `watercooler run`.

    Example: watercooler digests resume 3
    """
    _set(context.obj, issue, IssueState.OPEN, "goes on with {count} deliveries", as_json)


@app.command("cancel")
def cancel(context: typer.Context, issue: IssueId, yes: Yes = False, as_json: Json = False) -> None:
    """Ends an issue: what has not gone out never does. Its readers are told the same news by their next digest.

    It cannot be undone; `watercooler digests pause` can.

    Example: watercooler digests cancel 3
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = issue_view.find_issue(tx, issue)
        to_come = sum(count for state, count in tx.deliveries.counts([issue])[issue].items() if state in TO_COME)
    if found.state is not IssueState.CANCELLED:
        confirm(f"Cancel issue {issue}, with {to_come} deliveries still to come?", yes=yes)
    _set(context.obj, issue, IssueState.CANCELLED, "cancelled; {count} deliveries were still to come", as_json)


@app.command("resend")
def resend_issue(context: typer.Context, issue: IssueId, to: To = "", as_json: Json = False) -> None:
    """Tries again what failed or was skipped of an issue. Who got their mail gets no second one.

    Example: watercooler digests resend 3 --to ann@example.org
    """
    session: Session = context.obj
    session.kit.services.check_post()
    with session.kit.store.begin() as tx:
        found = issue_view.find_issue(tx, issue)
        issue_view.check_not_paused(found)
        only = find_reader(tx, to).id if to else None
        count = resend(tx, found, session.now, only=only)
    if not count:
        note(f"nothing of issue {issue} has failed or was skipped{f' for {to}' if to else ''}")
        return
    go_on = f"watercooler deliver --issue {issue}"
    with stoppable(go_on), progress("sending", count, quiet=as_json) as step:
        tasks.send(session.kit, issue, session.now, on_done=lambda delivery: step(delivery.email))
    if not issue_view.show(session, issue, as_json=as_json):
        raise typer.Exit(1)


@app.command("release")
def release_issue(
    context: typer.Context,
    issue: IssueId,
    to: To = "",
    taken: Annotated[bool, typer.Option("--taken", help="They got it: count it as sent, and send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Decides about deliveries that are held because nobody knows whether they were taken: sends the same bytes again.

    They are held where WATERCOOLER_UNCERTAIN is "hold". With --taken they count as sent instead.

    Example: watercooler digests release 3 --to ann@example.org --taken
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = issue_view.find_issue(tx, issue)
        only = find_reader(tx, to).id if to else None
        count = release(tx, found, session.now, taken=taken, only=only)
    if as_json:
        emit([{"id": issue, "released": count, "taken": taken}])
    if count:
        note(f"issue {issue}: {count} {'count as sent' if taken else 'are sent again at the next tick'}")
    else:
        note(f"nothing of issue {issue} is held{f' for {to}' if to else ''}")


@app.command("health")
def health(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="EMAIL", help="Send it to this address.")] = "",
    as_json: Json = False,
) -> None:
    """How the sources did since the last weekly health digest: printed, or sent. The weekly one comes all the same.

    WATERCOOLER_OPERATORS says who gets it each Monday.

    Example: watercooler digests health --to ann@example.org
    """
    session: Session = context.obj
    address = check_address(to)[0] if to else ""
    with session.kit.store.begin() as tx:
        found = checkup(tx, session.kit.services.sources, session.now)
    if as_json:
        emit([dataclasses.asdict(found)])
    elif not address:
        rendered = found.render(session.kit.services.templates, session.settings.zone)
        typer.echo(f"Subject: {rendered.subject}\n\n{rendered.text}")
    if address:
        reply = send_checkup(found, address, session.kit.post, session.settings.zone, session.now)
        note(f"health digest to {address}: {reply}")


def _set(session: Session, issue_id: int, state: IssueState, said: str, as_json: bool) -> None:
    with session.kit.store.begin() as tx:
        count = turn(tx, issue_view.find_issue(tx, issue_id), state, session.now)
    if as_json:
        emit([{"id": issue_id, "state": state, "deliveries": count}])
    note(f"issue {issue_id} {said.format(count=count, id=issue_id)}")


def _request(tx: Tx, session: Session, to: str, show: str, since: str) -> Request:
    subscriber = find_reader(tx, to) if to else None
    if subscriber and subscriber.state != "active":
        raise UsageError(f"{subscriber.email} is {subscriber.state}: nothing is sent to it")
    return Request(subscriber, find_show(tx, show).id if show else None, parse_since(since, session.now))


def _preview_of(session: Session, to: str, show: str, since: str) -> tuple[Request, Subscriber]:
    if not to and not show:
        raise UsageError("say whose digest to preview: --to EMAIL, or --show NAME for a new follower's")
    with session.kit.store.begin() as tx:
        show_id = find_show(tx, show).id if show else None
        subscriber = find_reader(tx, to) if to else new_follower(show_id or 0, session.settings.zone, session.now)
    return Request(subscriber, show_id, parse_since(since, session.now)), subscriber


def _preview(session: Session, subscriber: Subscriber, request: Request) -> Digest | None:
    kit, issue = session.kit, as_issue(request, session.now)
    return preview_digest(kit.store, subscriber, issue, kit.services.templates, session.settings.quoting)


def _dry_run(session: Session, request: Request, found: list[Subscriber], test_to: str, as_json: bool) -> None:
    with session.kit.store.read() as tx:
        digests = rehearse(tx, request, found, session.kit.post, session.now)
    rows = [(reader.email, digest.subject if digest else None) for reader, digest in digests]
    if test_to:
        _test(session, digests, test_to)
    if as_json:
        emit({"subscriber": email, "subject": subject} for email, subject in rows)
        return
    show_table(
        "", ["subscriber", "would get"], [(email, subject or "nothing: no news for them") for email, subject in rows]
    )


def _test(session: Session, digests: list[tuple[Subscriber, Digest | None]], test_to: str) -> None:
    """Sends the first digest with something in it to another address; nothing counts as told."""
    address, _ = check_address(test_to)
    digest = next((digest for _, digest in digests if digest), None)
    if digest is None:
        note("nothing to test with: nobody would get a mail")
        return
    note(f"test to {address}: {send_test(digest, address, session.kit.post, session.now)}")


def _open(rendered: Rendered, path: Path | None) -> None:
    """Opens the HTML part in the browser; says so where there is nothing to open."""
    if not rendered.html:
        note("this reader gets plain text: there is nothing to open")
        return
    show_in_browser(rendered.html, path)


def _somebody() -> str:
    """Who is at the command line."""
    try:
        return f"{getpass.getuser()}, by hand"
    except (OSError, KeyError, ImportError):  # a user without a name, as in some containers
        return "by hand"
