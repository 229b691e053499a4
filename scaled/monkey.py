"""The monkey: by a seeded deck of cards it kills workers and their children, and stops, kills and empties servers."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

from scaled import leftovers
from scaled.faulty_smtp import Faults, FaultyServer
from scaled.rig import Rig

PAUSE = (2.0, 6.0)  # seconds between two blows
ROUGH = Faults(tempfail=0.05, close=0.02, drop_before=0.03, drop_after=0.03)
AWAY = 25  # connections that the mail server turns away, each time
WORKERS = ("crawl", "ingest", "mail", "crawl", "ingest", "mail", "beat", "web")


class Monkey:
    """Who disturbs a rig. `done` counts the blows by their names."""

    def __init__(self, rig: Rig, mails: FaultyServer, seed: int, say: Callable[[str], None]) -> None:
        self.rig, self.mails, self.say = rig, mails, say
        self.done: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._cards: Iterator[Callable[[], None]] = self._deal()

    def disturb(self, until: float, watch: Callable[[], None]) -> None:
        """Deals blow after blow until `time.monotonic()` is there; `watch` is called several times a second."""
        self.mails.faults = ROUGH
        while (now := time.monotonic()) < until:
            next_blow = min(until, now + self._chance.uniform(*PAUSE))
            while time.monotonic() < next_blow:
                watch()
                time.sleep(0.1)
            if next_blow < until:
                next(self._cards)()

    def cut_the_power(self) -> None:
        """All processes and servers are killed at the same moment; the servers come back."""
        self.rig.crew.stop(grace=0)
        self.rig.postgres.kill()
        self.rig.redis.kill()
        self.rig.redis.start()
        self.rig.postgres.start()
        self._count("power cut")

    def rest(self) -> None:
        """No more faults."""
        self.mails.faults = Faults()
        self.mails.script.clear()

    def _deal(self) -> Iterator[Callable[[], None]]:
        """A deck in which each blow is as often as it shall be; when it is through it is shuffled again."""
        deck: list[Callable[[], None]] = [self._kill_worker] * 14 + [self._kill_child] * 6
        deck += [self._flush_redis, self._restart_redis, self._kill_redis]
        deck += [self._restart_postgres, self._kill_postgres, self._close_mail_server]
        while True:
            self._chance.shuffle(deck)
            yield from deck

    def _kill_worker(self) -> None:
        kind = self._chance.choice(WORKERS)
        name = self._chance.choice([name for name in self.rig.crew.names if name.rpartition("-")[0] == kind])
        self.rig.crew.kill(name)
        self._count(f"{kind} killed")

    def _kill_child(self) -> None:
        """A crawling process, or one of a worker's own: its parent lives."""
        kind = self._chance.choice(("crawl", "crawl", "ingest", "mail"))
        container = self.rig.crew.container(f"{kind}-{self._chance.randint(1, 2)}")
        main = container.process.pid if container.process else 0
        children = [number for number in leftovers.bearing(container.mark) if number != main]
        if children:
            with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(max(children), signal.SIGKILL)
                self._count(f"child of {kind} killed")

    def _flush_redis(self) -> None:
        with contextlib.suppress(OSError):
            self.rig.redis.ask("FLUSHALL")
        self._count("Redis flushed")

    def _restart_redis(self) -> None:
        self._flush_redis()
        self.rig.redis.stop()
        self.rig.redis.start()
        self._count("Redis restarted")

    def _kill_redis(self) -> None:
        self.rig.redis.kill()
        self.rig.redis.start()
        self._count("Redis killed")

    def _restart_postgres(self) -> None:
        self.rig.postgres.stop()
        self.rig.postgres.start()
        self._count("PostgreSQL restarted")

    def _kill_postgres(self) -> None:
        self.rig.postgres.kill()
        self.rig.postgres.start()
        self._count("PostgreSQL killed")

    def _close_mail_server(self) -> None:
        self.mails.script["connect"] = ["421 4.3.2 closed, come again"] * AWAY
        self._count("mail server closed")

    def _count(self, what: str) -> None:
        self.done[what] += 1
        self.say(what)
