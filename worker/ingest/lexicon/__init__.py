"""Lexicons: the phrases of one language that tell kinds, values and standings. One `LANG.toml` per language.

Every phrase is a regular expression, matched without regard to case; `{NAME}` stands for a fragment of the file's
`[macros]`, and `{NUMBER}` and `{ORDINAL}` for its numerals. Patterns are compiled once, when the file is loaded.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from worker.ingest.lexicon.banks import Bank, Banks, Phrase, Scan
from worker.models import Field, Kind, Standing

__all__ = ["Bank", "Banks", "Lexicon", "Lexicons", "Phrase", "Scan", "load_lexicon", "load_lexicons", "plain"]

FALLBACK = "en"
OTHERS = "und"  # its phrases stand beside those of the fallback, for languages without a file
_FOLDER = Path(__file__).parent
_MACRO = re.compile(r"\{([A-Z_]+)\}")
# Length-preserving, so that places found in the plain text are places in the original.
_MARKS = {"’": "'", "‘": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-"} | {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\t": " ",
    "＇": "'",
    "`": "'",
    "´": "'",
}
_ASCII_MARKS = {mark: same for mark, same in _MARKS.items() if mark.isascii()}

Key = TypeVar("Key")
_GUARDS = (
    "negation",
    "hypothetical",
    "conditional",
    "hedge",
    "history",
    "question",
    "no_date",
    "speaker",
    "agent",
    "hearsay",
    "character",
    "settled",
    "vouched",
    "unnamed",
    "asked",
    "joint",
    "refused",
    "clause",
    "conversation",
    "subject",
    "object",
    "crew",
)
_SPOKEN = ("topics", "suggests", "touches")  # what a headline is about, from outright to hardly
_SHOW_WORDS = (
    *("season", "series", "work", "network", "breaker", "off_topic", "private", "game", "film", "round_up"),
    *("role", "form", "decided", "ruled", "fate", "outlet", "anaphor", "doer", "before_person", "aside", "opener"),
)


@dataclass(frozen=True, slots=True)
class Seasons:
    """How a language says "season 2": patterns with the number in a group, and its numerals."""

    bank: Bank
    numerals: Mapping[str, int]

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Season numbers that the text states, with start and end, in order. A pair gives the lower one first."""
        found = [(n, m.start(), m.end()) for _, m in self.bank.find_all(text) if (n := self._number(m)) is not None]
        return sorted(found, key=lambda one: (one[1], -one[2]))

    def _number(self, match: re.Match[str]) -> int | None:
        said = next((group for group in match.groups() if group), "").casefold()
        number = int(said) if said.isdecimal() else self.numerals.get(said)
        return number if number and number < 100 else None


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The phrases of one language."""

    language: str
    seasons: Seasons
    claims: Mapping[Field, Mapping[str, Bank]]
    topics: Mapping[Kind, Bank]
    suggests: Mapping[Kind, Bank]
    touches: Mapping[Kind, Bank]
    headings: Mapping[Kind, Bank]
    standing: Mapping[Standing, Bank]
    guards: Mapping[str, Bank]
    shows: Mapping[str, Bank]
    common: frozenset[str]
    borrowed: bool = False  # for languages that have no file of their own

    def values(self, field: Field) -> Mapping[str, Bank]:
        """The values of a field with their phrases; none where the language has none."""
        return self.claims.get(field, {})


@dataclass(frozen=True, slots=True)
class Lexicons:
    """All lexicons, by language."""

    by_language: Mapping[str, Lexicon]

    def for_language(self, language: str | None) -> Lexicon:
        """The lexicon of a language tag ("es-MX" is "es"); where there is none, English with the words of many more."""
        code = (language or FALLBACK).split("-")[0].split("_")[0].casefold()
        return self.by_language.get(code) or self.by_language.get(OTHERS) or self.by_language[FALLBACK]


def plain(text: str) -> str:
    """The text with quotes, dashes and spaces made alike; every place stays where it was."""
    marks = _ASCII_MARKS if text.isascii() else _MARKS
    for mark, same in marks.items():  # many times faster than to translate each character
        text = text.replace(mark, same)
    return text


@functools.cache
def load_lexicons(folder: Path = _FOLDER) -> Lexicons:
    """All `LANG.toml` of the folder. Raises ValueError that names file and key."""
    lexicons = {path.stem: load_lexicon(path) for path in sorted(folder.glob("*.toml"))}
    if FALLBACK not in lexicons:
        raise ValueError(f"{folder}: {FALLBACK}.toml is missing; other languages fall back to it")
    if OTHERS in lexicons:
        lexicons[OTHERS] = _beside(lexicons[FALLBACK], lexicons[OTHERS])
    return Lexicons(lexicons)


def _beside(main: Lexicon, more: Lexicon) -> Lexicon:
    """A lexicon with the phrases of another one added; in all else it stays what it is."""
    join = functools.partial(_joined, scan=Scan())
    return replace(
        main,
        seasons=replace(main.seasons, bank=join({"": main.seasons.bank}, {})[""]),
        claims={field: join(values, more.values(field)) for field, values in main.claims.items()},
        topics=join(main.topics, more.topics),
        touches=join(main.touches, more.touches),
        headings=join(main.headings, {}),
        standing=join(main.standing, more.standing),
        guards=join(main.guards, more.guards),
        shows=join(main.shows, {}),
        borrowed=True,
    )


def _joined(main: Mapping[Key, Bank], more: Mapping[Key, Bank], scan: Scan) -> dict[Key, Bank]:
    """Banks with the phrases of others added, looked for together from now on."""
    added = {key: bank.phrases for key, bank in more.items()}
    return {key: Bank.of((*bank.phrases, *added.get(key, ())), scan) for key, bank in main.items()}


def load_lexicon(path: Path) -> Lexicon:
    """One lexicon file. Raises ValueError that names file and key."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    return _Reader(path, data).lexicon()


class _Reader:
    """Checks one file's tables and compiles them."""

    def __init__(self, path: Path, data: Mapping[str, Any]) -> None:
        self.path, self.data, self.language = path, data, path.stem
        known = {"macros", "seasons", "claims", *_SPOKEN, "headings", "standing", "guards", "shows"}
        for key in data.keys() - known:
            raise self.fault(key, f"is not a table of a lexicon; known: {', '.join(sorted(known))}")
        self.macros = self._macros()
        self.scan = Scan()

    def lexicon(self) -> Lexicon:
        """The whole file."""
        shows = self.table("shows")
        words = {key: value for key, value in shows.items() if key != "common"}
        return Lexicon(
            language=self.language,
            seasons=Seasons(self.bank("seasons.patterns", self.table("seasons").get("patterns", [])), self._numerals()),
            claims={
                Field(name): self.banks(f"claims.{name}", values, None)
                for name, values in self.named("claims", Field).items()
            },
            topics=self.by_kind("topics"),
            suggests=self.by_kind("suggests"),
            touches=self.by_kind("touches"),
            headings=self.by_kind("headings"),
            standing={Standing(k): self.bank(f"standing.{k}", v) for k, v in self.named("standing", Standing).items()},
            guards=self.banks("guards", self.table("guards"), _GUARDS),
            shows=self.banks("shows", words, _SHOW_WORDS),
            common=frozenset(" ".join(self.strings("shows.common", shows.get("common", []))).split()),
        )

    def fault(self, key: str, reason: str) -> ValueError:
        """What is wrong with this file, for a person."""
        return ValueError(f"{self.path}: {key} {reason}")

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of the file; empty where it is missing."""
        found = self.data.get(name, {})
        if not isinstance(found, dict):
            raise self.fault(name, "must be a table")
        return found

    def named(self, name: str, allowed: Iterable[str]) -> Mapping[str, Any]:
        """A table whose keys are members of an enumeration."""
        names = [str(one) for one in allowed]
        for key in self.table(name).keys() - set(names):
            raise self.fault(f"{name}.{key}", f"is not known; known: {', '.join(names)}")
        return self.table(name)

    def by_kind(self, name: str) -> dict[Kind, Bank]:
        """A table of lists of phrases, by kind."""
        return {Kind(kind): self.bank(f"{name}.{kind}", phrases) for kind, phrases in self.named(name, Kind).items()}

    def banks(self, key: str, values: Any, allowed: tuple[str, ...] | None) -> dict[str, Bank]:
        """A table of lists of phrases. Names of `allowed` that are missing give empty banks."""
        if not isinstance(values, dict):
            raise self.fault(key, "must be a table")
        if allowed is not None and (unknown := values.keys() - set(allowed)):
            raise self.fault(f"{key}.{min(unknown)}", f"is not known; known: {', '.join(allowed)}")
        empty = {name: Bank() for name in allowed or ()}
        return empty | {name: self.bank(f"{key}.{name}", phrases) for name, phrases in values.items()}

    def bank(self, key: str, phrases: Any) -> Bank:
        """A list of phrases, compiled."""
        compiled = []
        for number, phrase in enumerate(self.strings(key, phrases), 1):
            rule = f"{self.language}.{key.removeprefix('claims.')}.{number}"
            pattern = self._compile(f"{key}.{number}", phrase)
            compiled.append(Phrase(rule, pattern))
        return Bank.of(compiled, self.scan)

    def strings(self, key: str, value: Any) -> list[str]:
        """A list of texts."""
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.fault(key, "must be a list of texts, none of them empty")
        return list(value)

    def _compile(self, key: str, phrase: str) -> re.Pattern[str]:
        try:
            return re.compile(self._expand(key, phrase), re.IGNORECASE)
        except re.error as error:
            raise self.fault(key, f"is not a regular expression: {error}") from None

    def _expand(self, key: str, phrase: str) -> str:
        def replace(match: re.Match[str]) -> str:
            if match[1] not in self.macros:
                raise self.fault(key, f"uses {match[0]}, which [macros] does not define")
            return self.macros[match[1]]

        return _MACRO.sub(replace, phrase)

    def _macros(self) -> dict[str, str]:
        """The file's fragments; each may use those above it."""
        seasons = self.table("seasons")
        self.macros = {
            "NUMBER": _either(self.strings("seasons.numbers", seasons.get("numbers", []))) or r"\d",
            "ORDINAL": _either(self.strings("seasons.ordinals", seasons.get("ordinals", []))) or r"\d",
        }
        for name, text in self.table("macros").items():
            if not isinstance(text, str):
                raise self.fault(f"macros.{name}", "must be a text")
            self.macros[name] = self._expand(f"macros.{name}", text)
        return self.macros

    def _numerals(self) -> dict[str, int]:
        seasons = self.table("seasons")
        lists = (self.strings(f"seasons.{name}", seasons.get(name, [])) for name in ("numbers", "ordinals"))
        return {word: number for words in lists for number, entry in enumerate(words, 1) for word in entry.split("|")}


def _either(words: list[str]) -> str:
    """Alternatives as a fragment, longest first; `primera|primer` in one entry are two words of one number."""
    every = sorted((word for entry in words for word in entry.split("|")), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, every))})" if every else ""
