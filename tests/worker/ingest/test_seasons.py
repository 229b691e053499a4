"""Which season the news is about, and how seasons are numbered."""

from __future__ import annotations

import pytest

from tests.factories import make_article
from worker.ingest.claims import label_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.shows import ShowIndex, match_shows
from worker.models import Show

LEXICONS = load_lexicons()
INDEX = ShowIndex([Show(1, "Harbour Lights", "a"), Show(2, "등대", "b"), Show(3, "Velvet Anchor", "c")])


def season(title: str, text: str = "", language: str = "en", url: str = "https://one.example/a") -> int | None:
    article = make_article(text, title=title, language=language, url=url)
    return label_article(article, match_shows(article, INDEX), LEXICONS).season


@pytest.mark.parametrize(
    ("title", "text", "number"),
    [
        ("No season 2 for Harbour Lights", "It was never planned, the makers say.", 2),
        ("Harbour Lights renewed twice", "ITV orders the drama through Season 4. Season 3 has a new lead.", 3),
        (
            "ITV orders two new seasons of Harbour Lights",
            "The drama goes on. Mara leads the third, and the fourth.",
            None,
        ),
        ("ITV orders two new seasons of Harbour Lights", "It goes on. Season three has Mara, season four Wim.", 3),
        ("Harbour Lights ends after two seasons", "Season 3 was planned, season 2 was the last.", 3),
        ("ITV revives Harbour Lights", "The drama has been renewed for a second and a third season.", 2),
        ("Work on a fourth Harbour Lights series begins", "The drama returns.", 4),
        ("Harbour Lights goes past its 7th year", "The drama is renewed.", 7),
        ("Harbour Lights series nine prizes richer", "The drama swept the board.", None),
        ("The third instalment of Harbour Lights is filming", "The drama is back.", 3),
    ],
)
def test_the_season_that_is_stated(title: str, text: str, number: int | None) -> None:
    assert season(title, text) == number


def test_a_number_right_behind_a_korean_name_is_its_season() -> None:
    assert season("'등대2' 첫 방송", "드라마가 돌아온다.", "ko") == 2
    assert season("'등대' 2주 만에 종영", "드라마가 끝났다.", "ko") is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a second and a third season", [2]),
        ("its 12th year on air", [12]),
        ("the 12th year of the war", []),
        ("a fourth Harbour Lights series", [4]),
        ("Fourth Man Joins Drama Series", []),
        ("the series nine prizes", []),
        ("series nine begins", [9]),
    ],
)
def test_numbers_of_seasons(text: str, numbers: list[int]) -> None:
    assert [number for number, _, _ in LEXICONS.for_language("en").seasons.find(text)] == numbers
