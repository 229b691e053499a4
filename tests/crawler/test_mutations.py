"""Whatever was done to a page, extraction says what it found: nothing is raised, and no page takes for ever."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.spiders.reasons import OUTCOMES
from evaluation.mutations import CORPUS, MUTATIONS, made_pages, main, read_kind

KNOWN = {"article", *OUTCOMES}
SECONDS = 5.0  # a hundred times what such a page takes here
LARGE = {"long_lists", "endless_text", "huge_attributes"}  # a second each


def check(body: bytes, url: str) -> None:
    began = time.process_time()
    found = extract_page(body, url)
    assert time.process_time() - began < SECONDS
    assert found.outcome in KNOWN
    assert (found.outcome == "article") == (found.article is not None) == (found.reason == "")
    if found.article is not None:
        assert found.article.text.strip()


@settings(max_examples=80, deadline=None)
@given(
    page=st.sampled_from(made_pages()),
    kinds=st.lists(st.sampled_from(sorted(set(MUTATIONS) - LARGE)), min_size=1, max_size=3),
    seed=st.integers(0, 10**9),
)
def test_no_mutation_of_a_page_breaks_the_extraction(page: tuple[bytes, str], kinds: list[str], seed: int) -> None:
    body, url = page
    for kind in kinds:
        body = MUTATIONS[kind](body, random.Random(seed))
    check(body, url)


@pytest.mark.parametrize("kind", sorted(LARGE))
def test_no_large_page_breaks_the_extraction(kind: str) -> None:
    body, url = made_pages()[0]
    for number in range(2 if kind != "endless_text" else 1):
        check(MUTATIONS[kind](body, random.Random(number)), url)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2_000), st.sampled_from(["", "utf-8", "utf-16", "euc-kr", "shift_jis", "utf-7", "x\0"]))
def test_no_bytes_break_the_extraction(body: bytes, charset: str) -> None:
    found = extract_page(b"<html>" + body, made_pages()[0][1], charset=charset or None)
    assert found.outcome in KNOWN


def test_the_pages_that_are_mutated_are_articles() -> None:
    assert [extract_page(body, url).outcome for body, url in made_pages()] == ["article", "article"]


@pytest.mark.parametrize("kind", MUTATIONS)
def test_every_mutation_changes_the_page_and_is_the_same_for_the_same_seed(kind: str) -> None:
    body, _ = made_pages()[0]
    first, again = (MUTATIONS[kind](body, random.Random(3)) for _ in range(2))
    assert first == again
    assert first != body


def test_the_table_has_a_line_for_each_kind(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["truncated", "--pages", "2"]) == 0
    head, row = capfd.readouterr().out.splitlines()[:2]
    assert head.split()[:3] == ["kind", "pages", "raised"]
    assert row.split()[:3] == ["truncated", "2", "0"]


def test_figures_count_every_page() -> None:
    tally = read_kind("flipped", 3, seed=1)
    assert (tally.outcomes.total(), tally.raised.total()) == (3, 0)
    assert tally.worst_page.startswith("number ")
    assert CORPUS.is_dir() or "quay.example" in tally.worst_page or "kai.example" in tally.worst_page
