"""Hosts as remembered: their robots.txt, the pauses they ask for, and who may ask them now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crawler.items import Host
from worker.store import schema
from worker.store.base import Noun, slices

LEASE = timedelta(minutes=3)
"""How long a crawl keeps its hosts to itself without saying so again."""

OFFERED = "offered"
"""Who holds the hosts of sources whose crawl was handed out, until a worker takes it."""


class Hosts(Noun):
    """Queries about hosts. A host is its host[:port] as it stands in a URL."""

    def known(self, hosts: Collection[str], since: datetime) -> dict[str, Host]:
        """The robots.txt of these hosts, those that were read since a time."""
        table = schema.hosts
        found: dict[str, Host] = {}
        for part in slices(sorted(hosts)):
            rows = self.connection.execute(
                select(table.c.host, table.c.url, table.c.robots_at, table.c.robots, table.c.robots_status).where(
                    table.c.host.in_(part), table.c.robots_at > since
                )
            )
            found |= {row.host: Host(row.url, "", row.robots_at, row.robots, row.robots_status) for row in rows}
        return found

    def save(self, hosts: Iterable[Host]) -> None:
        """Remembers what hosts said: their robots.txt, or how long they want to be left in peace."""
        for host in sorted(hosts, key=lambda host: host.url):  # in one order, so that none waits in a circle
            row: dict[str, Any] = {"host": urlsplit(host.url).netloc, "url": host.url}
            if host.robots is not None:
                row |= {"robots": host.robots, "robots_status": host.status, "robots_at": host.fetched_at}
            if host.rest_until is not None:
                row |= {"rest_until": host.rest_until}
            self.upsert(schema.hosts, [row], ["host"])

    def busy(self, now: datetime, besides: str = "") -> set[str]:
        """Hosts that are not to be asked now: leased by somebody (but `besides`), or at rest."""
        table = schema.hosts
        leased = (table.c.leased_until > now) & (table.c.leased_by != besides)
        rows = self.connection.execute(select(table.c.host).where(or_(leased, table.c.rest_until > now)))
        return set(rows.scalars())

    def lease(self, hosts: Collection[str], owner: str, now: datetime, until: datetime, over: str = "") -> set[str]:
        """Keeps everybody else from asking these hosts until the lease ends or is given back; gives those it got.

        A host that somebody else holds (but `over`), or that is at rest, is left to them. Each is asked for in one
        statement, so that of two who ask at the same moment one gets it.
        """
        table = schema.hosts
        rows = [{"host": host, "url": f"//{host}", "leased_by": owner, "leased_until": until} for host in sorted(hosts)]
        if not rows:
            return set()
        statement = (postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert)(table)
        held = func.coalesce((table.c.leased_until > now) & (table.c.leased_by != over), false())
        resting = func.coalesce(table.c.rest_until > now, false())
        values = {name: statement.excluded[name] for name in ("leased_by", "leased_until")}
        statement = statement.on_conflict_do_update(index_elements=["host"], set_=values, where=~held & ~resting)
        self.connection.execute(statement, rows)
        mine = (table.c.leased_by == owner) & (table.c.leased_until == until)
        return set(self.connection.execute(select(table.c.host).where(mine)).scalars()) & set(hosts)

    def renew(self, owner: str, until: datetime) -> int:
        """Keeps an owner's hosts for longer; gives how many it still holds."""
        table = schema.hosts
        return self.connection.execute(
            update(table).where(table.c.leased_by == owner).values(leased_until=until)
        ).rowcount

    def withdraw(self, owner: str, until: datetime) -> int:
        """Ends an owner's leases that run no longer than until then; gives how many."""
        table = schema.hosts
        mine = (table.c.leased_by == owner) & (table.c.leased_until <= until)
        return self.connection.execute(update(table).where(mine).values(leased_by=None, leased_until=None)).rowcount

    def release(self, owner: str, hosts: Collection[str]) -> None:
        """Gives an owner's leases of these hosts back."""
        table = schema.hosts
        for part in slices(sorted(hosts)):
            statement = update(table).where(table.c.host.in_(part), table.c.leased_by == owner)
            self.connection.execute(statement.values(leased_by=None, leased_until=None))
