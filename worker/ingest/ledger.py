"""What a claim does to what we knew: first said, corroborated, confirmed, moved, denied, contradicted, expired.

The ledger of one show, season and field is a list of stories. Official words may overtake any other; a weaker word
never overtakes a surer one: it is kept beside it. What is inside an older date and said at least as surely makes the
same story more precise. What says again a story that was overtaken a short while ago is only late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from worker.ingest.stories import collides, find_story, goes_on_after, is_inside, is_over, same_season, settles
from worker.models import Change, Claim, ClaimState, Field, Kind, Lead, Move, Standing, Story

_LATE = timedelta(days=14)  # so long outlets go on repeating what was overtaken
_OLD = timedelta(days=31)  # pages may state their month alone
_HEARD = timedelta(days=3 * 365)  # what was guessed longer ago has been forgotten
_CONFIRMS: Mapping[str, Sequence[Kind]] = {
    "renewed": (Kind.RENEWAL,),
    "cancelled": (Kind.CANCELLATION,),
    "ending": (Kind.CANCELLATION, Kind.RENEWAL),  # it comes back for a last season
    Field.SPINOFF: (Kind.SPINOFF,),
}
_CLOSED_BY = {True: ClaimState.MOVED, False: ClaimState.CONTRADICTED}
_WEIGHT = {
    Field.STATUS: 60,
    Field.RELEASE: 50,
    Field.SPINOFF: 35,
    Field.CAST: 30,
    Field.PRODUCTION: 28,
    Field.TRAILER: 25,
    Field.EPISODES: 20,
    Field.RATINGS: 15,
    Field.PLOT: 10,
}
_CHANGE = {Change.DENIED: 12, Change.CONTRADICTED: 10, Change.CONFIRMED: 8, Change.MOVED: 6, Change.EXPIRED: -25}
_STANDING = {Standing.OFFICIAL: 25, Standing.REPORTED: 12, Standing.RUMOUR: 4, Standing.SPECULATION: 0}
_Closed = tuple[tuple[int, ClaimState], ...]


def apply_claim(claim: Claim, stories: Sequence[Story]) -> Move:
    """What one claim changes, given all stories of its show and field. Nothing is stored."""
    here = [s for s in stories if (s.show_id, s.field) == (claim.show_id, claim.field)]
    ledger = [s for s in here if same_season(claim, s, here) and not is_over(claim, s)]
    open_ = [s for s in ledger if s.state is ClaimState.OPEN]
    own = [s for s in ledger if not _is_torn(claim, s, open_)]
    story = find_story(claim, own)
    if claim.copy_of is not None:
        return _copied(claim, story)
    if story is not None and _is_late(claim, story, open_):
        return _keep(claim, story, f"said again; it is {story.state} since")
    rivals = [s for s in open_ if collides(claim, s)]
    if newer := _overtaken_by(claim, story, rivals):
        return _outdated(claim, newer)
    rivals += [s for s in here if s.state is ClaimState.OPEN and goes_on_after(claim, s)]
    return _grown_out(claim, _decide(claim, story, [s for s in own if s.state is ClaimState.OPEN], rivals), open_)


def _copied(claim: Claim, story: Story | None) -> Move:
    """A copy corroborates nothing. What its original does not say is no official word either."""
    move = _keep(claim, story, "a copy of another article: it corroborates nothing")
    capped = story is None and move.standing is Standing.OFFICIAL
    return replace(move, standing=Standing.REPORTED) if capped else move


def _decide(claim: Claim, story: Story | None, own: Sequence[Story], rivals: Sequence[Story]) -> Move:
    if story is None or story.state is not ClaimState.OPEN:
        story = _sharpened(claim, own) or _settled(claim, own)
    if story is not None:
        return _said_again(claim, story, rivals)
    if known := _says_less(claim, own):
        return _keep(claim, known, f"less precise than what is known: {known.value}")
    return _first_said(claim, rivals)


def confirm_heard(claim: Claim, move: Move, heard: Sequence[Lead]) -> Move:
    """The makers' word on what articles had only guessed or heard, though no sentence of theirs was a claim."""
    if move.change is not Change.NEW or move.was or claim.standing is not Standing.OFFICIAL:
        return move
    kinds = _CONFIRMS.get(claim.value if claim.field is Field.STATUS else claim.field, ())
    before = [lead for lead in heard if _is_heard(claim, lead, kinds)]
    if not before:
        return move
    latest = max(before, key=lambda lead: (lead.told or date.min, lead.article_id))
    assert latest.standing is not None  # or it would not have been heard
    what = _a(latest.standing)
    return replace(move, change=Change.CONFIRMED, reason=f"official word on {what} in article {latest.article_id}")


def _is_heard(claim: Claim, lead: Lead, kinds: Sequence[Kind]) -> bool:
    """Did the article speak of this, less surely, some days to a few years before, without a claim of its own?"""
    if not lead.kinds or lead.kinds[0] not in kinds or lead.standing in (None, Standing.OFFICIAL) or lead.told is None:
        return False
    other_season = claim.season is not None and bool(lead.seasons) and claim.season not in lead.seasons
    claimed = any(fact.field is claim.field for fact in lead.facts)
    return not other_season and not claimed and timedelta(0) < claim.said.date() - lead.told <= _HEARD


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


def _is_torn(claim: Claim, story: Story, open_: Sequence[Story]) -> bool:
    """Would a story of no season, taken for the claim's season, stand against another date of that season?"""
    if story.season is not None or claim.season is None or story.when is None:
        return False
    return any(s.season == claim.season and s.when and not s.when.overlaps(story.when) for s in open_)


def _is_late(claim: Claim, story: Story, open_: Sequence[Story]) -> bool:
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


def _overtaken_by(claim: Claim, story: Story | None, rivals: Sequence[Story]) -> Story | None:
    """What was said long after this claim, and as surely: an old page that is read late moves nothing."""
    if story is not None and story.state is ClaimState.OPEN:
        return None
    newer = [s for s in rivals if s.first_seen - claim.said > _OLD and s.standing.rank >= claim.standing.rank]
    return max(newer, key=_weight, default=None)


def _outdated(claim: Claim, newer: Story) -> Move:
    """A new story that is closed when it comes."""
    reason = f"said before the {newer.standing} word of {newer.value}, which stands"
    return replace(_new(claim, None, None, (), reason), state=_CLOSED_BY[claim.field is Field.RELEASE])


def _grown_out(claim: Claim, move: Move, open_: Sequence[Story]) -> Move:
    """Talks are over when what they were about is decided, said at least as surely."""
    over = [s for s in open_ if s.value == "in-talks" and settles(claim, s) and s.standing.rank <= claim.standing.rank]
    closed = {story_id for story_id, _ in move.close} | {move.story.id if move.story else None}
    return replace(move, close=move.close + tuple((s.id, ClaimState.MOVED) for s in over if s.id not in closed))


def _sharpened(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The story whose date this claim makes more precise; a weaker word cannot."""
    wider = [s for s in open_ if is_inside(claim.when, s.when) and claim.standing.rank >= s.standing.rank]
    return max(wider, key=_weight, default=None)


def _settled(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The loose word (talks, a report of the end) that the makers now make firm."""
    loose = [s for s in open_ if settles(claim, s) and s.standing is not Standing.OFFICIAL]
    return max(loose, key=_weight, default=None) if claim.standing is Standing.OFFICIAL else None


def _says_less(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The story that says the same date more precisely, at least as surely."""
    sharper = [s for s in open_ if is_inside(s.when, claim.when) and s.standing.rank >= claim.standing.rank]
    return max(sharper, key=_weight, default=None)


def _weight(story: Story) -> tuple[int, int]:
    return story.standing.rank, story.id


def _first_said(claim: Claim, rivals: Sequence[Story]) -> Move:
    """A new story; it may overtake those that cannot be true beside it."""
    surer = [s for s in rivals if s.standing.rank > claim.standing.rank]
    if surer:
        return _beside(claim, max(surer, key=_weight))
    if not rivals:
        delayed = claim.field is Field.PRODUCTION and claim.value == "delayed" and claim.standing.rank > 0
        if delayed:  # whatever the plan was, it is another now
            return _new(claim, Change.MOVED, None, (), "a delay, first said")
        return _new(claim, Change.NEW, None, (), "first said")
    was = max(rivals, key=lambda s: (s.standing.rank, s.last_seen, s.id))
    change, _ = _how(claim, was)
    said = f"{claim.standing} word of {claim.value} against {was.value} ({was.standing}, {_by(was)})"
    return _new(claim, change, was, _closed(claim, rivals), said)


def _beside(claim: Claim, surer: Story) -> Move:
    """A weaker word against a surer one overwrites nothing. A guess is not even news."""
    reason = f"against the {surer.standing} word of {surer.value}, which stands"
    if claim.field is Field.RELEASE and surer.standing is Standing.RUMOUR:  # neither is sure, and this is the later
        return _new(claim, Change.MOVED, surer, (), f"a guess of {claim.value} beside the rumour of {surer.value}")
    if claim.standing is Standing.SPECULATION:
        return _new(claim, None, None, (), reason)
    if claim.field is Field.RELEASE:
        return _new(claim, Change.NEW, None, (), reason)
    return _new(claim, Change.CONTRADICTED, surer, (), reason)


def _how(claim: Claim, was: Story) -> tuple[Change, ClaimState]:
    """What becomes of an overtaken story: only the makers can deny, and only what they have not said themselves."""
    if claim.field is Field.RELEASE:
        return Change.MOVED, ClaimState.MOVED
    makers = claim.standing is Standing.OFFICIAL and was.standing is not Standing.OFFICIAL
    if makers and claim.value in ("denied", "renewed"):
        return Change.DENIED, ClaimState.DENIED
    return Change.CONTRADICTED, ClaimState.CONTRADICTED


def _closed(claim: Claim, rivals: Sequence[Story]) -> _Closed:
    return tuple((s.id, _how(claim, s)[1]) for s in rivals if s.standing.rank <= claim.standing.rank)


def _said_again(claim: Claim, story: Story, rivals: Sequence[Story]) -> Move:
    """A known story: raised, made more precise, or only said once more."""
    raised = claim.standing.rank > story.standing.rank
    sharper = is_inside(claim.when, story.when) and claim.standing.rank >= story.standing.rank
    # Who only repeats a story closes nothing, but two official words cannot stand against each other.
    overtaken = [s for s in rivals if s.id != story.id and (raised or sharper or _are_both_official(claim, s))]
    overtaken = [s for s in overtaken if s.standing.rank <= claim.standing.rank]
    value, when = (claim.value, claim.when or story.when) if raised or sharper else (story.value, story.when)
    change, was, reason = _meaning(claim, story, overtaken, sharper)
    surer = [s for s in rivals if s.standing.rank > claim.standing.rank]
    if raised and surer and story.standing is Standing.SPECULATION:  # the guess was not told; this is
        beside = _beside(claim, max(surer, key=_weight))
        change, was, reason = beside.change, beside.was, beside.reason
    standing = claim.standing if raised else story.standing
    return Move(story, change, was, _closed(claim, overtaken), standing, value, when, reason)


def _are_both_official(claim: Claim, story: Story) -> bool:
    return claim.standing is Standing.OFFICIAL and story.standing is Standing.OFFICIAL


def _meaning(
    claim: Claim, story: Story, overtaken: Sequence[Story], sharper: bool
) -> tuple[Change | None, Story | None, str]:
    """The change that a known story's new claim makes, what it is compared with, and why."""
    since = f"{story.first_seen.day} {story.first_seen:%b %Y}"
    official = [s for s in overtaken if _are_both_official(claim, s)]
    raised = claim.standing is Standing.OFFICIAL and story.standing is not Standing.OFFICIAL
    told = raised and story.state is ClaimState.OPEN and bool(story.families) and claim.field is not Field.RELEASE
    if official and not told:  # what was known, if less surely, beside an official word is now confirmed
        was = max(official, key=_weight)
        return _how(claim, was)[0], was, f"official word of {claim.value} against {was.value}, official before"
    if not story.families:
        return Change.NEW, None, "first said, but for copies"
    if raised:
        return Change.CONFIRMED, story, f"official word on what was {_a(story.standing)} by {_by(story)} since {since}"
    if sharper:
        return Change.NEW, story, f"more precise: {claim.value}, where {story.value} was known since {since}"
    if claim.family not in story.families:
        return Change.CORROBORATED, story, f"one more family beside {_by(story)}"
    return None, None, f"{claim.family} has said it before"


def _new(claim: Claim, change: Change | None, was: Story | None, close: _Closed, reason: str) -> Move:
    return Move(None, change, was, close, claim.standing, claim.value, claim.when, reason)


def _keep(claim: Claim, story: Story | None, reason: str) -> Move:
    """Evidence for what is known, or for nothing that is told."""
    if story is None:
        return _new(claim, None, None, (), reason)
    return Move(story, None, None, (), story.standing, story.value, story.when, reason)


def _a(standing: Standing) -> str:
    return {Standing.REPORTED: "a report", Standing.RUMOUR: "a rumour", Standing.SPECULATION: "a guess"}[standing]


def _by(story: Story) -> str:
    count = len(story.families)
    return f"{count} {'family' if count == 1 else 'families'}"
