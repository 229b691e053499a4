"""What gives the plot away, for readers who do not want to know."""

from __future__ import annotations

import functools
from dataclasses import replace

from worker.digest.content import SourceLink
from worker.mail.phrases import Phrases
from worker.models import Kind
from worker.talk.words import words_for

SPOILING = frozenset({Kind.PLOT, Kind.REVIEW_RECAP})  # articles of these kinds tell what happens


@functools.lru_cache(maxsize=4096)
def gives_away(*texts: str, language: str | None = None) -> bool:
    """Does one of the texts say what happens, by its words? Remembered, since each view of a show asks it anew."""
    words = words_for(language)
    return any(words.has("spoiler", text) for text in texts)


def without_title(source: SourceLink, say: Phrases) -> SourceLink:
    """The source alone: its headline may give away what the article tells."""
    return replace(source, title=say("frame.may_spoil"))
