"""What a page says about itself: structured data (JSON-LD, OpenGraph, meta, microdata), then headline and byline."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.base import ParsedPage
from crawler.comments.markup import page_language
from crawler.comments.reading import flat_text, named, squeeze, words
from crawler.items import normalise
from crawler.jsonld import Node, as_list, graph, is_a, text_of
from crawler.times import read_time

ARTICLES = (
    "Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
    "BackgroundNewsArticle", "ReviewNewsArticle", "LiveBlogPosting", "TechArticle", "Review", "ScholarlyArticle",
    "SocialMediaPosting", "DiscussionForumPosting",
)  # fmt: skip
LISTINGS = ("CollectionPage", "SearchResultsPage", "ItemList", "Blog", "ProfilePage", "AboutPage", "ContactPage")

_PUBLISHED = (
    "article:published_time", "og:published_time", "datepublished", "date", "pubdate", "publishdate", "publish-date",
    "article.published", "sailthru.date", "parsely-pub-date", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date",
    "publication_date", "cxenseparse:recs:publishtime", "rnews:datepublished", "article_date_original", "ptime",
    "publishedtime", "dc.date.created", "displaydate", "originalpublicationdate", "published_at", "date.release",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified")
_AUTHORS = (
    "author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "byline",
    "article:author_name", "article.author", "authors", "citation_author", "cxenseparse:author", "og:article:author",
)  # fmt: skip
_BYLINE = re.compile(
    r"(^|[-_])(byline|authors?|author-?name|by-?author|writer|contributor|post-author|entry-author|creator)([-_]|$)|^fn$"
    r"|byline|authorname",
    re.I,
)
_NO_BYLINE = re.compile(r"comment|bio|related|avatar|social|image|photo|about|teaser|card|widget|sidebar|credit", re.I)
_LEAD = re.compile(
    r"^(?:(?:written|posted|reported|story|text|words|reviewed)?\s*(?:by|von|por|par|di|door|av|от)\s+|author:\s*|autor(?:in)?:\s*|"
    r"ein (?:gast)?(?:beitrag|kommentar) von\s+)",
    re.I,
)
_TRAIL = re.compile(
    r"\s*(?:[|•·,]\s*(?:\d|published|updated|posted|staff|contributor|editor|reporter|correspondent|senior|on\s).*|"
    r"\s(?:see more|follow|published|updated|posted on|staff writer|contributor)\b.*|"
    r"\s(?:for|of)\s+(?:the\s+)?[A-Z][\w.]*(?:\s[A-Z]\w*)*\.(?:com|co\.uk).*|,?\s*\(?@\w+\)?.*|\s*/\s.*)$",
    re.I,
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{2,}|\b(admin|administrator|editor|staff|team|redaktion|newsroom|desk|unknown|guest|webmaster|"
    r"associated press|reuters|press association|dpa|afp|says|comments?|share|home|menu)\b",
    re.I,
)
_SEPARATOR = r"\s+[|»«•·:–—\-/]+\s+|\s*[|»•]\s*|:\s+"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What structured data and markup say. Empty where they say nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    image: str | None = None
    site: str = ""
    shows: tuple[str, ...] = ()
    canonical: str = ""
    live: bool = False
    says_article: bool = False
    says_listing: bool = False


def read_metadata(page: ParsedPage) -> Metadata:
    """Everything a page states about itself, read once."""
    nodes = graph(page.tree)
    metas = _metas(page.tree)
    main = _main_node(nodes, page.url)
    site = _site(nodes, metas, main)
    language = page_language(page.tree) or text_of(main.get("inLanguage")) or None
    types = {metas.get("og:type", "").lower()}
    return Metadata(
        title=_title(page, metas, main, site),
        authors=_authors(page.tree, nodes, metas, main, site),
        published=_published(page.tree, metas, main, language),
        modified=_first_time([text_of(main.get("dateModified")), *(metas.get(n, "") for n in _MODIFIED)], language),
        language=language,
        image=_image(page.url, metas, main),
        site=site,
        shows=_shows(nodes, main),
        canonical=canonical(page),
        live=is_a(main, "LiveBlogPosting"),
        says_article=bool(main) or bool(types & {"article", "og:article", "news", "blog", "video.episode"}),
        says_listing=_says_listing(nodes, types, main),
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Named meta values, names in lower case, the first of each."""
    out: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower().strip()
        content = squeeze(html.unescape(meta.get("content") or meta.get("value") or ""))
        if name and content:
            out.setdefault(name, content)
    return out


def _main_node(nodes: list[Node], url: str) -> Node:
    """The JSON-LD node of the article itself: not one of a list, not a teaser."""
    found = [n for n in nodes if is_a(n, *ARTICLES) and (n.get("headline") or n.get("name") or n.get("datePublished"))]
    if len(found) > 1:
        bare = url.split("#")[0].split("?")[0].rstrip("/")
        own = [n for n in found if bare and bare in _own_urls(n)]
        if own:
            return own[0]
    listed = any(is_a(n, "ItemList", "CollectionPage", "Blog") for n in nodes)
    return found[0] if found and not (listed and len(found) > 3) else {}


def _own_urls(node: Node) -> set[str]:
    entity = node.get("mainEntityOfPage")
    stated = [node.get("url"), node.get("@id"), entity.get("@id") if isinstance(entity, dict) else entity]
    return {text_of(value).split("#")[0].split("?")[0].rstrip("/") for value in stated}


def _says_listing(nodes: list[Node], types: set[str], main: Node) -> bool:
    if main:
        return False
    return bool(types & {"website", "profile", "blog:list"}) or any(is_a(node, *LISTINGS) for node in nodes)


def canonical(page: ParsedPage) -> str:
    """The page's own address on its own host, without fragment and comment page."""
    stated = [str(e.get("href") or "") for e in page.tree.iter("link") if (e.get("rel") or "").lower() == "canonical"]
    stated += [str(e.get("content") or "") for e in page.tree.iter("meta") if e.get("property") == "og:url"]
    for given in stated:
        try:
            url = urljoin(page.url, given.strip())
            parts = urlsplit(url)
        except ValueError:
            continue
        # a home page as canonical address of an article is a mistake of the site
        if given.strip() and parts.netloc == urlsplit(page.url).netloc and (parts.path.strip("/") or parts.query):
            return _bare(url)
    return _bare(page.url)


def _bare(url: str) -> str:
    return re.sub(r"/comment-page-\d+/?$", "/", url.split("#")[0])


def _site(nodes: list[Node], metas: dict[str, str], main: Node) -> str:
    named_by = metas.get("og:site_name") or metas.get("application-name") or ""
    if named_by:
        return named_by
    publisher = next(iter(as_list(main.get("publisher"))), None)
    if isinstance(publisher, dict) and text_of(publisher.get("name")):
        return text_of(publisher["name"])
    return next((text_of(n.get("name")) for n in nodes if is_a(n, "WebSite") and n.get("name")), "")


# --- title


def _title(page: ParsedPage, metas: dict[str, str], main: Node, site: str) -> str:
    """The visible headline where it agrees with what the page tells others, else what it tells others."""
    window = next((flat_text(e) for e in page.tree.iter("title")), "")
    told = [text_of(main.get("headline")), metas.get("og:title", ""), metas.get("twitter:title", ""), window]
    told = [squeeze(re.sub(r"<[^>]+>", "", html.unescape(text))) for text in told if text]
    headlines = list(_headlines(page.tree))
    for headline in headlines:
        if len(headline) > 8 and any(normalise(headline) in normalise(text) for text in told):
            return headline
    host = urlsplit(page.url).hostname or ""
    cleaned = [strip_site(text, site, host) for text in told]
    if cleaned and cleaned[0]:
        return cleaned[0]
    return headlines[0] if headlines else ""


def _headlines(tree: HtmlElement) -> Iterator[str]:
    """Texts of the top headings, likeliest first: marked as the headline, h1, then titles of posts in h2 and h3."""
    marked = [e for e in tree.iter("h1", "h2", "h3") if e.get("itemprop") in ("headline", "name") or _entry_title(e)]
    for element in [*marked, *tree.iter("h1")]:
        text = flat_text(element)
        if 3 < len(text) < 300 and not any(e.tag in ("aside", "nav") for e in element.iterancestors()):
            yield text
    yield from (text for text in (flat_text(e) for e in tree.iter("h2")) if 15 < len(text) < 300)


def _entry_title(element: HtmlElement) -> bool:
    return named(element, re.compile(r"^(entry|post|article|story|single)[-_]?(title|headline|head)$|^headline$"))


def strip_site(title: str, site: str, host: str) -> str:
    """The title without the site's name (or a section and the site's name) at its end or start."""
    parts = re.split(f"({_SEPARATOR})", title)
    while len(parts) > 2 and _is_site(parts[-1], site, host):
        parts = parts[:-2]
    while len(parts) > 2 and _is_site(parts[0], site, host):
        parts = parts[2:]
    return "".join(parts).strip()


def _is_site(part: str, site: str, host: str) -> bool:
    text = re.sub(r"\W", "", normalise(part))
    own = re.sub(r"\W", "", normalise(site))
    labels = host.lower().split(".")
    domain = re.sub(r"\W", "", "".join(labels[:-1]))
    name = max(labels[:-1], key=len, default="").replace("-", "")
    if not text:
        return True
    if own and (text == own or (len(text) > 3 and (text in own or own in text) and len(part.split()) <= 5)):
        return True
    return len(text) > 2 and (text in (name, domain, host.replace(".", "")) or (len(text) > 4 and text in domain) or
                              (len(name) > 3 and name in text and len(part.split()) <= 5))  # fmt: skip


# --- authors


def _authors(
    tree: HtmlElement, nodes: list[Node], metas: dict[str, str], main: Node, site: str
) -> tuple[str, ...]:
    """Names of people where the page gives any; the best of structured data, meta, and the byline it shows."""
    by_id = {text_of(node.get("@id")): node for node in nodes if node.get("@id") and node.get("name")}
    told = [_person(value, by_id) for value in as_list(main.get("author") or main.get("creator"))]
    for source in (told, _meta_authors(tree), _marked(tree), _bylines(tree)):
        names = _names(source, site)
        if names:
            return names
    return ()


def _person(value: object, by_id: dict[str, Node]) -> str:
    if isinstance(value, dict):
        known = by_id.get(text_of(value.get("@id")), {})
        return text_of(value.get("name")) or text_of(known.get("name"))
    return text_of(value)


def _meta_authors(tree: HtmlElement) -> list[str]:
    for name in _AUTHORS:
        found = [
            html.unescape(e.get("content") or "")
            for e in tree.iter("meta")
            if name == (e.get("property") or e.get("name") or "").lower() and "://" not in (e.get("content") or "")
        ]
        if any(text.strip() for text in found):
            return found
    return []


def _marked(tree: HtmlElement) -> list[str]:
    """Names marked by microdata or `rel=author`, outside comments and cards of other writers."""
    found: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "link" or _in_other(element):
            continue
        if element.get("itemprop") == "author" or "author" in (element.get("rel") or "").split():
            inner = next((e for e in element.iterdescendants() if e.get("itemprop") == "name"), element)
            found.append(inner.get("content") or flat_text(inner))
    return [text for text in found if text][:4]


def _bylines(tree: HtmlElement) -> list[str]:
    """The first visible byline: an element named so, or a short line that begins with "By"."""
    plain: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "ul", "body", "html", "img", "meta"):
            continue
        called = any(_BYLINE.search(name) and not _NO_BYLINE.search(name) for name in words(element))
        text = flat_text(element) if called or (element.tag in ("p", "div", "span", "h3", "h4") and len(element) < 6) else ""
        if not 2 < len(text) < 120 or _in_other(element):
            continue
        if called and _names([text], ""):
            return [text]
        if _LEAD.match(text) and not plain and _names([text], "") and re.match(r"\S+ [A-ZÄÖÜÀ-Ý]", text):
            plain.append(text)
    return plain


def _in_other(element: HtmlElement) -> bool:
    names = (name for e in (element, *element.iterancestors()) if e.tag not in ("body", "html") for name in words(e))
    return any(re.search(r"comment(?!ary)|related|sidebar|teaser|recommend|more-from|footer|widget", name) for name in names)


def _names(texts: Iterable[str], site: str) -> tuple[str, ...]:
    """The people in byline texts: labels, jobs and dates taken off, joined names taken apart."""
    out: dict[str, str] = {}
    for text in texts:
        text = _LEAD.sub("", squeeze(re.sub(r"\([^)]*\)", " ", text)).strip(" :"))
        for part in re.split(r"\s*(?:;|,|&|\||\band\b|\bund\b|\bet\b|\by\b|\n)\s*", text):
            name = _TRAIL.sub("", _LEAD.sub("", part)).strip(" .,:;-–—|/")
            if 1 < len(name) <= 45 and len(name.split()) <= 5 and not _NO_NAME.search(name) and not read_time(name):
                if normalise(name) != normalise(site):
                    out.setdefault(normalise(name), name.title() if name.isupper() and " " in name else name)
    return tuple(out.values())


# --- the rest


def _published(tree: HtmlElement, metas: dict[str, str], main: Node, language: str | None) -> datetime | None:
    """When the page says it was published; a stated zone wins over the same time without one."""
    told = [text_of(main.get("datePublished")), text_of(main.get("dateCreated"))]
    told += [metas.get(name, "") for name in _PUBLISHED]
    first = _first_time([*told, *_marked_times(tree)], language)
    if first is None:
        return _first_time(_visible_times(tree), language)
    return first


def _marked_times(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter():
        if isinstance(element.tag, str) and element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or element.get("content") or flat_text(element)
    for element in tree.iter("abbr", "time"):
        if named(element, re.compile(r"^(published|entry-date|dt-published|pubdate)$")):
            yield element.get("datetime") or element.get("title") or flat_text(element)


def _visible_times(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter("time"):
        if element.get("datetime") and not _in_other(element):
            yield element.get("datetime") or ""


def _first_time(texts: Iterable[str], language: str | None) -> datetime | None:
    return next((time for time in (read_time(text, language) for text in texts) if time), None)


def _image(url: str, metas: dict[str, str], main: Node) -> str | None:
    told = metas.get("og:image") or metas.get("twitter:image") or ""
    if not told:
        image = next(iter(as_list(main.get("image"))), "")
        told = text_of(image.get("url")) if isinstance(image, dict) else text_of(image)
    try:
        full = urljoin(url, told)
    except ValueError:
        return None
    return full if told and full.startswith(("http://", "https://")) else None


def _shows(nodes: list[Node], main: Node) -> tuple[str, ...]:
    """Names of TV series that the structured data ties to the article."""
    tied = [value for key in ("about", "mentions", "partOfSeries", "itemReviewed") for value in as_list(main.get(key))]
    series = [n for n in [*tied, *nodes] if isinstance(n, dict) and is_a(n, "TVSeries", "CreativeWorkSeries")]
    names = (text_of(node.get("name")) for node in series)
    return tuple(dict.fromkeys(name for name in names if name))
