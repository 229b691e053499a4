"""Where phrases can stand at all: nothing that a bank would find is missed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.factories import make_article
from worker.ingest.hints import Hints, hints_of, may_say
from worker.ingest.lexicon import load_lexicons, plain
from worker.ingest.names import fold
from worker.ingest.proposals import propose_shows

LEXICONS = load_lexicons()
_WORDS_LIST = """
    The a renewed cancelled season 2 second final Series will return for Netflix has been to Mara Voss joins cast of
    trailer stars drama S3 S3E4 ITV's petition pet baseball Staffel 4 temporada T2 serie Show: 드라마 시즌 İstanbul ﬁlm film
    finale, sitcom's network. "Harbour FX Premier League third and carpet movie
"""
WORDS = _WORDS_LIST.split()
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
LANGUAGES = st.sampled_from(["en", "es", "ko", "de"])
SAID = ("series", "network", "off_topic", "anaphor")
BESIDE = ("season", "role", "form", "decided", "ruled", "fate", "network", "outlet")


@given(text=TEXTS, language=LANGUAGES)
def test_a_hint_stands_in_every_phrase(text: str, language: str) -> None:
    lexicon = LEXICONS.for_language(language)
    hints = Hints(text, lexicon)
    for name in BESIDE:
        for _, match in lexicon.shows[name].find_all(text):
            assert name in hints.between(match.start(), match.end())
            assert name in may_say(match[0], lexicon)


@given(text=TEXTS, language=LANGUAGES, end=st.integers(0, 300))
@example(text=f"{'word ' * 40}a petition at Netflix", language="en", end=300)
def test_a_phrase_is_found_where_the_bank_finds_one(text: str, language: str, end: int) -> None:
    lexicon = LEXICONS.for_language(language)
    hints = Hints(text, lexicon)
    for name in SAID:
        assert bool(hints.find(name, end)) == (text[:end] in lexicon.shows[name])


@given(text=TEXTS, language=LANGUAGES)
@example(text="In Season 2 and the second and final season, S3", language="en")
def test_every_season_is_seen_where_it_begins(text: str, language: str) -> None:
    lexicon = LEXICONS.for_language(language)
    hints = Hints(text, lexicon)
    assert all(hints.is_season(start) for _, start, _ in lexicon.seasons.find(text))


def test_no_season_stands_where_none_begins() -> None:
    hints = Hints("The cast of Season 2 met in Salt", LEXICONS.for_language("en"))
    assert [place for place in range(32) if hints.is_season(place)] == [12]


def test_what_is_far_away_gives_no_hint() -> None:
    hints = Hints("It was renewed. " + "word " * 40, LEXICONS.for_language("en"))
    assert "ruled" in hints.between(0, 60)
    assert not hints.between(60, 200)


def test_the_hints_of_an_article_are_of_its_plain_headline_and_text() -> None:
    assert hints_of("“Salt”", "The drama’s back", LEXICONS.for_language("en")).text == '"Salt"\nThe drama\'s back'


@pytest.mark.parametrize("make", [fold, plain])
@given(text=st.text(st.sampled_from("aZ’‘“”–—- \u00a0\t`´éİßﬁ등\n\x1c×"), max_size=20))
def test_characters_are_made_alike_one_by_one(make: type[str], text: str) -> None:
    assert make(text) == "".join(make(char) for char in text)


def test_what_is_remembered_cannot_be_changed() -> None:
    article = make_article("The drama returns.", title="Velvet Anchor Season 3 Is Coming")
    propose_shows(article).clear()
    assert propose_shows(article) == ["Velvet Anchor"]


def test_a_changed_text_is_read_anew() -> None:
    assert propose_shows(make_article("Text.", title="Velvet Anchor Season 3 Is Coming")) == ["Velvet Anchor"]
    assert propose_shows(make_article("Text.", title="Velvet Anchor Season 3 Is Coming", language="ko")) == []
    assert propose_shows(make_article("Text.", title="Weather")) == []
