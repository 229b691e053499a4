"""A mail catcher in a thread: takes all mail, keeps it, and writes it down where a person finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from scaled.servers import free_port


class Catcher:
    """`with Catcher(folder) as catcher:` listens on loopback; `mails` are the messages, NUMBER.eml in folder too."""

    def __init__(self, folder: Path | None = None) -> None:
        self.mails: list[bytes] = []
        self._folder = folder
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), decode_data=False)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self._controller.hostname}:{self._controller.port}"

    def __enter__(self) -> Catcher:
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Takes a message."""
        self.mails.append(bytes(envelope.content))
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{len(self.mails)}.eml").write_bytes(self.mails[-1])
        return "250 2.0.0 kept"
