"""Many threads, few connections: no message lost, none twice, and one that hangs holds up nobody else."""

from __future__ import annotations

import contextlib
import hashlib
import math
import queue
import threading
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from scaled.faulty_smtp import Faults, FaultyServer, serving
from tests.worker.mail.test_pace import Clock
from worker.errors import MailError
from worker.mail.pace import Pace
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_server import Limits, Timeouts, read_smtp_url

SENDER = "bounce+token@watercooler.example"


@contextlib.contextmanager
def opened(
    server: FaultyServer,
    limits: Limits | None = None,
    timeouts: Timeouts | None = None,
    clock: Clock | None = None,
) -> Iterator[SmtpTransport]:
    limits, timeouts = limits or Limits(), timeouts or Timeouts(5, 5, 5)
    url = read_smtp_url(f"smtp://127.0.0.1:{server.port}")
    if clock:
        pace = Pace(limits.rate, limits.rate_per_host, clock=clock, wait=clock.wait)
        transport = SmtpTransport(url, timeouts, limits, pace=pace, clock=clock)
    else:
        transport = SmtpTransport(url, timeouts, limits)
    yield transport
    transport.close()


def message(recipient: str) -> bytes:
    return f"To: {recipient}\r\nMessage-ID: <{recipient}>\r\n\r\nNews\r\n.\r\n".encode()


def send(transport: SmtpTransport, recipient: str) -> str:
    return transport.send(message(recipient), SENDER, recipient)


def readers(count: int, host: str = "reader.example") -> list[str]:
    return [f"r{number}@{host}" for number in range(count)]


def deliver(transport: SmtpTransport, recipients: Iterable[str], threads: int, tries: int = 1) -> list[MailError]:
    """Sends to everybody, by as many threads, each again after a refusal for now; gives all errors."""
    work: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    errors: list[MailError] = []
    for recipient in recipients:
        work.put((recipient, 1))

    def run() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                recipient, count = work.get_nowait()
                try:
                    send(transport, recipient)
                except MailError as error:
                    errors.append(error)
                    if not error.permanent and count < tries:
                        work.put((recipient, count + 1))

    crew = [threading.Thread(target=run) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join(30)
    assert not any(thread.is_alive() for thread in crew)
    return errors


def test_threads_share_as_few_connections_as_allowed() -> None:
    with serving(keep=True) as server, opened(server, Limits(connections=3)) as transport:
        assert deliver(transport, readers(300), threads=8) == []
        assert Counter(taken.rcpt for taken in server.taken) == Counter(readers(300))
        assert sorted(server.contents) == sorted(message(reader) for reader in readers(300))
        assert server.connections <= 6  # three at once, each for a hundred messages
        assert server.most_open <= 3


def test_one_thread_needs_one_connection() -> None:
    with serving() as server, opened(server, Limits(per_connection=10)) as transport:
        deliver(transport, readers(30), threads=1)
        assert (server.connections, server.most_open, len(server.taken)) == (3, 1, 30)
        assert server.lines.count("QUIT") == 3


def test_a_connection_that_was_idle_for_long_is_not_trusted() -> None:
    clock = Clock()
    with serving() as server, opened(server, clock=clock) as transport:
        send(transport, "a@reader.example")
        clock.now += 59
        send(transport, "b@reader.example")
        assert server.connections == 1
        clock.now += 61
        send(transport, "c@reader.example")
        assert server.connections == 2
        assert server.lines.count("RSET") == 0


def test_one_that_hangs_holds_up_nobody_else() -> None:
    found: list[MailError] = []
    with serving(Faults(hangs="@slow")) as server, opened(server, Limits(connections=2), Timeouts()) as transport:
        hanging = threading.Thread(target=lambda: found.extend(deliver(transport, ["x@slow.example"], threads=1)))
        hanging.start()
        assert server.hanging.wait(10)
        assert deliver(transport, readers(100), threads=2) == []
        assert len(server.taken) == 100
        assert hanging.is_alive()
    hanging.join(10)  # the server has ended, so what hung there has too
    assert [(error.kind, error.stage) for error in found] == [("lost", "RCPT")]


def test_a_server_with_enough_connections_is_served_by_fewer() -> None:
    with serving(Faults(max_conns=2)) as server, opened(server, Limits(connections=8)) as transport:
        assert deliver(transport, readers(400), threads=8) == []
        assert len(server.taken) == 400
        assert sum(server.refusals.values()) < 30
    with serving(Faults(max_conns=1)) as server:
        with opened(server) as other:
            send(other, "a@reader.example")  # its connection stays open
            with opened(server) as transport, pytest.raises(MailError) as caught:
                send(transport, "b@reader.example")
        assert (caught.value.kind, caught.value.permanent, caught.value.code) == ("busy", False, 421)
        assert "too many connections" in caught.value.reason


@pytest.mark.parametrize("threads", [1, 4])
def test_messages_per_connection_are_learned(threads: int) -> None:
    with serving(Faults(max_per_conn=10)) as server, opened(server, Limits(connections=threads)) as transport:
        assert deliver(transport, readers(200), threads) == []
        assert Counter(taken.rcpt for taken in server.taken) == Counter(readers(200))
        assert sum(server.refusals.values()) < 3 + 2 * threads  # three times told: then we go before we are sent
        assert set(server.refusals) == {"421 4.7.0 that was enough on one connection"}


def test_close_lets_go_of_everything_and_sending_opens_again() -> None:
    with serving(Faults(hangs="@slow")) as server, opened(server, Limits(connections=2)) as transport:
        deliver(transport, readers(50), threads=2)
        before = server.connections
        transport.close()
        assert server.lines.count("QUIT") == before
        send(transport, "again@reader.example")
        assert server.connections == before + 1


def test_a_connection_in_use_while_all_are_closed_is_not_kept() -> None:
    with serving() as server, opened(server) as transport:
        send(transport, "a@reader.example")
        with transport._pool.place() as place:
            transport.close()
            assert place.connection.alive
        assert not place.connection.alive
        assert server.lines[-1] == "QUIT"


def test_a_failed_connection_does_not_use_up_its_place() -> None:
    with serving() as server, opened(server, Limits(connections=1)) as transport:
        server.script["connect"] = ["554 5.7.1 not you", "421 4.3.2 not now", "drop"]
        errors = []
        for _ in range(3):
            with pytest.raises(MailError) as caught:
                send(transport, "a@reader.example")
            errors.append((caught.value.kind, caught.value.code, caught.value.permanent))
        assert errors == [("ours", 554, False), ("busy", 421, False), ("lost", None, False)]
        send(transport, "a@reader.example")
        server.script = {"MAIL": ["421 4.3.2 not now"], "connect": ["421 4.3.2 not now"]}
        with pytest.raises(MailError):
            send(transport, "b@reader.example")
        send(transport, "b@reader.example")
        assert [taken.rcpt for taken in server.taken] == ["a@reader.example", "b@reader.example"]


# ---- the drills


@pytest.mark.parametrize("seed", range(3))
def test_a_rough_server(seed: int) -> None:
    """Whatever happens, every mail is taken at the end, and twice only where nobody can know."""
    faults = Faults(seed, 0.15, 0.04, 0.04, 0.04, bad="r.?7@", max_per_conn=25)
    with serving(faults) as server, opened(server) as transport:
        errors = deliver(transport, readers(400), threads=4, tries=20)
        taken = Counter(found.rcpt for found in server.taken)
        bad = {reader for reader in readers(400) if "7@" in reader[:4]}
        assert set(taken) == set(readers(400)) - bad
        silent = Counter(found.rcpt for found in server.taken if found.outcome == "silent")
        assert all(count <= 1 + silent[reader] for reader, count in taken.items())
        assert silent.total() > 3
        told = [error for error in errors if error.permanent]
        assert {error.address for error in told} == bad  # told once, and not asked again
        assert len(told) == len(bad)
        assert all((error.kind, error.status) == ("address", "5.1.1") for error in told)
        # every silent one was told to be uncertain; those that were cut before cannot be told from them
        assert sum(error.uncertain for error in errors) >= silent.total()
        assert {found.sha256 for found in server.taken} == {_digest(reader) for reader in taken}


def _digest(reader: str) -> str:
    return hashlib.sha256(message(reader)).hexdigest()


def test_a_rate_of_five_and_ten_a_connection() -> None:
    clock = Clock()
    with serving(Faults(rate=5, max_per_conn=10), clock=clock) as server, opened(server, clock=clock) as transport:
        errors = deliver(transport, readers(300), threads=1, tries=50)
        assert {error.kind for error in errors} == {"busy"}
        assert Counter(taken.rcpt for taken in server.taken) == Counter(readers(300))
        assert server.refusals["451 4.7.1 not so fast"] < 20
        assert transport.pace.rate() < 5
        assert (clock.now - 1000) < 150  # and not much slower than it may be


def test_a_domain_that_wants_less_gets_less() -> None:
    clock = Clock()
    with serving() as server, opened(server, clock=clock) as transport:
        for tries in range(2):
            server.script["RCPT"] = ["451 4.7.1 come back later"]
            with pytest.raises(MailError):
                send(transport, f"a{tries}@slow.example")
            assert (transport.pace.rate("slow.example") < 10) == (tries > 0)  # before a success it may be greylisting
            send(transport, f"b{tries}@slow.example")
        assert transport.pace.rate() == math.inf
        server.script["MAIL"] = ["451 4.7.1 come back later"]
        with pytest.raises(MailError):
            send(transport, "c@reader.example")
        assert transport.pace.rate() < 10


def test_greylisting_is_no_reason_to_be_slow() -> None:
    clock = Clock()
    with serving(Faults(greylist=60), clock=clock) as server, opened(server, clock=clock) as transport:
        errors = deliver(transport, readers(100), threads=4)
        assert [(error.kind, error.status) for error in errors] == [("busy", "4.7.1")] * 100
        assert clock.now == 1000
        clock.now += 60
        assert deliver(transport, readers(100), threads=4) == []
        assert clock.now == 1060
        assert Counter(taken.rcpt for taken in server.taken) == Counter(readers(100))


def test_a_turn_that_comes_later_is_no_try() -> None:
    clock = Clock()
    limits = Limits(rate_per_host=0.05)
    with serving() as server, opened(server, limits, clock=clock) as transport:
        send(transport, "a@reader.example")
        with pytest.raises(MailError) as caught:
            send(transport, "b@reader.example")
        error = caught.value
        assert (error.kind, error.permanent, error.code, error.stage) == ("busy", False, None, "")
        assert error.retry_in is not None
        assert 20 <= error.retry_in.total_seconds() <= 40
        send(transport, "c@other.example")
        clock.now += error.retry_in.total_seconds()
        send(transport, "b@reader.example")
        assert [taken.rcpt[0] for taken in server.taken] == ["a", "c", "b"]
