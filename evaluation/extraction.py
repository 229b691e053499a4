"""Extraction on the labelled pages: our figures and those of trafilatura alone, by the scorer beside the checkout."""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from crawler.extract import extract_page
from crawler.items import Comment

ENTERTAINMENT = "tv,film,celebrity,entertainment,music,streaming,media,entertainment-press"
_SHORT = 60
_WORST = 10

Scores = dict[str, Any]


def report(shared: Path, folder: Path) -> None:
    """Prints the table of all pages, of the entertainment pages alone, and the ten worst pages with what is wrong."""
    corpus, tools = shared / "corpus" / "extraction-dev", shared / "tools"
    ours, theirs = folder / "watercooler.jsonl", folder / "trafilatura.jsonl"
    pages = list(predictions(corpus))
    ours.write_text("".join(json.dumps(page, ensure_ascii=False) + "\n" for page in pages), "utf-8")
    _run(tools / "run_trafilatura.py", corpus, theirs)
    whole = [_scores(tools, corpus, path, folder) for path in (theirs, ours)]
    some = [_scores(tools, corpus, path, folder, "--only-tag", ENTERTAINMENT) for path in (theirs, ours)]
    sys.stdout.write(
        _table("all", whole) + "\n" + _table("entertainment", some) + "\n" + _worst(corpus, whole[1], pages)
    )


def predictions(corpus: Path) -> Iterator[dict[str, Any]]:
    """What we read from each page, in the scorer's field names."""
    for path in sorted((corpus / "gold").glob("*.json")):
        page = json.loads(path.read_text("utf-8"))
        found = extract_page(gzip.decompress((corpus / "html" / f"{page['id']}.html.gz").read_bytes()), page["url"])
        article, thread = found.article, found.thread
        yield {
            "id": page["id"],
            "title": article.title if article else None,
            "text": article.text if article else "",
            "author": list(article.authors) if article else [],
            "date": article.published.date().isoformat() if article and article.published else None,
            "declared_comment_count": thread.declared_count if thread else None,
            "comments": _comments(thread.comments) if thread else [],
        }


def _comments(comments: tuple[Comment, ...]) -> list[dict[str, Any]]:
    places = {comment.id: place for place, comment in enumerate(comments)}
    return [
        {
            "author": comment.author,
            "text": comment.text,
            "depth": comment.depth,
            "parent": places.get(comment.parent or ""),
            "date": comment.published.date().isoformat() if comment.published else None,
        }
        for comment in comments
    ]


def _run(*command: object) -> str:
    return subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, text=True).stdout


def _scores(tools: Path, corpus: Path, predicted: Path, folder: Path, *more: str) -> Scores:
    """The scorer's summary, with the rows of the pages and the lines lost."""
    told, rows = folder / "scores.json", folder / "pages.tsv"
    _run(tools / "score_extraction.py", corpus, predicted, "--json", told, "--per-page", rows, *more)
    scores: Scores = json.loads(told.read_text("utf-8"))
    with rows.open(encoding="utf-8") as lines:
        scores["rows"] = {row["id"]: row for row in csv.DictReader(lines, delimiter="\t")}
    pages = (json.loads(line) for line in predicted.read_text("utf-8").splitlines())
    scores["lost"] = _lost(corpus, [page for page in pages if page["id"] in scores["rows"]])
    return scores


def _lost(corpus: Path, pages: Sequence[dict[str, Any]]) -> str:
    """The share of the gold's short lines (headings, list items) that are not in the text."""
    lost = whole = 0
    for page in pages:
        text = f" {_plain(page.get('text') or '')} "
        lines = [_plain(line) for line in _gold(corpus, page["id"]).get("text", "").split("\n") if len(line) < _SHORT]
        whole += len([line for line in lines if line])
        lost += len([line for line in lines if line and f" {line} " not in text])
    return f"{lost / max(1, whole):.1%} ({lost}/{whole})"


def _plain(text: str) -> str:
    """The words of a text alone, lower case: quotation marks and bullets are set in many ways."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _gold(corpus: Path, name: str) -> dict[str, Any]:
    gold: dict[str, Any] = json.loads((corpus / "gold" / f"{name}.json").read_text("utf-8"))
    return gold


def _table(name: str, scores: Sequence[Scores]) -> str:
    columns = [_column(each) for each in scores]
    head = f"| {name}: {scores[0]['pages']} pages | trafilatura alone | Watercooler |\n|---|---|---|\n"
    return head + "".join(f"| {row} | {' | '.join(column[row] for column in columns)} |\n" for row in columns[0])


def _column(scores: Scores) -> dict[str, str]:
    f1s = [float(row["body_f1"]) for row in scores["rows"].values() if row["body_f1"] not in ("", "None")]

    def part(name: str) -> str:
        found = scores.get(name) or {"value": None, "hit": 0, "total": 0}
        return "-" if not found["total"] else f"{found['value']:.3f} ({found['hit']:.0f}/{found['total']:.0f})"

    return {
        "body F1": f"{scores['body']['f1']:.3f}",
        "pages under .8": f"{sum(f1 < 0.8 for f1 in f1s) / len(f1s):.1%}",
        "boilerplate lines leaked": part("not_body"),
        f"lines under {_SHORT} characters lost": scores["lost"],
        "title": part("title"),
        "author": part("author"),
        "date": part("date"),
        "comment F1, micro": f"{scores['comments']['f1']:.3f}",
        "comment F1, macro": f"{scores['comment_macro_f1']:.3f}",
        "comment author": part("c_author"),
        "comment date": part("c_date"),
        "replies with the right parent": part("c_reply_e2e"),
        "exact threads": part("thread_exact"),
        "false comments on pages without": str(scores["false_comments_on_empty_pages"]),
        "comments in the body": part("leak"),
        "declared count": part("declared"),
        "declared count invented": part("declared_invented"),
    }


def _worst(corpus: Path, scores: Scores, pages: Sequence[dict[str, Any]]) -> str:
    """The worst pages, each with the longest line that is missing and the longest that does not belong there."""
    told = {page["id"]: page for page in pages}
    rated = [
        (float(row["body_f1"]), name) for name, row in scores["rows"].items() if row["body_f1"] not in ("", "None")
    ]
    out = ["| page | body F1 | lines missing, the longest | lines too many, the longest |", "|---|---|---|---|"]
    for f1, name in sorted(rated)[:_WORST]:
        gold = _gold(corpus, name)
        optional = gold.get("text_optional") or []
        missing, extra = _difference(gold["text"].split("\n"), told[name]["text"].split("\n"), optional)
        out.append(f"| {name} | {f1:.3f} | {_longest(missing)} | {_longest(extra)} |")
    return "\n".join(out) + "\n"


def _difference(gold: list[str], ours: list[str], optional: list[str]) -> tuple[list[str], list[str]]:
    wanted, found = _plain(" ".join(gold)), _plain(" ".join(ours))
    either = {_plain(line) for line in optional}
    extra = [line for line in ours if _plain(line) not in wanted and _plain(line) not in either]
    return [line for line in gold if _plain(line) not in found], extra


def _longest(lines: list[str]) -> str:
    longest = max(lines, key=len, default="").replace("|", "/")
    return f"{len(lines)}: {longest[:60]}{'…' if len(longest) > 60 else ''}" if lines else "0"
