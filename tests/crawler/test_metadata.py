"""What a page says about itself: title, authors, times, image, summary; pages of our own making."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.metadata import Metadata, read_metadata
from crawler.metadata.byline import chosen_authors
from crawler.metadata.names import organisations, people
from crawler.page.jsonld import graph
from crawler.page.parsed import parse_html
from crawler.page.times import read_time

URL = "https://www.lampnews.example/series/the-lamp-returns"
TITLE = "The Lamp Keepers returns for a second season"
TEXT = (
    "<p>"
    + "The keepers of the lamp climb back into their tower, and nobody knows what they will find there. " * 4
    + "</p>"
)


def read(body: str = "", *, head: str = "", url: str = URL, lang: str = "en") -> Metadata:
    page = f"<!DOCTYPE html><html lang={lang}><head><title>{TITLE} | Lamp News</title>{head}</head><body>{body}</body></html>"
    return read_metadata(parse_html(page.encode(), url))


def linked(data: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def article(**fields: Any) -> str:
    return linked({"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, **fields})


def story(byline: str, text: str = TEXT) -> str:
    """A page's body with something between its headline and its text."""
    return f"<main><h1>{TITLE}</h1>{byline}{text * 3}</main>"


# --- authors

DATA: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a person": ({"@type": "Person", "name": "Jane Doe"}, ("Jane Doe",)),
    "several": ([{"name": "Jane Doe"}, {"name": "John Roe"}], ("Jane Doe", "John Roe")),
    "plain text": ("Jane Doe", ("Jane Doe",)),
    "joined": ("Jane Doe and John Roe", ("Jane Doe", "John Roe")),
    "a list of names": ({"@type": "Person", "name": ["Jane Doe", "John Roe"]}, ("Jane Doe", "John Roe")),
    "shouted": ({"name": "JANE O'DOE"}, ("Jane O'Doe",)),
    "with her outlet": ({"name": "Jane Doe | The Lamp Newsroom"}, ("Jane Doe",)),
    "family name first": ({"name": "Doe, Jane"}, ("Jane Doe",)),
    "in two parts": ({"givenName": "Jane", "familyName": "Doe"}, ("Jane Doe",)),
    "with her agency": ([{"name": "Jane Doe"}, {"name": "Associated Press"}], ("Jane Doe",)),
    "with the site": ([{"name": "Jane Doe"}, {"name": "Lamp News"}], ("Jane Doe",)),
    "twice": ([{"name": "Jane Doe"}, {"name": "Jane X. Doe"}], ("Jane Doe",)),
    "an agency": ({"@type": "Organization", "name": "dpa"}, ("dpa",)),
    "a pseudonym": ({"@type": "Person", "name": "lampfan"}, ("lampfan",)),
    "an account": ({"@type": "Person", "name": "admin"}, ()),
    "the site": ({"@type": "Organization", "name": "Lamp News"}, ()),
    "nothing": ([None, {}, 7, {"name": ""}], ()),
}


@pytest.mark.parametrize(("stated", "names"), DATA.values(), ids=DATA.keys())
def test_authors_in_structured_data(stated: Any, names: tuple[str, ...]) -> None:
    assert read(story(""), head=article(author=stated, publisher={"name": "Lamp News"})).authors == names


def test_an_author_named_by_reference_is_looked_up() -> None:
    nodes = [{"@type": "NewsArticle", "headline": TITLE, "author": {"@id": "#jane"}}, {"@type": "Person", "@id": "#jane", "name": "Jane Doe"}]  # fmt: skip
    assert read(story(""), head=linked({"@graph": nodes})).authors == ("Jane Doe",)


def test_authors_of_other_articles_and_of_reviews_in_the_data_are_not_taken() -> None:
    others = [
        {"@type": "Product", "review": {"@type": "Review", "name": "Great", "author": {"name": "Carl Customer"}}},
        {"@type": "NewsArticle", "headline": "Another story", "author": {"name": "Otto Other"}},
        {"@type": "NewsArticle", "headline": TITLE, "author": {"name": "Jane Doe"}},
    ]
    meta = f'<meta property="og:title" content="{TITLE}">'
    assert read(story(""), head=linked(others) + meta).authors == ("Jane Doe",)


BYLINES = {
    "by": ("<p>By Jane Doe</p>", ("Jane Doe",)),
    "linked": ('<p>By <a href="/authors/jane">Jane Doe</a></p>', ("Jane Doe",)),
    "two": ("<p>By Jane Doe and John Roe</p>", ("Jane Doe", "John Roe")),
    "three": ("<p>By Jane Doe, John Roe &amp; Ann Poe</p>", ("Jane Doe", "John Roe", "Ann Poe")),
    "one linked of two": ('<p>By <a href="/by/jane">Jane Doe</a> and John Roe</p>', ("Jane Doe", "John Roe")),
    "alone in its element": ('<div><span>By</span> <a href="/x">Jane Doe</a></div>', ("Jane Doe",)),
    "posted by": ("<p>Posted by Jane Doe on March 5, 2024</p>", ("Jane Doe",)),
    "behind a date": ("<p>March 5, 2024 by Jane Doe</p>", ("Jane Doe",)),
    "before a date": ("<p>By Jane Doe, March 5, 2024 2:30 pm</p>", ("Jane Doe",)),
    "with a job": ("<p>By Jane Doe, Senior TV Editor</p>", ("Jane Doe",)),
    "with a job behind a break": ("<p>By Jane Doe<br>AP Entertainment Writer</p>", ("Jane Doe",)),
    "with an agency": ("<p>By Jane Doe, Associated Press</p>", ("Jane Doe",)),
    "with a paper": ("<p>By Jane Doe, The Lamp Gazette</p>", ("Jane Doe",)),
    "with its change": ("<p>Written by Jane Doe Last updated May 3, 2024</p>", ("Jane Doe",)),
    "with a site": ("<p>By Jane Doe for Lampsite.com</p>", ("Jane Doe",)),
    "with an outlet": ("<p>By Jane Doe<br>BBC News, London</p>", ("Jane Doe",)),
    "with a handle": ("<p>By Jane Doe (@janedoe)</p>", ("Jane Doe",)),
    "with a call": ('<p class="byline">By Jane Doe Follow</p>', ("Jane Doe",)),
    "with titles": ("<p><em>By Jane Doe, MS, RDN</em></p>", ("Jane Doe",)),
    "with the photographer": ("<p>By Jane Doe | Photos by Pete Photo</p>", ("Jane Doe",)),
    "shouted": ("<p>BY JANE DOE</p>", ("Jane Doe",)),
    "three words and a job": ('<p>By <a href="/x">Mary Ann Doe</a> Senior Writer</p>', ("Mary Ann Doe",)),
    "a section linked too": ('<p>By <a href="/x">Jane Doe</a> in <a href="/y">Lamp Series</a></p>', ("Jane Doe",)),
    "below the text": (f'{TEXT * 5}<div class="post-footer">Posted by <span class="fn">lampfan</span> at 9 PM</div>', ("lampfan",)),
    "in a footer of its own": (f'{TEXT * 5}<footer class="entry-footer"><i class="author">Jane Doe</i></footer>', ("Jane Doe",)),
    "none, a star's page": ('<p><a href="/people/ann-star">Ann Star</a> returns.</p>', ()),
    "named by its class": ('<div class="article-author">Jane Doe</div>', ("Jane Doe",)),
    "a pseudonym": ('<p>by <span class="author vcard fn">oz</span> on December 4, 2006</p>', ("oz",)),
    "a link to her page": ('<div><a href="/author/jane-doe/">Jane Doe</a> <span>2 hours ago</span></div>', ("Jane Doe",)),
    "an analysis": ("<p>Analysis by Jane Doe</p>", ("Jane Doe",)),
    "a newsroom": ("<p>By Lamp News Staff</p>", ("Lamp News Staff",)),
    "a particle": ("<p>By Ludwig van der Lamp</p>", ("Ludwig van der Lamp",)),
    "German": ("<p>Von Jana Döring und Jörg Rö</p>", ("Jana Döring", "Jörg Rö")),
    "German comment": ("<p>Ein Kommentar von Jana Döring</p>", ("Jana Döring",)),
    "Spanish": ("<p>Por Juana Pérez y Juan Gómez</p>", ("Juana Pérez", "Juan Gómez")),
    "French": ("<p>Par Jeanne Dupont et Jean Petit</p>", ("Jeanne Dupont", "Jean Petit")),
    "Italian": ("<p>di Gianna Rossi</p>", ("Gianna Rossi",)),
    "Dutch": ("<p>Door Janna de Wit</p>", ("Janna de Wit",)),
    "Russian": ("<p>Текст: Лидия Лампова</p>", ("Лидия Лампова",)),
    "Chinese": ("<p>文/張小燈</p>", ("張小燈",)),
    "Korean": ('<p class="byline">홍길동 기자</p>', ("홍길동",)),
    "none, its creators": ('<p class="byline">Created by Jane Doe</p>', ()),
    "with somebody": ("<p>By Jane Doe with John Roe</p>", ("Jane Doe", "John Roe")),
    "an interview": ("<p>Interview: Jana Döring</p>", ("Jana Döring",)),
    "none, a day": ("<p>By Tuesday the lamp was out.</p>", ()),
    "none, a deadline": ("<p>By the end of the season the lamp was out.</p>", ()),
    "none, a count": ('<div class="author-meta">3 Comments</div>', ()),
    "none, a photographer": ('<p class="byline">Photo by Pete Photo</p>', ()),
}  # fmt: skip


@pytest.mark.parametrize(("byline", "names"), BYLINES.values(), ids=BYLINES.keys())
def test_the_byline_that_readers_see(byline: str, names: tuple[str, ...]) -> None:
    assert read(story(byline)).authors == names


@pytest.mark.parametrize(
    "meta", ["janedoe77", "Lamp News", "Lamp News Staff", "Associated Press", "Otto Owner", "admin"]
)
def test_the_visible_byline_wins_over_meta(meta: str) -> None:
    head = f'<meta name="author" content="{meta}"><meta property="og:site_name" content="Lamp News">'
    assert read(story('<p>By <a href="/author/jd">Jane Doe</a></p>'), head=head).authors == ("Jane Doe",)


def test_meta_names_the_author_where_readers_see_none() -> None:
    head = '<meta property="article:author" content="https://social.example/x"><meta name="author" content="Doe, Jane">'
    assert read(story(""), head=head).authors == ("Jane Doe",)


def test_a_standfirst_about_somebody_who_wrote_something_is_no_byline() -> None:
    dek = '<p>The series was written by <a href="/people/mumo">Annie Mumo</a> and her friend, and it is back.</p>'
    head = '<meta name="author" content="Jane Doe">'
    assert read(story(dek), head=head).authors == ("Jane Doe",)


def test_the_author_signs_below_the_text() -> None:
    assert read(story("") + "<p>Written by: Jane Doe</p>").authors == ("Jane Doe",)


ELSEWHERE = {
    "comments": '<div id="comments"><div class="comment"><span class="author">Carl Comment</span> says</div></div>',
    "marked comments": '<div itemscope itemtype="https://schema.org/Comment"><b itemprop="author">Carl Comment</b></div>',
    "user comments": '<ul><li itemprop="comment" itemscope itemtype="http://schema.org/UserComments">'
    '<b itemprop="creator author">Carl Comment</b></li></ul>',
    "teasers": '<div class="related-posts"><h3>Another one</h3><span class="author">Otto Other</span></div>',
    "a sidebar": '<aside><p>By Otto Other</p><a rel="author" href="/o">Otto Other</a></aside>',
    "a picture": '<figure itemscope itemtype="http://schema.org/ImageObject"><i itemprop="author">Pete Photo</i></figure>',
    "a product": '<div itemscope itemtype="http://schema.org/Product"><div itemprop="review" itemscope '
    'itemtype="http://schema.org/Review"><i itemprop="author">Carl Customer</i></div></div>',
}


@pytest.mark.parametrize("other", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_names_of_others_on_the_page_are_not_taken(other: str) -> None:
    assert read(story("") + other).authors == ()
    assert read(other + story("<p>By Jane Doe</p>") + other).authors == ("Jane Doe",)


def test_microdata_of_the_article_counts_and_that_of_other_articles_does_not() -> None:
    own = f'<article itemscope itemtype="http://schema.org/BlogPosting"><h1 itemprop="headline">{TITLE}</h1>' \
          f'<span itemprop="author" itemscope itemtype="http://schema.org/Person"><i itemprop="name">Jane Doe</i></span>{TEXT}'  # fmt: skip
    other = '<div itemscope itemtype="http://schema.org/BlogPosting"><b itemprop="author">Otto Other</b></div>'
    assert read(f"{own}</article>{other}").authors == ("Jane Doe",)


def test_a_writer_of_another_article_linked_above_the_headline_is_not_taken() -> None:
    promo = '<div><a href="/x">A wholly different story</a><span class="author"><a class="author">Otto Other</a></span></div>'
    byline = '<span>By <span class="authors"><span class="author">Jane Doe</span></span></span>'
    assert read(promo * 3 + story(byline)).authors == ("Jane Doe",)


def test_the_name_on_a_blog_of_ones_own_is_its_author() -> None:
    head = '<meta property="og:site_name" content="Jane Doe">'
    assert read(story('<span class="byline">Posted by Jane Doe</span>'), head=head).authors == ("Jane Doe",)


def test_a_chosen_element_gives_its_names() -> None:
    page = parse_html(b'<div><p class=x>By <a href="/a">Jane Doe</a> and <a href="/b">John Roe</a></p></div>', URL)
    assert chosen_authors(page.tree.xpath("//p"), "Lamp News") == ("Jane Doe", "John Roe")
    assert chosen_authors(["Lamp News Staff"], "Lamp News") == ("Lamp News Staff",)


# --- titles

TITLES = {
    "the headline without the site": (story(""), "", TITLE),
    "entities": (f"<h1>{TITLE} &amp;amp; more</h1>", f'<meta property="og:title" content="{TITLE} &amp; more">', f"{TITLE} &amp; more"),
    "a heading of the comments": ("<h1>Send a comment</h1>", "", TITLE),
    "the site's name as a heading": (f"<h1>Lamp News</h1><h2>{TITLE}</h2>", "", TITLE),
    "a paragraph named so": (f'<p class="headline"><a href="#">{TITLE}</a></p><h1>Send a comment</h1>', "", TITLE),
    "a heading of a teaser": (f"<aside><h1>Another story of the day</h1></aside><h1>{TITLE}</h1>", "", TITLE),
    "a longer title for search engines": (
        "<h1>Lamp Keepers: the second season returns</h1>",
        '<meta property="og:title" content="Lamp Keepers season 2: cast, date, trailer, all we know">',
        "Lamp Keepers: the second season returns",
    ),
    "a section as a heading": ("<h1>Series</h1>", f'<meta property="og:title" content="{TITLE}">', TITLE),
    "a cut title": ("", article(headline="The Lamp Keepers returns for a…"), TITLE),
    "no headline": ("", f'<meta property="og:title" content="{TITLE} - Lamp News">', TITLE),
}  # fmt: skip


@pytest.mark.parametrize(("body", "head", "title"), TITLES.values(), ids=TITLES.keys())
def test_the_title(body: str, head: str, title: str) -> None:
    assert read(body + TEXT, head=head + '<meta property="og:site_name" content="Lamp News">').title == title


def test_a_short_title_of_another_script() -> None:
    page = "<title>灯台守 第二季 @ 張小燈 :: LampBlog ::</title><h1>LampBlog</h1><h2>灯台守 第二季</h2>"
    assert read_metadata(parse_html(page.encode(), "https://chang.lampblog.example/post/1")).title == "灯台守 第二季"


# --- times

MARCH = datetime(2024, 3, 9, tzinfo=UTC)
DATES: dict[str, tuple[str, str, str]] = {
    "structured data": ("", article(datePublished="2024-03-09T10:00:00Z", dateModified="2024-04-01"), URL),
    "meta": ("", '<meta property="article:published_time" content="2024-03-09T10:00:00+01:00">', URL),
    "microdata": ('<article itemscope itemtype="http://schema.org/Article"><b itemprop="datePublished">2024-03-09</b></article>', "", URL),
    "not a comment's": (story('<p>March 9, 2024</p>') + '<div itemscope itemtype="http://schema.org/Comment"><time itemprop="datePublished" datetime="2024-03-10">x</time></div>', "", URL),
    "a time element": (story('<time datetime="2024-03-09T10:00">Saturday</time>'), "", URL),
    "visible": (story("<p>Published March 9, 2024</p>"), "", URL),
    "not the change": (story("<p><span>Updated</span> <time>March 20, 2024</time></p><p>Published <time>March 9, 2024</time></p>"), "", URL),
    "the change where nothing else is": (story("<p>Updated March 9, 2024</p>"), "", URL),
    "above the headline": (f"<h2 class=date-header>Saturday, March 09, 2024</h2>{story('')}", "", URL),
    "in boxes": (story('<p class="date"><b>Mar</b> <b>9</b> <b>Sat</b> <b>2024</b></p>'), "", URL),
    "not the premiere": (story("<p>It returns on June 1, 2025.</p><p class=release-date>June 1, 2025</p><p>March 9, 2024</p>"), "", URL),
    "with the byline": (story("<p>Jane Doe at 7:53 AM Saturday, Mar 9, 2024</p>"), "", URL),
    "the address": (story(""), "", "https://lampnews.example/2024/03/09/the-lamp"),
    "the address with a word": (story(""), "", "https://lampnews.example/2024/mar/09/the-lamp"),
    "figures as the address says": (story("<p>9/3/2024</p>"), "", "https://lampnews.example/2024/03/09/the-lamp"),
    "figures on a British host": (story("<p>9/3/2024</p>"), "", "https://lampnews.example.co.uk/the-lamp"),
    "figures in American": (story("<p>3/9/2024</p>"), "", URL),
    "no year of a copyright": (story("") + "<footer><p class=date>© 2026-01-01</p></footer>", "", "https://l.example/2024/03/09/x"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "head", "url"), DATES.values(), ids=DATES.keys())
def test_the_day_of_publication(body: str, head: str, url: str) -> None:
    found = read(body, head=head, url=url).published
    assert found is not None
    assert found.date() == MARCH.date()


def test_no_day_is_made_up() -> None:
    assert (
        read(
            story("") + "<footer>© 2026 Lamp News</footer><div class=related><time>March 9, 2024</time></div>"
        ).published
        is None
    )


def test_when_it_was_changed() -> None:
    assert read("", head=article(dateModified="2024-03-09")).modified == MARCH
    assert read("", head='<meta property="og:updated_time" content="2024-03-09">').modified == MARCH


ZONE = timezone(timedelta(hours=-5))
WORDS: dict[str, tuple[str, datetime]] = {
    "January 5th, 2024 at 10:30am ET": ("en", datetime(2024, 1, 5, 10, 30, tzinfo=ZONE)),
    "July 5, 2024 10:30 p.m. EST": ("en", datetime(2024, 7, 5, 22, 30, tzinfo=ZONE)),
    "Fri, 05 Jan 2024 10:30:00 -0500": ("en", datetime(2024, 1, 5, 10, 30, tzinfo=ZONE)),
    "Fri Jan 05 2024 10:30:00 GMT-0500 (EST)": ("en", datetime(2024, 1, 5, 10, 30, tzinfo=ZONE)),
    "5 Jan. 2024": ("en", datetime(2024, 1, 5, tzinfo=UTC)),
    "the 5th of January 2024": ("en", datetime(2024, 1, 5, tzinfo=UTC)),
    "1/5/24": ("en-US", datetime(2024, 1, 5, tzinfo=UTC)),
    "05/01/2024": ("en-GB", datetime(2024, 1, 5, tzinfo=UTC)),
    "5 de enero de 2024 10:30": ("es", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "5 de janeiro de 2024 às 10h30": ("pt", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "1er janvier 2024 à 10h30": ("fr", datetime(2024, 1, 1, 10, 30, tzinfo=UTC)),
    "05.01.2024, 10:30 Uhr": ("de", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "Fr 05.01.24 | 10:30 Uhr": ("de", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "5. Januar 2024": ("de", datetime(2024, 1, 5, tzinfo=UTC)),
    "5 gennaio 2024 ore 10.30": ("it", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "5 januari 2024 10:30": ("nl", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "05-01-2024": ("nl", datetime(2024, 1, 5, tzinfo=UTC)),
    "5 января 2024 г., 10:30": ("ru", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "2024년 1월 5일 오후 3:15": ("ko", datetime(2024, 1, 5, 15, 15, tzinfo=UTC)),
    "2024. 1. 5. 14:30": ("ko", datetime(2024, 1, 5, 14, 30, tzinfo=UTC)),
    "2024年1月5日 10時30分": ("ja", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "2024年1月5日": ("zh", datetime(2024, 1, 5, tzinfo=UTC)),
    "2024/01/05 10:30": ("zh", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
    "1704450600": ("en", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
}


@pytest.mark.parametrize(("text", "language", "expected"), [(t, *e) for t, e in WORDS.items()], ids=WORDS.keys())
def test_times_in_words(text: str, language: str, expected: datetime) -> None:
    found = read_time(text, language)
    assert found is not None
    assert (found, found.utcoffset()) == (expected, expected.utcoffset())


@pytest.mark.parametrize(
    "text", ["", "yesterday", "1.2.3.2024", "version 10.1.2", "in 2024", "31/31/2024", "99.99.2024", "5 min"]
)
def test_what_states_no_day(text: str) -> None:
    assert read_time(text) is None


# --- the rest


def test_the_summary_is_the_first_whole_one_and_not_the_title() -> None:
    metas = '<meta property="og:description" content="{}"><meta name="description" content="They climb back."> '
    assert read(head=metas.format("They climb…")).summary == "They climb back."
    assert read(story(""), head=metas.format(TITLE)).summary == "They climb back."
    assert read(head=metas.format("The &lt;i&gt;Lamp&lt;/i&gt; &amp; more")).summary == "The Lamp & more"
    assert read(head=article(description="From the data.")).summary == "From the data."
    assert read(story("")).summary == ""


IMAGES: dict[str, tuple[str, str | None]] = {
    "og": ('<meta property="og:image" content="/pics/lamp.jpg">', "https://www.lampnews.example/pics/lamp.jpg"),
    "twitter": ('<meta name="twitter:image:src" content="//i.example/l.jpg">', "https://i.example/l.jpg"),
    "an object": (article(image={"@type": "ImageObject", "url": "https://i.example/l.jpg"}), "https://i.example/l.jpg"),
    "an array": (article(image=["https://i.example/l.jpg", "https://i.example/m.jpg"]), "https://i.example/l.jpg"),
    "not the logo": ('<meta property="og:image" content="/site-logo.png">' + article(image="/l.jpg"), "https://www.lampnews.example/l.jpg"),
    "an icon of style": ('<meta property="og:image" content="/style-icon-lamp.jpg">', "https://www.lampnews.example/style-icon-lamp.jpg"),
    "a placeholder": ('<meta property="og:image" content="/img/placeholder-1200.jpg">', None),
    "data": ('<meta property="og:image" content="data:image/png;base64,AAAA">', None),
    "broken": ('<meta property="og:image" content="http://[x">', None),
}  # fmt: skip


@pytest.mark.parametrize(("head", "image"), IMAGES.values(), ids=IMAGES.keys())
def test_the_lead_image(head: str, image: str | None) -> None:
    assert read(head=head).image == image


def test_a_language_in_words_is_no_code() -> None:
    assert read(head=article(inLanguage="pt_BR"), lang='""').language == "pt-BR"
    assert read(head=article(inLanguage="English"), lang='""').language is None


def test_site_language_address_and_live() -> None:
    head = article(publisher={"name": "Lamp News"}, **{"@type": "LiveBlogPosting"})
    found = read(head=head + '<link rel="canonical" href="/series/lamp?id=1#top">', lang="de-AT")
    assert (found.site, found.language, found.live) == ("Lamp News", "de-AT", True)
    assert found.canonical == "https://www.lampnews.example/series/lamp?id=1"


@pytest.mark.parametrize(
    "script",
    ['{"@type":"Article","headline":"A",}', '<!-- {"@type":"Article","headline":"A"} -->',
     '//<![CDATA[\n{"@type":"Article","headline":"A"}\n//]]>', '{"@type":"Article","headline":"A\n"};',
     "{&quot;@type&quot;:&quot;Article&quot;,&quot;headline&quot;:&quot;A&quot;}"],
)  # fmt: skip
def test_common_faults_of_json_ld_are_mended(script: str) -> None:
    tree = parse_html(f'<p>x</p><script type="application/ld+json">{script}</script>'.encode(), URL).tree
    assert [node["@type"] for node in graph(tree)] == ["Article"]


# --- strangers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["@type", "@id", "name", "author", "headline", "datePublished", "image", "url", "@graph",
                         "publisher", "description", "mainEntityOfPage", "inLanguage", "about"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.text(max_size=60), st.text(max_size=60))
def test_no_page_is_too_strange(data: Any, byline: str, url: str) -> None:
    node = {"@type": "Article", "headline": "x", **(data if isinstance(data, dict) else {"author": data})}
    body = f"<h1>x</h1><p class=byline>By {byline}</p><time>{byline}</time><i itemprop=author>{byline}</i>"
    assert isinstance(read(body, head=linked(node) + linked(data), url=f"https://x.example/{url}"), Metadata)


@given(st.text(max_size=300))
def test_no_broken_script_is_too_strange(text: str) -> None:
    assert isinstance(read(head=f'<script type="application/ld+json">{text}</script>'), Metadata)


@given(st.text(max_size=120), st.sampled_from([None, "en", "de", "xx-YY", ""]))
def test_no_time_is_too_strange(text: str, language: str | None) -> None:
    found = read_time(text, language)
    assert found is None or found.tzinfo is not None


@given(st.lists(st.text(max_size=80), max_size=4), st.booleans())
def test_no_name_is_too_strange(texts: list[str], stated: bool) -> None:
    assert all(name.strip() for name in (*people(texts, stated), *organisations(texts)))


MANY: dict[str, Callable[[], str]] = {
    "bylines": lambda: f"<h1>{TITLE}</h1>" + "<span class=author>1</span>" * 30_000,
    "nested bylines": lambda: f"<h1>{TITLE}</h1>" + ("<div class=byline>By " * 500 + "</div>" * 500) * 30,
    "headings": lambda: "<h1>" * 500 + "x" + "<i></i>" * 30_000,
    "properties": lambda: ("<div itemprop=author>" * 500 + "</div>" * 500) * 30,
    "signatures": lambda: "<p>Written by: 12345</p>" * 30_000,
    "spaces": lambda: "<p>By" + " " * 1_000_000 + "</p><p>" + "by " * 300_000,
}


@pytest.mark.parametrize("body", MANY.values(), ids=MANY.keys())
def test_a_page_of_many_elements_is_read_in_no_time(body: Callable[[], str]) -> None:
    page = parse_html(body().encode(), URL)
    start = time.process_time()
    read_metadata(page)
    assert time.process_time() - start < 3  # a tenth of it, on a machine of its own
