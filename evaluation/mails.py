"""Ten digests and the other mails, sent by the application itself over SMTP, and judged by programs that are not ours.

    python -m evaluation.mails [CASE …] [--sheets FOLDER] [--fast]

The judge and the SMTP server that receives stand beside the checkout, in `../shared/tools/mail`: without them there is
nothing to judge, and it says so. `--sheets` keeps the messages, and pictures of them in light, dark, without pictures
and without style; `--fast` judges without a browser. Messages are signed, and a zone made for the judge says whose.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from evaluation.mail_cases import CASES, READER, Case
from evaluation.newsstand import Stand
from worker.config import Settings
from worker.mail.dkim import DkimKey, new_key
from worker.services import open_services
from worker.tasks import Kit

DOMAIN, CLIENT = "watercooler.example", "203.0.113.25"
TOOLS = Path(__file__).resolve().parents[2] / "shared" / "tools" / "mail"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge said of one mail."""

    name: str
    subject: str
    html: int
    text: int
    counts: dict[str, int]
    failed: tuple[str, ...]
    warned: tuple[str, ...]


def make_keys(folder: Path) -> list[DkimKey]:
    """A key of each kind, in files."""
    keys = [new_key("rsa2026", "rsa"), new_key("ed2026", "ed25519")]
    for key in keys:
        (folder / f"{key.selector}.pem").write_bytes(key.pem())
    return keys


def make(case: Case, folder: Path, now: datetime, keys: Sequence[DkimKey], key_folder: Path) -> tuple[Path, str]:
    """Has the application send the mail now; gives the file with the bytes that arrived, and the envelope sender."""
    with _server(folder / "box") as port:
        services = open_services(
            Settings(
                home=folder / "home",
                public_url=f"https://{DOMAIN}",
                mail_url=f"smtp://127.0.0.1:{port}",
                bounce_domain=f"bounce.{DOMAIN}",
                dkim_keys=tuple((key.selector, key_folder / f"{key.selector}.pem") for key in keys),
            )
        )
        case.play(Stand(Kit(services), now))
        services.transport.close()
        services.store.close()
    last = json.loads((folder / "box.jsonl").read_text().splitlines()[-1])
    return max((folder / "box").glob("*.eml")), last["sender"]


def zone(keys: Sequence[DkimKey], sender: str) -> dict[str, Any]:
    """What the name service would say of us, with the client and the envelope, as the judge reads it."""
    spf = {"TXT": [f"v=spf1 ip4:{CLIENT} -all"], "A": [CLIENT], "MX": [f"10 mail.{DOMAIN}"]}
    names = {f"{key.selector}._domainkey.{DOMAIN}": {"TXT": [key.record]} for key in keys}
    reverse = f"{'.'.join(reversed(CLIENT.split('.')))}.in-addr.arpa"
    hosts = dict.fromkeys((DOMAIN, f"bounce.{DOMAIN}", f"mail.{DOMAIN}"), spf)
    policy_of = {f"_dmarc.{DOMAIN}": {"TXT": [f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}"]}}
    records = {**names, **hosts, **policy_of, reverse: {"PTR": [f"mail.{DOMAIN}"]}}
    return {"client_ip": CLIENT, "helo": f"mail.{DOMAIN}", "sender": sender, "rcpt": READER, "records": records}


@contextlib.contextmanager
def _server(box: Path) -> Iterator[int]:
    """The faulty SMTP server without its faults, on a port of its own."""
    command: list[str | Path] = [
        sys.executable,
        TOOLS / "chaos_smtpd.py",
        "--port",
        "0",
        "--maildir",
        box,
        "--log",
        f"{box}.jsonl",
    ]
    box.mkdir(parents=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # asked for above
            yield int(process.stdout.readline().split()[2].rpartition(":")[2])
        finally:
            process.terminate()
            process.communicate()


def judge(case: Case, message: Path, out: Path, zone_file: Path, *, fast: bool = False) -> Judged:
    """The judge's word on a message."""
    found = out / "result.json"
    command: list[str | Path] = [
        sys.executable,
        TOOLS / "judge_eml.py",
        message,
        "--out",
        out,
        "--zone",
        zone_file,
        "--json",
        found,
        *case.options,
    ]
    done = subprocess.run([*command, *(["--fast"] if fast else [])], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(f"the judge could not read {message}: {done.stderr}")
    (out / "table.txt").write_text(done.stdout)
    rows = json.loads(found.read_text())["rows"]
    parsed = email.message_from_bytes(message.read_bytes(), policy=email.policy.default)
    html, text = (_length(parsed, kind) for kind in ("html", "plain"))
    failed = [f"{row['rule']}: {row['what']}" for row in _of(rows, "FAIL")]
    failed += [f"HTML of {html} bytes, {case.most} at the most"] if html > case.most else []
    warned = [f"{row['rule']}: {row['what']}" for row in _of(rows, "WARN")]
    counts = {status: len(_of(rows, status)) for status in ("PASS", "WARN", "SKIP")}
    return Judged(case.name, str(parsed["Subject"]), html, text, counts, tuple(failed), tuple(warned))


def _of(rows: Sequence[dict[str, Any]], status: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["status"] == status]


def _length(message: EmailMessage, kind: str) -> int:
    part = message.get_body((kind,))
    return len(part.get_content().encode()) if part else 0


def table(found: Sequence[Judged]) -> str:
    """A line for each mail, then what failed and what was warned of."""
    lines = [f"{'mail':<14} {'passed':>6} {'failed':>6} {'warned':>6} {'HTML':>9} {'text':>9}  subject"]
    for one in found:
        sizes = " ".join(f"{size / 1024:5.1f} KiB" for size in (one.html, one.text))
        counts = f"{one.counts['PASS']:>6} {len(one.failed):>6} {one.counts['WARN']:>6}"
        lines.append(f"{one.name:<14} {counts} {sizes}  {one.subject}")
    lines += [f"FAIL {one.name}: {what}" for one in found for what in one.failed]
    lines += [f"warn {one.name}: {what}" for one in found for what in one.warned]
    return "\n".join(lines)


def main() -> int:
    """Judges all mails, or those named; 1 when a rule failed."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.mails", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(case.name for case in CASES))
    parser.add_argument("--sheets", type=Path, metavar="FOLDER", help="keep the messages and their pictures here")
    parser.add_argument("--fast", action="store_true", help="without a browser")
    asked = parser.parse_args()
    if not (TOOLS / "judge_eml.py").is_file():
        sys.stdout.write(f"{TOOLS} is not here: there is nothing to judge with.\n")
        return 0
    now = datetime.now(UTC).replace(second=0, microsecond=0)  # old mail is a fault of its own
    with tempfile.TemporaryDirectory() as scratch:
        found, keys = [], make_keys(Path(scratch))
        for case in [case for case in CASES if not asked.cases or case.name in asked.cases]:
            out = (asked.sheets or Path(scratch)) / case.name
            out.mkdir(parents=True, exist_ok=True)
            message = out / "message.eml"
            arrived, sender = make(case, Path(scratch) / f"{case.name}-world", now, keys, Path(scratch))
            message.write_bytes(arrived.read_bytes())
            zone_file = out / "zone.json"
            zone_file.write_text(json.dumps(zone(keys, sender)))
            found.append(judge(case, message, out, zone_file, fast=asked.fast))
        sys.stdout.write(table(found) + "\n")
    return int(any(one.failed for one in found))


if __name__ == "__main__":
    sys.exit(main())
