"""The JSON forms that others build on (docs/formats.md): fields may be added, not renamed.

The command line prints them and the API answers with them.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crawler.extract import Extraction
from crawler.items import Thread, parse_time
from crawler.source import Source, parse_span
from worker.forms.shapes import (
    ArticleBase,
    ArticleForm,
    ClaimForm,
    CorrectionForm,
    DeliveryForm,
    FullArticleForm,
    IssueForm,
    LabelsForm,
    ListedShow,
    ShowForm,
    SourceForm,
    StoryForm,
    SuppressionForm,
    TurnForm,
    WaitForm,
    WhyForm,
)
from worker.models import Delivery, Issue, Labels, Show, Story, Subscriber, Update, Wait
from worker.store.articles import ArticleRow, Version
from worker.store.corrections import Correction
from worker.store.sources import Crawled, SourceState
from worker.store.stories import ClaimRow
from worker.store.suppressions import Suppression


def encode(form: object) -> str:
    """A form as JSON text, in one line."""
    return json.dumps(form, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def read_since(text: str, now: datetime) -> datetime | None:
    """`7d`, `12h` or a date; None for "". Raises ValueError that says what is wanted."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d+[smhdw]", text):
            return now - parse_span(text)
        return parse_time(text.replace("Z", "+00:00"))
    except (ValueError, OverflowError):
        raise ValueError(f"a span like 7d or a date like 2027-03-05 is wanted, not {text!r}") from None


def extraction_form(url: str, extraction: Extraction) -> dict[str, Any]:
    """One page of `extract`."""
    article, thread = extraction.article, extraction.thread
    return {
        "url": article.url if article else url,
        "title": article.title if article else None,
        "authors": list(article.authors) if article else [],
        "published": article.published if article else None,
        "modified": article.modified if article else None,
        "language": article.language if article else None,
        "image": article.image if article else None,
        "summary": article.summary if article else "",
        "live": article.live if article else False,
        "text": article.text if article else "",
        "sections": [dataclasses.asdict(section) for section in article.sections] if article else [],
        "related": list(extraction.related),
        "captions": list(extraction.captions),
        "comments": [dataclasses.asdict(comment) for comment in thread.comments] if thread else [],
        "declared_comment_count": thread.declared_count if thread else None,
        "comment_engine": extraction.engine or None,
        "outcome": extraction.outcome,
        "reason": extraction.reason,
    }


def article_form(row: ArticleRow) -> ArticleForm:
    """One line of `articles list`."""
    return {
        **_article(row),
        "sections": labels_form(row.stored.labels)["sections"],
        "versions": row.stored.version,
        "comments": row.comments,
    }


def labels_form(labels: Labels) -> LabelsForm:
    """What an article is about."""
    return {
        "is_show_news": labels.is_show_news,
        "season": labels.season,
        "kinds": list(labels.kinds),
        "primary_kind": labels.primary,
        "standing": labels.standing,
        "sections": [{"heading": heading, "kinds": list(kinds)} for heading, kinds in labels.section_kinds],
    }


def full_article_form(row: ArticleRow, thread: Thread | None, versions: list[Version]) -> FullArticleForm:
    """`articles show`: the fields of `articles list` and of `extract`, with the whole thread and the versions."""
    article, labels = row.stored.article, row.stored.labels
    return {
        **_article(row),
        "authors": list(article.authors),
        "modified": article.modified,
        "language": article.language,
        "image": article.image,
        "live": article.live,
        "text": article.text,
        "sections": article.sections,
        "section_kinds": labels_form(labels)["sections"],
        "story_reason": row.story_reason,
        "rules": list(labels.rules),
        "comments": thread.comments if thread else (),
        "comment_engine": thread.engine if thread else None,
        "versions": [{"number": v.number, "seen_at": v.seen_at, "changes": v.changes} for v in versions],
    }


def _article(row: ArticleRow) -> ArticleBase:
    article, labels = row.stored.article, row.stored.labels
    return {
        "id": row.stored.id,
        "url": article.url,
        "source": article.source,
        "outlet": article.outlet,
        "title": article.title,
        "published": article.published,
        "is_show_news": labels.is_show_news,
        "season": labels.season,
        "kinds": list(labels.kinds),
        "primary_kind": labels.primary,
        "standing": labels.standing,
        "show": row.shows[0] if row.shows else None,
        "shows": list(row.shows),
        "story": row.story,
        "duplicate_of": row.duplicate_url,
        "declared_comment_count": row.declared_comment_count,
    }


def claim_form(row: ClaimRow) -> ClaimForm:
    """One line of `claims list`."""
    claim = row.claim
    return {
        "id": claim.id,
        "show": row.show,
        "season": claim.season,
        "kind": claim.kind,
        "field": claim.field,
        "value": claim.value,
        "standing": claim.standing,
        "state": row.state,
        "evidence": claim.evidence,
        "url": claim.url,
        "source": claim.source,
        "outlet": claim.outlet,
        "family": claim.family,
        "first_seen": claim.seen_at,
        "story": claim.story_id,
        "importance": row.importance,
        "background": claim.background,
        "copy": claim.copy_of is not None,
        "rule": claim.rule,
        "reason": row.reason,
    }


def why_form(row: ClaimRow, same: Sequence[ClaimRow], corrections: Sequence[Correction]) -> WhyForm:
    """`claims why`: a claim, all claims of its story, and what was put right by hand."""
    return {
        **claim_form(row),
        "story_claims": [claim_form(one) for one in same],
        "corrections": [correction_form(one) for one in corrections],
    }


def correction_form(one: Correction) -> CorrectionForm:
    """One line of `corrections list`."""
    return {
        "id": one.id,
        "what": one.what,
        "article": one.article or None,
        "source": one.source or None,
        "phrase": one.phrase or None,
        "wrong": one.wrong or None,
        "right": one.right or None,
        "created": one.created,
        "withdrawn": list(one.withdrawn),
    }


def ledger_form(show: Show, stories: Iterable[Story]) -> list[StoryForm]:
    """`claims show`: a show's ledger, by season and field."""
    return [_story_form(show, story) for story in in_order(stories)]


def in_order(stories: Iterable[Story]) -> list[Story]:
    """The stories of a ledger as people read them: by season, field and time."""
    return sorted(stories, key=lambda one: (one.season or 0, one.field, one.first_seen, one.id))


def _story_form(show: Show, story: Story) -> StoryForm:
    return {
        "show": show.name,
        "id": story.id,
        "season": story.season,
        "kind": story.kind,
        "field": story.field,
        "value": story.value,
        "standing": story.standing,
        "state": story.state,
        "first_seen": story.first_seen,
        "last_seen": story.last_seen,
        "when": {"from": str(story.when.first), "to": str(story.when.last)} if story.when else None,
        "families": list(story.families),
    }


def turn_form(show: Show, update: Update, row: ClaimRow | None) -> TurnForm:
    """One line of `shows timeline`; `row` is the claim that made the change, if it is still there."""
    return {
        "show": show.name,
        "id": update.id,
        "at": update.at,
        "change": update.change,
        "season": update.season,
        "field": update.field,
        "value": update.value,
        "standing": update.standing,
        "was_value": update.was_value,
        "was_standing": update.was_standing,
        "reason": update.reason,
        "claim": claim_form(row) if row else None,
    }


def show_form(show: Show, state: str) -> ShowForm:
    """A show as `shows add` tells it."""
    return {
        "name": show.name,
        "key": show.key,
        "aliases": list(show.aliases),
        "year": show.year,
        "country": show.country,
        "network": show.network,
        "state": state,
    }


def listed_show(
    show: Show, waiting: Mapping[int, str], seasons: Mapping[int, Sequence[int]], public_url: str = ""
) -> ListedShow:
    """One line of `shows list`; `waiting` are the shows that are only proposed."""
    state = "proposed" if show.id in waiting else "active"
    feed = f"{public_url.rstrip('/')}/shows/{quote(show.key)}.atom"
    return {**show_form(show, state), "seasons": list(seasons.get(show.id, ())), "feed": feed}


def source_form(
    source: Source, state: SourceState | None, halt: str | None, past: Sequence[Crawled] = ()
) -> SourceForm:
    """One line of `sources list`."""
    status = halt or (state.state if state else "never read")
    return {
        "name": source.name,
        "title": source.title or None,
        "start_urls": list(source.start_urls),
        "tier": source.tier,
        "family": source.publisher,
        "enabled": source.enabled,
        "state": status if source.enabled else "paused",
        "reason": state.reason if state else "",
        "last_crawled": state.last_crawled if state else None,
        "last_ok": state.last_ok if state else None,
        "next_due": state.next_due if state else None,
        "last_new": state.last_new if state else None,
        "interval_seconds": state.interval if state else None,
        "failures": state.failures if state else 0,
        "history": list(past),
    }


def subscriber_form(subscriber: Subscriber, names: dict[int, str]) -> dict[str, Any]:
    """One line of `subscribers list`."""
    return {
        "email": subscriber.email,
        "state": subscriber.state,
        **dataclasses.asdict(subscriber.preferences),
        "next_slot": subscriber.next_slot,
        "follows": [names[follow.show_id] for follow in subscriber.follows],
        "confirmed_at": subscriber.confirmed_at,
    }


def issue_form(issue: Issue, deliveries: dict[str, int]) -> IssueForm:
    """One line of `digests list`."""
    return {
        "id": issue.id,
        "key": issue.key,
        "trigger": issue.trigger,
        "asked_by": issue.asked_by,
        "why": issue.why,
        "state": issue.state,
        "reason": issue.reason,
        "period": {"since": issue.since, "until": issue.period_end},
        "deliveries": deliveries,
    }


def wait_form(wait: Wait) -> WaitForm:
    """What some deliveries of an issue wait for."""
    return {
        "state": wait.state,
        "kind": wait.kind,
        "deliveries": wait.count,
        "next_try": wait.next_try,
        "reply": wait.reply,
    }


def suppression_form(entry: Suppression) -> SuppressionForm:
    """One line of `suppressions list`."""
    is_address = "@" in entry.address
    return {
        "address": entry.address if is_address else None,
        "mark": None if is_address else entry.address,
        "reason": entry.reason,
        "evidence": entry.evidence,
        "at": entry.at,
    }


def delivery_form(delivery: Delivery) -> DeliveryForm:
    """One delivery of `digests show`."""
    return {
        "subscriber": delivery.email,
        "state": delivery.state,
        "message_id": delivery.message_id,
        "attempts": delivery.attempts,
        "reply": delivery.reply,
    }
