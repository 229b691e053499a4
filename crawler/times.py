"""Times as web pages write them: ISO 8601, epochs, and the common ways of words and figures in a few languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    1: "january jan januar jänner enero ene janvier janv gennaio gen janeiro januari января январь",
    2: "february feb februar februari febrero février févr febbraio fevereiro fev февраля февраль",
    3: "march mar märz mrz maart marzo mars março марта март",
    4: "april apr abril abr avril avr aprile апреля апрель",
    5: "may mai mei mayo maggio mag maio мая май",
    6: "june jun juni junio juin giugno giu junho июня июнь",
    7: "july jul juli julio juillet juil luglio lug julho июля июль",
    8: "august aug agosto ago août augustus августа август",
    9: "september sept sep septiembre septembre settembre set setembro сентября сентябрь",
    10: "october oct oktober okt octubre octobre ottobre ott outubro out октября октябрь",
    11: "november nov noviembre novembre novembro ноября ноябрь",
    12: "december dec dezember dez diciembre dic décembre déc dicembre dezembro дек декабря декабрь",
}
_MONTH = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))

_DATES = (
    re.compile(r"(?P<y>(?:19|20)\d\d)\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})"),
    re.compile(rf"\b(?P<name>{_NAME})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y>(?:19|20)\d\d)", re.I),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?[\s-]+(?:de\s+)?(?P<name>{_NAME})\b\.?,?[\s-]+(?:de\s+)?"
        r"(?P<y>(?:19|20)\d\d)",
        re.I,
    ),
    re.compile(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>(?:19|20)?\d\d)\b"),
    re.compile(r"\b(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>(?:19|20)?\d\d)\b"),
)
_CLOCK = re.compile(r"\b(?P<h>[01]?\d|2[0-3])[:.](?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))?\s*(?P<half>[ap]\.?m\b)?", re.I)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<h>[01]\d):?(?P<m>[0-5]\d)\s*$")
_DAY_FIRST = frozenset(
    [
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "ru",
        "pl",
        "sv",
        "da",
        "nb",
        "no",
        "fi",
        "cs",
        "tr",
        "en-gb",
        "en-ie",
        "en-au",
        "en-nz",
        "en-in",
    ]
)


def read_time(text: str | None, language: str | None = None) -> datetime | None:
    """The time that `text` states, aware (UTC when it names no zone); None when it states no day."""
    text = (text or "").strip()
    if not text or len(text) > 200:
        return None
    return read_iso(text) or read_epoch(text) or _read_words(text, day_first(language))


def read_iso(text: str) -> datetime | None:
    """ISO 8601 and its near misses (a space for the T, `+0200`, `Z`)."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return plausible(time if time.tzinfo else time.replace(tzinfo=UTC))


def read_epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    if not re.fullmatch(r"\d{10}(\d{3})?(\.\d+)?", text):
        return None
    return from_epoch(float(text))


def from_epoch(seconds: float) -> datetime | None:
    """A time from an epoch figure; None when it is no time a page could mean."""
    try:
        return plausible(datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC))
    except (OverflowError, OSError, ValueError):
        return None


def plausible(time: datetime) -> datetime | None:
    """Newspapers put old years of theirs on the web; anything far outside is a misread figure."""
    return time if 1900 <= time.year <= 2100 else None


def day_first(language: str | None) -> bool:
    """Does 3/09 mean the third of September in this language?"""
    code = (language or "en").replace("_", "-").lower()
    return code in _DAY_FIRST or code.split("-")[0] in _DAY_FIRST


def _read_words(text: str, days_lead: bool) -> datetime | None:
    for pattern in _DATES:
        found = pattern.search(text)
        if found:
            day = _day(found.groupdict(), days_lead)
            rest = text[: found.start()] + " " + text[found.end() :]
            return day and _with_clock(day, rest)
    return None


def _day(parts: dict[str, str], days_lead: bool) -> datetime | None:
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        swap = first > 12 or (days_lead and second <= 12)
        month, day = (second, first) if swap else (first, second)
    else:
        month = _MONTH[parts["name"].lower()] if "name" in parts else int(parts["m"])
        day = int(parts["d"])
    try:
        return plausible(datetime(year, month, day, tzinfo=UTC))
    except ValueError:
        return None


def _with_clock(day: datetime, rest: str) -> datetime:
    found = _CLOCK.search(rest)
    if not found:
        return day
    hour = int(found["h"])
    half = (found["half"] or "")[:1].lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    time = day.replace(hour=hour, minute=int(found["min"]), second=int(found["s"] or 0))
    return time.replace(tzinfo=_zone(rest))


def _zone(text: str) -> timezone:
    found = _OFFSET.search(text)
    if not found:
        return UTC
    shift = timedelta(hours=int(found["h"]), minutes=int(found["m"]))
    return timezone(-shift if found["sign"] == "-" else shift)
