"""`watercooler failures`: pages and articles set aside, with their reason."""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import replace
from typing import Annotated, Any

import typer

from crawler.extract import extract_page
from crawler.items import Failure, Item, Thread, packed, to_json
from worker import tasks
from worker.cli.output import Json, Session, emit, note, show_table
from worker.cli.workbench import find_source
from worker.errors import NotFoundError, UsageError
from worker.ingest.article import ingest_inbox
from worker.store import Tx
from worker.store.sources import Failed

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_failures(
    context: typer.Context,
    source: Annotated[str, typer.Option(help="Only of this source.")] = "",
    as_json: Json = False,
) -> None:
    """What gave nothing, newest first; what comes after all disappears from here.

    Example: watercooler failures list --source my-outlet
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = tx.sources.failures(source or None)
    if as_json:
        emit(_form(failure) for failure in found)
        return
    rows = [(f.id, f.source, f.reason, f.times, session.local(f.at), f.url) for f in found]
    show_table("", ["id#", "source", "reason", "times#", "last", "url"], rows)
    if not found:
        note("nothing is set aside")


@app.command("show")
def show(
    context: typer.Context,
    failure_id: int,
    raw: Annotated[bool, typer.Option("--raw", help="Write the bytes that the server sent, and nothing else.")] = False,
    as_json: Json = False,
) -> None:
    """One that is set aside: why, and what is kept of it.

    Example: watercooler failures show 4 --raw > page.html
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = _find(tx, failure_id)
    if raw:
        sys.stdout.buffer.write(_kept(found))
        return
    if as_json:
        emit([{**_form(found), "payload": found.payload}])
        return
    typer.echo(f"{found.url}\n{found.source}, {session.local(found.at)}, {found.times} times")
    typer.echo(f"{found.reason}: {found.detail}")
    if found.payload:
        typer.echo(json.dumps(found.payload, ensure_ascii=False, indent=2))
    if found.body:
        note(f"{len(_kept(found))} bytes of the page are kept; see them: watercooler failures show {found.id} --raw")


@app.command("replay")
def replay(
    context: typer.Context,
    failure_id: int,
    kept: Annotated[bool, typer.Option("--kept", help="Extract the bytes that are kept; ask nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Tries again: ingests what is kept, or reads the page anew.

    Example: watercooler failures replay 4 --kept
    """
    session: Session = context.obj
    kit = session.kit
    with kit.store.begin() as tx:
        found = _find(tx, failure_id)
        if not (found.payload or kept) and find_source(session, found.source).sites & tx.hosts.busy(session.now):
            raise UsageError("its host is being asked by another crawl, or wants to be left in peace; try again later")
        items = found.payload or (_extracted(session, found) if kept else None)
        ids = tx.sources.receive([items], session.now) if items else []
        tx.sources.mend([found.url])  # it is set aside anew if it fails anew
    if ids:
        ingest_inbox(kit.store, ids, kit.shelf, session.now)
    else:
        tasks.read(kit, [find_source(session, found.source)], session.now, only=[found.url])
    with kit.store.begin() as tx:
        left = [failure for failure in tx.sources.failures() if failure.url == found.url]
    if as_json:
        emit([{"url": found.url, "outcome": left[0].reason if left else "done"}])
    note(f"{found.url}: {left[0].reason}: {left[0].detail}" if left else f"{found.url}: done")
    if left:
        raise typer.Exit(1)


def _kept(found: Failed) -> bytes:
    if not found.body:
        raise NotFoundError(f"no bytes of {found.url} are kept; read it anew: watercooler failures replay {found.id}")
    return zlib.decompress(found.body)


def _extracted(session: Session, found: Failed) -> list[dict[str, Any]]:
    """The items that the kept bytes give by now."""
    extraction = extract_page(_kept(found), found.url, session.kit.services.sources.get(found.source))
    if extraction.article is None:
        failure = Failure(found.url, found.source, extraction.outcome, extraction.reason, body=packed(_kept(found)))
        return [to_json(failure)]
    article = replace(extraction.article, source=found.source)
    items: list[Item] = [article]
    if extraction.thread is not None:
        thread = extraction.thread
        items.append(Thread(article.url, found.source, thread.comments, thread.declared_count, extraction.engine))
    return [to_json(item) for item in items]


def _find(tx: Tx, failure_id: int) -> Failed:
    found = tx.sources.failure(failure_id)
    if found is None:
        raise NotFoundError(f"nothing is set aside under {failure_id}; see `watercooler failures list`")
    return found


def _form(failure: Failed) -> dict[str, Any]:
    return {
        "id": failure.id,
        "at": failure.at,
        "source": failure.source,
        "url": failure.url,
        "reason": failure.reason,
        "detail": failure.detail,
        "times": failure.times,
        "can_be_ingested": failure.payload is not None,
        "bytes_kept": len(_kept(failure)) if failure.body else 0,
    }
