"""`watercooler …` for operators and admins: one file per noun."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from worker import logs
from worker.cli import (
    articles,
    backtest,
    backup,
    bounces,
    claims,
    corrections,
    deliver,
    digests,
    dkim,
    doctor,
    failures,
    process,
    read,
    shows,
    sources,
    stories,
    subscribers,
    suppressions,
    talk,
    timeline,
)
from worker.cli.output import Session, complain, parse_now
from worker.config import Settings
from worker.errors import UsageError
from worker.trouble import line_of

app = typer.Typer(
    name="watercooler",
    help="Reads TV-show news and mails each subscriber what changed: who said it, and how sure it is.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def top(
    context: typer.Context,
    now: Annotated[
        str, typer.Option("--now", metavar="TIME", help="Stand for the clock: 2027-03-05T08:00 (UTC), for replays.")
    ] = "",
) -> None:
    """Reads TV-show news and mails each subscriber what changed: who said it, and how sure it is.

    Try it: watercooler demo
    """
    settings = Settings.from_env()
    # who calls a command reads its standard error, wherever it goes
    logs.set_up("text" if settings.log == "auto" else settings.log, logging.WARNING, settings.secrets)
    context.obj = Session(settings, parse_now(now, settings))


process.register(app)
read.register(app)
deliver.register(app)
backtest.register(app)
backup.register(app)
app.add_typer(sources.app, name="sources", help="Sites and feeds we read: list, check, try, pause, import.")
app.add_typer(failures.app, name="failures", help="Pages and articles set aside: list, show, replay.")
app.add_typer(articles.app, name="articles", help="What was read: versions, threads, labels.")
timeline.register(shows.app)
app.add_typer(shows.app, name="shows", help="The registry of TV shows and their other names.")
app.add_typer(claims.app, name="claims", help="The ledger: who said what, how sure it is, and what it changed.")
app.add_typer(stories.app, name="stories", help="What was taken for one fact or one piece of news: split, merge.")
app.add_typer(corrections.app, name="corrections", help="What was read wrongly: put right, or proposed by readers.")
app.add_typer(talk.app, name="talk", help="What viewers say: figures, and why a comment is quoted or not.")
app.add_typer(subscribers.app, name="subscribers", help="Who gets digests, of which shows.")
app.add_typer(suppressions.app, name="suppressions", help="Addresses that nothing is sent to, why, and the way out.")
app.add_typer(bounces.app, name="bounces", help="What came back: read one message, list them all.")
app.add_typer(digests.app, name="digests", help="Preview, send and look at issues of the digest.")
app.add_typer(doctor.app, name="doctor", help="What is wrong with an installation, and what is to be done.")
app.add_typer(dkim.app, name="dkim", help="Keys that sign our mail.")


_INTERRUPTED = 130  # what click makes of Ctrl-C
_STOPPED = "stopped; what was done is kept"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 done, 1 the work failed, 2 the call was wrong. Never shows a traceback."""
    try:
        app(args=arguments, prog_name="watercooler")
    except SystemExit as end:
        code = int(end.code or 0)
        return complain(_STOPPED, 1) if code == _INTERRUPTED else code
    except UsageError as error:
        return complain(error, 2)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return complain(_STOPPED, 1)
    except Exception as error:
        said = line_of(error)
        if said is None:
            logging.getLogger(__name__).debug("unexpected", exc_info=True)
            said = f"this should not have happened: {type(error).__name__}: {error}; please report it"
        return complain(said, 1)
    return 0
