"""`watercooler extract` on one page and on many: what it prints, what it survives, its exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site import TEXT, Answer, Site
from worker.cli import main
from worker.cli.pages import stated_address

PAGE = (
    "<html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
    + f"<p>{TEXT * 3}</p><p>{TEXT}</p>"
    + "</article></body></html>"
)
LOGIN = "<html><head><title>Log in</title></head><body><input type=password></body></html>"


def page(title: str = "The lamp stays lit", head: str = "") -> bytes:
    return PAGE.format(title=title, head=head).encode()


class Shell:
    """Runs `extract` and reads what it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        code = main(["--now", "2027-03-05T08:00", "extract", *map(str, words)])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    def json(self, *words: object) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = self(*words, "--json")
        return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles, one of them packed, a wall, a file that is cut off, and what is no page."""
    (tmp_path / "pages" / "b").mkdir(parents=True)
    (tmp_path / "pages" / "c.html").write_bytes(page("Third of the pages here"))
    (tmp_path / "pages" / "b" / "two.HTM").write_bytes(page("Second of the pages here"))
    (tmp_path / "pages" / "a.html.gz").write_bytes(gzip.compress(page("First of the pages here")))
    (tmp_path / "pages" / "d.html").write_text(LOGIN)
    (tmp_path / "pages" / "notes.txt").write_text("no page")
    return tmp_path / "pages"


def test_a_folder_is_read_in_sorted_order(shell: Shell, folder: Path) -> None:
    code, forms = shell.json(folder)
    assert [Path(form["page"]).name for form in forms] == ["a.html.gz", "two.HTM", "c.html", "d.html"]
    assert [form["outcome"] for form in forms] == ["article", "article", "article", "login-wall"]
    assert forms[0]["title"] == "First of the pages here"
    assert code == 0


def test_what_cannot_be_read_is_reported_and_the_others_are_read(shell: Shell, folder: Path) -> None:
    (folder / "b.html.gz").write_bytes(gzip.compress(page())[:90])
    (folder / "bb.html.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"broken" * 20)
    (folder / "bc.html").symlink_to(folder / "nowhere")
    code, out, err = shell(folder, "--json")
    outcomes = {Path(form["page"]).name: form["outcome"] for form in map(json.loads, out.splitlines())}
    assert code == 1
    assert {outcomes[name] for name in ("b.html.gz", "bb.html.gz", "bc.html")} == {"error"}
    assert [outcomes[name] for name in ("a.html.gz", "c.html", "d.html")] == ["article", "article", "login-wall"]
    assert "b.html.gz: cannot be unpacked" in err
    assert "bc.html: cannot be read: No such file" in err
    assert "7 pages: article 3, error 3, login-wall 1" in err


def test_people_get_a_table_of_pages_and_of_outcomes(shell: Shell, folder: Path) -> None:
    code, out, _ = shell(folder)
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert any("Second of the pages here" in line for line in out.splitlines())
    assert rows[-4:] == [["outcome", "pages"], ["article", "3"], ["login-wall", "1"], ["in", "all", "4"]]


def test_of_many_pages_people_see_those_that_are_none(shell: Shell, tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / f"{number:03}.html").write_text(LOGIN if number == 7 else "")
    (tmp_path / "good.html").write_bytes(page())
    _, out, _ = shell(".")
    assert "007.html" in out
    assert "good.html" not in out
    assert out.splitlines()[-1].split() == ["in", "all", "102"]


def test_each_line_is_out_before_the_next_page_is_read(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []
    open_ = Path.open

    def counting(path: Path, *args: Any, **values: Any) -> Any:
        if path.is_relative_to(folder):
            seen.append(len(capsys.readouterr().out.splitlines()))
        return open_(path, *args, **values)

    monkeypatch.setattr(Path, "open", counting)
    shell(folder, "--json")
    assert seen == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pages", "no-such.html"], "no-such.html: no such file or folder"),
        (["pages", "--url", "https://quay.example/a"], "--url is the address of one page, and these are 4"),
        (["pages", "ftp://quay.example/"], "an address like https://"),
    ],
)
def test_a_wrong_call_reads_nothing(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(folder.parent)
    code, out, err = shell(*words)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(("body", "code"), [(page(), 0), (LOGIN.encode(), 1), (b"", 1), (b"\x89PNG", 1)])
def test_the_exit_code_of_one_page(shell: Shell, tmp_path: Path, body: bytes, code: int) -> None:
    (tmp_path / "one").write_bytes(body)
    assert shell(tmp_path / "one")[0] == code


def test_an_empty_folder_says_so(shell: Shell, tmp_path: Path) -> None:
    code, out, err = shell(tmp_path)
    assert (code, out) == (1, "")
    assert "no pages there" in err


def test_the_exit_codes_are_in_the_help(shell: Shell) -> None:
    code, out, _ = shell("--help")
    assert code == 0
    assert "Exit code" in out


def test_a_saved_page_tells_its_address(shell: Shell, tmp_path: Path) -> None:
    stated = '<link rel="canonical" href="https://quay.example/2027/lamp/?a=1&amp;b=2">'
    (tmp_path / "index.html").write_bytes(page(head=stated))
    (form,) = shell.json(tmp_path / "index.html")[1]
    assert form["url"] == "https://quay.example/2027/lamp/?a=1&b=2"
    (form,) = shell.json(tmp_path / "index.html", "--url", "https://other.example/lamp")[1]
    assert form["url"] == "https://other.example/lamp"


def test_a_wall_at_a_url_has_its_own_outcome(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as site:
        site.answers |= {"/wall": LOGIN, "/down": Answer("", 404), "/good": page().decode()}
        monkeypatch.setenv("WATERCOOLER_ALLOW_PRIVATE_HOSTS", site.netloc)
        code, forms = shell.json(f"{site.base}/wall", f"{site.base}/down", f"{site.base}/good")
    assert [form["outcome"] for form in forms] == ["login-wall", "error", "article"]
    assert code == 1


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_may_be_asked_for_their_address(body: bytes, stated: bool) -> None:
    link = b"<meta property=og:url content=https://quay.example/a>" if stated else b""
    assert stated_address(body.replace(b"<", b"") + link) == ("https://quay.example/a" if stated else "")
