"""Which lines of the article's element are the article: not its headline, bylines, pointers, calls to act, credits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from crawler.body import phrases
from crawler.body.lines import Line
from crawler.items import normalise
from crawler.metadata import Metadata
from crawler.page.dom import HEADINGS, word_count

Block = tuple[bool, str]
"""Is it a heading, and its text."""

_LONGEST_CALL, _LONGEST_CAPTION = 220, 350
_LONGEST_HEADING, _LONGEST_BOLD = 160, 100
_FIRST, _LAST = 8, 4
_LONGEST_BIO = 500
_FIGURES, _DATE = re.compile(r"\d"), re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d")
_BETWEEN = frozenset("·•|/-–—»›,")
"""What stands alone between a name and a date."""
_IN_LISTS = ("li", "td", "th", "dt", "dd")
_LONGEST_TAIL, _LONGEST_TAIL_HEADING = 0.15, 60


def repaired(lines: Sequence[Line], meta: Metadata) -> list[Block]:
    """Those of the lines that are the article."""
    names = [normalise(name) for name in meta.authors]
    kept = list(_without_frame(lines, normalise(meta.title), names))
    kept = _without_empty_headings(_without_tail(kept, names))
    pairs = pairwise([*kept, Line(0, "p", "")])
    return [(_is_heading(line) or _heads(line, below), line.text) for line, below in pairs]


def _is_heading(line: Line) -> bool:
    return line.kind in HEADINGS and len(line.text) <= _LONGEST_HEADING


def _heads(line: Line, below: Line) -> bool:
    """A short bold line over a text is a heading, whatever its tag."""
    bold = line.kind not in (*_IN_LISTS, "blockquote", "figcaption") and line.strong >= 0.9 * len(line.text)
    return bold and len(line.text) <= _LONGEST_BOLD and line.text[-1] not in ".,;" and below.prose > 2 * below.strong


def is_caption(text: str) -> bool:
    """Does a line say whose picture stands above it?"""
    behind = len(text) <= _LONGEST_CAPTION and phrases.CREDIT_BEHIND.search(text)
    return bool(behind or (len(text) <= _LONGEST_CALL and phrases.CREDIT.match(text)))


def _without_frame(lines: Sequence[Line], title: str, names: Sequence[str]) -> Iterator[Line]:
    """The lines without the headline repeated, bylines, calls to action, pointers and credits among them."""
    heads = _heads_below(lines)
    text = next((number for number, line in enumerate(lines) if line.prose), 0)
    for number, line in enumerate(lines):
        # in a list or table behind the first paragraph it would be one of a cast, or of dates
        at_top = number < (text if line.kind in _IN_LISTS else _FIRST)
        if at_top and _is_top(line.text, title, names):
            continue
        if number >= len(lines) - _LAST and _is_sign_off(line.text, names):
            continue
        if line.kind in HEADINGS:
            wanted = not (phrases.CALL.match(line.text) or (line.links and phrases.POINTER.match(line.text)))
        else:
            wanted = not _is_frame(line) and heads.get(line.text.casefold(), -1) <= number
        if not wanted:
            continue
        yield line


def _is_top(text: str, title: str, names: Sequence[str]) -> bool:
    """Is it the headline, the byline or the date?"""
    plain = normalise(text) if len(text) <= _LONGEST_BIO else ""
    return plain == title or plain in phrases.LEADS or _is_byline(plain, names) or _is_date(text)


def _heads_below(lines: Sequence[Line]) -> dict[str, int]:
    """The headings and where they stand; a line before that says the same is a table of contents."""
    return {line.text.casefold(): number for number, line in enumerate(lines) if line.kind in HEADINGS}


def _is_frame(line: Line) -> bool:
    text = line.text
    if is_caption(text) or (len(text) <= _LONGEST_CALL and _is_furniture(text)):
        return True
    if (len(text) <= 60 and phrases.WAIT.match(text)) or text in _BETWEEN:
        return True
    points = line.kind not in _IN_LISTS and 2 * line.linked > len(text) and len(text) <= _LONGEST_CALL
    if points and phrases.ELSEWHERE.match(text):
        return True
    # a paragraph that is one link points elsewhere; a list of names is one of links
    alone = line.only_link and line.kind not in ("li", "td", "th", "blockquote")
    return alone and word_count(text) > 3 and text[-1] not in ".?!"


def _is_date(text: str) -> bool:
    """Does a line say nothing but when?"""
    words = re.findall(r"[^\W\d_]+", text.lower()) if len(text) < 90 else ["…"]
    figures = _FIGURES if words else _DATE
    return bool(figures.search(text)) and all(word in phrases.DATE_WORDS for word in words)


def _is_furniture(text: str) -> bool:
    return bool(phrases.POINTER.match(text) or phrases.CALL.match(text) or phrases.CALL_WITHIN.search(text))


def _is_sign_off(text: str, names: Sequence[str]) -> bool:
    if len(text) > _LONGEST_BIO:
        return False
    plain = normalise(text)
    by_author = any(plain.startswith(name) for name in names)
    return bool(phrases.SIGN_OFF.match(text) or (phrases.BIO.match(text) and (by_author or "@" in text)))


def _without_tail(lines: list[Line], names: Sequence[str]) -> list[Line]:
    """The lines up to "About the author", "Related posts" or the author's name behind the text; elsewhere without."""
    left = sum(line.prose for line in lines)
    most = _LONGEST_TAIL * left
    kept: list[Line] = []
    for line in lines:
        if len(line.text) < _LONGEST_TAIL_HEADING and _heads_tail(line, names):
            if left <= most:
                break
            continue
        left -= line.prose
        kept.append(line)
    return kept


def _heads_tail(line: Line, names: Sequence[str]) -> bool:
    by_author = line.kind != "li" and normalise(line.text) in names
    return by_author or bool(phrases.BEHIND_ARTICLE.match(line.text))


def _without_empty_headings(lines: list[Line]) -> list[Line]:
    """Headings at the end have nothing to head."""
    end = len(lines)
    while end and _is_heading(lines[end - 1]):
        end -= 1
    return lines[:end]


def _is_byline(plain: str, names: Sequence[str]) -> bool:
    return len(plain) < 90 and any(name in plain and len(plain) < len(name) + 45 for name in names)
