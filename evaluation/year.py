"""A year of turns: readers in many zones who change their minds, outages of hours and days, two schedulers at once.

    python -m evaluation.year [--readers 500] [--days 365] [--seed 1]

Everything is played through `tick`, hour by hour; mails are only written down. What should have happened is worked out
apart, from the hours on the readers' walls: every period has one turn that was served or accounted for, no change of
the ledger is told twice to anybody, and none is left out.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crawler.items import Article
from worker import tasks
from worker.config import Settings
from worker.ingest.ledger import importance
from worker.models import Cadence, Change, Claim, Field, Kind, Move, Preferences, Show, Standing, Subscriber
from worker.services import open_services
from worker.store import Tx, schema
from worker.subscribers import add_subscriber, follow, prefer

_PERSON = re.compile(r"^(?:\* |  )Person (\S+)", re.MULTILINE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2027, 1, 4, tzinfo=UTC)
SHOWS = 40
ZONES = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Africa/Cairo",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Tehran",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Seoul",
    "Australia/Adelaide",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many readers, for how many days, from which seed."""

    readers: int = 500
    days: int = 365
    seed: int = 1


@dataclass(slots=True)
class Reader:
    """One reader as the oracle knows them: what they wanted from when on, and what they were sent when."""

    id: int
    shows: frozenset[int]
    address: str
    wanted: list[tuple[datetime, Preferences]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was counted, and each fault in words."""

    counts: Counter[str]
    faults: tuple[str, ...]


class Book:
    """A transport that writes down who was told of whom, as it stands in the mail."""

    name = "book"
    connections = 1

    def __init__(self) -> None:
        self.told: dict[str, Counter[str]] = {}

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Reads the text part: "* Person 010415-7 joins the cast [NEW] …", or below a show's name without the mark."""
        text = message_from_bytes(message, policy=policy.default).get_body(("plain",))
        assert text is not None  # every digest has one
        full = text.get_content().partition("-" * 64)[2].partition("\n-- \n")[0].partition("RUMOUR WATCH")[0]
        self.told.setdefault(recipient, Counter()).update(_PERSON.findall(full))
        return "250 written down"

    def close(self) -> None:
        """Nothing is open."""


def play(sizes: Sizes, folder: Path) -> Outcome:
    """Plays the year, and holds it against what should have happened."""
    chance = random.Random(sizes.seed)
    services = open_services(Settings(home=folder, public_url="https://watercooler.example"))
    book = Book()
    services.__dict__["transport"] = book
    kits = (tasks.Kit(services), tasks.Kit(services))
    with services.store.begin() as tx:
        shows = [tx.shows.add(f"Show number {n}", now=START) for n in range(1, SHOWS + 1)]
        readers = [_reader(tx, chance, number, shows) for number in range(sizes.readers)]
    said: list[tuple[datetime, int, str]] = []  # when somebody joined, which show, and who
    counts: Counter[str] = Counter()
    now, down_until = START, START
    while now < START + sizes.days * DAY:
        now += HOUR
        with services.store.begin() as tx:
            said += _news(tx, chance, shows, now)
            for reader in chance.sample(readers, k=1 if chance.random() < sizes.readers / 4000 else 0):
                counts["changes of mind"] += _change(tx, chance, reader, now)
        if now >= down_until and chance.random() < 1 / 300:
            down_until = now + chance.choice([3, 9, 30, 80, 200]) * HOUR
            counts["outages"] += 1
        if now < down_until:
            continue
        _tick(kits, now, together=chance.random() < 0.02)
        counts["ticks"] += 1
    with services.store.begin() as tx:
        outcome = _judge(tx, readers, book, said, counts, now)
    services.close()
    return outcome


def _tick(kits: Sequence[tasks.Kit], now: datetime, *, together: bool) -> None:
    """Two schedulers look at the same minute; now and then at the same moment."""
    calls = [threading.Thread(target=tasks.tick, args=(kit, now.isoformat())) for kit in kits]
    for call in calls:
        call.start()
        if not together:
            call.join()
    for call in calls:
        call.join()


def _reader(tx: Tx, chance: random.Random, number: int, shows: Sequence[Show]) -> Reader:
    zone = ZONES[number % len(ZONES)]
    found, _ = add_subscriber(tx, f"reader-{number}@example.org", zone=zone, confirmed=True, now=START)
    wish = Preferences(list(Cadence)[number % 3], chance.randrange(7), chance.randrange(24), zone)
    prefer(tx, found, wish, START)
    mine = chance.sample(shows, chance.randint(1, 5))
    for show in mine:
        follow(tx, found, show, START)
    return Reader(found.id, frozenset(show.id for show in mine), found.email, [(START, wish)])


def _news(tx: Tx, chance: random.Random, shows: Sequence[Show], now: datetime) -> list[tuple[datetime, int, str]]:
    """Somebody joins the cast of some show: each is a fact of its own."""
    found = []
    for show in chance.sample(shows, k=chance.choice([0, 0, 1])):
        url = f"https://outlet.example/{now:%Y%m%d%H}/{show.id}"
        article = Article(url, "outlet", "Somebody joins", "Somebody joins.", published=now, language="en")
        seen = now - timedelta(minutes=chance.randrange(1, 59))
        stored = tx.articles.add(article, family="o", tier="outlet", background=False, duplicate_of=None, now=seen)
        standing = chance.choice([Standing.OFFICIAL, Standing.REPORTED, Standing.RUMOUR])
        person = f"{now:%m%d%H}-{show.id}"
        value = f"joins: Person {person}"
        claim = Claim(
            *(0, show.id, 2, Kind.CASTING, Field.CAST, value, standing, "Somebody joins.", "year", "", None, stored.id),
            *(1, "outlet", "Outlet", "o", url, seen, False),
        )
        move = Move(None, Change.NEW, None, (), standing, value, None, "first said")
        update = tx.stories.keep(claim, move, importance(Change.NEW, Field.CAST, standing))
        assert update is not None
        found.append((seen, show.id, person))
    return found


def _change(tx: Tx, chance: random.Random, reader: Reader, now: datetime) -> int:
    """A reader moves, sleeps longer, wants more or less mail, or none for a while."""
    subscriber = tx.subscribers.by_id(reader.id)
    assert isinstance(subscriber, Subscriber)
    old = subscriber.preferences
    wish = chance.choice(
        [
            replace(old, zone=chance.choice(ZONES)),
            replace(old, hour=chance.randrange(24)),
            replace(old, weekday=chance.randrange(7)),
            replace(old, cadence=chance.choice(list(Cadence))),
            replace(old, paused_until=now + chance.randrange(5, 40) * DAY),
        ]
    )
    prefer(tx, subscriber, wish, now)
    reader.wanted.append((now, wish))
    return int(wish != old)


def _judge(
    tx: Tx,
    readers: Sequence[Reader],
    book: Book,
    said: Sequence[tuple[datetime, int, str]],
    counts: Counter[str],
    end: datetime,
) -> Outcome:
    faults: list[str] = []
    for reader in readers:
        slots = _slots(tx, reader.id)
        counts.update(f"slots {outcome}" for _, _, outcome in slots)
        faults += _unaccounted(reader, slots, end)
        faults += _retold(reader, book.told.get(reader.address, Counter()), said, slots, counts)
    doubled = tx.connection.execute(select(schema.deliveries.c.state)).scalars()
    counts.update(f"deliveries {state}" for state in doubled)
    return Outcome(counts, tuple(faults))


def _slots(tx: Tx, reader_id: int) -> list[tuple[datetime, str, str]]:
    table = schema.slots
    columns = select(table.c.due, table.c.period, table.c.outcome)
    rows = tx.connection.execute(columns.where(table.c.subscriber_id == reader_id).order_by(table.c.due))
    return [(row[0], row[1], row[2]) for row in rows]


def _unaccounted(reader: Reader, slots: Sequence[tuple[datetime, str, str]], end: datetime) -> list[str]:
    """Periods that have no turn although the reader wanted one all through them."""
    periods = {period for _, period, _ in slots}
    faults = []
    ends = [time for time, _ in reader.wanted[1:]] + [end]
    for (begin, wish), until in zip(reader.wanted, ends, strict=True):
        zone = ZoneInfo(wish.zone)
        first, last = (time.astimezone(zone).date() for time in (begin + DAY, until - 14 * DAY))
        if wish.cadence is Cadence.MONTHLY:
            first, last = first + 31 * DAY, last - 31 * DAY
        day = first + 7 * DAY
        while day <= last:
            if _name(wish.cadence, day) not in periods:
                faults.append(f"reader {reader.id}: no turn in {_name(wish.cadence, day)} ({wish.zone})")
            day += DAY
    return sorted(set(faults))


def _name(cadence: Cadence, day: object) -> str:
    return format(day, {Cadence.DAILY: "%Y-%m-%d", Cadence.WEEKLY: "%G-W%V", Cadence.MONTHLY: "%Y-%m"}[cadence])


def _retold(
    reader: Reader,
    told: Counter[str],
    said: Sequence[tuple[datetime, int, str]],
    slots: Sequence[tuple[datetime, str, str]],
    counts: Counter[str],
) -> list[str]:
    """News that were told twice, or not at all although a turn was served after them."""
    served = max((due for due, _, outcome in slots if outcome == "opened"), default=START)
    owed = {person for at, show, person in said if show in reader.shows and at <= served}
    counts["news owed"] += len(owed)
    counts["news told"] += sum(told.values())
    twice = [f"reader {reader.id}: {person} told {times} times" for person, times in told.items() if times > 1]
    missed = [f"reader {reader.id}: {person} never told" for person in sorted(owed - told.keys())]
    return [*twice, *missed]


def main(arguments: Sequence[str]) -> int:
    """Prints the counts and the faults; 1 when there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.year", description=(__doc__ or "").partition("\n")[0])
    for name, default in (("readers", 500), ("days", 365), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        outcome = play(Sizes(options.readers, options.days, options.seed), Path(folder))
    for name, count in sorted(outcome.counts.items()):
        sys.stdout.write(f"{name}: {count:,}\n")
    sys.stdout.write(f"faults: {len(outcome.faults)}\n" + "".join(f"  {fault}\n" for fault in outcome.faults[:20]))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
