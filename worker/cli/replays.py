"""What trying again means for each kind of thing that is set aside; every kind by the verb that it has anyway."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from crawler.extract import extract_page
from crawler.items import Failure, Item, Thread, packed, to_json
from worker import tasks
from worker.bounces import LIMIT, take
from worker.cli.output import Session
from worker.cli.workbench import find_source
from worker.digest.issue import check_not_cancelled, turn
from worker.errors import ConflictError, NotFoundError, UsageError
from worker.ingest.article import ingest_inbox
from worker.letters import CONFIRM, EXPORT
from worker.models import Delivery, DeliveryState, IssueState, Subscriber
from worker.privacy import may_export, send_export
from worker.signup import send_asked
from worker.store import Tx
from worker.store.failures import HELD, Aside, Failures, Kind
from worker.store.sources import Failed
from worker.suppress import is_suppressed

PLANS: dict[Kind, str] = {
    "page": "reads the page anew",
    "article": "ingests what is kept",
    "mail": "makes and sends it anew",
    "issue": "lets the issue go on",
    "letter": "sends it once more",
    "bounce": "reads the message again",
}
_OVER = {DeliveryState.SENT: "done", DeliveryState.SKIPPED: "skipped"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of trying one thing again: it is set aside no more ("done"), is so anew, or could not be tried.

    `word` is one word or a reason, `detail` the whole sentence.
    """

    aside: Aside
    state: Literal["done", "anew", "not tried"]
    word: str
    detail: str = ""


def plan_of(aside: Aside) -> str:
    """What replaying would do."""
    return "sends the same bytes again: it may arrive twice" if aside.reason == HELD else PLANS[aside.kind]


def replay(session: Session, asides: Sequence[Aside], *, kept: bool = False) -> Iterator[Outcome]:
    """Tries things again, mails together and others one by one. `kept`: pages from the bytes that are kept."""
    mails = [one for one in asides if one.kind == "mail"]
    yield from _mails(session, mails) if mails else ()
    for one in asides:
        if one.kind != "mail":
            yield _tried(session, one, kept=kept)


def bytes_of(found: Failed) -> bytes:
    """The page as it came. Raises NotFoundError when it was not kept."""
    if not found.body:
        raise NotFoundError(f"no bytes of {found.url} are kept; read it anew: watercooler failures replay {found.id}")
    return zlib.decompress(found.body)


def _tried(session: Session, aside: Aside, *, kept: bool) -> Outcome:
    how: dict[Kind, Callable[[], Outcome]] = {
        "page": lambda: _page(session, aside, kept=kept),
        "article": lambda: _page(session, aside, kept=kept),
        "issue": lambda: _issue(session, aside),
        "letter": lambda: _letter(session, aside),
        "bounce": lambda: _bounce(session, aside),
    }
    try:
        return how[aside.kind]()
    except UsageError as error:
        return Outcome(aside, "not tried", "not tried", str(error))


def _page(session: Session, aside: Aside, *, kept: bool) -> Outcome:
    """Ingests what is kept of a page or an article, or reads the page anew."""
    kit = session.kit
    with kit.store.begin() as tx:
        found = tx.sources.failure(aside.number)
        if found is None:
            return Outcome(aside, "done", "done")
        if not (found.payload or kept) and find_source(session, found.source).sites & tx.hosts.busy(session.now):
            raise UsageError("its host is being asked by another crawl, or wants to be left in peace; try again later")
        items = found.payload or (_extracted(session, found) if kept else None)
        ids = tx.sources.receive([items], session.now) if items else []
        tx.sources.mend([found.url])  # it is set aside anew if it fails anew
    if ids:
        ingest_inbox(kit.store, ids, kit.shelf, session.now)
    else:
        tasks.read(kit, [find_source(session, found.source)], session.now, only=[found.url])
    with kit.store.read() as tx:
        left = next((one for one in tx.sources.failures(found.source) if one.url == found.url), None)
    return Outcome(aside, "anew", left.reason, left.detail) if left else Outcome(aside, "done", "done")


def _extracted(session: Session, found: Failed) -> list[dict[str, Any]]:
    """The items that the kept bytes give by now."""
    page = bytes_of(found)
    extraction = extract_page(page, found.url, session.kit.services.sources.get(found.source))
    if extraction.article is None:
        return [to_json(Failure(found.url, found.source, extraction.outcome, extraction.reason, body=packed(page)))]
    article = replace(extraction.article, source=found.source)
    items: list[Item] = [article]
    if extraction.thread is not None:
        thread = extraction.thread
        items.append(Thread(article.url, found.source, thread.comments, thread.declared_count, extraction.engine))
    return [to_json(item) for item in items]


def _mails(session: Session, asides: Sequence[Aside]) -> Iterator[Outcome]:
    """Plans failed mails anew and releases held ones; then they go as all mail does."""
    kit, now = session.kit, session.now
    kit.services.check_post()
    by_id = {one.number: one for one in asides}
    with kit.store.begin() as tx:
        stopped = {number: _why_not(tx, number) for number in {one.group for one in asides if one.group is not None}}
        going = [one for one in tx.deliveries.by_ids(list(by_id)) if not stopped[one.issue_id]]
        failed = [one.id for one in going if one.state is DeliveryState.FAILED]
        held = [one.id for one in going if one.state is DeliveryState.UNCERTAIN and one.next_try is None]
        tx.deliveries.offer(failed, now)
        tx.deliveries.release(held, now)
    ids = sorted([*failed, *held])
    for start in range(0, len(ids), tasks.DELIVERIES):
        tasks.dispatch(kit, tasks.deliver, ids[start : start + tasks.DELIVERIES], now.isoformat())
    with kit.store.read() as tx:
        for one in tx.deliveries.by_ids(list(by_id)):
            why = stopped[one.issue_id]
            yield Outcome(by_id[one.id], "not tried", "not tried", why) if why else _of_mail(by_id[one.id], one)


def _why_not(tx: Tx, issue_id: int) -> str:
    """Why nothing of an issue would be sent now; "" when it would."""
    issue = tx.issues.by_id(issue_id)
    try:
        if issue is not None:
            check_not_cancelled(issue)
    except ConflictError as error:
        return str(error)
    if issue is not None and issue.state is IssueState.PAUSED:
        return f"issue {issue_id} is paused; let it go on first: watercooler failures replay issue-{issue_id}"
    return ""


def _of_mail(aside: Aside, delivery: Delivery) -> Outcome:
    held = delivery.state is DeliveryState.UNCERTAIN and delivery.next_try is None
    if delivery.state is DeliveryState.FAILED or held:
        return Outcome(aside, "anew", delivery.kind or "failed", delivery.reply or "")
    return Outcome(aside, "done", _OVER.get(delivery.state, "waits"), delivery.reply or "it goes when its turn comes")


def _issue(session: Session, aside: Aside) -> Outcome:
    with session.kit.store.begin() as tx:
        issue = tx.issues.by_id(aside.number)
        if issue is None:
            return Outcome(aside, "done", "done")
        count = turn(tx, issue, IssueState.OPEN, session.now)
    return Outcome(aside, "done", "done", f"it goes on with {count} deliveries at the next tick")


def _letter(session: Session, aside: Aside) -> Outcome:
    """Asks for the letter anew, in the name of who asked before, if they may still have it."""
    kit, now = session.kit, session.now
    kit.services.check_post()
    with kit.store.begin() as tx:
        subscriber_id, what = Failures(tx.connection).letter_of(aside.number)
        tx.subscribers.hold(subscriber_id)
        subscriber = tx.subscribers.by_id(subscriber_id)
        letter = CONFIRM if what == "confirm" else EXPORT
        if subscriber is None or not _may_have(tx, subscriber, what):
            raise UsageError(f"{aside.about} is {subscriber.state if subscriber else 'gone'}: nothing is sent to it")
        tx.subscribers.consent(subscriber_id, letter.asked, "failures replay", now)
    send = send_asked if what == "confirm" else send_export
    if send(kit.store, kit.services.post, subscriber_id, now):
        return Outcome(aside, "done", "done")
    with kit.store.read() as tx:
        last = tx.subscribers.consents(subscriber_id)[-1].what
    if last.endswith("refused"):
        return Outcome(aside, "anew", "refused", "the server refuses it for good")
    return Outcome(aside, "done", "waits", "it was not taken for now, and is tried again at later ticks")


def _may_have(tx: Tx, subscriber: Subscriber, what: str) -> bool:
    if what == "export":
        return may_export(subscriber)
    return subscriber.state == "pending" and not is_suppressed(tx, subscriber.email.casefold())


def _bounce(session: Session, aside: Aside) -> Outcome:
    """Reads a message again that is still in the Maildir; what came by a hook is kept nowhere."""
    kit, folder = session.kit, session.settings.bounce_folder
    with kit.store.read() as tx:
        digest = Failures(tx.connection).bounce_digest(aside.number)
    raw = next((raw for raw in _messages(folder) if digest in raw[0]), None) if folder else None
    if raw is None:
        raise UsageError(
            f"the message of {aside.id} is not kept here; if you have it: watercooler bounces read < message.eml"
        )
    with kit.store.begin() as tx:
        Failures(tx.connection).forget_bounce(aside.number)
        outcome = take(tx, raw[1], kit.services.return_paths, session.now)
    left = outcome.did in ("ignored", "unread") and outcome.subscriber_id is None
    return Outcome(aside, "anew" if left else "done", outcome.did, outcome.why)


def _messages(folder: Path) -> Iterator[tuple[tuple[str, str], bytes]]:
    """The messages of a Maildir that can be read, each with the marks by which it may be known: of bytes, or name."""
    for path in sorted([*(folder / "cur").glob("*"), *(folder / "new").glob("*")]):
        try:
            with path.open("rb") as file:
                raw = file.read(LIMIT)
        except OSError:
            continue
        name = path.name.partition(":")[0].encode("utf-8", "surrogateescape")
        yield (_mark(b"\0" + raw), _mark(name)), raw


def _mark(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()
