"""Pages in ten languages, each in the encodings its sites use: title, date, author, body, comments and their count."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.page.charset import decode

URL = "https://quay.example/blog/lamp-42731"
DAY = date(2027, 3, 5)


@dataclass(frozen=True)
class Words:
    """What a page of one language says: author as `byline` has them, the day in words, the count of comments."""

    title: str
    byline: str
    author: str
    day: str
    text: tuple[str, str]
    count: str
    comment: str


LANGUAGES = {
    "en": Words(
        "The lamp stays lit for a third year",
        "By Ines Calder",
        "Ines Calder",
        "March 5, 2027",
        (
            "The keepers return to the harbour in autumn, the network said, and nobody in the town is very happy about it.",
            "“We wrote it in a café by the quay,” said the producer – and then she ordered another one for the whole crew.",
        ),
        "2 comments",
        "I have waited for this since the storm.",
    ),
    "es": Words(
        "La lámpara seguirá encendida un tercer año",
        "Por Inés Calderón",
        "Inés Calderón",
        "5 de marzo de 2027",
        (
            "Los guardianes volverán al puerto en otoño, según la cadena, y nadie en el pueblo está demasiado contento con ello.",
            "«La escribimos en un café del muelle», dijo la productora, y después pidió otro café para todo el equipo de rodaje.",
        ),
        "2 comentarios",
        "Llevo esperando desde la tormenta, ¡qué alegría!",
    ),
    "pt": Words(
        "A lâmpada continua acesa pelo terceiro ano",
        "Por Inês Caldeira",
        "Inês Caldeira",
        "5 de março de 2027",
        (
            "Os guardiões voltam ao porto no outono, segundo a emissora, e ninguém na cidade está muito contente com a notícia.",
            "“Escrevemos tudo num café do cais”, disse a produtora, e então pediu mais um café para toda a equipe de filmagem.",
        ),
        "2 comentários",
        "Espero por isso desde a tempestade, que alegria.",
    ),
    "fr": Words(
        "La lampe reste allumée une troisième année",
        "Par Inès Caldère",
        "Inès Caldère",
        "5 mars 2027",
        (
            "Les gardiens reviennent au port à l’automne, selon la chaîne, et personne en ville n’en est vraiment très heureux.",
            "« Nous l’avons écrit dans un café du quai », a dit la productrice, qui en a commandé un autre pour toute l’équipe.",
        ),
        "2 commentaires",
        "J’attends cela depuis la tempête, quelle joie.",
    ),
    "de": Words(
        "Die Lampe brennt auch im dritten Jahr",
        "Von Jette Größing",
        "Jette Größing",
        "5. März 2027",
        (
            "Die Wärter kehren im Herbst in den Hafen zurück, sagte der Sender, und niemand in der Stadt ist darüber glücklich.",
            "„Geschrieben haben wir es im Café am Kai“, sagte die Produzentin – und bestellte noch einen für die ganze Mannschaft.",
        ),
        "2 Kommentare",
        "Darauf warte ich seit dem Sturm, wie schön.",
    ),
    "it": Words(
        "La lampada resta accesa per il terzo anno",
        "di Ines Calderà",
        "Ines Calderà",
        "5 marzo 2027",
        (
            "I guardiani tornano al porto in autunno, dice la rete, e nessuno in città è davvero contento di questa novità.",
            "«L’abbiamo scritto in un caffè del molo», ha detto la produttrice, e poi ne ha ordinato un altro per tutta la troupe.",
        ),
        "2 commenti",
        "Aspetto questo momento dalla tempesta, perché è bello.",
    ),
    "ko": Words(
        "등대의 불은 세 번째 해에도 켜져 있다",
        "김하늘 기자",
        "김하늘",
        "2027년 3월 5일",
        (
            "등대지기들이 가을에 항구로 돌아온다고 방송사가 화요일에 밝혔고, 마을의 누구도 그 소식을 그다지 반기지 않았다고 한다.",
            "“부두의 찻집에서 대본을 썼어요”라고 제작자는 말하고 나서 촬영진 모두를 위해 차를 한 잔씩 더 주문했다고 전해졌다.",
        ),
        "댓글 2개",
        "폭풍이 지난 뒤로 이것만 기다렸습니다.",
    ),
    "ja": Words(
        "灯台の明かりは三年目もともる",
        "文:山田花子",
        "山田花子",
        "2027年3月5日",
        (
            "灯台守たちが秋に港へ帰ってくると放送局が火曜日に発表したが、町の人々は誰もあまり喜んでいないようだと伝えられている。",
            "「波止場の喫茶店で脚本を書きました」と制作者は話し、そのあとで撮影の仲間みんなのためにもう一杯ずつ注文したという。",
        ),
        "コメント2件",
        "嵐の回からずっと待っていました。",
    ),
    "zh": Words(
        "灯塔的灯第三年仍然亮着",
        "作者:王小明",
        "王小明",
        "2027年3月5日",
        (
            "电视台周二表示,守灯人将在秋天回到港口,而镇上的人们对这个消息似乎都不怎么高兴,没有人愿意多说一句话。",
            "“我们在码头的茶馆里写完了剧本,”制片人说,然后她又为整个摄制组每人点了一杯茶,大家一直坐到了天黑。",
        ),
        "2条评论",
        "从那场风暴以后我就一直在等这个。",
    ),
    "ru": Words(
        "Лампа горит и на третий год",
        "Автор: Инна Калинина",
        "Инна Калинина",
        "5 марта 2027",
        (
            "Смотрители вернутся в гавань осенью, сообщил канал во вторник, и никто в городе этому особенно не обрадовался.",
            "«Мы написали это в кафе на набережной», – сказала продюсер и заказала ещё по чашке кофе для всей съёмочной группы.",
        ),
        "2 комментария",
        "Жду этого с самой бури, какая радость.",
    ),
}
WESTERN = ("en", "es", "pt", "fr", "de", "it")
# how the page is encoded, what it says of that itself, what HTTP says
ENCODINGS: dict[str, list[tuple[str, str, str | None]]] = {
    language: [
        ("utf-8", "utf-8", None),
        ("utf-8", "", None),
        ("utf-8", "", "utf-8"),
        ("utf-8", "iso-8859-1", None),
        ("utf-8", "utf-8", "iso-8859-1"),
        ("utf-16", "", None),
        ("utf-16", "utf-8", "utf-8"),
        ("utf-8-sig", "iso-8859-1", None),
    ]
    for language in LANGUAGES
}
for western in WESTERN:
    ENCODINGS[western] += [
        ("cp1252", "iso-8859-1", None),
        ("cp1252", "windows-1252", None),
        ("cp1252", "", "ISO-8859-1"),
        ("cp1252", "utf-8", None),
        ("cp1252", "", None),
    ]
ENCODINGS["ko"] += [
    ("cp949", "euc-kr", None),
    ("cp949", "", "ks_c_5601-1987"),
    ("cp949", "euc-kr", "utf-8"),
    ("cp949", "", None),
    ("utf-8", "euc-kr", "euc-kr"),
]
ENCODINGS["ja"] += [
    ("cp932", "Shift_JIS", None),
    ("cp932", "", "x-sjis"),
    ("euc_jp", "EUC-JP", None),
    ("euc_jp", "", "euc-jp"),
    ("iso2022_jp", "iso-2022-jp", None),
    ("cp932", "shift_jis", "utf-8"),
    ("euc_jp", "", None),
    ("cp932", "", None),
]
ENCODINGS["zh"] += [
    ("gb18030", "gb2312", None),
    ("gb18030", "gbk", None),
    ("gb18030", "", "GB18030"),
    ("gb18030", "", None),
]
ENCODINGS["ru"] += [
    ("cp1251", "windows-1251", None),
    ("cp1251", "", "windows-1251"),
    ("koi8-r", "koi8-r", None),
    ("cp1251", "utf-8", None),
    ("cp1251", "", None),
]


def page(language: str, said: str = "") -> str:
    """A WordPress page without structured data, so that all is read from what readers see."""
    words = LANGUAGES[language]
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={said}">' if said else ""
    comments = "".join(
        f'<li class="comment depth-{depth}" id="comment-{depth}"><div class="comment-body"><cite class="fn">{name}</cite>'
        f'<div class="comment-content"><p>{words.comment}</p></div></div>'
        for depth, name in ((1, words.author), (2, "Zoe"))
    )
    return (
        f'<!doctype html><html lang="{language}"><head>{meta}<title>{words.title}</title></head><body class="single">'
        f'<article><h1 class="entry-title">{words.title}</h1><p class="entry-meta"><span class="byline">{words.byline}</span>'
        f' <span class="posted-on">{words.day}</span></p><div class="entry-content">'
        + "".join(f"<p>{text}</p>" for text in words.text)
        + f'</div></article><div id="comments"><h2 class="comments-title">{words.count}</h2>'
        f'<ol class="comment-list">{comments}</li></ol></div></body></html>'
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_read_in_its_language(language: str) -> None:
    words = LANGUAGES[language]
    found = extract_page(page(language, "utf-8").encode(), URL)
    assert found.article is not None, found.reason
    got = found.article
    assert (got.title, got.language) == (words.title, language)
    assert got.published is not None
    assert got.published.date() == DAY
    assert got.authors == (words.author,)
    assert got.text.split("\n") == list(words.text)
    assert found.thread is not None
    assert [(c.author, c.text, c.depth) for c in found.thread.comments] == [
        (words.author, words.comment, 0),
        ("Zoe", words.comment, 1),
    ]
    assert found.thread.declared_count == 2


@pytest.mark.parametrize(
    ("language", "encoding", "said", "http"),
    [(language, *case) for language, cases in ENCODINGS.items() for case in cases],
)
def test_every_encoding_gives_the_same_page(language: str, encoding: str, said: str, http: str | None) -> None:
    words = LANGUAGES[language]
    body = page(language, said).encode(encoding, "xmlcharrefreplace")
    found = extract_page(body, URL, charset=http)
    assert found.article is not None, found.reason
    assert found.article.title == words.title
    assert found.article.text.split("\n") == list(words.text)
    assert found.thread is not None
    assert [comment.author for comment in found.thread.comments] == [words.author, "Zoe"]


@pytest.mark.parametrize(
    "said", ["nonsense", "punycode", "unicode_escape", "x\0y", "hex", " UTF-8; ", '"utf-8"', "utf-16"]
)
def test_a_label_that_is_none_does_no_harm(said: str) -> None:
    assert decode("Über die Fähre – „später“".encode(), said) == "Über die Fähre – „später“"


def test_a_broken_character_spoils_no_page() -> None:
    body = ("Die Fähre fährt über den Fluß. " * 20).encode()
    assert decode(body[:50] + b"\xff" + body[50:], "utf-8").count("ä") > 30
    assert decode(body.rstrip(b" .") + b"\xc3").count("ü") == 20


@given(st.binary(max_size=400), st.text(max_size=12) | st.sampled_from(["euc-kr", "utf-16", "idna", "gbk"]))
def test_any_bytes_under_any_label_are_text(body: bytes, label: str) -> None:
    assert isinstance(decode(body, label), str)
    assert isinstance(decode(codecs.BOM_UTF16_LE + body, label), str)


@given(st.text(alphabet=st.characters(min_codepoint=0x80, exclude_categories=("Cs",)), min_size=1, max_size=200))
def test_valid_utf8_is_read_as_such_whatever_the_label(text: str) -> None:
    body = ("<p>" + text).encode()
    for label in (None, "iso-8859-1", "euc-kr", "shift_jis", "windows-1251"):
        assert decode(body, label) == "<p>" + text
