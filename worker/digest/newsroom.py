"""What there is to tell, read once per window for all who follow a show; a show's part is built once for all to whom it
is the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from worker.digest.build import SLACK, Coverage, ShowReading, build_block, build_digest, first_window
from worker.digest.content import Digest, ShowBlock, View
from worker.digest.sections import Known, turned_stories
from worker.mail.message import Templates
from worker.models import ClaimState, Follow, Issue, QuoteRules, Standing, Subscriber, Update
from worker.store import Tx
from worker.store.sources import WELL

BATCH = 500  # subscribers whose told-log is read at once
_Point = tuple[int, datetime | None, datetime]  # a show, until when a reader was told of it, and where its news begin
_Told = tuple[
    tuple[int, date | None], ...
]  # updates of one show, and the day they were told if they are to be recalled


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
        self._desks: dict[_Point, _Desk] = {}
        self._shows: dict[int, int] = {}  # updates that a reader may have been told, each with its show
        self._stories: dict[int, int] = {}  # and with its story
        self._turned: set[int] = set()
        self._blocks: dict[object, ShowBlock] = {}
        self._shared: defaultdict[View, dict[object, ShowBlock]] = defaultdict(dict)

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
        """Most readers were told nothing yet of what matters now, and share their parts by show and window alone."""
        places = self._places(subscribers)
        self._open(set(places.values()) - self._desks.keys())
        told = self._told([subscriber.id for subscriber in subscribers])
        for subscriber in subscribers:
            points = [places[id(follow)] for follow in subscriber.follows if id(follow) in places]
            view, own = View.of(subscriber.preferences), told.get(subscriber.id)
            shared = self._shared[view]
            if own is None:
                yield subscriber, [shared.get(point) or self._block(point, (), view) for point in points]
            else:
                yield subscriber, [self._block(point, tuple(sorted(own.get(point[0], ()))), view) for point in points]

    def _places(self, subscribers: Sequence[Subscriber]) -> dict[int, _Point]:
        """Where the news of each follow begin, by the follow's `id()`: the store makes one object of those alike, and
        most are. What the issue is not about is left out."""
        until = self.issue.period_end
        different = {id(follow): follow for subscriber in subscribers for follow in subscriber.follows}
        return {
            number: (follow.show_id, follow.told_until, follow.told_until or first_window(follow, until))
            for number, follow in different.items()
            if _is_about(self.issue, follow)
        }

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

    def _block(self, point: _Point, told: _Told, view: View) -> ShowBlock:
        """The part of one show for who was told this of it."""
        shared, key = self._shared[view], (point, told) if told else point
        if key not in shared:
            shared[key] = self._build(point, told, view)
        return shared[key]

    def _build(self, point: _Point, told: _Told, view: View) -> ShowBlock:
        """Built once for all who know the same that matters, whatever else they were told."""
        desk, stories = self._desks[point], self._stories
        days = frozenset((stories[n], day) for n, day in told if day and stories[n] in desk.turned)
        about = frozenset(stories[n] for n, _ in told) & desk.stories
        known = Known(frozenset(n for n, _ in told) & desk.updates, about, point[1], days)
        key = (point, known, view)
        if key not in self._blocks:
            say = self.templates.say(view.language)
            self._blocks[key] = build_block(desk.reading, known, view, say, self.issue.period_end, self.quoting)
        return self._blocks[key]

    def _open(self, points: Collection[_Point]) -> None:
        """Reads what there is to tell, of all shows at once that have a window in common."""
        windows: dict[tuple[datetime, bool], set[_Point]] = {}
        for point in points:
            windows.setdefault((self.issue.since or point[2], point[1] is None), set()).add(point)
        found: set[int] = set()
        for (since, is_first), some in windows.items():
            desks = self._read(sorted({point[0] for point in some}), since, is_first)
            self._desks |= {point: desks[point[0]] for point in some}
            found.update(*(desk.stories | desk.turned for desk in desks.values()))
            self._turned.update(*(desk.turned for desk in desks.values()))
        for update_id, (show_id, story_id) in self.tx.stories.updates_of(sorted(found)).items():
            self._shows[update_id], self._stories[update_id] = show_id, story_id

    def _read(self, show_ids: Sequence[int], since: datetime, is_first: bool) -> dict[int, _Desk]:
        until = self.issue.period_end
        updates: dict[int, list[Update]] = {show_id: [] for show_id in show_ids}
        for update in self.tx.stories.updates(show_ids, since - SLACK, until):
            updates[update.show_id].append(update)
        ledgers = self.tx.stories.ledgers(show_ids)
        changed = [update for of_show in updates.values() for update in of_show]
        news = self.tx.news.of_shows(show_ids, since, until, whole=is_first, changed=changed)
        readings = (ShowReading(self._names[n], since, tuple(ledgers[n]), news[n], tuple(updates[n])) for n in show_ids)
        return {reading.news.show_id: _desk(reading) for reading in readings}

    def _told(self, ids: Sequence[int]) -> dict[int, dict[int, list[tuple[int, date | None]]]]:
        """What of the matter at hand each subscriber was told of each show; who was told nothing is left out."""
        rows = list(self.tx.subscribers.told(ids, self._shows))
        ends = self.tx.subscribers.told_on({row[2] for row in rows if self._stories[row[1]] in self._turned})
        found: dict[int, dict[int, list[tuple[int, date | None]]]] = {}
        for subscriber_id, update_id, delivery_id in rows:
            at = ends.get(delivery_id) if self._stories[update_id] in self._turned else None
            of_show = found.setdefault(subscriber_id, {}).setdefault(self._shows[update_id], [])
            of_show.append((update_id, at.date() if at else None))
        return found


def _desk(reading: ShowReading) -> _Desk:
    rumours = {s.id for s in reading.ledger if s.state is ClaimState.OPEN and s.standing is Standing.RUMOUR}
    ids = frozenset(update.id for update in reading.updates)
    stories = frozenset(rumours | {update.story_id for update in reading.updates})
    return _Desk(reading, ids, stories, turned_stories(reading.updates, reading.ledger))


def follows_in(subscriber: Subscriber, issue: Issue) -> list[Follow]:
    """The shows that an issue is about for a subscriber; none that is snoozed."""
    return [follow for follow in subscriber.follows if _is_about(issue, follow)]


def _is_about(issue: Issue, follow: Follow) -> bool:
    is_awake = follow.snoozed_until is None or follow.snoozed_until <= issue.period_end
    return is_awake and issue.show_id in (None, follow.show_id)
