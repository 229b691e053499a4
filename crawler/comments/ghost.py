"""Ghost: a script tag names the site and the post; the members API answers with pages of comments as JSON.

Written from the source of Ghost's own comment box and tested on answers of our own making.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

from crawler.comments.answers import count, dicts, inner, kept, load
from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.items import Comment
from crawler.page.parsed import ParsedPage, fragment_lines
from crawler.page.times import read_time

_AT_ONCE = 50
_REPLIES = re.compile(r"/comments/([^/?]+)/replies/")


class Ghost:
    """Threads of a Ghost site. The page itself shows none of them."""

    name = "ghost"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        for script in page.outline.tags.get("script", ()):
            site, post = script.get("data-ghost-comments"), script.get("data-post-id")
            if site and post:
                api = urljoin(page.url, site.strip()).rstrip("/") + "/members/api/comments"
                more = f"{api}/post/{quote(post.strip(), safe='')}/?limit={_AT_ONCE}&page=1"
                return ThreadPart((), declared_count(page, ()), (more,))
        return None

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        answer = load(body, "Ghost", url)
        if not isinstance(answer.get("comments"), list):
            raise ValueError(f"not an answer of Ghost at {url}: it holds no list of comments")
        around = _REPLIES.search(url)
        pairs = list(_flat(answer["comments"], around[1] if around else None))
        parents = {str(node["id"]): parent for node, parent in pairs}
        told = (_comment(node, parent, page_url) for node, parent in pairs)
        return ThreadPart(kept((comment for comment in told if comment), parents), None, tuple(_rest(answer, url)))


def _flat(nodes: Any, parent: str | None) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each comment with the id of the one that it answers; replies stand in their parent, one level deep."""
    for node in dicts(nodes):
        if not isinstance(node.get("id"), str):
            continue
        stated = node.get("parent_id")
        yield node, stated if isinstance(stated, str) else parent
        for reply in dicts(node.get("replies")):
            if isinstance(reply.get("id"), str):
                yield reply, node["id"]


def _comment(node: dict[str, Any], parent: str | None, page_url: str) -> Comment | None:
    text = fragment_lines(str(node.get("html") or ""))
    if not text or node.get("status", "published") != "published":
        return None
    created, name = node.get("created_at"), inner(node, "member", "name")
    return Comment(
        id=str(node["id"]),
        author=name.strip() or None if isinstance(name, str) else None,
        text=text,
        published=read_time(created) if isinstance(created, str) else None,
        parent=parent,
        likes=count(inner(node, "count", "likes")),
        permalink=f"{page_url.split('#')[0]}#ghost-comments-{node['id']}",
    )


def _rest(answer: dict[str, Any], url: str) -> Iterator[str]:
    """The next page, and all replies to comments that were given with their first few only."""
    following = count(inner(answer, "meta", "pagination", "next"))
    if following and "page=" in url:
        yield re.sub(r"\bpage=\d+", f"page={following}", url)
    base = url.split("/comments/")[0]
    for node in dicts(answer["comments"]):
        if (count(inner(node, "count", "replies")) or 0) > len(dicts(node.get("replies"))):
            yield f"{base}/comments/{quote(str(node.get('id')), safe='')}/replies/?limit=all"
