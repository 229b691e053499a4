"""The source workbench: a first look at a source, which stores nothing, and the file it proposes."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.items import Article, Failure, Host, Item, Page, Report, Thread
from crawler.robots import verdict
from crawler.run import Plan, crawl
from crawler.settings import USER_AGENT
from crawler.source import Source, load_source
from worker.cli.output import Session, note, progress, show_table
from worker.errors import NotFoundError, UsageError
from worker.ingest.shows import ShowIndex, match_shows, propose_shows
from worker.store.shows import show_key


def trial(session: Session, what: str, pages: int) -> Source:
    """The source that a name, a file or a URL means, with a small budget. Raises NotFoundError."""
    if "://" in what:
        try:
            source = Source(name="try", start_urls=[what])
        except ValidationError:
            raise UsageError(f"an address like https://my-outlet.example/ is wanted, not {what!r}") from None
    elif what.endswith(".toml") or "/" in what:
        source = load_source(Path(what))
    else:
        source = find_source(session, what)
    return source.model_copy(update={"pace": source.pace.model_copy(update={"pages": pages})})


def find_source(session: Session, name: str) -> Source:
    """The source of that name. Raises NotFoundError with what is near."""
    known = session.kit.services.sources
    if name not in known:
        hint = near_source(session, name)
        raise NotFoundError(f"there is no source {name!r}; {hint} (faults: `watercooler sources check`)")
    return known[name]


def near_source(session: Session, name: str) -> str:
    """What to do about a name that no source has."""
    near = difflib.get_close_matches(name, session.kit.services.sources, n=1)
    return f"did you mean {near[0]!r}?" if near else "see `watercooler sources list`"


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
        look=True,
    )
    items: list[Item] = []
    with progress(f"trying {urlsplit(source.start_urls[0]).netloc}", None, quiet=quiet) as step:
        for item in crawl(plan):
            items.append(item)
            step(item.url)
    return items


def articles_of(session: Session, items: Sequence[Item]) -> list[dict[str, Any]]:
    threads = {item.url: item for item in items if isinstance(item, Thread)}
    with session.kit.store.begin() as tx:
        index = session.kit.shelf.index(tx)
    return [_form(item, threads.get(item.url), _shows(item, index)) for item in items if isinstance(item, Article)]


def _shows(article: Article, index: ShowIndex) -> list[str]:
    """The shows that an article is about; those that the registry does not have yet with a question mark."""
    known = [match.name for match in match_shows(article, index)]
    return known + [f"{name}?" for name in propose_shows(article) if index.find(name) is None]


def _form(article: Article, thread: Thread | None, shows: Sequence[str]) -> dict[str, Any]:
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
        "shows": list(shows),
    }


def show_try(session: Session, source: Source, items: Sequence[Item], articles: list[dict[str, Any]]) -> None:
    """What a first look has found: may we, by which way, which links, what was read of them, what it cost."""
    form = try_form(session, source, items)
    for host in form["robots"]:
        note(f"robots.txt of {host['host']}: {host['verdict']}")
    for page in form["found_by"]:
        note(f"{page['kind']}: {page['url']} ({page['links']} link{'s' * (page['links'] != 1)})")
    listed = ", ".join(f"{count} by {way}" for way, count in form["listed"].items() if count)
    note(f"links: {listed or 'none'}" + "".join(f"\n  {url}" for url in form["samples"]))
    show_table(
        "",
        ["title", "author", "date", "words#", "sections#", "comments#", "shows"],
        [
            (
                row["title"],
                ", ".join(row["authors"]),
                session.local(row["published"])[:10],
                row["words"],
                row["sections"],
                captured(row["comments"], row["declared_comment_count"]),
                ", ".join(row["shows"]),
            )
            for row in articles
        ],
    )
    for failure in (item for item in items if isinstance(item, Failure)):
        note(f"{failure.reason}: {failure.url}: {failure.detail}")
    for name in form["missed"]:
        note(f"{name} matched nothing; general rules were used instead")
    spent = ", ".join(f"{what} {seconds:.2f} s" for what, seconds in form["seconds"].items())
    note(f"{form['requests']} requests, {form['bytes'] / 1024:.0f} KiB" + (f"; {spent}" if spent else ""))
    if form["left"]:
        note(f"{form['left']} more would be fetched next:" + "".join(f"\n  {url}" for url in form["next"]))


def try_form(session: Session, source: Source, items: Sequence[Item]) -> dict[str, Any]:
    """A first look at a source, for machines."""
    report = next((item for item in items if isinstance(item, Report)), Report(source.start_urls[0], source.name))
    hosts = [item for item in items if isinstance(item, Host) and item.robots is not None]
    agent = session.settings.user_agent or USER_AGENT
    return {
        "source": source.name,
        "robots": [{"host": urlsplit(h.url).netloc, "verdict": verdict(h, _first_url(h, items), agent)} for h in hosts],
        "found_by": [
            {"kind": page.kind, "url": page.url, "links": page.links}
            for page in items
            if isinstance(page, Page) and page.links is not None
        ],
        "listed": report.listed,
        "samples": list(report.samples),
        "articles": report.articles,
        "missed": list(report.missed),
        "requests": report.fetched + report.unchanged + report.failed,
        "bytes": report.size,
        "seconds": report.seconds,
        "left": report.left,
        "next": list(report.waiting),
    }


def _first_url(host: Host, items: Sequence[Item]) -> str:
    """The first page of a host that was asked for: its verdict says something, that of the host's root may not."""
    netloc = urlsplit(host.url).netloc
    asked = (item.url for item in items if not isinstance(item, Host) and urlsplit(item.url).netloc == netloc)
    return next(asked, host.url + "/")


def captured(comments: int, declared: int | None) -> str:
    """Comments captured of those declared: "12/14"."""
    return f"{comments}/{declared}" if declared is not None else str(comments or "")


def proposal(name: str, url: str, items: Sequence[Item]) -> str:
    """A source file for a site, by what a first look at it brought; what is only guessed is a remark."""
    found = [item for item in items if isinstance(item, Article)]
    lines = ["#:schema ./source.schema.json", f"name = {json.dumps(name)}"]
    if outlets := Counter(article.outlet for article in found if article.outlet):
        lines.append(f"title = {json.dumps(outlets.most_common(1)[0][0], ensure_ascii=False)}")
    lines.append(f"start_urls = [{json.dumps(url)}]")
    if languages := Counter((article.language or "").partition("-")[0] for article in found if article.language):
        lines.append(f"language = {json.dumps(languages.most_common(1)[0][0])}")
    ways = [
        f"# {item.kind}: {item.url}"
        for item in items
        if isinstance(item, Page) and item.kind in ("feed", "sitemap") and item.links
    ]
    engines = sorted({item.engine for item in items if isinstance(item, Thread) and item.engine})
    lines += ways[:5] + ([f"# comments: {', '.join(engines)}"] if engines else [])
    lines.append('# tier = "outlet"   # official, trade, outlet or fan: how its words are taken')
    return "\n".join(lines) + "\n"


def source_name(title: str) -> str:
    """A source's name made of its title: "Show News: TV" is `show-news-tv`."""
    return re.sub(r"[^a-z0-9]+", "-", show_key(title)).strip("-")[:64] or "feed"
