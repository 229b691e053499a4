"""What went wrong in one line that says what to do, for every door; what nobody foresaw stays an exception.

Databases and brokers go away, fill up and refuse. Whoever meets that says it in a line and goes on, or ends; a
traceback would tell an operator nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from celery.exceptions import Reject
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)

from crawler.errors import CrawlerError
from worker.errors import WatercoolerError, remedy

_OURS = (IntegrityError, DataError, InterfaceError, NotSupportedError)  # only a mistake of ours leads to these
_DENIED = ("42501", "42P01", "42703")  # PostgreSQL: no right, no such table, no such column
_BROKER = "the broker cannot be used: {}; see that Redis runs and has memory, and check WATERCOOLER_BROKER_URL"
_TABLES = "see `watercooler doctor`; after an upgrade run `watercooler migrate` as the owner of the tables"


def line_of(error: BaseException) -> str | None:
    """An error in one line, with what to do; None for what should not have happened."""
    if isinstance(error, WatercoolerError | CrawlerError):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        return _of_database(error)
    if type(error).__module__.partition(".")[0] in ("redis", "kombu") or isinstance(error, ConnectionError):
        return _BROKER.format(_first(error))
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.filename or 'a file'}: {error.strerror or error}; name a place that can be used"
    return None


def expected(error: BaseException) -> bool:
    """Is it the world's fault, not the program's?"""
    return line_of(error) is not None


class OneLine(logging.Filter):
    """Takes the traceback off what Celery logs when a server has gone: one line says it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shortens a record; passes every one."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, Reject):  # a task gave its message back, and its line says why
            record.exc_info = None
            return True
        said = next((line for line in map(line_of, _chain(error)) if line), None)
        if said:
            record.msg, record.args, record.exc_info, record.exc_text = said, (), None, None
        return True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it; libraries wrap what they meet."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_database(error: SQLAlchemyError) -> str | None:
    inner = getattr(error, "orig", None)
    denied = getattr(inner, "sqlstate", "") in _DENIED or "no such table" in str(inner)
    if isinstance(error, _OURS) or (isinstance(error, ProgrammingError) and not denied):
        return None
    reason = _first(inner or error)
    return f"the database cannot be used: {reason}; {_TABLES if denied else remedy(reason)}"


def _first(error: BaseException) -> str:
    """What it says first. Drivers repeat hosts and names there, but no password."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
