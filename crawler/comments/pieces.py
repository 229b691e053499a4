"""The pieces of a comment's markup: its elements, their short texts, and what of them is no part of what was said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.comments.buttons import is_button
from crawler.comments.hints import Hints, hints
from crawler.page.dom import flat_text, squeeze

Parts = tuple[HtmlElement, ...]
"""One comment in the tree: usually one element, in definition lists a `dt` with the `dd`s after it."""

Told = tuple[HtmlElement, Hints]
"""An element and what its names hint at."""

_EDITED = re.compile(
    r"(last (edited|updated|modified)|edited (by|on|at)|(zuletzt|nachträglich) (bearbeitet|geändert|editiert)|"
    r"bearbeitet (von|am)|dernière modification|modifié (le|par)|última (edición|edição)|editado (por|el|em)|"
    r"ultima modifica|modificato (il|da)|laatst (bewerkt|gewijzigd)|senast (redigerad|ändrad))\b",
)
PERMALINK = re.compile(r"#\D{0,20}\d{2,}$|#comment-?\d+")
_SHORTEST_NOTE = 25
LONGEST_TIME = 120
MOST_CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """How one engine's markup differs from the common case: class or id patterns that are tried first.

    `labels` are the short texts that stand in each item of a thread: buttons, whatever their language.
    """

    author: re.Pattern[str] | None = None
    content: re.Pattern[str] | None = None
    labels: frozenset[str] = frozenset()


def descend(parts: Parts, others: Collection[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements of one item in document order, without those of the items nested in it."""
    own = set(parts)
    stack = list(reversed(parts))
    while stack:
        node = stack.pop()
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and (node not in others or node in own):
            yield node
            stack.extend(reversed(node))


def is_extra(element: HtmlElement, labels: frozenset[str] = frozenset()) -> bool:
    """Buttons, votes, avatars: what stands around a comment and is no part of it."""
    if labels and not len(element) and element.tag not in ("p", "blockquote") and squeeze(element.text or "") in labels:
        return True
    if element.tag in ("button", "form", "nav") or element.get("aria-hidden") == "true":
        return True
    if element.tag == "blockquote":
        return False
    if is_edited(element):
        return True
    text = None
    if hints(element).extra:
        text = flat_text(element)
        if len(text) < 60 or element.tag == "a":
            return True
    if element.tag in ("a", "span", "li"):
        return is_button(text if text is not None else (short_text(element, 60) or ""))
    return False


def is_edited(element: HtmlElement | None) -> bool:
    """A note on when it was last changed."""
    if element is None or not element.text or not (len(element) or len(element.text) > _SHORTEST_NOTE):
        return False
    if not _EDITED.match(element.text.lstrip(" \n\t([*")[:_SHORTEST_NOTE].lower()):
        return False
    return short_text(element, LONGEST_TIME) is not None


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


def direct(element: HtmlElement) -> str:
    """What stands in the element itself, not in others within it."""
    return squeeze(" ".join(t for t in (element.text, *(c.tail for c in element)) if t))[: LONGEST_TIME + 1]
