"""`make scaled`: the two-week story through real Redis, real PostgreSQL and many workers, against the embedded run.

Both sides read by tick until nothing is left to be read, and send when they are asked to, the scaled one over HTTP.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from scaled.account import Line
from scaled.books import left_in_the_database, read_books
from scaled.compare import Side, compare, read_updates
from scaled.rig import Rig
from worker import tasks
from worker.demo.outlets import NOW, Outlets
from worker.demo.story import outlets, prepare
from worker.demo.story import settings as embedded_settings
from worker.digest.issue import Request, open_for_request
from worker.errors import WatercoolerError
from worker.services import open_services
from worker.store import Store

SCALE = {"crawl": 2, "ingest": 2, "mail": 2, "beat": 2}
PUBLIC_URL = "https://watercooler.example"
SECRET = "the demo's links open nothing"
TOKEN = "scaled-demo-token-of-no-worth"
PATIENCE = 180.0  # seconds, for each thing that is waited for
WHY = "the two-week story"


class DemoError(WatercoolerError):
    """The story does not go on; says what was waited for."""


def run(folder: Path, say: Callable[[str], None], scale: Mapping[str, int] | None = None) -> list[Line]:
    """Plays both sides into a folder, and holds them against each other. Raises DemoError, CrewError, ServerError."""
    with Outlets() as sites:  # the same for both, since mails name their ports
        say("embedded: SQLite, no broker, one process")
        embedded = play_embedded(folder / "embedded", sites)
        say(f"scaled: PostgreSQL, Redis, {_told(scale or SCALE)}, web")
        scaled = play_scaled(folder / "scaled", sites, say, scale or SCALE)
    return compare(embedded, scaled, PUBLIC_URL)


def play_embedded(folder: Path, sites: Outlets) -> Side:
    """The story in one process: tick until all is read, then send."""
    sites.write_sources(folder / "sources")
    kit = tasks.Kit(open_services(embedded_settings(folder, sites.hosts)))
    try:
        prepare(kit, NOW[0])
        for number, now in enumerate(NOW, start=1):
            sites.week(number)
            _read_all(kit, now)
            issue, _ = open_for_request(kit.store, Request(asked_by="demo", why=WHY), now)
            tasks.send(kit, issue.id, now)
        return _side(kit.store, [path.read_bytes() for path in sorted((folder / "home/outbox/new").iterdir())])
    finally:
        kit.services.close()


def play_scaled(folder: Path, sites: Outlets, say: Callable[[str], None], scale: Mapping[str, int]) -> Side:
    """The story by processes. Between the weeks all of them stop gracefully, and start with another clock."""
    sites.write_sources(folder / "sources")
    with Rig(folder, variables=variables(sites), scale=scale) as rig, _opened(rig) as kit, telling(rig):
        prepare(kit, NOW[0])
        for number, now in enumerate(NOW, start=1):
            sites.week(number)
            rig.crew.start(settings={"WATERCOOLER_CLOCK": shift(now, datetime.now(UTC))})  # here the clock is read
            rig.crew.wait_healthy(PATIENCE)
            say(f"week {number}: {len(rig.crew.names)} processes are healthy: {', '.join(rig.crew.names)}")
            wait_until(lambda: is_quiet(kit, since=now), f"week {number}: all is read")  # noqa: B023 (called at once)
            count = len(rig.mails)
            order(rig.crew.address("web-1"))
            wait_until(lambda: len(rig.mails) > count, f"week {number}: a mail comes")  # noqa: B023 (called at once)
            wait_until(lambda: not any(left_in_the_database(kit.store).values()), f"week {number}: all is settled")
            say(f"week {number}: {len(rig.mails) - count} mail, {_restarts(rig)} restarts; stopping gracefully")
            rig.crew.stop()
        return _side(kit.store, rig.mails)


@contextmanager
def telling(rig: Rig) -> Iterator[None]:
    """When something does not come, the reason stands in the processes' logs: the last errors are told with it."""
    try:
        yield
    except DemoError as error:
        raise DemoError("\n".join([str(error), *rig.crew.complaints()])) from None


def variables(sites: Outlets) -> dict[str, str]:
    """What an `.env` beside docker-compose.yml would set for the story."""
    return {
        "WATERCOOLER_ALLOW_PRIVATE_HOSTS": ",".join(sites.hosts),
        "WATERCOOLER_PUBLIC_URL": PUBLIC_URL,
        "WATERCOOLER_SECRET_KEY": SECRET,
        "WATERCOOLER_API_TOKEN": f"demo:{TOKEN}",
        "WATERCOOLER_TICK": "2s",
    }


def shift(story: datetime, now: datetime) -> str:
    """How far the clock has to be ahead (+) or behind (-), as WATERCOOLER_CLOCK has it: +104d3h5m7s."""
    span = abs(story - now)
    minutes, seconds = divmod(span.seconds, 60)
    return f"{'+' if story >= now else '-'}{span.days}d{minutes // 60}h{minutes % 60}m{seconds}s"


def is_quiet(kit: tasks.Kit, since: datetime) -> bool:
    """Has every source been read since then, and nothing is being read or waits to be taken in?"""
    with kit.store.read() as tx:
        states = tx.sources.states()
    read = all(s.name in states and states[s.name].last_crawled >= since for s in outlets(kit))
    return read and not any(left_in_the_database(kit.store).values())


def wait_until(done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Looks twice a second. Raises DemoError that names what did not come."""
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise DemoError(f"not within {patience:.0f} seconds: {what}")
        time.sleep(0.5)


def order(address: str) -> dict[str, object]:
    """Asks the web process for a digest to all, as an admin would; gives its answer."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = json.dumps({"all": True, "why": WHY}).encode()
    with urlopen(HttpRequest(f"http://{address}/api/v1/digests", body, headers), timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def _read_all(kit: tasks.Kit, now: datetime) -> None:
    for tick in range(5):
        tasks.tick(kit, (now + tick * timedelta(seconds=2)).isoformat())
        if is_quiet(kit, now):
            return
    raise DemoError("five ticks were not enough to read the outlets")


def _side(store: Store, mails: list[bytes]) -> Side:
    return Side(read_books(store), read_updates(store), tuple(mails))


def _restarts(rig: Rig) -> int:
    return sum(rig.crew.container(name).starts - 1 for name in rig.crew.names)


def _told(scale: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in scale.items())


@contextmanager
def _opened(rig: Rig) -> Iterator[tasks.Kit]:
    """The installation as seen by this process, which dispatches nothing."""
    kit = tasks.Kit(open_services(rig.settings))
    try:
        yield kit
    finally:
        kit.services.close()
