"""What a claim does to what we knew: first said, corroborated, confirmed, moved, denied, contradicted, expired.

The ledger of one show, season and field is a list of stories. Official words may overtake any other; a weaker word
never overtakes a surer one: it is kept beside it. What is inside an older date and said at least as surely makes the
same story more precise. What says again a story that was overtaken a short while ago is only late.
What turns what: see the table in `turns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from worker.ingest.stories import (
    collides,
    decides,
    find_story,
    goes_on_after,
    is_inside,
    is_over,
    is_too_old,
    same_season,
    settles,
    verdict,
)
from worker.ingest.turns import (
    LOOSE,
    denies,
    is_done,
    is_idle,
    is_known_beside,
    is_late,
    is_put_off,
    is_torn,
    leaves_open,
)
from worker.models import Change, Claim, ClaimState, Field, Move, Standing, Story

_OLD = timedelta(days=31)  # pages may state their month alone
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
    own = [s for s in ledger if not is_torn(claim, s, open_)]
    story = find_story(claim, own)
    if claim.copy_of is not None:
        return _copied(claim, story)
    if story is not None and is_late(claim, story, open_):
        return _keep(claim, story, f"said again; it is {story.state} since")
    rivals = [s for s in open_ if (collides(claim, s) or denies(claim, s)) and not is_idle(claim, s)]
    if newer := _overtaken_by(claim, story, rivals):
        return _outdated(claim, newer)
    rivals += [s for s in here if s.state is ClaimState.OPEN and goes_on_after(claim, s)]
    move = _decide(claim, story, [s for s in own if s.state is ClaimState.OPEN], rivals)
    return _telling(_grown_out(claim, move, open_), here)


def _copied(claim: Claim, story: Story | None) -> Move:
    """A copy corroborates nothing. What its original does not say is no official word either."""
    move = _keep(claim, story, "a copy of another article: it corroborates nothing")
    capped = story is None and move.standing is Standing.OFFICIAL
    return replace(move, standing=Standing.REPORTED) if capped else move


def _decide(claim: Claim, story: Story | None, own: Sequence[Story], rivals: Sequence[Story]) -> Move:
    if story is None or story.state is not ClaimState.OPEN:
        story = _sharpened(claim, own) or _settled(claim, own)
    undecided = [s for s in own if leaves_open(claim, s)]
    if undecided and (story is None or story.standing is not Standing.OFFICIAL):
        return _undecided(claim, story, max(undecided, key=_weight))
    if story is not None and is_done(claim, story):
        return Move(story, Change.CONFIRMED, story, (), claim.standing, claim.value, None, "what was planned has begun")
    if put_off := [s for s in own if is_put_off(claim, s)]:
        return _another_day(claim, story, max(put_off, key=_weight))
    if story is not None:
        return _said_again(claim, story, rivals, [s for s in own if s is story or settles(claim, s)])
    if known := _says_less(claim, own):
        return _keep(claim, known, f"less precise than what is known: {known.value}")
    if known := _says_loosely(claim, own):
        return _once_more(claim, known)
    return _first_said(claim, rivals, own)


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


def _telling(move: Move, stories: Sequence[Story]) -> Move:
    """The move with what it closes in its reason, but for what the reason compares with already."""
    closed = {story_id for story_id, _ in move.close} - {move.was.id if move.was else None}
    told = [f"{s.value} ({s.standing}, {_by(s)})" for s in stories if s.id in closed and s.families]
    return replace(move, reason=f"{move.reason}; it closes {', '.join(told)}") if told else move


def _another_day(claim: Claim, story: Story | None, was: Story) -> Move:
    """The plan that was delayed has a new day; another delay goes on with the story of the last."""
    reason = f"a new date after the delay: {claim.when.text if claim.when else claim.value}"
    if claim.value == was.value:
        return Move(was, Change.MOVED, was, (), claim.standing, claim.value, claim.when, reason)
    close = ((was.id, ClaimState.MOVED),)
    if story is None or story.state is not ClaimState.OPEN:
        return _new(claim, Change.MOVED, was, close, reason)
    standing = max(claim.standing, story.standing, key=lambda one: one.rank)
    return Move(story, Change.MOVED, was, close, standing, claim.value, claim.when, reason)


def _sharpened(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The story whose date this claim makes more precise; a weaker word cannot."""
    if claim.field is not Field.RELEASE:
        return None
    wider = [s for s in open_ if is_inside(claim.when, s.when) and claim.standing.rank >= s.standing.rank]
    return max(wider, key=_weight, default=None)


def _undecided(claim: Claim, story: Story | None, was: Story) -> Move:
    """What others told is not so yet; it may be one day, and stays in the ledger as what it was."""
    reason = f"nothing is decided, the makers say, where {was.value} was {a_word(was.standing)} by {_by(was)}"
    if story is None:
        return _new(claim, Change.DENIED, was, (), reason)
    return Move(story, Change.DENIED, was, (), claim.standing, story.value, story.when, reason)


def _settled(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The loose word (talks, a report of the end) that the makers now make firm."""
    loose = [s for s in open_ if settles(claim, s) and (s.standing is not Standing.OFFICIAL or verdict(s) in LOOSE)]
    return max(loose, key=_weight, default=None) if claim.standing is Standing.OFFICIAL else None


def _says_less(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The story that says the same date more precisely, at least as surely."""
    if claim.field is not Field.RELEASE:
        return None
    sharper = [s for s in open_ if is_inside(s.when, claim.when) and s.standing.rank >= claim.standing.rank]
    return max(sharper, key=_weight, default=None)


def _says_loosely(claim: Claim, open_: Sequence[Story]) -> Story | None:
    """The story that has decided what this claim only talks of; "no third season" is no more than the end."""
    if claim.field is not Field.STATUS or verdict(claim) not in (*LOOSE, "not renewed"):
        return None
    decided = [s for s in open_ if s.standing.rank >= claim.standing.rank and decides(s, claim)]
    decided = [s for s in decided if not is_too_old(claim, s)]
    return max(decided, key=_weight, default=None)


def _once_more(claim: Claim, story: Story) -> Move:
    """Another family for what is known, whatever its words."""
    move = _keep(claim, story, f"{claim.family} has said it before")
    if claim.family in story.families:
        return move
    return replace(move, change=Change.CORROBORATED, reason=f"one more family beside {_by(story)}, in looser words")


def _weight(story: Story) -> tuple[int, int]:
    return story.standing.rank, story.id


def _first_said(claim: Claim, rivals: Sequence[Story], beside: Sequence[Story] = ()) -> Move:
    """A new story; it may overtake those that cannot be true beside it."""
    surer = [s for s in rivals if s.standing.rank > claim.standing.rank]
    if surer:
        return _beside(claim, max(surer, key=_weight), beside)
    if not rivals:
        delayed = claim.field is Field.PRODUCTION and claim.value == "delayed" and claim.standing.rank > 0
        if delayed:  # whatever the plan was, it is another now
            return _new(claim, Change.MOVED, None, (), "a delay, first said")
        if verdict(claim) == "not cancelled" and claim.standing is Standing.OFFICIAL:  # nobody denies what nobody said
            return _new(claim, Change.DENIED, None, (), "the makers deny an end, of which nothing was known here")
        return _new(claim, Change.NEW, None, (), "first said")
    was = max(rivals, key=lambda s: (s.standing.rank, s.last_seen, s.id))
    change, _ = _how(claim, was)
    said = f"{claim.standing} word of {claim.value} against {was.value} ({was.standing}, {_by(was)})"
    return _new(claim, change, was, _closed(claim, rivals), said)


def _beside(claim: Claim, surer: Story, told: Sequence[Story] = ()) -> Move:
    """A weaker word against a surer one overwrites nothing. A guess is not even news.

    Nor is it the opposite anew when others among those `told` have said so less firmly.
    """
    reason = f"against the {surer.standing} word of {surer.value}, which stands"
    if claim.field is Field.RELEASE and surer.standing is Standing.RUMOUR:  # neither is sure, and this is the later
        return _new(claim, Change.MOVED, surer, (), f"a guess of {claim.value} beside the rumour of {surer.value}")
    if claim.standing is Standing.SPECULATION:
        return _new(claim, None, None, (), reason)
    again = any(settles(claim, s) and s.standing is not Standing.SPECULATION and s.id != surer.id for s in told)
    if claim.field is Field.RELEASE or again:
        return _new(claim, Change.NEW, None, (), reason)
    return _new(claim, Change.CONTRADICTED, surer, (), reason)


def _how(claim: Claim, was: Story) -> tuple[Change, ClaimState]:
    """What becomes of an overtaken story: only the makers can deny, and only what they have not said themselves."""
    if claim.field is Field.RELEASE:
        return Change.MOVED, ClaimState.MOVED
    if denies(claim, was):
        return Change.DENIED, ClaimState.DENIED
    return Change.CONTRADICTED, ClaimState.CONTRADICTED


def _closed(claim: Claim, rivals: Sequence[Story]) -> _Closed:
    return tuple((s.id, _how(claim, s)[1]) for s in rivals if s.standing.rank <= claim.standing.rank)


def _said_again(claim: Claim, story: Story, rivals: Sequence[Story], said: Sequence[Story]) -> Move:
    """A known story: raised, made more precise, or only said once more. `said` are all that say it, if loosely."""
    raised = claim.standing.rank > story.standing.rank or settles(claim, story)
    sharper = is_inside(claim.when, story.when) and claim.standing.rank >= story.standing.rank
    sharper = sharper and claim.field is Field.RELEASE
    # Who only repeats a story closes nothing, but two official words cannot stand against each other.
    overtaken = [s for s in rivals if s.id != story.id and (raised or sharper or _are_both_official(claim, s))]
    overtaken = [s for s in overtaken if s.standing.rank <= claim.standing.rank]
    value, when = (claim.value, claim.when or story.when) if raised or sharper else (story.value, story.when)
    change, was, reason = _meaning(claim, story, overtaken, said, sharper)
    surer = [s for s in rivals if s.standing.rank > claim.standing.rank]
    if raised and surer and story.standing is Standing.SPECULATION:  # the guess was not told; this is
        beside = _beside(claim, max(surer, key=_weight))
        change, was, reason = beside.change, beside.was, beside.reason
    standing = claim.standing if raised else story.standing
    return Move(story, change, was, _closed(claim, overtaken), standing, value, when, reason)


def _are_both_official(claim: Claim, story: Story) -> bool:
    return claim.standing is Standing.OFFICIAL and story.standing is Standing.OFFICIAL


def _meaning(
    claim: Claim, story: Story, overtaken: Sequence[Story], said: Sequence[Story], sharper: bool
) -> tuple[Change | None, Story | None, str]:
    """The change that a known story's new claim makes, what it is compared with, and why."""
    since = f"{story.first_seen.day} {story.first_seen:%b %Y}"
    official = [s for s in overtaken if _are_both_official(claim, s) and s.value != "in-talks"]
    firmer = story.standing is not Standing.OFFICIAL or settles(claim, story)
    raised = claim.standing is Standing.OFFICIAL and firmer and claim.value != "in-talks"
    told = raised and claim.field is not Field.RELEASE and is_known_beside(official, said)
    if official and not told:
        was = max(official, key=_weight)
        return _how(claim, was)[0], was, f"official word of {claim.value} against {was.value}, official before"
    if not story.families:
        return Change.NEW, None, "first said, but for copies"
    if raised:
        what = f"no decision, {story.value}," if story.standing is Standing.OFFICIAL else a_word(story.standing)
        return Change.CONFIRMED, story, f"official word on what was {what} by {_by(story)} since {since}"
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


def a_word(standing: Standing) -> str:
    """What somebody said who is no maker."""
    return {Standing.REPORTED: "a report", Standing.RUMOUR: "a rumour", Standing.SPECULATION: "a guess"}[standing]


def _by(story: Story) -> str:
    count = len(story.families)
    return f"{count} {'family' if count == 1 else 'families'}"
