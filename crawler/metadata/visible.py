"""The bylines that readers see: near the headline, elsewhere on the page, on the author's card."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.metadata.headline import Top
from crawler.metadata.names import full, holds_byline, may_hold_byline, people, starts_byline
from crawler.page.dom import flat_text, named, squeeze
from crawler.page.parsed import ParsedPage

_BYLINE = re.compile(
    r"(^|[-_])(authors?|by-?author|writers?|contributors?|creator|reporters?|journalists?|posted-?by)([-_]|$)|by-?line|author-?name|"
    r"^fn$|^(post|entry)-?meta$"
)
_NO_BYLINE = re.compile(
    r"^comment|[^s]-comment|bio|related|avatar|social|image|photo|about|teaser|widget|sidebar|credit|follow|share"
)
_VCARD = re.compile(r"^(vcard|fn|p-author|h-card)$")
_CARD = re.compile(r"author.*name$")
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|a|e|i)?|auteurs?|writers?|contributors?|profiles?|profil|staff|by|"
    r"journalists?|reporters?|redaktion|users?|column(?:ist)?s?)/[^/]|/@[\w.-]+/?$|[?&]author=",
    re.I,
)
_WRITTEN_BY = re.compile(
    r"^\W*(?:written|words|story|text|posted|reported|reporter|author|autor(?:in)?)\s*(?:by|von)?\s*:|^\W*written by\b",
    re.I,
)
_NEVER = frozenset(
    ["script", "style", "body", "html", "head", "img", "meta", "link", "title", "nav", "form", "article", "main",
     "button"]
)  # fmt: skip
_BREAKS = frozenset(
    ["br", "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "section", "header", "time", "td", "tr",
     "address"]
)  # fmt: skip
_UNREAD = frozenset(["script", "style", "noscript", "svg", "iframe"])
_SIGNED = frozenset(["p", "div", "em", "i", "b", "strong", "span", "font", "small", "td"])
_HEADINGS = frozenset(["a", "h1", "h2", "h3", "h4"])
_LONGEST, _LONGEST_LINE, _MOST = 200, 150, 400


@dataclass(frozen=True, slots=True)
class Shown:
    """A visible byline. `firm`: it says "By", or links to its writer's page."""

    texts: Sequence[str] = ()
    firm: bool = False


def shown_near(page: ParsedPage, top: Top) -> Shown:
    """The byline around the headline: a line that says "By", an element named so, a link to a writer's page."""
    for element, line in led_lines(top):
        if people([line]):
            return Shown((_is_short(element) and byline_texts(element)) or [line], firm=True)
    for element in top.near:
        if element in top.above or not _is_byline(element) or top.beside(element):
            continue  # around the whole article some systems write its author's name: class="entry-author-wanda"
        if people(found := byline_texts(element)):
            return Shown(found, firm=any(map(_is_profile, element.iter("a"))) or named(element, _VCARD))
    return Shown(list(_by_links(top)))


def _is_byline(element: HtmlElement) -> bool:
    return element.tag not in _NEVER and named(element, _BYLINE) and not named(element, _NO_BYLINE)


def led_lines(top: Top) -> Iterator[tuple[HtmlElement, str]]:
    """Lines around the headline that say "By", and the elements in which they stand."""
    for element in _saying_by(top):
        if element.tag in _NEVER or element is top.headline or top.beside(element):
            continue
        inside = element.tag not in _HEADINGS
        yield from ((element, line) for line in [*_lines(element), _lone_lead(element)] if holds_byline(line, inside))


def _saying_by(top: Top) -> Iterator[HtmlElement]:
    """Elements of which a piece of their own text begins a byline."""
    for element in top.near:
        if _begins_byline(element.text, element):
            yield element
        above = element.getparent()
        if above is not None and _begins_byline(element.tail, above):
            yield above


def _begins_byline(text: str | None, holder: HtmlElement) -> bool:
    if not text or text.isspace() or len(text) > 3 * _LONGEST or not may_hold_byline(text):
        return False
    return holds_byline(f"{squeeze(text)} X", holder.tag not in _HEADINGS)


def _lone_lead(element: HtmlElement) -> str:
    """The line of an element that says nothing but "By": the name stands in the next one."""
    above = element.getparent() if sum(len(line) for line in _lines(element)) < 15 else None
    return "" if above is None or len(above) > 12 else squeeze(" ".join(_lines(above)))[:_LONGEST]


def _by_links(top: Top) -> Iterator[str]:
    """Links to writers' pages behind the headline."""
    start = top.near.index(top.headline) if top.headline in top.near else 0
    links = [e for e in top.near[start:] if e.tag == "a" and _is_profile(e) and full(people([flat_text(e)]))]
    links = [link for link in links if not top.beside(link)]
    yield from (flat_text(link) for link in links if link.getparent() is links[0].getparent())


def _is_profile(link: HtmlElement) -> bool:
    return "author" in (link.get("rel") or "").split() or bool(_PROFILE.search(link.get("href") or ""))


def byline_texts(element: HtmlElement) -> list[str]:
    """What a byline says of people: the names behind its "By", those it links, or its first line that names any."""
    lines = _lines(element)
    links = [(link, flat_text(link)) for link in element.iter("a")]
    linked = [text for _, text in links if people([text])]
    led = next((line for line in lines if holds_byline(line) and people([line])), "")
    if led:  # a link tells where the name ends and the job begins
        return [next((text for text in linked if text.startswith(name)), name) for name in people([led])]
    profiles = [text for link, text in links if text in linked and _is_profile(link)]
    first = next((line for line in lines if people([line])), "")
    alone = [first] if first and (full(people([first])) or len(lines) == 1) else []
    return profiles or linked or alone


def _lines(element: HtmlElement) -> list[str]:
    """The beginning of an element's text, in the lines that readers see."""
    out: list[str] = []
    size, last = 0, ""
    for number, (event, part) in enumerate(etree.iterwalk(element, events=("start", "end"))):
        breaks = "\n" if part.tag in _BREAKS else ""
        text = part.text if event == "start" else (part.tail if part is not element else "")
        if isinstance(part.tag, str) and part.tag not in _UNREAD:
            told = _spaced(text or "")
            # a label and a name that only the style sheet keeps apart: "AuthorWanda Pell"
            glued = event == "start" and told[:1].isupper() and last[-1:].islower()
            out.append(breaks + ("\n" if glued else "") + told)
            last = out[-1] or last
        elif event == "end":
            out.append(_spaced(part.tail or ""))
        size += len(out[-1]) if out else 0
        if size > _LONGEST or number > _MOST:
            break
    return [line for line in map(squeeze, "".join(out).split("\n")) if 0 < len(line) <= _LONGEST_LINE]


def _spaced(text: str) -> str:
    """White space made one space; line ends inside a text are none that readers see."""
    return re.sub(r"\s+", " ", text)


def shown_far(page: ParsedPage, top: Top) -> list[str]:
    """Bylines elsewhere: named so, linked as the author's, signed below the text, or the name on the author's card."""
    outline = page.outline
    called = [element for element in outline.called(_BYLINE) if _is_byline(element)][:_MOST]
    for element in _behind_first(outline.elements, called, top):
        if not _is_short(element) or top.beside(element):
            continue
        found = byline_texts(element)
        if full(people(found)) or (people(found) and (named(element, _VCARD) or starts_byline(_lines(element)[0]))):
            return found
    for link in outline.tags["a"]:
        if "author" in (link.get("rel") or "").split() and _is_short(link) and not top.beside(link):
            found = [flat_text(link)]
            if people(found):
                return found
    for element in islice(filter(_is_signed, outline.elements), _MOST):
        line = next(iter(_lines(element)), "")
        if len(line) < 60 and full(people([line])) and not top.beside(element):
            return [line]
    cards = (flat_text(e) for e in outline.called(_CARD)[:_MOST] if _is_short(e))
    return next(([text] for text in cards if full(people([text]))), [])


def _is_signed(element: HtmlElement) -> bool:
    """Does it begin like a signature, "Written by: ..."?"""
    text = element.text if element.tag in _SIGNED else None
    start = text.strip()[:_LONGEST] if text else ""
    return bool(start) and bool(_WRITTEN_BY.match(start) or starts_byline(f"{start} X"))


def _behind_first(elements: Sequence[HtmlElement], found: list[HtmlElement], top: Top) -> list[HtmlElement]:
    """Elements in page order, those before the headline last."""
    if top.headline is None or not found:
        return found
    places = {element: place for place, element in enumerate(elements)}
    start = places[top.headline]
    return sorted(found, key=lambda element: (places[element] < start, places[element]))


def _is_short(element: HtmlElement) -> bool:
    size = 0
    for number, text in enumerate(element.itertext()):
        size += len(text.strip())
        if size > _LONGEST or number > _MOST:
            return False
    return size > 1
