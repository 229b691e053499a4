"""One spider per source file, so that Scrapy's own commands work: `scrapy list`, `scrapy crawl NAME -O out.jsonl`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from crawler.links import of_site
from crawler.plan import Plan
from crawler.source import HOME, Source, load_sources, source_folders
from crawler.spiders.base import SourceSpider

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


class OneSource(SourceSpider):
    """Reads one source, knowing nothing of earlier crawls. The loader makes a subclass of it for each source."""

    source: ClassVar[Source]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **options: Any) -> Self:
        """A command of Scrapy's is a door, so the clock is read here."""
        plan = Plan(sources=(cls.source,), known={}, now=datetime.now(UTC))
        return super().from_crawler(crawler, *args, plan=plan, **options)


class SourceLoader:
    """Scrapy's spider loader over source files. A bad file is a line on stderr, and the others go on."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.sources = sources

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Loads the bundled sources and the operator's own."""
        sources, errors = load_sources(_folders())
        for error in errors:
            sys.stderr.write(f"{error}\n")
        return cls(sources)

    def load(self, spider_name: str) -> type[Spider]:
        """The spider class of a source. Raises KeyError when there is none."""
        if spider_name not in self.sources:
            raise KeyError(f"no source is named {spider_name!r}; there are: {', '.join(self.list()) or 'none'}")
        members = {"name": spider_name, "source": self.sources[spider_name], "__module__": __name__}
        return type(f"{spider_name}-source", (OneSource,), members)

    def list(self) -> list[str]:
        """All sources by name."""
        return sorted(self.sources)

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]  # Scrapy's `list` method above
        """The sources that read this request's host."""
        return [name for name in sorted(self.sources) if of_site(request.url, self.sources[name].hosts)]


def _folders() -> tuple[Path, Path]:
    own, home = os.environ.get("WATERCOOLER_SOURCES_DIR"), os.environ.get("WATERCOOLER_HOME")
    return source_folders(Path(home) if home else HOME, Path(own) if own else None)
