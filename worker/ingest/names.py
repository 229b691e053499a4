"""Names of shows as text: folding, word edges and the spellings of one name."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

_QUOTES = {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"'}
_GAPS = "-‐‑–—_\u00a0\u202f\u2009\t×"
_ARTICLE = re.compile(r"^(?:the|an|a) (?=\S{2})")
_QUALIFIER = re.compile(r"\s*\(([^()]{2,20})\)$")
_FEW_WORDS = 0.15  # of a headline written in capitals: slips
_HEAD = 150  # characters in which a line shows how it is written
_FEW = 2  # words of a name that is not called by its initials
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
_COMMON = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", " "), ("—", " "), ("\u00a0", " "))
_ASCII = str.maketrans("`-\t\x0b\x0c\r\x1c\x1d\x1e\x1f", "'" + " " * 9)


def compose(text: str) -> str:
    """Text with composed characters; `fold` keeps the places of such a text."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Case, diacritics, quotes, dashes and spaces made alike, character by character."""
    for mark, ascii_mark in _COMMON:  # the few marks that keep most English texts from being plain ASCII
        text = text.replace(mark, ascii_mark)
    return text.lower().translate(_ASCII) if text.isascii() else text.translate(_FOLDING)


@functools.lru_cache(maxsize=8)
def folded_text(text: str) -> str:
    """A whole text, composed and folded. Remembered, since several steps read the same one."""
    return fold(compose(text))


@functools.lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """What two spellings of one name share: folded words, without punctuation and leading article."""
    words = re.sub(r"[^\w%&]+", " ", fold(compose(name)).replace("'", "").replace(".", "")).strip()
    return _ARTICLE.sub("", " ".join(words.replace("&", " and ").split()))


def spellings(name: str) -> Iterator[str]:
    """The folded forms in which a name may stand in a text, the name itself first."""
    plain = fold(compose(name)).strip()
    bare = _QUALIFIER.sub("", plain)
    seen = set()
    flat = bare.replace(": ", " ")
    for form in (plain, bare, flat, flat.replace(".", ""), _TAIL.sub("", bare), bare.replace("&", "and")):
        for one in (form, bare_name(form)):
            if one and one not in seen:
                seen.add(one)
                yield one


def bare_name(folded: str) -> str:
    """A name without its leading article, if at least two words or a long one remain."""
    rest = _ARTICLE.sub("", folded)
    return rest if " " in rest else folded


def initials(folded: str) -> str:
    """The first letters of a name of three words or more: "saturday night live" gives "snl"; "" for shorter ones."""
    words = re.findall(r"[^\W_][\w']*", folded)
    return "".join(word[0] for word in words) if len(words) > _FEW else ""


def one_word(name: str) -> str:
    """The one word that is left of a name without its article: "bachelor"; "" where more or nothing is left."""
    plain = _QUALIFIER.sub("", fold(compose(name)).strip())
    rest = _ARTICLE.sub("", plain)
    return rest if rest != plain and " " not in rest and len(rest) > 3 else ""


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
    words: list[str] = re.findall(r"[^\W\d_]{3,}", text[:_HEAD])
    telling = small = 0
    for word in words:
        if word.lower() != word.upper() and word.casefold() not in _PREPOSITIONS:
            telling += 1
            small += word[0].islower()
            if small > len(words) * _FEW_WORDS:
                return False
    return telling > 0 and small <= telling * _FEW_WORDS


_PREPOSITIONS_LIST = """
    with from into than over after about that upon amid when like the and for but nor off out via per
"""
_PREPOSITIONS = frozenset(_PREPOSITIONS_LIST.split())
_LINKS_LIST = """
    a an the of in on at to for with and or vs from by as s de la el los las del y en con & von der und et le les du
"""
LINKS = frozenset(_LINKS_LIST.split())
