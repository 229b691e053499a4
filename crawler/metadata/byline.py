"""Who wrote it: names in structured data, in meta and in the byline that readers see, weighed against each other."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.items import normalise
from crawler.metadata.headline import Top, is_site
from crawler.metadata.microdata import Microdata, property_text
from crawler.metadata.names import full, is_newsroom, organisations, people
from crawler.metadata.visible import byline_texts, led_lines, shown_far, shown_near
from crawler.page.dom import flat_text
from crawler.page.jsonld import Node, as_list, text_of
from crawler.page.parsed import ParsedPage

_META = (
    "article:author", "author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "byline",
    "article:author_name", "article.author", "authors", "citation_author", "citation_authors", "cxenseparse:author",
    "og:article:author", "mrf:authors", "twitter:data1",
)  # fmt: skip
_MOST_AUTHORS = 20


def read_authors(
    page: ParsedPage, top: Top, nodes: Sequence[Node], main: Node, marked: Microdata, site: str
) -> tuple[str, ...]:
    """Names of people where the page gives any; where it names none, its newsroom or agency."""
    told = _told(nodes, main)
    data = _people(told, page, site, stated=True)
    if full(data):
        return data
    shown = shown_near(page, top)
    seen = _people(shown.texts, page, site)
    metas = list(_metas(page.outline.tags["meta"], marked.get("author")))
    named_in_meta = [_people(texts, page, site, stated=True) for texts in metas]
    meta = next(filter(full, named_in_meta), ())
    if shown.firm and full(seen) and not (_agree(meta, shown.texts) and len(meta) >= len(seen)):
        return seen
    if meta or full(seen):
        return meta or seen
    newsroom = _newsroom(told, site)
    far = () if newsroom else _people(shown_far(page, top), page, site)
    if full(far):
        return far
    weaker = (seen if shown.firm else (), data, *named_in_meta, seen, far)
    return next(filter(None, weaker), ()) or newsroom or _newsrooms(metas, top, site)


def chosen_authors(found: Iterable[HtmlElement | str], site: str) -> tuple[str, ...]:
    """The names in what is known to name the authors; a newsroom where no person is named."""
    texts: list[str] = []
    for part in found:
        told = part if isinstance(part, str) else part.get("content") or ""
        texts += [told] if isinstance(part, str) or told else byline_texts(part) or [flat_text(part)]
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
    shown = tuple(name for name in organisations(line for _, line in led_lines(top)) if is_newsroom(name))[:1]
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
