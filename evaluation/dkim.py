"""Signatures of many varied messages, verified by programs that are not ours.

    python -m evaluation.dkim [COUNT]

dkimpy looks up its keys in what we would publish. OpenDKIM asks the name service, so it is given one of its own by a
tool that stands beside the checkout; without it, or without root's rights to a private network, it is left out.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim

from worker.mail.dkim import Signer, new_key
from worker.mail.message import Envelope, Rendered, compose

DOMAIN = "watercooler.example"
HERMETIC = Path(__file__).resolve().parents[2] / "shared" / "tools" / "mail" / "hermetic.sh"
COUNT = 1000
_START = datetime(2024, 2, 9, 6, tzinfo=UTC)
_WORDS = (
    "Harbour Lights",
    "night",
    "rumour",
    "Grüße",
    "다음 시즌",
    "☕",
    "3=4",
    "x" * 90,
    ".",
    "<b>",
    "&amp;",
    "=?utf-8?q?",
)
_GAPS = (" ", " ", " ", "  ", "\t", " \n", "\n", "\n\n", "\n.\n", " \t ", "   \n\n")
_TO = (
    "ann@example.org",
    "o'hara+tv@example.org",
    "zoë@example.org",
    "bo@bücher.example",
    f"{'long' * 12}@example.org",
)


def varied(count: int, seed: int = 7) -> Iterator[bytes]:
    """Messages of our own making out of the words, spaces and addresses of strangers; the same at each call."""
    chance = random.Random(seed)
    for number in range(count):
        subject = " ".join(chance.choices(_WORDS, k=chance.randint(1, 12)))
        html = _text(chance) if chance.random() < 0.8 else ""
        uris = (f"https://{DOMAIN}/unsubscribe/{chance.randbytes(30).hex()}", f"mailto:unsubscribe@{DOMAIN}")
        envelope = Envelope(
            to=chance.choice(_TO),
            sender=chance.choice((f"Watercooler <digest@{DOMAIN}>", f"digest@{DOMAIN}", f"Büro ☕ <d@{DOMAIN}>")),
            message_id=f"<{number}.{chance.randbytes(8).hex()}@mid.{DOMAIN}>",
            list_id=chance.choice(("", f"weekly.{DOMAIN}", f"Watercooler <weekly.{DOMAIN}>")),
            unsubscribe=chance.choice(((), uris, uris[1:])),
            one_click=chance.random() < 0.5,
            feedback_id=chance.choice(("", "2026-W47:weekly:digest:watercooler")),
            kind=chance.choice(("digest", "digest", "transactional")),
        )
        now = _START + timedelta(minutes=chance.randrange(500_000))
        yield compose(Rendered(subject, _text(chance), html).body, envelope, now=now)


def _text(chance: random.Random) -> str:
    words = chance.choices((0, 1, 20, 200, 2000), (10, 10, 60, 18, 2))[0]
    return "".join(chance.choice(_WORDS) + chance.choice(_GAPS) for _ in range(words))


def travelling(signer: Signer, message: bytes) -> bytes:
    """A message as it comes out of a connection: signed, and its last line ended."""
    return signer.sign(message) + message + (b"" if message.endswith(b"\r\n") else b"\r\n")


def records(signer: Signer) -> dict[str, str]:
    """The TXT records of a signer's keys by name."""
    return {f"{key.selector}._domainkey.{signer.domain}": key.record for key in signer.keys}


def holding(message: bytes, published: Mapping[str, str]) -> list[bool]:
    """What dkimpy says of each signature of a message."""

    def ask(name: bytes, timeout: int = 5) -> bytes:
        return published.get(name.decode().rstrip("."), "").encode()

    count = len([name for name, _ in dkim.DKIM(message).headers if name.lower() == b"dkim-signature"])
    return [_holds(message, number, ask) for number in range(count)]


def _holds(message: bytes, number: int, ask: object) -> bool:
    try:
        return bool(dkim.DKIM(message).verify(number, dnsfunc=ask))
    except dkim.DKIMException:
        return False


def opendkim_can() -> bool:
    """Are OpenDKIM and a private network to be had?"""
    if not (HERMETIC.is_file() and shutil.which("opendkim-testmsg") and shutil.which("unshare") and os.geteuid() == 0):
        return False
    return subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode == 0


def opendkim(messages: Sequence[bytes], published: Mapping[str, str]) -> list[bool]:
    """What OpenDKIM says of each message with all its signatures."""
    with tempfile.TemporaryDirectory() as folder:
        for number, message in enumerate(messages):
            (Path(folder) / f"{number:06}.eml").write_bytes(message)
        zone = Path(folder) / "zone.json"
        zone.write_text(json.dumps({"records": {name: {"TXT": [record]} for name, record in published.items()}}))
        loop = f'for file in {folder}/*.eml; do opendkim-testmsg < "$file" > /dev/null 2>&1; echo $?; done'
        asked = subprocess.run(["bash", HERMETIC, zone, "sh", "-c", loop], capture_output=True, text=True, check=True)
    return [line == "0" for line in asked.stdout.split()]


def main(arguments: list[str]) -> int:
    """Prints how many signatures each verifier holds for good; 1 when one does not."""
    count = int(arguments[0]) if arguments else COUNT
    signer = Signer(DOMAIN, [new_key("rsa", "rsa"), new_key("ed", "ed25519")])
    messages = [travelling(signer, message) for message in varied(count)]
    found = {"dkimpy": [held for message in messages for held in holding(message, records(signer))]}
    if opendkim_can():
        found["OpenDKIM"] = opendkim(messages, records(signer))
    for name, held in found.items():
        what = "signatures" if name == "dkimpy" else "messages"
        sys.stdout.write(f"{name:10} {sum(held)} of {len(held)} {what} hold, {count} messages\n")
    return 0 if all(held and all(held) for held in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
