"""The crawling process: a plan on stdin, items on stdout, its log on stderr."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.items import Page
from crawler.limits import limit_memory
from crawler.pipelines import GroupedLines
from crawler.plan import Plan, plan_from_json
from crawler.resolver import SETTING
from crawler.spiders.asking import Recall
from crawler.spiders.base import SourceSpider


def main() -> None:
    """Runs one crawl. The last line says how it ended, so that a broken stream is not taken for a whole one."""
    # nothing but items may get into the stream, whatever a library prints
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    lines = _lines()
    data = json.loads(next(lines))
    parent = Parent(out, lines)
    threading.Thread(target=parent.listen, daemon=True).start()
    plan = plan_from_json(data)
    recalls = data["recall"]
    del data
    gc.freeze()  # the plan stays to the end: no need to look through it again and again
    gc.set_threshold(20_000, 20, 50)
    limit_memory()
    reason = run(plan, out, parent.recall if recalls else None)
    out.write(json.dumps({"type": "end", "reason": reason}).encode() + b"\n")
    out.flush()
    sys.exit(0 if reason else 1)


def _lines() -> Iterator[bytes]:
    """The lines of stdin. Python's own buffer would be locked by the thread that waits for it when the process ends."""
    rest = [b""]
    while part := os.read(0, 1 << 20):
        *lines, tail = part.split(b"\n")
        for line in lines:
            yield b"".join([*rest, line])
            rest = []
        rest.append(tail)


class Parent:
    """The process that wants the items. It is asked what it knows of a source, a line each way."""

    def __init__(self, out: IO[bytes], lines: Iterator[bytes]) -> None:
        self.out, self.lines = out, lines
        self._waiting: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Future[list[Page]]]] = {}

    async def recall(self, source: str) -> list[Page]:
        """All pages that are known of a source and are no lists."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Page]] = loop.create_future()
        self._waiting[source] = loop, answer
        self.out.write(json.dumps({"type": "recall", "source": source}).encode() + b"\n")
        self.out.flush()
        return await answer

    def listen(self) -> None:
        """Reads answers. The parent holds the other end of stdin; when it is gone, nobody wants the items."""
        for line in self.lines:
            data = json.loads(line)
            pages = [
                Page(url, data["source"], kind, 200, datetime.fromtimestamp(at, UTC)) for url, kind, at in data["pages"]
            ]
            loop, future = self._waiting.pop(data["source"])
            loop.call_soon_threadsafe(future.set_result, pages)
        os._exit(3)


def run(plan: Plan, out: IO[bytes], recall: Recall | None = None) -> str:
    """Crawls, writes items; gives Scrapy's word for the end, "" when the spider never closed."""
    process = AsyncCrawlerProcess(settings_of(plan))
    crawler = process.create_crawler(SourceSpider)
    lines, reasons = GroupedLines(out), list[str]()

    def closed(reason: str) -> None:
        reasons.append(reason)

    crawler.signals.connect(lines.item_scraped, signal=signals.item_scraped)
    crawler.signals.connect(closed, signal=signals.spider_closed)
    process.crawl(crawler, plan=plan, recall=recall, tell=lines.write)
    process.start()
    return reasons[0] if reasons else ""


def settings_of(plan: Plan) -> Settings:
    """The project's settings, with what the plan says."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    own: dict[str, Any] = {
        SETTING: list(plan.allow_private),
        "CLOSESPIDER_TIMEOUT": plan.seconds,
        # the plan has the sources, its reports the figures: nothing is looked for in folders, nothing counted
        "SPIDER_LOADER_CLASS": "scrapy.spiderloader.DummySpiderLoader",
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    }
    if plan.user_agent:
        own["USER_AGENT"] = plan.user_agent
    settings.setdict(own, priority="cmdline")
    return settings
