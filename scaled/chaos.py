"""`make chaos`: the whole scaled mode under blows, and the account at the end against a calm run of the same world.

First the calm run, in one process. Then the storm: workers are killed every few seconds, Redis is emptied, PostgreSQL
killed, the mail server lies. Then nobody disturbs, and everything has to come out as if nothing had been.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from scaled.account import Copy, Line, account_left, account_mails, compare_books, doubts
from scaled.books import Books, left_in_the_database, read_books
from scaled.calm import AHEAD, LAST, SECRET, Part, prepare, run_calm, step_times, timetable
from scaled.demo import shift
from scaled.faulty_smtp import Faults, FaultyServer, serving
from scaled.monkey import Monkey
from scaled.news import APART
from scaled.outlets import MadeSites, make_world
from scaled.rig import Rig
from worker.broker import open_broker
from worker.celery import QUEUES
from worker.errors import BrokerError
from worker.store import Store, schema

SCALE = {"crawl": 2, "ingest": 2, "mail": 2, "beat": 2}
CALM = 1 + len(LAST)  # parts of the timetable: all is read, and the last turns
PATIENCE = 300.0  # seconds until all has to be quiet, when nobody disturbs
DRAINED = 60.0  # seconds until the queues have to be empty, when no beat fills them
_IN_HAND = "unacked_index"  # Celery's: messages that workers have in hand, by the time at which they got them


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played."""

    minutes: float = 10.0
    outlets: int = 200
    readers: int = 300
    seed: int = 1


@dataclass(slots=True)
class Report:
    """What came of it: the lines of the account, the blows, and some figures."""

    lines: list[Line] = field(default_factory=list)
    blows: Counter[str] = field(default_factory=Counter)
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Is no line wrong?"""
        return not any(line.faults for line in self.lines)


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Report:
    """Plays the calm and the storm into a folder. Raises CrewError or ServerError when something does not start."""
    parts = timetable(plan.minutes * 60)
    world = make_world(plan.outlets, step_times(parts), plan.seed)
    with MadeSites(world) as sites:
        say(f"{plan.outlets} outlets, {len(world.tellings)} articles, {plan.readers} readers; first the calm run")
        began = time.monotonic()
        calm_store = run_calm(folder / "calm", sites, parts, plan.readers, plan.seed, say)
        calm = read_books(calm_store)
        calm_store.close()
        say(f"calm: {calm.articles.total()} articles, {calm.claims.total()} claims, {time.monotonic() - began:.0f} s")
        sites.turn(0)
        sites.write_sources(folder / "storm" / "sources")
        with serving(Faults(seed=plan.seed)) as mails:
            storm = Storm(plan, folder / "storm", sites, mails, parts, say)
            found, report = storm.play()
        report.lines = [
            *compare_books(calm, found, sites.addresses()),
            *account_mails(found.mails, [Copy(one.rcpt, one.message_id, one.sha256) for one in mails.taken]),
            *report.lines,
        ]
    in_doubt, times = doubts(found.mails)
    report.figures |= {"digests": len(found.mails), "mails taken": len(mails.taken)}
    report.figures |= {"deliveries in doubt": in_doubt, "doubts": times}
    return report


class Storm:
    """The scaled run."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        sites: MadeSites,
        mails: FaultyServer,
        parts: list[Part],
        say: Callable[[str], None],
    ) -> None:
        self.plan, self.folder, self.sites, self.mails, self.parts, self.say = plan, folder, sites, mails, parts, say
        self.report = Report()
        self._began = self._part_began = time.monotonic()
        self._part, self._look_again = parts[0], self._began

    def play(self) -> tuple[Books, Report]:
        """All parts, and what is there in the end."""
        mail = f"127.0.0.1:{self.mails.port}"
        with Rig(self.folder, variables=self._variables(), scale=SCALE, mail=mail) as rig:
            store = rig.store()
            try:
                prepare(store, self.sites.world, self.plan.readers, self.plan.seed)
                self._rage(rig, store)
                self._calm_down(rig, store)
                return read_books(store), self.report
            finally:
                store.close()

    def _rage(self, rig: Rig, store: Store) -> None:
        """The stormy parts. Between two of them all stop gracefully, or the power is cut; the clock goes on by days."""
        monkey = Monkey(rig, self.mails, self.plan.seed, self._timed)
        stormy = self.parts[:-CALM]
        for number, part in enumerate(stormy):
            self._begin(rig, part)
            monkey.disturb(time.monotonic() + part.seconds, lambda: self._turn(store, self._step()))
            self._count_restarts(rig)
            if number + 1 < len(stormy):
                rig.crew.stop() if number % 2 == 0 else monkey.cut_the_power()
        monkey.rest()
        self.report.blows = monkey.done

    def _calm_down(self, rig: Rig, store: Store) -> None:
        """Nobody disturbs: what was in hand comes to its end, then all is read, then the last digests go out.

        Reading is paused meanwhile, as an operator would, for outlets that are read all the time are always in hand.
        """
        reading, *turns = self.parts[-CALM:]
        self._settle("all is published", lambda: self._unpublished(store))
        self._pause(store)
        left = self._settle("what was in hand", lambda: left_in_the_database(store, self._now()))
        self.report.lines = account_left({f"{what}, after the storm": count for what, count in left.items()})
        rig.crew.stop()
        self._go_on(store)
        self._begin(rig, reading)
        left = self._settle("all is read", lambda: self._unread(store, reading.start))
        self._pause(store)
        self._settle("all is taken in", lambda: left_in_the_database(store, self._now()))
        for part in turns:
            rig.crew.stop()
            self._begin(rig, part)
            left |= self._settle("the last digests", lambda: self._unsent(store, self._part.start))
        rig.crew.stop("beat-1", "beat-2")
        self._give_back(rig)
        left |= self._settle("the queues", lambda: self._queued(rig), DRAINED)
        self.report.lines += account_left({f"{what}, in the end": count for what, count in left.items()})
        rig.crew.stop()

    def _pause(self, store: Store) -> None:
        with store.begin() as tx:
            for outlet in self.sites.world.outlets:
                tx.sources.halt(outlet.name, "paused", self.parts[0].start)

    def _go_on(self, store: Store) -> None:
        with store.begin() as tx:
            for outlet in self.sites.world.outlets:
                tx.sources.go_on(outlet.name)

    def _begin(self, rig: Rig, part: Part) -> None:
        """All processes, with the clock of a part."""
        clock = shift(part.start, datetime.now(UTC))  # here the clock is read
        self._part, self._part_began = part, time.monotonic()
        rig.crew.start(settings={"WATERCOOLER_CLOCK": clock})
        self._timed(f"{part.start:%A, %d %B %H:%M} begins")

    def _now(self) -> datetime:
        """The time in the story."""
        return self._part.start + timedelta(seconds=time.monotonic() - self._part_began)

    def _step(self) -> int:
        """The step that the outlets should be at by now."""
        elapsed = time.monotonic() - self._part_began
        return max(number for after, number in self._part.steps if after <= elapsed)

    def _turn(self, store: Store, step: int) -> None:
        """Moves the outlets on, but not before all was heard that the new step may overtake."""
        while self.sites.step < step and time.monotonic() >= self._look_again:
            if not self._is_heard(store, self.sites.step + 1 - APART):
                self._look_again = time.monotonic() + 2  # seconds
                return
            self.sites.turn(self.sites.step + 1)
            self._timed(f"the outlets are at step {self.sites.step}")

    def _is_heard(self, store: Store, step: int) -> bool:
        """Are all articles of the steps up to this one in the store?"""
        wanted = self.sites.addresses(step)
        try:
            with store.read() as tx:
                return wanted <= set(tx.connection.execute(select(schema.articles.c.url)).scalars())
        except OperationalError:
            return False

    def _settle(self, what: str, look: Callable[[], dict[str, int]], patience: float = PATIENCE) -> dict[str, int]:
        """Waits until nothing is left; gives what is left all the same when that takes too long."""
        began, left = time.monotonic(), {"the database is away": 1}
        while any(left.values()) and time.monotonic() - began < patience:
            try:
                left = look()
            except (OperationalError, BrokerError):
                continue  # it comes back
            time.sleep(0.5)
        over = ", ".join(f"{count} {name}" for name, count in left.items() if count) or "nothing is left"
        self._timed(f"{what}: {over} after {time.monotonic() - began:.0f} s")
        return left

    def _unpublished(self, store: Store) -> dict[str, int]:
        """Steps that the outlets were kept from, because too much of what was before had not been read."""
        last = len(self.sites.world.times) - 1
        self._turn(store, last)
        return {"steps not published": last - self.sites.step}

    def _unread(self, store: Store, since: datetime) -> dict[str, int]:
        """Sources that were not read well since then."""
        with store.read() as tx:
            states = tx.sources.states()
        read = sum(state.last_ok is not None and state.last_ok >= since for state in states.values())
        return {"sources not read": len(self.sites.world.outlets) - read}

    def _unsent(self, store: Store, since: datetime) -> dict[str, int]:
        """What is in hand, and readers whose turn has not been taken."""
        with store.read() as tx:
            waiting = len(tx.subscribers.due(since + AHEAD))
        return left_in_the_database(store, self._now()) | {"turns not taken": waiting}

    def _give_back(self, rig: Rig) -> None:
        """What killed workers had in hand the broker gives to others after two hours; here, now. It changes nothing."""
        with Redis.from_url(rig.redis.url()) as redis:
            names = redis.zrange(_IN_HAND, 0, -1)
            if names:
                redis.zadd(_IN_HAND, dict.fromkeys(names, 0))
        self.report.figures["messages of dead workers, given back"] = len(names)

    def _queued(self, rig: Rig) -> dict[str, int]:
        """Messages in the queues, and those that workers have in hand."""
        broker = open_broker(rig.redis.url())
        return {f"messages in {name}": count for name, count in broker.queue_lengths(QUEUES).items()}

    def _count_restarts(self, rig: Rig) -> None:
        again = sum(rig.crew.container(name).starts - 1 for name in rig.crew.names)
        self.report.figures["restarts"] = self.report.figures.get("restarts", 0) + again

    def _timed(self, text: str) -> None:
        self.say(f"{time.monotonic() - self._began:6.0f} s  {text}")

    def _variables(self) -> dict[str, str]:
        """What an `.env` beside docker-compose.yml would set."""
        return {
            "WATERCOOLER_ALLOW_PRIVATE_HOSTS": ",".join(self.sites.hosts),
            "WATERCOOLER_PUBLIC_URL": "https://watercooler.example",
            "WATERCOOLER_SECRET_KEY": SECRET,
            "WATERCOOLER_TICK": "5s",
            "WATERCOOLER_RETRY_SCHEDULE": "5s,5s,10s,20s",
            "WATERCOOLER_GIVE_UP_AFTER": "60d",  # the clock goes on by days
        }
