"""One connection: what goes over the wire, in one write or step by step, and what each answer does to the next message."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaled.faulty_smtp import Faults, FaultyServer, serving
from worker.errors import MailError
from worker.mail.pace import Pace
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_connection import write_letter
from worker.mail.smtp_server import Timeouts, read_smtp_url

SENDER = "bounce+token@watercooler.example"
READER = "mira@reader.example"
MESSAGE = b"From: a@watercooler.example\r\nMessage-ID: <1@x.example>\r\n\r\nFirst\r\n.\r\n..two\r\nlast\r\n"
STEPS = ("MAIL", "RCPT", "DATA")
EITHER = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "step by step"])


@contextlib.contextmanager
def opened(server: FaultyServer, *, scheme: str = "smtp", timeouts: Timeouts | None = None) -> Iterator[SmtpTransport]:
    url = read_smtp_url(f"{scheme}://127.0.0.1:{server.port}")
    transport = SmtpTransport(url, timeouts or Timeouts(5, 5, 5), pace=Pace(wait=lambda seconds: None))
    yield transport
    transport.close()


def refused(transport: SmtpTransport, recipient: str = READER, message: bytes = MESSAGE) -> MailError:
    with pytest.raises(MailError) as caught:
        transport.send(message, SENDER, recipient)
    assert "\n" not in caught.value.reason
    return caught.value


# ---- the bytes


@pytest.fixture(scope="module")
def keeping() -> Iterator[tuple[FaultyServer, SmtpTransport]]:
    with serving(Faults(utf8=True), keep=True) as server, opened(server) as transport:
        yield server, transport


_PIECES = st.sampled_from(
    [b".", b"..", b"\r\n", b"\r\n.\r\n", b"\n", b"\r", b"\n.\n", b"a", b"\xc3\xbc", b" ", b"QUIT"]
)


@settings(max_examples=300, deadline=None)
@given(message=st.one_of(st.lists(_PIECES, max_size=30).map(b"".join), st.binary(max_size=200)))
def test_what_goes_in_comes_out(keeping: tuple[FaultyServer, SmtpTransport], message: bytes) -> None:
    server, transport = keeping
    before = len(server.contents)
    transport.send(message, SENDER, READER)
    (content,) = server.contents[before:]  # one message, whatever stood in it
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert content == (lines if lines.endswith(b"\r\n") else lines + b"\r\n")


def test_what_is_well_formed_is_not_touched() -> None:
    letter = write_letter(b"a\r\n\r\nb.\r\n", SENDER, READER)
    assert letter.content == b"a\r\n\r\nb.\r\n.\r\n"
    assert letter.size == 9
    dotted = write_letter(b".a\r\n.\r\n..b\r\n", SENDER, READER)
    assert dotted.content == b"..a\r\n..\r\n...b\r\n.\r\n"
    assert dotted.size == 12  # the dots that are added do not count (RFC 1870)


# ---- the commands


def test_the_envelope_is_one_write_where_it_may_be() -> None:
    for pipelining in (True, False):
        with _counting_server(pipelining) as (port, writes):
            transport = SmtpTransport(read_smtp_url(f"smtp://127.0.0.1:{port}"), Timeouts(5, 5, 5))
            assert transport.send(MESSAGE, SENDER, READER) == "250 2.0.0 taken"
            transport.close()
        envelope = [part for part in writes if part.startswith((b"MAIL", b"RCPT", b"DATA"))]
        assert len(envelope) == (1 if pipelining else 3)
        assert b"".join(envelope).endswith(b"RCPT TO:<mira@reader.example>\r\nDATA\r\n")
        assert writes[-1] == b"QUIT\r\n"


@contextlib.contextmanager
def _counting_server(pipelining: bool) -> Iterator[tuple[int, list[bytes]]]:
    """Takes one message; writes down what came in one piece (on loopback: what was written in one)."""
    writes: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 hi\r\n")
            while part := connection.recv(65_536):
                writes.append(part)
                if part.upper().startswith(b"EHLO"):
                    connection.sendall(b"250-hi\r\n250 PIPELINING\r\n" if pipelining else b"250 hi\r\n")
                elif part.startswith((b"MAIL", b"RCPT", b"DATA")):
                    count = part.count(b"\r\n")
                    connection.sendall(b"250 2.1.0 fine\r\n" * (count - (b"DATA" in part)))
                    connection.sendall(b"354 go on\r\n" if b"DATA" in part else b"")
                else:
                    connection.sendall(b"221 bye\r\n" if part.startswith(b"QUIT") else b"250 2.0.0 taken\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], writes
        thread.join(10)


def test_nothing_is_said_that_is_not_needed() -> None:
    with serving() as server, opened(server) as transport:
        for _ in range(3):
            transport.send(MESSAGE, SENDER, READER)
        verbs = [line.partition(" ")[0] for line in server.lines]
    assert [verb.upper() for verb in verbs] == ["EHLO", *STEPS * 3]


@EITHER
@pytest.mark.parametrize("stage", STEPS)
def test_after_a_refusal_the_connection_serves_the_next(stage: str, pipelining: bool) -> None:
    with serving(Faults(pipelining=pipelining), keep=True) as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, READER)
        server.script[stage] = ["550 5.7.1 not from you"]
        error = refused(transport)
        assert (error.stage, error.code, error.status, error.kind) == (stage, 550, "5.7.1", "ours")
        transport.send(MESSAGE, SENDER, "other@reader.example")
        assert [taken.rcpt for taken in server.taken] == [READER, "other@reader.example"]
        assert server.contents == [MESSAGE] * 2
        assert server.connections == 1
        assert server.lines.count("RSET") == 1  # and only after the refusal


@EITHER
def test_a_refused_recipient_whose_message_is_waited_for_gets_an_empty_one(pipelining: bool) -> None:
    # RFC 2920, section 3.1
    with serving(Faults(bad="nobody", early_data=True, pipelining=pipelining)) as server, opened(server) as transport:
        error = refused(transport, "nobody@reader.example")
        assert (error.permanent, error.kind, error.status) == (True, "address", "5.1.1")
        transport.send(MESSAGE, SENDER, READER)
        assert [taken.rcpt for taken in server.taken] == [READER]
        assert server.connections == 1


def test_a_refusal_counts_even_if_the_server_hangs_up_on_it() -> None:
    with serving() as server, opened(server) as transport:
        server.script = {"RCPT": ["550 5.1.1 nobody"], "DATA": ["drop"]}
        error = refused(transport)
        assert (error.permanent, error.code, error.stage) == (True, 550, "RCPT")
        transport.send(MESSAGE, SENDER, READER)
        assert (len(server.taken), server.connections) == (1, 2)


@EITHER
@pytest.mark.parametrize("stage", STEPS)
@pytest.mark.parametrize("end", ["421 4.7.0 enough messages", "drop"])
def test_a_connection_that_ends_between_two_messages_is_no_failure(stage: str, end: str, pipelining: bool) -> None:
    with serving(Faults(pipelining=pipelining)) as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, READER)
        server.script[stage] = [end]
        transport.send(MESSAGE, SENDER, READER)
        assert (len(server.taken), server.connections) == (2, 2)


@pytest.mark.parametrize("stage", STEPS)
def test_a_new_connection_that_ends_is_one(stage: str) -> None:
    with serving() as server, opened(server) as transport:
        server.script[stage] = ["421 4.3.2 going down"]
        error = refused(transport)
        assert (error.kind, error.code, error.status, error.stage) == ("busy", 421, "4.3.2", stage)
        server.script[stage] = ["drop"]
        error = refused(transport)
        assert (error.kind, error.code, error.permanent, error.uncertain) == ("lost", None, False, False)
        assert server.connections == 2


def test_no_answer_after_the_dot_is_never_repeated() -> None:
    with serving(Faults(drop_after=1)) as server, opened(server) as transport:
        error = refused(transport)
        assert (error.kind, error.uncertain, error.permanent, error.stage) == ("uncertain", True, False, "dot")
        assert [taken.outcome for taken in server.taken] == ["silent"]
    with serving() as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, READER)
        server.script["dot"] = ["drop"]  # on a kept connection, where other losses are made good
        assert refused(transport).uncertain
        assert server.lines.count("DATA") == 2


@pytest.mark.parametrize(
    ("said", "kind", "permanent"),
    [
        ("421 4.3.2 going down", "busy", False),
        ("451 4.3.0 later", "busy", False),
        ("452 4.2.2 over quota", "full", False),
        ("552 5.2.2 over quota", "full", True),
        ("554 5.6.0 bad content", "message", True),
        ("550 5.7.1 spam", "ours", True),
    ],
)
def test_the_answer_to_the_message(said: str, kind: str, permanent: bool) -> None:
    with serving() as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, READER)
        server.script["dot"] = [said]
        error = refused(transport)
        assert (error.reason, error.kind, error.permanent, error.stage) == (said, kind, permanent, "dot")
        assert not error.uncertain
        transport.send(MESSAGE, SENDER, READER)
        assert len(server.taken) == 2  # the refused one was not tried again


def test_an_answer_that_makes_no_sense_leaves_it_open_after_the_dot() -> None:
    with serving() as server, opened(server) as transport:
        server.script["dot"] = ["333 well"]
        assert refused(transport).kind == "uncertain"
        server.script["RCPT"] = ["hello, this is a web server"]
        error = refused(transport)
        assert error.kind == "lost"
        assert "no SMTP" in error.reason
        server.script["dot"] = ["250-fine\r\n250-and\r\n250 taken"]
        assert transport.send(MESSAGE, SENDER, READER) == "250 fine and taken"


def test_endless_answers_end() -> None:
    with serving() as server, opened(server) as transport:
        server.script["MAIL"] = ["250-x\r\n" * 300 + "250 x"]
        assert refused(transport).kind == "lost"
        server.script["MAIL"] = ["250 " + "x" * 50_000]
        assert refused(transport).kind == "lost"


# ---- what is offered


def test_a_message_larger_than_announced_is_not_even_offered() -> None:
    with serving(Faults(size=1000)) as server, opened(server) as transport:
        error = refused(transport, message=b"x" * 2000 + b"\r\n")
        assert (error.kind, error.permanent, error.code, error.status) == ("message", True, 552, "5.3.4")
        assert "2,002 bytes" in error.reason
        assert "1,000 at most" in error.reason
        assert not [line for line in server.lines if line.startswith("MAIL")]
        transport.send(MESSAGE, SENDER, READER)
        assert f"MAIL FROM:<{SENDER}> SIZE={len(MESSAGE)}" in server.lines
    with serving(Faults(size=0)) as server, opened(server) as transport:
        transport.send(b"x" * 2000, SENDER, READER)
        assert len(server.taken) == 1


def test_smtputf8_where_offered_and_a_labels_always() -> None:
    with serving(Faults(utf8=True)) as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, "jörg@bücher.example")
        assert server.taken[0].rcpt == "jörg@xn--bcher-kva.example"
        assert f"MAIL FROM:<{SENDER}> SIZE={len(MESSAGE)} BODY=8BITMIME SMTPUTF8" in server.lines
    with serving() as server, opened(server) as transport:
        error = refused(transport, "jörg@bücher.example")
        assert (error.kind, error.permanent, error.code, error.status) == ("message", True, 553, "5.6.7")
        transport.send(MESSAGE, SENDER, "j@bücher.example")
        assert server.taken[0].rcpt == "j@xn--bcher-kva.example"
        assert not any("UTF8" in line for line in server.lines)


def test_bounces_are_asked_to_be_short() -> None:
    with serving(Faults(dsn=True)) as server, opened(server) as transport:
        transport.send(MESSAGE, SENDER, READER)
        transport.send(MESSAGE, "", READER)
        assert f"RCPT TO:<{READER}> NOTIFY=FAILURE" in server.lines
        assert [line.endswith(" RET=HDRS") for line in server.lines if line.startswith("MAIL")] == [True, False]


# ---- waiting


def test_a_recipient_about_whom_nothing_is_said() -> None:
    with (
        serving(Faults(hangs="@slow")) as server,
        opened(server, timeouts=Timeouts(5, 0.2, 5)) as transport,
    ):
        transport.send(MESSAGE, SENDER, READER)
        error = refused(transport, "ann@slow.example")
        assert (error.kind, error.permanent, error.stage) == ("lost", False, "RCPT")
        assert "does not answer RCPT in time" in error.reason
        assert server.connections == 1  # a long silence is not asked for twice
        transport.send(MESSAGE, SENDER, READER)
        assert len(server.taken) == 2


_ANSWERS = st.sampled_from(
    ["450 4.2.1 busy", "451 later", "550 5.7.1 no", "554 no", "421 4.3.2 bye", "drop", "999 what"]
)
_SCRIPTS = st.dictionaries(st.sampled_from([*STEPS, "dot", "RSET", "connect"]), st.lists(_ANSWERS, max_size=2))


@settings(max_examples=150, deadline=None)
@given(scripts=st.lists(_SCRIPTS, min_size=1, max_size=6), pipelining=st.booleans(), early_data=st.booleans())
def test_whatever_is_answered_nothing_is_taken_twice_or_for_nothing(
    scripts: list[dict[str, list[str]]], pipelining: bool, early_data: bool
) -> None:
    faults = Faults(pipelining=pipelining, early_data=early_data)
    with serving(faults, keep=True) as server, opened(server) as transport:
        for number, script in enumerate([*scripts, {}]):
            server.script = {step: list(answers) for step, answers in script.items()}
            reader, before = f"r{number}@reader.example", len(server.taken)
            try:
                transport.send(MESSAGE, SENDER, reader)
                wanted = [reader]
            except MailError as error:
                wanted = []
                said = [answer for answers in script.values() for answer in answers]
                assert error.uncertain <= ("dot" in script)  # noqa: PT017  # both ways are right
                assert error.permanent <= any(answer[0] == "5" for answer in said)  # noqa: PT017
            assert [taken.rcpt for taken in server.taken[before:]] == wanted
        assert wanted  # what was said before is forgotten
        assert set(server.contents) == {MESSAGE}


def test_a_server_that_hangs_up_on_a_message_is_heard() -> None:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for answer in (b"220 hi", b"250-hi\r\n250 PIPELINING", b"250 fine\r\n250 fine\r\n354 go on"):
                connection.sendall(answer + b"\r\n")
                connection.recv(4096)
            connection.sendall(b"552 5.3.4 no more than a little\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        transport = SmtpTransport(read_smtp_url(f"smtp://127.0.0.1:{listener.getsockname()[1]}"), Timeouts(5, 5, 5))
        error = refused(transport, message=b"x" * 60 + b"\r\n" * 20_000_000)
    assert (error.kind, error.permanent, error.reason) == ("message", True, "552 5.3.4 no more than a little")
    assert not error.uncertain


class Stopped(BaseException):
    """Somebody ends the work in the middle of it."""


def test_a_connection_that_was_interrupted_is_not_used_again() -> None:
    def stop(number: int, frame: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGUSR1, stop)  # as a time limit of a task does
    try:
        with serving(Faults(hangs="@slow")) as server, opened(server, timeouts=Timeouts(5, 30, 5)) as transport:
            transport.send(MESSAGE, SENDER, READER)
            main = threading.main_thread().ident
            assert main
            threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGUSR1)).start()
            with pytest.raises(Stopped):
                transport.send(MESSAGE, SENDER, "ann@slow.example")
            transport.send(MESSAGE, SENDER, READER)
            assert (len(server.taken), server.connections) == (2, 2)
    finally:
        signal.signal(signal.SIGUSR1, before)


# ---- encryption


def test_the_same_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    large = MESSAGE + b"0123456789abcdef\r\n" * 20_000
    with serving(Faults(), tls=context, keep=True) as server, opened(server, scheme="smtp+starttls") as transport:
        error = refused(transport)
        assert (error.kind, error.permanent, error.stage) == ("ours", False, "connect")
        assert "certificate" in error.reason
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(Faults(), tls=context, keep=True) as server, opened(server, scheme="smtp+starttls") as transport:
        for message in (MESSAGE, large):
            transport.send(message, SENDER, READER)
        server.script["MAIL"] = ["421 4.3.2 enough"]
        transport.send(MESSAGE, SENDER, READER)
        server.script["DATA"] = ["drop"]
        transport.send(MESSAGE, SENDER, READER)
        assert server.contents == [MESSAGE, large, MESSAGE, MESSAGE]
