"""The glossary in code: what rooms and stores hand to each other. Values are frozen; times are aware, in UTC."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime


class Kind(enum.StrEnum):
    """What a claim or an article is about (closed set)."""

    RENEWAL = "renewal"
    CANCELLATION = "cancellation"
    RELEASE_DATE = "release-date"
    TRAILER = "trailer"
    CASTING = "casting"
    PLOT = "plot"
    PRODUCTION = "production"
    SPINOFF = "spinoff"
    RATINGS_AWARDS = "ratings-awards"
    REVIEW_RECAP = "review-recap"
    INTERVIEW = "interview"
    OTHER = "other"


class Standing(enum.StrEnum):
    """How sure a claim is, by whom it is said. `rank` orders them: official is the surest."""

    OFFICIAL = "official"
    REPORTED = "reported"
    RUMOUR = "rumour"
    SPECULATION = "speculation"

    @property
    def rank(self) -> int:
        """3 for official down to 0 for speculation."""
        return 3 - list(Standing).index(self)


class Field(enum.StrEnum):
    """What a claim says something about; claims of one show, season and field share a ledger."""

    STATUS = "status"  # values: renewed, cancelled, ending, in-talks, denied
    RELEASE = "release"  # values: EDTF-like text, see `When`
    CAST = "cast"  # values: "joins: Name", "leaves: Name", "returns: Name"
    PRODUCTION = "production"  # values: started, wrapped, delayed, writing, ordered, crew
    TRAILER = "trailer"  # values: "trailer", "teaser", "first look"
    SPINOFF = "spinoff"  # values: the title, "announced" or "shelved"
    PLOT = "plot"  # values: the sentence, shortened
    RATINGS = "ratings"  # values: the figure or prize, shortened
    EPISODES = "episodes"  # values: how many there will be, in figures


class ClaimState(enum.StrEnum):
    """Where a story stands in its ledger."""

    OPEN = "open"  # said, not overtaken
    MOVED = "moved"  # another value of the same plan has overtaken it
    DENIED = "denied"  # the makers say it is untrue
    CONTRADICTED = "contradicted"  # the opposite stands
    EXPIRED = "expired"  # a date that passed unconfirmed


class Change(enum.StrEnum):
    """What a claim did to the ledger: the kind of an update."""

    NEW = "NEW"
    CORROBORATED = "CORROBORATED"
    CONFIRMED = "CONFIRMED"
    MOVED = "MOVED"
    DENIED = "DENIED"
    CONTRADICTED = "CONTRADICTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class When:
    """A date with its precision: the text as a person says it ("early 2024"), and its first and last possible day."""

    text: str
    first: date
    last: date

    def overlaps(self, other: When) -> bool:
        """Have the two a day in common?"""
        return self.first <= other.last and other.first <= self.last

    def within(self, other: When) -> bool:
        """Is this at least as precise, and inside the other?"""
        return other.first <= self.first and self.last <= other.last


@dataclass(frozen=True, slots=True)
class Show:
    """A TV show. `key` is its address in commands and links; `year`/`country` tell remakes apart."""

    id: int
    name: str
    key: str
    aliases: tuple[str, ...] = ()
    year: int | None = None
    country: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class ShowMatch:
    """A show that a text is about, with the reason: which alias, found where, by which cue."""

    show_id: int
    name: str
    alias: str
    where: str  # "title", "text", "source", "structured data"
    cue: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """A claim as read from one text, before it is stored."""

    show_id: int
    season: int | None
    kind: Kind
    field: Field
    value: str
    standing: Standing
    evidence: str
    rule: str
    heading: str = ""
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What an article is about, each label with the rule that gave it."""

    is_show_news: bool
    kinds: tuple[Kind, ...]
    standing: Standing | None
    season: int | None
    rules: tuple[str, ...] = ()
    section_kinds: tuple[tuple[str, tuple[Kind, ...]], ...] = ()
    chances: tuple[tuple[Kind, float], ...] = ()  # how likely each kind leads

    @property
    def primary(self) -> Kind | None:
        """The newest fact that the headline's main clause reports."""
        return self.kinds[0] if self.kinds else None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement in the store: a draft with its article version, source, family and time."""

    id: int
    show_id: int
    season: int | None
    kind: Kind
    field: Field
    value: str
    standing: Standing
    evidence: str
    rule: str
    heading: str
    when: When | None
    article_id: int
    version: int
    source: str
    outlet: str
    family: str
    url: str
    seen_at: datetime
    background: bool
    copy_of: int | None = None  # the article that this article copies: a copy corroborates nothing
    story_id: int | None = None
    said_at: datetime | None = None  # when the article was published, or rewritten; None: as it was seen

    @property
    def said(self) -> datetime:
        """When it was said, as far as is known: a page read late does not speak late."""
        return min(self.said_at or self.seen_at, self.seen_at)


@dataclass(frozen=True, slots=True)
class Story:
    """Claims, by whatever source, that state the same fact; one entry of a ledger."""

    id: int
    show_id: int
    season: int | None
    kind: Kind
    field: Field
    value: str
    standing: Standing
    state: ClaimState
    when: When | None
    first_seen: datetime
    last_seen: datetime
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What the ledger decides for one claim: which story it belongs to and what it changed. Nothing is stored yet.

    `story` is None for a new story. `close` lists stories that this claim overtakes, with their new state.
    `was` is the story whose state the update compares with (for CONFIRMED: the same story as it stood before).
    """

    story: Story | None
    change: Change | None
    was: Story | None
    close: tuple[tuple[int, ClaimState], ...]
    standing: Standing
    value: str
    when: When | None
    reason: str
    state: ClaimState = ClaimState.OPEN  # of a new story; an old word that comes late is closed when it comes


@dataclass(frozen=True, slots=True)
class Fact:
    """What a claim says, whoever says it."""

    field: Field
    kind: Kind
    value: str
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """What an article tells first, short enough to compare it with many others: is it the same news?"""

    article_id: int
    shows: frozenset[int]
    seasons: frozenset[int]
    kinds: tuple[Kind, ...]  # the leading one first
    standing: Standing | None
    told: date | None
    facts: tuple[Fact, ...]
    figures: frozenset[float]
    words: frozenset[str]
    name: str = ""  # of the leading show, folded
    story: int = 0  # the number that all articles with the same news share
    chances: tuple[tuple[Kind, float], ...] = ()  # how likely each kind leads
    title: frozenset[str] = frozenset()  # stems of its words
    names: frozenset[str] = frozenset()  # words that are written as names, but for the shows'
    called: frozenset[str] = frozenset()  # stems of the shows' names
    numbers: frozenset[str] = frozenset()
    talks: bool = False  # its headline is about what somebody says or asks


@dataclass(frozen=True, slots=True)
class Update:
    """One change of the ledger, as digests tell it."""

    id: int
    at: datetime
    change: Change
    show_id: int
    season: int | None
    field: Field
    kind: Kind
    story_id: int
    claim_id: int
    value: str
    standing: Standing
    was_value: str | None
    was_standing: Standing | None
    was_at: datetime | None
    importance: int
    reason: str
    background: bool


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What differs between two versions of a page in one section: sentences gone, sentences new."""

    heading: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Follow:
    """A show that a subscriber follows. `told_until` is where their last digest about it ended.

    A snoozed show is left out until that time; what happens meanwhile is told afterwards.
    """

    show_id: int
    since: datetime
    told_until: datetime | None
    snoozed_until: datetime | None = None


class Cadence(enum.StrEnum):
    """How often a subscriber has a turn."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"  # on the first such weekday of the month


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one subscriber wants their digests. Few combinations, so that what is rendered can be shared."""

    cadence: Cadence = Cadence.WEEKLY
    weekday: int = 4  # 0 is Monday; of no meaning to a daily digest
    hour: int = 8  # by the clock on the wall in `zone`
    zone: str = "UTC"
    least: Standing = Standing.RUMOUR  # what is less sure is not told
    spoilers: bool = False  # may a digest give the plot away?
    talk: bool = True  # what viewers say
    plain: bool = False  # text only, no HTML
    language: str = "en"  # of the frame; quotes stay as they were written
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address with its state, its preferences and the shows it follows. `next_slot` is its next turn."""

    id: int
    email: str
    state: str  # pending, active, unsubscribed, bounced, suppressed (by an operator)
    created: datetime
    preferences: Preferences = Preferences()
    confirmed_at: datetime | None = None
    next_slot: datetime | None = None
    follows: tuple[Follow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Slot:
    """One turn of one subscriber: unique by its period, "2026-11-20", "2026-W47" or "2026-11" where they live."""

    period: str
    due: datetime


class IssueState(enum.StrEnum):
    """Does an issue go out? A paused one waits, a cancelled one never does; what was sent was sent."""

    OPEN = "open"
    PAUSED = "paused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Issue:
    """One run of sending: the slots due at one tick, or an admin's request. Unique by `key`."""

    id: int
    key: str
    trigger: str
    asked_by: str
    opened_at: datetime
    period_end: datetime
    show_id: int | None = None
    since: datetime | None = None
    why: str = ""
    state: IssueState = IssueState.OPEN
    mark: str = ""  # what was asked, hashed, if whoever asked gave the key
    reason: str = ""  # why it was paused, when nobody asked for that


class DeliveryState(enum.StrEnum):
    """A delivery's fate. One that is uncertain without a next try waits for a person."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    HANDING_OVER = "handing over"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message's fate. Unique by issue and subscriber."""

    id: int
    issue_id: int
    subscriber_id: int
    email: str
    state: DeliveryState
    attempts: int = 0
    next_try: datetime | None = None
    message_id: str | None = None
    reply: str | None = None
    kind: str | None = None  # of the last refusal, as in MailError
    first_try: datetime | None = None
    doubts: int = 0  # how often nobody knew whether it was taken: so many copies there may be too many


@dataclass(frozen=True, slots=True)
class Wait:
    """Deliveries of an issue that wait for one thing, or ended for one reason: how many, and the next try."""

    state: DeliveryState
    kind: str | None
    reply: str | None  # one of theirs
    count: int
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """How viewers are quoted: whether their names are shown, and whether a comment may give the plot away."""

    authors: bool = True
    spoilers: bool = True
