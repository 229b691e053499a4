"""The maildir transport: messages become files in a Maildir, for a self-hoster's own mailbox, and for tests."""

from __future__ import annotations

import mailbox
from pathlib import Path

from worker.errors import MailError


class MaildirTransport:
    """Writes each message into `folder/new`, by way of `folder/tmp`, so that no reader sees half a message."""

    name = "maildir"
    connections = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Writes the message, with the line ends of files (LF), and returns the file's place."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            box = mailbox.Maildir(self.folder, create=True)
            key = box.add(message.replace(b"\r\n", b"\n"))
        except (OSError, mailbox.Error) as error:
            reason = f"the maildir {self.folder} cannot be written: {error}; check its rights and the free space"
            raise MailError(recipient, reason, permanent=False, kind="ours") from error
        return f"kept as {self.folder / 'new' / key}"

    def close(self) -> None:
        """Nothing is kept open."""
