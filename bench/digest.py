"""From the ledger to messages: what choosing a digest's content costs a subscriber, and what composing costs a message.

The anchor for composing renders each message alone, as one would with Jinja2, css-inline and EmailMessage; it renders
the same templates and takes the same digests.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median
from zoneinfo import available_timezones

from markupsafe import Markup
from sqlalchemy import insert

from bench.made import NOW, sentence
from bench.report import Row
from crawler.items import Article
from worker.digest.compose import CHANGES, ReaderLinks, compose_digest, digest_values
from worker.digest.content import Digest, ShowBlock
from worker.digest.newsroom import BATCH, Newsroom
from worker.ingest.ledger import importance
from worker.mail.links import Links
from worker.mail.message import Envelope, Templates, compose
from worker.mail.phrases import Phrases
from worker.mail.press import Press
from worker.models import (
    Change,
    Claim,
    ClaimState,
    Field,
    Issue,
    Kind,
    Labels,
    Move,
    Preferences,
    QuoteRules,
    ShowMatch,
    Standing,
)
from worker.store import Store, Tx, open_store, schema

WEEK = timedelta(days=7)
SHOWS, ZONES = 60, 30
CHOOSING, COMPOSING = 0.02, 0.05  # ms a subscriber; of the anchor
_VALUES = {
    Field.STATUS: ("renewed", "cancelled", "in-talks"),
    Field.PRODUCTION: ("started", "wrapped", "delayed"),
    Field.CAST: ("joins: Ada Example", "leaves: Ben Example", "returns: Cleo Example"),
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many subscribers there are, in steps; how many messages are composed, by us and by the anchor."""

    subscribers: tuple[int, ...] = (1000, 10_000, 100_000)
    messages: int = 5000
    naive: int = 200


FULL = Sizes()
QUICK = Sizes(subscribers=(100, 300), messages=100, naive=10)


def run(sizes: Sizes = FULL) -> list[Row]:
    """Measures the digest."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'digest.db'}")
        with store.begin() as tx:
            _ledger(tx)
        rows = [*choosing(store, sizes), *composing(store, sizes)]
        store.close()
        return rows


def choosing(store: Store, sizes: Sizes) -> list[Row]:
    """What a subscriber costs from their row to the parts of their digest, with more and more of them.

    Apart from that: what the shows cost, whose news are read and whose parts are built once for all subscribers.
    """
    rows: list[Row] = []
    there, first = 0, None
    for count in sizes.subscribers:
        with store.begin() as tx:
            _subscribe(tx, there, count)
        there = count
        shared, each = (median(figures) for figures in zip(*(_choose(store, count) for _ in range(3)), strict=True))
        note = f"with the shows {each + shared / count:.3g}"
        rows.append(Row(f"choosing, {count:,} subscribers", each, "ms/subscriber", None, CHOOSING, note))
        if first is not None:
            rows.append(Row("  growth", each, "ms/subscriber", first, 1.1))
        first = first or each
    return [Row("reading and building a show, once an issue", shared / SHOWS, "ms/show"), *rows]


def _choose(store: Store, count: int) -> tuple[float, float]:
    """CPU milliseconds for all shows, and for a subscriber."""
    templates = Templates()
    templates.say("en")
    with store.read() as tx:
        start = time.process_time()
        room = Newsroom(tx, _issue(), QuoteRules(), templates)
        some = sum(1 for _ in room.chosen(range(1, min(count, BATCH) + 1)))  # they follow every show, in every view
        opened = time.process_time()
        chosen = sum(1 for _ in room.chosen(range(1, count + 1)))
        each = (time.process_time() - opened) * 1000 / count
    assert chosen == count
    return (opened - start) * 1000 - some * each, each


def composing(store: Store, sizes: Sizes) -> list[Row]:
    """What a message costs from its digest to its bytes, and what it costs alone."""
    templates = Templates()
    with store.begin() as tx:
        ids = list(range(1, min(sizes.messages, sizes.subscribers[-1]) + 1))
        readers = list(tx.subscribers.by_ids(ids).values())
        room = Newsroom(tx, _issue(), QuoteRules(), templates)
        digests = [digest for _, digest in room.digests(readers) if digest is not None]
    links, press = Links("https://watercooler.example", ["bench"]), Press(templates)
    shared = _timed(digests, lambda number, digest: _post(number, digest, links, press))
    alone = _timed(digests[: sizes.naive], lambda number, digest: _naive(number, digest, links, templates))
    size = len(_post(1, digests[0], links, press))
    note = f"{len(digests):,} messages of {size / 1024:.0f} KiB"
    return [Row("composing a message", shared * 1000, "us/message", alone * 1000, COMPOSING, note)]


def _timed(digests: Sequence[Digest], work: Callable[[int, Digest], bytes]) -> float:
    start = time.process_time()
    for number, digest in enumerate(digests, start=1):
        work(number, digest)
    return (time.process_time() - start) * 1000 / len(digests)


def _post(number: int, digest: Digest, links: Links, press: Press) -> bytes:
    return compose(compose_digest(digest, _links(number, links), press), _envelope(number, digest, links), now=NOW)


def _naive(number: int, digest: Digest, links: Links, templates: Templates) -> bytes:
    """The same message by the libraries alone: everything is rendered, inlined and encoded for it."""
    say, reader = templates.say(digest.language), _links(number, links)
    rows = {"glance": digest.shows[:7], "shows": digest.shows, "brief": digest.brief}
    names = {"glance": "digest/glance", "shows": "digest/show", "brief": "sections/brief"}
    kinds = {}
    for kind in ("html", "txt"):
        parts = {
            key: Markup("".join(templates.fill(f"{names[key]}.{kind}", _show(show, digest, say)) for show in shows))
            for key, shows in rows.items()
        }
        kinds[kind] = {
            **digest_values(digest, reader, say),
            "notes": "",
            "coming_up": "",
            "rumours": "",
            **parts,
            "say": say,
        }
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "W <w@watercooler.example>", digest.email, digest.subject
    message.set_content(templates.fill("digest/body.txt", kinds["txt"]), cte="quoted-printable")
    html = templates.whole("digest/body.html", kinds["html"])
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _show(show: ShowBlock, digest: Digest, say: Phrases) -> dict[str, object]:
    return {"show": show, "say": say, "zone": digest.zone, "most": CHANGES[0]}


def _links(number: int, links: Links) -> ReaderLinks:
    return ReaderLinks(links.unsubscribe(number), "mailto:unsubscribe@watercooler.example?subject=unsubscribe")


def _envelope(number: int, digest: Digest, links: Links) -> Envelope:
    url = links.unsubscribe(number) or ""
    name, list_id = "Watercooler <digest@watercooler.example>", "weekly.watercooler.example"
    return Envelope(digest.email, name, f"<{number}@mid.watercooler.example>", list_id, (url,), one_click=True)


def _issue() -> Issue:
    return Issue(1, "bench", "slots", "schedule", NOW, NOW)


def _ledger(tx: Tx) -> None:
    """Shows with a week's news: five changes each by three outlets, and two articles more."""
    words = random.Random(7)
    for number in range(SHOWS):
        show = tx.shows.add(f"{sentence(words)[:20].strip()} {number}", now=NOW - 5 * WEEK)
        match = ShowMatch(show.id, show.name, show.name, "title", "bench")
        for position, (field, value) in enumerate(_facts(words)):
            article_id = _article(tx, words, number * 100 + position, match)
            standing = words.choice([Standing.OFFICIAL, Standing.REPORTED, Standing.RUMOUR])
            claim = _claim(show.id, position + 1, field, value, standing, article_id, sentence(words))
            move = Move(None, Change.NEW, None, (), standing, value, None, "first said", ClaimState.OPEN)
            tx.stories.keep(claim, move, importance(Change.NEW, field, standing))
        for position in (90, 91):
            _article(tx, words, number * 100 + position, match)


def _facts(words: random.Random) -> Iterator[tuple[Field, str]]:
    for _ in range(5):
        field = words.choice(list(_VALUES))
        yield field, words.choice(_VALUES[field])


def _article(tx: Tx, words: random.Random, number: int, match: ShowMatch) -> int:
    at = NOW - timedelta(days=1, minutes=number % 600)
    source = f"outlet-{number % 40}"
    url = f"https://{source}.example/news/{number}"
    article = Article(url, source, sentence(words), sentence(words), published=at, language="en", outlet=source.title())
    stored = tx.articles.add(article, family=source, tier="outlet", background=False, duplicate_of=None, now=at)
    tx.articles.label(stored.id, Labels(True, (Kind.RENEWAL,), Standing.OFFICIAL, 1), [match])
    return stored.id


def _claim(
    show_id: int, season: int, field: Field, value: str, standing: Standing, article_id: int, evidence: str
) -> Claim:
    at = NOW - timedelta(days=1)
    kind = {Field.STATUS: Kind.RENEWAL, Field.PRODUCTION: Kind.PRODUCTION, Field.CAST: Kind.CASTING}[field]
    return Claim(
        *(0, show_id, season, kind, field, value, standing, evidence, "bench", "", None, article_id, 1),
        *("outlet", "Outlet", "outlet", f"https://outlet.example/{article_id}", at, False),
    )


def _subscribe(tx: Tx, there: int, count: int) -> None:
    """Subscribers with one to nine shows each, in thirty zones, few of them with wishes of their own."""
    words, zones = random.Random(count), sorted(available_timezones())[:ZONES]
    plain = Preferences()
    wishes = [plain] * 8 + [replace(plain, least=Standing.OFFICIAL), replace(plain, spoilers=True, talk=False)]
    people, follows = [], []
    for number in range(there + 1, count + 1):
        wish = replace(words.choice(wishes), zone=words.choice(zones))
        email, begun = f"reader-{number}@example.org", NOW - 4 * WEEK - timedelta(seconds=number)
        values = {name: getattr(wish, name) for name in wish.__dataclass_fields__}
        people.append(
            {"id": number, "email": email, "address_key": email, "state": "active", **_times(begun), **values}
        )
        for show_id in words.sample(range(1, SHOWS + 1), words.randint(1, 9)):
            told = {"since": begun, "told_until": NOW - WEEK}
            follows.append({"subscriber_id": number, "show_id": show_id, **told})
    tx.connection.execute(insert(schema.subscribers), people)
    tx.connection.execute(insert(schema.follows), follows)


def _times(begun: datetime) -> dict[str, datetime]:
    return {"created": begun, "confirmed_at": begun, "next_slot": NOW}
