"""What a digest says: plain values that templates render. Built by `build`, frozen with the delivery."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime

from worker.models import Change, Preferences, Standing


@dataclass(frozen=True, slots=True)
class View:
    """What of the preferences decides how a show's part looks: it is made once for all who share it."""

    least: Standing = Standing.RUMOUR
    spoilers: bool = False
    talk: bool = True
    language: str = "en"

    @staticmethod
    @functools.lru_cache(maxsize=4096)
    def of(preferences: Preferences) -> View:
        """The view of one subscriber."""
        return View(preferences.least, preferences.spoilers, preferences.talk, preferences.language)


@dataclass(frozen=True, slots=True)
class SourceLink:
    """Who says it: the outlet's name, the article's address, its headline and its day."""

    outlet: str
    url: str
    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class WasNow:
    """A box where something moved: what the reader knew, and what stands now."""

    label: str  # "Release", "Status"
    was: str  # "2023"
    was_standing: Standing
    was_day: date | None
    now: str
    now_standing: Standing


@dataclass(frozen=True, slots=True)
class UpdateItem:
    """One change of the ledger: headline and sentence are ours, the quote is the evidence."""

    change: Change
    standing: Standing
    headline: str  # "Season 2 is renewed"
    short: str  # the same within a line, after the show's name: "season 2 is renewed"
    sentence: str  # one or two plain sentences of ours
    quote: str  # the evidence sentence, shortened; "" when it would repeat
    source: SourceLink  # who carries it now
    others: tuple[SourceLink, ...]  # who else reports it, or said it before
    box: WasNow | None
    importance: int
    update_id: int
    hidden: bool = False  # told without what would give the plot away
    corrects: bool = False  # this reader was told what turns out to be wrong


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A section of a live article that was rewritten since this reader was last told."""

    source: SourceLink
    heading: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment worth quoting. `likes` is None when the engine has none; `by_author`: the article's author wrote it."""

    author: str
    text: str
    likes: int | None
    by_author: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What viewers say under one article: figures and the best two comments. `busiest`: new comments in one hour."""

    source: SourceLink
    new: int
    captured: int
    declared: int | None
    quotes: tuple[Quote, ...]
    busiest: int | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """A date that stands in the ledger for the next weeks."""

    show: str
    what: str  # "Season 2"
    when: str  # "9 Feb 2024"
    standing: Standing
    first: date


@dataclass(frozen=True, slots=True)
class OpenRumour:
    """A rumour that this reader was sent and that is still neither confirmed nor denied."""

    show: str
    told: str  # "Season 2: 2023 (rumour)"
    since: datetime


@dataclass(frozen=True, slots=True)
class ShowBlock:
    """Everything about one followed show. `status` is one line from the ledger; `first` marks a new follow."""

    show_id: int
    name: str
    status: str  # "Season 2: renewed (official) · release early 2024 (official; was 2023, rumour)"
    first: bool
    updates: tuple[UpdateItem, ...]  # the most important in full
    rewritten: tuple[Rewritten, ...]
    talk: tuple[Talk, ...]
    also: tuple[SourceLink, ...]  # other articles about the show, one line each
    lines: tuple[UpdateItem, ...] = ()  # the other updates, one line each
    passed: tuple[int, ...] = ()  # updates that a later one of these has overtaken; they count as told
    coming: tuple[Coming, ...] = ()
    rumours: tuple[OpenRumour, ...] = ()
    worth: bool = True  # is it news enough for a mail, or only beside one?
    left: int = 0  # updates for which there is no room: the next digest tells them

    def __hash__(self) -> int:
        """Blocks are looked up for every message, and most differ in these."""
        return hash((self.show_id, self.status, self.first, tuple(item.update_id for item in self.told)))

    @property
    def told(self) -> tuple[UpdateItem, ...]:
        """All updates that are told, in full or in a line."""
        return (*self.updates, *self.lines)


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of one issue for one subscriber."""

    subject: str
    preheader: str
    lead: str  # "2 of your 3 shows changed"
    since: datetime | None
    until: datetime
    zone: str
    shows: tuple[ShowBlock, ...]  # in full
    coming_up: tuple[Coming, ...]
    quiet: tuple[str, ...]  # followed shows with nothing new
    coverage: str  # "5 sources read, 1 broken (pilot-season); nothing new on 1 of your 3 shows"
    email: str
    show_count: int
    brief: tuple[ShowBlock, ...] = ()  # shows beyond the first ones, a line each
    rumours: tuple[OpenRumour, ...] = ()
    missed: tuple[datetime, ...] = ()  # turns that came to nothing since the last digest
    language: str = "en"
    plain: bool = False  # text only
    confirmed: datetime | None = None  # since when the address is confirmed
