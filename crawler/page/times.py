"""Times as web pages write them: ISO 8601, epochs, and the common ways of words and figures in a few languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = {
    1: "january jan januar jänner enero ene janvier janv gennaio gen janeiro januari января январь янв",
    2: "february feb februar februari febrero février févr febbraio fevereiro fev февраля февраль фев",
    3: "march mar märz mrz maart marzo mars março марта март мар",
    4: "april apr abril abr avril avr aprile апреля апрель апр",
    5: "may mai mei mayo maggio mag maio мая май",
    6: "june jun juni junio juin giugno giu junho июня июнь июн",
    7: "july jul juli julio juillet juil luglio lug julho июля июль июл",
    8: "august aug agosto ago août augustus августа август авг",
    9: "september sept sep septiembre septembre settembre set setembro сентября сентябрь сент сен",
    10: "october oct oktober okt octubre octobre ottobre ott outubro out октября октябрь окт",
    11: "november nov noviembre novembre novembro ноября ноябрь нояб ноя",
    12: "december dec dezember dez diciembre dic décembre déc dicembre dezembro дек декабря декабрь",
}
_MONTH = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))

_DATES = (
    re.compile(
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:\s?(?P<sign>[-/.年년])\s?|\s)(?P<m>\d{1,2})(?(sign)\s?[-/.月월]\s?|\s)"
        r"(?P<d>\d{1,2})(?!\d)"
    ),
    # a weekday may stand between the day and the year, as in calendars made of boxes
    re.compile(
        rf"\b(?P<name>{_NAME})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+[^\W\d_]{{3,9}}\.?)?\s*,?\s*"
        r"\b(?P<y>(?:19|20)\d\d)(?!\d)",
        re.I,
    ),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?\.?[\s-]+(?:(?:de|of)\s+)?(?P<name>{_NAME})\b\.?,?[\s-]+"
        r"(?:del?\s+)?(?P<y>(?:19|20)\d\d)(?!\d)",
        re.I,
    ),
    re.compile(r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>(?:19|20)?\d\d)(?![\d.]\d)(?!\d)"),
    re.compile(r"(?<![\d/])(?P<a>\d{1,2})([/-])(?P<b>\d{1,2})\2(?P<y>(?:19|20)?\d\d)(?![\d/])"),
)
_CLOCK = re.compile(
    r"(?<!\d)(?P<h>[01]?\d|2[0-3])\s?[:.h時时시点點]\s?(?P<min>[0-5]\d)(?:[:.](?P<s>[0-5]\d))?(?!\d)"
    r"\s*(?P<half>[ap]\.?\s?m\b)?",
    re.I,
)
_LATER = re.compile("오후|下午|午後|晚上")
_OFFSET = re.compile(r"(?:(?<=:\d\d)|(?<=[\sCT]))\s?(?P<sign>[+-])(?P<h>[01]\d):?(?P<m>[0-5]\d)(?![\d-])")
_ZONE = re.compile(r"\b(ET|CT|MT|PT|[ECMP][SD]T|GMT|UTC|BST|CES?T|MES?Z)\b")
_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1,
          "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2}  # fmt: skip
_PLACES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_DAY_FIRST = frozenset(
    ["de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv", "da", "nb", "no", "fi", "cs", "tr", "el", "uk", "ro", "id",
     "vi", "en-gb", "en-ie", "en-au", "en-nz", "en-in", "en-za"]
)  # fmt: skip


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
    if not re.fullmatch(r"[0-9]{10}([0-9]{3})?(\.[0-9]+)?", text):
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
    half = (found["half"] or ("p" if _LATER.search(rest) else ""))[:1].lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    time = day.replace(hour=hour, minute=int(found["min"]), second=int(found["s"] or 0))
    return time.replace(tzinfo=_zone(rest, time))


def _zone(text: str, time: datetime) -> tzinfo:
    """The zone that is stated in figures, or by one of the few names that mean the same everywhere."""
    found = _OFFSET.search(text)
    if found:
        shift = timedelta(hours=int(found["h"]), minutes=int(found["m"]))
        return timezone(-shift if found["sign"] == "-" else shift)
    named = _ZONE.search(text)
    name = named[1] if named else "UTC"
    if name in _PLACES:  # "ET" is winter time or summer time
        return timezone(time.replace(tzinfo=ZoneInfo(_PLACES[name])).utcoffset() or timedelta())
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else UTC
