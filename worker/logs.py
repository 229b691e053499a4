"""Logs of all processes: one form, one line per step, no secrets. structlog's one home.

Code everywhere logs with the standard library (`log = logging.getLogger(__name__)`); `set_up`, called once by each
door, brings every logger, ours and foreign, into one form. What a step of the work did is told by `step`:

with logs.step("ingest", inbox=ids) as told:                        # one line when it ends, however it ends
    tally = ingest_inbox(...)
    told.bring(articles=tally.articles, article=tally.ids)          # counts are plural, ids are singular

The line says `step`, `outcome` (done, failed, given back), `seconds`, and what was brought. Ids lead from one step to
the next: `run` (one crawl), `source`, `inbox`, `article`, `story`, `update`, `issue`, `delivery`, `subscriber`. Those
of which a step has many are lists: `"article": [12, 13]` in JSON, `article=12 article=13` in text. Lines that others
log while a step runs carry its name and its single ids (`run`, `issue`, …) as well.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Style = Literal["auto", "text", "json"]

MOST_IDS = 500  # of one kind in one line; the number of the others is told
SHORTEST = 8  # letters of a text that is struck wherever it stands
HIDDEN, ADDRESS = "[hidden]", "[address]"
_log = logging.getLogger(__name__)

_OURS = ("worker", "crawler")
_HEARD = ("celery.apps.worker", "celery.worker.consumer.connection", "uvicorn.error")  # from INFO on, as ours
_FIRST = ("time", "level", "logger", "event", "step", "outcome", "seconds")
_ODD = re.compile(r"[\s=\"]")
_SINGLE = ("run", "source", "issue", "delivery", "subscriber", "article")
_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access")

# of several "@" the last ends a password; those of our own URLs may hold a slash (SQLAlchemy takes it)
_LOGIN = re.compile(r"(://[^\s:/@]{0,100}):[^\s/]+@")
_OWN_LOGIN = re.compile(r"(?i)((?:postgresql|redis|smtp)[\w+]{0,20}://[^\s:/@]{0,100}):\S{1,200}@")
_LINK = re.compile(r"(/(?:unsubscribe|confirm|resubscribe|preferences|view|why)/)[^\s/?#\"'<>]+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=:-]{8,}")
_NAMED = re.compile(
    r"(?i)((?:secret|token|password|passwd|authorization|api[_-]?key|secret_key)[\"']?\s*[=:]\s*[\"']?)"
    r"(?!\[hidden\]|bearer\b|basic\b)[^\s\"',;&]+"
)
# the look-behind lets each run of signs be tried once, from its start: linear, whatever a stranger sends
_MAIL = re.compile(
    r"(?<![^\s@<>()\[\],;:\"/…])[^\s@<>()\[\],;:\"/…]+(?:@|%40)(?:(?:[\w-]+\.)+[\w-]{2,}|\[[0-9A-Fa-f.:]{3,60}\])"
)
_QUOTED = re.compile(r"\"[^\"\n]{1,64}\"@(?:[\w-]+\.)+[\w-]{2,}")
_NEVER = frozenset(("password", "token", "authorization", "secret", "secret_key", "cookie", "email", "address"))


def set_up(style: Style, level: int = logging.INFO, secrets: Collection[str] = ()) -> None:
    """Brings the logs of this process into one form, on standard error. It may be called again.

    "auto" is text for people on a terminal, and JSON, one object a line, elsewhere. `level` is that of our own
    loggers; of foreign ones warnings are heard, and of servers when they start and stop. `secrets` are texts that must
    never be read in a log, such as keys and tokens, beside what looks like one.
    """
    if style == "auto":
        style = "text" if sys.stderr.isatty() else "json"
    root = logging.getLogger()
    for former in [one for one in root.handlers if isinstance(one, _StandardError)]:
        root.removeHandler(former)
    handler = _StandardError()
    handler.setFormatter(_formatter(style, secrets))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in (*_OURS, *_HEARD):
        logging.getLogger(name).setLevel(level)
    for name in _SERVERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"  # its lines would hold links, and who follows them
    logging.captureWarnings(True)


class StepLog:
    """What a step tells of itself, while it runs, for its line at the end."""

    def __init__(self, name: str, ids: Mapping[str, object], around: StepLog | None = None) -> None:
        self.name, self.outcome = name, "done"
        self.fields: dict[str, Any] = {**around.single} if around else {}
        self._said, self._weight = False, 0
        self._add(ids)

    @property
    def was_idle(self) -> bool:
        """Has it said what it brought, and was that nothing but zeros and empty lists?"""
        return self.outcome == "done" and self._said and not self._weight

    @property
    def single(self) -> dict[str, Any]:
        """The ids of which it has one: what others log meanwhile carries them, and so do steps inside it."""
        return {name: self.fields[name] for name in _SINGLE if isinstance(self.fields.get(name), (str, int))}

    def bring(self, **what: object) -> None:
        """Adds counts to those told so far, lists of ids to their lists; anything else takes the former's place.

        None is passed over. A step that brought nothing at all is told at level DEBUG.
        """
        self._said = True
        self._weight += sum(bool(value) for value in what.values())
        self._add(what)

    def give_back(self, reason: str) -> None:
        """The work is not done, or not all of it, and nothing is lost: it is offered again."""
        self.outcome = "given back"
        self.bring(reason=reason)

    def _add(self, what: Mapping[str, Any]) -> None:
        for name, value in what.items():
            before = self.fields.get(name)
            if isinstance(value, (list, tuple, set, frozenset)):
                more = sorted(value) if isinstance(value, Set) else value
                self.fields[name] = [*before, *more] if isinstance(before, list) else [*more]
            elif type(value) is int and type(before) is int and name not in _SINGLE:
                self.fields[name] = before + value
            elif value is not None:
                self.fields[name] = value


_running: ContextVar[StepLog | None] = ContextVar("running", default=None)


@contextmanager
def step(name: str, /, *, timer: Callable[[], float] = time.monotonic, **ids: object) -> Iterator[StepLog]:
    """One line when a step ends: its name, `outcome`, `seconds`, its ids and what it brought.

    An error makes it "failed", with the reason, and goes on to whoever called; what stops a process (Ctrl-C, a
    worker's end) makes it "given back". `timer` gives seconds from any start.
    """
    told, began = StepLog(name, ids, _running.get()), timer()
    mark = _running.set(told)
    try:
        yield told
    except Exception as error:
        told.outcome = "failed"
        told.bring(reason=f"{type(error).__name__}: {error}".split("\n", 1)[0][:500])
        raise
    except BaseException as stop:
        told.give_back(type(stop).__name__)
        raise
    finally:
        _running.reset(mark)
        _end(told, timer() - began)


def bring(**what: object) -> None:
    """Adds to the line of the step that runs, from below it: see StepLog.bring. Outside a step it says nothing."""
    if told := _running.get():
        told.bring(**what)


def give_back(reason: str) -> None:
    """Says of the step that runs, from below it, that its work is offered again: see StepLog.give_back."""
    if told := _running.get():
        told.give_back(reason)


def strike(text: str, secrets: Collection[str] = ()) -> str:
    """A text without the passwords, tokens, keys and mail addresses in it. Linear in its length."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    if "/" in text:
        text = _LOGIN.sub(rf"\1:{HIDDEN}@", _OWN_LOGIN.sub(rf"\1:{HIDDEN}@", text))
        text = _LINK.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", _BEARER.sub(rf"\1 {HIDDEN}", text))
    return _MAIL.sub(ADDRESS, _QUOTED.sub(ADDRESS, text)) if "@" in text or "%40" in text else text


def tell(event: str, level: int = logging.INFO, **fields: object) -> None:
    """A line of its own with ids and counts, for a part of a step that others look for: a source's round."""
    _log.log(level, "%s", event, extra={"fields": _shortened(fields)})


def _end(told: StepLog, seconds: float) -> None:
    level = {"failed": logging.ERROR, "given back": logging.WARNING}.get(told.outcome, logging.INFO)
    head = {"step": told.name, "outcome": told.outcome, "seconds": round(seconds, 3)}
    fields = {**head, **_shortened(told.fields)}
    _log.log(logging.DEBUG if told.was_idle else level, "%s %s", told.name, told.outcome, extra={"fields": fields})


def _shortened(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of ids end somewhere: collectors of logs cut lines of 16 KiB."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found[name] = list(dict.fromkeys(value)) if isinstance(value, list) else value
        if isinstance(value, list) and len(found[name]) > MOST_IDS:
            found[name], found[f"{name}_more"] = found[name][:MOST_IDS], len(found[name]) - MOST_IDS
    return found


class _StandardError(logging.Handler):
    """Writes to what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)


def _formatter(style: str, secrets: Collection[str]) -> logging.Formatter:
    def struck(logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
        return {name: _clean(name, value, hidden) for name, value in fields.items()}

    hidden = sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True)
    first: list[Processor] = [
        _unfold,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper("iso", key="time"),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer(ensure_ascii=False, default=str) if style == "json" else _as_text
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=[meta, struck, _in_order, last])


def _unfold(logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
    told = _running.get()
    around = {"step": told.name, **told.single} if told else {}
    return {**fields, **around, **getattr(fields["_record"], "fields", {})}


def _clean(name: str, value: Any, secrets: Sequence[str]) -> Any:
    """What may be read of a value; numbers and ids stay what they are."""
    if isinstance(value, (int, float)) or value is None:
        return value
    if name.lower() in _NEVER:
        return HIDDEN
    if isinstance(value, Mapping):
        return {strike(str(key), secrets): _clean(str(key), one, secrets) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(name, one, secrets) for one in value]
    return strike(str(value), secrets)


def _in_order(logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
    first = {name: fields[name] for name in _FIRST if name in fields}
    return first | {name: value for name, value in fields.items() if name not in first}


def _as_text(logger: WrappedLogger, method: str, fields: EventDict) -> str:
    """One line for people; of lists every member stands by itself, so that `grep article=12` finds it."""
    at, level, logger_name, event = (fields.pop(name, "") for name in _FIRST[:4])
    head = f"{at[:19]} {level:7} {logger_name}: {_one_line(event)}"
    trace = fields.pop("exception", "")
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    said = " ".join([head, *(f"{name}={_quoted(one)}" for name, one in pairs)])
    return f"{said}\n{trace}" if trace else said


def _one_line(text: object) -> str:
    return str(text).replace("\r", "\\r").replace("\n", "\\n")


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not _ODD.search(text) else json.dumps(text, ensure_ascii=False)
