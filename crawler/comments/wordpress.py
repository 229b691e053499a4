"""WordPress's own comments, in classic and in block themes: `li.comment#comment-21`, nested lists, comment pages."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.comments.items import read_items
from crawler.comments.pieces import Parts, Reading
from crawler.page.dom import words
from crawler.page.parsed import ParsedPage, page_language, parse_html

_ITEM_CLASSES = frozenset(["comment", "pingback", "trackback"])
_DEPTH = re.compile(r"^depth-\d+$")
_ITEM_ID = re.compile(r"^(li-|div-)?comment-\d+$")
_HOW = Reading(
    author=re.compile(r"^fn$|comment-author-name$|comment[-_]author$"),
    content=re.compile(r"^(wp-block-)?comment-(content|text)$"),
)
_PAGED = re.compile(r"/comment-page-(\d+)/?$|[?&]cpage=(\d+)")
_MOST_PAGES = 50
_SIGNS = ("wp-content", "wp-includes", "depth-1")
_TAGS = frozenset(["li", "div", "article", "dt", "section"])


class WordPress:
    """Threads that WordPress writes into the article's page."""

    name = "wordpress"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        everything = _items(page)
        if not everything or not any(sign in page.html for sign in _SIGNS):
            return None
        items = [parts for parts in everything if not _is_ping(parts)]
        comments = read_items(items, page, _HOW, page_language(page.tree))
        elements = tuple(element for parts in everything for element in parts)
        return ThreadPart(comments, declared_count(page, elements, len(comments)), _other_pages(page), elements)

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"no comments on the comment page {url}")
        return part


def _items(page: ParsedPage) -> list[Parts]:
    outline = page.outline
    places = sorted({place for name in _ITEM_CLASSES for place in outline.names.get(name, ())})
    found = [e for e in map(outline.elements.__getitem__, places) if e.tag in _TAGS and _is_item(e)]
    inner = {e for e in found if any(_same(e, above) for above in e.iterancestors())}
    return [(e, *_definitions(e)) for e in found if e not in inner]


def _is_item(element: HtmlElement) -> bool:
    names = words(element)
    if _ITEM_CLASSES.isdisjoint(names):
        return False
    return any(_DEPTH.match(name) for name in names) or bool(_ITEM_ID.match(element.get("id") or ""))


def _same(element: HtmlElement, above: HtmlElement) -> bool:
    """`li#li-comment-7` and the `div#comment-7` within it are one comment."""
    mine, theirs = (re.search(r"\d+$", e.get("id") or "") for e in (element, above))
    return bool(mine and theirs and mine[0] == theirs[0] and _is_item(above))


def _definitions(element: HtmlElement) -> list[HtmlElement]:
    """Old themes put the author into a `dt` and the text into the `dd`s behind it."""
    out: list[HtmlElement] = []
    if element.tag == "dt":
        follower = element.getnext()
        while follower is not None and follower.tag != "dt":
            out.append(follower)
            follower = follower.getnext()
    return out


def _is_ping(parts: Parts) -> bool:
    return any(name in ("pingback", "trackback") for name in words(parts[0]))


def _other_pages(page: ParsedPage) -> tuple[str, ...]:
    """The other comment pages that the page's comment navigation names, those it leaves out ("1 2 … 7") included."""
    linked: dict[int, str] = {}
    for link in page.tree.iter("a"):
        href = link.get("href") or ""
        number = _PAGED.search(href.split("#")[0])
        # a comment's own link names the comment page it stands on; that is no navigation
        if number is None or "replytocom" in href or re.search(r"#comment-\d+$", href):
            continue
        url = urljoin(page.url, href).split("#")[0]
        if _article(url) == _article(page.url):
            linked[int(number[1] or number[2])] = url
    if not linked:
        return ()
    last = max(linked)
    urls = [linked.get(n) or _numbered(linked[last], last, n) for n in range(1, min(last, _MOST_PAGES) + 1)]
    shown = _shown(page, linked)
    return tuple(url for n, url in enumerate(urls, 1) if n != shown and url != page.url.split("#")[0])


def _shown(page: ParsedPage, linked: dict[int, str]) -> int:
    """The number of the comment page that this page shows."""
    own = _PAGED.search(page.url.split("#")[0])
    if own:
        return int(own[1] or own[2])
    for element in page.tree.iter("span", "a"):
        if {"page-numbers", "current"} <= set(words(element)) and (element.text or "").strip().isdigit():
            return int((element.text or "").strip())
    return 1 if min(linked) == 2 else max(linked) + 1


def _numbered(url: str, old: int, new: int) -> str:
    return re.sub(rf"(comment-page-|cpage=){old}", rf"\g<1>{new}", url)


def _article(url: str) -> str:
    parts = urlsplit(_PAGED.sub("", url))
    return parts.netloc + parts.path.rstrip("/")
