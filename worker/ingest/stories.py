"""Which claims are one fact? Candidates share a show and a field; season and value must agree.

Text never decides, but for fields that hold nothing else. Dates agree when one lies within the other and both are about
as precise: "2023" and "early 2023" are one word on the matter, "2023" and "early 2024" never are, and "9 Feb 2023" says
more than "2023" did: that is for the ledger to tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from rapidfuzz import fuzz

from worker.models import Claim, ClaimDraft, ClaimState, Field, Kind, Standing, Story, When

ALIKE = 85  # likeness (0-100) from which two free texts state the same; typed values must be equal
_DAYS = (1, 10, 31, 92, 184, 366)  # a day, a third of a month, a month, a quarter, a half or third of a year, a year
_SIMILAR = 1  # steps of these that two dates may be apart and still be as precise
_PERSON = re.compile(r"^(\w+): *(.+)$")
_NUMBER = re.compile(r"\d[\d.,]*")

# What comes again and again is another event after so long. Where a season is named, a status is of that season.
_SAME_EVENT: Mapping[Field, timedelta] = {
    Field.TRAILER: timedelta(days=21),
    Field.PLOT: timedelta(days=60),
    Field.RATINGS: timedelta(days=60),
}
_SAME_UNNUMBERED = timedelta(days=270)
_FORGOTTEN = timedelta(days=3 * 365)

# A verdict and what cannot be beside it: a later word on the left overtakes the words on the right.
_OPPOSED: Mapping[str, frozenset[str]] = {
    "renewed": frozenset({"cancelled", "not renewed"}),
    "cancelled": frozenset({"renewed", "in-talks", "not cancelled"}),
    "ending": frozenset({"not cancelled"}),
    "in-talks": frozenset({"not renewed"}),
    "not renewed": frozenset({"renewed", "in-talks"}),
    "not cancelled": frozenset({"cancelled", "ending"}),
    "joins": frozenset({"leaves"}),
    "returns": frozenset({"leaves"}),
    "leaves": frozenset({"joins", "returns"}),
    "shelved": frozenset({"planned"}),
    "planned": frozenset({"shelved"}),
}
# A verdict and the looser words that it settles.
_SETTLES: Mapping[str, frozenset[str]] = {
    "renewed": frozenset({"in-talks", "not cancelled"}),
    "cancelled": frozenset({"not renewed", "ending"}),
    "ending": frozenset({"cancelled"}),
}


_ENDS = ("cancelled", "ending")


class Stated(Protocol):
    """Whatever says something: a claim, a story, a fact of an article."""

    @property
    def field(self) -> Field: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def value(self) -> str: ...

    @property
    def when(self) -> When | None: ...


@dataclass(frozen=True, slots=True)
class Veto:
    """Why a story that looked near is not this claim's."""

    story_id: int
    reason: str


def find_story(claim: Claim, candidates: Iterable[Story]) -> Story | None:
    """The story that states the same fact: same show, field, season and agreeing value.

    An open story goes before a closed one, one of the very season before one of none, the surest first.
    """
    stories = list(candidates)
    agreeing = [one for one in stories if _near(claim, one, stories) and agrees(claim, one)]
    return min(agreeing, key=lambda story: _rank(claim, story), default=None)


def vetoes(claim: Claim, candidates: Iterable[Story]) -> list[Veto]:
    """Why the near ones were refused."""
    stories = [story for story in candidates if (story.show_id, story.field) == (claim.show_id, claim.field)]
    reasons = [(story.id, _veto(claim, story, stories)) for story in stories]
    return [Veto(story_id, reason) for story_id, reason in reasons if reason]


def same_season(claim: Claim, story: Story, stories: Sequence[Story]) -> bool:
    """Equal numbers; who names no season means the only one there is talk of, and of an end the latest."""
    if claim.season == story.season:
        return True
    if claim.season is not None and story.season is not None:
        return False
    named = {other.season for other in stories if other.state is ClaimState.OPEN and other.season is not None}
    if claim.season is None and named and verdict(claim) in _ENDS:
        return story.season == max(named)
    return named <= {claim.season or story.season}


def is_over(claim: Claim, story: Story) -> bool:
    """Had the story's date passed when the claim was made? Where one names no season, it is about the next one."""
    if claim.field is not Field.RELEASE or None not in (claim.season, story.season):
        return False
    if claim.when is None or story.when is None:
        return False
    return story.when.last < claim.said.date() <= claim.when.last


def agrees(claim: Stated, story: Stated) -> bool:
    """Do the two values state the same? Each field has its own measure."""
    return _MEASURES[claim.field](claim, story)


def collides(claim: Stated, story: Stated) -> bool:
    """Cannot both be true: renewed and cancelled, a denial and what it denies, dates with no day in common."""
    if claim.field is Field.RELEASE:
        return bool(claim.when and story.when and not claim.when.overlaps(story.when))
    if claim.field is Field.CAST and not _is_same_person(claim, story):
        return False
    return verdict(story) in _OPPOSED.get(verdict(claim), ())


def without_history(drafts: Sequence[ClaimDraft], primary: Kind | None) -> list[ClaimDraft]:
    """An article's claims but for those that its own news overtakes: a show that is saved had been cancelled."""
    news = [draft for draft in drafts if draft.kind is primary and draft.field is not Field.RELEASE]
    return [
        draft
        for draft in drafts
        if draft.kind is primary
        or not any((one.show_id, one.field) == (draft.show_id, draft.field) and collides(one, draft) for one in news)
    ]


def settles(claim: Claim, story: Story) -> bool:
    """Does the claim make firm what the story said loosely: an order after talks?"""
    return claim.field is Field.STATUS and verdict(story) in _SETTLES.get(verdict(claim), ())


def decides(story: Story, claim: Claim) -> bool:
    """Has the story decided what the claim leaves open?"""
    return verdict(claim) in _SETTLES.get(verdict(story), ())


def goes_on_after(claim: Claim, story: Story) -> bool:
    """Does the claim renew a show that was to end with the season before, or tell of talks to do so?"""
    if claim.field is not Field.STATUS or claim.season is None or verdict(claim) not in ("renewed", "in-talks"):
        return False
    return story.season == claim.season - 1 and verdict(story) in _ENDS


def is_inside(one: When | None, other: When | None) -> bool:
    """Is one date inside the other and more precise?"""
    return one is not None and other is not None and one.within(other) and not other.within(one)


def _precision(when: When) -> int:
    """0 for a day up to 6 for more than a year: steps that tell "2023" from "early 2023", and more so from a day."""
    days = (when.last - when.first).days + 1
    return sum(days > most for most in _DAYS)


def _rank(claim: Claim, story: Story) -> tuple[bool, bool, bool, int, int]:
    apart = story.when != claim.when
    return (story.state is not ClaimState.OPEN, story.season != claim.season, apart, -story.standing.rank, -story.id)


def _near(claim: Claim, story: Story, stories: Sequence[Story]) -> bool:
    if (story.show_id, story.field) != (claim.show_id, claim.field) or not same_season(claim, story, stories):
        return False
    return not is_too_old(claim, story)


def is_too_old(claim: Claim, story: Story) -> bool:
    """Was the story last heard so long ago that this must be another event of the kind?"""
    gap = max(claim.said - story.last_seen, story.first_seen - claim.said)
    once = claim.field is Field.SPINOFF or verdict(claim) in _ENDS
    if once and story.standing is not Standing.OFFICIAL:
        return gap > _FORGOTTEN
    if claim.field in _SAME_EVENT:
        return gap > _SAME_EVENT[claim.field]
    return claim.field is not Field.RELEASE and None in (claim.season, story.season) and gap > _SAME_UNNUMBERED


def _veto(claim: Claim, story: Story, stories: Sequence[Story]) -> str:
    if not same_season(claim, story, stories):
        return f"another season: {claim.season or 'none said'}, not {story.season or 'none said'}"
    if claim.field is Field.RELEASE and collides(claim, story):
        return f"no day in common: {claim.value}, not {story.value}"
    if collides(claim, story):
        return f"the opposite: {claim.value}, not {story.value}"
    if not agrees(claim, story):
        return f"another value: {claim.value}, not {story.value}"
    return f"another event: last heard of on {story.last_seen:%Y-%m-%d}" if is_too_old(claim, story) else ""


def _equal(claim: Stated, story: Stated) -> bool:
    return fold(claim.value) == fold(story.value)


def _verdicts(claim: Stated, story: Stated) -> bool:
    return verdict(claim) == verdict(story)


def _dates(claim: Stated, story: Stated) -> bool:
    """One within the other, and about as precise."""
    if claim.when is None or story.when is None:
        return _equal(claim, story)
    inside = claim.when.within(story.when) or story.when.within(claim.when)
    return inside and abs(_precision(claim.when) - _precision(story.when)) <= _SIMILAR


def _people(claim: Stated, story: Stated) -> bool:
    return verdict(claim) == verdict(story) and _is_same_person(claim, story)


def _is_same_person(claim: Stated, story: Stated) -> bool:
    """Equal names; a family name alone is the person whose it is."""
    one, other = _name(claim.value), _name(story.value)
    if not one or not other:
        return one == other
    return one[-1] == other[-1] and (set(one) <= set(other) or set(other) <= set(one))


def _titles(claim: Stated, story: Stated) -> bool:
    """A spin-off that has no title yet may be the one that has."""
    one, other = fold(claim.value), fold(story.value)
    if verdict(claim) != verdict(story):
        return False
    return "announced" in (one, other) or fuzz.token_sort_ratio(one, other) >= ALIKE


def _texts(claim: Stated, story: Stated) -> bool:
    numbers = [set(_NUMBER.findall(one.value)) for one in (claim, story)]
    return numbers[0] == numbers[1] and fuzz.token_set_ratio(fold(claim.value), fold(story.value)) >= ALIKE


_MEASURES: Mapping[Field, Callable[[Stated, Stated], bool]] = {
    Field.STATUS: _verdicts,
    Field.RELEASE: _dates,
    Field.CAST: _people,
    Field.PRODUCTION: _equal,
    Field.TRAILER: _equal,
    Field.SPINOFF: _titles,
    Field.PLOT: _texts,
    Field.RATINGS: _texts,
    Field.EPISODES: _equal,
}


def verdict(one: Stated) -> str:
    """What a status or cast value says; a denial by what it denies. A spin-off is planned or shelved."""
    if one.field is Field.SPINOFF:
        return "shelved" if fold(one.value) == "shelved" else "planned"
    value = fold(one.value.partition(":")[0]) if one.field is Field.CAST else one.value.strip().casefold()
    if one.field is Field.STATUS and value == "denied":
        return "not cancelled" if one.kind is Kind.CANCELLATION else "not renewed"
    return value


def _name(value: str) -> list[str]:
    found = _PERSON.match(value)
    return fold(found[2]).split() if found else []


def fold(text: str) -> str:
    """Case, diacritics and punctuation made alike."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
