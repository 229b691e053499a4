"""The words that keep a comment from being quoted: insults, spam, spoilers. One `LANG.toml` per language.

A phrase is plain text; `*` at an end stands for any letters there. Case and diacritics do not matter.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FALLBACK = "en"
REASONS = {"insults": "insult", "spam": "spam", "spoilers": "spoiler"}
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TalkWords:
    """Compiled phrases by reason: of one language, and English insults and advertising, which are everywhere."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, text: str) -> Iterator[tuple[str, str]]:
        """The reasons not to quote a text, each with the words it found."""
        folded = fold(text)
        for reason, pattern in self.patterns:
            if match := pattern.search(folded):
                yield reason, match[0]

    def has(self, wanted: str, text: str) -> bool:
        """Is this one a reason not to quote a text?"""
        folded = fold(text)
        return any(reason == wanted and pattern.search(folded) is not None for reason, pattern in self.patterns)


def words_for(language: str | None) -> TalkWords:
    """The phrases for comments under an article in a language."""
    code = (language or FALLBACK).split("-")[0].split("_")[0].casefold()
    return _load(code)


@functools.cache
def _load(code: str) -> TalkWords:
    own = read_words(_FOLDER / f"{code}.toml") if _is_here(code) else {}
    english = read_words(_FOLDER / f"{FALLBACK}.toml") if code != FALLBACK else {}
    # "dies" gives nothing away in German
    joined = {key: [*own.get(key, ()), *(english.get(key, ()) if key != "spoilers" else ())] for key in REASONS}
    return TalkWords(tuple((REASONS[key], compiled(phrases)) for key, phrases in joined.items()))


def read_words(path: Path) -> Mapping[str, list[str]]:
    """One file's lists. Raises ValueError that names file and key."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    for key in data.keys() - REASONS.keys():
        raise ValueError(f"{path}: {key} is not known; known: {', '.join(REASONS)}")
    for key, value in data.items():
        if not isinstance(value, list) or not all(isinstance(one, str) and fold(one).strip("* ") for one in value):
            raise ValueError(f"{path}: {key} must be a list of texts, none of them empty")
    return {key: data.get(key, []) for key in REASONS}


def compiled(phrases: Sequence[str]) -> re.Pattern[str]:
    """One pattern of all phrases; of none, one that never matches.

    Neighbours that begin a word are tried only where one begins: else each would look for that at every letter.
    """
    runs = itertools.groupby(phrases, key=lambda phrase: phrase.startswith("*"))
    parts = [("" if inside else _BEGINS) + f"(?:{'|'.join(map(_pattern, run))})" for inside, run in runs]
    return re.compile("|".join(parts) or r"(?!)")


def fold(text: str) -> str:
    """Case and diacritics made alike, letters drawn out ("idiooot") once; Hangul stays composed."""
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    bare = "".join(char for char in plain if unicodedata.category(char) != "Mn")
    return _DRAWN_OUT.sub(r"\1", unicodedata.normalize("NFC", bare))


_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_BEGINS = r"(?<!\w)"  # a word begins here


def _pattern(phrase: str) -> str:
    core = r"\s+".join(re.escape(word) for word in fold(phrase.strip("*")).split())
    return core if phrase.endswith("*") else rf"{core}(?!\w)"


def _is_here(code: str) -> bool:
    return code.isalpha() and (_FOLDER / f"{code}.toml").is_file()
