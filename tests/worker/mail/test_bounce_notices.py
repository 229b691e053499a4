"""Notices are read for what they mean: by the class of their status, not by what servers call the action."""

from __future__ import annotations

import ast
import base64
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.notices import ANN, arf, dsn, plain, vacation
from worker.mail.bounces import SIZE, Bounce, Complaint, Other, read_notice
from worker.mail.refusals import Kind, judge, one_line

HERE = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "bounces"
# messages, and flufl.bounce's test_detectors.py that labels them
CORPUS = Path(os.environ.get("BOUNCE_CORPUS") or HERE)


def read(raw: bytes) -> list[tuple[str, str, str]]:
    """Address, status and kind of each refusal."""
    notice = read_notice(raw)
    assert isinstance(notice, Bounce), notice
    return [(one.address, one.status, one.kind.value) for one in notice.refusals]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((f"5.1.{n}", "gone") for n in (1, 2, 3, 6, 10)),
        ("5.4.4", "gone"),
        ("5.2.1", "doubtful"),
        ("5.2.2", "passing"),
        ("4.2.2", "passing"),
        ("4.4.1", "passing"),
        ("4.4.7", "passing"),
        ("5.7.1", "ours"),
        ("5.7.26", "ours"),
        ("5.6.1", "ours"),
        ("5.3.4", "ours"),
        ("5.2.3", "ours"),
        ("5.1.8", "ours"),
        ("4.7.0", "ours"),
    ],
)
def test_the_status_says_what_follows(status: str, kind: str) -> None:
    assert read(dsn(status, "refused")) == [(ANN, status, kind)]


def test_a_full_mailbox_that_expired_is_soft_whatever_the_action_says() -> None:
    notice = read_notice(dsn("4.2.2", "452 4.2.2 mailbox full", action="failed"))
    assert isinstance(notice, Bounce)
    assert not notice.refusals[0].is_permanent
    assert notice.refusals[0].text == "4.2.2 smtp; 452 4.2.2 mailbox full"


@pytest.mark.parametrize(
    ("status", "said", "found", "kind"),
    [
        ("5.0.0", "550 5.1.1 no such user", "5.1.1", "gone"),
        ("5.0.0 (recipient reached disk quota)", "none", "5.0.0", "passing"),
        ("5.0.0", "550 unknown user <ann@example.org>", "5.0.0", "gone"),
        ("5.0.0", "554 Message rejected because of spam", "5.0.0", "ours"),
        ("5.0.0", "550 5.7.1 blocked", "5.7.1", "ours"),
        ("5.0.0", "554 no", "5.0.0", "doubtful"),
        ("5.5.0", "550 5.5.0 mailbox unavailable", "5.5.0", "gone"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "5.4.1", "passing"),
        ("4.2.2", "550 5.1.1 no such user", "4.2.2", "passing"),  # the field's class is not overruled
        ("", "552 1 mail action aborted, mailbox not found", "5.0.0", "gone"),
        ("", "host 5.5.5.5 did not answer", "", "doubtful"),
    ],
)
def test_where_the_status_says_little_words_do(status: str, said: str, found: str, kind: str) -> None:
    assert read(dsn(status, said)) == [(ANN, found, kind)]


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1", "gone"),
        ("Remote host said: 550 relay not permitted", "5.0.0", "doubtful"),
        ("User's Disk Quota Exceeded", "", "passing"),
        ("I was not able to connect. (#4.4.1)", "4.4.1", "passing"),
    ],
)
def test_notices_for_people_are_read_near_the_address(said: str, status: str, kind: str) -> None:
    assert read(plain(said)) == [(ANN, status, kind)]


def test_a_notice_that_a_server_goes_on_trying_is_no_failure() -> None:
    assert read(dsn("4.4.1", "no answer", action="delayed")) == [(ANN, "4.4.1", "delayed")]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_receipt_is_no_failure(action: str) -> None:
    assert read_notice(dsn("2.0.0", "250 ok", action=action)) == Other("a notice about no failure")


def test_addresses_with_letters_beyond_ascii_are_read() -> None:
    raw = dsn(address="jürgen@bücher.example").replace(b"message/delivery-status", b"message/global-delivery-status")
    (found,) = read(raw.replace(b"rfc822; j", b"utf-8; j"))
    assert found[1:] == ("5.1.1", "gone")


@pytest.mark.parametrize("what", ["abuse", "fraud", "opt-out", "Abuse"])
def test_a_complaint_is_known(what: str) -> None:
    assert read_notice(arf(what)) == Complaint(what.lower())


@pytest.mark.parametrize("what", ["not-spam", "auth-failure", "virus"])
def test_other_reports_are_no_complaints(what: str) -> None:
    assert read_notice(arf(what)) == Other(f"a report of another kind: {what}")


def test_automatic_replies_are_neither() -> None:
    assert read_notice(vacation()) == Other("an automatic reply")
    away = b"From: a@b.c\nPrecedence: auto_reply\nSubject: x\n\nDelivery to the following recipient failed\n a@b.c\n"
    assert read_notice(away) == Other("an automatic reply")


def test_a_person_who_writes_is_no_bounce() -> None:
    assert read_notice(b"From: a@b.c\nTo: bounce@x\nSubject: Hi\n\nI like it.\n") == Other("no bounce and no complaint")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"no mail at all",
        b"From: a@b\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(900)),
        b"From: a@b\nContent-Type: multipart/digest; boundary=x\n\n" + b"--x\n\n" * 5000,
        b"From: a@b\nContent-Type: message/rfc822\n\n" * 900,
    ],
)
def test_what_is_no_mail_is_set_aside(raw: bytes) -> None:
    notice = read_notice(raw)
    assert isinstance(notice, Other)
    assert notice.is_broken


def test_a_notice_without_a_sender_is_read() -> None:
    assert read(b"X" + dsn())[0][2] == "gone"


@given(st.binary(max_size=3000))
def test_no_bytes_break_it(raw: bytes) -> None:
    read_notice(raw)
    read_notice(dsn() + raw)


@given(st.data())
def test_a_damaged_notice_breaks_nothing(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([dsn(), arf(), plain("550 5.1.1 no"), vacation()])))
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(raw)))
        raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    read_notice(bytes(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b\n\nA message that you sent could not be delivered\n" + (b"<" * 990 + b"\n") * 2000,
        b"From: a@b\n\ndid not reach the following recipient\n" + (b"SMTP=" * 99 + b"\n") * 5000,
        b"From: a@b\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"Message not delivered to the following\n" + b" x" * SIZE),
        dsn(said="5.1." * 100_000),
        dsn(address="(" * 100_000),
        dsn().replace(b"Action: failed", b"Action: failed\r\n" + b"Status: 5.1.1\r\n" * 9000),
    ],
)
def test_long_ones_take_no_long_time(raw: bytes) -> None:
    start = time.process_time()
    read_notice(raw)
    assert time.process_time() - start < 5


@given(st.text(max_size=700))
def test_strangers_words_are_kept_on_one_line(text: str) -> None:
    kept = one_line(text)
    assert len(kept) <= 500
    assert kept.isprintable()
    assert judge("a@b.c", "", text).kind in set(Kind)


def test_real_notices_of_many_servers() -> None:
    """95 of 100 of a labelled collection are read exactly; where it goes by the action, we go by the status."""
    if not (CORPUS / "test_detectors.py").is_file():
        pytest.skip("the collection is not here")
    wanted = _labels(CORPUS / "test_detectors.py")
    right = sum(_as_labelled((CORPUS / name).read_bytes()) == labels for name, labels in wanted.items())
    assert len(wanted) > 100
    assert right / len(wanted) >= 0.95


def _as_labelled(raw: bytes) -> dict[str, str]:
    notice = read_notice(raw)
    refusals = notice.refusals if isinstance(notice, Bounce) else ()
    return {one.address.lower(): "hard" if one.is_permanent else "soft" for one in refusals}


def _labels(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DETECTORS":
            for _, name, addresses, is_soft in ast.literal_eval(node.value):
                kind = "soft" if is_soft else "hard"
                found.setdefault(name, {}).update({each.decode().lower(): kind for each in addresses})
    return found
