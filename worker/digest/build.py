"""Updates of one subscriber → `Digest`, or nothing worth a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.digest.content import Digest, ShowBlock, UpdateItem, View
from worker.digest.sections import Known, also, coming_up, open_rumours, rewritten, talk, what_changed
from worker.digest.wording import shorten, status_line
from worker.mail.phrases import Phrases
from worker.models import Change, Follow, QuoteRules, Standing, Story, Subscriber, Update
from worker.store.news import ShowNews

FIRST_WINDOW = timedelta(days=7)  # how far back the first digest after a follow looks
SLACK = timedelta(days=1)  # updates committed while the last issue was opened are looked for again; the told-log sieves
LONGEST_SUBJECT, LONGEST_TWO = 66, 60  # characters; of two changes both are told only where they are short
LONGEST_PREHEADER = 110
FULL = 12  # shows that are told in full; the others get a line each
MOST_DATES, MOST_RUMOURS = 5, 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many sources were read, and which are broken."""

    sources: int
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowReading:
    """All that the store has about one show in one window."""

    name: str
    since: datetime
    ledger: tuple[Story, ...]
    news: ShowNews
    updates: tuple[Update, ...]


def first_window(follow: Follow, until: datetime) -> datetime:
    """Where a show's news begin for a reader who was told nothing of it: a week ago, or on the day they followed it."""
    day = follow.since.replace(hour=0, minute=0, second=0, microsecond=0)  # of one day, all readers have one window
    return min(day, until - FIRST_WINDOW)


def build_digest(
    subscriber: Subscriber,
    follows: Sequence[Follow],
    blocks: Sequence[ShowBlock],
    coverage: Coverage,
    say: Phrases,
    until: datetime,
    *,
    since: datetime | None = None,
    missed: tuple[datetime, ...] = (),
) -> Digest | None:
    """The digest of one subscriber, or None when nothing is worth a mail.

    `blocks` are the parts of the followed shows, `since` is an admin's wish, `missed` the turns that came to nothing.
    """
    if not any(block.worth for block in blocks):
        return None
    shown = sorted((block for block in blocks if _has_news(block)), key=_weight)
    quiet = tuple(sorted(block.name for block in blocks if not _has_news(block)))
    told = [follow.told_until for follow in follows if follow.told_until]
    coming = sorted((date for block in blocks for date in block.coming), key=lambda date: (date.first, date.show))
    rumours = sorted((one for block in blocks for one in block.rumours), key=lambda one: (one.since, one.show))
    return Digest(
        subject=subject(shown, say),
        preheader=preheader(shown, len(follows), say),
        lead=_lead(len(shown), len(follows), say),
        since=min(told) if told and not since else since,
        until=until,
        zone=subscriber.preferences.zone,
        shows=tuple(shown[:FULL]),
        brief=tuple(shown[FULL:]),
        coming_up=tuple(coming[:MOST_DATES]),
        rumours=tuple(rumours[:MOST_RUMOURS]),
        quiet=quiet,
        coverage=_coverage(coverage, len(quiet), len(follows), say),
        missed=missed,
        email=subscriber.email,
        confirmed=subscriber.confirmed_at,
        show_count=len(follows),
        language=say.language,
        plain=subscriber.preferences.plain,
    )


def build_block(
    reading: ShowReading, known: Known, view: View, say: Phrases, until: datetime, quoting: QuoteRules
) -> ShowBlock:
    """One show's part: the same for all who know the same of it and see it in the same view."""
    news, name, first = reading.news, reading.name, known.until is None
    changed = what_changed(reading.updates, news.claims, known, view, say)
    discussed = talk(news.talk, name, until, quoting, view, say)
    linked = {each.source.url for each in discussed}
    more = also(news.background if first else news.articles, name, linked, view, say)
    status = status_line(reading.ledger, say, view.least)
    passages = rewritten(news.versions, view, say)
    return ShowBlock(
        show_id=news.show_id,
        name=name,
        status=status,
        first=first,
        updates=changed.full,
        lines=changed.lines,
        passed=changed.passed,
        left=changed.left,
        rewritten=passages,
        talk=discussed,
        also=more,
        coming=coming_up(reading.ledger, name, until.date(), view, say),
        rumours=open_rumours(reading.ledger, name, known.stories, until, say),
        # talk alone is not worth a mail, but for a reader who is new to the show: it waits for a digest with more
        worth=bool(changed.full or passages or more or (first and (status or discussed))),
    )


def _has_news(block: ShowBlock) -> bool:
    return block.worth or bool(block.talk)


def _weight(block: ShowBlock) -> tuple[bool, int, str]:
    """Corrections first, then the most important change, then by name: the same each time."""
    items = block.told
    return (
        not any(item.corrects for item in items),
        -max((item.importance for item in items), default=0),
        block.name,
    )


def subject(blocks: Sequence[ShowBlock], say: Phrases) -> str:
    """The strongest change, then the second: "Harbour Lights: season 2 is renewed; Night Ferry: …". No spoilers."""
    items = [(block.name, block.updates[0]) for block in blocks if block.updates]
    if not items:
        names = say.listed([block.name for block in blocks])
        return shorten(say("subject.stands", shows=names) if len(blocks) > 1 else names, LONGEST_SUBJECT)
    if all(item.standing in (Standing.RUMOUR, Standing.SPECULATION) for _, item in items) and len(items) > 1:
        return shorten(say("subject.talk", shows=say.listed([name for name, _ in items[:2]])), LONGEST_SUBJECT)
    said = [_said(name, item, say) for name, item in items[:2]]
    both = say("subject.two", first=said[0], second=said[1]) if len(said) > 1 else said[0]
    return both if len(both) <= LONGEST_TWO else shorten(said[0], LONGEST_SUBJECT)


def _said(name: str, item: UpdateItem, say: Phrases) -> str:
    if not item.corrects:
        return say("subject.change", show=name, change=item.short)
    whole = say("subject.correction", show=name, change=item.short)
    short = say("subject.correction", show=name, change=item.short.partition(", ")[0])  # without who says so
    return whole if len(whole) <= LONGEST_SUBJECT else short


def _lead(changed: int, followed: int, say: Phrases) -> str:
    if followed == 1:
        return say("lead.one_news" if changed else "lead.one_quiet")
    if changed == followed:
        return say("lead.all", n=changed)
    return say("lead.many", n=changed, all=followed)


def preheader(blocks: Sequence[ShowBlock], followed: int, say: Phrases) -> str:
    """What goes on from the subject in an inbox: the next changes that it does not tell, then figures."""
    more: list[str] = []
    for change in _untold(blocks, subject(blocks, say), say):
        if len("; ".join([*more, change])) <= LONGEST_PREHEADER:
            more.append(change)
    figures = ", ".join(_figures(blocks, say))
    lead = say("subject.also", changes="; ".join(more)) if more else ""
    if lead:
        return lead if not figures or len(lead) + len(figures) > LONGEST_PREHEADER else f"{lead} {figures}."
    lead = _lead(len(blocks), followed, say)
    return f"{lead}: {figures}." if figures else f"{lead}."


def _untold(blocks: Sequence[ShowBlock], told: str, say: Phrases) -> list[str]:
    """The first change of each show that is not in the subject; without any, the other changes of those that are."""
    others = [block for block in blocks if block.told and block.name not in told]
    if others:
        return [say("subject.change", show=block.name, change=block.told[0].short) for block in others]
    items = [(block.name, item.short) for block in blocks for item in block.told if item.short not in told]
    return [short if len(blocks) == 1 else say("subject.change", show=name, change=short) for name, short in items]


def _figures(blocks: Sequence[ShowBlock], say: Phrases) -> list[str]:
    counts = dict.fromkeys((Change.CONFIRMED, Change.MOVED, Change.DENIED, Change.NEW), 0)
    for item in (item for block in blocks for item in block.told):
        counts[item.change] = counts.get(item.change, 0) + 1
    said = [say(f"count.{change}", n=count) for change, count in counts.items() if count]
    comments = sum(talk.new for block in blocks for talk in block.talk)
    return [*said, *([say("count.new_comment", n=comments)] if comments > 1 else [])]


def _coverage(coverage: Coverage, quiet: int, followed: int, say: Phrases) -> str:
    """ "5 sources read, 1 broken (pilot-season); nothing new on 1 of your 3 shows"."""
    line = say("coverage.read", n=coverage.sources)
    if broken := coverage.broken:
        line = say("coverage.broken", read=line, count=len(broken), names=", ".join(broken[:5]))
    return say("coverage.quiet", line=line, quiet=quiet, all=followed) if quiet else line
