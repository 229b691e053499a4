"""Settings: what is set, what is the default, and what a wrong value says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from worker.config import Settings
from worker.errors import SettingsError


def test_everything_has_a_default_that_works_on_one_machine(tmp_path: Path) -> None:
    settings = Settings.from_env()
    assert settings.folder == tmp_path / "home"
    assert settings.database == f"sqlite:///{tmp_path / 'home' / 'watercooler.db'}"
    assert settings.mail == f"maildir:{tmp_path / 'home' / 'outbox'}"
    assert not settings.broker_url
    assert settings.source_folders[-1] == tmp_path / "home" / "sources"


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_FROM", "News <news@example.org>")
    monkeypatch.setenv("WATERCOOLER_RETRY_SCHEDULE", "1s,2m")
    monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", "127.0.0.1:8642, 10.0.0.7")
    monkeypatch.setenv("WATERCOOLER_SECRET_KEY", "new, old")
    settings = Settings.from_env()
    assert settings.from_address == "News <news@example.org>"
    assert settings.retry_schedule == (timedelta(seconds=1), timedelta(minutes=2))
    assert settings.allow_private_hosts == ("127.0.0.1:8642", "10.0.0.7")
    assert settings.keys == ("new", "old")


def test_an_own_key_is_made_once_and_kept_private() -> None:
    settings = Settings.from_env()
    assert settings.keys == Settings.from_env().keys
    assert (settings.folder / "secret.key").stat().st_mode & 0o077 == 0


def test_a_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_RETRY_SCHEDULE", "soon")
    with pytest.raises(SettingsError, match=r'WATERCOOLER_RETRY_SCHEDULE: a span like "30m".*soon'):
        Settings.from_env()


def test_a_folder_that_cannot_be_made_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WATERCOOLER_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(SettingsError, match=r"WATERCOOLER_HOME.*cannot be made"):
        Settings.from_env().make_folder()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_SECRET_KEY", "hush")
    assert "hush" not in repr(Settings.from_env())
