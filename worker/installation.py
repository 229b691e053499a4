"""Is an installation sound? What was found goes in, what is to be done about it comes out; nothing is asked here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from worker.broker import Fault
from worker.store.facts import Facts

State = Literal["fine", "look at it", "wrong"]

LEAST_SPACE = 100 * 2**20  # bytes: below it something fails soon
LITTLE_SPACE = 2**30
SKEW = 5.0  # seconds between two clocks; leases are 30 s long
SLOW = 0.05  # seconds for the simplest question
OLD_TICK = 5  # ticks without one
_USED = 0.8  # of PostgreSQL's connections
_CURES = {
    "broker": "start Redis, or name another one in WATERCOOLER_BROKER_URL",
    "version": "install a newer Redis, or Valkey",
    "role": "name the primary in WATERCOOLER_BROKER_URL",
    "persistence": "have Redis write an append-only file to a disk with room",
    "eviction": "have Redis refuse what it has no room for",
    "memory": "give Redis more memory, or see which queue grows: watercooler status",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it is, what was found, and what to do next ("" when nothing is)."""

    what: str
    state: State
    found: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """The data folder: can it be written to, how many bytes are free, and the rights of its key."""

    path: Path
    fault: str  # why it cannot be used; "" when it can
    free: int
    key_mode: int | None  # None: there is no key in it
    key_is_ours: bool = True


@dataclass(frozen=True, slots=True)
class Sources:
    """How many source files are read, what is wrong with others, and which sources are ill."""

    read: int
    paused: int
    faults: Sequence[str]
    ill: Sequence[str]


def check_settings(named: Mapping[str, tuple[str, str]], unknown: Sequence[str], known: Sequence[str]) -> list[Check]:
    """The settings that are not as they came: a name gives where it was set and its value, a secret's being "set"."""
    words = [f"{name}={value} ({origin})" for name, (origin, value) in sorted(named.items())]
    checks = [Check("settings", "fine", f"{'; '.join(words) or 'all'}{'; the others' if words else ''} by default")]
    for name in unknown:
        close = difflib.get_close_matches(name, known, 1)
        todo = f"did you mean {close[0]}?" if close else "take it out; the README lists the settings"
        checks.append(Check("settings", "look at it", f"{name} is no setting, and does nothing", todo))
    return checks


def check_folder(folder: Folder) -> Check:
    """The data folder, with the room that is left on its disk."""
    if folder.fault:
        return Check("data folder", "wrong", f"{folder.path}: {folder.fault}", "set WATERCOOLER_HOME to one of yours")
    found = f"{folder.path}: can be written, {_bytes(folder.free)} free"
    if folder.free < LITTLE_SPACE:
        return Check("data folder", "wrong" if folder.free < LEAST_SPACE else "look at it", found, "free some space")
    return Check("data folder", "fine", found)


def check_key(folder: Folder, *, is_set: bool, scaled: bool) -> Check:
    """The key that signs links: several machines need the same one, and nobody else may read it."""
    if is_set:
        return Check("secret key", "fine", "WATERCOOLER_SECRET_KEY is set")
    if scaled:
        todo = "set WATERCOOLER_SECRET_KEY to the same long text everywhere (this machine's is in secret.key)"
        return Check("secret key", "wrong", "each machine makes its own, and refuses the links of the others", todo)
    if folder.key_mode is None:
        return Check("secret key", "fine", "made in the data folder when it is first needed")
    path = folder.path / "secret.key"
    if not folder.key_is_ours:
        return Check("secret key", "wrong", f"{path} belongs to another user", "run Watercooler as its owner")
    if folder.key_mode & 0o077:
        return Check("secret key", "wrong", f"others can read {path} ({folder.key_mode:03o})", f"chmod 600 {path}")
    return Check("secret key", "fine", f"{path}, for its owner alone; it belongs into your backup")


def check_database(facts: Facts, *, scaled: bool) -> list[Check]:
    """The database, what it runs on, and whether several machines can share it."""
    if facts.fault:
        return [Check("database", "wrong", facts.fault, "see `Bad input` in the documentation of operation")]
    if not facts.exists:
        return [
            Check("database", "fine", f"{facts.place}: not there yet; made when first needed"),
            *_shared(facts, scaled),
        ]
    words = f"{facts.engine} {facts.version}, {_bytes(facts.size)}, answers in {facts.latency * 1000:.1f} ms"
    slow = "its network or its disk is slow" if facts.latency > SLOW else ""
    checks = [Check("database", "look at it" if slow else "fine", f"{facts.place}: {words}", slow), _schema(facts)]
    checks += _sqlite(facts) if facts.engine == "sqlite" else _postgres(facts)
    return [*checks, *_shared(facts, scaled)]


def check_clock(facts: Facts, shift: timedelta) -> Check:
    """Our clock against the database's: leases and turns are told by it on every machine."""
    if shift:
        found = f"shifted by {shift} (WATERCOOLER_CLOCK), for a trial"
        return Check("clock", "look at it", found, "unset WATERCOOLER_CLOCK for real mail")
    if facts.engine == "sqlite" or facts.fault or not facts.exists:
        return Check("clock", "fine", "one machine has one clock")
    found = f"{abs(facts.clock_ahead):.1f} s {'behind' if facts.clock_ahead > 0 else 'before'} the database's"
    if abs(facts.clock_ahead) > SKEW:
        return Check("clock", "wrong", f"ours is {found}", "have every machine set its clock by NTP")
    return Check("clock", "fine", f"ours is {found}")


def check_broker(place: str, faults: Sequence[Fault]) -> list[Check]:
    """What speaks against the broker. `place` is "" in the embedded mode, which has none."""
    if not place:
        return [Check("broker", "fine", "none: embedded, one process does all (`watercooler run`)")]
    states: dict[str, State] = {"warning": "look at it", "wrong": "wrong"}
    found = [
        Check("broker", states[one.state], f"{one.what}: {one.says}".removeprefix("broker: "), _CURES[one.what])
        for one in faults
    ]
    return found or [Check("broker", "fine", f"{place}: fit for queues")]


def check_workers(queues: Sequence[str], listening: Mapping[str, int], waiting: Mapping[str, int]) -> list[Check]:
    """How many workers listen to each queue, and how much waits where nobody does."""
    checks = []
    for queue in queues:
        found = f"{listening.get(queue, 0)} listening, {waiting.get(queue, 0)} messages wait"
        todo = "" if listening.get(queue) else f"start one: celery -A worker worker -Q {queue}"
        checks.append(Check(f"queue {queue}", "wrong" if todo else "fine", found, todo))
    return checks


def check_tick(last: timedelta | None, every: timedelta, *, scaled: bool) -> Check:
    """How long ago somebody last looked what is due. None: never."""
    start = "start one: celery -A worker beat" if scaled else "start it: watercooler run"
    if last is None:
        return Check("tick", "look at it", "nobody has ever looked what is due", start)
    found = f"{span_of(last)} ago, and {span_of(every)} is the rhythm"
    if last > OLD_TICK * every:
        return Check("tick", "wrong", found, f"nothing is read or sent; {start}")
    return Check("tick", "fine", found)


def check_zones(count: int, zone: str) -> Check:
    """The world's time zones, without which turns cannot be told."""
    if not count:
        return Check("time zones", "wrong", "there are no data of time zones", "install tzdata (pip install tzdata)")
    return Check("time zones", "fine", f"{count} known; yours is {zone}")


def check_sources(sources: Sources) -> list[Check]:
    """What is read."""
    checks = [Check("source file", "wrong", fault, "watercooler sources check") for fault in sources.faults[:5]]
    if not sources.read:
        todo = "watercooler sources list --all, then sources resume NAME; or sources import FILE"
        checks.append(Check("sources", "look at it", f"none is read, {sources.paused} are paused", todo))
    elif sources.ill:
        names = ", ".join(sources.ill[:5]) + (" …" if sources.ill[5:] else "")
        found = f"{sources.read} are read, {len(sources.ill)} of them ill: {names}"
        checks.append(Check("sources", "look at it", found, "watercooler sources list; sources try NAME"))
    else:
        checks.append(Check("sources", "fine", f"{sources.read} are read, {sources.paused} are paused"))
    return checks


def check_templates(count: int, faults: Sequence[str]) -> list[Check]:
    """The templates: does every one compile?"""
    todo = "mend it: until then nothing goes out that needs it"
    wrong = [Check("templates", "wrong", fault, todo) for fault in faults]
    return wrong or [Check("templates", "fine", f"{count} compile")]


def check_mail(kind: str, fault: str, looks: Iterable[tuple[str, str, str]]) -> Check:
    """Mail in one line: what carries it, and what `doctor mail` finds in the settings: name, state, words."""
    more = "watercooler doctor mail"
    if fault:
        return Check("mail", "wrong", fault, more)
    if kind != "smtp":
        return Check("mail", "look at it", f"{kind}: nothing leaves this machine", "set WATERCOOLER_MAIL_URL=smtp://…")
    found = [(name, state, words) for name, state, words in looks if state != "ok"]
    if not found:
        return Check("mail", "fine", "smtp; sender, keys and return path are fine")
    worst = "wrong" if any(state == "wrong" for _, state, _ in found) else "look at it"
    return Check(
        "mail", "wrong" if worst == "wrong" else "look at it", "; ".join(f"{n}: {w}" for n, _, w in found), more
    )


def check_public_url(url: str) -> Check:
    """The address of our pages, which links in mails lead to."""
    todo = "set WATERCOOLER_PUBLIC_URL=https://… once the web app can be reached there"
    if not url:
        return Check("public URL", "look at it", "none: no sign-up, no links, unsubscribing by mail alone", todo)
    if url.startswith("http://"):
        return Check("public URL", "look at it", f"{url}: links can be read on their way, one-click needs https", todo)
    return Check("public URL", "fine", url)


def check_token(names: Sequence[str]) -> Check:
    """Who may use the API."""
    if not names:
        return Check("API", "fine", "off: WATERCOOLER_API_TOKEN is not set")
    return Check("API", "fine", f"on, for {', '.join(sorted(set(names)))}")


def check_program(version: str, python: tuple[int, int, int]) -> Check:
    """The program itself, and what runs it."""
    found = f"Watercooler {version}, Python {'.'.join(map(str, python))}"
    if python < (3, 11, 0):
        return Check("program", "wrong", found, "Python 3.11 or newer is wanted")
    return Check("program", "fine", found)


def _schema(facts: Facts) -> Check:
    if facts.schema == facts.wanted:
        found = f"{facts.schema}, the newest this program knows"
        right = (
            "" if facts.engine == "sqlite" else f"; our role {'may' if facts.may_create else 'may not'} change tables"
        )
        return Check("schema", "fine", found + right)
    found = f"{facts.schema or 'no tables'} yet, {facts.wanted} is wanted"
    if facts.may_create:
        return Check("schema", "look at it", found, "the next command upgrades it; or now: watercooler migrate")
    return Check("schema", "wrong", f"{found}, and our role may not", "run `watercooler migrate` as the owner")


def _sqlite(facts: Facts) -> list[Check]:
    if facts.journal != "wal":
        todo = "put the data folder on a local disk"
        return [Check("SQLite", "look at it", f"journal mode is {facts.journal}: readers wait for writers", todo)]
    return [Check("SQLite", "fine", "write-ahead log: readers and the writer go side by side")]


def _postgres(facts: Facts) -> list[Check]:
    checks = []
    if facts.encoding != "UTF8":
        todo = "make a database with ENCODING 'UTF8', and move by `watercooler backup` and `restore`"
        checks.append(Check("encoding", "wrong", f"{facts.encoding}: not every letter fits in", todo))
    used = f"{facts.connections} of {facts.most_connections} connections are used"
    if facts.connections > _USED * facts.most_connections:
        todo = "raise max_connections, or put a pool (PgBouncer) before it"
        checks.append(Check("connections", "look at it", used, todo))
    return checks or [Check("PostgreSQL", "fine", f"{facts.encoding}, its zone is {facts.zone}; {used}")]


def _shared(facts: Facts, scaled: bool) -> list[Check]:
    if facts.engine != "sqlite":
        return []
    if facts.file_system:
        found = f"SQLite on a network file system ({facts.file_system}): its locks do not hold there"
        return [Check("database", "wrong", found, "use a local disk, or PostgreSQL")]
    if scaled:
        found = "SQLite with a broker: all workers have to be on this machine, and one writes at a time"
        return [Check("database", "look at it", found, "set WATERCOOLER_DATABASE_URL=postgresql+psycopg://…")]
    return []


def _bytes(size: int) -> str:
    for unit, step in (("GiB", 30), ("MiB", 20)):
        if size >= 1 << step:
            return f"{size / (1 << step):.1f} {unit}"
    return f"{size / 1024:.0f} KiB"


def span_of(span: timedelta) -> str:
    """How long, in one word."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
