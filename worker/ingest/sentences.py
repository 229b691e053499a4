"""Splits text into sentences: one block a line, no break after abbreviations and initials."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BREAK = re.compile(r"""(?P<mark>[.!?…]+|[。！？]+)(?P<close>["'”’»)\]』」》〉]*)(?P<gap>\s+|(?<=[。！？])|$)""")
_MARK = re.compile("[.!?…。！？]")  # to look for these alone is many times faster
_ABBREVIATIONS_LIST = """
    bros mr mrs ms dr prof sr sra st jr vs no nos vol ep eps feat approx est gen col lt sgt rev hon inc ltd
    co corp jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri
    sat sun a.m p.m am pm u.s u.k e.g i.e etc cf núm pág ud uds ee.uu
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_LIST.split())
# These end a sentence as often as not: they hold it together only when what follows goes on in lower case.
_SOMETIMES_LIST = """
    inc ltd co corp etc a.m p.m am pm u.s u.k jr no sun mar sat est ee.uu
"""
_SOMETIMES = frozenset(_SOMETIMES_LIST.split())
_LAST_WORD = re.compile(r"[\w.&']+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order, each without surrounding space. A line end always ends a sentence."""
    return [sentence for line in text.splitlines() for sentence in _split_line(line)]


def _split_line(line: str) -> list[str]:
    sentences, start = [], 0
    for match in _breaks(line):
        if _ends_here(line, start, match):
            sentences.append(line[start : match.end("close")].strip())
            start = match.end()
    sentences.append(line[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _breaks(line: str) -> Iterator[re.Match[str]]:
    """The places where a sentence may end."""
    place = 0
    while mark := _MARK.search(line, place):
        place = mark.end()
        if match := _BREAK.match(line, mark.start()):
            place = match.end()
            yield match


def _ends_here(line: str, start: int, match: re.Match[str]) -> bool:
    after = line[match.end() : match.end() + 1]
    if match["mark"] == "…" or (set(match["mark"]) == {"."} and len(match["mark"]) > 1):
        return not after.islower()
    if match["mark"] != ".":
        # "Jeopardy!" and "What If...?" go on in lower case; a quoted question may be followed by "he asks".
        return not after.islower()
    # only behind the last space: to look for it from the start of the line on is slow
    word = _LAST_WORD.search(line, max(start, line.rfind(" ", start, match.start()) + 1), match.start())
    return word is None or not _is_abbreviation(word[0], after)


def _is_abbreviation(word: str, after: str) -> bool:
    lower = word.casefold().lstrip("'&")
    if lower in _SOMETIMES:
        return after.islower() or after.isdigit()
    if lower in _ABBREVIATIONS:
        return True
    # "J.C. Staff", "Jon M. Chu"; the pronoun "I" ends a sentence more often than it starts a name.
    return _INITIALS.fullmatch(word) is not None and word.isascii() and word.isupper() and word != "I"
