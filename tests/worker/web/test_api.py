"""The API: who may ask, what is refused and how, and that it sends, tells and describes just what it does."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from tests.factories import NOW, make_thread
from tests.worker.digest.test_deliver import say
from tests.worker.web.conftest import BASE, Desk
from worker.cli import app as command_line
from worker.config import Settings
from worker.digest.issue import Request, open_for_request
from worker.errors import ConflictError, SettingsError
from worker.models import Change, Show, Standing
from worker.services import open_services
from worker.store import Store
from worker.subscribers import find_subscriber, prefer, unsubscribe
from worker.tasks import Kit
from worker.web import make_app
from worker.web.api import OPERATIONS
from worker.web.api.openapi import describe

ANN, BOB = "ann@example.org", "bob@example.org"
OLD, NEW, OTHER = "old-token-of-the-cms", "new-token-of-the-cms", "token-of-the-night-desk"
DOCUMENT = describe(OPERATIONS, "/api/v1")
WHY = "breaking news"


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"cms:{OLD}, cms:{NEW},desk:{OTHER}")


@dataclass
class Api:
    """Calls the API; every answer is held against the API's own description."""

    desk: Desk
    token: str = NEW

    def __call__(self, call: str, body: Any = None, *, wanted: int = 0, **headers: str) -> Any:
        answer = self.ask(call, body, **headers)
        assert answer.status_code == (wanted or operation(call)[1]), answer.text
        return answer.json()

    def ask(self, call: str, body: Any = None, **headers: str) -> Any:
        method, path = call.split(" ", 1)
        all_headers = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        answer = self.desk.client.request(method, f"/api/v1{path}", json=body, headers=all_headers)
        if answer.status_code != 304:
            conforms(call, answer.status_code, answer.headers["content-type"], answer.json())
        return answer

    def pages(self, path: str) -> list[Any]:
        """All of a list, page after page."""
        found, cursor = [], ""
        for _ in range(20):
            page = self(f"GET {path}{'&' if '?' in path else '?'}{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"cursor={page['next']}"
        raise AssertionError("the list does not end")


def operation(call: str) -> tuple[dict[str, Any], int]:
    """The description of what is called, and the status of a good answer."""
    method, path = call.split("?")[0].split(" ", 1)
    own = [one for one in DOCUMENT["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)]
    found = DOCUMENT["paths"][min(own, key=lambda one: "{" in one)][method.lower()]
    return found, next(int(status) for status in found["responses"])  # the good answer stands first


def somewhere(path: str) -> str:
    """A path with something that is there."""
    return path.replace("{id}", "1").replace("{key}", "harbour-lights").replace("{name}", "bbc-media-centre")


def conforms(call: str, status: int, kind: str, form: Any) -> None:
    """Is this what the description promises?"""
    if status >= 400:
        assert kind == "application/problem+json"
        assert (form["status"], bool(form["title"]), bool(form["detail"])) == (status, True, True)
        assert "Traceback" not in form["detail"]
        promised = DOCUMENT["components"]["responses"]["Problem"]
    else:
        promised = operation(call)[0]["responses"][str(status)]
    schema = promised["content"][kind]["schema"]
    checker = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    assert [error.message for error in checker.iter_errors(form)] == []


@pytest.fixture
def api(desk: Desk) -> Api:
    return Api(desk)


@pytest.fixture
def show(desk: Desk) -> Show:
    return desk.show("Harbour Lights")


@pytest.fixture
def news(desk: Desk, show: Show) -> Show:
    """Ann follows a show that there is news about."""
    desk.reader(ANN, show)
    say(desk.kit, show, "a", Change.NEW, NOW)
    desk.later(minutes=1)
    return show


class TestDescription:
    def test_it_is_an_openapi_document_that_anybody_may_read(self, desk: Desk) -> None:
        answer = desk.client.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        validate(answer.json())
        assert answer.json()["servers"] == [{"url": f"{BASE}/api/v1"}]
        assert {**answer.json(), "servers": []} == {**DOCUMENT, "servers": []}

    def test_every_operation_is_described_with_its_fields(self) -> None:
        described = {f"{m.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for m in methods}
        assert described == {f"{one.method} {one.path}" for one in OPERATIONS}
        send = DOCUMENT["components"]["schemas"]["Send"]
        assert set(send["properties"]) == {"to", "show", "all", "since", "dry_run", "test_to", "why"}
        assert send["additionalProperties"] is False
        claims = {one["name"] for one in DOCUMENT["paths"]["/claims"]["get"]["parameters"]}
        assert claims == {"limit", "cursor", "show", "state", "standing", "since", "If-None-Match"}

    def test_the_page_in_docs_names_every_operation_and_no_other(self) -> None:
        page = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
        named = set(re.findall(r"^\| `((?:GET|POST) /[^`?]*)", page, re.M))
        assert named == {f"{one.method} {one.path}" for one in OPERATIONS} | {"GET /openapi.json"}

    def test_every_described_operation_answers(self, api: Api, news: Show) -> None:
        bodies = {
            "/digests/preview": {"to": ANN},
            "/digests": {"all": True, "why": WHY},
            "/digests/{id}/cancel": {},
            "/suppressions": {"address": BOB, "why": WHY},
            "/suppressions/remove": {"address": BOB},
        }
        # in the table's order the issue is sent first; it is cancelled when nothing else is to be done with it
        calls = sorted(OPERATIONS, key=lambda one: one.path.endswith("cancel"))
        for one in calls:
            body = bodies.get(one.path) if one.method == "POST" else None
            answer = api.ask(f"{one.method} {somewhere(one.path)}", body)
            assert answer.status_code == one.status, (one.name, answer.text)
            assert answer.headers["x-content-type-options"] == "nosniff"


class TestTokens:
    def test_without_a_token_in_the_settings_the_api_is_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("WATERCOOLER_API_TOKEN")
        services = open_services(Settings.from_env())
        client = TestClient(make_app(Kit(services), lambda: NOW), base_url=BASE)
        for one in OPERATIONS:
            answer = client.request(one.method, f"/api/v1{somewhere(one.path)}", headers={"Authorization": "Bearer "})
            assert answer.status_code == 503
            assert "set WATERCOOLER_API_TOKEN" in answer.json()["detail"]
            conforms("", 503, answer.headers["content-type"], answer.json())
        services.close()

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            f"Basic {NEW}",
            NEW,
            f"Bearer {NEW[:-1]}",
            f"Bearer {NEW}x",
            f"Bearer cms:{NEW}",
            f"Bearer {OLD},{NEW}",
            f"Bearer {NEW.upper()}",
            "Bearer \u00fcml\u00e4ut",
        ],
    )
    def test_a_wrong_token_opens_nothing(self, desk: Desk, header: str | None) -> None:
        for one in OPERATIONS:
            headers = {} if header is None else {"Authorization": header.encode("latin-1")}
            desk.later(minutes=1)  # who sends many at once is not listened to any more
            address = f"/api/v1{somewhere(one.path)}"
            answer = desk.client.request(one.method, address, headers=headers, content=b"{")  # type: ignore[arg-type]
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            conforms("", 401, answer.headers["content-type"], answer.json())

    def test_old_and_new_tokens_work_while_one_takes_the_others_place(self, desk: Desk, news: Show) -> None:
        for token, name in ((OLD, "cms"), (NEW, "cms"), (OTHER, "desk")):
            desk.later(minutes=1)
            sent = Api(desk, token)("POST /digests", {"all": True, "why": WHY})
            assert sent["issue"]["asked_by"] == f"{name}, over HTTP"

    def test_the_scheme_is_read_in_any_case(self, desk: Desk) -> None:
        assert desk.client.get("/api/v1/shows", headers={"authorization": f"bearer {OTHER}"}).status_code == 200

    @pytest.mark.parametrize(
        "value", ["short", "a:short", "a b:0123456789abcdef", "one two three four five six", f"ok:{OLD},x"]
    )
    def test_a_token_of_no_use_is_named_and_not_told(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        monkeypatch.setenv("WATERCOOLER_API_TOKEN", value)
        with pytest.raises(SettingsError, match="WATERCOOLER_API_TOKEN: tokens of 16") as caught:
            Settings.from_env()
        assert value not in str(caught.value)

    def test_settings_do_not_show_tokens(self) -> None:
        assert NEW not in repr(Settings.from_env())


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("call", "body", "status", "says"),
        [
            ("POST /digests/preview", None, 422, "say whose digest to look at"),
            ("POST /digests/preview", {"to": "nobody@example.org"}, 409, "nobody subscribes with nobody@example.org"),
            ("POST /digests/preview", {"to": "no address"}, 422, "is no e-mail address"),
            ("POST /digests/preview", {"show": "Harbor Light"}, 409, "did you mean 'Harbour Lights'?"),
            ("POST /digests/preview", {"to": ANN, "since": "soon"}, 422, "since: a span like 7d or a date"),
            ("POST /digests/preview", {"to": ANN, "since": "9" * 30 + "d"}, 422, "since: a span like 7d"),
            ("POST /digests/preview", {"to": ANN, "since": "2027-02-30"}, 422, "since: a span like 7d"),
            ("POST /digests/preview", {"to": ANN, "since": "2099-01-01"}, 409, "is not past yet"),
            (
                "POST /digests/preview",
                {"to": ANN, "html": True},
                422,
                "html: there is no such field; there are to, show",
            ),
            ("POST /digests/preview", {"to": 7}, 422, "to: Input should be a valid string"),
            ("POST /digests/preview?to=x", {"to": ANN}, 422, "nothing in the address"),
            ("POST /digests/preview", [ANN], 422, "a JSON object is wanted"),
            ("POST /digests", {"why": WHY}, 422, "say whom"),
            ("POST /digests", {"all": True}, 422, "why: say the reason"),
            ("POST /digests", {"all": True, "why": " \n "}, 422, "why: say the reason"),
            ("POST /digests", {"all": True, "to": ANN, "why": WHY}, 422, "say whom"),
            ("POST /digests", {"all": "yes", "why": WHY}, 422, "all: Input should be a valid boolean"),
            ("POST /digests", {"all": True, "dry_run": True, "test_to": BOB}, 422, "choose one of them"),
            ("POST /digests", {"all": True, "test_to": "nobody"}, 422, "is no e-mail address"),
            ("POST /digests", {"to": "pending@example.org", "why": WHY}, 409, "is pending: nothing is sent to it"),
            ("POST /digests", {"show": "night-ferry", "why": WHY}, 409, "nobody to send to"),
            ("POST /digests", {"show": "Ghosts", "why": WHY}, 409, "say one of their keys: ghosts, ghosts-us"),
            ("POST /digests/9/pause", None, 404, "there is no issue 9; see GET /api/v1/digests"),
            ("POST /digests/9/pause", {"why": "x"}, 422, "there is no such field; there are none"),
            ("GET /digests/9", None, 404, "there is no issue 9"),
            ("GET /digests/99999999999999999999", None, 404, "is no number of anything"),
            (f"GET /digests/{'9' * 5000}", None, 404, "is no number of anything"),
            ("GET /digests/١", None, 404, "is no number of anything"),
            ("GET /digests/-1", None, 404, "is no number of anything"),
            ("GET /digests?limit=0", None, 422, "limit: Input should be greater than or equal to 1"),
            ("GET /digests?limit=201", None, 422, "limit: Input should be less than or equal to 200"),
            ("GET /digests?cursor=-1", None, 422, "cursor: "),
            ("GET /digests?limit=1&limit=2", None, 422, "limit: say it once"),
            ("GET /claims?state=shut", None, 422, "state: Input should be 'open', 'moved'"),
            ("GET /claims?standing=sure", None, 422, "standing: Input should be 'official'"),
            ("GET /claims?since=2099-01-01", None, 409, "is not past yet"),
            ("GET /articles?source=%00", None, 422, "source: "),
            ("GET /claims/9", None, 404, "there is no claim 9; see GET /api/v1/claims"),
            ("GET /sources/nothing", None, 404, "there is no source 'nothing'; see GET /api/v1/sources"),
            ("GET /shows/nothing", None, 404, "no show has the key 'nothing'; see GET /api/v1/shows"),
            ("GET /shows/nothing/timeline", None, 404, "no show has the key 'nothing'"),
            ("GET /shows/Harbour%20Lights", None, 404, "no show has the key 'Harbour Lights'"),
            ("GET /claims?show=nothing", None, 404, "there is no show 'nothing'"),
            ("GET /claims?since=x", None, 422, "since: a span like 7d"),
            ("GET /claims?sort=desc", None, 422, "sort: there is no such field; there are"),
            ("GET /shows?proposed=perhaps", None, 422, "proposed: Input should be a valid boolean"),
            ("GET /articles/9", None, 404, "there is no article 9; see GET /api/v1/articles"),
        ],
    )
    def test_a_wrong_call_says_what_would_be_right(
        self, desk: Desk, api: Api, call: str, body: Any, status: int, says: str
    ) -> None:
        desk.reader(ANN, desk.show("Harbour Lights"))
        desk.show("Night Ferry")
        desk.show("Ghosts")
        desk.show("Ghosts", country="US")
        desk.client.post("/subscribe", data={"email": "pending@example.org"})
        mails = len(desk.mails())
        answer = api.ask(call, body)
        assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
        assert len(desk.mails()) == mails
        assert api("GET /digests")["items"] == []

    @pytest.mark.parametrize(
        ("content", "kind", "status", "says"),
        [
            (b"{", "application/json", 400, "the body is no JSON"),
            (b"\xff\xfe\x00", "application/json", 400, "the body is no JSON"),
            (b"[" * 60_000, "application/json", 400, "the body is no JSON"),
            (b'{"to": "ann@example.org"}', "text/plain", 415, "Content-Type: application/json"),
            (b"to=ann@example.org", "application/x-www-form-urlencoded", 415, "Content-Type: application/json"),
            (b"null", "application/json", 422, "a JSON object is wanted"),
            (b'{"to": NaN}', "application/json", 422, "to: "),
            (b'{"to": "' + b"x" * 70_000 + b'"}', "application/json", 413, "64 KiB"),
        ],
    )
    def test_a_body_of_no_use_is_refused(self, api: Api, content: bytes, kind: str, status: int, says: str) -> None:
        headers = {"Authorization": f"Bearer {NEW}", "Content-Type": kind}
        answer = api.desk.client.post("/api/v1/digests/preview", content=content, headers=headers)
        assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
        conforms("", status, answer.headers["content-type"], answer.json())

    def test_the_faults_are_told_by_field(self, api: Api) -> None:
        faults = api("POST /digests", {"to": 7, "whom": ANN}, wanted=422)["errors"]
        assert {one["field"] for one in faults} == {"to", "whom"}

    def test_what_is_not_there_is_a_problem_too(self, api: Api) -> None:
        for method, path, status in (("GET", "/nothing", 404), ("GET", "/", 404), ("DELETE", "/digests/1", 405)):
            answer = api.desk.client.request(method, f"/api/v1{path}")
            conforms("", status, answer.headers["content-type"], answer.json())
            assert answer.status_code == status
        assert "GET" in api.desk.client.delete("/api/v1/digests/1").headers["allow"]

    def test_a_database_that_fails_is_told_without_its_words(self, api: Api) -> None:
        with api.desk.kit.store.begin() as tx:
            tx.connection.execute(text("DROP TABLE article_shows"))
            tx.connection.execute(text("DROP TABLE claims"))
        answer = api.ask("GET /claims")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "claims" not in answer.text

    def test_a_wrong_mail_setting_opens_no_issue(self, api: Api, news: Show, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api.desk.kit.settings, "mail_url", "nonsense")
        for name in ("post", "transport"):
            api.desk.kit.services.__dict__.pop(name, None)
        answer = api.ask("POST /digests", {"all": True, "why": WHY})
        assert (answer.status_code, "WATERCOOLER_MAIL_URL" in answer.text) == (503, True)
        assert api("GET /digests")["items"] == []

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        body=st.dictionaries(
            st.sampled_from(["to", "show", "since", "all", "test_to", "why", "dry_run", "x"]),
            st.one_of(
                st.text(max_size=30),
                st.sampled_from([ANN, "7d", "1d", True, False, None, 3, "harbour-lights"]),
                st.lists(st.integers(), max_size=2),
            ),
        )
    )
    def test_no_body_breaks_it_or_sends_by_mistake(self, api: Api, body: dict[str, Any]) -> None:
        """With the fields of strangers it previews or says what is wrong; a dry run sends nothing."""
        if not api.desk.knows(ANN):
            api.desk.reader(ANN, api.desk.show("Harbour Lights"))
        for call, asked in (("POST /digests/preview", body), ("POST /digests", {**body, "dry_run": True})):
            assert api.ask(call, asked).status_code in (200, 409, 422)
        assert api("GET /digests")["items"] == []
        assert api.desk.mails() == []


class TestPreview:
    def test_it_is_what_is_then_sent(self, api: Api, news: Show) -> None:
        seen = api("POST /digests/preview", {"to": ANN})
        api("POST /digests", {"to": ANN, "why": WHY})
        (mail,) = api.desk.mails()
        assert (seen["subscriber"], seen["subject"]) == (mail["To"], mail["Subject"])
        for kind, name in (("plain", "text"), ("html", "html")):
            part = mail.get_body((kind,))
            assert part is not None
            assert without_numbers(part.get_content().replace("\r\n", "\n")) == without_numbers(seen[name])
        assert seen["content"]["shows"][0]["name"] == "Harbour Lights"
        assert seen["content"]["shows"][0]["updates"][0]["headline"] == "Season 2 is rumoured to be renewed"

    def test_nothing_new_is_said_and_nothing_counts_as_told(self, api: Api, news: Show) -> None:
        for _ in range(2):
            assert api("POST /digests/preview", {"to": ANN})["subject"]
        api("POST /digests", {"all": True, "why": WHY})
        assert api("POST /digests/preview", {"to": ANN}) == {
            "subscriber": ANN,
            **dict.fromkeys(("subject", "text", "html", "content")),
        }

    def test_a_new_followers_digest_needs_no_subscriber(self, api: Api, news: Show) -> None:
        for name in ("harbour-lights", "Harbour Lights"):
            seen = api("POST /digests/preview", {"show": name})
            assert "Harbour Lights" in seen["text"]
            assert seen["content"]["shows"][0]["first"] is True

    def test_a_reader_of_plain_text_gets_no_html(self, api: Api, news: Show) -> None:
        with api.desk.kit.store.begin() as tx:
            ann = find_subscriber(tx, ANN)
            prefer(tx, ann, replace(ann.preferences, plain=True), NOW)
        seen = api("POST /digests/preview", {"to": ANN})
        assert (bool(seen["text"]), seen["html"]) == (True, None)


def without_numbers(said: str) -> str:
    """Without links that name a delivery, which has no number before it is sent."""
    return re.sub(rf"{BASE}/view/[\w.\-]+", "VIEW", said).strip()


class TestSending:
    def test_the_issue_names_who_asked_and_why(self, api: Api, news: Show) -> None:
        answer = api.ask("POST /digests", {"all": True, "why": "the makers\n said   so"})
        assert (answer.status_code, answer.headers["location"]) == (202, "/api/v1/digests/1")
        issue = answer.json()["issue"]
        assert (issue["asked_by"], issue["why"], issue["trigger"]) == ("cms, over HTTP", "the makers said so", "admin")
        found = api("GET /digests/1")
        assert found["deliveries"] == {"sent": 1}
        assert [(one["subscriber"], one["state"]) for one in found["items"]] == [(ANN, "sent")]
        assert [mail["To"] for mail in api.desk.mails()] == [ANN]

    def test_the_answer_comes_before_the_mail(self, desk: Desk, news: Show) -> None:
        """The store and the Maildir as they are at the moment the answer is sent."""
        body = json.dumps({"all": True, "why": WHY}).encode()
        then: list[tuple[int, int]] = []
        head = [(b"authorization", f"Bearer {NEW}".encode()), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/api/v1/digests", "headers": head, "query_string": b""}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                then.append((json.loads(message["body"])["issue"]["id"], len(desk.mails())))

        app = make_app(desk.kit, lambda: desk.now)
        asyncio.run(app({**scope, "root_path": "", "http_version": "1.1"}, receive, send))  # type: ignore[arg-type]
        assert then == [(1, 0)]
        assert len(desk.mails()) == 1

    def test_only_one_show_and_only_its_followers(self, api: Api, news: Show) -> None:
        api.desk.reader(BOB, api.desk.show("Night Ferry"))
        api("POST /digests", {"show": "harbour-lights", "since": "7d", "why": WHY})
        assert [one["subscriber"] for one in api("GET /digests/1")["items"]] == [ANN]
        period = api("GET /digests/1")["period"]
        assert period["since"] == (api.desk.now - timedelta(days=7)).isoformat()

    def test_a_dry_run_says_who_would_get_what_and_leaves_nothing(self, api: Api, news: Show) -> None:
        api.desk.reader(BOB, api.desk.show("Night Ferry"))
        found = api("POST /digests", {"all": True, "dry_run": True}, wanted=200)
        assert (found["readers"], found["mails"]) == (2, 1)
        assert {one["subscriber"]: bool(one["subject"]) for one in found["items"]} == {ANN: True, BOB: False}
        assert (api("GET /digests")["items"], api.desk.mails()) == ([], [])

    def test_a_test_goes_to_another_address_and_counts_for_nobody(self, api: Api, news: Show) -> None:
        found = api("POST /digests", {"to": ANN, "test_to": "desk@example.org"}, wanted=200)
        (mail,) = api.desk.mails()
        assert (mail["To"], mail["Subject"]) == ("desk@example.org", found["subject"])
        assert mail["Subject"].startswith("[test] Harbour Lights")
        assert ANN not in mail.as_string()
        assert api("GET /digests")["items"] == []
        assert api("POST /digests/preview", {"to": ANN})["subject"]
        api("POST /digests", {"to": ANN, "why": WHY})
        assert api("POST /digests", {"to": ANN, "test_to": BOB}, wanted=409)["detail"].startswith(
            "nothing to test with"
        )

    def test_a_refused_test_is_told(self, api: Api, news: Show, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api.desk.kit.settings, "mail_url", "smtp://127.0.0.1:1")
        for name in ("post", "transport"):
            api.desk.kit.services.__dict__.pop(name, None)
        assert "the test was not taken" in api("POST /digests", {"to": ANN, "test_to": BOB}, wanted=502)["detail"]


class TestKeys:
    ASKED: dict[str, Any] = {"all": True, "since": "7d", "why": WHY}  # noqa: RUF012

    def test_the_same_key_and_body_are_the_same_issue_at_any_time(self, api: Api, news: Show) -> None:
        first = api("POST /digests", self.ASKED, Idempotency_Key="k1")
        api.desk.later(days=2)
        again = api.ask("POST /digests", {**self.ASKED, "dry_run": False}, Idempotency_Key="k1")
        assert (first["new"], again.json()["new"], again.status_code) == (True, False, 202)
        assert again.json()["issue"]["id"] == first["issue"]["id"]
        assert len(api.desk.mails()) == 1

    @pytest.mark.parametrize("other", [{"why": "another reason"}, {"since": "8d"}, {"all": False, "to": ANN}])
    def test_the_same_key_with_another_body_is_refused(self, api: Api, news: Show, other: dict[str, Any]) -> None:
        api("POST /digests", self.ASKED, Idempotency_Key="k1")
        answer = api.ask("POST /digests", {**self.ASKED, **other}, Idempotency_Key="k1")
        assert (answer.status_code, "give a new key" in answer.text) == (409, True)
        assert len(api("GET /digests")["items"]) == 1

    def test_another_key_or_another_caller_is_another_issue(self, api: Api, news: Show) -> None:
        numbers = [api("POST /digests", self.ASKED, Idempotency_Key=key)["issue"]["id"] for key in ("k1", "k2")]
        numbers.append(Api(api.desk, OTHER)("POST /digests", self.ASKED, Idempotency_Key="k1")["issue"]["id"])
        same = Api(api.desk, OLD)("POST /digests", self.ASKED, Idempotency_Key="k1")  # the same caller's older token
        assert (numbers, same["issue"]["id"]) == ([1, 2, 3], 1)

    def test_it_is_the_same_issue_even_when_its_reader_has_left(self, api: Api, news: Show) -> None:
        asked = {"to": ANN, "why": WHY}
        api("POST /digests", asked, Idempotency_Key="k1")
        unsubscribe(api.desk.kit.store, api.desk.of_id(ANN), api.desk.now)
        assert api("POST /digests", asked, Idempotency_Key="k1")["new"] is False

    def test_without_a_key_it_is_the_same_within_the_minute(self, api: Api, news: Show) -> None:
        assert [api("POST /digests", self.ASKED)["new"] for _ in range(2)] == [True, False]
        api.desk.later(minutes=1)
        assert api("POST /digests", self.ASKED)["issue"]["id"] == 2

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256])
    def test_a_key_of_no_use_is_refused(self, api: Api, news: Show, key: str) -> None:
        answer = api.ask("POST /digests", self.ASKED, Idempotency_Key=key)
        assert (answer.status_code, "Idempotency-Key" in answer.text) == (400, True)

    def test_asked_at_the_same_moment_it_is_opened_once(self, store: Store) -> None:
        def ask(number: int) -> int | None:
            try:
                return open_for_request(store, Request(key="api-k", mark="same" if number % 2 else "other"), NOW)[0].id
            except ConflictError:
                return None

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(ask, range(16)))
        (number,) = set(found) - {None}  # on PostgreSQL who came second has used up a number
        assert sorted(found, key=str) == [number] * 8 + [None] * 8
        with store.begin() as tx:
            assert len(tx.issues.latest()) == 1


class TestIssues:
    def hold(self, api: Api) -> None:
        """An issue whose mails are not gone: it was planned, and nobody has tried yet."""
        open_for_request(api.desk.kit.store, Request(asked_by="test"), api.desk.now)

    def test_paused_resumed_cancelled(self, api: Api, news: Show) -> None:
        self.hold(api)
        assert api("POST /digests/1/pause") == {"id": 1, "state": "paused", "deliveries": 1}
        assert "/digests/1/resume" in api("POST /digests/1/resend", wanted=409)["detail"]
        assert api("POST /digests/1/resume") == {"id": 1, "state": "open", "deliveries": 1}
        assert api("POST /digests/1/cancel", {}) == {"id": 1, "state": "cancelled", "deliveries": 1}
        assert api("GET /digests/1")["items"][0]["reply"] == "the issue was cancelled"
        for action in ("pause", "resume", "resend"):
            assert "was cancelled" in api(f"POST /digests/1/{action}", wanted=409)["detail"]
        assert api("POST /digests/1/cancel")["deliveries"] == 0
        assert api.desk.mails() == []

    def test_what_came_to_nothing_is_tried_again(self, api: Api, show: Show) -> None:
        for address in (ANN, BOB):
            api.desk.reader(address, show)
        api("POST /digests", {"all": True, "why": WHY})
        assert api("GET /digests/1")["deliveries"] == {"skipped": 2}
        say(api.desk.kit, show, "a", Change.NEW, NOW)
        assert api("POST /digests/1/resend", {"to": BOB})["deliveries"] == 1
        assert [mail["To"] for mail in api.desk.mails()] == [BOB]
        assert api("POST /digests/1/resend")["deliveries"] == 1
        assert api("POST /digests/1/resend")["deliveries"] == 0
        assert api("GET /digests/1?state=sent")["deliveries"] == {"sent": 2}

    def test_issues_and_deliveries_come_in_pages(self, api: Api, news: Show) -> None:
        for number in range(4):
            api.desk.reader(f"reader{number}@example.org", news)
        for _ in range(3):
            self.hold(api)
            api.desk.later(minutes=1)
        assert [one["id"] for one in api.pages("/digests?limit=2")] == [3, 2, 1]
        addresses = [one["subscriber"] for one in api.pages("/digests/2?limit=2")]
        assert sorted(addresses) == sorted({ANN, *(f"reader{number}@example.org" for number in range(4))})
        assert api("GET /digests/2?state=sent")["items"] == []


class TestReading:
    def test_they_are_the_forms_of_the_command_line(self, api: Api, news: Show) -> None:
        with api.desk.kit.store.begin() as tx:
            tx.articles.save_thread(1, make_thread("So glad!", "Not again."), NOW)
        for name, path in (
            ("claims", "/claims"),
            ("shows", "/shows"),
            ("articles", "/articles"),
            ("sources", "/sources"),
        ):
            assert api.pages(f"{path}?limit=200") == command(name, "list"), name
        api("POST /digests", {"all": True, "why": WHY})
        assert api.pages("/digests?limit=7") == command("digests", "list")
        deliveries = [{k: v for k, v in one.items() if k != "issue"} for one in command("digests", "show", "1")]
        assert api("GET /digests/1")["items"] == deliveries
        (whole,) = command("articles", "show", "1")
        assert api("GET /articles/1") == whole
        assert [one["text"] for one in whole["comments"]] == ["So glad!", "Not again."]

    def test_claims_by_show_state_standing_and_time(self, api: Api, show: Show) -> None:
        other = api.desk.show("Night Ferry")
        say(api.desk.kit, show, "a", Change.NEW, NOW - timedelta(days=3))
        say(api.desk.kit, show, "b", Change.MOVED, NOW, value="cancelled", standing=Standing.OFFICIAL)
        say(api.desk.kit, other, "c", Change.NEW, NOW - timedelta(hours=1))
        api.desk.later(hours=1)

        def ids(query: str = "") -> list[int]:
            return [one["id"] for one in api.pages(f"/claims?limit=1&{query}")]

        assert ids() == [3, 2, 1]
        assert ids("show=harbour-lights") == ids("show=Harbour+Lights") == [2, 1]
        assert ids("state=moved") == [1]
        assert ids("standing=rumour") == [3, 1]
        assert ids("since=1d") == ids("since=2027-03-04") == [3, 2]
        assert ids("show=night-ferry&standing=official") == []

    def test_articles_by_show_source_and_time(self, api: Api, show: Show) -> None:
        for outlet, days in (("a", 3), ("b", 0)):
            say(api.desk.kit, show, outlet, Change.NEW, NOW - timedelta(days=days))
        api.desk.later(hours=1)

        def sources(query: str = "") -> list[str]:
            return [one["source"] for one in api.pages(f"/articles?limit=1&{query}")]

        assert sources() == sources("show=Harbour+Lights") == ["b", "a"]
        assert sources("source=a") == ["a"]
        assert sources("since=1d") == ["b"]
        assert sources("source=nobody") == []

    def test_shows_and_sources_come_in_pages(self, api: Api) -> None:
        for name in ("Copperline", "Night Ferry", "Ashgrove"):
            api.desk.show(name, state="proposed" if name == "Ashgrove" else "active")
        assert [one["name"] for one in api.pages("/shows?limit=2")] == ["Copperline", "Night Ferry", "Ashgrove"]
        assert [one["name"] for one in api.pages("/shows?proposed=true")] == ["Ashgrove"]
        names = [one["name"] for one in api.pages("/sources?limit=150")]
        assert names == sorted(api.desk.kit.services.sources)

    def test_who_has_it_already_gets_it_no_second_time(self, api: Api, news: Show) -> None:
        first = api.ask("GET /claims")
        etag = first.headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = api.ask("GET /claims", If_None_Match=known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        say(api.desk.kit, news, "b", Change.CORROBORATED, NOW)
        fresh = api.ask("GET /claims", If_None_Match=etag)
        assert (fresh.status_code, len(fresh.json()["items"])) == (200, 2)


def command(*words: str) -> list[Any]:
    """What the command line prints."""
    result = CliRunner().invoke(command_line, [*words, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]
