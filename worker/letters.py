"""Mails to one person that no issue sends: confirm, welcome, export. Each is noted before it is handed over.

The record of consents says how far one is that must arrive: "asked" and "tried" are written before a mail is handed
over, "mailed" or "refused" after it, each with the letter's own word. Nothing else is remembered, so that a crash or a
server that is away delays a mail and loses none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.errors import MailError
from worker.mail.links import CONFIRM_WITHIN
from worker.mail.message import Attachment, Envelope, compose
from worker.mail.post import Post
from worker.models import Subscriber
from worker.store import Store, Tx
from worker.store.subscribers import Consent

log = logging.getLogger(__name__)

LIST_NAME = "Watercooler"
WANTED = CONFIRM_WITHIN  # how long after it was asked for a letter is still tried


@dataclass(frozen=True, slots=True)
class Letter:
    """A kind of letter: its templates, the words of the record that tell its fate, and those that make it needless."""

    name: str
    prefix: str = ""
    settled: tuple[str, ...] = ()
    lasting: bool = False  # when the waits are used up, the last one is waited again, as long as it is wanted

    @property
    def asked(self) -> str:
        """The word for "somebody wants it"."""
        return f"{self.prefix}asked"

    @property
    def tried(self) -> str:
        """The word for "it is about to be handed over once more"."""
        return f"{self.prefix}tried"

    @property
    def done(self) -> tuple[str, ...]:
        """The words after which it is not handed over any more."""
        return (*self.settled, f"{self.prefix}mailed", f"{self.prefix}refused")


CONFIRM = Letter("confirm", settled=("confirmed", "imported", "added", "unsubscribed", "bounced", "suppressed"))
WELCOME = Letter("welcome")
EXPORT = Letter("export", "export ", settled=("suppressed",), lasting=True)


def was_asked(record: Sequence[Consent], letter: Letter, within: timedelta, now: datetime) -> bool:
    """Was it asked for within this time, and has nothing settled it since?"""
    for line in reversed(record):
        if line.what in letter.settled:
            return False
        if line.what == letter.asked:
            return now - line.at <= within
    return False


def is_due(record: Sequence[Consent], letter: Letter, retry: Sequence[timedelta], now: datetime) -> bool:
    """Is a letter still to be handed over, and has the wait after the last try passed?"""
    tries: list[datetime] = []
    for line in reversed(record):
        if line.what in letter.done:
            return False
        if line.what in (letter.asked, letter.tried):
            tries.append(line.at)
        if line.what == letter.asked:
            break
    if not tries or not retry or (len(tries) > len(retry) and not letter.lasting):
        return False
    return now - tries[0] >= retry[min(len(tries), len(retry)) - 1]


def take_due(tx: Tx, letter: Letter, post: Post, now: datetime) -> list[int]:
    """Whose letters were not taken yet and are to be handed over now. Of two who ask at once, one gets each."""
    due = []
    for subscriber_id, record in sorted(tx.subscribers.asked_since(now - WANTED, letter.asked).items()):
        if not is_due(record, letter, post.retry, now):
            continue
        tx.subscribers.hold(subscriber_id)
        if is_due(tx.subscribers.consents(subscriber_id), letter, post.retry, now):  # nobody was faster
            tx.subscribers.consent(subscriber_id, letter.tried, post.transport.name, now)
            due.append(subscriber_id)
    return due


def hand_over(
    store: Store, post: Post, subscriber: Subscriber, letter: Letter, send: Callable[[], None], now: datetime
) -> bool:
    """Has a letter sent that is noted, and records its fate; False when it was not taken, and is tried again later."""
    try:
        send()
        what = "mailed"
    except MailError as error:
        log_refusal(letter, subscriber, error)
        if not error.permanent and not error.uncertain:
            return False
        what = "mailed" if error.uncertain else "refused"
    with store.begin() as tx:
        if tx.subscribers.by_id(subscriber.id):
            tx.subscribers.consent(subscriber.id, letter.prefix + what, post.transport.name, now)
    return what == "mailed"


def log_refusal(letter: Letter, subscriber: Subscriber, error: MailError) -> None:
    """Says why, without the address: logs outlive those who want to be forgotten."""
    reason = error.reason.replace(subscriber.email, "…")
    log.warning("the %s mail to subscriber %s was not taken: %s", letter.name, subscriber.id, reason)


def send_letter(
    post: Post,
    subscriber: Subscriber,
    letter: Letter,
    context: Mapping[str, object],
    now: datetime,
    attachment: Attachment | None = None,
) -> None:
    """Writes a letter in the reader's language, and hands it over. Raises MailError, TemplateError."""
    envelope = Envelope(
        to=subscriber.email,
        sender=post.sender,
        message_id=f"<{letter.name}.{subscriber.id}.{int(now.timestamp())}@mid.{post.domain}>",
        kind="transactional",
    )
    say = post.templates.say(subscriber.preferences.language)
    rendered = post.templates.render(letter.name, {"say": say, "list_name": LIST_NAME, **context})
    rendered = replace(rendered, html="") if subscriber.preferences.plain else rendered
    message = compose(rendered.body, envelope, now=now, attachment=attachment)
    post.send(message, subscriber.email)
