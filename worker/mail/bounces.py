"""Reads what comes back: delivery status notices, complaints, and what is neither. Its senders are strangers.

Addresses are found by flufl.bounce, which knows some twenty kinds of notices; what they mean is judged by their status,
for its "permanent" goes by `Action: failed`, which a full mailbox has as well (RFC 3464 2.3.3, 2.3.4).
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from worker.mail.refusals import Kind, Refusal, delayed, judge, one_line

logging.getLogger("flufl.bounce").disabled = True  # it writes a traceback for each message that it cannot read

SIZE = 128 * 1024  # bytes that are read of a notice: what matters stands before the message that it returns
_LINE = 500  # of a line: others' patterns take the square of its length
_MOST = 50  # parts, and recipients: what we send goes to one
_RULES = 500  # lines that may begin a part
_NEAR = 600  # characters from an address on that speak of it
_HEADS = (re.compile(rb"content-type\s?:", re.IGNORECASE), re.compile(rb"final-recipient\s?:", re.IGNORECASE))
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "miscategorized", "other", "")
_DONE = ("delivered", "relayed", "expanded")
_RETURNED = re.compile(
    r"^\W{2,}.*\b(?:copy|original|returned|forwarded|header|headers)\b", re.IGNORECASE | re.MULTILINE
)
_VACATION = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-vacation")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A message was refused, for one address or several."""

    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A reader has called a message spam (RFC 5965, RFC 9477); `what` is the kind of report."""

    what: str


@dataclass(frozen=True, slots=True)
class Other:
    """Neither, or nothing that can be read; with the reason."""

    reason: str
    is_broken: bool = False


Notice = Bounce | Complaint | Other


def read_notice(raw: bytes) -> Notice:
    """What a message says; of a long one the first 128 KiB. Never raises, and takes a second or two at the worst."""
    text = b"\n".join(line[:_LINE] for line in raw[:SIZE].split(b"\n"))
    if text.count(b"\n--") > _RULES or any(len(head.findall(text)) > _MOST for head in _HEADS):
        return Other("it has too many parts", is_broken=True)
    # RFC 6533: the same with UTF-8
    text = text.replace(b"message/global-delivery-status", b"message/delivery-status")
    try:
        return _read(email.message_from_bytes(text))
    except Exception as error:  # strangers' bytes in other people's parsers: whatever they raise, it is no notice
        return Other(f"it cannot be read ({type(error).__name__})", is_broken=True)


def _read(message: Message) -> Notice:
    if not message.keys():
        return Other("it is no mail: there are no header fields", is_broken=True)
    if not str(message.get("from", "")).strip():
        del message["from"]
        message["From"] = "nobody@invalid"  # flufl.bounce stumbles where there is none
    report = next((part for part in message.walk() if part.get_content_type() == "message/feedback-report"), None)
    if report is not None:
        return _complaint(report)
    blocks = list(_status_blocks(message))
    if not blocks and _is_vacation(message):
        return Other("an automatic reply")
    if blocks and all(_action(block).startswith(_DONE) for block in blocks):
        return Other("a notice about no failure")
    refusals = _refusals(message, blocks)
    if refusals:
        return Bounce(refusals)
    is_automatic = str(message.get("auto-submitted", "no")).strip().lower() != "no"
    return Other("an automatic reply" if is_automatic else "no bounce and no complaint")


def _complaint(report: Message) -> Notice:
    payload = report.get_payload()
    first = payload[0] if isinstance(payload, list) and payload else None
    fields = first if isinstance(first, Message) else email.message_from_string(str(payload))
    what = one_line(str(fields.get("feedback-type", ""))).lower()
    return Complaint(what or "abuse") if what in _COMPLAINTS else Other(f"a report of another kind: {what[:40]}")


def _is_vacation(message: Message) -> bool:
    """Does a person's mailbox answer by itself? Notices of servers are "auto-replied" too, so that says nothing."""
    precedence = str(message.get("precedence", "")).strip().lower()
    return precedence in ("auto_reply", "auto-reply") or any(name in message for name in _VACATION)


def _status_blocks(message: Message) -> Iterator[Message]:
    """The blocks of RFC 3464 2.3: one for each recipient. Some servers write no "rfc822;", or comments."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for block in part.get_payload():
                if isinstance(block, Message) and ("action" in block or "status" in block):
                    yield block


def _refusals(message: Message, blocks: list[Message]) -> tuple[Refusal, ...]:
    passing, failed = ([one.decode("ascii") for one in sorted(found)] for found in all_failures(message))
    said = _said(message)
    found = [_refusal(address, _block_of(address, blocks), said) for address in failed]
    found += [
        delayed(address, *_fields(_block_of(address, blocks)), _near(said, address))
        for address in passing
        if address not in failed
    ]
    return tuple(found) or tuple(_of_block(block) for block in blocks if _is_about_failure(block))


def _refusal(address: str, block: Message | None, said: str) -> Refusal:
    if block is None:
        return judge(address, "", _near(said, address))
    status, diagnostic = _fields(block)
    told = judge(address, status, diagnostic)
    return (
        told
        if told.status and told.kind is not Kind.DOUBTFUL
        else judge(address, status, diagnostic, _near(said, address))
    )


def _of_block(block: Message) -> Refusal:
    """For addresses that flufl.bounce does not read, such as those with letters beyond ASCII (RFC 6533)."""
    address = _recipient(block).rpartition(";")[2].strip(" <>")[:320]
    make = delayed if _action(block).startswith("delay") else judge
    return make(one_line(address), *_fields(block))


def _is_about_failure(block: Message) -> bool:
    return _action(block).startswith(("fail", "error", "delay"))


def _action(block: Message) -> str:
    return str(block.get("action", "")).strip().lower()


def _recipient(block: Message) -> str:
    return str(block.get("original-recipient") or block.get("final-recipient") or "")


def _fields(block: Message | None) -> tuple[str, str]:
    """Status and diagnostic code, as they are written."""
    return (str(block.get("status", "")), str(block.get("diagnostic-code", ""))) if block else ("", "")


def _block_of(address: str, blocks: list[Message]) -> Message | None:
    """The block about an address; when there is just one, that."""
    wanted = address.casefold()
    for block in blocks:
        names = f"{block.get('original-recipient', '')} {block.get('final-recipient', '')}"
        if wanted in names.casefold():
            return block
    return blocks[0] if len(blocks) == 1 else None


def _said(message: Message) -> str:
    """The first text of a notice: what the server says to people."""
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.is_multipart():
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace")[:20_000] if isinstance(payload, bytes) else ""
    return ""


def _near(said: str, address: str) -> str:
    """What is said of an address: its line, and what follows. Where it is not named: how the text begins."""
    place = said.casefold().find(address.casefold())
    start = said.rfind("\n", 0, place) + 1 if address and place >= 0 else 0
    near = said[start : start + _NEAR]
    returned = _RETURNED.search(near)  # from there on it is our own message
    return near[: returned.start()] if returned else near
