"""Repairs a body that was read too generously: pointers, calls to act, credits, bylines, what follows the article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.items import normalise
from crawler.metadata import Metadata

Block = tuple[bool, str]
"""Is it a heading, and its text."""

_FRAME = re.compile(
    r"^(read (more|next|also)|related( (posts?|articles?|stories|content|photos?|video|news))?|more (on|from|"
    r"about|in)\b.*|see also|"
    r"also (read|see)|recommended|watch( now| more| the video)?|sign up|subscribe|newsletter|follow us|"
    r"share( this)?|advertisement|"
    r"lesen sie auch|mehr zum thema|auch interessant|das könnte sie auch interessieren|lee también|"
    r"te puede interesar|"
    r"à lire aussi|lire aussi|leggi anche|leia (também|mais)|관련 ?기사)\b\s*[:：]",
    re.I,
)
_CALL = re.compile(
    r"^(click here (to|for)|sign up (for|to|here|now)|subscribe (to|now|here|on|today)|follow (us|me|"
    r"\w+ \w+) on|like us on|"
    r"join (us|our)|get (the latest|our|more) .{0,60}(newsletter|inbox|alerts?)|don(?:'|’)t miss|download (the|"
    r"our) app|"
    r"have a (tip|story)|got a (tip|story)|share (this|on)|tell your friends|support (us|our)|advertisement$|"
    r"copyright\b|©|photos?( by| courtesy|:| credit)|image( by| courtesy|:| credit)|picture:|credit:|bild(er)?:|"
    r"quelle:|foto(s)?:|getty images|"
    r"hier (geht|können|finden) .{0,60}newsletter|abonnieren sie|suscríbete|síguenos|inscrivez-vous|"
    r"abonnez-vous|iscriviti)",
    re.I,
)
_LONGEST_CALL = 220
_TAIL = re.compile(
    r"^(about the author|related (posts?|articles?|stories|content|news|topics)|recent posts?|latest (posts?|"
    r"news|stories)|more from|"
    r"you (may|might) also (like|enjoy)|recommended( for you)?|leave a (reply|comment)|comments?|post a comment|"
    r"share this|"
    r"most (read|popular|viewed)|über den autor|mehr zum thema|das könnte .{0,30}interessieren|"
    r"ähnliche (artikel|beiträge)|"
    r"artículos relacionados|sobre el autor|articles? (similaires|liés)|관련 ?기사)\b.{0,30}$",
    re.I,
)


def repaired(blocks: Sequence[Block], meta: Metadata) -> list[Block]:
    """The blocks that are the article."""
    return _without_tail(list(_without_frame(blocks, meta)))


def _without_frame(blocks: Sequence[Block], meta: Metadata) -> Iterator[Block]:
    """The blocks without the headline repeated, bylines, calls to action, pointers and credits among them."""
    title = normalise(meta.title)
    names = [normalise(name) for name in meta.authors]
    for number, (is_heading, text) in enumerate(blocks):
        plain = normalise(text)
        if number < 4 and plain == title:
            continue
        if len(text) <= _LONGEST_CALL and (_FRAME.match(text) or _CALL.match(text)):
            continue
        if number < 5 and len(text) < 90 and _is_byline(plain, names):
            continue
        yield is_heading, text


def _without_tail(blocks: list[Block]) -> list[Block]:
    """The blocks up to a line such as "About the author" or "Related posts" in the last part of the text."""
    whole = sum(len(text) for _, text in blocks)
    passed = 0
    for number, (_, text) in enumerate(blocks):
        if passed > 0.6 * whole and len(text) < 60 and _TAIL.match(text):
            return blocks[:number]
        passed += len(text)
    return blocks


def _is_byline(plain: str, names: Sequence[str]) -> bool:
    return any(name in plain and len(plain) < len(name) + 40 for name in names)
