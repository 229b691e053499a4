"""Who wrote it: names in structured data, in meta and in the byline that readers see, weighed against each other."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.comments.base import ParsedPage
from crawler.dom import flat_text, named, squeeze
from crawler.headline import Top, is_site
from crawler.items import normalise
from crawler.jsonld import Node, as_list, text_of
from crawler.microdata import Microdata, property_text
from crawler.names import (
    clean_name,
    full,
    holds_byline,
    is_newsroom,
    may_hold_byline,
    organisations,
    people,
    starts_byline,
)

__all__ = ["chosen_authors", "clean_name", "read_authors"]

_META = (
    "article:author", "author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "byline",
    "article:author_name", "article.author", "authors", "citation_author", "citation_authors", "cxenseparse:author",
    "og:article:author", "mrf:authors", "twitter:data1",
)  # fmt: skip
_BYLINE = re.compile(
    r"(^|[-_])(by-?lines?|authors?|author-?name|by-?author|writers?|contributors?|post-author|entry-author|creator|posted-?by)([-_]|$)|"
    r"^fn$|byline|author-?name|^post-?meta$|^entry-?meta$|^nyt_byline$",
)
_NO_BYLINE = re.compile(
    r"^comment|[^s]-comment|bio|related|avatar|social|image|photo|about|teaser|widget|sidebar|credit|follow|share"
)
_VCARD = re.compile(r"^(vcard|fn|p-author|h-card)$")
_CARD = re.compile(r"author.*name$")
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|a|e|i)?|auteurs?|writers?|contributors?|people|person|profiles?|profil|staff|by|"
    r"journalists?|reporters?|redaktion|bio|users?|column(?:ist)?s?)/[^/]|/@[\w.-]+/?$|[?&]author=",
    re.I,
)
_WRITTEN_BY = re.compile(
    r"^\W*(?:written|words|story|text|posted|reported|reporter|author|autor(?:in)?)\s*(?:by|von)?\s*:|^\W*written by\b",
    re.I,
)
_NEVER = frozenset(
    [
        "script",
        "style",
        "body",
        "html",
        "head",
        "img",
        "meta",
        "link",
        "title",
        "nav",
        "form",
        "article",
        "main",
        "button",
    ]
)
_BREAKS = frozenset(
    [
        "br",
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "section",
        "header",
        "time",
        "td",
        "tr",
        "address",
    ]
)
_UNREAD = frozenset(["script", "style", "noscript", "svg", "iframe"])
_SIGNED = frozenset(["p", "div", "em", "i", "b", "strong", "span", "font", "small", "td"])
_LONGEST, _LONGEST_LINE, _MOST = 200, 150, 400
_MOST_AUTHORS = 20
_HEADINGS = frozenset(["a", "h1", "h2", "h3", "h4"])


def read_authors(
    page: ParsedPage, top: Top, nodes: Sequence[Node], main: Node, marked: Microdata, site: str
) -> tuple[str, ...]:
    """Names of people where the page gives any; where it names none, its newsroom or agency."""
    told = _told(nodes, main)
    data = _people(told, page, site, stated=True)
    if full(data):
        return data
    shown = _shown_near(page, top)
    seen = _people(shown.texts, page, site)
    metas = list(_metas(page.outline.tags["meta"], marked.get("author")))
    named_in_meta = [_people(texts, page, site, stated=True) for texts in metas]
    meta = next(filter(full, named_in_meta), ())
    if shown.firm and full(seen) and not (_agree(meta, shown.texts) and len(meta) >= len(seen)):
        return seen
    if meta or full(seen):
        return meta or seen
    newsroom = _newsroom(told, site)
    far = () if newsroom else _people(_shown_far(page, top), page, site)
    if full(far):
        return far
    weaker = (seen if shown.firm else (), data, *named_in_meta, seen, far)
    return next(filter(None, weaker), ()) or newsroom or _newsrooms(metas, top, site)


def chosen_authors(found: Iterable[HtmlElement | str], site: str) -> tuple[str, ...]:
    """The names in what is known to name the authors; a newsroom where no person is named."""
    texts: list[str] = []
    for part in found:
        told = part if isinstance(part, str) else part.get("content") or ""
        texts += [told] if isinstance(part, str) or told else [*_byline_texts(part)] or [flat_text(part)]
    names = [name for name in people(texts) if normalise(name) != normalise(site)]
    return tuple(names) or organisations(texts)


def _people(texts: Iterable[str], page: ParsedPage, site: str, stated: bool = False) -> tuple[str, ...]:
    """The people in texts: whole names where there are any, and no names of the site beside those of people."""
    names = people(texts, stated)
    whole = [name for name in names if full([name])] or names
    host = urlsplit(page.url).hostname or ""
    own = [
        name for name in whole if not (is_site(name, site, host) or set(name.lower().split()) & set(host.split(".")))
    ]
    # somebody's own site bears their name: where readers see it as the author's, or on the host of many such sites
    return tuple(own or (whole if full(whole) and (not stated or _is_hosted(whole, host)) else ()))


def _is_hosted(names: Iterable[str], host: str) -> bool:
    """Is this one of many sites below one host, none of whose names is the host's?"""
    return host.count(".") > 1 and not host.startswith("www.") and not any(is_site(name, "", host) for name in names)


def _agree(names: Sequence[str], shown: Sequence[str]) -> bool:
    """Does the visible byline hold one of these names?"""
    seen = normalise(" ".join(shown))
    return any(normalise(name) in seen for name in names)


def _newsroom(texts: Sequence[str], site: str) -> tuple[str, ...]:
    """Agencies and newsrooms in texts; the site itself is none."""
    return tuple(name for name in organisations(texts) if normalise(name) != normalise(site))[:2]


def _newsrooms(metas: Iterable[Sequence[str]], top: Top, site: str) -> tuple[str, ...]:
    """Where nobody else is named: what the visible byline says, whatever that is, or what meta says."""
    shown = tuple(name for name in organisations(line for _, line in _led_lines(top)) if is_newsroom(name))[:1]
    return shown or next(filter(None, (_newsroom(texts, site) for texts in metas)), ())


# --- what is stated


def _told(nodes: Sequence[Node], main: Node) -> list[str]:
    """The authors in the article's JSON-LD; a reference to another node is followed."""
    stated = as_list(main.get("author") or main.get("creator"))[:_MOST_AUTHORS]
    by_id = {text_of(n.get("@id")): n for n in nodes if n.get("@id") and n.get("name")} if stated else {}
    return [name for value in stated for name in _person(value, by_id)]


def _person(value: object, by_id: dict[str, Node]) -> list[str]:
    if not isinstance(value, dict):
        known = by_id.get(text_of(value))
        return [text_of(known.get("name")) if known else text_of(value)]
    known = by_id.get(text_of(value.get("@id")), {})
    names = [text_of(name) for name in as_list(value.get("name"))[:_MOST_AUTHORS] if name] or [
        text_of(known.get("name"))
    ]
    if value.get("givenName") and value.get("familyName") and not full(names):
        return [f"{text_of(value['givenName'])} {text_of(value['familyName'])}"]
    return [name for name in names if name]


def _metas(elements: Sequence[HtmlElement], marked: Sequence[HtmlElement]) -> Iterator[list[str]]:
    """What meta elements name as authors, likeliest first, and what microdata of the article does."""
    stated: dict[str, list[str]] = {}
    for meta in elements:
        name = (meta.get("property") or meta.get("name") or "").lower()
        content = html.unescape(meta.get("content") or "")
        if name in _META and content.strip() and "://" not in content:
            stated.setdefault(name, []).append(content)
    stated = {name: contents[:_MOST_AUTHORS] for name, contents in stated.items()}
    for name in _META:
        if name in stated and name != "twitter:data1":
            yield stated[name]
    yield [text for text in map(property_text, marked[:6]) if text]
    if "twitter:data1" in stated and _labelled_author(elements):
        yield stated["twitter:data1"]


def _labelled_author(elements: Iterable[HtmlElement]) -> bool:
    labels = (e.get("content") or "" for e in elements if (e.get("name") or "").lower() == "twitter:label1")
    return any(
        re.search(r"written by|author|verfasst|escrito|écrit|scritto|geschreven", label, re.I) for label in labels
    )


# --- what readers see


@dataclass(frozen=True, slots=True)
class _Shown:
    """A visible byline. `firm`: it says "By", or links to its writer's page."""

    texts: Sequence[str] = ()
    firm: bool = False


def _shown_near(page: ParsedPage, top: Top) -> _Shown:
    """The byline around the headline: a line that says "By", an element named so, a link to a writer's page."""
    for element, line in _led_lines(top):
        if people([line]):
            return _Shown(_byline_texts(element) if _is_short(element) else [line], firm=True)
    for element in top.near:
        if _is_byline(element) and not top.beside(element) and people(found := _byline_texts(element)):
            return _Shown(found, firm=any(map(_is_profile, element.iter("a"))) or named(element, _VCARD))
    return _Shown(list(_by_links(top)))


def _is_byline(element: HtmlElement) -> bool:
    return element.tag not in _NEVER and named(element, _BYLINE) and not named(element, _NO_BYLINE)


def _led_lines(top: Top) -> Iterator[tuple[HtmlElement, str]]:
    """Lines that say "By", and the elements in which they stand."""
    for element in top.near:
        inside = element.tag not in _HEADINGS
        if element.tag in _NEVER or element is top.headline or not _says_by(element, inside) or top.beside(element):
            continue
        yield from ((element, line) for line in [*_lines(element), _lone_lead(element)] if holds_byline(line, inside))


def _says_by(element: HtmlElement, inside: bool) -> bool:
    """Does a piece of the element's own text begin a byline?"""
    for text in (element.text, *(child.tail for child in element)):
        if text and len(text) < 3 * _LONGEST and may_hold_byline(text) and holds_byline(f"{squeeze(text)} X", inside):
            return True
    return False


def _lone_lead(element: HtmlElement) -> str:
    """ "By" alone in an element: the name stands in the next one."""
    above = element.getparent() if sum(len(line) for line in _lines(element)) < 15 else None
    return "" if above is None or len(above) > 12 else squeeze(" ".join(_lines(above)))[:_LONGEST]


def _by_links(top: Top) -> Iterator[str]:
    """Links to writers' pages behind the headline."""
    start = top.near.index(top.headline) if top.headline in top.near else 0
    links = [e for e in top.near[start:] if e.tag == "a" and _is_profile(e) and people([flat_text(e)])]
    links = [link for link in links if not top.beside(link)]
    yield from (flat_text(link) for link in links if link.getparent() is links[0].getparent())


def _is_profile(link: HtmlElement) -> bool:
    return "author" in (link.get("rel") or "").split() or bool(_PROFILE.search(link.get("href") or ""))


def _byline_texts(element: HtmlElement) -> list[str]:
    """What a byline says of people: the names behind its "By", those it links, or its first line that names any."""
    lines = _lines(element)
    links = [(link, flat_text(link)) for link in element.iter("a")]
    linked = [text for _, text in links if people([text])]
    led = next((line for line in lines if holds_byline(line) and people([line])), "")
    if led:  # a link tells where the name ends and the job begins
        return [next((text for text in linked if text.startswith(name)), name) for name in people([led])]
    profiles = [text for link, text in links if text in linked and _is_profile(link)]
    first = next((line for line in lines if people([line])), "")
    alone = [first] if full(people([first])) or len(lines) == 1 else []
    return profiles or linked or alone


def _lines(element: HtmlElement) -> list[str]:
    """The beginning of an element's text, in the lines that readers see."""
    out: list[str] = []
    size = 0
    for number, (event, part) in enumerate(etree.iterwalk(element, events=("start", "end"))):
        breaks = "\n" if part.tag in _BREAKS else ""
        text = part.text if event == "start" else (part.tail if part is not element else "")
        if isinstance(part.tag, str) and part.tag not in _UNREAD:
            out.append(breaks + _spaced(text or ""))
        elif event == "end":
            out.append(_spaced(part.tail or ""))
        size += len(out[-1]) if out else 0
        if size > _LONGEST or number > _MOST:
            break
    return [line for line in map(squeeze, "".join(out).split("\n")) if 0 < len(line) <= _LONGEST_LINE]


def _spaced(text: str) -> str:
    """White space made one space; line ends inside a text are none that readers see."""
    return re.sub(r"\s+", " ", text)


def _shown_far(page: ParsedPage, top: Top) -> list[str]:
    """Bylines elsewhere: named so, linked as the author's, signed below the text, or the name on the author's card."""
    outline = page.outline
    called = [element for element in outline.called(_BYLINE) if _is_byline(element)][:_MOST]
    for element in _behind_first(outline.elements, called, top):
        if not _is_short(element) or top.beside(element):
            continue
        found = _byline_texts(element)
        if full(people(found)) or (people(found) and (named(element, _VCARD) or starts_byline(_lines(element)[0]))):
            return found
    for link in outline.tags["a"]:
        if "author" in (link.get("rel") or "").split() and _is_short(link) and not top.beside(link):
            if people([flat_text(link)]):
                return [flat_text(link)]
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
