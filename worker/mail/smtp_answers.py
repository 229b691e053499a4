"""What an SMTP server's answer means: about whom, for how long, and in words that say what to check."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from typing import Literal

from worker.errors import MailError, MailTrouble
from worker.mail.smtp_connection import BrokenError, NonsenseError, RefusedError, Reply, words
from worker.mail.smtp_server import SmtpServer

_LOGIN_CODES = (530, 534, 535, 538)  # about our login, so about the settings and not about a reader
_STATUS = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_NO_SUCH = re.compile(r"5\.(?:1\.(?:[0-69]|10)|2\.1|4\.4)")  # RFC 3463, 5248, 7505; 5.1.7 and 5.1.8 are the sender
_VAGUE = ("", "5.0.0", "5.5.0")
_POLICY = re.compile(r"relay|spam|block|policy|reputation|denied|\bspf\b|dkim|dmarc|prohibited", re.I)
_USED_UP = re.compile(r"quota|daily|sent too (?:much|many)", re.I)  # what we may send, not what one message may have
_GREYLISTED = re.compile(r"gr[ae]y-?list", re.I)
_TOO_MUCH = re.compile(r"too (?:many|much|fast)|\brate\b|\blimit|slow down|throttl", re.I)


def refusal(server: SmtpServer, recipient: str, error: RefusedError) -> MailError:
    """The MailError for a server's no."""
    reply, text = error.reply, words(error.reply)
    status = read_status(reply)
    if reply.code in _LOGIN_CODES:
        text = f"{server.place} {_login_hint(text)}"
    return MailError(
        recipient,
        text,
        permanent=reply.code >= 500 and reply.code not in _LOGIN_CODES,
        kind=trouble(reply.code, status, error.stage, text),
        code=reply.code,
        status=status,
        stage=error.stage,
    )


def breakdown(server: SmtpServer, recipient: str, error: BrokenError) -> MailError:
    """The MailError for a connection that broke in the middle of a message."""
    reason, uncertain = why(server, error.cause, error.stage), error.stage == "dot"
    if uncertain:
        reason += " (after the message was handed over, so it may have been taken)"
    kind: MailTrouble = "uncertain" if uncertain else "lost"
    silent = isinstance(error.cause, TimeoutError)
    return MailError(
        recipient, reason, permanent=False, uncertain=uncertain, kind=kind, stage=error.stage, silent=silent
    )


def unreachable(server: SmtpServer, recipient: str, error: Exception) -> MailError:
    """The MailError for a connection that did not come about. The next one may, once somebody has looked."""
    kind: MailTrouble = "lost" if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError) else "ours"
    code, status = None, ""
    if isinstance(error, smtplib.SMTPResponseException):
        reply = Reply(error.smtp_code, _bytes(error.smtp_error))
        code, status = reply.code, read_status(reply)
        kind = trouble(code, status, "connect", words(reply))
    return MailError(
        recipient, why(server, error), permanent=False, kind=kind, code=code, status=status, stage="connect"
    )


def read_status(reply: Reply) -> str:
    """The enhanced status (RFC 3463) at the beginning of an answer, or ""."""
    found = _STATUS.match(reply.text)
    return found[1].decode() if found else ""


def trouble(code: int, status: str, stage: str, text: str) -> MailTrouble:
    """What a refusal is about. In doubt not the reader: nobody is given up for what may be our fault."""
    before_reader = stage in ("connect", "MAIL")  # the server has not been told who is to get it
    if code in _LOGIN_CODES:
        return "ours"
    if status.endswith(".2.2") and not before_reader:
        return "full"
    if code < 500:
        return "busy"
    if status.startswith("5.7."):
        return "ours"
    if status.startswith("5.6.") or status in ("5.3.4", "5.2.3"):
        return "message"
    if before_reader:
        return "message" if code == 552 and not _USED_UP.search(text) else "ours"
    return _for_good(code, status, stage, text)


def _for_good(code: int, status: str, stage: str, text: str) -> MailTrouble:
    """A 5xx that came after the recipient was named."""
    if _NO_SUCH.fullmatch(status):
        return "address"
    if status.startswith("5.1.") or status == "5.4.5":  # large providers say so when a sender's day is used up
        return "ours"
    if stage != "RCPT" or status not in _VAGUE:
        return "message"
    if code == 552:
        return "full"
    return "address" if code in (550, 551, 553) and not _POLICY.search(text) else "ours"


def asks_to_slow_down(error: MailError) -> Literal["", "host", "all"]:
    """Does the server want fewer messages: for this recipient's domain, or of us at all?"""
    if error.permanent or error.kind != "busy" or error.code is None or _GREYLISTED.search(error.reason):
        return ""
    plain = error.code == 421 and not error.status
    if not (plain or error.status.startswith("4.7.") or _TOO_MUCH.search(error.reason)):
        return ""
    return "host" if error.stage == "RCPT" else "all"


def is_crowded(error: Exception) -> bool:
    """Was a new connection turned away with "come again", as a server does that has enough of them?"""
    return isinstance(error, smtplib.SMTPConnectError) and error.smtp_code == 421


def why(server: SmtpServer, error: Exception, stage: str = "") -> str:
    """The failure of a connection in words: the server, what happened, what to check. Never a secret."""
    match error:
        case smtplib.SMTPAuthenticationError():
            # The reply is left out: a server may quote what it was sent.
            found = f"refuses the login ({error.smtp_code}); check user and password in WATERCOOLER_MAIL_URL"
        case smtplib.SMTPNotSupportedError():
            found = f"cannot do what is asked: {error}; check the scheme in WATERCOOLER_MAIL_URL"
        case smtplib.SMTPResponseException():
            found = f"answers {words(Reply(error.smtp_code, _bytes(error.smtp_error)))}"
        case smtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            found = "closed the connection or fell silent; check the server's log"
        case NonsenseError():
            found = f"{error}; check host, port and scheme in WATERCOOLER_MAIL_URL"
        case ssl.SSLCertVerificationError():
            hint = "check the host's name, or name its authority's file in SSL_CERT_FILE"
            found = f"shows a certificate that is not trusted ({error.verify_message}); {hint}"
        case ssl.SSLEOFError() if stage:
            found = "closed the connection; check the server's log"
        case ssl.SSLError():
            reason = getattr(error, "reason", None) or "no reason given"
            found = f"speaks no TLS that we understand ({reason}); check scheme and port in WATERCOOLER_MAIL_URL"
        case socket.gaierror():
            found = "is not a known host; check the host in WATERCOOLER_MAIL_URL and the name service"
        case TimeoutError():
            found = _silence(stage)
        case ConnectionRefusedError():
            found = "refuses connections; check that the server runs and that the port is right"
        case OSError(strerror=str(reason)):
            found = f"cannot be reached ({reason}); check host, port and network"
        case _:
            found = f"failed ({type(error).__name__}); check the server's log"
    return f"SMTP server {server.place} {found}"


def _silence(stage: str) -> str:
    if not stage:
        return "does not answer in time; check host, port and firewall"
    return f"does not answer {'the message' if stage == 'dot' else stage} in time; check the server's log"


def _login_hint(text: str) -> str:
    if "starttls" in text.lower():
        return f"wants encryption first ({text}); write smtp+starttls:// in WATERCOOLER_MAIL_URL"
    return f"wants another login ({text}); check user and password in WATERCOOLER_MAIL_URL"


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
