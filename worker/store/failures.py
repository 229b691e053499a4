"""Whatever is set aside, of every kind, in one form: pages, articles, mails, issues, letters, and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, cast, delete, func, or_, select

from worker.models import DeliveryState, IssueState
from worker.store import schema
from worker.store.base import Noun, slices

Kind = Literal["page", "article", "mail", "issue", "letter", "bounce"]
KINDS: tuple[Kind, ...] = ("page", "article", "mail", "issue", "letter", "bounce")
LETTERS_KEPT = timedelta(days=7)  # of what was refused to an address; what nobody confirms is forgotten by then
HELD = "held"  # the reason of a mail that may have been taken, and waits for a person
_REFUSED = {"refused": "confirm", "export refused": "export"}
_SETTLED = {
    "refused": ("asked", "mailed", "confirmed", "imported", "added", "unsubscribed", "bounced", "suppressed"),
    "export refused": ("export asked", "export mailed", "suppressed"),
}


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing that is set aside. `number` is its id among those of its kind; an article's is that of its page.

    `about` is what it is about: a URL, a reader's address, an issue's key. `times` is how often it was tried.
    `group` is the issue of a mail; `has_payload` says that its items are kept, `size` how many packed bytes are.
    """

    kind: Kind
    number: int
    at: datetime
    about: str
    reason: str
    detail: str
    times: int
    source: str = ""
    group: int | None = None
    has_payload: bool = False
    size: int = 0

    @property
    def id(self) -> str:
        """How people and programs name it: `mail-7`."""
        return f"{self.kind}-{self.number}"


class Failures(Noun):
    """Queries about what is set aside. `limit` is of each kind."""

    def find(
        self,
        kinds: Sequence[Kind] = KINDS,
        *,
        reason: str = "",
        source: str = "",
        limit: int | None = None,
        now: datetime,
    ) -> list[Aside]:
        """What is set aside, newest first; only of some kinds, for one reason, of one source."""
        found: list[Aside] = []
        if {"page", "article"} & set(kinds):
            found += [one for one in self._pages(source, reason, limit) if one.kind in kinds]
        if not source:
            of_kind = {"mail": self._mails, "issue": self._issues, "letter": self._letters, "bounce": self._bounces}
            for kind, find in of_kind.items():
                if kind in kinds:
                    found += [one for one in find(limit, now) if reason in ("", one.reason)]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def one(self, kind: Kind, number: int, now: datetime) -> Aside | None:
        """The one with an id; None when it is not set aside, or not any more."""
        if kind in ("page", "article"):
            where = schema.failures.c.id == number
            return next((_page(row) for row in self._page_rows(where, None)), None)
        if kind == "mail":
            return next(iter(self._mails(None, now, schema.deliveries.c.id == number)), None)
        found = {"issue": self._issues, "letter": self._letters, "bounce": self._bounces}[kind](None, now)
        return next((one for one in found if one.number == number), None)

    def counts(self, now: datetime) -> dict[tuple[Kind, str], int]:
        """How much is set aside, by kind and reason; most first."""
        failures, deliveries = schema.failures, schema.deliveries
        found: dict[tuple[Kind, str], int] = {}
        kept = _has_payload()
        rows = self.connection.execute(select(failures.c.reason, kept, func.count()).group_by(failures.c.reason, kept))
        for reason, has_payload, count in rows:
            found["article" if has_payload else "page", reason] = count
        state, what = deliveries.c.state, deliveries.c.kind
        for name, kind, count in self.connection.execute(
            select(state, what, func.count()).where(_mails_aside()).group_by(state, what)
        ):
            key: tuple[Kind, str] = ("mail", _mail_reason(name, kind))
            found[key] = found.get(key, 0) + count
        for one in (*self._issues(None, now), *self._letters(None, now), *self._bounces(None, now)):
            found[one.kind, one.reason] = found.get((one.kind, one.reason), 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def forget_bounce(self, number: int) -> None:
        """Takes the record of a message back, so that it can be read again."""
        self.connection.execute(delete(schema.bounces).where(schema.bounces.c.id == number))

    def bounce_digest(self, number: int) -> str:
        """The mark by which the message behind a record is found again; "" when there is none."""
        table = schema.bounces
        return self.connection.execute(select(table.c.digest).where(table.c.id == number)).scalar() or ""

    def letter_of(self, number: int) -> tuple[int, str]:
        """Whose letter a record is about, and which one it is: confirm or export."""
        table = schema.consents
        row = self.connection.execute(select(table.c.subscriber_id, table.c.what).where(table.c.id == number)).one()
        return int(row[0]), _REFUSED[row[1]]

    def held(self, numbers: Sequence[int]) -> set[int]:
        """Which of these deliveries wait for a person's word."""
        table = schema.deliveries
        uncertain = (table.c.state == DeliveryState.UNCERTAIN) & table.c.next_try.is_(None)
        return {
            number
            for part in slices(numbers)
            for number in self.connection.execute(select(table.c.id).where(table.c.id.in_(part), uncertain)).scalars()
        }

    def _pages(self, source: str, reason: str, limit: int | None) -> Iterator[Aside]:
        table = schema.failures
        where = (table.c.source == source if source else table.c.id > 0) & (
            table.c.reason == reason if reason else table.c.id > 0
        )
        return (_page(row) for row in self._page_rows(where, limit))

    def _page_rows(self, where: ColumnElement[bool], limit: int | None) -> Iterator[Any]:
        """Without payloads and bodies, which may be large."""
        table = schema.failures
        names = ("id", "at", "source", "url", "reason", "detail", "times")
        extra = (_has_payload().label("kept"), func.coalesce(func.length(table.c.body), 0).label("size"))
        statement = select(*(table.c[name] for name in names), *extra).where(where)
        yield from self.connection.execute(statement.order_by(table.c.at.desc(), table.c.id).limit(limit))

    def _mails(self, limit: int | None, now: datetime, only: ColumnElement[bool] | None = None) -> list[Aside]:
        table, people = schema.deliveries, schema.subscribers
        names = ("id", "issue_id", "changed_at", "state", "kind", "reply", "attempts")
        statement = (
            select(*(table.c[name] for name in names), people.c.email)
            .join(people, people.c.id == table.c.subscriber_id)
            .where(_mails_aside() if only is None else _mails_aside() & only)
            .order_by(table.c.changed_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        return [
            Aside(
                "mail",
                row.id,
                row.changed_at,
                row.email,
                _mail_reason(row.state, row.kind),
                row.reply or "",
                row.attempts,
                group=row.issue_id,
            )
            for row in self.connection.execute(statement)
        ]

    def _issues(self, limit: int | None, now: datetime) -> list[Aside]:
        """Issues that the program paused; what a person paused is not set aside."""
        table = schema.issues
        paused = (table.c.state == IssueState.PAUSED) & (table.c.reason != "")
        statement = select(table.c.id, table.c.opened_at, table.c.key, table.c.reason).where(paused)
        rows = self.connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
        return [
            Aside("issue", number, at, key, "template" if why.startswith("a template") else "refused", why, 1)
            for number, at, key, why in rows
        ]

    def _letters(self, limit: int | None, now: datetime) -> list[Aside]:
        """Letters that a server refused for good, and that nothing has settled since."""
        table, people, later = schema.consents, schema.subscribers, schema.consents.alias()
        last = or_(*((table.c.what == what) & later.c.what.in_(settled) for what, settled in _SETTLED.items()))
        since = select(later.c.id).where(later.c.subscriber_id == table.c.subscriber_id, later.c.id > table.c.id, last)
        statement = (
            select(table.c.id, table.c.at, table.c.what, people.c.email)
            .join(people, people.c.id == table.c.subscriber_id)
            .where(table.c.what.in_(_REFUSED), table.c.at > now - LETTERS_KEPT, ~since.exists())
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        return [
            Aside("letter", number, at, email, "refused", f"the {_REFUSED[what]} mail was refused for good", 1)
            for number, at, what, email in self.connection.execute(statement)
        ]

    def _bounces(self, limit: int | None, now: datetime) -> list[Aside]:
        """Messages that came back and could not be read, or belong to nobody we know."""
        table = schema.bounces
        lost = (table.c.kind == "unread") | ((table.c.kind == "ignored") & table.c.subscriber_id.is_(None))
        statement = select(table.c.id, table.c.at, table.c.kind, table.c.text).where(lost)
        rows = self.connection.execute(statement.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
        reasons = {"unread": "unread", "ignored": "unmatched"}
        return [Aside("bounce", number, at, "", reasons[kind], text, 1) for number, at, kind, text in rows]


def _has_payload() -> ColumnElement[bool]:
    """None is kept as JSON's null."""
    return func.coalesce(cast(schema.failures.c.payload, Text), "null") != "null"


def _mails_aside() -> ColumnElement[bool]:
    table = schema.deliveries
    held = (table.c.state == DeliveryState.UNCERTAIN) & table.c.next_try.is_(None)
    return (table.c.state == DeliveryState.FAILED) | held


def _mail_reason(state: str, kind: str | None) -> str:
    return HELD if state == DeliveryState.UNCERTAIN else kind or "failed"


def _page(row: Any) -> Aside:
    kind: Kind = "article" if row.kept else "page"
    return Aside(
        kind,
        row.id,
        row.at,
        row.url,
        row.reason,
        row.detail,
        row.times,
        row.source,
        has_payload=row.kept,
        size=row.size,
    )
