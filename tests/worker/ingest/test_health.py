"""A source's state: judged by what its crawl brought and what it used to bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.items import Failure
from crawler.source import Source
from tests.factories import NOW
from worker.ingest.health import CODES, Round, judge
from worker.store.sources import Crawled, SourceState

START = "https://s.example/"
SOURCE = Source(name="s", start_urls=[START])
DAY = timedelta(days=1)
USUAL = Crawled("s", NOW, "ok", 9, 0, 0, 9000, links=40, articles=5, news=5, words=600, captured=20, declared=20)
BEFORE = SourceState(
    "s", NOW - 90 * DAY, NOW - DAY, NOW, 0, "ok", "", last_new=NOW - DAY, usual_gap=DAY.total_seconds()
)


FINE = Round()


def fault(reason: str, url: str = START) -> Failure:
    return Failure(url, "s", reason, "why")


def texts(count: int) -> list[Failure]:
    return [fault("no-text", f"{START}{n}") for n in range(count)]


def state(crawled: dict[str, Any], of: Round = FINE, past: int = 10, before: SourceState = BEFORE) -> str:
    code, reason = judge(SOURCE, replace(USUAL, **crawled), of, past * [USUAL], before)
    assert code in CODES
    assert code == "ok" or reason
    return code


NOTHING = {"fetched": 0, "unchanged": 0, "links": None, "articles": 0, "news": 0, "words": None, "captured": 0}


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("unreachable", "unreachable"),
        ("timeout", "unreachable"),
        ("http-503", "unreachable"),
        ("http-403", "forbidden"),
        ("http-401", "forbidden"),
        ("http-429", "forbidden"),
        ("robots", "robots"),
        ("refused", "misconfigured"),
        ("unset", "misconfigured"),
        ("unreadable", "not-a-feed"),
    ],
)
def test_a_source_that_answers_with_nothing(reason: str, code: str) -> None:
    assert state(NOTHING, Round([fault(reason)])) == code


def test_a_crawl_that_died_says_so() -> None:
    assert state(NOTHING, Round(stopped="it died", reported=False)) == "stopped"


@pytest.mark.parametrize(
    ("crawled", "of", "code"),
    [
        ({}, Round(), "ok"),
        ({"links": 15}, Round(), "ok"),
        ({"links": 13}, Round(), "drifting"),
        ({"links": 0, "articles": 0, "news": 0, "words": None}, Round([fault("no-articles")]), "drifting"),
        ({"links": None}, Round(), "ok"),
        ({"words": 220}, Round(), "ok"),
        ({"words": 200}, Round(), "drifting"),
        ({"words": 20, "articles": 2}, Round(), "ok"),
        ({"articles": 1}, Round(texts(2)), "empty-articles"),
        ({"articles": 0, "words": None}, Round(texts(3)), "empty-articles"),
        ({"articles": 3}, Round(texts(2)), "ok"),
        ({"articles": 1}, Round([fault("script-only"), fault("video")]), "empty-articles"),
        ({"articles": 1}, Round([fault("paywall"), fault("consent")]), "forbidden"),
        ({"articles": 1}, Round([fault("bot-check"), fault("login-wall"), fault("no-text")]), "forbidden"),
        ({"articles": 1}, Round([fault("not-found"), fault("not-found")]), "ok"),
        ({"captured": 0, "declared": 7}, Round(), "comments-lost"),
        ({"captured": 1, "declared": 7}, Round(), "ok"),
        ({"captured": 0, "declared": 0}, Round(silenced=1), "comments-lost"),
        ({"captured": 0, "declared": 0}, Round(silenced=1, talking=1), "ok"),
        ({"captured": 0, "declared": 0}, Round(), "ok"),
        ({}, Round(missed=["select.body"]), "selector-broken"),
        ({"links": None, "articles": 0}, Round([fault("not-xml")]), "not-a-feed"),
        ({"links": None, "articles": 0}, Round([fault("http-404")]), "unreachable"),
    ],
)
def test_what_a_crawl_shows(crawled: dict[str, Any], of: Round, code: str) -> None:
    assert state(crawled, of) == code


def test_the_reason_says_which_walls_there_were() -> None:
    failures = [fault("paywall"), fault("paywall"), fault("no-text")]
    _, reason = judge(SOURCE, replace(USUAL, articles=1), Round(failures), [], BEFORE)
    assert reason == "3 of 4 articles had no text (paywall 2, no-text 1)"


def test_walls_last_until_an_article_comes() -> None:
    ill = replace(BEFORE, state="forbidden", reason="3 of 4 articles had no text (paywall 3)")
    assert state({"articles": 0, "news": 0, "words": None, "declared": 0}, before=ill) == "forbidden"
    assert state({}, before=ill) == "ok"


def test_without_a_history_nothing_has_collapsed() -> None:
    assert state({"links": 3, "words": 40}, past=2) == "ok"
    assert state({"links": 0, "articles": 0}, Round([fault("no-articles")]), past=0) == "no-articles"


def test_a_fault_lasts_until_something_shows_the_contrary() -> None:
    ill = replace(BEFORE, state="comments-lost", reason="0 of 7")
    unchanged = {"fetched": 0, "unchanged": 3, "links": None, "articles": 0, "news": 0, "words": None, "captured": 0}
    assert state({**unchanged, "declared": 0}, before=ill) == "comments-lost"
    assert state({}, before=ill) == "ok"
    drifted = replace(BEFORE, state="drifting", reason="3 links to articles, where 40 are usual")
    assert state({**unchanged, "declared": 0}, before=drifted) == "drifting"
    assert state({"links": 40, "articles": 0, "news": 0, "words": None}, before=drifted) == "ok"
    shrunk = replace(BEFORE, state="drifting", reason="90 words in an article, where 600 are usual")
    assert state({"articles": 1, "words": 90}, before=shrunk) == "drifting"
    assert state({"articles": 1, "words": 500}, before=shrunk) == "ok"
    assert state({}, before=replace(BEFORE, state="unreachable", reason="no answer")) == "ok"


@pytest.mark.parametrize(
    ("silent", "gap", "news", "code"),
    [
        (4, 0.5, 0, "quiet"),
        (4, 0.5, 1, "ok"),
        (2, 0.1, 0, "ok"),
        (4, 1, 0, "ok"),
        (6, 1, 0, "quiet"),
        (6, None, 0, "quiet"),
    ],
)
def test_silence_is_measured_by_what_is_usual(silent: float, gap: float | None, news: int, code: str) -> None:
    usual = gap * DAY.total_seconds() if gap else None
    before = replace(BEFORE, last_new=NOW - silent * DAY, usual_gap=usual)
    assert state({"news": news}, before=before) == code


def test_a_source_that_never_brought_anything_becomes_quiet_too() -> None:
    before = replace(BEFORE, last_new=None, usual_gap=None)
    assert state({"news": 0}, before=before) == "quiet"
    assert state({"news": 0}, before=replace(before, first_crawled=NOW - DAY)) == "ok"
