"""`watercooler doctor mail` and `watercooler dkim new`: what they print, write, refuse, and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smtp import Loop, running
from tests.worker.cli.test_cli import Shell
from worker.mail.dkim import load_keys, new_key

RSA, ED = new_key("2027a", "rsa"), new_key("2027e", "ed25519")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def set_up(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """All that mail needs, with a key of each kind."""
    monkeypatch.setenv("WATERCOOLER_FROM", "News <news@example.org>")
    monkeypatch.setenv("WATERCOOLER_PUBLIC_URL", "https://example.org")
    monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp+starttls://user:s3cret@mail.example.org")
    monkeypatch.setenv("WATERCOOLER_BOUNCE_DOMAIN", "bounces.example.org")
    for name, key in (("a.pem", RSA), ("e.pem", ED)):
        Path(name).touch(0o600)
        Path(name).write_bytes(key.pem())
    monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", "2027a=a.pem,2027e=e.pem")
    return shell


def rows(shell: Shell, *words: str) -> tuple[int, list[dict[str, str]]]:
    """The exit code, and what is said in JSON."""
    code, out, _ = shell("doctor", "mail", "--json", *words)
    return code, [json.loads(line) for line in out.splitlines()]


def publish(found: list[dict[str, str]]) -> None:
    """Writes a zone file of the records that are to be published."""
    Path("zone.txt").write_text("".join(row["line"] + "\n" for row in found if row["what"] == "record"))


class TestDoctor:
    def test_nothing_is_wrong_when_all_is_set(self, set_up: Shell) -> None:
        code, found = rows(set_up)
        assert code == 0
        assert {row["state"] for row in found if row["what"] == "check"} == {"ok"}
        assert {row["topic"] for row in found if row["what"] == "hint"} == {"PTR", "TLS", "DMARC", "DKIM"}
        assert all(row["why"] for row in found if row["what"] == "record")

    def test_what_it_says_to_publish_is_what_it_wants_to_find(self, set_up: Shell) -> None:
        publish(rows(set_up)[1])
        code, found = rows(set_up, "--zone", "zone.txt")
        assert code == 0
        assert {row["check"] for row in found if row["what"] == "check"} >= {"DMARC", "DKIM 2027a", "MX example.org"}

    def test_what_is_published_wrongly_ends_in_1(self, set_up: Shell) -> None:
        publish(rows(set_up)[1])
        Path("zone.txt").write_text(Path("zone.txt").read_text().replace("2027a._domainkey", "2027b._domainkey"))
        code, out, _ = set_up("doctor", "mail", "--zone", "zone.txt")
        assert code == 1
        assert "the record at 2027a._domainkey.example.org is not published" in out

    def test_a_person_is_told_what_to_ask(self, set_up: Shell) -> None:
        code, out, err = set_up("doctor", "mail")
        assert code == 0
        assert '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"' in out
        assert "dig +noall +answer bounces.example.org TXT example.org TXT 2027a._domainkey.example.org TXT" in err
        assert "s3cret" not in out + err

    def test_a_new_installation_is_told_what_is_missing(self, shell: Shell) -> None:
        code, out, _ = shell("doctor", "mail")
        assert code == 1
        for words in ("set WATERCOOLER_FROM", "unsigned", "watercooler dkim new", "nothing leaves this machine"):
            assert words in " ".join(out.split())

    def test_a_key_that_cannot_be_read_hides_nothing_else(self, set_up: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_DKIM_KEYS", "2027a=a.pem,gone=nowhere.pem")
        code, found = rows(set_up)
        assert code == 1
        wrong = [row["says"] for row in found if row.get("state") == "wrong"]
        assert wrong == [
            "WATERCOOLER_DKIM_KEYS: the key of gone (nowhere.pem) cannot be read (No such file or directory); "
            "name the file of a private key"
        ]
        assert any("2027a._domainkey" in row["line"] for row in found if row["what"] == "record")

    def test_a_key_that_everybody_can_read_is_a_warning(self, set_up: Shell) -> None:
        Path("a.pem").chmod(0o644)
        code, found = rows(set_up)
        assert code == 0
        assert [row["says"] for row in found if row.get("state") == "warning"] == [
            "everybody on this machine can read a.pem: chmod 600"
        ]

    def test_a_wrong_server_is_told_without_its_password(self, set_up: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp://user:s3cret@host:port")
        code, found = rows(set_up)
        assert code == 1
        assert [row["check"] for row in found if row.get("state") == "wrong"] == ["server"]
        assert "s3cret" not in str(found)

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["--zone", "nowhere.txt"], "nowhere.txt cannot be read: No such file or directory"),
            (["--zone", "."], "cannot be read: Is a directory"),
            (["--zone", "binary"], "binary cannot be read"),
            (["--zone", "a.pem", "--dns"], "one of them is wanted"),
        ],
    )
    def test_a_wrong_call_ends_in_2(self, set_up: Shell, words: list[str], says: str) -> None:
        Path("binary").write_bytes(b"\xff\xfe\x00")
        code, _, err = set_up("doctor", "mail", *words)
        assert (code, says in " ".join(err.split())) == (2, True)

    def test_a_from_that_is_no_address_is_named(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_FROM", "News <news@exam\\ple..örg>")
        code, _, err = shell("doctor", "mail")
        assert code == 2
        assert "WATERCOOLER_FROM: news@exam\\ple..örg: is not a mail address" in " ".join(err.split())


@pytest.fixture(scope="module")
def smtp() -> Iterator[Loop]:
    yield from running()


class TestConnecting:
    def test_only_when_asked_for(self, set_up: Shell, smtp: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
        server = smtp.listen()
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", f"smtp://127.0.0.1:{server.port}")
        assert rows(set_up)[0] == server.connections == 0
        code, found = rows(set_up, "--connect")
        assert (code, server.connections, server.taken) == (0, 1, [])
        assert [row["state"] for row in found if row.get("check") == "connection"] == ["ok"]

    def test_a_server_that_is_not_there_ends_in_1(self, set_up: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", "smtp://127.0.0.1:1")
        code, out, _ = set_up("doctor", "mail", "--connect")
        assert (code, "refuses connections" in " ".join(out.split())) == (1, True)

    def test_a_folder_is_not_called(self, set_up: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WATERCOOLER_MAIL_URL", "maildir:box")
        assert rows(set_up, "--connect")[0] == 0
        assert not Path("box").exists()


class TestNewKey:
    def test_it_is_kept_for_its_owner_and_signs(self, shell: Shell, tmp_path: Path) -> None:
        row = shell.json("dkim", "new", "2027A")[0]
        file = tmp_path / "home" / "dkim" / "2027a.pem"
        assert (row["selector"], row["file"], row["setting"]) == ("2027a", str(file), f"2027a={file}")
        assert file.stat().st_mode & 0o777 == 0o600
        key = load_keys([("2027a", file)])[0]
        assert row["record"].replace('" "', "") == f'2027a._domainkey.watercooler.example. IN TXT "{key.record}"'

    def test_a_person_gets_record_and_setting_and_no_private_key(self, shell: Shell) -> None:
        code, out, err = shell("dkim", "new", "e", "--algorithm", "ed25519", "--out", "e.pem")
        assert code == 0
        assert 'e._domainkey.watercooler.example. IN TXT "v=DKIM1; k=ed25519; p=' in out
        assert f"WATERCOOLER_DKIM_KEYS=e={Path('e.pem').absolute()}\n" in out
        assert Path("e.pem").read_text().splitlines()[1] not in out + err

    def test_the_old_key_signs_until_the_new_one_is_published(self, set_up: Shell) -> None:
        new = f"2028a={Path('new.pem').absolute()}"
        row = set_up.json("dkim", "new", "2028a", "--out", "new.pem")[0]
        assert row["setting"] == f"2027a=a.pem,2027e=e.pem,{new}"
        assert row["setting_later"] == f"{new},2027a=a.pem,2027e=e.pem"
        _, out, _ = set_up("dkim", "new", "2028b", "--out", "b.pem")
        assert out.index("the old key signs on") < out.index("finds it, set this: it signs")

    def test_no_file_is_written_over(self, set_up: Shell) -> None:
        before = Path("a.pem").read_bytes()
        code, _, err = set_up("dkim", "new", "2029a", "--out", "a.pem")
        assert (code, "is there already" in err) == (2, True)
        assert Path("a.pem").read_bytes() == before

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["2027a"], "2027a has a key already"),
            (["a_b"], "'a_b' is no selector"),
            (["x", "--algorithm", "dsa"], "dsa"),
            (["x", "--out", "a.pem/x.pem"], "a.pem"),
        ],
    )
    def test_a_wrong_call_writes_nothing(self, set_up: Shell, words: list[str], says: str) -> None:
        before = sorted(Path().rglob("*.pem"))
        code, _, err = set_up("dkim", "new", *words)
        assert code != 0
        assert says in err
        assert sorted(Path().rglob("*.pem")) == before
