"""Kills mail workers again and again while they send an issue, and holds our deliveries against the server's own log.

    python -m evaluation.drill [--readers 3000] [--workers 2] [--kills 16] [--profile rough] [--connections 4]
                               [--sink-args='--greylist 60'] [--retry 1s,1s,2s,3s,5s]

The drill, which starts `watercooler deliver --drain` and kills it with SIGKILL, and its faulty SMTP server stand beside
the checkout, in `../shared/tools/mail`: without them there is nothing to do, and it says so. `tests/test_kill.py` is a
short form that needs nothing from there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evaluation.newsstand import NAMES, Stand
from worker.config import PREFIX, Settings
from worker.digest.issue import Request, open_for_request
from worker.mail.dkim import new_key
from worker.models import Delivery, DeliveryState
from worker.services import open_services
from worker.subscribers import add_subscriber
from worker.tasks import Kit

TOOLS = Path(__file__).resolve().parents[2] / "shared" / "tools" / "mail"
BAD = r"@bad\."  # whoever lives there does not exist
EACH = 50  # one reader of so many lives there
SHOWS, MONTH = 12, timedelta(days=30)
# A worker's life, in seconds after it can have begun to send: some are killed at their first message, some in the midst
# of a batch, and of three thousand mails some are left for most of the sixteen rounds.
LIFE = (0.2, 2.2)
_SITE = "https://watercooler.example"
_PROGRAM = str(Path(sys.executable).with_name("watercooler"))
_MEANS = {
    "taken": (DeliveryState.SENT, DeliveryState.UNCERTAIN),
    "taken more than once": (DeliveryState.SENT, DeliveryState.UNCERTAIN),
    "refused for good": (DeliveryState.FAILED,),
    "never taken": (),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played."""

    readers: int = 3000
    workers: int = 2
    kills: int = 16
    profile: str = "rough"
    connections: int = 4
    sink_args: str = ""
    retry: str = "1s,1s,2s,3s,5s"
    final: int = 600  # seconds that the last workers get for what is left


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as the server took it."""

    message_id: str
    sha256: str
    outcome: str  # "silent": taken without a word


@dataclass(frozen=True, slots=True)
class ServerLog:
    """What the server says: what it took for whom, whom it refused for good how often, and whom it hung up on."""

    taken: Mapping[str, Sequence[Copy]]
    refused: Mapping[str, int]
    cut: int = 0  # connections, after a message and before a word about it


def run(plan: Plan, folder: Path) -> int:
    """Plays it and prints both tables; 1 when something is lost, doubled without need, or told otherwise by us."""
    home = folder / "home"
    services = open_services(Settings(home=home, database_url=_database(home), public_url=_SITE))
    now, environment = datetime.now(UTC), environment_of(folder, plan)
    addresses = make_readers(Kit(services), plan.readers, now)
    (folder / "readers.txt").write_text("".join(f"{address}\n" for address in addresses))
    start_up = _start_up(environment, plan.workers)
    open_for_request(services.store, Request(), now)
    failed = _drill(plan, folder, environment, start_up)
    log = read_log(folder / "accepted.jsonl", folder / "events.jsonl")
    with services.store.begin() as tx:
        deliveries = tx.deliveries.of_issue(1)
    services.close()
    return 1 if report(deliveries, log) or failed else 0


def environment_of(folder: Path, plan: Plan) -> dict[str, str]:
    """What the workers see: a home of its own, keys that sign, short waits, and nothing of who runs this."""
    home, keys = folder / "home", [new_key("rsa", "rsa"), new_key("ed", "ed25519")]
    for key in keys:
        (folder / key.selector).write_bytes(key.pem())
    ours = {
        "HOME": str(home),
        "DATABASE_URL": _database(home),
        "PUBLIC_URL": _SITE,
        "DKIM_KEYS": ", ".join(f"{key.selector}={folder / key.selector}" for key in keys),
        "MAIL_CONNECTIONS": str(plan.connections),
        "RETRY_SCHEDULE": plan.retry,
    }
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return theirs | {f"{PREFIX}{name}": value for name, value in ours.items()}


def make_readers(kit: Kit, count: int, now: datetime) -> list[str]:
    """Readers who each follow some of the shows, all of which have news; gives their addresses."""
    stand, chance, since = Stand(kit, now), random.Random(count), now - MONTH
    for number, show in enumerate(stand.open(NAMES[:SHOWS])):
        stand.much(show, 2 + number % 5)
    addresses = [f"reader-{n}@{'bad.example' if n % EACH == 0 else 'example.org'}" for n in range(1, count + 1)]
    with kit.store.begin() as tx:
        for address in addresses:
            found, _ = add_subscriber(tx, address, zone="Europe/Berlin", confirmed=True, now=since)
            for show in chance.sample(stand.shows, chance.randint(1, 4)):
                tx.subscribers.follow(found.id, show.id, since)
    return addresses


def read_log(accepted: Path, events: Path) -> ServerLog:
    """What the faulty server wrote down."""
    taken: dict[str, list[Copy]] = defaultdict(list)
    for row in _rows(accepted):
        taken[row["rcpt"]].append(Copy(row["message_id"], row["sha256"], row["outcome"]))
    faults = list(_rows(events))
    cut = sum(row["kind"] in ("drop-before-accept", "drop-after-accept") for row in faults)
    return ServerLog(taken, Counter(row["rcpt"] for row in faults if row["kind"] == "perm"), cut)


def disagreements(deliveries: Sequence[Delivery], log: ServerLog) -> list[str]:
    """Where our deliveries say something else than the server's log: one line each."""
    ours = {delivery.email for delivery in deliveries}
    strangers = [f"{address}: no delivery of ours, and was sent to" for address in sorted(log.taken.keys() - ours)]
    return strangers + [line for delivery in deliveries for line in _faults(delivery, log)]


def _faults(delivery: Delivery, log: ServerLog) -> Iterator[str]:
    copies, fate = log.taken.get(delivery.email, ()), fate_of(delivery.email, log)
    if delivery.state not in _MEANS[fate]:
        yield f"{delivery.email}: we say {delivery.state} ({delivery.reply}), the server {fate}"
    if len(copies) - 1 > delivery.doubts:
        yield f"{delivery.email}: {len(copies)} copies, and we know of {delivery.doubts} doubts"
    # Who is killed after a refusal, and before it is written down, cannot know of it: that is a doubt, too.
    if log.refused.get(delivery.email, 0) - 1 > delivery.doubts:
        yield f"{delivery.email}: refused for good, and tried again"
    if any(copy.message_id != delivery.message_id for copy in copies):
        yield f"{delivery.email}: our Message-ID is {delivery.message_id}, the server's {copies[0].message_id}"


def fate_of(address: str, log: ServerLog) -> str:
    """What the server says became of an address."""
    if copies := len(log.taken.get(address, ())):
        return "taken" if copies == 1 else "taken more than once"
    return "refused for good" if log.refused.get(address) else "never taken"


def report(deliveries: Sequence[Delivery], log: ServerLog) -> bool:
    """Prints what we say beside what the server says; gives whether they disagree anywhere."""
    pairs = Counter((delivery.state.value, fate_of(delivery.email, log)) for delivery in deliveries)
    _say(f"\n{'our deliveries':18} {'the server':22} how many\n")
    for (state, fate), count in sorted(pairs.items()):
        _say(f"{state:18} {fate:22} {count:8,}\n")
    tries, doubts = (sum(getattr(one, name) for one in deliveries) for name in ("attempts", "doubts"))
    _say(f"{tries:,} tries; messages of which nobody knew whether they were taken: {doubts:,}, ")
    _say(f"{log.cut:,} of them because the server hung up, the others because a worker was killed\n")
    faults = disagreements(deliveries, log)
    _say("".join(f"  {fault}\n" for fault in faults[:20]) + f"disagreements: {len(faults)}\n")
    return bool(faults)


def _drill(plan: Plan, folder: Path, environment: Mapping[str, str], start_up: float) -> bool:
    """Has the drill kill and count; gives whether it failed."""
    shortest, longest = (start_up + life for life in LIFE)
    _say(f"a worker sends after {start_up:.1f} s, and is killed between {shortest:.1f} and {longest:.1f} s\n")
    sender = f"export {PREFIX}MAIL_URL=smtp://127.0.0.1:$SMTP_PORT; exec {_PROGRAM} deliver --drain"
    options: dict[str, object] = {
        "sender": sender,
        "expected": folder / "readers.txt",
        "dir": folder,
        "kills": plan.kills,
        "workers": plan.workers,
        "connections": plan.connections,
        "profile": plan.profile,
        "bad": BAD,
        "min": f"{shortest:.2f}",
        "max": f"{longest:.2f}",
        "final": plan.final,
        "sink-args": plan.sink_args,
    }
    command = [sys.executable, str(TOOLS / "crash_drill.py"), *(f"--{name}={value}" for name, value in options.items())]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode != 0


def _start_up(environment: Mapping[str, str], workers: int) -> float:
    """Seconds from the start of so many workers at once until they have looked for work; the faster of two times."""
    return min(_look_for_work(environment, workers) for _ in range(2))


def _look_for_work(environment: Mapping[str, str], workers: int) -> float:
    began, command = time.monotonic(), [_PROGRAM, "deliver", "--json"]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        for _ in range(workers)
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        raise RuntimeError(f"{' '.join(command)} does not run")
    return time.monotonic() - began


def _database(home: Path) -> str:
    return f"sqlite:///{home / 'watercooler.db'}"


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()  # the drill writes to the same place


def main(arguments: Sequence[str]) -> int:
    """Plays a drill; 1 when something is wrong, 2 when there is nothing to play it with."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.drill", description=(__doc__ or "").partition("\n")[0])
    for known in fields(Plan):
        name = f"--{known.name.replace('_', '-')}"
        parser.add_argument(name, type=type(known.default), default=known.default)
    plan = Plan(**vars(parser.parse_args(arguments)))
    if not (TOOLS / "crash_drill.py").is_file():
        sys.stderr.write(f"nothing to drill with: {TOOLS} is not here; tests/test_kill.py is a short form without it\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        return run(plan, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
