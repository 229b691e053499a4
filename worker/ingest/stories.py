"""Which claims are one fact? Candidates share a show and a field; season and value must agree. Text never decides."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from worker.models import Claim, ClaimState, Field, Story

ALIKE = 85  # likeness (0-100) from which two free texts state the same; typed values must be equal
_OPPOSITES = (frozenset({"renewed", "cancelled"}), frozenset({"joins", "leaves"}), frozenset({"leaves", "returns"}))


@dataclass(frozen=True, slots=True)
class Veto:
    """Why a story that looked near is not this claim's."""

    story_id: int
    reason: str


def find_story(claim: Claim, candidates: Iterable[Story]) -> Story | None:
    """The story that states the same fact: same show, field, season and agreeing value; an open one goes first."""
    stories = list(candidates)
    agreeing = [story for story in stories if _near(claim, story, stories) and agrees(claim, story)]
    return min(agreeing, key=lambda story: (story.state is not ClaimState.OPEN, -story.id), default=None)


def vetoes(claim: Claim, candidates: Iterable[Story]) -> list[Veto]:
    """Why the near ones were refused."""
    stories = [story for story in candidates if (story.show_id, story.field) == (claim.show_id, claim.field)]
    reasons = [(story.id, _veto(claim, story, stories)) for story in stories]
    return [Veto(story_id, reason) for story_id, reason in reasons if reason]


def same_season(claim: Claim, story: Story, stories: Sequence[Story]) -> bool:
    """Equal numbers; who names no season means the only one there is talk of."""
    if claim.season == story.season:
        return True
    if claim.season is not None and story.season is not None:
        return False
    named = {other.season for other in stories if other.state is ClaimState.OPEN and other.season is not None}
    return named <= {claim.season or story.season}


def agrees(claim: Claim, story: Story) -> bool:
    """Do the two values state the same? Each field has its own measure."""
    return _MEASURES[claim.field](claim, story)


def opposes(claim: Claim, story: Story) -> bool:
    """Renewed and cancelled, joins and leaves: both cannot be."""
    ours, theirs = _verb(claim.value), _verb(story.value)
    about = claim.field is Field.STATUS or _person(claim.value) == _person(story.value)
    return about and frozenset({ours, theirs}) in _OPPOSITES


def _near(claim: Claim, story: Story, stories: Sequence[Story]) -> bool:
    return (story.show_id, story.field) == (claim.show_id, claim.field) and same_season(claim, story, stories)


def _veto(claim: Claim, story: Story, stories: Sequence[Story]) -> str:
    if not same_season(claim, story, stories):
        return f"another season: {claim.season or 'none said'}, not {story.season or 'none said'}"
    if opposes(claim, story):
        return f"the opposite: {claim.value}, not {story.value}"
    if claim.when and story.when and not claim.when.overlaps(story.when):
        return f"no day in common: {claim.when.text}, not {story.when.text}"
    return "" if agrees(claim, story) else f"another value: {claim.value}, not {story.value}"


def _equal(claim: Claim, story: Story) -> bool:
    return fold(claim.value) == fold(story.value)


def _dates(claim: Claim, story: Story) -> bool:
    """One within the other: "2028" and "14 Jan 2028" are one plan, "2027" and "early 2028" are not."""
    if claim.when is None or story.when is None:
        return _equal(claim, story)
    return claim.when.within(story.when) or story.when.within(claim.when)


def _people(claim: Claim, story: Story) -> bool:
    return _verb(claim.value) == _verb(story.value) and _person(claim.value) == _person(story.value)


def _texts(claim: Claim, story: Story) -> bool:
    return fuzz.token_set_ratio(fold(claim.value), fold(story.value)) >= ALIKE


_MEASURES: dict[Field, Callable[[Claim, Story], bool]] = {
    Field.STATUS: _equal,
    Field.RELEASE: _dates,
    Field.CAST: _people,
    Field.PRODUCTION: _equal,
    Field.TRAILER: _equal,
    Field.SPINOFF: _texts,
    Field.PLOT: _texts,
    Field.RATINGS: _texts,
}


def _verb(value: str) -> str:
    return value.partition(":")[0].strip().casefold()


def _person(value: str) -> str:
    return fold(value.partition(":")[2])


def fold(text: str) -> str:
    """Case, diacritics and punctuation made alike."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).split())
