"""What class names and ids say about the parts of a comment. Each distinct string of names is judged once."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from lxml.html import HtmlElement

_EXTRA = re.compile(
    r"(^|[-_])(reply|replies|report|share|sharing|likes?|votes?|rating|edit|permalink|flag|abuse|avatar|tools?|"
    r"toolbar|actions?|buttons?|respond|moderation|awaiting|dropdown|hovercard|subscribe|hidden|separator)([-_]|s?$)"
)
_META = re.compile(
    r"(^|[-_])(meta|metadata|vcard|author|byline|date|time|timestamp|datestamp|header|says|posted|user|username|cite|"
    r"name|details|info|submitted|attribution)([-_]|$)|commentmetadata|commentheader|comment-?id$"
)
_CONTENT = (
    re.compile(r"comment[-_]*(content|text|message|copy|entry)|message-text|reply-content|post-body"),
    re.compile(r"comment[-_]*body|commentbody|comment[-_]inner|comment_body|bb-?wrapper|message-?content"),
    re.compile(r"(^|[-_])(content|message|text|body|post-text|inhalt|tekst|texte|texto|testo|cmtext)([-_]|$)"),
)
_AUTHOR = (
    re.compile(r"^(fn|author)$|author[-_]?name|display[-_]?name|user[-_]?name|commenter|comment[-_]by"),
    re.compile(
        r"(^|[-_])author([-_]|$)|posted-?by|^user$|(^|[-_])(nick|nickname|poster|person|autore?|auteur|verfasser|"
        r"pseudo|usuario|utente|gebruiker)([-_]|$)"
    ),
    re.compile(r"(^|[-_])(user|name|from|byline|handle|owner|nom|nombre|nome|naam)([-_]|$)"),
)
_FIGURES = re.compile(r"\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PICTURE = re.compile(r"avatar|image|photo|picture|profile|hovercard|dropdown")
_BADGE = re.compile(
    r"badge|(^|[-_])(roles?|rank|flair|label|tags?|level|status|karma|reputation|fans|followers)([-_]|$)|"
    r"(user|custom|member)[-_]?title"
)
_ADDRESSEE = re.compile(
    r"in-?reply-?to|reply-?to([-_]|$)|reply-author|replied|(comment|reply)[-_]+parent$|parent[-_]link"
)
_TIME = re.compile(r"(^|[-_])(time|timestamp|posted|published|created|when|ago)([-_]|$)|date|metadata")
_LIKES = re.compile(r"(^|[-_])(like|vote|upvote)s?[-_]count")


@dataclass(frozen=True, slots=True)
class Hints:
    """What an element may be. `content` and `author`: 1 for the surest names, 3 for vague ones, else 0."""

    extra: bool
    meta: bool
    content: int
    author: int
    picture: bool
    badge: bool
    addressee: bool
    time: bool
    likes: bool


def hints(element: HtmlElement) -> Hints:
    """What the class names and the id of an element hint at, whatever figures they have."""
    return _read(element.get("class") or "", element.get("id") or "")


@functools.lru_cache(maxsize=20_000)
def _read(classes: str, name: str) -> Hints:
    return _hints(_FIGURES.sub("0", _HUMP.sub("-", f"{classes} {name}")).lower())


@functools.lru_cache(maxsize=20_000)
def _hints(names: str) -> Hints:
    words = names.split()
    badge = _any(_BADGE, words)
    return Hints(
        extra=_any(_EXTRA, words),
        meta=_any(_META, words),
        content=_first(_CONTENT, words),
        author=0 if badge else _first(_AUTHOR, words),
        picture=_any(_PICTURE, words),
        badge=badge,
        addressee=_any(_ADDRESSEE, words),
        time=_any(_TIME, words),
        likes=_any(_LIKES, words),
    )


def _any(pattern: re.Pattern[str], words: list[str]) -> bool:
    return any(pattern.search(word) for word in words)


def _first(patterns: tuple[re.Pattern[str], ...], words: list[str]) -> int:
    return next((rank for rank, pattern in enumerate(patterns, 1) if _any(pattern, words)), 0)
