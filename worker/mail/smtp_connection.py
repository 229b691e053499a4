"""One SMTP connection: smtplib greets and logs in (smtp_dial.py), messages go over it in our own few lines.

With PIPELINING (RFC 2920) the envelope is one write and its answers are read in order; the message is another one.
smtplib asks for each answer before it says the next thing, and walks over every body three times.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
from dataclasses import dataclass
from typing import NamedTuple

from worker.mail.smtp_server import SmtpServer, Timeouts
from worker.mail.transport import wire_address, wire_lines

_LINE = 8192  # bytes, the longest line of an answer
_LINES = 200  # the longest answer
_UNPRINTABLE = re.compile(r"[^ -~]")


class Reply(NamedTuple):
    """A server's answer: its code, and its lines as they came."""

    code: int
    text: bytes


class RefusedError(Exception):
    """The server said no, or we know that it would. `stage` as in MailError."""

    def __init__(self, stage: str, reply: Reply) -> None:
        self.stage, self.reply = stage, reply
        super().__init__(stage, reply)


class BrokenError(Exception):
    """The connection is of no more use: it was cut, fell silent, or speaks no SMTP."""

    def __init__(self, stage: str, cause: Exception) -> None:
        self.stage, self.cause = stage, cause
        super().__init__(stage, cause)


class NonsenseError(OSError):
    """What was answered is no answer."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it goes over the wire. `content` has its dots doubled and ends with the final one."""

    sender: bytes
    recipient: bytes
    host: str  # the recipient's domain
    content: bytes
    size: int  # bytes without the dots that were added (RFC 1870, section 5)
    utf8: bool  # needs SMTPUTF8


def write_letter(message: bytes, sender: str, recipient: str) -> Letter:
    """Puts a message and its envelope into the form of the wire. Raises MailError on what is no address."""
    sender, recipient = wire_address(sender) if sender else "", wire_address(recipient)
    lines = wire_lines(message)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    utf8 = not (sender.isascii() and recipient.isascii() and lines.isascii())
    host = recipient.rpartition("@")[2].lower()
    return Letter(sender.encode(), recipient.encode(), host, _with_dots(lines), len(lines), utf8)


def _with_dots(lines: bytes) -> bytes:
    """Leading dots doubled, the final dot at the end (RFC 5321, section 4.5.2)."""
    if lines.rfind(b"\r\n.") >= 0:  # backwards CPython finds this three times as fast, and mostly there is none
        lines = lines.replace(b"\r\n.", b"\r\n..")
    return b"%b%b.\r\n" % (b"." if lines.startswith(b".") else b"", lines)


class Connection:
    """Carries one message at a time. `alive` tells whether it can carry another one, `carried` how many it has."""

    def __init__(self, smtp: smtplib.SMTP, server: SmtpServer, timeouts: Timeouts, now: float) -> None:
        assert smtp.sock  # it is connected
        self._smtp, self._socket, self._server, self._timeouts = smtp, smtp.sock, server, timeouts
        # Nagle's algorithm would hold back what we write until what we wrote before is acknowledged: 40 ms a message.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._patience = 0.0
        self._offers = frozenset(smtp.esmtp_features)
        self._largest = _number(smtp.esmtp_features.get("size", ""))
        self._unread = b""
        self._stage = "MAIL"
        self._unsettled = False  # a refusal left a transaction open: RSET goes before the next one
        self.alive, self.carried, self.used_at = True, 0, now

    def carry(self, letter: Letter) -> Reply:
        """Hands the message over; gives the server's answer. Raises RefusedError, BrokenError."""
        self._stage = "MAIL"
        self.check(letter)
        self.carried += 1
        try:
            self._wait_up_to(self._timeouts.command)
            self._begin(letter)
            return self._finish(letter.content)
        except RefusedError:
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise BrokenError(self._stage, error) from None
        except BaseException:  # whoever stops us in the middle leaves a connection that nobody can go on with
            self.drop()
            raise

    def check(self, letter: Letter) -> None:
        """Raises RefusedError when this server cannot take the message, before it is asked."""
        place = self._server.place.encode()
        if letter.utf8 and "smtputf8" not in self._offers:
            reason = b"5.6.7 %b does not offer SMTPUTF8, which this address needs" % place
            raise RefusedError("MAIL", Reply(553, reason))
        if self._largest and letter.size > self._largest:
            sizes = f"the message has {letter.size:,} bytes; {self._server.place} takes {self._largest:,} at most"
            raise RefusedError("MAIL", Reply(552, f"5.3.4 {sizes}".encode()))

    def close(self) -> None:
        """Says goodbye and waits a moment for the answer."""
        if self.alive:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._wait_up_to(self._timeouts.goodbye)
                self._socket.sendall(b"QUIT\r\n")
                self._read()
        self.drop()

    def drop(self) -> None:
        """Closes without a word."""
        self.alive = False
        self._smtp.close()

    def _wait_up_to(self, seconds: float) -> None:
        if seconds != self._patience:
            self._socket.settimeout(seconds)
            self._patience = seconds

    def _begin(self, letter: Letter) -> None:
        """Everything up to the message: the server waits for it. Raises RefusedError."""
        steps = self._steps(letter)
        together = "pipelining" in self._offers
        if together:
            self._socket.sendall(b"".join(command for _, command in steps))
        refused, reply = None, Reply(0, b"")
        for stage, command in steps:
            self._stage = "MAIL" if stage == "RSET" else stage
            if not together:
                self._socket.sendall(command)
            try:
                reply = self._answer(stage)
            except RefusedError as error:
                refused = refused or error
                if not (together and self.alive):
                    break
            except (smtplib.SMTPException, OSError):
                if not refused:
                    raise
                self.drop()  # what was said counts, however it went on
                break
        if refused:
            self._settle(reply)
            raise refused

    def _steps(self, letter: Letter) -> list[tuple[str, bytes]]:
        notice = b" NOTIFY=FAILURE" if "dsn" in self._offers and letter.sender else b""
        steps = [
            ("MAIL", b"MAIL FROM:<%b>%b\r\n" % (letter.sender, self._options(letter))),
            ("RCPT", b"RCPT TO:<%b>%b\r\n" % (letter.recipient, notice)),
            ("DATA", b"DATA\r\n"),
        ]
        return [("RSET", b"RSET\r\n"), *steps] if self._unsettled else steps

    def _options(self, letter: Letter) -> bytes:
        size = b" SIZE=%d" % letter.size if "size" in self._offers else b""
        utf8 = b" BODY=8BITMIME SMTPUTF8" if letter.utf8 else b""
        # A bounce that quotes the whole digest helps nobody (RFC 3461, sections 4.1 and 4.3).
        return size + utf8 + (b" RET=HDRS" if "dsn" in self._offers and letter.sender else b"")

    def _settle(self, last: Reply) -> None:
        """After a refusal: a server that waits for a message all the same gets an empty one (RFC 2920, section 3.1).

        There is nobody whom it could go to, so whatever is answered to it changes nothing.
        """
        self._unsettled = True
        if self.alive and last.code == 354:
            try:
                self._socket.sendall(b".\r\n")
                self._read()
            except (smtplib.SMTPException, OSError):
                self.drop()

    def _answer(self, stage: str) -> Reply:
        """The answer to a command. Raises RefusedError when it is a no."""
        reply = self._read()
        if reply.code == 354 if stage == "DATA" else 200 <= reply.code < 300:
            if stage == "RSET":
                self._unsettled = False
            return reply
        if not 400 <= reply.code < 600 or stage == "RSET":
            raise NonsenseError(f"answered {stage} with {words(reply)}")
        if reply.code == 421:
            self.drop()
        raise RefusedError(stage, reply)

    def _finish(self, content: bytes) -> Reply:
        """The message, and the answer to all of it. Without one nobody knows whether it was taken (RFC 1047)."""
        try:
            self._socket.sendall(content)
        except OSError:
            self._last_word()
            raise
        self._stage = "dot"
        self._wait_up_to(self._timeouts.after_dot)
        return self._answer("dot")

    def _last_word(self) -> None:
        """Some servers say why before they hang up on a message. Raises RefusedError when this one did."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._wait_up_to(self._timeouts.goodbye)
            reply = self._read()
            if 400 <= reply.code < 600:
                self.drop()
                raise RefusedError("DATA", reply)

    def _read(self) -> Reply:
        line = self._read_line()
        if line[3:4] != b"-":
            return Reply(_code(line), line[4:])
        lines = [line[4:]]
        while line[3:4] == b"-":
            if len(lines) == _LINES:
                raise NonsenseError("answered without end")
            line = self._read_line()
            lines.append(line[4:])
        return Reply(_code(line), b"\n".join(lines))

    def _read_line(self) -> bytes:
        line, end, rest = self._unread.partition(b"\n")
        while not end:
            if len(line) > _LINE:
                raise NonsenseError("answered with a line without end")
            more = self._socket.recv(4096)
            if not more:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            line, end, rest = (line + more).partition(b"\n")
        self._unread = rest
        return line


def words(reply: Reply) -> str:
    """An answer on one line, fit to be shown: printable ASCII, at most 500 characters."""
    text = " ".join(reply.text[:2000].decode("ascii", "replace").split())
    return f"{reply.code} {_UNPRINTABLE.sub('?', text)}"[:500]


def _code(line: bytes) -> int:
    code = line[:3]
    if not (len(code) == 3 and code.isdigit()):
        raise NonsenseError("answered something that is no SMTP")
    return int(code)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
