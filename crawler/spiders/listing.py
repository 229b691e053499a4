"""Listings: the article links of an HTML page, by general evidence, and where the page goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.links import Link, bare_host, canonical_url, identity, of_site, surely_no_article
from crawler.page.parsed import ParsedPage
from crawler.page.selecting import links, text_of
from crawler.source import Listing as Selectors

ENOUGH = 3  # evidence that makes a link an article's
MAX_LINKS = 500

_FURNITURE = frozenset(("nav", "footer", "aside", "form", "head", "script", "style", "noscript", "template"))
# whole class names: an article itself is often classed `tag-drama`, a page's frame `no-sidebar`
_FURNITURE_NAME = re.compile(
    r"(?!(?:no|has|with|without)[-_])(?:[a-z0-9_-]+[-_])?"
    r"(?:nav|navigation|menu|breadcrumbs?|footer|sidebar|related|related-posts|share|sharing|social|pagination|byline|"
    r"tags|tag-links|comments|comment-list|cookies?)(?:[-_](?:area|list|links|container|wrapper|wrap|bar|inner))?"
    r"|widget(?:[-_].*)?"
)
_TITLE_NAMES = re.compile(r"(?:^|[\s_-])(?:title|headline|entry|hed|readmore|read-more|more-link)(?:$|[\s_-])")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5"))
_DATED = re.compile(r"/(?:19|20)\d\d[/-]\d{1,2}(?:[/-]|$)")
_NEXT_TEXT = re.compile(
    r"^(?:next(?: page)?|older(?: (?:posts|entries|articles|stories))?|more (?:posts|news|stories)|load more|weiter|"
    r"ältere beiträge|siguiente|anteriores|suivante?|page suivante|próxima|avanti|»|›|→|>>?)\s*(?:»|›|→|>>?)?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Listing:
    """What an HTML page lists: articles, the next page (None at the end), feeds."""

    links: tuple[Link, ...]
    next: str | None = None
    feeds: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Evidence:
    score: int = 0
    title: str = ""
    kinds: set[str] = field(default_factory=set)

    def add(self, kind: str, score: int) -> None:
        """Counts each kind of evidence once, however many anchors give it."""
        if kind not in self.kinds:
            self.kinds.add(kind)
            self.score += score


def read_listing(page: ParsedPage, listing: Selectors | None = None) -> Listing:
    """Reads a page as a listing; the source's own selectors win over general evidence."""
    selectors = listing or Selectors()
    base = _base(page)
    anchors = [(a, url) for a, url in _anchors(page.tree, base) if of_site(url, (urlsplit(page.url).netloc,))]
    chosen = _chosen(selectors.links, page, base) if selectors.links else ()
    return Listing(
        links=chosen or tuple(_articles(anchors, page.url)),
        next=_chosen_next(selectors.next, page, base) if selectors.next else _next(page, anchors, base),
        feeds=tuple(_feeds(page.tree, base)),
        missed=("listing.links",) if selectors.links and not chosen else (),
    )


def _chosen(selector: str, page: ParsedPage, base: str) -> tuple[Link, ...]:
    """The links of the selector, each address once, with the first text that an anchor gives."""
    found: dict[str, str] = {}
    for match, url in links(selector, page, base):
        target = canonical_url(url)
        if target and of_site(target, (urlsplit(page.url).netloc,)) and identity(target) != identity(page.url):
            title = "" if isinstance(match, str) else text_of(match)
            found[target] = found.get(target) or title
    return tuple(Link(url, title) for url, title in list(found.items())[:MAX_LINKS])


def _chosen_next(selector: str, page: ParsedPage, base: str) -> str | None:
    """Where the operator says how a listing goes on, a page without that link is its last."""
    found = (_same_host(url, page.url) for _, url in links(selector, page, base))
    return next((url for url in found if url), None)


def _articles(anchors: list[tuple[HtmlElement, str]], page_url: str) -> Iterator[Link]:
    """Links with enough evidence; where class names would shut out all of them, the page's structure alone decides."""
    usable = [(anchor, url) for anchor, url in anchors if not _stands_aside(anchor)]
    found = _weighed([pair for pair in usable if not _named_aside(pair[0])], page_url) or _weighed(usable, page_url)
    for url, evidence in found[:MAX_LINKS]:
        yield Link(url, evidence.title)


def _weighed(anchors: list[tuple[HtmlElement, str]], page_url: str) -> list[tuple[str, _Evidence]]:
    found: dict[str, _Evidence] = {}
    own = identity(page_url)
    for anchor, url in anchors:
        target = canonical_url(url)
        if target and identity(target) != own and not surely_no_article(target):
            _weigh(anchor, target, found.setdefault(target, _Evidence()))
    return [(url, evidence) for url, evidence in found.items() if evidence.score >= ENOUGH]


def _weigh(anchor: HtmlElement, url: str, evidence: _Evidence) -> None:
    """What speaks for an article: a heading, an article element, a long text, a slug, a date in the path."""
    text = " ".join(anchor.text_content().split())
    around = [anchor, *anchor.iterancestors()]
    if any(e.tag in _HEADINGS for e in around[:4]) or anchor.xpath("boolean(.//h1|.//h2|.//h3|.//h4|.//h5)"):
        evidence.add("heading", 3)
        evidence.title = evidence.title or text
    if "bookmark" in (anchor.get("rel") or ""):
        evidence.add("heading", 3)
    if any(e.tag == "article" for e in around):
        evidence.add("article", 1)
    if any(_TITLE_NAMES.search(e.get("class") or "") for e in around[:2]):
        evidence.add("name", 1)
    if len(text.split()) >= 4:
        evidence.add("text", 1)
    if len(text.split()) >= 7:
        evidence.add("long text", 1)
    for kind, score in _shape(url):
        evidence.add(kind, score)


def _shape(url: str) -> Iterator[tuple[str, int]]:
    path = urlsplit(url).path
    slug = path.rstrip("/").rpartition("/")[2]
    if _DATED.search(path):
        yield "dated", 2
    if len([word for word in re.split(r"[-_]", slug.rpartition(".")[0] or slug) if word]) >= 3:
        yield "slug", 2
    elif re.search(r"\d{5,}", slug):
        yield "number", 1


def _stands_aside(anchor: HtmlElement) -> bool:
    """Is it in the navigation, the footer, an aside, or a link to a tag or an author?"""
    if {"tag", "author", "category"} & set((anchor.get("rel") or "").lower().split()):
        return True
    for element in anchor.iterancestors():
        if element.tag == "article":
            return False  # a featured article may well stand in an aside
        if element.tag in _FURNITURE or element.get("role") in ("navigation", "contentinfo", "complementary"):
            return True
    return False


def _named_aside(anchor: HtmlElement) -> bool:
    for element in anchor.iterancestors():
        if element.tag in ("body", "html", "main"):
            return False
        names = (element.get("class") or "").lower().split()
        if element.tag != "article" and any(_FURNITURE_NAME.fullmatch(name) for name in names):
            return True
    return False


def _next(page: ParsedPage, anchors: list[tuple[HtmlElement, str]], base: str) -> str | None:
    """The next page of the listing: what says so itself, else the page whose number is one higher."""
    for element in page.tree.xpath("//link[@href][@rel]|//a[@href][@rel]"):
        if "next" in element.get("rel", "").lower().split() and not _in_article(element):
            return _same_host(_absolute(base, element.get("href", "")), page.url)
    number = _page_number(page.url)
    for anchor, url in anchors:
        text = " ".join(anchor.text_content().split())
        names = f"{anchor.get('class') or ''} {anchor.get('aria-label') or ''}".lower()
        says_so = bool(_NEXT_TEXT.match(text)) or bool(re.search(r"pagination-next|next-?page|older-posts", names))
        if _page_number(url) == number + 1 or (says_so and _looks_paged(url)):
            return _same_host(url, page.url)
    return None


def _in_article(element: HtmlElement) -> bool:
    return any(parent.tag == "article" for parent in element.iterancestors())


def _looks_paged(url: str) -> bool:
    return bool(re.search(r"\d", urlsplit(url).path.rpartition("/")[2] + urlsplit(url).query)) or "page" in url


def _page_number(url: str) -> int:
    """Which page of a listing a URL is, as far as its shape tells; the first has no number."""
    parts = urlsplit(url)
    match = re.search(r"/(?:page/?-?|index|p)(\d{1,4})(?:\.html?)?/?$", parts.path)
    if match:
        return int(match[1])
    numbers = [value for key, value in parse_qsl(parts.query) if key in ("page", "paged", "pg", "p")]
    return int(numbers[0]) if numbers and re.fullmatch(r"[0-9]{1,4}", numbers[0]) else 1


def _same_host(url: str | None, page_url: str) -> str | None:
    here = bare_host(urlsplit(page_url).netloc)
    same = url is not None and bare_host(urlsplit(url).netloc) == here and identity(url) != identity(page_url)
    return canonical_url(url) if url and same else None


def _feeds(tree: HtmlElement, base: str) -> Iterator[str]:
    """The page's feeds of articles; a feed of comments is none."""
    for link in tree.xpath("//link[@href][@rel]"):
        kind = (link.get("type") or "").lower()
        said = f"{link.get('title') or ''} {link.get('href')}".lower()
        named = "alternate" in link.get("rel", "").lower().split() and "comment" not in said
        if named and re.search(r"rss|atom|feed\+json|rdf", kind) and (url := _absolute(base, link.get("href", ""))):
            yield url


def _anchors(tree: HtmlElement, base: str) -> Iterator[tuple[HtmlElement, str]]:
    for anchor in tree.iter("a"):
        if url := _absolute(base, anchor.get("href") or ""):
            yield anchor, url


def _absolute(base: str, href: str) -> str | None:
    href = href.strip()
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        url = urljoin(base, href)
        urlsplit(url)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def _base(page: ParsedPage) -> str:
    found = page.tree.xpath("string(//base[@href][1]/@href)")
    return _absolute(page.url, str(found)) or page.url
