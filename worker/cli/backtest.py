"""`watercooler backtest`: what today's rules would have made of the past."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.cli.output import Json, Session, emit, note, parse_since, progress, show_table
from worker.errors import UsageError
from worker.ingest.article import Shelf
from worker.ingest.backtest import Difference, Said, Stood, compare, replay
from worker.store import open_store

_MOST = 20  # lines of each kind, for people


def backtest(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="How far back: 8w, 30d or a date.")] = "8w",
    everything: Annotated[bool, typer.Option("--all", help="Every line, not just the first of each kind.")] = False,
    as_json: Json = False,
) -> None:
    """Runs today's rules over stored articles, in a scratch store, and says what would be different.

    What is stored stays as it is. Told are claims that would be gained or lost or be more or less sure, stories that
    would be merged or split, and articles that would be taken for another show's, another kind, or a copy.

    Example: watercooler backtest --since 8w
    """
    session: Session = context.obj
    start = parse_since(since, session.now)
    if start is None:
        raise UsageError("--since: a span like 8w or a date is wanted")
    store, shelf = session.kit.store, Shelf(session.kit.services.sources)
    with store.begin() as tx:
        total = len(tx.articles.rows(since=start))
    with tempfile.TemporaryDirectory() as folder, progress("reading again", total, quiet=as_json) as step:
        scratch = open_store(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            before, after = replay(store, scratch, shelf, start, on_article=step)
        finally:
            scratch.close()
    difference = compare(before, after)
    figures = {"articles": len(before.articles), "claims": len(before.claims), **_counts(difference)}
    if as_json:
        emit([{"outcome": "report", **figures}, *_forms(difference)])
        return
    show_table("", [f"{name}#" for name in figures], [list(figures.values())])
    _tell(difference, None if everything else _MOST)
    if difference.is_nothing:
        note("today's rules make of it what was made of it")


def _counts(difference: Difference) -> dict[str, int]:
    names = ("gained", "lost", "surer", "merged", "split", "judged")
    counts = {name: len(getattr(difference, name)) for name in names}
    counts["restated"] = counts.pop("surer")
    return counts


def _tell(difference: Difference, most: int | None) -> None:
    """The lines for people, each kind under its name."""
    for form_of, rows in _lines(difference):
        if rows:
            show_table(f"\n{form_of}", ["", ""], rows[:most])
            if most is not None and len(rows) > most:
                note(f"… and {len(rows) - most} more; --all tells them")


def _lines(difference: Difference) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield "gained", [(_claim(one), f"{one.evidence}\n{one.url}") for one in difference.gained]
    yield "lost", [(_claim(one), f"{one.evidence}\n{one.url}") for one in difference.lost]
    yield "restated", [(_claim(old), f"now {new.standing}: {new.evidence}\n{new.url}") for old, new in difference.surer]
    yield "merged", [(_claim(group[0]), "\n".join(one.url for one in group)) for group in difference.merged]
    yield "split", [(_claim(group[0]), "\n".join(one.url for one in group)) for group in difference.split]
    yield "judged", [(old.url, f"{_judgement(old)}\nnow {_judgement(new)}") for old, new in difference.judged]


def _claim(one: Said) -> str:
    season = f" season {one.season}" if one.season else ""
    return f"{one.show}{season}: {one.field} {one.value} ({one.standing})"


def _judgement(one: Stood) -> str:
    if not one.is_news:
        return "no news of a show"
    copied = f", a copy of {one.copy_of}" if one.copy_of else ""
    return f"{', '.join(one.shows) or 'no known show'}: {', '.join(one.kinds)}{copied}"


def _forms(difference: Difference) -> Iterator[dict[str, Any]]:
    """A line for each difference, for machines."""
    for outcome, claims in (("gained", difference.gained), ("lost", difference.lost)):
        yield from ({"outcome": outcome, **_claim_form(one)} for one in claims)
    for old, new in difference.surer:
        yield {"outcome": "restated", **_claim_form(new), "was_standing": old.standing}
    for outcome, groups in (("merged", difference.merged), ("split", difference.split)):
        yield from ({"outcome": outcome, "claims": [_claim_form(one) for one in group]} for group in groups)
    for before, after in difference.judged:
        yield {"outcome": "judged", "url": before.url, "was": _judged_form(before), "now": _judged_form(after)}


def _claim_form(one: Said) -> dict[str, Any]:
    names: Sequence[str] = ("url", "show", "season", "field", "value", "standing", "evidence")
    return {name: getattr(one, name) for name in names}


def _judged_form(one: Stood) -> dict[str, Any]:
    return {
        "is_show_news": one.is_news,
        "shows": list(one.shows),
        "kinds": list(one.kinds),
        "duplicate_of": one.copy_of,
    }
