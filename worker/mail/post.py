"""The post room: everything a message needs on its way, opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from worker.mail.links import Links
from worker.mail.message import Templates
from worker.mail.press import Press
from worker.mail.transport import Transport
from worker.models import QuoteRules


@dataclass(frozen=True, slots=True)
class Post:
    """What carries a message, how it looks, its signed links, and whom it is from.

    `quoting` says how viewers are quoted in it. `retry` are the waits after each temporary refusal; when they are used
    up, a delivery has failed.
    """

    transport: Transport
    press: Press
    links: Links
    sender: str
    domain: str
    retry: Sequence[timedelta]
    quoting: QuoteRules = QuoteRules()

    @property
    def templates(self) -> Templates:
        """How messages look."""
        return self.press.templates
