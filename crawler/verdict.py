"""Is this page an article at all, or a list of articles? Decided by general evidence, for and against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.metadata import Metadata
from crawler.page.dom import flat_text, named, words
from crawler.page.parsed import ParsedPage

_LIST_PATH = re.compile(
    r"^/*$|^/(index\d*|home|archives?|about|contact|search|tags?|categor(y|ies)|authors?|topics?|impressum|"
    r"datenschutz|privacy)"
    r"(\.\w+)?/?$|(^|/)(category|categories|tag|tags|author|authors|topic|topics|archives?|search|page|"
    r"section)/[^/]+/?$|"
    r"/page/\d+/?$|/embed/?$|/feed/?$",
    re.I,
)
_ASKED_LIST = re.compile(r"(^|&)(s|q|cat|tag|author|paged)=")
_ASKED_ONE = re.compile(r"(^|&)(p|id|article|story|aid)=")
_LIST_CLASS = frozenset(
    [
        "archive",
        "category",
        "tag",
        "author",
        "search",
        "search-results",
        "blog",
        "home",
        "paged",
        "page",
        "date",
        "error404",
        "post-type-archive",
    ]
)
_ASIDE = re.compile(r"related|sidebar|widget|recommend|more-|footer|aside|popular|latest|recent")
_SINGLE_CLASS = re.compile(r"^(single|single-[\w-]+|postid-\d+)$")
_MOST_READS = 12
_MOST_HEADINGS = 300


def why_no_article(page: ParsedPage, meta: Metadata) -> str:
    """A sentence that says why the page is none; "" when it is an article."""
    against = list(_against(page, meta))
    total = sum(weight for weight, _ in against)
    if total < 2 or total <= _for(page, meta):
        return ""
    return f"Not an article: {' and '.join(why for _, why in against)}."


def _against(page: ParsedPage, meta: Metadata) -> Iterator[tuple[float, str]]:
    parts = urlsplit(page.url)
    if _LIST_PATH.search(unquote(parts.path)) and not _ASKED_ONE.search(parts.query):
        yield 4.0, "its address is that of a list or a standing page"
    elif _ASKED_LIST.search(parts.query):
        yield 4.0, "its address asks for a list"
    if meta.says_listing:
        yield 1.5, "it calls itself a list or a site"
    if _body_says_list(page.tree):
        yield 2.0, "its template is that of a list"
    teasers = _teasers(page)
    if teasers >= 3:
        yield min(teasers, 10) / 5, f"it shows {teasers} headlines that link to other pages"
    if not meta.published:
        yield 0.5, "it states no time of publication"


def _for(page: ParsedPage, meta: Metadata) -> float:
    slug = urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1]
    telling = slug.count("-") + slug.count("_") >= 3 or bool(re.search(r"\d{4,}", slug))
    # no further than counts: what is nested in a paragraph is read again with each
    reads = sum(1 for _ in islice((p for p in page.tree.iter("p") if len(p.text_content()) > 120), _MOST_READS))
    return (
        3.0 * meta.says_article
        + 1.0 * bool(meta.published)
        + 2.0 * _is_single(page.tree)
        + 1.5 * telling
        + reads / 4
        + 0.5 * any(meta.title and flat_text(h) == meta.title for h in islice(page.tree.iter("h1"), _MOST_READS))
    )


def _body_says_list(tree: HtmlElement) -> bool:
    names = {name for body in tree.iter("body") for name in words(body)}
    return bool(names & _LIST_CLASS) and not any(_SINGLE_CLASS.match(name) for name in names)


def _is_single(tree: HtmlElement) -> bool:
    return any(_SINGLE_CLASS.match(name) for body in tree.iter("body") for name in words(body))


def _teasers(page: ParsedPage) -> int:
    """How many headings of the main part are links to other pages of the same host."""
    here = page.url.split("#")[0].rstrip("/")
    targets = set()
    for heading in islice(page.tree.iter("h1", "h2", "h3"), _MOST_HEADINGS):
        link = next(heading.iter("a"), None)
        if link is None or _aside(heading) or len(flat_text(heading)) < 8:
            continue
        target = urljoin(page.url, link.get("href") or "").split("#")[0].rstrip("/")
        if target != here and urlsplit(target).netloc == urlsplit(here).netloc:
            targets.add(target)
    return len(targets)


def _aside(element: HtmlElement) -> bool:
    """Headlines beside and below an article are no sign of a list."""
    for above in element.iterancestors():
        if above.tag in ("aside", "nav", "footer"):
            return True
        if named(above, _ASIDE):
            return above.tag != "body"
    return False
