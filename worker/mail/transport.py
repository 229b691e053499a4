"""What carries a message: one method to send, one to close. Transports live beside this file, one module each."""

from __future__ import annotations

import re
from typing import Protocol

from email_validator import EmailNotValidError, validate_email

from worker.errors import MailError

# An address is put into SMTP commands and header fields, so white space and control characters never get that far.
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>@]+@[^\s\x00-\x1f\x7f-\x9f<>@]+")


class Transport(Protocol):
    """Carries frozen messages. `send` gives the receiver's reply, or raises MailError. Threads may share one."""

    name: str
    connections: int  # how many messages it carries side by side

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Hands the message over and returns the reply or receipt. Raises MailError."""

    def close(self) -> None:
        """Lets go of what is kept open between two messages; sending again opens it again."""


def wire_address(address: str) -> str:
    """The address as it travels: its domain in A-labels. Raises MailError when it is no address."""
    if not _ADDRESS.fullmatch(address):
        raise MailError(repr(address), "is not a mail address", permanent=True, kind="address", status="5.1.3")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        reason = f"is not a mail address: {error}"
        raise MailError(address, reason, permanent=True, kind="address", status="5.1.3") from None
    return f"{local}@{found.ascii_domain}"


def wire_lines(message: bytes) -> bytes:
    """The message with CRLF line ends throughout: a bare CR or LF could be taken for the end of the message."""
    # Single bytes are searched for by memchr: this takes a hundredth of the time of the expression below.
    if message.replace(b"\r", b"").replace(b"\n", b"\r\n") == message:
        return message
    return re.sub(rb"\r\n|\r|\n", b"\r\n", message)
