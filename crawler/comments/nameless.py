"""Threads in markup that names nothing: below a heading that names comments, or around buttons to reply.

That is little to go by, so all else must be right: each item shows a name, a time and a text of its own, and none leads
to another page as teasers and lists of latest comments do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.counts import names_comments
from crawler.comments.groups import Group, best, gather
from crawler.comments.hints import hints
from crawler.comments.pieces import Parts, short_text
from crawler.comments.reading import Fields
from crawler.page.parsed import ParsedPage
from crawler.page.times import read_time

_HEADINGS = ("h2", "h3", "h4", "h5", "h6", "legend", "summary")
_REPLY = frozenset([
    "reply", "reply to this", "antworten", "antwort", "responder", "répondre", "rispondi", "beantwoorden",
    "svar", "svara", "odpowiedz", "yanıtla", "ответить", "답글", "답글달기", "답글 달기",
    "返信", "返信する", "回覆", "回复"
])  # fmt: skip
_AROUND = " \t\r\n»›↩[]()"
_FEWEST = 2
_NEAREST = 3
_MOST_HEADINGS = 3
_LARGEST_REGION = 3_000
_LONGEST_NAME = 40
_MOST_WORDS = 4


def find_nameless(page: ParsedPage, language: str | None) -> Group:
    """The items of a thread that nothing but its structure tells of; none when in doubt."""
    for region in _below_headings(page):
        found = _items(region, page, language, frozenset())
        if found:
            return found
    buttons = _reply_buttons(page)
    if len(buttons) < _FEWEST:
        return []
    outline = page.outline
    place = outline.place_of[_common(buttons)]
    return _items(outline.elements[place : outline.ends[place]], page, language, frozenset(buttons))


def _below_headings(page: ParsedPage) -> Iterator[Sequence[HtmlElement]]:
    """What follows a heading that names comments, in its own box first."""
    headings = [
        e for tag in _HEADINGS for e in page.outline.tags.get(tag, ()) if names_comments(short_text(e, 80) or "")
    ]
    if not headings:
        return
    outline = page.outline
    for heading in headings[:_MOST_HEADINGS]:
        start = place = outline.place_of[heading]
        for _ in range(_NEAREST):
            place = outline.above[place]
            if place < 0 or outline.ends[place] - start > _LARGEST_REGION:
                break
            yield _until_next(outline.elements[start + 1 : outline.ends[place]], str(heading.tag))


def _until_next(elements: Sequence[HtmlElement], rank: str) -> Sequence[HtmlElement]:
    """The elements before the next heading of the same rank or above it: there something else begins."""
    ends = (n for n, e in enumerate(elements) if e.tag in _HEADINGS and len(e.tag) == 2 and e.tag <= rank)
    return elements[: next(ends, len(elements))]


def _reply_buttons(page: ParsedPage) -> list[HtmlElement]:
    """Where a reader can answer a contribution."""
    found = (e for tag in ("a", "button", "span") for e in page.outline.tags.get(tag, ()))
    return [e for e in found if e.text and len(e.text) < 40 and e.text.strip(_AROUND).lower() in _REPLY]


def _common(buttons: Sequence[HtmlElement]) -> HtmlElement:
    """The innermost element that holds the first and the last of them."""
    around = set(buttons[0].iterancestors())
    return next(above for above in buttons[-1].iterancestors() if above in around)


def _items(
    region: Sequence[HtmlElement], page: ParsedPage, language: str | None, buttons: frozenset[HtmlElement]
) -> Group:
    def weigh(fields: Fields, parts: Parts) -> float:
        if not fields.dated or not _is_name(fields.author) or fields.text == fields.author:
            return 0.0
        if read_time(fields.text[:_LONGEST_NAME], language):
            return 0.0
        answerable = not buttons or any(e in buttons for part in parts for e in part.iter("a", "button", "span"))
        return 3.0 if answerable and not _leads_away(parts, fields, page) else 0.0

    groups = [group for group in gather(region, alike=True) if len(group) >= _FEWEST]
    found = best(groups, language, weigh)
    return found or []


def _is_name(text: str | None) -> bool:
    return text is not None and len(text) <= _LONGEST_NAME and len(text.split()) <= _MOST_WORDS


def is_headline(link: HtmlElement, text: str, author: str | None) -> bool:
    """Is it a linked heading other than the name of who wrote it?"""
    heading = next((e for e in (*link.iter(), *link.iterancestors()) if e.tag in _HEADINGS), None)
    return heading is not None and not (text == author and (hints(heading).author or hints(link).author))


def _leads_away(parts: Parts, fields: Fields, page: ParsedPage) -> bool:
    """Does it point at another page: by a linked heading, or by a link that is neither a name nor within the text?"""
    own = urlsplit(page.url).path
    for link in (link for part in parts for link in part.iter("a")):
        href = link.get("href") or ""
        target = urlsplit(urljoin(page.url, href))
        if not href or href.startswith("#") or target.path == own:
            continue
        text = short_text(link, 200) or ""
        if is_headline(link, text, fields.author):
            return True
        if len(text) > _LONGEST_NAME / 2 and text != fields.author and text not in fields.text:
            return True
    return False
