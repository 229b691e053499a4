"""Which subscriber a person means on the command line."""

from __future__ import annotations

import difflib

from worker.errors import NotFoundError
from worker.models import Subscriber
from worker.store import Tx
from worker.subscribers import find_subscriber

_MOST = 20_000  # readers up to whom an address is compared with all


def find_reader(tx: Tx, email: str) -> Subscriber:
    """The subscriber of an address. Raises UsageError, NotFoundError with the address that may be meant."""
    try:
        return find_subscriber(tx, email)
    except NotFoundError as error:
        near = _near(tx, email)
        raise NotFoundError(f"nobody subscribes with {email}; did you mean {near!r}?") if near else error from None


def _near(tx: Tx, email: str) -> str:
    if sum(tx.subscribers.counts().values()) > _MOST:
        return ""
    emails = [one.email for one in tx.subscribers.find()]
    return next(iter(difflib.get_close_matches(email, emails, n=1, cutoff=0.8)), "")
