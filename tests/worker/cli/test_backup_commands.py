"""`watercooler migrate`, `backup` and `restore`."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.worker.cli.test_cli import Shell
from worker.store.engine import open_engine
from worker.store.migrate import HEAD, upgrade

OWN = "a key of thirty-two letters or so"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation with a show and a signing key of its own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.key").write_text(OWN)
    return home


@pytest.fixture
def kept(shell: Shell, home: Path) -> Shell:
    """Its backup is my.zip."""
    assert shell("shows", "add", "Harbour Lights")[0] == 0
    code, _, err = shell("backup", "my.zip")
    assert code == 0, err
    return shell


class TestMigrate:
    def test_a_new_database(self, shell: Shell, tmp_path: Path) -> None:
        assert shell("migrate", "--check")[0] == 1
        assert not (tmp_path / "home").exists()
        assert shell.json("migrate") == [{"from": None, "to": HEAD, "wanted": HEAD}]
        assert shell("migrate", "--check")[0] == 0
        assert shell.json("migrate") == [{"from": HEAD, "to": HEAD, "wanted": HEAD}]

    def test_an_old_one(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "home").mkdir()
        engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'watercooler.db'}")
        with engine.begin() as connection:
            upgrade(connection, "0009")
        code, _, err = shell("migrate", "--check")
        assert (code, "at schema 0009" in err, f"{HEAD} is wanted" in err) == (1, True, True)
        assert f"was at schema 0009, now it is at {HEAD}" in shell("migrate")[2]
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
        for words in (["migrate"], ["migrate", "--check"], ["backup", "my.zip"], ["status"]):
            code, _, err = shell(*words)
            assert (code, "schema 9999" in err) == (1, True), words


class TestBackup:
    def test_a_new_file_for_its_owner_alone(self, kept: Shell) -> None:
        assert Path("my.zip").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in Path().iterdir() if "my.zip" in path.name] == ["my.zip"]
        before = Path("my.zip").read_bytes()
        code, _, err = kept("backup", "my.zip")
        assert (code, "is there already" in err) == (2, True)
        assert Path("my.zip").read_bytes() == before
        (row,) = kept.json("backup", "other.zip")
        assert (row["schema"], row["rows"], row["tables"]["shows"], row["key"]) == (HEAD, 1, 1, "included")

    def test_what_cannot_be_written_leaves_nothing(self, kept: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        code, _, err = kept("backup", "no-such-folder/my.zip")
        assert (code, "cannot be written" in err) == (1, True)
        monkeypatch.setattr("os.fsync", full)
        code, _, err = kept("backup", "other.zip")
        assert (code, "No space left" in err) == (1, True)
        assert [path.name for path in Path().glob("*other*")] + list(Path().glob(".*other*")) == []

    def test_it_says_what_else_has_to_be_kept(self, shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shell("shows", "add", "Harbour Lights")
        (home / "sources").mkdir()
        monkeypatch.setenv("WATERCOOLER_SECRET_KEY", "a key that is set")
        _, _, err = shell("backup", "my.zip")
        assert "keep WATERCOOLER_SECRET_KEY" in err
        assert str(home / "sources") in err
        with zipfile.ZipFile("my.zip") as archive:
            assert "secret.key" not in archive.namelist()
            assert b"a key that is set" not in archive.read("manifest.json")

    def test_through_pipes(self, kept: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        pipe = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
        assert kept("backup", "-")[0] == 0
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pipe.getvalue())))
        monkeypatch.setenv("WATERCOOLER_HOME", "elsewhere")
        assert kept("restore", "-")[0] == 0
        assert kept("backup", "-", "--json")[0] == 2


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


class TestRestore:
    def test_another_home_has_all_of_it_and_the_key(self, kept: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        assert kept("restore", "my.zip", "--check")[0] == 0
        monkeypatch.setenv("WATERCOOLER_HOME", "elsewhere")
        (row,) = kept.json("restore", "my.zip")
        assert (row["rows"], row["key"]) == (1, "put")
        key = Path("elsewhere/secret.key")
        assert (key.read_text(), key.stat().st_mode & 0o777) == (OWN, 0o600)
        assert kept.json("shows", "list")[0]["name"] == "Harbour Lights"
        code, _, err = kept("restore", "my.zip")
        assert (code, "not empty" in err) == (2, True)

    @pytest.mark.parametrize(
        ("there", "given", "stands"),
        [
            ("another key", "", "replaced"),
            (OWN, "", "fits"),
            ("", f"a new key,{OWN}", "fits"),
            ("", "a new key", "missing"),
        ],
    )
    def test_the_key_that_links_were_signed_with(
        self, kept: Shell, monkeypatch: pytest.MonkeyPatch, there: str, given: str, stands: str
    ) -> None:
        folder = Path("elsewhere")
        folder.mkdir()
        if there:
            (folder / "secret.key").write_text(there)
        monkeypatch.setenv("WATERCOOLER_HOME", str(folder))
        monkeypatch.setenv("WATERCOOLER_SECRET_KEY", given)
        assert kept.json("restore", "my.zip")[0]["key"] == stands
        found = {path.name: path.read_text() for path in folder.glob("secret*")}
        assert (
            found
            == {
                "replaced": {"secret.key": OWN, "secret.key.before-restore": there},
                "fits": {"secret.key": there} if there else {},
                "missing": {},
            }[stands]
        )

    def test_what_is_wrong_with_the_file(self, kept: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_HOME", "elsewhere")
        Path("half.zip").write_bytes(Path("my.zip").read_bytes()[:-40])
        for words, code, reason in [
            (["none.zip"], 2, "no such file"),
            (["half.zip"], 1, "its end is missing"),
            (["half.zip", "--check"], 1, "its end is missing"),
        ]:
            found, _, err = kept("restore", *words)
            assert (found, reason in err) == (code, True), err
        assert not list(Path("elsewhere").glob("secret*"))
