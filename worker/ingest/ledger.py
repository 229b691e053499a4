"""What a claim does to what we knew: first said, corroborated, confirmed, moved, denied, contradicted, expired.

The ledger of one show, season and field is a list of stories. Official words may overtake any other; a weaker word
never overtakes a surer one: it is kept beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from worker.ingest.stories import find_story, opposes, same_season
from worker.models import Change, Claim, ClaimState, Field, Move, Standing, Story

_WEIGHT = {
    Field.STATUS: 60,
    Field.RELEASE: 50,
    Field.SPINOFF: 35,
    Field.CAST: 30,
    Field.PRODUCTION: 28,
    Field.TRAILER: 25,
    Field.RATINGS: 15,
    Field.PLOT: 10,
}
_CHANGE = {Change.DENIED: 12, Change.CONTRADICTED: 10, Change.CONFIRMED: 8, Change.MOVED: 6, Change.EXPIRED: -25}
_STANDING = {Standing.OFFICIAL: 25, Standing.REPORTED: 12, Standing.RUMOUR: 4, Standing.SPECULATION: 0}


def apply_claim(claim: Claim, stories: Sequence[Story]) -> Move:
    """What one claim changes, given all stories of its show and field. Nothing is stored."""
    ledger = [s for s in stories if s.field is claim.field and same_season(claim, s, stories)]
    story = find_story(claim, ledger)
    if claim.copy_of is not None:
        return _keep(claim, story, "a copy of another article: it corroborates nothing")
    open_ = [s for s in ledger if s.state is ClaimState.OPEN]
    if story is None:
        return _first_said(claim, open_)
    if story.state is not ClaimState.OPEN and not _stronger(claim, open_):
        return _keep(claim, story, f"said again; it is {story.state} since")
    if story.state is not ClaimState.OPEN:
        return _first_said(claim, open_)
    return _said_again(claim, story, open_)


def expire(stories: Sequence[Story], today: date) -> list[tuple[Story, str]]:
    """Open rumours and guesses whose last possible day has passed, each with its reason."""
    return [
        (story, f"{story.when.text} has passed, and nobody confirmed it")
        for story in stories
        if story.state is ClaimState.OPEN
        and story.when is not None
        and story.when.last < today
        and story.standing in (Standing.RUMOUR, Standing.SPECULATION)
    ]


def importance(change: Change, field: Field, standing: Standing) -> int:
    """How much an update matters, 0 to 100; how sure it is counts, but is told apart from it."""
    return max(0, min(100, _WEIGHT[field] + _CHANGE.get(change, 0) + _STANDING[standing]))


def _first_said(claim: Claim, open_: Sequence[Story]) -> Move:
    """A new story; it may overtake those that cannot be true beside it."""
    overtaken = [s for s in open_ if _collides(claim, s) and claim.standing.rank >= s.standing.rank]
    if not overtaken:
        beside = next((s for s in open_ if _collides(claim, s)), None)
        reason = f"against the {beside.standing} word of {beside.value}, which stands" if beside else "first said"
        return _new(claim, Change.NEW, None, (), reason)
    was = max(overtaken, key=lambda s: (s.standing.rank, s.last_seen, s.id))
    change, state = _how(claim, was)
    said = f"{claim.standing} word of {claim.value} against {was.value} ({was.standing}, {_by(was)})"
    return _new(claim, change, was, tuple((s.id, state) for s in overtaken), said)


def _how(claim: Claim, was: Story) -> tuple[Change, ClaimState]:
    if claim.value == "denied":
        return (Change.DENIED, ClaimState.DENIED)
    if claim.field is Field.RELEASE:
        return (Change.MOVED, ClaimState.MOVED)
    makers = claim.standing is Standing.OFFICIAL and was.standing is not Standing.OFFICIAL
    return (Change.DENIED, ClaimState.DENIED) if makers else (Change.CONTRADICTED, ClaimState.CONTRADICTED)


def _collides(claim: Claim, story: Story) -> bool:
    """Cannot both be true: a denial and what it denies, opposites, dates with no day in common."""
    if claim.field is Field.STATUS and (claim.value == "denied") != (story.value == "denied"):
        return True
    if claim.field is Field.RELEASE:
        return bool(claim.when and story.when and not claim.when.overlaps(story.when))
    return opposes(claim, story)


def _said_again(claim: Claim, story: Story, open_: Sequence[Story]) -> Move:
    standing = max(claim.standing, story.standing, key=lambda each: each.rank)
    sharper = _sharper(claim, story)
    value, when = (claim.value, claim.when) if sharper else (story.value, story.when)
    close = tuple((s.id, _how(claim, s)[1]) for s in open_ if s.id != story.id and _overtakes(claim, s))
    change, reason = _meaning(claim, story, sharper)
    return Move(story, change, story if change else None, close, standing, value, when, reason)


def _overtakes(claim: Claim, story: Story) -> bool:
    return _collides(claim, story) and claim.standing.rank > story.standing.rank


def _meaning(claim: Claim, story: Story, sharper: bool) -> tuple[Change | None, str]:
    since = f"{story.first_seen.day} {story.first_seen:%b %Y}"
    if claim.standing is Standing.OFFICIAL and story.standing is not Standing.OFFICIAL:
        return Change.CONFIRMED, f"official word on what was {story.standing} by {_by(story)} since {since}"
    if sharper:
        return Change.NEW, f"more precise: {claim.value}, where {story.value} was known since {since}"
    if claim.family not in story.families:
        return Change.CORROBORATED, f"one more family beside {_by(story)}"
    return None, f"{claim.family} has said it before"


def _sharper(claim: Claim, story: Story) -> bool:
    """A date inside the known one, said at least as surely."""
    if claim.when is None or story.when is None or claim.standing.rank < story.standing.rank:
        return False
    return claim.when.within(story.when) and not story.when.within(claim.when)


def _stronger(claim: Claim, open_: Sequence[Story]) -> bool:
    """Does it say again, and surely enough, what others had overtaken?"""
    against = [s for s in open_ if _collides(claim, s)]
    return bool(against) and all(claim.standing.rank >= s.standing.rank for s in against)


def _new(
    claim: Claim, change: Change | None, was: Story | None, close: tuple[tuple[int, ClaimState], ...], reason: str
) -> Move:
    return Move(None, change, was, close, claim.standing, claim.value, claim.when, reason)


def _keep(claim: Claim, story: Story | None, reason: str) -> Move:
    """Evidence for what is known, or for nothing that is told."""
    if story is None:
        return _new(claim, None, None, (), reason)
    return Move(story, None, None, (), story.standing, story.value, story.when, reason)


def _by(story: Story) -> str:
    count = len(story.families)
    return f"{count} {'family' if count == 1 else 'families'}"
