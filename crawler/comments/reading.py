"""What all engines that read HTML share: one item's author, time, text, likes and link."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml.html import HtmlElement

from crawler.comments.hints import Hints, hints
from crawler.page.dom import flat_text, lines, named, names_of, squeeze
from crawler.page.times import from_epoch, read_iso, read_time

Parts = tuple[HtmlElement, ...]
"""One comment in the tree: usually one element, in definition lists a `dt` with the `dd`s after it."""

Told = tuple[HtmlElement, Hints]

_SAYS = re.compile(
    r"^(posted by|comment by|by|von|por|par|di|door|written by)\b[:\s]+|"
    r"[\s,]*\b(says?|said|wrote|writes|commented|replied( to)?|in reply to|sagt|sagte|schrieb|schreibt|meint|"
    r"antwortete?|dice|dijo|escribió|respondió( a)?|dit|a dit|a répondu( à)?|ha detto|scrive|zegt|disse|diz|"
    r"respondeu( a)?|пишет)?"
    r"\s*(\.\.\.|…|:)?\s*$",
    re.I,
)
_BUTTON = re.compile(
    r"^(reply|replies|antworten|responder|répondre|rispondi|beantwoorden|report( (abuse|this comment|comment))?|likes?|"
    r"share|link|permalink|edit|delete|flag|quote|\(?edit\)?|log in to reply|melden|#?\d+\.?|profile|follow|unfollow|"
    r"more|details|link to this|\(hide\)|mark as spam|at|on|am|um|posted|수정|답글|신고|삭제|회신|"
    r"回覆|回复|返信|ответить)$",
    re.I,
)
_FIGURES = re.compile(
    r"^[+-]?\d[\d.,]* (fans?|followers?|posts?|comments?|points?|likes?|votes?|replies|beiträge|kommentare|"
    r"comentarios|messages)\b",
    re.I,
)
_LEADING_NUMBER = re.compile(r"^#?\d{1,4}\s*[.):]\s*")
_AGO = re.compile(
    r"^\W{0,3}(?:\w+ ){0,2}(?:\d+|an?|one|una?|een) ?[a-zñí]+ (?:ago|geleden|fa|atrás|назад)\W{0,3}$|"
    r"^(?:vor|hace|il y a|há) (?:\d+|einer?|einem|una?|une|uma?) [a-zñíé]+$|^\d{1,3} ?(?:s|m|h|d|w|y|mo|min|hr)$|"
    r"^\d+ ?(?:초|분|시간|일|주|개월|달|년) ?전$|"
    r"^\d+ ?(?:秒|分钟?|分鐘|小?时间?|小?時間?|天|日|週間?|周|[个個かヶ]月|年)前$|"
    r"^(?:yesterday|gestern|ayer|hier|just now)$",
    re.I,
)
_PERMALINK = re.compile(r"#\D{0,20}\d{2,}$|#comment-?\d+")
_DIGIT = re.compile(r"\d")
_LONGEST_TIME = 120
_MOST_CANDIDATES = 60
_MOST_ELEMENTS = 400
"""More stand in no comment; then only its beginning and its end are searched for a time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one engine's markup differs from the common case: class or id patterns that are tried first."""

    author: re.Pattern[str] | None = None
    content: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """What one item says, before it has a place in the thread. `dated`: it shows a time, if only "2 hours ago"."""

    author: str | None
    published: datetime | None
    text: str
    likes: int | None = None
    permalink: str | None = None
    dated: bool = False


def descend(parts: Parts, others: Collection[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements of one item in document order, without those of the items nested in it."""
    own = set(parts)
    stack = list(reversed(parts))
    while stack:
        node = stack.pop()
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and (node not in others or node in own):
            yield node
            stack.extend(reversed(node))


def read_fields(parts: Parts, others: Collection[HtmlElement], how: Reading, language: str | None) -> Fields:
    """Author, time, text, likes and link of one item; `others` are the elements of all items."""
    own = [(element, hints(names_of(element))) for element in descend(parts, others)]
    content, text = _content(own, others, how)
    inside = set() if content is None else set(descend((content,), others))
    outside = [pair for pair in own if pair[0] not in inside] if inside else own
    published, dated_by = _time(outside, language)
    author, named_by = _author(outside, how, dated_by)
    if content is None:
        told = {e for e in (named_by, dated_by) if e is not None}
        text = lines(parts, lambda e: e in others or e in told or is_extra(e) or _is_meta(e, told))
        text = _without_time(text, published, language)
    return Fields(author, published, text, _likes(own), _permalink(own), dated_by is not None)


def text_without(parts: Parts, others: Collection[HtmlElement], told: Collection[HtmlElement]) -> str:
    """The text of one item without the elements that tell its author and time, and without buttons."""
    return lines(parts, lambda e: e in others or e in told or is_extra(e))


# --- the text


def _content(own: Sequence[Told], others: Collection[HtmlElement], how: Reading) -> tuple[HtmlElement | None, str]:
    """The element that holds the text and nothing about it, and its text."""
    marked = [e for e, _ in own if e.get("itemprop") in ("text", "commentText", "reviewBody")]
    inner = [(e, hint) for e, hint in own[1:] if e.tag != "a"]
    if how.content is not None:
        marked += [e for e, _ in inner if named(e, how.content)]
    for rank in (1, 2, 3):
        marked += [e for e, hint in inner if hint.content == rank]
    for element in marked[:_MOST_CANDIDATES]:
        text = "" if _holds_meta(element, others) else lines([element], lambda e: e in others or is_extra(e))
        if text:
            return element, text
    return None, ""


def _holds_meta(element: HtmlElement, others: Collection[HtmlElement]) -> bool:
    return any(
        e is not element and (e.tag in ("time", "cite") or hints(names_of(e)).meta)
        for e in descend((element,), others)
        if e.tag not in ("p", "blockquote") and not is_extra(e)
    )


def is_extra(element: HtmlElement) -> bool:
    """Buttons, votes, avatars: what stands around a comment and is no part of it."""
    if element.tag in ("button", "form", "nav") or element.get("aria-hidden") == "true":
        return True
    if element.tag == "blockquote":
        return False
    text = None
    if hints(names_of(element)).extra:
        text = flat_text(element)
        if len(text) < 60 or element.tag == "a":
            return True
    if element.tag in ("a", "span", "li"):
        return bool(_BUTTON.match(text if text is not None else (short_text(element, 60) or "")))
    return False


def _is_meta(element: HtmlElement, told: Collection[HtmlElement]) -> bool:
    if element.tag in ("cite", "time") or hints(names_of(element)).meta:
        return short_text(element, 149) is not None
    return any(child in told for child in element) and short_text(element, 79) is not None


def short_text(element: HtmlElement, most: int) -> str | None:
    """The text of an element in one line; None when it is longer than that. Long texts are not read to the end."""
    if not len(element):
        text = squeeze(element.text or "")
        return text if len(text) <= most else None
    pieces: list[str] = []
    size = 0
    for piece in element.itertext("*"):
        piece = squeeze(piece)
        size += len(piece) + 1 if piece else 0
        if size > most + 1:
            return None
        pieces.append(piece)
    return " ".join(piece for piece in pieces if piece)


# --- the author


def _author(own: Sequence[Told], how: Reading, dated_by: HtmlElement | None) -> tuple[str | None, HtmlElement | None]:
    for element in islice(_author_elements(own, how), _MOST_CANDIDATES):
        name = clean_author(element.get("content") or _leading_text(element))
        if name:
            return name, element
    for element in (e for e, hint in own[1:] if hint.meta):
        for text in islice(element.itertext("*"), 8):
            name = clean_author(text) if text.strip() else None
            if name:
                return name, element
    return _before(own, dated_by)


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
    yield from (e for e, _ in own if e.tag in ("a", "b", "strong", "h3", "h4", "h5", "h6") and not _in_prose(e))


def _to_somebody(element: HtmlElement, hint: Hints) -> bool:
    """Does it name the one who is answered? Links to other comments do."""
    if hint.addressee or (element.tag == "a" and _PERMALINK.search(element.get("href") or "")):
        return True
    above = element.getparent()
    return above is not None and hints(names_of(above)).addressee


def _in_prose(element: HtmlElement) -> bool:
    """A word within a paragraph; a name that opens it stands before the text."""
    above = element.getparent()
    if above is None or above.tag not in ("p", "blockquote"):
        return False
    return bool((above.text or "").strip()) or above[0] is not element


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
    for element, _ in own:
        if element is dated_by:
            break
        if not len(element) and (element.text or "").strip():
            before = element
    text = squeeze(before.text or "") if before is not None and dated_by is not None else ""
    name = clean_author(text) if len(text) <= 40 and not re.search(r"[.!?]$", text) else None
    return (name, before) if name else (None, None)


def clean_author(text: str) -> str | None:
    """A name without "says:", numbers and labels; None when it is no name at all."""
    if len(text) > 300:
        return None
    name = _SAYS.sub("", _LEADING_NUMBER.sub("", squeeze(text))).strip(" :,|•·–—-")
    if not 0 < len(name) <= 60 or _BUTTON.match(name) or _FIGURES.match(name) or not re.search(r"\w", name):
        return None
    return None if read_time(name) or re.search(r"\b(ago|https?:)|^vor \d", name) else name


# --- the time


def _time(own: Sequence[Told], language: str | None) -> tuple[datetime | None, HtmlElement | None]:
    own = own if len(own) <= _MOST_ELEMENTS else [*own[: _MOST_ELEMENTS // 2], *own[-_MOST_ELEMENTS // 2 :]]
    for element, _ in own:
        stated = _stated(element)
        if stated:
            return stated, element
    dated = [e for e, hint in own if hint.time or (e.get("title") and e.tag in ("a", "abbr", "span"))]
    for element, text in _time_texts(dated, [e for e, _ in own]):
        time = read_time(text, language) if text and len(text) > 5 and _DIGIT.search(text) else None
        if time:
            return time, element
    return None, next((e for e, _ in own if e.tag == "time" or _AGO.match(_direct(e)[:41])), None)


def _stated(element: HtmlElement) -> datetime | None:
    """The time an element states for machines."""
    if element.tag == "time" or element.get("itemprop") in ("datePublished", "dateCreated", "commentTime"):
        return read_iso(element.get("datetime") or element.get("content") or "")
    for name, value in element.items():
        if name.startswith("data-") and "time" in name and re.fullmatch(r"\d{10}(\d{3})?", value):
            return from_epoch(float(value))
    return None


def _time_texts(dated: Sequence[HtmlElement], own: Sequence[HtmlElement]) -> Iterator[tuple[HtmlElement, str | None]]:
    """Where a time may stand in words, likeliest first: a comment may speak of other days itself."""
    for element in dated:
        yield element, element.get("title")
        yield element, short_text(element, _LONGEST_TIME) or _direct(element)
    for element in own:
        yield element, element.get("title")
        if len(element) or element.tag not in ("p", "blockquote"):
            yield element, _direct(element)
    for element in own[1:]:
        yield element, short_text(element, _LONGEST_TIME // 2)


def _direct(element: HtmlElement) -> str:
    """What stands in the element itself, not in others within it."""
    return squeeze(" ".join(t for t in (element.text, *(c.tail for c in element)) if t))[: _LONGEST_TIME + 1]


def _without_time(text: str, published: datetime | None, language: str | None) -> str:
    """The text without a first or last line that says nothing but the time."""
    rows = text.split("\n")
    for at in (0, -1):
        row = rows[at][: _LONGEST_TIME // 2]
        if len(rows) > 1 and (_AGO.match(row) or (published is not None and read_time(row, language) == published)):
            del rows[at]
    return "\n".join(rows)


# --- the rest


def _likes(own: Sequence[Told]) -> int | None:
    for element, hint in own:
        if hint.likes or element.get("itemprop") == "upvoteCount":
            found = re.fullmatch(r"\+?(-?\d+)( likes?)?", squeeze(element.get("content") or flat_text(element)), re.I)
            if found:
                return int(found[1])
    return None


def _permalink(own: Sequence[Told]) -> str | None:
    for element, hint in own:
        href = element.get("href") or ""
        if element.tag == "a" and _PERMALINK.search(href) and "replytocom" not in href and not hint.addressee:
            return href
    return None
