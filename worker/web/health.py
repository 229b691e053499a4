"""Is the process alive, and can it do its work?"""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from worker.errors import WatercoolerError


def live(request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


def ready(request: Request) -> JSONResponse:
    """The store answers too; else 503, with what is wrong."""
    try:
        with request.app.state.kit.store.begin() as tx:
            waiting = tx.sources.waiting()
    except (WatercoolerError, SQLAlchemyError) as error:
        return JSONResponse({"status": "unavailable", "reason": type(error).__name__}, status_code=503)
    return JSONResponse({"status": "ok", "waiting_to_be_ingested": waiting})


routes = [Route("/health/live", live), Route("/health/ready", ready)]
