"""The web app: what subscribers' links open, and whether the service is well."""

from __future__ import annotations

from starlette.applications import Starlette

from worker.tasks import Kit
from worker.web import feeds, health, pages


def make_app(kit: Kit) -> Starlette:
    """The ASGI app of one process. For `uvicorn --factory` see `worker.web.asgi`."""
    app = Starlette(routes=[*pages.routes, *feeds.routes, *health.routes])
    app.state.kit = kit
    return app
