"""What a source's own selectors find: texts, elements, times, links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from crawler.page.dom import flat_text, squeeze
from crawler.page.parsed import ParsedPage
from crawler.page.times import read_time
from crawler.source import compile_selector

Match = HtmlElement | str
"""An element, or the text that an XPath expression makes of one."""


def matches(selector: str, root: HtmlElement) -> list[Match]:
    """What the selector finds, in page order; nothing where it cannot be run."""
    try:
        found = compile_selector(selector)(root)
    except etree.XPathError:
        return []  # it names a prefix or a variable that no page has
    if isinstance(found, str):
        found = [found]
    parts = found if isinstance(found, list) else []
    return [p for p in parts if isinstance(p, HtmlElement) or (isinstance(p, str) and p.strip())]


def elements(selector: str, root: HtmlElement) -> list[HtmlElement]:
    """The elements among what the selector finds."""
    return [part for part in matches(selector, root) if isinstance(part, HtmlElement)]


def text_of(match: Match) -> str:
    """The text of a match in one line; what a `meta` says stands in its content."""
    if isinstance(match, str):
        return squeeze(match)
    return squeeze(match.get("content") or "") or flat_text(match)


def time_of(found: Iterable[Match], language: str | None) -> datetime | None:
    """The first time that the matches state, for machines or for people."""
    told = (read_time(text, language) for match in found for text in _times(match))
    return next((time for time in told if time), None)


def _times(match: Match) -> Iterator[str]:
    if isinstance(match, str):
        yield match
        return
    for element in (match, *match.iterdescendants("time", "abbr", "meta")):
        yield from (element.get(name) or "" for name in ("datetime", "content", "title"))
    yield flat_text(match)


def links(selector: str, page: ParsedPage, base: str | None = None) -> Iterator[tuple[Match, str]]:
    """The links that the selector finds, absolute; an element that is no link stands for the links inside it."""
    for match in matches(selector, page.tree):
        for link in [match] if isinstance(match, str) or match.get("href") else match.iter("a"):
            url = absolute(base or page.url, link if isinstance(link, str) else link.get("href") or "")
            if url:
                yield link, url


def absolute(base: str, href: str) -> str:
    """The web address that a link leads to; "" when it leads to none."""
    href = href.strip()
    try:
        url = urljoin(base, href) if href and not href.startswith("#") else ""
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""
