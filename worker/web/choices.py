"""What readers choose from on forms: zones, languages, days, hours, cadences and standings, in their language."""

from __future__ import annotations

import functools
from zoneinfo import available_timezones

from worker.mail.phrases import Phrases
from worker.models import Cadence, Standing

Options = list[tuple[str, str]]
_REGIONS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)


def zones(current: str) -> list[tuple[str, Options]]:
    """The time zones of places, by region; the one that is set is among them whatever it is."""
    found = _zones()
    names = {name for _, places in found for name, _ in places}
    return found if current in names or not current else [("", [(current, current)]), *found]


@functools.cache
def _zones() -> list[tuple[str, Options]]:
    regions: dict[str, Options] = {"UTC": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if region in _REGIONS and place:
            regions.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return list(regions.items())


def cadences(say: Phrases) -> Options:
    """How often."""
    return [(each.value, say(f"page.cadence.{each.value}")) for each in Cadence]


def standings(say: Phrases) -> Options:
    """How sure it must be, the surest first."""
    return [(each.value, say(f"page.least.{each.value}")) for each in Standing]


def weekdays(say: Phrases) -> Options:
    """The days of the week from Monday on."""
    return [(str(n), say(f"page.weekday.{n}")) for n in range(7)]


def hours() -> Options:
    """The hours of a day."""
    return [(str(n), f"{n:02}:00") for n in range(24)]
