"""What changed in a show's ledger since this reader was last told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from worker.digest.content import SourceLink, UpdateItem, WasNow
from worker.digest.wording import NAMES, headline, sentence, shorten
from worker.models import Change, Field, Standing, Update
from worker.store.stories import ClaimRow

MOST = 5  # updates of one show in full
_ONE_VALUE = (Field.STATUS, Field.RELEASE)  # of these the newest word alone counts


def what_changed(
    updates: Sequence[Update],
    claims: Sequence[ClaimRow],
    told: set[int],
    told_stories: set[int],
    told_until: datetime | None,
) -> tuple[UpdateItem, ...]:
    """Updates that this reader has not been told, the most important first.

    A source more is no news; of several words on one date or status the last is told; who has never heard of a story
    is told it as NEW, whatever it was to others.
    """
    last: dict[object, Update] = {}
    for update in updates:
        if update.id in told or update.change is Change.CORROBORATED or update.standing is Standing.SPECULATION:
            continue
        alone = update.field in _ONE_VALUE and update.change is not Change.DENIED
        key = (update.season, update.field) if alone else (update.story_id, update.change)
        last[key] = update
    items = [_item(_to_reader(update, told_stories, told_until), claims) for update in last.values()]
    return tuple(sorted(items, key=lambda item: (-item.importance, item.update_id))[:MOST])


def _to_reader(update: Update, told_stories: set[int], told_until: datetime | None) -> Update:
    """CONFIRMED is for those who knew: told as an update, or by the status line of an earlier digest."""
    knew = update.story_id in told_stories or (told_until and update.was_at and update.was_at <= told_until)
    if update.change is Change.CONFIRMED and not knew:
        return replace(update, change=Change.NEW, was_value=None, was_standing=None, was_at=None)
    return update


def _item(update: Update, claims: Sequence[ClaimRow]) -> UpdateItem:
    said = [row for row in claims if row.claim.story_id == update.story_id and row.claim.seen_at <= update.at]
    main = next((row for row in claims if row.claim.id == update.claim_id), None) or said[-1]
    others = _others(main, said)
    earlier = tuple(dict.fromkeys(row.claim.outlet for row in said if row.claim.seen_at < update.at and _own(row)))
    since = _since(update, claims)
    return UpdateItem(
        change=update.change,
        standing=update.standing,
        headline=headline(update),
        sentence=sentence(update, main.claim.outlet, earlier, since),
        quote=shorten(main.claim.evidence),
        source=link(main),
        others=others,
        box=_box(update, since),
        importance=update.importance,
        update_id=update.id,
    )


def _others(main: ClaimRow, said: Sequence[ClaimRow]) -> tuple[SourceLink, ...]:
    """Who else says it, an outlet once; a copy is nobody else."""
    found: dict[str, SourceLink] = {}
    for row in said:
        if row.claim.outlet != main.claim.outlet and _own(row):
            found.setdefault(row.claim.outlet, link(row))
    return tuple(found.values())


def _own(row: ClaimRow) -> bool:
    return row.claim.copy_of is None


def _since(update: Update, claims: Sequence[ClaimRow]) -> datetime | None:
    """When what stood before was first published, as far as we have read; it may be before we read it."""
    if update.was_at is None:
        return None
    known = [
        row.published or row.claim.seen_at
        for row in claims
        if (row.claim.field, row.claim.season) == (update.field, update.season)
        and row.claim.value == update.was_value
        and row.claim.seen_at < update.at
        and row.claim.version == 1
    ]
    return min([update.was_at, *known])


def _box(update: Update, since: datetime | None) -> WasNow | None:
    if update.change not in (Change.MOVED, Change.CONTRADICTED) or not update.was_value or not update.was_standing:
        return None
    was_day = since.date() if since else None
    return WasNow(NAMES[update.field], update.was_value, update.was_standing, was_day, update.value, update.standing)


def link(row: ClaimRow) -> SourceLink:
    """Where a claim stands; on a rewritten page it is as old as the rewriting."""
    day = row.claim.seen_at if row.claim.version > 1 else row.published
    return SourceLink(row.claim.outlet, row.claim.url, row.title, day)
