"""Scores extraction and claims on the labelled corpora beside the checkout, in the scorers' own field names.

    python -m evaluation [extraction] [updates] [sites]

The corpora and scorers are not part of the project: without `../shared` there is nothing to score, and it says so.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.extract import extract_page
from crawler.items import Article, Comment, Section
from evaluation import sites
from worker.cli.shows import read_shows
from worker.ingest.claims import extract_claims, label_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.shows import ShowIndex, match_shows, propose_shows
from worker.models import Show

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS, TOOLS = SHARED / "corpus", SHARED / "tools"
UPDATES = ("tvnews-dev.jsonl", "tvnews-dev-standing.jsonl", "tvnews-uci2014-headlines.jsonl")


def main(parts: list[str]) -> int:
    """Prints the scorers' tables; 1 when the corpora are not here."""
    if not CORPUS.is_dir():
        sys.stderr.write(f"nothing to evaluate: {CORPUS} is not here\n")
        return 1
    if "sites" in parts and sites.run():
        return 1
    with tempfile.TemporaryDirectory() as folder:
        if "extraction" in parts:
            gold = CORPUS / "extraction-dev"
            _score("score_extraction.py", gold, _write(Path(folder) / "e.jsonl", extraction(gold)))
        for name in UPDATES if "updates" in parts else ():
            _score("score_updates.py", CORPUS / name, _write(Path(folder) / name, updates(CORPUS / name)))
    return 0


def extraction(corpus: Path) -> Iterator[dict[str, Any]]:
    """What we read from each page."""
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


def updates(corpus: Path) -> Iterator[dict[str, Any]]:
    """What we say of each item, with the names of the sample list and those that the texts propose."""
    items = [json.loads(line) for line in corpus.read_text("utf-8").splitlines() if line.strip()]
    articles = [article_of(item) for item in items]
    names = {show.name: show for show in read_shows(CORPUS / "shows-sample.txt")[0]}
    for article in articles:
        for name in propose_shows(article):
            names.setdefault(name, Show(0, name, ""))
    index = ShowIndex(Show(n, show.name, str(n), show.aliases) for n, show in enumerate(names.values(), start=1))
    for item, article in zip(items, articles, strict=True):
        yield {"id": item["id"], **_labels(article, index)}


def _labels(article: Article, index: ShowIndex) -> dict[str, Any]:
    lexicons, matches = load_lexicons(), match_shows(article, index)
    labels = label_article(article, matches, lexicons)
    claims = extract_claims(article, matches, lexicons)
    return {
        "is_show_news": labels.is_show_news,
        "show": matches[0].name if matches and labels.is_show_news else None,
        "season": labels.season,
        "kinds": list(labels.kinds),
        "primary_kind": labels.primary,
        "standing": labels.standing,
        "claims": [
            {"field": c.field, "kind": c.kind, "value": c.value, "standing": c.standing, "evidence": c.evidence}
            for c in claims
        ],
        "sections": [{"heading": heading, "kinds": list(kinds)} for heading, kinds in labels.section_kinds],
    }


def article_of(item: dict[str, Any]) -> Article:
    """A labelled item as an article."""
    text = item.get("text") or ""
    stated = str(item.get("published") or "")
    padded = stated + {4: "-01-01", 7: "-01"}.get(len(stated), "")
    published = datetime.fromisoformat(padded[:10]).replace(tzinfo=UTC) if padded else None
    return Article(
        url=item["url"] or f"https://{item['id']}.invalid/",
        source=item["outlet"],
        title=item["title"],
        text=text,
        published=published,
        language=item.get("lang"),
        sections=(Section("", text),),
        outlet=item["outlet"],
    )


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def _score(scorer: str, gold: Path, predictions: Path) -> None:
    sys.stdout.write(f"\n== {gold.name}\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, str(TOOLS / scorer), str(gold), str(predictions)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["extraction", "updates"]))
