"""Scrapy's settings: politeness, guards, and what of Scrapy is switched off."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec

from scrapy.settings import default_settings

from crawler.resolver import SETTING

BOT_NAME = "watercooler"
SPIDER_LOADER_CLASS = "crawler.spiderloader.SourceLoader"
USER_AGENT = os.environ.get("WATERCOOLER_USER_AGENT") or "Watercooler/0.1 (+https://watercooler.example/bot)"

# Scrapy opens two local servers that execute code when nobody says no
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# polite: what robots.txt says, one request at a time unless the source's pace says otherwise, exact delays
ROBOTSTXT_OBEY = True
COOKIES_ENABLED = False
CONCURRENT_REQUESTS = 64  # those that wait for their host's pause count, too
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_TIMEOUT = 30
RETRY_TIMES = 2
# a hanging page holds up all behind it, so it is left to the next crawl
RETRY_EXCEPTIONS = [name for name in default_settings.RETRY_EXCEPTIONS if not str(name).endswith("TimeoutError")]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
REDIRECT_MAX_TIMES = 5
METAREFRESH_MAXDELAY = 5  # a live page that reloads itself each minute is no redirect

# guarded: public addresses, web protocols, bounded sizes
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"
globals()[SETTING] = [part for part in os.environ.get(SETTING, "").split(",") if part.strip()]
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
HTTPPROXY_ENABLED = False  # a proxy would resolve names behind the guard's back
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "crawler.middlewares.Access": 5,
    "crawler.middlewares.AddressGuard": 10,
    "crawler.middlewares.Politeness": 20,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.Robots": 100,
    "crawler.middlewares.RetryAfter": 560,
}
HTTPERROR_ALLOW_ALL = True  # the spider reads the status itself

# what nobody here asks for, and each request would pay for: logins, figures, depths, warnings for those who write
# spiders; and URLs that are too long would be dropped without the answer that a round waits for
_UNUSED = (
    "downloadermiddlewares.httpauth.HttpAuthMiddleware",
    "downloadermiddlewares.stats.DownloaderStats",
    "spidermiddlewares.depth.DepthMiddleware",
    "spidermiddlewares.httperror.HttpErrorMiddleware",
    "spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
    "spidermiddlewares.referer.RefererMiddleware",
    "spidermiddlewares.start.StartSpiderMiddleware",
    "spidermiddlewares.urllength.UrlLengthMiddleware",
    "extensions.corestats.CoreStats",
    "extensions.logcount.LogCount",
    "extensions.logstats.LogStats",
    "extensions.memusage.MemoryUsage",
    "extensions.remote_control.RemoteControl",
    "extensions.telnet.TelnetConsole",
)
DOWNLOADER_MIDDLEWARES |= {f"scrapy.{name}": None for name in _UNUSED if name.startswith("downloader")}
SPIDER_MIDDLEWARES = {f"scrapy.{name}": None for name in _UNUSED if name.startswith("spider")}
EXTENSIONS = {f"scrapy.{name}": None for name in _UNUSED if name.startswith("extensions")}

ITEM_PIPELINES = {"crawler.pipelines.DropUnchanged": 100}
FEED_EXPORTERS = {
    "jsonl": "crawler.pipelines.ItemLines",
    "jsonlines": "crawler.pipelines.ItemLines",
    "jl": "crawler.pipelines.ItemLines",
}

# what was asked first goes first: the round has put the likeliest news in front
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"

# Scrapy starts this many tasks for each response; with one, a page's items also keep their order
CONCURRENT_ITEMS = 1

# Scrapy reads the source code of a callback each time that its cache has lost it, to warn of `return` in generators
WARN_ON_GENERATOR_RETURN_VALUE = False

# the same loop as asyncio's own, in C; where it is not to be had, asyncio's does
if find_spec("uvloop"):
    ASYNCIO_EVENT_LOOP = "uvloop.Loop"

LOG_LEVEL = "WARNING"
# it would warn that nobody sets a Referer: where we came from is nobody's business
# (Scrapy sets the levels of its loggers anew, their filters stay)
logging.getLogger("scrapy.downloadermiddlewares.redirect").addFilter(
    lambda record: "Referer" not in record.getMessage()
)
LOG_FORMATTER = "crawler.pipelines.NoTraffic"
LOG_VERSIONS: list[str] = []
