"""`claims`, `corrections` and `talk`: what operators see of the ledger, put right, and send elsewhere."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.factories import NOW, make_claim
from worker.atom import Place, atom_feed
from worker.cli import main
from worker.config import Settings
from worker.models import ClaimState, Show
from worker.services import open_services
from worker.store.corrections import Correction, Fault
from worker.store.stories import ClaimRow
from worker.tasks import Kit
from worker.web import make_app

ATOM = "{http://www.w3.org/2005/Atom}"
URL = "https://my-outlet.example/a"
ARTICLE = {
    "url": URL,
    "source": "my-outlet",
    "outlet": "My Outlet",
    "authors": ["Ada Writer"],
    "title": "Harbour Lights renewed for season 2",
    "text": "An insider says that Harbour Lights has been renewed for a second season. "
    "The new episodes will arrive in autumn 2027, the insider said.",
    "published": "2027-03-04T10:00:00Z",
    "comments": [
        {
            "id": "c1",
            "author": "Zoe",
            "text": "About time, I have waited for years.",
            "likes": 7,
            "published": "2027-03-04T12:10:00Z",
        },
        {
            "id": "c2",
            "author": "Max",
            "text": "Only an idiot would believe this insider again.",
            "published": "2027-03-04T12:20:00Z",
        },
        {
            "id": "c3",
            "author": "Ada Writer",
            "text": "We asked the network, and it did not deny it.",
            "published": "2027-03-04T13:30:00Z",
        },
    ],
}


class Shell:
    """Runs commands and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["--now", "2027-03-05T08:00", *words])
        out, err = self.capsys.readouterr()
        return code, out, err

    def json(self, *words: str) -> list[dict[str, Any]]:
        code, out, err = self(*words, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """Two shows, one article with a thread."""
    shell = Shell(capsys)
    (tmp_path / "in.jsonl").write_text(json.dumps(ARTICLE) + "\n")
    shell("shows", "add", "Harbour Lights")
    shell("shows", "add", "Night Ferry")
    code, _, err = shell("ingest", "in.jsonl")
    assert code == 0, err
    return shell


class TestClaims:
    def test_the_ledger_of_a_show(self, shell: Shell) -> None:
        stories = shell.json("claims", "show", "harbour lights")
        assert ("status", "renewed", "open") in [(story["field"], story["value"], story["state"]) for story in stories]
        assert all(story["show"] == "Harbour Lights" and story["families"] == ["my-outlet"] for story in stories)
        dated = next(story for story in stories if story["field"] == "release")
        assert dated["when"]["from"] < dated["when"]["to"]
        _, out, _ = shell("claims", "show", "Harbour Lights")
        assert "renewed" in out

    def test_exported_lines_are_those_of_the_list(self, shell: Shell) -> None:
        code, out, _ = shell("claims", "export", "--show", "Harbour Lights")
        assert code == 0
        assert [json.loads(line) for line in out.splitlines()] == shell.json("claims", "list")
        assert shell("claims", "export", "--show", "Night Ferry")[1] == ""

    def test_the_feed_has_every_claim_under_an_id_that_stays(self, shell: Shell) -> None:
        code, out, _ = shell("claims", "export", "--show", "Harbour Lights", "--format", "atom")
        feed = ElementTree.fromstring(out)
        assert code == 0
        assert feed.tag == f"{ATOM}feed"
        assert feed.findtext(f"{ATOM}id") == "tag:watercooler.example,2026:shows/harbour-lights"
        for entry in (feed, *feed.findall(f"{ATOM}entry")):
            assert entry.findtext(f"{ATOM}title")
            assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").tzinfo
            assert entry.find(f"{ATOM}author/{ATOM}name") is not None
        ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
        claims = [claim["id"] for claim in shell.json("claims", "list")]
        assert sorted(ids) == sorted(f"tag:watercooler.example,2026:shows/harbour-lights/claims/{n}" for n in claims)
        assert feed.find(f"{ATOM}entry/{ATOM}link").get("href") == URL  # type: ignore[union-attr]
        assert shell("claims", "export", "--show", "Harbour Lights", "--format", "atom")[1] == out

    def test_a_feed_without_a_show_says_what_is_wanted(self, shell: Shell) -> None:
        code, _, err = shell("claims", "export", "--format", "atom")
        assert code == 2
        assert "--show NAME" in err

    @given(text=st.text(max_size=60), key=st.text(min_size=1, max_size=20))
    def test_any_text_makes_a_feed_that_can_be_read(self, text: str, key: str) -> None:
        claim = make_claim(id=1, evidence=text, outlet=text, value=text, url=text)
        row = ClaimRow(claim, ClaimState.OPEN, "X", text, None, "", 0)
        feed = ElementTree.fromstring(atom_feed(Show(1, text, key), [row, row], Place("example.org", text), NOW))
        assert len(feed.findall(f"{ATOM}entry")) == 2

    def test_the_web_serves_the_feed_by_the_shows_key(self, shell: Shell) -> None:
        services = open_services(Settings.from_env())
        client = TestClient(make_app(Kit(services)))
        answer = client.get("/shows/harbour-lights.atom")
        assert answer.headers["content-type"].startswith("application/atom+xml")
        assert len(ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")) == len(shell.json("claims", "list"))
        assert client.get("/shows/nobody.atom").status_code == 404
        services.close()


class TestCorrections:
    def test_made_listed_told_and_taken_back(self, shell: Shell) -> None:
        claims = shell.json("claims", "list")
        (made,) = shell.json(
            "corrections", "add", "wrong-show", "--article", URL, "--show", "harbour lights", "--right", "Night Ferry"
        )
        assert (made["wrong"], made["right"], made["claims_withdrawn"]) == (
            "Harbour Lights",
            "Night Ferry",
            len(claims),
        )
        moved = shell.json("claims", "list")
        assert {claim["show"] for claim in moved} == {"Night Ferry"}
        (why,) = shell.json("claims", "why", str(moved[0]["id"]))
        assert [one["id"] for one in why["corrections"]] == [made["id"]]
        _, out, _ = shell("claims", "why", str(moved[0]["id"]))
        assert f"correction {made['id']}: wrong-show Harbour Lights: {URL}, it is Night Ferry" in out
        assert [one["id"] for one in shell.json("corrections", "list")] == [made["id"]]
        shell("corrections", "remove", str(made["id"]))
        assert {claim["show"] for claim in shell.json("claims", "list")} == {"Harbour Lights"}
        assert shell.json("corrections", "list") == []

    def test_why_names_the_correction_that_took_a_claim_back(self, shell: Shell) -> None:
        last = shell.json("claims", "list")[-1]["id"]
        shell("corrections", "add", "not-news", "--article", URL)
        code, _, err = shell("claims", "why", str(last))
        assert code == 2
        assert "correction 1 took it back (not-news" in " ".join(err.split())

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["not-news"], "say where"),
            (["not-news", "--article", URL, "--phrase", "x"], "say where"),
            (["not-news", "--article", URL, "--source", "x"], "--source goes with --phrase"),
            (["not-news", "--article", "https://nowhere.example/"], "no article at"),
            (["not-news", "--article", URL, "--kind", "casting"], "not-news: takes neither"),
            (["wrong-show", "--article", URL], "with --show NAME"),
            (["wrong-show", "--article", URL, "--show", "Harbor Ligths"], "did you mean"),
            (["wrong-kind", "--article", URL], "with --kind KIND"),
            (["wrong-kind", "--article", URL, "--kind", "gossip"], "there is no kind 'gossip'"),
            (["nonsense", "--article", URL], "nonsense"),
        ],
    )
    def test_a_wrong_call_says_what_would_be_right(self, shell: Shell, words: list[str], says: str) -> None:
        code, _, err = shell("corrections", "add", *words)
        assert code == 2
        assert says in " ".join(err.split())
        assert shell("corrections", "remove", "9")[0] == 2


class TestTalk:
    def test_figures_and_quotes(self, shell: Shell) -> None:
        (row,) = shell.json("talk", "list", "--show", "Harbour Lights")
        assert (row["comments"], row["captured"], row["busiest_hour"]) == (3, 3, 2)
        assert [quote["id"] for quote in row["quotes"]] == ["c1", "c3"]
        assert shell.json("talk", "list", "--show", "Night Ferry") == []

    def test_spoilers_are_left_out_when_asked(self, shell: Shell, tmp_path: Path) -> None:
        told = {"id": "c9", "author": "Kim", "text": "And then the captain dies in the very last minute.", "likes": 99}
        other = {**ARTICLE, "url": "https://my-outlet.example/b", "comments": [told]}
        (tmp_path / "more.jsonl").write_text(json.dumps(other) + "\n")
        shell("ingest", "more.jsonl")
        quoted = [
            {
                quote["id"]
                for row in shell.json("talk", "list", "--show", "Harbour Lights", *words)
                for quote in row["quotes"]
            }
            for words in ((), ("--no-spoilers",))
        ]
        assert quoted == [{"c1", "c3", "c9"}, {"c1", "c3"}]

    def test_why_tells_every_reason(self, shell: Shell) -> None:
        rows = {row["id"]: row for row in shell.json("talk", "why", URL)}
        assert rows["c1"]["signs"]["7 likes"] == 3.0
        assert rows["c2"]["refused"] == ["insult: 'idiot'"]
        assert (rows["c3"]["by_article_author"], rows["c1"]["by_article_author"]) == (True, False)
        _, out, _ = shell("talk", "why", URL)
        assert "never: insult: 'idiot'" in out
        assert shell("talk", "why", "https://nowhere.example/")[0] == 2

    def test_authors_are_withheld_by_setting(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_TALK_AUTHORS", "withheld")
        _, out, _ = shell("talk", "list", "--show", "Harbour Lights")
        assert "Zoe" not in out
        assert "a viewer: About time" in out
        (row,) = shell.json("talk", "list", "--show", "Harbour Lights")
        assert [quote["author"] for quote in row["quotes"]] == [None, "Ada Writer"]
        _, out, _ = shell("digests", "preview", "--show", "Harbour Lights")
        assert "Zoe" not in out
        monkeypatch.setenv("WATERCOOLER_TALK_AUTHORS", "shown")
        _, out, _ = shell("digests", "preview", "--show", "Harbour Lights")
        assert "Zoe" in out
        assert "Ada Writer, who wrote the article" in " ".join(out.replace("> ", "").split())
        assert "idiot" not in out


class TestBacktest:
    def test_the_same_rules_change_nothing(self, shell: Shell) -> None:
        (report,) = shell.json("backtest", "--since", "8w")
        assert report == {
            "outcome": "report",
            "articles": 1,
            "claims": len(shell.json("claims", "list")),
            **dict.fromkeys(("gained", "lost", "restated", "merged", "split", "judged"), 0),
        }
        _, _, err = shell("backtest")
        assert "today's rules make of it what was made of it" in " ".join(err.split())

    def test_what_would_be_different_is_told_and_nothing_is_stored(self, shell: Shell) -> None:
        claims = shell.json("claims", "list")
        kit = Kit(open_services(Settings.from_env()))
        with kit.store.begin() as tx:
            tx.corrections.add(Correction(0, Fault.NOT_NEWS, URL, "", "", "", "", NOW))
        kit.services.close()
        lines = shell.json("backtest")
        assert [line["outcome"] for line in lines] == ["report", *["lost"] * len(claims), "judged"]
        assert lines[-1]["was"]["shows"] == ["Harbour Lights"]
        assert lines[-1]["now"]["is_show_news"] is False
        _, out, _ = shell("backtest", "--all")
        assert "Harbour Lights season 2: status renewed (rumour)" in " ".join(out.split())
        assert shell.json("claims", "list") == claims

    def test_a_wrong_span_says_what_is_wanted(self, shell: Shell) -> None:
        assert shell("backtest", "--since", "")[0] == shell("backtest", "--since", "soon")[0] == 2
