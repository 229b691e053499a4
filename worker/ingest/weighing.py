"""Weighs the signs in an article: which kind leads, which other kinds belong to it, how sure is it?

Rules find the signs ("the headline says trailer", "the second sentence claims a casting"). How much each sign counts
was learned from labelled articles (`python -m evaluation.weights`) and stands in `lexicon/weights/labels.toml`: one
number per sign, the same for every language.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from worker.ingest.kinds import Found, Reading
from worker.ingest.kinds.standing import stated_standing
from worker.ingest.lexicon import Bank, Lexicon
from worker.models import Field, Kind, Standing

Signs = frozenset[str]

WEIGHTS = Path(__file__).parent / "lexicon" / "weights" / "labels.toml"
_PLACES = ("lead", "second")  # sentences that an article's own news stands in
_READ = 9  # headline and sentences; what stands below them is background as often as news
# "after all" and "after two seasons" recall nothing.
_RECALLS = re.compile(
    r" (?:following|ahead of|despite|after(?! (?:all\b|(?:just |only |its |the )?(?:\d|seasons?|series|first|second|"
    r"third|fourth|fifth|one|two|three|four|five|six|seven|eight|nine|ten|a single)\b))) ",
    re.IGNORECASE,
)
_SHORT_CLAUSE = 18
_NOTHING = Bank()
BELONGS = 0.33  # how likely a further kind has to be


class Stated(Protocol):
    """A sentence with what it claims (see `claims.Statement`)."""

    @property
    def reading(self) -> Reading: ...
    @property
    def heading(self) -> str: ...
    @property
    def found(self) -> tuple[Found, ...]: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def standing_rule(self) -> str: ...
    @property
    def standings(self) -> tuple[tuple[Standing, str], ...]: ...


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign counts for: the leading kind, a further kind, a standing."""

    primary: Mapping[str, float]
    kinds: Mapping[str, float]
    standing: Mapping[str, float]


@functools.cache
def load_weights(path: Path = WEIGHTS) -> Weights:
    """The learned weights."""
    tables = tomllib.loads(path.read_text("utf-8"))
    return Weights(**{name: tables[name] for name in ("primary", "kinds", "standing")})


def weigh(signs: Iterable[str], weights: Mapping[str, float]) -> float:
    """How much the signs count together."""
    return sum(weights.get(sign, 0.0) for sign in signs)


def heaviest(signs: Iterable[str], weights: Mapping[str, float]) -> str:
    """The signs that count most for a choice, for a person."""
    ranked = sorted(((weights.get(sign, 0.0), sign) for sign in signs), reverse=True)
    return ", ".join(f"{sign} {weight:+.1f}" for weight, sign in ranked[:2] if weight > 0)


def belonging(by_kind: Mapping[Kind, Signs], primary: Kind, weights: Mapping[str, float]) -> list[Kind]:
    """The further kinds of an article, the likeliest first."""
    scores = {
        kind: weigh(further_signs(signs, kind, primary), weights)
        for kind, signs in by_kind.items()
        if kind is not primary
    }
    limit = math.log(BELONGS / (1 - BELONGS))
    return sorted((kind for kind, score in scores.items() if score > limit), key=lambda kind: -scores[kind])


def further_signs(signs: Signs, kind: Kind, primary: Kind) -> Signs:
    """The signs for a kind beside the leading one: a review makes no news, and a casting has its own lead.

    Each sign counts for this very kind too: "the lead says" tells more of a trailer than of an interview.
    """
    return signs | {f"{sign}: {kind}" for sign in signs} | {f"beside {primary}"}


def kind_signs(lexicon: Lexicon, statements: Sequence[Stated]) -> dict[Kind, Signs]:
    """The signs that speak for each kind; `statements[0]` is the headline."""
    title, body = statements[0], statements[1:_READ]
    main = len(main_clause(title.reading.plain))
    return {
        kind: frozenset(
            (f"is {kind}", *_headline(lexicon, title, kind, main), *_places(lexicon, body, kind), *_text(body, kind))
        )
        for kind in Kind
    }


def main_clause(title: str) -> str:
    """What comes before "after …": older news that the headline recalls."""
    main = _RECALLS.split(title, maxsplit=1)[0]
    return main if len(main) > _SHORT_CLAUSE else title


def _headline(lexicon: Lexicon, title: Stated, kind: Kind, main: int) -> Iterator[str]:
    starts = [one.start for one in _of_kind(title, kind)]
    if starts:
        yield "headline claims" if min(starts) < main else "headline recalls"
    tables = (
        ("headline says", lexicon.topics),
        ("headline suggests", lexicon.suggests),
        ("headline touches", lexicon.touches),
    )
    for name, banks in tables:
        bank = banks.get(kind, _NOTHING)
        if title.reading.plain[:main] in bank:
            yield name
        elif title.reading.plain in bank:
            yield f"{name}, in passing"


def _of_kind(stated: Stated, kind: Kind) -> list[Found]:
    """What a sentence claims of a kind. How many episodes there will be only describes an order, or a season."""
    return [one for one in stated.found if one.kind is kind and one.field is not Field.EPISODES]


def _places(lexicon: Lexicon, body: Sequence[Stated], kind: Kind) -> Iterator[str]:
    for place, stated in zip(_PLACES, body, strict=False):
        if _of_kind(stated, kind):
            yield f"{place} claims"
        if stated.reading.plain in lexicon.topics.get(kind, _NOTHING):
            yield f"{place} says"
        elif stated.reading.plain in lexicon.suggests.get(kind, _NOTHING):
            yield f"{place} suggests"
        if kind is Kind.INTERVIEW and is_conversation(stated):
            yield f"{place} is a conversation"


def is_conversation(stated: Stated) -> bool:
    """Does somebody by name talk to the press? An unnamed source does not."""
    reading = stated.reading
    rumour = reading.lexicon.standing.get(Standing.RUMOUR, _NOTHING)
    return reading.plain in reading.lexicon.guards["conversation"] and reading.plain not in rumour


def _text(body: Sequence[Stated], kind: Kind) -> Iterator[str]:
    if body and _of_kind(body[0], kind)[:1] == list(body[0].found[:1]) != []:
        yield "claimed first"
    if any(_of_kind(stated, kind) for stated in body[len(_PLACES) :]):
        yield "claimed later"
    if kind is Kind.INTERVIEW and any(map(is_conversation, body[len(_PLACES) :])):
        yield "later a conversation"
    if any(standing is not Standing.SPECULATION for standing, _ in _sure(body, kind)):
        yield "claimed firmly"


def _sure(body: Sequence[Stated], kind: Kind) -> list[tuple[Standing, str]]:
    """How sure the claims of a kind are, in the order of the text."""
    pairs = (zip(stated.found, stated.standings, strict=True) for stated in body)
    return [standing for pair in pairs for one, standing in pair if one.kind is kind]


def standing_signs(lexicon: Lexicon, statements: Sequence[Stated], primary: Kind) -> dict[Standing, Signs]:
    """The signs that speak for each standing of an article whose leading kind is known."""
    title, body = statements[0], statements[1:_READ]
    signs: dict[Standing, set[str]] = {standing: {f"is {standing}", f"{primary} {standing}"} for standing in Standing}
    for standing, sign in (*_claimed(body, primary), *_worded(lexicon, title, body)):
        signs[standing].add(sign)
    if not body:
        for standing in Standing:
            signs[standing].add(f"headline alone {standing}")
        if title.reading.is_question():
            signs[Standing.SPECULATION].add("headline alone asks")
    return {standing: frozenset(found) for standing, found in signs.items()}


def _claimed(body: Sequence[Stated], primary: Kind) -> Iterator[tuple[Standing, str]]:
    sure = [standing for standing, _ in _sure(body, primary)]
    if sure:
        yield sure[0], "first claim"
        yield max(sure, key=lambda standing: standing.rank), "surest claim"


def _worded(lexicon: Lexicon, title: Stated, body: Sequence[Stated]) -> Iterator[tuple[Standing, str]]:
    """What headline, lead and second sentence say of their sources; nothing at all is a sign too."""
    worded = False
    for place, stated in zip(("headline", *_PLACES), (title, *body), strict=False):
        for standing, sign in _sources(lexicon, stated.reading):
            worded = True
            yield standing, f"{place} {sign}"
        if stated.reading.is_question():
            yield Standing.SPECULATION, f"{place} asks"
    if title.reading.is_question() and not any(stated.found for stated in body):
        yield Standing.SPECULATION, "nothing answers"
    elif not worded:
        yield Standing.OFFICIAL, "nobody named"
    if any(stated.reading.plain in lexicon.guards["asked"] for stated in body):
        yield Standing.REPORTED, "makers asked"
    if any(stated.reading.plain in lexicon.shows["network"] for stated in (title, *body[:3])):
        yield Standing.OFFICIAL, "home named"


def _sources(lexicon: Lexicon, reading: Reading) -> Iterator[tuple[Standing, str]]:
    for standing, bank in lexicon.standing.items():
        if reading.plain in bank:
            yield standing, "worded"
    for guard in ("speaker", "agent"):
        if reading.plain in lexicon.guards[guard]:
            yield Standing.OFFICIAL, guard
    if stated := stated_standing(reading):
        yield stated[0], "sourced"
