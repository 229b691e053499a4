"""A made-up stand of news for `evaluation.mails`: shows, what outlets say of them, what viewers say, and who reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from crawler.items import Article, Comment, Section, Thread
from worker import tasks
from worker.digest.issue import Request, open_for_request
from worker.ingest.ledger import apply_claim, importance
from worker.models import (
    Claim,
    DeliveryState,
    Field,
    Kind,
    Labels,
    SectionChange,
    Show,
    ShowMatch,
    Standing,
    Subscriber,
    When,
)
from worker.store import Tx
from worker.store.sources import SourceState
from worker.subscribers import add_subscriber, find_subscriber, follow, prefer

DAY = timedelta(days=1)
OFFICIAL, REPORTED, RUMOUR = Standing.OFFICIAL, Standing.REPORTED, Standing.RUMOUR
_KINDS = {
    Field.STATUS: Kind.RENEWAL,
    Field.RELEASE: Kind.RELEASE_DATE,
    Field.CAST: Kind.CASTING,
    Field.PRODUCTION: Kind.PRODUCTION,
    Field.TRAILER: Kind.TRAILER,
    Field.SPINOFF: Kind.SPINOFF,
    Field.PLOT: Kind.PLOT,
    Field.EPISODES: Kind.PRODUCTION,
}
OUTLETS = ["The Trade Wire", "Screen Calendar", "Network Press Room", "Lighthouse Keepers", "Evening Post", "Set Diary"]
PEOPLE = ["Ida Brandt", "Marlow Keane", "Aïda Rousseau", "Tomasz Wren", "June Okafor", "Lars Hedlund", "Noor Said"]
_FIRST = ["Harbour", "Night", "Glass", "Paper", "Winter", "Iron", "Silent", "Golden", "Broken", "Northern"]
_SECOND = ["Lights", "Ferry", "Orchard", "Crown", "Letters", "Garden", "Division", "Mile"]
NAMES = [f"{one} {two}" for two in _SECOND for one in _FIRST]
_EVIDENCE = [
    "The network told the press on Tuesday that the writers are back in their room, and that the keepers return.",
    "“We are not done with these people yet,” the showrunner said at the festival, to loud applause.",
    "According to two people who know the plans, the order went out last week and the crew has been called.",
    "The streamer confirmed the news in a statement and thanked those who had waited for so long.",
]
_TALK = [
    "Two episodes at once? My Tuesday is ruined in the best way.",
    "I only believe it when I see the lamp turning, but I have been wrong about this show before and was glad of it.",
    "They took two years for eight episodes, so I would rather they take their time than rush the last season.",
    "If they bring back the old title music I will forgive them everything that happened in the third season.",
]


@dataclass
class Stand:
    """One installation with its store, and what comes in."""

    kit: tasks.Kit
    now: datetime
    shows: list[Show] = field(default_factory=list)
    words: random.Random = field(default_factory=lambda: random.Random(6))
    numbers: count[int] = field(default_factory=lambda: count(1))

    def open(self, names: Sequence[str]) -> list[Show]:
        """Shows of these names, and outlets that were read without trouble."""
        with self.kit.store.begin() as tx:
            at = self.now
            states = [SourceState(name.lower().replace(" ", "-"), at, at, at, 0, "ok", "") for name in OUTLETS]
            tx.sources.save_states(states)
            self.shows += [tx.shows.add(name, now=self.now - 60 * DAY) for name in names]
        return self.shows

    def reader(self, address: str, *, ago: timedelta = 30 * DAY, **wishes: Any) -> Subscriber:
        """Somebody who follows all shows since then."""
        since = self.now - ago
        with self.kit.store.begin() as tx:
            found, _ = add_subscriber(tx, address, zone="Europe/Berlin", confirmed=True, now=since)
            for show in self.shows:
                follow(tx, found, show, since)
            prefer(tx, found, replace(found.preferences, **wishes), since)
            return find_subscriber(tx, address)

    def say(
        self, show: Show, about: Field, value: str, standing: Standing = REPORTED, *, ago: timedelta = DAY, **more: Any
    ) -> None:
        """An outlet says something of a show; the ledger decides what that changes."""
        at = self.now - ago
        with self.kit.store.begin() as tx:
            outlet = more.get("outlet") or self.words.choice(OUTLETS)
            evidence = more.get("evidence") or self.words.choice(_EVIDENCE)
            title = more.get("title") or f"{show.name}: {evidence[:60].rsplit(' ', 1)[0]}"
            article_id = self._article(tx, show, outlet, title, evidence, at, more.get("language", "en"))
            claim = Claim(
                id=0,
                show_id=show.id,
                season=more.get("season", 2),
                kind=more.get("kind", _KINDS[about]),
                field=about,
                value=value,
                standing=standing,
                evidence=evidence,
                rule="made",
                heading="",
                when=more.get("when"),
                article_id=article_id,
                version=1,
                source=outlet,
                outlet=outlet,
                family=outlet,
                url="",
                seen_at=at,
                background=False,
            )
            move = apply_claim(claim, tx.stories.beside(claim))
            tx.stories.keep(claim, move, importance(move.change, about, move.standing) if move.change else 0)

    def day(self, show: Show, ahead: int, standing: Standing = OFFICIAL, **more: Any) -> None:
        """An outlet names the day of the release, so many days ahead."""
        day = (self.now + ahead * DAY).date()
        when = When(f"{day.day} {day:%b %Y}", day, day)
        self.say(show, Field.RELEASE, when.text, standing, when=when, **more)

    def article(self, show: Show, title: str, *, ago: timedelta = DAY, outlet: str = "", language: str = "en") -> int:
        """An article that changes nothing in the ledger."""
        with self.kit.store.begin() as tx:
            made = outlet or self.words.choice(OUTLETS)
            return self._article(tx, show, made, title, title, self.now - ago, language)

    def discussed(self, show: Show, title: str, texts: Sequence[str] = (), *, authors: Sequence[str] = ()) -> None:
        """An article with comments below."""
        texts = texts or self.words.sample(_TALK, 3)
        number, at = self.article(show, title), self.now - DAY / 2
        with self.kit.store.begin() as tx:
            stored = tx.articles.by_id(number)
            assert stored is not None  # it was stored a moment ago
            comments = [
                Comment(f"c{n}", authors[n] if authors else f"viewer {n}", text, at + n * DAY / 96, likes=41 - 9 * n)
                for n, text in enumerate(texts)
            ]
            thread = Thread(stored.article.url, stored.article.source, tuple(comments), 71, "wordpress")
            tx.articles.save_thread(number, thread, at)

    def rewrite(self, show: Show, title: str, heading: str, old: str, new: str) -> None:
        """A live article is written anew."""
        number = self.article(show, title, ago=20 * DAY)
        with self.kit.store.begin() as tx:
            stored = tx.articles.by_id(number)
            assert stored is not None  # it was stored a moment ago
            changes = [SectionChange(heading, (old,), (new,))]
            tx.articles.add_version(stored, replace(stored.article, text=new), changes, self.now - DAY)

    def much(self, show: Show, updates: int) -> None:
        """Many changes of one show, and talk, and more."""
        facts: list[tuple[Field, str]] = [(Field.STATUS, "renewed"), (Field.PRODUCTION, "started")]
        facts += [(Field.CAST, f"joins: {name}") for name in self.words.sample(PEOPLE, 7)]
        facts += [(Field.TRAILER, "teaser"), (Field.EPISODES, "8")]
        for n, (about, value) in enumerate(facts[:updates]):
            self.say(show, about, value, self.words.choice([OFFICIAL, REPORTED, RUMOUR]), ago=DAY + n * DAY / 24)
        self.discussed(show, f"{show.name} sets its return, and viewers have opinions about it")
        self.article(show, f"How the lamp room of {show.name} was built")
        self.article(show, f"The people who write {show.name} look back at two years of work")

    def send(self, *, ago: timedelta = timedelta()) -> None:
        """Sends everybody's digest."""
        at = self.now - ago
        issue, _ = open_for_request(self.kit.store, Request(), at)
        tasks.send(self.kit, issue.id, at)
        with self.kit.store.begin() as tx:
            deliveries = tx.deliveries.of_issue(issue.id)
        for delivery in deliveries:
            if delivery.state is not DeliveryState.SENT:
                raise RuntimeError(f"{delivery.email}: {delivery.state}, {delivery.reply}")

    def _article(self, tx: Tx, show: Show, outlet: str, title: str, text: str, at: datetime, language: str) -> int:
        host = outlet.lower().replace(" ", "-") if outlet.isascii() else "outlet"
        url = f"https://{host}.example/{at:%Y/%m}/{show.id}-{next(self.numbers)}-what-the-network-says-about-it"
        sections = (Section("", text),)
        article = Article(url, outlet, title, text, published=at, language=language, sections=sections, outlet=outlet)
        stored = tx.articles.add(article, family=outlet, tier="outlet", background=False, duplicate_of=None, now=at)
        match = ShowMatch(show.id, show.name, show.name, "title", "made")
        tx.articles.label(stored.id, Labels(True, (), None, None), [match])
        return stored.id
