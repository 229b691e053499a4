"""Two real sites in replay, read in two weeks, by each way of discovery: what came, and what it cost the sites.

python -m evaluation sites
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from worker import tasks
from worker.config import Settings
from worker.services import open_services
from worker.tasks import Kit

SITES = Path(__file__).resolve().parents[2] / "shared" / "sites"
NOW = {1: datetime.fromisoformat("2023-07-10T09:00:00+00:00"), 2: datetime.fromisoformat("2023-07-17T09:00:00+00:00")}
START = {"b": "http://127.0.0.1:8642/", "e": "http://127.0.0.1:8645/"}
WAYS = ("auto", "feed", "sitemap", "listing")
DELAY = 1.0  # seconds: the default pace


@dataclass(frozen=True, slots=True)
class Week:
    """What one crawl of both sites brought, and what the sites' own log says of it."""

    way: str
    week: int
    articles: int
    rewritten: int
    comments: int
    requests: int
    unchanged: int
    kib: float
    min_gap: float  # seconds between two requests to one site
    twice: int  # pages asked for more than once
    strays: int  # requests that nobody should have made


def run() -> int:
    """Prints the table; 1 when the replay is not here."""
    if not (SITES / "replay.py").is_file():
        sys.stderr.write(f"nothing to read: {SITES} is not here\n")
        return 1
    sys.path.insert(0, str(SITES))
    from replay import Rig

    with Rig() as rig:
        rows = [week for way in WAYS for week in two_weeks(rig, way)]
        for row in rows:
            sys.stdout.write(json.dumps(asdict(row)) + "\n")
        sys.stdout.write(f"asked against robots.txt: {against_robots(rig)}\n")
    return 0


def two_weeks(rig: Any, way: str, delay: float = DELAY) -> Iterator[Week]:
    """Week 1 and week 2, read with nothing but this way of discovery."""
    with tempfile.TemporaryDirectory() as home:
        kit = _kit(Path(home), way, delay)
        for week in (1, 2):
            rig.ctl("/reset")
            rig.week(week)
            _, ingested = tasks.read(kit, list(kit.services.sources.values()), NOW[week])
            yield _week(rig, way, week, ingested)
        kit.services.close()


def against_robots(rig: Any, delay: float = DELAY) -> int:
    """Requests for what robots.txt closes: a part of one site, all of the other."""
    rig.ctl("/reset")
    rig.fault("robots_disallow", "b", "/robots.txt", deny="/2023/07/", delay=1)
    rig.fault("robots_disallow", "e", "/robots.txt", deny="/")
    with tempfile.TemporaryDirectory() as home:
        kit = _kit(Path(home), "auto", delay)
        tasks.read(kit, list(kit.services.sources.values()), NOW[1])
        kit.services.close()
    closed = [
        entry
        for entry in rig.log()
        if entry["path"] != "/robots.txt"
        and (entry["site"] == "e" or (entry["site"] == "b" and entry["path"].startswith("/2023/07/")))
    ]
    rig.clear()
    return len(closed)


def _kit(home: Path, way: str, delay: float) -> Kit:
    folder = home / "sources"
    folder.mkdir()
    for name, url in START.items():
        text = f'name = "{name}"\nstart_urls = ["{url}"]\ndiscovery = "{way}"\n'
        (folder / f"{name}.toml").write_text(text + f"pace = {{ delay = {delay} }}\n", "utf-8")
    os.environ["WATERCOOLER_HOME"] = str(home)
    os.environ["WATERCOOLER_SOURCES_DIR"] = str(folder)
    os.environ["WATERCOOLER_ALLOW_PRIVATE_HOSTS"] = "127.0.0.1:8642,127.0.0.1:8645,127.0.0.1:8646"
    kit = Kit(open_services(Settings.from_env()))
    for name in [name for name in kit.services.sources if name not in START]:
        del kit.services.sources[name]
    return kit


def _week(rig: Any, way: str, week: int, ingested: Any) -> Week:
    log, stats = rig.log(), rig.stats()["sites"]
    paths = [(entry["site"], entry["path"]) for entry in log]
    return Week(
        way,
        week,
        articles=ingested.articles,
        rewritten=ingested.versions,
        comments=ingested.comments,
        requests=len(log),
        unchanged=sum(entry["status"] == 304 for entry in log),
        kib=round(sum(entry["sent"] for entry in log) / 1024, 1),
        min_gap=min(site["min_gap_s"] for site in stats.values() if site["min_gap_s"] is not None),
        twice=len(paths) - len(set(paths)),
        strays=sum(entry["how"] == "CANARY" for entry in log),
    )
