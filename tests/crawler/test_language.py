"""Which language a text is in, when its page may say something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page.language import text_language

TEXTS = {
    "en": "The keepers of the lamp return to their tower, and with them the secrets that they have kept for years.",
    "es": "El faro vuelve en otoño con seis capítulos, pero la cadena no ha dicho más: los actores están en el puerto.",
    "pt": "A série não volta este ano, mas os atores estão prontos para uma nova temporada com mais episódios.",
    "fr": "La série est dans les mains des scénaristes, qui sont avec nous pour une nouvelle saison sur la chaîne.",
    "de": "Die Serie ist nicht mit der ersten Staffel vorbei, und das Warten auf die zweite hat ein Ende.",
    "it": "La serie non torna nel porto della città, ma gli attori sono con una nuova stagione che arriva per tutti.",
    "ko": "하버 라이츠 시즌 2 제작이 확정됐다. 넷이 아닌 셋이 돌아온다.",
    "ja": "ハーバーライツのシーズン2が決まりました。来年の冬に始まります。",
    "zh": "第二季已经确定,将于明年冬天播出。",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_what_is_not_declared_is_found(language: str, text: str) -> None:
    assert text_language(text, None) == language


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_a_theme_in_english_does_not_make_the_text_english(language: str, text: str) -> None:
    assert text_language(text, "en-US") == ("en-US" if language == "en" else language)


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_a_right_declaration_is_kept_as_it_is(language: str, text: str) -> None:
    assert text_language(text, f"{language}-XX") == f"{language}-XX"


def test_quoted_names_of_another_script_change_nothing() -> None:
    assert text_language("The drama 지금 우리 학교는 is back with a second season.", "en") == "en"


def test_a_language_we_have_no_words_of_is_believed() -> None:
    assert text_language("Serial wraca na antenę w przyszłym roku.", "pl") == "pl"


@given(st.text(max_size=200), st.sampled_from([None, "en", "ko-KR", "xx"]))
def test_no_text_is_too_strange(text: str, declared: str | None) -> None:
    assert text_language(text, declared) is None or text_language(text, declared)
