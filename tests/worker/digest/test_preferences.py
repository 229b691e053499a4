"""What each reader's wishes do to their digest, and what admins may do to an issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import NOW, send_issue
from tests.worker.digest.test_deliver import LATER, WEEK, box, look, reader, say, send, show
from worker import tasks
from worker.digest import compose
from worker.digest.issue import Request, open_for_request, resend, turn
from worker.models import (
    Cadence,
    Change,
    DeliveryState,
    Field,
    IssueState,
    Kind,
    Preferences,
    Show,
    Standing,
    Subscriber,
)
from worker.subscribers import find_subscriber, follow, prefer
from worker.tasks import Kit

__all__ = ["show"]
DAY = timedelta(days=1)
OFFICIAL = {"standing": Standing.OFFICIAL}


def wish(kit: Kit, who: Subscriber, **values: Any) -> Subscriber:
    with kit.store.begin() as tx:
        prefer(tx, who, replace(who.preferences, **values), NOW)
        return find_subscriber(tx, who.email)


def told(kit: Kit, who: Subscriber, now: datetime = NOW) -> list[tuple[Change, str]]:
    digest = look(kit, who, now)
    return [(item.change, item.headline) for block in digest.shows for item in block.told] if digest else []


class TestWishes:
    def test_what_is_less_sure_than_wanted_is_not_told_until_it_is_sure(self, kit: Kit, show: Show) -> None:
        ann = wish(kit, reader(kit, show), least=Standing.OFFICIAL)
        say(kit, show, "a", Change.NEW, NOW)
        assert look(kit, ann, NOW) is None
        say(kit, show, "b", Change.CONFIRMED, LATER, **OFFICIAL)
        assert told(kit, ann, LATER) == [(Change.NEW, "Season 2 is renewed")]

    def test_a_guess_is_for_who_asks_for_guesses(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW, standing=Standing.SPECULATION)
        assert told(kit, ann) == []
        assert told(kit, wish(kit, ann, least=Standing.SPECULATION)) == [(Change.NEW, "Season 2 may be renewed")]

    def test_the_plot_is_hidden_unless_it_is_wanted(self, kit: Kit, show: Show) -> None:
        reader(kit, show)
        evidence = "In the finale the captain is killed off by the keeper."
        plot = {"field": Field.PLOT, "kind": Kind.PLOT, "value": evidence, "evidence": evidence, **OFFICIAL}
        say(kit, show, "a", Change.NEW, NOW, **plot)
        send(kit, NOW)
        (message,) = box(kit)
        everything = message.as_string() + str(message.get_body(("plain",)).get_content())
        assert "killed off" not in everything
        assert "Hidden because it may spoil the show." in everything

    def test_the_plot_is_told_to_who_wants_it(self, kit: Kit, show: Show) -> None:
        ann = wish(kit, reader(kit, show), spoilers=True)
        evidence = "In the finale the captain is killed off by the keeper."
        plot = {"field": Field.PLOT, "kind": Kind.PLOT, "value": evidence, "evidence": evidence, **OFFICIAL}
        say(kit, show, "a", Change.NEW, NOW, **plot)
        digest = look(kit, ann, NOW)
        assert digest is not None
        assert digest.shows[0].updates[0].quote == evidence
        assert "killed" not in digest.subject + digest.preheader

    def test_plain_text_has_no_html(self, kit: Kit, show: Show) -> None:
        wish(kit, reader(kit, show), plain=True)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        (message,) = box(kit)
        assert message.get_content_type() == "text/plain"

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("es", "La temporada 2: según un rumor, renovada"),
            ("ko", "시즌 2 제작 확정(소문)"),
            ("tlh", "is rumoured to be"),
        ],
    )
    def test_the_frame_is_in_the_readers_language(self, kit: Kit, show: Show, language: str, words: str) -> None:
        wish(kit, reader(kit, show), language=language)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        (message,) = box(kit)
        assert words in " ".join(message.get_body(("plain",)).get_content().split())
        assert "An insider says" in message.get_body(("plain",)).get_content()  # quotes stay as they were written

    def test_a_snoozed_show_is_told_of_afterwards(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            other = tx.shows.add("Night Ferry", now=NOW)
            follow(tx, ann, other, NOW)
            tx.subscribers.snooze(ann.id, show.id, NOW + 3 * DAY)
        say(kit, show, "a", Change.NEW, NOW)
        say(kit, other, "b", Change.NEW, NOW)
        digest = look(kit, ann, NOW)
        assert digest is not None
        assert [block.name for block in digest.shows] == ["Night Ferry"]
        send(kit, NOW)
        assert told(kit, ann, LATER) == [(Change.NEW, "Season 2 is rumoured to be renewed")]


class TestRumours:
    def test_an_open_rumour_is_watched_and_a_correction_comes_first(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            other = tx.shows.add("A Night Ferry", now=NOW)
            follow(tx, ann, other, NOW)
        say(kit, show, "a", Change.NEW, NOW)
        send(kit, NOW)
        say(kit, other, "b", Change.NEW, LATER - DAY, **OFFICIAL)
        digest = look(kit, ann, LATER)
        assert digest is not None
        assert [one.told for one in digest.rumours] == ["Season 2: renewed (rumour)"]
        say(kit, show, "c", Change.DENIED, LATER - DAY, value="denied", **OFFICIAL)
        digest = look(kit, ann, LATER)
        assert digest is not None
        assert [block.name for block in digest.shows] == ["Harbour Lights", "A Night Ferry"]
        assert digest.subject.startswith("Correction: Harbour Lights: season 2 is not renewed")

    def test_who_never_heard_the_rumour_needs_no_correction(self, kit: Kit, show: Show) -> None:
        ann = wish(kit, reader(kit, show), least=Standing.OFFICIAL)
        say(kit, show, "a", Change.NEW, NOW)
        say(kit, show, "b", Change.DENIED, NOW + DAY, value="denied", **OFFICIAL)
        assert told(kit, ann, LATER) == []


class TestTurns:
    def serve(self, kit: Kit, now: datetime) -> None:
        tasks.tick(kit, now.isoformat())
        tasks.tick(kit, now.isoformat())

    def test_missed_turns_are_told_in_one_digest_that_says_so(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        assert ann.next_slot is not None
        say(kit, show, "a", Change.NEW, NOW)
        self.serve(kit, ann.next_slot + 2 * WEEK + timedelta(hours=5))
        (message,) = box(kit)
        text = " ".join(message.get_body(("plain",)).get_content().split())
        assert "Nothing was sent on 12 Mar 2027 and 19 Mar 2027; this digest tells that time too." in text

    def test_a_turn_that_is_too_late_waits_for_the_next(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        assert ann.next_slot is not None
        say(kit, show, "a", Change.NEW, NOW)
        self.serve(kit, ann.next_slot + 5 * DAY)
        assert box(kit) == []
        self.serve(kit, ann.next_slot + WEEK)
        assert len(box(kit)) == 1

    def test_a_pause_is_a_pause(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        assert ann.next_slot is not None
        wish(kit, ann, paused_until=ann.next_slot + DAY)
        say(kit, show, "a", Change.NEW, NOW)
        self.serve(kit, ann.next_slot)
        assert box(kit) == []
        self.serve(kit, ann.next_slot + WEEK)
        assert len(box(kit)) == 1

    def test_daily_readers_hear_daily_and_nothing_twice(self, kit: Kit, show: Show) -> None:
        ann = wish(kit, reader(kit, show), cadence=Cadence.DAILY)
        say(kit, show, "a", Change.NEW, NOW)
        for day in range(1, 6):
            self.serve(kit, NOW + day * DAY)
        wish(kit, ann, cadence=Cadence.WEEKLY)
        self.serve(kit, NOW + 2 * WEEK)
        assert len(box(kit)) == 1

    def test_preferences_are_kept(self, kit: Kit, show: Show) -> None:
        wanted = Preferences(
            *(Cadence.MONTHLY, 2, 17, "Asia/Seoul", Standing.REPORTED, True, False, True, "ko"),
            paused_until=datetime(2027, 4, 1, tzinfo=UTC),
        )
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            prefer(tx, ann, wanted, NOW)
            assert find_subscriber(tx, ann.email).preferences == wanted


class TestIssues:
    def test_a_paused_issue_waits_and_goes_on(self, kit: Kit, show: Show) -> None:
        reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        with kit.store.begin() as tx:
            assert turn(tx, issue, IssueState.PAUSED, NOW) == 1
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.PLANNED]
        with kit.store.begin() as tx:
            turn(tx, issue, IssueState.OPEN, NOW)
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.SENT]

    def test_a_cancelled_issue_never_goes_and_its_news_wait_for_the_next(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        with kit.store.begin() as tx:
            assert turn(tx, issue, IssueState.CANCELLED, NOW) == 1
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.SKIPPED]
        assert box(kit) == []
        assert told(kit, ann, LATER) == [(Change.NEW, "Season 2 is rumoured to be renewed")]

    def test_resending_tries_what_came_to_nothing_and_nothing_else(self, kit: Kit, show: Show) -> None:
        reader(kit, show)
        issue, _ = open_for_request(kit.store, Request(), NOW)
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.SKIPPED]
        reader(kit, show, "bob@example.org")
        say(kit, show, "a", Change.NEW, NOW)
        with kit.store.begin() as tx:
            assert resend(tx, issue, NOW) == 1
        assert [d.state for d in send_issue(kit, issue.id, NOW)] == [DeliveryState.SENT]
        with kit.store.begin() as tx:
            assert resend(tx, issue, NOW) == 0
        assert len(box(kit)) == 1


def test_a_show_that_there_was_only_room_to_name_is_told_of_next_time(
    kit: Kit, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "MOST_FULL", 10)
    monkeypatch.setattr(compose, "MOST_LINES", 10)
    ann = reader(kit, show)
    with kit.store.begin() as tx:
        other = tx.shows.add("Night Ferry", now=NOW)
        follow(tx, ann, other, NOW)
    say(kit, show, "a", Change.NEW, NOW)
    say(kit, other, "b", Change.NEW, NOW)
    send(kit, NOW)
    (message,) = box(kit)
    assert "Night Ferry" in message.get_body(("plain",)).get_content()
    digest = look(kit, ann, LATER)
    assert digest is not None
    assert [block.name for block in digest.shows] == ["Night Ferry"]
