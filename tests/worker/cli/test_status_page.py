"""`status --html`: what the pictures show is what the store holds, in words too, and never without bounds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from tests.worker.cli.test_cli import Shell
from tests.worker.cli.test_status import filled
from worker.cli import status_page
from worker.cli.charts import Piece, round_up, shares, sparkline, stacked
from worker.cli.status_page import in_words, week_starts
from worker.store import Store
from worker.store.history import Activity, Comments, activity, claims_between, comments_by_source
from worker.store.sources import Crawled, SourceState

DAY = timedelta(days=1)
COUNTS = st.lists(st.integers(0, 10**9), max_size=40)


class Page(HTMLParser):
    """What a page would ask others for, its words, and the cells of its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.named: list[str] = []
        self.rows: list[list[str]] = []
        self._cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.asked += [tag] if tag in ("script", "link", "img", "iframe", "object") or "src" in given else []
        self.named += [given["aria-label"] or ""] if tag == "svg" and "aria-label" in given else []
        self.rows += [[]] if tag == "tr" else []
        self._cell = tag in ("td", "th")

    def handle_endtag(self, tag: str) -> None:
        self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1].append(data)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def crawled(source: str, days_ago: int, news: int, **more: int) -> Crawled:
    figures = {"fetched": 3, "unchanged": 0, "failed": 0, "size": 9, "links": 4, "articles": news, "words": 90}
    values = {**figures, "captured": 0, "declared": 0, **more}
    return Crawled(source, NOW - days_ago * DAY, "ok", news=news, **values)


def tended(store: Store, count: int, state: str = "ok", reason: str = "", start: int = 0) -> None:
    """So many sources, with a file, a state, and two crawls each: the later its number, the more it brought."""
    folder = Path("home/sources")
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"s{n:03}" for n in range(start, start + count)]
    for name in names:
        (folder / f"{name}.toml").write_text(f'name = "{name}"\nstart_urls = ["https://{name}.example/"]\n')
    with store.begin() as tx:
        tx.sources.save_states([SourceState(name, NOW, NOW, NOW + DAY, 0, state, reason) for name in names])
        tx.sources.add_history([crawled(name, 1, n + start) for n, name in enumerate(names)], {})
        tx.sources.add_history([crawled(name, 0, 0, fetched=0, failed=2) for name in names], {})


def inside(pieces: list[Piece], width: float, height: float) -> bool:
    slack = 0.02  # coordinates are rounded
    across = all(-slack <= one.x and one.x + one.width <= width + slack for one in pieces)
    return across and all(-slack <= one.y and one.y + one.height <= height + slack for one in pieces)


class TestCharts:
    @given(COUNTS, st.lists(st.booleans(), min_size=40, max_size=40))
    def test_a_sparkline_has_a_piece_for_each_crawl_and_stays_in_its_frame(
        self, news: list[int], ill: list[bool]
    ) -> None:
        pieces = sparkline(news, ill[: len(news)], width=150, height=28, most=30)
        assert len(pieces) == min(30, len(news))
        assert inside(pieces, 150, 28)
        assert all((one.kind == "failed") == bad for one, bad in zip(pieces, ill[: len(news)][-30:], strict=True))
        assert not pieces or pieces[-1].x + pieces[-1].width > 148  # the newest stands at the right

    @given(COUNTS)
    def test_shares_fill_the_bar_side_by_side(self, counts: list[int]) -> None:
        pieces = shares([(str(n), count) for n, count in enumerate(counts)], width=600, height=24)
        assert [one.kind for one in pieces] == [str(n) for n, count in enumerate(counts) if count]
        assert inside(pieces, 600, 24)
        assert all(abs(one.x + one.width - other.x) < 0.05 for one, other in pairwise(pieces))
        assert not pieces or abs(sum(one.width for one in pieces) - 600) < 1

    def test_a_column_is_as_high_as_its_count(self) -> None:
        (low, high, single) = stacked([[("a", 5), ("b", 10)], [], [("a", 20)]], width=300, height=100, top=20, gap=0)
        assert (low.y, low.height, high.y, high.height) == (75, 25, 25, 50)
        assert (single.x, single.y, single.height, single.kind) == (200, 0, 100, "a")

    @pytest.mark.parametrize(
        ("number", "top"), [(0, 1), (1, 1), (3, 5), (10, 10), (11, 20), (51, 100), (200_001, 500_000)]
    )
    def test_axes_end_at_round_numbers(self, number: int, top: int) -> None:
        assert round_up(number) == top

    def test_in_words(self) -> None:
        said = in_words([3, 0, 7, 0], 1, "2027-03-01")
        assert said == "4 crawls since 2027-03-01: 10 articles with news, 7 at the most, 0 last; 1 crawls got no answer"
        assert in_words([], 0, "") == "no crawl is remembered"


def test_weeks_begin_on_mondays_at_midnight_also_when_the_clock_is_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    weeks = week_starts(datetime(2027, 3, 31, 22, 30, tzinfo=UTC), berlin, 3)
    assert [f"{week:%a %F %R %z}" for week in weeks] == [
        "Mon 2027-03-15 00:00 +0100",
        "Mon 2027-03-22 00:00 +0100",
        "Mon 2027-03-29 00:00 +0200",
        "Mon 2027-04-05 00:00 +0200",
    ]


def test_the_past_is_the_same_on_both_engines(store: Store) -> None:
    filled(store)
    with store.begin() as tx:
        tx.sources.add_history([crawled("a", 1, 4), crawled("a", 9, 5), crawled("b", 40, 7)], {})
        run = tx.connection.exec_driver_sql
        for article, captured, declared in ((40, 3, 5), (39, 4, "NULL"), (1, 90, 90)):
            values = f"{article}, 'wordpress', {declared}, {captured}, '2027-03-05 08:00:00'"
            run(f"INSERT INTO threads (article_id, engine, declared_count, captured, updated_at) VALUES ({values})")
    with store.read() as tx:
        assert activity(tx.connection, NOW - 28 * DAY) == {"a": Activity(2, 9)}
        weeks = [NOW - 13.5 * DAY, NOW - 6.5 * DAY, NOW + DAY / 2, NOW + DAY]
        assert claims_between(tx.connection, weeks) == [{"rumour": 7}, {"rumour": 7}, {}]
        assert comments_by_source(tx.connection, NOW - 10 * DAY) == {"o": Comments(2, 7, 5)}
        assert comments_by_source(tx.connection, NOW - 10 * DAY, newest=1) == {"o": Comments(1, 3, 5)}


def test_a_page_that_says_what_its_pictures_show(
    shell: Shell, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", str(sqlite_store.engine.url))
    filled(sqlite_store)
    assert shell("status", "--html", "status.html") == (0, "", "written: status.html\n")
    html = Path("status.html").read_text("utf-8")
    page = Page(html)
    assert page.asked == []
    weeks = {row[0]: row[1:] for row in page.rows if len(row) == 5}
    assert weeks["2027-03-01"] == ["0", "0", "5", "0"]  # a rumour a day, from Monday to this Friday
    assert weeks["2027-02-22"] == ["0", "0", "7", "0"]
    assert any(said.startswith("Claims of the last 12 weeks, 0 official, 0 reported, 40 rumour") for said in page.named)
    assert html.count('<rect class="rumour"') == 6
    (figures,) = shell.json("status")
    told = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert (told["claims"], told["articles"]) == (str(figures["claims"]), str(figures["articles"])) == ("40", "40")


def test_what_needs_a_person_stands_first_and_strangers_words_are_words(
    shell: Shell, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", str(sqlite_store.engine.url))
    tended(sqlite_store, 2)
    tended(sqlite_store, 1, "blocked", "<script>403</script> everywhere", start=2)
    assert shell("status", "--html", "status.html")[0] == 0
    html = Path("status.html").read_text("utf-8")
    assert html.index("1 sources are ill") < html.index("Claims by week") < html.index("&lt;script&gt;403")
    assert "<script" not in html
    said = [said for said in Page(html).named if "crawls since" in said]
    assert len(said) == 3
    assert said[0] == "2 crawls since 2027-03-04: 2 articles with news, 2 at the most, 0 last; 1 crawls got no answer"


def test_of_many_sources_it_shows_the_ill_ones_and_the_busiest_and_says_so(
    shell: Shell, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", str(sqlite_store.engine.url))
    monkeypatch.setattr(status_page, "ILL", 2)
    monkeypatch.setattr(status_page, "ACTIVE", 3)
    tended(sqlite_store, 5, "blocked", "403")
    tended(sqlite_store, 7, start=5)
    assert shell("status", "--html", "status.html")[0] == 0
    html = Path("status.html").read_text("utf-8")
    assert re.findall(r"<h4[^>]*>(\w+)</h4>", html) == ["s000", "s001", "s011", "s010", "s009"]
    assert "And 3 more: <code>watercooler sources list</code>" in html
    assert "4 that are well are not shown: <code>watercooler sources list</code>" in html


def test_an_empty_installation_has_a_page_too(shell: Shell) -> None:
    assert shell("status", "--html", "status.html")[0] == 0
    html = Path("status.html").read_text("utf-8")
    assert "All is well" in html
    assert "No claim was read in the last 12 weeks." in html
    assert "Nothing was sent yet." in html
    code, _, err = shell("status", "--html", "no/such/folder.html")
    assert (code, "cannot be written" in err) == (2, True)


def test_it_is_opened_where_there_is_a_browser(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))  # type: ignore[func-returns-value]
    monkeypatch.setattr("sys.platform", "linux")
    assert "there is no display here" in shell("status", "--open")[2]
    assert opened == []
    monkeypatch.setenv("BROWSER", "some-browser")
    for words in (["status"], ["status", "--html", "kept.html"]):
        assert shell(*words, "--open")[0] == 0
    unnamed, named = (Path(url.removeprefix("file://")) for url in opened)
    assert "How it goes" in unnamed.read_text("utf-8")
    assert unnamed.stat().st_mode & 0o077 == 0
    unnamed.unlink()
    assert named == Path("kept.html").resolve()
