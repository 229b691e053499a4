"""Valid objects with one call; say only what matters to the test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.items import Article, Comment, Page, Section, Thread
from worker import tasks
from worker.models import Claim, Delivery, Field, Kind, Standing, When
from worker.tasks import Kit

NOW = datetime(2027, 3, 5, 8, tzinfo=UTC)


def make_article(text: str = "An insider has news about Harbour Lights.", **values: Any) -> Article:
    """An article of `my-outlet`, published at NOW."""
    defaults: dict[str, Any] = {
        "url": "https://my-outlet.example/a",
        "source": "my-outlet",
        "title": "News about Harbour Lights",
        "text": text,
        "published": NOW,
        "language": "en",
        "sections": (Section("", text),),
        "outlet": "My Outlet",
    }
    return Article(**{**defaults, **values})


def make_page(**values: Any) -> Page:
    """A fetched article page."""
    defaults: dict[str, Any] = {
        "url": "https://my-outlet.example/a",
        "source": "my-outlet",
        "kind": "article",
        "status": 200,
        "fetched_at": NOW,
    }
    return Page(**{**defaults, **values})


def make_thread(*texts: str, **values: Any) -> Thread:
    """A flat thread of comments `c1`, `c2`, …, a viewer each."""
    comments = tuple(Comment(f"c{n}", f"viewer {n}", text, NOW) for n, text in enumerate(texts, start=1))
    defaults: dict[str, Any] = {
        "url": "https://my-outlet.example/a",
        "source": "my-outlet",
        "comments": comments,
        "declared_count": len(texts),
        "engine": "wordpress",
    }
    return Thread(**{**defaults, **values})


def make_claim(**values: Any) -> Claim:
    """A rumour: season 2 of show 1 is renewed."""
    defaults: dict[str, Any] = {
        "id": 0,
        "show_id": 1,
        "season": 2,
        "kind": Kind.RENEWAL,
        "field": Field.STATUS,
        "value": "renewed",
        "standing": Standing.RUMOUR,
        "evidence": "An insider says that it has been renewed for season 2.",
        "rule": "test",
        "heading": "",
        "when": None,
        "article_id": 1,
        "version": 1,
        "source": "my-outlet",
        "outlet": "My Outlet",
        "family": "my-outlet",
        "url": "https://my-outlet.example/a",
        "seen_at": NOW,
        "background": False,
    }
    return Claim(**{**defaults, **values})


def make_when(text: str, first: str, last: str) -> When:
    """A date with its precision, of ISO days."""
    return When(text, datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date())


def send_issue(kit: Kit, issue_id: int, now: datetime) -> list[Delivery]:
    """Delivers an issue; gives what became of its deliveries, by address."""
    tasks.send(kit, issue_id, now)
    with kit.store.begin() as tx:
        return sorted(tx.deliveries.of_issue(issue_id), key=lambda delivery: delivery.email)
