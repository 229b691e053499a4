"""Texts that copy each other: signatures, and the articles that share a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from worker.store import schema
from worker.store.articles import StoredArticle, stored_article
from worker.store.base import Noun

_MOST_ALIKE = 20  # articles that one text is held against

# Asked for every article, so they are built once.
_articles, _bands, _signed = schema.articles, schema.bands, schema.signatures
_SAME = select(_articles).where(_articles.c.fingerprint == bindparam("text")).order_by(_articles.c.id).limit(1)
_NEAR = (
    select(_bands.c.article_id)
    .where(_bands.c.key.in_(bindparam("keys", expanding=True)))
    .group_by(_bands.c.article_id)
    .order_by(func.count().desc(), _bands.c.article_id)
    .limit(_MOST_ALIKE)
)
_ALIKE = (
    select(_articles, _signed.c.digest)
    .join(_signed, _signed.c.article_id == _articles.c.id)
    .where(_articles.c.id.in_(_NEAR))
    .where(_signed.c.algorithm == bindparam("by"), _articles.c.first_seen >= bindparam("since"))
    .order_by(_articles.c.id)
)
_KNOWN = select(_signed.c.article_id).where(_signed.c.article_id == bindparam("id"))
_NO_BANDS = delete(_bands).where(_bands.c.article_id == bindparam("id"))


class Copies(Noun):
    """Queries about copies."""

    def same(self, fingerprint: str) -> StoredArticle | None:
        """The first article with exactly this text."""
        row = self.connection.execute(_SAME, {"text": fingerprint}).mappings().first()
        return stored_article(row) if row else None

    def sign(
        self, article_id: int, algorithm: str, digest: Sequence[int], bands: Sequence[int], *, new: bool = False
    ) -> None:
        """Remembers an article's signature and its bands. A `new` one has none yet that would have to go."""
        if not new and self.connection.execute(_KNOWN, {"id": article_id}).first():
            self.connection.execute(_NO_BANDS, {"id": article_id})
        row = {"article_id": article_id, "algorithm": algorithm, "digest": list(digest)}
        self.upsert(schema.signatures, [row], ["article_id"])
        rows = [{"key": key, "article_id": article_id} for key in dict.fromkeys(bands)]
        self.upsert(schema.bands, rows, ["key", "article_id"])

    def alike(
        self, bands: Sequence[int], algorithm: str, since: datetime
    ) -> list[tuple[StoredArticle, tuple[int, ...]]]:
        """Articles that share a band, with their signatures' digests: candidates for near-duplicates, oldest first.

        Of very many, those that share the most bands; forms filled in a thousand times cost no more than a few.
        """
        wanted = {"keys": list(bands), "by": algorithm, "since": since}
        rows = self.connection.execute(_ALIKE, wanted).mappings()
        return [(stored_article(row), tuple(row["digest"])) for row in rows]
