"""What an answer is taken for: nobody is given up for what may be our fault."""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest

from worker.errors import MailError
from worker.mail.smtp_answers import asks_to_slow_down, breakdown, refusal, unreachable
from worker.mail.smtp_connection import BrokenError, RefusedError, Reply
from worker.mail.smtp_server import SmtpServer

SERVER = SmtpServer("mx.example", 25, "opportunistic")


def said(stage: str, answer: str) -> MailError:
    return refusal(SERVER, "mira@reader.example", RefusedError(stage, Reply(int(answer[:3]), answer[4:].encode())))


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        # this address does not exist
        ("RCPT", "550 5.1.1 no such user", "address"),
        ("RCPT", "550 5.1.10 null MX", "address"),
        ("RCPT", "550 5.2.1 disabled", "address"),
        ("RCPT", "550 5.4.4 no such host", "address"),
        ("RCPT", "550 mailbox unavailable", "address"),
        ("RCPT", "550 5.5.0 mailbox unavailable", "address"),
        ("RCPT", "553 no such mailbox name", "address"),
        ("dot", "550 5.1.1 no such user", "address"),
        # full
        ("RCPT", "452 4.2.2 over quota", "full"),
        ("RCPT", "552 5.2.2 over quota", "full"),
        ("RCPT", "552 exceeded storage allocation", "full"),
        ("dot", "554 5.2.2 over quota", "full"),
        # the message
        ("dot", "552 message too large", "message"),
        ("MAIL", "552 5.3.4 too large", "message"),
        ("dot", "554 5.6.0 cannot be read", "message"),
        ("RCPT", "550 5.2.3 too large for this mailbox", "message"),
        ("dot", "554 transaction failed", "message"),
        # we, our name, our login, our reputation
        ("RCPT", "550 5.7.1 relaying denied", "ours"),
        ("RCPT", "554 relay access denied", "ours"),
        ("RCPT", "550 blocked, see https://bl.example", "ours"),
        ("dot", "550 5.7.26 unauthenticated", "ours"),
        ("dot", "550-5.7.26 unauthenticated\n5.7.26 see", "ours"),
        ("MAIL", "550 5.1.1 no such user", "ours"),  # nobody but the sender was named yet
        ("MAIL", "550 5.1.8 bad sender", "ours"),
        ("RCPT", "550 5.1.7 bad sender address", "ours"),
        ("MAIL", "553 not allowed", "ours"),
        ("MAIL", "530 5.7.0 authentication required", "ours"),
        ("MAIL", "538 5.7.11 encryption required", "ours"),
        # the moment
        ("MAIL", "421 4.7.0 too many", "busy"),
        ("RCPT", "450 4.2.1 busy", "busy"),
        ("RCPT", "451 4.7.1 greylisted", "busy"),
        ("MAIL", "452 4.3.1 insufficient system storage", "busy"),
        ("dot", "451 local error", "busy"),
    ],
)
def test_what_it_is_about(stage: str, answer: str, kind: str) -> None:
    error = said(stage, answer)
    assert error.kind == kind
    assert (error.code, error.stage) == (int(answer[:3]), stage)
    assert error.permanent == (answer[0] == "5" and int(answer[:3]) not in (530, 534, 535, 538))
    assert not error.uncertain


@pytest.mark.parametrize(
    ("text", "status"),
    [("5.1.1 nobody", "5.1.1"), ("5.1.1", "5.1.1"), ("5.1.1: nobody", "5.1.1"), ("nobody at 5.1.1", ""), ("1.2.3", "")],
)
def test_the_enhanced_status_stands_at_the_beginning(text: str, status: str) -> None:
    assert said("RCPT", f"550 {text}").status == status


@pytest.mark.parametrize(
    ("stage", "answer", "whose"),
    [
        ("MAIL", "451 4.7.1 slow down", "all"),
        ("MAIL", "421 4.7.0 too much mail from you", "all"),
        ("MAIL", "421 come back later", "all"),
        ("connect", "421 4.7.0 too many connections", "all"),
        ("dot", "421 4.7.28 unusual rate", "all"),
        ("RCPT", "450 4.2.1 receiving mail at a rate that is too high", "host"),
        ("RCPT", "451 4.7.1 try later", "host"),
        ("RCPT", "451 4.7.1 Greylisting in action", ""),
        ("RCPT", "450 4.2.0 gray-listed", ""),
        ("RCPT", "450 4.2.1 mailbox busy", ""),
        ("RCPT", "452 4.2.2 over quota, rate it", ""),
        ("MAIL", "421 4.3.2 shutting down", ""),
        ("dot", "550 5.7.28 unusual rate", ""),
    ],
)
def test_who_is_asked_to_slow_down(stage: str, answer: str, whose: str) -> None:
    assert asks_to_slow_down(said(stage, answer)) == whose


@pytest.mark.parametrize(
    ("error", "kind", "hint"),
    [
        (socket.gaierror(-2, "Name or service not known"), "ours", "is not a known host; check the host"),
        (ConnectionRefusedError(111, "Connection refused"), "ours", "refuses connections; check"),
        (TimeoutError("timed out"), "ours", "does not answer in time; check host, port and firewall"),
        (OSError(113, "No route to host"), "ours", "cannot be reached (No route to host); check"),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad s3cret"), "ours", "refuses the login (535); check user"),
        (smtplib.SMTPNotSupportedError("no AUTH"), "ours", "cannot do what is asked: no AUTH; check the scheme"),
        (smtplib.SMTPConnectError(421, b"4.7.0 too many"), "busy", "answers 421 4.7.0 too many"),
        (smtplib.SMTPConnectError(554, b"5.7.1 no service"), "ours", "answers 554 5.7.1 no service"),
        (smtplib.SMTPServerDisconnected("closed"), "lost", "closed the connection"),
        (ssl.SSLError(1, "no TLS there"), "ours", "speaks no TLS that we understand"),
    ],
)
def test_no_connection(error: Exception, kind: str, hint: str) -> None:
    found = unreachable(SERVER, "mira@reader.example", error)
    assert (found.kind, found.permanent, found.stage) == (kind, False, "connect")
    assert hint in found.reason
    assert found.reason.startswith("SMTP server mx.example:25 ")
    assert "s3cret" not in found.reason
    assert "\n" not in found.reason


def test_a_break_is_uncertain_only_after_the_dot() -> None:
    before = breakdown(SERVER, "m@r.example", BrokenError("DATA", ConnectionResetError()))
    assert (before.kind, before.uncertain) == ("lost", False)
    after = breakdown(SERVER, "m@r.example", BrokenError("dot", TimeoutError()))
    assert (after.kind, after.uncertain, after.permanent) == ("uncertain", True, False)
    assert "does not answer the message in time" in after.reason


def test_encryption_that_is_asked_for_is_named() -> None:
    error = said("MAIL", "530 5.7.0 Must issue a STARTTLS command first")
    assert "smtp+starttls://" in error.reason
    assert error.kind == "ours"


def test_a_mail_error_without_a_kind_has_one() -> None:
    assert MailError("a", "b", permanent=True).kind == "message"
    assert MailError("a", "b", permanent=False).kind == "busy"
    assert MailError("a", "b", permanent=False, uncertain=True).kind == "uncertain"
