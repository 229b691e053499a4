"""The Celery app: three queues, one beat entry. Celery carries; the store knows what is due.

celery -A worker worker -Q crawl,ingest,mail        with WATERCOOLER_BROKER_URL=redis://…
celery -A worker beat

What is short and waited for stands before what comes in bulk, in the same queue (`BULK`): `tick` before a long row of
items, a send that somebody asked for before a night's digests.
"""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

from celery import Celery
from celery.signals import after_task_publish, beat_init, setup_logging, worker_shutting_down
from kombu import Exchange, Queue

from worker import guard, logs, stop
from worker.config import Settings
from worker.errors import SettingsError

QUEUES = ("crawl", "ingest", "mail")
BULK = 6  # Redis keeps one list each for the priorities 0, 3, 6 and 9, and empties them in this order
MINUTE, HOUR = 60, 3600
LIMITS = {  # seconds, after which a task's process is killed; its rows say what is left, and its leases end by then
    "tick": 15 * MINUTE,
    "crawl": HOUR + 5 * MINUTE,  # a crawl ends itself after an hour
    "ingest": 5 * MINUTE,
    "send_issue": 15 * MINUTE,
    "deliver": 30 * MINUTE,  # as a server that answers slowly needs
    "deliver_due": 30 * MINUTE,
    "letters": 30 * MINUTE,
    "bounces": 15 * MINUTE,
    "health": 15 * MINUTE,
}
_EXPIRES = 30.0  # seconds after which a tick that nobody took is dropped, if the next comes as soon


def _settings() -> tuple[str, float]:
    """The broker's URL, and seconds from tick to tick.

    A wrong setting is told by whoever uses the settings, in words; this is only an import.
    """
    try:
        settings = Settings.from_env()
    except SettingsError:
        return _BROKER, float(MINUTE)
    return settings.broker_url or _BROKER, settings.tick.total_seconds()


_BROKER = "redis://localhost:6379/0"
_URL, _TICK = _settings()
app = Celery("watercooler", broker=_URL, include=["worker.tasks"])
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_default_queue="ingest",
    task_default_exchange="ingest",
    task_default_routing_key="ingest",
    task_routes={
        "watercooler.tick": {"queue": "ingest"},  # its tasks are the shortest, and wait for nobody outside
        "watercooler.crawl": {"queue": "crawl"},
        "watercooler.ingest": {"queue": "ingest", "priority": BULK},
        "watercooler.send_issue": {"queue": "mail"},
        "watercooler.deliver": {"queue": "mail"},
        "watercooler.deliver_due": {"queue": "mail", "priority": BULK},
        "watercooler.letters": {"queue": "mail"},
        "watercooler.health": {"queue": "mail"},
        "watercooler.bounces": {"queue": "mail"},
    },
    task_annotations={f"watercooler.{name}": {"time_limit": limit} for name, limit in LIMITS.items()},
    task_acks_on_failure_or_timeout=True,  # what failed is not carried on and on: its rows are due, a tick offers them
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 7200,  # longer than the longest task, else it would be given to a second worker
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
    },
    beat_schedule={
        "tick": {
            "task": "watercooler.tick",
            "schedule": _TICK,
            "last_run_at": datetime(1970, 1, 1, tzinfo=UTC),  # so that the first comes at once
            "options": {"expires": max(_TICK, _EXPIRES)},
        }
    },
    beat_scheduler="celery.beat:Scheduler",  # in memory: the state file breaks in crashes
    timezone="UTC",
)
guard.watch()


@setup_logging.connect
def set_up_logs(loglevel: int | None = None, **_: object) -> None:
    """Our one form for the lines of workers and beat, in place of Celery's own; `-l DEBUG` tells idle steps, too."""
    try:
        settings = Settings.from_env()
    except SettingsError:  # told in words by whoever uses the settings
        logs.set_up("auto")
    else:
        logs.set_up(settings.log, min(loglevel or logging.INFO, logging.INFO), settings.secrets)


@worker_shutting_down.connect
def stop_soon(**_: object) -> None:
    """A worker that is told to stop waits for what it has in hand: so that ends soon, and gives the rest back."""
    stop.ask()


@beat_init.connect
def show_life(**_: object) -> None:
    """Beat's health check looks at a file, for nobody can ask beat anything."""
    after_task_publish.connect(_promise_life, weak=False)


def _promise_life(**_: object) -> None:
    """A tick was taken by the broker: the time of the file says until when the third one after it has to be."""
    path, until = Path(gettempdir()) / "watercooler-beat", time.time() + 3 * _TICK
    path.touch()
    os.utime(path, (until, until))
