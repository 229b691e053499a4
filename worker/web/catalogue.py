"""Shows as readers type them: by name, by key, or by a name that several shows have, told apart by year and country."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from worker.ingest.names import name_key
from worker.models import Show
from worker.store import Tx

_NEAR = 5  # unknown names for which something near is looked for; looking costs
_LIKE = 80  # from this score on, of 100, a name is near
_TOLD_APART = re.compile(r"(.{1,200}?)\s*[(\[]([^()\[\]]{2,80})[)\]]")


@dataclass(frozen=True, slots=True)
class Found:
    """What names stand for: shows, names that are unknown with what is near, and names that several shows have."""

    shows: tuple[Show, ...] = ()
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unclear: tuple[tuple[str, tuple[Show, ...]], ...] = field(default=())


class Catalogue:
    """The registry by name, made once for each state of it."""

    def __init__(self, shows: Iterable[Show]) -> None:
        self._shows = list(shows)
        self._by_key = {show.key: show for show in self._shows}
        self._by_name: dict[str, list[Show]] = {}
        for show in self._shows:
            for name in dict.fromkeys(name_key(name) for name in (show.name, bare(show.name), *show.aliases)):
                self._by_name.setdefault(name, []).append(show)

    def find(self, names: Sequence[str], picked: Sequence[str] = ()) -> Found:
        """The shows of these names; `picked` are keys, which leave nothing to ask."""
        shows = [self._by_key[key] for key in picked if key in self._by_key]
        settled = {name_key(bare(show.name)) for show in shows}
        unknown: list[tuple[str, tuple[str, ...]]] = []
        unclear: list[tuple[str, tuple[Show, ...]]] = []
        for name in names:
            found = self._of(name)
            if len(found) == 1:
                shows += found
            elif not found:
                unknown.append((name, self._near(name) if len(unknown) < _NEAR else ()))
            elif name_key(bare(name)) not in settled:
                unclear.append((name, tuple(found)))
        return Found(tuple(dict.fromkeys(shows)), tuple(unknown), tuple(unclear))

    def _near(self, name: str) -> tuple[str, ...]:
        """Names of shows that look like this one, the likest first."""
        wanted = name_key(name)
        close = process.extract(wanted, list(self._by_name), scorer=fuzz.WRatio, limit=6, score_cutoff=_LIKE)
        names = [self._by_name[key][0].name for key, _, _ in close]
        return tuple(dict.fromkeys(names))[:3]

    def _of(self, name: str) -> list[Show]:
        known = self._by_name.get(name_key(name), [])
        if known:
            return known
        if name in self._by_key:
            return [self._by_key[name]]
        told = _TOLD_APART.fullmatch(name)
        if told is None:
            return []
        marks = {mark.strip().casefold() for mark in told[2].split(",")}
        return [show for show in self._by_name.get(name_key(told[1]), ()) if marks <= _marks(show)]


class Catalogues:
    """The catalogue of the registry as it is now. Pages are answered in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[object, Catalogue] | None = None

    def now(self, tx: Tx) -> Catalogue:
        """Made anew when the registry has changed."""
        mark = tx.shows.mark()
        with self._lock:
            if self._made is None or self._made[0] != mark:
                self._made = (mark, Catalogue(tx.shows.all()))
            return self._made[1]


def told_apart(show: Show) -> str:
    """A show's name with what tells it from others of that name: "Ghosts (2021, US)"."""
    marks = [str(mark) for mark in (show.year, show.country, show.network) if mark]
    return f"{bare(show.name)} ({', '.join(marks)})" if marks else f"{show.name} [{show.key}]"


def bare(name: str) -> str:
    """A name without what stands in brackets behind it."""
    told = _TOLD_APART.fullmatch(name)
    return told[1] if told else name


def _marks(show: Show) -> set[str]:
    own = _TOLD_APART.fullmatch(show.name)
    marks = {str(mark).casefold() for mark in (show.year, show.country, show.network, show.key) if mark}
    return marks | ({own[2].casefold()} if own else set())
