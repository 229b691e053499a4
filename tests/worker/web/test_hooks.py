"""POST /hooks/bounces: who may hand over what comes back, what is refused, and what it does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.notices import ANN, dsn, sent_to, vacation
from tests.worker.web.conftest import Desk
from worker.bounces import LIMIT

TOKEN = "token-of-the-mail-server"
MAIL = "message/rfc822"


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"mx:{TOKEN}")


def path_of(desk: Desk) -> str:
    """A return path of a digest that Ann was sent."""
    with desk.kit.store.begin() as tx:
        reader, delivery = sent_to(tx, at=desk.now)
    return desk.kit.services.return_paths.address(delivery, reader)


def post(desk: Desk, raw: bytes, query: str = "", kind: str = MAIL, token: str = TOKEN, wanted: int = 200) -> Any:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
    answer = desk.client.post(f"/hooks/bounces{query}", content=raw, headers=headers)
    assert answer.status_code == wanted, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_a_bounce_suppresses_and_counts_once(desk: Desk) -> None:
    raw = dsn(to=path_of(desk))
    body = post(desk, raw)
    assert body == {
        "did": "suppressed",
        "kind": "gone",
        "why": "there is no such address: 5.1.1 smtp; 550 5.1.1 no such user",
        "status": "5.1.1",
    }
    assert desk.of(ANN).state == "bounced"
    assert post(desk, raw)["did"] == "known"


def test_the_address_of_the_envelope_tells_whose_it_is(desk: Desk) -> None:
    path = path_of(desk)
    assert post(desk, dsn(to="bounces@mx.example"))["did"] == "ignored"
    assert post(desk, dsn(to="bounces@mx.example"), f"?recipient={path.replace('+', '%2B')}")["did"] == "suppressed"


def test_forged_ones_and_replies_are_ignored(desk: Desk) -> None:
    path = path_of(desk)
    assert post(desk, dsn())["why"] == "it names no return path of ours"
    assert post(desk, vacation(to=path))["why"] == "an automatic reply"
    assert post(desk, b"\0\1\2" * 100)["did"] == "ignored"
    assert desk.of(ANN).state == "active"


@pytest.mark.parametrize("token", ["", "wrong-token-of-somebody"])
def test_nothing_without_a_token(desk: Desk, token: str) -> None:
    raw = dsn(to=path_of(desk))
    body = post(desk, raw, token=token, wanted=401)
    assert body["status"] == 401
    assert desk.of(ANN).state == "active"


def test_without_tokens_it_is_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.kit.settings.__dict__.pop("api_tokens", None)
    monkeypatch.setattr(desk.kit.settings, "api_token", type(desk.kit.settings.api_token)(""))
    assert "WATERCOOLER_API_TOKEN" in post(desk, dsn(), wanted=503)["detail"]


@pytest.mark.parametrize(
    ("raw", "query", "kind", "status", "says"),
    [
        (b"x" * (LIMIT + 1), "", MAIL, 413, "too large"),
        (b"  \r\n", "", MAIL, 400, "empty"),
        (dsn(), "", "application/json", 415, "message/rfc822"),
        (dsn(), "?to=x", MAIL, 422, "to: there is no such field"),
        (dsn(), "?recipient=" + "x" * 400, MAIL, 422, "320 characters"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    desk: Desk, raw: bytes, query: str, kind: str, status: int, says: str
) -> None:
    assert says in post(desk, raw, query, kind, wanted=status)["detail"]


def test_a_large_message_within_bounds_is_taken(desk: Desk) -> None:
    raw = dsn(to=path_of(desk)) + b"x" * (LIMIT - 10_000)
    assert post(desk, raw)["did"] == "suppressed"


def test_only_posting_is_allowed(desk: Desk) -> None:
    assert desk.client.get("/hooks/bounces").status_code == 405
