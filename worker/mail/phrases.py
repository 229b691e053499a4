"""Our own words in a reader's language: files `_words/LANG.toml` in the template folders, numbers and dates by CLDR."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from worker.errors import TemplateError

ENGLISH = "en"
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})")
_MONTH = re.compile(r"([A-Z][a-z]{2})[a-z]* (\d{4})")
_PART = re.compile(r"(early|mid|late|spring|summer|autumn|fall|winter)[ -](\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language. What it lacks is said in English."""

    language: str
    table: Mapping[str, Any]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of a dotted key, filled in. `n` chooses the form where a number decides. Raises TemplateError."""
        found = self.table.get(key)
        if isinstance(found, Mapping):
            number = values.get("n")
            assert isinstance(number, int)  # a phrase with forms is asked for with a number
            found = found.get(self._locale.plural_form(number), found["other"])
        if not isinstance(found, str):
            raise TemplateError(f"_words/{self.language}.toml: there is no phrase {key!r}")
        try:
            return found.format_map(values)
        except (KeyError, ValueError, IndexError) as error:
            raise TemplateError(f"_words/{self.language}.toml: {key}: {{{error}}} cannot be filled in") from None

    def has(self, key: str) -> bool:
        """Is there such a phrase?"""
        return key in self.table

    def day(self, value: date | datetime | None, zone: str = "UTC") -> str:
        """A day as readers write it, in their zone: "9 Feb 2024"; "" when there is none."""
        if value is None:
            return ""
        local = _local(value, zone).date() if isinstance(value, datetime) else value
        return _date(local, self("dates.day"), self.language)

    def moment(self, value: datetime, zone: str) -> str:
        """A time in the reader's zone: "Fri 9 Feb 2024, 07:00"."""
        return str(format_datetime(_local(value, zone), self("dates.moment"), locale=self._locale))

    def when(self, text: str) -> str:
        """A date of the ledger, "9 Feb 2024", "Feb 2024" or "early 2024", in this language."""
        if found := _DAY.fullmatch(text):
            number = _month(found[2])
            return self.day(date(int(found[3]), number, int(found[1]))) if number else text
        if found := _MONTH.fullmatch(text):
            number = _month(found[1])
            first = date(int(found[2]), number or 1, 1)
            return _date(first, self("when.month"), self.language) if number else text
        if found := _PART.fullmatch(text):
            return self(f"when.{found[1]}", year=found[2])
        return text

    def listed(self, names: Sequence[str]) -> str:
        """ "A, B and C"."""
        if len(names) < 2:
            return "".join(names)
        return self("list.and", first=", ".join(names[:-1]), last=names[-1])

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.language)


def load_phrases(folders: Sequence[Path]) -> dict[str, Phrases]:
    """The phrases of each language that has a file; a folder named first overrides the later ones, phrase by phrase.

    Raises TemplateError that names the file and the line.
    """
    tables: dict[str, dict[str, Any]] = {}
    for folder in reversed(folders):
        for path in sorted(folder.glob("_words/*.toml")):
            try:
                tables.setdefault(path.stem, {}).update(_flat(tomllib.loads(path.read_text("utf-8"))))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise TemplateError(f"{path}: {error}") from None
    english = tables.get(ENGLISH, {})
    return {language: Phrases(language, english | table) for language, table in tables.items()}


@functools.lru_cache(maxsize=4096)
def _date(day: date, pattern: str, language: str) -> str:
    return str(format_date(day, pattern, locale=language))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted keys; a table with the form `other` for numbers stays whole."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        is_group = isinstance(value, Mapping) and not (set(value) <= _FORMS and "other" in value and _plain(value))
        flat |= _flat(value, f"{prefix}{key}.") if is_group else {f"{prefix}{key}": value}
    return flat


_FORMS = frozenset(["zero", "one", "two", "few", "many", "other"])


def _plain(table: Mapping[str, Any]) -> bool:
    return all(isinstance(value, str) for value in table.values())


def _month(name: str) -> int:
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


def _local(value: datetime, zone: str) -> datetime:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(zone_named(zone))


@functools.cache
def zone_named(name: str) -> ZoneInfo:
    """A time zone; the library itself keeps only the last eight."""
    return ZoneInfo(name)
