"""`watercooler demo` and `run`: the story in a minute, and the service."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from worker import logs, tasks
from worker import stop as wish
from worker.cli.output import Json, Session, emit, note, show_table
from worker.clock import read_clock
from worker.errors import StoreError, UsageError
from worker.trouble import line_of

log = logging.getLogger(__name__)


def demo(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the demo keeps its data and writes its mails.")
    ] = Path("watercooler-demo"),
    serve: Annotated[bool, typer.Option("--serve", help="Just serve the sample outlets, to try commands on.")] = False,
    as_json: Json = False,
) -> None:
    """The two-week story on bundled outlets: a rumour, and what became of it. Needs no network and no services.

    Example: watercooler demo --folder /tmp/demo
    """
    if serve:
        _serve_outlets()
        return
    from worker.demo.story import Week, tell  # the outlets are loaded for this command alone

    weeks: list[Week] = []
    for week in tell(folder, note):
        weeks.append(week)
        if not as_json:
            for mail in week.mails:
                typer.echo(f"\n{'=' * 72}\nDigest {week.number}, to {mail.to}\nSubject: {mail.subject}\n\n{mail.text}")
    if as_json:
        emit({"week": w.number, **w.figures, "mails": [str(mail.eml) for mail in w.mails]} for w in weeks)
        return
    names = [name for name in weeks[0].figures if name != "failures"]
    show_table("", ["", *(f"week {w.number}#" for w in weeks)], [(n, *(w.figures[n] for w in weeks)) for n in names])
    for week in weeks:
        for mail in week.mails:
            note(f"digest {week.number}: {mail.eml}  {mail.html}")
    note(f"look further: WATERCOOLER_HOME={folder / 'home'} watercooler claims list")


def _serve_outlets() -> None:
    from worker.demo.outlets import Outlets

    with contextlib.ExitStack() as stack:
        try:
            outlets = stack.enter_context(Outlets(first_port=8701))
        except OSError as error:
            reason = f"the sample outlets need the ports 8701 to 8705 of this machine ({error.strerror})"
            raise UsageError(f"{reason}; are they served already, in another terminal?") from None
        for name, url in outlets.urls.items():
            typer.echo(f"{name}: {url}/")
        note("they are on this machine, so allow them first, where you try commands:")
        note(f"export WATERCOOLER_ALLOW_PRIVATE_HOSTS={','.join(outlets.hosts)}")
        note("stop with Ctrl-C")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address the web app listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port the web app listens on.")] = 8000,
    web: Annotated[bool, typer.Option("--web/--no-web", help="With or without the web app.")] = True,
) -> None:
    """The whole service in one process: reads what is due each minute, sends what is due, serves the links.

    With WATERCOOLER_BROKER_URL it does none of the work: it hands out what is due to Celery's workers, in beat's place.

    Example: watercooler run --port 8080
    """
    session: Session = context.obj
    logs.set_up(session.settings.log, logging.INFO, session.settings.secrets)
    signal.signal(signal.SIGTERM, _interrupt)  # a service manager's stop is a person's Ctrl-C
    stop = threading.Event()
    note(f"sources: {len(session.kit.services.sources)}; data: {session.settings.folder}; stop with Ctrl-C")
    _tell_mode(session)
    overtaken: list[str] = []
    ticker = threading.Thread(target=_tick_until, args=(session.kit, stop, overtaken), name="ticker")
    ticker.start()
    try:
        if web:
            _serve(session, host, port)
        else:
            ticker.join()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        wish.ask()
        note("stopping; what is under way is finished, or given back")
        ticker.join()
        wish.forget()
    if overtaken:
        raise StoreError(overtaken[0])


def tick(context: typer.Context) -> None:
    """Looks once what is due, and has it done: here, or by Celery's workers with WATERCOOLER_BROKER_URL.

    Example: watercooler tick
    """
    session: Session = context.obj
    tasks.tick(session.kit, session.now.isoformat())


def _tell_mode(session: Session) -> None:
    """Says who does the work. Raises StoreError, BrokerError when they cannot be reached."""
    _ = session.kit.store
    broker = session.kit.services.broker
    if broker is None:
        note("embedded: this process reads, ingests and sends")
        return
    broker.ping()
    note(f"scaled: this process hands out what is due over {broker.place}, and serves the links; workers do the work")
    note("start them, if none runs: celery -A worker worker -Q crawl,ingest,mail")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _tick_until(kit: tasks.Kit, stop: threading.Event, overtaken: list[str]) -> None:
    """Ticks, a minute or what is set apart. One that fails is logged; the next finds the same work due.

    When a newer program has changed the tables, it says so in `overtaken`, and ends the process.
    """
    while not stop.is_set():
        began = time.monotonic()
        try:
            if said := kit.store.outdated():
                overtaken.append(said)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            tasks.tick_in_turn(kit, read_clock(kit.settings).isoformat())
        except Exception as error:
            said = line_of(error) or ""
            log.error("a tick failed: %s; the next one will find the same work", said or error, exc_info=not said)
        stop.wait(max(1.0, kit.settings.tick.total_seconds() - (time.monotonic() - began)))


def _serve(session: Session, host: str, port: int) -> None:
    import uvicorn

    from worker.web import make_app

    note(f"web: http://{host}:{port}/health/ready")
    uvicorn.run(make_app(session.kit), host=host, port=port, log_config=None, server_header=False)
