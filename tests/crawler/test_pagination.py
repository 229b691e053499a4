"""Articles of several pages: which link is the next page, and which only looks like it; the pages as one article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.items import Article, Section
from crawler.links import identity
from crawler.page.parsed import parse_html
from crawler.pagination import join_pages, next_page

HOST = "https://quay.example"
STORY = f"{HOST}/2031/05/harbour-lights-renewed"
PAGE = f"{HOST}/news/harbour-lights.html"
PROSE = "The ferry leaves at nine and comes back when it has found what it was sent for, which takes a while. "


def following(head: str, body: str, here: str, article: str | None = None) -> str | None:
    markup = f"<html><head>{head}</head><body><h1>Harbour Lights</h1><p>{PROSE}</p>{body}</body></html>"
    found = next_page(parse_html(markup.encode(), here), article or here)
    return found.removeprefix(HOST) if found else None


def link(href: str, text: str = "2", around: str = '<div class="page-links">Pages: {}</div>', **names: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in names.items())
    return around.format(f'<a href="{href}"{attributes}>{text}</a>')


@pytest.mark.parametrize(
    ("here", "body", "wanted"),
    [
        (STORY, link(f"{STORY}/2"), "/2031/05/harbour-lights-renewed/2"),
        (f"{STORY}/", link(f"{STORY}/2/"), "/2031/05/harbour-lights-renewed/2/"),
        (f"{STORY}/", link("2/", "Next page »", "<p>{}</p>"), "/2031/05/harbour-lights-renewed/2/"),
        (STORY, link(f"{STORY}/page/2/", "Continue reading", "<p>{}</p>"), "/2031/05/harbour-lights-renewed/page/2/"),
        (STORY, link(f"{STORY}/page-2", "2"), "/2031/05/harbour-lights-renewed/page-2"),
        (STORY, link("?page=2", "Next", "<nav>{}</nav>"), "/2031/05/harbour-lights-renewed?page=2"),
        (STORY, link("?paged=2&amp;utm_source=x#top", "2"), "/2031/05/harbour-lights-renewed?paged=2"),
        (f"{STORY}?utm_source=feed", link(f"{STORY}/2"), "/2031/05/harbour-lights-renewed/2"),
        (f"{HOST}/story.php?id=7", link("story.php?id=7&amp;page=2"), "/story.php?id=7&page=2"),
        (PAGE, link("harbour-lights-2.html"), "/news/harbour-lights-2.html"),
        (PAGE, link("harbour-lights_2.html", "Weiter", '<p class="pagination">{}</p>'), "/news/harbour-lights_2.html"),
        (PAGE, link("harbour-lights/2.html"), "/news/harbour-lights/2.html"),
        (f"{STORY}/", link("2.html"), "/2031/05/harbour-lights-renewed/2.html"),
        (PAGE, link("harbour-lights-page2.html", "Next: the cast"), "/news/harbour-lights-page2.html"),
        (STORY, link(f"{STORY}/2", "The cast, in full", "<p>{}</p>", rel="next"), "/2031/05/harbour-lights-renewed/2"),
        (STORY, link(f"{STORY}/2", "Zur nächsten Seite", '<ul class="pager"><li>{}</li></ul>'),
         "/2031/05/harbour-lights-renewed/2"),
        (STORY, link(f"{STORY}/2", "Page 2 of 4", "<p>{}</p>"), "/2031/05/harbour-lights-renewed/2"),
        (STORY, link(f"{STORY}/2", "<img src=x>", "<p>{}</p>", **{"aria-label": "Next page"}),
         "/2031/05/harbour-lights-renewed/2"),
        (STORY, link(f"{STORY}/3", "3") + link(f"{STORY}/2"), "/2031/05/harbour-lights-renewed/2"),
    ],
)  # fmt: skip
def test_next_pages(here: str, body: str, wanted: str) -> None:
    assert following("", body, here) == wanted


@pytest.mark.parametrize(
    ("why", "here", "body"),
    [
        ("the next post", STORY, link(f"{HOST}/2031/05/another-ferry/", "Next", rel="next")),
        ("the next post of the same name", f"{STORY}/", link(f"{STORY}-2/", "Harbour Lights", "<p>{}</p>", rel="next")),
        ("the next post of a numbered name", PAGE, link("harbour-lights-2.html", "Harbour Lights again", "<p>{}</p>", rel="next")),
        ("a post in the text", PAGE, f'<p>As <a href="harbour-lights_2.html">we said</a>, {PROSE}</p>'),
        ("the next post in its navigation", PAGE, link("harbour-lights-2.html", "Next", '<div class="post-navigation pager">{}</div>')),
        ("the next of numbered posts", f"{HOST}/comic/12", link("/comic/13", "Next", rel="next") + link("/comic/11", "Prev", rel="prev")),
        ("the next of numbered queries", f"{HOST}/?p=12", link("/?p=13", "Next", rel="next")),
        ("the next number of a blog in a folder", f"{HOST}/blog/?p=1", link("/blog/?p=2", "Next", rel="next")),
        ("a comment page", f"{STORY}/", link(f"{STORY}/comment-page-2/", "2")),
        ("a comment page by query", STORY, link("?cpage=2", "2")),
        ("a page of comments", STORY, link("?page=2", "2", '<div id="comments"><ol><li>Hm.</li></ol><p>{}</p></div>')),
        ("a page of comments behind them", STORY, '<ol class="comment-list"><li>Hm.</li></ol>' + link("?page=2")),
        ("the next picture", STORY, link(f"{STORY}/2", "Next photo", "<p>{}</p>")),
        ("a gallery's next", STORY, link(f"{STORY}/2", "Next", '<div class="photo-gallery">{}</div>')),
        ("a page that is a gallery", f"{HOST}/galleries/harbour-lights", link(f"{HOST}/galleries/harbour-lights/2")),
        ("a season", f"{HOST}/shows/harbour-lights", link("/shows/harbour-lights/2", "2", "<p>Seasons: 1 {} 3</p>")),
        ("a season by its name", f"{HOST}/harbour-lights/season", link("/harbour-lights/season/2")),
        ("a page further on", STORY, link(f"{STORY}/3", "3")),
        ("another article's page", STORY, link(f"{HOST}/2031/05/another-ferry/2")),
        ("another host", STORY, link("https://other.example/2031/05/harbour-lights-renewed/2")),
        ("a list's page", f"{HOST}/", link("/page/2/", "Next", rel="next")),
        ("a count from nought", STORY, link("?page=1", "2") + link("?page=2", "3")),
        ("the way back", f"{STORY}/3/", link(f"{STORY}/2/", "2") + link(f"{STORY}/", "1")),
        ("no address", STORY, link("http://[/2", "2") + link("javascript:next(2)", "2")),
    ],
)  # fmt: skip
def test_what_is_no_next_page(why: str, here: str, body: str) -> None:
    assert following("", body, here) is None, why


def test_the_head_names_the_next_page_and_may_name_the_next_post() -> None:
    assert following(f'<link rel="next" href="{STORY}/2">', "", STORY) == "/2031/05/harbour-lights-renewed/2"
    assert following('<link rel="next" href="harbour-lights-2.html">', "", PAGE) == "/news/harbour-lights-2.html"
    assert following('<link rel="next" title="More lights" href="harbour-lights-2.html">', "", PAGE) is None
    assert following(f'<link rel="next" title="More" href="{HOST}/another-ferry/">', "", STORY) is None


def test_later_pages_lead_one_further() -> None:
    pager = link(f"{STORY}/", "1") + link(f"{STORY}/2/", "2") + link(f"{STORY}/3/", "3")
    third = "/2031/05/harbour-lights-renewed/3/"
    assert following("", pager, f"{STORY}/2/", f"{STORY}/") == third
    assert following("", pager, f"{STORY}/2/") == third  # the pager itself tells which article it is
    assert following("", pager, f"{STORY}/3/", f"{STORY}/") is None
    assert following("", link("harbour-lights-3.html", "3"), PAGE.replace(".html", "-2.html"), PAGE) is not None
    assert following("", link("?page=2"), f"{STORY}?page=1") == "/2031/05/harbour-lights-renewed?page=2"


def test_a_gallery_is_told_by_its_data() -> None:
    data = '<script type="application/ld+json">{{"@type": "{}", "headline": "Lights"}}</script>'
    assert following(data.format("ImageGallery"), link(f"{STORY}/2"), STORY) is None
    assert following(data.format("NewsArticle"), link(f"{STORY}/2"), STORY) is not None


@given(
    st.lists(
        st.sampled_from(["/2", "?page=2", "//", "[", "%", "é", "2.html", "-", "page", "#2", "\\", " "]), max_size=6
    )
)
def test_any_link_is_the_next_page_of_this_host_or_none(parts: list[str]) -> None:
    found = following("", link("".join(parts), "2"), STORY)
    assert found is None or found.startswith("/2031/05/harbour-lights-renewed")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_link_of_a_stranger_stops_us(href: str, text: str) -> None:
    page = parse_html(f'<p>Well.</p><a rel=next href="{href}">{text}</a>'.encode("utf-8", "replace"), STORY)
    found = next_page(page, STORY)
    assert found is None or identity(found).startswith(identity(STORY))


# --- in a page


def made(body: str, url: str, part_of: str = "") -> tuple[str, str | None]:
    markup = f"<html><head><title>Harbour Lights is back</title></head><body><h1>Harbour Lights is back</h1>{body}</body></html>"
    found = extract_page(markup.encode(), url, part_of=part_of)
    return found.outcome, found.next


def test_an_article_names_its_next_page_and_a_list_none() -> None:
    text = f"<p>{PROSE * 3}</p>" * 3
    assert made(text + link("/2031/harbour-lights-is-back/2/"), f"{HOST}/2031/harbour-lights-is-back/") == (
        "article",
        f"{HOST}/2031/harbour-lights-is-back/2/",
    )
    teasers = "".join(f'<h2><a href="/2031/story-{n}">A story number {n}</a></h2><p>Short.</p>' for n in range(9))
    url = f"{HOST}/category/ferries/"
    assert made(teasers + link(f"{url}page/2/"), url) == ("listing", None)


def test_nobody_asks_whether_a_later_page_is_an_article() -> None:
    first, url = f"{HOST}/lights/", f"{HOST}/lights/page/2/"
    body = f"<p>{PROSE}</p>" + link(f"{HOST}/lights/page/3/", "3")
    assert made(body, url)[0] == "listing"
    assert made(body, url, first) == ("article", f"{HOST}/lights/page/3/")


# --- several pages as one


def page(*sections: tuple[str, str], title: str = "Harbour Lights is back", url: str = STORY) -> Article:
    text = "\n".join(part for section in sections for part in section if part)
    return Article(url, "quay", title, text, sections=tuple(Section(*section) for section in sections))


def test_pages_are_one_text_in_their_order() -> None:
    first = page(("", "One."), ("Cast", "Two."))
    whole = join_pages(first, [page(("", "Three."), ("Plot", "Four."), url=f"{STORY}/2"), page(("", "Five."))])
    assert whole.sections == (Section("", "One."), Section("Cast", "Two.\nThree."), Section("Plot", "Four.\nFive."))
    assert whole.text == "One.\nCast\nTwo.\nThree.\nPlot\nFour.\nFive."
    assert (whole.url, whole.title) == (first.url, first.title)


def test_one_page_stays_as_it_is() -> None:
    first = Article(STORY, "quay", "A title", "One.\nTwo.")
    assert join_pages(first, []) is first
    assert join_pages(first, [Article(STORY, "quay", "A title", "Three.")]).sections == (
        Section("", "One.\nTwo.\nThree."),
    )


def test_what_later_pages_repeat_is_not_said_twice() -> None:
    lead, bio = "It is back, and it brought the boat.", f"Ines Calder writes about ferries. {PROSE}"
    first = page(("", f"{lead}\nOne."), ("Cast", f"Yes.\n{bio}"))
    second = page(("Harbour Lights is back – Page 2", lead), ("Cast", f"Two.\nYes.\n{bio}"))
    assert join_pages(first, [second]).sections == (
        Section("", f"{lead}\nOne."),
        Section("Cast", f"Yes.\n{bio}\nTwo.\nYes."),
    )


def test_a_page_served_twice_adds_nothing() -> None:
    first = page(("", "One."), ("Cast", "Two."), ("Plot", "Three."))
    assert join_pages(first, [first, first]) == first


def test_headings_that_come_back_keep_their_parts() -> None:
    whole = join_pages(page(("Monday", "One."), ("Best line", "Two.")), [page(("Monday", "Three."))])
    assert [s.heading for s in whole.sections] == ["Monday", "Best line", "Monday"]


def test_lines_that_lead_to_the_next_page_go() -> None:
    first = page(("", "One.\nPage 1 of 2\nContinued on next page »"))
    assert join_pages(first, [page(("", "Pages: 1 2\nTwo.\nPage 12 of the script is missing."))]).text == (
        "One.\nTwo.\nPage 12 of the script is missing."
    )


SECTIONS = st.lists(st.tuples(st.sampled_from(["", "A", "B"]), st.text("ab \n", max_size=8)), min_size=1, max_size=4)


@given(SECTIONS, st.lists(SECTIONS, max_size=3))
def test_nothing_that_is_new_is_lost(first: list[tuple[str, str]], rest: list[list[tuple[str, str]]]) -> None:
    whole = join_pages(page(*first), [page(*sections) for sections in rest])
    told = {line.strip() for sections in (first, *rest) for _, text in sections for line in text.split("\n")}
    assert told - {""} <= {line.strip() for line in whole.text.split("\n")}
    flat = [line for s in whole.sections for line in (s.heading, *s.text.split("\n")) if line]
    assert flat == [line for line in whole.text.split("\n") if line]
