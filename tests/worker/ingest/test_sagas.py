"""Whole sagas, from articles to the ledger: what was said, what it moved, and what people put right by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawler.items import Article, to_json
from tests.factories import NOW, make_article
from worker.cli import main
from worker.errors import NotFoundError, UsageError
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.splits import merge_articles, merge_claims, split_article, split_claim
from worker.models import Change, ClaimState, Field, Standing, Story, Update
from worker.store import Store


class Desk:
    """A store in which one show is known, and what comes in."""

    def __init__(self, store: Store) -> None:
        self.store, self.shelf = store, Shelf({})
        with store.begin() as tx:
            self.show = tx.shows.add("Harbour Lights", now=NOW - timedelta(days=3000))

    def read(
        self, number: int, text: str, at: datetime = NOW, title: str = "", published: datetime | None = None
    ) -> list[Update]:
        article = make_article(
            text, url=f"https://outlet-{number}.example/a", source=f"outlet-{number}", outlet=f"Outlet {number}",
            title=title or f"News about Harbour Lights, part {number}", published=published or at, sections=(),
        )  # fmt: skip
        return self.take(article, at)

    def take(self, article: Article, at: datetime) -> list[Update]:
        with self.store.begin() as tx:
            ids = tx.sources.receive([[to_json(article)]], at)
        return ingest_inbox(self.store, ids, self.shelf, at).updates

    def ledger(self, field: Field) -> list[tuple[str, Standing, ClaimState]]:
        return [(s.value, s.standing, s.state) for s in self.stories(field)]

    def stories(self, field: Field) -> list[Story]:
        with self.store.begin() as tx:
            return tx.stories.ledger(self.show.id, field)

    def numbers(self) -> dict[str, int]:
        with self.store.begin() as tx:
            return {row.stored.article.source: row.story for row in tx.articles.rows()}

    def claims(self) -> dict[str, int]:
        with self.store.begin() as tx:
            return {row.claim.source: row.claim.id for row in tx.stories.claims()}


@pytest.fixture
def desk(sqlite_store: Store) -> Desk:
    return Desk(sqlite_store)


OPEN, MOVED = ClaimState.OPEN, ClaimState.MOVED


def test_a_rumour_a_live_article_and_the_word_of_the_makers(desk: Desk) -> None:
    first, later, last = (datetime(2022, month, 1, tzinfo=NOW.tzinfo) for month in (9, 10, 12))
    desk.read(1, "An insider says that Harbour Lights season 2 will be released in 2023.", first)
    updates = desk.read(
        2,
        "Harbour Lights has officially been renewed for season 2. Season 2 will most likely be released in early 2024.",
        later,
    )
    assert {(u.change, u.field, u.value, u.standing) for u in updates} >= {
        (Change.MOVED, Field.RELEASE, "early 2024", Standing.SPECULATION),
    }
    assert ("renewed", Standing.OFFICIAL, OPEN) in desk.ledger(Field.STATUS)
    moved = next(u for u in updates if u.change is Change.MOVED)
    assert (moved.was_value, moved.was_standing) == ("2023", Standing.RUMOUR)
    desk.read(3, "The network announced that Harbour Lights season 2 premieres on 9 February 2024.", last)
    assert desk.ledger(Field.RELEASE) == [("2023", Standing.RUMOUR, MOVED), ("9 Feb 2024", Standing.OFFICIAL, OPEN)]


def test_a_season_that_is_not_named_is_none_whose_date_has_passed(desk: Desk) -> None:
    desk.read(1, "The network announced that Harbour Lights season 2 premieres in May 2027.")
    later = NOW + timedelta(days=400)
    updates = desk.read(2, "The network announced that Harbour Lights premieres in October 2028.", later)
    assert [u.change for u in updates if u.field is Field.RELEASE] == [Change.NEW]


def test_an_old_page_that_is_read_late_moves_nothing(desk: Desk) -> None:
    desk.read(1, "Harbour Lights has been renewed for season 2, the network announced.", NOW)
    old = "Harbour Lights has been cancelled before season 2, the network announced."
    assert desk.read(2, old, NOW, published=NOW - timedelta(days=90)) == []
    assert desk.ledger(Field.STATUS) == [
        ("cancelled", Standing.OFFICIAL, ClaimState.CONTRADICTED),
        ("renewed", Standing.OFFICIAL, OPEN),
    ]


def test_a_date_moves_back_when_those_say_so_who_told_the_later_one(desk: Desk) -> None:
    spring, autumn = (
        f"The network announced that Harbour Lights season 2 premieres in {when} 2028." for when in ("May", "October")
    )
    desk.read(1, spring)
    desk.read(2, autumn, NOW + timedelta(days=2))
    assert desk.read(3, spring, NOW + timedelta(days=4)) == []  # an outlet that is late
    back = "Good news: Harbour Lights season 2 now premieres in May 2028 after all, the network announced on Friday."
    article = make_article(
        back, url="https://outlet-2.example/b", source="outlet-2", published=NOW + timedelta(days=5), sections=()
    )
    assert [u.change for u in desk.take(article, NOW + timedelta(days=5))] == [Change.MOVED]


def test_what_is_saved_had_been_cancelled_and_that_is_no_news(desk: Desk) -> None:
    text = "The network had cancelled Harbour Lights. A streamer has renewed Harbour Lights for season 4, it announced."
    updates = desk.read(1, text, title="Harbour Lights saved: renewed for season 4")
    assert "cancelled" not in {u.value for u in updates}


def test_the_makers_confirm_what_an_article_only_asked(desk: Desk) -> None:
    asked = "Could there be a second season? The ending leaves room, and viewers hope. Nobody has said a word so far."
    desk.read(1, asked, title="Will there be a Harbour Lights season 2?", published=NOW - timedelta(days=60))
    assert desk.ledger(Field.STATUS) == []
    (update,) = (u for u in desk.read(2, RENEWED) if u.field is Field.STATUS)
    assert update.change is Change.CONFIRMED
    assert update.reason.startswith("official word on a guess in article 1")


RENEWED = "Harbour Lights has been renewed for season 2, the network announced."


class TestByHand:
    def test_a_claim_that_is_split_stays_apart_when_its_article_is_rewritten(self, desk: Desk) -> None:
        desk.read(1, RENEWED)
        desk.read(2, "The network has renewed Harbour Lights for season 2.", NOW + timedelta(days=1))
        claims = desk.claims()
        with desk.store.begin() as tx:
            new = split_claim(tx, claims["outlet-2"])
        one, other = desk.stories(Field.STATUS)
        assert (one.families, other.families, other.id) == (("outlet-1",), ("outlet-2",), new)
        rewritten = (
            "Harbour Lights was renewed for season 2, according to insiders. A source told us more about the renewal."
        )
        desk.read(2, rewritten, NOW + timedelta(days=2))
        desk.read(
            1,
            RENEWED + " The makers confirmed that Harbour Lights is renewed for season 2 after all.",
            NOW + timedelta(days=2),
        )
        with desk.store.begin() as tx:
            of = {
                row.claim.source: row.claim.story_id for row in tx.stories.claims() if row.claim.field is Field.STATUS
            }
        assert of == {"outlet-1": one.id, "outlet-2": new}

    def test_a_merge_takes_a_split_back(self, desk: Desk) -> None:
        desk.read(1, RENEWED)
        desk.read(2, "The network has renewed Harbour Lights for season 2.", NOW + timedelta(days=1))
        before, claims = desk.stories(Field.STATUS), desk.claims()
        with desk.store.begin() as tx:
            split_claim(tx, claims["outlet-2"])
            merge_claims(tx, claims["outlet-2"], claims["outlet-1"])
        assert desk.stories(Field.STATUS) == before
        with desk.store.begin() as tx:
            assert tx.leads.barred([1, 2], ledger=True) == frozenset()

    def test_an_article_that_is_split_has_a_number_of_its_own(self, desk: Desk) -> None:
        for number, text in enumerate((RENEWED, "The network has renewed Harbour Lights for season 2."), start=1):
            desk.read(number, text, title="Harbour Lights renewed for season 2")
        assert len(set(desk.numbers().values())) == 1
        with desk.store.begin() as tx:
            split_article(tx, 1)
        assert len(set(desk.numbers().values())) == 2
        with desk.store.begin() as tx:
            merge_articles(tx, 1, 2)
        assert len(set(desk.numbers().values())) == 1

    def test_what_cannot_be_split_or_merged_says_why(self, desk: Desk) -> None:
        desk.read(1, RENEWED)
        with desk.store.begin() as tx:
            with pytest.raises(UsageError, match="alone in its story"):
                split_claim(tx, 1)
            with pytest.raises(UsageError, match="stands alone"):
                split_article(tx, 1)
            with pytest.raises(UsageError, match="in one story already"):
                merge_claims(tx, 1, 1)
            with pytest.raises(NotFoundError, match="no claim 99"):
                split_claim(tx, 99)

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["split", "99"], 2, "there is no claim 99"),
            (["split", "https://nowhere.example/"], 2, "no article at"),
            (["merge", "1", "https://nowhere.example/"], 2, "two claims"),
        ],
    )
    def test_the_commands_say_what_is_wrong(
        self, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["stories", *arguments]) == code
        assert said in capsys.readouterr().err
