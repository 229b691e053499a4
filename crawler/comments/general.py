"""Threads of software nobody told us about: a repeated structure of author, time and text in a place for comments.

It is careful before it is clever: a page without comments must give none. So it looks into places that the page itself
calls comments, wants the same markup again and again with a name or a time in it, and passes over boxes that point at
other discussions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count, stated_count
from crawler.comments.groups import Group, best, gather, in_order, nested_replies, weight
from crawler.comments.items import read_items
from crawler.comments.nameless import find_nameless
from crawler.comments.pieces import Parts, Reading, short_text
from crawler.comments.reading import Fields
from crawler.comments.runs import runs
from crawler.items import Comment
from crawler.page.dom import HEADINGS, flat_text, named, words
from crawler.page.parsed import ParsedPage, page_language, parse_html

_PLACE = re.compile(
    r"(^|[-_])(comments?|commentlist|commentslist|comment[-_]?(list|area|section|box|text|thread|container|"
    r"wrap(per)?)s?|kommentare?|kommune|comentarios?|comentários?|commentaires?|commenti|reacties|reactions|replies|"
    r"discussion|disqus|dsq|community|talkback|leserbriefe|responses)([-_\d]|$)|comment(s|links|list)$"
)
_NO_PLACE = re.compile(
    r"recent|latest|popular|related|sidebar|trending|most-|count$|comments?-?(open|closed|off|on|link|form)$|"
    r"respond$|aktuelle|neueste|letzte|meist|[uú]ltim|derni|comment(ato|ed|iert|és)s?$"
)
_NEVER_PLACES = frozenset([
    "html", "body", "head", "script", "style", "a", "img", "i", "span", "form", "button", "label", "input",
    "textarea", "svg"
])  # fmt: skip

_MOST_HEADINGS = 3
_MOST_NAMES = 3
"""A headline has more words than a name."""


class General:
    """Any repeated structure of comments in a place that the page calls so."""

    name = "general"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        language = page_language(page.tree)
        for items, certain in _found(page, language):
            comments = read_items(items, page, Reading(), language)
            if comments and (certain or _believable(comments)):
                elements = tuple(element for parts in items for element in parts)
                return ThreadPart(comments, declared_count(page, elements, len(comments)), elements=elements)
        stated = declared_count(page, ())  # no comment in the page, but perhaps a word on how many there are
        return None if stated is None else ThreadPart((), stated)

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        part = self.read(parse_html(body, url))
        if part is None:
            raise ValueError(f"no comments at {url}")
        return part


def _found(page: ParsedPage, language: str | None) -> Iterator[tuple[Group, bool]]:
    """Items that may be the thread, likeliest first, and whether they are certain without names or times."""
    places = [element for place in _places(page) for element in place.iter("*")]
    if places:
        group = best(gather(places), language, lambda fields, parts: _weigh(fields, parts, page))
        if group is None or len(group) == 1:
            headed = best(runs(places), language, lambda fields, parts: _weigh(fields, parts, page, surely=True))
            group = headed if headed is not None and len(headed) > 1 else group
        if group:
            yield in_order(places, [*group, *nested_replies(group, language)]), False
        else:
            yield _counted(places, page), True
    yield find_nameless(page, language), False


def _weigh(fields: Fields, parts: Parts, page: ParsedPage, surely: bool = False) -> float:
    """As in any repeated structure, but a headline that is linked to another page belongs to a teaser."""
    weighed = weight(fields, parts)
    if surely and not (fields.author and fields.published):
        return 0.0
    return 0.0 if weighed and _is_teaser(parts, fields, page) else weighed


def _is_teaser(parts: Parts, fields: Fields, page: ParsedPage) -> bool:
    own = urlsplit(page.url).path
    for heading in islice((heading for part in parts for heading in part.iter(*HEADINGS)), _MOST_HEADINGS):
        link = next((link for link in (*heading.iter("a"), *islice(heading.iterancestors("a"), 1))), None)
        href = link.get("href") or "" if link is not None else ""
        text = short_text(heading, 200) or ""
        if href and "#" not in href and urlsplit(urljoin(page.url, href)).path != own and text != fields.author:
            return len(text.split()) > _MOST_NAMES
    return False


def _places(page: ParsedPage) -> list[HtmlElement]:
    """The outermost elements whose id or class names comments, without the boxes that point elsewhere."""
    outline, found, end = page.outline, [], 0
    named_so = (name for name in page.talk if _PLACE.search(name))
    for place in sorted({place for name in named_so for place in outline.names[name]}):
        element = outline.elements[place]
        if place >= end and element.tag not in _NEVER_PLACES and _is_place(element):
            found.append(element)
            end = outline.ends[place]
    return found


def _is_place(element: HtmlElement) -> bool:
    if named(element, _NO_PLACE):
        return False
    if any(named(above, _NO_PLACE) for above in element.iterancestors() if above.tag != "body"):
        return False
    headline = next(element.iter("h1"), None)
    return headline is None or bool(_PLACE.search(flat_text(headline)) or stated_count(flat_text(headline)) is not None)


def _counted(places: Sequence[HtmlElement], page: ParsedPage) -> Group:
    """Items without names and times, believed because there are as many of them as the page says."""
    called: dict[str, Group] = defaultdict(list)
    for element in places:
        for name in set(words(element)) if element.tag in ("li", "div", "article") else ():
            if re.search(r"(^|[-_])comment$", name):
                called[name].append((element,))
    for group in called.values():
        if len(group) > 1 and declared_count(page, [parts[0] for parts in group]) == len(group):
            return group
    return []


def _believable(comments: Sequence[Comment]) -> bool:
    """Most have a name or a time, and they are not one text over and over."""
    known = sum(bool(c.author or c.published) for c in comments)
    return known * 2 >= len(comments) and len({c.text for c in comments}) * 2 > len(comments)
