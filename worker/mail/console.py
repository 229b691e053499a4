"""The console transport: shows each message to whoever sits there. Nothing leaves the machine."""

from __future__ import annotations

import email
import email.policy
import re
import sys
from typing import TextIO

_SHOWN = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class ConsoleTransport:
    """Writes envelope, main header fields and text part to a stream; stderr, for stdout may carry JSON Lines."""

    name = "console"
    connections = 1

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Shows the message in words: decoded, and without control characters that a terminal would obey."""
        stream = self._stream or sys.stderr
        stream.write(_CONTROL.sub("", f"--- mail from {sender} to {recipient}\n{_in_words(message)}\n---\n"))
        stream.flush()
        return "shown on the console"

    def close(self) -> None:
        """The stream is not ours to close."""


def _in_words(message: bytes) -> str:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    head = [f"{name}: {parsed[name]}" for name in _SHOWN if parsed[name]]
    text = parsed.get_body(("plain", "html"))
    body = text.get_content() if text else ""
    return "\n".join([*head, "", body.rstrip()]).replace("\r\n", "\n")
