"""What the look of a comment says, in any language: its length, its shouting, its links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

SHORTEST, LONGEST = 20, 1200  # letters; less says nothing when quoted, more is no comment but an essay
_GOOD, _CUT = 40, 240  # letters that read well; what is longer will be cut
_FEW_WORDS = 3

_LINK = re.compile(r"https?://|\bwww\.|[\w.]@[\w-]{1,64}\.\w\w|\w\w\.(?:com|net|org|info|biz|ru|xyz|io|me)\b")
_PHONE = re.compile(r"(?:\d[ ().-]{0,2}){9,15}")
_STARRED = re.compile(r"\w\*+\w|(?<![\w*])\w{1,3}\*{2,}|(?<!\S)[#$%&@*][#$%&@!*]{3,}(?!\S)")
_DRAWN_OUT = re.compile(r"(\w)\1{4,}")
_GONE = re.compile(
    r"\W*(?:this |the )?(?:comment |message |post )?(?:was |has been )?(?:deleted|removed)\b.{0,60}", re.I
)
_TRACKBACK = re.compile(r"\W*(?:ping|track)back\b", re.I)
_WIDE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]")  # a syllable or word a sign


def weight(text: str) -> int:
    """Letters and digits; where a sign is a syllable it counts as two."""
    return sum(2 if _WIDE.match(char) else 1 for char in text if char.isalnum())


def refusals(text: str) -> Iterator[str]:
    """Why a comment of this look is not quoted, whatever it says."""
    size, words = weight(text), text.split()
    if size < SHORTEST or (len(words) < _FEW_WORDS and not _WIDE.search(text)):
        yield "says too little"
    if size > LONGEST:
        yield "is an essay"
    if _LINK.search(text):
        yield "spam: a link or address"
    if _PHONE.search(text):
        yield "spam: a number to call"
    if _STARRED.search(text):
        yield "insult: starred out"
    if _GONE.fullmatch(text.strip()):
        yield "was removed"
    if _TRACKBACK.match(text):
        yield "spam: another site's notice"
    if _says_one_thing(words):
        yield "spam: the same word again and again"


def signs(text: str) -> Iterator[tuple[str, float]]:
    """What the look of a comment says for it and against it, in points."""
    size = weight(text)
    if _GOOD <= size <= _CUT:
        yield "reads well in a few lines", 1.0
    elif size > _CUT:
        yield "has to be cut", -1.0
    if text.rstrip(" \n\"'”’)»").endswith((".", "!", "?", "…")) and not text[:1].islower():
        yield "whole sentences", 0.5
    if _is_shouted(text):
        yield "shouted", -2.0
    if text.count("!") + text.count("?") > 3:
        yield "many exclamations", -1.0
    if _DRAWN_OUT.search(text):
        yield "drawn out", -1.0
    if text.lstrip().startswith(("@", ">")):
        yield "speaks to somebody", -1.0


def _is_shouted(text: str) -> bool:
    """Mostly capitals? (Scripts without case never shout.)"""
    capitals, small = sum(char.isupper() for char in text), sum(char.islower() for char in text)
    return capitals > 7 and capitals > 1.5 * small


def _says_one_thing(words: list[str]) -> bool:
    most = Counter(word.casefold() for word in words).most_common(1)
    return bool(most) and len(words) > _FEW_WORDS and most[0][1] * 2 > len(words)
