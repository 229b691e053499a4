"""From bytes to an article: metadata, body, sections, and the outcome for pages that are none."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import Extraction, extract_page, parse_page
from crawler.items import Article
from crawler.source import Source

PAGES = Path(__file__).parents[1] / "pages"
SITES = Path(__file__).resolve().parents[3] / "shared" / "sites"
ARTICLE = "http://sofa.example/2024/05/02/harbour-lights-third-year/"
LONDON = timezone(timedelta(hours=1))
PROSE = "The ferry leaves at nine and comes back when it has found what it was sent for, which takes a while. "


def read(name: str, url: str = ARTICLE, source: Source | None = None) -> Extraction:
    return extract_page((PAGES / f"{name}.html").read_bytes(), url, source)


def article(extraction: Extraction) -> Article:
    assert extraction.article is not None, extraction.reason
    return extraction.article


def made(
    head: str = "", body: str = f"<h1>A headline of some length</h1><p>{PROSE * 3}</p>", url: str = ARTICLE
) -> Extraction:
    return extract_page(f"<html lang=en><head>{head}</head><body>{body}</body></html>".encode(), url)


def test_metadata_comes_from_structured_data() -> None:
    extraction = read("wordpress")
    got = article(extraction)
    assert (extraction.outcome, extraction.reason, extraction.engine) == ("article", "", "wordpress")
    assert got.title == "Harbour Lights is back for a third year"
    assert got.authors == ("Ines Calder",)
    assert got.published == datetime(2024, 5, 2, 9, 30, tzinfo=LONDON)
    assert got.modified == datetime(2024, 5, 3, 8, 0, tzinfo=LONDON)
    assert (got.language, got.outlet, got.shows) == ("en-GB", "Sofa Gazette", ("Harbour Lights",))
    assert got.image == "http://sofa.example/wp-content/uploads/pier.jpg"
    assert got.url == extraction.canonical == ARTICLE


def test_body_is_the_article_and_nothing_else() -> None:
    got = article(read("wordpress"))
    assert got.text.split("\n")[1:4] == [
        "When does it start?",
        "No day has been set, although the crew expects to be on the quay again before the leaves have fallen.",
        "Episode one has a storm in it",
    ]
    for foreign in ("aunt", "Leave a Reply", "responses", "Everything we knew", "Sofa Gazette", "email address"):
        assert foreign not in got.text


def test_sections_stand_under_their_headings() -> None:
    sections = article(read("wordpress")).sections
    assert [s.heading for s in sections] == ["", "When does it start?"]
    assert sections[0].text.startswith("The ferry drama")
    assert "Episode two has the bill for it" in sections[1].text.split("\n")


def test_live_articles_say_so() -> None:
    assert article(read("wordpress")).live
    assert not article(read("general")).live


def test_thread_is_handed_on_without_the_tree() -> None:
    thread = read("wordpress").thread
    assert thread is not None
    assert (len(thread.comments), thread.declared_count, thread.elements) == (3, 6, ())


def test_visible_byline_and_time_where_no_data_is() -> None:
    got = article(read("general", "http://kanalblatt.example/die-letzte-faehre-faehrt"))
    assert (got.title, got.authors) == ("Die letzte Fähre fährt", ("Jette Amsel",))
    assert got.published == datetime(2024, 3, 4, 10, tzinfo=LONDON)
    assert "Jette" not in got.text
    assert "Tilda" not in got.text


def test_the_source_has_the_last_word() -> None:
    source = Source(
        name="sofa",
        start_urls=["http://sofa.example/"],
        title="The Sofa",
        language="cy",
        comments="off",
        shows=["Quay"],
    )
    extraction = read("wordpress", source=source)
    got = article(extraction)
    assert (got.source, got.outlet, got.language, got.shows) == ("sofa", "The Sofa", "cy", ("Harbour Lights", "Quay"))
    assert (extraction.thread, extraction.engine) == (None, "")
    assert "aunt" not in got.text


def test_a_list_of_articles_is_none() -> None:
    extraction = read("listing", "http://sofa.example/category/ferries/")
    assert (extraction.outcome, extraction.article) == ("listing", None)
    assert "list" in extraction.reason


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"%PDF-1.7 ...", "not-html"),
        (b'{"a": 1}', "not-html"),
        (b'<?xml version="1.0"?><rss><channel><title>x</title></channel></rss>', "not-html"),
        (b"<html><body><h1>Hm</h1></body></html>", "no-text"),
        (b"<html><body>" + b"<div>" * 20_000, "error"),
        (b"<html><body>" + b"<p>word word</p>" * 40_000, "error"),
    ],
)
def test_what_is_no_article_has_an_outcome_and_a_reason(body: bytes, outcome: str) -> None:
    extraction = extract_page(body, ARTICLE)
    assert extraction.outcome == outcome
    assert extraction.reason.endswith(".")
    assert extraction.article is None


@pytest.mark.parametrize(
    ("declared", "encoding", "charset"),
    [
        ('<meta charset="euc-kr">', "euc-kr", None),
        ("", "euc-kr", "euc-kr"),
        ('<meta charset="iso-8859-1">', "utf-8", None),
        ('<meta charset="nonsense">', "utf-8", None),
        ("", "utf-16", None),
    ],
)
def test_decoding_is_that_of_a_browser(declared: str, encoding: str, charset: str | None) -> None:
    body = f"<html><head>{declared}</head><body><p>등대지기는 아침에 웃었다</p></body></html>".encode(encoding)
    page = parse_page(body, ARTICLE, charset)
    assert page is not None
    assert "등대지기는 아침에 웃었다" in page.tree.text_content()


def test_latin_text_without_a_label() -> None:
    page = parse_page("<p>Über die Fähre – „später“</p>".encode("cp1252"), ARTICLE)
    assert page is not None
    assert page.tree.text_content() == "Über die Fähre – „später“"


def test_parse_page_refuses_what_is_no_html() -> None:
    assert parse_page(b"plain words", ARTICLE) is None
    assert parse_page(b"", ARTICLE) is None


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("The lamp goes out | Quay News", "Quay News", "The lamp goes out"),
        ("Quay News: The lamp goes out", "Quay News", "The lamp goes out"),
        ("The lamp goes out - TV - Quay News", "Quay News", "The lamp goes out - TV"),
        ("Lamp - a love story", "Quay News", "Lamp - a love story"),
    ],
)
def test_titles_without_the_name_of_the_site(title: str, site: str, expected: str) -> None:
    head = f'<title>{title}</title><meta property="og:site_name" content="{site}">'
    assert article(made(head, f"<p>{PROSE * 3}</p><p>{PROSE}</p>")).title == expected


def ld(data: str) -> str:
    return f'<script type="application/ld+json">{{"@type":"Article","headline":"x",{data}}}</script>'


@pytest.mark.parametrize(
    ("markup", "authors"),
    [
        ('<meta name="author" content="Ann Lee and Bo Kim">', ("Ann Lee", "Bo Kim")),
        ('<meta property="article:author" content="https://social.example/annlee">', ()),
        (ld('"author":["Ann Lee",{"name":"BO KIM"}]'), ("Ann Lee", "Bo Kim")),
        (ld('"author":"Ann Lee",'), ("Ann Lee",)),
        ('<meta name="byl" content="By Ann Lee, senior reporter">', ("Ann Lee",)),
    ],
)
def test_authors(markup: str, authors: tuple[str, ...]) -> None:
    assert article(made(markup)).authors == authors


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/2024/05/02/other/?utm=1#top", "http://sofa.example/2024/05/02/other/?utm=1"),
        ("http://elsewhere.example/x/", ARTICLE),
        ("http://sofa.example/", ARTICLE),
        (ARTICLE + "comment-page-3/", ARTICLE),
        ("http://[broken", ARTICLE),
    ],
)
def test_canonical_address_stays_on_the_host(link: str, expected: str) -> None:
    assert made(f'<link rel="canonical" href="{link}">', url=ARTICLE + "#frag").canonical == expected


def test_calls_and_pointers_are_cut() -> None:
    extra = (
        "<p>Sign up for our newsletter today!</p><p>RELATED: Lamps of the north</p><p>Photo courtesy of the crew</p>"
    )
    tail = "<h3>About the author</h3><p>Ann has two cats and one lamp.</p>"
    body = f"<article><h1>A headline of some length</h1><p>{PROSE * 4}</p>{extra}<p>{PROSE * 2}</p>{tail}</article>"
    text = article(made(body=body)).text
    assert text == f"{(PROSE * 4).strip()}\n{(PROSE * 2).strip()}"


_PIECES = st.sampled_from(
    [
        *("<html>", "<p>", "</p>", "<h1>T", "<article>", "<script>", "<script type='application/ld+json'>", "{", "}"),
        *(
            '"@type":"Article"',
            "[",
            "<meta name=author content=x>",
            "<table>",
            "<!--",
            "\x00",
            "\xff",
            "words and words",
        ),
        *("<a href='http://[::'>", "<link rel=canonical href='//['>"),
    ]
)
_SOUP = st.lists(_PIECES | st.text(max_size=10), max_size=30)


@settings(max_examples=60, deadline=None)
@given(_SOUP)
def test_no_page_breaks_the_extraction(parts: list[str]) -> None:
    extraction = extract_page("".join(parts).encode("utf-8", "replace"), ARTICLE)
    assert extraction.outcome in {"article", "listing", "empty", "not-html", "no-text", "error"}
    assert (extraction.outcome == "article") == (extraction.article is not None) == (extraction.reason == "")


@pytest.mark.skipif(not SITES.is_dir(), reason="the replayed sites are not here")
def test_every_replayed_article_is_one() -> None:
    gold = json.loads((SITES / "gold.json").read_text("utf-8"))
    index = json.loads((SITES / "archive" / "index.json").read_text("utf-8"))["weeks"]["1"]
    for entry in (entry for entry in gold["articles"] if entry["week_added"] == 1):
        port, path = entry["url"].removeprefix("http://127.0.0.1:").split("/", 1)
        got = article(extract_page(_recorded(index[port]["/" + path]), entry["url"]))
        assert (got.title, got.authors) == (entry["title"], (entry["author"],))
        assert not [text for text in entry["body_must_not"] if text in got.text]
    for path in ("/", "/about/", "/category/news/", "/tag/netflix/", "/author/mina/", "/page/2/"):
        assert extract_page(_recorded(index["8642"][path]), "http://127.0.0.1:8642" + path).article is None


def _recorded(place: list[object]) -> bytes:
    name, offset, length = str(place[0]), int(str(place[1])), int(str(place[2]))
    with (SITES / "archive" / name).open("rb") as archive:
        archive.seek(offset)
        return gzip.decompress(archive.read(length)).split(b"\r\n\r\n", 2)[2]
