"""Two workers ingest the same syndicated articles at once; and a large archive costs no more than a small one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evaluation.races import COPIES, Told, alone, race
from tests.factories import NOW, make_article, make_claim
from worker.models import Change, Field, Kind, Move, Standing
from worker.store import Store

ARTICLES = 60  # the evaluation takes eight times as many, twenty times


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What one worker makes of them."""
    return alone(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'alone.db'}", ARTICLES, seed=3)


def test_two_workers_end_with_the_same_stories_in_any_order(store: Store, quiet: Told) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    groups, facts = race(url, ARTICLES, seed=7)
    assert sum(len(group) for group in groups) == ARTICLES
    assert all(len(group) >= COPIES for group in groups)  # no copy is alone
    assert all(families == "1" for *_, families in facts)  # a copy corroborates nothing
    assert (groups, facts) == quiet


def test_what_a_claim_is_held_against_does_not_grow_with_the_archive(sqlite_store: Store) -> None:
    with sqlite_store.begin() as tx:
        show = tx.shows.add("Harbour Lights", now=NOW)
        article = tx.articles.add(
            make_article(), family="f", tier="outlet", background=False, duplicate_of=None, now=NOW
        )
        for number in range(500):
            claim = make_claim(
                show_id=show.id, article_id=article.id, field=Field.CAST, kind=Kind.CASTING, value=f"joins: P{number} N{number}",
                seen_at=NOW + timedelta(minutes=number),
            )  # fmt: skip
            tx.stories.keep(claim, Move(None, Change.NEW, None, (), Standing.RUMOUR, claim.value, None, "first"), 1)
        beside = tx.stories.beside(make_claim(show_id=show.id, field=Field.CAST, value="leaves: N7"))
        assert [story.value for story in beside] == ["joins: P7 N7"]
        plot = [
            make_claim(show_id=show.id, article_id=article.id, field=Field.PLOT, kind=Kind.PLOT, value=f"plot {n}")
            for n in range(300)
        ]
        for one in plot:
            tx.stories.keep(one, Move(None, None, None, (), Standing.RUMOUR, one.value, None, "first"), 0)
        assert len(tx.stories.beside(plot[0])) == 100
