"""The API's reading parts: one show, source and claim, as the command line tells them; open to all, by setting."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.factories import NOW, make_thread
from tests.worker.digest.test_deliver import say
from tests.worker.web.conftest import BASE, Desk
from tests.worker.web.test_api import NEW, Api, command, conforms, somewhere
from worker.models import Change, Show, Standing
from worker.web.api import OPERATIONS
from worker.web.api.openapi import describe
from worker.web.limits import READINGS

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", f"cms:{NEW},metrics:token-for-figures")


@pytest.fixture
def api(desk: Desk) -> Api:
    return Api(desk)


@pytest.fixture
def show(desk: Desk) -> Show:
    """A show whose renewal was rumoured, then said by another outlet, then moved."""
    found = desk.show("Harbour Lights")
    say(desk.kit, found, "a", Change.NEW, NOW - timedelta(days=2))
    say(desk.kit, found, "b", Change.CORROBORATED, NOW - timedelta(days=1))
    say(desk.kit, found, "c", Change.MOVED, NOW, value="cancelled", standing=Standing.OFFICIAL)
    with desk.kit.store.begin() as tx:
        tx.articles.save_thread(1, make_thread("So glad!"), NOW)
    desk.later(minutes=1)
    return found


class TestOne:
    def test_a_show_with_its_ledger_and_timeline(self, api: Api, show: Show) -> None:
        found = api("GET /shows/harbour-lights")
        assert {**found, "ledger": command("claims", "show", show.key)} == found
        assert {key: value for key, value in found.items() if key != "ledger"} == api("GET /shows")["items"][0]
        turns = api.pages("/shows/harbour-lights/timeline?limit=2")
        assert [one["id"] for one in turns] == [3, 2, 1]
        told = command("--now", api.desk.now.isoformat(), "shows", "timeline", show.key)
        assert turns == list(reversed(told))
        assert turns[0]["claim"]["value"] == "cancelled"

    def test_a_claim_with_why(self, api: Api, show: Show) -> None:
        found = api("GET /claims/2")
        assert [found] == command("claims", "why", "2")
        assert found["id"] == 2
        assert 2 in [one["id"] for one in found["story_claims"]]

    def test_a_source_with_its_history(self, api: Api) -> None:
        found = api("GET /sources/bbc-media-centre")
        assert found in api.pages("/sources?limit=200")

    def test_a_shows_feed_is_where_it_says_and_told_once(self, api: Api, show: Show) -> None:
        feed = api("GET /shows/harbour-lights")["feed"]
        assert feed == f"{BASE}/shows/harbour-lights.atom"
        path = urlsplit(feed).path
        first = api.desk.client.get(path)
        assert (first.status_code, first.headers["content-type"]) == (200, "application/atom+xml")
        again = api.desk.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "public, max-age=900")


class TestMethods:
    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/digests", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("/digests/preview", {"POST", "OPTIONS"}),
            ("/suppressions", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("/shows/harbour-lights", {"GET", "HEAD", "OPTIONS"}),
            ("/openapi.json", {"GET", "HEAD", "OPTIONS"}),
        ],
    )
    def test_all_that_can_be_done_is_told(self, desk: Desk, path: str, allowed: set[str]) -> None:
        for method, status in (("OPTIONS", 204), ("DELETE", 405), ("TRACE", 405), ("PROPFIND", 405)):
            answer = desk.client.request(method, f"/api/v1{path}")
            assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (status, allowed)
        assert desk.client.get("/api/v1/digests/preview").status_code == 405

    def test_head_is_get_without_its_body(self, api: Api, show: Show) -> None:
        headers = {"Authorization": f"Bearer {NEW}"}
        for path in ("/shows", "/claims/1", "/shows/nothing"):
            seen, whole = (api.desk.client.request(way, f"/api/v1{path}", headers=headers) for way in ("HEAD", "GET"))
            assert seen.status_code == whole.status_code
            assert seen.headers.get("etag") == whole.headers.get("etag")
            assert seen.headers["content-type"] == whole.headers["content-type"]

    def test_an_address_without_end_is_a_problem_too(self, desk: Desk) -> None:
        answer = desk.client.get("/api/v1/claims?show=" + "x" * 20_000)
        assert answer.status_code == 414
        conforms("", 414, answer.headers["content-type"], answer.json())


class TestOpenReading:
    @pytest.fixture(autouse=True)
    def _open(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(desk.kit.settings, "api_read", "open")

    def test_anybody_reads_the_news_and_nothing_about_people(self, desk: Desk, show: Show) -> None:
        open_paths = set()
        for one in OPERATIONS:
            answer = desk.client.request(one.method, f"/api/v1{somewhere(one.path)}")
            assert answer.status_code in ((200,) if one.public else (401,)), one.name
            open_paths |= {one.path} if answer.status_code == 200 else set()
        rooms = {path.split("/")[1] for path in open_paths}
        assert (rooms, len(open_paths)) == ({"sources", "shows", "claims", "articles"}, 9)
        page = (ROOT / "docs" / "api.md").read_text("utf-8")
        assert set(re.findall(r"^\| `GET (/[^`]*)` \| open", page, re.M)) == open_paths

    def test_it_works_without_any_token_set(self, desk: Desk, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.kit.settings.__dict__["api_tokens"] = ()
        assert desk.client.get("/api/v1/shows").status_code == 200
        assert desk.client.get("/api/v1/digests").status_code == 503

    @pytest.mark.parametrize(("token", "status"), [("wrong", 401), ("token-for-figures", 403), (NEW, 200)])
    def test_a_token_that_is_sent_must_be_right(self, desk: Desk, token: str, status: int) -> None:
        assert desk.client.get("/api/v1/shows", headers={"Authorization": f"Bearer {token}"}).status_code == status

    def test_so_much_a_minute(self, api: Api, show: Show) -> None:
        client = api.desk.client
        assert {client.get("/api/v1/sources/nothing").status_code for _ in range(READINGS)} == {404}
        answer = client.get("/api/v1/shows")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        conforms("", 429, answer.headers["content-type"], answer.json())
        assert api("GET /shows")["items"], "who has a token is not counted"
        api.desk.later(minutes=1)
        assert client.get("/api/v1/shows").status_code == 200

    def test_names_of_viewers_are_withheld_where_digests_have_none(
        self, api: Api, show: Show, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with api.desk.kit.store.begin() as tx:
            thread = make_thread("So glad!")
            comments = tuple(replace(one, author="Viewer Vera") for one in thread.comments)
            tx.articles.save_thread(1, replace(thread, comments=comments), api.desk.now)
        assert "Viewer Vera" in api.desk.client.get("/api/v1/articles/1").text
        monkeypatch.setattr(api.desk.kit.settings, "talk_authors", "withheld")
        answer = api.desk.client.get("/api/v1/articles/1")
        assert "So glad!" in answer.text
        assert "Viewer Vera" not in answer.text
        assert api("GET /articles/1")["comments"][0]["author"] == "Viewer Vera"

    def test_the_description_says_what_needs_no_token(self, desk: Desk) -> None:
        paths = desk.client.get("/api/v1/openapi.json").json()["paths"]
        assert paths["/claims/{id}"]["get"]["security"] == [{"token": []}, {}]
        assert "security" not in paths["/digests"]["get"]
        assert "security" not in describe(OPERATIONS, "")["paths"]["/claims"]["get"]


def test_reading_needs_a_token_unless_it_is_opened(desk: Desk) -> None:
    assert desk.client.get("/api/v1/shows").status_code == 401
