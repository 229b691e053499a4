"""The store's contract: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from crawler.items import Host, Section
from tests.factories import NOW, make_article, make_claim, make_page, make_thread, make_when
from worker.errors import SettingsError, StoreError
from worker.models import (
    Change,
    ClaimState,
    DeliveryState,
    Field,
    Kind,
    Labels,
    Move,
    Preferences,
    SectionChange,
    ShowMatch,
    Standing,
)
from worker.store import Store, Tx, open_store
from worker.store.deliveries import Record
from worker.store.migrate import HEAD, revision
from worker.store.schema import metadata
from worker.store.shows import show_key
from worker.store.sources import SetAside, SourceState
from worker.store.stories import claim_key
from worker.store.subscribers import Sent

LATER = NOW + timedelta(days=7)


def add_article(tx: Tx, url: str = "https://my-outlet.example/a", **values: object) -> int:
    article = make_article(url=url, **values)
    return tx.articles.add(article, family="my-outlet", tier="fan", background=False, duplicate_of=None, now=NOW).id


def new_story(value: str = "renewed", standing: Standing = Standing.RUMOUR) -> Move:
    return Move(None, Change.NEW, None, (), standing, value, None, "first said")


class TestMigrations:
    def test_a_new_database_is_at_the_newest_schema(self, store: Store) -> None:
        assert revision(store.engine) == HEAD
        assert set(metadata.tables) <= set(inspect(store.engine).get_table_names())

    def test_the_steps_make_just_the_tables_of_the_schema(self, store: Store) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with store.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    def test_the_newest_step_is_the_one_the_code_names(self) -> None:
        steps = Path(__file__).parents[3] / "worker" / "store" / "migrations" / "versions"
        assert max(path.name[:4] for path in steps.glob("[0-9]*.py")) == HEAD

    def test_a_database_of_a_newer_program_is_left_alone(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.db'}"
        store = open_store(url)
        with store.begin() as tx:
            tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        store.close()
        with pytest.raises(StoreError, match="schema 9999.*newer Watercooler"):
            open_store(url)


class TestOpening:
    @pytest.mark.parametrize("url", ["mysql://u:p@h/d", "nonsense", "postgresql+nodriver://h/d"])
    def test_a_url_of_no_use_says_what_is_wanted(self, url: str) -> None:
        with pytest.raises(SettingsError, match="WATERCOOLER_DATABASE_URL"):
            open_store(url)

    def test_a_file_that_is_no_database_is_one_clear_line(self, tmp_path: Path) -> None:
        (tmp_path / "no.db").write_text("this is no database, but a text of some length " * 20)
        with pytest.raises(StoreError, match=r"no\.db cannot be opened"):
            open_store(f"sqlite:///{tmp_path / 'no.db'}")

    def test_a_server_that_is_down_is_told_without_its_password(self) -> None:
        with pytest.raises(StoreError, match="cannot be opened") as error:
            open_store("postgresql+psycopg://u:secret@127.0.0.1:1/d")
        assert "secret" not in str(error.value)


class TestTransactions:
    def test_an_error_undoes_the_whole_transaction(self, store: Store) -> None:
        with pytest.raises(RuntimeError), store.begin() as tx:
            add_article(tx)
            raise RuntimeError
        with store.begin() as tx:
            assert tx.articles.count() == 0

    def test_a_savepoint_undoes_its_own_part_alone(self, store: Store) -> None:
        with store.begin() as tx:
            add_article(tx)
            with pytest.raises(RuntimeError), tx.savepoint():
                add_article(tx, "https://my-outlet.example/b")
                raise RuntimeError
        with store.begin() as tx:
            assert tx.articles.count() == 1

    def test_one_that_reads_holds_up_nobody_and_changes_nothing(self, store: Store) -> None:
        with store.read() as reading:
            assert reading.articles.count() == 0
            with store.begin() as tx:
                add_article(tx)
        with pytest.raises(DBAPIError, match="read-?only"), store.read() as tx:
            add_article(tx, "https://my-outlet.example/b")
        with store.begin() as tx:
            add_article(tx, "https://my-outlet.example/c")
            assert tx.articles.count() == 2

    def test_read_then_write_from_many_threads_loses_nothing(self, sqlite_store: Store) -> None:
        def fail_ten_times() -> None:
            for _ in range(10):
                with sqlite_store.begin() as tx:
                    tx.sources.set_aside([SetAside("s", "u", "r", "d")], NOW)

        threads = [threading.Thread(target=fail_ten_times) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with sqlite_store.begin() as tx:
            assert tx.connection.execute(text("SELECT times FROM failures")).scalar() == 60

    def test_times_come_back_aware_and_naive_ones_are_refused(self, store: Store) -> None:
        elsewhere = datetime.fromisoformat("2027-03-05T09:00:00+01:00")
        with store.begin() as tx:
            tx.sources.save_pages([make_page(fetched_at=elsewhere)])
        with store.begin() as tx:
            assert tx.sources.known_pages(["my-outlet"])["https://my-outlet.example/a"].fetched_at == NOW
        with pytest.raises(Exception, match="without zone"), store.begin() as tx:
            tx.sources.save_pages([make_page(fetched_at=NOW.replace(tzinfo=None))])


class TestSources:
    def test_an_unchanged_page_keeps_the_validators_that_earned_its_304(self, store: Store) -> None:
        with store.begin() as tx:
            tx.sources.save_pages([make_page(etag='"1"', fingerprint="f")])
            tx.sources.save_pages([make_page(status=304, fetched_at=LATER)])
            page = tx.sources.known_pages(["my-outlet"])["https://my-outlet.example/a"]
        assert (page.etag, page.fingerprint, page.status, page.fetched_at) == ('"1"', "f", 200, LATER)

    def test_the_first_crawl_of_a_source_is_remembered(self, store: Store) -> None:
        with store.begin() as tx:
            tx.sources.save_states([SourceState("s", NOW, NOW, NOW, 0, "new", "")])
            tx.sources.save_states([SourceState("s", LATER, LATER, LATER, 0, "ok", "")])
            assert tx.sources.first_crawled("s") == NOW
            assert tx.sources.states()["s"].last_crawled == LATER

    def test_received_items_wait_until_they_are_ingested(self, store: Store) -> None:
        with store.begin() as tx:
            ids = tx.sources.receive([[{"url": "a"}], [{"url": "b"}]], NOW)
        with store.begin() as tx:
            assert [items for _, items in tx.sources.received(ids)] == [[{"url": "a"}], [{"url": "b"}]]
            tx.sources.ingested(ids[:1])
        with store.begin() as tx:
            assert tx.sources.waiting() == 1
            assert tx.sources.received(ids) == [(ids[1], [{"url": "b"}])]

    def test_items_that_a_worker_has_in_hand_are_given_to_nobody_else_until_its_time_is_over(
        self, store: Store
    ) -> None:
        with store.begin() as tx:
            first, second, third = tx.sources.receive([[{"url": name}] for name in "abc"], NOW)
            assert tx.sources.take(2, NOW, LATER) == [first, second]
            assert tx.sources.take(9, NOW, LATER) == [third]
            assert (tx.sources.take(9, NOW, LATER), tx.sources.to_take(NOW, timedelta(0))) == ([], 0)
            assert tx.sources.to_take(LATER, timedelta(0)) == 3

    def test_items_that_ended_their_worker_are_tried_alone_and_those_that_wear_it_out_are_told(
        self, store: Store
    ) -> None:
        with store.begin() as tx:
            first, second = tx.sources.receive([[{"url": "a"}], [{"url": "b"}]], NOW)
            tx.sources.take(2, NOW, NOW)
            (new,) = tx.sources.receive([[{"url": "c"}]], NOW)
            assert tx.sources.take(9, NOW, LATER) == [first]
            assert tx.sources.take(9, NOW, LATER) == [second]
            assert tx.sources.take(9, NOW, LATER) == [new]
            assert tx.sources.worn(2, NOW) == []
            assert [number for number, _ in tx.sources.worn(2, LATER)] == [first, second]
            tx.sources.give_back([second])
            assert tx.sources.take(9, NOW, LATER) == [second]


class TestTurns:
    MINUTE = timedelta(minutes=1)

    def test_of_two_who_come_for_a_turn_one_gets_it(self, store: Store) -> None:
        with store.begin() as tx:
            times = (NOW, NOW + self.MINUTE / 2, NOW + self.MINUTE, NOW + self.MINUTE)
            assert [tx.turns.take("tick", "a", time, self.MINUTE) for time in times] == [True, False, True, False]

    def test_a_clock_that_was_set_back_stops_nothing(self, store: Store) -> None:
        with store.begin() as tx:
            assert tx.turns.take("tick", "a", NOW + 100 * self.MINUTE, self.MINUTE)
            assert tx.turns.take("tick", "a", NOW, self.MINUTE)

    def test_when_it_was_done_last_is_told(self, store: Store) -> None:
        with store.begin() as tx:
            assert tx.turns.last("tick") is None
            tx.turns.take("tick", "a", NOW)
            assert tx.turns.last("tick") is None
            tx.turns.done("tick", NOW)
            assert tx.turns.last("tick") == NOW


class TestHosts:
    def test_one_holder_a_host_at_a_time(self, store: Store) -> None:
        with store.begin() as tx:
            assert tx.hosts.lease({"a.example", "b.example"}, "one", NOW, LATER) == {"a.example", "b.example"}
            assert tx.hosts.lease({"b.example", "c.example"}, "two", NOW, LATER) == {"c.example"}
            assert tx.hosts.lease({"b.example"}, "two", NOW, LATER, over="one") == {"b.example"}
            assert (tx.hosts.renew("one", LATER + timedelta(hours=1)), tx.hosts.renew("two", LATER)) == (1, 2)
            assert tx.hosts.lease({"a.example", "b.example"}, "three", LATER, LATER) == {"b.example"}

    def test_a_host_at_rest_is_leased_to_nobody(self, store: Store) -> None:
        with store.begin() as tx:
            tx.hosts.save([Host("https://a.example", "", NOW, rest_until=LATER)])
            assert tx.hosts.lease({"a.example"}, "one", NOW, LATER) == set()
            assert tx.hosts.lease({"a.example"}, "one", LATER, LATER) == {"a.example"}


class TestArticles:
    def test_an_article_comes_back_as_it_was_stored(self, store: Store) -> None:
        article = make_article(
            authors=("Ann Example",), sections=(Section("", "One."), Section("When?", "Two.")), shows=("Night Ferry",)
        )
        with store.begin() as tx:
            tx.articles.add(article, family="f", tier="fan", background=True, duplicate_of=None, now=NOW)
        with store.begin() as tx:
            stored = tx.articles.by_url(article.url)
        assert stored is not None
        assert stored.article == article
        assert (stored.family, stored.tier, stored.background, stored.version) == ("f", "fan", True, 1)

    def test_versions_keep_what_changed(self, store: Store) -> None:
        change = SectionChange("When?", ("In 2027.",), ("On 14 Jan 2028.",))
        with store.begin() as tx:
            add_article(tx)
            stored = tx.articles.by_url("https://my-outlet.example/a")
            assert stored is not None
            assert tx.articles.add_version(stored, make_article("New text."), [change], LATER) == 2
            assert [v.changes for v in tx.articles.versions(stored.id)] == [(), (change,)]
            again = tx.articles.by_url("https://my-outlet.example/a")
        assert again is not None
        assert (again.version, again.article.text, again.first_seen, again.changed_at) == (2, "New text.", NOW, LATER)

    def test_comments_are_counted_once_and_never_forgotten(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            assert tx.articles.save_thread(article_id, make_thread("one", "two"), NOW) == 2
            more = make_thread("one", "two", "three")
            more = replace(more, comments=more.comments[1:], declared_count=9)
            assert tx.articles.save_thread(article_id, more, LATER) == 1
            thread = tx.articles.thread(article_id)
            assert tx.articles.comment_counts() == (3, 9)
        assert thread is not None
        assert {comment.text for comment in thread.comments} == {"one", "two", "three"}

    def test_who_wrote_a_comment_is_forgotten_after_a_while(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            tx.articles.save_thread(article_id, make_thread("one", "two"), NOW)
            tx.articles.save_thread(article_id, make_thread("one", "two", "three"), LATER)
            assert tx.articles.forget_names(NOW, 10) == 0
            assert [tx.articles.forget_names(LATER, most) for most in (1, 10, 10)] == [1, 1, 0]
            thread = tx.articles.thread(article_id)
        assert thread is not None
        assert [comment.author is None for comment in thread.comments] == [True, True, False]

    def test_a_thread_without_new_comments_is_not_active_again(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            tx.sources.save_pages([make_page()])
            tx.articles.save_thread(article_id, make_thread("one"), NOW)
            tx.articles.save_thread(article_id, make_thread("one"), LATER)
            watched = tx.articles.watched(make_page().url)
            assert watched is not None
            assert watched.active_at == NOW
            tx.articles.save_thread(article_id, make_thread("one", "two"), LATER)
            watched = tx.articles.watched(make_page().url)
            assert watched is not None
            assert watched.active_at == LATER

    def test_an_article_is_given_as_it_will_be_found(self, store: Store) -> None:
        away = timezone(timedelta(hours=-5))
        article = make_article(
            published=NOW.astimezone(away), shows=("Salt",), summary="s", moved_from="https://x.example"
        )
        with store.begin() as tx:
            given = tx.articles.add(article, family="f", tier="fan", background=True, duplicate_of=None, now=NOW)
            assert given == tx.articles.by_id(given.id)
            assert given.article.published is not None
            assert given.article.published.utcoffset() == timedelta(0)

    def test_a_text_is_signed_anew(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            tx.copies.sign(article_id, "v1", [1, 2], [5, 6])
            tx.copies.sign(article_id, "v1", [3, 4], [6, 7])
            assert tx.copies.alike([5], "v1", NOW) == []
            assert [digest for _, digest in tx.copies.alike([7, 6], "v1", NOW)] == [(3, 4)]
            assert tx.copies.alike([], "v1", NOW) == []

    def test_the_same_text_is_found_by_its_first_article(self, store: Store) -> None:
        with store.begin() as tx:
            first, _ = add_article(tx), add_article(tx, "https://my-outlet.example/b")
            found = tx.copies.same(make_article().fingerprint)
            assert found is not None
            assert found.id == first
            assert tx.copies.same("other") is None

    def test_articles_that_share_a_band_are_alike(self, store: Store) -> None:
        with store.begin() as tx:
            first, second = add_article(tx), add_article(tx, "https://my-outlet.example/b")
            tx.copies.sign(first, "v1", [1, 2], [-(2**62), 5])
            tx.copies.sign(second, "v1", [3, 4], [6])
            assert [(a.id, digest) for a, digest in tx.copies.alike([5, 7], "v1", NOW)] == [(first, (1, 2))]
            assert tx.copies.alike([5], "v2", NOW) == []
            assert tx.copies.alike([5], "v1", LATER) == []

    def test_labels_and_shows_are_listed(self, store: Store) -> None:
        labels = Labels(True, (Kind.RENEWAL, Kind.CASTING), Standing.RUMOUR, 2, ("r",), (("When?", (Kind.CASTING,)),))
        with store.begin() as tx:
            article_id = add_article(tx)
            show = tx.shows.add("Harbour Lights", now=NOW)
            tx.articles.label(article_id, labels, [ShowMatch(show.id, show.name, show.name, "title", "name")])
            row = tx.articles.rows(show_id=show.id)[0]
        assert row.shows == ("Harbour Lights",)
        assert row.stored.labels == labels

    def test_articles_that_name_a_new_show_are_found(self, store: Store) -> None:
        with store.begin() as tx:
            add_article(tx, text="All about NIGHT ferry.")
            add_article(tx, "https://my-outlet.example/b", text="100% other")
            assert len(tx.articles.containing(["Night Ferry"])) == 1
            assert len(tx.articles.containing(["100%"])) == 1
            assert len(tx.articles.containing(["1_0"])) == 0


class TestLedger:
    def test_a_claim_makes_a_story_and_an_update_once(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            show = tx.shows.add("Harbour Lights", now=NOW)
            claim = make_claim(show_id=show.id, article_id=article_id)
            update = tx.stories.keep(claim, new_story(), 50)
            assert update is not None
            assert (update.change, update.importance) == (Change.NEW, 50)
            assert tx.stories.keys_of(claim.article_id) == {claim_key(claim)}
            assert claim_key(claim) != claim_key(replace(claim, standing=Standing.OFFICIAL))
            assert [story.value for story in tx.stories.ledger(show.id, Field.STATUS)] == ["renewed"]
            assert tx.stories.updates([show.id], NOW - timedelta(1), NOW) == [update]
            assert tx.stories.updates([show.id], NOW, LATER) == []

    def test_a_move_closes_the_story_it_overtakes(self, store: Store) -> None:
        when = make_when("early 2028", "2028-01-01", "2028-04-30")
        with store.begin() as tx:
            article_id = add_article(tx)
            show = tx.shows.add("Harbour Lights", now=NOW)
            said = make_claim(show_id=show.id, article_id=article_id, field=Field.RELEASE, value="2027")
            tx.stories.keep(said, new_story("2027"), 1)
            old = tx.stories.ledger(show.id)[0]
            moved = replace(said, value="early 2028", standing=Standing.OFFICIAL, when=when, seen_at=LATER)
            close = ((old.id, ClaimState.MOVED),)
            move = Move(None, Change.MOVED, old, close, Standing.OFFICIAL, "early 2028", when, "why")
            update = tx.stories.keep(moved, move, 9)
            stories = tx.stories.ledgers([show.id])[show.id]
        assert update is not None
        assert (update.was_value, update.was_standing, update.was_at) == ("2027", Standing.RUMOUR, NOW)
        assert [(story.state, story.when) for story in stories] == [(ClaimState.MOVED, None), (ClaimState.OPEN, when)]

    def test_a_copy_does_not_count_as_another_family(self, store: Store) -> None:
        with store.begin() as tx:
            first, second = add_article(tx), add_article(tx, "https://other.example/b")
            show = tx.shows.add("Harbour Lights", now=NOW)
            tx.stories.keep(make_claim(show_id=show.id, article_id=first), new_story(), 1)
            story = tx.stories.ledger(show.id)[0]
            same = Move(story, None, None, (), story.standing, story.value, None, "a copy")
            copy = make_claim(show_id=show.id, article_id=second, family="other", copy_of=first)
            assert tx.stories.keep(copy, same, 0) is None
            assert tx.stories.ledger(show.id)[0].families == ("my-outlet",)
            tx.stories.keep(replace(copy, standing=Standing.REPORTED, copy_of=None), same, 0)
            assert tx.stories.ledger(show.id)[0].families == ("my-outlet", "other")

    def test_background_is_in_the_ledger_and_in_no_window(self, store: Store) -> None:
        with store.begin() as tx:
            article_id = add_article(tx)
            show = tx.shows.add("Harbour Lights", now=NOW)
            tx.stories.keep(make_claim(show_id=show.id, article_id=article_id, background=True), new_story(), 1)
            assert tx.stories.ledger(show.id)
            assert tx.stories.updates([show.id], NOW - timedelta(1), NOW) == []


class TestShows:
    def test_remakes_get_keys_of_their_own(self, store: Store) -> None:
        with store.begin() as tx:
            keys = [tx.shows.add("The Office", country=c, now=NOW).key for c in ("GB", "AU", "AU")]
        assert keys == ["the-office", "the-office-au", "the-office-2"]

    @pytest.mark.parametrize(
        ("name", "key"), [("Shōgun (2024)", "shogun-2024"), ("지금 우리 학교는", "지금-우리-학교는"), ("!!!", "show")]
    )
    def test_keys_are_made_of_names(self, name: str, key: str) -> None:
        assert show_key(name) == key

    def test_the_mark_moves_with_the_registry(self, store: Store) -> None:
        with store.begin() as tx:
            marks = [tx.shows.mark()]
            show = tx.shows.add("Night Ferry", state="proposed", evidence="my-outlet", now=NOW)
            marks.append(tx.shows.mark())
            tx.shows.add_aliases(show.id, ["The Night Ferry"])
            marks.append(tx.shows.mark())
            assert tx.shows.proposed() == {show.id: "my-outlet"}
            tx.shows.accept(show.id)
            assert tx.shows.proposed() == {}
        assert len(set(marks)) == 3

    def test_the_mark_moves_back_with_what_is_undone(self, store: Store) -> None:
        with store.begin() as tx:
            before = tx.shows.mark()
            with pytest.raises(ZeroDivisionError), tx.savepoint():
                tx.shows.add("Night Ferry", now=NOW)
                assert tx.shows.mark() != before
                raise ZeroDivisionError
            assert tx.shows.mark() == before

    def test_the_mark_moves_when_names_go(self, store: Store) -> None:
        with store.begin() as tx:
            one, other = (tx.shows.add(name, aliases=[f"The {name}"], now=NOW) for name in ("Ferry", "Anchor"))
            marks = [tx.shows.mark()]
            tx.shows.drop_alias(one.id, "The Ferry")
            marks.append(tx.shows.mark())
            tx.shows.merge(one, other)
            marks.append(tx.shows.mark())
        assert len(set(marks)) == 3


class TestDeliveries:
    def plan(self, tx: Tx, count: int = 1) -> tuple[int, list[int]]:
        ids = []
        for n in range(count):
            reader = tx.subscribers.add(
                f"r{n}@example.org", f"r{n}@example.org", state="active", preferences=Preferences(), now=NOW
            )
            ids.append(reader.id)
        issue, new = tx.issues.open(
            "k", trigger="admin", asked_by="a", period_end=NOW, show_id=None, since=None, now=NOW
        )
        assert new
        tx.deliveries.plan(issue.id, ids, NOW)
        return issue.id, ids

    def test_asking_twice_opens_and_plans_once(self, store: Store) -> None:
        with store.begin() as tx:
            issue_id, ids = self.plan(tx, 3)
            again, new = tx.issues.open(
                "k", trigger="admin", asked_by="b", period_end=LATER, show_id=None, since=None, now=LATER
            )
            tx.deliveries.plan(issue_id, ids, LATER)
            assert (again.id, new, again.period_end) == (issue_id, False, NOW)
            assert len(tx.deliveries.of_issue(issue_id)) == 3
            assert tx.issues.latest() == [again]
            assert tx.deliveries.counts([issue_id]) == {issue_id: {"planned": 3}}

    def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(self, store: Store) -> None:
        lease = timedelta(minutes=10)
        with store.begin() as tx:
            self.plan(tx)
            due = tx.deliveries.due(NOW)
            assert len(tx.deliveries.claim(due, "a", NOW, lease)) == 1
            assert tx.deliveries.claim(due, "b", NOW, lease) == []
            assert tx.deliveries.recover(NOW + lease, hold=False) == 0
            assert tx.deliveries.due(NOW + lease) == []
            assert tx.deliveries.next_due() == NOW + lease
            assert tx.deliveries.recover(NOW + lease + timedelta(seconds=1), hold=False) == 0  # it was only claimed
            assert len(tx.deliveries.claim_some(9, "b", NOW + 2 * lease, lease)) == 1
            assert tx.deliveries.holds(due, "b") == set(due)
            assert tx.deliveries.start(due, "a", NOW, NOW + lease) == set()

    @pytest.mark.parametrize("hold", [False, True])
    def test_what_a_worker_that_stopped_was_handing_over_is_in_doubt(self, store: Store, hold: bool) -> None:
        lease = timedelta(seconds=30)
        with store.begin() as tx:
            issue_id, _ = self.plan(tx)
            (delivery,) = tx.deliveries.claim_some(9, "a", NOW, lease)
            assert tx.deliveries.start([delivery.id], "a", NOW, NOW + lease) == {delivery.id}
            assert tx.deliveries.renew("a", NOW + 2 * lease) == 1
            assert tx.deliveries.recover(NOW + lease + timedelta(seconds=1), hold=hold) == 0
            assert tx.deliveries.recover(NOW + 3 * lease, hold=hold) == 1
            (found,) = tx.deliveries.of_issue(issue_id)
            assert (found.state, found.doubts, found.attempts) == (DeliveryState.UNCERTAIN, 1, 1)
            assert tx.deliveries.due(NOW + 3 * lease) == ([] if hold else [delivery.id])
            assert tx.deliveries.held(issue_id) == ([delivery.id] if hold else [])
            late = Record(delivery.id, DeliveryState.DEFERRED, "busy", "busy", LATER)
            tx.deliveries.record([late], "a", NOW + 3 * lease)  # it is not theirs any more
            assert tx.deliveries.of_issue(issue_id) == [found]
            tx.deliveries.record([Record(delivery.id, DeliveryState.SENT, "250")], "a", NOW + 3 * lease)
            assert tx.deliveries.counts([issue_id]) == {issue_id: {"sent": 1}}  # but sent is sent

    def test_a_deferred_delivery_is_due_when_its_wait_is_over(self, store: Store) -> None:
        with store.begin() as tx:
            self.plan(tx)
            (delivery,) = tx.deliveries.claim_some(9, "a", NOW, timedelta(1))
            tx.deliveries.start([delivery.id], "a", NOW, LATER)
            tx.deliveries.record([Record(delivery.id, DeliveryState.DEFERRED, "busy", "busy", LATER)], "a", NOW)
            assert tx.deliveries.due(NOW) == []
            assert tx.deliveries.due(LATER) == [delivery.id]
            assert tx.deliveries.next_due() == LATER
            tx.deliveries.close([delivery.id], DeliveryState.SENT, "", LATER)
            assert tx.deliveries.due(LATER) == []
            assert tx.deliveries.next_due() is None

    def test_what_was_told_is_remembered_by_update_and_by_show(self, store: Store) -> None:
        with store.begin() as tx:
            _, (reader,) = self.plan(tx)
            article_id = add_article(tx)
            show = tx.shows.add("Harbour Lights", now=NOW)
            update = tx.stories.keep(make_claim(show_id=show.id, article_id=article_id), new_story(), 1)
            assert update is not None
            tx.subscribers.follow(reader, show.id, NOW)
            tx.subscribers.tell([Sent(reader, 1, (show.id,), (update.id,), LATER)])
            tx.subscribers.tell([Sent(reader, 2, (show.id,), (update.id,), NOW)])
            tx.subscribers.follow(reader, show.id, LATER)
            found = tx.subscribers.by_id(reader)
            assert list(tx.subscribers.told([reader], {update.id: show.id})) == [(reader, update.id, 1)]
            assert list(tx.subscribers.told([reader], {update.id: show.id + 1})) == []
            assert list(tx.subscribers.told([reader], {})) == []
            assert tx.stories.updates_of([update.story_id]) == {update.id: (show.id, update.story_id)}
        assert found is not None
        assert [(follow.since, follow.told_until) for follow in found.follows] == [(NOW, LATER)]
