"""Other names that a text gives a show: "Harbour Lights, also known as 'Luces del puerto'", "Harbour Lights (등대)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.items import Article
from worker.ingest.lexicon import load_lexicons, plain
from worker.ingest.shows import ShowIndex
from worker.ingest.spans import quotations, runs
from worker.models import Show

_TEXT = 4000  # characters
_NAME = 70  # characters before or behind the words that join two names
_ALSO = re.compile(
    r"[\"']?(?:,| \() ?(?:also (?:known|titled|called)(?: as)?|a\.?k\.?a\.?|originally (?:titled|called)"
    r"|known (?:abroad|internationally|in [A-Z]\w+) as|también conocida como) ",
    re.IGNORECASE,
)
_OTHER_SCRIPT = re.compile(r"[\"']? \([\"'《『「]?(?P<name>[가-힣ぁ-ヶ一-龥][^()\n\"'》』」]{0,30})[\"'》』」]?\)")


def propose_aliases(article: Article, index: ShowIndex) -> Iterator[tuple[Show, str]]:
    """Known shows with names that are new to the registry."""
    lexicon = load_lexicons().for_language(article.language)
    text = plain(f"{article.title}\n{article.text[:_TEXT]}")
    found = [(match.start(), match["name"]) for match in _OTHER_SCRIPT.finditer(text)]
    for match in _ALSO.finditer(text):
        behind = text[match.end() : match.end() + _NAME].partition("\n")[0]
        named = next((one for one in (*quotations(behind), *runs(behind, lexicon)) if one.start <= 1), None)
        found += [(match.start(), named.name)] if named else []
    for start, name in found:
        show = index.ending(text[max(0, start - _NAME) : start])
        if show and not index.knows(name):
            yield show, name
