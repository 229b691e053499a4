"""What every match of a phrase must contain, found by reading the phrase."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.ingest.lexicon import load_lexicons, plain
from worker.ingest.lexicon.pieces import pieces_of

_WORDS_LIST = """
    the a renewed cancelled season 2 second series will return for Netflix has been to Mara Voss joins cast of first
    trailer filming starts in May 2028 reportedly sources say spin-off rumour not could be last final ends
"""
WORDS = st.sampled_from(_WORDS_LIST.split())


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (r"\brenew(?:s|ed)\b", ("renew",)),
        (r"\bseasons?\b", ("season",)),
        (r"\b(?:axed|scrapped) by\b", ("axed", "scrapped")),
        (r"\bcancel+ed\b", ("cance",)),
        (r"(?:very )?big news\b", ("big news",)),
        (r"\bgone\b(?! fishing)", ("gone",)),
        (r"[A-Z]\w+ joins", (" joins",)),
        (r"no\.? w{2,3}", None),
        (r"\b(?:been )?scrapped by\b", ("scrapped by",)),
        (r"\b(?:on|renewed)\b", None),
        (r"\w+", None),
        (r"(?:renewed)?", None),
        (r"abc|", None),
    ],
)
def test_pieces(pattern: str, pieces: tuple[str, ...] | None) -> None:
    assert pieces_of(pattern) == pieces


@pytest.mark.parametrize(
    "pattern", [r"\bcancel+ed\b", r"colou?r {2,}(?:tv|show)s?", r"a{0,2}bcde|(?:fgh)+", r"x\.yz\+?"]
)
@given(data=st.data())
def test_every_match_holds_a_piece(pattern: str, data: st.DataObject) -> None:
    pieces = pieces_of(pattern)
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII)))
    assert pieces is None or any(piece in text.lower() for piece in pieces)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_the_cheap_look_hides_no_phrase(text: str) -> None:
    lexicon = load_lexicons().for_language("en")
    for banks in (*lexicon.claims.values(), lexicon.guards, lexicon.topics, lexicon.standing):
        for bank in banks.values():
            tried = {phrase.rule for phrase in bank.phrases if phrase.pattern.search(plain(text))}
            assert {rule for rule, _ in bank.find_all(plain(text))} == tried
