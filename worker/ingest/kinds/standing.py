"""How sure is it, and by whom is it said? From the sentence's own words."""

from __future__ import annotations

from worker.ingest.kinds.base import Reading, clause_around
from worker.ingest.lexicon import Bank
from worker.models import Standing


def stated_standing(
    reading: Reading, place: tuple[int, int] | None = None, *, guessed: bool = False
) -> tuple[Standing, str] | None:
    """The standing that a sentence's own words give, with the rule; None when it names nobody.

    The strongest source named decides. An unnamed source is a rumour even where a newspaper prints it, and a hedge in
    the clause at `place` is a guess unless somebody who should know has announced it. A trade paper vouches for what it
    hears from its own sources.
    """
    words, guards = reading.lexicon.standing, reading.lexicon.guards
    announced = _unless_denied(reading, words.get(Standing.OFFICIAL))
    trade = _rule(reading.plain, words.get(Standing.REPORTED))
    rumour = None if reading.plain in guards["settled"] else _rule(reading.plain, words.get(Standing.RUMOUR))
    if rumour and not announced and not (trade and reading.plain in guards["vouched"]):
        return Standing.RUMOUR, rumour
    first, last = clause_around(reading, *place) if place else (0, len(reading.plain))
    guess = _rule(reading.plain[first:last], words.get(Standing.SPECULATION))
    if guess and not trade and (guessed or not announced):
        return Standing.SPECULATION, guess
    ranked = (
        (Standing.OFFICIAL, announced),
        (Standing.REPORTED, trade),
        (Standing.OFFICIAL, _rule(reading.plain, guards["speaker"])),
        (Standing.OFFICIAL, _rule(reading.plain, guards["agent"])),
        (Standing.REPORTED, _rule(reading.plain, guards["hearsay"])),
    )
    return next(((standing, rule) for standing, rule in ranked if rule), None)


def default_standing(tier: str) -> tuple[Standing, str]:
    """The standing of a flat statement that names nobody, by what kind of publisher says it.

    A trade paper or another outlet relays what was announced; of a fan site or an unknown one a flat statement is its
    own report, which must not confirm a rumour.
    """
    return _BY_TIER.get(tier, Standing.REPORTED), f"stated flatly, tier.{tier}"


_BY_TIER = {"official": Standing.OFFICIAL, "trade": Standing.OFFICIAL, "outlet": Standing.OFFICIAL}


def _rule(text: str, bank: Bank | None) -> str | None:
    found = bank.find(text) if bank else None
    return found[0] if found else None


def _unless_denied(reading: Reading, bank: Bank | None) -> str | None:
    """An announcement counts unless the sentence says that there is none ("has not been confirmed")."""
    for rule, match in bank.find_all(reading.plain) if bank else ():
        if reading.plain[max(0, match.start() - 40) : match.start()] not in reading.lexicon.guards["negation"]:
            return rule
    return None
