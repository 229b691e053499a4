"""A real SMTP server on loopback that refuses as it is told."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Server:
    """An SMTP server on loopback that does what `script` says: a reply per command, "" for yes, or "drop"."""

    port: int = 0
    script: dict[str, list[str]] = field(default_factory=dict)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    connections: int = 0
    wires: list[Any] = field(default_factory=list)  # the transports of the connections on which was sent
    loop: asyncio.AbstractEventLoop | None = None

    def hang_up(self) -> None:
        """Closes all connections from this side."""
        for wire in self.wires:
            assert self.loop
            self.loop.call_soon_threadsafe(wire.close)

    def _answer(self, command: str, smtp: Any) -> str | None:
        answer = self.script[command].pop(0) if self.script.get(command) else None
        if answer == "drop":
            smtp.transport.abort()
        return answer

    async def handle_MAIL(self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd's name
        self.wires.append(smtp.transport)
        answer = self._answer("MAIL", smtp)
        if not answer:
            envelope.mail_from = address
        return answer or "250 2.1.0 OK"

    async def handle_RCPT(self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  # aiosmtpd's name
        answer = self._answer("RCPT", smtp)
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 OK"

    async def handle_DATA(self, smtp: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        answer = self._answer("DATA", smtp)
        if not answer or answer == "drop":
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return answer or "250 2.0.0 queued as A1B2"


@dataclass
class Loop:
    """An event loop in a thread, on which servers listen."""

    loop: asyncio.AbstractEventLoop
    contexts: ssl.SSLContext | None = None
    password: str = ""

    def listen(self, *, tls: bool = False, starttls: bool = False, utf8: bool = False, login: bool = False) -> Server:
        server = Server(loop=self.loop)

        def authenticate(smtp: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            good = (data.login, data.password) == (b"user", self.password.encode())
            return AuthResult(success=good, handled=False)

        def protocol() -> SMTP:
            server.connections += 1
            return SMTP(
                server,
                hostname="mx.reader.example",
                enable_SMTPUTF8=utf8,
                tls_context=self.contexts if starttls else None,
                authenticator=authenticate if login else None,
                auth_required=login,
                auth_require_tls=False,
            )

        async def start() -> int:
            listener = await self.loop.create_server(protocol, "127.0.0.1", 0, ssl=self.contexts if tls else None)
            return int(listener.sockets[0].getsockname()[1])

        server.port = asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)
        return server


def running(contexts: ssl.SSLContext | None = None, password: str = "") -> Iterator[Loop]:
    """A loop in a thread, for a fixture to yield from."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)  # aborted connections are wanted here
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Loop(loop, contexts, password)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
