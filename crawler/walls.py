"""Pages that show something else in an article's place: a wall, a check, an error, a player. What is it, and why?

A wall is believed by what the page calls itself (its title), or when what it says is that of a wall and hardly any
prose is left beside it. So an article with a login button, a cookie banner or a call to subscribe below stays one.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lxml.html import HtmlElement

from crawler.body.repairs import Block
from crawler.metadata import ARTICLES, Metadata
from crawler.page.dom import flat_text, lines, squeeze
from crawler.page.jsonld import Node, graph, is_a, text_of
from crawler.page.parsed import ParsedPage, fragment_lines

_PHRASES = tomllib.loads((Path(__file__).parent / "walls.toml").read_text("utf-8"))
_TITLES, _LINES = (
    {kind: re.compile("|".join(phrases)) for kind, phrases in _PHRASES[part].items()} for part in ("titles", "lines")
)
_BESIDE = re.compile(r"\s+[|–—:·»«•-]\s+|\s*[|»•]\s*|:\s+")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff]")

REASONS = {
    "bot-check": "The page checks whether a person asks, or refuses the one who asks",
    "not-found": "The page says that there is no such page, although its status says there is",
    "error-page": "The page tells of a fault of the server",
    "login-wall": "The page wants a login before it shows its text",
    "paywall": "The page shows its text to subscribers only",
    "consent": "The page asks for consent before it shows its text",
    "region-wall": "The page is not shown in the country from which we ask",
    "script-only": "The page writes its text by script, and holds none itself",
    "video": "The page is a video with a caption at the most",
    "gallery": "The page is a row of pictures without text",
    "no-text": "The page holds hardly any text of its own",
}
"""What may stand in an article's place."""

SHORTEST = 40
"""Characters of text below which a page says too little to be an article."""

_PROSE = 80  # what a paragraph weighs, at least
_ENOUGH = 200  # weight of prose that makes an article, whatever stands beside it
_LITTLE = 400  # weight of all other lines up to which they may belong to a wall
_PLENTY = 2_000  # weight of other lines that no wall has
_MOST_LINES = 300  # lines that are looked at; no wall has as many
_CALLS = ("paywall", "login-wall", "script-only")
_LONGEST_CALL = 160
_MOST_OFFERS = 30
_LONGEST_LINE, _LONGEST_CONSENT = 300, 1_500


@dataclass(frozen=True, slots=True)
class Wall:
    """What stands in an article's place: one of `REASONS`, and a sentence for a person."""

    outcome: str
    reason: str


def _wall(outcome: str, evidence: str = "") -> Wall:
    told = f': "{squeeze(evidence)[:100]}"' if evidence else ""
    return Wall(outcome, f"{REASONS[outcome]}{told}.")


def calls_itself_wall(page: ParsedPage, meta: Metadata) -> Wall | None:
    """A page whose window title is that of a wall, and that neither says it is an article nor states a time."""
    if meta.says_article or meta.published:
        return None
    return _titled(_window_title(page))


def wall_instead(page: ParsedPage, meta: Metadata, blocks: Sequence[Block]) -> Wall | None:
    """What the page shows in an article's place, judged by the blocks of its body; None when they are an article."""
    shown = [] if _is_only_told(page, blocks) else (block for block in blocks if block[1] != meta.title)
    read = _Reading(shown)
    if read.is_article(meta.says_article):
        return None
    titled = _titled(_window_title(page)) or _titled(_headline(page))
    if titled:
        return titled
    if read.walled:
        return read.wall()
    return _silent(page, meta, read)


def without_call(blocks: Sequence[Block]) -> list[Block]:
    """An article without the call to subscribe or log in that ends what it shows for nothing, and the offers below."""
    cut = len(blocks)
    for place in range(len(blocks) - 1, max(-1, len(blocks) - _MOST_OFFERS), -1):
        text = blocks[place][1]
        kind = _kind(text)
        if kind in _CALLS and len(text) <= _LONGEST_CALL:
            cut = place
        elif not kind and _weight(text) >= _PROSE:
            break
    return list(blocks[:cut])


# --- what it calls itself


def _window_title(page: ParsedPage) -> str:
    return next((flat_text(e) for e in page.tree.iter("title")), "")


def _headline(page: ParsedPage) -> str:
    return next((flat_text(e) for e in page.tree.iter("h1")), "")


def _titled(title: str) -> Wall | None:
    """The whole title, or what stands before or behind the site's name."""
    parts = _BESIDE.split(title[:200].lower())
    for text in (title[:200].lower(), *parts):
        bare = squeeze(text).strip(" .!?…:*'\"¡¿。！？")
        for kind, phrases in _TITLES.items():
            if bare and phrases.fullmatch(bare):
                return _wall(kind, title)
    return None


# --- what it says


class _Reading:
    """The blocks of a body, told apart: lines of a wall, prose, the rest. Stops where it is clear that it is prose."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.prose = self.rest = 0
        self.walled: Counter[str] = Counter()
        self.said: dict[str, str] = {}
        for _, text in islice(blocks, _MOST_LINES):
            self._take(text)
            enough = self.prose >= _ENOUGH or self.left >= _PLENTY
            if enough and self.left > self.walled.total():
                break

    def _take(self, text: str) -> None:
        weight = _weight(text)
        kind = _kind(text)
        if kind:
            self.walled[kind] += weight
            self.said.setdefault(kind, text)
        elif weight >= _PROSE:
            self.prose += weight
        else:
            self.rest += weight

    @property
    def left(self) -> int:
        """The weight of what is no wall."""
        return self.prose + self.rest

    def is_article(self, says_so: bool) -> bool:
        if not self.walled:
            return self.left >= _ENOUGH
        enough = self.prose >= _ENOUGH or self.left >= _LITTLE
        return enough and (self.left > self.walled.total() or (says_so and self.prose >= 2 * _ENOUGH))

    def wall(self) -> Wall:
        kind = self.walled.most_common(1)[0][0]
        return _wall(kind, self.said[kind])


def _weight(text: str) -> int:
    """The length of a text in Latin letters: where a character is a syllable or a word, it counts for more."""
    return len(text) + len(_WIDE.findall(text)) * 3 // 2


def _kind(text: str) -> str:
    """Which wall says so, if one does."""
    if len(text) > _LONGEST_CONSENT:
        return ""
    low = text.lower()
    kinds = _LINES if len(low) <= _LONGEST_LINE else ("consent",)
    return next((kind for kind in kinds if _LINES[kind].search(low)), "")


# --- what it shows while it says nothing

_PLAYER = re.compile(r"(^|[-_])(video|media|jw|vjs|brightcove)[-_]?(player|js)|^(video-js|jwplayer)|^player$")
_PLAYER_FRAME = re.compile(r"youtube(-nocookie)?\.com/embed|player\.|/embed/|/player|dailymotion|brightcove|jwplatform")
_CHECK = re.compile(r"^(g-recaptcha|h-captcha|cf-turnstile|px-captcha|challenge-(form|running|stage|error.*)|cf-.*)$")
_PAYING = re.compile(r"pay-?wall|reg-?wall|subscri(be|ption)-?(wall|gate|barrier)|premium-?(wall|gate|barrier)")
_CONSENT = re.compile(r"consent|cookie|gdpr|onetrust|didomi|sp_message|(^|-)cmp(-|$)")
_ROOT = re.compile(
    r"^(root|app|__next|__nuxt|___gatsby|svelte|q-app|app-root|react-root|main-app|gatsby-focus-wrapper)$"
)
_GALLERY = re.compile(r"gallery|slide-?show|carousel|swiper|lightbox")
_MANY_PICTURES = 4


def _silent(page: ParsedPage, meta: Metadata, read: _Reading) -> Wall | None:
    """Why there is so little text, by the page's structure; None where it is a short article."""
    if read.left >= SHORTEST:
        return _wall("video") if not meta.says_article and _calls_itself_video(page) else None
    return _said_anywhere(page) or _wall(next(_signs(page), "no-text"))


def _said_anywhere(page: ParsedPage) -> Wall | None:
    """What visible lines say, and those for browsers without scripts. Consent is asked for on any page: no sign."""
    unscripted = (flat_text(e) for e in islice(page.tree.iter("noscript"), 20))
    said: dict[str, str] = {}
    for text in islice((*lines([page.tree]).split("\n"), *unscripted), 300):
        said.setdefault(_kind(text), text)
    kind = next((kind for kind in _LINES if kind in said and kind != "consent"), "")
    return _wall(kind, said[kind]) if kind else None


def _signs(page: ParsedPage) -> Iterator[str]:
    """The kinds of wall of which the markup tells, surest first."""
    tree = page.tree
    if page.outline.called(_CHECK):
        yield "bot-check"
    if any((e.get("type") or "").lower() == "password" for e in tree.iter("input")):
        yield "login-wall"
    if page.outline.called(_PAYING) or any(_costs(node) for node in graph(tree)):
        yield "paywall"
    if _has_player(page):
        yield "video"
    if any(_is_empty(root) for root in page.outline.called(_ROOT)):
        yield "script-only"
    if len(list(islice(tree.iter("img", "picture"), _MANY_PICTURES))) == _MANY_PICTURES and _shows_pictures(page):
        yield "gallery"
    if page.outline.called(_CONSENT):
        yield "consent"


def _is_empty(root: HtmlElement) -> bool:
    """An element that a script would fill; what it shows while it loads is a few words."""
    return len(root.text_content().strip()) < SHORTEST


def _shows_pictures(page: ParsedPage) -> bool:
    figures = len(list(islice(page.tree.iter("figure"), _MANY_PICTURES)))
    return figures == _MANY_PICTURES or bool(page.outline.called(_GALLERY))


def _calls_itself_video(page: ParsedPage) -> bool:
    types = (e.get("content") or "" for e in page.tree.iter("meta") if e.get("property") == "og:type")
    return any(kind.startswith("video") for kind in types) or any(
        is_a(node, "VideoObject") for node in graph(page.tree)
    )


def _has_player(page: ParsedPage) -> bool:
    framed = any(_PLAYER_FRAME.search(e.get("src") or e.get("data-src") or "") for e in page.tree.iter("iframe"))
    return framed or next(page.tree.iter("video"), None) is not None or bool(page.outline.called(_PLAYER))


def _is_only_told(page: ParsedPage, blocks: Sequence[Block]) -> bool:
    """Is it text of the structured data, in one piece, of which nobody sees anything?"""
    if len(blocks) != 1:
        return False
    start = blocks[0][1][:_PROSE]
    told = any(start in squeeze(text_of(node.get("articleBody"))) for node in graph(page.tree))
    return told and start not in squeeze(lines([page.tree]))


def _costs(node: Node) -> bool:
    return str(node.get("isAccessibleForFree")).lower() in ("false", "no", "0")


# --- the text that only machines are told

_UNSHOWN = ("script-only", "no-text", "video", "gallery", "consent")


def told_instead(page: ParsedPage, wall: Wall) -> list[Block]:
    """The text that structured data hold of an article whose page shows none. What a wall keeps back is left alone."""
    nodes = [node for node in graph(page.tree) if is_a(node, *ARTICLES)] if wall.outcome in _UNSHOWN else []
    texts = {text_of(node.get("articleBody")) for node in nodes} - {""}
    if len(texts) != 1 or any(_costs(node) for node in nodes):
        return []
    told = texts.pop()
    told = fragment_lines(told) if "<" in told else told
    return [(False, line) for line in map(squeeze, told.split("\n")) if line] if _weight(told) >= _ENOUGH else []
