"""Which articles tell the same news: pairs of headlines with a first sentence, really ingested."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article, to_json
from tests.factories import NOW, make_article
from worker.ingest.article import Shelf, ingest_inbox
from worker.ingest.leads import days_around, explain, find_news, same_words
from worker.ingest.likeness import veto, weigh
from worker.ingest.when import parse_when
from worker.models import Fact, Field, Kind, Lead, Standing
from worker.store import Store

SHOWS = (
    "Harbour Lights", "The Desk", "The Desk Australia", "Salt Road", "Dead Term", "Night Ferry", "Glass Court",
    "Copper Hill", "The Long Tide", "Quiet Street",
)  # fmt: skip


def ingested(store: Store, *articles: Article) -> list[int]:
    """The number of each article's story."""
    with store.begin() as tx:
        for name in SHOWS:
            tx.shows.add(name, now=NOW)
        ids = [tx.sources.receive([[to_json(article)]], NOW)[0] for article in articles]
    for one in ids:
        ingest_inbox(store, [one], Shelf({}), NOW)
    with store.begin() as tx:
        rows = {row.stored.article.url: row.story for row in tx.articles.rows()}
    return [rows[article.url] for article in articles]


def told(number: int, headline: str, text: str = "", days: int = 0) -> Article:
    source = f"outlet-{number}"
    return make_article(
        text or headline, url=f"https://{source}.example/a", source=source, outlet=source, title=headline,
        published=NOW - timedelta(days=20 - days), sections=(),
    )  # fmt: skip


HEADLINES = [  # the six pairs of a survey of other readers, with shows of our own
    (False, "Harbour Lights season 2 release date confirmed", "Harbour Lights season 3 release date confirmed"),
    (False, "Harbour Lights officially renewed for season 3", "Harbour Lights officially cancelled ahead of season 3"),
    (
        False,
        "Insider says Harbour Lights season 2 is coming in 2027",
        "Harbour Lights season 2 is officially coming in early 2028",
    ),
    (False, "The Desk adds two to its cast", "The Desk Australia adds two to its cast"),
    (
        True,
        (
            "Streamer orders more of its zombie school drama",
            "Dead Term has been renewed for a second season, the streamer said on Monday.",
        ),
        (
            "Dead Term renewed for season 2",
            "The streamer has renewed its zombie school drama Dead Term for season 2.",
        ),
    ),
    (True, "Dead Term coming back for another season, Netflix says", "Dead Term Season 2: renewal confirmed"),
]


@pytest.mark.parametrize(("same", "one", "other"), HEADLINES)
def test_headlines_that_other_readers_get_wrong(sqlite_store: Store, same: bool, one: Any, other: Any) -> None:
    pair = [told(n, *([said] if isinstance(said, str) else said)) for n, said in enumerate((one, other), start=1)]
    first, second = ingested(sqlite_store, *pair)
    assert (first == second) is same


TOGETHER = [
    ("Salt Road renewed for season 3", "Salt Road gets a third season at the network", 0),
    ("Network hands Salt Road a second season", "Salt Road is renewed: season 2 is ordered", 1),
    ("It is official: Night Ferry returns for season 4", "Night Ferry renewed for a fourth season", 2),
    ("Night Ferry cancelled after two seasons", "No third season: Night Ferry has been cancelled", 1),
    ("Glass Court axed by the network", "The network cancels Glass Court", 0),
    ("Glass Court season 2 to premiere on 9 May 2027", "Glass Court season 2 gets a release date: 9 May 2027", 1),
    ("Copper Hill season 3 premieres in June 2027", "Copper Hill season 3 release date set for June 2027", 0),
    ("Mara Lind joins the cast of Copper Hill", "Copper Hill casts Mara Lind for its new season", 1),
    ("Tom Reyes leaves Copper Hill", "Copper Hill star Tom Reyes is leaving the show", 0),
    ("Filming begins on The Long Tide season 2", "The Long Tide season 2 has started filming", 2),
    ("The Long Tide wraps filming on season 2", "Filming on The Long Tide season 2 has wrapped", 1),
    ("Quiet Street season 5 trailer released", "Watch the first trailer for Quiet Street season 5", 0),
    ("Harbour Lights trailer shows the storm", "The storm breaks in the first Harbour Lights trailer", 1),
    ("Review: Harbour Lights finds its course", "Harbour Lights review: a fine new drama", 1),
    ("Salt Road draws 4.7 million viewers", "Ratings: 4.7 million viewers watch Salt Road premiere", 0),
    ("Dead Term spinoff announced by the streamer", "The streamer announces a Dead Term spinoff", 0),
    ("Dead Term may be renewed, a source says", "An insider says that Dead Term is to be renewed", 1),
    ("Dead Term kehrt zurück: Staffel 2 bestätigt", "Netflix bestätigt Dead Term Staffel 2", 0),
    ("Night Ferry: confirmada la temporada 3", "Night Ferry renovada por una temporada 3", 1),
    ("Night Ferry season 3 delayed to 2028", "Night Ferry season 3 is pushed back to 2028", 0),
]
APART = [
    ("Salt Road renewed for season 3", "Salt Road renewed for season 4", 0),
    ("Salt Road season 2 trailer released", "Salt Road season 3 trailer released", 0),
    ("Night Ferry renewed for a fourth season", "Night Ferry cancelled before its fourth season", 0),
    ("Network denies that Night Ferry is cancelled", "Night Ferry has been cancelled, network says", 0),
    ("Glass Court season 2 to premiere on 9 May 2027", "Glass Court season 2 to premiere on 3 October 2027", 0),
    ("Copper Hill season 3 premieres in June 2027", "Copper Hill season 3 premieres in late 2028", 0),
    ("Mara Lind joins the cast of Copper Hill", "Copper Hill renewed for season 2", 0),
    ("Mara Lind joins the cast of Copper Hill", "Mara Lind leaves the cast of Copper Hill", 10),
    ("The Long Tide wraps filming in Wales", "First trailer: The Long Tide shows the flood", 0),
    ("The Desk renewed for season 2", "The Desk Australia renewed for season 2", 0),
    ("The Desk Australia cancelled", "The Desk cancelled", 0),
    ("Quiet Street season 5 trailer released", "Another Quiet Street season 5 trailer released", 40),
    ("Review: Harbour Lights season 2 episode 1", "Review: Harbour Lights season 3 episode 1", 0),
    ("Salt Road draws 4.7 million viewers", "Salt Road draws 6.2 million viewers", 7),
    ("Salt Road draws 4.7 million viewers", "Salt Road renewed for season 2", 0),
    ("Dead Term renewed for season 2", "Review: Dead Term ends its first season well", 0),
    ("Dead Term renewed for season 2", "Night Ferry renewed for season 2", 0),
    ("Insider: Night Ferry is being renewed for season 3", "Night Ferry is officially renewed for season 3", 15),
    ("Fans start a petition to save Glass Court", "Glass Court has been cancelled by the network", 5),
    ("Why Tom Reyes thinks Copper Hill is funny", "Copper Hill season 2 has started filming in Wales", 0),
]


@pytest.mark.parametrize(("one", "other", "days"), TOGETHER)
def test_the_same_news_in_other_words_is_one_story(sqlite_store: Store, one: str, other: str, days: int) -> None:
    first, second = ingested(sqlite_store, told(1, one), told(2, other, days=days))
    assert first == second


@pytest.mark.parametrize(("one", "other", "days"), APART)
def test_other_news_in_the_same_words_is_another_story(sqlite_store: Store, one: str, other: str, days: int) -> None:
    first, second = ingested(sqlite_store, told(1, one), told(2, other, days=days))
    assert first != second


WORDS = frozenset(["storm", "ferry", "pilot", "light", "crew"])


def lead(number: int = 1, **values: Any) -> Lead:
    """An article of one show that tells of a renewal."""
    plain: dict[str, Any] = {
        "article_id": number, "shows": frozenset({1}), "seasons": frozenset({2}), "kinds": (Kind.RENEWAL,),
        "standing": Standing.OFFICIAL, "told": date(2027, 3, 5), "facts": (), "figures": frozenset(), "words": WORDS,
        "name": "harbour lights", "story": number,
    }  # fmt: skip
    return Lead(**{**plain, **values})


def dated(text: str) -> Fact:
    return Fact(Field.RELEASE, Kind.RELEASE_DATE, text, parse_when(text))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"seasons": frozenset({3})}, "another season: 2, not 3"),
        ({"told": date(2027, 5, 5)}, "told 61 days apart"),
        ({"name": "harbour lights australia"}, "another show: harbour lights, not harbour lights australia"),
        ({"facts": (Fact(Field.STATUS, Kind.CANCELLATION, "cancelled"),)}, "the opposite: renewed, not cancelled"),
        ({"facts": (dated("May 2028"),)}, "the opposite: Jun 2027, not May 2028"),
    ],
)
def test_a_veto_says_why(values: dict[str, Any], reason: str) -> None:
    facts = (Fact(Field.STATUS, Kind.RENEWAL, "renewed"), dated("Jun 2027"))
    kinds = (Kind.RENEWAL, Kind.RELEASE_DATE)
    one, other = lead(facts=facts, kinds=kinds), lead(2, **{"kinds": kinds, **values})
    assert explain(one, other) == reason
    assert find_news(other, [one]) is None
    assert find_news(lead(2, kinds=kinds), [one]) is not None


def test_the_number_of_the_likeliest_story_is_given_with_its_reasons() -> None:
    near, far = lead(1), lead(2, told=date(2027, 2, 20), kinds=(Kind.TRAILER,))
    told = find_news(lead(3), [near, far])
    assert told is not None
    assert told.story == near.story
    assert told.reason.startswith("same news as article 1: two articles -")
    assert ", told within a day +" in told.reason
    assert ", same kind +" in told.reason
    assert find_news(lead(3), [near, far], barred={near.story}) is None


def test_what_turns_the_ledger_is_no_news_of_days_ago() -> None:
    before = lead(1, told=date(2027, 2, 25))
    assert find_news(lead(2), [before]) is not None
    assert find_news(lead(2), [before], turned=True) is None
    assert find_news(lead(2), [lead(1)], turned=True) is not None


def test_articles_about_no_show_are_the_same_by_their_words() -> None:
    one = lead(1, shows=frozenset(), kinds=(), standing=None, seasons=frozenset(), name="", title=WORDS)
    assert find_news(replace(one, article_id=2), [one]) is not None
    others = frozenset({"castl", "clown"})
    assert find_news(replace(one, article_id=2, words=others, title=others), [one]) is None


def test_another_article_shows_two_stories_to_be_one() -> None:
    one, other = lead(1), lead(2, words=frozenset({"other", "words"}))
    told = find_news(lead(3), [one, other])
    assert told is not None
    assert (told.story, told.joins) == (1, (2,))
    refused = find_news(lead(3), [one, replace(other, facts=(Fact(Field.STATUS, Kind.CANCELLATION, "cancelled"),))])
    assert refused is not None
    assert refused.joins == (2,)
    opposed = replace(one, facts=(Fact(Field.STATUS, Kind.RENEWAL, "renewed"),))
    parted = find_news(lead(3), [opposed, replace(other, facts=(Fact(Field.STATUS, Kind.CANCELLATION, "cancelled"),))])
    assert parted is not None
    assert parted.joins == ()


def test_headlines_of_the_same_days_share_a_key_and_those_of_other_weeks_none() -> None:
    day, title = date(2027, 3, 5), frozenset({"storm", "ferry", "pilot"})
    kept = set(same_words(title, [day]))
    assert len(kept) == 3
    assert kept & set(same_words(frozenset({"storm", "ferry", "clown"}), days_around(day + timedelta(days=3))))
    assert not kept & set(same_words(title, days_around(day + timedelta(days=14))))
    assert not kept & set(same_words(frozenset({"storm", "clown"}), days_around(day)))
    assert same_words(title, days_around(None)) == []


def test_the_same_headline_of_a_show_that_one_of_them_does_not_name(sqlite_store: Store) -> None:
    one = told(
        1, "Night Ferry costume: the pilot wears a golden beard", "The pilot of Night Ferry wears a golden beard."
    )
    other = told(2, "Golden beard: the pilot's costume revealed", "A golden beard is the pilot's new costume.")
    first, second = ingested(sqlite_store, one, other)
    assert first == second


def test_a_month_alone_is_near_each_of_its_days() -> None:
    assert veto(lead(1, told=date(2027, 2, 1)), lead(2, told=date(2027, 3, 20))) == ""
    assert veto(lead(1, told=date(2027, 2, 2)), lead(2, told=date(2027, 3, 20))) == "told 46 days apart"


def test_cancelled_after_a_season_means_no_next_one_but_renewals_differ() -> None:
    ended, refused = (lead(n, seasons=frozenset({n + 1}), kinds=(Kind.CANCELLATION,)) for n in (1, 2))
    assert veto(ended, refused) == ""
    assert veto(lead(1), lead(2, seasons=frozenset({3}))) == "another season: 2, not 3"


def test_guesses_at_one_question_may_differ_but_news_may_not() -> None:
    yes, no = Fact(Field.STATUS, Kind.RENEWAL, "renewed"), Fact(Field.STATUS, Kind.RENEWAL, "denied")
    guess = [lead(n, standing=Standing.SPECULATION, facts=(fact,)) for n, fact in enumerate((yes, no))]
    assert veto(*guess) == ""
    assert veto(lead(1, facts=(yes,)), lead(2, facts=(no,))) == "the opposite: renewed, not denied"


def test_an_unsure_kind_counts_less_than_a_sure_one() -> None:
    def total(chance: float) -> float:
        chances = ((Kind.OTHER, chance), (Kind.RENEWAL, round(1 - chance, 2)))
        signs = weigh(lead(1), lead(2, kinds=(Kind.OTHER,), chances=chances))
        assert not isinstance(signs, str)
        return sum(value for _, value in signs)

    assert total(0.5) > total(0.95)


def test_stories_set_apart_by_hand_are_not_joined(sqlite_store: Store) -> None:
    ingested(
        sqlite_store, told(1, "Glass Court axed by the network"), told(2, "Mara Lind joins the cast of Copper Hill")
    )
    with sqlite_store.begin() as tx:
        assert tx.leads.join(2, 1) == 1
        assert tx.leads.members(1) == [1, 2]
        tx.leads.number(2, 2, "split by hand")
        tx.leads.bar([2], 1, ledger=False)
        assert tx.leads.join(2, 1) == 2
        assert tx.leads.members(1) == [1]


@given(st.builds(
    Lead, article_id=st.integers(1, 9), shows=st.frozensets(st.integers(1, 2)), seasons=st.frozensets(st.integers(1, 3)),
    kinds=st.lists(st.sampled_from(Kind), max_size=3).map(tuple), standing=st.none() | st.sampled_from(Standing),
    told=st.none() | st.dates(date(2027, 1, 1), date(2027, 3, 1)),
    facts=st.lists(st.sampled_from([dated("2027"), dated("May 2028"), Fact(Field.STATUS, Kind.RENEWAL, "renewed"),
        Fact(Field.STATUS, Kind.CANCELLATION, "cancelled"), Fact(Field.CAST, Kind.CASTING, "joins: Ada Koh")]), max_size=3).map(tuple),
    figures=st.frozensets(st.floats(0, 100)), words=st.frozensets(st.sampled_from(sorted(WORDS))),
), st.data())  # fmt: skip
def test_two_articles_weigh_the_same_both_ways(one: Lead, data: st.DataObject) -> None:
    other = data.draw(st.builds(replace, st.just(one), told=st.just(date(2027, 2, 1)), kinds=st.just((Kind.RENEWAL,))))
    there, back = weigh(one, other), weigh(other, one)
    assert isinstance(there, str) == isinstance(back, str)
    if not isinstance(there, str) and not isinstance(back, str):
        assert sum(value for _, value in there) == pytest.approx(sum(value for _, value in back))


def test_a_lead_is_what_the_store_gives_back(sqlite_store: Store) -> None:
    numbers = ingested(
        sqlite_store,
        told(
            1,
            "Night Ferry season 2 premieres on 9 May 2027, network says",
            "Night Ferry season 2 premieres on 9 May 2027.",
        ),
    )
    with sqlite_store.begin() as tx:
        show = next(show for show in tx.shows.all() if show.name == "Night Ferry")
        (kept,) = tx.leads.near({show.id}, None, timedelta(days=1))
        tx.leads.keep(kept, "as it was")
        assert tx.leads.near({show.id}, kept.told, timedelta(days=1)) == [kept]
    assert (kept.story, kept.seasons, kept.name) == (numbers[0], frozenset({2}), "night ferry")
    assert dated("9 May 2027") in kept.facts
