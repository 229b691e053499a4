"""The crawling process: a plan on stdin, items on stdout, its log on stderr."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import IO, Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.pipelines import GroupedLines
from crawler.plan import Plan, plan_from_json
from crawler.resolver import SETTING
from crawler.spiders.base import SourceSpider


def main() -> None:
    """Runs one crawl. The last line says how it ended, so that a broken stream is not taken for a whole one."""
    # nothing but items may get into the stream, whatever a library prints
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    plan = plan_from_json(json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    reason = run(plan, out)
    out.write(json.dumps({"type": "end", "reason": reason}).encode() + b"\n")
    out.flush()
    sys.exit(0 if reason else 1)


def run(plan: Plan, out: IO[bytes]) -> str:
    """Crawls, writes items; gives Scrapy's word for the end, "" when the spider never closed."""
    process = AsyncCrawlerProcess(settings_of(plan))
    crawler = process.create_crawler(SourceSpider)
    lines, reasons = GroupedLines(out), list[str]()

    def closed(reason: str) -> None:
        reasons.append(reason)

    crawler.signals.connect(lines.item_scraped, signal=signals.item_scraped)
    crawler.signals.connect(closed, signal=signals.spider_closed)
    process.crawl(crawler, plan=plan)
    process.start()
    return reasons[0] if reasons else ""


def settings_of(plan: Plan) -> Settings:
    """The project's settings, with what the plan says."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    own: dict[str, Any] = {SETTING: list(plan.allow_private), "CLOSESPIDER_TIMEOUT": plan.seconds}
    if plan.user_agent:
        own["USER_AGENT"] = plan.user_agent
    settings.setdict(own, priority="cmdline")
    return settings


def _end_with_parent() -> None:
    """The parent holds the other end of stdin; when it is gone, nobody wants the items."""
    while os.read(0, 4096):
        pass
    os._exit(3)
