"""What is read of articles before they are taken in holds exactly as long as it would be read the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from crawler.items import Page, to_json
from tests.factories import NOW, make_article, make_page
from worker.ingest import ahead
from worker.ingest.article import Shelf, expire_stories, ingest_inbox
from worker.store import Store, Tx
from worker.store.articles import as_stored

HOUR = timedelta(hours=1)


def receive(store: Store, *items: object) -> list[int]:
    with store.begin() as tx:
        return tx.sources.receive([[to_json(item)] for item in items], NOW)  # type: ignore[arg-type]  # items, each alone


def add(store: Store, *names: str) -> None:
    with store.begin() as tx:
        for name in names:
            tx.shows.add(name, now=NOW)


def renewed(show: str, number: int = 1) -> object:
    text = f"{show} has been renewed for season {number + 1}, the network announced on Monday. Writing begins at once."
    url = f"https://{show.replace(' ', '-').lower()}.example/{number}"
    return make_article(url=url, title=f"{show} renewed for season {number + 1}", text=text, sections=())


class Counting(Shelf):
    """Counts how often an article is read."""

    times = 0

    def match(self, article, index):  # type: ignore[no-untyped-def]  # as Shelf has it
        self.times += 1
        return super().match(article, index)


def test_an_article_is_read_once_and_before_it_is_taken_in(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, "Harbour Lights")
    shelf, held = Counting({}), list[bool]()
    alone = Tx.alone
    monkeypatch.setattr(Tx, "alone", lambda tx: (held.append(shelf.times == 1), alone(tx))[1])
    tally = ingest_inbox(store, receive(store, renewed("Harbour Lights")), shelf, NOW)
    assert (tally.articles, tally.claims, shelf.times, held) == (1, 1, 1, [True])


def test_a_reading_holds_until_a_name_comes_that_the_article_has(store: Store) -> None:
    shelf = Shelf({})
    add(store, "Salt Road")
    with store.begin() as tx:
        index = shelf.index(tx)
        readings = []
        for about in ("Salt Road", "the harbour in spring"):
            article = make_article(url=f"https://a.example/{len(readings)}", title="News", text=f"This is of {about}.")
            group = ahead.read_ahead([to_json(article)], index, shelf, NOW)
            assert group is not None
            readings.append((group.readings[0], as_stored(article, family="a", tier="unknown", now=NOW)))
        assert [reading.holds(stored, shelf.index(tx)) for reading, stored in readings] == [True, True]
        tx.shows.add("The Harbour", now=NOW)
        assert [reading.holds(stored, shelf.index(tx)) for reading, stored in readings] == [True, False]
        shelf.undo(None)
        assert [reading.holds(stored, shelf.index(tx)) for reading, stored in readings] == [False, False]


def test_the_index_takes_new_shows_in_and_is_made_anew_after_a_merge(store: Store) -> None:
    shelf = Shelf({})
    add(store, "Harbour Lights", "Salt Road")
    with store.read() as tx:
        first = shelf.index(tx)
    add(store, "Night Ferry")
    with store.read() as tx:
        assert shelf.index(tx) is first
        assert first.find("Night Ferry")
    with store.begin() as tx:
        kept, gone = tx.shows.all()[0], tx.shows.all()[1]
        tx.shows.merge(kept, gone)
    with store.read() as tx:
        again = shelf.index(tx)
    assert again is not first
    assert again.find(gone.name) == replace(kept, aliases=(gone.name,))


def test_a_show_whose_proposal_is_undone_is_forgotten(store: Store) -> None:
    shelf = Shelf({})
    add(store, "Salt Road")
    with store.begin() as tx:
        shelf.index(tx)
        mark = shelf.mark
        with pytest.raises(RuntimeError), tx.savepoint():
            shelf.propose(tx, "Harbour Lights", "outlet", NOW)
            raise RuntimeError
        shelf.undo(mark)
        assert shelf.index(tx).find("Harbour Lights") is None


def test_who_stops_between_articles_and_pages_does_the_rest_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, "Harbour Lights")
    article = renewed("Harbour Lights")
    page = make_page(url="https://harbour-lights.example/1")
    with store.begin() as tx:
        ids = tx.sources.receive([[to_json(article), to_json(page)]], NOW)  # type: ignore[arg-type]  # it is an item
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("worker.ingest.article._put_away", _stop)
        ingest_inbox(store, ids, Shelf({}), NOW)
    with store.read() as tx:
        assert tx.articles.count() == 1
        assert not tx.sources.pages_at([page.url])  # so that it would be read again
    tally = ingest_inbox(store, ids, Shelf({}), NOW + HOUR)
    with store.read() as tx:
        assert (tally.articles, tx.articles.count(), tx.sources.waiting()) == (0, 1, 0)
        assert isinstance(tx.sources.pages_at([page.url])[page.url], Page)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_group_that_cannot_be_read_is_set_aside_where_it_is_told(store: Store) -> None:
    with store.begin() as tx:
        ids = tx.sources.receive([[{"type": "no such item", "url": "https://a.example/1"}]], NOW)
    assert ahead.read_ahead([{"type": "no such item"}], Shelf({})._index, Shelf({}), NOW) is None
    assert ingest_inbox(store, ids, Shelf({}), NOW).set_aside == 1


def test_a_deadlock_is_no_fault_of_the_articles(postgres_store: Store) -> None:
    """Two transactions that take two rows in opposite orders: one is ended by the engine, and done again."""
    import threading

    add(postgres_store, "Harbour Lights", "Salt Road")
    both, tries = threading.Barrier(2, timeout=20), list[int]()

    def work(order: tuple[int, int]) -> None:
        seen = list[int]()

        def once(tx: Tx) -> None:
            seen.append(1)
            tries.append(1)
            for number, show in enumerate(order):
                tx.connection.execute(text("UPDATE shows SET year = 2027 WHERE id = :id"), {"id": show})
                if not number and len(seen) == 1:
                    both.wait()

        postgres_store.run(once)

    with postgres_store.read() as tx:
        first, second = sorted(show.id for show in tx.shows.all())
    threads = [threading.Thread(target=work, args=(order,)) for order in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 3
    with postgres_store.read() as tx:
        assert {show.year for show in tx.shows.all()} == {2027}


def test_other_trouble_of_the_database_is_not_tried_again(store: Store) -> None:
    tries = list[int]()

    def work(tx: Tx) -> None:
        tries.append(1)
        raise OperationalError("select", {}, Exception("the disk is full"))

    with pytest.raises(OperationalError):
        store.run(work)
    assert len(tries) == 1


def test_nothing_is_locked_when_no_rumour_is_overdue(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tx, "alone", _stop)
    assert expire_stories(store, NOW) == 0
