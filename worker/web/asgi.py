"""For servers that want a factory: `uvicorn --factory worker.web.asgi:app`."""

from __future__ import annotations

from starlette.applications import Starlette

from worker.tasks import worker_kit
from worker.web import make_app


def app() -> Starlette:
    """The web app on the settings of the environment."""
    return make_app(worker_kit())
