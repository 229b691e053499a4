"""The shapes of the JSON forms: what the API's description is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import TypedDict

from crawler.items import Comment, Section
from worker.models import Change, ClaimState, DeliveryState, Field, IssueState, Kind, SectionChange, Standing
from worker.store.corrections import Fault
from worker.store.sources import Crawled


class SectionKinds(TypedDict):
    """Which kinds a section of an article is about."""

    heading: str
    kinds: list[Kind]


class LabelsForm(TypedDict):
    """What an article is about."""

    is_show_news: bool
    season: int | None
    kinds: list[Kind]
    primary_kind: Kind | None
    standing: Standing | None
    sections: list[SectionKinds]


class ArticleBase(TypedDict):
    """What the short and the full form of an article share."""

    id: int
    url: str
    source: str
    outlet: str
    title: str
    published: datetime | None
    is_show_news: bool
    season: int | None
    kinds: list[Kind]
    primary_kind: Kind | None
    standing: Standing | None
    show: str | None
    shows: list[str]
    story: int
    duplicate_of: str | None
    declared_comment_count: int | None


class ArticleForm(ArticleBase):
    """One line of `articles list`; `comments` and `versions` are counts."""

    sections: list[SectionKinds]
    versions: int
    comments: int


class VersionForm(TypedDict):
    """One state of an article, and what differs from the one before."""

    number: int
    seen_at: datetime
    changes: Sequence[SectionChange]


class FullArticleForm(ArticleBase):
    """`articles show`: with the text, the whole thread and the versions."""

    authors: list[str]
    modified: datetime | None
    language: str | None
    image: str | None
    live: bool
    text: str
    sections: Sequence[Section]
    section_kinds: list[SectionKinds]
    story_reason: str
    rules: list[str]
    comments: Sequence[Comment]
    comment_engine: str | None
    versions: list[VersionForm]


class ClaimForm(TypedDict):
    """One line of `claims list`."""

    id: int
    show: str
    season: int | None
    kind: Kind
    field: Field
    value: str
    standing: Standing
    state: ClaimState
    evidence: str
    url: str
    source: str
    outlet: str
    family: str
    first_seen: datetime
    story: int | None
    importance: int
    background: bool
    copy: bool
    rule: str
    reason: str


class CorrectionForm(TypedDict):
    """One line of `corrections list`: a rule made by hand."""

    id: int
    what: Fault
    article: str | None
    source: str | None
    phrase: str | None
    wrong: str | None
    right: str | None
    created: datetime
    withdrawn: list[int]


class WhyForm(ClaimForm):
    """`claims why`: a claim with all claims of its story, and the corrections made for its article."""

    story_claims: list[ClaimForm]
    corrections: list[CorrectionForm]


WhenForm = TypedDict("WhenForm", {"from": str, "to": str})  # the first and the last day that may be meant


class StoryForm(TypedDict):
    """One line of `claims show`: a fact of a show's ledger."""

    show: str
    id: int
    season: int | None
    kind: Kind
    field: Field
    value: str
    standing: Standing
    state: ClaimState
    first_seen: datetime
    last_seen: datetime
    when: WhenForm | None
    families: list[str]


class TurnForm(TypedDict):
    """One line of `shows timeline`: a change of a show's ledger; `claim` is null when it was taken back since."""

    show: str
    id: int
    at: datetime
    change: Change
    season: int | None
    field: Field
    value: str
    standing: Standing
    was_value: str | None
    was_standing: Standing | None
    reason: str
    claim: ClaimForm | None


class ShowForm(TypedDict):
    """A show; `state` is active or proposed."""

    name: str
    key: str
    aliases: list[str]
    year: int | None
    country: str | None
    network: str | None
    state: str


class ListedShow(ShowForm):
    """One line of `shows list`; `feed` is the address of its Atom feed, of which all but the path may be missing."""

    seasons: list[int]
    feed: str


class FullShow(ListedShow):
    """A show with its ledger, by season and field."""

    ledger: list[StoryForm]


class SourceForm(TypedDict):
    """One line of `sources list`: a source with its health and what its last crawls brought."""

    name: str
    title: str | None
    start_urls: list[str]
    tier: str
    family: str
    enabled: bool
    state: str
    reason: str
    last_crawled: datetime | None
    last_ok: datetime | None
    next_due: datetime | None
    last_new: datetime | None
    interval_seconds: float | None
    failures: int
    history: Sequence[Crawled]


class Period(TypedDict):
    """What an issue tells: from an admin's wish, or where each reader's last digest ended, until it was opened."""

    since: datetime | None
    until: datetime


class IssueForm(TypedDict):
    """One line of `digests list`; `deliveries` counts them by state, `reason` is why it paused by itself, or ""."""

    id: int
    key: str
    trigger: str
    asked_by: str
    why: str
    state: IssueState
    reason: str
    period: Period
    deliveries: dict[str, int]


class WaitForm(TypedDict):
    """What so many deliveries of an issue wait for, or why they ended; `reply` is that of one of them.

    One that is uncertain without a next try is held for a person.
    """

    state: DeliveryState
    kind: str | None
    deliveries: int
    next_try: datetime | None
    reply: str | None


class SuppressionForm(TypedDict):
    """An address that nothing is sent to; of who was erased a mark alone."""

    address: str | None
    mark: str | None
    reason: str
    evidence: str
    at: datetime


class DeliveryForm(TypedDict):
    """One delivery of `digests show`."""

    subscriber: str
    state: DeliveryState
    message_id: str | None
    attempts: int
    reply: str | None
