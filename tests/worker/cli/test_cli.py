"""The command line: what a wrong call says, exit codes, and JSON for machines."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.factories import NOW as FACTORY_NOW
from tests.site import TEXT, Answer, Site, page
from tests.worker.cli.walk import walk
from worker.cli import main
from worker.store.sources import SetAside

ARTICLE = {
    "url": "https://my-outlet.example/a",
    "source": "my-outlet",
    "outlet": "My Outlet",
    "title": "Harbour Lights renewed for season 2",
    "text": "An insider says that Harbour Lights has been renewed for a second season. "
    "The new episodes will arrive in autumn 2027, the insider said.",
    "published": "2027-03-04T10:00:00Z",
    "comments": [{"id": "c1", "author": "Zoe", "text": "About time, I have waited for years."}],
}
NOW = ["--now", "2027-03-05T08:00"]


class Shell:
    """Runs commands and reads what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main([*NOW, *words])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err + out
        return code, out, err

    def json(self, *words: str) -> list[dict[str, Any]]:
        code, out, err = self(*words, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def filled(shell: Shell, tmp_path: Path) -> Shell:
    """One show, one article about it."""
    (tmp_path / "in.jsonl").write_text(json.dumps(ARTICLE) + "\n")
    shell("shows", "add", "Harbour Lights", "--alias", "Harbor Lights")
    code, _, err = shell("ingest", "in.jsonl")
    assert code == 0, err
    return shell


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--now", "soon", "status"], 2, "--now: a time like 2027-03-05T08:00 is wanted"),
        (["nonsense"], 2, "No such command"),
        (["sources", "try", "nobody"], 2, "there is no source 'nobody'"),
        (["sources", "check", "no-such-file.toml"], 1, "cannot be read"),
        (["crawl", "nobody"], 2, "there is no source 'nobody'"),
        (["articles", "show", "https://nowhere.example/"], 2, "no article at https://nowhere.example/"),
        (["articles", "list", "--show", "Nobody"], 2, "there is no show 'Nobody'"),
        (["articles", "list", "--since", "yesterday"], 2, "--since: a span like 7d"),
        (["claims", "why", "99"], 2, "there is no claim 99"),
        (["claims", "why", "x"], 2, "parse string as an integer"),
        (["subscribers", "add", "nonsense", "--confirmed"], 2, "is no e-mail address"),
        (["subscribers", "add", "a@example.org", "--zone", "Nowhere", "--confirmed"], 2, "no time zone 'Nowhere'"),
        (["subscribers", "add", "a@example.org"], 2, "WATERCOOLER_PUBLIC_URL"),
        (["subscribers", "follow", "a@example.org", "X"], 2, "nobody subscribes with a@example.org"),
        (["digests", "preview"], 2, "--to EMAIL, or --show NAME"),
        (["digests", "show", "7"], 2, "there is no issue 7"),
        (["extract", "no-such-file.html"], 2, "no such file or folder"),
        (["ingest", "no-such-file.jsonl"], 2, "cannot be read"),
        (["shows", "import", "no-such-file.txt"], 2, "cannot be read"),
        (["shows", "add", "  "], 2, "a show's name is empty"),
        (["shows", "add", "X", "--year", "99999999999999999999"], 2, "--year"),
        (["extract", "ftp://my-outlet.example/"], 2, "an address like https://my-outlet.example/ is wanted"),
        (["sources", "try", "my-outlet", "--pages", "0"], 2, "--pages"),
        (["articles", "list", "--source", "nobody"], 2, "nothing is known of a source 'nobody'"),
        (["articles", "list", "--limit", "-1"], 2, "--limit"),
        (["demo", "--folder", "/proc/demo"], 1, "/proc/demo"),
        (["failures", "replay", "9"], 2, "nothing is set aside under 9"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(shell: Shell, words: list[str], code: int, says: str) -> None:
    found, _, err = shell(*words)
    assert found == code
    assert says in " ".join(err.split())


@pytest.mark.parametrize(
    ("name", "value", "code", "says"),
    [
        ("DATABASE_URL", "mysql://x", 2, "WATERCOOLER_DATABASE_URL"),
        ("DATABASE_URL", "postgresql+psycopg://u:hush@127.0.0.1:1/d", 1, "cannot be opened"),
        ("RETRY_SCHEDULE", "soon", 2, "WATERCOOLER_RETRY_SCHEDULE"),
        ("PUBLIC_URL", "news.example.org", 2, "WATERCOOLER_PUBLIC_URL: an address like https://"),
        ("BROKER_URL", "amqp://hush@x", 2, "WATERCOOLER_BROKER_URL: redis://HOST"),
        ("ZONE", "Nowhere", 2, "WATERCOOLER_ZONE: a time zone like"),
        ("TEMPLATES_DIR", "/nowhere", 2, "WATERCOOLER_TEMPLATES_DIR: there is no such folder"),
        ("FROM", "nobody", 2, "WATERCOOLER_FROM: an address like"),
        ("HOME", "/proc/nowhere", 2, "WATERCOOLER_HOME"),
    ],
)
def test_a_wrong_setting_names_the_variable(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int, says: str
) -> None:
    monkeypatch.setenv(f"WATERCOOLER_{name}", value)
    found, _, err = shell("status")
    assert (found, says in err, "hush" in err) == (code, True, False)


@pytest.mark.parametrize("words", [words for words, _ in walk()], ids=" ".join)
def test_every_command_has_help_with_an_example(shell: Shell, words: list[str]) -> None:
    code, out, _ = shell(*words, "--help")
    assert code == 0
    assert f"Example: watercooler {' '.join(words)}" in out


class TestSources:
    def write(self, folder: Path, name: str, text: str) -> Path:
        path = folder / "home" / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def test_faults_are_told_with_file_line_and_key_and_the_rest_goes_on(self, shell: Shell, tmp_path: Path) -> None:
        self.write(tmp_path, "good.toml", 'name = "good"\nstart_urls = ["https://good.example/"]\n')
        self.write(tmp_path, "typo.toml", 'name = "typo"\nstart_url = ["https://typo.example/"]\n')
        self.write(tmp_path, "twice.toml", 'name = "good"\nstart_urls = ["https://twice.example/"]\n')
        code, _, err = shell("sources", "check")
        said = " ".join(err.split())
        assert code == 1
        assert "typo.toml:2: start_url: is not a key of a source file; did you mean 'start_urls'?" in said
        assert "twice.toml:1: name: the name 'good' is taken" in said
        assert "good" in {row["name"] for row in shell.json("sources", "list")}

    def test_faults_are_rows_for_machines(self, shell: Shell, tmp_path: Path) -> None:
        path = self.write(tmp_path, "bad.toml", 'name = "bad"\nstart_urls = "https://bad.example/"\n')
        code, out, _ = shell("sources", "check", "--json")
        row = json.loads(out)
        assert code == 1
        assert (row["file"], row["line"], row["key"]) == (str(path), 2, "start_urls")

    def test_a_slip_of_the_pen_is_helped(self, shell: Shell, tmp_path: Path) -> None:
        self.write(tmp_path, "my-outlet.toml", 'name = "my-outlet"\nstart_urls = ["https://my.example/"]\n')
        _, _, err = shell("crawl", "my-outlt")
        assert "did you mean 'my-outlet'?" in err

    def test_a_paused_source_is_not_read_until_it_is_resumed(self, shell: Shell, tmp_path: Path) -> None:
        self.write(tmp_path, "good.toml", 'name = "good"\nstart_urls = ["http://10.0.0.1/"]\n')
        assert shell.json("sources", "pause", "good") == [{"name": "good", "state": "paused"}]
        assert {row["name"]: row["state"] for row in shell.json("sources", "list")}["good"] == "paused"
        code, _, err = shell("crawl")
        assert (code, "nothing to read" in err) == (0, True)
        code, _, err = shell("crawl", "good")
        assert (code, "`watercooler sources resume good`" in err) == (2, True)
        shell("sources", "resume", "good")
        assert shell("crawl", "good")[0] == 1

    def test_a_source_that_came_paused_is_resumed_by_a_file_of_ones_own(self, shell: Shell, tmp_path: Path) -> None:
        _, out, err = shell("sources", "list")
        assert "tvline" not in out
        assert "sources came paused" in err
        assert "tvline" in shell("sources", "list", "--all")[1]
        assert shell.json("sources", "resume", "tvline") == [{"name": "tvline", "state": "running"}]
        text = (tmp_path / "home" / "sources" / "tvline.toml").read_text()
        assert "enabled" not in text
        rows = {row["name"]: row for row in shell.json("sources", "list")}
        assert (rows["tvline"]["enabled"], rows["tvline"]["state"]) == (True, "never read")
        self.write(tmp_path, "own.toml", 'name = "own"\nenabled = false\nstart_urls = ["https://own.example/"]\n')
        code, _, err = shell("sources", "resume", "own")
        assert (code, "take that line out" in err) == (2, True)

    def test_a_look_at_a_source_tells_all_and_stores_nothing(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Site() as site:
            monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", site.netloc)
            names = [f"story-{n}" for n in range(4)]
            site.answers |= {f"/{name}": page(name, f"{name} {TEXT * 4}") for name in names}
            site.answers["/feed"] = site.feed(*names)
            site.answers["/robots.txt"] = Answer("User-agent: *\nDisallow: /story-2\nCrawl-delay: 0.1\n")
            rows = shell.json("sources", "try", f"{site.base}/feed", "--pages", "5")
            report = rows.pop()
            assert [(row["title"], row["outcome"]) for row in rows if row["outcome"] == "article"] == [
                ("story-0", "article"),
                ("story-1", "article"),
            ]
            assert report["robots"] == [{"host": site.netloc, "verdict": "allowed, with 0.1 s between requests"}]
            assert report["found_by"] == [{"kind": "feed", "url": f"{site.base}/feed", "links": 4}]
            assert (report["listed"], report["requests"], report["left"]) == ({"feed": 4}, 5, 2)
            assert report["samples"] == [f"{site.base}/{name}" for name in names]
            assert report["next"] == [f"{site.base}/story-2", f"{site.base}/story-3"]
            _, out, err = shell("sources", "try", f"{site.base}/feed", "--pages", "5")
            assert "robots.txt of" in err
            assert "2 more would be fetched next" in err
            assert "story-1" in out
        assert shell.json("articles", "list") == []

    def test_the_health_of_sources_is_counted(self, shell: Shell, tmp_path: Path) -> None:
        self.write(tmp_path, "private.toml", 'name = "private"\nstart_urls = ["http://10.0.0.1/"]\n')
        self.write(tmp_path, "new.toml", 'name = "new"\nstart_urls = ["https://new.example/"]\n')
        shell("crawl", "private")
        (figures,) = shell.json("status")
        found = {name: figures[f"sources_{name}"] for name in ("running", "ok", "quiet", "new", "broken")}
        assert found == {"running": 2, "ok": 0, "quiet": 0, "new": 1, "broken": 1}
        assert "private: misconfigured" in " ".join(shell("status")[2].split())
        row = next(row for row in shell.json("sources", "list") if row["name"] == "private")
        assert (row["state"], row["failures"], row["history"][0]["state"]) == ("misconfigured", 1, "misconfigured")

    def test_what_came_from_a_source_can_be_forgotten(self, filled: Shell) -> None:
        assert filled.json("sources", "forget", "my-outlet", "--yes") == [{"name": "my-outlet", "articles": 1}]
        assert filled.json("articles", "list") == filled.json("claims", "list") == []
        (figures,) = filled.json("status")
        assert (figures["stories"], figures["updates"], figures["comments_captured"]) == (0, 0, 0)
        assert filled("sources", "forget", "nobody", "--yes")[0] == 2

    def test_a_feed_readers_list_becomes_source_files(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "feeds.opml").write_text(
            '<opml version="2.0"><body><outline text="TV"><outline text="Show News: TV" xmlUrl="https://a.example/feed"/>'
            '<outline title="Ecrans d\'Été" xmlUrl="https://b.example/rss"/><outline text="x" xmlUrl="javascript:1"/>'
            "</outline></body></opml>",
            "utf-8",
        )
        assert [row["name"] for row in shell.json("sources", "import", "feeds.opml")] == [
            "show-news-tv",
            "ecrans-d-ete",
        ]
        assert shell("sources", "check")[0] == 0
        assert shell.json("sources", "import", "feeds.opml") == []
        (tmp_path / "no.opml").write_text("<html></html>")
        code, _, err = shell("sources", "import", "no.opml")
        assert (code, "names no feeds" in err) == (2, True)

    def test_the_schema_knows_every_key(self, shell: Shell) -> None:
        _, out, _ = shell("sources", "schema")
        schema = json.loads(out)
        assert {"name", "start_urls", "every", "pace"} <= schema["properties"].keys()
        assert schema["additionalProperties"] is False
        assert schema["required"] == ["name", "start_urls"]


class TestFailures:
    def test_what_failed_is_listed_shown_and_tried_again(self, shell: Shell, tmp_path: Path) -> None:
        TestSources().write(tmp_path, "private.toml", 'name = "private"\nstart_urls = ["http://10.0.0.1/"]\n')
        assert shell("crawl", "private")[0] == 1
        (row,) = shell.json("failures", "list")
        assert (row["source"], row["reason"], row["times"]) == ("private", "refused", 1)
        _, out, _ = shell("failures", "show", str(row["id"]))
        assert "no public address" in out
        code, _, err = shell("failures", "replay", str(row["id"]))
        assert (code, "no public address" in err) == (1, True)
        assert shell("failures", "show", "99")[0] == 2

    def test_what_is_kept_can_be_ingested_later(self, shell: Shell, kit: Any) -> None:
        items = [{"type": "article", "url": "https://a.example/", "source": "a", "title": "T", "text": "Some text."}]
        with kit.store.begin() as tx:
            tx.sources.set_aside([SetAside("a", "https://a.example/", "ingest-failed", "why", items)], FACTORY_NOW)
        (row,) = shell.json("failures", "list")
        assert row["can_be_ingested"]
        (done,) = shell.json("failures", "replay", str(row["id"]))
        assert (done["url"], done["outcome"], done["kind"]) == ("https://a.example/", "done", "article")
        assert len(shell.json("articles", "list")) == 1
        assert shell.json("failures", "list") == []


class TestWayIn:
    def test_an_article_from_elsewhere_goes_the_whole_way(self, filled: Shell) -> None:
        (row,) = filled.json("articles", "list")
        assert (row["show"], row["comments"], row["outlet"]) == ("Harbour Lights", 1, "My Outlet")
        claims = {(c["field"], c["value"], c["standing"], c["season"]) for c in filled.json("claims", "list")}
        assert ("status", "renewed", "rumour", 2) in claims
        (why, *_) = filled.json("claims", "why", "1")
        assert why["evidence"] in ARTICLE["text"]
        (full,) = filled.json("articles", "show", ARTICLE["url"])
        assert [comment["author"] for comment in full["comments"]] == ["Zoe"]

    def test_bad_lines_are_named_and_the_others_kept(self, shell: Shell, tmp_path: Path) -> None:
        lines = [json.dumps(ARTICLE), "{", json.dumps({"url": "x"}), json.dumps({**ARTICLE, "published": "soon"}), "3"]
        lines.append(json.dumps({**ARTICLE, "text": " "}))
        (tmp_path / "in.jsonl").write_text("\n".join(lines))
        code, _, err = shell("ingest", "in.jsonl")
        assert code == 1
        for number, says in (
            (2, ""),
            (3, "title: text is wanted"),
            (4, "published: a time"),
            (5, "an object"),
            (6, "text: text is wanted"),
        ):
            assert f"in.jsonl:{number}: {says}" in " ".join(err.split())
        assert len(shell.json("articles", "list")) == 1

    def test_what_strangers_write_is_taken_or_refused_by_its_line(self, shell: Shell, tmp_path: Path) -> None:
        lines = ["[" * 100_000, json.dumps({**ARTICLE, "title": "half \ud83d of a pair", "text": "A NUL \x00 in it."})]
        lines.append(json.dumps({**ARTICLE, "url": "https://b.example/", "comments": [{"text": "No id, no author."}]}))
        (tmp_path / "in.jsonl").write_text("\n".join(lines))
        code, _, err = shell("ingest", "in.jsonl")
        assert (code, "in.jsonl:1: is nested too deeply" in err) == (1, True)
        rows = shell.json("articles", "list")
        assert {row["title"] for row in rows} == {"half \ufffd of a pair", ARTICLE["title"]}
        assert shell.json("failures", "list") == []

    def test_ingesting_twice_stores_once(self, filled: Shell) -> None:
        (figures,) = filled.json("ingest", "in.jsonl")
        assert not any(figures.values())

    def test_extract_reads_a_file_and_stores_nothing(self, shell: Shell, tmp_path: Path) -> None:
        body = "".join(f"<p>{ARTICLE['text']} And so on, sentence {n}.</p>" for n in range(5))
        (tmp_path / "page.html").write_text(
            f"<html lang=en><head><title>A rumour about the lights</title></head><body><article>"
            f"<h1>A rumour about the lights</h1>{body}"
            "</article></body></html>"
        )
        (form,) = shell.json("extract", "page.html", "--url", "https://my-outlet.example/rumour/")
        assert (form["url"], form["title"]) == ("https://my-outlet.example/rumour/", "A rumour about the lights")
        assert form["outcome"] == "article"
        assert "second season" in form["text"]
        assert shell.json("articles", "list") == []

    def test_a_file_that_is_no_page_says_so(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "no.html").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
        code, out, _ = shell("extract", "no.html", "--json")
        assert code == 1
        assert json.loads(out)["outcome"] == "not-html"


class TestShows:
    def test_a_name_a_line_with_aliases(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "shows.txt").write_text("Night Ferry\tThe Night Ferry | NF\n# a remark\n\nShōgun\n", "utf-8")
        assert shell.json("shows", "import", "shows.txt") == [{"added": 2, "known": 0, "faults": 0}]
        assert shell.json("shows", "import", "shows.txt") == [{"added": 0, "known": 2, "faults": 0}]
        rows = {row["name"]: row for row in shell.json("shows", "list")}
        assert rows["Night Ferry"]["aliases"] == ["NF", "The Night Ferry"]
        assert rows["Shōgun"]["key"] == "shogun"

    def test_csv_names_its_bad_lines(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "shows.csv").write_text("name,aliases,year,country\nThe Office,,2005,US\n,,,\nX,,soon,\n")
        code, _, err = shell("shows", "import", "shows.csv")
        assert code == 1
        assert "shows.csv:3: name: is empty" in err
        assert "shows.csv:4: year: a number is wanted" in err
        assert [(row["name"], row["year"]) for row in shell.json("shows", "list")] == [("The Office", 2005)]

    def test_a_show_added_later_is_found_in_what_was_read(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "in.jsonl").write_text(
            json.dumps({**ARTICLE, "title": "News", "text": "A trailer for Copperline is out."})
        )
        shell("ingest", "in.jsonl")
        (row,) = shell.json("shows", "add", "Copperline")
        assert row["articles"] == 1

    def test_a_name_twice_in_a_file_is_one_show(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "shows.txt").write_text("Copperline\nCopperline\n")
        assert shell.json("shows", "import", "shows.txt") == [{"added": 1, "known": 1, "faults": 0}]

    def test_an_alias_is_of_one_show(self, filled: Shell) -> None:
        filled("shows", "add", "Copperline")
        code, _, err = filled("shows", "alias", "Harbour Lights", "copperline")
        assert (code, "is another show already" in err) == (2, True)

    def test_an_alias_finds_its_show(self, filled: Shell) -> None:
        filled("shows", "alias", "Harbour Lights", "Luces del puerto")
        assert len(filled.json("claims", "list", "--show", "luces del puerto")) == len(filled.json("claims", "list"))


class TestReaders:
    def test_follow_preview_send(self, filled: Shell) -> None:
        filled("subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed")
        code, out, _ = filled("digests", "preview", "--to", "ann@example.org")
        assert code == 0
        assert out.startswith("Subject: Harbour Lights")
        assert filled.json("digests", "send", "--dry-run")[0]["subject"]
        assert [row["state"] for row in filled.json("digests", "send")] == ["sent"]
        (issue,) = filled.json("digests", "list")
        assert issue["deliveries"] == {"sent": 1}
        code, _, err = filled("digests", "preview", "--to", "ann@example.org")
        assert (code, "nothing new" in err) == (0, True)

    def test_a_new_followers_digest_can_be_looked_at(self, filled: Shell, tmp_path: Path) -> None:
        code, _, err = filled("digests", "preview", "--show", "harbour-lights", "--html", "p.html")
        assert code == 0, err
        assert "Harbour Lights" in (tmp_path / "p.html").read_text("utf-8")

    def test_a_test_goes_to_another_address_and_counts_for_nobody(self, filled: Shell) -> None:
        filled("subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed")
        code, _, err = filled("digests", "send", "--test-to", "admin@example.org")
        assert (code, "test to admin@example.org" in err) == (0, True)
        assert filled.json("digests", "list") == []
        assert [row["state"] for row in filled.json("digests", "send")] == ["sent"]

    def test_following_what_is_not_known_grows_the_registry_but_not_by_a_slip(self, filled: Shell) -> None:
        code, _, err = filled("subscribers", "add", "ann@example.org", "--follow", "Harbor Light", "--confirmed")
        assert (code, "did you mean" in err) == (2, True)
        assert filled("subscribers", "add", "ann@example.org", "--follow", "Copperline", "--confirmed")[0] == 0
        assert filled.json("subscribers", "list")[0]["follows"] == ["Copperline"]
        (row,) = filled.json("subscribers", "follow", "ann@example.org", "Harbour Lights")
        assert row["follows"] == ["Copperline", "Harbour Lights"] or row["follows"] == ["Harbour Lights", "Copperline"]
        (row,) = filled.json("subscribers", "unfollow", "ann@example.org", "Copperline")
        assert row["follows"] == ["Harbour Lights"]

    def test_an_unconfirmed_address_gets_one_mail_with_a_link(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://watercooler.example")
        for _ in range(2):
            assert shell("subscribers", "add", "ann@example.org", "--follow", "Night Ferry")[0] == 0
        (mail,) = (tmp_path / "home" / "outbox" / "new").iterdir()
        assert b"https://watercooler.example/confirm/" in mail.read_bytes()
        assert shell.json("subscribers", "list")[0]["state"] == "pending"
        code, _, err = shell("digests", "send", "--to", "ann@example.org")
        assert (code, "is pending" in err) == (2, True)

    @pytest.mark.parametrize("url", ["nonsense", "smtp://127.0.0.1:99999999"])
    def test_a_wrong_mail_setting_opens_no_issue(
        self, filled: Shell, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        filled("subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed")
        with monkeypatch.context() as patch:
            patch.setenv("WATERCOOLER_MAIL_URL", url)
            code, _, err = filled("digests", "send")
        assert (code, "WATERCOOLER_MAIL_URL" in err) == (2, True)
        assert filled.json("digests", "list") == []

    def test_an_html_file_that_cannot_be_written_is_named(self, filled: Shell) -> None:
        code, _, err = filled("digests", "preview", "--show", "harbour-lights", "--html", "/nowhere/p.html")
        assert (code, "/nowhere/p.html cannot be written" in err) == (2, True)

    def test_a_refusing_transport_is_told_and_fails_the_call(
        self, filled: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filled("subscribers", "add", "ann@example.org", "--follow", "Harbour Lights", "--confirmed")
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp://127.0.0.1:1")
        code, out, _ = filled("digests", "send")
        assert (code, "deferred" in out, "127.0.0.1" in out) == (1, True, True)


def test_a_damaged_database_is_one_line(filled: Shell, tmp_path: Path) -> None:
    path = tmp_path / "home" / "watercooler.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    path.write_bytes(data)
    code, _, err = filled("articles", "list")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "the database" in err


def test_status_is_one_glance(filled: Shell) -> None:
    (figures,) = filled.json("status")
    assert (figures["articles"], figures["shows"], figures["comments_captured"]) == (1, 1, 1)
    assert figures["waiting_to_be_ingested"] == 0
    assert (figures["subscribers_active"], figures["deliveries_sent"]) == (0, 0)
