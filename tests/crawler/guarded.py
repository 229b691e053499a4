"""A process that asks for URLs one by one, the way a crawl does, and says what each was connected to.

Its network is told what to answer: look-ups come from a table, connections outside the loopback are noted and cut off
before anything is sent. All between the URL and these two ends is the crawler, Scrapy and Twisted as they are.
"""

from __future__ import annotations

import errno
import json
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.resolver import SETTING


class Network:
    """What the process looked up, and what it connected to."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.real_lookup = socket.gethostbyname

    def gethostbyname(self, name: str) -> str:
        """The table's next answer, the last one for ever; the system's word on what is spelled out."""
        self.looked_up.append(name)
        answers = self.answers.get(name)
        if answers is None:
            if not set(name) <= set("0123456789abcdefx."):
                raise socket.gaierror(f"no such name: {name}")
            return self.real_lookup(name)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def watch(network: Network) -> None:
    """Notes each connection that a socket is told to make; only those to the loopback are made."""

    class Watched(socket.socket):
        noted = False

        def connect_ex(self, address: Any) -> int:
            if not self.noted:  # Twisted asks again to learn how it went
                network.connected.append(address[:2])
                self.noted = True
            return super().connect_ex(address) if address[0].startswith("127.") else errno.ECONNREFUSED

    socket.socket = Watched  # type: ignore[misc]  # it is the system's, and this process is the test's


class Asker(scrapy.Spider):
    """Asks for one URL after the other and writes a line about each."""

    name = "asker"
    network: Network
    requests: list[dict[str, Any]]

    async def start(self) -> AsyncIterator[Any]:
        for asked in self.requests:
            self.network.looked_up, self.network.connected = [], []
            error, status = "", 0
            try:
                request = scrapy.Request(asked["url"], meta={"proxy": asked["proxy"]} if asked.get("proxy") else None)
                assert self.crawler.engine is not None
                status = (await self.crawler.engine.download_async(request)).status
            except Exception as found:
                error = f"{type(found).__name__}: {found}"
            line = {"error": error, "status": status, "names": self.network.looked_up, "to": self.network.connected}
            print(json.dumps(line), flush=True)  # noqa: T201
        return
        yield


def main() -> None:
    """Reads what to ask from stdin."""
    task = json.loads(sys.stdin.read())
    settings = Settings()
    settings.setmodule("crawler.settings")
    # robots.txt would be asked for before each URL, and a page asked twice when nobody answers
    own = {"ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False, "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "CRITICAL"}
    settings.setdict({**own, SETTING: task["allow"], **task.get("settings", {})}, priority="cmdline")
    Asker.network, Asker.requests = Network(task["answers"]), task["requests"]
    socket.gethostbyname = Asker.network.gethostbyname
    watch(Asker.network)
    process = AsyncCrawlerProcess(settings)
    process.crawl(Asker)
    process.start()


if __name__ == "__main__":
    main()
