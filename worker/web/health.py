"""Is the process alive, and can it do its work? Anybody may ask, so no names of hosts or files are told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from worker.errors import StoreError, WatercoolerError
from worker.store.migrate import HEAD, revision_in
from worker.tasks import Kit
from worker.web.probe import Probe

PATIENCE = 3.0  # seconds; whoever watches us waits hardly longer
OK = "ok"


class Health:
    """What this process needs: each is asked in a thread of its own, and waited for so long and no longer."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._probes = {"database": Probe(self._database)}
        if kit.settings.broker_url:
            self._probes["broker"] = Probe(self._broker)

    def look(self) -> dict[str, str]:
        """What is needed, each with "ok" or what is wrong."""
        with ThreadPoolExecutor(len(self._probes)) as pool:
            return dict(zip(self._probes, pool.map(_said, self._probes.values()), strict=True))

    def _database(self) -> str:
        with self._kit.store.read() as tx:
            try:
                found = revision_in(tx.connection)
            except StoreError as error:  # of a newer program, or another's; it says so in words without places
                return str(error)
            tx.sources.waiting()
        if found != HEAD:
            return f"the database is at schema {found}, this program wants {HEAD}: run `watercooler migrate`"
        return OK

    def _broker(self) -> str:
        broker = self._kit.services.broker
        assert broker is not None  # else it is not asked
        broker.ping()
        return OK


def _said(probe: Probe[str]) -> str:
    try:
        return probe.ask(PATIENCE)
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} s"
    except (WatercoolerError, SQLAlchemyError) as error:
        return f"cannot be used ({type(error).__name__}): see the log, or ask `watercooler doctor`"


async def live(request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": OK})


def ready(request: Request) -> JSONResponse:
    """What it needs answers too; else 503, with what is wrong."""
    look: Callable[[], dict[str, str]] = request.app.state.health.look
    found = look()
    well = set(found.values()) == {OK}
    return JSONResponse({"status": OK if well else "unavailable", **found}, status_code=200 if well else 503)


routes = [Route("/health/live", live), Route("/health/ready", ready)]
