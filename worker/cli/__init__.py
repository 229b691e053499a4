"""`watercooler …` for operators and admins: one file per noun."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from crawler.errors import CrawlerError
from worker.cli import (
    articles,
    backtest,
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
)
from worker.cli.output import Session, complain, parse_now
from worker.config import Settings
from worker.errors import UsageError, WatercoolerError, remedy

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
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    context.obj = Session(Settings.from_env(), parse_now(now))


process.register(app)
read.register(app)
deliver.register(app)
backtest.register(app)
app.add_typer(sources.app, name="sources", help="Sites and feeds we read: list, check, try, pause, import.")
app.add_typer(failures.app, name="failures", help="Pages and articles set aside: list, show, replay.")
app.add_typer(articles.app, name="articles", help="What was read: versions, threads, labels.")
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
    except (WatercoolerError, CrawlerError) as error:
        return complain(error, 1)
    except BrokenPipeError:
        return 1
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return complain(f"the database cannot be used: {reason}; {remedy(reason)}", 1)
    except OSError as error:
        return complain(f"{error.filename or 'a file'}: {error.strerror or error}; name a place that can be used", 1)
    except KeyboardInterrupt:
        return complain(_STOPPED, 1)
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        return complain(f"this should not have happened: {type(error).__name__}: {error}; please report it", 1)
    return 0
