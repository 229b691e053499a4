"""The Celery app: three queues, one beat entry. Celery carries; the store knows what is due.

celery -A worker worker -Q crawl,ingest,mail        with WATERCOOLER_BROKER_URL=redis://…
"""

from __future__ import annotations

from celery import Celery
from kombu import Exchange, Queue

from worker.config import Settings
from worker.errors import SettingsError

QUEUES = ("crawl", "ingest", "mail")


def _broker() -> str:
    """The broker's URL. A wrong setting is told by whoever uses the settings, in words; this is only an import."""
    try:
        return Settings.from_env().broker_url or "redis://localhost:6379/0"
    except SettingsError:
        return "redis://localhost:6379/0"


app = Celery("watercooler", broker=_broker(), include=["worker.tasks"])
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
        "watercooler.tick": {"queue": "ingest"},
        "watercooler.crawl": {"queue": "crawl"},
        "watercooler.ingest": {"queue": "ingest"},
        "watercooler.send_issue": {"queue": "mail"},
        "watercooler.deliver": {"queue": "mail"},
        "watercooler.letters": {"queue": "mail"},
        "watercooler.health": {"queue": "mail"},
        "watercooler.bounces": {"queue": "mail"},
    },
    task_time_limit=3900,  # a crawl ends itself after an hour
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
    beat_schedule={"tick": {"task": "watercooler.tick", "schedule": 60.0, "options": {"expires": 55}}},
    beat_scheduler="celery.beat:Scheduler",  # in memory: the state file breaks in crashes
    timezone="UTC",
)
