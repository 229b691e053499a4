"""The post room: everything a message needs on its way, opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from worker.mail.dkim import Signer
from worker.mail.journal import Journal
from worker.mail.links import Links
from worker.mail.message import Templates
from worker.mail.press import Press
from worker.mail.transport import Transport
from worker.mail.verp import ReturnPaths
from worker.models import QuoteRules


@dataclass(frozen=True, slots=True)
class Post:
    """What carries a message, how it looks, its signed links, and whom it is from.

    `quoting` says how viewers are quoted in it. `retry` are the waits after each temporary refusal, the last of which
    is repeated; when nothing came of it for as long as `give_up`, a delivery has failed. With `hold` what may have
    been taken waits for a person instead of being repeated.
    """

    transport: Transport
    press: Press
    links: Links
    sender: str
    domain: str
    retry: Sequence[timedelta]
    return_paths: ReturnPaths
    journal: Journal  # where answers are written down at once
    quoting: QuoteRules = QuoteRules()
    signer: Signer | None = None
    give_up: timedelta = timedelta(hours=36)
    hold: bool = False
    operators: tuple[str, ...] = ()  # who is told when an issue is paused, in their zone
    zone: str = "UTC"

    @property
    def connections(self) -> int:
        """How many messages are carried side by side."""
        return self.transport.connections

    def signed(self, message: bytes) -> bytes:
        """A message as it goes out: with our signatures, when there are keys."""
        return self.signer.sign(message) + message if self.signer else message

    def return_path(self, delivery_id: int, subscriber_id: int) -> str:
        """Where a delivery that cannot be delivered goes back to."""
        return self.return_paths.address(delivery_id, subscriber_id)

    def send(self, message: bytes, recipient: str) -> str:
        """Signs a message that is no delivery, and hands it over; gives the reply. Raises MailError."""
        return self.transport.send(self.signed(message), self.return_paths.unnamed, recipient)

    def retry_wait(self, attempt: int) -> timedelta:
        """How long to wait after so many tries."""
        return self.retry[min(attempt, len(self.retry)) - 1] if self.retry else timedelta(0)

    @property
    def templates(self) -> Templates:
        """How messages look."""
        return self.press.templates
