"""The SMTP transport: kept connections for many threads, an even pace, and refusals that say what they are about."""

from __future__ import annotations

import math
import smtplib
import time
from collections.abc import Callable
from datetime import timedelta

from worker.errors import MailError
from worker.mail.pace import NotYetError, Pace
from worker.mail.smtp_answers import asks_to_slow_down, breakdown, is_crowded, refusal, unreachable
from worker.mail.smtp_connection import (
    BrokenError,
    Connection,
    Letter,
    RefusedError,
    Reply,
    words,
    write_letter,
)
from worker.mail.smtp_dial import Dialler
from worker.mail.smtp_pool import Pool
from worker.mail.smtp_server import Limits, SmtpServer, Timeouts


class SmtpTransport:
    """Hands messages to one SMTP server. Shared by threads: as many messages at once as there may be connections."""

    name = "smtp"

    def __init__(
        self,
        server: SmtpServer,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server, limits = server, limits or Limits()
        self.connections = limits.connections
        self.pace = pace or Pace(limits.rate, limits.rate_per_host)
        self._timeouts, self._clock = timeouts or Timeouts(), clock
        self._dial = Dialler(server, self._timeouts.connect)
        self._pool = Pool(
            self._connect,
            is_crowded,
            clock,
            most=limits.connections,
            per_connection=limits.per_connection,
            idle=self._timeouts.idle,
        )

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Hands the message over and returns the server's reply. Raises MailError.

        Waits for its turn for some seconds; when that is later, the error is of kind "busy" with `retry_in`, and the
        server was not asked.
        """
        letter = write_letter(message, sender, recipient)
        turn = self._turn(letter.host, recipient)
        try:
            reply = self._carry(letter, recipient)
        except MailError as error:
            self._slow_down(error, letter.host, turn)
            raise
        self.pace.taken(letter.host)
        return words(reply)

    def close(self) -> None:
        """Says goodbye to the server; sending again opens new connections."""
        self._pool.close()

    def _turn(self, host: str, recipient: str) -> float:
        try:
            return self.pace.turn(host)
        except NotYetError as error:
            later = timedelta(seconds=error.seconds)
            reason = f"not tried yet: its turn comes in {math.ceil(error.seconds)} s, by the rate of mails to {host}"
            raise MailError(recipient, reason, permanent=False, kind="busy", retry_in=later) from None

    def _slow_down(self, error: MailError, host: str, turn: float) -> None:
        if whose := asks_to_slow_down(error):
            # At MAIL the server has not seen the recipient: that is no greylisting, it is us.
            certain = error.stage in ("connect", "MAIL")
            self.pace.slow(host if whose == "host" else "", turn, certain=certain)

    def _carry(self, letter: Letter, recipient: str) -> Reply:
        try:
            with self._pool.place() as place:
                kept = place.connection.carried > 0
                try:
                    return place.connection.carry(letter)
                except (RefusedError, BrokenError) as error:
                    if not (kept and _ended_before(error)):
                        raise
                return place.renew().carry(letter)
        except RefusedError as error:
            raise refusal(self.server, recipient, error) from None
        except BrokenError as error:
            raise breakdown(self.server, recipient, error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise unreachable(self.server, recipient, error) from None

    def _connect(self) -> Connection:
        return Connection(self._dial(), self.server, self._timeouts, self._clock())


def _ended_before(error: RefusedError | BrokenError) -> bool:
    """Did the server end the connection before this message's dot? Then that is no failure of the message."""
    if error.stage == "dot":
        return False
    if isinstance(error, RefusedError):
        return error.reply.code == 421
    return not isinstance(error.cause, TimeoutError)  # another long silence would help nobody
