"""The head of the article: its headline, what readers see around it, and what the page tells others it is called."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.items import normalise
from crawler.page.dom import flat_text, named, squeeze
from crawler.page.parsed import ParsedPage

_SAME, _HOLDS = 3, 1
_BEFORE, _BEHIND = 30, 120
_LONGEST, _MOST = 600, 60
_SHORT, _PROSE = 80, 160
"""Characters from which a paragraph may be, and is, taken for the article's text."""
_UNREAD = frozenset(["script", "style", "noscript", "h1"])
_ENTRY_TITLE = re.compile(
    r"^(entry|post|article|story|single|content|page|news)[-_]{0,2}(title|headline|head|heading)$|^headline$"
)
_ASIDE = re.compile(
    r"(?:comment(?!ary)|related|sidebar|teaser|recommend|more-from|footer|widget|promo|trending|popular|recirc|read-?next)"
)
_OWN = re.compile(r"^(?:entry|post|article|story|content)[-_]?(?:footer|meta|info)|^author|by-?line")
_ELSEWHERE = frozenset(["aside", "nav", "footer"])
_CAPTION = re.compile(r"caption|credit|image|photo|gallery")
_PICTURED = frozenset(["li", "figure", "figcaption"])
_PLAIN = frozenset(["b", "strong", "font", "big", "span", "div", "p", "td", "center", "h4", "h5", "h6"])
_TITLE = 15
_SEPARATOR = re.compile(r"(\s+::\s+|\s+[|»«•·:–—\-/@]+\s+|\s*[|»•]\s*|:\s+)")


@dataclass(frozen=True, slots=True)
class Top:
    """Title, the element that shows it (None: none does), and the elements around it, up to the text, in page order.

    `above` are the elements that hold the headline, `article` the `article` that does or that begins right behind it.
    """

    title: str
    headline: HtmlElement | None = None
    near: tuple[HtmlElement, ...] = ()
    above: frozenset[HtmlElement] = frozenset()
    article: HtmlElement | None = None

    def beside(self, element: HtmlElement) -> bool:
        """Does it stand in a comment, a teaser or a sidebar? What holds the headline is none of these."""
        for part in (element, *element.iterancestors()):
            if part in self.above or part.tag in ("body", "html"):
                return False
            if part.tag == "footer" and next(part.iterancestors("article"), part) is self.article:
                continue  # the article's own: bylines are written there, above the text too
            if part.tag == "blockquote" or ((part.tag in _ELSEWHERE or named(part, _ASIDE)) and not named(part, _OWN)):
                return True
        return False


@dataclass(frozen=True, slots=True)
class _Told:
    """What the page tells others that it is called."""

    texts: tuple[str, ...]
    bare: tuple[str, ...]
    words: frozenset[str]


def read_top(page: ParsedPage, told: Iterable[str], site: str) -> Top:
    """The visible headline where it agrees with what the page tells others, else what it tells others."""
    host = urlsplit(page.url).hostname or ""
    window = next((flat_text(e) for e in page.outline.tags["title"]), "")
    stated = [squeeze(re.sub(r"<[^<>]+>", "", html.unescape(text[:_LONGEST]))) for text in (*told, window) if text]
    bare = _unshortened([_without_section(strip_site(text, site, host), page.url) for text in stated])
    weight, headline = _heading(page, _told(stated, bare, page.url), site, host)
    called = [text for text in bare if not is_site(text, site, host)]
    if headline is None:
        headline = next(_other_headlines(page, called, lambda text: is_site(text, site, host)), None)
    shown = flat_text(headline) if headline is not None else ""
    title = shown if weight > _HOLDS else next(filter(None, called), shown or next(filter(None, bare), ""))
    above = frozenset() if headline is None else frozenset([headline, *headline.iterancestors()])
    near = tuple(_near(page, headline))
    around = [] if headline is None else [*headline.iterancestors("article"), *near]
    article = next((part for part in around if part.tag == "article"), None)
    return Top(title, headline, near, above, article)


def _told(stated: Sequence[str], bare: Sequence[str], url: str) -> _Told:
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        path = ""
    texts = tuple(normalise(text) for text in stated)
    return _Told(texts, tuple(normalise(text) for text in bare), frozenset(_words(f"{path} {' '.join(texts)}")))


def _unshortened(titles: Sequence[str]) -> list[str]:
    """A title cut off with dots gives way to the whole one."""
    out = []
    for title in titles:
        start = title.rstrip(".… ")
        whole = (other for other in titles if len(other) > len(title) and other.startswith(start))
        out.append(next(whole, title) if title.endswith(("...", "…")) and len(start) > 20 else title)
    return out


def _heading(page: ParsedPage, told: _Told, site: str, host: str) -> tuple[float, HtmlElement | None]:
    """The heading that agrees best with what is told, and how well it does; the first of equals."""
    best: tuple[float, HtmlElement | None] = (0, None)
    firsts = page.outline.tags["h1"]
    for element in islice(_candidates(page, firsts), _MOST):
        text = flat_text(element)
        if not 1 < len(text) < _LONGEST // 2:
            continue
        weight = _agreement(normalise(text), told, len(firsts) == 1 and element.tag == "h1")
        if weight > best[0] and not is_site(text, site, host) and not _is_elsewhere(element):
            best = weight, element
            if weight >= _SAME:
                break
    return best


def _other_headlines(page: ParsedPage, called: Sequence[str], is_own: Callable[[str], bool]) -> Iterator[HtmlElement]:
    """Where no heading shows what is told: the element, bold or large perhaps, whose own text that is; else the first
    h1 that is not the site's name, and where nothing is told the first heading that is not."""
    titles = {title for title in called if len(title) > _TITLE}
    texts = ((element, element.text) for element in page.outline.elements if titles and element.tag in _PLAIN)
    yield from (element for element, text in texts if text and squeeze(text) in titles)
    firsts = page.outline.tags["h1"]
    for element in firsts if called else _candidates(page, firsts):
        text = flat_text(element)
        if text and not is_own(text) and not _is_elsewhere(element):
            yield element
    yield from firsts


def _candidates(page: ParsedPage, firsts: Sequence[HtmlElement]) -> Iterator[HtmlElement]:
    """Elements that may show the headline, likeliest first."""
    yield from (e for e in firsts if e.get("itemprop") in ("headline", "name") or named(e, _ENTRY_TITLE))
    yield from firsts
    yield from (e for e in page.outline.called(_ENTRY_TITLE) if e.tag not in ("h1", "body", "article", "main"))
    yield from (*page.outline.tags["h2"], *page.outline.tags["h3"])


def _agreement(text: str, told: _Told, only: bool) -> float:
    """How surely a heading is the headline: it is what is told, speaks of the same thing, is a part of it, holds it."""
    if text in told.bare or text in told.texts:
        return _SAME
    words = _words(text)
    if only and len(words) >= 3 and sum(word in told.words for word in words) > 0.4 * len(words):
        return 2.5
    for whole in told.texts:
        if text in whole and (len(text) > 0.5 * len(whole) or text in _SEPARATOR.split(whole)[::2]):
            return 2
    held = any(len(bare) > 20 and bare in text and len(bare) > 0.5 * len(text) for bare in told.bare)
    return _HOLDS if held else 0


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]{3,}", text.lower())


def _is_elsewhere(element: HtmlElement) -> bool:
    return any(above.tag in _ELSEWHERE for above in element.iterancestors())


def _near(page: ParsedPage, headline: HtmlElement | None) -> Iterator[HtmlElement]:
    """The elements shortly before the headline, and those behind it up to the text."""
    if headline is None:
        return
    elements = page.outline.elements
    place = elements.index(headline)
    prose = 0.0
    yield from elements[max(0, place - _BEFORE) : place]
    for element in elements[place : place + _BEHIND]:
        yield element
        prose += _prose(element)
        if prose > 1:  # the first may be the standfirst
            return


def _prose(element: HtmlElement) -> float:
    """How surely an element is a paragraph of the text, or stands between two that `br` parts."""
    above = element.getparent()
    if element.tag == "p":
        size = len("".join(element.itertext()))
    else:
        size = 0 if above is None or above.tag == "p" else max(len(element.text or ""), len(element.tail or ""))
    if size <= _SHORT or element.tag in _UNREAD or _is_caption(element):
        return 0
    return 1 if size > _PROSE else 0.5


def _is_caption(element: HtmlElement) -> bool:
    above = element.getparent()
    return named(element, _CAPTION) or (above is not None and (above.tag in _PICTURED or named(above, _CAPTION)))


# --- the site's name in a title


def _without_section(title: str, url: str) -> str:
    """The title without the part of the site behind it, which the address names too: "Fog is back | TV" at /tv/fog."""
    parts = _SEPARATOR.split(title)
    folders = [_letters(folder) for folder in url.split("?")[0].split("/")[3:-1]]
    return "".join(parts[:-2]).strip() if len(parts) > 2 and _letters(parts[-1]) in folders else title


def strip_site(title: str, site: str, host: str) -> str:
    """The title without the site's name (or a section and the site's name) at its end or start."""
    parts = _SEPARATOR.split(title)
    while len(parts) > 2 and is_site(parts[-1], site, host):
        parts = parts[:-2]
    while len(parts) > 2 and is_site(parts[0], site, host):
        parts = parts[2:]
    return "".join(parts).strip()


def is_site(part: str, site: str, host: str) -> bool:
    text, own = _letters(part), _letters(site)
    labels = host.lower().split(".")
    domain = re.sub(r"\W", "", "".join(labels[:-1]))
    name = max(labels[:-1], key=len, default="").replace("-", "")
    if not text:
        return True
    if own and (text == own or (len(text) > 3 and (text in own or own in text) and len(part.split()) <= 5)):
        return True
    return len(text) > 2 and (text in (name, domain, host.replace(".", "")) or (len(text) > 4 and text in domain) or
                              (len(name) > 3 and name in text and len(part.split()) <= 5))  # fmt: skip


@functools.lru_cache(maxsize=1_000)
def _letters(text: str) -> str:
    return re.sub(r"\W", "", normalise(text[:_LONGEST]))
