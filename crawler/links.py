"""Links and the identity of URLs: what is one page under several spellings, and what is surely no article."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from courlan import clean_url
from w3lib.url import canonicalize_url

LONGEST_URL = 2000
REMEMBERED = 8192  # URLs whose canonical form is kept: each is asked for several times on its way through a crawl
# lower case host, no default port, no query, nothing to unescape, no dots before or after a slash
_BYTE = r"(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])"
_CANONICAL = re.compile(
    rf"https?://(?:(?:[a-z0-9]{{1,20}}[.-])+[a-z]{{2,20}}|(?:{_BYTE}\.){{3}}{_BYTE})(?::[1-5]\d{{3,4}})?"
    r"(?:/[A-Za-z0-9_-]+)*/(?:[A-Za-z0-9_-]+(?:\.(?:html?|xml))?)?"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that a feed, a sitemap or a listing names, with what it says about it."""

    url: str
    title: str = ""
    published: datetime | None = None
    modified: datetime | None = None


@functools.lru_cache(REMEMBERED)
def canonical_url(url: str) -> str | None:
    """The URL without trackers, fragment and detours; None when it is no web address."""
    if len(url) <= LONGEST_URL and _CANONICAL.fullmatch(url):
        return url  # most URLs are so already; finding that out below takes twenty times as long
    return cleaned_url(url)


def cleaned_url(url: str) -> str | None:
    """What `canonical_url` gives, the long way."""
    # courlan deletes raw spaces, so they are escaped before it sees them
    text = re.sub(r"[\t\r\n]+", "", url.strip()).replace(" ", "%20")
    if len(text) > LONGEST_URL:
        return None
    try:
        clean = clean_url(text)
        result = canonicalize_url(clean) if clean else ""
        parts = urlsplit(result)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except (ValueError, UnicodeError):
        return None
    return result if usable else None


@functools.lru_cache(REMEMBERED)
def identity(url: str) -> str:
    """What tells two pages apart: host and path, however scheme, www and the last slash are written."""
    parts = urlsplit(canonical_url(url) or url)
    query = f"?{parts.query}" if parts.query else ""
    return bare_host(parts.netloc) + parts.path.rstrip("/") + query


@functools.lru_cache(REMEMBERED)
def bare_host(netloc: str) -> str:
    """host[:port] without `www.` or `m.`."""
    return re.sub(r"^(?:www|m|amp)\.", "", netloc.lower().rpartition("@")[2])


def of_site(url: str, hosts: Iterable[str]) -> bool:
    """Is the URL's host one of these, or its www or mobile form?"""
    return bare_host(urlsplit(url).netloc) in {bare_host(host) for host in hosts}


def surely_no_article(url: str) -> bool:
    """Does the URL's shape alone say: a tag, an author, a file, a form, a page about the site?"""
    parts = urlsplit(url)
    segments = [segment.lower() for segment in parts.path.split("/") if segment]
    if not segments:
        return not parts.query
    if _FILE.search(segments[-1]):
        return True
    names = [re.sub(r"\.(?:html?|php|aspx?)$", "", segment) for segment in segments]
    return (
        any(name in _PARTS for name in names)
        or names[-1] in _STATIC
        or bool(_PAGING.search("/" + "/".join(names)))
        or any(key.lower() in _QUERIES for key, _ in parse_qsl(parts.query))
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|docx?|xlsx?|zip|gz|mp[34]|m4[av]|mov|webm|ogg|css|js|json|xml|xsl|rss|atom|ics|txt)$"
)
_PARTS = _words("""
    tag tags category categories author authors user users profile profiles attachment search feed feeds
    rss login logout register signup signin account cart checkout wp-json wp-admin wp-content wp-
    includes wp-login embed cdn-cgi amp
""")
_STATIC = _words("""
    about about-us aboutus contact contact-us contacts privacy privacy-policy terms terms-of-use terms-
    of-service terms-and-conditions impressum imprint datenschutz cookies cookie-policy legal disclaimer
    advertise advertising subscribe newsletter newsletters jobs careers faq help masthead staff team
    sitemap archive archives home donate rss-feeds
""")
_PAGING = re.compile(r"/(?:comment-page-\d+|page/\d+|page-?\d+|index\d+)$")
_QUERIES = _words("""
    replytocom share s q search print amp feed
""")
