"""The talk section: the liveliest threads, how fast they were, and quotes by the rules that are set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from crawler.items import Comment
from tests.factories import NOW, make_article
from worker.digest.content import Talk, View
from worker.digest.sections import talk
from worker.mail.message import Templates
from worker.models import Labels, QuoteRules
from worker.store.articles import ArticleRow, StoredArticle
from worker.store.news import TalkRow

SHOW = "Harbour Lights"
SAID = "I knew from the first scene that the lamp would go out."


def told_of(rows: Sequence[TalkRow], rules: QuoteRules = QuoteRules()) -> tuple[Talk, ...]:
    return talk(rows, SHOW, NOW, rules, View(spoilers=True), Templates().say("en"))


def row(number: int, *comments: Comment, shows: tuple[str, ...] = (SHOW,)) -> TalkRow:
    article = make_article(url=f"https://my-outlet.example/{number}", authors=("Ada Writer",))
    stored = StoredArticle(
        number, article, "f", "my-outlet", "fan", 1, NOW, NOW, False, None, Labels(True, (), None, None)
    )
    return TalkRow(ArticleRow(stored, shows, len(comments), None, number, None), comments)


def comments(count: int, **values: object) -> list[Comment]:
    """One every ten minutes, up to now."""
    return [
        replace(Comment(f"c{n}", f"viewer {n}", f"{SAID} Take {n}.", NOW - timedelta(minutes=10 * n)), **values)
        for n in range(count)
    ]


def test_the_liveliest_threads_come_first_and_say_how_fast_they_were() -> None:
    rows = [
        row(1, *comments(2)),
        row(2, *comments(9)),
        row(3, *comments(4)),
        row(4, *comments(8), shows=("Night Ferry", SHOW)),
    ]
    told = told_of(rows)
    assert [(one.source.url[-1], one.new, one.busiest) for one in told] == [("2", 9, 6), ("3", 4, 4)]
    assert [len(one.quotes) for one in told] == [2, 2]


def test_a_slow_thread_has_no_figure() -> None:
    (told,) = told_of([row(1, *comments(2))])
    assert told.busiest is None


def test_names_are_withheld_but_for_who_wrote_the_article() -> None:
    own = replace(comments(1)[0], id="own", author="Ada Writer", text="We have asked the network, and it said nothing.")
    for rules, names in (
        (QuoteRules(), ["viewer 0", "Ada Writer"]),
        (QuoteRules(authors=False), ["a viewer", "Ada Writer"]),
    ):
        (told,) = told_of([row(1, *comments(1), own)], rules)
        assert sorted(quote.author for quote in told.quotes) == sorted(names)
        assert [quote.by_author for quote in told.quotes if quote.author == "Ada Writer"] == [True]


def test_spoilers_are_quoted_unless_they_are_not_wanted() -> None:
    spoiling = comments(1, text="And then the keeper dies in the very last scene.")
    assert [len(told_of([row(1, *spoiling)], QuoteRules(spoilers=wanted))[0].quotes) for wanted in (True, False)] == [
        1,
        0,
    ]
