"""What there is to tell, read once per show and window for all who follow it; a show's part is built once for all to
whom it is the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from worker.digest.build import SLACK, Coverage, ShowReading, build_block, build_digest, window
from worker.digest.content import Digest, ShowBlock, View
from worker.digest.sections import Known, turned_stories
from worker.mail.message import Templates
from worker.models import ClaimState, Follow, Issue, QuoteRules, Standing, Subscriber
from worker.store import Tx
from worker.store.sources import WELL

BATCH = 500  # subscribers whose told-log is read at once
_Days = frozenset[tuple[int, date]]
_Told = tuple[frozenset[int], frozenset[int], _Days]  # updates, the stories they were about, and some of these' days
_NOTHING: _Told = (frozenset(), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _Desk:
    """One show in one window: what there is, and which updates and stories of a told-log matter to it.

    Of a `turned` story it is told when the reader was told of it.
    """

    reading: ShowReading
    updates: frozenset[int]
    stories: frozenset[int]
    turned: frozenset[int]


class Newsroom:
    """Builds the digests of one issue, many at a time."""

    def __init__(self, tx: Tx, issue: Issue, quoting: QuoteRules, templates: Templates) -> None:
        self.tx, self.issue, self.quoting, self.templates = tx, issue, quoting, templates
        self._names = {show.id: show.name for show in tx.shows.all()}
        states = tx.sources.states()
        broken = sorted(name for name, state in states.items() if state.state not in WELL)
        self._coverage = Coverage(len(states), tuple(broken))
        self._desks: dict[tuple[int, datetime], _Desk] = {}
        self._blocks: dict[object, ShowBlock] = {}
        self._plain: dict[object, ShowBlock] = {}

    def digests(self, subscribers: Sequence[Subscriber]) -> Iterator[tuple[Subscriber, Digest | None]]:
        """Each subscriber's digest, None when there is nothing for them."""
        for start in range(0, len(subscribers), BATCH):
            part = subscribers[start : start + BATCH]
            missed = self._missed([subscriber.id for subscriber in part])
            for subscriber, blocks in self._chosen(part):
                yield subscriber, self._digest(subscriber, blocks, missed.get(subscriber.id, ()))

    def chosen(self, ids: Sequence[int]) -> Iterator[tuple[Subscriber, list[ShowBlock]]]:
        """The content of each subscriber's digest, show by show; subscribers are read as they are needed."""
        for start in range(0, len(ids), BATCH):
            yield from self._chosen(list(self.tx.subscribers.by_ids(ids[start : start + BATCH]).values()))

    def _chosen(self, subscribers: Sequence[Subscriber]) -> Iterator[tuple[Subscriber, list[ShowBlock]]]:
        spans = [follows_in(subscriber, self.issue) for subscriber in subscribers]
        told = self._told(subscribers, spans)
        for subscriber, follows in zip(subscribers, spans, strict=True):
            view, own = View.of(subscriber.preferences), told.get(subscriber.id)
            yield subscriber, [self._block(follow, view, own) for follow in follows]

    def _digest(self, subscriber: Subscriber, blocks: list[ShowBlock], missed: tuple[datetime, ...]) -> Digest | None:
        return build_digest(
            subscriber,
            follows_in(subscriber, self.issue),
            blocks,
            self._coverage,
            self.templates.say(subscriber.preferences.language),
            self.issue.period_end,
            since=self.issue.since,
            missed=missed,
        )

    def _missed(self, ids: Sequence[int]) -> dict[int, tuple[datetime, ...]]:
        return self.tx.subscribers.missed(ids, self.issue.id) if self.issue.trigger == "slots" else {}

    def _block(self, follow: Follow, view: View, told: _Told | None) -> ShowBlock:
        """The part of one show; most readers were told nothing of the matter yet, and share one."""
        if told is None:
            plain = (follow.show_id, follow.told_until, view)
            if plain not in self._plain:
                self._plain[plain] = self._build(follow, view, _NOTHING)
            return self._plain[plain]
        return self._build(follow, view, told)

    def _build(self, follow: Follow, view: View, told: _Told) -> ShowBlock:
        desk = self._desk(follow)
        days = frozenset((story, day) for story, day in told[2] if story in desk.turned)
        known = Known(told[0] & desk.updates, told[1] & desk.stories, follow.told_until, days)
        key = (follow.show_id, desk.reading.since, known, view)
        if key not in self._blocks:
            say = self.templates.say(view.language)
            self._blocks[key] = build_block(desk.reading, known, view, say, self.issue.period_end, self.quoting)
        return self._blocks[key]

    def _desk(self, follow: Follow) -> _Desk:
        since = window(follow, self.issue.period_end, self.issue.since)
        key = (follow.show_id, since)
        if key not in self._desks:
            self._desks[key] = self._read(follow.show_id, since)
        return self._desks[key]

    def _read(self, show_id: int, since: datetime) -> _Desk:
        until = self.issue.period_end
        updates = self.tx.stories.updates([show_id], since - SLACK, until)
        ledger = self.tx.stories.ledgers([show_id])[show_id]
        news = self.tx.news.of_show(show_id, since, until)
        rumours = {s.id for s in ledger if s.state is ClaimState.OPEN and s.standing is Standing.RUMOUR}
        reading = ShowReading(self._names[show_id], since, tuple(ledger), news, tuple(updates))
        ids = frozenset(update.id for update in updates)
        stories = frozenset(rumours | {update.story_id for update in updates})
        return _Desk(reading, ids, stories, turned_stories(updates, ledger))

    def _told(self, subscribers: Sequence[Subscriber], spans: Sequence[Sequence[Follow]]) -> dict[int, _Told]:
        """What of the matter at hand each subscriber was told; who was told nothing is left out."""
        different = {(follow.show_id, follow.told_until): follow for follows in spans for follow in follows}
        desks = [self._desk(follow) for follow in different.values()]
        stories = sorted({story for desk in desks for story in desk.stories})
        turned = sorted({story for desk in desks for story in desk.turned})
        told = self.tx.subscribers.told([subscriber.id for subscriber in subscribers], stories)
        on = self.tx.subscribers.told_on(list(told), turned) if told and turned else {}
        return {
            number: (*both, frozenset((story, at.date()) for story, at in on.get(number, {}).items()))
            for number, both in told.items()
        }


def follows_in(subscriber: Subscriber, issue: Issue) -> list[Follow]:
    """The shows that an issue is about for a subscriber; none that is snoozed."""
    return [
        follow
        for follow in subscriber.follows
        if issue.show_id in (None, follow.show_id)
        and (follow.snoozed_until is None or follow.snoozed_until <= issue.period_end)
    ]
