"""Comment engines: one system of comments, one file. A page's thread is read by the first engine that finds it."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.comments.base import CommentEngine, ThreadPart
from crawler.comments.blogger import Blogger
from crawler.comments.discourse import Discourse
from crawler.comments.disqus import Disqus
from crawler.comments.general import General
from crawler.comments.ghost import Ghost
from crawler.comments.isso import Isso
from crawler.comments.schema_org import SchemaOrg
from crawler.comments.selected import Selected
from crawler.comments.thread import unique
from crawler.comments.wordpress import WordPress
from crawler.page.parsed import ParsedPage
from crawler.source import CommentSelectors

ENGINES: tuple[CommentEngine, ...] = (
    Isso(),
    WordPress(),
    Blogger(),
    SchemaOrg(),
    Ghost(),
    Discourse(),
    Disqus(),
    General(),
)


def engine(name: str, own: CommentSelectors | None = None) -> CommentEngine:
    """The engine of that name; `own` are the selectors of the source, if any. Raises KeyError when there is none."""
    if own is not None and name == Selected.name:
        return Selected(own)
    for member in ENGINES:
        if member.name == name:
            return member
    raise KeyError(name)


def read_thread(
    page: ParsedPage, wanted: str = "auto", own: CommentSelectors | None = None
) -> tuple[str, ThreadPart] | None:
    """The engine that knows this page, by name, and what the page shows of its thread; None when there is no thread.

    The source's `own` selectors go before all engines.
    """
    if wanted == "off":
        return None
    part = Selected(own).read(page) if own is not None else None
    if part is not None:
        return Selected.name, part
    told: tuple[str, ThreadPart] | None = None
    for member in ENGINES if wanted == "auto" else (engine(wanted),):
        part = member.read(page)
        if part is not None and part.comments:
            return member.name, part
        # a service is asked only when no engine finds the thread in the page itself
        told = told or (None if part is None else (member.name, part))
    return told


def join(parts: Sequence[ThreadPart]) -> ThreadPart:
    """Several parts of one thread as one: each comment once, parents found across parts."""
    stated = [part.declared_count for part in parts if part.declared_count is not None]
    comments = unique(comment for part in _oldest_first(parts) for comment in part.comments)
    return ThreadPart(comments, max(stated, default=None))


def _oldest_first(parts: Sequence[ThreadPart]) -> list[ThreadPart]:
    """Comment pages by the time of their first comment; those without times keep their place."""
    firsts = [min((c.published for c in part.comments if c.published), default=None) for part in parts]
    if any(first is None for first, part in zip(firsts, parts, strict=True) if part.comments):
        return list(parts)
    dated = [(first, part) for first, part in zip(firsts, parts, strict=True) if first is not None]
    return [part for _, part in sorted(dated, key=lambda pair: pair[0])]
