"""What stands in a page and is not its article, told by tags and names: discussion, boxes, menus, captions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.body import phrases
from crawler.body.blocks import PAGER
from crawler.body.lines import Line, Text
from crawler.page.dom import HEADINGS, word_count

_DISCUSSION = re.compile(
    r"^(comments?|comments?[-_]?(area|section|list|wrap(per)?|container|block|form|respond)|respond|commentlist|"
    r"disqus_thread|comments?[-_][\w-]*(wrap(per)?|container|section|area|policy|rules|guidelines)|"
    r"wp-block-comments|isso-thread|kommentare|leave-?comment|reply-title|comment-respond)$",
    re.I,
)
_WORDS = """
related newsletter newsletters subscribe subscription signup share sharing sharedaddy social promo recirc recommended
recommendation recommendations outbrain taboola authorbox byline breadcrumb breadcrumbs tags taglist caption credit
credits copyright advert advertisement sponsor sponsored donate donation cookie toc trending
"""
_BOX_WORDS = frozenset(_WORDS.split())
_BOX = re.compile(
    r"sign-up|most-?read|most-?popular|read-?more|read-?next|author-?bio|author-?box|about-?author|tag-list|"
    r"table-of-contents|relatedposts|yarpp|"
    r"^(post|entry|article|blog|news|story|single|content|node|item)[-_]*(meta|footer|info|meta-?data|submitted)$|"
    r"^submitted$",
)
_HOLDS_TEXT = ("table", "blockquote", "pre")
"""What a figure is put around besides pictures."""
_ASKED = ("", "text", "email")
"""Types of the fields that readers fill in."""
_SIDEBAR = re.compile(r"^(primary[-_]|secondary[-_])?(sidebar|widget-?area)([-_](right|left|inner|\d+))?$")
_BOXES = frozenset(("div", "section", "ul", "ol", "table", "article", "figure", "dl"))
_LARGEST_SHARE, _MOSTLY_LINKS = 0.3, 0.6
_CAPTION, _TEASER = 250, 300
_NAME = 5
_LARGEST_BOX, _LARGEST_PAGER = 600, 300
_MOST_OF_PAGE = 0.7
_LARGEST = {"aside": 0.7, "footer": 0.7, "figcaption": 0.7, "form": 0.3}
_WHOLE = ("html", "body", "head", "main")


def furniture(text: Text) -> set[int]:
    """The places of the elements that are not the article."""
    return {place for place in _suspects(text) if text.outline.elements[place].tag not in _WHOLE}


def _suspects(text: Text) -> Iterator[int]:
    outline, whole = text.outline, max(1, text.length(0))
    headlines = [outline.place_of[element] for element in outline.tags.get("h1", ())]

    def has_headline(place: int) -> bool:
        return bisect_left(headlines, place) < bisect_left(headlines, outline.ends[place])

    for tag, largest in _LARGEST.items():
        for element in outline.tags.get(tag, ()):
            place = outline.place_of[element]
            if text.length(place) < largest * whole and not has_headline(place):
                yield place
    for place in outline.places(_DISCUSSION):
        # some pages call the whole page `comments`: what has the headline in it, or most of the text, stays
        if not has_headline(place) and text.length(place) < _MOST_OF_PAGE * whole:
            yield place
    for place in outline.places(_SIDEBAR):
        small = text.length(place) < _LARGEST["aside"] * whole and 2 * text.prose(place) <= text.prose(0)
        if small and next(outline.elements[place].iter("h1", "article"), None) is None:
            yield place
    for place in outline.places(PAGER):
        if text.length(place) < _LARGEST_PAGER:
            yield place
    for place in outline.worded(_BOX_WORDS).union(outline.places(_BOX)):
        named_heading = outline.elements[place].tag in HEADINGS
        small = text.length(place) < _LARGEST_BOX and 3 * text.prose(place) <= text.prose(0)
        if small and not named_heading and not has_headline(place):
            yield place


def boxes(text: Text, place: int, host: str) -> set[int]:
    """The places of boxes inside the article's element that are not its text: teasers, lists of links, captions.

    `host` is the page's own: what a list links there is other articles, what it links elsewhere may be its subject.
    """
    start, end = text.span(place)
    last = max((at for at in range(start, end) if text.lines[at].prose), default=end)
    found: set[int] = set()
    at = place + 1
    asking = _asking(text, place)
    while at < text.outline.ends[place]:
        # what a post says that is shown here is the article's, but for the host's own
        quote = text.outline.elements[at].tag == "blockquote"
        if quote:
            box = _points_home(text, at, host)
        else:
            box = at in asking or _is_box(text, at, text.length(place), host if text.span(at)[1] <= last else "")
        if box:
            found.add(at)
        at = text.outline.ends[at] if quote or box else at + 1
    return found


def _points_home(text: Text, place: int, host: str) -> bool:
    """Is it a link to another page of the host and nothing else, as the preview that a pasted address becomes?"""
    lines, links = text.within(place), list(text.outline.elements[place].iter("a"))
    home = not any(_is_away(link, host) for link in links)
    return bool(lines and links) and home and all(line.linked == len(line.text) for line in lines)


def _asking(text: Text, place: int) -> set[int]:
    """The places of the elements that are little else than a form and what is said around it: "Never miss a boat"."""
    outline, found = text.outline, set[int]()
    for form in outline.tags.get("form", ()):
        at = outline.place_of[form]
        if not place < at < outline.ends[place] or not any((e.get("type") or "") in _ASKED for e in form.iter("input")):
            continue
        while (above := outline.above[at]) > place and text.length(above) <= _CAPTION:
            at = above
        if text.length(at) <= _CAPTION:
            found.add(at)
    return found


def _is_box(text: Text, place: int, whole: int, host: str) -> bool:
    element = text.outline.elements[place]
    if element.tag == "p":
        return 0 < text.length(place) <= _CAPTION and _is_slanted(text, place)
    length = text.length(place) if element.tag in _BOXES else 0
    if not 0 < length < _LARGEST_SHARE * whole:
        return False
    lines = text.within(place)
    if element.tag in ("article", "figure"):
        return next(element.iter("h1", *(_HOLDS_TEXT if element.tag == "figure" else ())), None) is None
    if text.linked(place) >= _MOSTLY_LINKS * length:
        is_list = element.tag in ("ul", "ol") and (_names_only(lines) or _leads_away(element, host))
        return not is_list and not _sentences(lines)
    if len(lines) > 1 and len(lines[0].text) < 60 and phrases.ELSEWHERE.match(lines[0].text):
        return True
    if length <= _TEASER and lines[0].only_link and lines[0].kind in HEADINGS:
        return not _leads_away(element, host)
    return length <= _CAPTION and element.tag == "div" and _is_caption(element)


def _is_caption(element: HtmlElement) -> bool:
    """Text beside a picture that is no paragraph of its own."""
    return next(element.iter("img"), None) is not None and next(element.iter("p", "li", *HEADINGS), None) is None


def _is_slanted(text: Text, place: int) -> bool:
    """Is it a picture and a line in italics? What is bold there is the heading of an entry."""
    element = text.outline.elements[place]
    pictured = next(element.iter("img"), None) is not None and next(element.iter("b", "strong"), None) is None
    return pictured and all(line.strong == len(line.text) for line in text.within(place))


def _leads_away(element: HtmlElement, host: str) -> bool:
    """Do most links of an element lead to other hosts? Behind an article, such lists are of partners ("")."""
    links = list(element.iter("a"))
    return bool(host) and 2 * sum(_is_away(link, host) for link in links) > len(links)


def _is_away(link: HtmlElement, host: str) -> bool:
    href = str(link.get("href") or "")
    return "//" in href and host not in href.split("/")[2:3]


def _sentences(lines: Sequence[Line]) -> bool:
    """Some sentences are links almost whole, and are sentences still."""
    return all(line.text.endswith((".", "?", "!")) and line.linked < len(line.text) for line in lines)


def _names_only(lines: Sequence[Line]) -> bool:
    """Casts and episodes are lists of links, but of short ones."""
    return sum(word_count(line.text) for line in lines) <= _NAME * len(lines)
