"""Sentences: where they end and where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.ingest.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It is back. Filming starts soon.", ["It is back.", "Filming starts soon."]),
        ("Mr. Dunn met Dr. Vale. They left.", ["Mr. Dunn met Dr. Vale.", "They left."]),
        ("A. J. Quill writes it. J.C. Marsh directs.", ["A. J. Quill writes it.", "J.C. Marsh directs."]),
        ("It airs on Feb. 9 at 9 p.m. on Meridian.", ["It airs on Feb. 9 at 9 p.m. on Meridian."]),
        ("It drew 4.7 million. Well done!", ["It drew 4.7 million.", "Well done!"]),
        ('"We are back." She smiled.', ['"We are back."', "She smiled."]),
        ("It is on in the U.S. Viewers cheered.", ["It is on in the U.S.", "Viewers cheered."]),
        ("It went to Warner Bros. TV. It sold.", ["It went to Warner Bros. TV.", "It sold."]),
        ("One block\nanother block", ["One block", "another block"]),
        ("돌아온다. 공개는 미정이다.", ["돌아온다.", "공개는 미정이다."]),
        ("¿Vuelve? Sí, vuelve.", ["¿Vuelve?", "Sí, vuelve."]),
        ("帰ってくる。来年だ。", ["帰ってくる。", "来年だ。"]),
        ("", []),
    ],
)
def test_splits(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@given(st.text(max_size=300))
def test_loses_nothing(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
