"""DNS records as they are published: read from a zone file or from what `dig` says, or asked of the name service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import dns.exception
import dns.resolver

from worker.errors import WatercoolerError

KINDS = ("TXT", "MX", "A", "AAAA", "CNAME")
_MOST_ALIASES = 8
_TOKEN = re.compile(r'"((?:[^"\\\n]|\\.)*)"|;[^\n]*|([()])|([^\s;()"]+)')
_ESCAPED = re.compile(r"\\(\d{3}|.)")
# A value without quotation marks, as people write it: all of the line, for ";" begins a comment elsewhere.
_BARE = re.compile(r'([^\s;"(]\S*)\s+(?:\d+\s+)?(?:IN\s+)?TXT\s+([^\s"(].*)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Zone:
    """What is published, by name (lower case, no final dot) and kind; the strings of a TXT record are put together."""

    records: Mapping[tuple[str, str], tuple[str, ...]]

    def find(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a name, by way of its aliases (CNAME)."""
        name = name.lower().rstrip(".")
        for _ in range(_MOST_ALIASES):
            found = self.records.get((name, kind), ())
            alias = self.records.get((name, "CNAME"), ())
            if found or not alias:
                return found
            name = alias[0].lower().rstrip(".")
        return ()


def read_zone(text: str) -> Zone:
    """A zone file, answers of `dig`, or lines of NAME TXT VALUE; what is none of these is passed over."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, kind, value in _entries(text):
        found.setdefault((name.lower().rstrip("."), kind), []).append(value)
    return Zone({key: tuple(values) for key, values in found.items()})


def ask_zone(questions: Iterable[tuple[str, str]], resolver: dns.resolver.Resolver | None = None) -> Zone:
    """What the name service says to (name, kind) questions. Raises WatercoolerError when it does not answer."""
    try:
        resolver = resolver or dns.resolver.Resolver()
    except dns.exception.DNSException:
        raise WatercoolerError("this machine names no name service; give a file: --zone FILE") from None
    return Zone({(name.lower(), kind): _asked(resolver, name, kind) for name, kind in questions})


def _asked(resolver: dns.resolver.Resolver, name: str, kind: str) -> tuple[str, ...]:
    try:
        answer = resolver.resolve(name, kind, lifetime=10, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except dns.exception.DNSException as error:
        reason = f"the name service does not say what {name} has ({type(error).__name__})"
        raise WatercoolerError(f"{reason}; try again, or give a file: --zone FILE") from None
    return tuple(next(_entries(f"{name} {kind} {record.to_text()}"))[2] for record in answer.rrset or ())


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Each record as name, kind, value."""
    owner = origin = ""
    for line in _joined(text):
        if bare := _BARE.fullmatch(line.strip()):
            owner = _absolute(bare[1], origin)
            yield owner, "TXT", bare[2]
            continue
        words = [(_plain(match[1]), True) if match[3] is None else (match[3], False) for match in _words(line)]
        if words and words[0] == ("$ORIGIN", False) and len(words) > 1:
            origin = words[1][0]
            continue
        if words and not line[0].isspace():
            owner = _absolute(words.pop(0)[0], origin)
        kinds = [at for at, (word, quoted) in enumerate(words[:3]) if not quoted and word.upper() in KINDS]
        if kinds and owner and words[kinds[0] + 1 :]:
            kind = words[kinds[0]][0].upper()
            values = [word for word, _ in words[kinds[0] + 1 :]]
            yield owner, kind, "".join(values) if kind == "TXT" else " ".join(values)


def _joined(text: str) -> Iterator[str]:
    """The lines without comments, those between parentheses as one."""
    depth, held = 0, ""
    for line in text.splitlines():
        if not held and _BARE.fullmatch(line.strip()):
            yield line
            continue
        held += _TOKEN.sub(_without_comment, line) + " "
        depth += sum({"(": 1, ")": -1}.get(match[2], 0) for match in _TOKEN.finditer(line))
        if depth <= 0:
            yield held
            depth, held = 0, ""
    yield held


def _without_comment(match: re.Match[str]) -> str:
    return "" if match[0].startswith(";") else match[0]


def _words(line: str) -> list[re.Match[str]]:
    return [match for match in _TOKEN.finditer(line) if not match[2]]


def _plain(quoted: str) -> str:
    """A string without its escapes (RFC 1035, section 5.1)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1])) if len(match[1]) == 3 else match[1], quoted)


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    return name if name.endswith(".") or not origin else f"{name}.{origin}"
