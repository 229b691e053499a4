"""The scaled mode is set like the embedded one: docker-compose.yml passes on, or sets, all that can be set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from worker.config import PREFIX, Settings

COMPOSE = (Path(__file__).parents[1] / "docker-compose.yml").read_text("utf-8")
SET = dict(re.findall(rf"^ +({PREFIX}\w+): (\S+)$", COMPOSE, re.M))
NAMES = {field.alias or PREFIX + name.upper() for name, field in Settings.model_fields.items()}


def test_every_setting_reaches_the_containers() -> None:
    assert NAMES - set(SET) == set()
    assert {name for name, value in SET.items() if "${WATERCOOLER" in value and f"${{{name}:-" not in value} == set()


def test_what_is_passed_on_empty_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings.from_env()
    for name in [name for name, value in SET.items() if value.endswith(":-}")]:
        monkeypatch.setenv(name, "")
    assert Settings.from_env() == before
