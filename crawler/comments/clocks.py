"""When it was said: the time in one comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from lxml.html import HtmlElement

from crawler.comments.pieces import LONGEST_TIME, MOST_CANDIDATES, Told, direct, is_edited, short_text
from crawler.page.times import from_epoch, read_iso, read_time

_SPEAKS = re.compile(r"^[\W_]*(says|said|wrote|sagt|schrieb|schreibt|meint|dit|dice|zegt|пишет)?[\W_]*$", re.I)
_IN_BRACKETS = re.compile(r"^[(\[][^)\]]{6,60}[)\]]\W{0,3}")
_JOINED = re.compile(r"join|member|regist|mitglied|dabei seit|inscri|miembro|membre|lid sinds", re.I)
_AGO = re.compile(
    r"^\W{0,3}(?:\w+ ){0,2}(?:\d+|an?|one|una?|een) ?[a-zñí]+ (?:ago|geleden|fa|atrás|назад)\W{0,3}$|"
    r"^(?:vor|hace|il y a|há) (?:\d+|einer?|einem|una?|une|uma?) [a-zñíé]+$|^\d{1,3} ?(?:s|m|h|d|w|y|mo|min|hr)$|"
    r"^\d+ ?(?:초|분|시간|일|주|개월|달|년) ?전$|"
    r"^\d+ ?(?:秒|分钟?|分鐘|小?时间?|小?時間?|天|日|週間?|周|[个個かヶ]月|年)前$|"
    r"^(?:yesterday|gestern|ayer|hier|just now)$",
    re.I,
)
_DIGIT = re.compile(r"\d")
_MOST_LISTS = 20
_MOST_ELEMENTS = 400
"""More stand in no comment; then only its beginning and its end are searched for a time."""


def read_moment(own: Sequence[Told], language: str | None) -> tuple[datetime | None, HtmlElement | None]:
    """The time, None for one such as "2 hours ago", and the element that tells it."""
    own = own if len(own) <= _MOST_ELEMENTS else [*own[: _MOST_ELEMENTS // 2], *own[-_MOST_ELEMENTS // 2 :]]
    facts = _facts([e for e, _ in own])
    own = [pair for pair in own if pair[0] not in facts] if facts else own
    for element, _ in own:
        stated = _stated(element)
        if stated:
            return stated, element
    dated = [e for e, hint in own if hint.time or (e.get("title") and e.tag in ("a", "abbr", "span"))]
    for element, text in _time_texts(dated, [e for e, _ in own]):
        time = read_time(text, language) if text and len(text) > 5 and _DIGIT.search(text) else None
        if time:
            return time, element
    return None, next((e for e, _ in own if e.tag == "time" or _AGO.match(direct(e)[:41])), None)


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
        yield element, short_text(element, LONGEST_TIME) or direct(element)
    for element in own:
        yield element, element.get("title")
        if len(element) or element.tag not in ("p", "blockquote"):
            text = direct(element)
            if len(text) > LONGEST_TIME // 2:  # a text that stands beside its time may speak of other days
                yield element, text[: LONGEST_TIME // 2]
            yield element, text
    for element in own[1:]:
        yield element, short_text(element, LONGEST_TIME // 2)


def _facts(own: Sequence[HtmlElement]) -> set[HtmlElement]:
    """What tells other times: a list of facts about the author, such as when they joined, a note on an edit."""
    lists = [e for e in own if e.tag == "dl" and _JOINED.search(short_text(e, 400) or "")][:_MOST_LISTS]
    boxes = (above for facts in lists for above in facts.iterancestors() if short_text(above, LONGEST_TIME) is not None)
    notes = [e for e in own if e.text and is_edited(e)]
    return {e for part in (*lists, *notes) for e in part.iter()} | set(islice(boxes, MOST_CANDIDATES))


def without_edges(text: str, published: datetime | None, language: str | None) -> str:
    """The text without a first line that only says "says:", and a first or last one that is nothing but the time."""
    rows = text.split("\n")
    if len(rows) > 1 and _SPEAKS.match(rows[0][:LONGEST_TIME]):
        del rows[0]
    rows[0] = _IN_BRACKETS.sub("", rows[0], count=1) if read_time(rows[0][: LONGEST_TIME // 2], language) else rows[0]
    for at in (0, -1):
        row = rows[at] if len(rows[at]) <= LONGEST_TIME // 2 else ""
        if len(rows) > 1 and (_AGO.match(row) or (published is not None and read_time(row, language) == published)):
            del rows[at]
    return "\n".join(rows)
