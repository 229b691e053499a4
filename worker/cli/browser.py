"""Opens a page in the browser of who sits at the command line; says so where there is none."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from pathlib import Path

from worker.cli.output import note, write


def hand_out(html: str, path: Path | None, *, in_browser: bool) -> None:
    """Writes a page to `path`, where it was named, and opens it in the browser where that is wanted."""
    if path:
        write(path, html)
        note(f"written: {path}")
    if in_browser:
        show_in_browser(html, path)


def show_in_browser(html: str, path: Path | None) -> None:
    """Opens a page that was written to `path`, or else is written to a file that its owner alone can read."""
    if sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & os.environ.keys():
        note("there is no display here; write the page with --html FILE")
        return
    if path is None:
        handle, name = tempfile.mkstemp(".html", "watercooler-")  # for its owner alone: it may have a reader's links
        os.close(handle)
        path = Path(name)
        write(path, html)
    try:
        opened = webbrowser.open(path.resolve().as_uri())
    except webbrowser.Error:
        opened = False
    note(f"opened: {path}" if opened else f"no browser opened {path}")
