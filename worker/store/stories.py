"""The claim ledger: claims, the stories they belong to, and the updates that changed it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, delete, func, select, tuple_, update

from worker.models import Change, Claim, ClaimState, Field, Kind, Move, Standing, Story, Update, When
from worker.store import schema
from worker.store.base import Noun, slices

_MOST_BESIDE = 100  # stories that one claim is held against


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with its story's state, its article's headline and why the ledger did what it did."""

    claim: Claim
    state: ClaimState
    show: str
    title: str
    published: datetime | None
    reason: str
    importance: int


# Asked for every claim, so they are built once.
_stories = schema.stories
_BESIDE = (
    select(_stories)
    .where(_stories.c.show_id == bindparam("show"), _stories.c.field == bindparam("of"))
    .where(_stories.c.key == bindparam("by"))
    .order_by(_stories.c.last_seen.desc(), _stories.c.id.desc())
    .limit(_MOST_BESIDE)
)
_KEYS = select(schema.claims.c.key).where(schema.claims.c.article_id == bindparam("of"))


class Stories(Noun):
    """Queries about claims, stories and updates."""

    def ledger(self, show_id: int, field: Field | None = None) -> list[Story]:
        """All stories of a show (and field), oldest first."""
        table = schema.stories
        statement = select(table).where(table.c.show_id == show_id).order_by(table.c.first_seen, table.c.id)
        if field:
            statement = statement.where(table.c.field == field)
        return [_story(row) for row in self.connection.execute(statement).mappings()]

    def beside(self, claim: Claim) -> list[Story]:
        """The stories that a claim may be part of or stand against: of its show and field, and of its person.

        Found by key, the latest of them, so that it takes as long in a large archive as in a small one.
        """
        wanted = {"show": claim.show_id, "of": claim.field, "by": story_key(claim.field, claim.value)}
        found = [_story(row) for row in self.connection.execute(_BESIDE, wanted).mappings()]
        return sorted(found, key=lambda story: (story.first_seen, story.id))

    def ledgers(self, show_ids: Sequence[int]) -> dict[int, list[Story]]:
        """All stories of several shows, by show, oldest first."""
        table = schema.stories
        found: dict[int, list[Story]] = {show_id: [] for show_id in show_ids}
        for part in slices(show_ids):
            statement = select(table).where(table.c.show_id.in_(part)).order_by(table.c.first_seen, table.c.id)
            for row in self.connection.execute(statement).mappings():
                found[row["show_id"]].append(_story(row))
        return found

    def keys_of(self, article_id: int) -> set[str]:
        """The keys (`claim_key`) of the claims that an article has made."""
        return set(self.connection.execute(_KEYS, {"of": article_id}).scalars())

    def keep(self, claim: Claim, move: Move, importance: int) -> Update | None:
        """Stores a claim and what it did to the ledger; gives the update it makes, if any."""
        story_id = self._keep_story(claim, move)
        values = {
            **_claim_values(claim),
            "story_id": story_id,
            "key": claim_key(claim),
            "reason": move.reason,
        }
        claim_id = self.insert_id(schema.claims, values)
        for closed, state in move.close:
            self.change(schema.stories, closed, {"state": state})
        if move.change is None:
            return None
        return self._keep_update(claim, move, story_id, claim_id, importance)

    def expire(self, story: Story, claim_id: int, reason: str, importance: int, now: datetime) -> None:
        """Closes a story whose date passed, and makes the update that says so."""
        table = schema.stories
        self.connection.execute(update(table).where(table.c.id == story.id).values(state=ClaimState.EXPIRED))
        values = {
            "at": now,
            "change": Change.EXPIRED,
            "show_id": story.show_id,
            "season": story.season,
            "field": story.field,
            "kind": story.kind,
            "story_id": story.id,
            "claim_id": claim_id,
            "value": story.value,
            "standing": story.standing,
            "was_value": story.value,
            "was_standing": story.standing,
            "was_at": story.first_seen,
            "importance": importance,
            "reason": reason,
            "background": False,
        }
        self.insert_id(schema.updates, values)

    def overdue(self, now: datetime) -> list[tuple[Story, int]]:
        """Open stories whose date has passed, each with its first claim's id."""
        table, claims = schema.stories, schema.claims
        first = select(func.min(claims.c.id)).where(claims.c.story_id == table.c.id).scalar_subquery()
        statement = select(table, first.label("claim_id")).where(
            table.c.state == ClaimState.OPEN, table.c.when_last < now.date()
        )
        return [(_story(row), row["claim_id"]) for row in self.connection.execute(statement).mappings()]

    def claim(self, claim_id: int) -> Claim | None:
        """One claim."""
        row = self.connection.execute(_claims_statement().where(schema.claims.c.id == claim_id)).mappings().first()
        return _claim_row(row).claim if row else None

    def claims(
        self,
        *,
        show_id: int | None = None,
        since: datetime | None = None,
        story_ids: Sequence[int] | None = None,
    ) -> list[ClaimRow]:
        """Claims, oldest first."""
        statement = _claims_statement()
        if show_id:
            statement = statement.where(schema.claims.c.show_id == show_id)
        if since:
            statement = statement.where(schema.claims.c.seen_at >= since)
        if story_ids is None:
            return self._claims(statement)
        parts = slices(story_ids)
        return [row for part in parts for row in self._claims(statement.where(schema.claims.c.story_id.in_(part)))]

    def claims_of(self, show_ids: Sequence[int]) -> dict[int, list[ClaimRow]]:
        """All claims of several shows, by show, oldest first."""
        found: dict[int, list[ClaimRow]] = {show_id: [] for show_id in show_ids}
        for part in slices(show_ids):
            for row in self._claims(_claims_statement().where(schema.claims.c.show_id.in_(part))):
                found[row.claim.show_id].append(row)
        return found

    def claims_about(self, updates: Sequence[Update]) -> dict[int, list[ClaimRow]]:
        """The claims of the updates' stories, and those of what stood before, by show, oldest first."""
        table, found = schema.claims, dict[int, ClaimRow]()
        before = {(one.show_id, one.field.value, one.was_value) for one in updates if one.was_value}
        same = tuple_(table.c.show_id, table.c.field, table.c.value)
        wanted = [table.c.story_id.in_(part) for part in slices(sorted({one.story_id for one in updates}))]
        wanted += [same.in_(part) for part in slices(sorted(before))]
        for where in wanted:
            found |= {row.claim.id: row for row in self._claims(_claims_statement().where(where))}
        by_show: dict[int, list[ClaimRow]] = {}
        for row in sorted(found.values(), key=lambda row: (row.claim.seen_at, row.claim.id)):
            by_show.setdefault(row.claim.show_id, []).append(row)
        return by_show

    def _claims(self, statement: Select[Any]) -> list[ClaimRow]:
        return [_claim_row(row) for row in self.connection.execute(statement).mappings()]

    def some_claims(
        self,
        *,
        limit: int,
        before: int | None = None,
        show_id: int | None = None,
        state: ClaimState | None = None,
        standing: Standing | None = None,
        since: datetime | None = None,
    ) -> list[ClaimRow]:
        """Claims, the newest number first; `before` is the number to go on from."""
        table, stories = schema.claims, schema.stories
        columns = ((table.c.show_id, show_id), (stories.c.state, state), (table.c.standing, standing))
        wanted = [column == value for column, value in columns if value is not None]
        wanted += [table.c.id < before] if before is not None else []
        wanted += [table.c.seen_at >= since] if since else []
        newest = table.c.id.desc()
        ids = select(table.c.id).join(stories, stories.c.id == table.c.story_id).where(*wanted)
        page = list(self.connection.execute(ids.order_by(newest).limit(limit)).scalars())
        statement = _claims_statement().where(table.c.id.in_(page)).order_by(None).order_by(newest)
        return [_claim_row(row) for row in self.connection.execute(statement).mappings()]

    def updates(self, show_ids: Sequence[int], since: datetime, until: datetime) -> list[Update]:
        """What changed in the shows' ledgers in (since, until], oldest first; background is left out."""
        table = schema.updates
        statement = (
            select(table)
            .where(table.c.show_id.in_(show_ids), table.c.at > since, table.c.at <= until)
            .where(~table.c.background)
            .order_by(table.c.at, table.c.id)
        )
        return [_update(row) for row in self.connection.execute(statement).mappings()]

    def updates_of(self, story_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Every update there ever was of stories, by id, with its show and its story."""
        table, stories = schema.updates, schema.stories
        found: dict[int, tuple[int, int]] = {}
        for part in slices(story_ids):
            shows = select(stories.c.show_id).where(stories.c.id.in_(part))  # by which updates are found quickly
            statement = select(table.c.id, table.c.show_id, table.c.story_id).where(
                table.c.show_id.in_(shows), table.c.story_id.in_(part)
            )
            found |= {row[0]: (row[1], row[2]) for row in self.connection.execute(statement)}
        return found

    def update(self, update_id: int) -> Update | None:
        """One change of the ledger; None when what made it was taken back."""
        statement = select(schema.updates).where(schema.updates.c.id == update_id)
        row = self.connection.execute(statement).mappings().first()
        return _update(row) if row else None

    def story(self, story_id: int) -> Story:
        """One story of the ledger."""
        table = schema.stories
        return _story(self.connection.execute(select(table).where(table.c.id == story_id)).mappings().one())

    def restate(self, story: Story) -> int:
        """Stores a story as it is now; one with the id 0 is new. Gives its id."""
        table = schema.stories
        values = {f.name: getattr(story, f.name) for f in fields(Story) if f.name not in ("id", "when")}
        values |= {**_when_values(story.when), "families": list(story.families)}
        values |= {"key": story_key(story.field, story.value)}
        if not story.id:
            return self.insert_id(table, values)
        self.connection.execute(update(table).where(table.c.id == story.id).values(**values))
        return story.id

    def hand_over(self, claim_ids: Sequence[int], story_id: int) -> None:
        """Puts claims, and the updates that they made, into a story."""
        for table, column in ((schema.claims, schema.claims.c.id), (schema.updates, schema.updates.c.claim_id)):
            for part in slices(claim_ids):
                self.connection.execute(update(table).where(column.in_(part)).values(story_id=story_id))

    def drop(self, story_id: int) -> None:
        """Removes a story whose claims are in another one now."""
        self.connection.execute(delete(schema.stories).where(schema.stories.c.id == story_id))

    def last_update(self) -> int:
        """The id of the newest update; 0 when there is none."""
        return self.connection.execute(select(func.max(schema.updates.c.id))).scalar() or 0

    def counts(self) -> dict[str, int]:
        """How many shows, claims, stories and updates there are."""
        tables = {
            "shows": schema.shows,
            "claims": schema.claims,
            "stories": schema.stories,
            "updates": schema.updates,
        }
        return {
            name: int(self.connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in tables.items()
        }

    def _keep_story(self, claim: Claim, move: Move) -> int:
        table = schema.stories
        values: dict[str, Any] = {
            "standing": move.standing,
            "value": move.value,
            **_when_values(move.when),
        }
        if move.story is None:
            values |= {
                "show_id": claim.show_id,
                "season": claim.season,
                "kind": claim.kind,
                "field": claim.field,
            }
            values |= {
                "state": move.state,
                "first_seen": claim.said,
                "last_seen": claim.said,
                "families": _families((), claim),
                "key": story_key(claim.field, claim.value),
            }
            return self.insert_id(table, values)
        values |= {
            "families": _families(move.story.families, claim),
            "season": move.story.season or claim.season,
            "first_seen": min(move.story.first_seen, claim.said),
            "last_seen": max(move.story.last_seen, claim.said),
            "key": story_key(claim.field, move.value),
        }
        self.change(table, move.story.id, values)
        return move.story.id

    def _keep_update(self, claim: Claim, move: Move, story_id: int, claim_id: int, importance: int) -> Update:
        assert move.change is not None  # the caller returns before when nothing changed
        was = move.was
        values = {
            "at": claim.seen_at,
            "change": move.change,
            "show_id": claim.show_id,
            "season": claim.season if claim.season is not None else (was.season if was else None),
            "field": claim.field,
            "kind": claim.kind,
            "story_id": story_id,
            "claim_id": claim_id,
            "value": move.value,
            "standing": move.standing,
            "was_value": was.value if was else None,
            "was_standing": was.standing if was else None,
            "was_at": was.first_seen if was else None,
            "importance": importance,
            "reason": move.reason,
            "background": claim.background,
        }
        return _update({"id": self.insert_id(schema.updates, values), **values})


def story_key(field: Field, value: str) -> str:
    """What a story is looked up by beside its show and field: for a person the last word of the name."""
    if field is not Field.CAST:
        return ""
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).rpartition(" ")[2]


def _families(families: Sequence[str], claim: Claim) -> list[str]:
    """A copy corroborates nothing, so its family is not counted."""
    return list(families) if claim.copy_of else list(dict.fromkeys((*families, claim.family)))


def claim_key(claim: Claim) -> str:
    """What makes it this very claim of this article, and no other."""
    parts = (
        claim.article_id,
        claim.show_id,
        claim.season,
        claim.field,
        claim.value.casefold(),
        claim.standing,
    )
    return "|".join(str(part) for part in parts)


def _claim_values(claim: Claim) -> dict[str, Any]:
    names = {column.name for column in schema.claims.columns}
    plain = {f.name: getattr(claim, f.name) for f in fields(Claim) if f.name in names and f.name != "id"}
    return {**plain, **_when_values(claim.when)}


def _when_values(when: When | None) -> dict[str, Any]:
    if when is None:
        return {"when_text": None, "when_first": None, "when_last": None}
    return {"when_text": when.text, "when_first": when.first, "when_last": when.last}


def _when(row: Mapping[str, Any] | RowMapping) -> When | None:
    return When(row["when_text"], row["when_first"], row["when_last"]) if row["when_text"] else None


def _story(row: RowMapping) -> Story:
    return Story(
        id=row["id"],
        show_id=row["show_id"],
        season=row["season"],
        kind=Kind(row["kind"]),
        field=Field(row["field"]),
        value=row["value"],
        standing=Standing(row["standing"]),
        state=ClaimState(row["state"]),
        when=_when(row),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        families=tuple(row["families"]),
    )


def _update(row: Mapping[str, Any] | RowMapping) -> Update:
    plain = {f.name: row[f.name] for f in fields(Update)}
    plain |= {"change": Change(row["change"]), "field": Field(row["field"]), "kind": Kind(row["kind"])}
    plain |= {"standing": Standing(row["standing"])}
    plain |= {"was_standing": Standing(row["was_standing"]) if row["was_standing"] else None}
    return Update(**plain)


def _claims_statement() -> Select[Any]:
    claims, stories, articles, shows = schema.claims, schema.stories, schema.articles, schema.shows
    updates = schema.updates
    importance = select(func.max(updates.c.importance)).where(updates.c.claim_id == claims.c.id).scalar_subquery()
    return (
        select(
            claims,
            stories.c.state,
            articles.c.url,
            articles.c.title,
            articles.c.published,
            shows.c.name.label("show"),
            func.coalesce(importance, 0).label("importance"),
        )
        .join(stories, stories.c.id == claims.c.story_id)
        .join(articles, articles.c.id == claims.c.article_id)
        .join(shows, shows.c.id == claims.c.show_id)
        .order_by(claims.c.seen_at, claims.c.id)
    )


def _claim_row(row: RowMapping) -> ClaimRow:
    plain = {f.name: row[f.name] for f in fields(Claim) if f.name != "when"}
    plain |= {"kind": Kind(row["kind"]), "field": Field(row["field"]), "standing": Standing(row["standing"])}
    claim = Claim(**plain, when=_when(row))
    state = ClaimState(row["state"])
    return ClaimRow(claim, state, row["show"], row["title"], row["published"], row["reason"], row["importance"])
