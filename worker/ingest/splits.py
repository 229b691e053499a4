"""What people put right in stories: a wrong merge is split and stays split, a missed one is merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worker.errors import NotFoundError, UsageError
from worker.models import Claim, ClaimState, Story
from worker.store import Tx


def split_claim(tx: Tx, claim_id: int) -> int:
    """Sets a claim apart, with all that its article and its copies say there, as a story of its own; gives its id."""
    claim = _claim(tx, claim_id)
    old = tx.stories.story(claim.story_id or 0)
    original = claim.copy_of or claim.article_id
    articles = [original, *tx.leads.copies_of(original)]
    claims = _claims(tx, old.id)
    apart = [one for one in claims if one.article_id in articles]
    rest = [one for one in claims if one.article_id not in articles]
    if not rest:
        raise UsageError(f"claim {claim_id} is alone in its story already")
    new_id = tx.stories.restate(replace(summed(old, apart), id=0, state=ClaimState.OPEN))
    tx.stories.hand_over([one.id for one in apart], new_id)
    tx.stories.restate(summed(old, rest))
    tx.leads.bar(articles, old.id, ledger=True)
    tx.leads.bar(sorted({one.article_id for one in rest}), new_id, ledger=True)
    return new_id


def merge_claims(tx: Tx, claim_id: int, into: int) -> int:
    """Puts the whole story of a claim into that of another, which states the same; gives that one's id."""
    gone, kept = (tx.stories.story(_claim(tx, one).story_id or 0) for one in (claim_id, into))
    if gone.id == kept.id:
        raise UsageError(f"claims {claim_id} and {into} are in one story already")
    if (gone.show_id, gone.field) != (kept.show_id, kept.field):
        raise UsageError(f"claim {claim_id} is about another show or field than claim {into}")
    moved = _claims(tx, gone.id)
    tx.stories.hand_over([one.id for one in moved], kept.id)
    tx.stories.restate(summed(kept, _claims(tx, kept.id)))
    tx.stories.drop(gone.id)
    tx.leads.unbar(sorted({one.article_id for one in moved}), kept.id, ledger=True)
    return kept.id


def split_article(tx: Tx, article_id: int) -> int:
    """Says that an article, with its copies, tells other news than those it was put with; gives the new number."""
    old = tx.leads.story_of(article_id) or article_id
    apart = [article_id, *tx.leads.copies_of(article_id)]
    rest = [one for one in tx.leads.members(old) if one not in apart]
    if not rest:
        raise UsageError("the article stands alone already")
    leaving, staying = (rest, apart) if article_id == old else (apart, rest)  # who bears the number keeps it
    new = min(leaving)
    for one in leaving:
        tx.leads.number(one, new, "split by hand")
    tx.leads.bar(leaving, old, ledger=False)
    tx.leads.bar(staying, new, ledger=False)
    return new


def merge_articles(tx: Tx, article_id: int, into: int) -> int:
    """Says that an article tells the same news as another; gives their number."""
    story = tx.leads.story_of(into) or into
    tx.leads.unbar([article_id], story, ledger=False)
    tx.leads.number(article_id, story, "merged by hand")
    return story


def summed(story: Story, claims: Sequence[Claim]) -> Story:
    """A story as these claims make it: as sure as the surest, its value the one it had where one of them says so."""
    surest = max(claims, key=lambda one: (one.standing.rank, one.copy_of is None, -one.id))
    has_value = any(one.value == story.value and one.when == story.when for one in claims)
    return replace(
        story,
        season=next((one.season for one in claims if one.season is not None), None),
        kind=surest.kind,
        value=story.value if has_value else surest.value,
        when=story.when if has_value else surest.when,
        standing=surest.standing,
        first_seen=min(one.said for one in claims),
        last_seen=max(one.said for one in claims),
        families=tuple(dict.fromkeys(one.family for one in claims if one.copy_of is None)),
    )


def _claim(tx: Tx, claim_id: int) -> Claim:
    found = tx.stories.claim(claim_id)
    if found is None:
        raise NotFoundError(f"there is no claim {claim_id}; see `watercooler claims list`")
    return found


def _claims(tx: Tx, story_id: int) -> list[Claim]:
    return [row.claim for row in tx.stories.claims(story_ids=[story_id])]
