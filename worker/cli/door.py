"""The front door of the command line: finds the command, loads its code alone, and tells what went wrong in a line."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from worker.cli import STOPPED
from worker.cli.catalogue import ENTRIES, Entry
from worker.cli.messages import complain

_HELP = "worker.cli.help"  # is it help that is asked for?
_INTERRUPTED = 130  # what typer makes of Ctrl-C


class Late(TyperGroup):
    """A group whose commands are names with a line of help until one of them is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in ENTRIES:
            self.add_command(TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called, with its code; also where the shell completes its options."""
        name, found, rest = super().resolve_command(ctx, args)
        ctx.meta[_HELP] = not {"-h", "--help"}.isdisjoint(rest)
        return name, found and load(str(name)), rest


app = typer.Typer(
    cls=Late,
    name="watercooler",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@cache
def load(name: str) -> Any:
    """One command of the first level, with all that it imports."""
    entry = next(entry for entry in ENTRIES if entry.name == name)
    module, _, attribute = entry.where.partition(":")
    found = getattr(import_module(f"worker.cli.{module}"), attribute)
    return _group(entry, found) if isinstance(found, typer.Typer) else _command(entry, found)


def _group(entry: Entry, found: typer.Typer) -> Any:
    outer = typer.Typer(add_completion=False)
    help_text = f"{entry.help}\n\nExample: watercooler {entry.example}"
    outer.add_typer(found, name=entry.name, help=help_text)
    return _built(outer, entry)


def _command(entry: Entry, found: Any) -> Any:
    outer = typer.Typer(add_completion=False)
    outer.command(entry.name)(found)
    return _built(outer, entry)


def _built(outer: typer.Typer, entry: Entry) -> Any:
    outer.callback()(lambda: None)
    group: Any = typer.main.get_command(outer)
    return group.commands[entry.name]


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"watercooler {version('watercooler')}")
        raise typer.Exit


@app.callback()
def top(
    context: typer.Context,
    now: Annotated[
        str, typer.Option("--now", metavar="TIME", help="Stand for the clock: 2027-03-05T08:00 (UTC), for replays.")
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Reads TV-show news and mails each subscriber what changed: who said it, and how sure it is.

    Begin with: watercooler demo

    Your own: watercooler sources add https://my-outlet.example/

    Then: watercooler crawl; watercooler digests preview --show "Harbour Lights"
    """
    if context.meta.get(_HELP):
        return  # whatever is wrong with the settings
    from worker import logs
    from worker.cli.output import Session, parse_now
    from worker.config import Settings

    settings = Settings.from_env()
    # who calls a command reads its standard error, wherever it goes
    logs.set_up("text" if settings.log == "auto" else settings.log, logging.WARNING, settings.secrets)
    context.obj = Session(settings, parse_now(now, settings))


def enter(arguments: list[str] | None) -> int:
    """Runs one command and gives the exit code; KeyboardInterrupt alone comes through."""
    try:
        code = typer.main.get_command(app).main(arguments, "watercooler", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except typer.Abort:
        return complain("nothing was done: no answer came; say --yes where nobody can be asked", 2)
    except TyperException as error:
        return _explain(error)
    except BrokenPipeError:
        return 1
    except Exception as error:
        return _tell(error)
    if code == _INTERRUPTED:
        return complain(STOPPED, 1)
    return code if isinstance(code, int) else 0


def _explain(error: TyperException) -> int:
    """A call that cannot be understood: what is wrong with it, and where to look."""
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # it printed the help while it was made
        return error.exit_code
    said = " ".join((error.message if _near(error) else error.format_message()).split())
    said = said.replace("Value error, ", "").rstrip(".") + _near(error)
    path = context.command_path if context else "watercooler"
    return complain(f"{said}{'' if said.endswith('?') else ';'} see `{path} --help`", error.exit_code)


def _near(error: TyperException) -> str:
    """The options that may be meant."""
    near = sorted(getattr(error, "possibilities", None) or ())
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _tell(error: Exception) -> int:
    """What went wrong while a command worked."""
    from worker.errors import UsageError
    from worker.trouble import line_of

    if isinstance(error, UsageError):
        return complain(error, 2)
    said = line_of(error)
    if said is None:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        said = f"this should not have happened: {type(error).__name__}: {error}; please report it"
    return complain(said, 1)
