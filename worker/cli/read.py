"""`watercooler crawl`, `extract`, `ingest`: reading now, extraction alone, and articles from elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.errors import CrawlerError
from crawler.extract import Extraction, extract_page
from crawler.items import Article, Failure, Item, Section, Thread, build, parse_time, to_json
from crawler.source import load_sources
from crawler.walls import REASONS
from worker import tasks
from worker.cli.completion import OptionalSources
from worker.cli.output import Json, Session, complain, emit, note, progress, show_table
from worker.cli.pages import ENDINGS, find_pages, read_saved, unread
from worker.cli.workbench import captured, find_source, read_once, trial
from worker.errors import UsageError
from worker.forms import extraction_form
from worker.ingest.article import IngestTally, ingest_inbox
from worker.ingest.crawl import CrawlTally
from worker.schedule import due_sources


def crawl(
    context: typer.Context,
    names: OptionalSources = None,
    due: Annotated[bool, typer.Option("--due", help="Only sources whose turn has come.")] = False,
    as_json: Json = False,
) -> None:
    """Reads sources now: new articles, rewritten ones, new comments; takes them into the ledger.

    Example: watercooler crawl my-outlet
    """
    session: Session = context.obj
    kit, known = session.kit, session.kit.services.sources
    faults = load_sources(session.settings.source_folders)[1]
    for fault in faults:
        complain(fault, 1)
    with kit.store.begin() as tx:
        halted = tx.sources.halts()
    for name in names or ():
        if find_source(session, name).name in halted:
            raise UsageError(f"{name} is {halted[name]}; `watercooler sources resume {name}` lets it be read again")
    wanted = [known[name] for name in names or known if names or (known[name].enabled and name not in halted)]
    if due:
        with kit.store.begin() as tx:
            turn = due_sources({source.name: source for source in wanted}, tx.sources.states(), session.now)
        wanted = [known[name] for name in turn]
    if not wanted:
        note("nothing to read: " + ("no source is due" if due and known else "there are no sources"))
        raise typer.Exit(1 if faults else 0)
    with progress(f"reading {len(wanted)} sources", None, quiet=as_json) as step:
        tally, ingested = tasks.read(kit, wanted, session.now, on_item=lambda item: step(item.url))
    _report(tally, ingested, as_json)
    if faults or tally.stopped or tally.failures or ingested.set_aside > len(tally.failures):
        raise typer.Exit(1)


def _report(tally: CrawlTally, ingested: IngestTally, as_json: bool) -> None:
    figures = tasks.figures(tally, ingested)
    if as_json:
        emit([figures])
    else:
        show_table("", list(figures), [list(figures.values())])
    for failure in tally.failures:
        complain(f"{failure.source}: {failure.url}: {failure.reason}: {failure.detail}", 1)
    if tally.busy:
        note(f"left out, for their hosts are being asked by another crawl: {', '.join(tally.busy)}")
    if tally.stopped:
        complain(f"the crawl ended early: {tally.stopped}; what came before is kept", 1)


def extract(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE|URL|DIR...", help="Saved pages, also .gz; a folder stands for all pages in it."),
    ],
    url: Annotated[str, typer.Option(help="The page's own address, for a file that does not tell it.")] = "",
    as_json: Json = False,
) -> None:
    """Runs extraction alone: title, text, sections, comment thread. Stores nothing.

    One line for each page; a page that cannot be read is one too, and the others are read all the same.

    Exit code: 0 done, also when some pages are no articles; 1 if a page could not be read, or none is an article; 2 if
    the call is wrong, such as a file that is not there (then nothing is read).

    Example: watercooler extract saved-page.html --url https://my-outlet.example/a-rumour/
    """
    session: Session = context.obj
    pages = list(find_pages(inputs))
    if url and len(pages) != 1:
        raise UsageError(f"--url is the address of one page, and these are {len(pages)}")
    for place, path in pages:
        if path is None:
            trial(session, place, 1)  # what is no address is said before anything is read
    outcomes = Counter[str]()
    rows: list[tuple[object, ...]] = []
    with progress("extracting", len(pages), quiet=False) as step:
        for place, path in pages:
            form = _extract_url(session, place) if path is None else _extract_file(place, path, url)
            outcomes[form["outcome"]] += 1
            if as_json:
                emit([form])
            elif len(pages) <= _MOST_ROWS or form["outcome"] != "article":
                rows.append(_extract_row(session, place, form))
            if form["outcome"] == "error":
                complain(f"{place}: {form['reason']}", 1)
            step(place)
    _report_extracted(outcomes, rows, as_json)
    if outcomes["error"] or not outcomes["article"]:
        raise typer.Exit(1)


_MOST_ROWS = 100
"""Pages up to which each has its row; of more, only those that are no articles."""


def _report_extracted(outcomes: Counter[str], rows: list[tuple[object, ...]], as_json: bool) -> None:
    """For people: each page, then how many of each outcome. With --json, the figures alone, and on stderr."""
    total = outcomes.total()
    if not total:
        note("no pages there; they are files that end with " + ", ".join(ENDINGS))
    elif as_json:
        note(f"{total} pages: " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()))
        return
    if rows:
        show_table("", ["page", "outcome", "title", "authors", "date", "words#", "sections#", "comments#"], rows)
    if total > 1:
        show_table("", ["outcome", "pages#"], [*outcomes.most_common(), ("in all", total)])


def _extract_file(place: str, path: Path, url: str) -> dict[str, Any]:
    return {"page": place, **extraction_form(url or place, read_saved(path, url))}


def _extract_url(session: Session, url: str) -> dict[str, Any]:
    """One page, fetched as politely as any: its article, with the whole thread."""
    try:
        items = read_once(session, trial(session, url, 10), quiet=True, page=url)
    except CrawlerError as error:
        return {"page": url, **extraction_form(url, unread(url, str(error)))}
    threads = {item.url: item for item in items if isinstance(item, Thread)}
    for item in items:
        if isinstance(item, Article):
            thread = threads.get(item.url)
            extraction = Extraction("article", "", item, None, thread.engine if thread else "", item.url)
            form = extraction_form(url, extraction)
            comments = [dict(comment) for comment in to_json(thread)["comments"]] if thread else []
            count = thread.declared_count if thread else None
            return {"page": url, **form, "comments": comments, "declared_comment_count": count}
    failure = next((item for item in items if isinstance(item, Failure)), None)
    outcome, reason = _outcome(failure)
    return {"page": url, **extraction_form(url, Extraction(outcome, reason, None, None, "", url))}


def _outcome(failure: Failure | None) -> tuple[str, str]:
    """What was read and is no article has its own outcome; what was not read is an error. A list is no failure."""
    if failure is None:
        return "listing", "the page lists articles and is none itself"
    return failure.reason if failure.reason in (*REASONS, "empty", "not-html") else "error", failure.detail


def _extract_row(session: Session, place: str, form: dict[str, Any]) -> tuple[object, ...]:
    return (
        place,
        form["outcome"],
        form["title"] or form["reason"],
        ", ".join(form["authors"]),
        session.local(form["published"])[:10],
        len(form["text"].split()),
        len(form["sections"]),
        captured(len(form["comments"]), form["declared_comment_count"]),
    )


def ingest(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Takes in articles from elsewhere (JSON Lines: url, title, text, …) the same way as a crawl's.

    Example: watercooler ingest articles.jsonl
    """
    session: Session = context.obj
    groups, faults = _read_jsonl(file, session)
    total = IngestTally()
    with progress("ingesting", len(groups), quiet=as_json) as step:
        for start in range(0, len(groups), 50):
            part = groups[start : start + 50]
            with session.kit.store.begin() as tx:
                ids = tx.sources.receive([[to_json(item) for item in group] for group in part], session.now)
            tasks.add(total, ingest_inbox(session.kit.store, ids, session.kit.shelf, session.now))
            for group in part:
                step(group[0].url)
    for fault in faults:
        complain(fault, 1)
    figures = {name: value for name, value in tasks.figures(CrawlTally(), total).items() if name not in _NOT_HERE}
    figures["faults"] = len(faults)
    if as_json:
        emit([figures])
    else:
        show_table("", list(figures), [list(figures.values())])
    if faults or total.set_aside:
        raise typer.Exit(1)


_NOT_HERE = ("fetched", "unchanged", "failures")


def _read_jsonl(file: Path, session: Session) -> tuple[list[list[Item]], list[str]]:
    """The articles of a file, each with its thread, and what is wrong with the other lines."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    groups, faults = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            groups.append(_article(json.loads(line)))
        except json.JSONDecodeError as error:
            faults.append(f"{file}:{number}: is not JSON: {error.msg} (column {error.colno})")
        except RecursionError:
            faults.append(f"{file}:{number}: is nested too deeply")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            faults.append(f"{file}:{number}: {error}")
    return groups, faults


def _article(data: dict[str, Any]) -> list[Item]:
    """One line of `ingest`. Raises ValueError that says what is wrong."""
    if not isinstance(data, dict):
        raise ValueError("an object with url, title and text is wanted")
    for name in ("url", "title"):
        if not isinstance(data.get(name), str) or not data[name].strip():
            raise ValueError(f"{name}: text is wanted (found {data.get(name)!r})")
    if data.get("html") and not data.get("text"):
        extraction = extract_page(str(data["html"]).encode(), data["url"], charset="utf-8")
        if extraction.article is None:
            raise ValueError(f"html: {extraction.reason}")
        data = {**data, "text": extraction.article.text}
    if not isinstance(data.get("text"), str) or not data["text"].strip():
        raise ValueError(f"text: text is wanted (found {data.get('text')!r})")
    source = str(data.get("source") or "import")
    article = Article(
        url=data["url"],
        source=source,
        title=data["title"],
        text=data["text"],
        authors=tuple(str(author) for author in data.get("authors") or ()),
        published=_day(data, "published"),
        modified=_day(data, "modified"),
        language=data.get("language"),
        sections=tuple(
            build(Section, {k: part[k] for k in ("heading", "text")}) for part in data.get("sections") or ()
        ),
        outlet=str(data.get("outlet") or source),
    )
    comments = [{"id": f"c{n}", "author": None, **comment} for n, comment in enumerate(data.get("comments") or (), 1)]
    thread = {"url": data["url"], "source": source, "comments": comments}
    return [article, build(Thread, thread)] if data.get("comments") else [article]


def _day(data: dict[str, Any], name: str) -> Any:
    """A time, or a day, or just a month or year: the first moment of it."""
    text = data.get(name)
    if not text:
        return None
    try:
        return parse_time(str(text) + {4: "-01-01", 7: "-01"}.get(len(str(text)), ""))
    except ValueError:
        raise ValueError(f"{name}: a time like 2027-03-05T08:00:00Z is wanted (found {text!r})") from None
