"""Updates of one subscriber → `Digest`, or nothing worth a mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
LONGEST_SUBJECT = 78
FULL = 12  # shows that are told in full; the others get a line each


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many sources were read, and which are broken."""

    sources: int
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a digest is built of: all that the store has about the followed shows, for one window each."""

    names: Mapping[int, str]
    ledgers: Mapping[int, list[Story]]
    news: Mapping[int, ShowNews]
    updates: Mapping[int, Sequence[Update]]
    told: frozenset[int]
    told_stories: frozenset[int]
    coverage: Coverage
    quoting: QuoteRules = QuoteRules()
    missed: tuple[datetime, ...] = ()


def window(follow: Follow, until: datetime, since: datetime | None) -> datetime:
    """Where a show's news begin for a reader: an admin's wish, else where their last digest ended."""
    return since or follow.told_until or until - FIRST_WINDOW


def build_digest(
    subscriber: Subscriber,
    follows: Sequence[Follow],
    reading: Reading,
    say: Phrases,
    until: datetime,
    since: datetime | None = None,
) -> Digest | None:
    """The digest of one subscriber, or None when nothing is worth a mail. `since` is an admin's wish."""
    view = View.of(subscriber.preferences)
    blocks = [_block(follow, reading, view, say, until) for follow in follows]
    shown = sorted((block for block in blocks if _has_news(block)), key=_weight)
    if not any(block.worth for block in shown):
        return None
    quiet = tuple(sorted(block.name for block in blocks if not _has_news(block)))
    told = [follow.told_until for follow in follows if follow.told_until]
    return Digest(
        subject=subject(shown, say),
        preheader=_preheader(shown, len(follows), say),
        lead=_lead(len(shown), len(follows), say),
        since=min(told) if told and not since else since,
        until=until,
        zone=view.zone,
        shows=tuple(shown[:FULL]),
        brief=tuple(shown[FULL:]),
        coming_up=coming_up(reading.ledgers, reading.names, until.date(), view, say),
        rumours=open_rumours(reading.ledgers, reading.names, reading.told_stories, until, say),
        quiet=quiet,
        coverage=_coverage(reading.coverage, len(quiet), len(follows), say),
        missed=reading.missed,
        email=subscriber.email,
        show_count=len(follows),
        language=say.language,
        plain=subscriber.preferences.plain,
    )


def _block(follow: Follow, reading: Reading, view: View, say: Phrases, until: datetime) -> ShowBlock:
    news, name, first = reading.news[follow.show_id], reading.names[follow.show_id], follow.told_until is None
    known = Known(reading.told, reading.told_stories, follow.told_until)
    changed = what_changed(reading.updates[follow.show_id], news.claims, known, view, say)
    discussed = talk(news.talk, name, until, reading.quoting, view, say)
    linked = {each.source.url for each in discussed}
    more = also(news.background if first else news.articles, name, linked, view, say)
    status = status_line(reading.ledgers[follow.show_id], say, view.least)
    passages = rewritten(news.versions, view, say)
    return ShowBlock(
        show_id=follow.show_id,
        name=name,
        status=status,
        first=first,
        updates=changed.full,
        lines=changed.lines,
        passed=changed.passed,
        rewritten=passages,
        talk=discussed,
        also=more,
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
    return both if len(both) <= LONGEST_SUBJECT else shorten(said[0], LONGEST_SUBJECT)


def _said(name: str, item: UpdateItem, say: Phrases) -> str:
    key = "subject.correction" if item.corrects else "subject.change"
    return say(key, show=name, change=item.short)


def _lead(changed: int, followed: int, say: Phrases) -> str:
    if followed == 1:
        return say("lead.one_news" if changed else "lead.one_quiet")
    return say("lead.many", n=changed, all=followed)


def _preheader(blocks: Sequence[ShowBlock], followed: int, say: Phrases) -> str:
    counts = dict.fromkeys((Change.CONFIRMED, Change.MOVED, Change.DENIED, Change.NEW), 0)
    for item in (item for block in blocks for item in block.told):
        counts[item.change] = counts.get(item.change, 0) + 1
    said = [say(f"count.{change}", n=count) for change, count in counts.items() if count]
    comments = sum(talk.new for block in blocks for talk in block.talk)
    said += [say("count.new_comment", n=comments)] if comments > 1 else []
    lead = _lead(len(blocks), followed, say)
    return f"{lead}: {', '.join(said)}." if said else f"{lead}."


def _coverage(coverage: Coverage, quiet: int, followed: int, say: Phrases) -> str:
    """ "5 sources read, 1 broken (pilot-season); nothing new on 1 of your 3 shows"."""
    line = say("coverage.read", n=coverage.sources)
    if broken := coverage.broken:
        line = say("coverage.broken", read=line, count=len(broken), names=", ".join(broken[:5]))
    return say("coverage.quiet", line=line, quiet=quiet, all=followed) if quiet else line
