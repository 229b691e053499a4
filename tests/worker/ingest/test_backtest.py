"""Today's rules over the past: nothing differs while the rules are the same, and what differs is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from crawler.items import Section, to_json
from tests.factories import NOW, make_article
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.backtest import Difference, Past, Said, Stood, compare, replay
from worker.models import Standing
from worker.store import Store, open_store
from worker.store.corrections import Correction, Fault

LONG_AGO = NOW - timedelta(days=60)
HOUR = timedelta(hours=1)
SAID = "An insider says that Harbour Lights has been renewed for a second season."
DATED = "Harbour Lights season 2 premieres on 4 May 2027, the network announced."


def said(url: str, value: str = "renewed", story: int = 1, standing: Standing = Standing.RUMOUR) -> Said:
    return Said(url, "Harbour Lights", 2, "status", value, standing, story, "It is.")


def past(*claims: Said, articles: tuple[Stood, ...] = ()) -> Past:
    return Past({one.url: one for one in articles}, claims)


def fill(store: Store) -> None:
    """Two outlets' articles, a copy, and a page that is rewritten."""
    with store.begin() as tx:
        tx.shows.add("Harbour Lights", aliases=["Harbor Lights"], now=NOW)
    long = (
        f"{SAID} The makers were seen at the pier, and the lamp was turning for the first time since the last winter."
    )
    first = make_article(long, title="Harbour Lights renewed for season 2")
    copy = replace(first, url="https://copy.example/b", source="copy", outlet="Copy", published=NOW + HOUR)
    live = make_article(
        DATED,
        url="https://live.example/c",
        source="live",
        title="When does Harbour Lights return?",
        sections=(Section("", DATED),),
    )
    moved = "Harbour Lights season 2 premieres on 9 August 2027, the network announced."
    later = replace(live, text=moved, sections=(Section("", moved),))
    for time, article in ((NOW, first), (NOW + HOUR, copy), (NOW + HOUR, live), (NOW + 5 * HOUR, later)):
        with store.begin() as tx:
            ids = tx.sources.receive([[to_json(article)]], time)
        assert ingest_inbox(store, ids, Shelf({}), time).set_aside == 0


def again(store: Store, folder: Path) -> tuple[Past, Past]:
    scratch = open_store(f"sqlite:///{folder / 'scratch.db'}")
    try:
        return replay(store, scratch, Shelf({}), LONG_AGO)
    finally:
        scratch.close()


class TestReplay:
    def test_the_same_rules_make_the_same_of_it(self, store: Store, tmp_path: Path) -> None:
        fill(store)
        before, after = again(store, tmp_path)
        assert len(before.articles) == 3
        assert {one.value for one in before.claims} >= {"renewed", "4 May 2027", "9 Aug 2027"}
        assert before.articles["https://copy.example/b"].copy_of == "https://my-outlet.example/a"
        assert compare(before, after).is_nothing

    def test_nothing_that_is_stored_changes(self, sqlite_store: Store, tmp_path: Path) -> None:
        fill(sqlite_store)
        with sqlite_store.begin() as tx:
            counts = tx.stories.counts()
        again(sqlite_store, tmp_path)
        with sqlite_store.begin() as tx:
            assert tx.stories.counts() == counts
            assert tx.sources.waiting() == 0

    def test_a_rule_that_was_made_since_shows(self, sqlite_store: Store, tmp_path: Path) -> None:
        fill(sqlite_store)
        with sqlite_store.begin() as tx:  # the rule alone, without what it does to what is stored
            url = "https://my-outlet.example/a"
            tx.corrections.add(Correction(0, Fault.NOT_NEWS, url, "", "", "", "", NOW))
        difference = compare(*again(sqlite_store, tmp_path))
        assert {one.url for one in difference.lost} == {"https://my-outlet.example/a"}
        ((was, now),) = difference.judged
        assert (was.is_news, now.is_news) == (True, False)
        assert difference.gained == ()

    def test_what_came_before_is_left_out(self, sqlite_store: Store, tmp_path: Path) -> None:
        fill(sqlite_store)
        scratch = open_store(f"sqlite:///{tmp_path / 'scratch.db'}")
        before, after = replay(sqlite_store, scratch, Shelf({}), NOW + HOUR)
        scratch.close()
        assert set(before.articles) == set(after.articles) == {"https://copy.example/b", "https://live.example/c"}
        assert before.articles["https://copy.example/b"].copy_of is None


class TestComparing:
    def test_gained_lost_and_restated(self) -> None:
        before = past(said("a"), said("b"), said("c", standing=Standing.OFFICIAL))
        after = past(said("a"), said("c"), said("d"))
        difference = compare(before, after)
        assert [one.url for one in difference.gained] == ["d"]
        assert [one.url for one in difference.lost] == ["b"]
        assert [(old.standing, new.standing) for old, new in difference.surer] == [(Standing.OFFICIAL, Standing.RUMOUR)]
        assert difference.merged == difference.split == ()

    def test_stories_that_become_one_and_one_that_becomes_two(self) -> None:
        before = past(said("a", story=1), said("b", story=2), said("c", story=3), said("d", story=3))
        after = past(said("a", story=7), said("b", story=7), said("c", story=8), said("d", story=9))
        difference = compare(before, after)
        assert [[one.url for one in group] for group in difference.merged] == [["a", "b"]]
        assert [[one.url for one in group] for group in difference.split] == [["c", "d"]]

    def test_a_gained_claim_is_no_merger(self) -> None:
        difference = compare(past(said("a", story=1)), past(said("a", story=5), said("b", story=5)))
        assert difference.merged == difference.split == ()

    def test_case_and_repetition_are_no_difference(self) -> None:
        before = past(said("a", "Renewed"), said("a", "renewed", standing=Standing.OFFICIAL))
        assert compare(before, past(said("a", "renewed", standing=Standing.OFFICIAL))).is_nothing

    def test_nothing_is_nothing(self) -> None:
        assert compare(past(), past()) == Difference((), (), (), (), (), ())
