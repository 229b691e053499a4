"""Discourse: a script names the forum, and the topic or the page's address; the forum answers with the topic.

Written from Discourse's documentation and source, and tested on answers of our own making. A topic known by its number
is read as JSON; one known by the page's address alone is read from the page that Discourse embeds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

from lxml.html import HtmlElement

from crawler.comments.answers import count, dicts, inner, kept, load, scripts, told
from crawler.comments.base import ThreadPart
from crawler.comments.counts import declared_count, stated_count
from crawler.comments.thread import unique
from crawler.items import Comment
from crawler.page.dom import flat_text, lines, words
from crawler.page.parsed import ParsedPage, fragment_lines, parse_html
from crawler.page.times import read_time

_TOPIC = re.compile(r"""\btopicId["']?\s*:\s*["']?(\d{1,12})""")
_ANSWER = re.compile(r"^(.*/t/\d+)(?:\.json|/posts\.json)")
_AT_ONCE = 20
_MOST_REQUESTS = 20
_REGULAR = 1
_LIKE = 2


class Discourse:
    """Threads of a Discourse forum that a script loads into the page."""

    name = "discourse"

    def read(self, page: ParsedPage) -> ThreadPart | None:
        texts = [text for text in scripts(page) if "DiscourseEmbed" in text]
        forum = told(texts, "discourseUrl")
        if not forum:
            return None
        base = urljoin(page.url, forum).rstrip("/")
        topic = next((found for text in texts if (found := _TOPIC.search(text))), None)
        own = told(texts, "discourseEmbedUrl") or page.url.split("#")[0]
        more = f"{base}/t/{topic[1]}.json" if topic else f"{base}/embed/comments?embed_url={quote(own, safe='')}"
        return ThreadPart((), declared_count(page, ()), (more,))

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        return _embedded(body, url) if "/embed/comments" in url else _topic(load(body, "Discourse", url), url)


# --- a topic as JSON


def _topic(answer: dict[str, Any], url: str) -> ThreadPart:
    posts = inner(answer, "post_stream", "posts")
    if not isinstance(posts, list):
        raise ValueError(f"not an answer of Discourse at {url}: it holds no list of posts")
    numbered = [post for post in dicts(posts) if count(post.get("post_number"))]
    parents = {_id(post): _parent(post) for post in numbered}
    total = count(answer.get("posts_count"))
    comments = kept((_comment(post, url) for post in numbered if _is_comment(post)), parents)
    return ThreadPart(comments, max(0, total - 1) if total is not None else None, tuple(_rest(answer, numbered, url)))


def _is_comment(post: dict[str, Any]) -> bool:
    """The first post is the article itself; others tell of moves and closures."""
    gone = post.get("hidden") or post.get("user_deleted") or post.get("deleted_at")
    regular = post.get("post_type", _REGULAR) == _REGULAR
    return post["post_number"] > 1 and regular and not gone and bool(fragment_lines(str(post.get("cooked") or "")))


def _comment(post: dict[str, Any], url: str) -> Comment:
    created = post.get("created_at")
    name = next((n.strip() for key in ("name", "username") if isinstance(n := post.get(key), str) and n.strip()), None)
    found = _ANSWER.match(url)
    return Comment(
        id=_id(post),
        author=name,
        text=fragment_lines(str(post.get("cooked") or "")),
        published=read_time(created) if isinstance(created, str) else None,
        parent=_parent(post),
        likes=next((count(a.get("count")) for a in dicts(post.get("actions_summary")) if a.get("id") == _LIKE), None),
        permalink=f"{found[1]}/{post['post_number']}" if found else None,
    )


def _id(post: dict[str, Any]) -> str:
    return f"discourse-{post['post_number']}"


def _parent(post: dict[str, Any]) -> str | None:
    number = count(post.get("reply_to_post_number"))
    return f"discourse-{number}" if number and number > 1 else None


def _rest(answer: dict[str, Any], given: list[dict[str, Any]], url: str) -> Iterator[str]:
    """The posts of the topic that the answer names, but does not hold."""
    held = {post.get("id") for post in given}
    stream = inner(answer, "post_stream", "stream")
    missing = [number for number in stream if count(number) and number not in held] if isinstance(stream, list) else []
    found = _ANSWER.match(url)
    for start in range(0, min(len(missing), _AT_ONCE * _MOST_REQUESTS), _AT_ONCE) if found else ():
        wanted = "&".join(f"post_ids[]={number}" for number in missing[start : start + _AT_ONCE])
        yield f"{found[1] if found else ''}/posts.json?{wanted}"


# --- the page that Discourse embeds


def _embedded(body: bytes, url: str) -> ThreadPart:
    page = parse_html(body, url)
    posts = [e for e in page.tree.iter("article") if "post" in words(e)]
    head = next(iter(page.outline.names.get("replies", ())), None)
    stated = None if head is None else stated_count(flat_text(page.outline.elements[head]))
    if not posts and stated is None:
        raise ValueError(f"not an answer of Discourse at {url}: it shows no posts and no count")
    comments = unique(comment for comment in map(_shown, posts) if comment.text)
    return ThreadPart(comments, stated)


def _shown(post: HtmlElement) -> Comment:
    found = {name: element for element in post.iterdescendants() for name in reversed(words(element))}
    user, date, answered, cooked = (found.get(name) for name in ("username", "post-date", "in-reply-to", "cooked"))
    parent = answered.get("data-link-to-post") if answered is not None else None
    name = next((flat_text(link) for link in user.iter("a")), None) if user is not None else None
    told_apart = ("username", "post-replies", "title")
    return Comment(
        id=post.get("id") or "",
        author=name or None,
        text=lines([cooked], lambda e: any(w in told_apart for w in words(e))) if cooked is not None else "",
        published=read_time(date.get("title")) if date is not None else None,
        parent=f"post-{parent}" if parent else None,
        permalink=date.get("href") if date is not None else None,
    )
