"""`watercooler sources`: what is read, whether its files are right, and whether it works."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from crawler.errors import SourcesError
from crawler.items import Article, Failure, Item, Page, Thread
from crawler.run import Plan, crawl
from crawler.source import Source, load_source, load_sources
from worker.cli.output import Json, Session, complain, emit, note, progress, show_table
from worker.errors import NotFoundError
from worker.ingest.shows import match_shows
from worker.store.sources import SourceState

app = typer.Typer(no_args_is_help=True)

TRY_PAGES = 15  # requests in a try, at the most


@app.command("list")
def list_sources(context: typer.Context, as_json: Json = False) -> None:
    """All sources with their health.

    Example: watercooler sources list
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        states = tx.sources.states()
    rows = [_form(source, states.get(source.name)) for source in session.kit.services.sources.values()]
    if as_json:
        emit(rows)
        return
    show_table(
        "",
        ["source", "state", "tier", "last read", "next", "reason"],
        [
            (
                row["name"],
                row["state"],
                row["tier"],
                session.local(row["last_crawled"]),
                session.local(row["next_due"]),
                row["reason"],
            )
            for row in rows
        ],
    )
    if not rows:
        note(f"no sources yet: put NAME.toml into {session.settings.source_folders[-1]}; two lines are enough")


@app.command("check")
def check(context: typer.Context, files: list[Path] = typer.Argument(None), as_json: Json = False) -> None:
    """Checks source files (all, or those named): file, line, key, what was found and what is allowed.

    Example: watercooler sources check my-outlet.toml
    """
    session: Session = context.obj
    if files:
        sources, errors = {}, []
        for path in files:
            try:
                source = load_source(path)
                sources[source.name] = source
            except SourcesError as faults:
                errors += faults.errors
    else:
        sources, errors = load_sources(session.settings.source_folders)
    if as_json:
        emit({"file": str(e.path), "line": e.line, "key": e.key, "reason": e.reason} for e in errors)
    else:
        for error in errors:
            complain(error, 1)
        note(f"{len(sources)} sources are right, {len(errors)} faults")
    if errors:
        raise typer.Exit(1)


@app.command("try")
def try_source(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A source's name, a source file, or a URL.")],
    pages: Annotated[int, typer.Option(help="Requests at the most.")] = TRY_PAGES,
    as_json: Json = False,
) -> None:
    """Reads a source without storing anything, and shows what would be found.

    Example: watercooler sources try https://my-outlet.example/
    """
    session: Session = context.obj
    source = trial(session, what, pages)
    items = read_once(session, source, quiet=as_json)
    articles = _articles(session, items)
    failures = [item for item in items if isinstance(item, Failure)]
    if as_json:
        emit(articles)
        emit({"url": item.url, "outcome": item.reason, "reason": item.detail} for item in failures)
    else:
        _show_try(source, items, articles, failures)
    if not articles:
        raise typer.Exit(1)


def trial(session: Session, what: str, pages: int) -> Source:
    """The source that a name, a file or a URL means, with a small budget. Raises NotFoundError."""
    if "://" in what:
        source = Source(name="try", start_urls=[what])
    elif what.endswith(".toml") or "/" in what:
        source = load_source(Path(what))
    else:
        source = find_source(session, what)
    return source.model_copy(update={"pace": source.pace.model_copy(update={"pages": pages})})


def find_source(session: Session, name: str) -> Source:
    """The source of that name. Raises NotFoundError with what is near."""
    known = session.kit.services.sources
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `watercooler sources list`"
        raise NotFoundError(f"there is no source {name!r}; {hint} (faults: `watercooler sources check`)")
    return known[name]


def read_once(session: Session, source: Source, *, quiet: bool, page: str = "") -> list[Item]:
    """Reads a source as if nothing were known of it; or one page of it, and nothing else."""
    settings = session.settings
    plan = Plan(
        sources=(source,),
        known={},
        now=session.now,
        allow_private=settings.allow_private_hosts,
        user_agent=settings.user_agent,
        revisit=frozenset({page} - {""}),
        discover=not page,
    )
    items: list[Item] = []
    with progress(f"trying {urlsplit(source.start_urls[0]).netloc}", None, quiet=quiet) as step:
        for item in crawl(plan):
            items.append(item)
            step(item.url)
    return items


def _articles(session: Session, items: Sequence[Item]) -> list[dict[str, Any]]:
    threads = {item.url: item for item in items if isinstance(item, Thread)}
    with session.kit.store.begin() as tx:
        index = session.kit.shelf.index(tx)
    return [
        _try_form(item, threads.get(item.url), match_shows(item, index)) for item in items if isinstance(item, Article)
    ]


def _try_form(article: Article, thread: Thread | None, matches: Sequence[Any]) -> dict[str, Any]:
    return {
        "url": article.url,
        "outcome": "article",
        "title": article.title,
        "authors": list(article.authors),
        "published": article.published,
        "words": len(article.text.split()),
        "sections": len(article.sections),
        "live": article.live,
        "comments": len(thread.comments) if thread else 0,
        "declared_comment_count": thread.declared_count if thread else None,
        "shows": [match.name for match in matches],
    }


def _show_try(source: Source, items: Sequence[Item], articles: list[dict[str, Any]], failures: list[Failure]) -> None:
    pages = [item for item in items if isinstance(item, Page)]
    kinds = {kind: sum(page.kind == kind for page in pages) for kind in ("feed", "sitemap", "listing", "article")}
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    note(
        f"{source.name}: {len(pages)} pages read ({said or 'none'}), {len(articles)} articles, {len(failures)} failures"
    )
    show_table(
        "",
        ["title", "author", "date", "words#", "sections#", "comments#", "shows"],
        [
            (
                row["title"],
                ", ".join(row["authors"]),
                f"{row['published']:%Y-%m-%d}" if row["published"] else "",
                row["words"],
                row["sections"],
                captured(row["comments"], row["declared_comment_count"]),
                ", ".join(row["shows"]),
            )
            for row in articles
        ],
    )
    for failure in failures:
        note(f"{failure.reason}: {failure.url}: {failure.detail}")


def captured(comments: int, declared: int | None) -> str:
    """Comments captured of those declared: "12/14"."""
    return f"{comments}/{declared}" if declared is not None else str(comments or "")


def _form(source: Source, state: SourceState | None) -> dict[str, Any]:
    status = state.state if state else "never read"
    return {
        "name": source.name,
        "title": source.title or None,
        "start_urls": source.start_urls,
        "tier": source.tier,
        "family": source.publisher,
        "enabled": source.enabled,
        "state": status if source.enabled else "paused",
        "reason": state.reason if state else "",
        "last_crawled": state.last_crawled if state else None,
        "last_ok": state.last_ok if state else None,
        "next_due": state.next_due if state else None,
        "failures": state.failures if state else 0,
    }
