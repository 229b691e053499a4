"""What the mail server said, written down at once: before an answer is in the store, a worker may die.

One file for each run of handing over, a line for each answer, appended by whichever thread got it. Who takes over what
the worker held looks here first, so that a message that was taken is not repeated, and a refusal not asked for again.
On another machine, or after the power failed, the file may be missing: then nobody knows, as before.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from worker.errors import MailError

OLD = timedelta(days=2)  # a file that nobody has written to for so long is of no use


@dataclass
class Journal:
    """The answers of runs that are under way, in a folder."""

    folder: Path
    _files: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, run: str, delivery_id: int, reply: str, error: MailError | None) -> None:
        """Writes an answer down. A disk that is full costs the line, not the mail."""
        line = json.dumps({"id": delivery_id, "reply": reply, "error": _plain(error)}) + "\n"
        with contextlib.suppress(OSError):
            os.write(self._file(run), line.encode())

    def answers(self, run: str) -> Iterator[tuple[int, str, MailError | None]]:
        """What was said in a run: delivery, reply, and the refusal. A torn last line is left out."""
        try:
            lines = self._path(run).read_text("utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found = json.loads(line)
                yield int(found["id"]), str(found["reply"]), _error(found["error"])

    def forget(self, run: str) -> None:
        """All that was said is recorded."""
        with self._lock:
            file = self._files.pop(run, None)
        if file is not None:
            os.close(file)
        with contextlib.suppress(OSError):
            self._path(run).unlink()

    def _file(self, run: str) -> int:
        with self._lock:
            if run not in self._files:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._files[run] = os.open(self._path(run), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                self._clean(os.fstat(self._files[run]).st_mtime)
            return self._files[run]

    def _clean(self, newest: float) -> None:
        """Removes files that were left behind: by the file system's clock, for a run may have another."""
        for path in self.folder.glob("*.jsonl"):
            if newest - path.stat().st_mtime > OLD.total_seconds():
                path.unlink()

    def _path(self, run: str) -> Path:
        return self.folder / f"{run}.jsonl"


def _plain(error: MailError | None) -> dict[str, object] | None:
    if error is None:
        return None
    names = ("address", "reason", "permanent", "uncertain", "kind", "code", "status", "stage")
    wait = error.retry_in.total_seconds() if error.retry_in is not None else None
    return {**{name: getattr(error, name) for name in names}, "retry_in": wait}


def _error(found: dict[str, object] | None) -> MailError | None:
    if found is None:
        return None
    values = dict(found)
    wait = values.pop("retry_in")
    retry_in = timedelta(seconds=wait) if isinstance(wait, int | float) else None
    return MailError(str(values.pop("address")), str(values.pop("reason")), retry_in=retry_in, **values)  # type: ignore[arg-type]  # as _plain wrote them
