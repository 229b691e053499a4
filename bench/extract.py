"""Extraction: a page new to us, one whose bytes are the same, one that says the same, and growing pages.

The anchor is trafilatura's own call with comments and metadata, in the same process, on the same pages. Each page is
read by both in turn, some times over, and the fastest of each counts: a busy neighbour only ever adds.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.anchors import bare
from bench.made import article
from bench.measure import ROOT
from bench.report import Row
from crawler.extract import Extraction, extract_page
from crawler.page.charset import decode
from crawler.sameness import How, is_same, sign
from crawler.source import Source

SHARED = ROOT.parent / "shared"
GOLD, SCORER = SHARED / "corpus" / "extraction-dev", SHARED / "tools" / "score_extraction.py"
_SOURCE = Source.model_validate({"name": "bench", "start_urls": ["https://bench.example/feed"]})
_SETTINGS = _SOURCE.model_dump_json()
_LONGEST = 2.0  # CPU seconds that one page may take


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: made pages, when no real ones are here, at the most so many real ones, rounds, growth."""

    rounds: int = 3
    made: int = 40
    real: int = 1000
    paragraphs: tuple[int, int] = (1000, 16_000)  # about 100 KB and 1.7 MB


FULL = Sizes()
QUICK = Sizes(rounds=1, made=5, real=20, paragraphs=(250, 2000))


@dataclass(frozen=True, slots=True)
class Sample:
    """One page. `name` is "" when it was made."""

    name: str
    url: str
    body: bytes


def run(sizes: Sizes = FULL) -> list[Row]:
    """Measures extraction."""
    pages = list(_real(sizes.real)) or [Sample("", f"https://bench.example/{n}", article(n)) for n in range(sizes.made)]
    return [*_first(pages, sizes.rounds), *_again(pages, sizes.rounds), *_growth(sizes)]


def _real(most: int) -> Iterator[Sample]:
    """The labelled pages beside the checkout, if they are there."""
    for path in sorted((GOLD / "gold").glob("*.json"))[:most]:
        page = json.loads(path.read_text("utf-8"))
        yield Sample(page["id"], page["url"], gzip.decompress((GOLD / "html" / f"{page['id']}.html.gz").read_bytes()))


def _first(pages: Sequence[Sample], rounds: int) -> list[Row]:
    """Pages that are new to us, and how well they are read."""
    texts = [decode(page.body) for page in pages]
    ours, anchor = _fastest(
        [lambda n: extract_page(pages[n].body, pages[n].url, _SOURCE), lambda n: bare(texts[n], pages[n].url)],
        len(pages),
        rounds,
    )
    kind = "real" if pages[0].name else "made"
    rows = [
        Row(f"extraction of {len(pages)} {kind} pages", _us(ours), "us/page", _us(anchor), 0.62),
        Row("  pages per CPU-second", len(pages) / sum(ours), "1/CPU-s", len(pages) / sum(anchor)),
        Row("  the slowest page", max(ours), "CPU-s", None, _LONGEST),
    ]
    return rows + _quality(pages, texts)


def _quality(pages: Sequence[Sample], texts: Sequence[str]) -> list[Row]:
    """How much of the bodies is wrong, when somebody has said what they are."""
    if not pages[0].name or not SCORER.exists() or len(pages) < len(list((GOLD / "gold").glob("*.json"))):
        return []
    read = [extract_page(page.body, page.url, _SOURCE).article for page in pages]
    ours = _body_f1(pages, [found.text if found else "" for found in read])
    anchor = _body_f1(pages, [bare(text, page.url) for text, page in zip(texts, pages, strict=True)])
    return [Row("  bodies: 1 - F1", 1 - ours, "", 1 - anchor, 1, f"F1 {ours:.4f}; anchor's {anchor:.4f}")]


def _body_f1(pages: Sequence[Sample], bodies: Sequence[str]) -> float:
    rows = [json.dumps({"id": page.name, "text": body}) for page, body in zip(pages, bodies, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        predictions, summary = Path(folder) / "bodies.jsonl", Path(folder) / "summary.json"
        predictions.write_text("\n".join(rows), "utf-8")
        command = [sys.executable, str(SCORER), str(GOLD), str(predictions), "--json", str(summary)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return float(json.loads(summary.read_text("utf-8"))["body"]["f1"])


def _again(pages: Sequence[Sample], rounds: int) -> list[Row]:
    """Pages that we know: the same bytes, and the same text among other bytes."""
    signed = [(page, _signature(page, extract_page(page.body, page.url, _SOURCE))) for page in pages]
    known = [(page, signature, _noisy(page.body)) for page, signature in signed if signature]
    told = [(*entry, decode(entry[2])) for entry in known if is_same(entry[1], entry[2], _how(entry[0]))]
    same, noisy, anchor = _fastest(
        [
            lambda n: is_same(told[n][1], told[n][0].body, _how(told[n][0])),
            lambda n: is_same(told[n][1], told[n][2], _how(told[n][0])),
            lambda n: bare(told[n][3], told[n][0].url),
        ],
        len(told),
        rounds,
    )
    note = f"{len(told)} of {len(pages)} pages; the others are extracted"
    return [
        Row("known page, the same bytes", _us(same), "us/page", _us(anchor), 0.005),
        Row("known page, the same text under other bytes", _us(noisy), "us/page", _us(anchor), 0.08, note),
        _signing(pages, rounds, _us(anchor)),
    ]


def _signing(pages: Sequence[Sample], rounds: int, anchor: float) -> Row:
    """What a first visit pays so that the next one may be cheap."""
    found = [extract_page(page.body, page.url, _SOURCE) for page in pages]
    (cost,) = _fastest([lambda n: _signature(pages[n], found[n])], len(pages), rounds)
    return Row("  to sign a page on its first visit", _us(cost), "us/page", anchor)


def _how(page: Sample) -> How:
    return How(_SETTINGS, page.url, None)


def _signature(page: Sample, found: Extraction) -> str:
    """The signature as the spider makes it; "" when the page is no article."""
    if found.article is None:
        return ""
    comments = found.thread.comments if found.thread is not None else ()
    lines = [line for text in (found.article.text, *(c.text for c in comments)) for line in text.split("\n")]
    return sign(page.body, _how(page), [found.article.title, *lines])


def _noisy(body: bytes) -> bytes:
    """The page as another answer has it: another advertisement, nonces and a remark of the server."""
    box = (
        b'<div class="ad"><p>Buy the brightest lamp of the harbour today.</p></div><script nonce="77">var a=77</script>'
    )
    start, end = body.lower().find(b"<body"), body.lower().rfind(b"</body")
    start = body.find(b">", start) + 1
    return body[:start] + b"<!-- 77 -->" + body[start:end] + box + body[end:]


def _growth(sizes: Sizes) -> list[Row]:
    """Is a page of seventeen times the size dearer than in proportion? Does any page take too long?"""
    small, large = sizes.paragraphs
    page = "<html><body><article><h1>On the harbour</h1>{}</article></body></html>"
    text = "<p>The finale of the show was renewed by the network, with the cast, for another year number {}.</p>"
    prose = [page.format("".join(text.format(n) for n in range(count))).encode() for count in (small, large)]
    links = "<ul>" + "".join(f"<li><a href='/x'>link text here {n}</a></li>" for n in range(large)) + "</ul>"
    deep = "<div>" * 2000 + text * 20 + "</div>" * 2000
    bodies = [*prose, *(page.format(part + text * 30).encode() for part in (links, deep))]
    (cost,) = _fastest([lambda n: extract_page(bodies[n], "https://bench.example/a", _SOURCE)], len(bodies), 2)
    per_kb = [seconds * 1e6 / (len(body) / 1024) for seconds, body in zip(cost, bodies, strict=True)]
    sizes_kb = [len(body) // 1024 for body in bodies]
    return [
        Row(f"a page of {sizes_kb[1]:,} KB", per_kb[1], "us/KB", per_kb[0], 1.3, f"anchor: ours at {sizes_kb[0]} KB"),
        Row(f"  the slowest of these, of {large:,} links, and of 2,000 levels", max(cost), "CPU-s", None, _LONGEST),
    ]


def _fastest(works: Sequence[Callable[[int], object]], count: int, rounds: int) -> list[list[float]]:
    """CPU seconds (all threads) of each work on each page: the fastest of some rounds, the works in turn."""
    best = [[float("inf")] * count for _ in works]
    for number in range(count):
        for _ in range(rounds):
            for place, work in enumerate(works):
                began = time.process_time()
                work(number)
                best[place][number] = min(best[place][number], time.process_time() - began)
    return best


def _us(seconds: Sequence[float]) -> float:
    return sum(seconds) / len(seconds) * 1e6
