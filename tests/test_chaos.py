"""The generated outlets, and the account that is taken after a storm: each of its lines must notice what it is for."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest

from crawler.source import load_sources
from scaled.account import Copy, Line, account_left, account_mails, compare_books, doubts, same
from scaled.books import Books, Mailed, left_in_the_database, read_books
from scaled.calm import SLOT, moments, prepare, step_times, timetable
from scaled.chaos import CALM, Report
from scaled.chaos_report import to_json
from scaled.news import APART, OVERTAKING
from scaled.outlets import MadeSites, World, make_world, pages_of
from tests.factories import make_article
from worker.ingest.shows import propose_shows
from worker.store import Store
from worker.tasks import Kit

PARTS = timetable(600)
TIMES = step_times(PARTS)
BASE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(40, TIMES, seed=3)


def test_the_same_seed_makes_the_same_world_and_another_another(world: World) -> None:
    assert make_world(40, TIMES, seed=3) == world
    assert make_world(40, TIMES, seed=4) != world


def test_news_of_all_kinds_is_rumoured_first_and_official_later(world: World) -> None:
    assert {one.kind for one in world.news} == {
        "renewed", "cancelled", "not-cancelled", "released", "moved", "trailer", "joins",
    }  # fmt: skip
    for rumour in [one for one in world.news if not one.official and one.kind != "cancelled"]:
        confirmed = [
            one for one in world.news if (one.show, one.kind, one.official) == (rumour.show, rumour.kind, True)
        ]
        assert [one.step >= rumour.step + APART for one in confirmed] == [True]
    for later in [one for one in world.news if one.kind in OVERTAKING]:
        before = [one for one in world.news if one.show == later.show and one.kind in ("released", "cancelled")]
        assert before
        assert all(later.step >= one.step + APART for one in before)


def test_no_text_names_what_might_be_taken_for_another_show(world: World) -> None:
    """Who is proposed depends on the order in which texts are read, and the calm run reads in its own."""
    some = [*world.tellings[::12], *(one for one in world.tellings if one.added)]
    for one in some:
        text = "\n\n".join([*one.paragraphs, *(text for _, text in one.added)])
        assert set(propose_shows(make_article(title=one.title, text=text))) <= {show.name for show in world.shows}


def test_families_print_the_same_text(world: World) -> None:
    texts = Counter(one.paragraphs[0] for one in world.tellings if one.paragraphs[-1].startswith("This story first"))
    assert texts
    assert all(sum(one.paragraphs[0] == text for one in world.tellings) > count for text, count in texts.items())


def test_outlets_only_grow_and_nothing_on_them_is_from_the_future(world: World) -> None:
    for outlet in world.outlets:
        before: set[str] = set()
        for step, now in enumerate(TIMES):
            pages = pages_of(world, outlet, BASE, step)
            assert before <= pages.keys()
            before = set(pages)
            assert all(one.step <= step or f"/{one.slug}/" not in " ".join(pages) for one in world.of(outlet))
            assert f"{now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}".encode() not in b"".join(
                p.body for p in pages.values()
            )


def test_a_guide_is_rewritten_and_keeps_what_it_said(world: World) -> None:
    guide = next(one for one in world.tellings if one.added)
    outlet = world.outlets[guide.outlet]
    address = f"/guides/{guide.slug}/"
    first, last = (pages_of(world, outlet, BASE, step)[address].body.decode() for step in (0, len(TIMES) - 1))
    assert guide.added[-1][1] in last
    assert guide.added[-1][1] not in first
    assert all(text in first and text in last for text in guide.paragraphs)


def test_all_outlets_are_served_and_their_source_files_are_good(world: World, tmp_path) -> None:
    with MadeSites(world) as sites:
        sites.write_sources(tmp_path)
        sources, faults = load_sources([tmp_path])
        assert faults == []
        assert len(sources) == len(world.outlets) == len(set(sites.hosts))
        sites.turn(len(TIMES) - 1)
        for source in sources.values():
            with urlopen(source.start_urls[0], timeout=10) as answer:
                assert answer.status == 200
        article = next(url for url in sites.addresses() if url.startswith(sites.urls["made-001"]))
        with urlopen(article, timeout=10) as answer:
            tag = answer.headers["ETag"]
        asked = Request(article, headers={"If-None-Match": tag})
        with pytest.raises(Exception, match="304"):
            urlopen(asked, timeout=10)
        with pytest.raises(Exception, match="404"):
            urlopen(f"{article}no", timeout=10)


@pytest.mark.parametrize("seconds", [60, 120, 200, 600])
def test_turns_come_in_each_part_and_steps_one_after_the_other(seconds: float) -> None:
    parts = timetable(seconds)
    stormy = parts[:-CALM]
    assert sum(part.seconds for part in stormy) == pytest.approx(seconds)
    assert all(part.start < SLOT + timedelta(days=(part.start - SLOT).days + 1) for part in parts)
    for part in (*stormy, *parts[-CALM + 1 :]):
        slot = part.start.replace(hour=8, minute=0, second=0)
        assert part.start < slot < part.start + timedelta(seconds=part.seconds)
    assert [number for part in parts for _, number in part.steps] == list(range(len(step_times(parts))))
    ticks = list(moments(parts))
    assert ticks == sorted(ticks)
    assert ticks[-1][1] == len(step_times(parts)) - 1


def test_what_is_missing_and_what_is_too_much_is_told() -> None:
    line = same("claims", Counter(a=2, b=1), Counter(a=1, c=1))
    assert (line.expected, line.found) == (3, 2)
    assert len(line.faults) == 3
    assert same("claims", Counter(a=1), Counter(a=1)).faults == ()


BOOKS = Books(
    articles=Counter({(f"{BASE}/a/", "made-000", "A"): 1, (f"{BASE}/b/", "made-001", "B"): 1}),
    claims=Counter({("Undertow", f"{BASE}/a/", "renewed"): 1}),
    news=Counter({frozenset({f"{BASE}/a/", f"{BASE}/b/"}): 1}),
    turns=Counter({("ann@example.org", "2027-03-05", "opened"): 1}),
)


def faulty(found: Books) -> set[str]:
    return {line.what for line in compare_books(BOOKS, found, [f"{BASE}/a/", f"{BASE}/b/"]) if line.faults}


def test_books_that_are_equal_have_no_faults() -> None:
    assert faulty(replace(BOOKS)) == set()


def test_each_kind_of_loss_is_noticed() -> None:
    one = Counter({(f"{BASE}/a/", "made-000", "A"): 1})
    assert faulty(replace(BOOKS, articles=one)) == {
        "articles published, read once", "articles: words, labels, shows",
    }  # fmt: skip
    twice = BOOKS.articles + one
    assert "articles published, read once" in faulty(replace(BOOKS, articles=twice))
    assert faulty(replace(BOOKS, claims=Counter())) == {"claims"}
    apart = Counter({frozenset({f"{BASE}/a/"}): 1, frozenset({f"{BASE}/b/"}): 1})
    assert faulty(replace(BOOKS, news=apart)) == {"news: pairs of articles that are one"}
    assert faulty(replace(BOOKS, turns=Counter())) == {"readers' turns"}
    assert faulty(replace(BOOKS, aside=Counter({("made-000", f"{BASE}/a/", "ingest-failed"): 1}))) == {"set aside"}


SENT = Mailed("ann@example.org", "2027-03-05", "sent", 0, "<1@x>", "250 2.0.0 taken")
TAKEN = Copy("ann@example.org", "<1@x>", "cafe")


def wrong(mails: list[Mailed], taken: list[Copy]) -> set[str]:
    return {line.what.partition(":")[2].strip() for line in account_mails(mails, taken) if line.faults}


def test_a_mail_that_was_sent_and_taken_once_is_well() -> None:
    assert wrong([SENT], [TAKEN]) == set()
    assert wrong([replace(SENT, state="skipped", message_id="")], []) == set()


@pytest.mark.parametrize(
    ("mails", "taken", "lines"),
    [
        ([SENT], [], {"ours are with the server"}),
        ([SENT], [TAKEN, TAKEN], {"once, or in doubt"}),
        ([replace(SENT, doubts=1)], [TAKEN, TAKEN], set()),
        ([replace(SENT, doubts=1)], [TAKEN, replace(TAKEN, sha256="beef")], {"once, or in doubt"}),
        ([SENT], [TAKEN, replace(TAKEN, message_id="<2@x>")], {"the server's are ours"}),
        ([SENT, SENT], [TAKEN], {"one delivery a turn"}),
        ([replace(SENT, state="failed")], [TAKEN], {"at their end, and taken"}),
        ([replace(SENT, state="skipped")], [TAKEN], {"at their end, and taken"}),
        ([replace(SENT, state="handing over")], [], {"at their end, and taken"}),
    ],
)
def test_each_fault_of_mails_is_noticed(mails: list[Mailed], taken: list[Copy], lines: set[str]) -> None:
    assert wrong(mails, taken) == lines


def test_a_delivery_that_stays_in_doubt_is_no_delivery_that_was_made() -> None:
    in_doubt = replace(SENT, state="uncertain", doubts=1)
    assert "at their end, and taken" in wrong([in_doubt], [TAKEN])
    assert doubts([in_doubt, SENT, replace(SENT, doubts=2)]) == (2, 3)


def test_what_is_left_is_a_fault() -> None:
    lines = account_left({"items in the inbox": 0, "hosts leased": 2})
    assert [len(line.faults) for line in lines] == [0, 1]


def test_a_lease_is_left_until_it_ends(store: Store) -> None:
    with store.begin() as tx:
        tx.hosts.lease({"one.example"}, "a crawl", SLOT, SLOT + timedelta(minutes=3))
    assert left_in_the_database(store)["hosts leased"] == 1
    assert left_in_the_database(store, SLOT)["hosts leased"] == 1
    assert left_in_the_database(store, SLOT + timedelta(minutes=4))["hosts leased"] == 0


def test_the_books_of_two_engines_are_the_same(kit: Kit, store: Store, world: World) -> None:
    found = []
    for one in (kit.store, store):
        prepare(one, world, 8, seed=1)
        found.append(read_books(one))
    assert found[0] == found[1]
    assert len(found[0].shows) == len(world.shows)


def test_a_report_with_one_wrong_line_is_not_well() -> None:
    report = Report([Line("claims", 2, 2)], Counter({"crawl killed": 3}))
    assert json.loads(to_json(report))["well"] is True
    report.lines.append(Line("comments", 2, 1, ("missing: one",)))
    found = json.loads(to_json(report))
    assert (found["well"], found["blows"], found["lines"][1]["faults"]) == (
        False,
        {"crawl killed": 3},
        ["missing: one"],
    )
