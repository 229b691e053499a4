"""Isso: a script tag on the page names the service, which answers with the whole thread as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.comments.answers import kept
from crawler.comments.base import ThreadPart
from crawler.items import Comment
from crawler.page.parsed import ParsedPage, fragment_lines
from crawler.page.times import from_epoch

_NESTED_AT_MOST = 20


class Isso:
    """Threads of an Isso service. The page itself shows none of them."""

    name = "isso"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        script = next((s for s in page.outline.tags.get("script", ()) if s.get("data-isso")), None)
        if script is None:
            return None
        return ThreadPart(more=(f"{_service(script, page.url)}/?uri={quote(_uri(page), safe='')}",))

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        try:
            answer = json.loads(body)
            if not isinstance(answer, dict) or not isinstance(answer.get("replies"), list):
                raise ValueError("it holds no list of replies")
            return _part(answer, url, page_url)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"not an answer of Isso at {url}: {error}") from None


def _service(script: HtmlElement, page_url: str) -> str:
    return urljoin(page_url, (script.get("data-isso") or "").strip()).rstrip("/")


def _uri(page: ParsedPage) -> str:
    """The thread's key: `data-isso-id` where the author set one, else the page's path, as Isso's script takes it."""
    sections = [e for e in page.tree.iter() if isinstance(e.tag, str) and e.get("id") == "isso-thread"]
    given = next((e.get("data-isso-id") for e in sections if e.get("data-isso-id")), None)
    return given or urlsplit(page.url).path or "/"


def _part(answer: dict[str, Any], url: str, page_url: str) -> ThreadPart:
    comments = kept(_comments(answer["replies"], page_url, None, 0), {})
    hidden = _hidden(answer, url)
    total = answer.get("total_replies")
    return ThreadPart(comments, total if isinstance(total, int) and total >= 0 else None, hidden)


def _comments(replies: Any, page_url: str, parent: str | None, depth: int) -> Iterator[Comment]:
    for reply in replies if isinstance(replies, list) and depth < _NESTED_AT_MOST else ():
        if not isinstance(reply, dict) or not isinstance(reply.get("id"), int):
            continue
        name = f"isso-{reply['id']}"
        text = fragment_lines(str(reply.get("text") or ""))
        # mode 4 is a deleted comment that stays for its replies' sake
        if text and reply.get("mode") != 4:
            yield _comment(reply, name, text, page_url, parent)
        yield from _comments(reply.get("replies"), page_url, name, depth + 1)


def _comment(reply: dict[str, Any], name: str, text: str, page_url: str, parent: str | None) -> Comment:
    given = reply.get("parent")
    created = reply.get("created")
    author = str(reply.get("author") or "").strip() or None
    return Comment(
        id=name,
        author=author,
        text=text,
        published=from_epoch(created) if isinstance(created, int | float) else None,
        parent=f"isso-{given}" if isinstance(given, int) else parent,
        likes=_figure(reply, "likes") - _figure(reply, "dislikes"),
        permalink=f"{page_url.split('#')[0]}#{name}",
    )


def _figure(reply: dict[str, Any], key: str) -> int:
    value = reply.get(key)
    return value if isinstance(value, int) else 0


def _hidden(answer: dict[str, Any], url: str) -> tuple[str, ...]:
    """Where replies were held back, the URL of all the replies to that comment."""
    base = url.split("&parent=")[0]
    return tuple(
        f"{base}&parent={reply['id']}"
        for reply in answer["replies"]
        if isinstance(reply, dict) and isinstance(reply.get("id"), int) and _figure(reply, "hidden_replies") > 0
    )
