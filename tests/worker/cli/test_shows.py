"""`watercooler shows`: import of dumps, merge and split, each with its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.cli.test_cli import ARTICLE, Shell
from worker.cli.show_files import read_shows
from worker.errors import UsageError


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def row(shell: Shell, name: str) -> dict[str, object]:
    return next(one for one in shell.json("shows", "list") if one["name"] == name)


def ingest(shell: Shell, tmp_path: Path, *articles: dict[str, object]) -> None:
    lines = [json.dumps({**ARTICLE, "comments": [], **article}) + "\n" for article in articles]
    (tmp_path / "more.jsonl").write_text("".join(lines))
    code, _, err = shell("ingest", "more.jsonl")
    assert code == 0, err


RENEWED = {
    "url": "https://my-outlet.example/2027/luces/",
    "title": "Luces del puerto renewed for season 2",
    "text": "The network has renewed Luces del puerto for a second season, it announced.",
}
TVMAZE = [
    {"name": "Harbour Lights", "premiered": "2020-01-02", "network": {"name": "ITV", "country": {"code": "GB"}}},
    {"name": "Harbour Lights", "premiered": "2024-03-01", "webChannel": {"name": "Stan", "country": {"code": "AU"}}},
    {"name": "Velvet Anchor", "premiered": None, "network": None, "webChannel": {"name": "Netflix", "country": None},
     "_embedded": {"akas": [{"name": "Ancla de terciopelo"}, {"name": "Velvet Anchor"}, {"name": None}]}},
    {"premiered": "2024-01-01"},
]  # fmt: skip


class TestImport:
    @pytest.mark.parametrize("lines", [False, True])
    def test_a_tvmaze_dump(self, shell: Shell, tmp_path: Path, lines: bool) -> None:
        text = "\n".join(map(json.dumps, TVMAZE)) if lines else json.dumps(TVMAZE)
        (tmp_path / "dump.json").write_text(text)
        code, _, err = shell("shows", "import", "dump.json")
        assert (code, "dump.json:4: a show with a name is wanted" in err) == (1, True)
        rows = [(one["name"], one["year"], one["country"], one["network"]) for one in shell.json("shows", "list")]
        assert sorted(rows, key=str) == [
            ("Harbour Lights", 2020, "GB", "ITV"),
            ("Harbour Lights", 2024, "AU", "Stan"),
            ("Velvet Anchor", None, None, "Netflix"),
        ]
        assert row(shell, "Velvet Anchor")["aliases"] == ["Ancla de terciopelo"]

    def test_remakes_are_told_apart_the_second_time_too(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "dump.json").write_text(json.dumps(TVMAZE[:3]))
        assert shell.json("shows", "import", "dump.json") == [{"added": 3, "known": 0, "faults": 0}]
        assert shell.json("shows", "import", "dump.json") == [{"added": 0, "known": 3, "faults": 0}]

    def test_an_import_fills_in_what_a_show_lacks(self, shell: Shell, tmp_path: Path) -> None:
        shell("shows", "add", "Velvet Anchor")
        (tmp_path / "dump.json").write_text(json.dumps([TVMAZE[2]]))
        assert shell.json("shows", "import", "dump.json") == [{"added": 0, "known": 1, "faults": 0}]
        assert row(shell, "Velvet Anchor")["network"] == "Netflix"

    def test_broken_json_is_named(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "dump.json").write_text('[{"name": ')
        code, _, err = shell("shows", "import", "dump.json")
        assert (code, "dump.json cannot be read: it is no JSON" in err) == (2, True)


class TestMerge:
    def test_names_articles_and_ledger_become_one_shows(self, shell: Shell, tmp_path: Path) -> None:
        shell("shows", "add", "Harbour Lights")
        shell("shows", "add", "Luces del puerto", "--alias", "Las luces")
        ingest(shell, tmp_path, ARTICLE, RENEWED)
        shell("subscribers", "add", "ann@example.org", "--follow", "Luces del puerto", "--confirmed")
        before = len(shell.json("claims", "list"))
        (merged,) = shell.json("shows", "merge", "Harbour Lights", "Luces del puerto", "--yes")
        assert merged["aliases"] == ["Las luces", "Luces del puerto"]
        assert [one["name"] for one in shell.json("shows", "list")] == ["Harbour Lights"]
        claims = shell.json("claims", "list", "--show", "Las luces")
        assert len(claims) == before > 2
        assert {one["show"] for one in claims} == {"Harbour Lights"}
        stories = [one["story"] for one in claims if one["value"] == "renewed"]
        assert len(stories) > 1
        assert len(set(stories)) == 1, "one fact is one story"
        (reader,) = shell.json("subscribers", "list")
        assert reader["follows"] == ["Harbour Lights"]

    def test_reading_again_makes_no_claim_twice(self, shell: Shell, tmp_path: Path) -> None:
        shell("shows", "add", "Harbour Lights")
        shell("shows", "add", "Luces del puerto")
        ingest(shell, tmp_path, ARTICLE, RENEWED)
        shell("shows", "merge", "Harbour Lights", "Luces del puerto", "--yes")
        before = shell.json("claims", "list")
        shell("shows", "alias", "Harbour Lights", "Luces")
        assert shell.json("claims", "list") == before

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["Harbour Lights", "Harbour Lights"], "there is nothing to merge"),
            (["Harbour Lights", "Harbor Lite"], "did you mean 'Harbour Lights'?"),
            (["Nobody", "Harbour Lights"], "there is no show 'Nobody'"),
        ],
    )
    def test_errors(self, shell: Shell, words: list[str], says: str) -> None:
        shell("shows", "add", "Harbour Lights")
        code, _, err = shell("shows", "merge", *words, "--yes")
        assert (code, says in err) == (2, True), err


class TestSplit:
    def test_an_alias_becomes_a_show_with_what_is_told_of_it_alone(self, shell: Shell, tmp_path: Path) -> None:
        shell("shows", "add", "Harbour Lights", "--alias", "Luces del puerto")
        ingest(shell, tmp_path, ARTICLE, RENEWED)
        (new,) = shell.json("shows", "split", "Harbour Lights", "luces del puerto", "--country", "ES")
        assert (new["name"], new["country"], new["articles"]) == ("Luces del puerto", "ES", 1)
        assert row(shell, "Harbour Lights")["aliases"] == []
        theirs = {one["url"] for one in shell.json("claims", "list", "--show", "Luces del puerto")}
        ours = {one["url"] for one in shell.json("claims", "list", "--show", "Harbour Lights")}
        assert (theirs, ours) == ({RENEWED["url"]}, {ARTICLE["url"]})

    def test_a_name_that_is_no_alias(self, shell: Shell) -> None:
        shell("shows", "add", "Harbour Lights", "--alias", "Harbor Lights")
        code, _, err = shell("shows", "split", "Harbour Lights", "Luces")
        assert (code, "has no other name 'Luces'; its other names: Harbor Lights" in err) == (2, True)


def test_a_list_names_the_seasons_known(shell: Shell, tmp_path: Path) -> None:
    shell("shows", "add", "Harbour Lights")
    ingest(shell, tmp_path, ARTICLE)
    assert row(shell, "Harbour Lights")["seasons"] == [2]


def test_a_name_of_one_publisher_is_proposed_until_a_second_says_it(shell: Shell, tmp_path: Path) -> None:
    def article(source: str) -> dict[str, object]:
        text = f"{source} says that Velvet Anchor will be back for season 3."
        title = f"Velvet Anchor season 3 ({source})"
        return {"url": f"https://{source}.example/", "source": source, "outlet": source, "title": title, "text": text}

    ingest(shell, tmp_path, article("one"))
    assert row(shell, "Velvet Anchor")["state"] == "proposed"
    ingest(shell, tmp_path, article("two"))
    assert row(shell, "Velvet Anchor")["state"] == "active"


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "show", "network", "country", "premiered", "_embedded", "akas"]), inner)
).map(lambda value: json.dumps([value]).encode()))  # fmt: skip
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("shows") / "file"
    file.write_bytes(data)
    try:
        shows, _ = read_shows(file)
    except UsageError:
        return
    assert all(show.name for show in shows)
