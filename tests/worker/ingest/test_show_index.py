"""Which of several shows leads, which names are known already, and what thirty thousand shows cost."""

from __future__ import annotations

import itertools
from time import perf_counter

import pytest

from tests.factories import make_article
from worker.ingest.aliases import propose_aliases
from worker.ingest.shows import MANY, ShowIndex, leading_show, match_shows
from worker.models import Show

NAMES = (
    ("Harbour Lights", ()),
    ("The Ferry", ()),
    ("Night Harbour Ward", ("NHW", "Ward")),
    ("Barry", ()),
    ("Manifest", ()),
    ("The Salt Lotus", ()),
    ("Lunaria", ()),
    ("Good old Tides", ("GoT",)),
    ("Anchors", ()),
)
INDEX = ShowIndex([Show(n, name, name.casefold(), aliases) for n, (name, aliases) in enumerate(NAMES, start=1)])


def names(title: str, text: str = "") -> list[str]:
    return [match.name for match in match_shows(make_article(text, title=title), INDEX)]


@pytest.mark.parametrize(
    ("title", "text", "first"),
    [
        ("A Harbour Lights regular is heading to The Salt Lotus", "", "The Salt Lotus"),
        ("Bigger than Harbour Lights: The Salt Lotus opens on HBO", "", "The Salt Lotus"),
        ("Only Harbour Lights did better than The Salt Lotus season 2", "", "The Salt Lotus"),
        ("New 'Harbour Lights' clip before season 3 of 'The Salt Lotus'", "", "The Salt Lotus"),
        ("'Bell' judge on The Ferry 2027", "", "The Ferry"),
        ("'Ferry' ends in tears", "", "The Ferry"),
        ("Manifest 'closer than ever' to a rescue", "The studio talks about a fourth season.", "Manifest"),
        ("NHW star mocks the news", "", "Night Harbour Ward"),
        ("Jane Doe leaves the Salt Lotus spin-off", "Harbour Lights is a drama.", "The Salt Lotus"),
        ("Ward S3 is not to come", "", "Night Harbour Ward"),
        ("Six Friends of Barry said to return", "The series comes back.", "Barry"),
        ("Lunaria: five theories", "Is it the sea?", "Lunaria"),
        ("ANCHORS SAVED! ITV picks up season 5", "The drama goes on.", "Anchors"),
    ],
)
def test_the_show_that_the_headline_is_about_comes_first(title: str, text: str, first: str) -> None:
    assert names(title, text)[:1] == [first]


def test_a_word_of_a_longer_name_is_no_show() -> None:
    assert names("News", "The series has Anna Doe, Barry Okoro and Secret Manifest in it.") == []
    assert names("News", "The series brings Barry back.") == ["Barry"]


def test_a_round_up_is_about_many() -> None:
    def leading(title: str, text: str) -> str | None:
        article = make_article(text, title=title)
        return leading_show(article, match_shows(article, INDEX))

    assert leading("The 10 best shows of the year", "Harbour Lights comes first.") == MANY
    assert leading("Harbour Lights and ten other shows", "Lists.") == "Harbour Lights"
    assert leading("A show to see", "Harbour Lights is a drama.") == "Harbour Lights"
    assert leading("Weather", "Rain.") is None
    assert leading("What was dropped today", "Harbour Lights, The Salt Lotus and Night Harbour Ward are gone.") == MANY
    told = "A third season of Harbour Lights is coming. The Salt Lotus and Night Harbour Ward are on the same network."
    assert leading("Doe's drama gets a decision", told) == "Harbour Lights"


def test_names_known_in_other_words() -> None:
    for said in ("Salt Lotus", "Jane in The Salt Lotus", "Thailand's Salt Lotus", "Harbour Lights 2027"):
        assert INDEX.knows(said), said
    assert INDEX.knows("Harbour Lights and The Ferry")
    for said in ("Harbour Lights: Second Watch", "Fear the Salt Lotus", "Velvet Anchor"):
        assert not INDEX.knows(said), said


def test_a_name_that_the_text_has_longer_or_with_a_number_is_known() -> None:
    assert INDEX.knows("Harbour Ward", "The drama Night Harbour Ward returns.")
    assert not INDEX.knows("Harbour Ward", "The drama returns.")
    assert INDEX.knows("Six Anchors")
    assert not INDEX.knows("Six Salt Lotus")
    assert INDEX.knows("Mara: The Salt Lotus")


def test_an_abbreviation_is_written_in_capitals() -> None:
    assert names("News", "The series have got the chop.") == []
    assert names("News", "The series GoT has got the chop.") == ["Good old Tides"]


def test_initials_of_one_show_alone() -> None:
    index = ShowIndex([Show(1, "Night Harbour Ward", "a"), Show(2, "Sand of Time", "b"), Show(3, "Salt of Tides", "c")])
    assert (found := index.abbreviated("NHW"))
    assert found.id == 1
    assert index.abbreviated("SOT") is None
    assert index.abbreviated("Nhw") is None


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("Harbour Lights, also known as 'Luces del puerto', returns.", "Luces del puerto"),
        ("The drama 'Harbour Lights' (aka Luces) returns.", "Luces"),
        ("Harbour Lights (등대의 밤) returns.", "등대의 밤"),
        ("Harbour Lights, also known as The Ferry, returns.", None),
        ("Jane Doe, also known as Luces, returns.", None),
        ("Harbour Lights (2027) returns.", None),
    ],
)
def test_other_names_that_a_text_gives(text: str, alias: str | None) -> None:
    found = list(propose_aliases(make_article(text, title="News"), INDEX))
    assert [(show.name, name) for show, name in found] == ([("Harbour Lights", alias)] if alias else [])


def test_a_show_added_later_is_found() -> None:
    index = ShowIndex([Show(1, "Harbour Lights", "a")])
    for show in (Show(2, "Velvet Anchor", "b"), Show(3, "Velvet Anchor: Low Tide", "c")):
        index.add(show)
    article = make_article("Harbour Lights and Velvet Anchor: Low Tide", title="Velvet Anchor season 2")
    assert [match.show_id for match in match_shows(article, index)] == [2, 1, 3]
    assert index.find("velvet anchor") == Show(2, "Velvet Anchor", "b")


def test_the_cost_of_a_text_does_not_grow_with_the_registry() -> None:
    words = [f"{a}{b}" for a, b in itertools.product("klmnprst", ("ara", "obel", "uvon"))]
    every = [" ".join(parts).title() for parts in itertools.product(words, words, words)]
    article = make_article("Harbour Lights is a drama of the coast. " * 100, title="Harbour Lights returns")

    def cost(number: int) -> float:
        index = ShowIndex(Show(n, name, str(n)) for n, name in enumerate(["Harbour Lights", *every[:number]], start=1))
        return min(_seconds(index) for _ in range(7))

    def _seconds(index: ShowIndex) -> float:
        began = perf_counter()
        match_shows(article, index)
        return perf_counter() - began

    assert cost(10_000) < 5 * cost(100)  # a hundred times the shows; as long would be a loop over them
