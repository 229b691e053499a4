"""`shows timeline`: a rumour, and what became of it, in the order in which it was said."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from worker.cli import main

RUMOUR = {
    "url": "https://my-outlet.example/a",
    "source": "my-outlet",
    "outlet": "My <Outlet>",
    "title": "Harbour Lights renewed for season 2",
    "text": "An insider says that Harbour Lights has been renewed for a second season. "
    "The new episodes will arrive in autumn 2027, the insider said.",
    "published": "2027-03-04T10:00:00Z",
}
OFFICIAL = {
    "url": "https://other.example/b",
    "source": "other",
    "outlet": "The Network",
    "title": "Harbour Lights season 2 moves to early 2028",
    "text": "The network officially confirmed that Harbour Lights has been renewed for a second season. "
    "Season 2 of Harbour Lights will premiere in early 2028, the network announced today.",
    "published": "2027-03-11T10:00:00Z",
}


class Pages(HTMLParser):
    """What a page would ask other servers for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.asked += [tag] if tag in ("script", "link", "img", "iframe") else []


def run(*words: str, day: str = "2027-03-12") -> int:
    return main(["--now", f"{day}T08:00", *words])


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    run("shows", "add", "Harbour Lights")
    for day, article in (("2027-03-05", RUMOUR), ("2027-03-12", OFFICIAL)):
        (tmp_path / "in.jsonl").write_text(json.dumps(article) + "\n")
        assert run("ingest", "in.jsonl", day=day) == 0
    capsys.readouterr()
    return capsys


def test_what_happened_stands_in_its_order(told: pytest.CaptureFixture[str]) -> None:
    assert run("shows", "timeline", "Harbour Lights", "--json") == 0
    rows = [json.loads(line) for line in told.readouterr().out.splitlines()]
    release = [(row["change"], row["value"], row["was_value"]) for row in rows if row["field"] == "release"]
    assert [change for change, *_ in release] == ["NEW", "MOVED"]
    assert release[1][2] == release[0][1]
    assert all(row["claim"]["evidence"] in RUMOUR["text"] + OFFICIAL["text"] for row in rows)


def test_as_a_page_it_asks_nobody_for_anything_and_shows_strangers_words_as_words(
    told: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("shows", "timeline", "Harbour Lights", "--html", "page.html") == 0
    text = (tmp_path / "page.html").read_text("utf-8")
    reader = Pages()
    reader.feed(text)
    assert reader.asked == []
    assert "My &lt;Outlet&gt;" in text
    assert text.index("2027-03-05") < text.index("2027-03-12") < text.index("As of")
    assert "MOVED" in text


def test_it_is_opened_in_the_browser(told: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setenv("BROWSER", "some-browser")
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))  # type: ignore[func-returns-value]
    assert run("shows", "timeline", "Harbour Lights", "--open", "--html", "page.html") == 0
    assert opened == [Path("page.html").resolve().as_uri()]
    assert told.readouterr().out == ""


def test_an_unknown_show_and_a_folder_that_is_not_there(told: pytest.CaptureFixture[str]) -> None:
    assert run("shows", "timeline", "Harbor Light") == 2
    assert "did you mean 'Harbour Lights'" in told.readouterr().err
    assert run("shows", "timeline", "Harbour Lights", "--html", "no/such/folder.html") == 2
    assert "cannot be written" in told.readouterr().err
