"""Scores extraction and claims on the labelled corpora beside the checkout, in the scorers' own field names.

    python -m evaluation [extraction] [updates] [backtest] [sites] [races]

The corpora and scorers are not part of the project: without `../shared` there is nothing to score, and it says so.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.items import Article, Section
from evaluation import extraction, past, races, sites, stories
from worker.cli.shows import read_shows
from worker.ingest.claims import extract_claims, label_article
from worker.ingest.lexicon import load_lexicons
from worker.ingest.shows import ShowIndex, leading_show, match_shows, propose_shows
from worker.models import ClaimDraft, Field, Show

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS, TOOLS = SHARED / "corpus", SHARED / "tools"
HELD = Path(__file__).parent / "held"  # items of our own that nothing was learned from, and nobody looked at
ITEMS = Path(__file__).parent / "items"  # items of our own, to learn from beside the corpora
UPDATES = ("tvnews-dev.jsonl", "tvnews-dev-standing.jsonl", "tvnews-uci2014-headlines.jsonl")


def main(parts: list[str]) -> int:
    """Prints the scorers' tables; 1 when the corpora are not here."""
    if not CORPUS.is_dir():
        sys.stderr.write(f"nothing to evaluate: {CORPUS} is not here\n")
        return 1
    if ("sites" in parts and sites.run()) or ("races" in parts and races.run()):
        return 1
    with tempfile.TemporaryDirectory() as folder:
        if "extraction" in parts:
            extraction.report(SHARED, Path(folder))
        for path in [*(CORPUS / name for name in UPDATES), *sorted(HELD.glob("*.jsonl"))] if "updates" in parts else ():
            _score_updates(path, Path(folder) / path.name)
    if "backtest" in parts:
        items = [json.loads(line) for line in (CORPUS / UPDATES[0]).read_text("utf-8").splitlines() if line.strip()]
        past.report(read_shows(CORPUS / "shows-sample.txt")[0], [article_of(item) for item in items])
    return 0


def _score_updates(corpus: Path, predictions: Path) -> None:
    """The scorer's table with the stories of a real ingest; then stories alone, with all labels given."""
    items = [json.loads(line) for line in corpus.read_text("utf-8").splitlines() if line.strip()]
    articles, shows = [article_of(item) for item in items], read_shows(CORPUS / "shows-sample.txt")[0]
    found = stories.run(stories.OutletShelf({}), items, articles, shows)
    said = list(updates(corpus))
    _score("score_updates.py", corpus, _write(predictions, ({**row, **found[row["id"]]} for row in said)))
    shown = corpus.parent != HELD  # of what is held back only totals
    if shown:
        sys.stdout.write("".join(f"{line}\n" for line in worst_shows(items, said)))
        stories.report("as read", items, found)
    sys.path.insert(0, str(TOOLS))  # the scorer is not installed; its rules say what a labelled status means
    statuses = importlib.import_module("score_updates").status_class
    named = [*shows, *(Show(0, name, "") for name in stories.unknown(items, shows))]
    labelled = {article.url: item for article, item in zip(articles, items, strict=True)}
    given = stories.run(stories.GivenShelf(labelled, statuses), items, articles, named)
    rows = ({**item, "dup_group": None, "story_id": None, **given[item["id"]]} for item in items)
    _score("score_updates.py", corpus, _write(predictions, rows), "story", "dup")
    if shown:
        stories.report("labels given", items, given)


def updates(corpus: Path) -> Iterator[dict[str, Any]]:
    """What we say of each item, with the names of the sample list and those that the texts propose."""
    items = [json.loads(line) for line in corpus.read_text("utf-8").splitlines() if line.strip()]
    articles = [article_of(item) for item in items]
    index = _learn(read_shows(CORPUS / "shows-sample.txt")[0], articles)
    for item, article in zip(items, articles, strict=True):
        yield {"id": item["id"], **_labels(article, index)}


def worst_shows(items: Sequence[Mapping[str, Any]], said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The ten shows that were missed most often, each article with what it was taken for and why."""
    wrong: dict[str, list[str]] = {}
    for item, row in zip(items, said, strict=True):
        if item["is_show_news"] and row["show"] not in (item["show"], *(item["alt_shows"] or ())):
            line = f"  {item['id']} {item['title'][:60]} | {row['show'] or 'off-topic'}: {row['why']}"
            wrong.setdefault(item["show"], []).append(line)
    yield "worst shows:"
    for show, lines in sorted(wrong.items(), key=lambda one: (-len(one[1]), one[0]))[:10]:
        yield f"{show}: {len(lines)} wrong"
        yield from lines


def _learn(known: list[Show], articles: list[Article]) -> ShowIndex:
    """The registry after all articles, as ingesting them one by one leaves it."""
    shows = [Show(n, show.name, str(n), show.aliases) for n, show in enumerate(known, start=1)]
    index = ShowIndex(shows)
    for article in articles:
        for name in propose_shows(article):
            if index.knows(name, f"{article.title}\n{article.text}"):
                continue
            if full := index.abbreviated(name):
                shows[full.id - 1] = replace(full, aliases=(*full.aliases, name))
            else:
                shows.append(Show(len(shows) + 1, name, str(len(shows) + 1)))
            index = ShowIndex(shows)
    return index


def _labels(article: Article, index: ShowIndex) -> dict[str, Any]:
    lexicons, matches = load_lexicons(), match_shows(article, index)
    labels = label_article(article, matches, lexicons)
    # The corpora were labelled by their wording alone, as the pages of known outlets.
    claims = _as_labelled(extract_claims(article, matches, lexicons, tier="outlet"))
    return {
        "is_show_news": labels.is_show_news,
        "show": leading_show(article, matches) if labels.is_show_news else None,
        "why": f"{matches[0].cue} ({matches[0].where}: {matches[0].alias})" if matches else "; ".join(labels.rules),
        "season": labels.season,
        "kinds": list(labels.kinds),
        "primary_kind": labels.primary,
        "standing": labels.standing,
        "claims": [
            # Our ratings are figures or prizes, as their kind is.
            {
                "field": c.field if c.field is not Field.RATINGS else None,
                "kind": c.kind,
                "value": c.value,
                "standing": c.standing,
                "evidence": c.evidence,
            }
            for c in claims
        ],
        "sections": [{"heading": heading, "kinds": list(kinds)} for heading, kinds in labels.section_kinds],
    }


def _as_labelled(claims: list[ClaimDraft]) -> list[ClaimDraft]:
    """The labels have one claim for all people of whom a sentence says the same; we have one each."""
    together: dict[tuple[str, ...], ClaimDraft] = {}
    for number, claim in enumerate(claims):
        how, _, name = claim.value.partition(": ")
        key = (claim.evidence, how) if claim.field is Field.CAST else (str(number),)
        before = together.get(key)
        together[key] = replace(before, value=f"{before.value}, {name}") if before else claim
    return list(together.values())


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
        sections=(Section("", text), *(Section(part["heading"], "") for part in item.get("sections") or ())),
        outlet=item["outlet"],
    )


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def _score(scorer: str, gold: Path, predictions: Path, *only: str) -> None:
    """Prints a scorer's table; `only`: the lines that begin so, of a run with the labels given."""
    command = [sys.executable, str(TOOLS / scorer), str(gold), str(predictions)]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    title = f"\n== {gold.name}{', labels given' if only else ''}\n"
    sys.stdout.write(title + "".join(f"{line}\n" for line in table if not only or line.startswith(only)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["extraction", "updates", "backtest"]))
