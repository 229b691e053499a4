"""What claims do to the ledger, one after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW, make_claim
from worker.ingest.ledger import apply_claim, expire, importance
from worker.ingest.when import parse_when
from worker.models import Change, Claim, ClaimState, Field, Kind, Move, Standing, Story

OFFICIAL, REPORTED, RUMOUR, GUESS = Standing


class Ledger:
    """Stories as the store keeps them: each claim's move is carried out."""

    def __init__(self) -> None:
        self.stories: list[Story] = []

    def take(self, claim: Claim) -> Move:
        move = apply_claim(claim, tuple(self.stories))
        self.stories = [replace(s, state=dict(move.close).get(s.id, s.state)) for s in self.stories]
        if move.story is None:
            self.stories.append(self._opened(claim, move))
        else:
            self.stories = [self._kept(s, claim, move) if s.id == move.story.id else s for s in self.stories]
        return move

    def _opened(self, claim: Claim, move: Move) -> Story:
        return Story(
            id=len(self.stories) + 1, show_id=claim.show_id, season=claim.season, kind=claim.kind, field=claim.field,
            value=move.value, standing=move.standing, state=move.state, when=move.when, first_seen=claim.said,
            last_seen=claim.said, families=() if claim.copy_of else (claim.family,),
        )  # fmt: skip

    def _kept(self, story: Story, claim: Claim, move: Move) -> Story:
        families = story.families if claim.copy_of else tuple(dict.fromkeys((*story.families, claim.family)))
        return replace(
            story, season=story.season or claim.season, value=move.value, when=move.when, standing=move.standing,
            first_seen=min(story.first_seen, claim.said), last_seen=max(story.last_seen, claim.said), families=families,
        )  # fmt: skip

    def open(self) -> list[tuple[str, Standing]]:
        return [(s.value, s.standing) for s in self.stories if s.state is ClaimState.OPEN]

    def closed(self) -> list[tuple[str, ClaimState]]:
        return [(s.value, s.state) for s in self.stories if s.state is not ClaimState.OPEN]


def status(value: str, standing: Standing, family: str = "a", **values: Any) -> Claim:
    kind = Kind.CANCELLATION if value in ("cancelled", "ending") else Kind.RENEWAL
    return make_claim(**{"value": value, "standing": standing, "family": family, "kind": kind, **values})


def release(value: str, standing: Standing, family: str = "a", **values: Any) -> Claim:
    fixed = {"field": Field.RELEASE, "kind": Kind.RELEASE_DATE, "when": parse_when(value)}
    return make_claim(**{"value": value, "standing": standing, "family": family, **fixed, **values})


def spinoff(value: str, standing: Standing, family: str = "a") -> Claim:
    return make_claim(field=Field.SPINOFF, kind=Kind.SPINOFF, value=value, standing=standing, family=family)


def filming(value: str, standing: Standing, when: str, family: str = "a") -> Claim:
    return make_claim(
        field=Field.PRODUCTION, kind=Kind.PRODUCTION, value=value, standing=standing, family=family,
        when=parse_when(when),
    )  # fmt: skip


def told(*claims: Claim) -> tuple[Ledger, list[Change | None]]:
    ledger = Ledger()
    return ledger, [ledger.take(claim).change for claim in claims]


N, C, F = Change.NEW, Change.CORROBORATED, Change.CONFIRMED
M, D, X = Change.MOVED, Change.DENIED, Change.CONTRADICTED


@pytest.mark.parametrize(
    ("claims", "changes", "open_", "closed"),
    [
        pytest.param([status("renewed", RUMOUR)], [N], [("renewed", RUMOUR)], [], id="first said"),
        pytest.param(
            [status("renewed", RUMOUR), status("renewed", RUMOUR, "b"), status("renewed", RUMOUR, "b")],
            [N, C, None], [("renewed", RUMOUR)], [], id="a family corroborates once",
        ),
        pytest.param(
            [status("renewed", RUMOUR), status("renewed", REPORTED, "b"), status("renewed", OFFICIAL, "a")],
            [N, C, F], [("renewed", OFFICIAL)], [], id="rumour, report, official",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("renewed", RUMOUR, "b")],
            [N, C], [("renewed", OFFICIAL)], [], id="a rumour of what is official changes no standing",
        ),
        pytest.param(
            [status("cancelled", RUMOUR), status("denied", OFFICIAL, "b", kind=Kind.CANCELLATION)],
            [N, D], [("denied", OFFICIAL)], [("cancelled", ClaimState.DENIED)], id="the makers deny the end",
        ),
        pytest.param(
            [status("renewed", RUMOUR), status("denied", OFFICIAL, "b")],
            [N, D], [("denied", OFFICIAL)], [("renewed", ClaimState.DENIED)], id="the makers deny a return",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("denied", OFFICIAL, "b", kind=Kind.CANCELLATION)],
            [N, C], [("renewed", OFFICIAL)], [], id="a denied end is no more than a renewal",
        ),
        pytest.param(
            [status("cancelled", OFFICIAL), status("denied", OFFICIAL)],
            [N, None], [("cancelled", OFFICIAL)], [], id="no return after an end is no more than the end",
        ),
        pytest.param(
            [status("cancelled", RUMOUR), status("renewed", OFFICIAL, "b")],
            [N, D], [("renewed", OFFICIAL)], [("cancelled", ClaimState.DENIED)], id="a renewal denies the end",
        ),
        pytest.param(
            [status("denied", GUESS), status("renewed", REPORTED, "b"), status("renewed", OFFICIAL, "c")],
            [N, X, F], [("renewed", OFFICIAL)], [("denied", ClaimState.CONTRADICTED)], id="no, perhaps yes, yes",
        ),
        pytest.param(
            [status("cancelled", OFFICIAL), status("renewed", OFFICIAL, "b")],
            [N, X], [("renewed", OFFICIAL)], [("cancelled", ClaimState.CONTRADICTED)], id="saved",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("cancelled", OFFICIAL, "b")],
            [N, X], [("cancelled", OFFICIAL)], [("renewed", ClaimState.CONTRADICTED)], id="a renewal taken back",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("cancelled", RUMOUR, "b"), status("cancelled", RUMOUR, "c")],
            [N, X, C], [("renewed", OFFICIAL), ("cancelled", RUMOUR)], [], id="a rumour overwrites nothing official",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("cancelled", GUESS, "b")],
            [N, None], [("renewed", OFFICIAL), ("cancelled", GUESS)], [], id="a guess against the makers is no news",
        ),
        pytest.param(
            [status("in-talks", REPORTED), status("renewed", OFFICIAL, "b")],
            [N, F], [("renewed", OFFICIAL)], [], id="talks, then an order",
        ),
        pytest.param(
            [status("in-talks", OFFICIAL), status("renewed", OFFICIAL, "b")],
            [N, F], [("renewed", OFFICIAL)], [], id="what the makers talk of is no decision yet",
        ),
        pytest.param(
            [status("in-talks", REPORTED), status("in-talks", OFFICIAL, "b"), status("renewed", OFFICIAL, "c")],
            [N, C, F], [("renewed", OFFICIAL)], [], id="nor is it when they say that they talk",
        ),
        pytest.param(
            [status("cancelled", REPORTED), status("in-talks", OFFICIAL, "b"), status("cancelled", OFFICIAL, "c")],
            [N, D, F], [("cancelled", OFFICIAL)], [("in-talks", ClaimState.CONTRADICTED)], id="undecided, then decided",
        ),
        pytest.param(
            [status("denied", GUESS), status("in-talks", OFFICIAL, "b"), status("denied", OFFICIAL, "c")],
            [N, N, F], [("denied", OFFICIAL)], [("in-talks", ClaimState.CONTRADICTED)], id="a guess at no, and no",
        ),
        pytest.param(
            [status("denied", OFFICIAL, kind=Kind.CANCELLATION)],
            [D], [("denied", OFFICIAL)], [], id="who denies an end has heard of one",
        ),
        pytest.param(
            [status("denied", REPORTED), status("denied", OFFICIAL, "b", kind=Kind.CANCELLATION)],
            [N, D], [("denied", OFFICIAL)], [("denied", ClaimState.DENIED)], id="a report of no return, denied",
        ),
        pytest.param(
            [status("denied", OFFICIAL, kind=Kind.CANCELLATION), status("renewed", OFFICIAL, "b")],
            [D, F], [("renewed", OFFICIAL)], [], id="not the end, and then an order",
        ),
        pytest.param(
            [status("renewed", OFFICIAL, season=7), status("renewed", OFFICIAL, season=8),
             status("cancelled", OFFICIAL, "b", season=None)],
            [N, N, X], [("renewed", OFFICIAL), ("cancelled", OFFICIAL)], [("renewed", ClaimState.CONTRADICTED)],
            id="an end of no season ends the latest",
        ),
        pytest.param(
            [status("ending", OFFICIAL, season=5), status("in-talks", REPORTED, "b", season=6),
             status("renewed", OFFICIAL, "c", season=6)],
            [N, X, F], [("renewed", OFFICIAL)], [("ending", ClaimState.CONTRADICTED)],
            id="talks of a season after the last",
        ),
        pytest.param(
            [status("cancelled", OFFICIAL), status("renewed", GUESS, "b"), status("renewed", OFFICIAL, "c")],
            [N, None, X], [("renewed", OFFICIAL)], [("cancelled", ClaimState.CONTRADICTED)],
            id="a guess was nothing known against the makers",
        ),
        pytest.param(
            [status("cancelled", RUMOUR, said_at=NOW - timedelta(days=700)), status("cancelled", OFFICIAL, "b")],
            [N, F], [("cancelled", OFFICIAL)], [], id="a rumour of the end is remembered",
        ),
        pytest.param(
            [spinoff("announced", REPORTED), spinoff("shelved", OFFICIAL, "b"), spinoff("Fog", OFFICIAL, "c")],
            [N, X, X], [("Fog", OFFICIAL)],
            [("announced", ClaimState.CONTRADICTED), ("shelved", ClaimState.CONTRADICTED)], id="shelved and taken up",
        ),
        pytest.param(
            [filming("delayed", REPORTED, "May 2027"), filming("started", OFFICIAL, "March 2028", "b")],
            [M, M], [("started", OFFICIAL)], [("delayed", ClaimState.MOVED)], id="another date after a delay",
        ),
        pytest.param(
            [filming("delayed", REPORTED, "May 2027"), filming("delayed", OFFICIAL, "March 2028", "b"),
             filming("started", OFFICIAL, "March 2028", "b")],
            [M, M, N], [("delayed", OFFICIAL), ("started", OFFICIAL)], [], id="delayed again, then as planned",
        ),
        pytest.param(
            [status("in-talks", REPORTED), status("denied", OFFICIAL, "b")],
            [N, D], [("denied", OFFICIAL)], [("in-talks", ClaimState.DENIED)], id="talks denied",
        ),
        pytest.param(
            [status("cancelled", RUMOUR), status("ending", OFFICIAL, "b")],
            [N, F], [("ending", OFFICIAL)], [], id="a rumour of the end, and a final season",
        ),
        pytest.param(
            [status("renewed", OFFICIAL), status("ending", OFFICIAL)],
            [N, N], [("renewed", OFFICIAL), ("ending", OFFICIAL)], [], id="renewed for a final season",
        ),
        pytest.param(
            [status("ending", OFFICIAL, season=5), status("renewed", OFFICIAL, "b", season=6)],
            [N, X], [("renewed", OFFICIAL)], [("ending", ClaimState.CONTRADICTED)], id="it goes on after all",
        ),
        pytest.param(
            [status("renewed", OFFICIAL, season=2), status("cancelled", OFFICIAL, "b", season=3)],
            [N, N], [("renewed", OFFICIAL), ("cancelled", OFFICIAL)], [], id="seasons have ledgers of their own",
        ),
        pytest.param(
            [status("renewed", RUMOUR), status("denied", OFFICIAL, "b"), status("renewed", RUMOUR, "c")],
            [N, D, None], [("denied", OFFICIAL)], [("renewed", ClaimState.DENIED)], id="a denied rumour is late",
        ),
        pytest.param(
            [
                status("renewed", RUMOUR), status("denied", OFFICIAL, "b"),
                status("renewed", RUMOUR, "c", seen_at=NOW + timedelta(days=100)),
            ],
            [N, D, X], [("denied", OFFICIAL), ("renewed", RUMOUR)], [("renewed", ClaimState.DENIED)],
            id="a rumour against an older denial",
        ),
        pytest.param(
            [
                status("cancelled", RUMOUR), status("denied", OFFICIAL, kind=Kind.CANCELLATION),
                status("cancelled", OFFICIAL),
            ],
            [N, D, X], [("cancelled", OFFICIAL)],
            [("cancelled", ClaimState.DENIED), ("denied", ClaimState.CONTRADICTED)], id="denied, and then true",
        ),
        pytest.param(
            [release("2023", RUMOUR), release("early 2024", OFFICIAL, "b")],
            [N, M], [("early 2024", OFFICIAL)], [("2023", ClaimState.MOVED)], id="the makers name another date",
        ),
        pytest.param(
            [release("early 2024", RUMOUR), release("early 2024", OFFICIAL, "b")],
            [N, F], [("early 2024", OFFICIAL)], [], id="the makers name the same date",
        ),
        pytest.param(
            [release("early 2024", RUMOUR), release("2024", OFFICIAL, "b")],
            [N, F], [("2024", OFFICIAL)], [], id="official is only what the makers said",
        ),
        pytest.param(
            [release("9 Feb 2024", RUMOUR), release("2024", OFFICIAL, "b")],
            [N, N], [("9 Feb 2024", RUMOUR), ("2024", OFFICIAL)], [], id="a year confirms no day",
        ),
        pytest.param(
            [release("early 2024", OFFICIAL), release("9 Feb 2024", OFFICIAL), release("early 2024", OFFICIAL, "b")],
            [N, N, None], [("9 Feb 2024", OFFICIAL)], [], id="more precise, then less",
        ),
        pytest.param(
            [release("early 2024", REPORTED), release("9 Feb 2024", OFFICIAL, "b")],
            [N, F], [("9 Feb 2024", OFFICIAL)], [], id="more precise and official",
        ),
        pytest.param(
            [release("2024", OFFICIAL), release("9 Feb 2024", RUMOUR, "b")],
            [N, N], [("2024", OFFICIAL), ("9 Feb 2024", RUMOUR)], [], id="a rumour makes nothing official more precise",
        ),
        pytest.param(
            [release("early 2024", OFFICIAL), release("2025", REPORTED, "b")],
            [N, N], [("early 2024", OFFICIAL), ("2025", REPORTED)], [], id="a report moves nothing official",
        ),
        pytest.param(
            [release("2024", OFFICIAL), release("2025", RUMOUR, "b"), release("2024", OFFICIAL, "c")],
            [N, N, C], [("2024", OFFICIAL), ("2025", RUMOUR)], [], id="who repeats the date denies no rumour",
        ),
        pytest.param(
            [release("2024", OFFICIAL), release("2025", RUMOUR, "b"), release("2025", OFFICIAL, "c")],
            [N, N, M], [("2025", OFFICIAL)], [("2024", ClaimState.MOVED)], id="moved to where rumour had it",
        ),
        pytest.param(
            [release("2024", OFFICIAL), release("2025", OFFICIAL), release("2024", OFFICIAL, "late")],
            [N, M, None], [("2025", OFFICIAL)], [("2024", ClaimState.MOVED)], id="an old date told on is late",
        ),
        pytest.param(
            [
                release("2024", OFFICIAL), release("2025", OFFICIAL),
                release("2024", OFFICIAL, seen_at=NOW + timedelta(days=60)),
            ],
            [N, M, M], [("2024", OFFICIAL)], [("2024", ClaimState.MOVED), ("2025", ClaimState.MOVED)], id="moved back",
        ),
        pytest.param(
            [release("2024", RUMOUR, season=None), release("2025", OFFICIAL, "b", season=2)],
            [N, M], [("2025", OFFICIAL)], [("2024", ClaimState.MOVED)], id="the season that was not named",
        ),
        pytest.param(
            [
                make_claim(field=Field.CAST, kind=Kind.CASTING, value="leaves: Ada Koh", standing=RUMOUR),
                make_claim(field=Field.CAST, kind=Kind.CASTING, value="returns: Ada Koh", standing=OFFICIAL),
            ],
            [N, X], [("returns: Ada Koh", OFFICIAL)], [("leaves: Ada Koh", ClaimState.CONTRADICTED)], id="she stays",
        ),
    ],
)  # fmt: skip
def test_what_claims_do(
    claims: Sequence[Claim],
    changes: list[Change | None],
    open_: list[tuple[str, Standing]],
    closed: list[tuple[str, ClaimState]],
) -> None:
    ledger, said = told(*claims)
    assert said == changes
    assert ledger.open() == open_
    assert ledger.closed() == closed


def test_what_is_confirmed_beside_a_denial_is_confirmed() -> None:
    """An end that was denied, reported again, and is then official: the report is confirmed, the denial closed."""
    ledger, changes = told(
        status("denied", OFFICIAL, kind=Kind.CANCELLATION),
        status("cancelled", REPORTED, "b", seen_at=NOW + timedelta(days=200)),
        status("cancelled", OFFICIAL, "c", seen_at=NOW + timedelta(days=220)),
    )
    assert changes == [D, X, F]
    assert ledger.open() == [("cancelled", OFFICIAL)]
    assert ledger.closed() == [("denied", ClaimState.CONTRADICTED)]


def test_the_makers_word_says_which_rumours_it_closes() -> None:
    ledger, _ = told(release("2023", RUMOUR), release("2024", GUESS, "b"))
    assert ledger.take(release("2025", OFFICIAL, "c")).reason == (
        "official word of 2025 against 2023 (rumour, 1 family); it closes 2024 (speculation, 1 family)"
    )
    assert ledger.open() == [("2025", OFFICIAL)]


def test_a_guess_against_the_makers_is_told_when_a_rumour_says_so_too() -> None:
    said = [status("denied", OFFICIAL), status("renewed", GUESS, "b"), status("renewed", RUMOUR, "c")]
    ledger, changes = told(*said)
    assert changes == [N, None, X]
    assert ledger.open() == [("denied", OFFICIAL), ("renewed", RUMOUR)]


def test_a_guess_beside_a_rumour_moves_the_date_and_closes_nothing() -> None:
    ledger, changes = told(
        release("2023", RUMOUR), release("early 2024", GUESS, "b"), release("Feb 2024", OFFICIAL, "c")
    )
    assert changes == [N, M, F]
    assert ledger.open() == [("Feb 2024", OFFICIAL)]
    assert ledger.closed() == [("2023", ClaimState.MOVED)]


def test_a_delay_moves_a_plan_that_nobody_had_told() -> None:
    delayed = make_claim(field=Field.PRODUCTION, kind=Kind.PRODUCTION, value="delayed", standing=REPORTED)
    assert told(delayed)[1] == [M]
    assert told(replace(delayed, standing=GUESS))[1] == [N]


def test_who_told_the_later_date_and_tells_the_earlier_one_moves_it_back() -> None:
    days = [NOW + timedelta(days=n) for n in range(4)]
    early, late = release("May 2028", OFFICIAL, seen_at=days[0]), release("Oct 2028", OFFICIAL, "b", seen_at=days[1])
    assert told(early, late, replace(early, family="c", seen_at=days[2]))[1] == [N, M, None]
    assert told(early, late, replace(early, family="b", seen_at=days[3]))[1] == [N, M, M]


def test_what_was_said_long_before_is_closed_when_it_comes() -> None:
    old = status("cancelled", OFFICIAL, "b", said_at=NOW - timedelta(days=90))
    ledger, changes = told(status("renewed", OFFICIAL), old)
    assert changes == [N, None]
    assert ledger.closed() == [("cancelled", ClaimState.CONTRADICTED)]


def test_an_update_is_compared_with_what_stood_before() -> None:
    ledger, _ = told(release("2023", RUMOUR, seen_at=NOW - timedelta(days=30)), release("2023", RUMOUR, "b"))
    before = ledger.stories[0]
    move = ledger.take(release("2023", OFFICIAL, "c"))
    assert move.was == before
    assert move.reason == "official word on what was a rumour by 2 families since 3 Feb 2027"
    moved = ledger.take(release("2024", OFFICIAL, "c"))
    assert moved.was is not None
    assert (moved.was.value, moved.close) == ("2023", ((before.id, ClaimState.MOVED),))
    assert moved.reason == "official word of 2024 against 2023 (official, 3 families)"


def test_what_copies_say_is_told_when_somebody_else_says_it() -> None:
    ledger, changes = told(status("renewed", OFFICIAL, copy_of=7), status("renewed", OFFICIAL, "b"))
    assert changes == [None, N]
    assert ledger.open() == [("renewed", OFFICIAL)]


def test_another_show_is_another_ledger() -> None:
    ledger, changes = told(status("renewed", OFFICIAL), status("cancelled", OFFICIAL, show_id=2))
    assert changes == [N, N]
    assert len(ledger.open()) == 2


@pytest.mark.parametrize(
    ("value", "standing", "today", "expired"),
    [
        ("2023", RUMOUR, date(2024, 1, 1), True),
        ("2023", GUESS, date(2024, 1, 1), True),
        ("2023", RUMOUR, date(2023, 12, 31), False),
        ("2023", OFFICIAL, date(2024, 1, 1), False),
        ("2023", REPORTED, date(2024, 1, 1), False),
    ],
)
def test_rumours_expire_with_their_date(value: str, standing: Standing, today: date, expired: bool) -> None:
    ledger, _ = told(release(value, standing), status("renewed", standing))
    reasons = [(s.value, why) for s, why in expire(ledger.stories, today)]
    assert reasons == ([("2023", "2023 has passed, and nobody confirmed it")] if expired else [])
    closed = [replace(s, state=ClaimState.MOVED) for s in ledger.stories]
    assert expire(closed, today) == []


def test_a_date_that_passed_is_no_news_when_it_is_said_again() -> None:
    ledger, _ = told(release("2023", RUMOUR))
    ledger.stories = [replace(s, state=ClaimState.EXPIRED) for s in ledger.stories]
    assert ledger.take(release("2023", RUMOUR, "b", seen_at=NOW + timedelta(days=90))).change is None
    assert ledger.take(release("2023", OFFICIAL, "b")).change is Change.NEW


def test_importance_ranks_what_is_told_first() -> None:
    weights = [importance(*each) for each in (
        (Change.CONFIRMED, Field.STATUS, OFFICIAL), (Change.NEW, Field.STATUS, OFFICIAL),
        (Change.MOVED, Field.RELEASE, OFFICIAL), (Change.NEW, Field.RELEASE, RUMOUR),
        (Change.NEW, Field.CAST, RUMOUR), (Change.NEW, Field.PLOT, GUESS),
    )]  # fmt: skip
    assert weights == sorted(set(weights), reverse=True)
    assert all(0 <= importance(c, f, s) <= 100 for c in Change for f in Field for s in Standing)


VALUES = {
    Field.RELEASE: ["2023", "early 2023", "9 Feb 2023", "late 2023", "2024", "fall 2024", "Oct 2024", "2023 or 2024"],
    Field.STATUS: ["renewed", "cancelled", "ending", "in-talks", "denied"],
    Field.CAST: ["joins: Ada Koh", "leaves: Koh", "returns: Ada Koh", "joins: Tom Reyes"],
    Field.SPINOFF: ["announced", "Fog", "Mist", "shelved"],
    Field.PRODUCTION: ["started", "delayed", "wrapped"],
    Field.TRAILER: ["trailer", "teaser"],
}


@st.composite
def claims(draw: st.DrawFn, field: Field | None = None) -> Claim:
    chosen = field or draw(st.sampled_from(list(VALUES)))
    value = draw(st.sampled_from(VALUES[chosen]))
    return make_claim(
        field=chosen,
        kind=draw(st.sampled_from([Kind.RENEWAL, Kind.CANCELLATION])),
        value=value,
        when=parse_when(draw(st.sampled_from(VALUES[Field.RELEASE])) if chosen is Field.PRODUCTION else value)
        if chosen in (Field.RELEASE, Field.PRODUCTION)
        else None,
        season=draw(st.sampled_from([None, 1, 2])),
        standing=draw(st.sampled_from(list(Standing))),
        family=draw(st.sampled_from("abc")),
        copy_of=draw(st.sampled_from([None, None, None, 9])),
        seen_at=NOW + timedelta(days=draw(st.integers(0, 40))),
    )


@given(st.lists(claims(Field.RELEASE), max_size=12))
def test_two_official_dates_of_one_season_never_stand_against_each_other(said: list[Claim]) -> None:
    ledger = Ledger()
    for claim in said:
        ledger.take(claim)
        official = [s for s in ledger.stories if s.state is ClaimState.OPEN and s.standing is OFFICIAL and s.when]
        for one, other in combinations(official, 2):
            if one.season == other.season and one.when and other.when:
                assert one.when.overlaps(other.when)


@given(st.lists(claims(), max_size=10), claims())
def test_the_same_claim_again_changes_nothing(said: list[Claim], claim: Claim) -> None:
    ledger, _ = told(*said)
    ledger.take(claim)
    before = ledger.stories
    again = ledger.take(claim)
    assert (again.change, again.close) == (None, ())
    assert ledger.stories == before


@given(st.lists(claims(), max_size=10), claims())
def test_a_copy_changes_nothing_that_is_known(said: list[Claim], claim: Claim) -> None:
    ledger, _ = told(*said)
    before = {s.id: (s.value, s.standing, s.state, s.families) for s in ledger.stories}
    move = ledger.take(replace(claim, copy_of=7))
    assert (move.change, move.close) == (None, ())
    assert before.items() <= {s.id: (s.value, s.standing, s.state, s.families) for s in ledger.stories}.items()


@given(st.lists(claims(), max_size=10), claims())
def test_a_weaker_word_never_closes_or_lowers_a_surer_one(said: list[Claim], claim: Claim) -> None:
    ledger, _ = told(*said)
    before = ledger.stories
    move = ledger.take(claim)
    for story in before:
        now = next(s for s in ledger.stories if s.id == story.id)
        assert now.standing.rank >= story.standing.rank
        if story.standing.rank > claim.standing.rank:
            assert (now.state, now.value) == (story.state, story.value)
    assert move.reason


CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "tvnews-dev-standing.jsonl"


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled corpus is not here")
def test_labelled_histories_of_release_dates() -> None:
    """Where a labelled saga names two dates, the ledger says what the label says."""
    moved: dict[str, list[Change | None]] = {}
    ledgers: dict[str, Ledger] = {}
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for one in item["claims"] if item["history"] else ():
            when = parse_when(one["value"]) if one["field"] == "release" else None
            if when:
                claim = release(one["value"], Standing(one["certainty"]), item["outlet"], season=None)
                change = ledgers.setdefault(item["history"], Ledger()).take(claim).change
                moved.setdefault(f"{item['history']} {item['changes']}", []).append(change)
    dated = {name: changes for name, changes in moved.items() if name.endswith(" moved")}
    assert dated
    assert all(Change.MOVED in changes for changes in dated.values())
