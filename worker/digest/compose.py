"""A digest → the body of a message. What many readers share is rendered once."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

from worker.digest.content import Digest, ShowBlock
from worker.mail.message import Body
from worker.mail.phrases import Phrases, zone_named
from worker.mail.press import Part, Press
from worker.mail.words import mailbox, mailto

LIST_NAME = "Watercooler"
GLANCED = 7  # lines at a glance
# Bytes of HTML. A mail of more than 102 KiB is cut by some mail programs, and with it goes the way to leave.
MOST_FULL = 26 << 10  # shows in full; the others get a line each
MOST_LINES = 36 << 10  # these lines
CHANGES = (12, 5, 3, 1)  # in a line: as many as there is room for
NAMED = 100  # shows without a line


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """What one reader's message links to; None: there is no web page."""

    unsubscribe: str | None
    unsubscribe_mail: str
    preferences: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Which shows there is room for: in full, in a line each, and by their name alone; and what is told of them.

    `updates` are those that are told, or overtaken by one that is; `shows` those of which nothing is left to tell.
    """

    full: list[Part]
    lines: list[Part]
    named: tuple[ShowBlock, ...]
    updates: tuple[int, ...]
    shows: frozenset[int]


def lay_out(digest: Digest, press: Press) -> Layout:
    """How the shows of a digest are told. What finds no room is not told: the next digest tells it.

    Raises TemplateError.
    """
    say = press.templates.say(digest.language)
    full = _in_full(digest, say, press)
    short = (*digest.shows[len(full) :], *digest.brief)
    lines, most = _in_lines(short, digest, say, press)
    told = [(show, show.told) for show in digest.shows[: len(full)]]
    told += [(show, show.told[:most]) for show in short[: len(lines)]]
    updates = [n for show, items in told for n in (*(item.update_id for item in items), *show.passed)]
    whole = frozenset(show.show_id for show, items in told if len(items) == len(show.told) and not show.left)
    return Layout(full, lines, short[len(lines) :], tuple(updates), whole)


def compose_digest(digest: Digest, links: ReaderLinks, press: Press, layout: Layout | None = None) -> Body:
    """The message's body; without HTML for who wants plain text. Raises TemplateError."""
    say, layout = press.templates.say(digest.language), layout or lay_out(digest, press)
    rows = {
        "notes": _notes(digest, say, press),
        "glance": [_of_show("digest/glance", show, digest, say, press) for show in _glanced(digest)],
        "shows": layout.full,
        "brief": layout.lines,
        "coming_up": (
            press.part("sections/coming_up", (say.language, date), partial(dict, date=date, say=say))
            for date in digest.coming_up
        ),
        "rumours": (
            press.part(
                "sections/rumours",
                (say.language, _offset(digest.until, digest.zone), rumour),
                partial(dict, rumour=rumour, say=say, zone=digest.zone),
            )
            for rumour in digest.rumours
        ),
    }
    values = digest_values(digest, links, say)
    values["rest"] = _named("frame.rest", [show.name for show in layout.named], say)
    return press.message("digest", say.language, values, rows, plain=digest.plain)


def digest_values(digest: Digest, links: ReaderLinks, say: Phrases) -> dict[str, str]:
    """The words that belong to one reader."""
    rest = len(digest.shows) + len(digest.brief) - len(_glanced(digest))
    return {
        "subject": digest.subject,
        "preheader": digest.preheader,
        "list_name": LIST_NAME,
        "day": say.day(digest.until, digest.zone),
        "lead": digest.lead,
        "more": say("count.show", n=rest) if rest > 0 else "",
        "rest": "",
        "quiet": _named("frame.quiet", digest.quiet, say),
        "coverage": digest.coverage,
        "why": _why(digest, say),
        "preferences_url": links.preferences or "",
        "view_url": links.view or "",
        "unsubscribe_url": links.unsubscribe or "",
        "mailto_url": mailto(links.unsubscribe_mail),
        "mailbox_url": mailbox(links.unsubscribe_mail),
    }


def _why(digest: Digest, say: Phrases) -> str:
    """Why the mail came: the address, its shows, and when it was confirmed."""
    why = say("frame.why", email=digest.email, n=digest.show_count, list=LIST_NAME)
    day = say.day(digest.confirmed, digest.zone)
    return f"{why} {say('frame.confirmed', day=day)}" if day else why


def _named(key: str, names: Sequence[str], say: Phrases) -> str:
    """A line with the names of shows; "" when there are none."""
    more = [say("count.more", n=len(names) - NAMED)] if len(names) > NAMED else []
    return say(key, shows=", ".join([*names[:NAMED], *more])) if names else ""


def _glanced(digest: Digest) -> tuple[ShowBlock, ...]:
    """The shows at a glance; where there are more, the last line says how many."""
    found = (*digest.shows, *digest.brief)
    return found if len(found) <= GLANCED else found[: GLANCED - 1]


def _in_full(digest: Digest, say: Phrases, press: Press) -> list[Part]:
    """The first shows in full, as many as there is room for."""
    found: list[Part] = []
    room = MOST_FULL
    for show in digest.shows:
        part = _of_show("digest/show", show, digest, say, press)
        room -= len(part.html)
        if found and room < 0:
            break
        found.append(part)
    return found


def _in_lines(shows: Sequence[ShowBlock], digest: Digest, say: Phrases, press: Press) -> tuple[list[Part], int]:
    """A line for each show: with all its changes when there is room for them, else with so many of the first."""
    found: list[Part] = []
    for most in CHANGES:
        found = [_of_show("sections/brief", show, digest, say, press, most=most) for show in shows]
        if sum(len(part.html) for part in found) <= MOST_LINES:
            return found, most
    lengths = accumulate(len(part.html) for part in found)
    return [part for part, length in zip(found, lengths, strict=True) if length <= MOST_LINES], CHANGES[-1]


def _notes(digest: Digest, say: Phrases, press: Press) -> Iterator[Part]:
    since = say("frame.first")
    if digest.since:
        since = say("frame.since", when=say.moment(digest.since, digest.zone), zone=digest.zone)
    notes = [since]
    if digest.missed:
        days = say.listed([say.day(time, digest.zone) for time in digest.missed])
        notes.append(say("frame.missed", n=len(digest.missed), days=days))
    return (press.part("digest/note", (say.language, note), partial(dict, note=note)) for note in notes)


@functools.lru_cache(maxsize=1024)
def _offset(until: datetime, zone: str) -> timedelta | None:
    """What of a zone decides on which day something was: zones that agree now are taken to have agreed all week."""
    return until.astimezone(zone_named(zone)).utcoffset()


def _of_show(name: str, show: ShowBlock, digest: Digest, say: Phrases, press: Press, **more: object) -> Part:
    key = (say.language, _offset(digest.until, digest.zone), show, *more.values())
    return press.part(name, key, partial(dict, show=show, say=say, zone=digest.zone, **more))
