"""What lists articles: feeds, sitemaps, listings; and the book that a round keeps of them."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import parse_page
from crawler.items import Host, Page
from crawler.links import Link, canonical_url, identity, of_site, surely_no_article
from crawler.plan import Plan, plan_from_json, plan_to_json
from crawler.source import Source
from crawler.spiders.discovery import kind_of
from crawler.spiders.feed import links_of_feed, read_feed
from crawler.spiders.listing import Listing, read_listing
from crawler.spiders.round import Discovered, Memory, Round
from crawler.spiders.sitemap import read_sitemap
from tests.factories import NOW, make_page

HOME = "https://my-outlet.example/"


def listing(body: str, url: str = HOME) -> Listing:
    page = parse_page(f"<html><body>{body}</body></html>".encode(), url)
    assert page is not None
    return read_listing(page)


def urls(links: Any) -> list[str]:
    return [link.url.removeprefix(HOME) for link in links]


# URLs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{HOME}a?utm_source=x&fbclid=1", f"{HOME}a"),
        (f"{HOME}a#comments", f"{HOME}a/"),
        (f"{HOME}b/../a", "http://www.my-outlet.example/a"),
        (f"{HOME}a?q1=1&q2=2", f"{HOME}a?q2=2&q1=1"),
        ("https://m.my-outlet.example/a b", f"{HOME}a%20b"),
    ],
)
def test_one_page_under_two_spellings(one: str, other: str) -> None:
    assert identity(one) == identity(other)


def test_two_pages_stay_two() -> None:
    assert len({identity(f"{HOME}{path}") for path in ("a", "a/b", "?p=1", "?p=2", "ab", "a%20b")}) == 6


@given(st.text(max_size=60))
def test_any_text_is_a_web_address_or_none(text: str) -> None:
    found = canonical_url(text)
    assert found is None or found.startswith(("http://", "https://"))
    if found is not None:
        assert canonical_url(found) == found
        surely_no_article(found)


@pytest.mark.parametrize(
    ("path", "none"),
    [
        ("2027/03/04/the-lamp-returns/", False),
        ("news/tags-of-the-harbour", False),
        ("media/2027/mar/04/the-lamp", False),
        ("", True),
        ("tag/drama/", True),
        ("author/ann.html", True),
        ("about/", True),
        ("page/2/", True),
        ("a-story/comment-page-2/", True),
        ("a-story/?replytocom=4", True),
        ("wp-content/lamp.jpg", True),
        ("lamp.pdf", True),
    ],
)
def test_what_is_surely_no_article(path: str, none: bool) -> None:
    assert surely_no_article(HOME + path) is none


def test_a_site_is_its_host_and_port_with_or_without_www() -> None:
    assert of_site("https://www.my-outlet.example/a", ["my-outlet.example"])
    assert of_site("https://my-outlet.example/a", ["www.my-outlet.example"])
    assert not of_site("https://my-outlet.example:8080/a", ["my-outlet.example"])
    assert not of_site("https://my-outlet.example.evil.example/a", ["my-outlet.example"])


# feeds


def test_an_rss_feed_gives_links_titles_and_times() -> None:
    body = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://my-outlet.example</link>'
        b"<item><title>One &amp; all</title><link>/one</link><pubDate>Fri, 05 Mar 2027 08:00:00 +0000</pubDate></item>"
        b"<item><title>No link</title></item></channel></rss>"
    )
    feed = read_feed(body, f"{HOME}feed")
    assert feed.links == (Link(f"{HOME}one", "One & all", NOW),)
    assert feed.home == "https://my-outlet.example"


def test_an_atom_feed_says_when_an_entry_was_modified() -> None:
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>One</title>'
        b'<link href="https://my-outlet.example/one"/><published>2027-03-04T08:00:00Z</published>'
        b"<updated>2027-03-05T08:00:00Z</updated></entry></feed>"
    )
    (link,) = links_of_feed(body, f"{HOME}feed")
    assert (link.published, link.modified) == (NOW - timedelta(days=1), NOW)


@pytest.mark.parametrize(
    ("head", "after"),
    [
        ('<atom:link href="/feed?paged=2" rel="next"/>', f"{HOME}feed?paged=2"),
        ("<link rel='next' href='https://my-outlet.example/2?a=1&amp;b=2'/>", f"{HOME}2?a=1&b=2"),
        ('<link rel="self" href="/feed"/>', None),
        ('<link>https://my-outlet.example/</link><item><link rel="next" href="/x"/></item>', None),
        ('<link rel="next" href="javascript:1"/>', None),
        (f'<link rel="next" href="{HOME}feed"/>', None),
    ],
)
def test_where_a_feed_goes_on(head: str, after: str | None) -> None:
    body = f'<rss version="2.0"><channel><title>T</title>{head}<item><link>{HOME}a</link></item></channel></rss>'
    assert read_feed(body.encode(), f"{HOME}feed").next == after


def test_a_json_feed_goes_on() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": [], "next_url": "/feed/2"}'
    assert read_feed(body, f"{HOME}feed").next == f"{HOME}feed/2"


def test_a_json_feed() -> None:
    body = b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1.1", "items": [{"url": "/one", "title": "One"}, 3, {}]}'
    assert kind_of(body) == "feed"
    assert links_of_feed(body, f"{HOME}feed.json") == [Link(f"{HOME}one", "One")]


def test_entities_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    body = (
        f'<?xml version="1.0"?><!DOCTYPE rss [{bomb}<!ENTITY x SYSTEM "file:///etc/hostname">]><rss version="2.0">'
        f"<channel><item><title>&e8;&x;</title><link>{HOME}one</link></item></channel></rss>"
    )
    links = links_of_feed(body.encode(), f"{HOME}feed")
    assert all(len(link.title) < 100 for link in links)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"<html><body>no</body></html>", b"\x00\xff", b"just words"])
def test_what_is_no_feed_says_so(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a feed"):
        links_of_feed(body, HOME)


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss><channel><item>", b"<feed><entry>", b'{"version":']))
def test_a_strangers_feed_raises_nothing_else(body: bytes, start: bytes) -> None:
    try:
        links = links_of_feed(start + body, HOME)
    except ValueError:
        return
    assert all(link.url.startswith(("http://", "https://")) for link in links)


# sitemaps


def sitemap(root: str, *entries: tuple[str, str]) -> bytes:
    child = "sitemap" if root == "sitemapindex" else "url"
    rows = "".join(
        f"<{child}><loc>{HOME}{path}</loc>" + (f"<lastmod>{time}</lastmod>" if time else "") + f"</{child}>"
        for path, time in entries
    )
    return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{root}>'.encode()


def test_a_sitemap_gives_pages_and_times_packed_or_not() -> None:
    body = sitemap("urlset", ("one", "2027-03-05T08:00:00Z"), ("two", ""))
    for form in (body, gzip.compress(body)):
        found = read_sitemap(form, f"{HOME}sitemap.xml")
        assert kind_of(form) == "sitemap"
        assert not found.index
        assert [(link.url, link.modified) for link in found.links] == [(f"{HOME}one", NOW), (f"{HOME}two", None)]


def test_an_index_leaves_out_what_lists_no_articles() -> None:
    names = ["post-sitemap.xml", "page-sitemap.xml", "wp-sitemap-users-1.xml", "wp-sitemap-taxonomies-post_tag-1.xml"]
    found = read_sitemap(sitemap("sitemapindex", *((name, "") for name in names)), HOME)
    assert found.index
    assert urls(found.links) == ["post-sitemap.xml"]


def test_pages_are_read_when_there_is_nothing_else() -> None:
    found = read_sitemap(sitemap("sitemapindex", ("sitemap-page-1.xml", ""), ("sitemap-page-2.xml", "")), HOME)
    assert len(found.links) == 2


def test_times_that_are_all_the_same_say_nothing() -> None:
    body = sitemap("urlset", *((name, "2027-03-05T08:00:00Z") for name in "abc"))
    assert [link.modified for link in read_sitemap(body, HOME).links] == [None] * 3


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x1f\x8bbroken", b"words"])
def test_what_is_no_sitemap_says_so(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a sitemap"):
        read_sitemap(body, HOME)


def test_a_packed_bomb_is_no_sitemap() -> None:
    with pytest.raises(ValueError, match="not a sitemap"):
        read_sitemap(gzip.compress(sitemap("urlset", ("one", "")) + b" " * (21 * 1024 * 1024)), HOME)


# listings


def test_headings_and_dated_slugs_are_articles_and_furniture_is_not() -> None:
    found = listing(
        '<nav><h2><a href="/in-the-menu-bar">Menu</a></h2></nav>'
        '<h2><a href="/one">One</a></h2>'
        '<p><a href="/2027/03/04/two-three-four/">more</a></p>'
        '<p><a href="/about/">About this whole outlet and its people</a></p>'
        '<p><a href="/short">short</a></p>'
        '<div class="related-posts"><h3><a href="/old">Old</a></h3></div>'
        '<h2><a href="https://other.example/x">Elsewhere</a></h2><footer><h2><a href="/foot">Foot</a></h2></footer>'
    )
    assert urls(found.links) == ["one", "2027/03/04/two-three-four/"]
    assert found.links[0].title == "One"


def test_an_article_classed_with_its_own_tags_is_no_furniture() -> None:
    found = listing(
        '<div class="no-sidebar"><ul><li class="post tag-drama category-news"><h2><a href="/one">One</a></h2></li></ul>'
        '<div class="sidebar"><h2><a href="/two">Two</a></h2></div></div>'
    )
    assert urls(found.links) == ["one"]


def test_names_that_would_shut_out_everything_are_not_believed() -> None:
    assert urls(listing('<div class="page-footer"><h2><a href="/one">One</a></h2></div>').links) == ["one"]


def test_a_featured_article_may_stand_in_an_aside() -> None:
    body = '<aside><h2><a href="/advert">Ad</a></h2><article><h1><a href="/one">One</a></h1></article></aside>'
    assert urls(listing(body).links) == ["one"]


@pytest.mark.parametrize(
    ("url", "body", "wanted"),
    [
        ("", '<a rel="next" href="/news?page=2">x</a>', "news?page=2"),
        ("", '<a href="/page/2/">2</a><a href="/page/3/">3</a>', "page/2/"),
        ("page/2/", '<a href="/page/1/">1</a><a href="/page/3/">3</a>', "page/3/"),
        ("index2.html", '<a href="/">newer</a><a href="/index3.html">on</a>', "index3.html"),
        ("", '<a class="older-posts" href="/archive/page-9">Older posts</a>', "archive/page-9"),
        ("", '<a href="/one">Next: a story</a>', None),
        ("", '<a rel="next" href="https://other.example/2">x</a>', None),
        ("", '<article><a rel="next" href="/the-next-story">x</a></article>', None),
    ],
)
def test_where_a_listing_goes_on(url: str, body: str, wanted: str | None) -> None:
    assert listing(body, HOME + url).next == (HOME + wanted if wanted else None)


def test_a_page_names_its_feeds_but_not_those_of_comments() -> None:
    found = listing(
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="T » Comments Feed" href="/comments/feed/">'
        '<link rel="alternate" hreflang="es" href="/es/"><link rel="stylesheet" href="/a.css">'
    )
    assert found.feeds == (f"{HOME}feed/",)


@given(st.text(max_size=200))
def test_any_link_can_be_listed(text: str) -> None:
    href = text.replace('"', "")
    for link in listing(f'<h2><a href="{href}">x</a></h2><a rel="next" href="{href}">n</a>').links:
        assert of_site(link.url, ["my-outlet.example"])


# a round


def make_round(*, known: tuple[Page, ...] = (), articles: tuple[str, ...] = (), **values: Any) -> Round:
    pages = {page.url: page for page in known}
    pages |= {url: Page(url, "s", "article", 200, NOW) for url in articles}
    memory = Memory(pages, frozenset(values.pop("revisit", ())), NOW)
    return Round(Source.model_validate({"name": "my-outlet", "start_urls": [HOME], **values}), memory)


def taken(own: Round) -> list[str]:
    found = []
    while (link := own.take()) is not None:
        found.append(link.url.removeprefix(HOME))
    return found


def test_an_article_is_read_once_however_many_ways_lead_to_it() -> None:
    own = make_round()
    own.offer([Link(f"{HOME}a"), Link(f"{HOME}b?utm_source=feed")], "feed")
    own.offer([Link(f"{HOME}b/"), Link("http://www.my-outlet.example/a#more"), Link(f"{HOME}c")], "sitemap")
    assert taken(own) == ["a", "b", "c"]


def test_feeds_come_before_sitemaps_and_the_newest_first() -> None:
    own = make_round()
    days = [timedelta(days=n) for n in range(3)]
    own.offer([Link(f"{HOME}map", modified=NOW)], "sitemap")
    own.offer([Link(f"{HOME}old", published=NOW - days[2]), Link(f"{HOME}new", published=NOW - days[1])], "feed")
    assert taken(own) == ["new", "old", "map"]


def test_only_the_sites_own_articles_that_the_source_file_lets_in() -> None:
    own = make_round(include=["/tv/"], exclude=["quiz"])
    paths = ["tv/a", "film/b", "tv/quiz-c", "tv/tag/d"]
    own.offer([*(Link(HOME + path) for path in paths), Link("https://other.example/tv/e")], "feed")
    assert taken(own) == ["tv/a"]


def test_known_articles_are_left_alone_but_for_a_later_change_or_a_wish() -> None:
    known = (make_page(url=f"{HOME}same"), make_page(url=f"{HOME}changed"))
    own = make_round(known=known, articles=(f"{HOME}seen",), revisit=(f"{HOME}again",))
    later = NOW + timedelta(minutes=1)
    links = [Link(f"{HOME}same", modified=NOW), Link(f"{HOME}changed", modified=later), Link(f"{HOME}seen")]
    own.offer([*links, Link(f"{HOME}again")], "feed")
    assert sorted(taken(own)) == ["again", "changed"]


def test_a_page_that_was_no_article_is_looked_at_again_after_a_week() -> None:
    ages = {"fresh": timedelta(days=6), "stale": timedelta(days=8)}
    known = tuple(make_page(url=HOME + name, kind="other", fetched_at=NOW - age) for name, age in ages.items())
    own = make_round(known=known)
    own.offer([Link(HOME + name) for name in ages], "feed")
    assert taken(own) == ["stale"]


@pytest.mark.parametrize("state", ["lost", "waiting", "under way"])
def test_validators_are_withheld_while_anything_listed_is_not_settled(state: Any) -> None:
    own = make_round()
    page = make_page(url=f"{HOME}feed", kind="feed", etag='"1"', last_modified="now", fingerprint="f")
    lists = own.offer([Link(f"{HOME}a"), Link(f"{HOME}b")], "feed")
    own.discovered.append(Discovered(page, lists))
    own.memory.states.update(dict.fromkeys(lists, "settled"))
    assert list(own.results()) == [page]
    own.memory.states[identity(f"{HOME}b")] = state
    (bare,) = own.results()
    assert (bare.etag, bare.last_modified, bare.fingerprint) == (None, None, "")


def test_a_budget_ends_and_a_long_pause_makes_it_smaller() -> None:
    own = make_round(pace={"pages": 100})
    own.slow_down("other.example", 300.0)
    assert own.budget == 100
    own.slow_down("www.my-outlet.example", 300.0)
    assert [own.spend() for _ in range(4)] == [True, True, True, False]


def test_unfinished_listings_are_remembered_finished_ones_are_not() -> None:
    pages = [
        make_page(url=f"{HOME}page/2", kind="listing"),
        make_page(url=f"{HOME}page/3", kind="listing", fingerprint="f"),
        make_page(url=f"{HOME}feed", kind="feed", fingerprint="f"),
        make_page(url=f"{HOME}sitemap.xml", kind="sitemap", status=404),
        make_page(url=f"{HOME}x/feed", kind="feed", source="another"),
    ]
    assert urls(make_round(known=tuple(pages)).remembered()) == ["page/2", "feed"]


HOST = Host("http://h:1", "", NOW, "User-agent: *\nDisallow: /x\n", 200)


def test_a_plan_survives_the_way_to_the_crawling_process() -> None:
    source = Source.model_validate({"name": "my-outlet", "start_urls": [HOME], "every": "2h", "pace": {"delay": 0.5}})
    page = make_page(etag='"1"')
    plan = Plan((source,), {page.url: page}, NOW, frozenset({"b"}), ("h:1",), "Agent/1", 5.0, hosts={"h:1": HOST})
    assert plan_from_json(plan_to_json(plan)) == plan
