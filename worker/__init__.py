"""The worker remembers, decides, writes and sends. `celery -A worker` finds the Celery app here."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The Celery app, made only when Celery asks for it: most commands never need it."""
    if name in ("app", "celery_app"):
        from worker.celery import app

        return app
    raise AttributeError(name)
