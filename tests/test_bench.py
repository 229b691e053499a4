"""The benchmark goes on working: its smallest sizes, its server, its table."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from bench import __main__ as door
from bench import archive, crawl, extract, ingest
from bench.made import NOW
from bench.measure import Run, per_unit, run_job
from bench.report import Row, table
from bench.server import ETAG, answer, host, serving
from worker.ingest.article import Shelf
from worker.store import open_store

TINY = crawl.Sizes(rounds=1, feeds=2, readings=1)


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench needs Linux")


def test_the_crawl_cases_do_their_work() -> None:
    rows = {row.case: row for row in crawl.run(TINY, (crawl.changed, crawl.parsing))}
    assert all(math.isfinite(row.ours) for row in rows.values())
    assert rows["changed feed, 2 sources"].anchor is not None
    # feedparser costs many times as much, whatever else the machine does
    assert (rows["reading a feed of 30 entries"].ratio or 1) < 0.5


def test_the_extract_cases_do_their_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extract, "GOLD", tmp_path)  # made pages, whatever stands beside the checkout
    rows = extract.run(extract.Sizes(rounds=2, made=2, paragraphs=(50, 100)))
    assert all(math.isfinite(row.ours) for row in rows)
    found = {row.case.strip(): row for row in rows}
    assert found["extraction of 2 made pages"].anchor is not None
    # a hash of the bytes costs a thousandth, a look at the words a twentieth, whatever else the machine does
    assert (found["known page, the same bytes"].ratio or 1) < 0.05
    known = found["known page, the same text under other bytes"]
    assert (known.ratio or 1) < 0.5
    assert known.note.startswith("2 of 2 pages")


def test_the_memory_of_a_child_is_its_own_and_not_its_parents() -> None:
    # it is read while the child lives: the kernel's figure for ended children begins with the parent's
    with serving() as port:
        run = run_job("bench.ours", {"case": "empty", "home": "", "count": 1, "port": port, "hosts": 1})
    assert run.processes == 1
    assert 20 < run.peak_mb < 500


def test_all_hosts_of_the_server_answer_and_nobody_else_is_asked() -> None:
    with serving() as port:
        for number in (0, 15_999):
            url = f"http://{host(number)}:{port}/feed-30.xml"
            assert host(number).encode() in urllib.request.urlopen(url).read()


def test_hosts_are_loopback_addresses_of_their_own() -> None:
    hosts = {host(number) for number in range(70_000)}
    assert len(hosts) == 70_000
    assert all(name.startswith("127.") and 0 < int(name.rsplit(".", 1)[1]) < 255 for name in hosts)


def test_the_server_says_304_to_its_own_etag_alone() -> None:
    request = b"GET /feed-30.xml HTTP/1.1\r\nHost: 127.0.0.9:80\r\nIf-None-Match: "
    assert answer(request + ETAG.encode()).startswith(b"HTTP/1.1 304 ")
    changed = answer(request + b'"another"')
    assert changed.startswith(b"HTTP/1.1 200 ")
    assert b"http://127.0.0.9:80/article/0.html" in changed
    assert answer(b"GET /nothing HTTP/1.1").startswith(b"HTTP/1.1 404 ")


def test_start_up_is_taken_off_and_the_median_taken() -> None:
    one = [Run(1, 0.5), Run(1, 0.5), Run(1, 0.5)]
    many = [Run(11, 1.5), Run(11, 2.5), Run(11, 9.5)]
    assert per_unit(many, one) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("a", 60.0, "us", 100.0, 0.65), True),
        (Row("a", 70.0, "us", 100.0, 0.65), False),
        (Row("a", 1.0, "starts", None, 1), True),
        (Row("a", 2.0, "starts", None, 1), False),
        (Row("a", 2.0, "starts"), None),
    ],
)
def test_a_goal_is_a_ratio_or_a_limit(row: Row, met: bool | None) -> None:
    assert row.met is met


def test_the_table_says_what_was_missed() -> None:
    text = table([Row("a poll", 70.0, "us/poll", 100.0, 0.65), Row("a start", 1.0, "starts", None, 1)])
    assert "0.70x" in text
    assert text.count("missed") == text.count("reached") == 1


def test_a_missed_goal_is_the_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    missed = [Row("  a poll", 70.0, "us/poll", 100.0, 0.65)]
    monkeypatch.setitem(door.PARTS, "crawl", lambda quick: missed)
    assert door.main(["crawl", "--json"]) == 1
    line = json.loads(capsys.readouterr().out)
    assert (line["case"], line["ratio"], line["met"]) == ("a poll", 0.7, False)


class TestArchive:
    def test_multiplied_articles_lie_in_the_past_and_are_copies_of_nothing(self, tmp_path: Path) -> None:
        archive.make_template(tmp_path / "template.db", 12)
        archive.grow(tmp_path / "template.db", tmp_path / "grown.db", 5)
        store = open_store(archive.url_of(tmp_path / "grown.db"))
        with store.begin() as tx:
            rows, claims = tx.articles.rows(), tx.stories.claims()
            assert tx.connection.execute(text("PRAGMA foreign_key_check")).all() == []
            (keys,) = tx.connection.execute(text("SELECT count(DISTINCT key) FROM bands")).one()
        assert (len(rows), len({row.stored.article.url for row in rows})) == (60, 60)
        assert len({row.stored.fingerprint for row in rows}) == 60
        assert keys == 60 * 24
        times = sorted({row.stored.first_seen for row in rows})
        assert len(times) == 5
        assert times[-1] == NOW
        assert {row.claim.article_id for row in claims} > set(range(1, 13))
        archive.take_in(store, Shelf({}), list(archive.made_articles(1000, 3)))
        with store.begin() as tx:
            assert [row.stored.duplicate_of for row in tx.articles.rows()] == [None] * 63
        store.close()

    def test_a_statement_that_reads_a_whole_table_is_found(self, tmp_path: Path) -> None:
        archive.make_template(tmp_path / "template.db", 2)
        with sqlite3.connect(tmp_path / "template.db") as connection:
            assert ingest.scanned(connection, "SELECT * FROM articles WHERE title = ?", ("x",)) == {"articles"}
            assert ingest.scanned(connection, "SELECT * FROM articles WHERE url = ?", ("x",)) == set()
            assert ingest.scanned(connection, "PRAGMA user_version", ()) == set()


def test_no_statement_of_the_ingest_reads_a_whole_table(tmp_path: Path) -> None:
    path = tmp_path / "template.db"
    archive.make_template(path, 10)
    store = open_store(archive.url_of(path))
    row = ingest.whole_tables(ingest.Shop(10, path, store, Shelf({})), 10)
    store.close()
    assert row.ours == 0, row.note
    assert row.met


def test_the_rows_of_growth_name_their_anchors() -> None:
    rows = ingest.growth_rows({1000: 100.0, 100_000: 150.0, 300_000: 180.0})
    assert [(row.case.strip(), row.ratio, row.met) for row in rows[-2:]] == [
        ("300,000 stored, over all", pytest.approx(1.8), True),
        ("the same beyond the window", pytest.approx(1.2), False),
    ]


def test_the_search_for_copies_is_measured_with_and_without_an_anchor(tmp_path: Path) -> None:
    archive.make_template(tmp_path / "template.db", 60)
    sizes = ingest.Sizes(stored=(500, 500), signed=3, indexed=55, rounds=1)
    for row in ingest.copies(tmp_path, sizes):
        assert row.ours > 0
        assert row.anchor is not None or "no anchor" in row.note
