"""What the engines of comment services share: reading their answers, which may be anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from crawler.comments.thread import unique
from crawler.items import Comment
from crawler.page.parsed import ParsedPage


def load(text: str | bytes, what: str, url: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises ValueError, naming what was asked, when it is none."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not an answer of {what} at {url}: {error}") from None
    if not isinstance(answer, dict):
        raise ValueError(f"not an answer of {what} at {url}: it is no object")
    return answer


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; nothing where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: Any, *keys: str) -> Any:
    """What stands below these keys, None where the way ends."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def count(value: Any) -> int | None:
    """A figure that counts something."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def scripts(page: ParsedPage) -> Iterable[str]:
    """The scripts that stand in the page itself."""
    return (script.text for script in page.outline.tags.get("script", ()) if script.text)


def told(texts: Iterable[str], key: str) -> str | None:
    """The string that a script assigns to a name: `key = '…'` or `key: "…"`; one put together by code is none."""
    pattern = re.compile(rf"""\b{key}["']?\s*[:=]\s*(?:"([^"\n]{{1,500}})"|'([^'\n]{{1,500}})')(?!\s*\+)""")
    found = next((match for text in texts if (match := pattern.search(text))), None)
    return (found[1] or found[2]).replace("\\/", "/") if found else None


def kept(comments: Iterable[Comment], parents: dict[str, str | None]) -> tuple[Comment, ...]:
    """A thread in which what answered a removed comment answers the next one above it that is still there.

    `parents` has all comments of the answer, the removed ones too; a parent that is not among them stands in another
    answer, and is found when the answers are joined.
    """
    comments = list(comments)
    there = {comment.id for comment in comments}
    above = {comment.id: _nearest(comment.parent, parents, there) for comment in comments}
    placed = unique(replace(comment, parent=above[comment.id]) for comment in comments)
    return tuple(c if above[c.id] in there else replace(c, parent=above[c.id]) for c in placed)


def _nearest(parent: str | None, parents: dict[str, str | None], there: set[str]) -> str | None:
    seen: set[str] = set()
    while parent is not None and parent not in there and parent in parents and parent not in seen:
        seen.add(parent)
        parent = parents[parent]
    return parent
