"""Dates said in prose: from "February 9" to "early 2024", each with its first and last possible day.

A small grammar of our own, since libraries for dates drop "early", or read "Q2" as a month (the patterns are in
`when_languages`). What it finds is resolved against the day of publication by the same rules for every language.
Thirds of a span: early, mid and late are four months of a year, one month of a quarter or season, and days 1-10, 11-20
and 21 on of a month. A winter starts in the December before its year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from worker.ingest.when_languages import ENGLISH, GRAMMARS, Grammar, fold
from worker.models import When

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SEASONS = ("winter", "spring", "summer", "fall")
_PARTS = ("early ", "mid-", "late ")
_LONG_PAST = timedelta(days=183)  # "this January" said in December is the one to come
_UNITS = ("weekday", "near", "week", "season", "quarter", "half")
_COUNTED = re.compile(
    r" +(?:people|viewers|votes?|episodes|users|fans|dollars|euros|pounds|points|homes|households|subscribers|times"
    r"|hours|titles|million|personas|espectadores|capítulos)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A date-like expression as written: its span in the text and its parts, the year perhaps missing.

    `rel` is 0 for "this", 1 for "next", -1 for "last"; `year_rel` is the same said of the year. `past` says that a
    past tense stands before it.
    """

    start: int
    end: int
    unit: str
    number: int = 0
    day: int = 0
    part: int | None = None
    year: int | None = None
    rel: int | None = None
    year_rel: int | None = None
    past: bool = False


def find_when(text: str, published: date | None, language: str = "en") -> When | None:
    """The first date-like expression of a sentence that can be a release date: one still to come goes first."""
    found = [when for _, _, when in find_all(text, published, language)]
    coming = [when for when in found if published is None or when.last >= published]
    return next(iter(coming or found), None)


def find_all(text: str, published: date | None, language: str = "en") -> list[tuple[int, int, When]]:
    """Every date-like expression with its span. One without a year needs the day of publication."""
    grammar = GRAMMARS.get(language.partition("-")[0].casefold(), ENGLISH)
    found = _lend_years(_scan(text, grammar), text, grammar)
    dated = [(one.start, one.end, when) for one in found if (when := _resolve(one, published))]
    return _join_either(dated, text, grammar)


def parse_when(text: str) -> When | None:
    """Reads back `When.text`; None when the whole text is not one date with its year."""
    text = text.strip()
    found = find_all(text, None)
    return next((when for start, end, when in found if (start, end) == (0, len(text))), None)


def _scan(text: str, grammar: Grammar) -> list[_Found]:
    """What the patterns find; where two overlap, the earlier rule has it."""
    found: list[_Found] = []
    folded = text.casefold()
    fitting = [rule for rule in grammar.rules if any(piece in folded for piece in rule.pieces)]
    for rule in fitting:
        for match in rule.pattern.finditer(text):
            free = all(match.end() <= one.start or one.end <= match.start() for one in found)
            if free and (one := _read(match, grammar)):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def _read(match: re.Match[str], grammar: Grammar) -> _Found | None:
    """The parts of one match; None for words that only look like a date."""
    got = {name: text for name, text in match.groupdict().items() if text}
    if not _is_date(match, got, grammar):
        return None
    value = {name: grammar.words[name][fold(text)] for name, text in got.items() if name in grammar.words}
    month, day = value.get("month") or int(got.get("number", 0)), int(got.get("day", 0))
    if "holiday" in value:
        month, day = divmod(value["holiday"], 100)
    unit = _unit(got, day, month)
    return _Found(
        start=match.start(),
        end=match.end(),
        unit=unit,
        number=month or value.get(unit, 0),
        day=day,
        part=value.get("part"),
        year=_year(got),
        rel=value.get("rel"),
        year_rel=value.get("year_rel"),
        past=grammar.past.search(match.string, max(0, match.start() - 40), match.start()) is not None,
    )


def _unit(got: Mapping[str, str], day: int, month: int) -> str:
    named = next((unit for unit in _UNITS if unit in got), None)
    if named:
        return named
    if day:
        return "day"
    return "month" if month or "rel" in got else "year"


def _year(got: Mapping[str, str]) -> int | None:
    """The year as written; "winter 2026-27" is the winter of 2027."""
    if "year" not in got:
        return None
    year = int(got["year"])
    return year + 1 if "span" in got and (year + 1) % 100 == int(got["span"]) % 100 else year


def _is_date(match: re.Match[str], got: Mapping[str, str], grammar: Grammar) -> bool:
    """Is it a date, and not "may", "June Osborne", "2000 people", or the day of the announcement?"""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if set(got) == {"year"} and match[0] == got["year"]:
        return _is_lone_year(before, after, grammar)
    if "near" in got or ("week" in got and "rel" in got):
        return grammar.airs.search(before) is not None or (got.get("rel", "").casefold() in ("next", "próxima"))
    word = got.get("month") or got.get("season", "")
    if fold(word) not in grammar.common or {"day", "year", "year_rel"} & got.keys():
        return True
    if grammar.unlike.fullmatch(word) or re.match(r" +[A-Z]| +(?:of|de)\b", after):
        return False
    return bool({"part", "rel"} & got.keys()) or grammar.before.search(before) is not None


def _is_lone_year(before: str, after: str, grammar: Grammar) -> bool:
    """Is a year alone a date, and not part of a title, a count or "the 2019 film"?"""
    if _COUNTED.match(after):
        return False
    return grammar.year_before.search(before) is not None or grammar.year_after.match(after) is not None


def _resolve(one: _Found, published: date | None) -> When | None:
    """The days that an expression means, the year taken from the day of publication where it is not written."""
    try:
        if one.year is not None:
            return _when(one, one.year)
        return _relative(one, published) if published else None
    except (ValueError, OverflowError):
        return None


def _relative(one: _Found, published: date) -> When | None:
    """A date that only the day of publication makes whole."""
    if one.unit in ("weekday", "near") or (one.unit == "week" and not one.day):
        return _near(one, published)
    if one.unit in ("day", "month") and not one.number:
        return _of_month(one, published)
    if one.year_rel is not None:
        return _of_year(one, published, published.year + one.year_rel)
    return _nearest(one, published)


def _near(one: _Found, published: date) -> When:
    """Tomorrow, this Friday, next week."""
    monday = published - timedelta(days=published.weekday())
    if one.unit == "near":
        return _day(published + timedelta(days=one.number))
    if one.unit == "week":
        return _week(monday + timedelta(days=7 * (one.rel or 0)))
    if not one.rel:
        return _day(published + timedelta(days=(one.number - published.weekday()) % 7))
    return _day(monday + timedelta(days=7 * one.rel + one.number))


def _of_month(one: _Found, published: date) -> When | None:
    """This month, late next month, the 24th of this or the next month."""
    shift = one.rel if one.rel is not None else int(published.day > one.day) - one.past
    year, month = divmod(published.year * 12 + published.month - 1 + shift, 12)
    return _when(replace(one, number=month + 1), year)


def _of_year(one: _Found, published: date, year: int) -> When | None:
    when = _when(one, year)
    # "Winter of this year" said in November is the one that starts in December.
    return (
        _when(one, year + 1)
        if when and one.unit == "season" and one.year_rel == 0 and _is_over(when, published)
        else when
    )


def _is_over(when: When, published: date) -> bool:
    return when.last < published


def _nearest(one: _Found, published: date) -> When | None:
    """A date without a year: the next such day, unless "this", "last" or a past tense says otherwise."""
    if one.unit == "year" and one.part is None:
        return None
    years = range(published.year - 8, published.year + 10)  # 29 February may be eight years off
    every = [when for year in years if (when := _when_possible(one, year))]
    if one.rel == -1:
        return next((when for when in reversed(every) if _is_over(when, published)), None)
    if one.past:
        return next((when for when in reversed(every) if when.first <= published), None)
    if one.rel == 0:
        # "This October" said in January is the one to come; "this spring" said in summer is over.
        own = [when for when in every if when.last >= published and when.first.year == published.year]
        if own and not any(when.first < published <= when.last for when in every):
            return own[0]
        return next((when for when in every if when.last >= published - _LONG_PAST), None)
    coming = [when for when in every if not _is_over(when, published)]
    if one.rel == 1 and coming and coming[0].first.year == published.year and not _is_far_winter(one, published):
        return coming[1]
    return next(iter(coming), None)


def _is_far_winter(one: _Found, published: date) -> bool:
    """Is "next winter" said before this winter can be called "this"?"""
    return one.unit == "season" and one.number == 0 and 3 <= published.month <= 8


def _when_possible(one: _Found, year: int) -> When | None:
    try:
        return _when(one, year)
    except ValueError:
        return None


def _when(one: _Found, year: int) -> When | None:
    """The expression in a given year: its days, and its text as a person writes it."""
    if one.day:
        day = date(year, one.number, one.day)
        return _week(day - timedelta(days=day.weekday())) if one.unit == "week" else _day(day)
    spans = {
        "year": (1, 12, ""),
        "half": (6 * one.number - 5, 6, "first half of " if one.number == 1 else "second half of "),
        "quarter": (3 * one.number - 2, 3, f"Q{one.number} "),
        "season": (3 * one.number, 3, f"{_SEASONS[one.number % 4]} "),
        "month": (one.number, 1, f"{_MONTHS[(one.number - 1) % 12]} "),
    }
    if one.unit not in spans:
        return None
    first, count, name = spans[one.unit]
    part = None if one.unit == "half" else one.part
    prefix = "" if part is None else _PARTS[part]
    return When(f"{prefix}{name}{year}", *_days(year, first, count, part))


def _days(year: int, first: int, count: int, part: int | None) -> tuple[date, date]:
    """First and last day of `count` months from month `first` of a year (0: the December before), or of a third."""
    start = year * 12 + first - 1
    if part is not None and count >= 3:
        count //= 3
        start, part = start + part * count, None
    begin = date(start // 12, start % 12 + 1, 1)
    end = date((start + count) // 12, (start + count) % 12 + 1, 1) - timedelta(days=1)
    if part is None:
        return begin, end
    return begin.replace(day=1 + 10 * part), end if part == 2 else begin.replace(day=10 + 10 * part)


def _day(day: date) -> When:
    return When(f"{day.day} {_MONTHS[day.month - 1]} {day.year}", day, day)


def _week(monday: date) -> When:
    return When(f"week of {_day(monday).text}", monday, monday + timedelta(days=6))


def _lend_years(found: Sequence[_Found], text: str, grammar: Grammar) -> list[_Found]:
    """In "late winter or early spring 2015" and "June 25 to July 3, 2025" the year belongs to both."""
    lent = list(found)
    for at in range(len(lent) - 2, -1, -1):
        one, after = lent[at], lent[at + 1]
        apart = one.year, one.rel, one.year_rel, one.unit == "year"
        if apart == (None, None, None, False) and _is_joined(text, one.end, after.start, grammar):
            later = after.year is not None and one.unit == after.unit and one.number > after.number
            year = after.year - later if after.year is not None else None
            lent[at] = replace(one, year=year, rel=after.rel, year_rel=after.year_rel)
    return lent


def _is_joined(text: str, end: int, start: int, grammar: Grammar) -> bool:
    return any(joint.fullmatch(text, end, start) for joint in (grammar.until, grammar.either))


def _join_either(dated: Sequence[tuple[int, int, When]], text: str, grammar: Grammar) -> list[tuple[int, int, When]]:
    """ "2025 or 2026" is one statement that spans both."""
    joined: list[tuple[int, int, When]] = []
    for start, end, when in dated:
        if joined and grammar.either.fullmatch(text, joined[-1][1], start) and joined[-1][2].last < when.last:
            begin, _, before = joined[-1]
            both = When(f"{before.text} or {when.text}", min(before.first, when.first), when.last)
            joined[-1] = (begin, end, both)
        else:
            joined.append((start, end, when))
    return joined
