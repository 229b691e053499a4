"""From what single items say to a thread: ids that stay, parents that exist, depths that follow them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urljoin

from crawler.comments.reading import Fields
from crawler.items import Comment, normalise

_DEEPEST = 100


def stable_id(fields: Fields, parent: str | None, again: bool = False) -> str:
    """An id for a comment whose page gives none: equal on every visit, whatever "3 hours ago" has become meanwhile.

    The time counts only for one who says the same `again` in the same place.
    """
    seed = f"{normalise(fields.author or '')}|{parent or ''}|{normalise(fields.text)[:120]}"
    seed += f"|{fields.published}" if again else ""
    return hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()


def make_comment(fields: Fields, given_id: str | None, parent: str | None, base: str) -> Comment:
    """A comment from what its item says and whom it answers."""
    link = urljoin(base, fields.permalink) if fields.permalink else None
    return Comment(
        id=given_id or stable_id(fields, parent),
        author=fields.author,
        text=fields.text,
        published=fields.published,
        parent=parent,
        likes=fields.likes,
        permalink=link,
    )


def unique(comments: Iterable[Comment]) -> tuple[Comment, ...]:
    """Each id once, first come first kept; a parent that is not there is none; depths follow the parents."""
    kept: dict[str, Comment] = {}
    for comment in comments:
        kept.setdefault(comment.id, comment)
    parents = {name: comment.parent if comment.parent in kept else None for name, comment in kept.items()}
    return tuple(_placed(comment, parents) for comment in kept.values())


def _placed(comment: Comment, parents: dict[str, str | None]) -> Comment:
    """The comment with its depth; one that answers itself in a ring is cut loose."""
    at = parents[comment.id]
    for depth in range(_DEEPEST):
        if at is None:
            return replace(comment, parent=parents[comment.id], depth=depth)
        at = parents[at]
    parents[comment.id] = None
    return replace(comment, parent=None, depth=0)
