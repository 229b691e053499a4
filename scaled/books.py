"""What an installation holds in the end, by content: no ids, no moments of reading. Two of them can be compared."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from worker.models import ClaimState, DeliveryState
from worker.store import Store, schema
from worker.store.deliveries import TO_COME

Fact = tuple[str, ...]
"""What one thing says, in words: it has no id."""

_FREE = ("plot", "ratings")  # fields that hold sentences: a story has those of whoever told it first


@dataclass(frozen=True, slots=True)
class Mailed:
    """One delivery: whose, of which turn, what became of it, and what its message is called."""

    email: str
    period: str
    state: str
    doubts: int
    message_id: str
    reply: str


@dataclass(frozen=True, slots=True)
class Books:
    """All that counts, each thing as often as it is there. Groups are sets of the URLs, or claims, that are one."""

    articles: Counter[Fact] = field(default_factory=Counter)
    comments: Counter[Fact] = field(default_factory=Counter)
    claims: Counter[Fact] = field(default_factory=Counter)
    stories: Counter[tuple[Fact, frozenset[Fact]]] = field(default_factory=Counter)
    news: Counter[frozenset[str]] = field(default_factory=Counter)
    copies: Counter[frozenset[str]] = field(default_factory=Counter)
    turns: Counter[Fact] = field(default_factory=Counter)
    told: Counter[Fact] = field(default_factory=Counter)
    shows: Counter[Fact] = field(default_factory=Counter)
    aside: Counter[Fact] = field(default_factory=Counter)
    mails: tuple[Mailed, ...] = ()


def read_books(store: Store) -> Books:
    """Reads all of it in one transaction."""
    with store.read() as tx:
        at = tx.connection
        urls = {row[0]: row[1] for row in at.execute(select(schema.articles.c.id, schema.articles.c.url))}
        claims = _claims(at)
        return Books(
            articles=_articles(at),
            comments=_comments(at, urls),
            claims=Counter(fact for _, fact in claims.values()),
            stories=_stories(at, claims),
            news=_groups(at.execute(select(schema.articles.c.story, schema.articles.c.url))),
            copies=_copies(at, urls),
            turns=_turns(at),
            told=_told(at),
            shows=Counter(_fact(row[0]) for row in at.execute(select(schema.shows.c.name))),
            aside=_aside(at),
            mails=tuple(_mails(at)),
        )


def _articles(at: Connection) -> Counter[Fact]:
    table, shows = schema.articles, schema.article_shows
    named = select(shows.c.article_id, schema.shows.c.name).join(schema.shows, schema.shows.c.id == shows.c.show_id)
    about: dict[int, list[str]] = defaultdict(list)
    for number, name in at.execute(named):
        about[number].append(name)
    columns = ("id", "url", "source", "title", "fingerprint", "published", "background", "labels")
    return Counter(
        _fact(*row[1:-1], json.dumps(row[-1], sort_keys=True), *sorted(about[row[0]]))
        for row in at.execute(select(*(table.c[name] for name in columns)))
    )


def _comments(at: Connection, urls: dict[int, str]) -> Counter[Fact]:
    table = schema.comments
    rows = at.execute(select(table.c.article_id, table.c.id, table.c.author, table.c.text))
    return Counter(_fact(urls[row[0]], *row[1:]) for row in rows)


def _claims(at: Connection) -> dict[int, tuple[int, Fact]]:
    """Every claim by its id, with its story's id and what it says."""
    table, shows, articles = schema.claims, schema.shows, schema.articles
    said = ("season", "kind", "field", "value", "standing", "evidence", "heading", "when_text", "source", "family")
    rows = at.execute(
        select(table.c.id, table.c.story_id, shows.c.name, articles.c.url, *(table.c[name] for name in said))
        .select_from(table)
        .join(shows, shows.c.id == table.c.show_id)
        .join(articles, articles.c.id == table.c.article_id)
    )
    return {row[0]: (row[1], _fact(*row[2:])) for row in rows}


def _stories(at: Connection, claims: dict[int, tuple[int, Fact]]) -> Counter[tuple[Fact, frozenset[Fact]]]:
    """What finally stands: each story's own words with the claims that are one with it."""
    of: dict[int, set[Fact]] = defaultdict(set)
    for story, fact in claims.values():
        of[story].add(fact)
    table = schema.stories
    said = ("field", "value", "season", "kind", "standing", "state", "when_text")
    rows = at.execute(
        select(table.c.id, schema.shows.c.name, *(table.c[name] for name in said)).join(
            schema.shows, schema.shows.c.id == table.c.show_id
        )
    )
    return Counter((_said(row[1:]), frozenset(of[row[0]])) for row in rows)


def _groups(rows: Iterable[Any]) -> Counter[frozenset[str]]:
    found: dict[object, set[str]] = defaultdict(set)
    for number, url in rows:
        found[url if number is None else number].add(url)
    return Counter(frozenset(urls) for urls in found.values())


def _copies(at: Connection, urls: dict[int, str]) -> Counter[frozenset[str]]:
    """Texts that are one: which of them was read first does not matter."""
    table = schema.articles
    pairs = at.execute(select(table.c.duplicate_of, table.c.url).where(table.c.duplicate_of.is_not(None)))
    found: dict[str, set[str]] = defaultdict(set)
    for original, url in pairs:
        found[urls[original]] |= {urls[original], url}
    return Counter(frozenset(group) for group in found.values())


def _turns(at: Connection) -> Counter[Fact]:
    table, people = schema.slots, schema.subscribers
    rows = select(people.c.email, table.c.period, table.c.outcome).join(people, people.c.id == table.c.subscriber_id)
    return Counter(_fact(*row) for row in at.execute(rows))


def _told(at: Connection) -> Counter[Fact]:
    """What each reader was told of what stands: once, whatever it was called on the day.

    What was overtaken before the reader's turn came is no news any more, so it is told to some and not to others.
    """
    table, people, updates, shows = schema.told, schema.subscribers, schema.updates, schema.shows
    stories = schema.stories
    rows = at.execute(
        select(people.c.email, shows.c.name, stories.c.field, stories.c.value, stories.c.season)
        .select_from(table)
        .join(people, people.c.id == table.c.subscriber_id)
        .join(updates, updates.c.id == table.c.update_id)
        .join(stories, stories.c.id == updates.c.story_id)
        .join(shows, shows.c.id == stories.c.show_id)
        .where(stories.c.state == str(ClaimState.OPEN))
    )
    return Counter({(row[0], *_said(row[1:])) for row in rows})


def _aside(at: Connection) -> Counter[Fact]:
    table = schema.failures
    return Counter(_fact(*row) for row in at.execute(select(table.c.source, table.c.url, table.c.reason)))


def _mails(at: Connection) -> Iterable[Mailed]:
    table, people, slots = schema.deliveries, schema.subscribers, schema.slots
    of_turn = (slots.c.subscriber_id == table.c.subscriber_id) & (slots.c.issue_id == table.c.issue_id)
    rows = at.execute(
        select(
            people.c.email,
            slots.c.period,
            table.c.state,
            table.c.doubts,
            table.c.message_id,
            table.c.reply,
        )
        .select_from(table)
        .join(people, people.c.id == table.c.subscriber_id)
        .join(slots, of_turn, isouter=True)
    )
    for row in rows:
        yield Mailed(row[0], row[1] or "", str(DeliveryState(row[2])), row[3], row[4] or "", row[5] or "")


def left_in_the_database(store: Store, now: datetime | None = None) -> dict[str, int]:
    """What is in hand or waits: all of it is to become nothing once nobody disturbs. Leases count until they end."""
    with store.read() as tx:
        at, hosts, deliveries = tx.connection, schema.hosts, schema.deliveries
        leased = [hosts.c.leased_by.is_not(None), *([hosts.c.leased_until > now] if now else [])]
        counts = {
            "items in the inbox": select(func.count()).select_from(schema.inbox),
            "hosts leased": select(func.count()).select_from(hosts).where(*leased),
            "deliveries to come": select(func.count())
            .select_from(deliveries)
            .where(deliveries.c.state.in_([str(state) for state in TO_COME])),
            "frozen messages": select(func.count()).select_from(schema.outbox),
        }
        return {name: int(at.execute(statement).scalar_one()) for name, statement in counts.items()}


def _said(values: Sequence[Any]) -> Fact:
    """A fact of a show, a field and its value, and more; without the value where that is a sentence."""
    show, about, value, *more = values
    return _fact(show, about, "" if about in _FREE else value, *more)


def _fact(*values: Any) -> Fact:
    return tuple("" if value is None else str(value) for value in values)
