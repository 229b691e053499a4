"""The pages that `evaluation.pages` has judged: the news and readers behind them, and the way to each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from evaluation.newsstand import DAY, OFFICIAL, OUTLETS, PEOPLE, REPORTED, RUMOUR, Stand
from tests.worker.web.browser import Browser
from worker.cli import status_page, timeline
from worker.cli.gathered import gather
from worker.cli.output import Session
from worker.digest.deliver import preview
from worker.digest.freeze import body_of
from worker.digest.health import checkup
from worker.digest.issue import Request
from worker.digest.on_demand import as_issue
from worker.models import Field, Standing, Subscriber
from worker.store.sources import Crawled, SourceState
from worker.subscribers import unsubscribe

WEEK = timedelta(days=7)
ILL = {"old-blog": ("unreachable", "no answer in four crawls"), "wall-times": ("forbidden", "403 on every page")}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstellenleiter"


@dataclass(frozen=True, slots=True)
class World:
    """The installation, who reads, and the addresses of what they were sent."""

    stand: Stand
    base: str
    folder: Path
    mira: Subscriber
    plain: Subscriber
    seoul: Subscriber
    views: dict[str, str]  # reader: the digest in the browser
    whys: tuple[str, ...]  # of Mira's digest, an item each

    def link(self, page: str, reader: Subscriber) -> str:
        """A reader's link to one of their pages."""
        links = self.stand.kit.services.links
        found: str | None = (
            links.confirm(reader.id, self.stand.now) if page == "confirm" else getattr(links, page)(reader.id)
        )
        assert found  # there is a public URL
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """A browser before the world."""

    browser: Browser
    world: World

    def go(self, path: str) -> Browser:
        """Opens a page of the web app: a path, or a whole address."""
        self.browser.open(path if "://" in path else self.world.base + path)
        return self.browser

    def read(self, html: str) -> None:
        """Opens a page that stands in a file."""
        path = self.world.folder / "page.html"
        path.write_text(html, "utf-8")
        self.browser.open(path.as_uri())

    def session(self) -> Session:
        """The command line, at the world's time."""
        return Session(self.world.stand.kit.settings, self.world.stand.now)


@dataclass(frozen=True, slots=True)
class PageCase:
    """One page, and how one gets there."""

    name: str
    visit: Callable[[Seen], object]


def furnish(stand: Stand, base: str, folder: Path) -> World:
    """News of two weeks, readers, sources well and ill."""
    shows = stand.open(["Harbour Lights", "Night Ferry", LONG, "أضواء الميناء", "Paper Crown"])
    mira, plain, seoul = (
        stand.reader(f"{name}@reader.example", **wishes)
        for name, wishes in (
            ("mira", {"spoilers": False}),
            ("plain", {"plain": True}),
            ("seoul", {"language": "ko", "zone": "Asia/Seoul"}),
        )
    )
    stand.say(shows[1], Field.STATUS, "renewed", RUMOUR, ago=9 * DAY, season=3, outlet="Lighthouse Keepers")
    stand.day(shows[0], 100, REPORTED, ago=9 * DAY, outlet="Screen Calendar")
    stand.send(ago=WEEK)
    stand.day(shows[0], 32, OFFICIAL, outlet="Network Press Room")
    stand.say(shows[0], Field.CAST, f"joins: {PEOPLE[0]}", Standing.SPECULATION)
    stand.say(shows[2], Field.PLOT, "The captain is killed off.", OFFICIAL, evidence="The captain is killed off.")
    stand.say(shows[3], Field.STATUS, "renewed", RUMOUR, evidence="قالت القناة إن الموسم الثاني قادم.")
    stand.rewrite(shows[0], "All about season 2", "Is there a date?", "There is no word yet.", "Filming began in May.")
    stand.discussed(shows[0], "Harbour Lights sets its return")
    stand.send()
    _tend_sources(stand)
    with stand.kit.store.begin() as tx:
        for year, country in ((2019, "GB"), (2021, "US")):
            tx.shows.add("Ghosts", year=year, country=country, now=stand.now)
        sent = {delivery.subscriber_id: delivery.id for delivery in tx.deliveries.of_issue(tx.issues.latest()[0].id)}
        told = tx.archive.read(mira.id, sent[mira.id])
    links = stand.kit.services.links
    views = {
        reader.email.partition("@")[0]: links.view(reader.id, sent[reader.id]) or "" for reader in (mira, plain, seoul)
    }
    whys = tuple(links.why(mira.id, sent[mira.id], item[0]) or "" for item in (told.told if told else ()))
    return World(stand, base, folder, mira, plain, seoul, views, whys)


def _tend_sources(stand: Stand) -> None:
    """Files, states and histories of sources; two of them are ill."""
    names = [*(name.lower().replace(" ", "-") for name in OUTLETS), *ILL]
    folder, chance = stand.kit.settings.folder / "sources", random.Random(9)
    folder.mkdir(parents=True, exist_ok=True)
    at, states, lines = stand.now, list[SourceState](), list[Crawled]()
    for name in names:
        (folder / f"{name}.toml").write_text(f'name = "{name}"\nstart_urls = ["https://{name}.example/"]\n')
        state, reason = ILL.get(name, ("ok", ""))
        states.append(SourceState(name, at - 30 * DAY, at, at + DAY / 24, 0 if state == "ok" else 4, state, reason))
        for n in range(30):
            fails = state != "ok" and n > 25
            figures = (0, 0, 4, 0) if fails else (5, 3, 0, 90_000)
            news = 0 if fails else chance.randint(0, 6)
            lines.append(Crawled(name, at - (29 - n) * DAY, "ok", *figures, 20, news, news, 400, 2 * news, 3 * news))
    with stand.kit.store.begin() as tx:
        tx.sources.save_states(states)
        tx.sources.add_history(lines, {})
        tx.turns.take("tick", "somebody", at)
        tx.turns.done("tick", at)


def _sign_up(seen: Seen, address: str, shows: str) -> Browser:
    browser = seen.go("/subscribe")
    browser.run("document.querySelector('form').noValidate = true")
    browser.fill("#email", address)
    browser.fill("#shows", shows)
    browser.press("button")
    return browser


def _press(page: str, button: str = "button") -> Callable[[Seen], object]:
    """Opens one of Mira's pages and presses a button on it."""
    return lambda seen: seen.go(seen.world.link(page, seen.world.mira)).press(button)


def _open(page: str) -> Callable[[Seen], object]:
    return lambda seen: seen.go(seen.world.link(page, seen.world.mira))


def _wrong_preferences(seen: Seen) -> None:
    browser = seen.go(seen.world.link("preferences", seen.world.mira))
    browser.fill("#follow", "No Such Show At All\nGhosts")
    browser.press("form button")


def _object(seen: Seen) -> None:
    browser = seen.go(seen.world.whys[0])
    browser.tick("input[name=what]")
    browser.press("form button")


def _come_back(seen: Seen) -> None:
    unsubscribe(seen.world.stand.kit.store, seen.world.mira.id, seen.world.stand.now)
    seen.go(seen.world.link("resubscribe", seen.world.mira))


def _status(seen: Seen) -> None:
    session = seen.session()
    with session.kit.store.read() as tx:
        found = gather(session, tx)
        past = status_page.look_back(session, tx, found)
    seen.read(status_page.page(session, found, past).replace("<details>", "<details open>"))
    session.kit.services.close()


def _timeline(seen: Seen) -> None:
    session = seen.session()
    with session.kit.store.read() as tx:
        show = seen.world.stand.shows[0]
        updates = tx.stories.updates([show.id], session.now - 60 * DAY, session.now)
        rows = {row.claim.id: row for row in tx.stories.claims(show_id=show.id)}
        turns = [timeline.Turn(update, rows.get(update.claim_id)) for update in updates]
        stories = tx.stories.ledger(show.id)
    seen.read(timeline.page(session, show, turns, stories))
    session.kit.services.close()


def _preview(seen: Seen) -> None:
    kit, now = seen.world.stand.kit, seen.world.stand.now
    request = Request(None, None, now - 60 * DAY)
    digest = preview(kit.store, seen.world.seoul, as_issue(request, now), kit.services.templates, kit.settings.quoting)
    assert digest is not None  # there is news
    reader = replace(seen.world.seoul)
    seen.read(body_of(digest, reader.id, kit.post).rendered.html)


def _health(seen: Seen) -> None:
    kit = seen.world.stand.kit
    with kit.store.begin() as tx:
        found = checkup(tx, kit.services.sources, seen.world.stand.now)
    seen.read(found.render(kit.services.templates, "UTC").html)


CASES = (
    PageCase("subscribe", lambda seen: seen.go("/subscribe?show=Harbour+Lights")),
    PageCase("subscribe-es", lambda seen: seen.go("/subscribe?language=es")),
    PageCase("subscribe-ko", lambda seen: seen.go("/subscribe?language=ko")),
    PageCase("subscribe-wrong", lambda seen: _sign_up(seen, "no address", "")),
    PageCase("subscribe-which", lambda seen: _sign_up(seen, "ann@reader.example", "Ghosts")),
    PageCase("asked", lambda seen: _sign_up(seen, "bea@reader.example", "Harbour Lights")),
    PageCase("confirm", _open("confirm")),
    PageCase("confirmed", _press("confirm")),
    PageCase("preferences", _open("preferences")),
    PageCase("preferences-saved", _press("preferences", "form button")),
    PageCase("preferences-wrong", _wrong_preferences),
    PageCase("export-asked", _press("preferences", "button.quiet")),
    PageCase("view", lambda seen: seen.go(seen.world.views["mira"])),
    PageCase("view-text", lambda seen: seen.go(seen.world.views["plain"])),
    PageCase("view-ko", lambda seen: seen.go(seen.world.views["seoul"])),
    PageCase("why", lambda seen: seen.go(seen.world.whys[0])),
    PageCase("why-hidden", lambda seen: seen.go(seen.world.whys[2])),
    PageCase("why-wrong", lambda seen: seen.go(seen.world.whys[0]).press("form button")),
    PageCase("thanks", _object),
    PageCase("error-link", lambda seen: seen.go("/confirm/nonsense")),
    PageCase(
        "error-past", lambda seen: seen.go(seen.world.stand.kit.services.links.view(seen.world.mira.id, 999) or "")
    ),
    PageCase("status", _status),
    PageCase("timeline", _timeline),
    PageCase("digest-preview", _preview),
    PageCase("health-digest", _health),
    PageCase("unsubscribe", _open("unsubscribe")),
    PageCase("unsubscribed", _press("unsubscribe")),
    PageCase("resubscribe", _come_back),
    PageCase("resubscribe-asked", _press("resubscribe")),
)
