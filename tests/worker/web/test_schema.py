"""What the description of the API allows and forbids is answered as it promises, whatever values come."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.factories import NOW, make_thread
from tests.worker.digest.test_deliver import say
from tests.worker.web.conftest import Desk
from worker.models import Change
from worker.web.api import OPERATIONS
from worker.web.api.openapi import describe

ANN, TOKEN = "ann@example.org", "token-of-the-schema-test"
DOCUMENT = describe(OPERATIONS, "/api/v1")
NAMED = {one["operationId"]: (m, p, one) for p, methods in DOCUMENT["paths"].items() for m, one in methods.items()}
REFUSED = range(400, 500)
# What callers may think of: what is right somewhere, what is wrong everywhere, and what is hard to hold.
TEXTS = st.sampled_from(["", ANN, "harbour-lights", "7d", "2027-03-01", "0001-01-01T00:00:00+14:00", "2099-01-01"]) | (
    st.text(max_size=12)
)
NUMBERS = st.sampled_from([0, 1, 50, 200, 201, -1, 2**63 - 1, 2**63]) | st.integers()


def _is_one_line(text: str) -> bool:
    """An address with a line feed is nobody's: the mount of the API does not take it."""
    return "\n" not in text


VALUES = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none(), st.lists(TEXTS, max_size=1))


@pytest.fixture
def desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody follows a show that there is news about, and an issue went out."""
    monkeypatch.setattr(desk.kit.settings, "api_token", type(desk.kit.settings.api_token)(TOKEN))
    desk.kit.settings.__dict__.pop("api_tokens", None)
    show = desk.show("Harbour Lights")
    desk.reader(ANN, show)
    say(desk.kit, show, "a", Change.NEW, NOW)
    with desk.kit.store.begin() as tx:
        tx.articles.save_thread(1, make_thread("So glad!"), NOW)
    desk.later(minutes=1)
    assert call(desk, "sendDigests", body={"all": True, "why": "news"}) == 202
    return desk


def call(desk: Desk, name: str, path: str = "1", query: Any = None, body: Any = None) -> int:
    """Calls an operation, holds the answer against the description, and gives its status."""
    method, template, operation = NAMED[name]
    place = template
    for key in ("id", "key", "name"):
        place = place.replace(f"{{{key}}}", quote(path, safe=""))
    question = f"?{urlencode(query)}" if query else ""
    content = None if body is None else json.dumps(body)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    answer = desk.client.request(method, f"/api/v1{place}{question}", content=content, headers=headers)
    conforms(operation, answer)
    return answer.status_code


def conforms(operation: dict[str, Any], answer: Any) -> None:
    """Is a status described, with this content type, this form and these headers?"""
    promised = operation["responses"].get(str(answer.status_code))
    assert promised is not None, f"{answer.status_code} is not described: {answer.text}"
    if "$ref" in promised:
        promised = DOCUMENT["components"]["responses"][promised["$ref"].rpartition("/")[2]]
    schema = promised["content"][answer.headers["content-type"]]["schema"]
    faults = Draft202012Validator({**schema, "components": DOCUMENT["components"]}).iter_errors(answer.json())
    assert [fault.message for fault in faults] == []
    assert all(name in answer.headers for name in promised.get("headers", {})), answer.headers


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Does the description allow a value?"""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}).is_valid(value)


def fields(name: str) -> list[str]:
    """What can be said in a query or a body, and something that cannot."""
    _, _, operation = NAMED[name]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shape = DOCUMENT["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], body)
    own = [one["name"] for one in operation["parameters"] if one["in"] == "query"] or list(shape.get("properties", ()))
    return [*own, "x"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_is_one_that_is_described(desk: Desk, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(NAMED)))
    path = data.draw(
        st.sampled_from(["1", "harbour-lights", "bbc-media-centre", "-1", "9" * 5000]) | TEXTS.filter(_is_one_line)
    )
    path = path if path not in ("", ".", "..") else "1"
    asked = data.draw(st.dictionaries(st.sampled_from(fields(name)), VALUES, max_size=4))
    if NAMED[name][0] == "get":
        call(desk, name, path, query={key: str(value) for key, value in asked.items()})
        return
    status = call(desk, name, path, body=asked)
    body = NAMED[name][2]["requestBody"]["content"]["application/json"]["schema"]
    if not fits(body, asked):
        assert status in REFUSED, "what the description forbids was taken"
    elif status == 422:
        assert "since" in asked, "what the description allows was refused"  # formats are no part of this validator


BODIES: list[tuple[dict[str, Any], bool]] = [
    ({"all": True, "why": "x"}, True),
    ({"all": True, "dry_run": True}, True),
    ({"to": ANN, "show": "harbour-lights", "test_to": ANN}, True),
    ({"show": "harbour-lights", "why": "x", "all": False, "dry_run": False}, True),
    ({"all": True}, False),
    ({"why": "x"}, False),
    ({"all": False, "why": "x"}, False),
    ({"all": True, "to": ANN, "why": "x"}, False),
    ({"to": ANN, "dry_run": True, "test_to": ANN}, False),
    ({"to": ANN, "why": " \n"}, False),
    ({"to": "", "why": "x"}, False),
    ({"to": "ann@example", "why": "x"}, False),
    ({"to": "ann@-a.example", "why": "x"}, False),
    ({"to": "a..b@example.org", "why": "x"}, False),
]


def test_what_belongs_together_is_described_as_it_is_checked(desk: Desk) -> None:
    for body, is_allowed in BODIES:
        assert fits({"$ref": "#/components/schemas/Send"}, body) is is_allowed, body
        assert (call(desk, "sendDigests", body=body) in (200, 202, 409)) is is_allowed, body


def test_addresses_of_all_the_world_are_described(desk: Desk) -> None:
    for address in ("ann@b\u00fccher.example", "ann@xn--bcher-kva.example", "j\u00f6rg@a-b.c--d.example"):
        assert fits({"$ref": "#/components/schemas/Suppress"}, {"address": address, "why": "x"})
        assert call(desk, "suppressAddress", body={"address": address, "why": "x"}) == 200


def test_links_lead_to_what_is_there(desk: Desk) -> None:
    followed = 0
    for name, (method, _, operation) in NAMED.items():
        links = next(iter(operation["responses"].values())).get("links", {})
        if not links or method == "post":
            continue
        answer = desk.client.get(f"/api/v1{NAMED[name][1]}", headers={"Authorization": f"Bearer {TOKEN}"})
        for target, link in links.items():
            (place,) = link["parameters"].values()
            found = answer.json()
            for step in place.removeprefix("$response.body#/").split("/"):
                found = found[int(step)] if step.isdigit() else found[step]
            assert call(desk, target, str(found)) in (200, 202, 409), target  # 409: it is cancelled by then
            followed += 1
    assert followed >= 10


def test_every_operation_documents_what_may_stop_it() -> None:
    for _, _, operation in NAMED.values():
        assert {"401", "403", "404", "409", "422", "429", "503", "default"} <= set(operation["responses"])
    waits = DOCUMENT["components"]["responses"]["Problem429"]
    assert "Retry-After" in waits["headers"]
