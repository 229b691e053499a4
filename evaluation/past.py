"""The development set as a past: what today's rules make of it, against what the rules of the last run made of it.

The articles and what was decided about them are kept in `.evaluation/` of the checkout, as every store keeps its own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.items import Article, to_json
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.backtest import Difference, compare, replay
from worker.models import Show
from worker.store import Store, open_store

KEPT = Path(__file__).resolve().parents[1] / ".evaluation" / "past.db"
_START = datetime(2027, 1, 1, tzinfo=UTC)


def report(shows: Sequence[Show], articles: Sequence[Article], kept: Path = KEPT) -> Difference | None:
    """Prints what has changed since the last run; None when this is the first one."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _take_in(kept, shows, articles)
        sys.stdout.write(f"\n== backtest\n{len(articles)} articles and their claims are kept for the next run\n")
        return None
    difference = _again(kept)
    names = ("gained", "lost", "surer", "merged", "split", "judged")
    figures = "  ".join(f"{name if name != 'surer' else 'restated'} {len(getattr(difference, name))}" for name in names)
    sys.stdout.write(f"\n== backtest, against the last run\n{figures}\n")
    for name, claims in (("gained", difference.gained), ("lost", difference.lost)):
        for one in claims[:10]:
            sys.stdout.write(f"  {name}: {one.show}: {one.field} {one.value} ({one.standing}): {one.evidence[:90]}\n")
    return difference


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}")
    try:
        yield store
    finally:
        store.close()


def _take_in(path: Path, shows: Sequence[Show], articles: Sequence[Article]) -> None:
    """The articles an hour after each other, in the order of the set."""
    with _opened(path) as store:
        with store.begin() as tx:
            for show in shows:
                tx.shows.add(show.name, now=_START, aliases=show.aliases)
        shelf = Shelf({})
        for number, article in enumerate(articles):
            now = _START + timedelta(hours=number)
            with store.begin() as tx:
                ids = tx.sources.receive([[to_json(article)]], now)
            ingest_inbox(store, ids, shelf, now)


def _again(kept: Path) -> Difference:
    """Compares, and keeps what today's rules have made of it for the next run."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        scratch_path = Path(folder) / "scratch.db"
        with _opened(kept) as store, _opened(scratch_path) as scratch:
            before, after = replay(store, scratch, Shelf({}), _START - timedelta(days=1))
        scratch_path.replace(kept)
    return compare(before, after)
