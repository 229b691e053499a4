"""Spanish and Korean: kinds, standing, claims and dates; and what is said of languages without a lexicon."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_article
from worker.ingest.claims import extract_claims, label_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.shows import ShowIndex, match_shows
from worker.ingest.when import find_when
from worker.models import ClaimDraft, Field, Kind, Labels, Show, Standing

INDEX = ShowIndex([Show(1, "La sal del puerto", "sal"), Show(2, "밤의 등대", "deungdae"), Show(3, "Das Moor", "moor")])
LEXICONS = load_lexicons()
DAY = date(2026, 10, 14)  # a Wednesday
WORDS = """
    no habrá temporada 2 renueva 'La sal del puerto' según Marea ¿ ? . el 3 de mayo Ana Ruiz
    시즌2 제작 확정 하차 밝혔다 김하늘이 사실무근
"""


def labels(title: str, text: str, language: str) -> Labels:
    article = make_article(text, title=title, language=language)
    return label_article(article, match_shows(article, INDEX), LEXICONS)


def claims(title: str, text: str, language: str) -> list[ClaimDraft]:
    article = make_article(text, title=title, language=language)
    return extract_claims(article, match_shows(article, INDEX), LEXICONS, tier="outlet")


def told(title: str, text: str, language: str, field: Field) -> list[tuple[str, str]]:
    return [(one.value, str(one.standing)) for one in claims(title, text, language) if one.field is field]


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        (
            "Antena 3 renueva 'La sal del puerto'",
            "La cadena ha confirmado que habrá segunda temporada de la serie.",
            "renewal",
        ),
        (
            "Antena 3 cancela 'La sal del puerto'",
            "La serie no tendrá tercera temporada, informó la cadena.",
            "cancellation",
        ),
        (
            "'La sal del puerto' ya tiene fecha de estreno",
            "La segunda temporada llegará el 3 de mayo a Antena 3.",
            "release-date",
        ),
        ("Tráiler de 'La sal del puerto'", "La cadena ha lanzado el tráiler de la nueva temporada.", "trailer"),
        (
            "Ana Ruiz deja 'La sal del puerto'",
            "La actriz abandona la serie, según ha contado en sus redes.",
            "casting",
        ),
        (
            "Arranca el rodaje de 'La sal del puerto'",
            "El equipo comenzó a rodar este lunes la nueva temporada.",
            "production",
        ),
        (
            "'La sal del puerto' lidera con un 15,2% de cuota",
            "La serie reunió a 1.300.000 espectadores.",
            "ratings-awards",
        ),
        ("Crítica de 'La sal del puerto': un drama notable", "La serie convence sin sorprender.", "review-recap"),
    ],
)
def test_what_a_spanish_headline_is_about(title: str, text: str, kind: str) -> None:
    assert labels(title, text, "es").primary == Kind(kind)


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("'밤의 등대' 시즌2 제작 확정", "tvN은 드라마 '밤의 등대'가 시즌2로 돌아온다고 밝혔다.", "renewal"),
        ("'밤의 등대' 폐지 확정", "SBS는 예능 '밤의 등대'를 폐지한다고 밝혔다.", "cancellation"),
        ("'밤의 등대' 5월 3일 첫 방송", "tvN 새 드라마 '밤의 등대'가 5월 3일 첫 방송된다.", "release-date"),
        ("'밤의 등대' 2차 티저 공개", "tvN이 드라마 '밤의 등대'의 티저 영상을 선보였다.", "trailer"),
        ("김하늘, '밤의 등대' 하차", "배우 김하늘이 드라마에서 하차한다고 소속사가 밝혔다.", "casting"),
        ("'밤의 등대' 크랭크인", "제작진은 드라마 촬영에 돌입했다고 밝혔다.", "production"),
        ("'밤의 등대' 자체 최고 시청률 12.3%", "닐슨코리아에 따르면 드라마는 12.3%를 기록했다.", "ratings-awards"),
        ("[리뷰] '밤의 등대' 시즌2, 아쉬운 복귀", "이 드라마의 느린 호흡이 아쉽다.", "review-recap"),
    ],
)
def test_what_a_korean_headline_is_about(title: str, text: str, kind: str) -> None:
    assert labels(title, text, "ko").primary == Kind(kind)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("La cadena ha confirmado que la serie ha sido renovada.", "official"),
        ("La serie ha sido renovada, según publica el portal Marea.", "reported"),
        ("La serie habría sido renovada, según adelanta el diario Marea.", "reported"),
        ("Fuentes cercanas a la producción apuntan a que la serie habría sido renovada.", "rumour"),
        ("Al parecer la serie tendrá segunda temporada.", "rumour"),
        ("La serie podría tener segunda temporada.", "speculation"),
    ],
)
def test_who_says_it_in_spanish(text: str, standing: str) -> None:
    (claim,) = told("'La sal del puerto', al día", text, "es", Field.STATUS)
    assert claim == ("renewed", standing)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("tvN은 드라마 시즌2 제작을 확정했다고 밝혔다.", "official"),
        ("드라마 시즌2 제작이 확정됐다고 한 매체가 보도했다.", "official"),  # who confirms it is the stronger source
        ("한 매체는 드라마 시즌2를 제작한다고 보도했다.", "reported"),
        ("업계에 따르면 드라마 시즌2를 제작한다.", "reported"),
        ("드라마 시즌2를 제작한다는 글이 온라인 커뮤니티에 올라왔다.", "rumour"),
    ],
)
def test_who_says_it_in_korean(text: str, standing: str) -> None:
    assert told("'밤의 등대' 소식", text, "ko", Field.STATUS) == [("renewed", standing)]


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("La cadena desmiente el final de 'La sal del puerto'", "Los rumores de cancelación son falsos.", "es"),
        ("No se acaba 'La sal del puerto'", "El creador de la serie niega la cancelación.", "es"),
        ("\"'밤의 등대' 폐지설 사실무근\"", "방송사 측은 예능 폐지설은 사실이 아니라고 밝혔다.", "ko"),
    ],
)
def test_a_denied_end_is_news_of_the_end(title: str, text: str, language: str) -> None:
    assert labels(title, text, language).primary is Kind.CANCELLATION
    assert [value for value, _ in told(title, text, language, Field.STATUS)] == ["denied"]


def test_a_date_of_a_season_is_no_renewal() -> None:
    text = "La cadena anunció que la segunda temporada se estrena el 3 de mayo."
    found = claims("Fecha para la segunda temporada de 'La sal del puerto'", text, "es")
    assert [one.field for one in found] == [Field.RELEASE]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Al reparto se suman Ana Ruiz, Eva Soto y Leo Paz.", {"joins: Ana Ruiz", "joins: Eva Soto", "joins: Leo Paz"}),
        ("Ana Ruiz y Eva Soto se mantienen al frente del reparto.", {"returns: Ana Ruiz", "returns: Eva Soto"}),
        ("Ana Ruiz no volverá a la serie.", {"leaves: Ana Ruiz"}),
    ],
)
def test_spanish_people(text: str, people: set[str]) -> None:
    assert {value for value, _ in told("'La sal del puerto': reparto", text, "es", Field.CAST)} == people


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("김하늘과 박서준이 드라마에 합류한다.", {"joins: 김하늘", "joins: 박서준"}),
        ("김하늘·박서준·이도윤이 시즌2에 출연한다.", {"joins: 김하늘", "joins: 박서준", "joins: 이도윤"}),
        ("김하늘 박서준 등이 드라마에 새롭게 합류했다.", {"joins: 김하늘", "joins: 박서준"}),
        ("이번에 제작진은 주인공을 교체했다.", set()),
        ("해당 배역에는 김하늘이 출연을 논의 중이다.", {"joins: 김하늘"}),
    ],
)
def test_korean_people(text: str, people: set[str]) -> None:
    assert {value for value, _ in told("'밤의 등대' 출연진", text, "ko", Field.CAST)} == people


def test_the_number_within_a_korean_title_is_its_season() -> None:
    assert labels("'밤의 등대2' 제작 확정", "tvN은 드라마 '밤의 등대'가 돌아온다고 밝혔다.", "ko").season == 2
    assert labels("'밤의 등대' 파트2, 3월 공개", "드라마 파트2가 공개된다.", "ko").season is None


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("El delantero renueva hasta 2031", "El club ha hecho oficial la renovación del jugador para tres años.", "es"),
        ("Suben los precios del vídeo bajo demanda", "El plan estándar cuesta ya 15 euros al mes.", "es"),
        ("새 앨범으로 돌아온 밴드, 월드투어 확정", "소속사는 정규 앨범을 낸다고 밝혔다.", "ko"),
        ("온라인 게임 시즌3 업데이트", "게임사는 새 시즌을 선보인다고 밝혔다.", "ko"),
    ],
)
def test_other_news_of_renewals_and_seasons_is_no_show_news(title: str, text: str, language: str) -> None:
    assert not labels(title, text, language).is_show_news
    assert claims(title, text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "first", "last"),
    [
        ("es", "La serie se estrena hoy.", "2026-10-14", "2026-10-14"),
        ("es", "La serie llega mañana.", "2026-10-15", "2026-10-15"),
        ("es", "Se estrena el día de Navidad.", "2026-12-25", "2026-12-25"),
        ("es", "Se estrena agosto 15 de 2027.", "2027-08-15", "2027-08-15"),
        ("es", "Llegará en la segunda mitad del año.", "2026-07-01", "2026-12-31"),
        ("es", "Llegará a lo largo de 2027.", "2027-01-01", "2027-12-31"),
        ("ko", "오는 일요일 첫 방송", "2026-10-18", "2026-10-18"),
        ("ko", "다음 주 금요일 공개", "2026-10-23", "2026-10-23"),
        ("ko", "20일 첫 방송된다", "2026-10-20", "2026-10-20"),
        ("ko", "다음 주 첫 방송된다", "2026-10-19", "2026-10-25"),
        ("ko", "오늘(14일) 첫 방송된다", "2026-10-14", "2026-10-14"),
        ("ko", "크리스마스에 공개된다", "2026-12-25", "2026-12-25"),
    ],
)
def test_days_without_a_month(language: str, text: str, first: str, last: str) -> None:
    when = find_when(text, DAY, language)
    assert when is not None
    assert (when.first, when.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Se emite por la mañana."),
        ("es", "La segunda mitad de la temporada."),
        ("es", "Un especial de Navidad."),
        ("ko", "16일 밝혔다"),
        ("ko", "15일 방송된 3회"),
        ("ko", "이번 주연 배우"),
    ],
)
def test_words_that_only_look_like_days(language: str, text: str) -> None:
    assert find_when(text, DAY, language) is None


@pytest.mark.parametrize("language", ["nl", "vi", "xx", None])
def test_nothing_is_claimed_in_words_that_nobody_knows(language: str | None) -> None:
    article = make_article("Zxqw vbnm qwrt plkj. Dfgh jklz xcvb.", title="Das Moor: qwrt zxcv", language=language)
    assert extract_claims(article, match_shows(article, INDEX), LEXICONS) == []


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("Der Rekordmeister verlängert mit seinem Torwart", "Er bleibt bis 2031 in der Bundesliga.", "de"),
        ("映画『夜の灯台』興行収入50億円突破", "公開から30日で達成した。", "ja"),
        ("Le gardien de but est de retour pour une saison", "Le club de Ligue 1 l'a annoncé.", "fr"),
    ],
)
def test_sport_and_films_are_no_show_news_in_other_languages(title: str, text: str, language: str) -> None:
    assert not labels(title, text, language).is_show_news
    assert claims(title, text, language) == []


def test_an_end_is_read_in_a_language_without_a_file() -> None:
    text = "La chaîne a annoncé que la saison 5 de la série sera la dernière."
    assert told("Das Moor : fin annoncée", text, "fr", Field.STATUS) == [("ending", "official")]


@pytest.mark.parametrize(
    ("language", "piece"),
    [
        ("es", "Ana Ruiz, "),
        ("es", "la nueva temporada "),
        ("es", "según el medio "),
        ("es", "1.2"),
        ("ko", "김하늘, "),
        ("ko", "'시즌2' "),
        ("ko", "김하늘과 박서준이 다시 "),
        ("ko", "1.2"),
    ],
)
def test_long_sentences_cost_little(language: str, piece: str) -> None:
    sentence = (piece * 1200)[:1200]
    started = time.perf_counter()
    claims("'La sal del puerto' 밤의 등대", sentence, language)
    assert time.perf_counter() - started < 2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=30,
    ),
    st.sampled_from(["es", "ko"]),
)
def test_evidence_is_always_found_in_the_text(words: list[str], language: str) -> None:
    title, text = "'La sal del puerto' y '밤의 등대'", " ".join(words)
    for claim in claims(title, text, language):
        assert claim.evidence in text or claim.evidence in title
        assert claim.standing in Standing
