"""Two real sites in replay: a two-line source file each yields their articles, threads, claims and a digest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluation.sites import against_robots, two_weeks
from worker.cli import main

pytestmark = pytest.mark.timeout(300)  # the ports are fixed: with several workers, run with --dist loadfile

WEEK1, WEEK2 = "2023-07-10T09:00:00Z", "2023-07-17T09:00:00Z"
START = {"binge": "http://127.0.0.1:8642/", "pilot": "http://127.0.0.1:8645/"}


class Site:
    """A command line with a home of its own, and the sites to read."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], rig: Any) -> None:
        self.home, self.capsys, self.rig = home, capsys, rig

    def run(self, now: str, *words: str) -> tuple[int, list[dict[str, Any]], str]:
        code = main(["--now", now, *words])
        out, err = self.capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines() if line.startswith("{")], err


@pytest.fixture
def site(replay: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    replay.ctl("/reset")
    sources = tmp_path / "home" / "sources"
    sources.mkdir(parents=True)
    for name, url in START.items():
        (sources / f"{name}.toml").write_text(f'name = "{name}"\nstart_urls = ["{url}"]\n')
    monkeypatch.setenv("WATERCOOLER_SOURCES_DIR", str(sources))
    monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", "127.0.0.1:8642,127.0.0.1:8645,127.0.0.1:8646")
    return Site(tmp_path / "home", capsys, replay)


def gold_items(site: Site, now: str) -> list[dict[str, Any]]:
    """What we stored, in the fields of the gold's checker."""
    _, rows, _ = site.run(now, "articles", "list", "--json")
    items = []
    for row in rows:
        _, (full,), _ = site.run(now, "articles", "show", row["url"], "--json")
        comments = [{**comment, "date": comment["published"]} for comment in full["comments"]]
        items.append(
            {
                "url": row["url"],
                "title": full["title"],
                "author": ", ".join(full["authors"]),
                "published": full["published"],
                "text": full["text"],
                "comments": comments,
                "declared_comments": full["declared_comment_count"],
            }
        )
    return items


def test_two_weeks_of_two_real_sites(site: Site) -> None:
    import goldcheck

    code, (figures,), _ = site.run(WEEK1, "crawl", "--json")
    assert code == 0
    items = gold_items(site, WEEK1)
    score = goldcheck.Gold(1).score(items)
    assert score["missing_articles"] == []
    assert score["pages_not_in_gold"] == []
    assert len(items) == figures["articles"] == 15
    assert score["body_recall"] >= 0.98
    assert score["comment_recall"] == 1
    assert score["comments_extra"] == score["comment_parents_wrong"] == score["pages_with_leaks"] == 0

    code, (again,), _ = site.run(WEEK1, "crawl", "--json")
    assert (code, again["articles"], again["comments"], again["claims"], again["rewritten"]) == (0, 0, 0, 0, 0)

    site.run(WEEK1, "subscribers", "add", "ann@example.org", "--follow", "Severance", "--confirmed")
    code, (digest,), _ = site.run(WEEK1, "digests", "preview", "--to", "ann@example.org", "--json")
    assert [block["name"] for block in digest["shows"]] == ["Severance"]
    code, rows, _ = site.run(WEEK1, "digests", "send", "--json")
    assert [row["state"] for row in rows] == ["sent"]
    later = (datetime.fromisoformat(WEEK1).astimezone(UTC) + timedelta(hours=2)).isoformat()
    code, rows, _ = site.run(later, "digests", "send", "--json")
    assert [row["state"] for row in rows] == ["skipped"]

    site.rig.week(2)
    code, (week2,), _ = site.run(WEEK2, "crawl", "--json")
    assert (week2["articles"], week2["rewritten"]) == (1, 0)
    assert not [entry for entry in site.rig.log() if entry["how"] == "CANARY"]


@pytest.mark.parametrize(
    ("way", "week1", "week2"),
    [
        # a feed lists the newest alone; `/feed/` of the one site has five entries
        ("feed", (10, 32), (1, 1)),
        ("sitemap", (15, 37), (1, 2)),
        ("listing", (15, 37), (1, 2)),
        ("auto", (15, 37), (1, 2)),
    ],
)
def test_each_way_of_discovery_brings_all_that_it_shows_and_nothing_twice(
    replay: Any, monkeypatch: pytest.MonkeyPatch, way: str, week1: tuple[int, int], week2: tuple[int, int]
) -> None:
    for name in ("HOME", "SOURCES_DIR", "ALLOW_PRIVATE_HOSTS"):
        monkeypatch.setenv(f"WATERCOOLER_{name}", "")  # so that they are put back
    first, second = two_weeks(replay, way, delay=0.3)
    assert ((first.articles, first.comments), (second.articles, second.comments)) == (week1, week2)
    assert second.rewritten == first.rewritten == first.twice == second.twice == first.strays == second.strays == 0
    assert min(first.min_gap, second.min_gap) > 0.15, "a busy machine may move a request a little"
    assert (first.unchanged, second.unchanged > 4) == (0, True)


def test_what_robots_closes_is_not_asked_for(replay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "SOURCES_DIR", "ALLOW_PRIVATE_HOSTS"):
        monkeypatch.setenv(f"WATERCOOLER_{name}", "")
    assert against_robots(replay, delay=0.1) == 0


def test_an_operators_first_five_minutes(site: Site, tmp_path: Path) -> None:
    code, rows, _ = site.run(WEEK1, "sources", "add", START["pilot"], "--name", "second", "--yes", "--json")
    assert (code, rows[0]["name"]) == (0, "second")
    text = Path(rows[0]["file"]).read_text("utf-8")
    assert f'start_urls = ["{START["pilot"]}"]' in text
    assert 'title = "Pilot Season"' in text
    assert "# comments: isso" in text
    assert site.run(WEEK1, "sources", "check")[0] == 0
    code, _, err = site.run(WEEK1, "sources", "add", START["pilot"], "--name", "second", "--yes")
    assert (code, "there is a source 'second' already" in err) == (2, True)
