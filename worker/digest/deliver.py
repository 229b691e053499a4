"""Claim, freeze, hand over, record: deliveries on their way. `preview` is a dry run of it."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from worker import logs
from worker.broker import Broker
from worker.clock import running
from worker.digest.alarm import raise_alarm
from worker.digest.breaker import Breaker
from worker.digest.content import Digest
from worker.digest.freeze import Freezer, Ready
from worker.digest.hand_over import LEASE, Run
from worker.digest.newsroom import Newsroom
from worker.digest.silence import Silence
from worker.mail.message import Templates
from worker.mail.post import Post
from worker.models import Delivery, Issue, QuoteRules, Subscriber
from worker.store import Store, Tx

CLEANED = 2000  # archived digests that are forgotten at one tick, at the most
BATCH = 100  # deliveries that a worker takes at once


def preview(
    store: Store,
    subscriber: Subscriber,
    issue: Issue,
    templates: Templates,
    quoting: QuoteRules = QuoteRules(),
) -> Digest | None:
    """The digest that this subscriber would get in this issue; nothing is stored or sent."""
    with store.read() as tx:
        return next(Newsroom(tx, issue, quoting, templates).digests([subscriber]))[1]


def clean_archive(tx: Tx, kept: timedelta, now: datetime) -> int:
    """Forgets digests that were kept long enough to be read again, a few at a time; gives how many."""
    return tx.archive.forget(now - kept, CLEANED)


class Sender:
    """Hands over deliveries, a batch at a time. One that fails never stops the others; every fate is recorded.

    What it has read for an issue it keeps, so one that lives as long as its process works least. Threads may share it.
    """

    def __init__(self, store: Store, post: Post, broker: Broker | None = None) -> None:
        self.store, self.post = store, post
        self._freezer, self._breaker, self._silence = Freezer(post), Breaker(broker), Silence(broker)
        self._one_at_a_time = threading.Lock()  # what was read for an issue is read on in one transaction at a time
        self._rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Could nothing be handed over a moment ago? Then the server is left alone, not asked once for each batch."""
        return self._rests_until is not None and now < self._rests_until

    def deliver(
        self, delivery_ids: Sequence[int], now: datetime, on_done: Callable[[Delivery], None] = lambda delivery: None
    ) -> list[int]:
        """Hands over those of these deliveries that are still due; gives their ids. Nothing is done while it rests."""
        if self.rests(now):
            return []
        holder = _new_holder()
        self.recover(now)
        with self.store.begin() as tx:
            claimed = tx.deliveries.claim(delivery_ids, holder, now, LEASE)
        return self._hand_over(claimed, holder, now, on_done)

    def deliver_some(
        self,
        now: datetime,
        issue_id: int | None = None,
        on_done: Callable[[Delivery], None] = lambda delivery: None,
    ) -> int:
        """Hands over a batch of what is due; gives how many there were. Nothing is done while it rests."""
        if self.rests(now):
            return 0
        holder = _new_holder()
        self.recover(now)
        with self.store.begin() as tx:
            claimed = tx.deliveries.claim_some(BATCH, holder, now, LEASE, issue_id)
        return len(self._hand_over(claimed, holder, now, on_done))

    def recover(self, now: datetime) -> None:
        """Takes back what workers had in hand that are no more: what they were told is recorded, the rest in doubt."""
        with self.store.begin() as tx:
            lost = tx.deliveries.lost(now)
            for holder in sorted({holder for holder, _ in lost}):
                run = self._run(holder, running(now), ())
                run.take_over(tx, [number for name, number in lost if name == holder], now)
            tx.deliveries.recover(now, hold=self.post.hold)
        for holder, _ in lost:
            self.post.journal.forget(holder)

    def _run(self, holder: str, clock: Callable[[], datetime], ready: Sequence[Ready]) -> Run:
        return Run(self.store, self.post, holder, self._breaker, self._silence, clock, deque(ready))

    def _hand_over(
        self, claimed: Sequence[Delivery], holder: str, now: datetime, on_done: Callable[[Delivery], None]
    ) -> list[int]:
        clock = running(now)
        if not claimed:
            return []
        with self._one_at_a_time, self.store.read() as tx:
            batch = self._freezer.make(tx, claimed, now)
        with self.store.begin() as tx:
            ready = self._freezer.keep(tx, batch, holder, now)
        there = {one.delivery.id for one in ready}
        ids = {"delivery": [one.id for one in claimed], "issue": {one.issue_id for one in claimed}}
        logs.bring(**ids, not_handed_over=len(claimed) - len(ready))
        for delivery in claimed:
            if delivery.id not in there:
                on_done(delivery)
        run = self._run(holder, clock, ready)
        run.go(on_done)
        self._rests_until = clock() + self.post.retry_wait(1) if run.halted else None
        for issue_id, reason in (batch.paused | run.paused).items():
            raise_alarm(self.store, self.post, issue_id, reason, now)
        return [delivery.id for delivery in claimed]


def _new_holder() -> str:
    return uuid.uuid4().hex
