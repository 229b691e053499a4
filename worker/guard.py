"""Celery's processes: one that cannot work says so in a line and ends; one that was overtaken by an upgrade stops.

Exit codes are those of the command line: 2 for a setting that cannot be used, 1 for a server that does not answer. Who
runs the process starts it again; the rows say what is still to be done.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_task
from celery.exceptions import Reject
from celery.signals import beat_init, celeryd_init

from worker.broker import open_broker
from worker.config import Settings
from worker.errors import BrokerError, SettingsError, UsageError, WatercoolerError
from worker.mail import open_transport
from worker.store import Store, open_store
from worker.trouble import OneLine, line_of

log = logging.getLogger(__name__)

_TALKERS = (  # what tells of lost servers with a traceback
    "celery.app.trace",
    "celery.beat",
    "celery.pool",
    "celery.worker",
    "celery.worker.consumer.consumer",
    "celery.worker.loops",
    "celery.worker.pidbox",
    "celery.worker.request",
)
_RETIRE = "retire"  # our own word to a worker: stop, with exit code 1


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Around a task: what a server did to it is one line, and its work comes again with the rows that are due."""
    try:
        yield
    except Reject:
        raise
    except Exception as error:
        said = line_of(error)
        if said is None:
            raise
        log.error("%s: %s", name, said)
        log.debug("%s", name, exc_info=True)


@contextmanager
def carrying() -> Iterator[None]:
    """Around what hands a message to the broker. Raises BrokerError when it is not taken."""
    try:
        yield
    except Exception as error:
        said = line_of(error)
        if said is None:
            raise
        raise BrokerError(said) from None


def check_not_overtaken(store: Store) -> None:
    """Gives the task's message back, and stops the worker, when a newer program has changed the tables."""
    if said := store.outdated():
        log.error("%s; what this worker had in hand is given back", said)
        current_task.app.control.broadcast(_RETIRE, destination=[str(current_task.request.hostname)])
        raise Reject(said, requeue=True)


def faults_at_start(settings: Settings, *, stores: bool) -> list[str]:
    """Opens what a process works with; gives what is wrong without being in the way. Raises what is in the way.

    `stores`: also what beat needs none of, the database and the mail server's URL.
    """
    if not settings.broker_url:
        raise SettingsError("WATERCOOLER_BROKER_URL: redis://HOST:PORT/0 is wanted; without it use `watercooler run`")
    broker = open_broker(settings.broker_url)
    if stores:
        open_transport(settings.mail).close()
        settings.make_folder()
        open_store(settings.database).close()
    broker.ping()
    found = [f"{fault.what}: {fault.says}" for fault in broker.faults()]
    broker.close()
    return found


@contextmanager
def ending() -> Iterator[None]:
    """Around the start of a process: what cannot be used is one line, and its end."""
    try:
        yield
    except (WatercoolerError, OSError) as error:
        _say(f"error: {line_of(error) or error}")
        raise SystemExit(2 if isinstance(error, UsageError) else 1) from None


def _start(*, stores: bool) -> None:
    for name in _TALKERS:
        logging.getLogger(name).addFilter(OneLine())
    with ending():
        for fault in faults_at_start(Settings.from_env(), stores=stores):
            _say(f"warning: the broker's {fault}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def watch() -> None:
    """Has Celery call the checks when a worker or beat starts."""
    celeryd_init.connect(_worker_starts)
    beat_init.connect(_beat_starts)


def _worker_starts(**_: Any) -> None:
    from celery.worker.control import control_command  # a door's weight: only workers carry it

    control_command(name=_RETIRE)(_retire)
    _start(stores=True)


def _beat_starts(**_: Any) -> None:
    _start(stores=False)


def _retire(state: Any) -> None:
    from celery.exceptions import WorkerShutdown

    raise WorkerShutdown(1)
