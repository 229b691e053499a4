"""`watercooler run`: one process that ticks, serves, and stops when told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> bytes:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended by itself"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except URLError:
            time.sleep(0.05)  # it tells nobody when it listens
    raise AssertionError("it does not answer")


def test_it_serves_and_a_stop_is_an_orderly_end(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", "import sys; from worker.cli import main; sys.exit(main())"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, "run", "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        assert b'"ok"' in wait_for(f"http://127.0.0.1:{port}/health/ready", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
    said = (tmp_path / "log").read_text()
    assert "stopping" in said
    assert "Traceback" not in said
