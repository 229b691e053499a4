"""Learns how much each sign of a show's name counts, prints figures cross-validated by show, and writes the weights.

    python -m evaluation.shows            # figures only
    python -m evaluation.shows --write    # and worker/ingest/lexicon/weights/shows.toml

Every possible name in a labelled article is a question: is it the article's show? Other shows' names are left out.
Two signs ask which name weighs most, so weights that changed much are learned a second time.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluation.__main__ import CORPUS, article_of
from evaluation.weights import FOLDS, HEADLINE_ONLY, Choice, Model, labelled
from worker.cli.shows import read_shows
from worker.ingest.names import name_key
from worker.ingest.proposals import ENOUGH, WEIGHTS, possible_names
from worker.ingest.shows import MANY
from worker.ingest.weighing import weigh

_FEW = 8  # names; a sign that fewer have tells nothing
_STEPS, _RATE, _MOMENTUM, _PULL = 150, 0.6, 0.9, 1.5
# What the signs that tell most should count before anything is learned; the labelled names move that.
_BEFORE = {
    "season": 1.2, "decided": 1.8, "ruled": 1.2, "network": 0.9, "fate": 0.9, "role": 0.9, "topic": 0.9, "form": 0.6,
    "quoted": 0.6, "marked": 0.6, "show": 0.6, "the": 0.6, "title": 0.3, "opens": 0.3, "home": 0.3, "shape": 0.3,
    "part": 0.3, "again": 0.3, "page of series": 0.3, "people": -0.3, "word": -0.3, "starts": -0.3, "bare": -0.9,
    "film": -0.9, "loose": -1.2, "person": -1.5, "said": -1.2, "source": -1.5, "pair": -1.8, "any": -1.35,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Prints the figures, and writes the weights when asked to."""
    if not CORPUS.is_dir():
        sys.stderr.write(f"nothing to learn from: {CORPUS} is not here\n")
        return 1
    choices = _telling(list(_choices(list(labelled()))))
    models = [_learn([one for one in choices if one.fold != fold]) for fold in range(FOLDS)]
    said = [(one.right, _said(one, models[one.fold])) for one in choices]
    hits, names = sum(len(right & found) for right, found in said), sum(len(found) for _, found in said)
    named = [bool(right & found) for right, found in said if right]
    sys.stdout.write(f"names: {names}, of them right {hits}; articles with a name: {len(named)}, right {sum(named)}\n")
    if "--write" in arguments:
        WEIGHTS.write_text(_toml(_learn(choices)), "utf-8")
    return 0


def _learn(choices: Sequence[Choice]) -> Model:
    """Weights that tell for each name alone whether it is the show; without evidence they stay what they were."""
    model: Model = defaultdict(float, _BEFORE)
    speed: Model = defaultdict(float)
    for _ in range(_STEPS):
        slope: Model = defaultdict(
            float, {sign: _PULL * (value - _BEFORE.get(sign, 0)) for sign, value in model.items()}
        )
        for choice in choices:
            for name, signs in choice.options.items():
                chance = 1 / (1 + math.exp(-weigh(signs, model)))
                for sign in signs:
                    slope[sign] += choice.weight * (chance - (name in choice.right))
        for sign, value in slope.items():
            speed[sign] = _MOMENTUM * speed[sign] - _RATE * value / len(choices)
            model[sign] += speed[sign]
    return dict(model)


def _said(choice: Choice, model: Mapping[str, float]) -> frozenset[str]:
    return frozenset(name for name, signs in choice.options.items() if weigh(signs, model) >= ENOUGH)


def _choices(items: Sequence[dict[str, Any]]) -> Iterator[Choice]:
    sample = read_shows(CORPUS / "shows-sample.txt")[0]
    shows = {*_keys(name for show in sample for name in (show.name, *show.aliases))}.union(*map(_right, items))
    for item in items:
        right, weight = _right(item), 1.0 if item["text"] else HEADLINE_ONLY
        others = shows - right if item["is_show_news"] else set()
        names = {name_key(name): signs for name, signs in possible_names(article_of(item))}
        options = {key: signs for key, signs in names.items() if key not in others}
        yield Choice(_fold(item), weight, options, frozenset(right & options.keys()))


def _right(item: dict[str, Any]) -> set[str]:
    return set(_keys(name for name in (item["show"], *(item["alt_shows"] or ())) if name and name != MANY))


def _keys(names: Iterable[str]) -> Iterator[str]:
    return map(name_key, names)


def _fold(item: dict[str, Any]) -> int:
    key = str(item["story_id"] if item["show"] in (None, MANY) else item["show"])
    return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def _telling(choices: Sequence[Choice]) -> list[Choice]:
    """The choices without the signs that hardly any name has."""
    seen = Counter(sign for one in choices for signs in one.options.values() for sign in signs)
    often = frozenset(sign for sign, count in seen.items() if count >= _FEW)
    return [replace(one, options={name: signs & often for name, signs in one.options.items()}) for one in choices]


def _toml(model: Mapping[str, float]) -> str:
    lines = (f'"{sign}" = {weight:.2f}\n' for sign, weight in sorted(model.items()))
    return "# What each sign counts for. Learned: `python -m evaluation.shows --write`.\n\n[shows]\n" + "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
