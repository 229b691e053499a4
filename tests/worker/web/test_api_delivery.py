"""The API about deliveries that wait: why an issue is paused, what waits for what, and whom nothing is sent to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scaled.faulty_smtp import Faults, serving
from tests.factories import NOW
from tests.worker.digest.test_deliver import say
from tests.worker.web.conftest import Desk
from tests.worker.web.test_api import ANN, BOB, NEW, Api
from worker import tasks
from worker.digest.issue import Request, open_for_request
from worker.mail import open_transport
from worker.models import Change, IssueState


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", NEW)


@pytest.fixture
def api(desk: Desk) -> Api:
    """Ann and Bob follow a show that there is news about."""
    show = desk.show("Harbour Lights")
    desk.reader(ANN, show)
    desk.reader(BOB, show)
    say(desk.kit, show, "a", Change.NEW, NOW)
    desk.later(minutes=1)
    return Api(desk)


@pytest.fixture
def held(api: Api) -> Iterator[Api]:
    """Their mails were taken without a word, and wait for a person."""
    kit = api.desk.kit
    with serving(Faults(drop_after=1.0)) as server:
        transport = open_transport(f"smtp://127.0.0.1:{server.port}")
        kit.services.__dict__["post"] = replace(kit.post, transport=transport, hold=True)
        issue, _ = open_for_request(kit.store, Request(), api.desk.now)
        tasks.send(kit, issue.id, api.desk.now)
        yield api


def test_what_waits_for_a_person_is_told_and_released(held: Api) -> None:
    found = held("GET /digests/1")
    (wait,) = found["waits"]
    assert (wait["state"], wait["kind"], wait["deliveries"], wait["next_try"]) == ("uncertain", "uncertain", 2, None)
    assert "may have been taken" in wait["reply"]
    assert held("POST /digests/1/release", {"to": ANN, "taken": True})["deliveries"] == 1
    assert held("POST /digests/1/release", {})["deliveries"] == 1
    assert held("POST /digests/1/release")["deliveries"] == 0, "nothing is held any more"
    states = {one["subscriber"]: (one["state"], one["reply"]) for one in held("GET /digests/1")["items"]}
    assert states[ANN] == ("sent", "taken, as a person says")
    assert states[BOB][0] == "uncertain"
    (wait,) = held("GET /digests/1")["waits"]
    assert wait["next_try"] is not None


def test_a_release_that_contradicts_is_refused(held: Api) -> None:
    held("POST /digests/1/release", {"to": "nobody@example.org"}, wanted=409)
    held("POST /digests/1/release", {"to": "nobody"}, wanted=422)
    held("POST /digests/1/release", {"taken": "yes"}, wanted=422)
    held("POST /digests/9/release", wanted=404)
    held("POST /digests/1/cancel")
    held("POST /digests/1/release", wanted=409)


def test_a_paused_issue_says_why(held: Api) -> None:
    with held.desk.kit.store.begin() as tx:
        tx.issues.set_state(1, IssueState.PAUSED, "10 messages in a row were refused")
    assert held("GET /digests/1")["reason"] == "10 messages in a row were refused"
    assert held("GET /digests")["items"][0]["reason"] == "10 messages in a row were refused"
    held("POST /digests/1/resume")
    assert held("GET /digests/1")["reason"] == ""


def test_addresses_that_nothing_is_sent_to(api: Api) -> None:
    assert api("GET /suppressions")["items"] == []
    entry = api("POST /suppressions", {"address": ANN, "why": " asked\n by letter "})
    assert (entry["address"], entry["reason"], entry["evidence"]) == (ANN, "operator", "asked by letter")
    api("POST /suppressions", {"address": "other@example.org", "why": "a trap"})
    assert [one["address"] for one in api.pages("/suppressions?limit=1")] == ["other@example.org", ANN]
    assert api("GET /suppressions?reason=bounced")["items"] == []
    assert api.desk.of(ANN).state == "suppressed"
    assert api("POST /suppressions/remove", {"address": ANN}) == {"address": ANN, "state": "active"}
    assert api("POST /suppressions/remove", {"address": "other@example.org"})["state"] is None
    assert api.desk.of(ANN).state == "active"
    api("POST /suppressions/remove", {"address": ANN}, wanted=404)


@pytest.mark.parametrize(
    "body", [{}, {"address": ANN}, {"address": ANN, "why": " "}, {"address": "nonsense", "why": "x"}, {"why": "x"}]
)
def test_an_entry_needs_an_address_and_a_reason(api: Api, body: dict[str, str]) -> None:
    api("POST /suppressions", body, wanted=422)
    assert api("GET /suppressions")["items"] == []
