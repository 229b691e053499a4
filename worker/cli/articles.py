"""`watercooler articles`: what was read."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.completion import OnlyShow, OnlySource
from worker.cli.output import Json, Session, emit, note, number_of, parse_since, show_table
from worker.cli.shows import find_show
from worker.cli.workbench import captured, near_source
from worker.errors import NotFoundError
from worker.forms import article_form, full_article_form

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_articles(
    context: typer.Context,
    source: OnlySource = "",
    show: OnlyShow = "",
    since: Annotated[str, typer.Option(help="Only first seen since: 7d, 12h or a date.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="At the most so many; 0 for all.")] = 0,
    as_json: Json = False,
) -> None:
    """Articles, newest first, with what they are about.

    Example: watercooler articles list --show "Harbour Lights" --since 7d
    """
    session: Session = context.obj
    after = parse_since(since, session.now)
    with session.kit.store.begin() as tx:
        show_id = find_show(tx, show).id if show else None
        rows = tx.articles.rows(source=source or None, show_id=show_id, since=after, limit=limit or None)
    if source and not rows and source not in session.kit.services.sources:
        raise NotFoundError(f"nothing is known of a source {source!r}; {near_source(session, source)}")
    if as_json:
        emit(article_form(row) for row in rows)
        return
    show_table(
        "",
        ["id#", "published", "source", "title", "show", "kind", "standing", "comments#", "v#"],
        [
            (
                row.stored.id,
                session.local(row.stored.article.published),
                row.stored.article.source,
                row.stored.article.title + (" (copy)" if row.stored.duplicate_of else ""),
                row.shows[0] if row.shows else "",
                row.stored.labels.primary,
                row.stored.labels.standing,
                captured(row.comments, row.declared_comment_count),
                row.stored.version,
            )
            for row in rows
        ],
    )
    if not rows:
        note("no articles yet; `watercooler crawl` reads the sources")


@app.command("show")
def show_article(context: typer.Context, url: str, as_json: Json = False) -> None:
    """One article with its text, thread and versions.

    Example: watercooler articles show https://my-outlet.example/2027/03/05/a-rumour/
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        stored = tx.articles.by_url(url) or tx.articles.by_id(number_of(url) or 0)
        if stored is None:
            raise NotFoundError(f"no article at {url}; see `watercooler articles list`")
        row = next(row for row in tx.articles.rows(source=stored.article.source) if row.stored.id == stored.id)
        thread, versions = tx.articles.thread(stored.id), tx.articles.versions(stored.id)
    form = full_article_form(row, thread, versions)
    if as_json:
        emit([form])
        return
    article = stored.article
    head = [article.title, f"{article.outlet} · {', '.join(article.authors)} · {session.local(article.published)}"]
    labels = f"shows: {', '.join(row.shows) or 'none'} · kinds: {', '.join(form['kinds']) or 'none'}"
    typer.echo("\n".join([*head, article.url, labels, "", article.text]))
    for version in versions[1:]:
        for change in version.changes:
            typer.echo(f"\nversion {version.number}, {session.local(version.seen_at)}: {change.heading or 'top'}")
            typer.echo("\n".join([*(f"  - {text}" for text in change.old), *(f"  + {text}" for text in change.new)]))
    if thread:
        typer.echo(f"\ncomments: {captured(len(thread.comments), thread.declared_count)}")
        for comment in thread.comments:
            typer.echo(f"{'  ' * (comment.depth + 1)}{comment.author or 'anonymous'}: {' '.join(comment.text.split())}")
