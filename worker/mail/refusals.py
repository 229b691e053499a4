"""What a mail server's refusal means for a reader: is the address gone, is it a passing fault, or is it about us?

The status of RFC 3463 decides; where it says nothing in particular ("5.0.0", or none at all), well-known words do.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_TEXT = 500  # characters of a diagnostic that are kept
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
_CODE = re.compile(r"(?<![\w.])(?:(4)(?:21|5[0-5])|(5)(?:0[0-4]|2[13]|3[0458]|5[0-6]))(?![\w.])")

_GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"})
_PASSING = frozenset({"5.2.2", "5.3.1", "5.3.2"})  # a full mailbox, a full system, one that takes nothing now
_OURS = frozenset({"5.1.7", "5.1.8", "5.2.3", "5.3.4"})  # our address is wrong, or the message is too large
_OUR_SUBJECTS = ("6", "7")  # the content, or security and policy
_VAGUE = re.compile(r"\d\.(?:\d+\.0|4\.1|5\.\d+)")  # 5.4.1 and 5.5.x are said of unknown users by large providers


class Kind(enum.StrEnum):
    """What follows from a refusal."""

    GONE = "gone"  # no such address: nothing more is sent there
    DOUBTFUL = "doubtful"  # disabled, or refused for good without a reason: the second one counts
    PASSING = "passing"  # full, or not reached: counted, and forgotten with time
    OURS = "ours"  # about us or the message: the operator's business, the reader is blameless
    DELAYED = "delayed"  # the server goes on trying: nothing follows


@dataclass(frozen=True, slots=True)
class Refusal:
    """One address that was refused ("": the notice does not say which), the status or "", and the server's words."""

    address: str
    status: str
    text: str
    kind: Kind

    @property
    def is_permanent(self) -> bool:
        """Is it refused for good, by the class of its status?"""
        return self.kind is not Kind.DELAYED and not self.status.startswith("4")


# What is said when no status says it; the mildest first, for who is suppressed wrongly gets nothing more.
_WORDS = (
    (
        Kind.OURS,
        r"spam|block(?:ed|ing|list)|black ?list|denylist|policy|reputation|spamhaus|virus|"
        r"(?:\bspf|\bdkim|\bdmarc)\b|message (?:is )?too (?:large|big)|message size|size limit",
    ),
    (
        Kind.PASSING,
        r"quota|mail ?(?:box|folder) (?:is )?full|full mailbox|"
        r"insufficient (?:storage|space|disk)|storage limit|too full",
    ),
    (Kind.DOUBTFUL, r"\b(?:disabled|inactive|suspended|deactivated)\b"),
    (
        Kind.GONE,
        r"user unknown|unknown (?:user|recipient|address|local|mailbox)|"
        r"no such (?:user|mailbox|recipient|address|person)|"
        r"(?:user|recipient|address|mailbox|account|addressee) (?:is )?(?:unknown|not found|not known|invalid)|"
        r"invalid (?:mailbox|recipient|user|address)|(?:does not|doesn'?t|not) exist|no mailbox|not a valid|"
        r"(?:doesn'?t|does not) have an? \S{1,60} account|no longer (?:valid|exists|available)|"
        r"(?:host|domain)(?: name)? (?:unknown|not found)|unknown (?:host|domain)|mailbox unavailable",
    ),
)
_SAID = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS)


def judge(address: str, status: str, *texts: str) -> Refusal:
    """A refusal, of a status field and the texts that explain it, the surest first. Neither need be there.

    RFC 3463 for the status; RFC 5321 4.2.1 for reply codes, where there is none.
    """
    text = one_line(" ".join(part for part in (status, *texts) if part))
    found = _status_of(status, texts)
    return Refusal(address, found, text, _kind_of(found, " ".join(texts) + " " + status))


def delayed(address: str, status: str, *texts: str) -> Refusal:
    """A notice that a server goes on trying."""
    text = one_line(" ".join(part for part in (status, *texts) if part))
    return Refusal(address, _status_of(status, texts), text, Kind.DELAYED)


def one_line(text: str) -> str:
    """Strangers' text as it is kept: printable, on one line, not long."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _TEXT]).split())[:_TEXT]


def _status_of(status: str, texts: tuple[str, ...]) -> str:
    """The status that says most, of the class that is named first: "4.2.2" in the field is not overruled by words."""
    said = [match[1] for part in (status, *texts) for match in _STATUS.finditer(part[:4000])]
    if not said:
        codes = [match[1] or match[2] for part in (status, *texts) for match in _CODE.finditer(part[:4000])]
        return f"{codes[0]}.0.0" if codes else ""
    clear = [one for one in said if one[0] == said[0][0] and not one.endswith(".0")]
    return clear[0] if clear else said[0]


def _kind_of(status: str, text: str) -> Kind:
    subject = status[2:3] if status[3:4] == "." else ""
    if status in _OURS or subject in _OUR_SUBJECTS:
        return Kind.OURS
    if status in _GONE:
        return Kind.GONE
    if status.startswith("4") or status in _PASSING:
        return Kind.PASSING
    if not status or _VAGUE.fullmatch(status):
        found = next((kind for kind, words in _SAID if words.search(text[:4000])), None)
        if found or not status.startswith("5.4"):
            return found or Kind.DOUBTFUL
    return Kind.PASSING if status.startswith(("5.3", "5.4")) else Kind.DOUBTFUL
