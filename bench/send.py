"""From digests to a mail server: what composing, signing and sending cost a message, and what a whole delivery costs.

The naive way renders each message alone, signs it with dkimpy and opens a connection for it. The floor is one RSA
signature and postfix's smtp-source with messages of the same size. The server is a process of its own and not counted.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bench.digest import _issue, _ledger, _naive, _subscribe
from bench.made import NOW
from bench.report import Row
from bench.sink import sink
from worker.digest.content import Digest
from worker.digest.deliver import Sender
from worker.digest.freeze import preview_message
from worker.digest.issue import Request, open_for_request
from worker.digest.newsroom import Newsroom
from worker.mail import open_transport
from worker.mail.dkim import Signer, new_key
from worker.mail.journal import Journal
from worker.mail.links import Links
from worker.mail.message import Templates
from worker.mail.post import Post
from worker.mail.press import Press
from worker.mail.smtp_server import Limits
from worker.mail.verp import ReturnPaths
from worker.models import QuoteRules, Subscriber
from worker.store import Store, open_store

CONNECTIONS = 4  # as many as there are by default
DOMAIN = "watercooler.example"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many recipients there are, in steps; how many messages are sent by us, the naive way and the floor."""

    recipients: tuple[int, ...] = (1000, 100_000)
    messages: int = 20_000
    naive: int = 150


FULL = Sizes()
QUICK = Sizes(recipients=(60, 120), messages=100, naive=5)


def run(sizes: Sizes = FULL) -> list[Row]:
    """Measures sending."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        with _world(Path(folder) / "some.db", min(sizes.messages, sizes.recipients[-1])) as store:
            rows = sending(store, port, Path(folder), sizes)
        return [*rows, *delivering(port, sizes)]


def sending(store: Store, port: int, folder: Path, sizes: Sizes) -> list[Row]:
    """Compose, sign and send, as nothing is written down."""
    post = _post(port, folder)
    with store.read() as tx:
        readers = list(tx.subscribers.by_ids(range(1, sizes.messages + 1)).values())
        room = Newsroom(tx, _issue(), QuoteRules(), post.templates)
        digests = [(reader, digest) for reader, digest in room.digests(readers) if digest is not None]
    start = time.process_time()
    sent = _send(digests, post)
    ours = (time.process_time() - start) * 1000 / len(digests)
    post.transport.close()
    size = sent // len(digests)
    naive = _naive_way(digests[: sizes.naive], post, port)
    note = f"{len(digests):,} messages of {size / 1024:.0f} KiB, {1000 / ours:,.0f} a CPU second"
    rows = [Row("compose + sign + send", ours * 1000, "us/message", naive * 1000, 0.05, f"naive; {note}")]
    floor = _floor(port, size, min(sizes.messages, 3000))
    if floor is None:
        return [*rows, Row("  beside one signature and smtp-source", ours * 1000, "us/message", note="not installed")]
    return [*rows, Row("  beside one signature and smtp-source", ours * 1000, "us/message", floor * 1000, 3.0)]


def delivering(port: int, sizes: Sizes) -> list[Row]:
    """The whole of it: claimed, chosen, composed, signed, kept, handed over, recorded, told; each size in a process."""
    rows: list[Row] = []
    first = None
    for count in sizes.recipients:
        command = [sys.executable, "-m", "bench.send", str(port), str(count)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        each = found["cpu"] * 1000
        note = f"{1 / found['cpu']:,.0f} a CPU second, {1 / found['wall']:,.0f} a second; peak {found['peak']:.0f} MB"
        rows.append(Row(f"whole delivery, {count:,} recipients", each * 1000, "us/message", note=note))
        if first is not None:
            rows.append(Row("  growth", each * 1000, "us/message", first * 1000, 1.05))
        first = first or each
    return rows


def _send(digests: Sequence[tuple[Subscriber, Digest]], post: Post) -> int:
    """Composes and signs a hundred, and hands them over from several threads; gives how many bytes there were."""

    def hand_over(found: tuple[Subscriber, bytes]) -> int:
        reader, message = found
        post.transport.send(message, post.return_path(reader.id, reader.id), reader.email)
        return len(message)

    waiting, total = iter(digests), 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        while part := list(islice(waiting, 100)):
            made = [(reader, preview_message(digest, reader, _issue(), post, NOW)) for reader, digest in part]
            total += sum(pool.map(hand_over, made))
    return total


def _naive_way(digests: Sequence[tuple[Subscriber, Digest]], post: Post, port: int) -> float:
    """CPU milliseconds for a message that is rendered, signed by dkimpy and sent over a connection of its own."""
    key = new_key("naive", "rsa").pem()
    signs = importlib.util.find_spec("dkim") is not None
    start = time.process_time()
    for number, (reader, digest) in enumerate(digests, start=1):
        message = _naive(number, digest, post.links, post.templates)
        if signs:
            import dkim

            message = dkim.sign(message, b"naive", DOMAIN.encode(), key) + message
        with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as server:
            server.sendmail("digest@watercooler.example", [reader.email], message)
    return (time.process_time() - start) * 1000 / len(digests)


def _floor(port: int, size: int, count: int) -> float | None:
    """CPU milliseconds for one RSA-2048 signature and one message of smtp-source; None where that is not installed."""
    program = shutil.which("smtp-source") or shutil.which("/usr/sbin/smtp-source")
    if program is None:
        return None
    key, digest = rsa.generate_private_key(65537, 2048), b"x" * 32
    start = time.process_time()
    for _ in range(500):
        key.sign(digest, padding.PKCS1v15(), hashes.SHA256())
    signing = (time.process_time() - start) * 1000 / 500
    numbers = ["-s", str(CONNECTIONS), "-m", str(count), "-l", str(size)]
    people = ["-f", "a@watercooler.example", "-t", "b@example.org"]
    process = subprocess.Popen([program, "-d", *numbers, *people, f"127.0.0.1:{port}"])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return signing + (used.ru_utime + used.ru_stime) * 1000 / count


@contextmanager
def _world(path: Path, count: int) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}")
    with store.begin() as tx:
        _ledger(tx)
        _subscribe(tx, 0, count)
    yield store
    store.close()


def _post(port: int, folder: Path) -> Post:
    signer = Signer(DOMAIN, [new_key("bench", "rsa")])
    return Post(
        open_transport(f"smtp://127.0.0.1:{port}", Limits(connections=CONNECTIONS)),
        Press(Templates()),
        Links(f"https://{DOMAIN}", ["bench"]),
        f"Watercooler <digest@{DOMAIN}>",
        DOMAIN,
        [timedelta(minutes=1)],
        ReturnPaths(DOMAIN, ["bench"]),
        Journal(folder / "answers"),
        signer=signer,
    )


def _deliver_all(port: int, count: int) -> dict[str, float]:
    """Delivers one issue to so many; gives CPU and wall seconds a message, and the peak of memory in MB.

    The readers are made by another process: what that needs is not ours.
    """
    import resource

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.db"
        subprocess.run([sys.executable, "-m", "bench.send", "world", str(path), str(count)], check=True)
        store = open_store(f"sqlite:///{path}")
        post = _post(port, Path(folder))
        open_for_request(store, Request(), NOW)
        sender, start, began = Sender(store, post), time.process_time(), time.monotonic()
        sent = 0
        while part := sender.deliver_some(NOW):
            sent += part
        used, lasted = time.process_time() - start, time.monotonic() - began
        with store.begin() as tx:
            states = tx.deliveries.state_counts()
        assert states.get("sent", 0) > 0.9 * sent, states
        post.transport.close()
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": used / sent, "wall": lasted / sent, "peak": peak}


def _main(arguments: Sequence[str]) -> None:
    """`world FILE COUNT` makes readers; `PORT COUNT` delivers to so many, and says what it cost."""
    if arguments[0] == "world":
        with _world(Path(arguments[1]), int(arguments[2])):
            return
    sys.stdout.write(json.dumps(_deliver_all(int(arguments[0]), int(arguments[1]))))


if __name__ == "__main__":
    _main(sys.argv[1:])
