"""A show's claims as an Atom feed (RFC 4287): an entry a claim, the newest first, with ids that never change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree

from worker.models import Show
from worker.store.stories import ClaimRow

MOST = 200  # entries
MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_SINCE = "2026"  # the year from which the ids' authority counts (RFC 4151); it must stay as it is
# What XML 1.0 cannot hold.
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed stands: the domain that its ids belong to, and its own address, if it has one."""

    domain: str
    url: str = ""


def atom_feed(show: Show, rows: Sequence[ClaimRow], place: Place, now: datetime) -> bytes:
    """The feed's document. `rows` are the show's claims, oldest first."""
    newest = list(reversed(rows))[:MOST]
    feed = ElementTree.Element("feed", {"xmlns": _NAMESPACE})
    _add(feed, "id", tag(place.domain, f"shows/{show.key}"))
    _add(feed, "title", f"{show.name}: who said what")
    _add(feed, "updated", _time(max((row.claim.seen_at for row in newest), default=now)))
    _add(_add(feed, "author"), "name", "Watercooler")
    if place.url:
        ElementTree.SubElement(feed, "link", {"rel": "self", "type": MEDIA_TYPE, "href": _fit(place.url)})
    for row in newest:
        _entry(feed, show, row, place.domain)
    document: bytes = ElementTree.tostring(feed, "utf-8", xml_declaration=True)
    return document


def tag(domain: str, name: str) -> str:
    """A tag: URI (RFC 4151)."""
    return f"tag:{domain},{_SINCE}:{quote(name)}"


def headline(row: ClaimRow) -> str:
    """A claim in one line: "Season 2: status renewed (rumour)"."""
    claim = row.claim
    season = f"Season {claim.season}: " if claim.season else ""
    return f"{season}{claim.field} {claim.value} ({claim.standing})"


def _entry(feed: ElementTree.Element, show: Show, row: ClaimRow, domain: str) -> None:
    claim = row.claim
    entry = _add(feed, "entry")
    _add(entry, "id", tag(domain, f"shows/{show.key}/claims/{claim.id}"))
    _add(entry, "title", headline(row))
    _add(entry, "updated", _time(claim.seen_at))
    if row.published:
        _add(entry, "published", _time(row.published))
    _add(_add(entry, "author"), "name", claim.outlet or claim.source)
    ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": _fit(claim.url), "title": _fit(row.title)})
    for scheme, term in (("kind", claim.kind), ("standing", claim.standing), ("state", row.state)):
        ElementTree.SubElement(entry, "category", {"term": _fit(term), "scheme": tag(domain, scheme)})
    _add(entry, "summary", claim.evidence)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = None if text is None else _fit(text)
    return element


def _fit(text: str) -> str:
    """Text of strangers, without what a document cannot hold."""
    return _UNFIT.sub("", text)


def _time(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
