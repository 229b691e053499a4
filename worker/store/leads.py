"""What articles tell first, kept short, to find those with the same news; and which have been set apart by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, delete, func, select, update

from worker.models import Fact, Field, Kind, Lead, Standing, When
from worker.store import schema
from worker.store.base import Noun

_MOST = 60  # articles that one is held against


class Leads(Noun):
    """Queries about articles with the same news."""

    def near(self, shows: Iterable[int], told: date | None, reach: timedelta) -> list[Lead]:
        """What articles about any of the shows (about none: those about none) told around a day, with their numbers.

        Those whose day is not known are always near. However large the archive is, it gives a few.
        """
        table, articles = schema.leads, schema.articles
        statement = select(table.c.lead, func.coalesce(articles.c.story, articles.c.id).label("story")).join(
            articles, articles.c.id == table.c.article_id
        )
        ids = list(shows)
        statement = statement.where(table.c.show_id.in_(ids) if ids else table.c.show_id.is_(None))
        dated = statement.where(table.c.told.is_not(None)).order_by(table.c.told.desc(), table.c.article_id.desc())
        if told:
            dated = dated.where(table.c.told >= told - reach, table.c.told <= told + reach)
        undated = statement.where(table.c.told.is_(None)).order_by(table.c.article_id.desc())
        rows = [row for part in (dated, undated) for row in self.connection.execute(part.limit(_MOST)).mappings()]
        found = {row["lead"]["article_id"]: _lead(row["lead"], row["story"]) for row in rows}
        return list(found.values())

    def keep(self, lead: Lead, reason: str) -> None:
        """Remembers what an article tells, and the number it shares with those that tell the same."""
        table = schema.leads
        self.connection.execute(delete(table).where(table.c.article_id == lead.article_id))
        row = {"article_id": lead.article_id, "told": lead.told, "lead": _json(lead)}
        shows: list[int | None] = [*sorted(lead.shows)] or [None]
        self.connection.execute(table.insert(), [{**row, "show_id": show} for show in shows])
        self.number(lead.article_id, lead.story, reason)

    def number(self, article_id: int, story: int, reason: str) -> None:
        """Gives an article its number."""
        table = schema.articles
        statement = update(table).where(table.c.id == article_id).values(story=story, story_reason=reason)
        self.connection.execute(statement)

    def story_of(self, article_id: int) -> int | None:
        """The number of an article; None when it has none yet."""
        table = schema.articles
        found: int | None = self.connection.execute(select(table.c.story).where(table.c.id == article_id)).scalar()
        return found

    def members(self, story: int) -> list[int]:
        """The articles with a number."""
        table = schema.articles
        return list(self.connection.execute(select(table.c.id).where(table.c.story == story)).scalars())

    def copies_of(self, article_id: int) -> list[int]:
        """The articles that copy an article."""
        table = schema.articles
        return list(self.connection.execute(select(table.c.id).where(table.c.duplicate_of == article_id)).scalars())

    def bar(self, article_ids: Sequence[int], story: int, *, ledger: bool) -> None:
        """Says for good that these articles do not belong to a story: one of the ledger, or a number."""
        column = _split(ledger)
        rows = [{"article_id": article_id, column.name: story} for article_id in article_ids]
        self.upsert(column.table, rows, ["article_id", column.name])

    def unbar(self, article_ids: Sequence[int], story: int, *, ledger: bool) -> None:
        """Takes that back."""
        column = _split(ledger)
        same = (column.table.c.article_id.in_(article_ids), column == story)
        self.connection.execute(delete(column.table).where(*same))

    def barred(self, article_ids: Iterable[int], *, ledger: bool) -> frozenset[int]:
        """The stories that these articles do not belong to, whatever they say."""
        column = _split(ledger)
        statement = select(column).where(column.table.c.article_id.in_(list(article_ids)))
        return frozenset(self.connection.execute(statement).scalars())


def _split(ledger: bool) -> Column[int]:
    return schema.splits.c.story_id if ledger else schema.partings.c.story


def _json(lead: Lead) -> dict[str, Any]:
    return {
        "article_id": lead.article_id,
        "shows": sorted(lead.shows),
        "seasons": sorted(lead.seasons),
        "kinds": list(lead.kinds),
        "standing": lead.standing,
        "told": lead.told.isoformat() if lead.told else None,
        "facts": [_fact_json(fact) for fact in lead.facts],
        "figures": sorted(lead.figures),
        "words": sorted(lead.words),
        "name": lead.name,
    }


def _fact_json(fact: Fact) -> dict[str, Any]:
    when = {"text": fact.when.text, "first": str(fact.when.first), "last": str(fact.when.last)} if fact.when else None
    return {**asdict(fact), "when": when}


def _lead(data: Mapping[str, Any], story: int) -> Lead:
    return Lead(
        article_id=data["article_id"],
        shows=frozenset(data["shows"]),
        seasons=frozenset(data["seasons"]),
        kinds=tuple(Kind(kind) for kind in data["kinds"]),
        standing=Standing(data["standing"]) if data["standing"] else None,
        told=date.fromisoformat(data["told"]) if data["told"] else None,
        facts=tuple(_fact(fact) for fact in data["facts"]),
        figures=frozenset(data["figures"]),
        words=frozenset(data["words"]),
        name=data["name"],
        story=story,
    )


def _fact(data: Mapping[str, Any]) -> Fact:
    when = data["when"]
    dates = When(when["text"], date.fromisoformat(when["first"]), date.fromisoformat(when["last"])) if when else None
    return Fact(Field(data["field"]), Kind(data["kind"]), data["value"], dates)
