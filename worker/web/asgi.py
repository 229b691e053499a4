"""For servers that want a factory: `uvicorn --factory worker.web.asgi:app`."""

from __future__ import annotations

from starlette.applications import Starlette

from worker import logs
from worker.guard import ending
from worker.tasks import worker_kit
from worker.web import make_app


def app() -> Starlette:
    """The web app on the settings of the environment."""
    with ending():
        kit = worker_kit()
        logs.set_up(kit.settings.log, secrets=kit.settings.secrets)
        _ = kit.store  # what is wrong with it is said now, not to the first reader
        return make_app(kit)
