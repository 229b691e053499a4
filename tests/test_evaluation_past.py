"""The development set as a past: the first run keeps it, the next ones tell what has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation import past
from tests.factories import NOW, make_article
from worker.models import Show
from worker.store import open_store
from worker.store.corrections import Correction, Fault


def test_what_has_changed_since_the_last_run_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "past" / "past.db"
    article = make_article(
        "An insider says that Harbour Lights has been renewed for a second season.",
        title="Harbour Lights renewed for season 2",
    )
    shows = [Show(1, "Harbour Lights", "harbour-lights")]
    assert past.report(shows, [article], kept) is None
    same = past.report(shows, [article], kept)
    assert same is not None
    assert same.is_nothing
    store = open_store(f"sqlite:///{kept}")
    with store.begin() as tx:
        tx.corrections.add(Correction(0, Fault.NOT_NEWS, article.url, "", "", "", "", NOW))
    store.close()
    changed = past.report(shows, [article], kept)
    assert changed is not None
    assert changed.lost
    assert "lost: Harbour Lights: status renewed (rumour)" in capsys.readouterr().out
    again = past.report(shows, [article], kept)
    assert again is not None
    assert again.is_nothing
