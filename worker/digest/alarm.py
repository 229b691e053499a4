"""Tells the operators by mail that an issue was paused by itself; in the log it stands in any case."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime

from worker.errors import MailError, TemplateError
from worker.mail.message import Envelope, Rendered, compose
from worker.mail.phrases import ENGLISH
from worker.mail.post import Post
from worker.store import Store

log = logging.getLogger(__name__)


def raise_alarm(store: Store, post: Post, issue_id: int, reason: str, now: datetime) -> int:
    """Tells each operator; gives how many mails were taken. What refuses the digests may refuse these as well."""
    log.error("issue %s is paused: %s", issue_id, reason)
    with store.begin() as tx:
        issue, counts = tx.issues.by_id(issue_id), tx.deliveries.counts([issue_id])[issue_id]
    said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    context = {"issue": issue, "reason": reason, "counts": said, "at": now, "zone": post.zone}
    return sum(_tell(address, f"{issue_id}/{reason}", context, post, now) for address in post.operators)


def _tell(address: str, what: str, context: Mapping[str, object], post: Post, now: datetime) -> bool:
    mark = hashlib.blake2b(f"{address}/{what}/{now.isoformat()}".encode(), digest_size=10).hexdigest()
    try:
        filled = {"say": post.templates.say(ENGLISH), **context}
        subject, text = (post.templates.fill(f"alarm/{name}.txt", filled) for name in ("subject", "body"))
        envelope = Envelope(address, post.sender, f"<alarm.{mark}@mid.{post.domain}>", kind="transactional")
        post.send(compose(Rendered(" ".join(subject.split()), text).body, envelope, now=now), address)
    except (MailError, TemplateError) as error:
        log.warning("the alarm to an operator was not taken: %s", getattr(error, "reason", error))
        return False
    return True
