"""Takes out of a page's tree what is known not to be the article: the thread, pointers elsewhere, calls to act."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from crawler.dom import flat_text, named

_DISCUSSION = re.compile(
    r"^(comments?|comments?[-_]?(area|section|list|wrap(per)?|container|block|form|respond)|respond|commentlist|"
    r"disqus_thread|"
    r"wp-block-comments|isso-thread|kommentare|leave-?comment|reply-title|comment-respond)$",
    re.I,
)
_POINTER = re.compile(
    r"^\W*(read (more|next|also)|related|more (on|from|about|stories)|see also|also (read|see|on)|recommended|"
    r"watch|must (read|see)|"
    r"don(?:'|’)t miss|trending|popular|you may also like|sign up|subscribe|newsletter|follow|next up|previous|"
    r"lesen sie|mehr (zum|dazu|lesen)|siehe auch|auch interessant|das könnte|lee también|te puede|más información|"
    r"[àa] lire|lire aussi|voir aussi|leggi anche|leia|lees ook|관련)\b",
    re.I,
)
_BOX = re.compile(
    r"(^|[-_])(related|newsletter|subscribe|signup|sign-up|share|sharing|social|promo|recirc|recommended|most-?read|"
    r"read-?more|read-?next|outbrain|taboola|author-?bio|authorbox|about-?author|byline|breadcrumbs?|tags|taglist|"
    r"caption|credit|copyright)([-_]|$)|wp-caption-text",
    re.I,
)


def prune(tree: HtmlElement, thread: Iterable[HtmlElement] = ()) -> None:
    """Removes the thread's elements, the places around them and boxes that point elsewhere. Changes the tree."""
    for element in thread:
        _drop(element)
    whole = max(1, len(tree.text_content()))
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "head", "main", "script"):
            continue
        if _unwanted(element, whole):
            _drop(element)


def _unwanted(element: HtmlElement, whole: int) -> bool:
    if named(element, _DISCUSSION):
        return not _holds_article(element, whole)
    if named(element, _BOX):
        return len(element.text_content()) < 600 and next(element.iter("h1"), None) is None
    return _points_elsewhere(element)


def _holds_article(element: HtmlElement, whole: int) -> bool:
    """Some pages call the whole page `comments`: what has the headline in it, or most of the text, stays."""
    return next(element.iter("h1"), None) is not None or len(element.text_content()) > 0.7 * whole


def _points_elsewhere(element: HtmlElement) -> bool:
    """A short block that is a link with a label such as "Related:" before or in it."""
    if element.tag not in ("p", "div", "h2", "h3", "h4", "h5", "li", "aside") or len(element) > 6:
        return False
    if next(element.iter("a"), None) is None:
        return False
    text = flat_text(element)
    if not 0 < len(text) < 250 or not _POINTER.match(text):
        return False
    return sum(len(flat_text(link)) for link in element.iter("a")) > 0.5 * len(text)


def _drop(element: HtmlElement) -> None:
    """Out of the tree; the text behind it stays."""
    if element.getparent() is not None:
        element.drop_tree()
