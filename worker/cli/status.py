"""`watercooler status`: everything at a glance, and whether anything needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.browser import hand_out
from worker.cli.gathered import Gathered, Need, gather
from worker.cli.output import Json, Session, emit, note, show_table
from worker.cli.status_page import look_back, page


def status(
    context: typer.Context,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as a page for a browser.")] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open it as a page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Everything at a glance: what waits, what is set aside, what the week brought; and first, what needs you.

    Example: watercooler status --html status.html
    """
    session: Session = context.obj
    with session.kit.store.read() as tx:
        found = gather(session, tx)
        past = look_back(session, tx, found) if html or in_browser else None
    if past:
        hand_out(page(session, found, past), html, in_browser=in_browser)
    if as_json:
        _emit(session, found)
    elif not past:
        _show(session, found)


def _emit(session: Session, found: Gathered) -> None:
    more = {"mode": _mode(session), "last_tick": found.last_tick, "set_aside_by_reason": found.aside}
    needs = [[need.what, need.command] for need in found.needs]
    emit([{**found.figures, **more, "estimated": sorted(found.glance.estimated), "needs": needs}])


def _show(session: Session, found: Gathered) -> None:
    typer.echo(headline(found.needs))
    rows = [(name.replace("_", " "), value if value is not None else "?") for name, value in found.figures.items()]
    rows += [(f"set aside, {name}", value) for name, value in found.aside.items()]
    show_table("", ["what", "figure#"], rows)
    for need in found.needs[1:]:
        note(f"also: {need.what}: {need.command}")
    for name in found.sources.ill[:20]:
        note(f"{name}: {found.states[name].state}: {found.states[name].reason}")
    if found.glance.estimated:
        note(f"estimated, for their tables are large: {', '.join(sorted(found.glance.estimated))}")
    tick = f"last tick {session.local(found.last_tick)}" if found.last_tick else "no tick yet"
    mail = session.settings.mail.split(":", 1)[0]
    note(f"{_mode(session)}; {tick}; data in {session.settings.folder}; mail by {mail}")


def headline(needs: Sequence[Need]) -> str:
    """The first line: is anything to be done, and with which command?"""
    if not needs:
        return "All is well."
    more = f" (and {len(needs) - 1} more)" if needs[1:] else ""
    return f"Needs you: {needs[0].what}{more}. Next: {needs[0].command}"


def _mode(session: Session) -> str:
    return "scaled" if session.settings.broker_url else "embedded"
