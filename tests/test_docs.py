"""The pages in docs/ say what the code does: keys, defaults, examples and messages are compared with it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import types
import typing
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from crawler.comments import ENGINES, join
from crawler.page.parsed import parse_html
from crawler.source import Source, load_source, parse_span
from worker.cli import app
from worker.config import PREFIX, Settings
from worker.models import DeliveryState

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT / "docs" / "sources.md").read_text("utf-8")
DELIVERY = (ROOT / "docs" / "delivery.md").read_text("utf-8")
FAULTY, SAID = "<!-- a file with faults -->", "<!-- what is said of it -->"


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of a source file by its dotted path, tables resolved into their keys."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *typing.get_args(field.annotation)]
        table = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if table is None:
            yield prefix + name, field
        else:
            yield from fields(table, f"{prefix}{name}.")


KEYS = dict(fields(Source))


def described() -> dict[str, list[str]]:
    """The rows of docs/sources.md by key: value, default, meaning."""
    rows = (re.split(r"\s*(?<!\\)\|\s*", line.strip().strip("|").strip()) for line in SOURCES.splitlines())
    return {row[0].strip("`"): row[1:] for row in rows if row[0].strip("`") in KEYS and len(row) == 4}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", SOURCES, re.M | re.S)


def after(mark: str) -> str:
    """The block after a mark."""
    return SOURCES.partition(mark)[2].partition("```")[2].partition("\n")[2].partition("```")[0]


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")


def test_every_key_of_a_source_file_is_described() -> None:
    assert set(described()) == set(KEYS)
    assert "pace.delay" in KEYS
    assert "select.comments.item" in KEYS


@pytest.mark.parametrize("key", KEYS)
def test_the_default_that_is_told_is_the_default(key: str) -> None:
    value, told, meaning = described()[key]
    assert value
    assert meaning.endswith(".")
    field = KEYS[key]
    if told.startswith("required"):
        assert field.is_required()
        return
    wanted = None if told == "none" else tomllib.loads(f"default = {told.strip('`')}")["default"]
    actual = field.get_default()
    assert (parse_span(wanted) if isinstance(actual, timedelta) else wanted) == actual


def test_the_values_that_are_allowed_are_told() -> None:
    for key, field in KEYS.items():
        value = described()[key][0]
        choices = typing.get_args(field.annotation) if typing.get_origin(field.annotation) is Literal else ()
        assert all(f'"{choice}"' in value for choice in choices), key
        bounds = [str(getattr(rule, name)) for rule in field.metadata for name in ("ge", "le") if hasattr(rule, name)]
        assert not bounds or value == " to ".join(bounds), key


def test_every_comment_engine_is_named() -> None:
    meaning = described()["comments"][2]
    assert all(f"`{engine.name}`" in meaning for engine in ENGINES)


def test_every_example_is_a_source_file_and_every_key_has_one(tmp_path: Path) -> None:
    seen: set[str] = set()
    for text in blocks("toml"):
        if text == after(FAULTY):
            continue
        needs = "" if "start_urls" in text else 'name = "my-outlet"\nstart_urls = ["https://my-outlet.example/"]\n'
        path = tmp_path / "my-outlet.toml"
        path.write_text(needs + text, "utf-8")
        load_source(path)
        seen |= set(flat(tomllib.loads(text)))
    assert set(KEYS) <= seen


def test_the_faults_that_are_shown_are_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-outlet.toml").write_text(after(FAULTY), "utf-8")
    result = CliRunner().invoke(app, ["sources", "check", "my-outlet.toml"])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == after(SAID).splitlines()


README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
ENGINES_PAGE = (ROOT / "docs" / "engines.md").read_text("utf-8")


def settings_told(page: str) -> dict[str, str]:
    """The settings in a page's tables, each with its default, or "" where that is told in words."""
    found: dict[str, str] = {}
    for names, told in re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| ([^|]*) \|", page, re.M):
        each = re.findall(r"`([A-Z_]+)`", names)
        exact = re.fullmatch(r"(?:`[^`]+`(?:, )?)+", told)
        found |= dict(zip(each, re.findall(r"`([^`]+)`", told) if exact else [""] * len(each), strict=True))
    return found


VARIABLES = {(field.alias or PREFIX + name.upper()): name for name, field in Settings.model_fields.items()}


def test_every_setting_is_told() -> None:
    assert {PREFIX + name for name in settings_told(SETTINGS)} == set(VARIABLES)


def test_what_the_readme_tells_of_settings_is_the_same() -> None:
    rows = re.findall(r"^\| `[A-Z_]+`.*", README, re.M)
    assert len(rows) >= 8
    assert set(rows) <= set(SETTINGS.splitlines())


@pytest.mark.parametrize("page", [SETTINGS, DELIVERY], ids=["settings", "delivery"])
def test_the_defaults_of_settings_are_the_defaults(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {PREFIX + name: default for name, default in settings_told(page).items() if default}
    told.pop(f"{PREFIX}SOURCES_DIR", None)  # stands in HOME
    assert {PREFIX + name for name in ("RETRY_SCHEDULE", "GIVE_UP_AFTER", "UNCERTAIN", "MAIL_CONNECTIONS")} <= set(told)
    monkeypatch.delenv(f"{PREFIX}HOME")
    unset = Settings.from_env()
    for variable, default in told.items():
        monkeypatch.setenv(variable, default)
        name, now_set = VARIABLES[variable], Settings.from_env()
        whole = {"sender": "from_address"}.get(name, name)  # what it is in the end
        assert getattr(now_set, whole) == getattr(unset, whole), variable
        monkeypatch.delenv(variable)


def test_every_state_of_a_delivery_is_told() -> None:
    rows = DELIVERY.partition("| state |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z ]+) \|", rows, re.M) == [state.value for state in DeliveryState]


def test_the_modules_of_the_house_are_there() -> None:
    """A table names a folder once, and then the files beside it."""
    house = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for first, others in re.findall(r"^\| `(\w+/\w+\.py)`((?:, `\w+\.py`)*) \|", house, re.M):
        folder = (ROOT / "worker" / first).parent
        missing = [name for name in re.findall(r"\w+\.py", f"{first}{others}") if not (folder / name).is_file()]
        assert not missing, first


def test_the_engine_of_the_walk_through_reads_its_page() -> None:
    """Page, answer, expected thread and code as they stand in docs/engines.md."""
    part = ENGINES_PAGE.partition("## Add one")[2]
    page, code = (re.findall(rf"```{kind}\n(.*?)```", part, re.S)[0] for kind in ("html", "python"))
    answer, told = re.findall(r"```json\n(.*?)```", part, re.S)
    want = json.loads(told)
    made = types.ModuleType("quill")
    exec(compile(code, "docs/engines.md", "exec"), made.__dict__)
    quill = made.Quill()
    first = quill.read(parse_html(page.encode(), want["url"]))
    assert list(first.more) == list(want["answers"])
    thread = join([first, quill.read_more(answer.encode(), first.more[0], want["url"])])
    got = [
        {key: getattr(c, key) for key in ("id", "author", "published", "text", "parent", "depth")}
        for c in thread.comments
    ]
    assert [{**c, "published": c["published"] and c["published"].isoformat()} for c in got] == want["comments"]
    assert thread.declared_count == want["declared"]
    for wrong in (b"", b"[]", b"{}", b"\xff"):
        with pytest.raises(ValueError, match="Quill"):
            quill.read_more(wrong, first.more[0], want["url"])


def test_the_pages_make_a_site_without_a_broken_link(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", ROOT / "docs", tmp_path]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    assert "what changed" in (tmp_path / "index.html").read_text("utf-8")
