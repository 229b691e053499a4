"""What a source's own selectors say of an article, over what general rules found; those that find nothing are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lxml.html import HtmlElement

from crawler.metadata import Metadata
from crawler.metadata.byline import chosen_authors
from crawler.page.dom import squeeze
from crawler.page.parsed import ParsedPage
from crawler.page.selecting import Match, matches, text_of, time_of
from crawler.source import Select

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the selectors of a source make of one page. `missed` names those that found nothing of use."""

    meta: Metadata
    body: tuple[Match, ...] = ()
    missed: tuple[str, ...] = ()


def choose(select: Select, page: ParsedPage, meta: Metadata) -> Chosen:
    """Title, authors and time that the selectors find, over what general rules found; and the body's elements."""
    title = _first(select.title, page, lambda found: next((t for t in map(text_of, found) if t), ""))
    authors = _first(select.author, page, lambda found: chosen_authors(found, meta.site))
    published = _first(select.date, page, lambda found: time_of(found, meta.language))
    body = _first(select.body, page, _outermost)
    found = {"title": title, "body": body, "author": authors, "date": published}
    return Chosen(
        meta=replace(
            meta,
            title=title or meta.title,
            authors=authors or meta.authors,
            published=published or meta.published,
        ),
        body=body or (),
        missed=tuple(f"select.{name}" for name, value in found.items() if getattr(select, name) and not value),
    )


def _first(selector: str | None, page: ParsedPage, read: Callable[[Sequence[Match]], T]) -> T | None:
    found = matches(selector, page.tree) if selector else []
    return read(found) if found else None


def _outermost(found: Sequence[Match]) -> tuple[Match, ...]:
    """The matches that hold text, none inside another."""
    own = {part for part in found if isinstance(part, HtmlElement)}
    outer = (p for p in found if isinstance(p, str) or not any(above in own for above in p.iterancestors()))
    return tuple(part for part in outer if (squeeze(part) if isinstance(part, str) else squeeze(part.text_content())))
