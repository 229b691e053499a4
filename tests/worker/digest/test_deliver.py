"""Digests and deliveries, over a real store, a real Maildir and a real SMTP listener."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from crawler.items import Section
from tests.factories import NOW, make_article, make_claim, make_thread, make_when, send_issue
from tests.smtp import Server, running
from worker import tasks
from worker.digest.content import Digest
from worker.digest.deliver import Sender, preview
from worker.digest.issue import Request, open_for_request
from worker.mail import open_transport
from worker.mail.post import Post
from worker.mail.smtp_server import Limits
from worker.models import (
    Change,
    ClaimState,
    DeliveryState,
    Field,
    Issue,
    Labels,
    Move,
    SectionChange,
    Show,
    ShowMatch,
    Standing,
    Subscriber,
)
from worker.store import Tx
from worker.subscribers import add_subscriber, find_subscriber, follow, unsubscribe
from worker.tasks import Kit

WEEK = timedelta(days=7)
LATER = NOW + WEEK


@pytest.fixture
def show(kit: Kit) -> Show:
    with kit.store.begin() as tx:
        return tx.shows.add("Harbour Lights", now=NOW)


def reader(kit: Kit, show: Show, address: str = "ann@example.org") -> Subscriber:
    with kit.store.begin() as tx:
        found, _ = add_subscriber(tx, address, zone="UTC", confirmed=True, now=NOW)
        follow(tx, found, show, NOW)
        return find_subscriber(tx, address)


def add_article(tx: Tx, show: Show, outlet: str, now: datetime, **values: Any) -> int:
    article = make_article(url=f"https://{outlet}.example/a", source=outlet, outlet=outlet, **values)
    stored = tx.articles.by_url(article.url) or tx.articles.add(
        article, family=outlet, tier="fan", background=False, duplicate_of=None, now=now
    )
    tx.articles.label(stored.id, Labels(True, (), None, None), [ShowMatch(show.id, show.name, show.name, "title", "")])
    return stored.id


def say(kit: Kit, show: Show, outlet: str, change: Change, now: datetime, **values: Any) -> None:
    """An outlet makes a claim, and the ledger does what we say."""
    with kit.store.begin() as tx:
        claim = make_claim(
            show_id=show.id,
            article_id=add_article(tx, show, outlet, now),
            outlet=outlet,
            source=outlet,
            family=outlet,
            url=f"https://{outlet}.example/a",
            seen_at=now,
            **values,
        )
        ledger = tx.stories.ledger(show.id, claim.field)
        same = next((story for story in ledger if story.value == claim.value), None)
        was = same or (ledger[-1] if ledger else None)
        close = ((was.id, ClaimState.MOVED),) if was and change is Change.MOVED else ()
        move = Move(
            same,
            change,
            None if change is Change.NEW else was,
            close,
            claim.standing,
            claim.value,
            claim.when,
            "said so",
        )
        tx.stories.keep(claim, move, 60)


def look(kit: Kit, who: Subscriber, now: datetime) -> Digest | None:
    with kit.store.begin() as tx:
        who = find_subscriber(tx, who.email)
    return preview(kit.store, who, Issue(0, "preview", "admin", "test", now, now), kit.services.templates)


def send(kit: Kit, now: datetime) -> list[tuple[str, str]]:
    issue, _ = open_for_request(kit.store, Request(), now)
    return [(d.email, d.state) for d in send_issue(kit, issue.id, now)]


def box(kit: Kit) -> list[Any]:
    folder = kit.settings.folder / "outbox" / "new"
    paths = sorted(folder.glob("*")) if folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]


class TestWhatIsTold:
    def test_a_rumour_is_told_once_and_its_confirmation_once(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "ledger", Change.NEW, NOW)
        first = look(kit, ann, NOW)
        assert first is not None
        assert [(item.change, item.standing) for item in first.shows[0].updates] == [(Change.NEW, Standing.RUMOUR)]
        assert "rumoured" in first.subject
        send(kit, NOW)
        assert look(kit, ann, NOW + timedelta(hours=1)) is None

        say(kit, show, "network", Change.CONFIRMED, LATER, standing=Standing.OFFICIAL)
        second = look(kit, ann, LATER)
        assert second is not None
        (item,) = second.shows[0].updates
        assert (item.change, item.headline) == (Change.CONFIRMED, "Season 2 is renewed")
        assert (item.source.outlet, [other.outlet for other in item.others]) == ("network", ["ledger"])
        assert "a rumour by ledger" in item.sentence
        send(kit, LATER)
        assert look(kit, ann, LATER + WEEK) is None

    def test_who_never_heard_the_rumour_is_told_it_as_new(self, kit: Kit, show: Show) -> None:
        say(kit, show, "ledger", Change.NEW, NOW)
        say(kit, show, "network", Change.CONFIRMED, LATER, standing=Standing.OFFICIAL)
        digest = look(kit, reader(kit, show), LATER)
        assert digest is not None
        assert [item.change for item in digest.shows[0].updates] == [Change.NEW]

    def test_of_a_date_that_moves_twice_the_last_word_is_told_with_what_it_was(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        date = {"field": Field.RELEASE, "standing": Standing.OFFICIAL}
        say(kit, show, "a", Change.NEW, NOW, value="2027", when=make_when("2027", "2027-01-01", "2027-12-31"), **date)
        send(kit, NOW)
        for n, (outlet, year) in enumerate((("b", "2028"), ("c", "2029"))):
            when = make_when(year, f"{year}-01-01", f"{year}-12-31")
            say(kit, show, outlet, Change.MOVED, LATER + n * timedelta(minutes=1), value=year, when=when, **date)
        digest = look(kit, ann, LATER + WEEK)
        assert digest is not None
        (item,) = digest.shows[0].updates
        assert item.box is not None
        assert (item.change, item.box.was, item.box.now) == (Change.MOVED, "2028", "2029")
        assert "was 2028, official" in digest.shows[0].status

    def test_one_more_source_and_a_guess_are_no_news(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        say(kit, show, "b", Change.CORROBORATED, LATER)
        say(kit, show, "c", Change.NEW, LATER, value="cancelled", standing=Standing.SPECULATION)
        assert look(kit, ann, LATER) is None

    def test_rewriting_talk_and_other_articles_are_told(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        with kit.store.begin() as tx:
            article_id = add_article(tx, show, "a", NOW)
            stored = tx.articles.by_id(article_id)
            assert stored is not None
            change = SectionChange("When is it out?", ("In 2027.",), ("On 14 January 2028.",))
            tx.articles.add_version(stored, replace(stored.article, sections=(Section("", "x"),)), [change], LATER)
            thread = make_thread("I knew it all along, honestly.", "short", declared_count=9)
            tx.articles.save_thread(article_id, thread, LATER)
            add_article(tx, show, "b", LATER, title="The lamp of Harbour Lights is real")
        digest = look(kit, ann, LATER)
        assert digest is not None
        block = digest.shows[0]
        assert [(r.heading, r.old, r.new) for r in block.rewritten] == [
            ("When is it out?", ("In 2027.",), ("On 14 January 2028.",))
        ]
        assert [(t.new, t.declared, [q.text for q in t.quotes]) for t in block.talk] == [
            (2, 9, ["I knew it all along, honestly."])
        ]
        assert [link.title for link in block.also] == ["The lamp of Harbour Lights is real"]

    def test_what_stood_before_is_dated_by_its_publication(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            add_article(tx, show, "a", NOW, published=NOW - timedelta(days=3))
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        say(kit, show, "b", Change.CONFIRMED, LATER, standing=Standing.OFFICIAL)
        digest = look(kit, ann, LATER)
        assert digest is not None
        assert "Since 2 Mar 2027 it had been a rumour by a." in digest.shows[0].updates[0].sentence

    def test_a_story_that_a_first_digest_stated_is_confirmed_later(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW - 10 * WEEK)
        send(kit, NOW)
        say(kit, show, "b", Change.CONFIRMED, LATER, standing=Standing.OFFICIAL)
        digest = look(kit, ann, LATER)
        assert digest is not None
        assert [item.change for item in digest.shows[0].updates] == [Change.CONFIRMED]

    def test_talk_alone_makes_no_mail(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        with kit.store.begin() as tx:
            tx.articles.save_thread(add_article(tx, show, "a", NOW), make_thread("one more word here"), LATER)
        assert look(kit, ann, LATER) is None

    def test_the_first_digest_says_where_a_show_stands(self, kit: Kit, show: Show) -> None:
        say(kit, show, "a", Change.NEW, NOW - 10 * WEEK, standing=Standing.OFFICIAL)
        digest = look(kit, reader(kit, show), NOW)
        assert digest is not None
        assert digest.shows[0].first
        assert digest.shows[0].status == "Season 2: renewed (official)"
        assert digest.shows[0].updates == ()

    def test_one_show_sent_on_demand_leaves_the_others_for_friday(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            other = tx.shows.add("Night Ferry", now=NOW)
            follow(tx, ann, other, NOW)
        say(kit, show, "a", Change.NEW, NOW)
        say(kit, other, "b", Change.NEW, NOW)
        issue, _ = open_for_request(kit.store, Request(show_id=show.id), NOW)
        tasks.send(kit, issue.id, NOW)
        digest = look(kit, ann, LATER)
        assert digest is not None
        assert [block.name for block in digest.shows] == ["Night Ferry"]
        assert digest.quiet == ("Harbour Lights",)


class TestDeliveries:
    def test_asking_twice_sends_once(self, kit: Kit, show: Show) -> None:
        reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        assert send(kit, NOW) == send(kit, NOW) == [("ann@example.org", DeliveryState.SENT)]
        assert send(kit, NOW + timedelta(hours=1)) == [("ann@example.org", DeliveryState.SKIPPED)]
        assert len(box(kit)) == 1

    def test_the_mail_is_what_the_preview_said(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        digest = look(kit, ann, NOW)
        send(kit, NOW)
        (message,) = box(kit)
        assert digest is not None
        assert message["Subject"] == digest.subject
        assert message["To"] == "ann@example.org"
        assert message["List-Unsubscribe"] == "<mailto:unsubscribe@watercooler.example?subject=unsubscribe>"
        assert digest.shows[0].updates[0].sentence.split(";")[0] in " ".join(
            message.get_body(("plain",)).get_content().split()
        )

    def test_who_unsubscribes_between_planning_and_hand_over_gets_nothing(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        unsubscribe(kit.store, ann.id, NOW)
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.SKIPPED]
        assert box(kit) == []

    def test_an_outbox_that_cannot_be_written_defers_and_loses_nothing(self, kit: Kit, show: Show) -> None:
        reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        outbox = kit.settings.folder / "outbox"
        outbox.write_text("a file stands in the way")
        assert send(kit, NOW) == [("ann@example.org", DeliveryState.DEFERRED)]
        outbox.unlink()
        tasks.tick(kit, (NOW + timedelta(minutes=2)).isoformat())
        assert len(box(kit)) == 1

    def test_a_slot_that_comes_is_served_and_the_next_one_set(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        assert ann.next_slot is not None
        tasks.tick(kit, (ann.next_slot - timedelta(minutes=1)).isoformat())
        assert box(kit) == []
        tasks.tick(kit, ann.next_slot.isoformat())
        tasks.tick(kit, ann.next_slot.isoformat())
        assert len(box(kit)) == 1
        with kit.store.begin() as tx:
            assert find_subscriber(tx, ann.email).next_slot == ann.next_slot + WEEK


@pytest.fixture
def smtp() -> Iterator[Server]:
    for loop in running():
        yield loop.listen()


class TestRefusals:
    def test_each_refusal_is_its_own_and_a_retry_has_the_same_bytes(self, kit: Kit, show: Show, smtp: Server) -> None:
        for name in ("ann", "bob", "eve"):
            reader(kit, show, f"{name}@example.org")
        say(kit, show, "a", Change.NEW, NOW)
        smtp.script = {"RCPT": ["", "451 4.7.1 come back", "550 5.1.1 nobody here"]}
        post = replace(kit.post, transport=open_transport(f"smtp://127.0.0.1:{smtp.port}", Limits(connections=1)))
        issue, _ = open_for_request(kit.store, Request(), NOW)
        assert self.deliver(kit, post, issue, NOW) == ["sent", "deferred", "failed"]
        with kit.store.begin() as tx:
            frozen = {d.email: tx.deliveries.frozen([d.id]).get(d.id) for d in tx.deliveries.of_issue(issue.id)}
        waiting = frozen["bob@example.org"]
        assert waiting is not None
        assert frozen["ann@example.org"] is None
        assert self.deliver(kit, post, issue, NOW + timedelta(hours=1)) == ["sent"]
        post.transport.close()
        assert [to for _, to, _ in smtp.taken] == [["ann@example.org"], ["bob@example.org"]]
        assert smtp.taken[1][2] == waiting.message

    def test_a_connection_lost_after_the_last_dot_is_uncertain_and_said_to_be_maybe_double(
        self, kit: Kit, show: Show, smtp: Server
    ) -> None:
        reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        smtp.script = {"DATA": ["drop"]}
        post = replace(kit.post, transport=open_transport(f"smtp://127.0.0.1:{smtp.port}"))
        issue, _ = open_for_request(kit.store, Request(), NOW)
        assert self.deliver(kit, post, issue, NOW) == ["uncertain"]
        assert self.deliver(kit, post, issue, NOW + timedelta(hours=1)) == ["sent"]
        post.transport.close()
        assert smtp.taken[0][2] == smtp.taken[1][2], "a repeat has the same bytes"
        with kit.store.begin() as tx:
            (delivery,) = tx.deliveries.of_issue(issue.id)
        assert "may be double" in (delivery.reply or "")

    def test_a_server_that_is_down_is_tried_by_the_schedule_until_it_is_time_to_give_up(
        self, kit: Kit, show: Show
    ) -> None:
        reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        minute = timedelta(minutes=1)
        down = open_transport("smtp://127.0.0.1:1")
        post: Post = replace(kit.post, transport=down, retry=(minute, 2 * minute), give_up=6 * minute)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        times = [NOW + n * 65 * minute / 60 for n in range(8)]  # the hand-over itself takes a moment
        states = {n: state for n, time in enumerate(times) for state in self.deliver(kit, post, issue, time)}
        assert states == {0: "deferred", 1: "deferred", 3: "deferred", 5: "failed"}, "the last wait is repeated"
        with kit.store.begin() as tx:
            (delivery,) = tx.deliveries.of_issue(issue.id)
        assert (delivery.attempts, delivery.kind) == (4, "ours")
        assert "127.0.0.1" in (delivery.reply or "")
        assert "given up" in (delivery.reply or "")

    def test_of_many_one_alone_asks_a_server_that_is_down_and_no_try_of_the_others_is_counted(
        self, kit: Kit, show: Show
    ) -> None:
        for n in range(9):
            reader(kit, show, f"r{n}@example.org")
        say(kit, show, "a", Change.NEW, NOW)
        post: Post = replace(kit.post, transport=open_transport("smtp://127.0.0.1:1"))
        issue, _ = open_for_request(kit.store, Request(), NOW)
        states = Counter(self.deliver(kit, post, issue, NOW))
        assert states["planned"] >= 9 - post.connections
        with kit.store.begin() as tx:
            waiting = [d for d in tx.deliveries.of_issue(issue.id) if d.state == "planned"]
        assert {d.attempts for d in waiting} == {0}
        assert all(d.next_try and d.next_try >= NOW + post.retry_wait(1) for d in waiting)
        assert all("127.0.0.1" in (d.reply or "") for d in waiting)

    def deliver(self, kit: Kit, post: Post, issue: Issue, now: datetime) -> list[str]:
        with kit.store.begin() as tx:
            due = tx.deliveries.due(now, issue.id)
        ids = Sender(kit.store, post).deliver(due, now)
        with kit.store.begin() as tx:
            return [delivery.state for delivery in tx.deliveries.by_ids(ids)]
