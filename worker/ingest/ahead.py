"""What of an article can be read before anybody is kept waiting: all that follows from its text and the known names.

Who takes articles in does so alone, since two that read the same news would not see each other. So only what has to see
the others' work is done then; the reading, which costs most, is done before, and holds as long as it would be the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.items import Article, Item, from_json
from worker.ingest.aliases import propose_aliases
from worker.ingest.duplicates import Signature, sign
from worker.ingest.shelf import Shelf
from worker.ingest.shows import ShowIndex, propose_shows
from worker.models import ClaimDraft, Labels, ShowMatch
from worker.store.articles import StoredArticle, as_stored

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an article says, as it was read with an index of so many names.

    `proposes`: it offers a name of a show that the index does not know.
    """

    article: Article  # as the store gives it back
    tier: str
    index: ShowIndex
    names: int
    signature: Signature | None
    proposes: bool
    matches: list[ShowMatch]
    labels: Labels
    drafts: list[ClaimDraft]

    def holds(self, stored: StoredArticle, index: ShowIndex) -> bool:
        """Would it be read the same with this index? Names that were added since matter only if it has one of them."""
        same = stored.article == self.article and stored.tier == self.tier and index is self.index
        return same and not self.proposes and not index.has_newer(self.names, self.article)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of items, decoded, and the reading of each article among them, by its place."""

    data: list[dict[str, Any]]
    items: tuple[Item, ...]
    readings: Mapping[int, Reading]


def read_ahead(data: list[dict[str, Any]], index: ShowIndex, shelf: Shelf, now: datetime) -> Group | None:
    """Decodes a group of items and reads its articles; None when that fails, and will fail again where it is told."""
    try:
        items = tuple(from_json(part) for part in data)
        readings = {n: _read(item, index, shelf, now) for n, item in enumerate(items) if isinstance(item, Article)}
    except Exception:
        log.debug("a group of items cannot be read", exc_info=True)
        return None
    return Group(data, items, readings)


def decoded(data: Sequence[dict[str, Any]]) -> tuple[Item, ...]:
    """The items of a group that was not read ahead."""
    return tuple(from_json(part) for part in data)


def _read(article: Article, index: ShowIndex, shelf: Shelf, now: datetime) -> Reading:
    stored = as_stored(article, family=shelf.family(article.source), tier=shelf.tier(article.source), now=now)
    own, names = stored.article, index.size
    text = f"{own.title}\n{own.text}"
    offered = any(not index.knows(name, text) for name in propose_shows(own))
    matches = shelf.match(own, index)
    labels, drafts = shelf.read(stored, matches)
    proposes = offered or any(True for _ in propose_aliases(own, index))
    return Reading(own, stored.tier, index, names, sign(own.text), proposes, matches, labels, drafts)
