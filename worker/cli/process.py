"""`watercooler demo`, `run`, `status`: the story in a minute, the service, and everything at a glance."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from worker import tasks
from worker.cli.output import Json, Session, emit, note, show_table
from worker.models import DeliveryState
from worker.store.sources import WELL, SourceState

log = logging.getLogger(__name__)

TICK = 60  # seconds
SUBSCRIBER_STATES = ("pending", "active", "unsubscribed", "bounced", "suppressed")


def register(app: typer.Typer) -> None:
    """Puts the commands of this file at the top level."""
    app.command("demo")(demo)
    app.command("run")(run)
    app.command("status")(status)


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

    with Outlets(first_port=8701) as outlets:
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

    Example: watercooler run --port 8080
    """
    session: Session = context.obj
    logging.getLogger().setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, _interrupt)  # a service manager's stop is a person's Ctrl-C
    stop = threading.Event()
    note(f"sources: {len(session.kit.services.sources)}; data: {session.settings.folder}; stop with Ctrl-C")
    ticker = threading.Thread(target=_tick_until, args=(session.kit, stop), name="ticker")
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
        note("stopping; what is under way is finished first")
        ticker.join()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _tick_until(kit: tasks.Kit, stop: threading.Event) -> None:
    """One tick a minute. One that fails is logged; the next finds the same work due."""
    while not stop.is_set():
        began = time.monotonic()
        try:
            tasks.tick(kit, datetime.now(UTC).isoformat())
        except Exception:
            log.exception("a tick failed; the next one will find the same work")
        stop.wait(max(1.0, TICK - (time.monotonic() - began)))


def _serve(session: Session, host: str, port: int) -> None:
    import uvicorn

    from worker.web import make_app

    note(f"web: http://{host}:{port}/health/ready")
    uvicorn.run(make_app(session.kit), host=host, port=port, log_level="warning")


def status(context: typer.Context, as_json: Json = False) -> None:
    """Everything at a glance: sources, articles, claims, subscribers, deliveries, and what is set aside.

    Example: watercooler status --json
    """
    session: Session = context.obj
    settings, kit = session.settings, session.kit
    with kit.store.begin() as tx:
        states, halts = tx.sources.states(), tx.sources.halts()
        running = [s.name for s in kit.services.sources.values() if s.enabled and s.name not in halts]
        captured, declared = tx.articles.comment_counts()
        deliveries = tx.deliveries.state_counts()
        figures = {
            "sources": len(kit.services.sources),
            **{f"sources_{name}": count for name, count in _healths(running, states)},
            "articles": tx.articles.count(),
            "comments_captured": captured,
            "comments_declared": declared,
            **tx.stories.counts(),
            **{f"subscribers_{state}": count for state, count in _all(SUBSCRIBER_STATES, tx.subscribers.counts())},
            **{f"deliveries_{state}".replace(" ", "_"): n for state, n in _all(DeliveryState, deliveries)},
            "set_aside": tx.sources.count_failures(),
            "waiting_to_be_ingested": tx.sources.waiting(),
        }
    if as_json:
        emit([figures])
        return
    show_table("", ["what", "figure#"], [(name.replace("_", " "), value) for name, value in figures.items()])
    for name in running:
        if name in states and states[name].state not in WELL:
            note(f"{name}: {states[name].state}: {states[name].reason}")
    mode = "scaled" if settings.broker_url else "embedded"
    note(f"{mode}; data in {settings.folder}; mail by {settings.mail.split(':', 1)[0]}")


def _healths(running: Sequence[str], states: Mapping[str, SourceState]) -> list[tuple[str, int]]:
    """How many of the sources that are read are well, and how many are not."""
    codes = [states[name].state if name in states else "new" for name in running]
    ill = sum(code not in WELL for code in codes)
    return [("running", len(running)), *((code, codes.count(code)) for code in WELL), ("broken", ill)]


def _all(states: Iterable[str], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Every state with its count, so that the figures have the same names whatever has happened yet."""
    return [(str(state), counts.get(state, 0)) for state in states]
