"""What every match of a phrase must contain, found by reading the phrase; and that one look for it hides no phrase."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.ingest.lexicon import Bank, Banks, Lexicon, Phrase, Scan, load_lexicons, plain
from worker.ingest.lexicon.pieces import EDGE, needs_of

LEXICONS = load_lexicons()
_WORDS_LIST = """
    the a renewed cancelled season 2 second series will return for Netflix has been to Mara Voss joins cast of first
    trailer filming starts in May 2028 reportedly sources say spin-off rumour not could be last final ends is as re-up
    S3 10th "Salt" (The Ferry) though, who? talks: on board 8-episode renueva temporada estrena 시즌 2 확정 출연 ﬁlm ſeason
"""
TEXTS = st.lists(st.sampled_from(_WORDS_LIST.split()), max_size=14).map(" ".join)
LANGUAGES = st.sampled_from(["en", "es", "ko", "de"])


def need(*pieces: str) -> frozenset[str]:
    return frozenset(piece.replace("|", EDGE) for piece in pieces)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r"\brenew(?:s|ed)\b", [need("|renew")]),
        (r"\bseasons?\b", [need("|season")]),
        (r"\b(?:axed|scrapped) by\b", [need("|axed|", "|scrapped|")]),
        (r"\bcancel+ed\b", [need("|cance"), need("led|")]),
        (r"(?:very )?big news\b", [need("big news|")]),
        (r"\bgone\b(?! fishing)", [need("|gone|")]),
        (r"[A-Z]\w+ joins", [need(" joins")]),
        (r"\b(?:on|renewed)\b", [need("|on|", "|renewed|")]),
        (r"\b(?:(?:is|was) axed|gone)\b", [need(" axed|", "|gone|")]),
        (r"is (?:on|off), then", [need("|on|", "|off|"), need(", then")]),
        (r"\bair(?:s|ing)? in \d{4}", [need("|air"), need(*"0123456789")]),
        (r"\bS\d{1,2}\b", [need(*(f"|s{digit}" for digit in range(10))), need(*"0123456789")]),
        (r"[;:]| - ", [need(";", ":", " - ")]),
        (r"[2-4]\b", [need("2", "3", "4")]),
        (r"\b-axed", [need("-axed")]),
        (r"\b[a-d]", []),
        (r"\w+", []),
        (r"(?:renewed)?", []),
        (r"abc|", []),
    ],
)
def test_needs(pattern: str, needs: list[frozenset[str]]) -> None:
    assert sorted(map(sorted, needs_of(pattern))) == sorted(map(sorted, needs))


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bcancel+ed\b",
        r"colou?r {2,}(?:tv|show)s?",
        r"a{0,2}bcde|(?:fgh)+",
        r"x\.yz\+?",
        r"\b(?:is|was)(?: not)?\b(?: on [2-4]| off)",
        r"(?:\bS\d|season \d\d?)\b ?(?:ends|(?!no)[;:])",
    ],
)
@given(data=st.data())
def test_every_match_holds_a_piece_of_each_need(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII)))
    bank = Bank.of([Phrase("a rule", re.compile(pattern, re.IGNORECASE))], Scan())
    assert [match.span() for _, match in bank.find_all(text)] == [
        match.span() for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


def banks_of(lexicon: Lexicon) -> list[Bank]:
    tables = (*lexicon.claims.values(), lexicon.guards, lexicon.topics, lexicon.touches, lexicon.standing)
    tables += (lexicon.headings, lexicon.shows, {"": lexicon.seasons.bank})
    return [bank for table in tables for bank in table.values()]


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, language=LANGUAGES)
@example(text="Renewed!", language="en")
@example(text="ſeaſon 2 İs fınal", language="en")
@example(text="seasons ٢", language="en")
@example(text="Season ٢", language="en")
@example(text="x " * 700 + "it was renewed for season 2 at Netflix", language="en")
def test_one_look_finds_what_every_phrase_finds(text: str, language: str) -> None:
    text, lexicon = plain(text), LEXICONS.for_language(language)
    for bank in banks_of(lexicon):
        every = [(one.rule, match.span()) for one in bank.phrases for match in one.pattern.finditer(text)]
        first = bank.find(text)
        assert [(rule, match.span()) for rule, match in bank.find_all(text)] == every
        assert ([(first[0], first[1].span())] if first else []) == every[:1]
        assert (text in bank) == bool(every)
        assert (text in Banks([bank])) == bool(every)


def test_banks_say_what_one_of_them_says() -> None:
    scan = Scan()
    some = [Bank.of([Phrase(word, re.compile(rf"\b{word}\b"))], scan) for word in ("renewed", "axed")]
    assert [text in Banks(some) for text in ("axed", "renewed", "waxed", "")] == [True, True, False, False]
    assert "axed" not in Banks([])
    assert "axed" not in Banks([Bank()])
