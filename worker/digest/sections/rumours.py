"""Rumour watch: what a reader was told as a rumour and is still open. What closes one is told as what changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from worker.digest.content import OpenRumour
from worker.digest.wording import season, value_in
from worker.mail.phrases import Phrases
from worker.models import ClaimState, Standing, Story

QUIET = timedelta(days=90)  # a rumour of which nothing was heard for so long is dropped


def open_rumours(
    ledger: Sequence[Story], show: str, told_stories: Collection[int], until: datetime, say: Phrases
) -> tuple[OpenRumour, ...]:
    """The rumours about a show that a reader was told and nobody has confirmed or denied."""
    return tuple(
        OpenRumour(show, _told(story, say), story.first_seen)
        for story in ledger
        if story.id in told_stories
        and story.state is ClaimState.OPEN
        and story.standing is Standing.RUMOUR
        and story.last_seen > until - QUIET
    )


def _told(story: Story, say: Phrases) -> str:
    value, standing = value_in(story.field, story.value, say), say(f"standing.{story.standing}").lower()
    return say("headline.told", what=season(story.season, say), value=value, standing=standing)
