"""What articles tell first, kept short, to find those with the same news; and which have been set apart by hand."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Column, Select, bindparam, delete, func, select, update

from worker.models import Fact, Field, Kind, Lead, Standing, When
from worker.store import schema
from worker.store.base import Noun

_MOST = 60  # articles that one is held against


# Asked for every article, so they are built once.
_table, _articles = schema.leads, schema.articles
_LEADS = select(_table.c.lead, func.coalesce(_articles.c.story, _articles.c.id).label("story")).join(
    _articles, _articles.c.id == _table.c.article_id
)
_keys = schema.headline_keys
_HEADED = select(_keys.c.article_id).where(_keys.c.key.in_(bindparam("keys", expanding=True)))
_WORDED = _LEADS.where(_table.c.article_id.in_(_HEADED.limit(_MOST)))
_WORDED = _WORDED.limit(_MOST)
_GONE = delete(_table).where(_table.c.article_id == bindparam("article"))
_NEW = _table.insert()


@functools.cache
def _dated(of_shows: bool, around: bool) -> Select[Any]:
    statement = _of(of_shows).where(_table.c.told.is_not(None))
    if around:
        statement = statement.where(_table.c.told >= bindparam("first"), _table.c.told <= bindparam("last"))
    return statement.order_by(_table.c.told.desc(), _table.c.article_id.desc()).limit(_MOST)


@functools.cache
def _undated(of_shows: bool) -> Select[Any]:
    return _of(of_shows).where(_table.c.told.is_(None)).order_by(_table.c.article_id.desc()).limit(_MOST)


def _of(shows: bool) -> Select[Any]:
    """The leads about some shows, or about none."""
    column = _table.c.show_id
    return _LEADS.where(column.in_(bindparam("shows", expanding=True)) if shows else column.is_(None))


@functools.cache
def _barred(ledger: bool) -> Select[Any]:
    column = _split(ledger)
    return select(column).where(column.table.c.article_id.in_(bindparam("articles", expanding=True)))


class Leads(Noun):
    """Queries about articles with the same news."""

    def near(self, shows: Iterable[int], told: date | None, reach: timedelta, keys: Sequence[int] = ()) -> list[Lead]:
        """What articles about any of the shows (about none: those about none) told around a day, with their numbers.

        Those whose day is not known are always near, and those whose headline has one of the keys. However large the
        archive is, it gives a few.
        """
        ids = list(shows)
        wanted: dict[str, Any] = {"shows": ids} if ids else {}
        days = {"first": told - reach, "last": told + reach} if told else {}
        rows = [*self.connection.execute(_dated(bool(ids), bool(told)), wanted | days)]
        rows += self.connection.execute(_undated(bool(ids)), wanted)
        rows += self.connection.execute(_WORDED, {"keys": list(keys)}) if keys else ()
        found = {lead["article_id"]: _lead(lead, story) for lead, story in rows}
        return list(found.values())

    def all(self) -> list[Lead]:
        """What every article tells, with its number."""
        table, articles = schema.leads, schema.articles
        statement = select(
            table.c.article_id, table.c.lead, func.coalesce(articles.c.story, articles.c.id).label("story")
        )
        rows = self.connection.execute(statement.join(articles, articles.c.id == table.c.article_id)).mappings()
        found = {row["article_id"]: _lead(row["lead"], row["story"]) for row in rows}
        return [found[article_id] for article_id in sorted(found)]

    def keep(self, lead: Lead, reason: str, keys: Sequence[int] = (), *, new: bool = False) -> None:
        """Remembers what an article tells, keys to its headline, and the number it shares with the same news.

        Of a `new` article there is nothing yet that would have to go.
        """
        if not new:
            self.connection.execute(_GONE, {"article": lead.article_id})
        row = {"article_id": lead.article_id, "told": lead.told, "lead": _json(lead)}
        shows: list[int | None] = [*sorted(lead.shows)] or [None]
        self.connection.execute(_NEW, [{**row, "show_id": show} for show in shows])
        rows = [{"key": key, "article_id": lead.article_id} for key in dict.fromkeys(keys)]
        self.upsert(schema.headline_keys, rows, ["key", "article_id"])
        self.number(lead.article_id, lead.story, reason)

    def join(self, one: int, other: int) -> int:
        """Makes two stories one, under the lower number, which it gives; but what people have set apart stays so."""
        gone, kept = max(one, other), min(one, other)
        if not {gone, kept}.isdisjoint(self.barred([*self.members(gone), *self.members(kept)], ledger=False)):
            return one
        table = schema.articles
        self.connection.execute(update(table).where(table.c.story == gone).values(story=kept))
        return kept

    def number(self, article_id: int, story: int, reason: str) -> None:
        """Gives an article its number."""
        self.change(schema.articles, article_id, {"story": story, "story_reason": reason})

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
        return frozenset(self.connection.execute(_barred(ledger), {"articles": list(article_ids)}).scalars())


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
        "chances": lead.chances,
        "title": sorted(lead.title),
        "names": sorted(lead.names),
        "called": sorted(lead.called),
        "numbers": sorted(lead.numbers),
        "talks": lead.talks,
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
        chances=tuple((Kind(kind), chance) for kind, chance in data.get("chances", ())),
        title=frozenset(data.get("title", ())),
        names=frozenset(data.get("names", ())),
        called=frozenset(data.get("called", ())),
        numbers=frozenset(data.get("numbers", ())),
        talks=data.get("talks", False),
    )


def _fact(data: Mapping[str, Any]) -> Fact:
    when = data["when"]
    dates = When(when["text"], date.fromisoformat(when["first"]), date.fromisoformat(when["last"])) if when else None
    return Fact(Field(data["field"]), Kind(data["kind"]), data["value"], dates)
