"""What a crawl is asked to do: the sources, and what we remember of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.items import Host, Page, PageKind, from_json, parse_time, to_json
from crawler.source import Source

Recalled = tuple[str, PageKind, datetime]
"""Of a page that is no list: its URL, what it is, and when it was fetched."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One crawl of a batch of sources.

    `known` are the pages we remember, by URL; `revisit` those of them
    to fetch again now; `set_aside` URLs that failed so often that they rest. `hosts` are the hosts whose robots.txt we
    know, by host[:port]. With `look` the reports have samples for a person to look at. `allow_private` are hosts
    (`host` or `host:port`) that may be reached although their address is private. `seconds` bounds the crawl from
    within. Without `discover` just the pages of `revisit` are read. `recall` gives the other pages that we know of a
    source; it is asked when one of the source's lists has changed, so that an unchanged source costs nothing.
    """

    sources: tuple[Source, ...]
    known: Mapping[str, Page]
    now: datetime
    revisit: frozenset[str] = frozenset()
    allow_private: tuple[str, ...] = ()
    user_agent: str = ""
    seconds: float = 0
    discover: bool = True
    set_aside: frozenset[str] = frozenset()
    hosts: Mapping[str, Host] = field(default_factory=dict)
    look: bool = False
    recall: Callable[[str], Iterable[Recalled]] | None = None


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan as a JSON object, for the crawling process."""
    return {
        "sources": [source.model_dump(mode="json", exclude_defaults=True) for source in plan.sources],
        "known": [to_json(page) for page in plan.known.values()],
        "now": plan.now.isoformat(),
        "revisit": sorted(plan.revisit),
        "allow_private": list(plan.allow_private),
        "user_agent": plan.user_agent,
        "seconds": plan.seconds,
        "discover": plan.discover,
        "set_aside": sorted(plan.set_aside),
        "hosts": [(host.url, host.robots, host.status) for host in plan.hosts.values()],
        "look": plan.look,
        "recall": plan.recall is not None,
    }


def plan_from_json(data: dict[str, Any]) -> Plan:
    """The plan that `plan_to_json` wrote. Raises ValueError when it is none."""
    pages = [page for page in map(from_json, data["known"]) if isinstance(page, Page)]
    now = parse_time(data["now"])
    hosts = [Host(url, "", now, robots, status) for url, robots, status in data["hosts"]]
    return Plan(
        sources=tuple(Source.model_validate(source) for source in data["sources"]),
        known={page.url: page for page in pages},
        now=now,
        revisit=frozenset(data["revisit"]),
        allow_private=tuple(data["allow_private"]),
        user_agent=data["user_agent"],
        seconds=data["seconds"],
        discover=data["discover"],
        set_aside=frozenset(data["set_aside"]),
        hosts={host.url.rpartition("/")[2]: host for host in hosts},
        look=data["look"],
    )
