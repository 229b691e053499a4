"""What people type on forms, made into what it means; what cannot be understood becomes a sentence on what to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from worker.errors import UsageError
from worker.mail.phrases import Phrases
from worker.models import Show
from worker.subscribers import check_address, check_zone, near_zones
from worker.web.catalogue import Catalogue, told_apart
from worker.web.forms import read_day

MANY = 100  # shows at a time
_SHOWN = 80  # characters of what was typed that are repeated
_NAME = 200


@dataclass
class Reader:
    """Reads fields one after the other, and gathers what is wrong and what is unclear."""

    say: Phrases
    errors: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)

    def wrong(self, name: str, what: str, value: str = "", near: Sequence[str] = ()) -> None:
        """Notes what is wrong with a field, in a sentence."""
        shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        self.errors.append((name, self.say(f"page.wrong.{what}", value=shown, near=", ".join(near))))

    def address(self, text: str) -> str:
        """An e-mail address."""
        if not text:
            self.wrong("email", "email_empty")
            return ""
        try:
            return check_address(text)[0]
        except UsageError:
            self.wrong("email", "email", text)
            return ""

    def zone(self, text: str) -> str:
        """A time zone."""
        try:
            return check_zone(text[:100])
        except UsageError:
            near = near_zones(text[:100])
            self.wrong("zone", "zone_near" if near else "zone", text, near)
            return ""

    def choice(self, name: str, text: str, allowed: Collection[str]) -> str:
        """One of several."""
        if text not in allowed:
            what = "language" if name == "language" else "choice"
            self.wrong(name, what, text, list(allowed))
            return next(iter(allowed))
        return text

    def day(self, name: str, text: str, zone: str, now: datetime) -> datetime | None:
        """A day to wait for."""
        try:
            return read_day(text, zone or "UTC", now)
        except ValueError:
            self.wrong(name, "date", text)
            return None

    def shows(self, name: str, typed: Sequence[str], picked: Sequence[str], catalogue: Catalogue) -> list[Show]:
        """Shows by what was typed and what was picked of several with one name."""
        if len(typed) + len(picked) > MANY:
            self.wrong(name, "many", str(MANY))
            return []
        found = catalogue.find([each[:_NAME] for each in typed], picked)
        for value, near in found.unknown:
            self.wrong(name, "show_near" if near else "show", value, near)
        for value, shows in found.unclear:
            names = [told_apart(show) for show in shows]
            self.wrong(name, "choose", value, names)
            self.choices.append((value, [(show.key, words) for show, words in zip(shows, names, strict=True)]))
        return list(found.shows)
