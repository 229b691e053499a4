"""What changed, in a few words; what an inbox shows; what a reader is reminded of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.factories import NOW
from tests.worker.digest.test_deliver import LATER, WEEK, look, reader, say, send, show
from worker.digest.wording import headline
from worker.mail.message import Templates
from worker.models import Change, Field, Kind, Show, Standing, Update
from worker.subscribers import follow
from worker.tasks import Kit

__all__ = ["show"]

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


@pytest.mark.parametrize(
    ("field", "value", "alone", "within"),
    [
        (Field.PLOT, "He dies.", "News about the plot", "news about the plot"),
        (Field.TRAILER, "teaser", "Teaser is out", "teaser is out"),
        (Field.CAST, "joins: Ida Brandt", "Ida Brandt joins the cast", "Ida Brandt joins the cast"),
        (Field.STATUS, "renewed", "Season 2 is renewed", "season 2 is renewed"),
    ],
)
def test_within_a_line_our_own_words_begin_small(field: Field, value: str, alone: str, within: str) -> None:
    new = (None, None, None, 40, "first said", False)
    update = Update(1, AT, Change.NEW, 1, 2, field, Kind.OTHER, 1, 1, value, Standing.OFFICIAL, *new)
    en = Templates().say("en")
    assert (headline(update, en), headline(update, en, inside=True)) == (alone, within)


class TestTold:
    @pytest.mark.parametrize(
        ("change", "values"),
        [
            (Change.CONFIRMED, {"standing": Standing.OFFICIAL}),
            (Change.DENIED, {"value": "denied", "standing": Standing.OFFICIAL}),
        ],
    )
    def test_who_was_told_a_rumour_is_reminded_of_the_day(
        self, kit: Kit, show: Show, change: Change, values: dict[str, object]
    ) -> None:
        ann = reader(kit, show)
        say(kit, show, "ledger", Change.NEW, NOW)
        send(kit, NOW + WEEK / 2)
        bob = reader(kit, show, "bob@example.org")
        say(kit, show, "network", change, LATER, **values)
        both = [look(kit, one, LATER) for one in (ann, bob)]
        said = [digest.shows[0].updates[-1].sentence if digest else "" for digest in both]
        assert ["We told you on 8 Mar 2027." in sentence for sentence in said] == [True, False]

    def test_a_move_is_told_by_its_box_and_not_twice(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW, field=Field.RELEASE, value="2027")
        send(kit, NOW)
        say(kit, show, "b", Change.MOVED, LATER, field=Field.RELEASE, value="2028")
        digest = look(kit, ann, LATER)
        assert digest is not None
        (item,) = digest.shows[0].updates
        assert item.box is not None
        assert item.box.was == "2027"
        assert "2027" not in item.sentence


class TestInbox:
    def test_the_preheader_goes_on_where_the_subject_ends(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        with kit.store.begin() as tx:
            other = tx.shows.add("The Chronicle of the Lighthouse Keepers", now=NOW)
            follow(tx, ann, other, NOW)
        say(kit, show, "a", Change.NEW, NOW, standing=Standing.OFFICIAL)
        say(kit, other, "b", Change.NEW, NOW, standing=Standing.REPORTED)
        digest = look(kit, ann, NOW)
        assert digest is not None
        assert digest.subject == "Harbour Lights: season 2 is renewed"
        told = "Also The Chronicle of the Lighthouse Keepers: season 2 is reported to be renewed. 2 new."
        assert digest.preheader == told
        assert digest.lead == "All 2 of your shows have news"

    def test_of_one_show_the_preheader_tells_the_next_change(self, kit: Kit, show: Show) -> None:
        ann = reader(kit, show)
        say(kit, show, "a", Change.NEW, NOW, standing=Standing.OFFICIAL)
        cast = {"field": Field.CAST, "kind": Kind.CASTING, "value": "joins: Ida Brandt", "standing": Standing.OFFICIAL}
        say(kit, show, "b", Change.NEW, NOW, **cast)
        digest = look(kit, ann, NOW)
        assert digest is not None
        both = {"season 2 is renewed", "Ida Brandt joins the cast"}
        assert digest.subject.removeprefix("Harbour Lights: ") in both
        (other,) = both - {digest.subject.removeprefix("Harbour Lights: ")}
        assert digest.preheader == f"Also {other}. 2 new."
