"""JSON-LD of a page as plain nodes, whatever way a site nests them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from lxml.html import HtmlElement

Node = dict[str, Any]
_MOST_NODES = 2_000


def graph(tree: HtmlElement) -> list[Node]:
    """All nodes of all JSON-LD scripts, outer before inner. Broken scripts are passed over."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            _gather(_load(script.text or ""), nodes)
    return nodes


def _load(text: str) -> Any:
    text = re.sub(
        r"^\s*(<!--|//<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)|(-->|//\]\]>|\]\]>)\s*;?\s*$", "", text.strip()
    ).strip()
    try:
        return json.loads(text.rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        pass
    try:  # raw line ends inside strings and trailing commas are the common faults
        return json.loads(re.sub(r",\s*([}\]])", r"\1", text), strict=False)
    except (ValueError, RecursionError):
        return None


def _gather(value: Any, nodes: list[Node]) -> None:
    waiting = [value]
    while waiting and len(nodes) < _MOST_NODES:
        value = waiting.pop(0)
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
    return not types(node).isdisjoint(names)


def as_list(value: Any) -> list[Any]:
    """A value that may stand alone or in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def text_of(value: Any) -> str:
    """A value as text: the first of a list, the `@value`, entities resolved."""
    value = next(iter(as_list(value)), "")
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("@id") or ""
    return html.unescape(str(value)).strip() if isinstance(value, str | int | float) else ""


def figure(value: Any) -> int | None:
    """A count, given as a number or in digits."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"\d{1,7}", text) else None
