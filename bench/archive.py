"""Stores with an archive behind them: some articles come in by the door, and are then multiplied by the database.

The multiplied rows lie further and further in the past, at a steady number of articles a day. Their texts are cut
short, for nobody reads them, and their fingerprints and bands are random, so that they are copies of nothing.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Column, Table

from bench.made import NOW
from crawler.items import Article, Page, Section, to_json
from worker.ingest.article import Shelf, ingest_inbox
from worker.store import Store, open_store, schema
from worker.store.schema import Time

SHOWS = 500
TEMPLATE = 500  # articles that come in by the door
PER_DAY = 100_000 / 30  # so that the window for copies holds a hundred thousand
BATCH = 50  # articles in one transaction
_KEPT = 200  # characters of a multiplied text

_TEXT = "bra cor del fen gal hir jov kel lom mur nor pel rost sil tav ul wen mi sa ro"
_NAMES = "quin zan ver yor thal dri eck oph grun wex"  # names share nothing with the text
_SYLLABLES, _NAME_SYLLABLES = _TEXT.split(), _NAMES.split()
_TABLES = (
    *(
        schema.articles,
        schema.pages,
        schema.versions,
        schema.article_shows,
        schema.signatures,
        schema.bands,
        schema.headline_keys,
    ),
    *(schema.leads, schema.stories, schema.claims, schema.updates),
)
_NEWS = (
    ("{0} renewed for season {1}", "{0} has been renewed for season {1}, the network announced on Monday."),
    ("{0}: season {1} has a date", "{0} season {1} premieres on {2} May 2027, the network confirmed."),
    ("Who joins {0}", "{3} has joined the cast of {0} for season {1}, according to two people at the studio."),
    ("Is {0} over?", "An insider says that {0} has been cancelled after season {1}."),
    ("A first look at {0}", "The trailer of {0} season {1} was published today, and it shows the pier again."),
)


def url_of(store: Path) -> str:
    """The database at a path."""
    return f"sqlite:///{store}"


def show_names() -> list[str]:
    """Invented names of two words."""
    words = random.Random(7)
    return list(dict.fromkeys(_name(words) for _ in range(SHOWS * 2)))[:SHOWS]


def made_articles(first: int, count: int) -> Iterator[Article]:
    """Articles of about 2.8 KB, each with a claim or two about one show."""
    names = show_names()
    for number in range(first, first + count):
        words = random.Random(number)
        person = _name(words)
        parts = (names[number % SHOWS], words.randint(2, 9), words.randint(1, 30), person)
        title, lead = (part.format(*parts) for part in _NEWS[words.randrange(len(_NEWS))])
        body = [lead, *(_paragraph(words) for _ in range(7))]
        source = f"outlet-{number % 40}"
        yield Article(
            url=f"https://{source}.example/{number}",
            source=source,
            title=title,
            text="\n".join(body),
            authors=(person,),
            published=NOW,
            language="en",
            sections=(Section("", "\n".join(body)),),
            outlet=source.title(),
        )


def _paragraph(words: random.Random) -> str:
    sentences = [" ".join(_word(words) for _ in range(9)).capitalize() for _ in range(6)]
    return ". ".join(sentences) + "."


def _name(words: random.Random) -> str:
    return " ".join("".join(words.choices(_NAME_SYLLABLES, k=3)).title() for _ in range(2))


def _word(words: random.Random) -> str:
    return "".join(words.choices(_SYLLABLES, k=words.randint(1, 3)))


def take_in(store: Store, shelf: Shelf, articles: list[Article]) -> None:
    """Articles with their pages, as a crawl hands them over, to committed claims. Raises RuntimeError."""
    for start in range(0, len(articles), BATCH):
        part = articles[start : start + BATCH]
        with store.begin() as tx:
            ids = tx.sources.receive([[to_json(_page(one)), to_json(one)] for one in part], NOW)
        if ingest_inbox(store, ids, shelf, NOW).set_aside:
            raise RuntimeError("an article could not be ingested")


def _page(article: Article) -> Page:
    return Page(article.url, article.source, "article", 200, NOW, None, None, article.fingerprint)


def make_template(path: Path, articles: int = TEMPLATE) -> None:
    """A store with that many articles, taken in by the door."""
    store = open_store(url_of(path))
    with store.begin() as tx:
        for name in show_names():
            tx.shows.add(name, now=NOW)
    take_in(store, Shelf({}), list(made_articles(0, articles)))
    store.close()


def grow(template: Path, path: Path, copies: int) -> None:
    """A store with so many times the template's articles."""
    shutil.copy(template, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        ends = {table.name: _end(connection, table) for table in _TABLES if "id" in table.columns}
        connection.execute("BEGIN")
        for table in _TABLES if copies > 1 else ():
            connection.execute(_multiply(table, ends, copies - 1))
        connection.execute("COMMIT")


def _end(connection: sqlite3.Connection, table: Table) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) FROM {table.name}").fetchone()[0])


def _multiply(table: Table, ends: dict[str, int], copies: int) -> str:
    """An INSERT that copies all rows of a table so many times, each copy under numbers of its own."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(f'{_value(table, column, ends)} AS "{column.name}"' for column in table.columns)
    order = (
        ' ORDER BY "key"' if table in (schema.bands, schema.headline_keys) else ""
    )  # so the index is written from left to right
    series = f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {copies})"
    return f"INSERT INTO {table.name} ({names}) {series} SELECT {values} FROM {table.name} t CROSS JOIN n{order}"


def _value(table: Table, column: Column[object], ends: dict[str, int]) -> str:
    """One column of a copied row."""
    name = f't."{column.name}"'
    numbered = _numbered_by(table, column)
    if numbered:
        return f"{name} + n.k * {ends[numbered]}"
    special = _SPECIAL.get((table.name, column.name))
    if special:
        return special.format(name, articles=ends["articles"])
    if isinstance(column.type, Time):
        seconds = timedelta(days=TEMPLATE / PER_DAY).total_seconds()
        # as SQLAlchemy writes times: with six digits of the second
        return f"strftime('%Y-%m-%d %H:%M:%f', {name}, '-' || (n.k * {seconds}) || ' seconds') || '000'"
    return name


_SPECIAL = {
    ("articles", "url"): "{0} || '?' || n.k",
    ("articles", "text"): f"substr({{0}}, 1, {_KEPT})",
    ("articles", "sections"): "'[]'",
    ("articles", "fingerprint"): "lower(hex(randomblob(16)))",
    ("articles", "story"): "{0} + n.k * {articles}",
    ("versions", "text"): f"substr({{0}}, 1, {_KEPT})",
    ("versions", "sections"): "'[]'",
    ("pages", "url"): "{0} || '?' || n.k",
    ("bands", "key"): "random()",
    ("headline_keys", "key"): "random()",
    # its first part is the article's number
    ("claims", "key"): "(t.article_id + n.k * {articles}) || substr({0}, instr({0}, '|'))",
}


def _numbered_by(table: Table, column: Column[object]) -> str:
    """The table whose numbers a column holds, if it is one of those that are multiplied."""
    names = {one.name for one in _TABLES}
    if column.name == "id" and table.name in names:
        return table.name
    if column.name == "copy_of":
        return "articles"
    return next((key.column.table.name for key in column.foreign_keys if key.column.table.name in names), "")
