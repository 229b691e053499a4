"""Dates that stand in the ledger for the next weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from worker.digest.content import Coming, View
from worker.digest.wording import season
from worker.mail.phrases import Phrases
from worker.models import ClaimState, Field, Standing, Story, When

AHEAD = timedelta(weeks=8)


def coming_up(ledger: Sequence[Story], show: str, today: date, view: View, say: Phrases) -> tuple[Coming, ...]:
    """A show's open release dates, official or reported, that begin within the next weeks."""
    least = max(Standing.REPORTED.rank, view.least.rank)
    return tuple(
        _coming(show, story, story.when, say)
        for story in ledger
        if story.field is Field.RELEASE
        and story.state is ClaimState.OPEN
        and story.standing.rank >= least
        and story.when is not None
        and today <= story.when.first <= today + AHEAD
    )


def _coming(show: str, story: Story, when: When, say: Phrases) -> Coming:
    what = season(story.season, say) if story.season else ""
    return Coming(show, what, say.when(when.text), story.standing, when.first)
