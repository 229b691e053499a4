"""Corrections by hand: rules that are applied to what comes in, and claims that are withdrawn because of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, select, update

from worker.models import Change, ClaimState, Kind, Standing
from worker.store import schema
from worker.store.base import Noun, slices

_OVERTAKING = (Change.MOVED, Change.DENIED, Change.CONTRADICTED)
_OVERTAKEN = (ClaimState.MOVED, ClaimState.DENIED, ClaimState.CONTRADICTED)


class Fault(enum.StrEnum):
    """What was read wrongly."""

    WRONG_SHOW = "wrong-show"
    WRONG_KIND = "wrong-kind"
    NOT_NEWS = "not-news"


@dataclass(frozen=True, slots=True)
class Correction:
    """A rule made by hand: in this article, or in texts of a source ("": any) with a phrase, something is wrong.

    `wrong` is the show's name or the kind that was read, `right` what it should be ("": nothing). `withdrawn` are the
    ids that claims had which were taken back when the rule was made.
    """

    id: int
    what: Fault
    article: str
    source: str
    phrase: str
    wrong: str
    right: str
    created: datetime
    withdrawn: tuple[int, ...] = ()

    def __str__(self) -> str:
        place = self.article or f"{self.phrase!r} in texts of {self.source or 'any source'}"
        right = f", it is {self.right}" if self.right else ""
        return f"{self.what}{f' {self.wrong}' if self.wrong else ''}: {place}{right}"


class Objection(enum.StrEnum):
    """What a reader may find wrong in what they were told."""

    WRONG_SHOW = "wrong-show"
    WRONG_KIND = "wrong-kind"
    OLD_NEWS = "old-news"

    @property
    def fault(self) -> Fault:
        """What it is as a correction: an article with old news is no news."""
        return Fault.NOT_NEWS if self is Objection.OLD_NEWS else Fault(self.value)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a reader thinks is wrong in one update. It is no rule, and changes nothing, before an operator accepts it.

    `wrong` is the show's name or the kind that was told ("": neither is meant), `said` the evidence sentence. `readers`
    counts those who say the same of the same article.
    """

    id: int
    delivery_id: int
    update_id: int
    claim_id: int
    what: Objection
    article: str
    wrong: str
    said: str
    created: datetime
    state: str = "open"  # open, accepted, rejected
    readers: int = 1

    def correction(self, right: str, now: datetime) -> Correction:
        """The rule that it becomes when it is accepted."""
        return Correction(0, self.what.fault, self.article, "", "", self.wrong, right, now)


@dataclass(frozen=True, slots=True)
class Read:
    """A stored claim, as far as corrections look at it."""

    claim_id: int
    show: str
    kind: Kind
    rule: str


class Corrections(Noun):
    """Queries about corrections. They are made by hand, so there are few: a transaction reads them once."""

    _by_place: Mapping[tuple[str, str], Sequence[Correction]] | None = None  # by article, or by source

    def all(self) -> list[Correction]:
        """All corrections, oldest first."""
        table = schema.corrections
        return [_correction(row) for row in self.connection.execute(select(table).order_by(table.c.id)).mappings()]

    def near(self, url: str, source: str) -> list[Correction]:
        """Those of an article, and those of its source's texts, whose phrases are still to be looked for."""
        if self._by_place is None:
            found: dict[tuple[str, str], list[Correction]] = {}
            for one in self.all():
                found.setdefault((one.article, "" if one.article else one.source), []).append(one)
            self._by_place = found
        places = dict.fromkeys(((url, ""), ("", source), ("", "")))
        near = [one for place in places for one in self._by_place.get(place, ())]
        return sorted(near, key=lambda one: one.id)

    def add(self, correction: Correction) -> Correction:
        """Keeps a correction; gives it its id."""
        self._by_place = None
        values = {field.name: getattr(correction, field.name) for field in fields(correction) if field.name != "id"}
        number = self.insert_id(schema.corrections, {**values, "withdrawn": []})
        return Correction(**{**values, "id": number, "withdrawn": ()})

    def remove(self, correction_id: int) -> None:
        """Forgets a correction."""
        self._by_place = None
        self.connection.execute(delete(schema.corrections).where(schema.corrections.c.id == correction_id))

    def record(self, correction_id: int, withdrawn: Sequence[int]) -> None:
        """Remembers which claims a correction took back."""
        table = schema.corrections
        self.connection.execute(update(table).where(table.c.id == correction_id).values(withdrawn=list(withdrawn)))

    def story_of(self, claim_id: int) -> int | None:
        """The story that a claim belongs to; None when there is no such claim."""
        table = schema.claims
        found: int | None = self.connection.execute(select(table.c.story_id).where(table.c.id == claim_id)).scalar()
        return found

    def claims_in(self, article_ids: Sequence[int]) -> list[Read]:
        """What was read from these articles."""
        claims, shows = schema.claims, schema.shows
        columns = (claims.c.id, shows.c.name, claims.c.kind, claims.c.rule)
        statement = select(*columns).join(shows, shows.c.id == claims.c.show_id).order_by(claims.c.id)
        parts = slices(article_ids)
        rows = [
            row for part in parts for row in self.connection.execute(statement.where(claims.c.article_id.in_(part)))
        ]
        return [Read(row[0], row[1], Kind(row[2]), row[3]) for row in rows]

    def withdraw(self, claim_ids: Sequence[int]) -> None:
        """Takes claims back: what they changed in the ledger is undone; stories that nobody else tells go."""
        table, updates = schema.claims, schema.updates
        for part in slices(claim_ids):
            rows = self.connection.execute(select(updates).where(updates.c.claim_id.in_(part))).mappings().all()
            told = self.connection.execute(select(table.c.story_id).where(table.c.id.in_(part)).distinct())
            stories = list(told.scalars())
            self.connection.execute(delete(table).where(table.c.id.in_(part)))
            gone = {story_id for story_id in stories if not self._settle(story_id)}
            for row in rows:
                if row["story_id"] in gone and row["change"] in _OVERTAKING:
                    self._reopen(row)

    def propose(self, proposal: Proposal) -> None:
        """Keeps what a reader proposes; saying it twice is saying it once."""
        names = [field.name for field in fields(proposal) if field.name not in ("id", "readers")]
        row = {name: getattr(proposal, name) for name in names}
        self.upsert(schema.proposals, [row], ["delivery_id", "update_id", "what"], keep=names[3:])

    def proposed(self) -> list[Proposal]:
        """What is proposed and not settled, oldest first; what several readers say of one article is one."""
        table, deliveries = schema.proposals, schema.deliveries
        statement = select(table, deliveries.c.subscriber_id).join(deliveries, deliveries.c.id == table.c.delivery_id)
        statement = statement.where(table.c.state == "open").order_by(table.c.id)
        found: dict[tuple[str, str, str], list[RowMapping]] = {}
        for row in self.connection.execute(statement).mappings():
            found.setdefault((row["what"], row["article"], row["wrong"]), []).append(row)
        return [_proposal(rows[0], len({row["subscriber_id"] for row in rows})) for rows in found.values()]

    def settle(self, proposal: Proposal, state: str) -> int:
        """Accepts or rejects what is proposed, for all who say the same; gives how many lines that were."""
        table = schema.proposals
        same = (table.c.what == proposal.what) & (table.c.article == proposal.article)
        same &= (table.c.wrong == proposal.wrong) & (table.c.state == "open")
        return self.connection.execute(update(table).where(same).values(state=state)).rowcount

    def _settle(self, story_id: int) -> bool:
        """Makes a story what its remaining claims say; False when there are none, and it is gone."""
        table, claims = schema.stories, schema.claims
        statement = select(claims).where(claims.c.story_id == story_id).order_by(claims.c.seen_at, claims.c.id)
        rows = self.connection.execute(statement).mappings().all()
        if not rows:
            self.connection.execute(delete(table).where(table.c.id == story_id))
            return False
        values = {
            "standing": max((Standing(row["standing"]) for row in rows), key=lambda standing: standing.rank),
            "families": list(dict.fromkeys(row["family"] for row in rows if row["copy_of"] is None)),
            "first_seen": rows[0]["seen_at"],
            "last_seen": rows[-1]["seen_at"],
        }
        self.connection.execute(update(table).where(table.c.id == story_id).values(**values))
        return True

    def _reopen(self, row: RowMapping) -> None:
        """What a withdrawn claim had overtaken stands again."""
        table = schema.stories
        same = (table.c.show_id == row["show_id"]) & (table.c.field == row["field"])
        before = (table.c.value == row["was_value"]) & (table.c.first_seen == row["was_at"])
        closed = table.c.state.in_(_OVERTAKEN)
        self.connection.execute(update(table).where(same, before, closed).values(state=ClaimState.OPEN))


def _proposal(row: RowMapping, readers: int) -> Proposal:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Proposal) if field.name != "readers"}
    return Proposal(**{**values, "what": Objection(row["what"]), "readers": readers})


def _correction(row: RowMapping) -> Correction:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Correction)}
    return Correction(**{**values, "what": Fault(row["what"]), "withdrawn": tuple(row["withdrawn"])})
