"""Who we are to other mail servers: the DNS records that say so, and why each is wanted."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.mail.dkim import DkimKey
from worker.mail.smtp_server import SmtpServer

MOST_IN_STRING = 255  # bytes of one string in a TXT record (RFC 1035, section 3.3.14); longer values are split


@dataclass(frozen=True, slots=True)
class Identity:
    """What the settings say of who sends: domains in A-labels and lower case. `server` is None when nothing is sent.

    `exposed` are files of keys that others can read, `faults` what could not be used: what it is, and why.
    """

    address: str  # of the From field
    domain: str
    bounce_domain: str
    public_url: str = ""
    server: SmtpServer | None = None
    keys: tuple[DkimKey, ...] = ()
    exposed: tuple[Path, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One DNS record to publish, and why."""

    name: str
    kind: str
    value: str
    why: str

    @property
    def strings(self) -> tuple[str, ...]:
        """A TXT value in the strings of 255 bytes that a record holds."""
        return tuple(self.value[at : at + MOST_IN_STRING] for at in range(0, len(self.value), MOST_IN_STRING))

    @property
    def line(self) -> str:
        """As it stands in a zone file."""
        value = " ".join(f'"{part}"' for part in self.strings) if self.kind == "TXT" else self.value
        return f"{self.name}. IN {self.kind} {value}"


def records_of(identity: Identity) -> list[Record]:
    """What to publish, in the order in which it is best done."""
    return [*_spf(identity), *_dkim(identity), _dmarc(identity), *_mx(identity)]


def questions(identity: Identity) -> list[tuple[str, str]]:
    """What to ask of the name service: names and kinds of the records, and where a policy may stand above."""
    above = [(f"_dmarc.{domain}", "TXT") for domain in parents(identity.domain)]
    return list(dict.fromkeys([*((record.name, record.kind) for record in records_of(identity)), *above]))


def dkim_name(selector: str, domain: str) -> str:
    """Where the public half of a key is published."""
    return f"{selector}._domainkey.{domain}"


def domains_of(identity: Identity) -> list[str]:
    """The domain of the return paths, and that of From where it is another."""
    return list(dict.fromkeys((identity.bounce_domain, identity.domain)))


def hints(identity: Identity) -> list[tuple[str, str]]:
    """What is done elsewhere than in our zone: topic and advice."""
    host = own_host(identity) or "your mail server"
    return [
        (
            "PTR",
            f"the address from which {host} sends needs a name (PTR) whose own address is that one again; whoever "
            "rents out the machine sets it, and Gmail refuses mail without it (5.7.25)",
        ),
        (
            "TLS",
            f"{host} must encrypt to other servers (STARTTLS where it is offered; Postfix: "
            "smtp_tls_security_level = may), or Gmail refuses the mail (5.7.29)",
        ),
        (
            "DMARC",
            "read the reports for two weeks; when all that you send passes, publish p=quarantine, and later p=reject. "
            "There are no steps by percent any more: RFC 9989 has dropped pct",
        ),
        (
            "DKIM",
            "a new key once a year: `watercooler dkim new SELECTOR` says step by step how it comes into use; the old "
            "record stays a week, for mail that is on its way",
        ),
    ]


def own_host(identity: Identity) -> str | None:
    """The host of our SMTP server when it is one of ours by its name; that of a provider says nothing here."""
    host = identity.server.host.lower().rstrip(".") if identity.server else ""
    return (
        host if any(is_within(host, parent) for domain in domains_of(identity) for parent in parents(domain)) else None
    )


def is_within(name: str, parent: str) -> bool:
    """Is a name the other one, or under it?"""
    return name == parent or name.endswith(f".{parent}")


def parents(domain: str) -> list[str]:
    """A domain and those above it but for the last label, as the tree walk of RFC 9989 asks for policies."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))]


def _spf(identity: Identity) -> Iterator[Record]:
    value, how = _senders(identity)
    for domain in domains_of(identity):
        whose = "the return paths" if domain == identity.bounce_domain else "From"
        yield Record(domain, "TXT", value, f"SPF: who may send for {whose}; one record a name. {how}")


def _senders(identity: Identity) -> tuple[str, str]:
    """An SPF record, and what to think of before it is published."""
    if host := own_host(identity):
        return f"v=spf1 a:{host} -all", "Where others send for this domain too, put them before -all."
    address = _address(identity.server.host if identity.server else "")
    if address:
        return f"v=spf1 ip{address.version}:{address} -all", "Where others send too, put them before -all."
    advice = "mx: the hosts of MX send; else write ip4:ADDRESS, or the include: that your mail provider names."
    return "v=spf1 mx ~all", advice


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    return found if found.is_global else None


def _dkim(identity: Identity) -> Iterator[Record]:
    signing = {key.algorithm: key.selector for key in reversed(identity.keys)}
    for key in identity.keys:
        role = (
            "signs" if signing[key.algorithm] == key.selector else "does not sign, kept for mail on its way or to come"
        )
        why = f"DKIM: the public half of key {key.selector} ({key.algorithm}), which {role}"
        yield Record(dkim_name(key.selector, identity.domain), "TXT", key.record, why)


def _dmarc(identity: Identity) -> Record:
    value = f"v=DMARC1; p=none; rua=mailto:dmarc@{identity.domain}"
    why = "DMARC: what to do with mail that only claims to be from here; none: tell us by mail to rua, which you read"
    return Record(f"_dmarc.{identity.domain}", "TXT", value, why)


def _mx(identity: Identity) -> Iterator[Record]:
    for domain in domains_of(identity):
        what = "bounces" if domain == identity.bounce_domain else "answers"
        what = "bounces and answers" if identity.bounce_domain == identity.domain else what
        host = own_host(identity) or f"mail.{domain}"
        yield Record(domain, "MX", f"10 {host}.", f"MX: the host that takes {what}; name the one that does")
