"""Which shows a text is about, and by which cue."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_article
from worker.ingest.names import fold, name_key
from worker.ingest.shows import ShowIndex, match_shows, propose_shows
from worker.models import Show

NAMES = (
    ("Harbour Lights", ()),
    ("Harbour Lights Australia", ()),
    ("The Ferry", ()),
    ("Dusk", ()),
    ("You", ()),
    ("1899", ()),
    ("Café Señor", ("Cafe Senor Nights",)),
    ("Tide & Time", ()),
    ("Night Ward: Second Shift", ("Night Ward 2",)),
    ("등대", ("Lighthouse Keepers",)),
)
SHOWS = [Show(n, name, name.casefold(), aliases) for n, (name, aliases) in enumerate(NAMES, start=1)]
INDEX = ShowIndex(SHOWS)


def names(title: str, text: str = "", **values: object) -> list[str]:
    return [match.name for match in match_shows(make_article(text, title=title, **values), INDEX)]


@pytest.mark.parametrize(
    ("title", "text", "shows"),
    [
        ("Harbour Lights returns", "", ["Harbour Lights"]),
        ("Harbour Lights Australia returns", "", ["Harbour Lights Australia"]),
        ("HARBOUR LIGHTS RETURNS", "The series is back.", ["Harbour Lights"]),
        ("Harbour Lightshow opens", "", []),
        ("‘Dusk’ gets a date", "", ["Dusk"]),
        ("Dusk season 2 gets a date", "", ["Dusk"]),
        ("We walked home at dusk", "Netflix was on, with a series.", []),
        ("Dusk fell on the farm", "The harvest was good.", []),
        ("The streamer has plans for Dusk", "The series is popular.", ["Dusk"]),
        ("What did you watch?", "You will like this series.", []),
        ("'You' season five is filming", "", ["You"]),
        ("Born in 1899 in a farmhouse", "He never saw a series.", []),
        ("Why '1899' was cancelled", "", ["1899"]),
        ("Cafe Senor comes back", "The sitcom returns.", ["Café Señor"]),
        ("Tide and Time ends", "The drama ends.", ["Tide & Time"]),
        ("Night Ward Second Shift is renewed", "", ["Night Ward: Second Shift"]),
        ("News from the coast", "Fans of Harbour Lights wait.", ["Harbour Lights"]),
    ],
)
def test_matches(title: str, text: str, shows: list[str]) -> None:
    assert names(title, text) == shows


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("'등대' 시즌2 확정", True),
        ("등대는 시즌2로 돌아온다", True),
        ("드라마 등대의 촬영", True),
        ("등대지기 드라마 촬영", False),
    ],
)
def test_korean_names_take_particles(title: str, found: bool) -> None:
    assert bool(names(title, "", language="ko")) is found


def test_titles_come_before_texts_and_each_match_says_why() -> None:
    article = make_article("Harbour Lights and Harbour Lights again. 'Dusk' too.", title="'The Ferry' is back")
    matches = match_shows(article, INDEX)
    assert [match.name for match in matches] == ["The Ferry", "Harbour Lights", "Dusk"]
    assert [match.where for match in matches] == ["title", "text", "text"]
    assert all(match.cue for match in matches)
    assert matches[1].count == 2


def test_a_name_of_the_pages_own_data_is_evidence() -> None:
    assert names("Dusk fell on the set", "All went home.", shows=("Dusk",)) == ["Dusk"]
    assert names("News", "Nothing is named.", shows=("Harbour Lights", "Not Ours")) == ["Harbour Lights"]


def test_shows_of_one_name_are_told_apart_by_country() -> None:
    pair = [Show(1, "Harbour Patrol", "hp"), Show(2, "Harbour Patrol (UK)", "hp-uk", country="UK")]
    index = ShowIndex(pair)

    def first(text: str) -> int:
        return match_shows(make_article(text, title="Harbour Patrol is renewed"), index)[0].show_id

    assert first("The UK series goes on.") == 2
    assert first("The series goes on.") == 1


def test_find_and_near() -> None:
    for said in ("harbour lights", "HARBOUR LIGHTS", "ferry", "Café Señor", "cafe senor", "tide and time"):
        assert INDEX.find(said) is not None, said
    assert INDEX.find("Harbor Light") is None
    assert INDEX.near("Harbor Lites")[0] == "Harbour Lights"
    assert INDEX.near("zzzzqqqq") == []
    assert len(INDEX.near("harbour", limit=1)) == 1


@pytest.mark.parametrize(
    ("title", "text", "names"),
    [
        ("Velvet Anchor season 2 gets a date", "", ["Velvet Anchor"]),
        ("Netflix renews Velvet Anchor for season 2", "", ["Velvet Anchor"]),
        ("Velvet Anchor cancelled after one season", "", ["Velvet Anchor"]),
        ("'Velvet Anchor' is back", "The series returns.", ["Velvet Anchor"]),
        ("A new drama", "The Netflix series 'Velvet Anchor' has been renewed.", ["Velvet Anchor"]),
        ("'It was a wonderful time', says star", "The series ended.", []),
        ("Mayor opens new bridge", "The mayor said 'Open It' aloud.", []),
        ("The final season starts soon", "It is the second season.", []),
    ],
)
def test_proposals_need_evidence(title: str, text: str, names: list[str]) -> None:
    assert propose_shows(make_article(text, title=title)) == names


def test_names_of_the_pages_own_data_are_proposed() -> None:
    assert propose_shows(make_article("Text.", title="Title", shows=("Velvet Anchor",))) == ["Velvet Anchor"]


@given(st.text(max_size=200))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(max_size=120), st.text(max_size=300))
def test_any_text_is_read(title: str, text: str) -> None:
    article = make_article(text, title=title)
    match_shows(article, INDEX)
    propose_shows(article)


@given(st.text(min_size=1, max_size=60))
def test_any_name_can_be_a_show(name: str) -> None:
    index = ShowIndex([Show(1, name, "some-key")])
    match_shows(make_article(f"{name} is a series."), index)
    found = index.find(name)
    assert found is not None or not name_key(name)
