"""The head of the article: its headline, what readers see around it, and what the page tells others it is called."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Iterator, Sequence
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
_PROSE = 160
"""Characters from which a paragraph is taken for the article's text."""
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
_SEPARATOR = re.compile(r"(\s+::\s+|\s+[|»«•·:–—\-/@]+\s+|\s*[|»•]\s*|:\s+)")


@dataclass(frozen=True, slots=True)
class Top:
    """Title, the element that shows it (None: none does), and the elements around it, up to the text, in page order."""

    title: str
    headline: HtmlElement | None = None
    near: tuple[HtmlElement, ...] = ()
    above: frozenset[HtmlElement] = frozenset()

    def beside(self, element: HtmlElement) -> bool:
        """Does it stand in a comment, a teaser or a sidebar? What holds the headline is none of these."""
        for part in (element, *element.iterancestors()):
            if part in self.above or part.tag in ("body", "html"):
                return False
            if (part.tag in _ELSEWHERE or named(part, _ASIDE)) and not named(part, _OWN):
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
    bare = _unshortened([strip_site(text, site, host) for text in stated])
    weight, headline = _heading(page, _told(stated, bare, page.url), site, host)
    if headline is None:
        headline = next(iter(page.outline.tags["h1"]), None)
    shown = flat_text(headline) if headline is not None else ""
    title = shown if weight > _HOLDS else next(filter(None, bare), shown)
    above = frozenset() if headline is None else frozenset([headline, *headline.iterancestors()])
    return Top(title, headline, tuple(_near(page, headline)), above)


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
    prose = 0
    yield from elements[max(0, place - _BEFORE) : place]
    for element in elements[place : place + _BEHIND]:
        yield element
        prose += element.tag == "p" and len("".join(element.itertext())) > _PROSE and not _is_caption(element)
        if prose > 1:  # the first may be the standfirst
            return


def _is_caption(element: HtmlElement) -> bool:
    above = element.getparent()
    return named(element, _CAPTION) or (above is not None and (above.tag in _PICTURED or named(above, _CAPTION)))


# --- the site's name in a title


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
