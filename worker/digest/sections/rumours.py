"""Rumour watch: what a reader was told as a rumour and is still open. What closes one is told as what changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from worker.digest.content import OpenRumour
from worker.digest.wording import season, value_in
from worker.mail.phrases import Phrases
from worker.models import ClaimState, Standing, Story

MOST = 3
QUIET = timedelta(days=90)  # a rumour of which nothing was heard for so long is dropped


def open_rumours(
    ledgers: Mapping[int, Sequence[Story]],
    names: Mapping[int, str],
    told_stories: Collection[int],
    until: datetime,
    say: Phrases,
) -> tuple[OpenRumour, ...]:
    """The oldest rumours that this reader was told and nobody has confirmed or denied."""
    found = [
        story
        for stories in ledgers.values()
        for story in stories
        if story.id in told_stories
        and story.state is ClaimState.OPEN
        and story.standing is Standing.RUMOUR
        and story.last_seen > until - QUIET
    ]
    oldest = sorted(found, key=lambda story: (story.first_seen, story.id))[:MOST]
    return tuple(OpenRumour(names[story.show_id], _told(story, say), story.first_seen) for story in oldest)


def _told(story: Story, say: Phrases) -> str:
    value, standing = value_in(story.field, story.value, say), say(f"standing.{story.standing}").lower()
    return say("headline.told", what=season(story.season, say), value=value, standing=standing)
