"""Errors of the worker. Each names its subject and says what to do; `permanent` tells giving up from trying again."""

from __future__ import annotations


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


class MailError(WatercoolerError):
    """A message was not taken. `permanent` means that trying again will not help.

    `uncertain` means that the connection broke after the final dot: the message may have been taken after all.
    """

    def __init__(self, address: str, reason: str, *, permanent: bool, uncertain: bool = False) -> None:
        self.address, self.reason, self.permanent, self.uncertain = address, reason, permanent, uncertain
        super().__init__(f"{address}: {reason}")


class TemplateError(WatercoolerError):
    """A message template is wrong; names the file and, where known, the line."""
