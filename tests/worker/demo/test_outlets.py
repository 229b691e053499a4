"""The bundled outlets, asked over HTTP as a crawler would ask them: both weeks, every page."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path
from urllib.parse import quote, urlsplit

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from crawler.source import load_source
from worker.demo.outlets import NOW, OUTLETS, SHOWS, Outlets

RUMOUR = "/2027/03/02/harbour-lights-season-2-renewed-insider/"
COPY = "/harbour-lights-second-season-report/"
LIVE = "/guides/the-glass-orchard-season-3/"
NEW = {
    "screen-ledger": set(),
    "channel-nine": {"/ewan-castellane-joins-night-ferry/"},
    "long-sofa": set(),
    "meridian-plus": {"/news/the-lamp-stays-lit/"},
    "tube-gazette": {"/story/1196-night-ferry-not-cancelled/"},
}
CHANGED = {
    "screen-ledger": {"/", "/feed/", RUMOUR},
    "channel-nine": {"/", "/feed/atom/", "/wp-sitemap-posts-post-1.xml"},
    "long-sofa": {"/sitemap.xml", LIVE},
    "meridian-plus": {"/"},
    "tube-gazette": {"/", "/rss/"},
}
TYPES = {
    "/feed/": "application/rss+xml; charset=UTF-8",
    "/rss/": "application/rss+xml; charset=UTF-8",
    "/feed/atom/": "application/atom+xml; charset=UTF-8",
    "/robots.txt": "text/plain; charset=UTF-8",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Outlets]:
    with Outlets() as outlets:
        yield outlets


@pytest.fixture
def outlets(running: Outlets) -> Outlets:
    running.week(1)
    return running


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body; redirections are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(method, parts.path or "/", headers={k.replace("_", "-"): v for k, v in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def tree(url: str) -> html.HtmlElement:
    with urllib.request.urlopen(url, timeout=10) as response:
        return html.fromstring(response.read().decode(), base_url=url)


def body(url: str, css: str) -> list[str]:
    """The article's own blocks, headings included."""
    return [" ".join(e.text_content().split()) for e in tree(url).cssselect(f"{css} p, {css} h2")]


def articles(outlets: Outlets, number: int) -> list[str]:
    """Every page of the week that is an article: HTML that is no listing."""
    found = sorted(url for one in OUTLETS for url in outlets.addresses(one.name, number))
    listings = (*(f"{base}/" for base in outlets.urls.values()), outlets.urls["screen-ledger"] + "/page/2/")
    return [
        url for url in found if url not in listings and urlsplit(url).path not in TYPES and not url.endswith(".xml")
    ]


@pytest.mark.parametrize("number", [1, 2])
def test_every_page_answers_with_its_type_and_validators(outlets: Outlets, number: int) -> None:
    outlets.week(number)
    for outlet in OUTLETS:
        for url in outlets.addresses(outlet.name, number):
            status, headers, text = ask(url)
            path = urlsplit(url).path
            default = "application/xml; charset=UTF-8" if path.endswith(".xml") else "text/html; charset=UTF-8"
            assert (status, headers["Content-Type"]) == (200, TYPES.get(path, default)), url
            assert {"ETag", "Last-Modified"} & set(headers) == set(outlet.validators)
            assert not re.search(r"\$\w|\$\{|^---", text.decode(), re.M), f"something is not filled in at {url}"


def test_the_weeks_hold_the_articles_of_the_story(outlets: Outlets) -> None:
    first, second = articles(outlets, 1), articles(outlets, 2)
    assert (len(first), len(second)) == (10, 13)
    for outlet in OUTLETS:
        base = outlets.urls[outlet.name]
        new = outlets.addresses(outlet.name, 2) - outlets.addresses(outlet.name, 1)
        assert {url.removeprefix(base) for url in new} == NEW[outlet.name]
        for url in new:
            assert ask(url)[0] == 404, "it is week 1"


def test_only_what_should_change_changes(outlets: Outlets) -> None:
    for outlet in OUTLETS:
        base, urls = outlets.urls[outlet.name], outlets.addresses(outlet.name, 1)
        outlets.week(1)
        before = {url: ask(url) for url in urls}
        outlets.week(2)
        changed = {url.removeprefix(base) for url in urls if ask(url)[2] != before[url][2]}
        assert changed == CHANGED[outlet.name]
        for url in urls:
            headers = before[url][1]
            asked = {"If_None_Match": headers["ETag"], "If_Modified_Since": headers["Last-Modified"]}
            status, _, answer = ask(url, **{key: value for key, value in asked.items() if value})
            expected = 200 if url.removeprefix(base) in changed else 304
            assert status == expected, url
            assert (answer == b"") == (status == 304)


def test_a_tag_decides_over_a_date(outlets: Outlets) -> None:
    url = outlets.urls["screen-ledger"] + "/"
    _, headers, _ = ask(url)
    date, tag = headers["Last-Modified"], headers["ETag"]
    assert ask(url, If_Modified_Since=date)[0] == 304
    assert ask(url, If_None_Match=f'"other", W/{tag}')[0] == 304
    assert ask(url, If_None_Match='"other"', If_Modified_Since=date)[0] == 200
    assert ask(outlets.urls["meridian-plus"] + "/", If_None_Match=tag)[0] == 200, "it has no tags"


def test_missing_pages_missing_slashes_parts_and_head(outlets: Outlets) -> None:
    base = outlets.urls["screen-ledger"]
    for path in ("/nothing/", "/layout/head.html", "/week1/", f"{RUMOUR}_comments.html", "/../../outlets.py"):
        assert ask(base + path)[0] == 404, path
    status, headers, _ = ask(base + RUMOUR.rstrip("/"))
    assert (status, headers["Location"]) == (301, base + RUMOUR)
    status, headers, text = ask(base + "/", "HEAD")
    assert (status, text) == (200, b"")
    assert int(headers["Content-Length"]) == len(ask(base + "/")[2])


@settings(max_examples=40, deadline=None)
@given(path=st.text(max_size=30))
def test_no_path_upsets_a_server(running: Outlets, path: str) -> None:
    assert ask(f"{running.urls['meridian-plus']}/{quote(path)}")[0] in (200, 301, 404)


@pytest.mark.parametrize("number", [1, 2])
def test_every_link_on_our_own_pages_leads_somewhere(outlets: Outlets, number: int) -> None:
    outlets.week(number)
    known = {url for one in OUTLETS for url in outlets.addresses(one.name, number)}
    for url in articles(outlets, number) + [f"{base}/" for base in outlets.urls.values()]:
        for link in tree(url).xpath("//a/@href | //link/@href"):
            if str(link).startswith(tuple(outlets.urls.values())):
                assert re.split(r"[?#]", str(link))[0] in known, f"{url} links to {link}"


@pytest.mark.parametrize("number", [1, 2])
def test_structured_data_says_what_the_page_says(outlets: Outlets, number: int) -> None:
    outlets.week(number)
    pages = [url for url in articles(outlets, number) if tree(url).xpath('//script[@type="application/ld+json"]')]
    assert len(pages) == (7 if number == 1 else 9)
    for url in pages:
        page = tree(url)
        data = json.loads(page.xpath('//script[@type="application/ld+json"]')[0].text)
        article = data["@graph"][0] if "@graph" in data else data
        assert article["headline"] == page.cssselect("h1")[0].text_content()
        assert article["datePublished"] == page.xpath("//time/@datetime")[0]


@pytest.mark.parametrize(("number", "counts"), [(1, (10, 2, 4)), (2, (13, 2, 6))])
def test_threads_show_all_that_they_declare(outlets: Outlets, number: int, counts: tuple[int, int, int]) -> None:
    outlets.week(number)
    ledger = tree(outlets.urls["screen-ledger"] + RUMOUR)
    block = tree(outlets.urls["channel-nine"] + COPY)
    sofa = tree(outlets.urls["long-sofa"] + LIVE)
    shown = (
        len(ledger.cssselect("ol.commentlist li.comment")),
        len(block.cssselect(".wp-block-comment-template li.comment")),
        len(sofa.cssselect('#talk [itemtype$="/Comment"]')),
    )
    titles = (".comments-title", ".wp-block-comments-title", "#talk h3")
    declared = tuple(
        int(page.cssselect(css)[0].text_content().split()[0])
        for page, css in zip((ledger, block, sofa), titles, strict=True)
    )
    assert shown == declared == counts
    assert f"{counts[0]} Comments" in tree(outlets.urls["screen-ledger"]).text_content()


def comments(page: html.HtmlElement) -> dict[str, tuple[str, int, str]]:
    """Author, depth and text by id, of a classic WordPress thread."""
    return {
        str(item.get("id")): (
            item.cssselect(".fn")[0].text_content(),
            len(list(item.iterancestors("li"))),
            item.cssselect(".comment-content")[0].text_content(),
        )
        for item in page.cssselect("li.comment")
    }


def test_the_rumours_thread_grows_and_its_text_stays(outlets: Outlets) -> None:
    url = outlets.urls["screen-ledger"] + RUMOUR
    first, text = comments(tree(url)), body(url, ".entry-content")
    outlets.week(2)
    second = comments(tree(url))
    assert body(url, ".entry-content") == text
    assert first.items() <= second.items()
    assert {depth for _, depth, _ in first.values()} == {0, 1, 2}
    assert sorted(depth for key, (_, depth, _) in second.items() if key not in first) == [0, 0, 1]


def test_the_copy_is_the_rumour_with_one_sentence_cut(outlets: Outlets) -> None:
    ledger = body(outlets.urls["screen-ledger"] + RUMOUR, ".entry-content")
    copied = body(outlets.urls["channel-nine"] + COPY, ".entry-content")
    sentences, kept = (re.split(r"(?<=[.!?”]) (?=[A-Z“])", " ".join(text)) for text in (ledger, copied[:-1]))
    assert copied[-1] == "This story first appeared in The Screen Ledger."
    assert [sentence for sentence in sentences if sentence in kept] == kept
    assert len(sentences) - len(kept) == 1


def test_the_live_article_rewrites_one_section_and_extends_another(outlets: Outlets) -> None:
    url = outlets.urls["long-sofa"] + LIVE
    old = body(url, ".post-body")
    clock = tree(url).cssselect(".clock")[0].text_content()
    outlets.week(2)
    new = body(url, ".post-body")
    assert [block for block in old if block.endswith("?")] == [block for block in new if block.endswith("?")]
    changed = [(before, after) for before, after in zip(old, new, strict=True) if before != after]
    assert len(changed) == 3
    assert "reportedly be released in 2028" in changed[0][0]
    assert "will premiere on 14 January 2028, Fenwick One announced" in changed[0][1]
    assert changed[2][1].startswith(changed[2][0])
    assert "joins the cast" in changed[2][1].removeprefix(changed[2][0])
    assert tree(url).cssselect(".clock")[0].text_content() != clock


def test_the_story_is_told_in_plain_sentences(outlets: Outlets) -> None:
    outlets.week(2)
    told = " ".join(" ".join(body(url, "body")) for url in articles(outlets, 2))
    for sentence in (
        "An insider tells The Screen Ledger that Harbour Lights has been renewed for a second season.",
        "The new episodes will arrive in autumn 2027, the insider said.",
        "Meridian Plus has ordered a second season of Harbour Lights.",
        "The second season is expected in early 2028, the streamer announced today.",
        "Night Ferry has been cancelled, a source tells Tube Gazette.",
        "Night Ferry has not been cancelled, showrunner Marta Oyelaran said in a statement on Wednesday.",
        "The Dockside Post reports that Ewan Castellane has joined the cast of Night Ferry.",
    ):
        assert sentence in told
    assert all(name in told for name, _ in SHOWS)


@pytest.mark.parametrize("number", [1, 2])
def test_feeds_and_sitemaps_list_every_article(outlets: Outlets, number: int) -> None:
    outlets.week(number)
    listed: set[str] = set()
    for name, path in (("screen-ledger", "/feed/"), ("channel-nine", "/feed/atom/"), ("tube-gazette", "/rss/")):
        text = ask(outlets.urls[name] + path)[2]
        etree.fromstring(text)
        feed = feedparser.parse(text)
        assert not feed.bozo
        for entry in feed.entries:
            listed.add(entry.link)
            assert entry.title == tree(entry.link).cssselect("h1")[0].text_content()
            stamp = datetime.fromisoformat(tree(entry.link).xpath("//time/@datetime")[0])
            assert stamp.utctimetuple()[:6] == entry.published_parsed[:6]
    for name, path in (("channel-nine", "/wp-sitemap-posts-post-1.xml"), ("long-sofa", "/sitemap.xml")):
        locations = etree.fromstring(ask(outlets.urls[name] + path)[2]).findall("{*}url/{*}loc")
        listed |= {str(location.text) for location in locations}
    news = tree(outlets.urls["meridian-plus"]).xpath("//li//h2/a/@href")
    assert listed | set(news) == set(articles(outlets, number))


def test_the_feed_with_full_content_holds_the_pages_text(outlets: Outlets) -> None:
    feed = feedparser.parse(ask(outlets.urls["tube-gazette"] + "/rss/")[2])
    for entry in feed.entries:
        text = " ".join(html.fromstring(entry.content[0].value).text_content().split())
        assert text == " ".join(body(entry.link, ".story__body"))


def test_news_is_new_in_its_week(outlets: Outlets) -> None:
    outlets.week(2)
    ages = {}
    for url in articles(outlets, 2):
        stamp = datetime.fromisoformat(tree(url).xpath("//time/@datetime")[0])
        ages[url] = NOW[0] - stamp
    first = set(articles(outlets, 1))
    assert all(timedelta(days=-7) < age < timedelta(0) for url, age in ages.items() if url not in first)
    week = [url for url in first if timedelta(0) < ages[url] < timedelta(days=7)]
    months = [url for url in first if ages[url] > timedelta(days=28)]
    assert (len(week), len(months)) == (6, 4)
    assert NOW[1] - NOW[0] == timedelta(weeks=1)


def test_source_files_load(outlets: Outlets, tmp_path: Path) -> None:
    sources = [load_source(path) for path in outlets.write_sources(tmp_path / "sources")]
    assert {source.name for source in sources} == set(outlets.urls)
    assert sorted(source.tier for source in sources) == ["fan", "official", "outlet", "outlet", "trade"]
    assert {host for source in sources for host in source.hosts} == set(outlets.hosts)
    assert all(source.pace.delay == 0 for source in sources)
    assert all(ask(url)[0] == 200 for source in sources for url in source.start_urls)


def test_there_are_two_weeks_and_an_end() -> None:
    with Outlets() as outlets:
        url = outlets.urls["long-sofa"]
        with pytest.raises(ValueError, match="week 1 or 2"):
            outlets.week(3)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=5)
