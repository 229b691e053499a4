"""Every command of the program, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worker.cli.catalogue import ENTRIES
from worker.cli.door import load


def walk() -> Iterator[tuple[list[str], Any]]:
    """The words of each command, with the command itself. A group that works alone (`doctor`) is one too."""
    for entry in ENTRIES:
        command = load(entry.name)
        below = getattr(command, "commands", {})
        if not below or command.invoke_without_command:
            yield [entry.name], command
        for name, one in below.items():
            yield [entry.name, name], one


def options(command: Any) -> set[str]:
    """The names of its options."""
    return {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
