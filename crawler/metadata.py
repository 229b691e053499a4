"""What a page says about itself: structured data (JSON-LD, OpenGraph, meta, microdata), then headline and byline."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.byline import read_authors
from crawler.comments.base import ParsedPage
from crawler.comments.markup import page_language
from crawler.dom import flat_text, in_other, named, squeeze
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
    "article.published", "sailthru.date", "parsely-pub-date", "dc.date.issued", "dcterms.created", "dc.date",
    "dcterms.date",
    "publication_date", "publish_date", "pub_date", "cxenseparse:recs:publishtime", "rnews:datepublished",
    "article_date_original", "ptime",
    "publishedtime", "dc.date.created", "displaydate", "originalpublicationdate", "published_at", "date.release",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified")
_DATED = re.compile(r"(^|[-_])(date|time|timestamp|datestamp|published|posted|pubdate)([-_]|$)|date$", re.I)
_NEAR = 60
_SEPARATOR = r"\s+::\s+|\s+[|»«•·:–—\-/]+\s+|\s*[|»•]\s*|:\s+"


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
        authors=read_authors(page.tree, nodes, metas, main, site),
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
    host = urlsplit(page.url).hostname or ""
    for headline in headlines:
        if (
            len(headline) > 8
            and not _is_site(headline, site, host)
            and any(normalise(headline) in normalise(text) for text in told)
        ):
            return headline
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


# --- times, image, shows


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
        if (isinstance(element.tag, str) and element.get("itemprop") == "datePublished") or element.get(
            "pubdate"
        ) is not None:
            yield element.get("datetime") or element.get("content") or flat_text(element)
    for element in tree.iter("abbr", "time"):
        if named(element, re.compile(r"^(published|entry-date|dt-published|pubdate)$")):
            yield element.get("datetime") or element.get("title") or flat_text(element)


def _visible_times(tree: HtmlElement) -> Iterator[str]:
    """Times that readers see, those behind the headline first: `time`, elements named so, short lines with a date."""
    for elements in (_behind_headline(tree), [e for e in tree.iter() if isinstance(e.tag, str)]):
        yield from (e.get("datetime") or flat_text(e) for e in elements if e.tag == "time" and not in_other(e))
        yield from (t for e in elements if named(e, _DATED) and 5 < len(t := flat_text(e)) < 80 and not in_other(e))
        if len(elements) <= _NEAR:
            yield from (t for e in elements if 7 < len(t := flat_text(e)) < 40 and not in_other(e))


def _behind_headline(tree: HtmlElement) -> list[HtmlElement]:
    out: list[HtmlElement] = []
    for element in tree.iter():
        if isinstance(element.tag, str) and (out or element.tag == "h1"):
            out.append(element)
            if len(out) >= _NEAR:
                break
    return out


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
