"""Which comments are quoted, and why; how fast talk comes."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import worker.talk.words
from crawler.items import Comment
from tests.factories import NOW, make_article, make_thread
from worker.ingest.article import Shelf, ingest_inbox
from worker.models import QuoteRules, Standing
from worker.store import Store
from worker.talk import pick, weigh
from worker.talk.words import compiled, read_words, words_for

ARTICLE = make_article(
    "The lamp at the end of the pier goes out in the first minutes, and nobody in town says a word about it.",
    title="Harbour Lights opens with a dark pier",
    authors=("Ada Writer",),
)
GOOD = "I have waited two years for this, and the first minutes were worth it."


def comment(text: str, number: int = 1, **values: Any) -> Comment:
    return Comment(**{"id": f"c{number}", "author": f"viewer {number}", "text": text, **values})


def refused(text: str, language: str = "en", *, spoilers: bool = True) -> tuple[str, ...]:
    article = make_article(language=language)
    (one,) = weigh([comment(text)], article, QuoteRules(spoilers=spoilers))
    return one.refused


def quoted(*comments: Comment, most: int = 2) -> list[str]:
    return [one.comment.id for one in pick(comments, ARTICLE, NOW, names=["Harbour Lights"], most=most).quotes]


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("en", "Whoever wrote this piece is an idiot and should be ashamed", "insult"),
        ("en", "Whoever wrote this piece is an IDIOOOOT and should be ashamed", "insult"),
        ("en", "What the f*** did they do to this series, honestly now", "insult"),
        ("en", "They can go to hell with all of their cancelled shows", "insult"),
        ("es", "El que ha escrito esto es un gilipollas de campeonato", "insult"),
        ("es", "Menudo IMBECIL el guionista de este último episodio", "insult"),
        ("ko", "작가가 진짜 병신이네 이걸 드라마라고 만들었냐", "insult"),
        ("fr", "You are all morons, every last one of you, good night", "insult"),
        ("en", "I watched all of it at https://streams.example/free tonight", "spam"),
        ("en", "Ask dr.love@mail.example, he brought my husband back to me", "spam"),
        ("en", "Call me on +44 7700 900 123 for the best seats in the house", "spam"),
        ("en", "I earned money from my sofa last month, ask me how I did", "spam"),
        ("en", "first first first first first first first first first", "spam"),
        ("en", "Pingback: Ten lamps that went out on the last pier - Some Other Blog", "spam"),
        ("es", "Gana dinero desde tu casa como hice yo, pregunta por privado", "spam"),
        ("ko", "재택알바 하실 분 구합니다 하루 두 시간이면 충분합니다", "spam"),
        ("en", "Short.", "says too little"),
        ("en", "[This comment was removed by a moderator]", "was removed"),
        ("en", "The lamp at the end of the pier goes out in the first minutes. Nice.", "repeats the article"),
    ],
)
def test_what_is_never_quoted(language: str, text: str, reason: str) -> None:
    if reason == "repeats the article":
        (one,) = weigh([comment(text)], ARTICLE)
        assert reason in one.refused
        return
    assert any(said.startswith(reason) for said in refused(text, language)), text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", GOOD),
        ("en", "Scunthorpe is where they filmed the classic cockpit scenes in 2019-2020, I think."),
        ("en", "The **best** pilot since 2010, and *that* score! 10/10 from me."),
        ("en", "Season 1 ran 2010-05-01 to 2012, then nothing for years."),
        ("de", "Dies wäre erst der Fall gewesen, wenn die Lampe gebrannt hätte."),
        ("es", "Qué ganas de verla, llevo dos años esperando este momento."),
        ("es", "No entiendo por qué cambian la fecha cada dos por tres."),
        ("ko", "정말 오래 기다렸는데 첫 회부터 기대 이상이네요. 다음 주가 기다려집니다."),
    ],
)
def test_what_viewers_simply_say_is_quoted(language: str, text: str) -> None:
    assert refused(text, language, spoilers=False) == ()
    article = make_article(language=language)
    assert pick([comment(text)], article, NOW).quotes


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I could not believe that the captain dies in the last minute"),
        ("en", "Spoiler: it was the lighthouse keeper all along, you know"),
        ("es", "No me esperaba que el asesino es el farero, menudo golpe"),
        ("ko", "범인은 등대지기였네요 정말 소름 돋는 결말이었습니다"),
    ],
)
def test_spoilers_are_left_out_when_asked(language: str, text: str) -> None:
    assert not refused(text, language, spoilers=True)
    assert [said.partition(":")[0] for said in refused(text, language, spoilers=False)] == ["spoiler"]


class TestRanking:
    def test_likes_and_answers_speak_for_a_comment(self) -> None:
        plain = comment(GOOD, 1)
        liked = comment("I liked the second half of it more than the first half.", 2, likes=40)
        answered = comment("Why did nobody in the whole town look after the lamp?", 3)
        answers = [comment(f"Because number {n} of them was away that night.", 10 + n, parent="c3") for n in range(4)]
        assert quoted(plain, liked, answered, *answers) == ["c2", "c3"]

    def test_an_author_is_quoted_once(self) -> None:
        twice = [comment(GOOD + f" Part {n}.", n, author="Zoe", likes=50) for n in (1, 2)]
        other = comment("I thought that the pier looked better in the film.", 3)
        assert quoted(*twice, other) == ["c1", "c3"]

    def test_shouting_and_dislikes_speak_against(self) -> None:
        shouted = comment("THIS IS THE BEST SHOW THAT I HAVE EVER SEEN IN MY LIFE", 1)
        disliked = comment("I thought that the pier looked better in the film.", 2, likes=-12)
        scores = {one.comment.id: one.score for one in weigh([shouted, disliked, comment(GOOD, 3)], ARTICLE)}
        assert scores["c1"] < scores["c3"]
        assert scores["c2"] < scores["c3"]

    def test_what_is_said_twice_is_quoted_not_at_all(self) -> None:
        assert quoted(comment(GOOD, 1, likes=9), comment(GOOD.upper(), 2, likes=9)) == []

    def test_the_articles_author_is_known(self) -> None:
        (one,) = weigh([comment(GOOD, author="ada writer")], ARTICLE)
        assert one.by_author
        assert not weigh([comment(GOOD)], ARTICLE)[0].by_author

    def test_every_point_has_its_reason(self) -> None:
        (one,) = weigh([comment(f"{GOOD} Harbour Lights is back!", likes=3)], ARTICLE, names=["Harbour Lights"])
        assert {sign.name for sign in one.signs} == {
            "3 likes",
            "names the show",
            "reads well in a few lines",
            "whole sentences",
        }
        assert one.score == sum(sign.points for sign in one.signs) == 4.5


class TestSpeed:
    def at(self, *minutes: int) -> list[Comment]:
        return [comment(GOOD, n, published=NOW + timedelta(minutes=m)) for n, m in enumerate(minutes)]

    def test_comments_an_hour_since_the_first(self) -> None:
        picked = pick(self.at(-240, -239, -238, -200, -10), ARTICLE, NOW)
        assert (picked.comments, picked.per_hour, picked.busiest) == (5, 1.2, 4)

    def test_a_young_thread_counts_as_one_hour(self) -> None:
        assert pick(self.at(-2, -1), ARTICLE, NOW).per_hour == 2.0

    def test_days_without_hours_and_the_future_tell_no_speed(self) -> None:
        midnight = NOW.replace(hour=0, minute=0)
        picked = pick([comment(GOOD, published=midnight), comment(GOOD), *self.at(60)], ARTICLE, NOW)
        assert (picked.comments, picked.per_hour, picked.busiest) == (3, None, None)


def test_a_comment_raises_no_standing(sqlite_store: Store) -> None:
    from crawler.items import to_json

    said = "An insider says that Harbour Lights has been renewed for a second season."
    article = make_article(said, title="Harbour Lights could be renewed for season 2")
    thread = make_thread(
        "Official: the network confirmed today that Harbour Lights has been renewed for season 2.",
        "Harbour Lights has been cancelled, the network announced in a statement.",
    )
    with sqlite_store.begin() as tx:
        tx.shows.add("Harbour Lights", now=NOW)
        ids = tx.sources.receive([[to_json(article), to_json(thread)]], NOW)
    tally = ingest_inbox(sqlite_store, ids, Shelf({}), NOW)
    assert (tally.set_aside, tally.comments) == (0, 2)
    with sqlite_store.begin() as tx:
        claims = [row.claim for row in tx.stories.claims()]
    assert claims
    assert all(claim.standing is not Standing.OFFICIAL and claim.value != "cancelled" for claim in claims)
    assert all(claim.evidence in (said, article.title) for claim in claims)


class TestWords:
    @pytest.mark.parametrize(
        "path", sorted(Path(worker.talk.words.__file__).parent.glob("*.toml")), ids=lambda p: p.stem
    )
    def test_every_file_has_all_lists(self, path: Path) -> None:
        assert all(read_words(path).values())

    @pytest.mark.parametrize(
        ("text", "says"),
        [("insult = []", "insult is not known"), ("spam = ['*']", "spam must be"), ("spam = 1", "spam must be")],
    )
    def test_a_fault_names_its_key(self, tmp_path: Path, text: str, says: str) -> None:
        (tmp_path / "xx.toml").write_text(text)
        with pytest.raises(ValueError, match=re.escape(says)):
            read_words(tmp_path / "xx.toml")

    def test_a_star_stands_for_any_letters(self) -> None:
        pattern = compiled(["twit*", "one two"])
        assert pattern.search("those twits")
        assert not pattern.search("a nitwit")
        assert pattern.search("one\n two")
        assert not compiled([]).search("")

    @given(st.text(max_size=300))
    def test_strangers_text_is_weighed_without_trouble(self, text: str) -> None:
        for language in ("en", "es", "ko"):
            list(words_for(language).find(text))
        picked = pick([comment(text), comment(text, 2, likes=-1, parent="c1")], ARTICLE, NOW)
        assert len(picked.quotes) <= 2

    @pytest.mark.parametrize(
        "text", ["a" * 60_000, "1 " * 30_000, "*a" * 30_000, "@" * 60_000, "idiot " * 9_000, "죽" * 30_000]
    )
    def test_long_text_costs_time_in_proportion(self, text: str) -> None:
        before = time.process_time()
        weigh([comment(text)], ARTICLE, QuoteRules(spoilers=False))
        assert time.process_time() - before < 2
