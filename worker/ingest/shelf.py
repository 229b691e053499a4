"""What every article is read with: the sources, the phrases, and an index of all shows' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from crawler.items import Article
from crawler.source import Revisit, Source
from worker.ingest.claims import extract_claims, label_article
from worker.ingest.lexicon import Lexicons, load_lexicons
from worker.ingest.shows import ShowIndex, match_shows
from worker.ingest.telling import parents
from worker.models import ClaimDraft, Labels, ShowMatch
from worker.store import Tx
from worker.store.articles import StoredArticle

_Mark = tuple[int, int, int]


class Shelf:
    """What every article is read with: the sources, the phrases, and an index of all shows' names."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.lexicons: Lexicons = load_lexicons()
        self.proposed: dict[int, str] = {}
        self.mark: _Mark | None = None  # of the registry that the index knows
        self._index = ShowIndex(())

    def index(self, tx: Tx) -> ShowIndex:
        """The index of names: it takes new shows in, and is made anew when the registry has changed otherwise."""
        mark = tx.shows.mark()
        if mark != self.mark:
            if not self._take_in(tx, mark):
                self._index = ShowIndex(tx.shows.all())
            self.mark = mark
            self.proposed = tx.shows.proposed()
        return self._index

    def propose(self, tx: Tx, name: str, family: str, now: datetime) -> None:
        """Adds a show that one publisher names; the index takes it in as it is."""
        show = tx.shows.add(name, state="proposed", evidence=family, now=now)
        self._index.add(show)
        self.proposed[show.id] = family
        self.mark = tx.shows.mark()

    def undo(self, mark: _Mark | None) -> None:
        """What was proposed since the mark is not in the registry after all: the next index is made anew."""
        if self.mark != mark:
            self.mark = None

    def match(self, article: Article, index: ShowIndex) -> list[ShowMatch]:
        """Which shows an article is about."""
        return match_shows(article, index)

    def read(self, stored: StoredArticle, matches: Sequence[ShowMatch]) -> tuple[Labels, list[ClaimDraft]]:
        """What an article is about as a whole, and what it claims."""
        labels = label_article(stored.article, matches, self.lexicons)
        return labels, extract_claims(stored.article, matches, self.lexicons, tier=stored.tier)

    def parents(self, stored: StoredArticle, matches: Sequence[ShowMatch], tx: Tx) -> list[int]:
        """The shows that its leading show may be a spin-off of."""
        return parents(matches, self.index(tx))

    def tier(self, name: str) -> str:
        """What kind of publisher a source is."""
        return self.sources[name].tier if name in self.sources else "unknown"

    def revisit(self, name: str) -> Revisit:
        """How a source's articles are looked at again."""
        return self.sources[name].revisit if name in self.sources else Revisit()

    def family(self, name: str) -> str:
        """Whose word a source's is."""
        return self.sources[name].publisher if name in self.sources else name

    def _take_in(self, tx: Tx, mark: _Mark) -> bool:
        """Adds the shows that others have added, if nothing else has changed: most of what changes is that."""
        if self.mark is None:
            return False
        fresh = tx.shows.added_since(self.mark[0])
        shows, names = mark[1] - self.mark[1], mark[2] - self.mark[2]
        if (len(fresh), sum(len(show.aliases) for show in fresh)) != (shows, names):
            return False
        for show in fresh:
            self._index.add(show)
        return True
