"""Which claims are one fact, and why others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import NOW, make_claim
from worker.ingest.stories import find_story, vetoes
from worker.ingest.when import parse_when
from worker.models import Claim, ClaimState, Field, Kind, Standing, Story


def story(**values: Any) -> Story:
    """A story as a claim of these values would open it."""
    own = {name: values.pop(name) for name in ("id", "state", "families", "last_seen") if name in values}
    claim = said(**values)
    made = Story(
        id=1, show_id=claim.show_id, season=claim.season, kind=claim.kind, field=claim.field, value=claim.value,
        standing=claim.standing, state=ClaimState.OPEN, when=claim.when, first_seen=NOW, last_seen=NOW,
        families=(claim.family,),
    )  # fmt: skip
    return replace(made, **own)


def said(**values: Any) -> Claim:
    if values.get("field") is Field.RELEASE:
        values = {"kind": Kind.RELEASE_DATE, "when": parse_when(values["value"]), **values}
    return make_claim(**values)


def release(value: str, **values: Any) -> Claim:
    return said(field=Field.RELEASE, value=value, **values)


def dated(value: str, **values: Any) -> Story:
    return story(field=Field.RELEASE, value=value, **values)


@pytest.mark.parametrize(
    ("claim", "other"),
    [
        (said(), story()),
        (said(standing=Standing.OFFICIAL, family="b"), story()),
        (said(value="denied"), story(value="denied")),
        (release("early 2023"), dated("2023")),
        (release("2023"), dated("early 2023")),
        (release("9 Feb 2024"), dated("9 Feb 2024")),
        (release("Jul 2024"), dated("summer 2024")),
        (said(field=Field.CAST, value="joins: José Ruiz"), story(field=Field.CAST, value="joins: Jose Ruiz")),
        (said(field=Field.CAST, value="joins: Ruiz"), story(field=Field.CAST, value="joins: José Ruiz")),
        (said(field=Field.SPINOFF, value="Fog, Rising"), story(field=Field.SPINOFF, value="Fog Rising")),
        (said(field=Field.SPINOFF, value="announced"), story(field=Field.SPINOFF, value="Fog Rising")),
        (said(field=Field.PRODUCTION, value="Started"), story(field=Field.PRODUCTION, value="started")),
        (
            said(field=Field.RATINGS, value="4.7 million viewers"),
            story(field=Field.RATINGS, value="viewers: 4.7 million"),
        ),
    ],
)
def test_the_same_fact_is_one_story(claim: Claim, other: Story) -> None:
    assert find_story(claim, [other]) == other
    assert vetoes(claim, [other]) == []


@pytest.mark.parametrize(
    ("claim", "other", "reason"),
    [
        (said(season=3), story(season=2), "another season: 3, not 2"),
        (said(value="cancelled"), story(), "the opposite: cancelled, not renewed"),
        (said(value="denied"), story(), "the opposite: denied, not renewed"),
        (
            said(value="denied", kind=Kind.CANCELLATION),
            story(value="cancelled"),
            "the opposite: denied, not cancelled",
        ),
        (said(value="denied", kind=Kind.CANCELLATION), story(value="denied"), "another value: denied, not denied"),
        (said(value="ending"), story(), "another value: ending, not renewed"),
        (release("early 2024"), dated("2023"), "no day in common: early 2024, not 2023"),
        (release("9 Feb 2024"), dated("2024"), "another value: 9 Feb 2024, not 2024"),
        (release("early 2024"), dated("winter 2024"), "another value: early 2024, not winter 2024"),
        (
            said(field=Field.CAST, value="leaves: Ada Koh"),
            story(field=Field.CAST, value="joins: Ada Koh"),
            "the opposite: leaves: Ada Koh, not joins: Ada Koh",
        ),
        (
            said(field=Field.CAST, value="joins: Ada Koh"),
            story(field=Field.CAST, value="joins: Eve Koh"),
            "another value: joins: Ada Koh, not joins: Eve Koh",
        ),
        (
            said(field=Field.RATINGS, value="4.7 million viewers"),
            story(field=Field.RATINGS, value="5.1 million viewers"),
            "another value: 4.7 million viewers, not 5.1 million viewers",
        ),
    ],
)
def test_what_is_refused_has_its_reason(claim: Claim, other: Story, reason: str) -> None:
    assert find_story(claim, [other]) is None
    assert [(veto.story_id, veto.reason) for veto in vetoes(claim, [other])] == [(other.id, reason)]


def test_other_shows_and_fields_are_no_candidates_at_all() -> None:
    others = [story(show_id=2), story(field=Field.PRODUCTION)]
    assert find_story(said(), others) is None
    assert vetoes(said(), others) == []


def test_no_season_means_the_only_one_there_is_talk_of() -> None:
    second, third = story(id=2, season=2), story(id=3, season=3)
    assert find_story(said(season=None), [second]) == second
    assert find_story(said(season=None), [second, third]) is None
    assert find_story(said(season=None), [second, replace(third, state=ClaimState.EXPIRED)]) == second
    unnumbered = story(id=4, season=None)
    assert find_story(said(season=2), [unnumbered]) == unnumbered
    assert find_story(said(season=2), [unnumbered, third]) is None
    assert find_story(said(season=2), [unnumbered, second]) == second


def test_an_open_story_goes_before_a_closed_one() -> None:
    closed, open_ = story(id=1, state=ClaimState.DENIED, standing=Standing.OFFICIAL), story(id=2)
    assert find_story(said(), [closed, open_]) == open_
    assert find_story(said(), [closed]) == closed


@pytest.mark.parametrize(
    ("values", "days", "same"),
    [
        ({"field": Field.TRAILER, "value": "trailer"}, 20, True),
        ({"field": Field.TRAILER, "value": "trailer"}, 30, False),
        ({"season": None}, 200, True),
        ({"season": None}, 400, False),
        ({"season": 2}, 400, True),
    ],
)
def test_what_comes_again_and_again_is_another_event_after_a_while(
    values: dict[str, Any], days: int, same: bool
) -> None:
    later = said(**values, seen_at=NOW + timedelta(days=days))
    assert (find_story(later, [story(**values)]) is not None) is same
    assert bool(vetoes(later, [story(**values)])) is not same
