"""How an article's claims go into the ledgers: what they deny, in which order, and whose ledgers they touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from worker.ingest.ledger import a_word
from worker.ingest.shows import ShowIndex
from worker.ingest.stories import collides, fold
from worker.ingest.when import find_when
from worker.models import Change, Claim, ClaimDraft, ClaimState, Field, Kind, Lead, Move, ShowMatch, Standing, Story

_ENDS = ("cancelled", "ending")
_DATED = ("started", "delayed")
_HEARD = timedelta(days=3 * 365)  # what was guessed longer ago has been forgotten
_CONFIRMS: Mapping[str, Sequence[Kind]] = {
    "renewed": (Kind.RENEWAL,),
    "cancelled": (Kind.CANCELLATION,),
    "ending": (Kind.CANCELLATION, Kind.RENEWAL),  # it comes back for a last season
    Field.SPINOFF: (Kind.SPINOFF,),
}


def in_order(drafts: Sequence[ClaimDraft], primary: Kind | None) -> list[ClaimDraft]:
    """The surest first, so that a rumour that an article sets right is told after the word that does so.

    Talks come after what was decided in them.
    """
    told = [_of_the_end(draft, drafts, primary) for draft in drafts]
    return sorted(told, key=lambda draft: (-draft.standing.rank, draft.value == "in-talks"))


def _of_the_end(draft: ClaimDraft, drafts: Sequence[ClaimDraft], primary: Kind | None) -> ClaimDraft:
    """Where the news is about the end, and others alone tell of it, it is the end that the makers deny."""
    denied = draft.field is Field.STATUS and draft.value == "denied" and draft.standing is Standing.OFFICIAL
    if not denied or primary is not Kind.CANCELLATION:
        return draft
    ends = [one.standing.rank for one in drafts if one.field is Field.STATUS and one.value in _ENDS]
    return replace(draft, kind=Kind.CANCELLATION) if ends and max(ends) < draft.standing.rank else draft


def dated(draft: ClaimDraft, published: date | None, language: str | None) -> ClaimDraft:
    """When something is to be made, where its sentence names a day still to come."""
    if draft.field is not Field.PRODUCTION or draft.when or published is None or draft.value not in _DATED:
        return draft
    when = find_when(draft.evidence, published, language or "en")
    return replace(draft, when=when) if when and when.last > published else draft


def overtakes(move: Move, claim: Claim, past: Iterable[ClaimDraft]) -> Move:
    """The move of what an article calls news against what it tells as `past`: the opposite stood, if not here."""
    if move.change is not Change.NEW or move.was or claim.standing is not Standing.OFFICIAL:
        return move
    before = [one for one in past if one.show_id == claim.show_id and one.field is claim.field and collides(claim, one)]
    if not before:
        return move
    reason = f"official word of {claim.value} against {before[0].value}, which stood before, as the article says"
    return replace(move, change=Change.CONTRADICTED, reason=reason)


def is_set_right(claim: Claim, move: Move, own: Collection[int], news: Standing | None) -> bool:
    """Is the claim only what the same article sets right by a surer word?

    `own` are the stories that the article has told; what is as sure as its `news` is the news, and not set right.
    """
    if claim.standing is news:
        return False
    return move.was is not None and move.was.id in own and claim.standing.rank < move.was.standing.rank


def set_right(move: Move) -> Move:
    """The move without a change; what it opens is closed at once."""
    closed = ClaimState.MOVED if move.when else ClaimState.CONTRADICTED
    state = closed if move.story is None else move.state
    return replace(move, change=None, was=None, state=state, reason=f"set right by its own article: {move.reason}")


def parents(matches: Sequence[ShowMatch], index: ShowIndex) -> list[int]:
    """The shows that an article's leading show may come from: those beside it, and those whose name it extends."""
    if not matches:
        return []
    words = matches[0].name.split()
    heads = (index.find(" ".join(words[:count])) for count in range(len(words) - 1, 0, -1))
    found = [match.show_id for match in matches[1:]]
    found += [show.id for show in heads if show and _is_head(show.name, words)]
    return [show_id for show_id in dict.fromkeys(found) if show_id != matches[0].show_id]


def _is_head(name: str, words: Sequence[str]) -> bool:
    """Is it the name itself that is extended? An alias may be any word."""
    return fold(" ".join(words)).startswith(f"{fold(name)} ")


def of_parent(drafts: Iterable[ClaimDraft], parent: int, known: Sequence[Story]) -> list[ClaimDraft]:
    """The makers' word on a spin-off, for the ledger of a show that knows of such plans from others; `known` is it."""
    awaited = [s for s in known if s.state is ClaimState.OPEN and s.standing is not Standing.OFFICIAL]
    if not awaited:
        return []
    return [
        replace(draft, show_id=parent, season=max(awaited, key=lambda story: story.last_seen).season)
        for draft in drafts
        if draft.field is Field.SPINOFF and draft.standing is Standing.OFFICIAL and draft.show_id != parent
    ]


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
    what = a_word(latest.standing)
    return replace(move, change=Change.CONFIRMED, reason=f"official word on {what} in article {latest.article_id}")


def _is_heard(claim: Claim, lead: Lead, kinds: Sequence[Kind]) -> bool:
    """Did the article speak of this, less surely, some days to a few years before, without a claim of its own?"""
    if not lead.kinds or lead.kinds[0] not in kinds or lead.standing in (None, Standing.OFFICIAL) or lead.told is None:
        return False
    other_season = claim.season is not None and bool(lead.seasons) and claim.season not in lead.seasons
    claimed = any(fact.field is claim.field for fact in lead.facts)
    return not other_season and not claimed and timedelta(0) < claim.said.date() - lead.told <= _HEARD
