"""Notices as mail servers and providers write them, made for the tests, and deliveries for them to be about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from tests.factories import NOW
from worker.mail.verp import ReturnPaths
from worker.models import DeliveryState
from worker.store import Tx, schema
from worker.subscribers import add_subscriber

ANN = "ann@example.org"
PATHS = ReturnPaths("bounce.news.example", ["a long secret", "an older secret"])


def sent_to(tx: Tx, address: str = ANN, key: str = "k1", at: datetime = NOW) -> tuple[int, int]:
    """A reader, active when new, and a delivery of an issue that was handed over to them."""
    known = tx.subscribers.by_key(address.casefold())
    reader = known or add_subscriber(tx, address, zone="UTC", confirmed=True, now=at)[0]
    issue, _ = tx.issues.open(key, trigger="admin", asked_by="test", period_end=at, show_id=None, since=None, now=at)
    tx.deliveries.plan(issue.id, [reader.id], at)
    delivery = next(one for one in tx.deliveries.of_issue(issue.id) if one.subscriber_id == reader.id)
    values = {"state": DeliveryState.SENT, "attempts": 1, "first_try": at}
    tx.connection.execute(update(schema.deliveries).where(schema.deliveries.c.id == delivery.id).values(**values))
    return reader.id, delivery.id


def dsn(
    status: str = "5.1.1",
    said: str = "550 5.1.1 no such user",
    *,
    to: str = "bounce+x@bounce.news.example",
    address: str = ANN,
    action: str = "failed",
    number: int = 1,
) -> bytes:
    """A delivery status notice (RFC 3464) as Postfix writes it; its reply is "auto-replied", like theirs."""
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Message-Id: <{number}@mx.example.org>

This is a MIME-encapsulated message.

--b1
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

<{address}>: host mx.example.org said: {said}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b1
Content-Type: message/rfc822

From: Watercooler <digest@news.example>
To: {address}
Subject: Harbour Lights gets a date

hello
--b1--
""".replace("\n", "\r\n").encode()


def arf(what: str = "abuse", *, path: str = "bounce+x@bounce.news.example") -> bytes:
    """A complaint (RFC 5965), as feedback loops send it; the message's return path stands in the report alone."""
    return f"""\
From: <feedback@provider.example>
To: <fbl@news.example>
Subject: complaint about message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: {what}
User-Agent: Provider-FBL/1.0
Version: 1
Original-Mail-From: <{path}>

--b2
Content-Type: message/rfc822

Return-Path: <{path}>
From: Watercooler <digest@news.example>
Subject: Harbour Lights gets a date

hello
--b2--
""".encode()


def vacation(*, to: str = "bounce+x@bounce.news.example") -> bytes:
    """A person's mailbox answers by itself (RFC 3834)."""
    return f"""\
From: Ann <{ANN}>
To: {to}
Subject: Out of office
Auto-Submitted: auto-replied
Precedence: bulk

I am away until Monday. My mailbox is full of joy.
""".encode()


def plain(said: str, *, to: str = "bounce+x@bounce.news.example") -> bytes:
    """A notice without a part for programs, as qmail writes it."""
    return f"""\
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{ANN}>:
{said}

--- Below this line is a copy of the message.

Subject: Version 5.1.1 of spam
""".encode()
