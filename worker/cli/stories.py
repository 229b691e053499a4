"""`watercooler stories`: what was taken for one, put right by hand."""

from __future__ import annotations

import typer

from worker.cli.output import Json, Session, emit, note, number_of
from worker.errors import NotFoundError, UsageError
from worker.ingest.splits import merge_articles, merge_claims, split_article, split_claim
from worker.store import Tx

app = typer.Typer(no_args_is_help=True)


@app.command("split")
def split(context: typer.Context, what: str, as_json: Json = False) -> None:
    """Sets a claim (its number) or an article (its address) apart from what it was put with, for good.

    What the same article says later stays apart too.

    Example: watercooler stories split 12
    """
    session: Session = context.obj
    claim = number_of(what)
    with session.kit.store.begin() as tx:
        tx.alone()
        story = split_article(tx, _article(tx, what)) if claim is None else split_claim(tx, claim)
    if as_json:
        emit([{"what": [what], "story": story}])
    elif claim is not None:
        note(f"claim {what} is apart from its story now, in story {story}")
    else:
        note(f"the article is set apart now; the new number is {story}")


@app.command("merge")
def merge(context: typer.Context, what: str, into: str, as_json: Json = False) -> None:
    """Puts a claim's story into another claim's, or an article with another that tells the same news.

    Example: watercooler stories merge 12 7
    """
    session: Session = context.obj
    claim, other = number_of(what), number_of(into)
    if (claim is None) != (other is None):
        raise UsageError("two claims (their numbers) or two articles (their addresses) are wanted")
    with session.kit.store.begin() as tx:
        tx.alone()
        if claim is not None and other is not None:
            story = merge_claims(tx, claim, other)
        else:
            story = merge_articles(tx, _article(tx, what), _article(tx, into))
    if as_json:
        emit([{"what": [what, into], "story": story}])
    elif claim is not None:
        note(f"both claims are in story {story} now")
    else:
        note(f"both articles have the number {story} now")


def _article(tx: Tx, url: str) -> int:
    stored = tx.articles.by_url(url)
    if stored is None:
        raise NotFoundError(f"no article at {url}; see `watercooler articles list`")
    return stored.id
