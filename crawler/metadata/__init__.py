"""What a page says about itself: structured data (JSON-LD, OpenGraph, meta, microdata), then headline and byline."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.items import normalise
from crawler.metadata.byline import read_authors
from crawler.metadata.dates import modified, published
from crawler.metadata.headline import read_top
from crawler.metadata.microdata import Microdata
from crawler.page.dom import squeeze
from crawler.page.jsonld import Node, as_list, is_a, nodes_of, text_of
from crawler.page.parsed import ParsedPage, page_language

ARTICLES = (
    "Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
    "BackgroundNewsArticle", "ReviewNewsArticle", "LiveBlogPosting", "TechArticle", "Review", "ScholarlyArticle",
    "SocialMediaPosting", "DiscussionForumPosting",
)  # fmt: skip
LISTINGS = ("CollectionPage", "SearchResultsPage", "ItemList", "Blog", "ProfilePage", "AboutPage", "ContactPage")

_PAGES = ("WebPage", "ItemPage", "CreativeWork", "Report", "Recipe", "HowTo", "PodcastEpisode", "VideoObject")
_NO_PICTURE = re.compile(
    r"(^|[-_.])(logos?|placeholder|favicon|no-?image|spacer|blank)([-_.\d]|$)|^(default|icon|avatar)[-_.]", re.I
)
_CUT_OFF = ("…", "...", "[…]", "[...]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What structured data and markup say. Empty where they say nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    image: str | None = None
    summary: str = ""
    site: str = ""
    shows: tuple[str, ...] = ()
    canonical: str = ""
    live: bool = False
    says_article: bool = False
    says_listing: bool = False


def read_metadata(page: ParsedPage) -> Metadata:
    """Everything a page states about itself, read once."""
    nodes = nodes_of(page.outline.tags["script"])
    metas = _metas(page.outline.tags["meta"])
    main = _main_node(nodes, page.url, metas.get("og:title", ""))
    stated = main or _page_node(nodes)
    site = _site(nodes, metas, main)
    marked = Microdata(page)
    top = read_top(
        page, (text_of(main.get("headline")), metas.get("og:title", ""), metas.get("twitter:title", "")), site
    )
    language = page_language(page.tree) or _code(text_of(stated.get("inLanguage"))) or _code(metas.get("language", ""))
    types = {metas.get("og:type", "").lower()}
    return Metadata(
        title=top.title,
        authors=read_authors(page, top, nodes, stated, marked, site),
        published=published(page, top, stated, metas, marked, language),
        modified=modified(stated, metas, marked, language),
        language=language,
        image=_image(page, metas, main),
        summary=_summary(metas, stated, top.title),
        site=site,
        shows=_shows(nodes, main),
        canonical=canonical(page),
        live=is_a(main, "LiveBlogPosting") or _is_live(nodes, main),
        says_article=bool(main) or bool(types & {"article", "og:article", "news", "blog", "video.episode"}),
        says_listing=_says_listing(nodes, types, main),
    )


def _code(language: str) -> str | None:
    """A language's code; its name in words is none."""
    return language.replace("_", "-") if re.fullmatch(r"[a-zA-Z]{2,3}([-_][A-Za-z]{2,4})?", language) else None


def _metas(elements: Iterable[HtmlElement]) -> dict[str, str]:
    """Named meta values, names in lower case, the first of each."""
    out: dict[str, str] = {}
    for meta in elements:
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower().strip()
        content = squeeze(html.unescape(meta.get("content") or meta.get("value") or ""))
        if name and content:
            out.setdefault(name, content)
    return out


def _main_node(nodes: list[Node], url: str, title: str) -> Node:
    """The JSON-LD node of the article itself: not one of a list, not a teaser, not a customer's review."""
    found = [n for n in nodes if is_a(n, *ARTICLES) and (n.get("headline") or n.get("name") or n.get("datePublished"))]
    if len(found) > 1:
        found.sort(key=lambda node: is_a(node, "Review", "DiscussionForumPosting", "SocialMediaPosting"))
        bare = url.split("#")[0].split("?")[0].rstrip("/")
        own = [n for n in found if bare and bare in _own_urls(n)]
        own += [n for n in found if title and normalise(text_of(n.get("headline"))) == normalise(title)]
        if own:
            return own[0]
    listed = any(is_a(n, "ItemList", "CollectionPage", "Blog") for n in nodes)
    return found[0] if found and not (listed and len(found) > 3) else {}


def _page_node(nodes: list[Node]) -> Node:
    """Where no node is an article's: that of the page, if it names an author or a day."""
    pages = (node for node in nodes if is_a(node, *_PAGES))
    return next((node for node in pages if node.get("author") or node.get("datePublished")), {})


def _is_live(nodes: list[Node], main: Node) -> bool:
    """A live blog may be a node beside the article's."""
    blogs = [n for n in nodes if n.get("coverageStartTime") or n.get("liveBlogUpdate")]
    return len(blogs) == 1 and blogs[0] is not main and is_a(blogs[0], "LiveBlogPosting")


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
    stated = [
        str(e.get("href") or "") for e in page.outline.tags["link"] if (e.get("rel") or "").lower() == "canonical"
    ]
    stated += [str(e.get("content") or "") for e in page.outline.tags["meta"] if e.get("property") == "og:url"]
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


# --- image, summary, shows


def _image(page: ParsedPage, metas: dict[str, str], main: Node) -> str | None:
    """The lead image, absolute; a logo is none."""
    names = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "image")
    told = [metas.get(name, "") for name in names]
    told += [_image_url(value) for value in as_list(main.get("image")) + as_list(main.get("thumbnailUrl"))]
    told += [link.get("href") or "" for link in page.outline.tags["link"] if link.get("rel") == "image_src"]
    return next((url for url in (_absolute(page.url, text) for text in told if text) if url), None)


def _image_url(value: object) -> str:
    return (
        text_of(value.get("url") or value.get("contentUrl") or value.get("@id"))
        if isinstance(value, dict)
        else text_of(value)
    )


def _absolute(base: str, told: str) -> str | None:
    try:
        full = urljoin(base, told.strip())
        name = urlsplit(full).path.rsplit("/", 1)[-1]
    except ValueError:
        return None
    return full if full.startswith(("http://", "https://")) and not _NO_PICTURE.search(name) else None


def _summary(metas: dict[str, str], main: Node, title: str) -> str:
    """What the page says it is about; of several, the first that is whole. A title repeated is no summary."""
    told = (*(metas.get(name, "") for name in ("og:description", "description", "twitter:description")),
            text_of(main.get("description")))  # fmt: skip
    texts = [squeeze(re.sub(r"<[^<>]+>", " ", html.unescape(text[:5_000]))) for text in told if text]
    texts = [text for text in texts if normalise(text) != normalise(title)]
    return next((text for text in texts if not text.endswith(_CUT_OFF)), next(iter(texts), ""))


def _shows(nodes: list[Node], main: Node) -> tuple[str, ...]:
    """Names of TV series that the structured data ties to the article."""
    tied = [value for key in ("about", "mentions", "partOfSeries", "itemReviewed") for value in as_list(main.get(key))]
    series = [n for n in [*tied, *nodes] if isinstance(n, dict) and is_a(n, "TVSeries", "CreativeWorkSeries")]
    names = (text_of(node.get("name")) for node in series)
    return tuple(dict.fromkeys(name for name in names if name))
