"""What is due: sources, and known pages to look at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.items import Failure, Host, Item, Report
from crawler.source import Revisit, Source
from tests.factories import NOW, make_article, make_page
from worker.ingest.crawl import Gathered, after_crawl, summary
from worker.ingest.health import Round, judge
from worker.ingest.visits import next_visit
from worker.schedule import BATCH, BEGUN, FEW, PER_HOST, SHARES, WAITING, WEARY, WORN, batches, due, due_sources
from worker.store import Store
from worker.store.articles import Watched
from worker.store.hosts import LEASE, OFFERED
from worker.store.sources import Crawled, SourceState

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
        found = [due(sources, sqlite_store, NOW + n * minute).crawls for n in (0, 1, 2, 4)]
        assert found == [(("s",),), (), (), (("s",),)]

    def test_many_sources_make_few_processes_that_are_as_large(self) -> None:
        sources = {str(n): source(f"s{n}") for n in range(2 * BATCH + 1)}
        assert [len(part) for part in batches(list(sources), sources)] == [334, 334, 333]
        assert [len(part) for part in batches(list(sources), sources, len(sources))] == [len(sources)]

    def test_sources_of_one_host_are_read_by_one_process(self) -> None:
        sources = {n: source(n, start_urls=[f"https://{host}/{n}"]) for n, host in HOSTS.items()}
        assert batches(list(sources), sources, 2) == [["a", "d"], ["b", "c"]]

    def test_workers_share_what_is_due_and_what_nobody_can_take_yet_stays_in_the_store(
        self, sqlite_store: Store
    ) -> None:
        sources = {f"{n:04}": source(f"{n:04}") for n in range(2 * SHARES * FEW)}
        waiting = {"crawl": WAITING - 1, "ingest": 0, "mail": 0}
        first = due(sources, sqlite_store, NOW, waiting).crawls
        assert [list(part) for part in first] == [list(sources)[:BATCH]], "room for one more, of the oldest"
        assert due(sources, sqlite_store, NOW, {"crawl": WAITING}).crawls == ()
        rest = due(sources, sqlite_store, NOW, {"crawl": 0}).crawls
        assert [len(part) for part in rest] == [138] * 4 + [137] * 4
        assert not {name for part in first for name in part} & {name for part in rest for name in part}

    def test_of_a_host_with_many_sources_some_are_read_at_a_time(self, sqlite_store: Store) -> None:
        sources = {f"{n:04}": source(f"{n:04}", start_urls=[f"https://one.example/{n}"]) for n in range(PER_HOST + 5)}
        ((*names,),) = due(sources, sqlite_store, NOW).crawls
        assert names == list(sources)[:PER_HOST]

    def test_a_source_that_ended_its_workers_is_read_alone_and_rests_in_the_end(self, sqlite_store: Store) -> None:
        sources = {name: source(name) for name in "abc"}
        with sqlite_store.begin() as tx:
            tx.sources.save_states([state(name, -HOUR) for name in "abc"])
            for _ in range(WEARY):
                tx.sources.began(["b"])
        assert due(sources, sqlite_store, NOW).crawls == (("a", "c"), ("b",))
        with sqlite_store.begin() as tx:
            for _ in range(WORN - WEARY):
                tx.sources.began(["b"])
        assert due(sources, sqlite_store, NOW + LEASE).crawls == (("a", "c"),)
        with sqlite_store.begin() as tx:
            found = tx.sources.states()["b"]
        assert (found.state, found.next_due) == ("stopped", NOW + LEASE + DAY)
        assert (
            found.reason
            == f"{WORN} crawls ended with their worker; it rests for a day. Read it alone: watercooler crawl b"
        )
        assert due(sources, sqlite_store, NOW + 2 * DAY).crawls == (("a", "c"), ("b",))

    def test_what_the_broker_lost_is_offered_again_as_soon_as_that_is_seen(self, sqlite_store: Store) -> None:
        sources = {"a": source("a")}
        assert due(sources, sqlite_store, NOW, {"crawl": 0}).crawls == (("a",),)
        soon = NOW + BEGUN - timedelta(seconds=1)
        assert due(sources, sqlite_store, soon, {"crawl": 0}).crawls == (), "a worker may be just beginning"
        assert due(sources, sqlite_store, NOW + BEGUN, {"crawl": 1}).crawls == (), "its message still waits"
        assert due(sources, sqlite_store, NOW + BEGUN, {"crawl": 0}).crawls == (("a",),)
        with sqlite_store.begin() as tx:
            tx.hosts.lease({"a.example"}, "a crawl", NOW + BEGUN, NOW + LEASE, over=OFFERED)
        assert due(sources, sqlite_store, NOW + 2 * BEGUN, {"crawl": 0}).crawls == (), (
            "a crawl that runs keeps its hosts"
        )

    def test_where_workers_end_for_any_reason_sources_are_still_read_together(self) -> None:
        names = [f"{n:04}" for n in range(2 * FEW)]
        sources = {name: source(name) for name in names}
        sizes = {
            tries: {len(p) for p in batches(names, sources, FEW, dict.fromkeys(names, tries))} for tries in range(6)
        }
        assert sizes == {0: {100}, 1: {100}, 2: {20}, 3: {4}, 4: {1}, 5: {1}}

    def test_a_host_that_is_being_asked_or_wants_its_peace_makes_its_sources_wait(self, sqlite_store: Store) -> None:
        sources = {n: source(n, start_urls=[f"https://{host}/{n}"]) for n, host in HOSTS.items()}
        with sqlite_store.begin() as tx:
            tx.hosts.lease({"one.example"}, "another crawl", NOW, NOW + HOUR)
            tx.hosts.save([Host("https://two.example", "", NOW, rest_until=NOW + 2 * HOUR)])
        assert due(sources, sqlite_store, NOW).crawls == (("c",),)
        assert due(sources, sqlite_store, NOW + HOUR).crawls == (("a", "d", "c"),)
        assert due(sources, sqlite_store, NOW + 2 * HOUR).crawls == (("a", "d", "b", "c"),)
        with sqlite_store.begin() as tx:
            tx.hosts.release("offered", {"one.example"})
            assert "one.example" not in tx.hosts.busy(NOW + 2 * HOUR)


HOSTS = {"a": "one.example", "b": "two.example", "c": "three.example", "d": "www.one.example"}


def after(source: Source, before: SourceState, *items: Item, stopped: str = "") -> SourceState:
    """The state that a crawl with these items leaves."""
    gathered = Gathered()
    for item in items:
        gathered.count(item)
    crawled = summary(source, gathered, NOW)
    of = Round(failures=gathered.failures, stopped=stopped, reported=gathered.report is not None)
    return after_crawl(source, before, crawled, gathered, judge(source, crawled, of, (), before))


def report(**values: Any) -> Report:
    return Report("https://s.example/", "s", **{"fetched": 1, **values})


class TestTurns:
    def test_a_good_crawl_makes_a_source_well_again(self) -> None:
        found = after(source(every="2h"), state(failures=5), make_article(source="s"), report())
        assert (found.state, found.failures, found.next_due, found.complete) == ("ok", 0, NOW + 2 * HOUR, True)

    def test_a_page_that_fails_does_not_make_its_source_ill(self) -> None:
        failure = Failure("https://s.example/x", "s", "http-500", "try later")
        found = after(source(), state(), failure, report(fetched=1, failed=1))
        assert (found.state, found.reason) == ("ok", "1 of 2 pages gave nothing")

    def test_a_source_that_fails_is_tried_less_and_less_but_always(self) -> None:
        found, waits = state(), []
        for _ in range(40):
            failure = Failure("https://s.example/", "s", "unreachable", "is it down?")
            found = after(source(), found, failure, report(fetched=0, failed=1))
            waits.append(found.next_due - NOW)
        assert (found.state, found.reason) == ("unreachable", "is it down?")
        assert waits[:5] == [2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]
        assert waits[-1] == DAY

    def test_a_crawl_that_was_cut_off_is_no_good_crawl(self) -> None:
        found = after(source(), state(), make_page(source="s"), stopped="it died")
        assert (found.state, found.reason, found.failures) == ("stopped", "it died", 1)

    def test_a_source_is_asked_often_while_it_brings_something_and_less_when_not(self) -> None:
        own, found, waits = source(every="1h", every_max="6h"), state(), []
        for items in 11 * [[]] + 4 * [[make_article(source="s")]]:
            found = after(own, found, *items, report())
            waits.append((found.next_due - NOW) / HOUR)
        assert waits == [pytest.approx(min(6, 1.25**n)) for n in range(10)] + [6, 3, 1.5, 1, 1]

    def test_a_server_that_says_that_nothing_changes_is_believed_for_a_while(self) -> None:
        found = after(source(), state(), report(fresh_until=NOW + 3 * HOUR))
        assert found.next_due == NOW + 3 * HOUR
        found = after(source(every_max="2h"), state(), report(fresh_until=NOW + 30 * DAY))
        assert found.next_due == NOW + 2 * HOUR

    def test_how_often_a_source_brings_something_is_remembered(self) -> None:
        found = state()
        for days in (0, 1, 2):
            at = Crawled("s", NOW + days * DAY, "", 1, 0, 0, 0, None, 1, 1, 100, 0, 0)
            found = after_crawl(source(), found, at, Gathered(report()), ("ok", ""))
        assert (found.last_new, found.usual_gap) == (NOW + 2 * DAY, DAY.total_seconds())

    def test_a_start_url_that_has_moved_is_told(self) -> None:
        found = after(source(), state(), report(moved_to="https://new.example/"))
        assert found.reason == "https://s.example/ has moved for good to https://new.example/; correct the source file"


class TestVisits:
    def test_gaps_grow_with_the_quiet(self) -> None:
        gaps, at = [], NOW
        while (then := next_visit(Watched(False, NOW, NOW, NOW), Revisit(), at)) is not None:
            gaps.append((then - NOW) / HOUR)
            at = then
        assert gaps == [1, 3, 9, 27, 81, 177, 273, 369]

    def test_a_change_starts_anew_and_live_pages_are_watched_closely_and_long(self) -> None:
        changed = Watched(False, NOW - 30 * DAY, NOW - 10 * DAY, NOW)
        assert next_visit(changed, Revisit(), NOW) == NOW + HOUR
        quiet = Watched(True, NOW - 90 * DAY, NOW - 40 * DAY, NOW - 40 * DAY)
        assert next_visit(quiet, Revisit(), NOW) == NOW + DAY
        assert next_visit(replace(quiet, live=False), Revisit(), NOW) is None
        assert next_visit(replace(quiet, active_at=NOW - 60 * DAY), Revisit(), NOW) is None

    def test_a_page_that_is_old_when_we_meet_it_is_not_visited_as_if_it_were_new(self) -> None:
        old = Watched(False, NOW - 400 * DAY, NOW, NOW)
        assert next_visit(old, Revisit(), NOW) == NOW + 4 * DAY

    def test_the_source_file_decides(self) -> None:
        new = Watched(False, NOW, NOW, NOW)
        assert next_visit(new, Revisit(enabled=False), NOW) is None
        assert next_visit(new, Revisit(first=timedelta(hours=5)), NOW) == NOW + 5 * HOUR
        assert next_visit(replace(new, active_at=NOW - 3 * DAY), Revisit(until=timedelta(days=3)), NOW) is None

    def test_a_server_that_says_that_nothing_changes_is_believed(self) -> None:
        assert next_visit(Watched(False, NOW, NOW, NOW), Revisit(), NOW, NOW + 5 * HOUR) == NOW + 5 * HOUR
