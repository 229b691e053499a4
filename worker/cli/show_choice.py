"""Which show a person means on the command line."""

from __future__ import annotations

from worker.cli.output import Session, note
from worker.cli.shows import find_show
from worker.errors import UsageError
from worker.ingest.article import relabel
from worker.ingest.shows import ShowIndex
from worker.models import Show
from worker.store import Tx


def show_to_follow(tx: Tx, session: Session, name: str) -> Show:
    """The show somebody wants to follow. The registry grows by what is followed, but not by a slip of the pen."""
    index = ShowIndex(tx.shows.all())
    found = index.find(name)
    if found is None:
        if index.near(name, limit=1):
            return find_show(tx, name)  # raises, and names what is near
        if not name.strip():
            raise UsageError("a show's name is empty")
        tx.alone()
        found = tx.shows.add(name.strip(), evidence="followed", now=session.now)
        count = relabel(tx, found, session.kit.shelf, session.now)
        note(f"{found.name} is new here; {count} stored articles are about it")
    return found
