"""Two installations held against each other by content: what each knows and what each mailed, without ids and times."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import select

from scaled.account import Line, same
from scaled.books import Books, Fact
from worker.store import Store, schema

HEADERS = ("From", "To", "Subject", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Language")
_SENT_AT = re.compile(r", \d\d:\d\d (?=\(\w+/\w+\))")  # What is new since Fri 5 Mar 2027, 07:00 (Europe/London)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its books, what it told as changed, and the mails that came of it."""

    books: Books
    updates: Counter[Fact]
    mails: tuple[bytes, ...]


def read_updates(store: Store) -> Counter[Fact]:
    """What changed, as readers are told it: old and new, and the words of the decision."""
    table, shows, claims, articles = schema.updates, schema.shows, schema.claims, schema.articles
    said = ("change", "season", "field", "kind", "value", "standing", "was_value", "was_standing", "importance")
    rows = select(shows.c.name, articles.c.url, *(table.c[name] for name in (*said, "reason", "background")))
    joined = rows.select_from(table).join(shows, shows.c.id == table.c.show_id)
    joined = joined.join(claims, claims.c.id == table.c.claim_id).join(articles, articles.c.id == claims.c.article_id)
    with store.read() as tx:
        return Counter(tuple("" if v is None else str(v) for v in row) for row in tx.connection.execute(joined))


def compare(embedded: Side, scaled: Side, public_url: str) -> list[Line]:
    """One line for each thing that has to be the same. `public_url` is where our own pages are."""
    one, two = embedded.books, scaled.books
    mails = [[mail_lines(raw, public_url) for raw in side.mails] for side in (embedded, scaled)]
    first, second = (Counter(line for lines in side for line in lines) for side in mails)
    return [
        same("articles", one.articles, two.articles),
        same("comments", one.comments, two.comments),
        same("copies", one.copies, two.copies),
        same("claims", one.claims, two.claims),
        same("stories", one.stories, two.stories),
        same("news", one.news, two.news),
        same("updates", embedded.updates, scaled.updates),
        same("told", one.told, two.told),
        same("set aside", one.aside, two.aside),
        same("mails", _heads(embedded.mails), _heads(scaled.mails)),
        same("lines of mails", first, second),
        same("texts of mails", *(Counter(map(tuple, side)) for side in mails)),  # the same lines in the same order
    ]


def mail_lines(raw: bytes, public_url: str) -> list[Hashable]:
    """Every line of a mail, with whose it is and where it stands: headers, text, HTML."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    to = f"{message['To']} {message['Subject']}"
    found: list[Hashable] = [(to, name, plain(str(message[name]), public_url)) for name in HEADERS if message[name]]
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        text = str(part.get_content()) if isinstance(part, EmailMessage) else ""
        found += [(to, kind, line) for line in plain(text, public_url).splitlines()]
    return found


def plain(text: str, public_url: str) -> str:
    """A text without the tokens in links to our own pages, and without the minute when the digest before was sent."""
    ours = re.compile(re.escape(public_url) + r"(/[\w-]*)[^\s\"'<>)]*")
    return _SENT_AT.sub(", <time> ", ours.sub(r"<ours>\1", text))


def _heads(mails: Iterable[bytes]) -> Counter[Hashable]:
    messages = [email.message_from_bytes(raw, policy=email.policy.default) for raw in mails]
    return Counter((str(message["To"]), str(message["Subject"])) for message in messages)
