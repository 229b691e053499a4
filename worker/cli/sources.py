"""`watercooler sources`: what is read, whether its files are right, and whether it works."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from lxml import etree

from crawler.errors import SourcesError
from crawler.items import Article, Failure, Item, Page, Thread
from crawler.run import Plan, crawl
from crawler.source import Source, load_source, load_sources
from worker.cli.output import Json, Session, complain, emit, note, progress, show_table
from worker.errors import NotFoundError, UsageError
from worker.ingest.shows import match_shows
from worker.store.shows import show_key
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
        states, halts = tx.sources.states(), tx.sources.halts()
    known = session.kit.services.sources.values()
    rows = [_form(source, states.get(source.name), halts.get(source.name)) for source in known]
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


@app.command("schema")
def schema() -> None:
    """The JSON Schema of a source file, for editors that complete and check.

    Example: watercooler sources schema > source.schema.json
    """
    typer.echo(json.dumps(Source.model_json_schema(), indent=2, ensure_ascii=False))


@app.command("pause")
def pause(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Reads a source no more until it is resumed; what was read stays.

    Example: watercooler sources pause my-outlet
    """
    _halt(context.obj, name, "paused", as_json)


@app.command("retire")
def retire(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Reads a source no more, for good; what was read stays, and it counts as no fault.

    Example: watercooler sources retire my-outlet
    """
    _halt(context.obj, name, "retired", as_json)


@app.command("resume")
def resume(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Reads a paused or retired source again.

    Example: watercooler sources resume my-outlet
    """
    session: Session = context.obj
    source = find_source(session, name)
    with session.kit.store.begin() as tx:
        was = tx.sources.go_on(source.name)
    if as_json:
        emit([{"name": source.name, "state": "running"}])
    note(f"{source.name} is read again" if was else f"{source.name} was not paused")


@app.command("forget")
def forget(
    context: typer.Context,
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Forgets all that came from a source (a publisher's wish): articles, comments, claims. It cannot be undone.

    Example: watercooler sources forget my-outlet --yes
    """
    session: Session = context.obj
    if not yes and not typer.confirm(f"Forget all articles, comments and claims of {name}?", err=True):
        raise UsageError("nothing was forgotten")
    with session.kit.store.begin() as tx:
        known = name in tx.sources.states() or name in session.kit.services.sources
        if not known and not tx.articles.rows(source=name, limit=1):
            raise NotFoundError(f"nothing is known of a source {name!r}; see `watercooler sources list`")
        count = tx.sources.forget(name)
        tx.sources.halt(name, "retired", session.now)
    if as_json:
        emit([{"name": name, "articles": count}])
    note(f"{name}: {count} articles forgotten; it is retired, so that it is not read anew")


@app.command("import")
def import_opml(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Makes source files of a feed reader's OPML file; those that are there already stay as they are.

    Example: watercooler sources import subscriptions.opml
    """
    session: Session = context.obj
    folder = session.settings.source_folders[-1]
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for title, url in read_opml(file):
        name = source_name(title or urlsplit(url).hostname or "feed")
        path = folder / f"{name}.toml"
        if not path.exists():
            text = f"name = {json.dumps(name)}\ntitle = {json.dumps(title, ensure_ascii=False)}\n"
            path.write_text(f"{text}start_urls = [{json.dumps(url)}]\n", "utf-8")
            made.append({"name": name, "file": str(path), "url": url})
    if as_json:
        emit(made)
    example = made[0]["name"] if made else "NAME"
    note(f"{len(made)} source files made in {folder}; look at one: watercooler sources try {example}")


def read_opml(file: Path) -> list[tuple[str, str]]:
    """Title and address of each feed of an OPML file. Raises UsageError when it is none."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(file.read_bytes(), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    outlines = [] if root is None else list(root.iter("outline"))
    found = [(str(o.get("title") or o.get("text") or ""), str(o.get("xmlUrl") or "")) for o in outlines]
    feeds = [(title, url) for title, url in found if url.startswith(("http://", "https://"))]
    if not feeds:
        raise UsageError(f"{file} names no feeds; an OPML file has outlines with xmlUrl")
    return feeds


def source_name(title: str) -> str:
    """A source's name made of its title: "Show News: TV" is `show-news-tv`."""
    return re.sub(r"[^a-z0-9]+", "-", show_key(title)).strip("-")[:64] or "feed"


def _halt(session: Session, name: str, kind: str, as_json: bool) -> None:
    source = find_source(session, name)
    with session.kit.store.begin() as tx:
        tx.sources.halt(source.name, kind, session.now)
    if as_json:
        emit([{"name": source.name, "state": kind}])
    note(f"{source.name} is {kind}; `watercooler sources resume {source.name}` lets it be read again")


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


def _form(source: Source, state: SourceState | None, halt: str | None) -> dict[str, Any]:
    status = halt or (state.state if state else "never read")
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
