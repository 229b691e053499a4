"""Who wrote it: names in structured data and meta, else the byline readers see."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from crawler.dom import flat_text, in_other, named, squeeze
from crawler.items import normalise
from crawler.jsonld import Node, as_list, text_of
from crawler.times import read_time

_AUTHORS = (
    "article:author", "author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "byline",
    "article:author_name", "article.author", "authors", "citation_author", "cxenseparse:author", "og:article:author",
)  # fmt: skip
_BYLINE = re.compile(
    r"(^|[-_])(byline|authors?|author-?name|by-?author|writer|contributor|post-author|entry-author|"
    r"creator)([-_]|$)|^fn$"
    r"|byline|authorname",
    re.I,
)
_CARD = re.compile(r"author.*name$", re.I)
_NEVER_BYLINES = frozenset(
    ["script", "style", "ul", "ol", "body", "html", "head", "img", "meta", "link", "title", "nav", "footer", "form"]
)
_NO_BYLINE = re.compile(
    r"comment|bio|related|avatar|social|image|photo|about|teaser|(?<!v)card|widget|sidebar|credit", re.I
)
_LEAD = re.compile(
    r"^(?:(?:written|posted|reported|story|text|words|reviewed)?\s*(?:by|von|por|par|di|door|av|от)(?::\s*|\s+)|"
    r"author:\s*|autor(?:in)?:\s*|"
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
    r"https?:|\b(reporter|writer|correspondent|columnist|critic)\b|www\.|@|\d{4}|\d:\d|\b(about|authors?|view|more|posts?|read|hire|admin|administrator|editor|staff|"
    r"team|redaktion|newsroom|desk|unknown|guest|webmaster|"
    r"associated press|reuters|press association|dpa|afp|says|comments?|share|home|menu)\b",
    re.I,
)
_JOB = re.compile(r"^(\S+ \S+)\s.*\b(writer|editor|reporter|correspondent|critic|columnist|producer)s?$", re.I)
_SHOUTED = re.compile(r"(?<=[a-zà-ÿ])(\s+[A-Z]{2,})+$")


def read_authors(tree: HtmlElement, nodes: list[Node], metas: dict[str, str], main: Node, site: str) -> tuple[str, ...]:
    """Names of people where the page gives any; the best of structured data, meta, and the byline it shows."""
    by_id = {text_of(node.get("@id")): node for node in nodes if node.get("@id") and node.get("name")}
    told = [_person(value, by_id) for value in as_list(main.get("author") or main.get("creator"))]
    stated = _meta_authors(tree)
    for source in (told, stated, _marked(tree), _bylines(tree)):
        names = _names(source, site)
        if names:
            return names
    # an agency or a newsroom is an author where no person is named; the site itself is none
    return tuple(n for n in _names([*told, *stated], site, people=False)[:2] if normalise(n) != normalise(site))


def chosen_authors(found: Iterable[HtmlElement | str], site: str) -> tuple[str, ...]:
    """The names in what is known to name the authors; a newsroom where no person is named."""
    texts: list[str] = []
    for part in found:
        told = part if isinstance(part, str) else part.get("content") or ""
        texts += [told] if isinstance(part, str) or told else _byline_names(part) or [flat_text(part)]
    return _names(texts, site) or _names(texts, site, people=False)


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
        if not isinstance(element.tag, str) or element.tag == "link":
            continue
        said = element.get("itemprop") == "author" or "author" in (element.get("rel") or "").split()
        if said and not in_other(element):
            inner = next((e for e in element.iterdescendants() if e.get("itemprop") == "name"), element)
            found.append(inner.get("content") or flat_text(inner))
    return [text for text in found if text][:4]


def _bylines(tree: HtmlElement) -> list[str]:
    """The first visible byline: an element named so, else a short line that begins with "By", else an author's card."""
    plain: list[str] = []
    cards: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _NEVER_BYLINES or _is_long(element):
            continue
        called = element.tag == "address" or (named(element, _BYLINE) and not named(element, _NO_BYLINE))
        if called and not in_other(element) and (names := _byline_names(element)):
            return names
        text = flat_text(element)
        lead = _LEAD.match(text)
        if lead and not plain and text[lead.end() : lead.end() + 1].isupper() and not in_other(element):
            plain = [text] if _names([text], "") else []
        if not cards and named(element, _CARD) and _names([text], ""):
            cards = [text]
    return plain or cards


def _is_long(element: HtmlElement) -> bool:
    return not 1 < len(element.text_content().strip()) < 150


def _byline_names(element: HtmlElement) -> list[str]:
    """The names a byline links; the whole line where it links none."""
    linked = [flat_text(link) for link in element.iter("a")]
    if _names(linked, ""):
        return linked
    text = flat_text(element)
    return [text] if _names([text], "") else []


def _names(texts: Iterable[str], site: str, people: bool = True) -> tuple[str, ...]:
    """The people in byline texts: labels, jobs and dates taken off, joined names taken apart."""
    out: dict[str, str] = {}
    for text in texts:
        text = _LEAD.sub("", squeeze(re.sub(r"\([^)]*\)", " ", text)).strip(" :"))
        for part in re.split(r"\s*(?:;|,|&|\||\band\b|\bund\b|\bet\b|\by\b|\n)\s*", text):
            name = clean_name(part)
            if _is_name(name, people) and (not people or normalise(name) != normalise(site)):
                out.setdefault(normalise(name), name)
    return tuple(out.values())


def clean_name(text: str) -> str:
    """One name without "by", job and outlet behind it; shouted names in mixed case."""
    name = _TRAIL.sub("", _LEAD.sub("", text)).strip(" .,:;-–—|/")
    name = _SHOUTED.sub("", _JOB.sub(r"\1", name))
    return name.title() if name.isupper() and " " in name else name


def _is_name(name: str, people: bool) -> bool:
    if not 1 < len(name) <= 45 or len(name.split()) > 5 or read_time(name) or "://" in name:
        return False
    return not people or not _NO_NAME.search(name)
