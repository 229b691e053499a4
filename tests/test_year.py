"""A few weeks of turns as `evaluation.year` plays them: every one accounted for, nothing told twice, nothing left out."""

from __future__ import annotations

from pathlib import Path

from evaluation.year import Sizes, play


def test_every_turn_is_accounted_for_and_every_change_told_once(tmp_path: Path) -> None:
    outcome = play(Sizes(readers=12, days=24, seed=2), tmp_path)
    assert outcome.faults == ()
    assert outcome.counts["news told"] == outcome.counts["news owed"] > 50
    assert outcome.counts["deliveries sent"] > 20
