"""One contract for all transports, and what SMTP alone has to get right, against a real SMTP server."""

from __future__ import annotations

import io
import mailbox
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.smtp import Loop, Server, running
from worker.config import Settings
from worker.errors import MailError, SettingsError
from worker.mail import open_transport
from worker.mail.console import ConsoleTransport
from worker.mail.pace import Pace
from worker.mail.smtp import SmtpTransport
from worker.mail.smtp_server import Timeouts, read_smtp_url
from worker.mail.transport import Transport
from worker.services import open_services

SENDER = "bounce+token@watercooler.example"
READER = "mira@reader.example"
MESSAGE = (
    b"From: Watercooler <digest@watercooler.example>\r\nTo: mira@reader.example\r\nSubject: News\r\n"
    b"Message-ID: <1@mid.watercooler.example>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nFirst line\r\n.\r\n..two dots\r\nGr=C3=BC=C3=9Fe\r\n"
)
PASSWORD = "s3cret/p@ss"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # loopback only
ANSWERS_AT = ("MAIL", "RCPT", "DATA")


@pytest.fixture(scope="module")
def smtp(certificate: Path) -> Iterator[Loop]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from running(context, PASSWORD)


# ---- the contract

Taken = Callable[[], list[bytes]]


@pytest.fixture(params=["maildir", "console", "smtp", "smtp+starttls", "smtps", "smtp with login"])
def carrier(
    request: pytest.FixtureRequest,
    smtp: Loop,
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[tuple[Transport, Taken]]:
    """A transport as its URL opens it, and what has arrived: messages with LF."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    kind = request.param
    if kind == "maildir":
        transport = open_transport(f"maildir:{tmp_path}/mail/box")
        taken: Taken = lambda: [bytes(file.read_bytes()) for file in _maildir_files(tmp_path / "mail/box")]  # noqa: E731
    elif kind == "console":
        transport = open_transport("console:")
        shown: list[str] = []
        taken = lambda: _console_messages(shown, capsys)  # noqa: E731
    else:
        scheme, _, login = kind.partition(" ")
        server = smtp.listen(tls=scheme == "smtps", starttls=scheme == "smtp+starttls", login=bool(login))
        user = "user:s3cret%2Fp%40ss@" if login else ""
        transport = open_transport(f"{scheme}://{user}127.0.0.1:{server.port}")
        taken = lambda: [content.replace(b"\r\n", b"\n") for _, _, content in server.taken]  # noqa: E731
    yield transport, taken
    transport.close()


def _maildir_files(box: Path) -> list[Path]:
    assert list((box / "tmp").iterdir()) == []
    return sorted((box / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)


def _console_messages(shown: list[str], capsys: pytest.CaptureFixture[str]) -> list[bytes]:
    captured = capsys.readouterr()
    assert captured.out == ""
    shown.append(captured.err)
    return [
        MESSAGE.replace(b"\r\n", b"\n")
        for part in "".join(shown).split("--- mail from ")[1:]
        if f"to {READER}" in part and "Subject: News" in part and "First line\n.\n..two dots\nGrüße" in part
    ]


def test_every_transport_carries_the_message_as_it_is(carrier: tuple[Transport, Taken]) -> None:
    transport, taken = carrier
    receipts = [transport.send(MESSAGE, SENDER, READER) for _ in range(2)]
    assert all(receipts)
    assert taken() == [MESSAGE.replace(b"\r\n", b"\n")] * 2
    transport.close()
    transport.send(MESSAGE, SENDER, READER)  # after a close it simply opens again
    assert len(taken()) == 3
    assert transport.name


# ---- what the URL says


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:s3cret@host/",
        "s3cret",
        "maildir:",
        "smtp://",
        "smtp://user:s3cret@",
        "smtp://user:s3cret/x@host",
        "smtp://user:12/s3cret@host",
        "smtp://user:s3cret#x@host",
        "smtp://user:s3cret@host:port",
        "smtp://user:s3cretß@host",
        "smtps://user:s3cret@[::1",
        "",
    ],
)
def test_a_wrong_url_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_transport(url)
    text = str(caught.value)
    assert "WATERCOOLER_MAIL_URL" in text
    assert all(form in text for form in ("maildir:/", "console:", "smtp://", "smtps://", "smtp+starttls://"))
    assert "s3cret" not in text
    assert caught.value.__cause__ is None


def test_an_smtp_url_is_read() -> None:
    server = read_smtp_url("smtps://me%40x:p%2Fw@mail.example")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 465, "me@x", "p/w")
    assert read_smtp_url("smtp://h").port == 25
    assert read_smtp_url("smtp+starttls://h").port == 587
    assert read_smtp_url("smtp://h:2525").port == 2525
    assert "p/w" not in repr(server)


def test_the_settings_say_how_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("WATERCOOLER_MAIL_RATE", "3000/1m")
    monkeypatch.setenv("WATERCOOLER_MAIL_RATE_PER_HOST", "10/s")
    transport = open_services(Settings.from_env()).transport
    assert isinstance(transport, SmtpTransport)
    assert transport.pace.rate() == 50
    assert transport.pace.rate("reader.example") == 10


@pytest.mark.parametrize("rate", ["fast", "0/s", "5/0s", "-1/s", "5", "5/w", "1.5/s"])
def test_a_wrong_rate_is_named(rate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_MAIL_RATE", rate)
    with pytest.raises(SettingsError, match=r'WATERCOOLER_MAIL_RATE: a rate like "50/s" or "3000/1m" is wanted'):
        Settings.from_env()


# ---- the maildir and the console


def test_an_unwritable_folder_may_get_better(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailError, match="file") as caught:
        open_transport(f"maildir:{tmp_path}/file/box").send(MESSAGE, SENDER, READER)
    assert not caught.value.permanent


def test_a_maildir_is_one_for_others_too(tmp_path: Path) -> None:
    receipt = open_transport(f"maildir:{tmp_path}/box").send(MESSAGE, SENDER, READER)
    (message,) = mailbox.Maildir(tmp_path / "box", create=False)
    assert message["Subject"] == "News"
    assert Path(receipt.removeprefix("kept as ")).is_file()


def test_the_console_obeys_no_message() -> None:
    stream = io.StringIO()
    ConsoleTransport(stream).send(MESSAGE.replace(b"First", b"=1B[2JFirst"), SENDER, READER)
    assert "[2JFirst" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


# ---- SMTP


def opened(server: Server, user: str = "", scheme: str = "smtp") -> SmtpTransport:
    url = f"{scheme}://{user}127.0.0.1:{server.port}"
    pace = Pace(wait=lambda seconds: None)
    return SmtpTransport(read_smtp_url(url), Timeouts(connect=5, command=5, after_dot=5), pace=pace)


def refused(transport: Transport, recipient: str = READER) -> MailError:
    with pytest.raises(MailError) as caught:
        transport.send(MESSAGE, SENDER, recipient)
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_smtp_carries_the_envelope_on_one_kept_connection(smtp: Loop) -> None:
    server = smtp.listen()
    transport = opened(server)
    assert transport.send(MESSAGE, SENDER, READER) == "250 2.0.0 queued as A1B2"
    transport.send(MESSAGE, SENDER, "b@bücher.example")
    assert [(sender, readers) for sender, readers, _ in server.taken] == [
        (SENDER, [READER]),
        (SENDER, ["b@xn--bcher-kva.example"]),
    ]
    assert server.taken[0][2] == MESSAGE
    assert server.connections == 1
    transport.close()


def test_a_new_connection_after_a_hundred_messages(smtp: Loop) -> None:
    server = smtp.listen()
    transport = opened(server)
    for _ in range(101):
        transport.send(MESSAGE, SENDER, READER)
    assert (len(server.taken), server.connections) == (101, 2)
    transport.close()


@pytest.mark.parametrize("command", ANSWERS_AT)
@pytest.mark.parametrize(("reply", "permanent"), [("451 4.7.1 later", False), ("550 5.1.1 nobody here", True)])
def test_a_refusal_tells_for_now_from_for_good(smtp: Loop, command: str, reply: str, permanent: bool) -> None:
    server = smtp.listen()
    server.script[command] = [reply]
    transport = opened(server)
    error = refused(transport)
    assert (error.permanent, error.uncertain, error.reason) == (permanent, False, reply)
    assert error.address == READER
    transport.send(MESSAGE, SENDER, READER)  # the refusal spoils neither the connection nor the next message
    assert (len(server.taken), server.connections) == (1, 1)
    transport.close()


@pytest.mark.parametrize("command", ANSWERS_AT)
def test_after_421_comes_a_new_connection(smtp: Loop, command: str) -> None:
    server = smtp.listen()
    server.script[command] = ["421 4.7.0 too much mail"]
    transport = opened(server)
    error = refused(transport)
    assert not error.permanent
    assert error.reason.startswith("421 ")
    transport.send(MESSAGE, SENDER, READER)
    assert (len(server.taken), server.connections) == (1, 2)
    transport.close()


@pytest.mark.parametrize(("command", "uncertain"), [("MAIL", False), ("RCPT", False), ("DATA", True)])
def test_a_drop_is_temporary_and_uncertain_only_after_the_dot(smtp: Loop, command: str, uncertain: bool) -> None:
    server = smtp.listen()
    server.script[command] = ["drop"]
    transport = opened(server)
    error = refused(transport)
    assert (error.permanent, error.uncertain) == (False, uncertain)
    assert f"127.0.0.1:{server.port}" in error.reason
    transport.send(MESSAGE, SENDER, READER)
    assert server.connections == 2
    transport.close()


def test_a_connection_that_died_between_two_messages_is_replaced(smtp: Loop) -> None:
    server = smtp.listen()
    transport = opened(server)
    transport.send(MESSAGE, SENDER, READER)
    server.hang_up()
    transport.send(MESSAGE, SENDER, READER)
    assert (len(server.taken), server.connections) == (2, 2)
    transport.close()


def test_smtputf8_is_used_where_offered_and_else_impossible(smtp: Loop) -> None:
    server = smtp.listen(utf8=True)
    transport = opened(server)
    transport.send(MESSAGE, SENDER, "müller@reader.example")
    assert server.taken[0][1] == ["müller@reader.example"]
    transport.send(MESSAGE, SENDER, READER)
    transport.close()
    error = refused(opened(smtp.listen()), "müller@reader.example")
    assert error.permanent
    assert "553 5.6.7" in error.reason


def test_no_command_can_be_smuggled_in(smtp: Loop) -> None:
    server = smtp.listen()
    transport = opened(server)
    error = refused(transport, "a@b.example>\r\nRCPT TO:<c@d.example")
    assert error.permanent
    smuggled = MESSAGE + b"x\n.\nMAIL FROM:<c@d.example>\r.\r\n"
    transport.send(smuggled, SENDER, READER)
    assert len(server.taken) == 1
    assert b"MAIL FROM:<c@d.example>\r\n.\r\n" in server.taken[0][2]
    transport.close()


def test_a_wrong_login_is_a_matter_of_settings(smtp: Loop) -> None:
    server = smtp.listen(login=True)
    error = refused(opened(server, "user:s3cret%2Fp%40sX@"))
    assert not error.permanent
    assert f"127.0.0.1:{server.port}" in error.reason
    assert "check user and password in WATERCOOLER_MAIL_URL" in error.reason
    assert "p@s" not in error.reason
    missing = refused(opened(server))
    assert not missing.permanent
    assert "check user and password" in missing.reason


def test_a_certificate_is_checked_where_encryption_is_required(smtp: Loop) -> None:
    for scheme, server in (("smtps", smtp.listen(tls=True)), ("smtp+starttls", smtp.listen(starttls=True))):
        error = refused(opened(server, scheme=scheme))
        assert not error.permanent
        assert "certificate" in error.reason
        assert "SSL_CERT_FILE" in error.reason
    server = smtp.listen(starttls=True)
    opened(server).send(MESSAGE, SENDER, READER)  # opportunistic: better encrypted to somebody than not at all
    assert len(server.taken) == 1


def test_required_encryption_is_never_done_without(smtp: Loop) -> None:
    server = smtp.listen()
    for scheme in ("smtp+starttls", "smtps"):
        error = refused(opened(server, scheme=scheme))
        assert not error.permanent
        assert "check" in error.reason
    assert server.taken == []


def test_an_absent_server_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = refused(open_transport(f"smtp://127.0.0.1:{port}"))
    assert not error.permanent
    assert f"127.0.0.1:{port} refuses connections; check" in error.reason
    unknown = refused(open_transport("smtp://no-such-host.invalid"))
    assert not unknown.permanent
    assert "no-such-host.invalid:25 is not a known host; check" in unknown.reason


def test_a_silent_server_is_not_waited_for_forever(smtp: Loop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        error = refused(SmtpTransport(read_smtp_url(url), Timeouts(connect=0.2)))
    assert not error.permanent
    assert "check" in error.reason
