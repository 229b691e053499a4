"""The ledger: what a claim does to what was known, and which claims are one fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW, make_claim, make_when
from worker.ingest.ledger import apply_claim, expire, importance
from worker.ingest.stories import find_story, vetoes
from worker.models import Change, Claim, ClaimState, Field, Kind, Move, Standing, Story

OFFICIAL, REPORTED, RUMOUR, GUESS = Standing.OFFICIAL, Standing.REPORTED, Standing.RUMOUR, Standing.SPECULATION
WHENS = {
    "2027": make_when("2027", "2027-01-01", "2027-12-31"),
    "fall 2027": make_when("fall 2027", "2027-09-01", "2027-11-30"),
    "2028": make_when("2028", "2028-01-01", "2028-12-31"),
    "early 2028": make_when("early 2028", "2028-01-01", "2028-04-30"),
    "14 Jan 2028": make_when("14 Jan 2028", "2028-01-14", "2028-01-14"),
}


class Book:
    """A ledger in memory that keeps what `apply_claim` decides."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self.changes: list[Change | None] = []

    def say(self, claim: Claim) -> Move:
        move = apply_claim(claim, self.stories)
        state = dict(move.close)
        self.stories = [replace(s, state=state.get(s.id, s.state)) for s in self.stories]
        if move.story is None:
            self.stories.append(self._new(claim, move))
        else:
            self.stories = [self._again(s, claim, move) if s.id == move.story.id else s for s in self.stories]
        self.changes.append(move.change)
        return move

    def _new(self, claim: Claim, move: Move) -> Story:
        return Story(
            id=len(self.stories) + 1,
            show_id=claim.show_id,
            season=claim.season,
            kind=claim.kind,
            field=claim.field,
            value=move.value,
            standing=move.standing,
            state=ClaimState.OPEN,
            when=move.when,
            first_seen=claim.seen_at,
            last_seen=claim.seen_at,
            families=() if claim.copy_of else (claim.family,),
        )

    def _again(self, story: Story, claim: Claim, move: Move) -> Story:
        families = story.families if claim.copy_of else tuple(dict.fromkeys((*story.families, claim.family)))
        return replace(story, value=move.value, standing=move.standing, when=move.when, families=families)

    def open(self) -> list[tuple[str, Standing]]:
        return [(s.value, s.standing) for s in self.stories if s.state is ClaimState.OPEN]


def status(value: str, standing: Standing, family: str = "a", **values: Any) -> Claim:
    return make_claim(value=value, standing=standing, family=family, **values)


def release(value: str, standing: Standing, family: str = "a", **values: Any) -> Claim:
    kind = {"kind": Kind.RELEASE_DATE, "field": Field.RELEASE}
    return make_claim(value=value, when=WHENS[value], standing=standing, family=family, **kind, **values)


def cast(value: str, standing: Standing, family: str = "a") -> Claim:
    return make_claim(value=value, standing=standing, family=family, kind=Kind.CASTING, field=Field.CAST)


@pytest.mark.parametrize(
    ("claims", "changes", "stands"),
    [
        # a rumour becomes official, whoever says it
        ([status("renewed", RUMOUR), status("renewed", OFFICIAL, "b")], ["NEW", "CONFIRMED"], [("renewed", OFFICIAL)]),
        ([status("renewed", RUMOUR), status("renewed", OFFICIAL)], ["NEW", "CONFIRMED"], [("renewed", OFFICIAL)]),
        # one more family is support, the same family again is nothing
        ([status("renewed", RUMOUR), status("renewed", RUMOUR, "b")], ["NEW", "CORROBORATED"], [("renewed", RUMOUR)]),
        ([status("renewed", RUMOUR), status("renewed", RUMOUR)], ["NEW", None], [("renewed", RUMOUR)]),
        (
            [status("renewed", RUMOUR), status("renewed", REPORTED, "b")],
            ["NEW", "CORROBORATED"],
            [("renewed", REPORTED)],
        ),
        # a weaker word takes nothing away
        (
            [status("renewed", OFFICIAL), status("renewed", RUMOUR, "b")],
            ["NEW", "CORROBORATED"],
            [("renewed", OFFICIAL)],
        ),
        # the makers decide
        ([status("cancelled", RUMOUR), status("denied", OFFICIAL)], ["NEW", "DENIED"], [("denied", OFFICIAL)]),
        ([status("cancelled", RUMOUR), status("renewed", OFFICIAL, "b")], ["NEW", "DENIED"], [("renewed", OFFICIAL)]),
        (
            [status("renewed", OFFICIAL), status("cancelled", OFFICIAL)],
            ["NEW", "CONTRADICTED"],
            [("cancelled", OFFICIAL)],
        ),
        (
            [status("renewed", OFFICIAL), status("cancelled", RUMOUR, "b")],
            ["NEW", "NEW"],
            [("renewed", OFFICIAL), ("cancelled", RUMOUR)],
        ),
        (
            [status("renewed", RUMOUR), status("cancelled", RUMOUR, "b")],
            ["NEW", "CONTRADICTED"],
            [("cancelled", RUMOUR)],
        ),
        # dates
        ([release("fall 2027", RUMOUR), release("early 2028", OFFICIAL)], ["NEW", "MOVED"], [("early 2028", OFFICIAL)]),
        (
            [release("2028", RUMOUR), release("14 Jan 2028", OFFICIAL)],
            ["NEW", "CONFIRMED"],
            [("14 Jan 2028", OFFICIAL)],
        ),
        ([release("2028", OFFICIAL), release("early 2028", OFFICIAL)], ["NEW", "NEW"], [("early 2028", OFFICIAL)]),
        (
            [release("early 2028", OFFICIAL), release("2028", RUMOUR, "b")],
            ["NEW", "CORROBORATED"],
            [("early 2028", OFFICIAL)],
        ),
        (
            [release("early 2028", OFFICIAL), release("fall 2027", RUMOUR, "b")],
            ["NEW", "NEW"],
            [("early 2028", OFFICIAL), ("fall 2027", RUMOUR)],
        ),
        (
            [release("fall 2027", RUMOUR), release("early 2028", OFFICIAL), release("fall 2027", RUMOUR, "b")],
            ["NEW", "MOVED", None],
            [("early 2028", OFFICIAL)],
        ),
        # people
        ([cast("joins: Ida Brandt", RUMOUR), cast("joins: Ida Brandt", OFFICIAL)], ["NEW", "CONFIRMED"], None),
        ([cast("joins: Ida Brandt", RUMOUR), cast("joins: Tom Vale", OFFICIAL)], ["NEW", "NEW"], None),
        ([cast("leaves: Ida Brandt", RUMOUR), cast("returns: Idá Brandt", OFFICIAL)], ["NEW", "DENIED"], None),
    ],
)
def test_what_each_claim_does(
    claims: list[Claim], changes: list[str | None], stands: list[tuple[str, Standing]] | None
) -> None:
    book = Book()
    for claim in claims:
        assert book.say(claim).reason
    assert book.changes == changes
    if stands is not None:
        assert book.open() == stands


def test_a_move_says_what_it_was_and_closes_it() -> None:
    book = Book()
    book.say(release("fall 2027", RUMOUR))
    move = book.say(release("early 2028", OFFICIAL, "b"))
    assert move.was is not None
    assert (move.was.value, move.close) == ("fall 2027", ((1, ClaimState.MOVED),))


@pytest.mark.parametrize("standing", list(Standing))
def test_a_copy_corroborates_and_confirms_nothing(standing: Standing) -> None:
    book = Book()
    book.say(status("renewed", RUMOUR))
    before = book.stories
    move = book.say(status("renewed", standing, "b", copy_of=1))
    assert move.change is None
    assert book.stories == before


def test_seasons_are_kept_apart() -> None:
    book = Book()
    book.say(status("renewed", OFFICIAL, season=2))
    assert book.say(status("cancelled", RUMOUR, season=3)).close == ()
    assert [veto.reason for veto in vetoes(status("renewed", RUMOUR, season=4), book.stories)] == [
        "another season: 4, not 2",
        "another season: 4, not 3",
    ]


def test_who_names_no_season_means_the_one_there_is_talk_of() -> None:
    book = Book()
    book.say(status("renewed", RUMOUR, season=2))
    assert find_story(status("renewed", OFFICIAL, season=None), book.stories) == book.stories[0]
    book.say(status("renewed", RUMOUR, season=3))
    assert find_story(status("renewed", OFFICIAL, season=None), book.stories) is None


def test_other_shows_are_never_candidates() -> None:
    book = Book()
    book.say(status("renewed", RUMOUR))
    assert find_story(status("renewed", RUMOUR, show_id=2), book.stories) is None
    assert vetoes(status("cancelled", RUMOUR, show_id=2), book.stories) == []


def test_near_ones_are_refused_with_their_reason() -> None:
    book = Book()
    book.say(status("renewed", RUMOUR))
    book.say(release("fall 2027", RUMOUR))
    assert [v.reason for v in vetoes(status("cancelled", RUMOUR), book.stories)] == [
        "the opposite: cancelled, not renewed"
    ]
    assert [v.reason for v in vetoes(release("early 2028", RUMOUR), book.stories)] == [
        "no day in common: early 2028, not fall 2027"
    ]


def test_a_rumour_whose_date_passed_expires_and_an_official_date_does_not() -> None:
    book = Book()
    book.say(release("fall 2027", RUMOUR, season=2))
    book.say(release("early 2028", OFFICIAL, season=3))
    assert expire(book.stories, date(2027, 11, 30)) == []
    assert [story.value for story, _ in expire(book.stories, date(2029, 1, 1))] == ["fall 2027"]


def test_what_matters_most_goes_first() -> None:
    renewed = importance(Change.CONFIRMED, Field.STATUS, OFFICIAL)
    assert renewed > importance(Change.MOVED, Field.RELEASE, OFFICIAL) > importance(Change.NEW, Field.CAST, OFFICIAL)
    assert importance(Change.NEW, Field.STATUS, RUMOUR) < renewed <= 100
    assert importance(Change.NEW, Field.PLOT, GUESS) >= 0


standings = st.sampled_from(list(Standing))
families = st.sampled_from("abc")
dates = st.builds(release, st.sampled_from(sorted(WHENS)), standings, families)
statuses = st.builds(status, st.sampled_from(["renewed", "cancelled", "ending", "denied"]), standings, families)
claims = st.lists(st.one_of(dates, statuses), min_size=1, max_size=7)


@given(claims)
def test_two_official_dates_never_stand_apart(said: list[Claim]) -> None:
    book = Book()
    for n, claim in enumerate(said):
        book.say(replace(claim, seen_at=NOW + timedelta(hours=n)))
    official = [
        s for s in book.stories if s.state is ClaimState.OPEN and s.field is Field.RELEASE and s.standing is OFFICIAL
    ]
    assert all(a.when and b.when and a.when.overlaps(b.when) for a, b in permutations(official, 2))


@given(claims)
def test_saying_the_same_twice_changes_nothing_the_second_time(said: list[Claim]) -> None:
    book = Book()
    for claim in said:
        book.say(claim)
        before = book.open()
        assert book.say(claim).change is None
        assert book.open() == before


@given(claims, standings)
def test_a_weaker_word_never_closes_a_surer_story(said: list[Claim], standing: Standing) -> None:
    book = Book()
    for claim in said:
        known = {story.id: story for story in book.stories}
        for closed, _ in book.say(claim).close:
            assert known[closed].standing.rank <= claim.standing.rank
