"""What one word about a show makes of another: the table that the ledger goes by, and its questions.

| the makers say         | against what others said                           | against their own word      |
|------------------------|----------------------------------------------------|-----------------------------|
| renewed                | talks, a guess, "not cancelled": CONFIRMED         | talks, "not cancelled":     |
|                        | cancelled: DENIED; not renewed: CONTRADICTED       | CONFIRMED; else             |
|                        |                                                    | CONTRADICTED                |
| cancelled, ending      | the end, not renewed: CONFIRMED; else CONTRADICTED | CONTRADICTED                |
| not renewed            | not renewed: CONFIRMED; renewed, talks: DENIED     | CONTRADICTED                |
| not cancelled          | the end, not renewed, or nothing: DENIED           | CONTRADICTED                |
| in talks, undecided    | renewed, the end: DENIED, and they stay open       | not renewed: CONTRADICTED   |
| a date                 | the same or a wider one: CONFIRMED; another: MOVED | MOVED                       |
| a delay of filming     | filming, or nothing: MOVED                         | another day: MOVED          |
| filming has begun      | after a delay, with a day: MOVED                   | as planned: CONFIRMED       |
| a spin-off is shelved  | planned: CONTRADICTED, and the other way round     | CONTRADICTED                |
| joins, leaves, returns | the same: CONFIRMED; the opposite: CONTRADICTED    | CONTRADICTED                |

What was told since against the makers' word, and is no guess, is CONFIRMED rather than CONTRADICTED by their new one.
Others than the makers contradict, or move a date, where nothing surer stands; where it does, a rumour or report of the
opposite is CONTRADICTED and a guess is no news, and both close nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from worker.ingest.stories import collides, verdict
from worker.models import Claim, ClaimState, Field, Standing, Story

_LATE = timedelta(days=14)  # so long outlets go on repeating what was overtaken
# Verdicts of the makers, each with what it denies when others had said so.
_DENIES: Mapping[str, Sequence[str]] = {
    "renewed": ("cancelled",),
    "not renewed": ("renewed", "in-talks"),
    "not cancelled": ("cancelled", "ending", "not renewed"),
}
_DECIDED = ("renewed", "cancelled", "ending")
LOOSE = ("in-talks", "not cancelled")  # whoever says it, it is no decision yet


def is_torn(claim: Claim, story: Story, open_: Sequence[Story]) -> bool:
    """Would a story of no season, taken for the claim's season, stand against another date of that season?"""
    if story.season is not None or claim.season is None or story.when is None:
        return False
    return any(s.season == claim.season and s.when and not s.when.overlaps(story.when) for s in open_)


def is_late(claim: Claim, story: Story, open_: Sequence[Story]) -> bool:
    """Does the claim only repeat what was overtaken? It is news when it is surer now, or comes long after.

    Nor is it a repetition when who says it has told what came after: then it was moved back. Where nothing stands
    against the story any more, as with a date that has passed, saying it again is no news either.
    """
    if story.state is ClaimState.OPEN or claim.standing.rank > story.standing.rank:
        return False
    rivals = [s for s in open_ if collides(claim, s)]
    if not rivals or story.state is ClaimState.EXPIRED:
        return True
    latest = max(rivals, key=lambda s: s.first_seen)
    knows = claim.family in latest.families and claim.said > latest.first_seen
    return not knows and claim.said - latest.first_seen <= _LATE


def is_done(claim: Claim, story: Story) -> bool:
    """Do the makers say that what was planned for a later day has begun, now that the day is here?"""
    if claim.field is not Field.PRODUCTION or claim.standing is not Standing.OFFICIAL or story.when is None:
        return False
    here = story.first_seen.date() < story.when.first <= claim.said.date()
    coming = claim.when is not None and claim.when.first > claim.said.date()
    return claim.value == "started" and here and not coming


def is_put_off(claim: Claim, story: Story) -> bool:
    """Does the claim give a day to what was delayed, another than was said with the delay?"""
    if claim.field is not Field.PRODUCTION or claim.when is None or story.value != "delayed":
        return False
    told = story.when is not None and story.when.overlaps(claim.when)
    return not told and claim.standing.rank >= story.standing.rank


def is_idle(claim: Claim, story: Story) -> bool:
    """Is it talk against a guess, or a guess against talk? Neither says that the other is wrong."""
    guessed = Standing.SPECULATION in (claim.standing, story.standing)
    return guessed and "in-talks" in (claim.value, story.value) and not denies(claim, story)


def denies(claim: Claim, story: Story) -> bool:
    """Do the makers deny what others had said?"""
    unsure = claim.standing is Standing.OFFICIAL and story.standing is not Standing.OFFICIAL
    return claim.field is Field.STATUS and unsure and verdict(story) in _DENIES.get(verdict(claim), ())


def leaves_open(claim: Claim, story: Story) -> bool:
    """Do the makers say that nothing is decided, where others had told a decision?"""
    told = story.standing in (Standing.REPORTED, Standing.RUMOUR) and verdict(story) in _DECIDED
    return claim.field is Field.STATUS and told and claim.value == "in-talks" and claim.standing is Standing.OFFICIAL


def is_known_beside(official: Sequence[Story], said: Sequence[Story]) -> bool:
    """Was it told against the makers' older word already? A guess was not, nor what they spoke of themselves."""
    since = max((s.first_seen for s in official), default=None)
    beside = [s for s in said if s.state is ClaimState.OPEN and s.families]
    return since is not None and any(
        s.first_seen > since if s.standing is Standing.RUMOUR else s.first_seen >= since
        for s in beside
        if s.standing in (Standing.REPORTED, Standing.RUMOUR)
    )
