"""What all engines that read HTML share: the parts of an item, its author, time and text, and the tree of a thread."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawler.dom import flat_text, lines, named, squeeze
from crawler.items import Comment, normalise
from crawler.times import from_epoch, read_iso, read_time

Parts = tuple[HtmlElement, ...]
"""One comment in the tree: usually one element, in definition lists a `dt` with the `dd`s after it."""

_EXTRAS = re.compile(
    r"(^|[-_])(reply|replies|report|share|sharing|likes?|votes?|rating|edit|permalink|flag|abuse|avatar|tools?|"
    r"toolbar|"
    r"actions?|buttons?|respond|moderation|awaiting|dropdown|hovercard|subscribe|hidden|separator)([-_]|s?$)",
    re.I,
)
_META = re.compile(
    r"(^|[-_])(meta|metadata|vcard|author|byline|date|time|timestamp|datestamp|header|says|posted|user|username|cite|"
    r"name|details|info)([-_]|$)|commentmetadata|commentheader|comment-?id$",
    re.I,
)
_CONTENT = (
    re.compile(r"comment[-_]*(content|text|message|copy|entry)|message-text|reply-content|post-body", re.I),
    re.compile(r"comment[-_]*body|commentbody|comment[-_]inner|comment_body", re.I),
    re.compile(r"(^|[-_])(content|message|text|body|post-text)([-_]|$)", re.I),
)
_AUTHOR = (
    re.compile(r"^(fn|author)$|author[-_]?name|display[-_]?name|user[-_]?name|commenter|comment[-_]by"),
    re.compile(r"(^|[-_])author([-_]|$)|posted-?by|^user$|(^|[-_])(nick|nickname|poster|person)([-_]|$)"),
    re.compile(r"(^|[-_])(user|name|from|byline|handle|owner)([-_]|$)"),
)
_PICTURE = re.compile(r"avatar|image|photo|picture|profile|hovercard|dropdown", re.I)
_ADDRESSEE = re.compile(r"in-?reply-?to|replyto|reply-author|replied", re.I)
_TIME = re.compile(
    r"(^|[-_])(date|time|timestamp|datestamp|posted|published|created|when|ago)([-_]|$)|date|metadata", re.I
)
_SAYS = re.compile(
    r"^(posted by|comment by|by|von|por|par|di|door|written by)\b[:\s]+|"
    r"[\s,]*\b(says?|said|wrote|writes|commented|sagt|sagte|schrieb|schreibt|meint|dice|dijo|escribió|dit|a dit|"
    r"ha detto|scrive|zegt|disse|diz|пишет)?\s*(\.\.\.|…|:)?\s*$",
    re.I,
)
_BUTTON = re.compile(
    r"^(reply|antworten|responder|répondre|rispondi|beantwoorden|report( (abuse|this comment|comment))?|like|"
    r"share|link|"
    r"permalink|edit|delete|flag|quote|\(?edit\)?|log in to reply|melden|#?\d+\.?|profile|follow|unfollow|more|"
    r"details|"
    r"link to this|\(hide\)|mark as spam|수정|답글|회신|回覆|ответить)$",
    re.I,
)
_DEEPEST = 100
_LEADING_NUMBER = re.compile(r"^#?\d{1,4}\s*[.):]\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """How one engine's markup differs from the common case: class or id patterns that are tried first."""

    author: re.Pattern[str] | None = None
    content: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """What one item says, before it is given its place in the thread."""

    author: str | None
    published: datetime | None
    text: str
    likes: int | None = None
    permalink: str | None = None


def descend(parts: Parts, others: Collection[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements of one item in document order, without those of the items nested in it."""
    stack = list(reversed(parts))
    while stack:
        node = stack.pop()
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and (node in parts or node not in others):
            yield node
            stack.extend(reversed(node))


def read_fields(parts: Parts, others: Collection[HtmlElement], how: Reading, language: str | None) -> Fields:
    """Author, time, text, likes and link of one item; `others` are the elements of all items."""
    own = list(descend(parts, others))
    content = _content(own, others, how)
    inside = set() if content is None else set(descend((content,), others))
    outside = [element for element in own if element not in inside]
    author, named_by = _author(outside, how)
    published, dated_by = _time(outside, language)
    if content is not None:
        text = lines([content], lambda e: e in others or _is_extra(e))
    else:
        told = {e for e in (named_by, dated_by) if e is not None}
        text = lines(parts, lambda e: e in others or e in told or _is_extra(e) or _is_meta(e, told))
    return Fields(author, published, text, _likes(own), _permalink(own))


def text_without(parts: Parts, others: Collection[HtmlElement], told: Collection[HtmlElement]) -> str:
    """The text of one item without the elements that tell its author and time, and without buttons."""
    return lines(parts, lambda e: e in others or e in told or _is_extra(e))


def _content(own: Sequence[HtmlElement], others: Collection[HtmlElement], how: Reading) -> HtmlElement | None:
    """The element that holds the text and nothing about it."""
    marked = [e for e in own if e.get("itemprop") in ("text", "commentText", "reviewBody")]
    patterns = ([how.content] if how.content else []) + list(_CONTENT)
    for pattern in patterns:
        marked += [e for e in own[1:] if e.tag != "a" and named(e, pattern)]
    for element in marked:
        if not _holds_meta(element, others) and lines([element], lambda e: e in others or _is_extra(e)):
            return element
    return None


def _holds_meta(element: HtmlElement, others: Collection[HtmlElement]) -> bool:
    return any(
        e is not element and (e.tag in ("time", "cite") or named(e, _META))
        for e in descend((element,), others)
        if e.tag not in ("p", "blockquote") and not _is_extra(e)
    )


def _is_extra(element: HtmlElement) -> bool:
    """Buttons, votes, avatars: what stands around a comment and is no part of it."""
    if element.tag in ("button", "form", "nav") or element.get("aria-hidden") == "true":
        return True
    text = None
    if named(element, _EXTRAS):
        text = flat_text(element)
        if len(text) < 60 or element.tag == "a":
            return True
    if element.tag in ("a", "span", "li"):
        return bool(_BUTTON.match(text if text is not None else flat_text(element)))
    return False


def _is_meta(element: HtmlElement, told: Collection[HtmlElement]) -> bool:
    if element.tag in ("cite", "time") or named(element, _META):
        return len(flat_text(element)) < 150
    return any(child in told for child in element) and len(flat_text(element)) < 80


def _author(own: Sequence[HtmlElement], how: Reading) -> tuple[str | None, HtmlElement | None]:
    for element in _author_elements(own, how):
        name = clean_author(element.get("content") or _leading_text(element))
        if name:
            return name, element
    for element in (e for e in own[1:] if named(e, _META)):
        for text in (element.text, *(child.tail for child in element)):
            name = clean_author(text or "")
            if name:
                return name, element
    return None, None


def _author_elements(own: Sequence[HtmlElement], how: Reading) -> Iterator[HtmlElement]:
    """Where the name may stand, likeliest first."""
    if how.author:
        yield from (e for e in own if named(e, how.author))
    yield from (e for e in own if e.get("itemprop") == "author" and e.get("content"))
    yield from (e for e in own if e.get("itemprop") == "name")
    own = [e for e in own if not named(e, _ADDRESSEE) and not named(e.getparent(), _ADDRESSEE)]
    said = [e for e in own[1:] if e.tag not in ("img", "ul") and not named(e, _PICTURE)]
    yield from (e for e in said if named(e, _AUTHOR[0]))
    yield from (e for e in own if e.get("itemprop") == "author" or e.tag == "cite")
    yield from (e for e in said if named(e, _AUTHOR[1]))
    yield from (e for e in said if named(e, _AUTHOR[2]))
    yield from (e for e in own if e.tag in ("a", "b", "strong", "h3", "h4", "h5"))


def _leading_text(element: HtmlElement) -> str:
    """The name in an element that may also hold dates and buttons: its links and spans are read one by one."""
    for child in element.iterdescendants("a", "b", "strong", "cite", "span"):
        text = clean_author(flat_text(child))
        if text and flat_text(element).startswith(flat_text(child)):
            return text
    return flat_text(element)


def clean_author(text: str) -> str | None:
    """A name without "says:", numbers and labels; None when it is no name at all."""
    name = _SAYS.sub("", _LEADING_NUMBER.sub("", squeeze(text))).strip(" :,|•·–—-")
    if not 0 < len(name) <= 60 or _BUTTON.match(name) or not re.search(r"\w", name):
        return None
    return None if read_time(name) or re.search(r"\b(ago|https?:)|^vor \d", name) else name


def _time(own: Sequence[HtmlElement], language: str | None) -> tuple[datetime | None, HtmlElement | None]:
    for element in own:
        stated = _stated(element)
        if stated:
            return stated, element
    dated = [e for e in own if named(e, _TIME) or (e.get("title") and e.tag in ("a", "abbr", "span"))]
    for element in dated + list(own):
        for text in (element.get("title"), _short_text(element)):
            time = read_time(text, language)
            if time:
                return time, element
    return None, None


def _stated(element: HtmlElement) -> datetime | None:
    """The time an element states for machines."""
    if element.tag == "time" or element.get("itemprop") in ("datePublished", "dateCreated", "commentTime"):
        return read_iso(element.get("datetime") or element.get("content") or "")
    for name, value in element.items():
        if name.startswith("data-") and "time" in name and re.fullmatch(r"\d{10}(\d{3})?", value):
            return from_epoch(float(value))
    return None


def _short_text(element: HtmlElement) -> str:
    text = flat_text(element)
    return text if len(text) <= 120 else squeeze(" ".join(t for t in (element.text, *(c.tail for c in element)) if t))


def _likes(own: Sequence[HtmlElement]) -> int | None:
    for element in own:
        if element.get("itemprop") == "upvoteCount" or named(
            element, re.compile(r"(^|[-_])(like|vote|upvote)s?[-_]count")
        ):
            found = re.fullmatch(r"\+?(-?\d+)( likes?)?", squeeze(element.get("content") or flat_text(element)), re.I)
            if found:
                return int(found[1])
    return None


def _permalink(own: Sequence[HtmlElement]) -> str | None:
    for element in own:
        href = element.get("href") or ""
        if element.tag == "a" and re.search(r"#\D{0,20}\d{2,}$|#comment-?\d+", href) and "replytocom" not in href:
            return href
    return None


def stable_id(fields: Fields) -> str:
    """An id for a comment whose page gives none: equal on every visit."""
    seed = f"{normalise(fields.author or '')}|{fields.published or ''}|{normalise(fields.text)[:80]}"
    return hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()


def make_comment(fields: Fields, given_id: str | None, parent: str | None, depth: int, base: str) -> Comment:
    """A comment from what its item says and where it stands."""
    link = urljoin(base, fields.permalink) if fields.permalink else None
    return Comment(
        id=given_id or stable_id(fields),
        author=fields.author,
        text=fields.text,
        published=fields.published,
        parent=parent,
        depth=depth,
        likes=fields.likes,
        permalink=link,
    )


def unique(comments: Iterable[Comment]) -> tuple[Comment, ...]:
    """Each id once, first come first kept; a parent that is not there is none; depths follow the parents."""
    kept: dict[str, Comment] = {}
    for comment in comments:
        kept.setdefault(comment.id, comment)
    parents = {name: comment.parent if comment.parent in kept else None for name, comment in kept.items()}
    return tuple(_placed(comment, parents) for comment in kept.values())


def _placed(comment: Comment, parents: dict[str, str | None]) -> Comment:
    """The comment with its depth; one that answers itself in a ring is cut loose."""
    at = parents[comment.id]
    for depth in range(_DEEPEST):
        if at is None:
            return replace(comment, parent=parents[comment.id], depth=depth)
        at = parents[at]
    parents[comment.id] = None
    return replace(comment, parent=None, depth=0)
