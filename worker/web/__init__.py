"""The web app: signing up, what subscribers' links open, feeds, and whether the service is well."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount

from worker.tasks import Kit
from worker.web import api, archive, feeds, health, hooks, pages, preferences, subscribe
from worker.web.catalogue import Catalogues
from worker.web.frame import Clock, read_clock
from worker.web.limits import Gate


def make_app(kit: Kit, clock: Clock = read_clock) -> Starlette:
    """The ASGI app of one process. For `uvicorn --factory` see `worker.web.asgi`."""
    routes = [*subscribe.routes, *preferences.routes, *pages.routes, *archive.routes, *feeds.routes, *health.routes]
    catalogues = Catalogues()
    app = Starlette(routes=[*routes, *hooks.routes, Mount(api.PATH, api.make_api(kit, catalogues, clock))])
    app.state.kit, app.state.clock, app.state.catalogues = kit, clock, catalogues
    app.state.gate = Gate(kit.settings.signups_per_client, kit.settings.signups_per_hour)
    return app
