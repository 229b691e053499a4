"""Two processes ingest the same syndicated articles at once, each in an order of its own: the stories are the same.

    python -m evaluation races

The runs take a new SQLite file each; PostgreSQL is raced by the tests, where its wheel is.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.items import Article, to_json
from worker.ingest.article import Shelf, ingest_inbox
from worker.store import open_store

RUNS, COPIES, BATCH = 20, 10, 25
_DAY = datetime(2027, 3, 5, 8, tzinfo=UTC)
_SHOWS = ("Harbour Lights", "Salt Road", "Night Ferry", "Glass Court", "Copper Hill", "The Long Tide", "Quiet Street")
_NEWS = (
    "{show} has been renewed for season {season}, the network announced on Monday. Writing begins at once.",
    "The network has set a date: {show} season {season} premieres on {day} June 2027, it said on Monday.",
    "Mara Lind joins the cast of {show} for season {season}, the network announced on Monday.",
    "Filming on {show} season {season} has started in Wales, its makers said on Monday after the first day.",
    "{show} has been cancelled and ends before season {season}, the network announced on Monday with regret.",
)
_WORDS = [f"{first}{last}" for first in ("har", "sal", "bri", "mor", "tor") for last in ("bu", "mo", "dge", "ni", "na")]
Told = tuple[frozenset[frozenset[str]], frozenset[tuple[str, ...]]]


def syndicated(count: int) -> list[Article]:
    """So many articles: texts of a wire, each printed by ten outlets with a dateline or a footer of their own."""
    articles = []
    for number in range(count):
        text, outlet = divmod(number, COPIES)
        news, show = _NEWS[text % len(_NEWS)], _SHOWS[text % len(_SHOWS)]
        said = news.format(show=show, season=2 + text // len(_SHOWS), day=1 + text % 28)
        picked = random.Random(text)
        body = " ".join([said, *(" ".join(picked.choices(_WORDS, k=12)).capitalize() + "." for _ in range(6))])
        printed = (body, f"LEEDS (Wire) - {body}", f"{body} Copyright 2027 The Wire. All rights reserved.")[outlet % 3]
        articles.append(_article(f"outlet-{outlet}", text, body.partition(",")[0], printed))
    return articles


def _article(source: str, number: int, title: str, text: str) -> Article:
    url = f"https://{source}.example/{number}"
    published = _DAY + timedelta(hours=number)
    return Article(url=url, source=source, title=title, text=text, published=published, language="en", outlet=source)


def race(database: str, count: int, seed: int) -> Told:
    """Two processes at once; gives which articles tell the same, and what the ledger holds."""
    _register(database)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work, args=(database, count, 2 * seed + n)) for n in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"a worker failed: {[worker.exitcode for worker in workers]}")
    return told(database)


def alone(database: str, count: int, seed: int) -> Told:
    """The same by one process, for comparison."""
    _register(database)
    work(database, count, seed)
    return told(database)


def _register(database: str) -> None:
    store = open_store(database)
    with store.begin() as tx:
        for show in _SHOWS:
            tx.shows.add(show, now=_DAY)
    store.close()


def work(database: str, count: int, seed: int) -> None:
    """Ingests the articles, in an order of its own."""
    store, shelf, articles = open_store(database), Shelf({}), syndicated(count)
    random.Random(seed).shuffle(articles)
    now = _DAY + timedelta(days=7)
    for start in range(0, count, BATCH):
        with store.begin() as tx:
            ids = tx.sources.receive([[to_json(one)] for one in articles[start : start + BATCH]], now)
        tally = ingest_inbox(store, ids, shelf, now)
        if tally.set_aside:
            raise RuntimeError(f"{tally.set_aside} articles were set aside")
    store.close()


def told(database: str) -> Told:
    """Which articles tell the same, and the stories of the ledger with the number of their families."""
    store = open_store(database)
    groups: dict[int, set[str]] = defaultdict(set)
    with store.begin() as tx:
        for row in tx.articles.rows():
            groups[row.story].add(row.stored.article.url)
        names = {show.id: show.name for show in tx.shows.all()}
        stories = [story for show_id in names for story in tx.stories.ledger(show_id)]
    store.close()
    facts = (
        (names[s.show_id], str(s.season), s.field, s.value, s.state, s.standing, str(len(s.families))) for s in stories
    )
    return frozenset(frozenset(group) for group in groups.values()), frozenset(facts)


def run() -> int:
    """Prints how many runs gave which stories; 1 when they are not all the same."""
    seen: dict[Told, int] = defaultdict(int)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(RUNS):
            seen[race(f"sqlite:///{Path(folder) / f'{seed}.db'}", 500, seed)] += 1
    for (groups, facts), times in seen.items():
        sys.stdout.write(f"{times} of {RUNS} runs: {len(groups)} stories of articles, {len(facts)} of the ledger\n")
    return int(len(seen) != 1)
