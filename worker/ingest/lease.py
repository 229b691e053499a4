"""A crawl's lease of its hosts: renewed while it runs, and the crawl ended when it is to stop or has lost them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from worker import stop
from worker.store import Store
from worker.store.hosts import LEASE

log = logging.getLogger(__name__)

RENEW = 30.0  # seconds between two renewals
LISTEN = 0.2  # seconds between two looks whether the crawl is to stop
STOPPED, LOST = "stopped by hand", "its hosts were given to another crawl, for it was not heard of in time"


class Lease:
    """Keeps hosts for one crawl in a thread of its own, as long as the `with` block runs.

    `asked` gives how many hosts the crawl still has; `over` is set when the crawl is to end, and `reason` says why.
    """

    def __init__(self, store: Store, owner: str, clock: Callable[[], datetime], asked: Callable[[], int]) -> None:
        self.over, self.reason = threading.Event(), ""
        self._store, self._owner, self._clock, self._asked = store, owner, clock, asked
        self._done, self._renewed = threading.Event(), time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Lease:
        """Begins to keep the hosts."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The crawl has ended; giving the hosts back is its own last step."""
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(LISTEN):
            if stop.asked():
                self.reason = STOPPED
            elif time.monotonic() - self._renewed > RENEW and not self._is_kept():
                self.reason = LOST
            if self.reason:
                self.over.set()
                return

    def _is_kept(self) -> bool:
        """Renews the lease. While the database is away nobody else gets the hosts either, but for the time it held."""
        try:
            with self._store.begin() as tx:
                held = tx.hosts.renew(self._owner, self._clock() + LEASE)
        except SQLAlchemyError as error:
            log.warning("the lease of a crawl's hosts could not be renewed: %s", type(error).__name__)
            return time.monotonic() - self._renewed < LEASE.total_seconds() - RENEW
        self._renewed = time.monotonic()
        return held >= self._asked()
