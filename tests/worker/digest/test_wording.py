"""What changed, in a few words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from worker.digest.wording import headline
from worker.mail.message import Templates
from worker.models import Change, Field, Kind, Standing, Update

AT = datetime(2028, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "was", "said"),
    [
        (Kind.CANCELLATION, "denied", "cancelled", "Season 2 is not cancelled, the makers say"),
        (Kind.CANCELLATION, "denied", None, "Season 2 is not cancelled, the makers say"),
        (Kind.RENEWAL, "denied", "renewed", "Season 2 is not renewed, the makers say"),
        (Kind.RENEWAL, "in-talks", "cancelled", "Season 2: nothing is decided, the makers say"),
    ],
)
def test_a_denial_says_what_is_denied(kind: Kind, value: str, was: str | None, said: str) -> None:
    before = (was, Standing.RUMOUR if was else None, AT if was else None)
    values = (1, AT, Change.DENIED, 1, 2, Field.STATUS, kind, 1, 1, value, Standing.OFFICIAL, *before, 90, "", False)
    assert headline(Update(*values), Templates().say("en")) == said


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.OFFICIAL, "Season 2 has 8 episodes"),
        (Standing.RUMOUR, "Season 2 is rumoured to have 8 episodes"),
    ],
)
def test_a_number_of_episodes_is_told_as_surely_as_it_is_known(standing: Standing, said: str) -> None:
    kind, field = Kind.PRODUCTION, Field.EPISODES
    values = (1, AT, Change.NEW, 1, 2, field, kind, 1, 1, "8", standing, None, None, None, 40, "first said", False)
    assert headline(Update(*values), Templates().say("en")) == said
