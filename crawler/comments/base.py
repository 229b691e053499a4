"""What a comment engine is: the software that serves a thread, and how we read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from lxml.html import HtmlElement

from crawler.items import Comment
from crawler.page.parsed import ParsedPage


@dataclass(frozen=True, slots=True)
class ThreadPart:
    """What one response shows of a thread: a page of comments, or one answer of a comment service.

    `more` are URLs that hold the rest (older comment pages, a service's JSON); they are fetched politely by the spider
    and read by the same engine's `read_more`. `elements` are the elements of the page's tree that hold the comments,
    so that they can be kept out of the article.
    """

    comments: tuple[Comment, ...] = ()
    declared_count: int | None = None
    more: tuple[str, ...] = ()
    elements: tuple[HtmlElement, ...] = field(default=(), compare=False, repr=False)


class CommentEngine(Protocol):
    """One system of comments. Engines are stateless; one member is one file, named after the system."""

    name: str

    def read(self, page: ParsedPage) -> ThreadPart | None:
        """The thread as the article's own page shows it; None when this page is not of this engine."""
        ...

    def read_more(self, body: bytes, url: str, page_url: str) -> ThreadPart:
        """What a URL of `more` answered with; `page_url` is the article's. Raises ValueError when unreadable."""
        ...
