"""The preferences page: all of it is stored or nothing, nobody else's link opens it, and no turn is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.web.conftest import Desk
from worker.models import Cadence, Preferences, Standing, Subscriber
from worker.slots import next_slot

ANN = "ann@example.org"
WHOLE: dict[str, Any] = {"form": "whole", "safe": "yes", "talk": "yes"}


def url(desk: Desk, subscriber: Subscriber) -> str:
    found = desk.kit.services.links.preferences(subscriber.id)
    assert found
    return found.removeprefix("https://news.example")


@pytest.fixture
def ann(desk: Desk) -> Subscriber:
    return desk.reader(ANN, desk.show("Harbour Lights"), desk.show("Night Ferry"))


def test_a_get_shows_what_is_stored_and_changes_nothing(desk: Desk, ann: Subscriber) -> None:
    for method in ("HEAD", "GET"):
        answer = desk.client.request(method, url(desk, ann))
        assert answer.status_code == 200
    for said in ("Harbour Lights", "Night Ferry", '<option value="4" selected>Friday', 'value="weekly" checked'):
        assert said in answer.text
    assert ANN not in answer.text  # whoever has a forwarded link learns no address
    assert desk.of(ANN) == ann


def test_every_choice_is_stored(desk: Desk, ann: Subscriber) -> None:
    desk.show("Third Floor")
    ferry = ann.follows[1].show_id
    form = {
        "form": "whole",
        "cadence": "monthly",
        "weekday": "0",
        "hour": "21",
        "zone": "Asia/Seoul",
        "least": "official",
        "plain": "yes",
        "language": "ko",
        "pause": "2027-04-01",
        "drop": str(ann.follows[0].show_id),
        f"snooze-{ferry}": "2027-03-20",
        "follow": "third floor",
    }
    answer = desk.client.post(url(desk, ann), data=form)
    assert answer.status_code == 200
    assert '<html lang="ko"' in answer.text
    found = desk.of(ANN)
    assert found.preferences == Preferences(
        cadence=Cadence.MONTHLY,
        weekday=0,
        hour=21,
        zone="Asia/Seoul",
        least=Standing.OFFICIAL,
        spoilers=True,
        talk=False,
        plain=True,
        language="ko",
        paused_until=datetime(2027, 3, 31, 15, tzinfo=UTC),
    )
    with desk.kit.store.begin() as tx:
        names = {show.id: show.name for show in tx.shows.all()}
    assert {names[each.show_id]: each.snoozed_until for each in found.follows} == {
        "Night Ferry": datetime(2027, 3, 19, 15, tzinfo=UTC),
        "Third Floor": None,
    }
    # the page says the same
    page = desk.client.get(url(desk, ann)).text
    for said in ('value="2027-04-01"', 'value="2027-03-20"', 'value="official" checked', 'value="Asia/Seoul" selected'):
        assert said in page


def test_sending_the_same_again_changes_nothing(desk: Desk, ann: Subscriber) -> None:
    for _ in range(2):
        assert desk.client.post(url(desk, ann), data=WHOLE).status_code == 200
        desk.later(minutes=1)
    assert desk.of(ANN) == ann


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”"),
        ({"language": "tlh"}, "There is no language “tlh” here"),
        ({"cadence": "hourly"}, "“hourly” is none of the choices. Please choose one of these: daily, weekly, monthly"),
        ({"weekday": "7"}, "“7” is none of the choices"),
        ({"hour": "24"}, "“24” is none of the choices"),
        ({"least": "gossip"}, "“gossip” is none of the choices"),
        ({"pause": "tomorrow"}, "“tomorrow” is no day we could wait for"),
        ({"pause": "9999-12-31"}, "“9999-12-31” is no day we could wait for"),
        ({"follow": "Qwertz"}, "We know no show called “Qwertz” yet"),
        ({"follow": "\n".join(f"Show {n}" for n in range(101))}, "too many shows"),
    ],
)
def test_what_cannot_be_understood_is_said_and_nothing_is_half_stored(
    desk: Desk, ann: Subscriber, fields: dict[str, str], says: str
) -> None:
    form = {**WHOLE, "hour": "5", "drop": str(ann.follows[0].show_id), **fields}
    answer = desk.client.post(url(desk, ann), data=form)
    assert answer.status_code == 422
    assert says in answer.text
    assert "Nothing was saved yet" in answer.text
    assert desk.of(ANN) == ann


def test_a_wrong_snooze_is_said(desk: Desk, ann: Subscriber) -> None:
    answer = desk.client.post(url(desk, ann), data={**WHOLE, f"snooze-{ann.follows[0].show_id}": "soon"})
    assert "“soon” is no day" in answer.text
    assert desk.of(ANN) == ann


def test_of_shows_with_one_name_the_right_one_is_asked_for(desk: Desk, ann: Subscriber) -> None:
    desk.show("Ghosts", year=2019, country="GB")
    new = desk.show("Ghosts", year=2021, country="US")
    answer = desk.client.post(url(desk, ann), data={**WHOLE, "hour": "5", "follow": "Ghosts"})
    assert answer.status_code == 422
    assert "Which “Ghosts”?" in answer.text
    assert '<option value="5" selected>' in answer.text  # what else was chosen waits in the form
    desk.client.post(url(desk, ann), data={**WHOLE, "hour": "5", "key": new.key})
    assert new.id in {each.show_id for each in desk.of(ANN).follows}
    assert desk.of(ANN).preferences.hour == 5


def test_what_is_past_is_no_pause_and_nothing_ends_one(desk: Desk, ann: Subscriber) -> None:
    desk.client.post(url(desk, ann), data={**WHOLE, "pause": "2027-03-06"})
    assert desk.of(ANN).preferences.paused_until == datetime(2027, 3, 6, tzinfo=UTC)
    desk.client.post(url(desk, ann), data={**WHOLE, "pause": ""})
    assert desk.of(ANN).preferences.paused_until is None
    desk.client.post(url(desk, ann), data={**WHOLE, "pause": "2027-03-05"})
    assert desk.of(ANN).preferences.paused_until is None


def test_a_show_followed_meanwhile_is_not_lost_by_an_older_form(desk: Desk, ann: Subscriber) -> None:
    later = desk.show("Third Floor")
    desk.reader(ANN, later)
    desk.client.post(url(desk, ann), data=WHOLE)  # sent from a page that did not show it
    assert later.id in {each.show_id for each in desk.of(ANN).follows}


def test_others_shows_cannot_be_dropped_or_snoozed(desk: Desk, ann: Subscriber) -> None:
    bob = desk.reader("bob@example.org", desk.show("Third Floor"))
    number = bob.follows[0].show_id
    desk.client.post(url(desk, ann), data={**WHOLE, "drop": str(number), f"snooze-{number}": "2027-03-20"})
    assert desk.of("bob@example.org") == bob


def test_a_turn_that_has_come_is_served_whatever_is_saved_just_then(desk: Desk, ann: Subscriber) -> None:
    assert ann.next_slot is not None
    desk.now = ann.next_slot.replace(second=20)  # the tick of this minute is still to come
    desk.client.post(url(desk, ann), data={**WHOLE, "weekday": "0", "cadence": "daily"})
    assert desk.of(ANN).next_slot == ann.next_slot


def test_a_change_of_days_plans_the_next_turn(desk: Desk, ann: Subscriber) -> None:
    answer = desk.client.post(url(desk, ann), data={**WHOLE, "cadence": "daily", "hour": "18", "zone": "Asia/Seoul"})
    found = desk.of(ANN)
    assert found.next_slot == next_slot(found.preferences, desk.now).due
    assert "Your next digest is due" in answer.text


def test_who_has_left_may_change_things_but_gets_nothing(desk: Desk, ann: Subscriber) -> None:
    leave = (desk.kit.services.links.unsubscribe(ann.id) or "").removeprefix("https://news.example")
    desk.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    answer = desk.client.post(url(desk, ann), data={**WHOLE, "hour": "5"})
    assert "You get no digests at present" in answer.text
    assert (desk.of(ANN).state, desk.of(ANN).next_slot) == ("unsubscribed", None)


def test_an_empty_post_changes_nothing(desk: Desk, ann: Subscriber) -> None:
    assert desk.client.post(url(desk, ann)).status_code == 400
    assert desk.client.post(url(desk, ann), data={"hour": "5"}).status_code == 400
    assert desk.of(ANN) == ann


def test_names_of_shows_are_escaped(desk: Desk) -> None:
    reader = desk.reader(ANN, desk.show('<script>alert("x")</script> & "Sons"'))
    text = desk.client.get(url(desk, reader)).text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@given(
    st.dictionaries(
        st.sampled_from(
            ["cadence", "weekday", "hour", "zone", "least", "language", "pause", "follow", "key", "drop", "safe"]
        ),
        st.text(max_size=40),
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered(desk: Desk, form: dict[str, str]) -> None:
    reader = desk.reader(ANN)
    sent = {name: value.encode("utf-8", "replace") for name, value in form.items()}
    answer = desk.client.post(url(desk, reader), data={"form": "whole", **sent})
    assert answer.status_code in (200, 422)
    assert "<script" not in answer.text
    assert desk.of(ANN).preferences.zone
