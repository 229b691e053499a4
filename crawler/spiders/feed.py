"""Feeds: RSS, Atom and JSON Feed, as links to articles."""

from __future__ import annotations

import calendar
import io
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin

import fastfeedparser
import feedparser

from crawler.items import parse_time
from crawler.links import Link

MAX_LINKS = 2000
_HEAD = 20_000  # bytes in which a feed says what it is
_ENTRY = re.compile(rb"<(?:item|entry)[\s>]", re.I)
_LINK = re.compile(rb"<(?:[a-z0-9]{1,10}:)?link\s[^>]{1,2000}>", re.I)
_NEXT = re.compile(rb"\srel\s*=\s*[\"']next[\"']", re.I)
_HREF = re.compile(rb"\shref\s*=\s*[\"']([^\"'<>]+)[\"']", re.I)
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._/-]*")  # nothing to join
_DOCTYPE_START = re.compile(rb"<!DOCTYPE", re.I)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.S | re.I)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed lists; `home` is the site it says it belongs to, "" when it says nothing; `next` its next page."""

    links: tuple[Link, ...]
    home: str = ""
    next: str | None = None


def links_of_feed(body: bytes, url: str) -> list[Link]:
    """The articles that a feed lists, in its order. Raises ValueError when it is no feed."""
    return list(read_feed(body, url).links)


def read_feed(body: bytes, url: str) -> Feed:
    """Reads a feed. Raises ValueError when it is none."""
    if body.lstrip()[:1] == b"{":
        return _json_feed(body, url)
    # without its DOCTYPE no XML parser can be made to expand entities
    text = _without_doctype(body)
    try:
        parsed = fastfeedparser.parse(text)
        found = _feed(parsed.feed.get("link"), [_fast_link(entry, url) for entry in parsed.entries], url)
    except Exception:  # a parser of strangers' text: whatever it trips over, the other one is asked
        found = _slow_feed(text, url)
    return replace(found, next=_next_page(text, url))


def _next_page(text: bytes, url: str) -> str | None:
    """Where a feed goes on (RFC 5005, paged feeds); what stands behind the first entry is an entry's own."""
    head = _ENTRY.split(text[:_HEAD], maxsplit=1)[0]
    for link in _LINK.findall(head):
        if _NEXT.search(link) and (href := _HREF.search(link)):
            return _joined(url, unescape(href[1].decode("utf-8", "replace")))
    return None


def _joined(base: str, href: Any) -> str | None:
    try:
        target = urljoin(base, href) if isinstance(href, str) else ""
    except ValueError:
        return None
    return target if target.startswith(("http://", "https://")) and target != base else None


def _without_doctype(body: bytes) -> bytes:
    """The first DOCTYPE is the only one that counts; each look for the end of another could go through all the text."""
    start = _DOCTYPE_START.search(body)
    found = _DOCTYPE.match(body, start.start()) if start else None
    return body[: found.start()] + body[found.end() :] if found else body


def _slow_feed(text: bytes, url: str) -> Feed:
    try:
        parsed = feedparser.parse(io.BytesIO(text), sanitize_html=False)
    except Exception as error:
        raise ValueError(f"not a feed: {error}") from None
    if not parsed.get("version"):
        raise ValueError("not a feed: neither RSS nor Atom")
    return _feed(parsed.feed.get("link"), [_slow_link(entry, url) for entry in parsed.entries], url)


def _json_feed(body: bytes, url: str) -> Feed:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a feed: {error}") from None
    items = data.get("items") if "jsonfeed" in str(data.get("version")) else None
    if not isinstance(items, list):
        raise ValueError("not a feed: JSON of another kind")
    entries = [item for item in items if isinstance(item, dict)]
    links = [_link(e.get("url"), url, e.get("title"), e.get("date_published"), e.get("date_modified")) for e in entries]
    return replace(_feed(data.get("home_page_url"), links, url), next=_joined(url, data.get("next_url")))


def _feed(home: Any, links: list[Link | None], url: str) -> Feed:
    found = [link for link in links if link is not None][:MAX_LINKS]
    try:
        return Feed(tuple(found), urljoin(url, home) if isinstance(home, str) and home else "")
    except ValueError:
        return Feed(tuple(found))


def _fast_link(entry: Any, url: str) -> Link | None:
    return _link(entry.get("link"), url, entry.get("title"), entry.get("published"), entry.get("updated"))


def _slow_link(entry: Any, url: str) -> Link | None:
    published, modified = (_struct(entry.get(f"{name}_parsed")) for name in ("published", "updated"))
    return _link(entry.get("link"), url, entry.get("title"), published, modified)


def _struct(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC) if value else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _link(href: Any, base: str, title: Any, published: Any, modified: Any) -> Link | None:
    try:
        href = href.strip() if isinstance(href, str) else ""
        target = href if _ABSOLUTE.fullmatch(href) else urljoin(base, href) if href else ""
    except ValueError:
        return None
    if not target.startswith(("http://", "https://")):
        return None
    return Link(target, title.strip() if isinstance(title, str) else "", _time(published), _time(modified))


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return parse_time(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
