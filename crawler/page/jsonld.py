"""JSON-LD of a page as plain nodes, whatever way a site nests them."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterable
from typing import Any

from lxml.html import HtmlElement

Node = dict[str, Any]
_MOST_NODES = 2_000
_FRAMES = ("<!--", "-->", "//<![CDATA[", "<![CDATA[", "//]]>", "]]>", "/*<![CDATA[*/", "/*]]>*/", "//", ";")


def graph(tree: HtmlElement) -> list[Node]:
    """All nodes of all JSON-LD scripts, outer before inner. Broken scripts are passed over."""
    return nodes_of(tree.iter("script"))


def nodes_of(scripts: Iterable[HtmlElement]) -> list[Node]:
    """All nodes of those scripts that are JSON-LD."""
    nodes: list[Node] = []
    for script in scripts:
        if "ld+json" in (script.get("type") or "").lower():
            _gather(_load(script.text or ""), nodes)
    return nodes


def _load(text: str) -> Any:
    text = _unframed(text.strip())
    for attempt in (str, _mended):
        try:
            return json.loads(attempt(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _unframed(text: str) -> str:
    """Without the comment marks and CDATA marks that hide a script from old browsers."""
    for _ in range(3):  # a mark inside a mark inside a mark; no script is hidden deeper
        for mark in _FRAMES:
            text = text.removeprefix(mark).removesuffix(mark).strip()
    return text


def _mended(text: str) -> str:
    """The common faults: trailing commas, quotation marks as entities."""
    if text.startswith(("{&quot;", "[{&quot;")):
        text = html.unescape(text)
    return re.sub(r",(?=\s*+[}\]])", "", text)


def _gather(value: Any, nodes: list[Node]) -> None:
    waiting = deque([value])
    while waiting and len(nodes) < _MOST_NODES:
        value = waiting.popleft()
        if isinstance(value, dict):
            nodes.append(value)
            waiting.extend(part for part in value.values() if isinstance(part, dict | list))
        elif isinstance(value, list):
            waiting.extend(part for part in value if isinstance(part, dict | list))


def types(node: Node) -> frozenset[str]:
    """The node's types without their namespace."""
    stated = as_list(node.get("@type"))
    return frozenset(re.split(r"[/#:]", str(name))[-1] for name in stated)


def is_a(node: Node, *names: str) -> bool:
    """Is the node of one of these types?"""
    stated = node.get("@type")
    if isinstance(stated, str):  # by far the most
        return stated in names or (not stated.isalnum() and re.split(r"[/#:]", stated)[-1] in names)
    return stated is not None and not types(node).isdisjoint(names)


def as_list(value: Any) -> list[Any]:
    """A value that may stand alone or in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def text_of(value: Any) -> str:
    """A value as text: the first of a list, the `@value`, entities resolved."""
    value = next(iter(as_list(value)), "")
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("@id") or ""
        value = next(iter(as_list(value)), "")
    return html.unescape(str(value)).strip() if isinstance(value, str | int | float) else ""


def figure(value: Any) -> int | None:
    """A count, given as a number or in digits."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"\d{1,7}", text) else None
