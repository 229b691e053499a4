"""The web app: signing up, what subscribers' links open, feeds, and whether the service is well."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from worker.clock import read_clock
from worker.tasks import Kit
from worker.web import api, archive, feeds, health, hooks, metrics, pages, preferences, subscribe
from worker.web.catalogue import Catalogues
from worker.web.frame import Clock
from worker.web.limits import Gate, Guesses, readings
from worker.web.shield import Shield, broken, headers_for


def make_app(kit: Kit, clock: Clock | None = None) -> Starlette:
    """The ASGI app of one process. For `uvicorn --factory` see `worker.web.asgi`."""
    clock = clock or (lambda: read_clock(kit.settings))
    routes = [*subscribe.routes, *preferences.routes, *pages.routes, *archive.routes, *feeds.routes, *health.routes]
    catalogues = Catalogues()
    broker, settings = kit.services.broker, kit.settings
    share = broker.share if broker else None
    guesses = Guesses(share)
    mounted = Mount(api.PATH, api.make_api(kit, catalogues, clock, guesses, readings(share)))
    app = Starlette(
        routes=[*routes, *hooks.routes, *metrics.routes, mounted],
        middleware=[Middleware(Shield, headers=headers_for(settings.public_url))],
        exception_handlers={Exception: broken},
    )
    app.router.redirect_slashes = False  # a redirect would name the host that the caller says we are
    app.state.kit, app.state.clock, app.state.catalogues = kit, clock, catalogues
    app.state.guesses = guesses
    app.state.health, app.state.figures = health.Health(kit), metrics.Figures(kit, clock)
    app.state.gate = Gate(settings.signups_per_client, settings.signups_per_hour, share)
    return app
