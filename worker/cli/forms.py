"""The JSON forms that others build on (docs/formats.md): fields may be added, not renamed."""

from __future__ import annotations

import dataclasses
from typing import Any

from crawler.extract import Extraction
from crawler.items import Comment, Thread
from worker.models import Delivery, Issue, Labels, Subscriber
from worker.store.articles import ArticleRow, Version
from worker.store.stories import ClaimRow


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


def article_form(row: ArticleRow) -> dict[str, Any]:
    """One line of `articles list`."""
    stored = row.stored
    article, labels = stored.article, stored.labels
    return {
        "id": stored.id,
        "url": article.url,
        "source": article.source,
        "outlet": article.outlet,
        "title": article.title,
        "published": article.published,
        **labels_form(labels),
        "show": row.shows[0] if row.shows else None,
        "shows": list(row.shows),
        "story": row.story,
        "duplicate_of": row.duplicate_url,
        "versions": stored.version,
        "comments": row.comments,
        "declared_comment_count": row.declared_comment_count,
    }


def labels_form(labels: Labels) -> dict[str, Any]:
    """What an article is about."""
    return {
        "is_show_news": labels.is_show_news,
        "season": labels.season,
        "kinds": list(labels.kinds),
        "primary_kind": labels.primary,
        "standing": labels.standing,
        "sections": [{"heading": heading, "kinds": list(kinds)} for heading, kinds in labels.section_kinds],
    }


def full_article_form(row: ArticleRow, thread: Thread | None, versions: list[Version]) -> dict[str, Any]:
    """`articles show`: the fields of `articles list` and of `extract`, with the whole thread and the versions."""
    article = row.stored.article
    return {
        **article_form(row),
        "authors": list(article.authors),
        "modified": article.modified,
        "language": article.language,
        "image": article.image,
        "live": article.live,
        "text": article.text,
        "sections": [dataclasses.asdict(section) for section in article.sections],
        "section_kinds": labels_form(row.stored.labels)["sections"],
        "story_reason": row.story_reason,
        "rules": list(row.stored.labels.rules),
        "comments": comments_form(thread.comments if thread else ()),
        "comment_engine": thread.engine if thread else None,
        "versions": [
            {"number": v.number, "seen_at": v.seen_at, "changes": [dataclasses.asdict(c) for c in v.changes]}
            for v in versions
        ],
    }


def comments_form(comments: tuple[Comment, ...]) -> list[dict[str, Any]]:
    """A thread, in page order."""
    return [dataclasses.asdict(comment) for comment in comments]


def claim_form(row: ClaimRow) -> dict[str, Any]:
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


def issue_form(issue: Issue, deliveries: dict[str, int]) -> dict[str, Any]:
    """One line of `digests list`."""
    return {
        "id": issue.id,
        "key": issue.key,
        "trigger": issue.trigger,
        "asked_by": issue.asked_by,
        "why": issue.why,
        "state": issue.state,
        "period": {"since": issue.since, "until": issue.period_end},
        "deliveries": deliveries,
    }


def delivery_form(delivery: Delivery) -> dict[str, Any]:
    """One delivery of `digests show`."""
    return {
        "subscriber": delivery.email,
        "state": delivery.state,
        "message_id": delivery.message_id,
        "attempts": delivery.attempts,
        "reply": delivery.reply,
    }
