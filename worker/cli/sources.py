"""`watercooler sources`: what is read, whether its files are right, and whether it works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from lxml import etree

from crawler.errors import CrawlError, SourcesError
from crawler.items import Failure
from crawler.source import Source, load_source, load_sources
from worker.cli.completion import SourceName, complete_source
from worker.cli.output import Json, Session, Yes, can_ask, complain, confirm, emit, note, show_table
from worker.cli.workbench import (
    articles_of,
    find_source,
    near_source,
    proposal,
    read_once,
    show_try,
    source_name,
    trial,
    try_form,
)
from worker.errors import NotFoundError, UsageError
from worker.forms import source_form

app = typer.Typer(no_args_is_help=True)

TRY_PAGES = 15  # requests in a try, at the most


@app.command("list")
def list_sources(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="With those that came paused and were never read.")] = False,
    as_json: Json = False,
) -> None:
    """All sources with their health, judged by what each used to bring.

    Example: watercooler sources list
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        known = session.kit.services.sources.values()
        states, halts = tx.sources.states(), tx.sources.halts()
        history = tx.sources.history([source.name for source in known]) if as_json else {}
    rows = [
        source_form(source, states.get(source.name), halts.get(source.name), history.get(source.name, ()))
        for source in known
    ]
    if as_json:
        emit(rows)
        return
    idle = [row["name"] for row in rows if not row["enabled"] and row["last_crawled"] is None]
    shown = [row for row in rows if everything or row["name"] not in idle]
    show_table(
        "",
        ["source", "state", "last read", "next", "new", "reason"],
        [
            (
                row["name"],
                row["state"],
                session.local(row["last_crawled"]),
                session.local(row["next_due"]),
                session.local(row["last_new"]),
                row["reason"],
            )
            for row in shown
        ],
    )
    if idle and not everything:
        note(f"{len(idle)} sources came paused (--all shows them); look at one: watercooler sources try {idle[0]}")
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
    what: Annotated[
        str, typer.Argument(help="A source's name, a source file, or a URL.", autocompletion=complete_source)
    ],
    pages: Annotated[int, typer.Option(min=1, help="Requests at the most.")] = TRY_PAGES,
    as_json: Json = False,
) -> None:
    """Reads a source without storing anything, and shows what would be found.

    Example: watercooler sources try https://my-outlet.example/
    """
    session: Session = context.obj
    source = trial(session, what, pages)
    items = read_once(session, source, quiet=as_json)
    articles = articles_of(session, items)
    if as_json:
        emit(articles)
        emit(
            {"url": item.url, "outcome": item.reason, "reason": item.detail}
            for item in items
            if isinstance(item, Failure)
        )
        emit([{"url": source.start_urls[0], "outcome": "report", **try_form(session, source, items)}])
    else:
        show_try(session, source, items, articles)
    if not articles:
        raise typer.Exit(1)


@app.command("add")
def add(
    context: typer.Context,
    url: str,
    name: Annotated[str, typer.Option(help="The source's name; default: made of its host.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the file without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Reads a site once, proposes a source file, and writes it when you say so.

    Example: watercooler sources add https://my-outlet.example/
    """
    session: Session = context.obj
    name = source_name(name or (urlsplit(url).hostname or "").removeprefix("www."))
    path = session.settings.source_folders[-1] / f"{name}.toml"
    if name in session.kit.services.sources or path.exists():
        raise UsageError(f"there is a source {name!r} already ({path}); give this one another --name")
    if not yes and not can_ask():
        raise UsageError("nobody can be asked here whether the file is right: say --yes to have it written")
    source = trial(session, url, TRY_PAGES)
    items = read_once(session, source, quiet=as_json)
    articles = articles_of(session, items)
    text = proposal(name, url, items)
    if not as_json:
        show_try(session, source, items, articles)
        typer.echo(f"\n{text}")
    if not articles:
        raise CrawlError(f"no article was found at {url}, so no file was made; try the site's feed or a section of it")
    if not yes and not typer.confirm(f"Write {path}?", default=True, err=True):
        raise UsageError("nothing was written")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    (path.parent / "source.schema.json").write_text(schema_text(), "utf-8")  # the file's first line names it
    if as_json:
        emit([{"name": name, "file": str(path), "url": url, "articles": len(articles)}])
    note(f"written: {path}; read it with: watercooler crawl {name}")


@app.command("schema")
def schema() -> None:
    """The JSON Schema of a source file, for editors that complete and check.

    Example: watercooler sources schema > source.schema.json
    """
    typer.echo(schema_text())


def schema_text() -> str:
    """The JSON Schema, readable."""
    return json.dumps(Source.model_json_schema(), indent=2, ensure_ascii=False)


@app.command("pause")
def pause(context: typer.Context, name: SourceName, as_json: Json = False) -> None:
    """Reads a source no more until it is resumed; what was read stays.

    Example: watercooler sources pause my-outlet
    """
    _halt(context.obj, name, "paused", as_json)


@app.command("retire")
def retire(context: typer.Context, name: SourceName, as_json: Json = False) -> None:
    """Reads a source no more, for good; what was read stays, and it counts as no fault.

    Example: watercooler sources retire my-outlet
    """
    _halt(context.obj, name, "retired", as_json)


@app.command("resume")
def resume(context: typer.Context, name: SourceName, as_json: Json = False) -> None:
    """Reads a paused or retired source again; one that came with Watercooler is copied to your own, enabled.

    Example: watercooler sources resume my-outlet
    """
    session: Session = context.obj
    source = find_source(session, name)
    if not source.enabled:
        _enable(session, source)
    with session.kit.store.begin() as tx:
        was = tx.sources.go_on(source.name)
    if as_json:
        emit([{"name": source.name, "state": "running"}])
    note(f"{source.name} is read again" if was else f"{source.name} was not paused")


@app.command("forget")
def forget(
    context: typer.Context,
    name: SourceName,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Forgets all that came from a source (a publisher's wish): articles, comments, claims. It cannot be undone.

    Example: watercooler sources forget my-outlet --yes
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        known = name in tx.sources.states() or name in session.kit.services.sources
        if not known and not tx.articles.rows(source=name, limit=1):
            raise NotFoundError(f"nothing is known of a source {name!r}; {near_source(session, name)}")
    confirm(f"Forget all articles, comments and claims of {name}?", yes=yes)
    with session.kit.store.begin() as tx:
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


def _halt(session: Session, name: str, kind: str, as_json: bool) -> None:
    source = find_source(session, name)
    with session.kit.store.begin() as tx:
        tx.sources.halt(source.name, kind, session.now)
    if as_json:
        emit([{"name": source.name, "state": kind}])
    note(f"{source.name} is {kind}; `watercooler sources resume {source.name}` lets it be read again")


def _enable(session: Session, source: Source) -> None:
    """A file that came with Watercooler stays as it is; the operator's copy takes its place."""
    bundled, own = (folder / f"{source.name}.toml" for folder in session.settings.source_folders)
    if own.exists() or not bundled.exists():
        raise UsageError(f"{source.name} is paused by `enabled = false` in its file; take that line out of {own}")
    own.parent.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"^(?:enabled\s*=.*|#.*not yet tried.*)\n", "", bundled.read_text("utf-8"), flags=re.M)
    own.write_text(text, "utf-8")
    note(f"written: {own}, which takes the place of the bundled file; try it: watercooler sources try {source.name}")
