"""Choosing: what is shared by many readers is what each would get alone, and what nobody needs is not read."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from tests.factories import NOW, make_article, make_claim
from worker.digest.content import Digest
from worker.digest.newsroom import Newsroom
from worker.mail.message import Templates
from worker.models import (
    Change,
    ClaimState,
    Follow,
    Issue,
    Labels,
    Move,
    Preferences,
    QuoteRules,
    ShowMatch,
    Standing,
    Subscriber,
)
from worker.store import Store, Tx
from worker.store.subscribers import Sent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEMPLATES = Templates()
SHOWS, READERS = 6, 40
WISHES = (Preferences(), Preferences(least=Standing.OFFICIAL), Preferences(spoilers=True, talk=False))


def fill(tx: Tx, words: random.Random) -> None:
    """Shows with three weeks of claims, some rumours confirmed; readers of all kinds, told of this and that."""
    for number in range(1, SHOWS + 1):
        show = tx.shows.add(f"Show {number}", now=NOW - 60 * DAY)
        for _ in range(6):
            _claim(tx, words, show.id, show.name)
    updates = {show: tx.stories.updates([show], NOW - 90 * DAY, NOW) for show in range(1, SHOWS + 1)}
    for number in range(1, READERS + 1):
        wish = words.choice(WISHES)
        added = tx.subscribers.add(f"{number}@example.org", str(number), state="active", preferences=wish, now=NOW)
        for show in words.sample(range(1, SHOWS + 1), words.randint(1, SHOWS)):
            tx.subscribers.follow(added.id, show, NOW - words.randint(1, 480) * HOUR)
            told = [update for update in updates[show] if words.random() < 0.4]
            if words.random() < 0.7:
                until = NOW - words.choice((1, 7, 14)) * DAY
                delivery = _delivery(tx, until, added.id)
                tx.subscribers.tell([Sent(added.id, delivery, (show,), tuple(one.id for one in told), until)])
            if words.random() < 0.2:
                tx.subscribers.snooze(added.id, show, NOW + words.choice((-1, 1)) * DAY)


def _claim(tx: Tx, words: random.Random, show_id: int, name: str) -> None:
    at, number = NOW - words.randint(1, 500) * HOUR, tx.articles.count()
    article = make_article(url=f"https://a.example/{number}", title=f"{name} {number}")
    stored = tx.articles.add(article, family=f"f{number}", tier="fan", background=False, duplicate_of=None, now=at)
    article_id = stored.id
    tx.articles.label(article_id, Labels(True, (), None, None), [ShowMatch(show_id, name, name, "title", "")])
    if words.random() < 0.2:
        return
    rumours = [story for story in tx.stories.ledger(show_id) if story.standing is Standing.RUMOUR]
    claim = make_claim(show_id=show_id, article_id=article_id, season=number, seen_at=at)
    if rumours and words.random() < 0.5:
        was = rumours[0]
        change = Move(was, Change.CONFIRMED, was, (), Standing.OFFICIAL, was.value, None, "said", ClaimState.OPEN)
        claim = make_claim(show_id=show_id, article_id=article_id, season=was.season, seen_at=at)
    else:
        change = Move(None, Change.NEW, None, (), Standing.RUMOUR, claim.value, None, "first", ClaimState.OPEN)
    tx.stories.keep(claim, change, number)


def _delivery(tx: Tx, until: datetime, subscriber_id: int) -> int:
    asked = {"trigger": "admin", "asked_by": "a test"}
    issue, _ = tx.issues.open(f"{until}", period_end=until, show_id=None, since=None, now=until, **asked)
    tx.deliveries.plan(issue.id, [subscriber_id], NOW)
    return max(one.id for one in tx.deliveries.of_issue(issue.id))


def newsroom(tx: Tx, issue: Issue) -> Newsroom:
    return Newsroom(tx, issue, QuoteRules(), TEMPLATES)


def alone(tx: Tx, issue: Issue, number: int) -> Digest | None:
    """What one reader gets of a newsroom of their own, all of their row read."""
    reader = tx.subscribers.by_id(number)
    assert reader is not None
    ((_, digest),) = newsroom(tx, issue).digests([reader])
    return digest


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("since", [None, NOW - 10 * DAY])
def test_many_readers_get_what_each_gets_alone(store: Store, seed: int, since: datetime | None) -> None:
    words = random.Random(seed)
    issue = Issue(0, "now", "admin", "a test", NOW, NOW, since=since)
    with store.begin() as tx:
        fill(tx, words)
        numbers = words.sample(range(1, READERS + 1), READERS)
        readers = list(tx.subscribers.by_ids(numbers).values())
        together = {reader.id: digest for reader, digest in newsroom(tx, issue).digests(readers)}
        assert together == {number: alone(tx, issue, number) for number in numbers}
        chosen = {reader.id: blocks for reader, blocks in newsroom(tx, issue).chosen(numbers)}
    for number, digest in together.items():
        worth = {block for block in chosen[number] if block.worth or block.talk}
        assert worth == set((*digest.shows, *digest.brief) if digest else ())
    told = [item for digest in together.values() if digest for show in digest.shows for item in show.told]
    assert {item.change for item in told} == {Change.NEW, Change.CONFIRMED}


def test_who_waits_longer_for_the_first_digest_is_told_more(sqlite_store: Store) -> None:
    early, late = (Follow(1, NOW - days * DAY, None) for days in (20, 1))
    readers = [Subscriber(n, f"{n}@example.org", "active", NOW, follows=(one,)) for n, one in enumerate((late, early))]
    with sqlite_store.begin() as tx:
        show = tx.shows.add("Show 1", now=NOW - 60 * DAY)
        article = tx.articles.add(
            make_article(), family="f", tier="fan", background=False, duplicate_of=None, now=NOW - 15 * DAY
        )
        claim = make_claim(show_id=show.id, article_id=article.id, seen_at=NOW - 15 * DAY)
        tx.stories.keep(claim, Move(None, Change.NEW, None, (), Standing.RUMOUR, "renewed", None, "first"), 1)
        issue = Issue(0, "now", "admin", "a test", NOW, NOW)
        found = [bool(digest and digest.shows[0].told) for _, digest in newsroom(tx, issue).digests(readers)]
    assert found == [False, True]


def test_shows_are_read_together(sqlite_store: Store) -> None:
    """As many statements for six shows as for one."""
    counts: list[int] = []
    with sqlite_store.begin() as tx:
        for _ in range(6):
            tx.shows.add("Show", now=NOW)

        def count(*_: object) -> None:
            counts[-1] += 1

        event.listen(tx.connection, "before_cursor_execute", count)
        for most in (1, 6):
            counts.append(0)
            follows = tuple(Follow(n, NOW, NOW - DAY) for n in range(1, most + 1))
            reader = Subscriber(1, "a@example.org", "active", NOW, follows=follows)
            list(newsroom(tx, Issue(0, "now", "admin", "a test", NOW, NOW)).digests([reader]))
    assert counts[0] == counts[1] > 0


def test_a_dry_run_holds_up_nobody_who_writes(sqlite_store: Store) -> None:
    with sqlite_store.begin() as tx:
        fill(tx, random.Random(1))
    written = threading.Event()

    def write() -> None:
        with sqlite_store.begin() as tx:
            tx.shows.add("Written meanwhile", now=NOW)
        written.set()

    with sqlite_store.read() as tx:
        rehearsal = newsroom(tx, Issue(0, "now", "admin", "a test", NOW, NOW)).chosen(range(1, READERS + 1))
        next(rehearsal)
        writer = threading.Thread(target=write)
        writer.start()
        assert written.wait(10)
        assert "Written meanwhile" not in {show.name for show in tx.shows.all()}
        assert len(list(rehearsal)) == READERS - 1
    writer.join()
