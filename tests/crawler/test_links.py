"""What is one page under several spellings; the short way says what the long way says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.links import LONGEST_URL, canonical_url, cleaned_url, identity

SEGMENTS = st.text("abcXYZ019_-.~%&?=#:/@+,;'\" é", max_size=30)
HOSTS = st.sampled_from(
    [
        "a.example",
        "www.a-b.example",
        "WWW.A.example",
        "xn--bcher-kva.example",
        "127.0.0.1:8080",
        "27.1.12.99:58080",
        "127.1.200.13:45011",
        "1.2.3.4.",
        "0.0.0.0",
        "1.2.3.4",
        "a.example:4430",
        "a.example:443",
        "a.example:80",
    ]
)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://a.example/2027/03/some-news/", "https://a.example/2027/03/some-news/"),
        ("https://a.example/news.html?utm_source=x&id=4#top", "https://a.example/news.html?id=4"),
        ("https://A.example:443/a/../b c", "https://a.example/b%20c"),
        ("https://a.example", "https://a.example/"),
        ("ftp://a.example/", None),
        ("https://a.example/" + "a" * LONGEST_URL, None),
        ("https:///a", None),
    ],
)
def test_a_url_has_one_spelling(url: str, canonical: str | None) -> None:
    assert canonical_url(url) == canonical


@given(st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "HTTP"]), HOSTS, SEGMENTS))
@example("https://a.example/a//b")
@example("https://a.example/a/./b")
@example("https://a.example/.html")
@example("https://a.example/")
@example("https://99.1.1.10:10000/1/feed-30.xml")
@example("https://a.example/a\n")
def test_the_short_way_says_what_the_long_way_says(url: str) -> None:
    assert canonical_url(url) == cleaned_url(url)


@pytest.mark.parametrize(
    "other", ["http://www.a.example/news", "https://m.a.example/news/", "https://a.example/news?utm_medium=feed#x"]
)
def test_spellings_of_one_page_are_one(other: str) -> None:
    assert identity(other) == identity("https://a.example/news")


def test_pages_that_differ_are_two() -> None:
    assert identity("https://a.example/news?id=1") != identity("https://a.example/news?id=2")
