"""`python -m scaled demo | up | chaos`: the scaled mode on this machine, without containers."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from scaled.account import Line
from worker.errors import UsageError, WatercoolerError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
SHOWN = 12  # differences
Folder = Annotated[Path | None, typer.Option("--folder", help="Where logs, data and mails go; else a temporary one.")]


@app.callback()
def top() -> None:
    """The scaled mode on this machine, without containers: PostgreSQL and Redis from wheels, processes as in compose.

    Example: python -m scaled up
    """
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)


@app.command()
def demo(folder: Folder = None) -> None:
    """The two-week story with 2+2+2 workers and 2 beats; its content must equal that of the embedded run.

    Example: python -m scaled demo --folder /tmp/scaled
    """
    from scaled.demo import run

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="watercooler-scaled.") as made:
        lines = run(folder or Path(made), _note)
    show(lines, "embedded", "scaled")
    _note(f"{time.monotonic() - began:.0f} seconds")
    if any(line.faults for line in lines):
        raise typer.Exit(1)
    _note("the scaled run says what the embedded one says")


@app.command()
def up(
    folder: Folder = None,
    scale: Annotated[list[str] | None, typer.Option(help="SERVICE=NUMBER, such as crawl=2; may be repeated.")] = None,
    port: Annotated[int, typer.Option(help="Port of the web app.")] = 8000,
) -> None:
    """Starts what docker compose would start, and keeps it until Ctrl-C.

    Example: python -m scaled up --scale ingest=2 --folder watercooler-scaled
    """
    from scaled.rig import Rig

    with tempfile.TemporaryDirectory(prefix="watercooler-scaled.") as made:
        place = (folder or Path(made)).resolve()
        variables = {"WATERCOOLER_PUBLIC_URL": f"http://localhost:{port}"}
        with (
            suppress(KeyboardInterrupt),
            Rig(place, variables=variables, scale=_scale(scale or []), ports={"web": port}) as rig,
        ):
            rig.crew.start()
            rig.crew.wait_healthy()
            _note(f"running: {', '.join(rig.crew.names)}")
            _note(f"web: http://localhost:{port}  mails: {place / 'mails'}  logs: {place / 'logs'}")
            _note(f"database: {rig.postgres.url('watercooler', tcp=True)}  Redis: {rig.redis.url()}")
            _note("stop with Ctrl-C")
            threading.Event().wait()


@app.command()
def chaos(
    minutes: Annotated[float, typer.Option(min=1.0, help="How long the storm lasts.")] = 10.0,
    outlets: Annotated[int, typer.Option(min=8, max=400, help="Generated outlets.")] = 200,
    readers: Annotated[int, typer.Option(min=1, max=100_000, help="Readers whose turns come.")] = 300,
    seed: Annotated[int, typer.Option(help="Of the world and of the blows.")] = 1,
    folder: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Kills workers and servers at random while outlets are read and digests sent; then counts what is lost or double.

    Example: python -m scaled chaos --minutes 2 --outlets 30
    """
    from scaled.chaos import Plan, run
    from scaled.chaos_report import print_report, to_json

    with tempfile.TemporaryDirectory(prefix="watercooler-chaos.") as made:
        report = run(Plan(minutes, outlets, readers, seed), (folder or Path(made)).resolve(), _note)
    if as_json:
        typer.echo(to_json(report))
    else:
        print_report(report, Console())
    if not report.well:
        raise typer.Exit(1)
    _note("nothing is lost, nothing is double, nothing is stuck")


def show(lines: list[Line], first: str, second: str) -> None:
    """A table of what was compared, then the first differences."""
    table = Table("what", first, second, "equal")
    for line in lines:
        table.add_row(line.what, str(line.expected), str(line.found), "no" if line.faults else "yes")
    Console().print(table)
    faults = [f"{line.what}: {fault}" for line in lines for fault in line.faults]
    for fault in faults[:SHOWN]:
        _note(fault)
    if len(faults) > SHOWN:
        _note(f"and {len(faults) - SHOWN} more")


def _scale(given: list[str]) -> dict[str, int]:
    """Raises UsageError."""
    pairs = [one.partition("=")[::2] for one in given]
    if not all(number.isdigit() for _, number in pairs):
        raise UsageError("--scale: SERVICE=NUMBER is wanted, such as crawl=2")
    return {name: int(number) for name, number in pairs}


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Exit codes: 0 done, 1 the work failed or something differs, 2 the call was wrong, 130 Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except WatercoolerError as error:
        _note(f"error: {error}")
        sys.exit(2 if isinstance(error, UsageError) else 1)


if __name__ == "__main__":
    main()
