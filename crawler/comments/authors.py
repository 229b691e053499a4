"""Who said it: the name in one comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.html import HtmlElement

from crawler.comments.buttons import is_badge, is_button
from crawler.comments.hints import Hints, hints
from crawler.comments.pieces import (
    LONGEST_TIME,
    MOST_CANDIDATES,
    PERMALINK,
    Reading,
    Told,
    direct,
    is_extra,
    short_text,
)
from crawler.page.dom import flat_text, named, squeeze
from crawler.page.times import read_time

_SAYS = re.compile(
    r"^(?:(?:posted|comment|submitted|written|geschrieben|verfasst|escrito|enviado|publicado|inviato|scritto|publié|"
    r"posté|geplaatst) )?(?:by|von|por|par|di|da|door)\b[:\s]+|"
    r"[\s,]*\b(says?|said|wrote|writes|commented|replied( to)?|in reply to|sagt|sagte|schrieb|schreibt|meint|"
    r"antwortete?|dice|dijo|escribió|respondió( a)?|dit|a dit|a répondu( à)?|ha detto|scrive|zegt|disse|diz|"
    r"respondeu( a)?|пишет)?"
    r"\s*(\.\.\.|…|:)?\s*$",
    re.I,
)
_FIGURES = re.compile(
    r"^[+-]?\d[\d.,]* (fans?|followers?|posts?|comments?|points?|likes?|votes?|replies|beiträge|kommentare|"
    r"comentarios|messages)\b",
    re.I,
)
_ALL_FIGURES = re.compile(r"\d{2,20}$")
_BY = re.compile(
    r"^(?:(?:posted|comment|submitted|written|geschrieben|verfasst|escrito|enviado|publicado|inviato|scritto|publié|"
    r"posté|geplaatst) )?(?:by|von|por|par|di|da|door)\b\W*$",
    re.I,
)
_BETWEEN = re.compile(
    r"\s*[|,(•·–—:]\s*|\s+-\s+|\s+(?:on|at|am|vom|um|le|il|el|op|em|says?|said|wrote|schrieb|sagt|dit|dice|zegt)\s+",
    re.I,
)
_LEADING_NUMBER = re.compile(r"^#?\d{1,4}\s*[.):]\s*")
_DIGIT = re.compile(r"\d")
_NEAR = 6
_MOST_NAMES = 4
_MOST_AROUND = 12


def author_of(own: Sequence[Told], how: Reading, dated_by: HtmlElement | None) -> tuple[str | None, HtmlElement | None]:
    """The name, and the element that tells it."""
    for sure in (False, True):
        for element in islice(_author_elements(own, how), MOST_CANDIDATES):
            name = clean_author(element.get("content") or _leading_text(element), sure)
            if name:
                return name, element
    before = _before(own, dated_by)
    before = before if before[0] else _beside(dated_by)
    outstanding = list(islice(_outstanding(own, how), MOST_CANDIDATES))
    # where the time is, there the name is, too
    for element in sorted(outstanding, key=lambda e: not _is_in(e, dated_by)):
        name = clean_author(_leading_text(element))
        if name and before[1] is not None and (_opens_prose(element) or _follows(element, dated_by, own)):
            return before
        if name:
            return name, element
    for element in (e for e, hint in own[1:] if hint.meta):
        for text in islice(element.itertext("*"), 8):
            name = clean_author(text) if text.strip() else None
            if name:
                return name, element
    return before


def _author_elements(own: Sequence[Told], how: Reading) -> Iterator[HtmlElement]:
    """Where the name may stand, likeliest first."""
    if how.author is not None:
        yield from (e for e, _ in own if named(e, how.author))
    yield from (e for e, _ in own if e.get("itemprop") == "author" and e.get("content"))
    yield from (e for e, _ in own if e.get("itemprop") == "name")
    own = [pair for pair in own if not _to_somebody(*pair)]
    said = [(e, hint.author) for e, hint in own[1:] if not hint.picture and e.tag not in ("img", "ul")]
    yield from (e for e, rank in said if rank == 1)
    yield from (e for e, _ in own if e.get("itemprop") == "author" or e.tag == "cite")
    yield from (e for e, rank in said if rank == 2)
    yield from (e for e, rank in said if rank == 3)


def _outstanding(own: Sequence[Told], how: Reading) -> Iterator[HtmlElement]:
    """Links and what is set in bold or as a heading, where nothing is called a name."""
    told = ((e, hint) for e, hint in own if e.tag in ("a", "b", "strong", "h3", "h4", "h5", "h6") and not hint.badge)
    yield from (e for e, hint in told if not is_extra(e, how.labels) and not _to_somebody(e, hint) and not _in_prose(e))


def _to_somebody(element: HtmlElement, hint: Hints) -> bool:
    """Does it name the one who is answered? Links to other comments do."""
    if hint.addressee or (element.tag == "a" and PERMALINK.search(element.get("href") or "")):
        return True
    above = element.getparent()
    return above is not None and hints(above).addressee


def _in_prose(element: HtmlElement) -> bool:
    """A word within a paragraph, or between many words; a name that opens a paragraph stands before the text."""
    above = element.getparent()
    if above is None:
        return False
    if above.tag not in ("p", "blockquote"):
        return len(direct(above).split()) > _MOST_AROUND and bool((above.text or "").strip() or above[0] is not element)
    led = (above.text or "").strip()
    return bool(led and not _BY.match(led)) or above[0] is not element


def _follows(element: HtmlElement, other: HtmlElement | None, own: Sequence[Told]) -> bool:
    """Does it stand behind the other, and not within it?"""
    first = next((e for e, _ in own if e is element or e is other), None)
    return other is first and not _is_in(element, other)


def _is_in(element: HtmlElement, box: HtmlElement | None) -> bool:
    return any(above is box for above in islice(element.iterancestors(), _NEAR))


def _opens_prose(element: HtmlElement) -> bool:
    above = element.getparent()
    return above is not None and above.tag in ("p", "blockquote")


def _leading_text(element: HtmlElement) -> str:
    """The name in an element that may also hold titles, dates and buttons."""
    whole = short_text(element, 400)
    if whole is None:
        return ""
    for child in element.iterdescendants("a", "b", "strong", "cite", "span", "h3", "h4", "h5", "h6"):
        text = flat_text(child)
        name = clean_author(text)
        if name and whole.startswith(text):
            return name
    if len(whole) > 60 or read_time(whole):
        linked = [name for name in (clean_author(flat_text(link)) for link in element.iter("a")) if name]
        return linked[0] if len(linked) == 1 else whole
    return whole


def _before(own: Sequence[Told], dated_by: HtmlElement | None) -> tuple[str | None, HtmlElement | None]:
    """The short text right before the time, in markup that names nothing."""
    before: HtmlElement | None = None
    for element, hint in own:
        if element is dated_by:
            break
        if not len(element) and (element.text or "").strip() and not hint.badge and not is_badge(element.text or ""):
            before = element
    text = squeeze(before.text or "") if before is not None and dated_by is not None else ""
    ends = re.search(r"\w{2}[.!?]$|[!?]$", text) and (before is None or before.tag != "a")
    prose = before is not None and (before.tag in ("p", "blockquote") or _opens_prose(before))
    name = clean_author(text, sure=True) if len(text) <= 40 and not ends and not prose else None
    return (name, before) if name else (None, None)


def _beside(dated_by: HtmlElement | None) -> tuple[str | None, HtmlElement | None]:
    """The name in a line that tells nothing but name and time: "Mo, 5 March 2019", "Mo schrieb am 5.3.2019"."""
    text = direct(dated_by) if dated_by is not None and dated_by.tag not in ("p", "blockquote", "time") else ""
    parts = _BETWEEN.split(text.lstrip(" –—-"), maxsplit=1) if len(text) < LONGEST_TIME else []
    name = clean_author(parts[0]) if len(parts) == 2 and read_time(parts[1]) else None
    return (name, dated_by) if name and len(name.split()) <= _MOST_NAMES else (None, None)


def clean_author(text: str, sure: bool = False) -> str | None:
    """A name without "says:", numbers and labels; None when it is no name at all.

    Where a name is `sure` to stand, it may be all figures, or "Moderator".
    """
    if len(text) > 300:
        return None
    name = _SAYS.sub("", _LEADING_NUMBER.sub("", squeeze(text))).strip(" :,|•·–—-")
    if sure and _ALL_FIGURES.match(name):
        return name
    if not sure and is_badge(name):
        return None
    if not 0 < len(name) <= 60 or is_button(name) or _FIGURES.match(name) or not re.search(r"\w", name):
        return None
    if name != text and read_time(text):
        return None
    return None if read_time(name) or re.search(r"\b(ago|https?:)|^vor \d", name) else name
