"""What is due: sources, and known pages to look at again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.items import Failure
from crawler.source import Source
from tests.factories import NOW, make_page
from worker.ingest.crawl import CrawlTally, after_crawl, wants_visit
from worker.schedule import BATCH, batches, due, due_sources
from worker.store import Store
from worker.store.articles import Watched
from worker.store.sources import SourceState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def source(name: str = "s", **values: object) -> Source:
    return Source.model_validate({"name": name, "start_urls": [f"https://{name}.example/"], **values})


def state(name: str = "s", next_due: timedelta = HOUR, failures: int = 0) -> SourceState:
    return SourceState(name, NOW - DAY, NOW - HOUR, NOW + next_due, failures, "ok", "")


class TestSources:
    def test_new_and_waiting_ones_are_due_paused_ones_never(self) -> None:
        sources = {n: source(n, enabled=n != "paused") for n in ("new", "late", "later", "early", "paused")}
        states = {"late": state("late", -DAY), "later": state("later", -HOUR), "early": state("early", HOUR)}
        assert due_sources(sources, states, NOW) == ("new", "late", "later")

    def test_a_crawl_that_was_handed_out_is_not_handed_out_again_until_it_must_be_lost(
        self, sqlite_store: Store
    ) -> None:
        sources = {"s": source()}
        minute = timedelta(minutes=1)
        assert [due(sources, sqlite_store, NOW + n * minute).sources for n in (0, 1, 64, 66)] == [
            ("s",),
            (),
            (),
            ("s",),
        ]
        with sqlite_store.begin() as tx:
            assert tx.sources.first_crawled("s") == NOW

    def test_many_sources_make_few_processes(self) -> None:
        assert [len(part) for part in batches([str(n) for n in range(2 * BATCH + 1)])] == [BATCH, BATCH, 1]

    def test_a_good_crawl_makes_a_source_well_again(self) -> None:
        tally = CrawlTally()
        tally.count(make_page(source="s"))
        after = after_crawl(source(every="2h"), state(failures=5), tally, NOW)
        assert (after.state, after.failures, after.next_due, after.complete) == ("ok", 0, NOW + 2 * HOUR, True)

    def test_a_page_that_fails_does_not_make_its_source_ill(self) -> None:
        tally = CrawlTally()
        tally.count(make_page(source="s"))
        tally.count(Failure("https://s.example/x", "s", "http-500", "try later"))
        after = after_crawl(source(), state(), tally, NOW)
        assert (after.state, after.reason) == ("ok", "1 of 2 pages gave nothing")

    def test_a_source_that_fails_is_tried_less_and_less_but_always(self) -> None:
        tally, found, waits = CrawlTally(), state(), []
        tally.count(Failure("https://s.example/", "s", "unreachable", "is it down?"))
        for _ in range(40):
            found = after_crawl(source(), found, tally, NOW)
            waits.append(found.next_due - NOW)
        assert (found.state, found.reason) == ("unreachable", "is it down?")
        assert waits[:5] == [2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]
        assert waits[-1] == DAY

    def test_a_crawl_that_was_cut_off_is_no_good_crawl(self) -> None:
        tally = CrawlTally(stopped="the crawling process ended early")
        tally.count(make_page(source="s"))
        assert after_crawl(source(), state(), tally, NOW).state == "empty"


class TestVisits:
    @pytest.mark.parametrize(
        ("live", "active", "fetched", "wanted"),
        [
            (False, timedelta(0), timedelta(minutes=59), False),
            (False, HOUR, HOUR, True),
            (False, 6 * HOUR, HOUR, False),
            (False, 6 * HOUR, 2 * HOUR, True),
            (False, 7 * DAY, 2 * DAY, False),
            (False, 7 * DAY, 3 * DAY, True),
            (False, 15 * DAY, 15 * DAY, False),
            (True, 15 * DAY, 15 * DAY, True),
            (True, 61 * DAY, 61 * DAY, False),
        ],
    )
    def test_gaps_grow_with_the_quiet(self, live: bool, active: timedelta, fetched: timedelta, wanted: bool) -> None:
        assert wants_visit(Watched("u", live, NOW - active, NOW - fetched), NOW) is wanted
