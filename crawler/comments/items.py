"""From the elements that are comments to a thread: who answers whom, how many there are said to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from lxml.html import HtmlElement

from crawler.comments.base import ParsedPage
from crawler.comments.reading import Fields, Parts, Reading, make_comment, read_fields, unique
from crawler.dom import named, squeeze
from crawler.items import Comment

_GIVEN_ID = re.compile(r"\d{2,}|comment-?_?\d+|c\d+")
_DEPTH = re.compile(r"(?:^|\s)depth-(\d+)(?:\s|$)")
_NOISE = re.compile(r"^(li|div|article|dsq)-(?=comment)")
_COUNT_WORDS = (
    r"comments?|responses?|repl(?:y|ies)|thoughts? on|gedanken? zu|kommentare?n?|antworten|leser(?:kommentare|"
    r"meinungen)|"
    r"comentarios?|respuestas?|opiniones|commentaires?|réponses?|réactions?|reacties?|commenti|commento|risposte|"
    r"comentários?|respostas?|kommentarer|kommentit|комментари\w+|комментариев|yorum|komentarz[ey]?|komentářů|"
    r"留言|条评论|則留言|留言列表|留言"
)
_ONE = "one|an?|ein|eine|un|una|une|um|uma|één|один"
_NONE = "no|keine|noch keine|sin|aucun|nessun|geen|sem|nenhum|нет"
_STATED = (
    re.compile(rf"(?:^|[\s(])(?P<n>\d[\d.,]*)\s*(?:{_COUNT_WORDS})(?:$|[\s:.…)(“\"„«»,!}}])", re.I),
    re.compile(rf"^(?:alle|all|show|view|see)?\s*(?:{_COUNT_WORDS})\s*[:(]?\s*[(:\[]\s*(?P<n>\d[\d.,]*)\b", re.I),
    re.compile(rf"^(?:{_COUNT_WORDS})\s+(?P<n>[1-9][\d.,]*)$", re.I),
    re.compile(r"댓글\s*[:(]?\s*(?P<n>\d[\d,]*)\s*개?|(?P<n2>\d[\d,]*)\s*개?의?\s*댓글"),
    re.compile(rf"^(?P<one>{_ONE})\s+(?:{_COUNT_WORDS})(?:$|[\s:.(“\"„«])", re.I),
    re.compile(rf"^(?P<none>{_NONE})\s+(?:{_COUNT_WORDS})(?:$|[\s:.(“\"„«])", re.I),
)


FieldReader = Callable[[Parts, Collection[HtmlElement], Reading, str | None], Fields]


def read_items(
    items: Sequence[Parts],
    page: ParsedPage,
    how: Reading,
    language: str | None,
    read: FieldReader = read_fields,
) -> tuple[Comment, ...]:
    """The comments of these items, in page order."""
    owner = {element: number for number, parts in enumerate(items) for element in parts}
    ids: list[str] = []
    stack: list[tuple[int, str]] = []
    comments: list[Comment] = []
    for parts in items:
        fields = read(parts, owner.keys(), how, language)
        if not fields.text:
            ids.append("")
            continue
        parent = _answered(parts, owner, ids) or _above(parts, stack)
        comment = make_comment(fields, given_id(parts), parent, 0, page.url)
        ids.append(comment.id)
        comments.append(comment)
        _push(parts, comment.id, stack)
    return unique(comments)


def _answered(parts: Parts, owner: dict[HtmlElement, int], ids: Sequence[str]) -> str | None:
    """The id of the comment whose element holds this one, or that this one names as its parent."""
    named_parent = parts[0].get("data-parentid") or parts[0].get("data-parent-id") or parts[0].get("data-parent")
    if named_parent:
        match = next((i for i in ids if i and re.search(rf"(^|\D){re.escape(named_parent)}$", i)), None)
        if match:
            return match
    for ancestor in parts[0].iterancestors():
        number = owner.get(ancestor)
        if number is not None and number < len(ids) and ids[number]:
            return ids[number]
    return _list_owner(parts[0], owner, ids)


def _list_owner(element: HtmlElement, owner: dict[HtmlElement, int], ids: Sequence[str]) -> str | None:
    """Replies in a list of their own that stands right behind the comment they answer."""
    above = element.getparent()
    if above is None or not named(
        above, re.compile(r"^children$|(^|[-_])(replies|children|thread|answers)([-_]|$)", re.I)
    ):
        return None
    before = above.getprevious()
    number = owner.get(before) if before is not None else None
    return ids[number] or None if number is not None and number < len(ids) else None


def _above(parts: Parts, stack: Sequence[tuple[int, str]]) -> str | None:
    """The parent that class names such as `depth-2` tell of in a flat list."""
    depth = _stated_depth(parts)
    if depth is None:
        return None
    return next((name for level, name in reversed(stack) if level < depth), None)


def _push(parts: Parts, name: str, stack: list[tuple[int, str]]) -> None:
    depth = _stated_depth(parts)
    if depth is not None:
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, name))


def _stated_depth(parts: Parts) -> int | None:
    found = _DEPTH.search(parts[0].get("class") or "")
    return int(found[1]) if found else None


def given_id(parts: Parts) -> str | None:
    """The page's own id of a comment, e.g. `comment-21`."""
    for element in parts:
        name = element.get("id") or element.get("data-id") or element.get("data-cid") or ""
        if _GIVEN_ID.search(name):
            return _NOISE.sub("", name)
    return None


def stated_count(text: str) -> int | None:
    """How many comments a short text states: "There are 10 comments", "Kommentare (3)", "댓글 5개"."""
    text = squeeze(text)
    if not text or len(text) > 250:
        return None
    for pattern in _STATED:
        found = pattern.search(text)
        if found:
            return _number({name: value for name, value in found.groupdict().items() if value})
    return None


def _number(groups: dict[str, str]) -> int | None:
    if "one" in groups or "none" in groups:
        return 1 if "one" in groups else 0
    digits = re.sub(r"\D", "", groups.get("n") or groups.get("n2") or "")
    return int(digits) if 0 < len(digits) <= 7 else None


_PLACES = re.compile(
    r"comment|kommentar|comentario|comentário|commenti|reacti(on|e)|repl(y|ies)|responses?|discussion|disqus|"
    r"dsq|talkback",
    re.I,
)
_ELSEWHERE = re.compile(r"recent|latest|popular|related|sidebar|widget_recent|teaser|most|trending|footer-", re.I)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "summary")


def declared_count(page: ParsedPage, elements: Sequence[HtmlElement]) -> int | None:
    """What the page itself states about its thread, nearest to the thread first; None when it states nothing."""
    inside = set(elements)
    before: list[int] = []
    after: list[int] = []
    reached = False
    for element in _around(page.tree, inside):
        reached = reached or element in inside
        count = None if element in inside else _count_at(element)
        if count is not None:
            (after if reached else before).append(count)
    return before[-1] if before else after[0] if after else None


def _around(tree: HtmlElement, inside: set[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements in document order, without what stands in the comments."""
    stack = [tree]
    while stack:
        element = stack.pop()
        if isinstance(element.tag, str):
            yield element
            if element not in inside:
                stack.extend(reversed(element))


def _count_at(element: HtmlElement) -> int | None:
    if element.tag in ("script", "style", "option", "title", "meta") or len(element) > 8:
        return None
    if element.tag not in _HEADINGS and not _comment_place(element):
        return None
    count = stated_count(" ".join(element.itertext("*")))
    if count is None:
        return None
    above = (a for a in element.iterancestors() if a.tag not in ("body", "html") and next(a.iter("h1"), None) is None)
    return None if any(named(a, _ELSEWHERE) for a in (element, *above)) else count


def _comment_place(element: HtmlElement) -> bool:
    near = (element, element.getparent())
    if any(named(e, _PLACES) for e in near):
        return True
    href = element.get("href") or ""
    return bool(element.tag == "a" and re.search(r"#(comments|respond|disqus_thread|kommentare)", href))
