"""Near-duplicate texts: signatures to find candidates by, and the verification on the texts themselves.

A signature is two MinHashes over three-word shingles: one of the whole text, one of its first words, since a feed's
summary has little in common with the whole article but its beginning. Bands of either are looked up in the store.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq
from rensa import RMinHash

ALGORITHM = "rensa-rminhash-3w-64+32/1"  # stored with signatures; to be renamed with any change that alters them

_SHORTEST = 12  # words below which texts are alike by chance
_LEAD = 40
_WHOLE_SIZE, _LEAD_SIZE, _ROWS = 64, 32, 4
_SEED = 4071

_ENOUGH = 0.5  # of the shorter text's shingles, where one text's lead is in the other
_PLENTY = 0.85  # where neither lead is in the other: each outlet wrote its own first lines
_SHORT_SWAP = 3
_LONGEST = 3000  # words compared one by one

# Scripts without spaces count by character.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")
_SPACED_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Signature:
    """What is stored of a text to find its copies: a sketch to estimate likeness, and the keys of its bands."""

    digest: tuple[int, ...]
    bands: tuple[int, ...]


def sign(text: str) -> Signature | None:
    """The signature of a text; None for texts too short to tell."""
    words = _words(text.casefold())
    if len(words) < _SHORTEST:
        return None
    digest = _sketch(words, _WHOLE_SIZE, _SEED) + _sketch(words[:_LEAD], _LEAD_SIZE, _SEED + 1)
    return Signature(digest, tuple(_bands(digest)))


def similarity(a: Signature, b: Signature) -> float:
    """Estimated likeness of two texts, or of their leads where those are more alike."""
    same = [one == other for one, other in zip(a.digest, b.digest, strict=True)]
    return max(sum(same[:_WHOLE_SIZE]) / _WHOLE_SIZE, sum(same[_WHOLE_SIZE:]) / _LEAD_SIZE)


def is_copy(a_text: str, b_text: str, estimate: float) -> bool:
    """Is one text a copy of the other: syndicated, lightly edited, cut, or an excerpt?

    `estimate` is their `similarity`: where it is nothing, the texts are not compared. Two articles on one show that
    share the outlet's stock paragraphs, or one form filled in for two shows or seasons, are no copies.
    """
    a, b = _words(a_text), _words(b_text)
    if estimate <= 0 or min(len(a), len(b)) < _SHORTEST:
        return False
    a_folded, b_folded = [[word.casefold() for word in words] for words in (a, b)]
    if a_folded == b_folded:
        return True
    shared = _contained(a_folded, b_folded)
    lead = max(_share_in(a_folded[:_LEAD], b_folded), _share_in(b_folded[:_LEAD], a_folded))
    if shared < _ENOUGH or (shared < _PLENTY and lead < _ENOUGH):
        return False
    return not _is_same_form(a, b)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).replace("'", "").replace("’", "")
    return _WORD.findall(plain) if _UNSPACED.search(plain) else _SPACED_WORD.findall(plain)


def _shingles(words: Sequence[str]) -> list[str]:
    """Every three words in a row."""
    return [f"{one} {two} {three}" for one, two, three in zip(words, words[1:], words[2:], strict=False)]


def _sketch(words: Sequence[str], size: int, seed: int) -> tuple[int, ...]:
    sketch = RMinHash(num_perm=size, seed=seed)
    sketch.update(_shingles(words))
    return tuple(sketch.digest())


def _bands(digest: Sequence[int]) -> Iterator[int]:
    """Keys of four rows each that fit a signed 64-bit column; the number of the band is part of the key."""
    for number, start in enumerate(range(0, len(digest), _ROWS)):
        packed = struct.pack(f"<B{_ROWS}Q", number, *digest[start : start + _ROWS])
        yield int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "little", signed=True)


def _share_in(words: Sequence[str], other: Sequence[str]) -> float:
    """How much of these words' shingles is in the other text?"""
    mine = set(_shingles(words))
    return len(mine.intersection(_shingles(other))) / len(mine) if mine else 0.0


def _contained(a: Sequence[str], b: Sequence[str]) -> float:
    """How much of the shorter text is in the longer one?"""
    return max(_share_in(a, b), _share_in(b, a))


def _is_same_form(a: Sequence[str], b: Sequence[str]) -> bool:
    """Is it one form filled in twice: names or numbers exchanged, and the words around them the same?"""
    a, b = a[:_LONGEST], b[:_LONGEST]
    swaps = sum(_is_swap(a[i:j], b[k:m]) for i, j, k, m in _replaced(a, b))
    return swaps > min(len(a), len(b)) / 100  # one of a long text is a correction


def _replaced(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Spans of one text in whose place stands another, both short."""
    folded = [[word.casefold() for word in words] for words in (a, b)]
    # The opcodes of a longest common subsequence are inserts and deletes: a pair at one place is a replacement.
    opcodes = [code for code in LCSseq.opcodes(*folded) if code.tag != "equal"]
    before: tuple[int, int, int, int] | None = None
    for code in opcodes:
        span = (code.src_start, code.src_end, code.dest_start, code.dest_end)
        if before and before[1] == span[0] and before[3] == span[2]:
            span = (before[0], span[1], before[2], span[3])
        before = span
        if 0 < span[1] - span[0] <= _SHORT_SWAP and 0 < span[3] - span[2] <= _SHORT_SWAP:
            yield span


def _is_swap(old: Sequence[str], new: Sequence[str]) -> bool:
    """Is a number or name replaced by another?"""
    return all(any(word[0].isdigit() or word[0].isupper() for word in words) for words in (old, new))
