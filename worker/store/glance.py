"""Everything at a glance, by queries that stay fast however much is stored: what is large is estimated, not counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, bindparam, func, select, text

from worker.models import DeliveryState, IssueState
from worker.store import schema
from worker.store.deliveries import TO_COME, wants_a_try
from worker.store.hosts import OFFERED

EXACT = 200_000  # rows of a table that are counted one by one
FEW = 20_000  # rows of one state
SUBSCRIBER_STATES = ("pending", "active", "unsubscribed", "bounced", "suppressed")


@dataclass(frozen=True, slots=True)
class Glance:
    """What is stored and what waits. `estimated` names the figures that are not exact, because their tables are large.

    `week` counts articles, claims and updates since a time; `oldest_item` is when what waits longest in the inbox came,
    `oldest_due` when the delivery that waits longest was to be tried.
    """

    totals: Mapping[str, int]
    week: Mapping[str, int]
    comments: tuple[int, int]  # captured, declared
    inbox: int
    oldest_item: datetime | None
    subscribers: Mapping[str, int]
    deliveries: Mapping[str, int]
    oldest_due: datetime | None
    issues_going_out: int
    issues_paused: int
    suppressions: int
    leased: frozenset[str]  # hosts that somebody is reading from
    estimated: frozenset[str]


def take_glance(connection: Connection, since: datetime, now: datetime) -> Glance:
    """Looks at every table that says how things stand; `since` is where the week begins."""
    tables = {name: schema.metadata.tables[name] for name in ("articles", "shows", "claims", "stories", "updates")}
    people, deliveries, inbox = schema.subscribers, schema.deliveries, schema.inbox
    large = {name for name, table in (tables | _STATED).items() if size(connection, table) > EXACT}
    states = {name: _by_state(connection, table, name in large) for name, table in _STATED.items()}
    waiting, oldest_item = connection.execute(select(func.count(), func.min(inbox.c.received_at))).one()
    sums = (func.coalesce(func.sum(schema.threads.c[name]), 0) for name in ("captured", "declared_count"))
    captured, declared = connection.execute(select(*sums)).one()
    closed = select(schema.issues.c.id).where(schema.issues.c.state != IssueState.OPEN)
    to_come = deliveries.c.state.in_(TO_COME) & deliveries.c.issue_id.not_in(closed)
    return Glance(
        totals={name: _count(connection, table, name in large) for name, table in tables.items()},
        week={
            "articles": _number(connection, select(func.count()).where(schema.articles.c.first_seen > since)),
            "claims": _since(connection, schema.claims.c.seen_at, since),
            "updates": _since(connection, schema.updates.c.at, since),
        },
        comments=(int(captured), int(declared)),
        inbox=int(waiting),
        oldest_item=oldest_item,
        subscribers=_all(SUBSCRIBER_STATES, states[people.name]),
        deliveries=_all([str(state) for state in DeliveryState], states[deliveries.name]),
        oldest_due=connection.execute(select(func.min(deliveries.c.next_try)).where(wants_a_try(now))).scalar(),
        issues_going_out=_number(connection, select(func.count(deliveries.c.issue_id.distinct())).where(to_come)),
        issues_paused=_number(connection, select(func.count()).where(schema.issues.c.state == IssueState.PAUSED)),
        suppressions=_count(connection, schema.suppressions, size(connection, schema.suppressions) > EXACT),
        leased=frozenset(connection.execute(_LEASED, {"now": now}).scalars()),
        estimated=frozenset(large),
    )


_LEASED = select(schema.hosts.c.host).where(
    schema.hosts.c.leased_until > bindparam("now", type_=schema.hosts.c.leased_until.type),
    schema.hosts.c.leased_by != OFFERED,
)
_STATED = {"subscribers": schema.subscribers, "deliveries": schema.deliveries}


def size(connection: Connection, table: Table) -> int:
    """About how many rows a table has, without reading them: by PostgreSQL's statistics, by SQLite's last number."""
    if connection.dialect.name == "sqlite":
        return int(connection.execute(text(f"SELECT max(rowid) FROM {table.name}")).scalar() or 0)
    statement = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
    return int(connection.execute(statement, {"name": table.name}).scalar() or 0)  # -1: nothing is known yet


def _count(connection: Connection, table: Table, is_large: bool) -> int:
    return size(connection, table) if is_large else _number(connection, select(func.count()).select_from(table))


def _by_state(connection: Connection, table: Table, is_large: bool) -> dict[str, int]:
    """How many rows are in which state; of a large table on PostgreSQL as its planner thinks."""
    if not is_large or connection.dialect.name == "sqlite":
        rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        return {row[0]: row[1] for row in rows}
    states = SUBSCRIBER_STATES if table is schema.subscribers else tuple(DeliveryState)
    return {str(state): _planned(connection, select(table.c.id).where(table.c.state == str(state))) for state in states}


def _planned(connection: Connection, statement: Select[Any]) -> int:
    """How many rows PostgreSQL's planner expects; where it expects few they are counted."""
    sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}").scalar_one()
    expected = int(plan[0]["Plan"]["Plan Rows"])
    return expected if expected > FEW else _number(connection, select(func.count()).select_from(statement.subquery()))


def _since(connection: Connection, column: Column[Any], since: datetime) -> int:
    """How many rows are younger than a time. Rows come in the order of their ids: the first is found by halving."""
    table = column.table
    low, high = 0, int(connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    while low + 1 < high:
        middle = (low + high) // 2
        step = select(table.c.id, column).where(table.c.id >= middle).order_by(table.c.id).limit(1)
        row = connection.execute(step).first()
        if row is None or row[1] > since:
            high = middle
        else:
            low = row[0]
    return _number(connection, select(func.count()).select_from(table).where(table.c.id >= high, column > since))


def _number(connection: Connection, statement: Select[Any]) -> int:
    return int(connection.execute(statement).scalar_one())


def _all(states: Sequence[str], counts: Mapping[str, int]) -> dict[str, int]:
    """Every state with its count, so that the figures have the same names whatever has happened yet."""
    return {state: counts.get(state, 0) for state in states}
