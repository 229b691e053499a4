"""The timetable of a world, its readers, and the calm run: embedded mode, in one process, undisturbed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from scaled.outlets import MadeSites, World
from worker import tasks
from worker.config import Settings
from worker.models import Cadence
from worker.services import open_services
from worker.store import Store
from worker.subscribers import add_subscriber, follow, prefer

SLOT = datetime(2027, 3, 5, 8, tzinfo=UTC)  # a Friday: everybody's turn, wherever they live
DAYS = (0, 1, 7)  # those of the disturbed parts
LAST = (14, 21)  # those of the calm ones: what found no room in one digest stands in the next
AHEAD = timedelta(seconds=45)  # a part begins so long before the turns come
STEPS = 3  # in each part
SHORTEST = 90.0  # seconds of a part
SECRET = "the links of a made-up world open nothing"
ZONES = [  # none of them turns its clocks between the parts: everybody's turn stays at the same moment
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/Bogota",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Pacific/Auckland",
    "Africa/Lagos",
]


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of story time. `steps` are those of the outlets, with the seconds after its start."""

    start: datetime
    seconds: float
    steps: tuple[tuple[float, int], ...]


def timetable(seconds: float) -> list[Part]:
    """Up to three disturbed parts that share so many seconds, each on another day; then calm ones, a week later.

    In the calm ones nothing new is published: in the first all is read, in each of the others comes everybody's turn.
    """
    count = max(1, min(len(DAYS), int(seconds // SHORTEST)))
    each = seconds / count
    parts = [
        Part(_start(day), each, tuple((number * each / STEPS, STEPS * part + number) for number in range(STEPS)))
        for part, day in enumerate(DAYS[:count])
    ]
    reading = Part(_start(LAST[0]) - timedelta(minutes=30), 130, ())
    return [*parts, reading, *(Part(_start(day), 60, ()) for day in LAST)]


def _start(day: int) -> datetime:
    return SLOT + timedelta(days=day) - AHEAD


def step_times(parts: list[Part]) -> list[datetime]:
    """When each step of the outlets begins, in story time."""
    return [part.start + timedelta(seconds=after) for part in parts for after, _ in part.steps]


def settings(folder: Path, sites: MadeSites, database: str = "") -> Settings:
    """Embedded mode in a folder of its own, whatever the environment says."""
    home = folder.resolve() / "home"
    return Settings(
        home=home,
        database_url=database or f"sqlite:///{home / 'watercooler.db'}",
        broker_url="",
        mail_url=f"maildir:{home / 'outbox'}",
        sources_dir=folder / "sources",
        public_url="https://watercooler.example",
        secret_key=SecretStr(SECRET),
        sender="Watercooler <digest@watercooler.example>",
        allow_private_hosts=sites.hosts,
    )


def prepare(store: Store, world: World, readers: int, seed: int) -> None:
    """The registry of shows, and readers in many zones whose turn is at the same moment: most daily, some weekly."""
    chance, now = random.Random(seed), SLOT - timedelta(minutes=10)
    with store.begin() as tx:
        shows = [tx.shows.add(show.name, now=now) for show in world.shows]
        for number in range(readers):
            zone = ZONES[number % len(ZONES)]
            reader, _ = add_subscriber(tx, f"reader-{number}@example.org", zone=zone, confirmed=True, now=now)
            cadence = Cadence.WEEKLY if number % 3 == 0 else Cadence.DAILY
            hour = SLOT.astimezone(ZoneInfo(zone)).hour
            weekday = SLOT.astimezone(ZoneInfo(zone)).weekday()
            prefer(tx, reader, replace(reader.preferences, cadence=cadence, hour=hour, weekday=weekday), now)
            for show in chance.sample(shows, min(len(shows), chance.randint(2, 8))):
                follow(tx, reader, show, now)


def moments(parts: list[Part]) -> Iterator[tuple[datetime, int]]:
    """The ticks of the calm run, with the step that the outlets are at: soon after each step, and each minute."""
    step = 0
    for part in parts:
        ticks = {after + 15 for after, _ in part.steps} | {60.0 * n + 5 for n in range(int(part.seconds // 60) + 1)}
        for after in sorted(ticks):
            step = max([step, *(number for begins, number in part.steps if begins <= after)])
            yield part.start + timedelta(seconds=after), step


def run_calm(
    folder: Path, sites: MadeSites, parts: list[Part], readers: int, seed: int, say: Callable[[str], None]
) -> Store:
    """Plays the whole timetable in embedded mode; gives its store, which the caller closes."""
    sites.write_sources(folder / "sources")
    kit = tasks.Kit(open_services(settings(folder, sites)))
    prepare(kit.store, sites.world, readers, seed)
    for now, step in moments(parts):
        sites.turn(step)
        tasks.tick(kit, now.isoformat())
        with kit.store.read() as tx:
            say(f"{now:%a %d %B %H:%M:%S}, step {step}: {tx.articles.count()} articles")
    return kit.store
