"""What the command line says to a person, on standard error; light, so that a wrong call is answered at once."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

err = Console(stderr=True, highlight=False)


def complain(message: object, code: int) -> int:
    """One clear message on stderr; gives the exit code."""
    err.print(f"[bold red]error:[/] {plain(message)}", soft_wrap=True)
    return code


def note(message: str) -> None:
    """A message for a person, on stderr."""
    err.print(plain(message), soft_wrap=True)


def plain(value: object) -> str:
    """Text of strangers is no markup."""
    return escape(str(value))
