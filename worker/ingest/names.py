"""Names of shows as text: folding, word edges and the spellings of one name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_QUOTES = {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"'}
_GAPS = "-‐‑–—_\u00a0\u202f\u2009\t×"
_ARTICLE = re.compile(r"^(?:the|an|a) (?=\S{2})")
_QUALIFIER = re.compile(r"\s*\(([^()]{2,20})\)$")
_MOST_WORDS = 0.7  # of a headline; the others are small words and slips
_TAIL = re.compile(r"[^\w)*%]+$")
# Particles and endings that may follow a Korean name without a space.
_PARTICLES_LIST = """
    에서는 으로는 에서 에게 으로 이라는 라는 이란 까지 부터 처럼 보다 만의 과의 와의 이다 은 는
    이 가 을 를 의 에 와 과 도 로 만 측 팀 시즌 편
"""
_PARTICLES = tuple(_PARTICLES_LIST.split())


class _Folding(dict[int, str]):
    """Maps every character to one character, so that places in the folded text are places in the original."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    if char in _QUOTES:
        return _QUOTES[char]
    if char in _GAPS or (char.isspace() and char != "\n"):
        return " "
    if is_hangul(char):
        return char
    base = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    lower = "".join(base).casefold()
    return lower if len(lower) == 1 else char.lower() if len(char.lower()) == 1 else char


_FOLDING = _Folding()


def compose(text: str) -> str:
    """Text with composed characters; `fold` keeps the places of such a text."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Case, diacritics, quotes, dashes and spaces made alike, character by character."""
    return text.translate(_FOLDING)


def name_key(name: str) -> str:
    """What two spellings of one name share: folded words, without punctuation and leading article."""
    words = re.sub(r"[^\w%&]+", " ", fold(compose(name)).replace("'", "").replace(".", "")).strip()
    return _ARTICLE.sub("", " ".join(words.replace("&", " and ").split()))


def spellings(name: str) -> Iterator[str]:
    """The folded forms in which a name may stand in a text, the name itself first."""
    plain = fold(compose(name)).strip()
    bare = _QUALIFIER.sub("", plain)
    seen = set()
    for form in (plain, bare, bare.replace(": ", " "), _TAIL.sub("", bare), bare.replace("&", "and")):
        for one in (form, bare_name(form)):
            if one and one not in seen:
                seen.add(one)
                yield one


def bare_name(folded: str) -> str:
    """A name without its leading article, if at least two words or a long one remain."""
    rest = _ARTICLE.sub("", folded)
    return rest if " " in rest else folded


def qualifier(name: str) -> str:
    """What stands in brackets behind a name: "uk" of "Ghosts (UK)"; "" if nothing."""
    match = _QUALIFIER.search(name)
    return match[1].casefold() if match else ""


def has_edges(text: str, start: int, end: int) -> bool:
    """Does the name at this place stand alone, as a word or words of its own?"""
    before, after = text[start - 1 : start], text[end : end + 1]
    if text[start].isalnum() and _joins(before, text[start]):
        return False
    last = text[end - 1]
    if is_hangul(last) and is_hangul(after):
        return particle_follows(text, end)
    if not last.isalnum():
        return True
    # "9-1-1" is not part of "9-1-1: Lone Star"'s sibling "9-1-12", and 24 is not part of "24.5".
    if last.isdigit() and re.match(r"[.,:]\d", text[end : end + 2]):
        return False
    return not _joins(after, last)


def particle_follows(text: str, end: int) -> bool:
    """Is what follows a Korean name only a particle or ending?"""
    run = re.match(r"[가-힣]*", text[end:])
    rest = run[0] if run else ""
    return any(rest == p or (rest.startswith(p) and rest[len(p) :] in _PARTICLES) for p in _PARTICLES)


def is_hangul(char: str) -> bool:
    """Is it a Korean syllable?"""
    return "가" <= char <= "힣"


def _joins(other: str, char: str) -> bool:
    """Would the neighbour make one word with the name? Other scripts (particles, kana) do not."""
    if not other.isalnum():
        return False
    return other.isascii() == char.isascii() or _latin(other) == _latin(char)


def _latin(char: str) -> bool:
    return char < "\u0250"


def is_title_case(text: str) -> bool:
    """Is (nearly) every word of a headline capitalised, so that capitals tell nothing?"""
    words: list[str] = [word for word in re.findall(r"[^\W\d_]{4,}", text) if word.lower() != word.upper()]
    capitals = sum(word[0].isupper() for word in words)
    return capitals > len(words) * _MOST_WORDS
