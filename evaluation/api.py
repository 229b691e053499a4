"""Holds the API against its own description with Schemathesis, on a demo installation behind a real server.

    python -m evaluation.api [EXAMPLES]

Schemathesis is no dependency of the project: it is looked for on the PATH, or SCHEMATHESIS names its program
(`python -m venv st && st/bin/pip install schemathesis`; measured with 4.32). Prints what it counted.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from worker.web import asgi

PHASES = "examples,coverage,fuzzing,stateful"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def served() -> ASGIApp:
    """The web app as it is, but each call comes from another client: who sends many wrong tokens would be barred."""
    app, numbers = asgi.app(), itertools.count(1)

    async def renumbered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            number = next(numbers)
            scope["client"] = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 5000)
        await app(scope, receive, send)

    return renumbered


@contextmanager
def server(folder: Path, token: str) -> Iterator[str]:
    """The address of a server on the demo's installation, which it makes in a folder."""
    demo = [str(Path(sys.executable).with_name("watercooler")), "demo", "--folder", str(folder / "demo")]
    subprocess.run(demo, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "HOME": folder / "demo" / "home",
        "MAIL_URL": f"maildir:{folder / 'mail'}",
        "API_TOKEN": f"test:{token}",
    }
    environment = os.environ | {f"WATERCOOLER_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "uvicorn", "--factory", "evaluation.api:served", "--port", str(port)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([*command, "--no-access-log"], env=environment, stdout=log, stderr=log)
    try:
        yield _reached(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


def _reached(address: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(300):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
        with suppress(OSError), urllib.request.urlopen(f"{address}/health/live", timeout=5):
            return address
    raise RuntimeError("the server did not start")


def counts(said: str) -> list[str]:
    """The lines of the summary: operations, phases, failures by their kind, cases."""
    lines = _ANSI.sub("", said).splitlines()
    start = next((at for at, line in enumerate(lines) if " SUMMARY " in line), len(lines))
    return [line.rstrip() for line in lines[start + 1 :] if line.strip()]


def main(program: str, examples: int) -> int:
    """Prints the counts, and of failures the whole report; gives the exit code of Schemathesis: 0 when all is clean."""
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), token) as address:
        api = f"{address}/api/v1"
        options = ["--url", api, "-H", f"Authorization: Bearer {token}", "--max-examples", str(examples), "--no-color"]
        command = [program, "run", f"{api}/openapi.json", "--phases", PHASES, *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        sys.stdout.write("\n".join(counts(done.stdout) or [done.stderr]) + "\n")
        if done.returncode:
            sys.stderr.write(done.stdout)
        return done.returncode


if __name__ == "__main__":
    found = os.environ.get("SCHEMATHESIS") or shutil.which("schemathesis")
    if not found:
        sys.stderr.write("nothing to run: schemathesis is not on the PATH, and SCHEMATHESIS does not name it\n")
        sys.exit(1)
    sys.exit(main(found, int(sys.argv[1]) if len(sys.argv) > 1 else 20))
