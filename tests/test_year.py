"""A few weeks of turns as `evaluation.year` plays them: every one accounted for, nothing told twice, nothing left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.year import Sizes, play


@pytest.mark.parametrize("seed", [1, 2])
def test_every_turn_is_accounted_for_and_every_change_told_once(tmp_path: Path, seed: int) -> None:
    outcome = play(Sizes(readers=12, days=24, seed=seed), tmp_path)
    assert outcome.faults == ()
    assert outcome.counts["news told"] == outcome.counts["news owed"] > 50
    assert outcome.counts["deliveries sent"] > 20
