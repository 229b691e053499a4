"""`watercooler subscribers`: preferences, imports, exports and erasing, each with its errors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from tests.worker.cli.test_cli import Shell
from worker.cli.subscriber_files import Fault, Line, read_subscribers
from worker.errors import UsageError

ANN = "ann@example.org"
HEADER = "email,shows,zone,consent date,consent source"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def ann(shell: Shell) -> Shell:
    """A reader of two shows."""
    shell("subscribers", "add", ANN, "--follow", "Harbour Lights", "--follow", "Night Ferry", "--confirmed")
    return shell


def write(text: str) -> str:
    Path("readers.csv").write_text(text, "utf-8")
    return "readers.csv"


class TestSet:
    def test_what_is_said_changes_and_the_rest_stays(self, ann: Shell) -> None:
        before = ann.json("subscribers", "list")[0]
        words = "--cadence monthly --weekday mon --hour 7 --zone europe/berlin --least official --spoilers --no-talk --plain"
        after = ann.json("subscribers", "set", ANN, *words.split(), "--language", "ko", "--pause-until", "2027-04-01")[
            0
        ]
        assert {name: after[name] for name in after if after[name] != before[name]} == {
            "cadence": "monthly",
            "weekday": 0,
            "hour": 7,
            "zone": "Europe/Berlin",
            "least": "official",
            "spoilers": True,
            "talk": False,
            "plain": True,
            "language": "ko",
            "paused_until": "2027-03-31T22:00:00+00:00",
            "next_slot": "2027-04-05T05:00:00+00:00",
        }
        again = ann.json("subscribers", "set", ANN, "--no-plain", "--pause-until", "never")[0]
        assert (again["plain"], again["paused_until"], again["hour"]) == (False, None, 7)

    def test_a_show_is_left_out_until_a_day(self, ann: Shell) -> None:
        ann("subscribers", "set", ANN, "--snooze", "night ferry=2027-04-01")
        follows = json.loads(ann("subscribers", "export", ANN)[1])["follows"]
        assert {row["show"]: row["snoozed_until"] for row in follows} == {
            "Harbour Lights": None,
            "Night Ferry": "2027-04-01T00:00:00+00:00",
        }
        ann("subscribers", "set", ANN, "--snooze", "Night Ferry=never")
        follows = json.loads(ann("subscribers", "export", ANN)[1])["follows"]
        assert [row["snoozed_until"] for row in follows] == [None, None]

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["--zone", "Mars"], "no time zone 'Mars'"),
            (["--zone", "Berlin"], "did you mean Europe/Berlin?"),
            (["--weekday", "t"], "--weekday: Monday to Sunday or 0 to 6 is wanted"),
            (["--weekday", "7"], "--weekday"),
            (["--hour", "24"], "--hour"),
            (["--cadence", "hourly"], "'hourly' is not one of"),
            (["--language", "tlh"], "--language: there are en, es, ko, not 'tlh'"),
            (["--pause-until", "soon"], "--pause-until: a day like 2027-01-31"),
            (["--snooze", "Night Ferry"], "--snooze: SHOW=2027-01-31 is wanted"),
            (["--snooze", "Night Ferry=soon"], "--snooze: a day like"),
            (["--snooze", "Qwertz=2027-04-01"], "there is no show 'Qwertz'"),
        ],
    )
    def test_a_wrong_wish_says_what_would_be_right_and_changes_nothing(
        self, ann: Shell, words: list[str], says: str
    ) -> None:
        before = ann.json("subscribers", "list")
        code, _, err = ann("subscribers", "set", ANN, "--hour", "5", *words)
        assert code == 2
        assert says in err
        assert ann.json("subscribers", "list") == before

    def test_a_show_that_is_not_followed_cannot_be_left_out(self, ann: Shell) -> None:
        ann("shows", "add", "Third Floor")
        code, _, err = ann("subscribers", "set", ANN, "--snooze", "Third Floor=2027-04-01")
        assert (code, "does not follow Third Floor" in err) == (2, True)


class TestImport:
    def test_broken_lines_are_named_and_the_others_kept(self, shell: Shell) -> None:
        lines = [
            HEADER,
            'ann@example.org,"Harbour Lights"x,Europe/Berlin,2026-01-02,fair',
            "bob@example.org,Harbour Lights|Night Ferry,Europe/Berlin,2026-01-02,the fair in May",
            "",
            "nonsense,,,2026-01-02,fair",
            "carl@example.org,,Mars/Olympus,2026-01-02,fair",
            'dora@example.org,"Night Ferry,,2026-01-02,fair',
            "eve@example.org,,,soon,fair",
            "fay@example.org,,,2026-01-02,",
            "gus@example.org,,,2099-01-02,fair",
            "hal@example.org",
            "ida@bücher.example,,,2026-01-02,fair",
            "jim@example.org,Harbor Lights,,2026-01-02,fair",
        ]
        code, out, err = shell("subscribers", "import", write("\n".join(lines)), "--json")
        assert code == 1
        rows = {row["line"]: row for row in map(json.loads, out.splitlines())}
        assert {number for number, row in rows.items() if row["outcome"] == "broken"} == {2, 5, 6, 7, 8, 9, 10, 11, 13}
        assert {row["email"] for row in rows.values() if row["outcome"] == "added"} == {
            "bob@example.org",
            "ida@bücher.example",
        }
        for said in ("readers.csv:5: 'nonsense' is no e-mail", "readers.csv:6: there is no time zone", "readers.csv:7: is no CSV",
                     "readers.csv:8: consent date", "readers.csv:9: consent source: is empty", "readers.csv:10: consent date",
                     "readers.csv:11: has 1 cells", "readers.csv:13: there is no show 'Harbor Lights'; did you mean",
                     "2 added, 0 known already, 9 broken"):  # fmt: skip
            assert said in err
        bob = next(row for row in shell.json("subscribers", "list") if row["email"] == "bob@example.org")
        assert (bob["state"], bob["follows"], bob["zone"]) == (
            "active",
            ["Harbour Lights", "Night Ferry"],
            "Europe/Berlin",
        )
        assert bob["next_slot"]
        bobs = json.loads(shell("subscribers", "export", "bob@example.org")[1])
        assert [(row["what"], row["origin"]) for row in bobs["consents"]] == [
            ("imported", "the fair in May, agreed on 2026-01-02")
        ]
        assert bobs["subscribers"][0]["confirmed_at"] == "2026-01-02T11:00:00+00:00"  # noon in Berlin

    def test_importing_twice_is_importing_once(self, shell: Shell) -> None:
        file = write(f"{HEADER}\nbob@example.org,Night Ferry,,2026-01-02,fair\n")
        assert shell("subscribers", "import", file)[0] == 0
        code, _, err = shell("subscribers", "import", file)
        assert (code, "0 added, 1 known already, 0 broken" in err) == (0, True)
        assert len(json.loads(shell("subscribers", "export", "bob@example.org")[1])["consents"]) == 1

    @pytest.mark.parametrize("text", ["", "name,zone\n", "email,zone\nann@example.org,UTC\n"])
    def test_a_file_without_its_columns_says_which(self, shell: Shell, text: str) -> None:
        code, _, err = shell("subscribers", "import", write(text))
        assert code == 2
        assert "email, shows, zone, consent date, consent source" in err

    def test_a_file_that_is_not_there_or_no_text_is_said(self, shell: Shell) -> None:
        Path("readers.csv").write_bytes(b"\xff\xfe\x00")
        for name in ("readers.csv", "nowhere.csv"):
            code, _, err = shell("subscribers", "import", name)
            assert (code, f"{name} cannot be read" in err) == (2, True)

    @given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
    def test_any_text_is_read_line_by_line(self, text: str) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "f.csv"
            file.write_bytes(f"{HEADER}\n{text}\nbob@example.org,,,2026-01-02,fair".encode())
            try:
                found = list(read_subscribers(file, "UTC", NOW))
            except UsageError:
                return
        assert isinstance(found[-1], Line)  # no broken line takes a good one with it
        assert found[-1].number == len(re.findall(r"\r\n|\r|\n", text + "\n")) + 2
        assert all(isinstance(one, (Line, Fault)) for one in found)


class TestErase:
    def test_who_is_erased_is_nowhere_and_no_import_brings_them_back(self, ann: Shell, tmp_path: Path) -> None:
        code, out, err = ann("subscribers", "erase", ANN, "--yes", "--json")
        assert code == 0, err
        proof = json.loads(out)
        assert proof["removed"]["subscribers"] == 1
        assert all(file["found"] == 0 for file in proof["files"])
        home = tmp_path / "home"
        assert [file.name for file in home.rglob("*") if file.is_file() and b"ann@" in file.read_bytes().lower()] == []
        file = write(f"{HEADER}\nAnn@Example.org,,,2026-01-02,fair\nbob@example.org,,,2026-01-02,fair\n")
        code, _, err = ann("subscribers", "import", file)
        assert code == 1
        assert "readers.csv:2: Ann@example.org was erased on 2027-03-05" in err
        assert [row["email"] for row in ann.json("subscribers", "list")] == ["bob@example.org"]
        code, _, err = ann("subscribers", "add", ANN, "--confirmed")
        assert (code, "was erased on 2027-03-05" in err) == (2, True)

    def test_nobody_is_erased_by_a_slip(self, ann: Shell) -> None:
        assert ann("subscribers", "erase", ANN)[0] != 0
        assert ann("subscribers", "erase", "bob@example.org", "--yes")[0] == 2
        assert len(ann.json("subscribers", "list")) == 1

    def test_who_left_is_not_brought_back_by_an_import(self, ann: Shell) -> None:
        from worker.config import Settings
        from worker.services import open_services
        from worker.subscribers import unsubscribe

        services = open_services(Settings.from_env())
        with services.store.begin() as tx:
            found = tx.subscribers.by_key(ANN)
        assert found is not None
        unsubscribe(services.store, found.id, NOW)
        services.close()
        code, _, err = ann("subscribers", "import", write(f"{HEADER}\n{ANN},,,2026-01-02,fair\n"))
        assert (code, "is unsubscribed: only its owner can come back" in err) == (1, True)
        assert ann.json("subscribers", "list")[0]["state"] == "unsubscribed"


def test_the_confirm_mail_goes_out_once(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://news.example")
    for _ in range(2):
        assert shell("subscribers", "add", ANN)[0] == 0
    assert len(list((tmp_path / "home" / "outbox" / "new").iterdir())) == 1


def test_every_command_has_an_example() -> None:
    from worker.cli.subscribers import app

    assert all(
        "Example: watercooler subscribers" in (command.callback.__doc__ or "")
        for command in app.registered_commands
        if command.callback
    )
