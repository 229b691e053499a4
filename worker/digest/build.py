"""Updates of one subscriber → `Digest`, or nothing worth a mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.digest.content import Digest, ShowBlock
from worker.digest.sections import also, coming_up, rewritten, talk, what_changed
from worker.digest.wording import shorten, status_line
from worker.models import Change, Follow, QuoteRules, Story, Subscriber, Update
from worker.store.news import ShowNews

FIRST_WINDOW = timedelta(days=7)  # how far back the first digest after a follow looks
SLACK = timedelta(days=1)  # updates committed while the last issue was opened are looked for again; the told-log sieves
LONGEST_SUBJECT = 78


@dataclass(frozen=True, slots=True)
class Reading:
    """What a digest is built of: all that the store has about the followed shows, for one window each."""

    names: Mapping[int, str]
    ledgers: Mapping[int, list[Story]]
    news: Mapping[int, ShowNews]
    updates: Mapping[int, Sequence[Update]]
    told: set[int]
    told_stories: set[int]
    coverage: str
    quoting: QuoteRules = QuoteRules()


def window(follow: Follow, until: datetime, since: datetime | None) -> datetime:
    """Where a show's news begin for a reader: an admin's wish, else where their last digest ended."""
    return since or follow.told_until or until - FIRST_WINDOW


def build_digest(
    subscriber: Subscriber, follows: Sequence[Follow], reading: Reading, until: datetime, since: datetime | None = None
) -> Digest | None:
    """The digest of one subscriber, or None when nothing is worth a mail. `since` is an admin's wish."""
    blocks = [_block(follow, reading, until) for follow in follows]
    shown = sorted((block for block in blocks if _has_news(block)), key=_weight)
    if not any(_worth_a_mail(block) for block in shown):
        return None
    quiet = tuple(sorted(block.name for block in blocks if not _has_news(block)))
    told = [follow.told_until for follow in follows if follow.told_until]
    coverage = (
        f"{reading.coverage}; nothing new on {len(quiet)} of your {len(follows)} shows" if quiet else reading.coverage
    )
    return Digest(
        subject=subject(shown),
        preheader=_preheader(shown, len(follows)),
        lead=_lead(len(shown), len(follows)),
        since=min(told) if told and not since else since,
        until=until,
        zone=subscriber.preferences.zone,
        shows=tuple(shown),
        coming_up=coming_up(reading.ledgers, reading.names, until.date()),
        quiet=quiet,
        coverage=coverage,
        email=subscriber.email,
        show_count=len(follows),
    )


def _block(follow: Follow, reading: Reading, until: datetime) -> ShowBlock:
    news = reading.news[follow.show_id]
    name = reading.names[follow.show_id]
    updates = what_changed(
        reading.updates[follow.show_id], news.claims, reading.told, reading.told_stories, follow.told_until
    )
    discussed = talk(news.talk, name, until, reading.quoting)
    linked = {each.source.url for each in discussed}
    return ShowBlock(
        show_id=follow.show_id,
        name=name,
        status=status_line(reading.ledgers[follow.show_id]),
        first=follow.told_until is None,
        updates=updates,
        rewritten=rewritten(news.versions),
        talk=discussed,
        also=also(news.background if follow.told_until is None else news.articles, name, linked),
    )


def _has_news(block: ShowBlock) -> bool:
    return _worth_a_mail(block) or bool(block.talk)


def _worth_a_mail(block: ShowBlock) -> bool:
    """Talk alone is not, but for a reader who is new to the show; it waits for a digest that has more to say."""
    stands = block.first and (block.status or block.talk)
    return bool(block.updates or block.rewritten or block.also or stands)


def _weight(block: ShowBlock) -> tuple[int, str]:
    return (-max((item.importance for item in block.updates), default=0), block.name)


def subject(blocks: Sequence[ShowBlock]) -> str:
    """The strongest change, then the second: "Harbour Lights: season 2 is renewed; Night Ferry: …". No spoilers."""
    said: list[str] = []
    for block in blocks:
        if block.updates:
            what = block.updates[0].headline
            said.append(f"{block.name}: {what[:1].lower() + what[1:] if what.startswith(('Season', 'The ')) else what}")
    if not said:
        return shorten(
            f"Where {_join([block.name for block in blocks])} stand" if len(blocks) > 1 else blocks[0].name, 78
        )
    both = "; ".join(said[:2])
    return both if len(both) <= LONGEST_SUBJECT else shorten(said[0], LONGEST_SUBJECT)


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _lead(changed: int, followed: int) -> str:
    if followed == 1:
        return "Your show has news" if changed else "Your show is quiet"
    return f"{changed} of your {followed} shows {'has' if changed == 1 else 'have'} news"


def _preheader(blocks: Sequence[ShowBlock], followed: int) -> str:
    counts = dict.fromkeys((Change.CONFIRMED, Change.MOVED, Change.DENIED, Change.NEW), 0)
    for item in (item for block in blocks for item in block.updates):
        counts[item.change] = counts.get(item.change, 0) + 1
    said = [f"{count} {change.lower()}" for change, count in counts.items() if count]
    comments = sum(talk.new for block in blocks for talk in block.talk)
    said += [f"{comments} new comments"] if comments > 1 else []
    return f"{_lead(len(blocks), followed)}: {', '.join(said)}." if said else f"{_lead(len(blocks), followed)}."


def coverage_line(sources: int, broken: Sequence[str]) -> str:
    """ "5 sources read, 1 broken (pilot-season)"."""
    read = f"{sources} source{'' if sources == 1 else 's'} read"
    return f"{read}, {len(broken)} broken ({', '.join(broken[:5])})" if broken else read
