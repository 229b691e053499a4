"""`watercooler bounces` and `watercooler suppressions`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.factories import NOW
from tests.worker.cli.test_cli import Shell
from tests.worker.notices import ANN, arf, dsn, sent_to, vacation
from worker.bounces import take
from worker.config import Settings
from worker.services import open_services


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def came_back(*messages: bytes) -> None:
    """A digest went out to Ann and these came back."""
    services = open_services(Settings.from_env())
    with services.store.begin() as tx:
        reader, delivery = sent_to(tx)
        path = services.return_paths.address(delivery, reader).encode()
        for raw in messages:
            take(tx, raw.replace(b"PATH", path), services.return_paths, NOW)
    services.close()


class TestRead:
    @pytest.mark.parametrize(
        ("raw", "line"),
        [
            (dsn(), f"{ANN} hard 5.1.1 gone"),
            (dsn("4.2.2", "452 4.2.2 full"), f"{ANN} soft 4.2.2 passing"),
            (dsn("5.7.1", "policy"), f"{ANN} hard 5.7.1 ours"),
            (dsn("4.4.1", "no answer", action="delayed"), f"{ANN} soft 4.4.1 delayed"),
            (vacation(), ""),
            (arf(), ""),
            (b"", ""),
        ],
    )
    def test_a_line_for_each_address(self, shell: Shell, raw: bytes, line: str) -> None:
        Path("notice.eml").write_bytes(raw)
        code, out, err = shell("bounces", "read", "notice.eml")
        assert (code, out.strip()) == (0, line)
        assert bool(err.strip()) != bool(line)

    def test_standard_input(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(dsn())))
        assert shell("bounces", "read")[1] == f"{ANN} hard 5.1.1 gone\n"

    def test_json(self, shell: Shell) -> None:
        Path("notice.eml").write_bytes(dsn())
        assert shell.json("bounces", "read", "notice.eml") == [
            {
                "address": ANN,
                "class": "hard",
                "status": "5.1.1",
                "meaning": "gone",
                "text": "5.1.1 smtp; 550 5.1.1 no such user",
            }
        ]
        Path("complaint.eml").write_bytes(arf())
        assert shell.json("bounces", "read", "complaint.eml") == [{"address": None, "reason": "a complaint: abuse"}]

    def test_no_file(self, shell: Shell) -> None:
        code, _, err = shell("bounces", "read", "nothing.eml")
        assert code == 2
        assert "nothing.eml cannot be read" in err


class TestList:
    def test_what_came_back_and_what_it_counts(self, shell: Shell) -> None:
        came_back(dsn("4.2.2", "full", to="PATH"), dsn("5.7.1", "policy", to="PATH"), b"To: x\n\nhello")
        rows = shell.json("bounces", "list")
        assert [(row["kind"], row["address"], row["score"]) for row in rows] == [
            ("ignored", None, 0.0),
            ("ours", ANN, 0.0),
            ("passing", ANN, 1.0),
        ]
        assert len(shell.json("bounces", "list", "--kind", "ours")) == 1
        assert len(shell.json("bounces", "list", "--to", ANN)) == 2
        _, out, err = shell("bounces", "list")
        assert "4.2.2" in out
        assert "ignored 1, ours 1, passing 1" in err


class TestSuppressions:
    def test_why_since_when_and_the_way_out(self, shell: Shell) -> None:
        came_back(dsn(to="PATH"))
        (row,) = shell.json("suppressions", "list")
        assert (row["address"], row["reason"]) == (ANN, "bounced")
        assert "5.1.1" in row["evidence"]
        (shown,) = shell.json("suppressions", "show", ANN)
        assert [one["kind"] for one in shown["bounces"]] == ["gone"]
        assert "there is no such address" in shell("suppressions", "show", ANN.upper())[1]
        (gone,) = shell.json("suppressions", "remove", ANN)
        assert (gone["removed"], gone["state"]) == (True, "active")
        assert shell.json("subscribers", "list")[0]["state"] == "active"
        assert shell.json("suppressions", "list") == []

    def test_an_operator_stops_all_mail(self, shell: Shell) -> None:
        shell("subscribers", "add", ANN, "--confirmed")
        code, _, err = shell("suppressions", "add", ANN, "--why", "asked by  letter")
        assert (code, "nothing is sent there any more" in err) == (0, True)
        (row,) = shell.json("suppressions", "list", "--reason", "operator")
        assert row["evidence"] == "asked by letter"
        assert shell.json("subscribers", "list")[0]["state"] == "suppressed"
        code, _, err = shell("subscribers", "add", ANN, "--confirmed")
        assert code == 2
        assert "suppressions remove" in err

    def test_an_import_brings_nobody_back(self, shell: Shell) -> None:
        shell("suppressions", "add", ANN, "--why", "by letter")
        Path("readers.csv").write_text(f"email,shows,zone,consent date,consent source\n{ANN},,UTC,2026-01-01,form\n")
        code, _, err = shell("subscribers", "import", "readers.csv")
        assert code == 1
        assert "an operator has suppressed it" in err

    def test_an_erased_one_is_found_by_its_address_alone(self, shell: Shell) -> None:
        shell("suppressions", "add", ANN, "--why", "by letter")
        shell("subscribers", "erase", ANN, "--yes")
        (row,) = shell.json("suppressions", "list")
        assert (row["address"], row["evidence"]) == (None, "")
        assert shell.json("suppressions", "show", ANN)[0]["mark"] == row["mark"]
        assert "erased (" in shell("suppressions", "list")[1]
        assert shell("suppressions", "remove", ANN)[0] == 0

    @pytest.mark.parametrize(
        ("call", "says"),
        [
            (("show", "bob@example.org"), "is not suppressed"),
            (("remove", "bob@example.org"), "is not suppressed"),
            (("remove", "nobody"), "is no e-mail address"),
            (("add", ANN, "--why", "  "), "say the reason"),
            (("list", "--reason", "spite"), "bounced, complained, operator"),
        ],
    )
    def test_calls_that_are_wrong(self, shell: Shell, call: tuple[str, ...], says: str) -> None:
        code, _, err = shell("suppressions", *call)
        assert code == 2
        assert says in err
