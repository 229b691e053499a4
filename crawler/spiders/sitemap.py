"""Sitemaps: an index of more sitemaps, or the pages themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

from crawler.items import parse_time
from crawler.links import Link

MAX_LINKS = 50_000  # what the protocol allows in one file
MAX_BYTES = 20 * 1024 * 1024
_SAME_TIMES = 3

# sub-sitemaps of what is no article, by the general words that site software names them with
_OTHER_WORDS = """
    tag tags category categories taxonomy taxonomies author authors user users media image images video
    videos attachment attachments product products
"""
_OTHERS = frozenset(_OTHER_WORDS.split())
_PAGES = frozenset(("page", "pages"))


@dataclass(frozen=True, slots=True)
class SitemapPage:
    """What a sitemap lists: more sitemaps (`index`), or pages."""

    index: bool
    links: tuple[Link, ...]


def read_sitemap(body: bytes, url: str) -> SitemapPage:
    """Reads a sitemap, packed or not. Raises ValueError when it is none."""
    try:
        text = gunzip(body, max_size=MAX_BYTES) if body[:2] == b"\x1f\x8b" else body
        sitemap = Sitemap(text)
        if sitemap.type not in ("urlset", "sitemapindex"):
            raise ValueError(f"its root is <{sitemap.type[:40]}>")
        links = [_link(entry, url) for _, entry in zip(range(MAX_LINKS), sitemap, strict=False)]
    except Exception as error:  # lxml and gzip have many ways to say no
        raise ValueError(f"not a sitemap: {error}") from None
    found = _honest_times([link for link in links if link is not None])
    index = sitemap.type == "sitemapindex"
    return SitemapPage(index, tuple(_worth_reading(found) if index else found))


def _link(entry: dict[str, str], base: str) -> Link | None:
    try:
        target = urljoin(base, entry["loc"].strip())
    except ValueError:
        return None
    if not target.startswith(("http://", "https://")):
        return None
    return Link(target, modified=_time(entry.get("lastmod", "")))


def _time(text: str) -> datetime | None:
    try:
        return parse_time(text.strip()) if text else None
    except ValueError:
        return None


def _honest_times(links: list[Link]) -> list[Link]:
    """Software that stamps every page with the time of the request says nothing about when a page changed."""
    times = {link.modified for link in links}
    if len(links) < _SAME_TIMES or len(times) > 1:
        return links
    return [Link(link.url, link.title, link.published) for link in links]


def _worth_reading(links: list[Link]) -> list[Link]:
    """Sub-sitemaps that may list articles; those of static pages only when there are no others."""
    left = [link for link in links if not _words(link.url) & _OTHERS]
    return [link for link in left if not _words(link.url) & _PAGES] or left


def _words(url: str) -> set[str]:
    """The words of the file's name, e.g. `wp`, `sitemap`, `posts`, `post`, `1`."""
    return set(re.split(r"[^a-z]+", urlsplit(url).path.lower().rpartition("/")[2]))
