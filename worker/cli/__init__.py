"""`watercooler …` for operators and admins: one file per noun, and `door.py`, which finds them.

Nothing is imported here before it is needed: a Ctrl-C while the libraries load is answered as any other.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.cli.door import app

__all__ = ["app", "main"]

STOPPED = "stopped; what was done is kept"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 done, 1 the work failed, 2 the call was wrong. Never shows a traceback."""
    try:
        from worker.cli.door import enter

        return enter(arguments)
    except KeyboardInterrupt:
        sys.stderr.write(f"error: {STOPPED}\n")
        return 1


def __getattr__(name: str) -> Any:
    """The program itself, `app`, for those who look at its commands."""
    if name == "app":
        from worker.cli.door import app

        return app
    raise AttributeError(name)
