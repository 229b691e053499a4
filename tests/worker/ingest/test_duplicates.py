"""Copies and what only looks like one."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.ingest.duplicates import Signature, is_copy, sign, similarity

WIRE = (
    "The harbour drama Saltmarsh will return for another run, its network said on Monday. Filming begins in the old "
    "docks of Gdynia in March and is to last until the end of August. Mara Lind, who plays the pilot, said that the "
    "scripts for the first four parts are written and that she has read them twice on one train journey. The last run "
    "was seen by three million people a week, a record for the slot. A date has not been set, although the makers "
    "hope for the following spring."
)
OTHER = (
    "Ratings for the channel's quiz shows fell again over the weekend, when the football took a third of the audience. "
    "Executives had warned of a slow autumn and pointed to the cost of rights. Two new formats start after the winter "
    "break, one of them hosted by a former champion, and the studio in Leeds is being rebuilt for both of them."
)
STOCK = (
    " Saltmarsh tells of a pilot who finds a ship without a crew. It stars Mara Lind, Tom Reyes and Ada Koh. All runs "
    "can be seen on the network's own service, where a subscription costs seven pounds a month. Tell us below "
    "what you think, and follow our page for everything that is new in the world of drama."
)


def copied(a: str, b: str) -> bool:
    """As ingest asks: candidates by their bands, then the texts."""
    one, other = sign(a), sign(b)
    assert one
    assert other
    return bool(set(one.bands) & set(other.bands)) and is_copy(a, b, similarity(one, other))


@pytest.mark.parametrize(
    "copy",
    [
        WIRE,
        WIRE.replace(". ", ".\n\n").upper(),
        "GDYNIA (Wire) - " + WIRE,
        WIRE + " Source: the wire. Copyright 2026. All rights reserved.",
        WIRE.replace("A date has not been set, although the makers hope for the following spring.", ""),
        WIRE.replace("The last run was seen by three million people a week, a record for the slot. ", ""),
        "Good news for all who like boats and fog: our favourite is coming back to the screen. " + WIRE,
        WIRE.replace("said on Monday", "announced on Monday").replace("a record for the slot", "the slot's record"),
        WIRE.replace("'", "’").replace(" - ", " – "),
        WIRE[: WIRE.index("Mara")],
        WIRE[:150] + " …",
    ],
)
def test_copies_are_found(copy: str) -> None:
    assert copied(WIRE, copy)
    assert copied(copy, WIRE)


def test_an_excerpt_of_a_long_article_is_found() -> None:
    assert copied(WIRE + STOCK + OTHER, WIRE[:160])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (WIRE, OTHER),
        (WIRE + STOCK, OTHER + STOCK),
        (WIRE[:220] + STOCK, OTHER[:220] + STOCK),
        (
            "Everything about season 2 of Saltmarsh: release date, cast and plot of season 2, and where it runs.",
            "Everything about season 3 of Saltmarsh: release date, cast and plot of season 3, and where it runs.",
        ),
        (
            "When does Saltmarsh come back? Here is all that is known about Saltmarsh, its cast, and where to see it.",
            "When does Fogbound come back? Here is all that is known about Fogbound, its cast, and where to see it.",
        ),
        (WIRE.replace("Saltmarsh", "Fogbound").replace("Gdynia", "Leith").replace("Mara Lind", "Una Bell"), WIRE),
    ],
)
def test_articles_that_only_share_paragraphs_or_a_form_are_no_copies(a: str, b: str) -> None:
    assert not is_copy(a, b, 1.0)
    assert not is_copy(b, a, 1.0)


def test_short_texts_have_no_signature_and_are_never_copies() -> None:
    assert sign("The harbour drama is back.") is None
    assert not is_copy("The harbour drama is back.", "The harbour drama is back.", 1.0)


def test_likeness_is_estimated_from_the_sketch() -> None:
    one, other = sign(WIRE), sign(OTHER)
    assert one
    assert other
    assert similarity(one, one) == 1.0
    assert similarity(one, other) < 0.1
    assert similarity(one, Signature(one.digest, ())) == 1.0


def test_every_planted_copy_shares_a_band() -> None:
    picked = random.Random(7)
    for _ in range(100):
        words = [f"w{picked.randrange(5000)}" for _ in range(300)]
        edited = [word if picked.random() > 0.02 else "edited" for word in words]
        assert copied(" ".join(words), " ".join(edited))


def test_texts_in_scripts_without_spaces_are_signed_by_character() -> None:
    assert sign("港の劇が来年の春に新しい季節で戻ってくると放送局が発表した") is not None


def test_signatures_do_not_depend_on_the_hash_seed() -> None:
    code = "import json,sys; from worker.ingest.duplicates import sign; print(json.dumps(sign(sys.argv[1]).digest))"
    root = Path(__file__).parents[3]
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, WIRE],
            cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    signature = sign(WIRE)
    assert signature
    assert digests == {json.dumps(signature.digest) + "\n"}


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_signed_into_signed_64_bit_numbers(a: str, b: str) -> None:
    for signature in (sign(a), sign(a + b)):
        if signature:
            assert all(-(2**63) <= key < 2**63 for key in (*signature.digest, *signature.bands))
    assert is_copy(a, b, 1.0) == is_copy(b, a, 1.0)


CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "tvnews-dev.jsonl"


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled corpus is not here")
def test_copies_of_the_labelled_corpus() -> None:
    items = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    gold = {
        (a["id"], b["id"]) for a, b in combinations(items, 2) if a["dup_group"] and a["dup_group"] == b["dup_group"]
    }
    signed = [(item, signature) for item in items if (signature := sign(item["text"]))]
    found = {
        (a["id"], b["id"])
        for (a, one), (b, other) in combinations(signed, 2)
        if set(one.bands) & set(other.bands) and is_copy(a["text"], b["text"], similarity(one, other))
    }
    assert found <= gold
    assert len(found) >= 0.8 * len(gold)
