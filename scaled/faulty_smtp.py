"""A small SMTP server that misbehaves as it is told, and writes down every message it takes before it says so.

    python -m scaled.faulty_smtp --port 0 --log taken.jsonl --tempfail 0.05 --drop-after 0.01 --bad '@gone\\.'

Each message taken is a JSON line: rcpt, sender, message_id, sha256, outcome. "silent" means taken, and the connection
cut without an answer: the one place where a sender cannot know (RFC 1047). In a test: `with serving(Faults(…))`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import hashlib
import json
import random
import re
import signal
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, and how often (0 to 1). The last ones are what the server offers."""

    seed: int = 1
    tempfail: float = 0.0  # a 4xx somewhere in the transaction
    drop_before: float = 0.0  # after the dot, not taken: the connection is cut
    drop_after: float = 0.0  # after the dot, taken: the connection is cut
    close: float = 0.0  # 421 and goodbye, at any command of the transaction
    bad: str = ""  # these recipients do not exist
    full: str = ""  # the mailbox of these recipients is full
    hangs: str = ""  # about these recipients nothing is ever said
    spam: str = ""  # messages with this in them are refused for good (5.7.1)
    greylist: float = 0.0  # seconds before a recipient's first mail is taken
    rate: int = 0  # messages a second of all connections together
    max_per_conn: int = 0
    max_conns: int = 0
    size: int = 10_485_760
    pipelining: bool = True
    utf8: bool = False
    dsn: bool = False
    early_data: bool = False  # DATA is answered with 354 though nobody is to get the message


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken."""

    rcpt: str
    sender: str
    message_id: str
    sha256: str
    outcome: str


@dataclass
class FaultyServer:
    """The server, what it took, and what it was told.

    `script`: answers per verb ("dot" after the message), once each.
    """

    faults: Faults = field(default_factory=Faults)
    log: Path | None = None
    tls: ssl.SSLContext | None = None  # STARTTLS is offered
    clock: Callable[[], float] = time.monotonic
    keep: bool = False  # `contents` holds the messages
    port: int = 0
    connections: int = 0
    open: int = 0
    most_open: int = 0
    taken: list[Taken] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # the commands, as they came
    refusals: Counter[str] = field(default_factory=Counter)  # by what was said
    unknown: Counter[str] = field(default_factory=Counter)  # recipients, by how often they were refused for good
    script: dict[str, list[str]] = field(default_factory=dict)
    seen: Callable[[int], None] = lambda count: None  # is told how many were taken, each time before the sender is
    hanging: threading.Event = field(default_factory=threading.Event)  # set once somebody waits for ever

    def __post_init__(self) -> None:
        self._random = random.Random(self.faults.seed)
        self._first_seen: dict[tuple[str, str], float] = {}
        self._turns: deque[float] = deque()

    async def start(self, port: int = 0) -> asyncio.Server:
        """Listens on loopback."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            await _Session(self, reader, writer).run()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the connection is gone, or the server ends
        finally:
            self.open -= 1
            writer.close()

    def chance(self, likely: float) -> bool:
        """True as often as likely says; the same seed gives the same row of answers."""
        return likely > 0 and self._random.random() < likely

    def too_fast(self) -> bool:
        """More messages than allowed in the last second?"""
        now = self.clock()
        while self._turns and self._turns[0] <= now - 1:
            self._turns.popleft()
        if self.faults.rate and len(self._turns) >= self.faults.rate:
            return True
        self._turns.append(now)
        return False

    def is_new(self, sender: str, rcpt: str) -> bool:
        """Is it too early for this pair (greylisting)?"""
        now = self.clock()
        return now - self._first_seen.setdefault((sender, rcpt), now) < self.faults.greylist

    def take(self, sender: str, rcpts: list[str], message: bytes, outcome: str) -> None:
        """Writes the message down."""
        name = " ".join(str(email.message_from_bytes(message)["Message-ID"] or "").split())
        digest = hashlib.sha256(message).hexdigest()
        found = [Taken(rcpt, sender, name, digest, outcome) for rcpt in rcpts]
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(taken)) + "\n" for taken in found)
        self.taken += found
        if self.keep:
            self.contents.append(message)
        self.seen(len(self.taken))


class _CutError(OSError):
    """The connection is to be cut."""


class _Session:
    """One connection."""

    def __init__(self, server: FaultyServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.faults, self.reader, self.writer = server, server.faults, reader, writer
        self.sender: str | None = None
        self.rcpts: list[str] = []
        self.carried = 0

    async def run(self) -> None:
        crowded = self.faults.max_conns and self.server.open > self.faults.max_conns
        await self._say(
            "421 4.7.0 too many connections" if crowded else self._scripted("connect") or "220 faulty ESMTP"
        )
        while not crowded and (line := await self.reader.readline()):
            text = line.decode("utf-8", "replace").strip()
            self.server.lines.append(text)
            verb = text.partition(" ")[0].upper()
            reply = self._scripted(verb) or await self._answer(verb, text)
            await self._say(reply)
            if self.server.tls and verb == "STARTTLS" and reply.startswith("220"):
                await self.writer.start_tls(self.server.tls)
            if reply.startswith(("421", "221")):
                return

    def _scripted(self, step: str) -> str:
        answers = self.server.script.get(step)
        reply = answers.pop(0) if answers else ""
        if reply == "drop":
            self._cut()
        return reply

    def _cut(self) -> None:
        self.writer.transport.abort()
        raise _CutError

    async def _say(self, reply: str) -> None:
        if reply[:1] in "45":
            self.server.refusals[reply] += 1
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()

    async def _answer(self, verb: str, text: str) -> str:
        if verb in ("MAIL", "RCPT", "DATA") and self.server.chance(self.faults.close):
            return "421 4.3.2 the server closes, come again"
        address = (re.search(r"<(.*?)>", text) or ["", ""])[1]
        match verb:
            case "EHLO" | "HELO":
                return self._offers()
            case "MAIL":
                return self._mail(address)
            case "RCPT":
                return await self._rcpt(address)
            case "DATA":
                return await self._data()
            case "RSET":
                self._forget()
            case "STARTTLS":
                return "220 2.0.0 begin" if self.server.tls else "502 5.5.1 not here"
            case "QUIT":
                return "221 2.0.0 bye"
            case other if other != "NOOP":
                return "500 5.5.2 what?"
        return "250 2.0.0 well"

    def _offers(self) -> str:
        faults, encrypted = self.faults, self.writer.get_extra_info("ssl_object")
        names = {"PIPELINING": faults.pipelining, "SMTPUTF8": faults.utf8, "8BITMIME": True, "DSN": faults.dsn}
        names |= {f"SIZE {faults.size}": bool(faults.size), "STARTTLS": bool(self.server.tls and not encrypted)}
        return "\r\n".join(["250-faulty", *(f"250-{name}" for name, there in names.items() if there), "250 HELP"])

    def _mail(self, sender: str) -> str:
        if self.sender is not None:
            return "503 5.5.1 one sender is enough"
        if self.faults.max_per_conn and self.carried >= self.faults.max_per_conn:
            return "421 4.7.0 that was enough on one connection"
        if self.server.too_fast():
            return "451 4.7.1 not so fast"
        if self.server.chance(self.faults.tempfail / 3):
            return "451 4.3.0 no time now"
        self.sender = sender
        return "250 2.1.0 sender is fine"

    async def _rcpt(self, rcpt: str) -> str:
        if self.sender is None:
            return "503 5.5.1 who sends it?"
        if self.faults.hangs and re.search(self.faults.hangs, rcpt):
            self.server.hanging.set()
            await asyncio.sleep(3600)
        if self.faults.bad and re.search(self.faults.bad, rcpt):
            self.server.unknown[rcpt] += 1
            return "550 5.1.1 nobody of this name"
        if self.faults.full and re.search(self.faults.full, rcpt):
            return "452 4.2.2 the mailbox is full"
        if self.faults.greylist and self.server.is_new(self.sender, rcpt):
            return "451 4.7.1 greylisted, come back later"
        if self.server.chance(self.faults.tempfail / 3):
            return "450 4.2.1 the mailbox is busy"
        self.rcpts.append(rcpt)
        return "250 2.1.5 recipient is fine"

    async def _data(self) -> str:
        if not self.rcpts and not self.faults.early_data:
            return "554 5.5.1 for whom?"
        await self._say("354 go on")
        message = await self._content()
        sender, rcpts = self.sender or "", self.rcpts
        self._forget()
        return self._scripted("dot") or self._judge(message, sender, rcpts)

    async def _content(self) -> bytes:
        """The message without its dots."""
        found = bytearray()
        while (line := await self.reader.readuntil(b"\n")) != b".\r\n":
            found += line.removeprefix(b".")
        return bytes(found)

    def _judge(self, message: bytes, sender: str, rcpts: list[str]) -> str:
        if not rcpts:
            return "554 5.5.1 no valid recipients"
        if self.server.chance(self.faults.drop_before):
            self._cut()
        if self.server.chance(self.faults.tempfail / 3):
            return "451 4.3.0 the disk is busy"
        if self.faults.spam and re.search(self.faults.spam.encode(), message):
            return "550 5.7.1 this is not wanted here"
        silent = self.server.chance(self.faults.drop_after)
        self.server.take(sender, rcpts, message, "silent" if silent else "replied")
        self.carried += 1
        if silent:
            self._cut()
        return "250 2.0.0 taken"

    def _forget(self) -> None:
        self.sender, self.rcpts = None, []


@contextlib.contextmanager
def serving(
    faults: Faults = Faults(),
    *,
    tls: ssl.SSLContext | None = None,
    keep: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[FaultyServer]:
    """A server in a thread of its own."""
    loop, server = asyncio.new_event_loop(), FaultyServer(faults, tls=tls, keep=keep, clock=clock)
    loop.set_exception_handler(lambda loop, context: None)  # cut connections are wanted here
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(listener), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(listener: asyncio.Server) -> None:
    listener.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _until_told(server: FaultyServer, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = await server.start(port)
    print(f"listening on 127.0.0.1:{server.port}", flush=True)  # noqa: T201  # what the caller waits for
    await stop.wait()
    await _end(listener)


def main() -> None:
    """The command line: every field of Faults is an option."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    for known in fields(Faults):
        name = f"--{known.name.replace('_', '-')}"
        if isinstance(known.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=known.default)
        else:
            parser.add_argument(name, type=type(known.default), default=known.default)
    options = vars(parser.parse_args())
    port, log = options.pop("port"), options.pop("log")
    asyncio.run(_until_told(FaultyServer(Faults(**options), log), port))


if __name__ == "__main__":
    main()
