"""What happens to items on their way out: unchanged articles are dropped, the others written as JSON Lines."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem
from scrapy.exporters import BaseItemExporter
from scrapy.logformatter import LogFormatter

from crawler.items import Article, Item, Page, Thread, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.crawler import Crawler


class DropUnchanged:
    """Drops articles without text, and those whose fingerprint is the known one; their page and thread go on."""

    def __init__(self, known: Mapping[str, Page]) -> None:
        self.known = known

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes what is known from the spider's plan."""
        plan = getattr(crawler.spider, "plan", None)
        return cls(plan.known if plan is not None else {})

    def process_item(self, item: Item) -> Item:
        """Scrapy's hook."""
        if isinstance(item, Article):
            page = self.known.get(item.url)
            if not item.text.strip() or (page is not None and page.fingerprint == item.fingerprint):
                raise DropItem(f"nothing new at {item.url}", log_level="DEBUG")
        return item


class GroupedLines:
    """Writes items as JSON Lines; an article and its thread wait for the page that ends them, so they stay together."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._waiting: dict[int, list[Item]] = {}

    def item_scraped(self, item: Item, response: Any) -> None:
        """Scrapy's signal; the items of one page come of one response."""
        group = self._waiting.setdefault(id(response), [])
        group.append(item)
        if not isinstance(item, (Article, Thread)):
            self.write(*self._waiting.pop(id(response)))

    def write(self, *items: Item) -> None:
        """Writes items that belong together."""
        self.file.write(b"".join(line(item) for item in items))
        self.file.flush()


def line(item: Item) -> bytes:
    """One item as one line of JSON."""
    return json.dumps(to_json(item), ensure_ascii=False).encode() + b"\n"


class NoTraffic(LogFormatter):
    """No line for each page and item: nobody would see it, and making it costs."""

    def crawled(self, *_: Any) -> Any:
        """Scrapy's hook."""

    def scraped(self, *_: Any) -> Any:
        """Scrapy's hook."""


class ItemLines(BaseItemExporter):
    """Scrapy's JSON Lines feeds (`scrapy crawl NAME -O out.jsonl`) in the form of `to_json`."""

    def __init__(self, file: IO[bytes], **options: Any) -> None:
        super().__init__(dont_fail=True, **options)
        self.file = file

    def export_item(self, item: Item) -> None:
        """Scrapy's hook."""
        self.file.write(line(item))
