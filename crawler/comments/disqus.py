"""Disqus: a script names the forum; the service's embed page holds the first comments as JSON in a script tag.

Written from its documentation and public clients, and tested on answers of our own making. Later pages of a long thread
want an API key, so they stay unread. A thread that is written into the article's page is read by the general rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from crawler.comments.answers import count, dicts, inner, kept, load, scripts, told
from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count
from crawler.items import Comment
from crawler.page.parsed import ParsedPage, fragment_lines, parse_html
from crawler.page.times import read_time

_EMBED = "https://disqus.com/embed/comments/"
_SCRIPT = re.compile(r"//([\w-]+)\.disqus\.com/(?:embed|count)\.js")
_FORUM = re.compile(r"[\w-]{1,80}")


class Disqus:
    """Threads of Disqus that a script loads into the page."""

    name = "disqus"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        forum = _forum(page) if "disqus_thread" in page.outline.names else None
        if forum is None:
            return None
        texts = [text for text in scripts(page) if "disqus" in text]
        named = told(texts, "disqus_?[iI]dentifier") or told(texts, r"page\.identifier")
        url = told(texts, "disqus_?[uU]rl") or told(texts, r"page\.url")
        asked = {"base": "default", "f": forum, "t_i": named, "t_u": url or page.url.split("#")[0]}
        query = urlencode({key: value for key, value in asked.items() if value})
        return ThreadPart((), declared_count(page, ()), (f"{_EMBED}?{query}",))

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        scripts = parse_html(body, url).tree.xpath("//script[@id='disqus-threadData']/text()")
        if not isinstance(scripts, list) or not scripts:
            raise ValueError(f"not an answer of Disqus at {url}: it holds no thread")
        answer = load(str(scripts[0]), "Disqus", url)
        posts = inner(answer, "response", "posts")
        if not isinstance(posts, list):
            raise ValueError(f"not an answer of Disqus at {url}: it holds no list of posts")
        parents = {_id(post["id"]): _parent(post) for post in dicts(posts) if post.get("id")}
        stated = count(inner(answer, "cursor", "total"))
        return ThreadPart(kept(_comments(posts, page_url), parents), stated)


def _forum(page: ParsedPage) -> str | None:
    """The forum's short name, from the script's address or from a variable."""
    texts = list(scripts(page))
    for text in (*(s.get("src") or "" for s in page.outline.tags.get("script", ())), *texts):
        found = _SCRIPT.search(text)
        if found:
            return found[1]
    name = told((text for text in texts if "disqus" in text), "disqus_?[sS]hortname")
    return name if name and _FORUM.fullmatch(name) else None


def _comments(posts: list[Any], page_url: str) -> Iterator[Comment]:
    for post in dicts(posts):
        message = post.get("message")
        text = fragment_lines(message) if isinstance(message, str) else ""
        if not text or not post.get("id") or post.get("isDeleted") or post.get("isApproved") is False:
            continue
        created, name = post.get("createdAt"), inner(post, "author", "name")
        yield Comment(
            id=_id(post["id"]),
            author=name.strip() or None if isinstance(name, str) else None,
            text=text,
            published=read_time(created) if isinstance(created, str) else None,
            parent=_parent(post),
            likes=count(post.get("likes")),
            permalink=f"{page_url.split('#')[0]}#{_id(post['id'])}",
        )


def _parent(post: dict[str, Any]) -> str | None:
    return _id(post["parent"]) if post.get("parent") else None


def _id(value: Any) -> str:
    return f"comment-{value}"
