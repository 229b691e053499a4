"""Nothing is left behind: processes are found by a mark in their environment, which children inherit.

`python -m scaled.leftovers MARK` reads which processes there are, a line each, until its input ends, which happens
however its parent ended; then it ends those, and all that bear the mark.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

NAME = "SCALED_CONTAINER"  # the variable that holds the mark


def bearing(mark: str) -> list[int]:
    """The processes whose mark begins with this one. Without /proc (not Linux) none are found."""
    sought = f"{NAME}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is somebody else's
            if any(line.startswith(sought) for line in (folder / "environ").read_bytes().split(b"\0")):
                found.append(int(folder.name))
    return [number for number in found if number != os.getpid()]


def end(mark: str) -> int:
    """Ends all that bear the mark, those too that are being started meanwhile. Gives how many there were."""
    count = 0
    for _ in range(50):
        numbers = bearing(mark)
        if not numbers:
            break
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        count += len(numbers)
        time.sleep(0.01)  # until the system has put them away
    return count


class Minder:
    """A process that ends all others of a run when this one is gone: `with Minder() as minder:`.

    `mark` goes into the environment of what is started; what cannot be known by it (servers that write over their
    environment, to show what they do) is told with `add`.
    """

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Minder:
        command = [sys.executable, "-m", "scaled.leftovers", self.mark]
        root = Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root, start_new_session=True)
        return self

    def __exit__(self, *error: object) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()

    def add(self, group: int, folder: Path) -> None:
        """A process that leads a group, and the folder that goes with it."""
        self._tell(f"+ {group} {folder}")

    def forget(self, group: int) -> None:
        """It ended, and its owner knows."""
        self._tell(f"- {group}")

    def _tell(self, line: str) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def main() -> None:
    """Waits for the end of the input, then cleans up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # these are for the parent; its end is what counts
    groups: dict[int, str] = {}
    for line in sys.stdin:
        sign, group, *folder = line.split(maxsplit=2)
        if sign == "+":
            groups[int(group)] = folder[0].strip()
        else:
            groups.pop(int(group), None)
    for group, place in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        shutil.rmtree(place, ignore_errors=True)
    end(sys.argv[1])


if __name__ == "__main__":
    main()
