"""What can be said of our mail before anybody gets it: settings, keys, a trial signature, and what is published."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from worker.mail.dkim import DkimKey, Signer, canonical_body, header_fields, is_signed, read_tags, relaxed
from worker.mail.identity import Identity, dkim_name, domains_of, is_within, parents
from worker.mail.zone import Zone

State = Literal["ok", "warning", "wrong"]

_NOBODY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply\b", re.IGNORECASE)
_SAMPLE = (
    "Date: Fri, 09 Feb 2024 06:00:00 +0000\r\nFrom: Watercooler <{0}>\r\nTo: you@reader.example\r\nSubject: A trial\r\n"
    "List-Unsubscribe: <https://watercooler.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
    "Is it signed?\r\n"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was found."""

    name: str
    state: State
    says: str


def check_settings(identity: Identity) -> list[Check]:
    """What the settings alone tell."""
    faults = [Check(name, "wrong", says) for name, says in identity.faults]
    named = {check.name for check in faults}
    found = (_sender(identity), _unsubscribe(identity), _return_path(identity), _server(identity), _keys(identity))
    return [*(check for check in found if check.name not in named), *faults, *_trial(identity)]


def check_zone(identity: Identity, zone: Zone) -> list[Check]:
    """Is what is published what other servers want of us?"""
    spf = [_published_spf(domain, zone) for domain in domains_of(identity)]
    dkim = [_published_key(key, identity.domain, zone) for key in identity.keys]
    return [
        *spf,
        *dkim,
        _published_dmarc(identity.domain, zone),
        *(_published_mx(d, zone) for d in domains_of(identity)),
    ]


def signature_holds(field: bytes, message: bytes, record: str) -> bool:
    """Does a DKIM-Signature field (relaxed/relaxed) hold for a message, by the record of its key?"""
    head, _, body = message.partition(b"\r\n\r\n")
    own = b"dkim-signature:" + relaxed(field.partition(b":")[2].replace(b"\r\n", b""))
    tags = read_tags(own.partition(b":")[2].decode())
    fields = header_fields(head)
    lines = [fields[name].pop(0) for name in tags["h"].lower().encode().split(b":") if fields.get(name)]
    signed = b"\r\n".join([*lines, own.rpartition(b"; b=")[0] + b"; b="])
    digest = hashlib.sha256(signed).digest()
    if base64.b64decode(tags["bh"]) != hashlib.sha256(canonical_body(body)).digest():
        return False
    return is_signed(record, digest, base64.b64decode(tags["b"]))


def _sender(identity: Identity) -> Check:
    local = identity.address.rpartition("@")[0]
    if "." not in identity.domain:
        return Check(
            "From", "wrong", f"{identity.address}: a domain like news.example.org is wanted in WATERCOOLER_FROM"
        )
    if identity.domain == "watercooler.example":
        return Check("From", "wrong", "nobody owns watercooler.example; set WATERCOOLER_FROM to an address of yours")
    if _NOBODY.match(local):
        says = f"{identity.address}: readers answer digests, and Microsoft wants a From that takes mail; name another"
        return Check("From", "wrong", says)
    return Check("From", "ok", f"{identity.address}: see that somebody reads it")


def _unsubscribe(identity: Identity) -> Check:
    url = urlsplit(identity.public_url)
    if url.scheme == "https":
        return Check(
            "unsubscribe", "ok", f"one click at {identity.public_url}, or a mail to unsubscribe@{identity.domain}"
        )
    if url.scheme == "http":
        return Check(
            "unsubscribe", "wrong", "one-click unsubscribe is https only (RFC 8058); see WATERCOOLER_PUBLIC_URL"
        )
    says = (
        f"only by mail to unsubscribe@{identity.domain}; Gmail and Yahoo want one click from who sends 5,000 mails a "
        "day: set WATERCOOLER_PUBLIC_URL to an https address"
    )
    return Check("unsubscribe", "warning", says)


def _keys(identity: Identity) -> Check:
    if not identity.keys:
        return Check("DKIM keys", "wrong", "mail goes out unsigned: make a key with `watercooler dkim new 2027a`")
    signing = [f"{key.selector} ({key.algorithm})" for key in Signer(identity.domain, identity.keys).signing]
    if not any(key.algorithm == "rsa" for key in identity.keys):
        says = f"only {signing[0]} signs, which many servers cannot read: add an RSA key, `watercooler dkim new NAME`"
        return Check("DKIM keys", "wrong", says)
    if identity.exposed:
        says = f"everybody on this machine can read {', '.join(map(str, identity.exposed))}: chmod 600"
        return Check("DKIM keys", "warning", says)
    return Check("DKIM keys", "ok", f"{' and '.join(signing)} sign{'' if signing[1:] else 's'}")


def _trial(identity: Identity) -> Iterator[Check]:
    message = _SAMPLE.format(identity.address).encode()
    for key in Signer(identity.domain, identity.keys).signing:
        held = signature_holds(Signer(identity.domain, [key]).sign(message), message, key.record)
        says = "a trial message verifies" if held else "a trial message does not verify: make another key"
        yield Check(f"signature {key.selector}", "ok" if held else "wrong", says)


def _return_path(identity: Identity) -> Check:
    ours, theirs = identity.domain, identity.bounce_domain
    path = f"bounce+TOKEN@{theirs}"
    if is_within(theirs, ours) or is_within(ours, theirs):
        return Check("return path", "ok", f"{path}: SPF is aligned with From")
    if set(parents(theirs)) & set(parents(ours)):
        shared = max(set(parents(theirs)) & set(parents(ours)), key=len)
        says = f"{path}: SPF is aligned with From if {shared} is yours, and not one under which anybody has names"
        return Check("return path", "warning", says)
    advice = f"set WATERCOOLER_BOUNCE_DOMAIN to a name under {ours}"
    says = f"{path}: SPF does not speak for {ours}, so DMARC hangs on DKIM alone; {advice}"
    return Check("return path", "warning" if identity.keys else "wrong", says)


def _server(identity: Identity) -> Check:
    if identity.server is None:
        return Check("server", "warning", "nothing leaves this machine: WATERCOOLER_MAIL_URL names no SMTP server")
    says = {
        "tls": "encrypted from the start",
        "starttls": "always encrypted (STARTTLS)",
        "opportunistic": "encrypted when the server offers it; smtp+starttls:// makes sure",
    }[identity.server.security]
    return Check("server", "ok", f"{identity.server.place}: {says}")


def _published_spf(domain: str, zone: Zone) -> Check:
    name = f"SPF {domain}"
    found = [text for text in zone.find(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]
    if len(found) != 1:
        says = "none is published" if not found else f"{len(found)} are published, and servers take none of several"
        return Check(name, "wrong", f"{says}: have exactly one TXT record that begins with v=spf1")
    terms = found[0].lower().split()[1:]
    lookups = sum(
        bool(re.match(r"[+?~-]?(?:include:|exists:|redirect=|(?:a|mx|ptr)(?:[:/]|$))", term)) for term in terms
    )
    if lookups > 10:
        return Check(name, "wrong", f"it asks for {lookups} other records, and servers give up at 10 (RFC 7208)")
    if "-all" in terms or "~all" in terms or any(term.startswith("redirect=") for term in terms):
        return Check(name, "ok", f"{found[0]}: see that it names what sends")
    return Check(name, "wrong", f"{found[0]}: it lets anybody send; end it with -all")


def _published_key(key: DkimKey, domain: str, zone: Zone) -> Check:
    where = dkim_name(key.selector, domain)
    name = f"DKIM {key.selector}"
    found = [text for text in zone.find(where, "TXT") if "p=" in text]
    if len(found) != 1:
        says = "is not published" if not found else f"is published {len(found)} times; once is wanted"
        return Check(name, "wrong", f"the record at {where} {says}")
    theirs, ours = read_tags(found[0]), read_tags(key.record)
    if theirs.get("p") != ours["p"]:
        says = "takes the key back (p= is empty)" if not theirs.get("p") else "holds another key: see that it is whole"
        return Check(name, "wrong", f"the record at {where} {says}")
    if (
        theirs.get("k", "rsa") != ours["k"]
        or theirs.get("v", "DKIM1") != "DKIM1"
        or "sha256" not in theirs.get("h", "sha256")
    ):
        return Check(name, "wrong", f"the record at {where} has the key, but another kind: publish it as shown")
    if "y" in theirs.get("t", "").split(":"):
        return Check(name, "warning", f"the record at {where} says t=y, a test: servers may pass over the signature")
    return Check(name, "ok", f"the record at {where} has our key")


def _published_dmarc(domain: str, zone: Zone) -> Check:
    # The nearest policy above counts, which is how RFC 9989 finds it.
    places = [f"_dmarc.{parent}" for parent in parents(domain)]
    found = [
        (place, [text for text in zone.find(place, "TXT") if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)])
        for place in places
    ]
    place, texts = next(((place, texts) for place, texts in found if texts), ("", []))
    if len(texts) != 1:
        says = (
            f"{len(texts)} policies at {place}, and servers take none of several" if texts else "no policy is published"
        )
        return Check("DMARC", "wrong", f"{says}: publish one at _dmarc.{domain}")
    tags = read_tags(texts[0])
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        return Check("DMARC", "wrong", f"the policy at {place} has no p=none, p=quarantine or p=reject")
    if dropped := sorted({"pct", "rf", "ri"} & set(tags)):
        return Check("DMARC", "warning", f"the policy at {place} has {', '.join(dropped)}, which RFC 9989 has dropped")
    if "rua" not in tags:
        return Check("DMARC", "warning", f"the policy at {place} has no rua=mailto:…, so nobody tells you what fails")
    return Check(
        "DMARC", "ok", f"p={tags['p']} at {place}{'; p=quarantine is the next step' if tags['p'] == 'none' else ''}"
    )


def _published_mx(domain: str, zone: Zone) -> Check:
    found = zone.find(domain, "MX")
    hosts = [record.rpartition(" ")[2].rstrip(".") for record in found]
    if not any(hosts):
        says = "says that it takes no mail" if hosts else "has no MX record"
        return Check(f"MX {domain}", "wrong", f"{domain} {says}: bounces and answers get lost")
    return Check(f"MX {domain}", "ok", ", ".join(hosts))
