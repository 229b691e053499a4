"""How an article's claims go into the ledgers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.factories import NOW, make_claim
from worker.ingest.ledger import apply_claim
from worker.ingest.shows import ShowIndex
from worker.ingest.telling import dated, in_order, is_set_right, of_parent, overtakes, parents, set_right
from worker.models import Change, ClaimDraft, ClaimState, Field, Kind, Show, ShowMatch, Standing, Story

OFFICIAL, REPORTED, RUMOUR, GUESS = Standing


def draft(value: str, standing: Standing, **values: Any) -> ClaimDraft:
    fixed = {"show_id": 1, "season": None, "kind": Kind.RENEWAL, "field": Field.STATUS, "evidence": "", "rule": "test"}
    return ClaimDraft(**{**fixed, "value": value, "standing": standing, **values})


def test_the_surest_is_told_first_and_talks_after_what_was_decided() -> None:
    said = [draft("in-talks", OFFICIAL), draft("cancelled", RUMOUR), draft("renewed", OFFICIAL), draft("ending", GUESS)]
    assert [one.value for one in in_order(said, Kind.RENEWAL)] == ["renewed", "in-talks", "cancelled", "ending"]


@pytest.mark.parametrize(
    ("denial", "end", "primary", "kind"),
    [
        (OFFICIAL, RUMOUR, Kind.CANCELLATION, Kind.CANCELLATION),
        (OFFICIAL, OFFICIAL, Kind.CANCELLATION, Kind.RENEWAL),  # "cancelled: there will be no second season"
        (REPORTED, RUMOUR, Kind.CANCELLATION, Kind.RENEWAL),
        (OFFICIAL, RUMOUR, Kind.RENEWAL, Kind.RENEWAL),
    ],
)
def test_the_makers_deny_the_end_that_others_tell_of(
    denial: Standing, end: Standing, primary: Kind, kind: Kind
) -> None:
    told = in_order([draft("denied", denial), draft("cancelled", end, kind=Kind.CANCELLATION)], primary)
    assert next(one.kind for one in told if one.value == "denied") is kind


def story(**values: Any) -> Story:
    fixed = {
        "id": 7, "show_id": 1, "season": None, "kind": Kind.RENEWAL, "field": Field.STATUS, "value": "denied",
        "standing": OFFICIAL, "state": ClaimState.OPEN, "when": None, "first_seen": NOW, "last_seen": NOW,
        "families": ("a",),
    }  # fmt: skip
    return Story(**{**fixed, **values})


@pytest.mark.parametrize(
    ("own", "news", "right"), [({7}, OFFICIAL, True), (set(), OFFICIAL, False), ({7}, RUMOUR, False)]
)
def test_what_an_article_itself_sets_right_is_closed_and_no_news(own: set[int], news: Standing, right: bool) -> None:
    claim = make_claim(value="renewed", standing=RUMOUR, family="b", season=None)
    move = apply_claim(claim, [story()])
    assert move.change is Change.CONTRADICTED
    assert is_set_right(claim, move, own, news) is right
    closed = set_right(move)
    assert (closed.change, closed.state) == (None, ClaimState.CONTRADICTED)


def test_the_news_of_an_article_overtakes_what_it_tells_as_past() -> None:
    claim = make_claim(value="renewed", standing=OFFICIAL)
    first = apply_claim(claim, [])
    past = [draft("cancelled", OFFICIAL, kind=Kind.CANCELLATION)]
    assert first.change is Change.NEW
    assert overtakes(first, claim, past).change is Change.CONTRADICTED
    assert overtakes(first, claim, [draft("in-talks", OFFICIAL)]) == first
    guess = make_claim(value="renewed", standing=RUMOUR)
    assert overtakes(apply_claim(guess, []), guess, past).change is Change.NEW


def test_what_is_to_be_made_has_the_day_of_its_sentence() -> None:
    evidence, day = "Filming starts in September 2027, the network announced.", date(2027, 3, 1)
    made = {"field": Field.PRODUCTION, "kind": Kind.PRODUCTION, "evidence": evidence}
    when = dated(draft("started", OFFICIAL, **made), day, "en").when
    assert when is not None
    assert when.text == "Sep 2027"
    assert dated(draft("started", OFFICIAL, **made), date(2028, 1, 1), "en").when is None  # the day has passed
    assert dated(draft("renewed", OFFICIAL, evidence=evidence), day, "en").when is None


def test_a_show_comes_from_those_named_beside_it_and_those_whose_name_it_extends() -> None:
    index = ShowIndex([Show(1, "Harbour Lights", "1"), Show(2, "Harbour Lights: Ebb", "2"), Show(3, "Low Tide", "3")])
    spinoff, other = (
        ShowMatch(n, name, name, "title", "") for n, name in ((2, "Harbour Lights: Ebb"), (3, "Low Tide"))
    )
    assert parents([spinoff, other], index) == [3, 1]
    assert parents([other], index) == []
    assert parents([], index) == []


def test_a_parent_is_told_of_a_spin_off_that_it_awaited() -> None:
    spinoff = draft("Ebb", OFFICIAL, show_id=2, field=Field.SPINOFF, kind=Kind.SPINOFF)
    awaited = story(field=Field.SPINOFF, value="announced", standing=RUMOUR, season=4)
    (told,) = of_parent([spinoff, draft("renewed", OFFICIAL)], 1, [awaited])
    assert (told.show_id, told.season, told.value) == (1, 4, "Ebb")
    assert of_parent([spinoff], 1, [story(field=Field.SPINOFF, value="announced")]) == []  # the makers had said so
    assert of_parent([draft("Ebb", REPORTED, field=Field.SPINOFF, show_id=2)], 1, [awaited]) == []
