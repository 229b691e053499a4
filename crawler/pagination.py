"""Articles of several pages: where an article goes on, and its pages as one.

The next page of an article is at the article's own address plus a page marker. That alone keeps out the next post; what
looks like a marker and may be part of a name (`story-2.html`) wants a link that says so, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.body.blocks import PAGER, article_blocks, sections
from crawler.body.repairs import Block
from crawler.items import Article, normalise
from crawler.links import canonical_url, identity
from crawler.metadata import ARTICLES
from crawler.page.dom import flat_text, named, squeeze
from crawler.page.jsonld import graph, is_a
from crawler.page.parsed import ParsedPage

Kind = Literal["worded", "bare", "name"]
"""What a marker is: it says "page", it is a number of its own, or it may as well be part of a name."""

_WORD = r"(?:pages?|pg|p|seite|p[aá]gina)"
_END = r"(?P<n>\d{1,2})(?P<end>/?|\.\w{3,5})$"
_PATHS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(rf"^(?P<rest>.+?)[-_,/]{_WORD}[-_,/]?{_END}", re.I), "worded"),
    (re.compile(rf"^(?P<rest>.+?)/{_END}"), "bare"),
    (re.compile(rf"^(?P<rest>.+?)[-_]{_END}"), "name"),
)
_KEYS: dict[str, Kind] = dict.fromkeys(("page", "paged", "pg", "pageno", "pagenum", "page_number", "seite"), "worded")
_KEYS["p"] = "bare"  # WordPress has the numbers of its posts there
_COUNTED = re.compile(
    r"(?:^|[^a-z])(?:seasons?|episodes?|series|parts?|chapters?|volumes?|vol|books?|issues?|weeks?|rounds?|top|"
    r"staffel|folge|teil|temporada|cap[ií]tulo|parte|saison|[eé]pisode|partie|stagione|puntata|seizoen|aflevering)$",
    re.I,
)
"""Words that are counted themselves: after them a number is a name."""

_NEXT = (
    r"(?:go to |zur |à la )?(?:next|continue[ds]?(?: reading)?(?: on)?(?: the)?(?: next)?|weiter|n[äa]chsten?|"
    r"siguiente|suivante?|avanti|successiva|volgende|pr[óo]xima|nästa|seguinte|다음|次へ|下一页)"
)
_PAGE = r"(?:pages?|seite|p[áa]gina|pagina|sida|페이지)"
_ARROW = r"[\s»›→>▶]*"
_SAYS_NEXT = re.compile(
    rf"^(?:{_NEXT}(?:\s+{_PAGE})?|{_PAGE}\s+(?:siguiente|suivante|successiva|seguinte))?{_ARROW}$", re.I
)
_SAYS_MORE = re.compile(rf"^{_NEXT}(?:\s+{_PAGE})?\s*:", re.I)
_SAYS_NUMBER = re.compile(
    rf"^(?:(?:{_NEXT}\s*)?(?:on |to )?{_PAGE}\s*)?(?P<n>\d{{1,3}})(?:\s*(?:of|/|von|de)\s*\d+)?{_ARROW}$", re.I
)
_OTHER_POST = re.compile(
    r"(^|[-_])(post|article|story)-?nav|next-?(post|article|story)|blog-pager|newer|older|adjacent"
)
_NO_PLACE = re.compile(
    r"comment(?!ary)|respond$|disqus|kommentar|galler|slide|carousel|lightbox|swiper|photo|related|(?<!no-)(?<!has-)(?<!with-)sidebar|recommend|teaser|"
    r"(season|episode)s?-?(nav|list|links|picker|select|menu|tabs)"
)
_OF_COMMENTS = re.compile(r"#.*comment|comment-page|[?&]cpage=|replytocom", re.I)
_COUNTS_ELSE = re.compile(
    r"\b(seasons?|episodes?|staffeln?|folgen?|temporadas?|saisons?|[ée]pisodes?|weeks?|rounds?)\b", re.I
)
_PICTURES = re.compile(
    r"galler(y|ies)|slide-?show|(^|[/_-])(photos?|pictures|bilder|fotos?|fotostrecke|bildergalerie)([/_-]|$)", re.I
)
_PICTURE_WORDS = re.compile(r"\b(photos?|images?|pictures?|slides?|bild(er)?|fotos?|imagen)\b", re.I)
_THREAD = re.compile(r"^(comments|comment-?list|comments-?(area|list|section)|kommentare|disqus_thread|replies)$")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A URL as a page of an article: the identity of the article, the number, and what tells it."""

    article: str
    number: int
    kind: Kind


def next_page(page: ParsedPage, url: str) -> str | None:
    """The address of the page behind this one, of the article at `url`; None at its end and when it has one page."""
    here, own = _place(page, url)
    for element, target in _numbered(page, here + 1):
        if any(m.article in own and m.number == here + 1 and _leads_on(element, m) for m in _marks(target)):
            return None if _is_gallery(page) else canonical_url(target)
    return None


def _place(page: ParsedPage, url: str) -> tuple[int, frozenset[str]]:
    """The number of this page, and the identities of its article."""
    article = identity(url)
    for mark in _marks(page.url):
        first = mark.number == 1 and mark.kind == "worded"
        if mark.article == article or first or (mark.kind != "name" and _names_first(page, mark)):
            return mark.number, frozenset((mark.article,))
    return 1, frozenset((article, identity(page.url)))


def _names_first(page: ParsedPage, mark: _Marked) -> bool:
    """Does the page name the article without a marker as the page before it, or as page 1?"""
    for element in page.tree.iter("a", "link"):
        says = flat_text(element) == "1" or (mark.number == 2 and "prev" in _rel(element))
        target = _absolute(page, element) if says else ""
        if target and identity(target) == mark.article:
            return True
    return False


def _marks(url: str) -> Iterator[_Marked]:
    """The ways to read a URL as a page of an article."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    pairs = parse_qsl(parts.query)
    for key, value in pairs:
        if key.lower() in _KEYS and re.fullmatch(r"[0-9]{1,2}", value) and (parts.path.strip("/") or len(pairs) > 1):
            query = urlencode([pair for pair in pairs if pair != (key, value)])
            yield _Marked(identity(parts._replace(query=query).geturl()), int(value), _KEYS[key.lower()])
    for pattern, kind in _PATHS:
        found = pattern.match(parts.path)
        if found and not _COUNTED.search(found["rest"]) and (kind != "name" or len(found["end"]) > 1):
            end = found["end"].strip("/")
            # `story/2.html` belongs to `story.html` or to `story/`
            for path in {found["rest"] + end, found["rest"]} if kind != "name" else {found["rest"] + end}:
                yield _Marked(identity(parts._replace(path=path).geturl()), int(found["n"]), kind)


def _numbered(page: ParsedPage, number: int) -> Iterator[tuple[HtmlElement, str]]:
    """The links whose address holds this number, those of the head first."""
    # a quick look first: a page has hundreds of links
    wanted = re.compile(rf"(?<!\d)0?{number}(?:/?|\.\w{{3,5}})(?:[?&#]|$)")
    digits, tags = str(number), page.outline.tags
    for element in (*tags.get("link", ()), *tags.get("a", ())):
        href = element.get("href") or ""
        if digits in href and wanted.search(href) and (element.tag == "a" or "next" in _rel(element)):
            target = _absolute(page, element)
            if target:
                yield element, target


def _absolute(page: ParsedPage, element: HtmlElement) -> str:
    try:
        return urljoin(page.url, (element.get("href") or "").strip())
    except ValueError:
        return ""


def _rel(element: HtmlElement) -> list[str]:
    return (element.get("rel") or "").lower().split()


def _leads_on(element: HtmlElement, mark: _Marked) -> bool:
    """Does the link say that it leads to that page of this article, and not to other things that have pages?"""
    if element.tag == "link":
        # themes that name the next post so give its title
        return mark.kind != "name" or not element.get("title")
    texts = [text for text in (flat_text(element), squeeze(element.get("aria-label") or "")) if text]
    if any(_PICTURE_WORDS.search(text) for text in texts) or _elsewhere(element):
        return False
    figures = [found for found in map(_SAYS_NUMBER.match, texts) if found]
    if figures:
        return any(int(found["n"]) == mark.number for found in figures) and not _counts_else(element)
    says_next = any(_SAYS_NEXT.match(text) for text in texts)
    if mark.kind == "name":
        return says_next and _in_pager(element) and not _of_posts(element)
    return says_next or "next" in _rel(element) or any(_SAYS_MORE.match(t) for t in texts) or _in_pager(element)


def _near(element: HtmlElement) -> Iterator[HtmlElement]:
    """The element and those around it, up to what holds the headline as well."""
    yield element
    for above in element.iterancestors():
        if above.tag in ("body", "html", "main") or next(above.iter("h1"), None) is not None:
            return
        yield above


def _in_pager(element: HtmlElement) -> bool:
    return any(named(near, PAGER) for near in list(_near(element))[:4])


def _of_posts(element: HtmlElement) -> bool:
    return any(named(near, _OTHER_POST) for near in _near(element))


def _counts_else(element: HtmlElement) -> bool:
    """Seasons and episodes are numbered, too."""
    above = element.getparent()
    text = flat_text(above) if above is not None else ""
    return len(text) < 100 and bool(_COUNTS_ELSE.search(text))


def _elsewhere(element: HtmlElement) -> bool:
    """Is it a link of a thread, of pictures, of another list?"""
    if _OF_COMMENTS.search(element.get("href") or ""):
        return True
    for near in _near(element):
        if near.tag == "aside" or named(near, _NO_PLACE):
            return True
        before = near.getprevious()
        if before is not None and isinstance(before.tag, str) and named(before, _THREAD):
            return True
    return False


def _is_gallery(page: ParsedPage) -> bool:
    if _PICTURES.search(urlsplit(page.url).path):
        return True
    nodes = graph(page.tree)
    return any(is_a(n, "ImageGallery", "MediaGallery") for n in nodes) and not any(is_a(n, *ARTICLES) for n in nodes)


# --- several pages as one

_LONG = 60
"""Characters from which a block is not said twice by chance."""
_PAGE_TAIL = re.compile(rf"\W*\b{_PAGE}\s*\d{{1,2}}(?:\s*(?:of|/|von|de)\s*\d{{1,2}})?\W*$", re.I)
_PAGER_LINE = re.compile(
    rf"^(?:{_PAGE}\s*:?\s*\d{{1,2}}(?:\s*(?:of|/|von|de)\s*\d{{1,2}}|(?:[\s|,]+\d{{1,2}})+)?|\d{{1,2}}(?:[\s|,]+\d{{1,2}})+|"
    rf"{_NEXT}\s+{_PAGE}(?:\s+\d{{1,2}})?){_ARROW}$",
    re.I,
)


def join_pages(first: Article, rest: Sequence[Article]) -> Article:
    """The pages of one article as one: what the first one says of itself, and the texts in their order."""
    if not rest:
        return first
    whole = _without_pager(first)
    for page in rest:
        whole += _added(_without_pager(page), whole, first.title)
    return replace(first, text="\n".join(text for _, text in whole), sections=tuple(sections(whole)))


def _without_pager(page: Article) -> list[Block]:
    return [block for block in article_blocks(page) if not _PAGER_LINE.match(block[1])]


def _added(blocks: Sequence[Block], before: Sequence[Block], title: str) -> list[Block]:
    """The blocks of a later page that the pages before it have not said."""
    said = {normalise(text) for is_heading, text in before if not is_heading}
    headings = [normalise(title), *[normalise(text) for is_heading, text in before if is_heading][-1:]]
    added: list[Block] = []
    for is_heading, text in blocks:
        plain = normalise(text)
        known = plain in headings if is_heading else plain in said
        known = known or _PAGE_TAIL.sub("", plain) == headings[0]
        if not (known and (not added or len(text) >= _LONG)):
            added.append((is_heading, text))
    # a page that says nothing new is the same page once more
    return added if any(not is_heading and normalise(text) not in said for is_heading, text in added) else []
