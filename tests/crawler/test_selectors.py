"""A source's own selectors: they win over general rules, and those that find nothing are named."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.comments import ENGINES, engine, read_thread
from crawler.comments.selected import Selected
from crawler.extract import Extraction, extract_page
from crawler.items import Article, Comment, Section, Thread
from crawler.page.parsed import parse_html
from crawler.page.selecting import matches
from crawler.run import crawl
from crawler.source import CommentSelectors, Select, Source
from crawler.source import Listing as Selectors
from crawler.spiders.listing import Listing, read_listing
from tests.crawler.test_crawling import Site, plan, source

HOST = "https://quay.example"
STORY = f"{HOST}/2031/05/harbour-lights-renewed"
PROSE = "The ferry leaves at nine and comes back when it has found what it was sent for, which takes a while. "
PAGE = f"""
<html lang="en-GB"><head><title>Lights on | Quay</title><meta property="og:title" content="Lights on">
<meta property="og:site_name" content="Quay"><meta name="author" content="Otto Pier">
<meta property="article:published_time" content="2031-05-02T10:00:00Z"></head><body>
<div class="top"><h1>Lights on</h1><p class="kicker">Harbour Lights renewed for a third year</p>
<p class="who">From <a href="/p/1">Ines Calder</a> and <a href="/p/2">Bo Ahlberg</a></p>
<p class="when" title="2031-05-04T09:30:00+01:00">two days ago</p></div>
<div class="story"><p>Intro. {PROSE}</p><h2>When?</h2><p>In <b>June</b>,<!-- x --> they say.</p>
<ul><li>Episode one</li><li>Episode two</li></ul>
<figure><img src="a.jpg"><figcaption>A pier at night</figcaption></figure>
<div class="related-posts"><a href="/x">Everything else about piers</a></div>
<div class="page-links">Pages: 1 <a href="/2031/05/harbour-lights-renewed/2">2</a></div>
<div class="note" data-id="7"><i>Mo</i><u>4 May 2031</u><span>Good show.</span></div></div>
<div class="box"><p>Beside it stands this long and quite unrelated text. {PROSE * 3}</p></div>
<div class="story"><p>Outro, after the box.</p></div>
</body></html>"""


def quay(select: dict[str, Any] | None = None, **more: Any) -> Source:
    return Source(name="quay", start_urls=[HOST], select=Select(**(select or {})), **more)


def read(select: dict[str, Any], markup: str = PAGE, url: str = STORY, **more: Any) -> Extraction:
    return extract_page(markup.encode(), url, quay(select, **more))


def article(extraction: Extraction) -> Article:
    assert extraction.article is not None, extraction.reason
    return extraction.article


# --- the article


def test_selectors_win_over_what_the_page_states() -> None:
    found = read({"title": "p.kicker", "author": ".who", "date": "//p[@class='when']", "body": ".story"})
    got = article(found)
    assert got.title == "Harbour Lights renewed for a third year"
    assert got.authors == ("Ines Calder", "Bo Ahlberg")
    assert got.published is not None
    assert got.published.isoformat() == "2031-05-04T09:30:00+01:00"
    assert found.missed == ()


def test_the_body_is_the_elements_in_their_order_without_furniture() -> None:
    got = article(read({"body": ".story", "comments": {"item": ".note"}}))
    assert got.sections == (
        Section("", f"Intro. {PROSE}".strip()),
        Section("When?", "In June, they say.\nEpisode one\nEpisode two\nOutro, after the box."),
    )
    assert got.text == "\n".join((got.sections[0].text, "When?", got.sections[1].text))


def test_the_general_rules_read_the_same_page_otherwise() -> None:
    got = article(read({}))
    assert (got.title, got.authors, got.published) == (
        "Lights on",
        ("Otto Pier",),
        datetime(2031, 5, 2, 10, tzinfo=UTC),
    )
    assert "unrelated" in got.text


@pytest.mark.parametrize(
    ("given_as", "day"),
    [
        ('<time datetime="2031-05-09">Friday</time>', 9),
        ('<meta class="d" content="2031-05-09T08:00">', 9),
        ("<span>Published: 9 May 2031</span>", 9),
        ('<span><abbr title="2031-05-09">Friday</abbr></span>', 9),
        ("<span>some day</span>", 2),
    ],
)
def test_a_date_is_read_from_attributes_or_text(given_as: str, day: int) -> None:
    found = read(
        {"date": "#day > *"}, PAGE.replace('<div class="top">', f'<div class="top"><p id="day">{given_as}</p>')
    )
    published = article(found).published
    assert published is not None
    assert published.day == day
    assert found.missed == (() if day == 9 else ("select.date",))


def test_texts_that_xpath_makes_will_do() -> None:
    got = article(
        read(
            {
                "title": "//p[@class='kicker']/text()",
                "author": "(//p[@class='who']/a)[2]/text()",
                "date": "//p[@class='when']/@title",
                "body": "//div[@class='box']/p/text()",
            }
        )
    )
    assert (got.title, got.authors) == ("Harbour Lights renewed for a third year", ("Bo Ahlberg",))
    assert got.published is not None
    assert got.published.day == 4
    assert got.text.startswith("Beside it")


def test_a_newsroom_may_be_the_author() -> None:
    assert article(read({"author": ".w"}, PAGE.replace('class="who"', 'class="w"').replace("Ines", "Quay")))
    markup = PAGE.replace('<p class="when"', '<b class="room">Quay Newsroom</b><p class="when"')
    assert article(read({"author": ".room"}, markup)).authors == ("Quay Newsroom",)


def test_what_matches_nothing_falls_back_and_is_named() -> None:
    none = {"title": ".a", "body": ".b", "author": ".c", "date": ".d", "comments": {"item": ".e"}}
    found, general = read(none), read({})
    assert found.missed == ("select.title", "select.body", "select.author", "select.date", "select.comments.item")
    assert found.article == general.article
    assert general.missed == ()


@pytest.mark.parametrize("empty", ["<div class='empty'> </div>", "<div class=empty><img src=a.jpg></div>"])
def test_an_empty_element_says_nothing(empty: str) -> None:
    found = read({"body": ".empty", "title": ".empty"}, PAGE.replace('<div class="box">', f'{empty}<div class="box">'))
    assert found.missed == ("select.title", "select.body")
    assert found.article == article(read({}))


def test_elements_inside_one_another_are_read_once() -> None:
    got = article(read({"body": ".story, .story p"}))
    assert got.text.count("Intro.") == 1
    assert got.text.count("Outro") == 1


def test_a_body_overrules_that_the_page_is_a_list() -> None:
    url = f"{HOST}/category/ferries/"
    assert read({}, PAGE, url).outcome == "listing"
    overruled = read({"body": ".story"}, PAGE.replace(STORY.removeprefix(HOST), "/category/ferries"), url)
    assert (overruled.outcome, overruled.next) == ("article", None)  # its further pages are those of the list
    missed = read({"body": ".nothing", "title": ".nothing"}, PAGE, url)
    assert (missed.outcome, missed.missed) == ("listing", ("select.title", "select.body"))


def test_a_page_without_text_stays_one() -> None:
    found = read({"body": ".nothing"}, "<html><body><h1>Harbour Lights</h1></body></html>")
    assert (found.outcome, found.missed) == ("no-text", ("select.body",))


def test_selectors_that_cannot_be_run_find_nothing() -> None:
    tree = parse_html(b"<p>x</p>", HOST).tree
    assert matches("//x:p", tree) == matches("//p[$y]", tree) == matches("(count(//p))", tree) == []
    assert matches("(string(//p))", tree) == ["x"]


@given(
    st.lists(
        st.sampled_from(["<div class=story>", "</div>", "<p>", "<h2>", "word ", "<nav>", "<li>", "<!--", "-->"]),
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_broken_markup_breaks_no_selector(parts: list[str]) -> None:
    found = read({"body": ".story", "title": "h2", "date": "p"}, "<html><body>" + "".join(parts))
    if found.article is not None:
        lines = [line for s in found.article.sections for line in (s.heading, *s.text.split("\n")) if line]
        assert lines == found.article.text.split("\n")


# --- the thread

THREAD = """<html lang=en><body><h1>Harbour Lights</h1><h3>3 comments</h3>
<div class=note data-id=71><i>Mo</i><u>4 May 2031</u><span>Good show.<br>Really.</span>
  <div class=note data-id=72><i>Bea</i><u>5 May 2031</u><span>Is it?</span></div></div>
<div class=note data-id=73><i>Mo says:</i><u title="2031-05-06T10:00:00Z">long ago</u><span>It is.</span></div>
<p class=on><a href="?talk=2#list">Older</a></p></body></html>"""
FULL = {"item": ".note", "text": "span", "author": "i", "date": "u", "next": ".on"}


def thread(where: dict[str, str], markup: str = THREAD) -> list[Comment]:
    part = Selected(CommentSelectors(**where)).read(parse_html(markup.encode(), STORY))
    assert part is not None
    return list(part.comments)


def test_a_thread_by_its_selectors() -> None:
    first, second, third = thread(FULL)
    assert (first.id, first.author, first.text, first.parent) == ("71", "Mo", "Good show.\nReally.", None)
    assert (second.id, second.author, second.text, second.parent, second.depth) == ("72", "Bea", "Is it?", "71", 1)
    assert first.published == datetime(2031, 5, 4, tzinfo=UTC)
    assert (third.author, third.published, third.depth) == ("Mo", datetime(2031, 5, 6, 10, tzinfo=UTC), 0)


def test_where_no_selector_is_the_shared_reading_is() -> None:
    got = thread({"item": ".note", "author": "i", "date": "u"})
    assert [(c.author, c.text) for c in got] == [("Mo", "Good show.\nReally."), ("Bea", "Is it?"), ("Mo", "It is.")]


def test_an_xpath_of_the_whole_page_stays_inside_the_comment() -> None:
    assert [c.author for c in thread({**FULL, "author": "//i"})] == ["Mo", "Bea", "Mo"]


def test_the_selected_engine_belongs_to_its_source() -> None:
    page = parse_html(THREAD.encode(), STORY)
    where = CommentSelectors(**FULL)
    found = read_thread(page, "auto", where)
    assert found is not None
    assert (found[0], found[1].declared_count, found[1].more) == ("selected", 3, (f"{STORY}?talk=2",))
    assert "selected" not in [member.name for member in ENGINES]
    assert isinstance(engine("selected", where), Selected)
    assert engine("wordpress", where) is engine("wordpress")
    with pytest.raises(KeyError):
        engine("selected")
    assert read_thread(page, "off", where) is None


def test_the_rest_of_a_thread_is_read_by_the_same_selectors() -> None:
    own = engine("selected", CommentSelectors(**FULL))
    part = own.read_more(THREAD.replace("?talk=2", "?talk=3").encode(), f"{STORY}?talk=2", STORY)
    assert (len(part.comments), part.more) == (3, (f"{STORY}?talk=3",))
    last = own.read_more(THREAD.encode(), f"{STORY}?talk=2", STORY)
    assert last.more == ()
    with pytest.raises(ValueError, match="matches nothing"):
        own.read_more(b"<p>Gone.</p>", f"{STORY}?talk=9", STORY)


def test_the_thread_is_kept_out_of_the_article() -> None:
    found = read({"comments": {**FULL, "text": "em"}}, THREAD.replace("<h3>", f"<p>{PROSE * 3}</p><h3>"))
    assert found.engine == "selected"
    assert found.thread is not None
    assert len(found.thread.comments) == 3
    assert found.missed == ("select.comments.text",)
    assert "Good show" not in article(found).text
    off = read({"comments": {"item": ".nothing"}}, THREAD.replace("<h3>", f"<p>{PROSE * 3}</p><h3>"), comments="off")
    assert (off.thread, off.missed) == (None, ())


def test_without_a_match_the_general_engines_read() -> None:
    markup = "<ol>" + "".join(
        f'<li class="comment depth-1" id="comment-{n}"><b class="fn">Mo</b><p>Comment {n}</p></li>' for n in (11, 12)
    )
    found = read({"comments": {"item": ".note"}}, f"<html><body><p>{PROSE * 3}</p>{markup}")
    assert (found.engine, found.missed) == ("wordpress", ("select.comments.item",))
    assert found.thread is not None
    assert len(found.thread.comments) == 2


@given(
    st.lists(
        st.sampled_from(["<div class=note>", "</div>", "<i>", "<span>", "Mo ", "<u>", "1 May 2031", "<b", ">", "&"]),
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_comments_of_broken_markup_form_a_tree(parts: list[str]) -> None:
    part = Selected(CommentSelectors(**FULL)).read(parse_html(("<p>x" + "".join(parts)).encode(), STORY))
    comments = part.comments if part else ()
    ids = [c.id for c in comments]
    assert len(ids) == len(set(ids))
    assert all(c.text and (c.parent is None or c.parent in ids) for c in comments)
    assert Thread(STORY, "quay", comments).comments == comments


# --- listings

LIST = """<html><body><nav><a href="/about-the-whole-quay-site">About the whole quay site</a></nav>
<h2><a href="/2031/05/one-story-of-ferries">One story of ferries</a></h2>
<div class=pick><a href="/a1"><img src=x></a> <a href="/a1?utm_source=x">First</a></div>
<div class=pick><a href="/a2">Second</a><a href="https://other.example/a">Elsewhere</a><a href="/list">Here</a></div>
<p class=further><a href="/list?start=20">…</a></p><a rel=next href="/list?page=2">Next</a></body></html>"""


def listing(selectors: Selectors | None, markup: str = LIST) -> Listing:
    return read_listing(parse_html(markup.encode(), f"{HOST}/list"), selectors)


@pytest.mark.parametrize("selector", [".pick", ".pick a", "//div[@class='pick']//a/@href"])
def test_the_links_of_a_listing_by_selector(selector: str) -> None:
    found = listing(Selectors(links=selector))
    assert [link.url for link in found.links] == [f"{HOST}/a1", f"{HOST}/a2"]
    assert [link.title for link in found.links] == (["First", "Second"] if "@" not in selector else ["", ""])
    assert (found.next, found.missed) == (f"{HOST}/list?page=2", ())


@pytest.mark.parametrize("selector", [".further", ".further a", "//p[@class='further']/a/@href"])
def test_the_next_page_of_a_listing_by_selector(selector: str) -> None:
    found = listing(Selectors(next=selector))
    assert found.next == f"{HOST}/list?start=20"
    assert [link.url for link in found.links] == [f"{HOST}/2031/05/one-story-of-ferries"]


def test_a_listing_without_the_link_is_the_last_page() -> None:
    assert listing(Selectors(next=".nothing")).next is None


def test_a_links_selector_that_finds_nothing_is_named() -> None:
    found, general = listing(Selectors(links=".nothing")), listing(None)
    assert (found.missed, general.missed) == (("listing.links",), ())
    assert (found.links, found.next) == (general.links, general.next)
    assert listing(Selectors()) == general
    assert listing(Selectors(links="nav img")).missed == ("listing.links",)


# --- in a crawl


def test_a_crawl_reads_all_pages_of_an_article_and_of_its_thread() -> None:
    note = '<div class="note" data-id="{0}"><i>Mo {0}</i><span>I say {0}.</span></div>'
    head = "<html lang=en><head><title>The lamp stays lit</title></head><body><h1>The lamp stays lit</h1>"
    server = Site()
    server.answers = {
        "/": (200, "text/html", '<p class="top"><a href="/lamp-lit">Go</a></p>'),
        "/lamp-lit": (
            200,
            "text/html",
            f'{head}<div class="say"><p>One. {PROSE * 3}</p></div><p class="page-links"><a href="/lamp-lit/2">2</a></p>'
            f'{note.format(71)}<a class="on" href="/talk?of=lamp">Older</a>',
        ),
        "/lamp-lit/2": (200, "text/html", f'{head}<div class="say"><p>Two. {PROSE * 3}</p></div>'),
        "/talk?of=lamp": (200, "text/html", f"<html><body>{note.format(72)}"),
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = {"body": ".say", "comments": {"item": ".note", "text": "span", "author": "i", "next": ".on"}}
    own = source("quay", f"{server.base}/", discovery="listing", listing={"links": ".top"}, select=where)
    try:
        items = list(crawl(plan(server, own)))
    finally:
        server.shutdown()
        server.server_close()
    (whole,) = [item for item in items if isinstance(item, Article)]
    (talk,) = [item for item in items if isinstance(item, Thread)]
    assert whole.text == f"One. {PROSE * 3}".strip() + "\n" + f"Two. {PROSE * 3}".strip()
    assert [(c.id, c.author, c.text) for c in talk.comments] == [
        ("71", "Mo 71", "I say 71."),
        ("72", "Mo 72", "I say 72."),
    ]
    assert talk.engine == "selected"
