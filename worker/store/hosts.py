"""Hosts as remembered: their robots.txt, the pauses they ask for, and who may ask them now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import or_, select, update

from crawler.items import Host
from worker.store import schema
from worker.store.base import Noun, slices

LEASE = timedelta(minutes=65)
"""How long a crawl may keep its hosts to itself: it ends itself after an hour."""


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
        for host in hosts:
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

    def lease(self, hosts: Collection[str], owner: str, until: datetime) -> None:
        """Keeps everybody else from asking these hosts until the lease ends or is given back."""
        rows = [{"host": host, "url": f"//{host}", "leased_by": owner, "leased_until": until} for host in sorted(hosts)]
        self.upsert(schema.hosts, rows, ["host"], keep=["url"])

    def release(self, owner: str, hosts: Collection[str]) -> None:
        """Gives an owner's leases of these hosts back."""
        table = schema.hosts
        for part in slices(sorted(hosts)):
            statement = update(table).where(table.c.host.in_(part), table.c.leased_by == owner)
            self.connection.execute(statement.values(leased_by=None, leased_until=None))
