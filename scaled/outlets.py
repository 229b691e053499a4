"""Generated outlets on loopback: many small sites in the demo's page layouts, with other shows and texts.

They change in steps: articles appear, guides are rewritten, comments come in. One thread serves all of them, each at a
port of its own, so that each is a host of its own to the crawler.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from scaled.news import (
    MOST_SHOWS,
    OVERTAKING,
    MadeShow,
    News,
    Telling,
    copied,
    guide,
    make_news,
    make_shows,
    outlet_titles,
    tell,
)
from worker.demo.site import Answers, answer, texts_of, week

FAMILIES = ("Estuary Media", "Lantern Group", "Northern Wire")
_TITLES = {
    "screen-ledger": "The Screen Ledger",
    "channel-nine": "Channel Nine Weekly",
    "long-sofa": "The Long Sofa",
    "meridian-plus": "Meridian Plus Newsroom",
    "tube-gazette": "Tube Gazette",
}
_KINDS = (
    ("screen-ledger", "trade", "feed", "/feed/"),
    ("channel-nine", "outlet", "sitemap", "/wp-sitemap.xml"),
    ("long-sofa", "fan", "sitemap", "/sitemap.xml"),
    ("tube-gazette", "outlet", "feed", "/rss/"),
)


@dataclass(frozen=True, slots=True)
class MadeOutlet:
    """One generated outlet; `layout` names the demo's outlet whose pages its own look like."""

    number: int
    title: str
    layout: str
    tier: str
    discovery: str
    start: str
    family: str = ""

    @property
    def name(self) -> str:
        """Its source's name."""
        return f"made-{self.number:03}"

    def source(self, base: str) -> str:
        """Its source file: read again and again, without pauses, for it is our own machine that is asked."""
        family = f"family = {json.dumps(self.family)}\n" if self.family else ""
        return (
            f"name = {json.dumps(self.name)}\n"
            f"title = {json.dumps(self.title)}\n"
            f"start_urls = [{json.dumps(base + self.start)}]\n"
            f"discovery = {json.dumps(self.discovery)}\n"
            f'tier = {json.dumps(self.tier)}\n{family}language = "en"\n'
            'every = "30s"\nevery_max = "1m"\n'
            "pace = { delay = 0.0, concurrency = 4 }\n"
            'revisit = { first = "2m" }\n'
        )


@dataclass(frozen=True, slots=True)
class World:
    """All that is made up: the outlets, the shows, what happens, and who tells it when. `times` are of the steps."""

    outlets: tuple[MadeOutlet, ...]
    shows: tuple[MadeShow, ...]
    news: tuple[News, ...]
    tellings: tuple[Telling, ...]
    times: tuple[datetime, ...]

    def of(self, outlet: MadeOutlet) -> list[Telling]:
        """What an outlet tells, in the order in which it does."""
        return sorted((one for one in self.tellings if one.outlet == outlet.number), key=lambda one: one.step)


def make_world(count: int, times: Sequence[datetime], seed: int) -> World:
    """A world of so many outlets; the same seed makes the same one."""
    chance = random.Random(seed)
    shows = make_shows(min(MOST_SHOWS, max(6, count * 3 // 10)), chance, times[0].date())
    outlets = _make_outlets(count, {show.network for show in shows}, chance)
    news = make_news(shows, len(times), chance)
    overtaken = {one.show for one in news if one.kind in OVERTAKING}
    firm = [show for show in shows if show not in overtaken]
    found = [one for piece in news for one in _told(piece, outlets, chance)]
    for outlet in outlets:
        if outlet.layout == "long-sofa":
            show = chance.choice(firm)  # of a rewritten page nobody knows when it began to say something
            found.append(guide(show, outlet.number, [one for one in news if one.show is show], chance))
    unique = {(one.outlet, one.slug): one for one in found}
    return World(tuple(outlets), tuple(shows), tuple(news), tuple(unique.values()), tuple(times))


def _make_outlets(count: int, networks: set[str], chance: random.Random) -> list[MadeOutlet]:
    titles = outlet_titles(count, chance)
    rooms = [
        MadeOutlet(number, f"{network} Newsroom", "meridian-plus", "official", "listing", "/")
        for number, network in enumerate(sorted(networks)[: max(1, count // 5)])
    ]
    others = []
    for number in range(len(rooms), count):
        layout, tier, discovery, start = _KINDS[number % len(_KINDS)]
        family = chance.choice(FAMILIES) if chance.random() < 0.2 else ""
        others.append(MadeOutlet(number, next(titles), layout, tier, discovery, start, family))
    return rooms + others


def _told(news: News, outlets: Sequence[MadeOutlet], chance: random.Random) -> list[Telling]:
    """Who tells a piece of news: the makers' newsroom when it is official, and some others."""
    room = next((one for one in outlets if one.title == f"{news.show.network} Newsroom"), None)
    press = [one for one in outlets if one.tier != "official"]
    tellers = chance.sample(press, min(len(press), chance.randint(2, 5) if news.official else chance.randint(1, 3)))
    found = [tell(news, room.number, room.title, news.step, chance, 3)] if room and news.official else []
    for outlet in tellers:
        old = news.step == 0 and chance.random() < 0.2
        hours = chance.choice([24 * 30, 24 * 60]) if old else chance.randint(1, 2)
        found.append(tell(news, outlet.number, outlet.title, news.step, chance, hours))
        others = [one for one in press if one.family == outlet.family and one not in tellers]
        if outlet.family and others and chance.random() < 0.5:
            found.append(copied(found[-1], chance.choice(others).number, outlet.title))
    return found


def pages_of(world: World, outlet: MadeOutlet, base: str, step: int) -> Answers:
    """All that an outlet answers at a step, by address."""
    there = [one for one in world.of(outlet) if one.step <= step]
    texts = {**_layout(outlet), **_PAGES[outlet.layout](world, outlet, there, step)}
    validators = () if outlet.number % 5 == 4 else ("ETag",)
    return {
        address: answer(page, validators, world.times[step])
        for address, page in week(texts, {"base": base, **dict.fromkeys(_TITLES, base)}).items()
    }


def articles_of(world: World, outlet: MadeOutlet, step: int | None = None) -> list[str]:
    """The paths of all its articles at a step; None: at the last."""
    told = [one for one in world.of(outlet) if step is None or one.step <= step]
    return [_path(outlet, one, world).removesuffix("index.html") for one in told]


@cache
def _texts(layout: str) -> dict[str, str]:
    folder = files("worker.demo") / "pages" / layout
    robots = {"robots.txt": (folder / "week1" / "robots.txt").read_text("utf-8")}
    return {**texts_of(folder / "layout", "layout/"), **robots}


def _layout(outlet: MadeOutlet) -> dict[str, str]:
    """The demo's page layouts under another name."""
    old, network = _TITLES[outlet.layout], outlet.title.removesuffix(" Newsroom")
    found = {path: text.replace(old, outlet.title) for path, text in _texts(outlet.layout).items()}
    if outlet.tier == "official":
        found = {path: text.replace("Meridian Plus", network) for path, text in found.items()}
    return found


def _path(outlet: MadeOutlet, one: Telling, world: World) -> str:
    at = _published(one, world)
    folder = {
        "screen-ledger": f"{at:%Y/%m/%d}/{one.slug}",
        "channel-nine": one.slug,
        "long-sofa": f"guides/{one.slug}",
        "meridian-plus": f"news/{one.slug}",
        "tube-gazette": f"story/{1000 + one.step}-{one.slug}",
    }[outlet.layout]
    return f"{folder}/index.html"


def _published(one: Telling, world: World) -> datetime:
    """A little before its step begins, so that nothing is from the future; what was there before is from long ago."""
    hours = one.hours if one.step == 0 else 0
    return world.times[one.step] - timedelta(hours=hours, seconds=(one.outlet * 7 + one.step * 3) % 20 + 1)


def _modified(one: Telling, world: World, step: int) -> datetime:
    changes = [world.times[at] - timedelta(seconds=1) for at, _ in one.added if at <= step]
    return max([_published(one, world), *changes])


def _article(world: World, one: Telling, step: int) -> str:
    """The source of an article's page."""
    at, modified = _published(one, world), _modified(one, world, step)
    words = {
        "layout": "article.html",
        "title": one.title,
        "description": one.paragraphs[-1].partition(".")[0],
        "standfirst": one.paragraphs[-1].partition(".")[0] + ".",
        "author": one.author,
        "published": at.isoformat(),
        "modified": modified.isoformat(),
        "day": f"{at.day} {at:%B %Y}",
        "clock": f"Updated {modified:%H:%M}",
        "section": "Television",
        "post": str(1000 + one.step),
    }
    paragraphs = [*one.paragraphs, *(text for when, text in one.added if when <= step)]
    head = "".join(f"{name}: {value}\n" for name, value in words.items())
    return f"---\n{head}---\n" + "\n".join(f"<p>{text}</p>" for text in paragraphs) + "\n"


def _with_articles(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    found = {}
    for one in there:
        path = _path(outlet, one, world)
        found[path] = _article(world, one, step)
        talk = [(number, *said[1:]) for number, said in enumerate(one.talk) if said[0] <= step]
        if talk and outlet.layout in _COMMENTS:
            folder = path.removesuffix("index.html")
            found[f"{folder}_comments.html"] = _COMMENTS[outlet.layout](talk, _published(one, world))
            found[f"{folder}_count.txt"] = str(len(talk))
    return found


def _classic_comments(talk: Sequence[tuple[int, str, str]], at: datetime) -> str:
    items = "".join(
        f'<li id="comment-{100 + number}" class="comment even thread-even depth-1">'
        f'<article id="div-comment-{100 + number}" class="comment-body">'
        f'<footer class="comment-meta"><div class="comment-author vcard"><b class="fn">{author}</b></div>'
        f'<div class="comment-metadata"><a href="$url#comment-{100 + number}"><time datetime="{at.isoformat()}">'
        f'{at:%B %d, %Y}</time></a></div></footer><div class="comment-content"><p>{words}</p></div></article></li>\n'
        for number, author, words in talk
    )
    return f'<h2 class="comments-title">{len(talk)} Comments</h2>\n<ol class="commentlist">\n{items}</ol>\n'


def _block_comments(talk: Sequence[tuple[int, str, str]], at: datetime) -> str:
    items = "".join(
        f'<li id="comment-{100 + number}" class="comment even thread-even depth-1">'
        f'<div class="has-small-font-size wp-block-comment-author-name">{author}</div>'
        f'<div class="wp-block-comment-date"><time datetime="{at.isoformat()}">'
        f'<a href="$url#comment-{100 + number}">{at:%B %d, %Y}</a></time></div>'
        f'<div class="wp-block-comment-content"><p>{words}</p></div></li>\n'
        for number, author, words in talk
    )
    title = f'<h2 class="wp-block-comments-title">{len(talk)} responses to “$title”</h2>'
    return f'{title}\n<ol class="wp-block-comment-template">\n{items}</ol>\n'


_COMMENTS = {"screen-ledger": _classic_comments, "channel-nine": _block_comments}


def _url(outlet: MadeOutlet, one: Telling, world: World) -> str:
    return "$base/" + _path(outlet, one, world).removesuffix("index.html")


def _front(world: World, outlet: MadeOutlet, there: Sequence[Telling], item: str) -> str:
    """A front page: the newest first."""
    lines = [
        item.format(url=_url(outlet, one, world), title=one.title, at=_published(one, world).isoformat())
        for one in reversed(there)
    ]
    return "---\nlayout: listing.html\ntitle: Latest\ndescription: What is on\n---\n" + "\n".join(lines) + "\n"


def _rss(world: World, outlet: MadeOutlet, there: Sequence[Telling], *, whole: bool) -> str:
    items = "".join(
        f"<item><title>{one.title}</title><link>{_url(outlet, one, world)}</link>"
        f'<guid isPermaLink="true">{_url(outlet, one, world)}</guid>'
        f"<pubDate>{format_datetime(_published(one, world))}</pubDate><dc:creator>{one.author}</dc:creator>"
        + (f"<content:encoded><![CDATA[${{{_path(outlet, one, world)}}}]]></content:encoded>" if whole else "")
        + "</item>\n"
        for one in reversed(there)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{outlet.title}</title><link>$base/</link><language>en-gb</language>\n{items}</channel></rss>\n"
    )


def _sitemap(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> str:
    lines = "".join(
        f"<url><loc>{_url(outlet, one, world)}</loc>"
        f"<lastmod>{_modified(one, world, step).isoformat()}</lastmod></url>\n"
        for one in there
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{lines}</urlset>\n"


def _screen_ledger(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    item = (
        '<article class="post hentry"><h2 class="entry-title"><a href="{url}" rel="bookmark">{title}</a></h2></article>'
    )
    return {
        **_with_articles(world, outlet, there, step),
        "index.html": _front(world, outlet, there, item),
        "feed/index.rss": _rss(world, outlet, there, whole=False),
    }


def _channel_nine(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    index = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<sitemap><loc>$base/wp-sitemap-posts-post-1.xml</loc></sitemap></sitemapindex>\n"
    )
    return {
        **_with_articles(world, outlet, there, step),
        "wp-sitemap.xml": index,
        "wp-sitemap-posts-post-1.xml": _sitemap(world, outlet, there, step),
    }


def _long_sofa(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    links = "".join(f'<li><a href="{_url(outlet, one, world)}">{one.title}</a></li>' for one in there[:1])
    return {
        **_with_articles(world, outlet, there, step),
        "layout/_related.html": f"<ul>{links}</ul>",
        "sitemap.xml": _sitemap(world, outlet, there, step),
    }


def _newsroom(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    time = '<p class="eyebrow"><time datetime="{at}"></time></p>'
    item = f'<li class="release-item">{time}<h2><a href="{{url}}">{{title}}</a></h2></li>'
    return {**_with_articles(world, outlet, there, step), "index.html": _front(world, outlet, there, item)}


def _tube_gazette(world: World, outlet: MadeOutlet, there: Sequence[Telling], step: int) -> dict[str, str]:
    return {**_with_articles(world, outlet, there, step), "rss/index.rss": _rss(world, outlet, there, whole=True)}


_PAGES: dict[str, Callable[[World, MadeOutlet, Sequence[Telling], int], dict[str, str]]] = {
    "screen-ledger": _screen_ledger,
    "channel-nine": _channel_nine,
    "long-sofa": _long_sofa,
    "meridian-plus": _newsroom,
    "tube-gazette": _tube_gazette,
}


class MadeSites:
    """The outlets of a world on loopback: `with MadeSites(world) as sites:`; `turn(step)` moves all on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.step = 0
        self.asked = 0  # requests so far
        self.urls: dict[str, str] = {}
        self._sockets: list[socket.socket] = []
        self._outlets: dict[int, MadeOutlet] = {}
        self._made: dict[int, tuple[int, Answers]] = {}

    def __enter__(self) -> MadeSites:
        for outlet in self.world.outlets:
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            port = listener.getsockname()[1]
            self._sockets.append(listener)
            self._outlets[port] = outlet
            self.urls[outlet.name] = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            proxy_headers=False,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(self._sockets,), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)  # it tells nobody when it is ready
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        for listener in self._sockets:
            listener.close()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host:port, as a setting lets the crawler ask them."""
        return tuple(url.removeprefix("http://") for url in self.urls.values())

    def turn(self, step: int) -> None:
        """Moves all outlets to a step."""
        self.step = step

    def addresses(self, step: int | None = None) -> set[str]:
        """The URLs of all articles that there are at a step; None: in the end."""
        return {
            f"{self.urls[outlet.name]}/{path}"
            for outlet in self.world.outlets
            for path in articles_of(self.world, outlet, step)
        }

    def write_sources(self, folder: Path) -> None:
        """A source file for each outlet."""
        folder.mkdir(parents=True, exist_ok=True)
        for outlet in self.world.outlets:
            (folder / f"{outlet.name}.toml").write_text(outlet.source(self.urls[outlet.name]), "utf-8")

    def _pages(self, port: int) -> Answers:
        made, step = self._made.get(port), self.step
        if made is None or made[0] != step:
            outlet = self._outlets[port]
            made = step, pages_of(self.world, outlet, self.urls[outlet.name], step)
            self._made[port] = made
        return made[1]

    async def _app(self, scope: Mapping[str, Any], receive: object, send: Callable[[dict[str, Any]], Any]) -> None:
        """Answers GET and HEAD: 200, 304 for what the client has, 404 elsewhere."""
        self.asked += 1
        found = self._pages(scope["server"][1]).get(scope["path"])
        tags = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        status, body, headers = 404, b"<!doctype html><title>Not found</title>", [(b"content-type", b"text/html")]
        if found:
            named = {name.lower(): value for name, value in found.validators}
            has_it = "etag" in named and named["etag"] in [tag.strip() for tag in tags.split(",")]
            status, body = (304, b"") if has_it else (200, found.body)
            headers = [(name.encode(), value.encode()) for name, value in named.items()]
            headers += [] if has_it else [(b"content-type", found.content_type.encode())]
        if status != 304:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
