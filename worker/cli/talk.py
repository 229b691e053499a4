"""`watercooler talk`: what viewers say, and why a comment is quoted or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from worker.cli.completion import complete_show
from worker.cli.output import Json, Session, emit, note, number_of, parse_since, show_table
from worker.cli.shows import find_show
from worker.errors import NotFoundError
from worker.store.news import TalkRow
from worker.talk import Picked, Weighed, pick, weigh

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_talk(
    context: typer.Context,
    show: Annotated[str, typer.Option(help="About this show.", autocompletion=complete_show)],
    since: Annotated[str, typer.Option(help="Only comments since: 7d, 12h or a date.")] = "7d",
    no_spoilers: Annotated[bool, typer.Option("--no-spoilers", help="Quote nothing that gives the plot away.")] = False,
    as_json: Json = False,
) -> None:
    """How many comments there are under each article about a show, how fast they come, and what is quoted.

    Example: watercooler talk list --show "Harbour Lights" --since 7d
    """
    session: Session = context.obj
    after = parse_since(since or "7d", session.now)
    assert after is not None  # it was asked with a span
    with session.kit.store.begin() as tx:
        found = find_show(tx, show)
        rows = tx.news.of_show(found.id, after, session.now).talk
    rules = session.settings.quoting
    rules = replace(rules, spoilers=rules.spoilers and not no_spoilers)
    picked = [
        (row, pick(row.fresh, row.article.stored.article, session.now, rules, names=[found.name])) for row in rows
    ]
    if as_json:
        emit(_form(row, one, session) for row, one in picked)
        return
    show_table(
        "",
        ["article", "new#", "read#", "per hour#", "busiest hour#", "quoted"],
        [
            (
                row.article.stored.article.title,
                one.comments,
                row.article.comments,
                one.per_hour,
                one.busiest,
                "\n".join(f"{_author(quote, session)}: {_line(quote)}" for quote in one.quotes),
            )
            for row, one in picked
        ],
    )
    if not rows:
        note(f"no comments on {found.name} since then; `watercooler talk list --since 30d` looks further back")


@app.command("why")
def why(context: typer.Context, url: str, as_json: Json = False) -> None:
    """Why each comment under an article is worth quoting or not: what speaks for it and against it.

    Example: watercooler talk why https://my-outlet.example/2027/03/05/a-rumour/
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        stored = tx.articles.by_url(url) or tx.articles.by_id(number_of(url) or 0)
        thread = tx.articles.thread(stored.id) if stored else None
        rows = tx.articles.rows(source=stored.article.source) if stored else []
    if stored is None or thread is None:
        raise NotFoundError(f"no thread under {url}; see `watercooler articles list`")
    names = next(row.shows[:1] for row in rows if row.stored.id == stored.id)
    weighed = weigh(thread.comments, stored.article, session.settings.quoting, names=names)
    ranked = sorted(weighed, key=lambda one: (bool(one.refused), -one.score))
    if as_json:
        emit(_weighed_form(one, session) for one in ranked)
        return
    rows_ = [(f"{one.score:g}", _author(one, session), _line(one), _reasons(one)) for one in ranked]
    show_table("", ["score#", "author", "comment", "reasons"], rows_)


def _form(row: TalkRow, picked: Picked, session: Session) -> dict[str, Any]:
    article = row.article
    return {
        "url": article.stored.article.url,
        "title": article.stored.article.title,
        "comments": picked.comments,
        "captured": article.comments,
        "declared_comment_count": article.declared_comment_count,
        "per_hour": picked.per_hour,
        "busiest_hour": picked.busiest,
        "quotes": [_weighed_form(one, session) for one in picked.quotes],
    }


def _weighed_form(one: Weighed, session: Session) -> dict[str, Any]:
    comment = one.comment
    return {
        "id": comment.id,
        "author": _name(one, session),
        "text": comment.text,
        "likes": comment.likes,
        "replies": one.replies,
        "by_article_author": one.by_author,
        "quotable": one.may_be_quoted,
        "score": one.score,
        "signs": {sign.name: sign.points for sign in one.signs},
        "refused": list(one.refused),
    }


def _name(one: Weighed, session: Session) -> str | None:
    """Who wrote it, unless viewers' names are withheld."""
    return one.comment.author if session.settings.quoting.authors or one.by_author else None


def _author(one: Weighed, session: Session) -> str:
    return (_name(one, session) or "a viewer") + (" (wrote the article)" if one.by_author else "")


def _line(one: Weighed) -> str:
    text = " ".join(one.comment.text.split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def _reasons(one: Weighed) -> str:
    said = [f"{sign.points:+g} {sign.name}" for sign in one.signs]
    return "; ".join([*(f"never: {reason}" for reason in one.refused), *said])
