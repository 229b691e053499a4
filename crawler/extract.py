"""Page to article: decode and parse once, read what it says about itself, keep the thread apart, find the body, leave
out what is not the article. Never raises for a bad page: the outcome says what was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from crawler.body import read_body
from crawler.body.blocks import sections
from crawler.body.repairs import Block
from crawler.chosen import Chosen, choose
from crawler.comments import read_thread
from crawler.comments.base import ThreadPart
from crawler.comments.selected import Selected
from crawler.items import Article
from crawler.metadata import Metadata, read_metadata
from crawler.page.charset import decode
from crawler.page.language import text_language
from crawler.page.parsed import ParsedPage, parse_html
from crawler.pagination import next_page
from crawler.source import Source
from crawler.verdict import why_no_article
from crawler.walls import calls_itself_wall, told_instead, wall_instead, without_call

_HTML_SIGN = re.compile(r"<\s*(!doctype\s+html|html|head|body|title)\b", re.I)
_PIECE_SIGN = re.compile(r"<\s*(meta|div|p|article|h1)\b", re.I)
_JSON_SIGN = re.compile(r'\s*(\{\s*"|\[\s*[{"\[])')
_NO_LETTER = re.compile("[\x00-\x08\x0e-\x1f]")
# (?>…): a row of comments is read in one way only, not in each way that it can be cut
_FEED_SIGN = re.compile(
    r"^\s*(<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(rss|feed|urlset|sitemapindex|rdf:RDF)\b", re.I | re.S
)
_LIVE = re.compile(
    r"\b(this (article|story|post|page|piece) is (being )?(live|updated)|we(?:'|’)?(?:ll|"
    r" will)(?: \w+)? (?:update|keep updating) this|"
    r"(this|will be) (?:\w+ )?(updated|developing) (?:as|when|with) (?:we|more|new)|developing story|live updates?:|"
    r"last updated:? .{0,40}(live|check back)|check back (?:here )?for (?:updates|more)|"
    r"wird (?:laufend|fortlaufend|ständig) aktualisiert|actualizaremos est[ea]|se actualizará (?:con|cuando|"
    r"a medida)|"
    r"sera mis à jour|이 기사는 .{0,20}업데이트)",
    re.I,
)
_LIVE_STEMS = (" live", "updat", "developing", "check back", "aktualisiert", "actualiz", "mis à jour", "업데이트")
_MOST_ELEMENTS = 30_000


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page gave. `reason` is a sentence for a person, "" when it is an article.

    `thread` is what this page shows of its thread (None: it shows none and names none); `engine` the name of the
    comment engine that read it and reads the rest; `canonical` the page's address on its own host. `missed` names the
    source's selectors that found nothing of use in this page; `next` is the next page of an article of several pages.
    `related` are the host's other pages that lines and boxes in the article point to, `captions` its captions and
    credits: they are kept out of the text.
    """

    outcome: str
    reason: str
    article: Article | None
    thread: ThreadPart | None
    engine: str
    canonical: str
    missed: tuple[str, ...] = ()
    next: str | None = None
    related: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


def parse_page(body: bytes, url: str, charset: str | None = None) -> ParsedPage | None:
    """The page decoded as browsers do and parsed once; None when it is no HTML or cannot be parsed."""
    try:
        return parse_html(body, url, charset) if _not_html(body, charset) is None else None
    except (ValueError, etree.LxmlError, RecursionError):
        return None


def extract_page(
    body: bytes, url: str, source: Source | None = None, *, charset: str | None = None, part_of: str = ""
) -> Extraction:
    """The article and the thread of one page, or why there is none.

    `part_of` is the address of the article whose later page this is: then nobody asks whether it is an article.
    """
    reason = _not_html(body, charset)
    if reason:
        return _nothing("empty" if not body.strip() else "not-html", reason, url)
    try:
        return _extract(parse_html(body, url, charset), source, part_of)
    except (ValueError, etree.LxmlError, RecursionError, MemoryError) as error:
        return _nothing("error", f"The page could not be read: {error or type(error).__name__}.", url)


def _nothing(outcome: str, reason: str, url: str) -> Extraction:
    return Extraction(outcome, reason, None, None, "", url.split("#")[0])


def _not_html(body: bytes, charset: str | None) -> str | None:
    if not body.strip():
        return "The answer is empty."
    start = decode(body[:20_000], charset)
    if _FEED_SIGN.match(start):
        return "The answer is a feed or a sitemap, not an HTML page."
    # in a thousand bytes of a picture, some will look like <p; no picture has <html
    piece = _PIECE_SIGN.search(start) and len(_NO_LETTER.findall(start)) < len(start) / 50
    if _JSON_SIGN.match(start) or not (piece or _HTML_SIGN.search(start)):
        return "The answer is not an HTML page."
    return None


def _extract(page: ParsedPage, source: Source | None, part_of: str) -> Extraction:
    if len(page.outline.elements) > _MOST_ELEMENTS:
        raise ValueError(f"it has more than {_MOST_ELEMENTS} elements")
    chosen = _chosen(page, source)
    meta = chosen.meta
    nothing = Extraction("", "", None, None, "", meta.canonical, missed=chosen.missed)
    wall = None if chosen.body else calls_itself_wall(page, meta)
    if wall is not None:
        return replace(nothing, outcome=wall.outcome, reason=wall.reason)
    found = read_thread(page, *((source.comments, source.select.comments) if source else ()))
    engine, thread = found if found else ("", None)
    reason = "" if part_of else why_no_article(page, meta)
    if reason and not chosen.body:
        return replace(nothing, outcome="listing", reason=reason)
    body = read_body(page, meta, thread.elements if thread else (), chosen.body)
    thread = replace(thread, elements=()) if thread else None
    wall = wall_instead(page, meta, body.blocks)
    blocks = body.blocks if wall is None else told_instead(page, wall)
    if wall is not None and not blocks:
        return replace(nothing, outcome=wall.outcome, reason=wall.reason, thread=thread, engine=engine)
    return replace(
        nothing,
        outcome="article",
        article=_article(page, meta, without_call(blocks), source),
        thread=thread,
        engine=engine,
        next=None if reason else next_page(page, part_of or meta.canonical),
        related=body.related,
        captions=body.captions,
    )


def _chosen(page: ParsedPage, source: Source | None) -> Chosen:
    """What the page says about itself, and what the source's own selectors say of it."""
    meta = read_metadata(page)
    if source is None:
        return Chosen(meta)
    chosen = choose(source.select, page, meta)
    own = source.select.comments if source.comments != "off" else None
    return replace(chosen, missed=chosen.missed + Selected(own).missed(page)) if own else chosen


def _says_live(text: str) -> bool:
    lower = text.lower()
    return any(stem in lower for stem in _LIVE_STEMS) and bool(_LIVE.search(text))


def _article(page: ParsedPage, meta: Metadata, blocks: Sequence[Block], source: Source | None) -> Article:
    text = "\n".join(line for _, line in blocks)
    host = urlsplit(page.url).netloc
    shows = (*meta.shows, *(source.shows if source else ()))
    return Article(
        url=meta.canonical,
        source=source.name if source else "",
        title=meta.title,
        text=text,
        authors=meta.authors,
        published=meta.published,
        modified=meta.modified,
        language=text_language(f"{meta.title}\n{text}", (source and source.language) or meta.language),
        image=meta.image,
        summary=meta.summary,
        live=meta.live or _says_live(f"{meta.title}\n{text}"),
        sections=tuple(sections(blocks)),
        outlet=(source.title if source and source.title else meta.site or host),
        shows=tuple(dict.fromkeys(shows)),
    )
