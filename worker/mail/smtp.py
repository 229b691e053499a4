"""The SMTP transport: one kept connection, told apart answers, and reasons that say what to check."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from worker.errors import MailError
from worker.mail.transport import wire_address, wire_lines

Security = Literal["opportunistic", "starttls", "tls"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("opportunistic", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
_LOGIN_CODES = (530, 534, 535, 538)  # about our login, so about the settings and not about a reader
_MESSAGES_PER_CONNECTION = 100


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to hand over, how to encrypt, and as whom."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The server as errors name it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A short wait after the final dot would *cause* double mails (RFC 5321 4.5.3.2)."""

    connect: float = 30
    command: float = 300
    after_dot: float = 600


def read_smtp_url(url: str) -> SmtpServer:
    """The server that an SMTP URL names. Raises ValueError, which repeats no part that may be a password."""
    parts, port = _split(url)
    if not parts.hostname:
        raise ValueError("names no host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("has something after the host; write / ? # in a password as %2F %3F %23")
    security, usual_port = _SCHEMES[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("has a user or password that is not ASCII, which SMTP logins cannot carry")
    return SmtpServer(parts.hostname, port or usual_port, security, user or None, password)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:  # its text may hold a piece of the password
        raise ValueError("has no readable host and port") from None


class SmtpTransport:
    """Hands messages to one SMTP server. Safe to share between threads: one message at a time."""

    name = "smtp"

    def __init__(self, server: SmtpServer, timeouts: Timeouts | None = None) -> None:
        self.server = server
        self._timeouts = timeouts or Timeouts()
        self._lock = threading.Lock()
        self._connection: smtplib.SMTP | None = None
        self._carried = 0  # messages on this connection

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Hands the message over and returns the server's reply. Raises MailError."""
        envelope = wire_address(sender) if sender else "", wire_address(recipient)
        with self._lock:
            connection = self._ready(recipient)
            try:
                return self._hand_over(connection, wire_lines(message), *envelope)
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                raise MailError(recipient, _why(self.server, error), permanent=False) from None

    def close(self) -> None:
        """Says goodbye to the server, if there is a connection."""
        connection, self._connection = self._connection, None
        if connection and connection.sock:
            connection.sock.settimeout(self._timeouts.connect)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _ready(self, recipient: str) -> smtplib.SMTP:
        """The kept connection if it still answers, else a new one."""
        if self._connection and self._carried < _MESSAGES_PER_CONNECTION and _answers(self._connection):
            return self._connection
        self.close()
        try:
            self._connection = _connect(self.server, self._timeouts)
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(recipient, _why(self.server, error), permanent=False) from None
        self._carried = 0
        return self._connection

    def _hand_over(self, connection: smtplib.SMTP, message: bytes, sender: str, recipient: str) -> str:
        self._carried += 1
        options = self._options(connection, message, sender, recipient)
        self._expect(recipient, connection.mail(sender, options), 250)
        self._expect(recipient, connection.rcpt(recipient), 250, 251)
        self._expect(recipient, connection.docmd("DATA"), 354)
        connection.send(_with_dots(message))
        return self._expect(recipient, self._after_dot(connection, recipient), 250)

    def _after_dot(self, connection: smtplib.SMTP, recipient: str) -> tuple[int, bytes]:
        """The answer to the whole message. Without one nobody knows whether it was taken (RFC 1047)."""
        if connection.sock:
            connection.sock.settimeout(self._timeouts.after_dot)
        try:
            reply = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            reason = f"{_why(self.server, error)} (after the message was handed over, so it may have been taken)"
            raise MailError(recipient, reason, permanent=False, uncertain=True) from None
        if connection.sock:
            connection.sock.settimeout(self._timeouts.command)
        return reply

    def _options(self, connection: smtplib.SMTP, message: bytes, sender: str, recipient: str) -> list[str]:
        options = [f"SIZE={len(message)}"] if connection.has_extn("size") else []
        if sender.isascii() and recipient.isascii() and message.isascii():
            return options
        if not connection.has_extn("smtputf8"):
            reason = f"553 5.6.7 {self.server.place} does not offer SMTPUTF8, which this address needs"
            raise MailError(recipient, reason, permanent=True)
        return [*options, "BODY=8BITMIME", "SMTPUTF8"]

    def _expect(self, recipient: str, reply: tuple[int, bytes], *wanted: int) -> str:
        """The reply as text, or MailError when it is another than wanted."""
        code, text = reply[0], _words(reply)
        if code in wanted:
            return text
        if code == 421 or not 400 <= code < 600:
            self._drop()
        if code in _LOGIN_CODES:
            text = f"{self.server.place} wants another login ({text}); check user and password in WATERCOOLER_MAIL_URL"
        raise MailError(recipient, text, permanent=500 <= code < 600 and code not in _LOGIN_CODES)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()


def _connect(server: SmtpServer, timeouts: Timeouts) -> smtplib.SMTP:
    """A connection that is greeted, encrypted as asked, and logged in."""
    if server.security == "tls":
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeouts.connect, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeouts.connect)
    try:
        connection.ehlo_or_helo_if_needed()
        _encrypt(connection, server)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    if connection.sock:
        connection.sock.settimeout(timeouts.command)
    return connection


def _encrypt(connection: smtplib.SMTP, server: SmtpServer) -> None:
    if server.security == "tls":
        return
    if server.security == "starttls" or connection.has_extn("starttls"):
        connection.starttls(context=_context(server))
        connection.ehlo_or_helo_if_needed()
    elif server.user and not _is_loopback(server.host):
        raise smtplib.SMTPNotSupportedError("no encryption is offered, and a password is not sent in the open")


def _context(server: SmtpServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.security == "opportunistic" and (not server.user or _is_loopback(server.host)):
        # Whoever could forge the certificate could also take STARTTLS away, so checking would only
        # keep mail from the many relays that sign for themselves. A password is worth the check.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answers(connection: smtplib.SMTP) -> bool:
    """Is the kept connection alive? The RSET also clears what a refusal left behind."""
    try:
        return connection.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _with_dots(message: bytes) -> bytes:
    """The message as DATA carries it: leading dots doubled, the final dot at the end."""
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended) + b".\r\n"


def _words(reply: tuple[int, bytes]) -> str:
    text = " ".join(reply[1].decode("utf-8", "replace").split())
    return f"{reply[0]} {re.sub(r'[^ -~]', '?', text)}"[:500]


def _why(server: SmtpServer, error: Exception) -> str:
    """The failure of a connection in words: the server, what happened, what to check. Never a secret."""
    match error:
        case smtplib.SMTPAuthenticationError():
            # The reply is left out: a server may quote what it was sent.
            found = f"refuses the login ({error.smtp_code}); check user and password in WATERCOOLER_MAIL_URL"
        case smtplib.SMTPNotSupportedError():
            found = f"cannot do what is asked: {error}; check the scheme in WATERCOOLER_MAIL_URL"
        case smtplib.SMTPResponseException():
            found = f"answers {_words((error.smtp_code, _bytes(error.smtp_error)))}"
        case smtplib.SMTPServerDisconnected():
            found = "closed the connection or fell silent; check the server's log"
        case ssl.SSLCertVerificationError():
            hint = "check the host's name, or name its authority's file in SSL_CERT_FILE"
            found = f"shows a certificate that is not trusted ({error.verify_message}); {hint}"
        case ssl.SSLError():
            found = f"speaks no TLS that we understand ({error.reason}); check scheme and port in WATERCOOLER_MAIL_URL"
        case socket.gaierror():
            found = "is not a known host; check the host in WATERCOOLER_MAIL_URL and the name service"
        case TimeoutError():
            found = "does not answer in time; check host, port and firewall"
        case ConnectionRefusedError():
            found = "refuses connections; check that the server runs and that the port is right"
        case OSError(strerror=str(reason)):
            found = f"cannot be reached ({reason}); check host, port and network"
        case _:
            found = f"failed ({type(error).__name__}); check the server's log"
    return f"SMTP server {server.place} {found}"


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
