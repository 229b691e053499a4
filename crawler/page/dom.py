"""Reading elements: their names, their text in one line, their text in blocks. The tree is never changed."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from lxml.html import HtmlElement

_BLOCKS = """
address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
h5 h6
header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCKS.split())
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNREAD = frozenset(
    ["script", "style", "noscript", "template", "button", "form", "select", "textarea", "input", "svg", "iframe", "img"]
)


def words(element: HtmlElement) -> list[str]:
    """The id and class names of an element, lower case."""
    return names_of(element).split()


def named(element: HtmlElement | None, pattern: re.Pattern[str]) -> bool:
    """Does a class name or the id of the element match?"""
    return element is not None and any(matches(pattern, name) for name in names_of(element).split())


def names_of(element: HtmlElement) -> str:
    """The class names and the id of an element in one string, lower case."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


@functools.lru_cache(maxsize=50_000)
def matches(pattern: re.Pattern[str], name: str) -> bool:
    """Does a class name match? Pages and sites repeat the same few thousands of times."""
    return bool(pattern.search(name))


def squeeze(text: str) -> str:
    """The text with white space collapsed."""
    return " ".join(text.split())


def word_count(text: str) -> int:
    """How many words; in scripts that write none apart, three characters make one."""
    return len(text.split()) + (0 if text.isascii() else len(_UNSPACED.findall(text)) // 3)


def flat_text(element: HtmlElement) -> str:
    """All text of an element in one line."""
    return squeeze(" ".join(element.itertext("*"))) if len(element) else squeeze(element.text or "")


def lines(parts: Iterable[HtmlElement], skip: Callable[[HtmlElement], bool] = lambda _: False) -> str:
    """The visible text, one block a line. Subtrees for which `skip` holds are left out."""
    out: list[str] = []
    for part in parts:
        out.append("\n")
        _collect(part, skip, out)
    blocks = (squeeze(line) for line in "".join(out).split("\n"))
    return "\n".join(block for block in blocks if block.strip("|•·– -"))


def _collect(root: HtmlElement, skip: Callable[[HtmlElement], bool], out: list[str]) -> None:
    """Text in document order, without recursion: the markup of strangers may be nested at any depth."""
    stack: list[HtmlElement | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            out.append(node)
            continue
        tail = " ".join((node.tail or "").split("\n")) if node is not root else ""
        if not isinstance(node.tag, str) or node.tag in UNREAD or (node is not root and skip(node)):
            out.append(tail)
            continue
        edge = "\n" if node.tag in BLOCKS else ""
        if node.tag == "br":
            edge = "\n"
        out.append(edge + (node.text or "").replace("\n", " "))
        stack.append(edge + tail)
        stack.extend(reversed(node))
