"""The anchors: a plain Scrapy spider that fetches the same URLs, as one would write it on the first day, and
trafilatura's own call.

Scrapy's own defaults, but for its log and for the two local servers it would open.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import feedparser
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from bench.measure import Run, cpu_of, open_files, report


def _nothing(response: Response) -> Any:
    return None


def _feed(response: Response) -> Any:
    feedparser.parse(response.body)


def _title(response: Response) -> Any:
    return {"url": response.url, "title": response.css("h1::text").get()}


def _article(response: Response) -> Any:
    from trafilatura import bare_extraction  # a spider that does not extract does not pay for it

    return {"url": response.url, "article": bare_extraction(response.text, with_metadata=True)}


READERS: dict[str, Callable[[Response], Any]] = {
    "nothing": _nothing,
    "feed": _feed,
    "title": _title,
    "article": _article,
}


def bare(html: str, url: str) -> str:
    """A page as trafilatura alone reads it, with comments and metadata; gives the body."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, url=url, with_metadata=True, include_comments=True)
    return "" if found is None or isinstance(found, dict) else found.text or ""


class Plain(scrapy.Spider):
    """Fetches URLs, reads each response with one of `READERS`."""

    name = "plain"
    handle_httpstatus_list = [304]  # noqa: RUF012 - Scrapy's way to say it

    def __init__(self, order: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.order, self.read, self.done = order, READERS[order["reader"]], 0

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's hook."""
        headers = {"If-None-Match": self.order["etag"]} if self.order["etag"] else {}
        for url in self.order["urls"]:
            yield scrapy.Request(url, headers=headers)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        """Scrapy's hook."""
        self.done += response.status == self.order["status"]
        item = self.read(response)
        if item is not None:
            yield item


def main() -> None:
    """Does the order on stdin: `urls`, `etag`, `status` (the one that counts as done), `reader`, `robots`."""
    order = json.load(sys.stdin)
    open_files()
    quiet = {"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False}
    process = AsyncCrawlerProcess(quiet | ({"ROBOTSTXT_OBEY": True} if order["robots"] else {}))
    crawler = process.create_crawler(Plain)
    process.crawl(crawler, order=order)
    process.start()
    if not isinstance(crawler.spider, Plain) or crawler.spider.done != len(order["urls"]):
        raise RuntimeError("the plain spider did not get what it was sent for")
    report(Run(len(order["urls"]), cpu_of(resource.RUSAGE_SELF)))


if __name__ == "__main__":
    main()
