"""How many episodes will there be?"""

from __future__ import annotations

from collections.abc import Iterator

from worker.ingest.kinds.base import Found, Reading, is_hedged, is_history, is_hypothetical, is_negated
from worker.models import Field, Kind


def read_episodes(reading: Reading) -> Iterator[Found]:
    """The first number of episodes that a sentence gives a season: "8"."""
    bank = reading.lexicon.values(Field.EPISODES).get("count")
    if bank is None or reading.is_question():
        return
    for rule, match in bank.find_all(reading.plain):
        start, end = match.span()
        number = _number(match[1], reading)
        supposed = is_negated(reading, start) or is_hypothetical(reading, start)
        if number and not supposed and not is_history(reading, start, end):
            hedged = is_hedged(reading, match.start(1))
            yield Found(Field.EPISODES, Kind.PRODUCTION, str(number), rule, start, end, guessed=hedged)
            return


def _number(said: str, reading: Reading) -> int | None:
    return int(said) if said.isdecimal() else reading.lexicon.seasons.numerals.get(said.casefold())
