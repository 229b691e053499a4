"""`watercooler shows timeline`: what became of what was said about a show, as a table or as a page to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.cli.browser import hand_out
from worker.cli.completion import ShowName
from worker.cli.output import Json, Session, emit, note, show_table
from worker.cli.shows import app, find_show
from worker.digest.wording import headline, season, status_line
from worker.forms import turn_form
from worker.mail.phrases import Phrases
from worker.models import Show, Story, Update
from worker.store.stories import ClaimRow

_EVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of a show's ledger, with the claim that made it; `row` is None when that was taken back since."""

    update: Update
    row: ClaimRow | None


@app.command("timeline")
def timeline(
    context: typer.Context,
    name: ShowName,
    html: Annotated[Path | None, typer.Option("--html", help="Write it as a page for a browser.")] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open it as a page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """One show's ledger in time: rumour, official, moved; who said so, in which words.

    Example: watercooler shows timeline "Harbour Lights" --html harbour-lights.html
    """
    session: Session = context.obj
    with session.kit.store.read() as tx:
        show = find_show(tx, name)
        updates = tx.stories.updates([show.id], _EVER, session.now)
        rows = {row.claim.id: row for row in tx.stories.claims(show_id=show.id)}
        stories = tx.stories.ledger(show.id)
    turns = [Turn(update, rows.get(update.claim_id)) for update in updates]
    if html or in_browser:
        hand_out(page(session, show, turns, stories), html, in_browser=in_browser)
    if as_json:
        emit(turn_form(show, turn.update, turn.row) for turn in turns)
    elif not (html or in_browser):
        _show(session, show, turns)


def page(session: Session, show: Show, turns: Sequence[Turn], stories: Sequence[Story]) -> str:
    """The timeline as one self-contained page: a list for each season, what was said first at the top."""
    templates = session.kit.services.templates
    say = templates.say("en")
    seasons = [
        {"name": season(number, say), "stands": status_line(told, say), "days": _days(session, here, say)}
        for number, here, told in _by_season(turns, stories)
    ]
    return templates.page("timeline", {"show": show, "seasons": seasons, "made": session.local(session.now)})


def _by_season(
    turns: Sequence[Turn], stories: Sequence[Story]
) -> list[tuple[int | None, Sequence[Turn], Sequence[Story]]]:
    numbers = sorted({turn.update.season for turn in turns}, key=lambda number: (number is not None, -(number or 0)))
    return [
        (
            number,
            [turn for turn in turns if turn.update.season == number],
            [story for story in stories if story.season == number],
        )
        for number in reversed(numbers)
    ]


def _days(session: Session, turns: Sequence[Turn], say: Phrases) -> list[dict[str, Any]]:
    """What happened, a day at a time."""
    days = groupby(turns, key=lambda turn: session.local(turn.update.at)[:10])
    return [
        {"day": day, "turns": [{"turn": turn, "headline": headline(turn.update, say)} for turn in here]}
        for day, here in days
    ]


def _show(session: Session, show: Show, turns: Sequence[Turn]) -> None:
    say = session.kit.services.templates.say("en")
    show_table(
        show.name,
        ["when", "what", "", "how sure", "who"],
        [
            (
                session.local(turn.update.at),
                turn.update.change,
                headline(turn.update, say),
                turn.update.standing,
                turn.row.claim.outlet if turn.row else "(taken back)",
            )
            for turn in turns
        ],
    )
    if not turns:
        note(f"nothing has happened in the ledger of {show.name} yet; see `watercooler claims show {show.key}`")
