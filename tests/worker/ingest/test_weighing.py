"""Signs of kinds and standings, and the weights that they have."""

from __future__ import annotations

import pytest

from crawler.items import Section
from tests.factories import make_article
from worker.ingest.claims import label_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.statements import read_statements
from worker.ingest.weighing import belonging, further_signs, heaviest, kind_signs, load_weights, standing_signs, weigh
from worker.models import Kind, Labels, ShowMatch, Standing

LEXICONS = load_lexicons()
MATCHES = [ShowMatch(1, "Harbour Lights", "Harbour Lights", "title", "test")]


def labels(title: str, text: str = "", language: str = "en", **values: object) -> Labels:
    return label_article(make_article(text, title=title, language=language, **values), MATCHES, LEXICONS)


def signs(title: str, text: str) -> dict[Kind, frozenset[str]]:
    lexicon = LEXICONS.for_language("en")
    statements = read_statements(make_article(text, title=title), MATCHES, lexicon, "unknown")
    return kind_signs(lexicon, statements)


def test_signs_say_where_a_kind_stands() -> None:
    found = signs("Harbour Lights renewed for season 2", "The series has been renewed. Mara Voss joins the cast.")
    assert {"headline claims", "headline says", "lead claims", "claimed first", "claimed firmly"} <= found[Kind.RENEWAL]
    assert "second claims" in found[Kind.CASTING]
    assert "headline claims" not in found[Kind.CASTING]
    recalled = signs("Mara Voss thanks the fans after Harbour Lights was renewed", "")
    assert "headline recalls" in recalled[Kind.RENEWAL]


@pytest.mark.parametrize(
    ("title", "recalled"),
    [
        ("Mara Voss on the fans after Harbour Lights was renewed", True),
        ("Harbour Lights to go on after all as it is renewed", False),
        ("Harbour Lights gone after two seasons, but renewed elsewhere", False),
    ],
)
def test_only_older_news_is_recalled(title: str, recalled: bool) -> None:
    assert ("headline recalls" in signs(title, "")[Kind.RENEWAL]) is recalled


def test_words_that_only_mostly_mean_a_kind_suggest_it() -> None:
    found = signs("Harbour Lights survives", "The drama is in limbo.")
    assert {"headline suggests", "lead suggests"} <= found[Kind.RENEWAL]
    assert not {"headline says", "lead says"} & found[Kind.RENEWAL]


def test_who_talks_to_the_press_makes_an_interview_but_a_source_does_not() -> None:
    spoken = signs("Harbour Lights", "Mara Voss told the Dockside Post that she is happy. It rained.")
    assert "lead is a conversation" in spoken[Kind.INTERVIEW]
    assert "lead is a conversation" not in spoken[Kind.RENEWAL]
    later = signs("Harbour Lights", "It rained. It snowed. Mara Voss told the Dockside Post that she is happy.")
    assert "later a conversation" in later[Kind.INTERVIEW]
    whispered = signs("Harbour Lights", "A source told the Dockside Post that she is happy.")
    assert "lead is a conversation" not in whispered[Kind.INTERVIEW]


def test_signs_count_for_their_own_kind_too_beside_the_leading_one() -> None:
    found = further_signs(frozenset({"lead says"}), Kind.TRAILER, Kind.RENEWAL)
    assert found == {"lead says", "lead says: trailer", "beside renewal"}


def test_signs_of_standings_name_their_place() -> None:
    lexicon = LEXICONS.for_language("en")
    article = make_article("An insider says so.", title="Meridian Plus confirms a second season")
    found = standing_signs(lexicon, read_statements(article, MATCHES, lexicon, "unknown"), Kind.RENEWAL)
    assert "headline worded" in found[Standing.OFFICIAL]
    assert "lead worded" in found[Standing.RUMOUR]
    assert "nobody named" not in found[Standing.OFFICIAL]


def test_weights_count_together_and_name_the_heaviest() -> None:
    weights = {"a": 1.0, "b": 2.5, "c": -4.0}
    assert weigh({"a", "b", "unheard of"}, weights) == 3.5
    assert heaviest({"a", "b", "c"}, weights) == "b +2.5, a +1.0"


def test_further_kinds_belong_when_likely() -> None:
    by_kind = {Kind.RENEWAL: frozenset({"x"}), Kind.CASTING: frozenset({"x"}), Kind.PLOT: frozenset({"y"})}
    assert belonging(by_kind, Kind.RENEWAL, {"x": 2.0, "y": -2.0}) == [Kind.CASTING]
    assert belonging(by_kind, Kind.RENEWAL, {"x": 2.0, "y": -2.0, "beside renewal": -5.0}) == []


def test_the_learned_weights_know_every_kind_and_standing() -> None:
    weights = load_weights()
    assert {f"is {kind}" for kind in Kind} <= weights.primary.keys() & weights.kinds.keys()
    assert {f"is {standing}" for standing in Standing} <= weights.standing.keys()


@pytest.mark.parametrize(
    ("title", "text", "kinds"),
    [
        ("Harbour Lights gets a second season", "Meridian Plus has renewed the drama.", {Kind.RENEWAL}),
        (
            "First trailer for Harbour Lights",
            "The trailer is out. It premieres on 4 May 2028.",
            {Kind.TRAILER, Kind.RELEASE_DATE},
        ),
        ("Mara Voss to play the lead in Harbour Lights", "Mara Voss joins the cast.", {Kind.CASTING}),
        ("Harbour Lights review: a slow tide", "It drew 4 million viewers.", {Kind.REVIEW_RECAP}),
    ],
)
def test_kinds_of_plain_articles(title: str, text: str, kinds: set[Kind]) -> None:
    assert set(labels(title, text).kinds) == kinds


@pytest.mark.parametrize(
    ("title", "text", "standing"),
    [
        ("Trailer for Harbour Lights", "", Standing.OFFICIAL),
        ("Harbour Lights renewed", "Meridian Plus announced a second season.", Standing.OFFICIAL),
        ("Harbour Lights renewed", "Deadline reports that a second season has been ordered.", Standing.REPORTED),
        ("Harbour Lights to return?", "An insider says that a second season has been ordered.", Standing.RUMOUR),
        ("Will Harbour Lights return?", "", Standing.SPECULATION),
        ("Harbour Lights: will it return?", "We think it could come back, but we doubt it.", Standing.SPECULATION),
        ("Harbour Lights to return", "A second season has been ordered, sources tell us.", Standing.REPORTED),
        ("Harbour Lights to return", "Two people familiar with the deal say it is renewed.", Standing.RUMOUR),
    ],
)
def test_standing_of_plain_articles(title: str, text: str, standing: Standing) -> None:
    assert labels(title, text).standing is standing


@pytest.mark.parametrize(
    ("title", "text", "url", "season"),
    [
        ("No third season for Harbour Lights", "Meridian Plus has cancelled the drama.", "", None),
        ("Harbour Lights renewed", "That is more than 'Night Ferry' season 4 had.", "", None),
        ("Harbour Lights renewed", "Season 4 has been ordered.", "", 4),
        ("Harbour Lights kehrt zurück", "", "https://x.example/harbour-lights-staffel-3-start", 3),
        ("Harbour Lights renewed", "It was watched a lot. Filming of season 5 is over.", "", None),
        ("Harbour Lights renewed", "It was watched a lot. Season 5 has been ordered.", "", 5),
        ("Harbour Lights renewed", "After season 3's cliffhanger, season 4 has been ordered.", "", 4),
        ("Harbour Lights review: a slow tide", "I cannot wait for season 2.", "", None),
    ],
)
def test_the_season_is_that_of_the_news(title: str, text: str, url: str, season: int | None) -> None:
    values = {"url": url} if url else {}
    assert labels(title, text, **values).season == season


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("Release date", {Kind.RELEASE_DATE}),
        ("When will Harbour Lights season 2 come out?", {Kind.RELEASE_DATE}),
        ("Will there be a season 3?", {Kind.RENEWAL}),
        ("Has Harbour Lights been renewed for season 3?", {Kind.RENEWAL}),
        ("Is there a trailer for season 2?", {Kind.TRAILER}),
        ("Who is in the cast?", {Kind.CASTING}),
        ("Who is directing it?", {Kind.PRODUCTION}),
        ("What is it about?", {Kind.PLOT}),
        ("How many episodes will it have?", {Kind.PRODUCTION}),
        ("Where to watch", {Kind.RELEASE_DATE}),
        ("Why was it cancelled?", {Kind.CANCELLATION}),
        ("How did season 1 end?", {Kind.REVIEW_RECAP}),
        ("What will happen in season 3?", {Kind.PLOT}),
        ("When does filming start?", {Kind.PRODUCTION}),
        ("Is season 5 the last one?", {Kind.CANCELLATION}),
        ("Episode release schedule", {Kind.RELEASE_DATE}),
    ],
)
def test_headings_of_guides(heading: str, kinds: set[Kind]) -> None:
    sections = (Section("", "Harbour Lights is back."), Section(heading, ""))
    found = dict(labels("Harbour Lights: what we know", "Harbour Lights is back.", sections=sections).section_kinds)
    assert set(found[heading]) == kinds


def test_every_label_carries_its_rule() -> None:
    found = labels("Harbour Lights renewed for season 2", "Meridian Plus announced that season 2 has been ordered.")
    assert any(rule.startswith("en.status.renewed.") and "headline" in rule for rule in found.rules)
    assert any("official" in rule for rule in found.rules)


def test_claims_about_series_beside_a_network_are_news_without_a_known_show() -> None:
    article = make_article("NBC has cancelled the two dramas.", title="What is left of the autumn")
    assert label_article(article, [], LEXICONS).is_show_news
    film = make_article("The film opens in May.", title="What is left of the autumn")
    assert not label_article(film, [], LEXICONS).is_show_news


@pytest.mark.parametrize(
    ("title", "text", "is_news"),
    [
        ("Harbour Lights star Mara Voss ties the knot", "She wore a white gown.", False),
        ("Mara Voss's wedding on Harbour Lights", "The episode is shown on Sunday.", True),
        ("Harbour Lights season 3 begins", "The patch adds a battle pass for all players.", False),
        ("Harbour Lights season 3 begins", "The series is based on a game for the PlayStation.", True),
    ],
)
def test_a_name_in_the_headline_is_not_always_news_of_the_series(title: str, text: str, is_news: bool) -> None:
    assert labels(title, text).is_show_news is is_news


@pytest.mark.parametrize(
    ("title", "text", "is_news"),
    [
        ("Who plays the captain?", "Mara Voss joins the cast.", True),
        ("The captain of the film", "Mara Voss joins the cast of the film.", False),
        ("Four ferries on one river", "The sitcom is shown on Netflix.", True),
        ("Four ferries on one river", "They leave at noon.", False),
        ("Ten favourite shows of the year", "We liked the football one.", True),
    ],
)
def test_news_of_series_that_are_not_known(title: str, text: str, is_news: bool) -> None:
    assert label_article(make_article(text, title=title), [], LEXICONS).is_show_news is is_news
