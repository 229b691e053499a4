"""`watercooler doctor`: a line a check, by what is really there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.worker.cli.test_cli import Shell
from worker.store import Store
from worker.store.facts import look_at


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def states(shell: Shell) -> dict[str, tuple[str, str]]:
    """What is found by name; the exit code is that of the worst."""
    code, out, err = shell("doctor")
    found = {line[12:23].strip(): (line[:10].strip(), line) for line in out.splitlines()}
    assert code == int(any(state == "wrong" for state, _ in found.values())), out
    assert err.endswith(" fine\n")
    return found


def test_a_fresh_installation_has_nothing_wrong_and_none_is_made(shell: Shell, tmp_path: Path) -> None:
    found = states(shell)
    assert not (tmp_path / "home" / "watercooler.db").exists()
    assert [name for name, (state, _) in found.items() if state == "look at it"] == ["sources", "mail", "public URL"]
    rows = shell.json("doctor")
    assert {row["state"] for row in rows} == {"fine", "look at it"}
    assert all(row["todo"] for row in rows if row["state"] != "fine")


def test_settings_are_told_with_their_origin_and_secrets_without_value(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATERCOOLER_SECRET_KEY", "hush-hush-hush-hush")
    monkeypatch.setenv("WATERCOOLER_API_TOKEN", "ann:hush-hush-hush-hush")
    monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp://u:hush@mail.example.org")
    monkeypatch.setenv("WATERCOOLER_DATABSE_URL", "sqlite:///x")
    Path(".env").write_text("WATERCOOLER_ZONE=Europe/Berlin\n")
    code, out, err = shell("doctor")
    assert "hush" not in out + err
    assert "WATERCOOLER_ZONE=Europe/Berlin (.env)" in out
    assert "WATERCOOLER_SECRET_KEY=set (environment)" in out
    assert "WATERCOOLER_DATABSE_URL is no setting, and does nothing -> did you mean WATERCOOLER_DATABASE_URL?" in out
    assert "on, for ann" in out
    assert code == 1, "mail is not signed"


def test_what_is_wrong_is_found(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("status")
    home = tmp_path / "home"
    (home / "secret.key").write_text("x" * 40)
    (home / "secret.key").chmod(0o644)
    (home / "sources").mkdir()
    (home / "sources" / "bad.toml").write_text('name = "bad"\nstart_url = "x"\n')
    (tmp_path / "own" / "digest").mkdir(parents=True)
    (tmp_path / "own" / "digest" / "subject.txt").write_text("{% if %}")
    monkeypatch.setenv("WATERCOOLER_TEMPLATES_DIR", str(tmp_path / "own"))
    found = states(shell)
    assert {name for name, (state, _) in found.items() if state == "wrong"} == {
        "secret key",
        "source file",
        "templates",
    }
    assert "bad.toml:2: start_url" in found["source file"][1]
    assert "own/digest/subject.txt:1" in found["templates"][1]


def test_a_tick_is_missed_when_nobody_ticks(shell: Shell, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_DATABASE_URL", str(sqlite_store.engine.url))
    assert states(shell)["tick"][0] == "look at it"
    at = datetime(2027, 3, 5, 7, 50, tzinfo=UTC)
    with sqlite_store.begin() as tx:
        tx.turns.take("tick", "somebody", at)
        tx.turns.done("tick", at)
    state, words = states(shell)["tick"]
    assert (state, "10 min ago" in words, "watercooler run" in words) == ("wrong", True, True)


def test_a_database_is_looked_at_from_outside(store: Store) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    facts = look_at(url, lambda: datetime.now(UTC) + timedelta(seconds=20))
    assert (facts.fault, facts.exists, facts.schema) == ("", True, facts.wanted)
    assert facts.size > 10_000
    assert 0 < facts.latency < 10
    if facts.engine == "sqlite":
        assert (facts.journal, facts.clock_ahead) == ("wal", 0)
        return
    assert facts.may_create
    assert -40 < facts.clock_ahead < -10
    assert (facts.encoding, facts.connections > 0, facts.most_connections > 0) == ("UTF8", True, True)
