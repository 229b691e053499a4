"""The tables. One schema for SQLite and PostgreSQL; every change of it is a migration in `migrations/`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Time(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite hands back naive ones; here both engines take and give aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive times: they have no meaning in the store."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without zone: {value}")
        return value.astimezone(UTC) if value else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Reads SQLite's texts; on PostgreSQL the driver has made times of them."""
        return time_reader(dialect.name)


@functools.lru_cache(maxsize=4096)
def _of_text(value: str | None) -> datetime | None:
    """A stored time. Remembered, since most rows share a few: when a digest went out, when a crawl ended."""
    return datetime.fromisoformat(f"{value}+00:00") if value else None


def _in_utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value else None


def time_reader(dialect: str) -> Callable[[Any], Any]:
    """What makes a time, or None, of a value as the engine's driver hands it back."""
    return _of_text if dialect == "sqlite" else _in_utc


def _article() -> Column[int]:
    return Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False)


sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("first_crawled", Time, nullable=False),
    Column("last_crawled", Time, nullable=False),
    Column("last_ok", Time),
    Column("next_due", Time, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("complete", Boolean, nullable=False),  # one crawl came to its end
    Column("interval", Float),  # seconds between two crawls, as adapted so far
    Column("last_new", Time),
    Column("usual_gap", Float),  # seconds between two crawls that brought something, smoothed
    Column("tries", Integer, nullable=False, server_default="0"),  # crawls begun since the last that ended
    Index(None, "next_due"),
)

crawls = Table(
    "crawls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Time, nullable=False),
    Column("state", Text, nullable=False),
    Column("fetched", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("links", Integer),
    Column("articles", Integer, nullable=False),
    Column("news", Integer, nullable=False),
    Column("words", Integer),
    Column("captured", Integer, nullable=False),
    Column("declared", Integer, nullable=False),
    Index(None, "source", "at"),
    Index(None, "at"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),  # host[:port]; leases are of the host without www
    Column("url", Text, nullable=False),
    Column("robots", Text),
    Column("robots_status", Integer),
    Column("robots_at", Time),
    Column("rest_until", Time),
    Column("leased_by", Text),
    Column("leased_until", Time),
)

turns = Table(  # what many processes may begin, and one does
    "turns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("taken_at", Time, nullable=False),
    Column("done_at", Time),
)

halts = Table(
    "halts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # paused, retired
    Column("since", Time, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("url", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("fetched_at", Time, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("fingerprint", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("fresh_until", Time),
    Column("moved_to", Text),
    Column("links", Integer),
    Column("thread", JSON),
    Column("engine", Text),
    Column("signature", Text),  # None: made by an older program, equal to nothing
    Column("visit_at", Time),  # when to look at an article again
    Index(None, "source", "kind"),
    Index(None, "source", "visit_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("received_at", Time, nullable=False),
    Column("items", JSON, nullable=False),
    Column("offered_at", Time, nullable=False),
    Column("taken_until", Time),  # a worker has it in hand
    Column("tries", Integer, nullable=False, server_default="0"),
    Index(None, "offered_at"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("given_shows", JSON, nullable=False),
    Column("published", Time),
    Column("modified", Time),
    Column("language", Text),
    Column("image", Text),
    Column("live", Boolean, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("first_seen", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
    Column("version", Integer, nullable=False),
    Column("background", Boolean, nullable=False),
    Column("duplicate_of", ForeignKey("articles.id", ondelete="SET NULL")),
    Column("labels", JSON, nullable=False),
    Column("story", Integer),  # all articles that tell the same news have one number; NULL: it stands alone
    Column("story_reason", Text),
    Index(None, "source"),
    Index(None, "fingerprint"),
    Index(None, "first_seen"),
    Index(None, "story"),
    Index(None, "duplicate_of"),
)

leads = Table(
    "leads",
    metadata,
    _article(),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE")),  # a row each; NULL: of an article about none
    Column("told", Date),
    Column("lead", JSON, nullable=False),
    Index(None, "article_id"),
    Index(None, "show_id", "told"),
)

article_shows = Table(
    "article_shows",
    metadata,
    _article(),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("cue", Text, nullable=False),
    UniqueConstraint("article_id", "show_id"),
    Index(None, "show_id", "article_id"),
)

versions = Table(
    "versions",
    metadata,
    _article(),
    Column("number", Integer, nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("changes", JSON, nullable=False),
    UniqueConstraint("article_id", "number"),
    Index(None, "seen_at"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("digest", JSON, nullable=False),
)

bands = Table(
    "bands",
    metadata,
    Column("key", BigInteger, nullable=False),
    _article(),
    UniqueConstraint("key", "article_id"),
    Index(None, "article_id"),
)

headline_keys = Table(  # pairs of words of headlines, by which the same news is found whatever it is about
    "headline_keys",
    metadata,
    Column("key", BigInteger, nullable=False),
    _article(),
    UniqueConstraint("key", "article_id"),
    Index(None, "article_id"),
)

threads = Table(
    "threads",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("engine", Text, nullable=False),
    Column("declared_count", Integer),
    Column("captured", Integer, nullable=False),
    Column("updated_at", Time, nullable=False),
)

comments = Table(
    "comments",
    metadata,
    _article(),
    Column("id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("author", Text),
    Column("published", Time),
    Column("text", Text, nullable=False),
    Column("parent", Text),
    Column("depth", Integer, nullable=False),
    Column("likes", Integer),
    Column("permalink", Text),
    Column("first_seen", Time, nullable=False),
    UniqueConstraint("article_id", "id"),
    Index(None, "first_seen"),
)
# so that the comments whose names are still to be forgotten are found without reading the others
Index(
    "ix_comments_named",
    comments.c.first_seen,
    sqlite_where=comments.c.author.is_not(None),
    postgresql_where=comments.c.author.is_not(None),
)

shows = Table(
    "shows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("year", Integer),
    Column("country", Text),
    Column("network", Text),
    Column("state", Text, nullable=False),  # proposed, active
    Column("evidence", Text, nullable=False),
    Column("created", Time, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("alias", Text, nullable=False),
    UniqueConstraint("show_id", "alias"),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("season", Integer),
    Column("kind", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("when_text", Text),
    Column("when_first", Date),
    Column("when_last", Date),
    Column("first_seen", Time, nullable=False),
    Column("last_seen", Time, nullable=False),
    Column("families", JSON, nullable=False),
    Column("key", Text, nullable=False, server_default=""),  # whom or what it is about: one look-up finds its like
    Index(None, "show_id", "field", "key", "last_seen"),
    Index(None, "state", "when_last"),
)

splits = Table(
    "splits",
    metadata,
    _article(),
    Column("story_id", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),  # its claims are none of this
    UniqueConstraint("article_id", "story_id"),
)

partings = Table(
    "partings",
    metadata,
    _article(),
    Column("story", Integer, nullable=False),  # it tells other news than the articles with this number
    UniqueConstraint("article_id", "story"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # one claim per article, show, season, field, value, standing
    Column("story_id", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("season", Integer),
    Column("kind", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Column("when_text", Text),
    Column("when_first", Date),
    Column("when_last", Date),
    _article(),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("said_at", Time),
    Column("background", Boolean, nullable=False),
    Column("copy_of", Integer),
    Column("reason", Text, nullable=False),
    Index(None, "article_id"),
    Index(None, "story_id"),
    Index(None, "show_id", "field"),
    Index(None, "seen_at"),
)

updates = Table(
    "updates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Time, nullable=False),
    Column("change", Text, nullable=False),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("season", Integer),
    Column("field", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("story_id", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("claim_id", ForeignKey("claims.id", ondelete="CASCADE"), nullable=False),
    Column("value", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("was_value", Text),
    Column("was_standing", Text),
    Column("was_at", Time),
    Column("importance", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("background", Boolean, nullable=False),
    Index(None, "show_id", "at"),
    Index(None, "claim_id"),
    Index(None, "story_id"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("least", Text, nullable=False),  # the standing below which nothing is told
    Column("spoilers", Boolean, nullable=False),
    Column("talk", Boolean, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("paused_until", Time),
    Column("created", Time, nullable=False),
    Column("confirmed_at", Time),
    Column("next_slot", Time),
    Index(None, "next_slot"),
)

# so that addresses that were never confirmed are found among those that were
Index(
    "ix_subscribers_pending",
    subscribers.c.created,
    sqlite_where=subscribers.c.state == "pending",
    postgresql_where=subscribers.c.state == "pending",
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("at", Time, nullable=False),
    Column("what", Text, nullable=False),  # asked, confirmed, imported, added, unsubscribed
    Column("origin", Text, nullable=False),  # by which door it came: page, command line, a file
    Index(None, "subscriber_id"),
    Index(None, "what", "at"),
)

erased = Table(  # addresses whose owner wants to be forgotten: a keyed hash, from which no address can be read
    "erased",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("at", Time, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("period", Text, nullable=False),
    Column("due", Time, nullable=False),
    Column("outcome", Text, nullable=False),  # opened, missed, paused, follows nothing
    Column("issue_id", ForeignKey("issues.id", ondelete="SET NULL")),
    UniqueConstraint("subscriber_id", "period"),
    Index(None, "due"),
    Index(None, "issue_id"),
)

follows = Table(
    "follows",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("show_id", ForeignKey("shows.id", ondelete="CASCADE"), nullable=False),
    Column("since", Time, nullable=False),
    Column("told_until", Time),
    Column("snoozed_until", Time),
    UniqueConstraint("subscriber_id", "show_id"),
    Index(None, "show_id"),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("trigger", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, paused, cancelled
    Column("mark", Text, nullable=False),  # of what was asked, when the key came with it
    Column("opened_at", Time, nullable=False),
    Column("period_end", Time, nullable=False),
    Column("show_id", ForeignKey("shows.id", ondelete="SET NULL")),
    Column("since", Time),
    Column("reason", Text, nullable=False, server_default=""),  # why it was paused, when nobody asked for that
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Time),
    Column("first_try", Time),
    Column("holder", Text),  # the worker that has it in hand, until the lease ends
    Column("lease_until", Time),
    Column("message_id", Text),
    Column("reply", Text),
    Column("kind", Text),  # of the last refusal: address, full, message, ours, busy, lost, uncertain
    Column("doubts", Integer, nullable=False, server_default="0"),  # how often nobody knew whether it was taken
    Column("changed_at", Time, nullable=False),
    UniqueConstraint("issue_id", "subscriber_id"),
    Index(None, "state", "next_try"),
    Index(None, "state", "lease_until"),
    Index(None, "subscriber_id", "state"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("told", JSON, nullable=False),  # show ids and update ids that count as told once it is sent
)

archive = Table(  # what was sent, to be read again
    "archive",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("page", LargeBinary, nullable=False),  # its HTML, or its text, in pieces; see archive.py
    Column("kind", Text, nullable=False),  # html, text
    Column("at", Time, nullable=False),
    Column("items", JSON, nullable=False, server_default="[]"),  # what it told: [update id, show, headline]
    Index(None, "at"),
)

fragments = Table(  # pieces of archived digests that many readers share
    "fragments",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # compressed
    Column("at", Time, nullable=False),  # when it was last frozen into a message
    Index(None, "at"),
)

suppressions = Table(  # addresses that nothing is sent to
    "suppressions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False, unique=True),  # normalised; of who was erased the mark alone
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE")),
    Column("reason", Text, nullable=False),  # bounced, complained, operator
    Column("evidence", Text, nullable=False),
    Column("at", Time, nullable=False),
    Index(None, "subscriber_id"),
)

bounces = Table(  # what came back; without a subscriber it holds no words of strangers
    "bounces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE")),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE")),
    Column("at", Time, nullable=False),
    Column("kind", Text, nullable=False),  # gone, doubtful, passing, ours, complaint, ignored, unread
    Column("status", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("score", Integer, nullable=False),  # tenths of a point that are left
    Column("digest", Text, unique=True),  # of the message: it counts once
    UniqueConstraint("delivery_id", "kind"),
    Index(None, "subscriber_id", "at"),
    Index(None, "at"),
)
# so that who was never bounced costs nothing when a mail arrives
Index(
    "ix_bounces_scored",
    bounces.c.subscriber_id,
    sqlite_where=bounces.c.score > 0,
    postgresql_where=bounces.c.score > 0,
)

told = Table(
    "told",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("update_id", ForeignKey("updates.id", ondelete="CASCADE"), nullable=False),
    Column("delivery_id", Integer, nullable=False),
    UniqueConstraint("subscriber_id", "update_id"),
)

failures = Table(
    "failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Time, nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("payload", JSON),
    Column("body", LargeBinary),  # what the server sent, packed
    UniqueConstraint("url", "reason"),
    Index(None, "source"),
)
# so that bodies that were kept long enough are found among failures that have none
Index(
    "ix_failures_kept",
    failures.c.at,
    sqlite_where=failures.c.body.is_not(None),
    postgresql_where=failures.c.body.is_not(None),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("what", Text, nullable=False),  # wrong-show, wrong-kind, not-news
    Column("article", Text, nullable=False),  # its URL; "": texts with the phrase
    Column("source", Text, nullable=False),  # "": any
    Column("phrase", Text, nullable=False),
    Column("wrong", Text, nullable=False),
    Column("right", Text, nullable=False),
    Column("created", Time, nullable=False),
    Column("withdrawn", JSON, nullable=False),  # ids that claims had which were taken back
    Index(None, "article", "source"),
)

proposals = Table(  # what readers think is wrong in what they were told; no rule before an operator accepts it
    "proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("update_id", Integer, nullable=False),  # it may be gone: what is taken back stays proposed
    Column("claim_id", Integer, nullable=False),
    Column("what", Text, nullable=False),  # wrong-show, wrong-kind, old-news
    Column("article", Text, nullable=False),
    Column("wrong", Text, nullable=False),  # the show, or the kind, that was told
    Column("said", Text, nullable=False),  # the evidence sentence
    Column("state", Text, nullable=False),  # open, accepted, rejected
    Column("created", Time, nullable=False),
    UniqueConstraint("delivery_id", "update_id", "what"),
    Index(None, "state", "article"),
)

checkups = Table(  # how the sources stood at each weekly health digest
    "checkups",
    metadata,
    Column("issue_id", ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Time, nullable=False),
    Column("states", JSON, nullable=False),  # source: state
)
