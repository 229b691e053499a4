"""Articles as publishing systems write them: every kind of content in every kind of page, and heads of many kinds."""

from __future__ import annotations

import re
from difflib import unified_diff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.body import phrases
from crawler.extract import extract_page
from crawler.items import Article
from tests.crawler.heads import BYLINES, DATES, DAY, H1, LANGUAGE, WINDOWS, T
from tests.crawler.stories import STORIES, P, Piece
from tests.crawler.templates import FOOT, FRAMES, MENU, OPEN, SIDEBAR, SUBTITLES, TEASERS, Frame, page
from tests.crawler.translated import LANGUAGES

HOST = "https://www.quaygazette.example"
LAYOUT_TABLE = {"bold headings", "interview", "related inside", "en"}
"""What a cell of a layout does not tell from one of a table of data: bold lines and links without words before them."""


def read(page: bytes, path: str) -> Article:
    article = extract_page(page, f"{HOST}{path}").article
    assert article is not None
    return article


def lines(article: Article) -> tuple[list[str], list[str]]:
    """All lines but for subtitles, which are text to some and head to others; and the headings among them."""
    parts = [[section.heading, *section.text.split("\n")] for section in article.sections]
    headings = [section.heading for section in article.sections if section.heading]
    return [line for part in parts for line in part if line and line not in SUBTITLES], headings


def told(story: list[Piece]) -> tuple[list[str], list[str]]:
    headings = [line for piece in story if piece.heading for line in piece.lines]
    return [line for piece in story for line in piece.lines], headings


def frames_for(story: str) -> list[tuple[str, Frame]]:
    """Common stories stand in every page, each other one in a third of them, in turn."""
    turn = [*STORIES, *LANGUAGES].index(story)
    return [
        item
        for number, item in enumerate(FRAMES.items(), turn)
        if story in ("plain", "short", "post") or number % 3 == 0
    ]


@pytest.mark.parametrize("story", [*STORIES, *LANGUAGES])
def test_what_the_article_says_is_read_whole_and_nothing_else(story: str) -> None:
    pieces = {**STORIES, **LANGUAGES}[story]
    text, headings = told(pieces)
    wrong: list[object] = []
    for name, frame in frames_for(story):
        article = read(frame.around("".join(piece.html for piece in pieces)), frame.path)
        found, heads = lines(article)
        if (found != text or not set(headings) <= set(heads)) and not (
            name == "table layout" and story in LAYOUT_TABLE
        ):
            wrong.append((name, [*unified_diff(text, found, n=0)], headings, heads))
        if (article.title, article.authors, str(article.published)[:10]) != (frame.title, frame.authors, frame.day):
            wrong.append((name, article.title, article.authors, article.published))
    assert wrong == []


# --- heads


def headed(head: str, window: str = f"{T} - The Quay Gazette", language: str = "en", meta: str = "") -> bytes:
    """A page of plain markup with a head, and teasers that have bylines and dates of their own."""
    menu = "<div id=menu><a href='/'>Home</a> <a href='/tv'>TV</a></div>"
    more = "<div class=more><h3>More</h3><p>By Otto Pier</p><p>May 1, 2031</p></div>"
    text = "".join(f"<p>{line}</p>" for line in P)
    return (
        f"<!DOCTYPE html><html lang={language}><head><meta charset=utf-8><title>{window}</title>{meta}</head><body>{menu}"
        f"<div id=main><div class=story>{head}{text}</div>{more}</div><p>© 2031 The Quay Gazette</p></body></html>"
    ).encode()


def language_of(name: str) -> str:
    return next((code for start, code in LANGUAGE.items() if name.startswith(start)), "en")


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("meta", ["", "<meta property='og:site_name' content='The Quay Gazette'>"])
@pytest.mark.parametrize(
    "head",
    [
        H1,
        f"<h1><a href='/'>The Quay Gazette</a></h1><p>TV</p><h2 class='post-title'>{T}</h2><h3>And the gulls as well</h3>",
        f"<p class=kicker>Television</p><h2>{T}</h2>",
        f"<div class=hd>{T}</div>",
    ],
)
def test_titles(window: str, meta: str, head: str) -> None:
    if "<h" not in head and T not in window:
        pytest.skip("nothing tells it")
    assert read(headed(head, window, meta=meta), "/tv/harbour-lights").title == T


@pytest.mark.parametrize("name", BYLINES)
@pytest.mark.parametrize("head", [H1 + "BYLINE", "BYLINE" + H1])
def test_bylines(name: str, head: str) -> None:
    byline, authors = BYLINES[name]
    article = read(headed(head.replace("BYLINE", byline), language=language_of(name)), "/tv/harbour-lights")
    assert article.authors == authors
    assert article.text == "\n".join(P)


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("head", [H1 + "DATE", "DATE" + H1])
def test_dates(name: str, head: str) -> None:
    article = read(headed(head.replace("DATE", DATES[name]), language=language_of(name)), "/tv/harbour-lights")
    assert str(article.published)[:10] == ("2031-05-16" if name == "slashes day first" else DAY)
    assert article.text == "\n".join(P)


# --- what looks like furniture and is the article


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize("text", [P, P[:2]])
@pytest.mark.parametrize(
    "name",
    ["article-info", "post-info", "right-sidebar", "content-sidebar-wrap", "share-content", "newsletter-post", "promo"],
)
def test_an_article_in_an_element_named_like_a_box_is_read(name: str, text: tuple[str, ...]) -> None:
    body = f"{MENU}<h1>{T}</h1><div class='{name}'>{paragraphs(text)}</div>{SIDEBAR}{FOOT}"
    assert read(page(body, OPEN).encode(), "/tv/x").text == "\n".join(text)


@pytest.mark.parametrize(
    "cut",
    [
        f"<div class=body>{paragraphs(P[:5])}</div><div class=ad>Advertisement</div><div class=body>{paragraphs(P[5:])}</div>",
        f"<div class=row><div class=col>{paragraphs(P[:3])}</div><div class=col>{paragraphs(P[3:])}</div></div>",
        "".join(
            f"<section><div class=text><p>{line}</p></div></section><section><img src=a.jpg></section>" for line in P
        ),
        f"{paragraphs(P[:5])}<p><img src=a.jpg><br><em>Calder on the quay (Channel Nine)</em></p>{paragraphs(P[5:])}",
        f"{paragraphs(P[:5])}<div><a href=x><img src=a.jpg></a>Calder on the quay</div>{paragraphs(P[5:])}",
        f"{paragraphs(P)}<div><h3>Never miss a boat</h3><form><input type=email></form></div>",
    ],
)
def test_an_article_cut_into_parts_is_read_whole(cut: str) -> None:
    body = f"{MENU}<main><h1>{T}</h1><div class=in>{cut}</div><div class=teasers>{TEASERS}</div></main>{FOOT}"
    assert read(page(body, OPEN).encode(), "/tv/x").text == "\n".join(P)


def test_a_form_that_asks_nothing_of_readers_takes_nothing_away() -> None:
    card = "<section><h2>Lamp oil</h2><form><button>Print</button></form></section>"
    article = read(
        page(f"<main><h1>{T}</h1>{paragraphs(P[:5])}{card}{paragraphs(P[5:])}</main>", OPEN).encode(), "/tv/x"
    )
    assert "Lamp oil" in lines(article)[1]


@pytest.mark.parametrize(
    "line",
    [
        "Related by blood only, the two captains have not spoken since the first season of the show.",
        "More boats came in during the night, and nobody on the quay had asked for them.",
        "Segue abaixo a lista dos episódios que o canal confirmou até agora para a temporada.",
        "Lo más difícil fue rodar con niebla, porque el barco no se veía desde el muelle.",
        "Hintergrund: Die Fähre war im Herbst verkauft worden, ohne dass es jemand wusste.",
        "구독자 백만 명이 이 장면을 봤다고 방송사는 밝혔다. 다음 시즌도 같은 부두에서 찍는다.",
        "登録者数は百万人を超えたと放送局は話している。次のシーズンも同じ埠頭で撮影される。",
        "Aanbevolen werd dat de boot aan de kade bleef, maar de kapitein dacht daar anders over.",
        "Publicité oblige, la chaîne a montré le bateau avant le premier épisode de la saison.",
    ],
)
def test_sentences_that_begin_like_furniture_stay(line: str) -> None:
    frame = FRAMES["wordpress classic"]
    story = "".join(f"<p>{text}</p>" for text in (*P[:5], line, *P[5:]))
    assert line in read(frame.around(story), frame.path).text.split("\n")


@pytest.mark.parametrize(
    "heading",
    [
        "Lo más destacado de la temporada",
        "Empfohlene Serien",
        "人気の理由",
        "コメント全文",
        "おすすめの作品",
        "Zur Person",
    ],
)
def test_headings_that_begin_like_furniture_stay(heading: str) -> None:
    frame = FRAMES["wordpress classic"]
    story = "".join(f"<p>{text}</p>" for text in P[:5]) + f"<h2>{heading}</h2>" + "".join(f"<p>{t}</p>" for t in P[5:])
    assert heading in lines(read(frame.around(story), frame.path))[1]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc :|/-–«»[](){}@1239年月日\u00a0'’.…", max_size=300), st.sampled_from(P))
def test_any_line_may_stand_in_an_article(line: str, paragraph: str) -> None:
    frame = FRAMES["elementor"]
    escaped = line.replace("<", "&lt;")
    article = read(frame.around(f"<p>{P[0]}</p><p>{P[1]}</p><p>{escaped}</p><p>{paragraph} And so on.</p>"), frame.path)
    assert {P[0], P[1], f"{paragraph} And so on."} <= set(article.text.split("\n"))


@pytest.mark.parametrize("pattern", [value for value in vars(phrases).values() if isinstance(value, re.Pattern)])
@pytest.mark.parametrize("unit", ["newsletter ", "a ", "- ", ": ", "관련 ", "our free ", "tags: ", "photo by ", "@a "])
def test_patterns_are_linear(pattern: re.Pattern[str], unit: str) -> None:
    """Backtracking would take hours."""
    assert pattern.search(f"{unit * 20_000}\n") is None or unit.strip()
