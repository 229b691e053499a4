"""A digest → the body of a message. What many readers share is rendered once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from worker.digest.content import Digest, ShowBlock
from worker.mail.message import Body
from worker.mail.phrases import Phrases, zone_named
from worker.mail.press import Part, Press
from worker.mail.words import mailbox, mailto

LIST_NAME = "Watercooler"
GLANCED = 7  # shows at a glance


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """What one reader's message links to; None: there is no web page."""

    unsubscribe: str | None
    unsubscribe_mail: str
    preferences: str | None = None
    view: str | None = None


def compose_digest(digest: Digest, links: ReaderLinks, press: Press) -> Body:
    """The message's body; without HTML for who wants plain text. Raises TemplateError."""
    say = press.templates.say(digest.language)
    rows = {
        "notes": _notes(digest, say, press),
        "glance": (_of_show("digest/glance", show, digest, say, press) for show in digest.shows[:GLANCED]),
        "shows": (_of_show("digest/show", show, digest, say, press) for show in digest.shows),
        "brief": (_of_show("sections/brief", show, digest, say, press) for show in digest.brief),
        "coming_up": (
            press.part("sections/coming_up", (say.language, date), partial(dict, date=date, say=say))
            for date in digest.coming_up
        ),
        "rumours": (
            press.part(
                "sections/rumours",
                (say.language, _offset(digest), rumour),
                partial(dict, rumour=rumour, say=say, zone=digest.zone),
            )
            for rumour in digest.rumours
        ),
    }
    body = press.message("digest", say.language, digest_values(digest, links, say), rows)
    return replace(body, html=b"") if digest.plain else body


def digest_values(digest: Digest, links: ReaderLinks, say: Phrases) -> dict[str, str]:
    """The words that belong to one reader."""
    rest = len(digest.shows) + len(digest.brief) - GLANCED
    return {
        "subject": digest.subject,
        "preheader": digest.preheader,
        "list_name": LIST_NAME,
        "day": say.day(digest.until, digest.zone),
        "lead": digest.lead,
        "more": say("count.show", n=rest) if rest > 0 else "",
        "quiet": say("frame.quiet", shows=", ".join(digest.quiet)) if digest.quiet else "",
        "coverage": digest.coverage,
        "why": say("frame.why", email=digest.email, n=digest.show_count, list=LIST_NAME),
        "preferences_url": links.preferences or "",
        "view_url": links.view or "",
        "unsubscribe_url": links.unsubscribe or "",
        "mailto_url": mailto(links.unsubscribe_mail),
        "mailbox_url": mailbox(links.unsubscribe_mail),
    }


def _notes(digest: Digest, say: Phrases, press: Press) -> Iterator[Part]:
    since = say("frame.first")
    if digest.since:
        since = say("frame.since", when=say.moment(digest.since, digest.zone), zone=digest.zone)
    notes = [since]
    if digest.missed:
        days = say.listed([say.day(time, digest.zone) for time in digest.missed])
        notes.append(say("frame.missed", n=len(digest.missed), days=days))
    return (press.part("digest/note", (say.language, note), partial(dict, note=note)) for note in notes)


def _offset(digest: Digest) -> timedelta | None:
    """What of a zone decides on which day something was: zones that agree now are taken to have agreed all week."""
    return digest.until.astimezone(zone_named(digest.zone)).utcoffset()


def _of_show(name: str, show: ShowBlock, digest: Digest, say: Phrases, press: Press) -> Part:
    key = (say.language, _offset(digest), show)
    return press.part(name, key, partial(dict, show=show, say=say, zone=digest.zone))
