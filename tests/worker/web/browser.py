"""A headless Chromium, driven through a pipe: what a person does on a page, without a library for it."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE = 30  # seconds
# Chromium reads its orders from file 3 and answers on file 4.
_AS_3_AND_4 = """
import fcntl, os, sys
files = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(files[0], 3), os.dup2(files[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find_browser() -> str | None:
    """Where Chromium is, if it is here."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


class Browser:
    """One page of one browser, in a profile of its own."""

    def __init__(self, program: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="watercooler-browser.")
        to_browser, from_browser = os.pipe(), os.pipe()
        flags = (
            "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-pipe"
        )
        command = [program, *flags.split(), f"--user-data-dir={self.folder}", "about:blank"]
        command = [sys.executable, "-c", _AS_3_AND_4, str(to_browser[0]), str(from_browser[1]), *command]
        self.process = subprocess.Popen(
            command, pass_fds=(to_browser[0], from_browser[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        self._out, self._in, self._rest, self._number = to_browser[1], from_browser[0], b"", 0
        self._session = ""
        self._attach()

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._out)
        os.close(self._in)
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, url: str) -> None:
        """Goes to an address, and waits until the page is there."""
        self.call("Page.navigate", url=url)
        self._wait("Page.loadEventFired")

    def press(self, selector: str) -> None:
        """Presses a button or link that leads to another page."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self._wait("Page.loadEventFired")

    def fill(self, selector: str, value: str) -> None:
        """Puts a value into a field, as a person would who types it."""
        self.run(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}")

    def tick(self, selector: str, on: bool = True) -> None:
        """Sets or takes away a tick."""
        self.run(f"document.querySelector({json.dumps(selector)}).checked = {json.dumps(on)}")

    def run(self, script: str) -> Any:
        """What a script gives; it stands for the person, for the pages have none of their own."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return str(self.run("document.body.innerText"))

    def look(self, *, width: int, dark: bool) -> None:
        """Makes the window a phone's or a desk's, by day or by night; pages may run no scripts anyhow."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        """A picture of the whole page."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One order of the DevTools protocol, and its answer."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters}
        order |= {"sessionId": self._session} if self._session else {}
        os.write(self._out, json.dumps(order).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._events.append(message.get("method", ""))

    def _attach(self) -> None:
        self._events: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self._events.clear()

    def _wait(self, event: str) -> None:
        while event not in self._events:
            self._events.append(self._read().get("method", ""))
        self._events.clear()

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], deadline - time.monotonic())
            assert ready, "the browser does not answer"
            chunk = os.read(self._in, 1 << 16)
            assert chunk, "the browser is gone"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found
