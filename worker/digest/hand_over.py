"""Frozen messages → the transport, some side by side; and what became of each, recorded before the next one goes.

"Handing over" is committed before the transport is called, and the answer before the same connection carries another
message. So after a crash at most one message a connection is in doubt: whether it was taken nobody can know (RFC 1047).
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker import logs
from worker.bounces import good_sends, refused
from worker.digest.breaker import Breaker
from worker.digest.freeze import Ready
from worker.digest.interrupts import noted_interrupts
from worker.digest.silence import Silence, host_of
from worker.errors import MailError
from worker.mail.post import Post
from worker.models import Delivery, DeliveryState, IssueState
from worker.store import Store, Tx
from worker.store.deliveries import Record
from worker.store.subscribers import Sent

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)  # what a worker that stopped had in hand is given to others after so long
RENEW = 8.0  # seconds between two renewals of what is in hand
UNREACHED = 8  # connections in a row that came to nothing: then the server is left alone for a while
_BY_HAND = "stopped by hand"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing a message over."""

    ready: Ready
    reply: str = ""
    error: MailError | None = None


@dataclass
class Run:
    """One run of handing over: what is still to go, what is on its way, and why it ends early."""

    store: Store
    post: Post
    holder: str
    breaker: Breaker
    silence: Silence
    clock: Callable[[], datetime]
    waiting: deque[Ready]
    halted: str = ""
    under_way: dict[Future[Answer], Ready] = field(default_factory=dict)
    paused: dict[int, str] = field(default_factory=dict)  # issues, and why
    _unreached: int = 0
    _renewed: float = field(default_factory=time.monotonic)

    def go(self, on_done: Callable[[Delivery], None]) -> None:
        """Hands over all that waits. Ctrl-C ends it when what is under way has been answered and recorded."""
        answers: list[Answer] = []
        threads = ThreadPoolExecutor(self.post.connections, thread_name_prefix="mail")
        with noted_interrupts() as interrupts, threads as pool:
            while answers or self.waiting or self.under_way:
                going = self._turn(answers)
                for answer in answers:
                    on_done(answer.ready.delivery)
                self.under_way |= {pool.submit(self._carry, ready): ready for ready in going}
                answers = self._answered()
                if interrupts.seen and not self.halted:
                    self.halted = _BY_HAND
                    log.warning("stopping; the server's answers to %s messages are waited for", len(self.under_way))
        self.post.journal.forget(self.holder)

    def take_over(self, tx: Tx, delivery_ids: Sequence[int], now: datetime) -> None:
        """Records what a worker that stopped was told, and wrote down nowhere but in its journal."""
        ids = set(delivery_ids)
        answers = self.post.journal.answers(self.holder)
        said = {number: (reply, error) for number, reply, error in answers if number in ids}
        frozen = tx.deliveries.frozen(list(said))
        deliveries = tx.deliveries.by_ids(list(frozen))
        self._record(tx, [Answer(Ready(one, frozen[one.id]), *said[one.id]) for one in deliveries], now)

    def _carry(self, ready: Ready) -> Answer:
        answer = _carried(self.post, ready)
        self.post.journal.note(self.holder, ready.delivery.id, answer.reply, answer.error)
        return answer

    def _turn(self, answers: Sequence[Answer]) -> list[Ready]:
        """One transaction: the answers are recorded, and as many messages as can go are marked as being handed over."""
        now = self.clock()
        with self.store.begin() as tx:
            if answers:
                self._record(tx, answers, now)
            if self.halted:
                self._put_back(tx, now)
            going = self._start(tx, now)
            if time.monotonic() - self._renewed > RENEW:
                tx.deliveries.renew(self.holder, now + LEASE)
                self._renewed = time.monotonic()
        return going

    def _start(self, tx: Tx, now: datetime) -> list[Ready]:
        for one in self.silence.spare(self.waiting, now):
            self._spare(tx, one, now)
        free = self.post.connections - len(self.under_way)
        batch = self.silence.take(self.waiting, self.under_way.values(), free, self.post.connections)
        if not batch:
            return []
        allowed = tx.deliveries.start([one.delivery.id for one in batch], self.holder, now, now + LEASE)
        left_out = [one.delivery for one in batch if one.delivery.id not in allowed]
        if left_out:
            self._leave(tx, left_out, now)
        return [one for one in batch if one.delivery.id in allowed]

    def _leave(self, tx: Tx, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Of readers who left meanwhile the mail is not sent; what was paused waits; what others hold is theirs."""
        people = tx.subscribers.by_ids([delivery.subscriber_id for delivery in deliveries])
        for delivery in deliveries:
            person = people.get(delivery.subscriber_id)
            if person is not None and person.state != "active" and tx.deliveries.holds([delivery.id], self.holder):
                reply = f"{person.state} meanwhile"
                tx.deliveries.close([delivery.id], DeliveryState.SKIPPED, reply, now)
        tx.deliveries.give_back([delivery.id for delivery in deliveries], self.holder, now)

    def _spare(self, tx: Tx, one: Ready, now: datetime) -> None:
        host = host_of(one)
        reply = f"not tried: the mail server says nothing about recipients at {host}"
        values = {"next_try": self.silence.until(host, now), "reply": reply, "kind": "lost"}
        tx.deliveries.give_back([one.delivery.id], self.holder, now, **values)

    def _put_back(self, tx: Tx, now: datetime) -> None:
        """What cannot go now waits, and no try of it is counted."""
        ids = [one.delivery.id for one in self.waiting]
        self.waiting.clear()
        values: dict[str, object] = {"reply": self.halted}
        if self.halted != _BY_HAND:
            values |= {"kind": "ours", "next_try": now + self.post.retry_wait(1)}
        tx.deliveries.give_back(ids, self.holder, now, **values)

    def _answered(self) -> list[Answer]:
        """Waits for an answer, or until it is time to renew the lease."""
        if not self.under_way:
            return []
        done, _ = wait(self.under_way, timeout=RENEW, return_when=FIRST_COMPLETED)
        for future in done:
            del self.under_way[future]
        return [future.result() for future in done]

    def _record(self, tx: Tx, answers: Sequence[Answer], now: datetime) -> None:
        answers = sorted(answers, key=lambda answer: answer.ready.delivery.subscriber_id)
        sent = [answer for answer in answers if answer.error is None]
        failed = [(answer, answer.error) for answer in answers if answer.error is not None]
        records = [_taken(answer) for answer in sent]
        if failed:
            for answer in answers:  # in the order in which all do, so that none waits in a circle
                tx.subscribers.hold(answer.ready.delivery.subscriber_id)
            held = tx.deliveries.holds([answer.ready.delivery.id for answer, _ in failed], self.holder)
            for answer, error in failed:
                self._weigh(answer.ready.delivery, error)
                if answer.ready.delivery.id in held:  # else somebody else tries it by now
                    records.append(_refused(answer.ready.delivery, error, self.post, now))
                    if records[-1].state is DeliveryState.FAILED:
                        _blame_address(tx, answer.ready.delivery, error, now)
        tx.deliveries.record(records, self.holder, now)
        logs.bring(delivery=[one.delivery_id for one in records], **Counter(str(one.state) for one in records))
        _tell(tx, sent, now)
        over = (DeliveryState.SENT, DeliveryState.FAILED)
        tx.deliveries.thaw([one.delivery_id for one in records if one.state in over])
        for answer in sent:
            self._unreached = 0
            self.breaker.seen(answer.ready.delivery.issue_id, "")
        for answer in answers:
            self._listen(answer, now)
        self._pause(tx, {answer.ready.delivery.issue_id for answer, error in failed if error.permanent}, failed)

    def _weigh(self, delivery: Delivery, error: MailError) -> None:
        """A server that cannot be reached is not asked again for each message; refusals for good are counted."""
        self._unreached = self._unreached + 1 if error.stage == "connect" else 0
        if error.permanent:
            self.breaker.seen(delivery.issue_id, error.kind)
        elif error.kind == "ours" or self._unreached >= UNREACHED:
            self.halted = self.halted or error.reason

    def _listen(self, answer: Answer, now: datetime) -> None:
        error = answer.error
        if error is None or error.code:
            self.silence.heard(host_of(answer.ready))
        elif error.silent and error.stage == "RCPT":
            self.silence.met(host_of(answer.ready), now + self.post.retry_wait(1))

    def _pause(self, tx: Tx, issues: set[int], failed: Sequence[tuple[Answer, MailError]]) -> None:
        for issue_id in issues:
            if reason := self.breaker.reason(issue_id):
                last = next(e.reason for a, e in reversed(failed) if a.ready.delivery.issue_id == issue_id)
                words = f"{reason}; the last answer: {last}"
                if tx.issues.set_state(issue_id, IssueState.PAUSED, words, only=IssueState.OPEN):
                    self.paused[issue_id] = words
                self.breaker.forget(issue_id)


def _carried(post: Post, ready: Ready) -> Answer:
    frozen = ready.frozen
    try:
        return Answer(ready, post.transport.send(frozen.message, frozen.sender, frozen.recipient))
    except MailError as error:
        return Answer(ready, error=error)
    except Exception as error:  # whatever it was, it may have come after the message was taken
        log.exception("delivery %s", ready.delivery.id)
        reason = f"this should not have happened: {type(error).__name__}; please report it"
        return Answer(ready, error=MailError(frozen.recipient, reason, permanent=False, uncertain=True))


def _taken(answer: Answer) -> Record:
    delivery = answer.ready.delivery
    doubt = " (may be double)" if delivery.doubts else ""
    return Record(delivery.id, DeliveryState.SENT, answer.reply + doubt)


def _refused(delivery: Delivery, error: MailError, post: Post, now: datetime) -> Record:
    """A temporary refusal is tried again by the retry schedule, until the time to give up has come."""
    if error.retry_in is not None:
        again = now + error.retry_in
        return Record(delivery.id, DeliveryState.DEFERRED, error.reason, error.kind, again, tries=-1)
    wait_for = post.retry_wait(delivery.attempts + 1)
    late = not post.retry or now + wait_for - (delivery.first_try or now) > post.give_up
    if error.uncertain:
        soon = None if post.hold or late else now + wait_for
        return Record(delivery.id, DeliveryState.UNCERTAIN, error.reason, "uncertain", soon, doubts=1)
    if error.permanent:
        return Record(delivery.id, DeliveryState.FAILED, error.reason, error.kind)
    if late:
        return Record(delivery.id, DeliveryState.FAILED, f"given up; the last answer: {error.reason}", error.kind)
    return Record(delivery.id, DeliveryState.DEFERRED, error.reason, error.kind, now + wait_for)


def _blame_address(tx: Tx, delivery: Delivery, error: MailError, now: datetime) -> None:
    """What a server says in the end about an address, or a full mailbox, counts like a bounce."""
    if error.kind in ("address", "full"):
        refused(tx, delivery.subscriber_id, delivery.id, error.code, error.status, error.reason, now)


def _tell(tx: Tx, sent: Sequence[Answer], now: datetime) -> None:
    """Sent is told, in the same transaction."""
    if sent:
        logs.bring(update={number for one in sent for number in one.ready.frozen.update_ids})
        tx.subscribers.tell(_told(one.ready) for one in sent)
        good_sends(tx, [one.ready.delivery.subscriber_id for one in sent], now)


def _told(ready: Ready) -> Sent:
    delivery, frozen = ready.delivery, ready.frozen
    return Sent(delivery.subscriber_id, delivery.id, frozen.show_ids, frozen.update_ids, frozen.until)
