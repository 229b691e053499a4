"""What comes back is weighed: who is suppressed at once, who after some time, and what is no reader's fault.

A bounce counts only with a return path that we signed, and only of a delivery that we handed over: forged ones
suppress nobody. The same message, or the same of the same delivery, counts once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from worker.errors import SettingsError
from worker.mail.bounces import Complaint, Notice, Other, read_notice
from worker.mail.refusals import Kind, Refusal, judge
from worker.mail.verp import ReturnPaths, find_paths
from worker.models import Delivery, Subscriber
from worker.store import Store, Tx
from worker.store.bounces import STEP, Record
from worker.suppress import complain, last_yes, suppress

log = logging.getLogger(__name__)

POINT = 10  # scores are kept in tenths; a mail that arrives takes two of them off
ENOUGH = 4 * POINT
SCORED = timedelta(days=60)
DOUBTED = timedelta(days=14)
DOUBTS = 2  # within that time
KEPT = timedelta(days=180)  # what came back is forgotten after so long
CLEANED = 500  # at a time
READ = 200  # messages of a Maildir, at one tick
LIMIT = 1024 * 1024  # bytes of one that are looked at


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message that came back.

    `did` is one of suppressed, unsubscribed, counted, known (it was counted before), ignored, unread; `kind` as in
    Record, and `why` in words.
    """

    did: str
    kind: str
    why: str
    status: str = ""
    subscriber_id: int | None = None


@dataclass
class Tally:
    """What became of several, by `did`."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, did: str) -> None:
        """Counts one."""
        self.counts[did] = self.counts.get(did, 0) + 1


def take(tx: Tx, raw: bytes, paths: ReturnPaths, now: datetime, recipient: str = "") -> Outcome:
    """Weighs one message that came back. `recipient` is the address in its envelope, if it is known. Never raises for
    what stands in the message."""
    digest = hashlib.blake2b(recipient.lower().encode() + b"\0" + raw, digest_size=16).hexdigest()
    named = next(filter(None, map(paths.read, (recipient, *find_paths(raw)))), None)
    if named is None:  # nothing of it is read: anybody can write there
        return _ignore(tx, "it names no return path of ours", now, digest)
    delivery = tx.deliveries.by_id(named[0])
    if delivery is None or delivery.subscriber_id != named[1] or not delivery.attempts:
        return _ignore(tx, "it is about a delivery that was never sent", now, digest)
    tx.subscribers.hold(delivery.subscriber_id)
    subscriber = tx.subscribers.by_id(delivery.subscriber_id)
    assert subscriber is not None  # whose delivery it is
    return _weigh(tx, read_notice(raw), subscriber, delivery, now, digest)


def refused(
    tx: Tx, subscriber_id: int, delivery_id: int, code: int | None, status: str, text: str, now: datetime
) -> Outcome:
    """Counts a refusal on the spot by the same rules. `code` is the reply code, `status` the enhanced one, or ""."""
    tx.subscribers.hold(subscriber_id)
    subscriber = tx.subscribers.by_id(subscriber_id)
    if subscriber is None:
        return Outcome("ignored", "ignored", "there is no such subscriber")
    said = text if code is None or text.startswith(str(code)) else f"{code} {text}"
    refusal = judge(subscriber.email, status, said)
    return _count(tx, subscriber, delivery_id, refusal, now)


def good_sends(tx: Tx, subscriber_ids: Sequence[int], now: datetime) -> None:
    """Mails to these were taken: what counts against them becomes less. Who has nothing against them costs nothing."""
    tx.bounces.ease(subscriber_ids)


def clean_bounces(tx: Tx, now: datetime) -> int:
    """Forgets what came back long ago, some of it at a time; gives how many."""
    return tx.bounces.forget(now - KEPT, CLEANED)


def tend_bounces(store: Store, folder: Path | None, paths: ReturnPaths, now: datetime) -> Tally:
    """What a tick does: forgets what is old, and takes what is new in a Maildir, if there is one.

    Raises SettingsError when the folder is none.
    """
    with store.begin() as tx:
        clean_bounces(tx, now)
    return read_maildir(store, folder, paths, now) if folder else Tally()


def read_maildir(store: Store, folder: Path, paths: ReturnPaths, now: datetime, limit: int = READ) -> Tally:
    """Takes the new messages of a Maildir; each is marked as seen after what it did is kept.

    Raises SettingsError when there is no such Maildir. A file that cannot be read is counted as "unread".
    """
    new, seen = folder / "new", folder / "cur"
    if not (new.is_dir() and seen.is_dir()):
        raise SettingsError(f"WATERCOOLER_BOUNCES: {folder} is no Maildir; name a folder with new/ and cur/ in it")
    tally = Tally()
    for path in sorted(path for path in new.iterdir() if not path.name.startswith("."))[:limit]:
        raw = _bytes_of(path)
        with store.begin() as tx:
            tally.add(take(tx, raw, paths, now).did if raw is not None else _set_aside(tx, path, now).did)
        try:
            path.rename(seen / f"{path.name.partition(':')[0]}:2,S")
        except OSError as error:  # it is looked at again, and known then
            log.warning("%s cannot be marked as seen: %s", path, error.strerror)
    return tally


def _bytes_of(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT)
    except OSError as error:
        log.warning("%s cannot be read: %s", path, error.strerror)
        return None


def _set_aside(tx: Tx, path: Path, now: datetime) -> Outcome:
    digest = hashlib.blake2b(path.name.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return _ignore(tx, "the file cannot be read; see the log", now, digest, kind="unread")


def _weigh(tx: Tx, notice: Notice, subscriber: Subscriber, delivery: Delivery, now: datetime, digest: str) -> Outcome:
    if isinstance(notice, Other):
        kind = "unread" if notice.is_broken else "ignored"
        return _ignore(tx, notice.reason, now, digest, subscriber, kind=kind)
    if isinstance(notice, Complaint):
        return _complaint(tx, notice, subscriber, delivery, now, digest)
    refusal = _about(notice.refusals, subscriber)
    if refusal.kind is Kind.DELAYED:
        return _ignore(tx, "the server goes on trying", now, digest, subscriber)
    if (delivery.first_try or now) < last_yes(tx, subscriber):
        return _ignore(tx, "the address was confirmed again since", now, digest, subscriber)
    # when it was taken, something was taken off the reader's score for it, if there was one
    more = STEP if refusal.kind is Kind.PASSING and tx.bounces.score(subscriber.id, now - SCORED) else 0
    return _count(tx, subscriber, delivery.id, refusal, now, digest, more)


def _about(refusals: Sequence[Refusal], subscriber: Subscriber) -> Refusal:
    """Of several: what is said of the reader's own address, else what matters most (it may have been forwarded)."""
    own = [one for one in refusals if one.address.casefold() == subscriber.email.casefold()]
    final = [one for one in own or refusals if one.kind is not Kind.DELAYED]
    return next(iter(final or own or refusals))


def _complaint(
    tx: Tx, notice: Complaint, subscriber: Subscriber, delivery: Delivery, now: datetime, digest: str
) -> Outcome:
    text = f"a report of {notice.what}"
    record = Record(now, "complaint", "", text, subscriber.id, delivery.id, digest=digest)
    if not tx.bounces.keep(record):
        return Outcome("known", "complaint", text, "", subscriber.id)
    complain(tx, subscriber, text, now)
    return Outcome("unsubscribed", "complaint", text, "", subscriber.id)


def _count(
    tx: Tx,
    subscriber: Subscriber,
    delivery_id: int,
    refusal: Refusal,
    now: datetime,
    digest: str | None = None,
    more: int = 0,
) -> Outcome:
    """Keeps one refusal, and suppresses the address when it is one too many. `more` is added to a score."""
    kind, score = refusal.kind.value, POINT + more if refusal.kind is Kind.PASSING else 0
    record = Record(now, kind, refusal.status, refusal.text, subscriber.id, delivery_id, score, digest)
    if not tx.bounces.keep(record):
        return Outcome("known", kind, refusal.text, refusal.status, subscriber.id)
    if refusal.kind is Kind.OURS:
        log.warning("delivery %s was refused for what we are or send: %s", delivery_id, refusal.status or "no status")
    why = _too_many(tx, subscriber, refusal.kind, now)
    if why and subscriber.state == "active":
        suppress(tx, subscriber, f"{why}: {refusal.text}", f"bounce {refusal.status}".strip(), now)
        return Outcome("suppressed", kind, f"{why}: {refusal.text}", refusal.status, subscriber.id)
    return Outcome("counted", kind, refusal.text, refusal.status, subscriber.id)


def _too_many(tx: Tx, subscriber: Subscriber, kind: Kind, now: datetime) -> str:
    """Why an address is to be suppressed, or ""."""
    yes = last_yes(tx, subscriber) - timedelta.resolution
    if kind is Kind.GONE:
        return "there is no such address"
    if kind is Kind.DOUBTFUL and tx.bounces.count(subscriber.id, kind.value, max(now - DOUBTED, yes)) >= DOUBTS:
        return f"refused for good {DOUBTS} times within {DOUBTED.days} days"
    if kind is Kind.PASSING and tx.bounces.score(subscriber.id, max(now - SCORED, yes)) >= ENOUGH:
        return f"not reached {ENOUGH // POINT} times within {SCORED.days} days"
    return ""


def _ignore(
    tx: Tx, reason: str, now: datetime, digest: str, subscriber: Subscriber | None = None, *, kind: str = "ignored"
) -> Outcome:
    """Of what is ignored just our own reason is kept: strangers' words may be about anybody."""
    number = subscriber.id if subscriber else None
    is_new = tx.bounces.keep(Record(now, kind, "", reason, number, digest=digest))
    return Outcome(kind if is_new else "known", kind, reason, "", number)
