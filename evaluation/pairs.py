"""Learns how much each sign counts for two articles telling the same news, and writes the weights.

    python -m evaluation.pairs [--write]

Every pair of articles near each other, as read and with the labels given, is one example: a plain logistic model, by
gradient descent, pulled to weights set by hand. Printed figures are of shows that the weights have not seen.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from crawler.items import Article
from evaluation import stories
from evaluation.__main__ import CORPUS, ITEMS, TOOLS, UPDATES, article_of
from worker.cli.shows import read_shows
from worker.ingest.article import Shelf
from worker.ingest.likeness import WEIGHTS, are_related, load_weights, signs, veto
from worker.models import Lead, Show
from worker.store import open_store

FOLDS, STEPS, RATE, MOMENTUM, PULL = 6, 150, 0.5, 0.9, 5.0
HEADLINE_ONLY = 0.5  # what a pair without texts counts
_COMMON = 0.04  # of the articles that have a word which tells little
Model = dict[str, float]

# Where the learning starts from, and what it is pulled to: what signs of which there are few examples count for.
BY_HAND: Mapping[str, Mapping[str, float]] = {
    "news": {
        "two articles": -1.6, "told within a day": 1.8, "within 3 days": 1.0, "within 6 days": 0.2, "later": -0.9,
        "in one month": 0.6, "in the month": 0.3, "near the month": -0.4, "a day is not known": -0.5,
        "another show": -1.0, "same kind": 1.8, "a kind in common": 0.2, "another kind": -1.0, "news and talk": -2.2,
        "talk of such news": -1.0, "no kind": -1.2, "both interview": -0.7, "both trailer": 0.5, "both casting": 0.4,
        "both ratings-awards": 0.5, "both review-recap": 0.3, "same season": 0.3, "one names a season": -0.3,
        "surer": -0.3, "surer, later": -1.5, "same fact": 0.6, "another fact": -1.2, "each its own fact": -1.0,
        "other figures": -3.5, "words": 0.35, "loose": -0.4, "loose, words": 0.25,
        "nothing to agree on": -3.0, "one headline talks": -0.4,
    },
    "alone": {
        "two articles": -4.5, "words": 1.2, "names": 0.35, "same number": 0.8, "within 10 days": -0.5,
        "later": -1.3, "a day is not known": -0.6, "in the month": -0.3, "near the month": -0.6,
        "one names a show": -0.5,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles near each other: what speaks for and against, and whether they tell the same."""

    model: str
    fold: int
    weight: float
    amounts: Mapping[str, float]
    same: bool


def main(arguments: list[str]) -> int:
    """Prints the figures, and writes the weights when asked to."""
    if not CORPUS.is_dir():
        sys.stderr.write(f"nothing to learn from: {CORPUS} is not here\n")
        return 1
    paths = [*(CORPUS / name for name in UPDATES), *sorted(ITEMS.glob("*.jsonl"))]
    read = [(lead, item) for path in paths for lead, item in _leads(path)]
    common = _common([lead for lead, _ in read])
    pairs = list(_pairs(read, frozenset(common)))
    models = {name: _report(name, [pair for pair in pairs if pair.model == name]) for name in BY_HAND}
    if "--write" in arguments:
        WEIGHTS.write_text(_toml(models, common, sorted(load_weights().talk)), "utf-8")
    return 0


def _leads(path: Path) -> Iterator[tuple[tuple[str, Lead], dict[str, Any]]]:
    """What the articles of a corpus tell, as read and with the labels given, each with its labels."""
    items = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    articles, shows = [article_of(item) for item in items], read_shows(CORPUS / "shows-sample.txt")[0]
    labelled = {article.url: item for article, item in zip(articles, items, strict=True)}
    sys.path.insert(0, str(TOOLS))  # the scorer is not installed; its rules say what a labelled status means
    given = stories.GivenShelf(labelled, importlib.import_module("score_updates").status_class)
    named = [*shows, *(Show(0, name, "") for name in stories.unknown(items, shows))]
    for run, shelf, registry in (("read", stories.OutletShelf({}), shows), ("given", given, named)):
        for url, lead in _ingested(shelf, items, articles, registry):
            yield (f"{path.name} {run}", lead), labelled[url]


def _ingested(
    shelf: Shelf, items: Sequence[Mapping[str, Any]], articles: Sequence[Article], shows: Sequence[Show]
) -> list[tuple[str, Lead]]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'pairs.db'}")
        try:
            stories.ingest(store, shelf, items, articles, shows)
            with store.begin() as tx:
                urls = {row.stored.id: row.stored.article.url for row in tx.articles.rows()}
                return [(urls[lead.article_id], lead) for lead in tx.leads.all()]
        finally:
            store.close()


def _common(leads: Sequence[tuple[str, Lead]]) -> list[str]:
    """The stems that stand in so many articles that they tell little."""
    counts = Counter(word for _, lead in leads for word in lead.words | lead.title)
    return sorted(word for word, count in counts.items() if count > _COMMON * len(leads))


def _pairs(read: Sequence[tuple[tuple[str, Lead], Mapping[str, Any]]], common: frozenset[str]) -> Iterator[Pair]:
    """The pairs of each run that nothing parts; the fold is that of the show."""
    for ((run, one), item), ((other_run, other), beside) in combinations(read, 2):
        if run != other_run or not are_related(one, other) or veto(one, other):
            continue
        key = item["show"] or item["story_id"]
        yield Pair(
            model="news" if one.shows and other.shows else "alone",
            fold=int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS,
            weight=1.0 if item["text"] and beside["text"] else HEADLINE_ONLY,
            amounts=dict(signs(one, other, common)),
            same=item["story_id"] == beside["story_id"],
        )


def _learn(pairs: Sequence[Pair], by_hand: Mapping[str, float]) -> Model:
    model: Model = defaultdict(float, by_hand)
    speed: Model = defaultdict(float)
    whole = sum(pair.weight for pair in pairs)
    for _ in range(STEPS):
        slope: Model = defaultdict(float)
        for name, value in model.items():
            slope[name] = PULL * (value - by_hand.get(name, 0.0)) if name != "two articles" else 0.0
        for pair in pairs:
            wrong = pair.weight * (1 / (1 + math.exp(-total(pair, model))) - pair.same)
            for name, amount in pair.amounts.items():
                slope[name] += wrong * amount
        for name, value in slope.items():
            speed[name] = MOMENTUM * speed[name] - RATE * value / whole
            model[name] += speed[name]
    return dict(model)


def total(pair: Pair, model: Mapping[str, float]) -> float:
    """What speaks for a pair telling the same."""
    return sum(model.get(name, 0.0) * amount for name, amount in pair.amounts.items())


def _report(name: str, pairs: Sequence[Pair]) -> Model:
    """Learns fold by fold, prints how rightly the other shows' pairs were judged, and learns from all."""
    judged: list[tuple[bool, bool]] = []
    for fold in range(FOLDS):
        model = _learn([pair for pair in pairs if pair.fold != fold], BY_HAND[name])
        judged += [(pair.same, total(pair, model) > 0) for pair in pairs if pair.fold == fold]
    hits, said, right = (sum(map(choose, judged)) for choose in (all, _second, _first))
    sys.stdout.write(
        f"{name}: precision {hits / max(said, 1):.3f}, recall {hits / max(right, 1):.3f}, {len(pairs)} pairs\n"
    )
    return _learn(pairs, BY_HAND[name])


def _first(pair: tuple[bool, bool]) -> bool:
    return pair[0]


def _second(pair: tuple[bool, bool]) -> bool:
    return pair[1]


def _toml(models: Mapping[str, Model], common: Iterable[str], talk: Iterable[str]) -> str:
    lines = ["# What each sign counts for. Learned: `python -m evaluation.pairs --write`.", ""]
    for name, model in models.items():
        lines += [f"[{name}]", *(f'"{sign}" = {weight:.2f}' for sign, weight in sorted(model.items())), ""]
    lines += [
        "[words]",
        "# in every other article; learned too",
        f"common = {json.dumps(list(common), ensure_ascii=False)}",
    ]
    lines += ["# a headline about what somebody says, asks or thinks of news; kept by hand"]
    return "\n".join([*lines, f"talk = {json.dumps(list(talk), ensure_ascii=False)}", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
