"""Whole sagas, from articles to the ledger: what was said, what it moved, and what people put right by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawler.items import Article, to_json
from tests.factories import NOW, make_article, make_thread
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


N, F, M, D, X = Change.NEW, Change.CONFIRMED, Change.MOVED, Change.DENIED, Change.CONTRADICTED
STATUS, RELEASE, CAST, MAKING, OFFSHOOT = Field.STATUS, Field.RELEASE, Field.CAST, Field.PRODUCTION, Field.SPINOFF
HL = "Harbour Lights"

# Days since the first item, headline, text, and what the item changes in the saga's field: None is nothing, or no news.
SAGAS = {
    "talks, an order": (STATUS, [
        (0, f"{HL} season 4 in talks", f"The network is in talks about a fourth season of {HL}, Deadline reports.", N),
        (60, f"{HL} renewed for season 4", f"The network has renewed {HL} for season 4, it announced.", F),
        (61, f"{HL} returns", f"{HL} has been renewed for season 4, the network confirmed.", Change.CORROBORATED),
    ]),
    "an end that is undecided, and then official": (STATUS, [
        (0, f"{HL} to be cancelled", f"A source told The Sun that {HL} has been cancelled.", N),
        (3, f"{HL}: no decision yet", f"The network said that no decision has been made about {HL}.", D),
        (50, f"{HL} cancelled", f"The network has cancelled {HL}, it announced on Friday.", F),
    ]),
    "a rumour of the end, denied, and true after all": (STATUS, [
        (0, f"{HL} to be cancelled", f"A source told The Sun that {HL} has been cancelled.", N),
        (5, f"{HL} is not cancelled", f"{HL} has not been cancelled, the network said.", D),
        (200, f"{HL} cancelled", f"The network has cancelled {HL}, it announced on Friday.", X),
    ]),
    "cancelled and saved": (STATUS, [
        (0, f"{HL} cancelled", f"The network has cancelled {HL} after two seasons, it announced.", N),
        (20, f"{HL} saved", f"A streamer has renewed {HL} for season 3, it announced.", X),
    ]),
    "the last season, and one more": (STATUS, [
        (0, f"{HL} to end with season 5", f"{HL} will end with season 5, the network announced.", N),
        (90, f"{HL} gets season 6", f"The network announced that it has renewed {HL} for season 6.", X),
    ]),
    "a rumour against the makers": (STATUS, [
        (0, f"No season 2 of {HL}", f"There will be no second season of {HL}, the network said.", N),
        (300, f"{HL} season 2 rumour", f"An insider claims that {HL} has been renewed for season 2.", X),
        (400, f"{HL} renewed", f"The network announced that it has renewed {HL} for season 2.", F),
    ]),
    "a date that wanders": (RELEASE, [
        (0, f"{HL} season 2 in 2028", f"{HL} season 2 will be released in 2028, an insider says.", N),
        (40, f"{HL} season 2 date", f"The network announced that {HL} season 2 premieres in May 2028.", F),
        (80, f"{HL} season 2 date", f"The network announced that {HL} season 2 premieres on 9 May 2028.", N),
        (120, f"{HL} delayed", f"The network announced that {HL} season 2 now premieres in October 2028.", M),
    ]),
    "a report of another date overwrites nothing": (RELEASE, [
        (0, f"{HL} season 2 date", f"The network announced that {HL} season 2 premieres in May 2028.", N),
        (9, f"{HL} season 2 later?", f"An insider says that {HL} season 2 will be released in October 2028.", N),
        (30, f"{HL} season 2 date", f"The network announced that {HL} season 2 premieres in October 2028.", M),
    ]),
    "an actor leaves, it is said": (CAST, [
        (0, f"Ada Koh leaves {HL}", f"Ada Koh is leaving {HL}, a source told The Sun.", N),
        (9, f"Ada Koh quits {HL}", f"Ada Koh is leaving {HL}, the network announced.", F),
    ]),
    "an actor stays": (CAST, [
        (0, f"Ada Koh leaves {HL}", f"Ada Koh is leaving {HL}, a source told The Sun.", N),
        (9, f"{HL} keeps its star", f"Ada Koh is returning to {HL}, the network announced.", X),
    ]),
    "filming is put off and gets another date": (MAKING, [
        (0, f"{HL} delayed", f"Filming of {HL} has been delayed to June 2027, Variety reports.", M),
        (60, f"{HL} to film in September", f"{HL} starts filming in September 2027, the network announced.", M),
        (200, f"{HL} is filming", f"{HL} has started filming, the network announced.", F),
    ]),
    "a spin-off is rumoured and comes": (OFFSHOOT, [
        (0, f"{HL} spin-off planned", f"A spin-off of {HL} is in development, an insider claims.", N),
        (100, f"{HL} spin-off announced", f"The network announced a spin-off of {HL}.", F),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("saga", SAGAS)
def test_sagas(desk: Desk, saga: str) -> None:
    """Told by one outlet each, an item changes the ledger of its show as a reader would say it does."""
    field, items = SAGAS[saga]
    for number, (days, title, text, change) in enumerate(items, start=1):
        updates = desk.read(number, text, NOW + timedelta(days=days), title)
        assert [u.change for u in updates if u.field is field] == [change], (title, updates)


def test_comments_raise_no_standing_and_an_official_date_closes_rumour_and_guess(desk: Desk) -> None:
    """A rumour on a page that declares ten comments, a live article, and the makers' own date."""
    first, later, last = (datetime(2022, month, 1, tzinfo=NOW.tzinfo) for month in (9, 10, 12))
    text = f"An insider says that {HL} season 2 will be released in 2023."
    rumour = make_article(
        text, url="https://one.example/a", source="one", title=f"{HL} season 2", published=first, sections=()
    )
    with desk.store.begin() as tx:
        ids = tx.sources.receive([[to_json(rumour), to_json(TEN_SAID)]], first)
    ingest_inbox(desk.store, ids, desk.shelf, first)
    assert desk.ledger(RELEASE) == [("2023", Standing.RUMOUR, OPEN)]
    assert desk.ledger(STATUS) == []  # what viewers write is no claim
    with desk.store.begin() as tx:
        (row,) = tx.articles.rows()
    assert (row.declared_comment_count, row.comments) == (10, 2)
    live = f"{HL} has officially been renewed for season 2. Season 2 will most likely be released in early 2024."
    updates = desk.read(2, live, later)
    assert ("renewed", Standing.OFFICIAL, OPEN) in desk.ledger(STATUS)
    (moved,) = (u for u in updates if u.field is RELEASE)
    assert (moved.change, moved.was_value, moved.was_standing) == (M, "2023", Standing.RUMOUR)
    assert (moved.value, moved.standing) == ("early 2024", Standing.SPECULATION)
    (dated,) = (
        u
        for u in desk.read(3, f"The network announced that {HL} season 2 premieres on 9 May 2024.", last)
        if u.field is RELEASE
    )
    assert dated.change is M
    assert "closes" in dated.reason
    assert desk.ledger(RELEASE) == [
        ("2023", Standing.RUMOUR, MOVED),
        ("early 2024", Standing.SPECULATION, MOVED),
        ("9 May 2024", Standing.OFFICIAL, OPEN),
    ]


TEN_SAID = make_thread(
    f"{HL} is renewed, the network confirmed it!", "It comes in 2025, officially.",
    url="https://one.example/a", source="one", declared_count=10,
)  # fmt: skip


def test_what_is_saved_is_the_opposite_though_its_end_was_not_known_here(desk: Desk) -> None:
    text = "The network cancelled Harbour Lights in February. A streamer has renewed it for season 4, it announced."
    (update,) = (u for u in desk.read(1, text, title="Harbour Lights saved: renewed for season 4") if u.field is STATUS)
    assert (update.change, update.value) == (X, "renewed")
    assert "as the article says" in update.reason


def test_a_rumour_that_its_own_article_sets_right_is_no_news(desk: Desk) -> None:
    text = (
        "Harbour Lights is not cancelled, the network said. An insider claims that Harbour Lights has been cancelled."
    )
    (update,) = (u for u in desk.read(1, text, title="Harbour Lights is not cancelled") if u.field is STATUS)
    assert (update.change, update.value, update.standing) == (D, "denied", Standing.OFFICIAL)
    assert ("cancelled", Standing.RUMOUR, ClaimState.CONTRADICTED) in desk.ledger(STATUS)


def test_a_spin_off_of_its_own_name_confirms_what_was_rumoured_of_its_parent(desk: Desk) -> None:
    desk.read(1, "A spin-off of Harbour Lights is in development, an insider claims.", title=f"{HL} spin-off")
    with desk.store.begin() as tx:
        tx.shows.add("Harbour Lights: Ebb", now=NOW)
    text = "The network announced a spin-off, Harbour Lights: Ebb. It follows Harbour Lights."
    updates = desk.read(2, text, NOW + timedelta(days=60), "Harbour Lights: Ebb announced")
    assert [u.change for u in updates if u.show_id == desk.show.id and u.field is OFFSHOOT] == [F]


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
