"""What changed in a show's ledger since this reader was last told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from worker.digest.content import SourceLink, UpdateItem, View, WasNow
from worker.digest.sections.spoilers import gives_away, without_title
from worker.digest.wording import headline, sentence, shorten, value_in
from worker.mail.phrases import Phrases
from worker.models import Change, Field, Story, Update
from worker.store.stories import ClaimRow

FULL = 3  # updates of one show that are told in full
LINES = 40  # and those that get a line; a month of a busy show has no more
_ONE_VALUE = (Field.STATUS, Field.RELEASE)  # of these the newest word alone counts
_TURNS = (Change.DENIED, Change.CONTRADICTED)
_SETTLED = (Change.CONFIRMED, *_TURNS)


@dataclass(frozen=True, slots=True)
class Known:
    """What this reader knows of a show: updates and stories they were told, and up to when they were told anything.

    `days` are those on which they were told of stories that have turned since.
    """

    updates: frozenset[int] = frozenset()
    stories: frozenset[int] = frozenset()
    until: datetime | None = None
    days: frozenset[tuple[int, date]] = frozenset()


@dataclass(frozen=True, slots=True)
class Changed:
    """What is told in full, what in a line, which updates are overtaken by these, and how many find no room."""

    full: tuple[UpdateItem, ...]
    lines: tuple[UpdateItem, ...]
    passed: tuple[int, ...]
    left: int


def what_changed(
    updates: Sequence[Update], claims: Sequence[ClaimRow], known: Known, view: View, say: Phrases
) -> Changed:
    """Updates that this reader has not been told: what corrects them first, then the most important.

    A source more is no news; of several words on one date or status the last is told; who has never heard of a story
    is told it as NEW, whatever it was to others; what is less sure than they wish is not told.
    """
    last: dict[object, Update] = {}
    passed: list[int] = []
    for update in updates:
        if update.id in known.updates or not _is_wanted(update, view):
            continue
        alone = update.field in _ONE_VALUE and update.change is not Change.DENIED
        key = (update.season, update.field) if alone else (update.story_id, update.change)
        passed += [last[key].id] if key in last else []
        last[key] = update
    items = [_item(_to_reader(update, known, view), claims, known, view, say) for update in last.values()]
    items.sort(key=lambda item: (not item.corrects, -item.importance, item.update_id))
    lines = items[FULL : FULL + LINES]
    return Changed(tuple(items[:FULL]), tuple(lines), tuple(passed), len(items[FULL + LINES :]))


def _is_wanted(update: Update, view: View) -> bool:
    """Is it news, and sure enough for this reader? Who wants to hear a thing wants to hear that it is untrue."""
    if update.change is Change.CORROBORATED:
        return False
    if update.change in (Change.DENIED, Change.EXPIRED) and update.was_standing:
        return update.was_standing.rank >= view.least.rank
    return update.standing.rank >= view.least.rank


def _to_reader(update: Update, known: Known, view: View) -> Update:
    """CONFIRMED is for those who knew, MOVED for those who knew where it stood before."""
    if update.change is Change.CONFIRMED and not _knew(update, known, view):
        return replace(update, change=Change.NEW, was_value=None, was_standing=None, was_at=None)
    return update


def _knew(update: Update, known: Known, view: View) -> bool:
    """Told as an update, or by the status line of an earlier digest."""
    by_line = bool(
        known.until
        and update.was_at
        and update.was_at <= known.until
        and (update.was_standing is None or update.was_standing.rank >= view.least.rank)
    )
    return update.story_id in known.stories or by_line


def _item(update: Update, claims: Sequence[ClaimRow], known: Known, view: View, say: Phrases) -> UpdateItem:
    said = [row for row in claims if row.claim.story_id == update.story_id and row.claim.seen_at <= update.at]
    main = next((row for row in claims if row.claim.id == update.claim_id), None) or said[-1]
    earlier = tuple(dict.fromkeys(row.claim.outlet for row in said if row.claim.seen_at < update.at and _own(row)))
    since, day = _since(update, claims), _told_on(update, claims, known)
    hidden = not view.spoilers and (update.field is Field.PLOT or gives_away(main.claim.evidence, main.title))
    source, others, box = link(main), _others(main, said), _box(update, since, say)
    before = None if box else since  # the box tells what it was
    if hidden:
        source, others = without_title(source, say), tuple(without_title(other, say) for other in others)
    return UpdateItem(
        change=update.change,
        standing=update.standing,
        headline=headline(update, say),
        short=headline(update, say, inside=True),
        sentence=say("frame.hidden") if hidden else sentence(update, main.claim.outlet, earlier, before, say, day),
        quote="" if hidden else shorten(main.claim.evidence),
        source=source,
        others=others,
        box=box,
        importance=update.importance,
        update_id=update.id,
        hidden=hidden,
        corrects=update.change in _TURNS and _knew(update, known, view),
    )


def turned_stories(updates: Sequence[Update], ledger: Sequence[Story]) -> frozenset[int]:
    """The stories that updates confirm or deny: of these a reader is reminded when they were told."""
    turns = [update for update in updates if update.change in _SETTLED]
    before = {(update.season, update.field, update.was_value) for update in turns}
    found = {story.id for story in ledger if (story.season, story.field, story.value) in before}
    return frozenset(found | {update.story_id for update in turns})


def _told_on(update: Update, claims: Sequence[ClaimRow], known: Known) -> date | None:
    """When this reader was told what is now confirmed or denied."""
    if update.change not in _SETTLED:
        return None
    was = (update.season, update.field, update.was_value)
    about = {row.claim.story_id for row in claims if (row.claim.season, row.claim.field, row.claim.value) == was}
    return max((day for story, day in known.days if story in about | {update.story_id}), default=None)


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


def _box(update: Update, since: datetime | None, say: Phrases) -> WasNow | None:
    if update.change not in (Change.MOVED, Change.CONTRADICTED) or not update.was_value or not update.was_standing:
        return None
    was, now = (value_in(update.field, value, say) for value in (update.was_value, update.value))
    was_day = since.date() if since else None
    return WasNow(say(f"field.{update.field}"), was, update.was_standing, was_day, now, update.standing)


def link(row: ClaimRow) -> SourceLink:
    """Where a claim stands; on a rewritten page it is as old as the rewriting."""
    day = row.claim.seen_at if row.claim.version > 1 else row.published
    return SourceLink(row.claim.outlet, row.claim.url, row.title, day)
