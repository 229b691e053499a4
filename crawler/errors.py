"""Errors of the crawler. Each names what it is about, so that it can be shown to a person as it is."""

from __future__ import annotations

from pathlib import Path


class CrawlerError(Exception):
    """Anything that goes wrong in the crawler and is worth telling a person."""


class SourceError(CrawlerError):
    """A source file is wrong: where, which key, why, and what is allowed instead."""

    def __init__(self, path: Path, reason: str, *, line: int | None = None, key: str | None = None) -> None:
        self.path, self.line, self.key, self.reason = path, line, key, reason
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {key}: {reason}" if key else f"{place}: {reason}")


class SourcesError(CrawlerError):
    """Several source files, or several keys of one, are wrong; every fault is kept."""

    def __init__(self, errors: list[SourceError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class CrawlError(CrawlerError):
    """The crawling process itself failed (not a page of it: that is a `Failure` item)."""


class StoppedError(CrawlError):
    """The crawl was ended by who wanted it: nothing is wrong with what it read."""
