"""The shapes of the JSON forms: what the API's description is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from typing_extensions import TypedDict

from crawler.items import Comment, Section
from worker.models import ClaimState, DeliveryState, Field, IssueState, Kind, SectionChange, Standing
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
    """One line of `shows list`."""

    seasons: list[int]


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
