"""Learns how much each sign of a label counts, prints figures cross-validated by show, and writes the weights.

    python -m evaluation.weights            # figures only
    python -m evaluation.weights --write    # and worker/ingest/lexicon/weights/labels.toml

Plain logistic models by gradient descent: a choice among kinds or standings shares one weight per sign, whichever the
kind. Shows are kept apart: an article is judged by weights that saw no article about its show. Beside the corpora the
project's own items teach, `evaluation/items/*.jsonl`, in the same format.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.__main__ import CORPUS, ITEMS, UPDATES, article_of
from worker.ingest.lexicon import load_lexicons
from worker.ingest.statements import read_statements
from worker.ingest.weighing import (
    BELONGS,
    WEIGHTS,
    Signs,
    further_signs,
    kind_signs,
    standing_signs,
    weigh,
)
from worker.models import Kind, ShowMatch

FOLDS, STEPS, RATE, MOMENTUM = 8, 120, 0.6, 0.9
HEADLINE_ONLY = 0.5  # what an item without a text counts
Model = dict[str, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision to learn from: what speaks for each option, and which options are right."""

    fold: int
    weight: float
    options: Mapping[str, Signs]
    right: frozenset[str]


def main(arguments: list[str]) -> int:
    """Prints the figures, and writes the weights when asked to."""
    if not CORPUS.is_dir():
        sys.stderr.write(f"nothing to learn from: {CORPUS} is not here\n")
        return 1
    kinds, further, standings = _choices()
    models = {
        "primary": _report("primary kind", kinds, learn_choice, likeliest),
        "kinds": _report("further kinds", further, learn_members, likely),
        "standing": _report("standing", standings, learn_choice, likeliest),
    }
    if "--write" in arguments:
        WEIGHTS.parent.mkdir(exist_ok=True)
        WEIGHTS.write_text(_toml(models), "utf-8")
    return 0


def learn_choice(choices: Sequence[Choice]) -> Model:
    """Weights that make the right option of each choice the likeliest one."""

    def chances(choice: Choice, model: Model) -> dict[str, float]:
        scores = {name: weigh(signs, model) for name, signs in choice.options.items()}
        top = max(scores.values())
        odds = {name: math.exp(score - top) for name, score in scores.items()}
        whole = sum(odds.values())
        return {name: one / whole for name, one in odds.items()}

    return _descend(choices, chances)


def learn_members(choices: Sequence[Choice]) -> Model:
    """Weights that tell for each option alone whether it is right."""

    def chances(choice: Choice, model: Model) -> dict[str, float]:
        return {name: 1 / (1 + math.exp(-weigh(signs, model))) for name, signs in choice.options.items()}

    return _descend(choices, chances)


def _descend(choices: Sequence[Choice], chances: Callable[[Choice, Model], dict[str, float]]) -> Model:
    model: Model = defaultdict(float)
    speed: Model = defaultdict(float)
    for _ in range(STEPS):
        slope: Model = defaultdict(float, model)  # the pull to nought
        for choice in choices:
            for name, chance in chances(choice, model).items():
                for sign in choice.options[name]:
                    slope[sign] += choice.weight * (chance - (name in choice.right))
        for sign, value in slope.items():
            speed[sign] = MOMENTUM * speed[sign] - RATE * value / len(choices)
            model[sign] += speed[sign]
    return dict(model)


def likeliest(choice: Choice, model: Model) -> frozenset[str]:
    """The option that the signs speak for most."""
    return frozenset({max(choice.options, key=lambda name: weigh(choice.options[name], model))})


def likely(choice: Choice, model: Model) -> frozenset[str]:
    """Every option that is likely enough by itself."""
    limit = math.log(BELONGS / (1 - BELONGS))
    return frozenset(name for name, signs in choice.options.items() if weigh(signs, model) > limit)


def _report(
    name: str,
    choices: Sequence[Choice],
    learn: Callable[[Sequence[Choice]], Model],
    pick: Callable[[Choice, Model], frozenset[str]],
) -> Model:
    """Learns fold by fold, prints how rightly the other shows' articles were judged, and learns from all."""
    judged: list[tuple[frozenset[str], frozenset[str]]] = []
    for fold in range(FOLDS):
        model = learn([choice for choice in choices if choice.fold != fold])
        judged += [(choice.right, pick(choice, model)) for choice in choices if choice.fold == fold]
    options = sorted({name for choice in choices for name in choice.right})
    each = [_f1([(name in right, name in said) for right, said in judged]) for name in options]
    every = _f1([(name in right, name in said) for right, said in judged for name in options])
    sys.stdout.write(f"{name}: micro-F1 {every:.3f}, macro-F1 {sum(each) / len(each):.3f}, {len(choices)} items\n")
    return learn(choices)


def _f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(right and said for right, said in pairs)
    return 2 * hits / max(sum(right for right, _ in pairs) + sum(said for _, said in pairs), 1)


def _choices() -> tuple[list[Choice], list[Choice], list[Choice]]:
    """What the labelled articles teach: the leading kind, the further kinds, the standing."""
    kinds, further, standings = [], [], []
    for item in (item for item in labelled() if item["is_show_news"]):
        by_kind, by_standing = _signs(item)
        primary, *others = item["kinds"]
        rest = {
            kind: further_signs(signs, Kind(kind), Kind(primary)) for kind, signs in by_kind.items() if kind != primary
        }
        kinds.append(_choice(item, by_kind, [primary]))
        further.append(_choice(item, rest, others))
        if item["certainty"]:
            standings.append(_choice(item, by_standing, [item["certainty"]]))
    return kinds, further, standings


def labelled() -> Iterator[dict[str, Any]]:
    """The items of the corpora, then the project's own."""
    for path in (*(CORPUS / name for name in UPDATES), *sorted(ITEMS.glob("*.jsonl"))):
        yield from (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())


def _signs(item: dict[str, Any]) -> tuple[Mapping[str, Signs], Mapping[str, Signs]]:
    article, name = article_of(item), item["show"] or ""
    lexicon = load_lexicons().for_language(article.language)
    statements = read_statements(article, [ShowMatch(1, name, name, "title", "labelled")], lexicon, "unknown")
    by_standing = standing_signs(lexicon, statements, Kind(item["kinds"][0]))
    by_kind = kind_signs(lexicon, statements)
    return {str(kind): signs for kind, signs in by_kind.items()}, {
        str(one): signs for one, signs in by_standing.items()
    }


def _choice(item: dict[str, Any], options: Mapping[str, Signs], right: list[str]) -> Choice:
    """The fold of an item is its show's, or its story's where it is about several."""
    key = item["story_id"] if item["show"] == "(multiple)" else item["show"]
    fold = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS
    weight = 1.0 if item["text"] else HEADLINE_ONLY
    return Choice(fold, weight, options, frozenset(right))


def _toml(models: Mapping[str, Model]) -> str:
    lines = ["# What each sign counts for. Learned: `python -m evaluation.weights --write`.", ""]
    for name, model in models.items():
        lines += [f"[{name}]", *(f'"{sign}" = {weight:.2f}' for sign, weight in sorted(model.items())), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
