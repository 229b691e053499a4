"""The effective settings: what is switched off is Scrapy's own, under its present name."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings


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
