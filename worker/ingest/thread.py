"""New comments of a known article."""

from __future__ import annotations

from datetime import datetime

from crawler.items import Thread
from worker.store import Tx


def ingest_thread(tx: Tx, thread: Thread, now: datetime) -> int:
    """Stores a thread under its article; gives how many comments are new. A thread without article is dropped."""
    stored = tx.articles.by_url(thread.url)
    if stored is None:
        return 0
    return tx.articles.save_thread(stored.id, thread, now)
