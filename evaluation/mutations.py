"""Pages of the corpus, each spoiled in one way, read one by one: what was said of them, how long, how much memory.

    python -m evaluation.mutations [--pages 2000] [--seed 1] [KIND…]

Each kind is read in a fresh process, so that its peak of memory is its own. Nothing may be raised, whatever the page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.extract import extract_page
from crawler.limits import TookTooLong, limited

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "extraction-dev"
SLOW = 2.0
"""CPU seconds above which a page is named in the table."""

Mutation = Callable[[bytes, random.Random], bytes]

_TAG = re.compile(rb"<[^>]{1,400}>")
_CLOSING = re.compile(rb"</(?!script|style|title|textarea)[a-zA-Z0-9]{1,20}>")
_ATTRIBUTE = re.compile(rb"""=\s*["'][^"'>]{0,200}["']""")
_DATA = re.compile(rb"(<script[^>]{0,200}ld\+json[^>]{0,200}>)([^<]{1,200000})", re.I)
_WORDS = b"The ferry leaves at nine and comes back when it has found what it was sent for. "


def truncated(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(1, len(body) + 1)]


def unclosed(body: bytes, chance: random.Random) -> bytes:
    share = chance.random()
    return _CLOSING.sub(lambda tag: b"" if chance.random() < share else tag[0], body)


def without_tags(body: bytes, chance: random.Random) -> bytes:
    share = chance.random() / 2
    return _TAG.sub(lambda tag: b"" if chance.random() < share else tag[0], body)


def broken_attributes(body: bytes, chance: random.Random) -> bytes:
    ways: tuple[Callable[[bytes], bytes], ...] = (
        lambda text: text[:-1],
        lambda text: text.replace(b'"', b"").replace(b"'", b""),
        lambda text: b" " + text[1:],
        lambda text: text + b'"',
        lambda text: b'="\xff\x00<>' + text[1:],
    )
    return _ATTRIBUTE.sub(lambda found: chance.choice(ways)(found[0]) if chance.random() < 0.2 else found[0], body)


def nested(body: bytes, chance: random.Random) -> bytes:
    opening = chance.choice(
        [b"<div>", b"<div class='comment'>", b"<ul><li>", b"<blockquote>", b"<font>", b"<table><tr><td>"]
    )
    place = body.find(b"<body")
    place = body.find(b">", place) + 1 if place >= 0 else 0
    return body[:place] + opening * chance.randrange(50, 900) + body[place:]


def endless_text(body: bytes, chance: random.Random) -> bytes:
    size, piece = 10_000_000, chance.choice([_WORDS, b"<p>" + _WORDS * 5 + b"</p>", b"x" * 80, _WORDS * 200 + b"<br>"])
    place = chance.randrange(len(body))
    return body[:place] + piece * (size // len(piece)) + body[place:]


def nulls(body: bytes, chance: random.Random) -> bytes:
    return b"".join(part + b"\0" * chance.randrange(3) for part in _pieces(body, chance, 300))


def mixed_encodings(body: bytes, chance: random.Random) -> bytes:
    foreign = [
        ("utf-16", "등대지기는 웃었다"),
        ("euc-kr", "등대지기는 웃었다"),
        ("cp1252", "Über „später“"),
        ("shift_jis", "港の灯"),
    ]
    strange = [text.encode(name) for name, text in foreign]
    return b"".join(part + chance.choice(strange) for part in _pieces(body, chance, 40))


def flipped(body: bytes, chance: random.Random) -> bytes:
    out = bytearray(body)
    for _ in range(chance.randrange(1, max(2, len(out) // 50))):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def scripts_in_scripts(body: bytes, chance: random.Random) -> bytes:
    script = b"<script>document.write('<script><!-- <p>x</p>');</script><style>p{}<script></style><noscript><p>y"
    return b"".join(part + script for part in _pieces(body, chance, 60))


def huge_attributes(body: bytes, chance: random.Random) -> bytes:
    name = chance.choice([b"class", b"id", b"href", b"style", b"content", b"datetime", b"title", b"alt"])
    value = chance.choice([b"comment-", b"a b ", b"March 1, 2020 ", b"/a/", b"by ann bee, "]) * chance.randrange(
        10_000, 100_000
    )
    tags = chance.sample(list(_TAG.finditer(body)) or [None], 1)
    place = tags[0].end() - 1 if tags[0] else 0
    return body[:place] + b" " + name + b'="' + value + b'"' + body[place:]


def long_lists(body: bytes, chance: random.Random) -> bytes:
    item = chance.choice(
        [
            b"<li>x",
            b"<li><a href='/a/%d'>a story of the day</a>",
            b"<tr><td>x",
            b"<p class=comment id=comment-%d>x",
            b"<br>",
        ]
    )
    place = chance.randrange(len(body))
    items = (item % number if b"%d" in item else item for number in range(chance.choice([5_000, 29_000, 100_000])))
    return body[:place] + b"".join(items) + body[place:]


def repeated(body: bytes, chance: random.Random) -> bytes:
    return body * chance.randrange(2, 8)


def spoiled_data(body: bytes, chance: random.Random) -> bytes:
    """Its JSON-LD with values of other types, cut off, nested deeply; a page without gets some."""
    values = [
        b"null",
        b"[]",
        b"{}",
        b"-1e999",
        b"true",
        b'"\\ud800"',
        b'["x",{"@type":["Article",3]}]',
        b'{"a":' * 3_000,
    ]
    if not _DATA.search(body):
        data = b'{"@type":"NewsArticle","headline":"x","author":[1],"comment":[2]}'
        body = body.replace(b"<body", b'<script type="application/ld+json">' + data + b"</script><body", 1)

    def spoil(found: re.Match[bytes]) -> bytes:
        text = re.sub(
            rb":\s*(\"[^\"]{0,300}\"|\[|\{)",
            lambda value: b":" + chance.choice(values) if chance.random() < 0.2 else value[0],
            found[2],
        )
        return found[1] + (text[: chance.randrange(len(text) + 1)] if chance.random() < 0.2 else text)

    return _DATA.sub(spoil, body)


def shuffled(body: bytes, chance: random.Random) -> bytes:
    pieces = list(_pieces(body, chance, 40))
    chance.shuffle(pieces)
    return b"".join(pieces)


def _pieces(body: bytes, chance: random.Random, most: int) -> Iterator[bytes]:
    cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.randrange(1, most)))
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        yield body[start:end]


MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        truncated, unclosed, without_tags, broken_attributes, nested, nulls, mixed_encodings, flipped,
        scripts_in_scripts, huge_attributes, repeated, spoiled_data, shuffled, long_lists, endless_text,
    )
}  # fmt: skip
_LARGE = ("long_lists", "endless_text", "repeated")
_SHARE_OF_LARGE = 0.3


def made_pages() -> list[tuple[bytes, str]]:
    """Two pages for where there is no corpus: an article with a thread, and a plain one in another encoding."""
    text = "".join(f"<p>{_WORDS.decode() * 3}</p>" for _ in range(6))
    data = '{"@type":"NewsArticle","headline":"The ferry leaves","author":{"name":"Ann Bee"},'
    data += '"datePublished":"2027-03-05T08:00:00Z","mainEntityOfPage":"https://quay.example/ferry"}'
    thread = "".join(
        f'<li class="comment depth-{1 + n % 3}" id="comment-{n}"><cite class="fn">Viewer {n}</cite>'
        f'<a href="#comment-{n}"><time datetime="2027-03-05T09:00">March 5</time></a><p>I say {n} to that.</p></li>'
        for n in range(20)
    )
    first = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>The ferry leaves | Quay</title>"
        f'<script type="application/ld+json">{data}</script></head><body class="single postid-7">'
        f'<nav><a href="/">Quay</a></nav><article><h1>The ferry leaves</h1>'
        f'<p class="byline">By Ann Bee</p>{text}</article>'
        f'<div id="comments"><h2>20 responses</h2><ol class="commentlist">{thread}</ol></div></body></html>'
    )
    plain = f"<html><head><title>Die Fähre fährt</title></head><body><h1>Die Fähre fährt</h1>{text}</body></html>"
    return [
        (first.encode(), "https://quay.example/ferry"),
        (plain.encode("cp1252"), "https://kai.example/faehre-faehrt"),
    ]


def corpus_pages() -> list[tuple[bytes, str]]:
    """The pages of the corpus, or made ones."""
    gold = [json.loads(path.read_text("utf-8")) for path in sorted((CORPUS / "gold").glob("*.json"))]
    pages = [(gzip.decompress((CORPUS / "html" / f"{g['id']}.html.gz").read_bytes()), g["url"]) for g in gold]
    return pages or made_pages()


@dataclass
class Tally:
    """What became of the pages of one kind."""

    outcomes: Counter[str]
    raised: Counter[str]
    seconds: float = 0.0
    worst: float = 0.0
    worst_page: str = ""
    slow: int = 0


def read_kind(kind: str, count: int, seed: int) -> Tally:
    """Reads so many pages spoiled in this way."""
    pages, tally = corpus_pages(), Tally(Counter(), Counter())
    for number in range(count):
        chance = random.Random(f"{kind} {seed} {number}")
        whole, url = chance.choice(pages)
        body = MUTATIONS[kind](whole, chance)
        began = time.process_time()
        try:
            tally.outcomes[limited(extract_page, body, url).outcome] += 1
        except TookTooLong:
            tally.outcomes["given-up"] += 1
        except Exception as error:
            tally.raised[f"{type(error).__name__}: {error} (number {number})"] += 1
        took = time.process_time() - began
        tally.seconds += took
        tally.slow += took > SLOW
        if took > tally.worst:
            tally.worst, tally.worst_page = took, f"number {number}, {len(body) / 1e6:.1f} MB, {url}"
    return tally


def main(arguments: list[str]) -> int:
    """Prints the table; 1 when something was raised or a process died."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.mutations", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=" ".join(MUTATIONS))
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.once:
        return _once(asked.kinds[0], asked.pages, asked.seed)
    kinds = asked.kinds or list(MUTATIONS)
    shares = {kind: _SHARE_OF_LARGE if kind in _LARGE else 1.0 for kind in kinds}
    one = asked.pages / sum(shares.values())
    _print(f"{'kind':20} {'pages':>5} {'raised':>6} {'mean s':>7} {'worst s':>7} {'>2 s':>4} {'MB':>5}  outcomes")
    return int(sum([_row(kind, max(1, round(one * share)), asked.seed) for kind, share in shares.items()]) > 0)


def _once(kind: str, count: int, seed: int) -> int:
    """The fresh process: one line of figures."""
    tally = read_kind(kind, count, seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _print(json.dumps({**vars(tally), "megabytes": peak}))
    return 0


def _row(kind: str, count: int, seed: int) -> int:
    """A line of the table; how many pages raised something."""
    command = [sys.executable, "-m", "evaluation.mutations", kind, "--once", "--pages", str(count), "--seed", str(seed)]
    done = subprocess.run(
        command, cwd=Path(__file__).resolve().parents[1], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        _print(f"{kind:20} {count:5} the process died with {done.returncode}")
        return 1
    got = json.loads(done.stdout)
    raised = sum(got["raised"].values())
    outcomes = ", ".join(f"{name} {n}" for name, n in sorted(got["outcomes"].items(), key=lambda pair: -pair[1]))
    figures = f"{raised:6} {got['seconds'] / count:7.3f} {got['worst']:7.2f} {got['slow']:4} {got['megabytes']:5.0f}"
    _print(f"{kind:20} {count:5} {figures}  {outcomes}")
    if got["worst"] > SLOW:
        _print(f"    worst: {got['worst_page']}")
    for error in got["raised"]:
        _print(f"    raised: {error}")
    return int(raised)


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a table for people, as in faults.py


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
