"""Corrections by hand: kept as rules, applied at ingest and to what is stored, and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from crawler.items import Article, to_json
from tests.factories import NOW, make_article
from worker.ingest.amend import Amended, make_correction, undo_correction
from worker.ingest.article import Shelf, ingest_inbox
from worker.models import ClaimState, Field, Show
from worker.store import Store, Tx
from worker.store.corrections import Correction, Fault

URL = "https://my-outlet.example/a"
SAID = "An insider says that Harbour Lights has been renewed for a second season."
LATER = NOW + timedelta(hours=2)


def article(text: str = SAID, url: str = URL, **values: Any) -> Article:
    return make_article(text, **{"url": url, "title": "Harbour Lights renewed for season 2", **values})


def take_in(store: Store, *articles: Article, now: datetime = NOW) -> None:
    with store.begin() as tx:
        ids = tx.sources.receive([[to_json(one)] for one in articles], now)
    assert ingest_inbox(store, ids, Shelf({}), now).set_aside == 0


def add_shows(store: Store) -> tuple[Show, Show]:
    with store.begin() as tx:
        return tx.shows.add("Harbour Lights", now=NOW), tx.shows.add("Night Ferry", now=NOW)


def correct(store: Store, what: Fault, **values: str) -> Amended:
    parts = {"article": "", "source": "", "phrase": "", "wrong": "", "right": "", **values}
    with store.begin() as tx:
        return make_correction(tx, Correction(0, what, **parts, created=LATER), Shelf({}), LATER)


def undo(store: Store, correction: Correction) -> Amended:
    with store.begin() as tx:
        return undo_correction(tx, correction, Shelf({}), LATER)


def said(store: Store) -> set[tuple[str, str]]:
    with store.begin() as tx:
        return {(row.show, row.claim.value) for row in tx.stories.claims()}


def about(tx: Tx, url: str = URL) -> tuple[str, ...]:
    return next(row.shows for row in tx.articles.rows() if row.stored.article.url == url)


class TestWrongShow:
    def test_its_claims_are_taken_back_and_those_of_the_right_show_made(self, store: Store) -> None:
        add_shows(store)
        take_in(store, article())
        before = said(store)
        assert {show for show, _ in before} == {"Harbour Lights"}
        amended = correct(store, Fault.WRONG_SHOW, article=URL, wrong="Harbour Lights", right="Night Ferry")
        assert (amended.articles, amended.withdrawn, amended.claims) == (1, len(before), len(before))
        assert said(store) == {("Night Ferry", value) for _, value in before}
        with store.begin() as tx:
            assert about(tx) == ("Night Ferry",)
            (row, *_) = tx.stories.claims()
            assert row.claim.rule.endswith(f"corrected by hand: {amended.correction.id} (wrong-show)")
            assert tx.stories.ledger(1) == []

    def test_taken_back_it_is_as_it_was(self, store: Store) -> None:
        add_shows(store)
        take_in(store, article())
        before = said(store)
        amended = correct(store, Fault.WRONG_SHOW, article=URL, wrong="Harbour Lights", right="Night Ferry")
        undone = undo(store, amended.correction)
        assert said(store) == before
        assert (undone.withdrawn, undone.claims) == (len(before), len(before))
        with store.begin() as tx:
            assert tx.corrections.all() == []
            assert about(tx) == ("Harbour Lights",)

    def test_a_phrase_is_a_rule_for_what_comes_from_its_source(self, store: Store) -> None:
        add_shows(store)
        correct(store, Fault.WRONG_SHOW, source="my-outlet", phrase="the pier festival", wrong="Harbour Lights")
        text = f"{SAID} The Pier Festival opens on Monday."
        take_in(
            store,
            article(text),
            article(f"{SAID} Nothing else is known of it so far.", "https://my-outlet.example/b"),
            article(f"{text} And more.", "https://other.example/c", source="other", outlet="Other"),
        )
        with store.begin() as tx:
            told = {row.claim.url for row in tx.stories.claims()}
            assert about(tx) == ()
        assert told == {"https://my-outlet.example/b", "https://other.example/c"}

    def test_a_phrase_is_found_as_words_of_its_own(self, store: Store) -> None:
        add_shows(store)
        correct(store, Fault.NOT_NEWS, phrase="pier")
        take_in(store, article(f"{SAID} The pierrot laughed."))
        assert said(store)

    def test_one_of_two_shows_stays(self, store: Store) -> None:
        add_shows(store)
        text = f"{SAID} The network has also renewed Night Ferry for a third season, it said in a statement."
        take_in(store, article(text, title="Harbour Lights and Night Ferry are renewed"))
        correct(store, Fault.WRONG_SHOW, article=URL, wrong="night ferry")
        assert {show for show, _ in said(store)} == {"Harbour Lights"}


def test_what_is_no_news_says_nothing(store: Store) -> None:
    add_shows(store)
    take_in(store, article())
    correct(store, Fault.NOT_NEWS, article=URL)
    assert said(store) == set()
    with store.begin() as tx:
        (row,) = tx.articles.rows()
        assert row.shows == ()
        assert not row.stored.labels.is_show_news
        assert any("corrected by hand" in rule for rule in row.stored.labels.rules)


def test_a_wrong_kind_is_replaced_and_its_claims_go(store: Store) -> None:
    add_shows(store)
    take_in(store, article())
    with store.begin() as tx:
        assert "renewal" in tx.articles.rows()[0].stored.labels.kinds
    correct(store, Fault.WRONG_KIND, article=URL, wrong="renewal", right="spinoff")
    with store.begin() as tx:
        assert tx.articles.rows()[0].stored.labels.primary == "spinoff"
        assert all(row.claim.kind != "renewal" for row in tx.stories.claims())


class TestTheLedger:
    def test_a_story_that_another_outlet_tells_stays_as_that_one_tells_it(self, store: Store) -> None:
        show, _ = add_shows(store)
        take_in(
            store, article("Harbour Lights has been renewed for season 2, the network said in a statement on Monday.")
        )
        other = "Sources tell us that Harbour Lights has been renewed for season 2. We could not verify any of that."
        take_in(store, article(other, "https://other.example/c", source="other", outlet="Other"), now=LATER)
        correct(store, Fault.NOT_NEWS, article=URL)
        with store.begin() as tx:
            (story,) = tx.stories.ledger(show.id, Field.STATUS)
            (row,) = tx.stories.claims(show_id=show.id)
        assert (story.families, story.standing, story.first_seen) == (("other",), row.claim.standing, LATER)

    def test_what_a_withdrawn_claim_had_overtaken_stands_again(self, store: Store) -> None:
        show, _ = add_shows(store)
        take_in(store, article("Harbour Lights season 2 premieres on 4 May 2027, the network announced."))
        moved = "Harbour Lights season 2 will now premiere on 9 August 2027, the network announced today."
        take_in(store, article(moved, "https://other.example/c", source="other", outlet="Other"), now=LATER)
        with store.begin() as tx:
            states = [story.state for story in tx.stories.ledger(show.id, Field.RELEASE)]
        assert states == [ClaimState.MOVED, ClaimState.OPEN]
        correct(store, Fault.NOT_NEWS, article="https://other.example/c")
        with store.begin() as tx:
            (story,) = tx.stories.ledger(show.id, Field.RELEASE)
        assert (story.state, story.value) == (ClaimState.OPEN, "4 May 2027")


@pytest.mark.parametrize("days", [1, 30])
def test_what_is_found_late_is_background(sqlite_store: Store, days: int) -> None:
    add_shows(sqlite_store)
    take_in(sqlite_store, article())
    when = NOW + timedelta(days=days)
    wanted = Correction(0, Fault.WRONG_SHOW, URL, "", "", "Harbour Lights", "Night Ferry", when)
    with sqlite_store.begin() as tx:
        make_correction(tx, wanted, Shelf({}), when)
        assert {row.claim.background for row in tx.stories.claims()} == {days > 7}
