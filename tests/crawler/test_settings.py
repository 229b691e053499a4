"""The effective settings: what is switched off is Scrapy's own, under its present name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings() -> Settings:
    found = Settings()
    found.setmodule("crawler.settings")
    return found


@pytest.mark.parametrize("name", ["DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"])
def test_what_is_switched_off_is_there_to_be_switched_off(settings: Settings, name: str) -> None:
    off = {path for path, place in settings.getdict(name).items() if place is None}
    assert off
    assert off <= settings.getdict(f"{name}_BASE").keys()


@pytest.mark.parametrize("name", ["closespider.CloseSpider", "feedexport.FeedExporter"])
def test_what_a_crawl_needs_is_on(settings: Settings, name: str) -> None:
    on = settings.get_component_priority_dict_with_base("EXTENSIONS")
    assert f"scrapy.extensions.{name}" in {
        f"{key.__module__}.{key.__name__}" if isinstance(key, type) else key for key in on
    }


def test_no_local_server_is_opened(settings: Settings) -> None:
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
    assert not settings.getbool("TELNETCONSOLE_ENABLED")


@pytest.mark.parametrize("name", ["REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED"])
def test_nor_by_scrapys_own_commands(name: str) -> None:
    """`scrapy crawl NAME` takes its settings by way of scrapy.cfg, as `scrapy settings` does."""
    ask = [sys.executable, "-m", "scrapy", "settings", "--getbool", name]
    assert subprocess.check_output(ask, cwd=ROOT, text=True, timeout=60).split() == ["False"]
