"""Errors of the worker. Each names its subject and says what to do; `permanent` tells giving up from trying again."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

# What a refusal is about: this reader's address, their full mailbox, this message, us (our server, login, name or
# settings: no reader is at fault), the moment (try later), or the connection, lost before or after the final dot.
MailTrouble = Literal["address", "full", "message", "ours", "busy", "lost", "uncertain"]


class WatercoolerError(Exception):
    """Anything that goes wrong and is worth telling a person in one line."""


class UsageError(WatercoolerError):
    """The call was wrong (exit code 2): the message says what would be right."""


class SettingsError(UsageError):
    """A setting is missing or cannot be used."""


class NotFoundError(UsageError):
    """No such show, subscriber, source, article or issue."""


class ConflictError(UsageError):
    """The call contradicts what is there: an issue that was cancelled, a key that stands for something else."""


class StoreError(WatercoolerError):
    """The store cannot be opened or used."""


class BrokerError(WatercoolerError):
    """The broker (Redis) cannot be reached or used; names it without its password."""


class MailError(WatercoolerError):
    """A message was not taken. `permanent` means that trying again will not help.

    `uncertain` means that the connection broke after the final dot: the message may have been taken after all.
    `kind` tells what it is about (see MailTrouble); `code` and `status` are the server's (550, "5.1.1"), `stage` is
    when it said so: "connect", "MAIL", "RCPT", "DATA" or "dot" (the whole message). `retry_in` is set when the message
    was not even tried, because its turn comes later: not an attempt, just a date. `silent`: no answer came in time.
    """

    def __init__(
        self,
        address: str,
        reason: str,
        *,
        permanent: bool,
        uncertain: bool = False,
        kind: MailTrouble | None = None,
        code: int | None = None,
        status: str = "",
        stage: str = "",
        retry_in: timedelta | None = None,
        silent: bool = False,
    ) -> None:
        self.address, self.reason, self.permanent, self.uncertain = address, reason, permanent, uncertain
        self.kind: MailTrouble = kind or ("uncertain" if uncertain else "message" if permanent else "busy")
        self.code, self.status, self.stage, self.retry_in = code, status, stage, retry_in
        self.silent = silent
        super().__init__(f"{address}: {reason}")


class TemplateError(WatercoolerError):
    """A message template is wrong; names the file and, where known, the line."""


def remedy(reason: str, otherwise: str = "restore it from a backup if it is damaged") -> str:
    """What helps against a fault of the database, by what the database says."""
    known = {  # those first that quote names
        "password authentication failed": "check user and password in WATERCOOLER_DATABASE_URL",
        "no password supplied": "check user and password in WATERCOOLER_DATABASE_URL",
        '" does not exist': "make it (CREATE DATABASE, CREATE ROLE), or name another in WATERCOOLER_DATABASE_URL",
        "too many c": "raise max_connections, or run fewer processes",
        "full": "free some space and call again; nothing half-done was kept",
        "locked": "another process is busy with it; call again in a moment",
        "readonly": "call as the user whose files these are",
        "connection": "see that the server runs, and check WATERCOOLER_DATABASE_URL",
    }
    return next((hint for word, hint in known.items() if word in reason), otherwise)
