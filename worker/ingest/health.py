"""Health: how a source is doing, judged by what its crawl brought and by what it used to bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from crawler.items import Failure
from crawler.source import Source
from worker.store.sources import WELL, Crawled, SourceState

ENOUGH = 3  # articles, or earlier crawls, from which anything is concluded
COLLAPSED = 0.35  # share of the usual below which links or text have collapsed
QUIET = 5  # times its usual gap without news makes a source quiet
SHORTEST_QUIET = 3 * 86_400.0  # seconds; a shorter silence is nothing to talk of

CODES = (
    "ok",
    "new",
    "quiet",
    "unreachable",
    "forbidden",
    "robots",
    "not-a-feed",
    "no-articles",
    "empty-articles",
    "comments-lost",
    "selector-broken",
    "drifting",
    "misconfigured",
    "stopped",
)
"""All that `sources list` can show of a source that is read."""

_OF_REASON = {
    "http-401": "forbidden",
    "http-403": "forbidden",
    "http-429": "forbidden",
    "http-451": "forbidden",
    "robots": "robots",
    "not-xml": "not-a-feed",
    "unreadable": "not-a-feed",
    "no-articles": "no-articles",
    "refused": "misconfigured",
    "unset": "misconfigured",
}
_EMPTY = ("no-text", "empty", "not-html", "error", "error-page", "video", "gallery", "script-only")
_WALLS = ("bot-check", "login-wall", "paywall", "consent", "region-wall")
_WORDS, _LINKS, _TEXTLESS = "words in an article", "links to articles", "articles had no text"


@dataclass(frozen=True, slots=True)
class Round:
    """What one crawl of a source brought, beside the figures that become its history.

    `missed` are selectors of the source file that never matched; `silenced` and `talking` count the articles with
    comments in the store that were read again, by whether a comment was found; `stopped` says why the crawling process
    died, if it did.
    """

    failures: Sequence[Failure] = ()
    missed: Sequence[str] = ()
    silenced: int = 0
    talking: int = 0
    stopped: str = ""
    reported: bool = True


def judge(source: Source, now: Crawled, of: Round, past: Sequence[Crawled], before: SourceState) -> tuple[str, str]:
    """The state of a source after a crawl: a code and a sentence.

    A fault lasts until a crawl shows the contrary: pages that have not changed show nothing.
    """
    answered = now.fetched + now.unchanged
    if not answered or not of.reported:
        return _no_answer(source, of)
    fault = _list_fault(source, now, of, past) or _article_fault(now, of, past)
    if fault:
        return fault
    if before.state not in WELL and not _shows_the_contrary(now, past, before):
        return before.state, before.reason
    return _quiet(now, before) or ("ok", _remark(now, of, answered))


def _no_answer(source: Source, of: Round) -> tuple[str, str]:
    first = next((f for f in of.failures if f.url in source.start_urls), None) or next(iter(of.failures), None)
    if first is None:
        return ("stopped", of.stopped) if of.stopped else ("unreachable", "nothing came, and nobody said why")
    return _OF_REASON.get(first.reason, "unreachable"), first.detail


def _list_fault(source: Source, now: Crawled, of: Round, past: Sequence[Crawled]) -> tuple[str, str] | None:
    usual = _usual([crawl.links for crawl in past])
    wrong = next((f for f in of.failures if _OF_REASON.get(f.reason) == "not-a-feed"), None)
    if wrong is not None and not now.links:
        return "not-a-feed", f"{wrong.url}: {wrong.detail}"
    none = next((f for f in of.failures if f.reason == "no-articles"), None)
    if none is not None or (now.links == 0 and usual):
        return ("drifting", _fewer(_LINKS, 0, usual)) if usual else ("no-articles", none.detail if none else "")
    if now.links is not None and usual >= 2 * ENOUGH and now.links < COLLAPSED * usual:
        return "drifting", _fewer(_LINKS, now.links, usual)
    broken = [failure for failure in of.failures if failure.url in source.start_urls]
    if broken and len(broken) == len(source.start_urls) and not now.articles and not now.unchanged:
        return _OF_REASON.get(broken[0].reason, "unreachable"), f"{broken[0].url}: {broken[0].detail}"
    return None


def _article_fault(now: Crawled, of: Round, past: Sequence[Crawled]) -> tuple[str, str] | None:
    if of.missed:
        return "selector-broken", f"{', '.join(of.missed)} matched nothing; general rules were used instead"
    empty = Counter(failure.reason for failure in of.failures if failure.reason in _EMPTY + _WALLS)
    if empty.total() > now.articles and empty.total() + now.articles >= ENOUGH:
        return _textless(empty, empty.total() + now.articles)
    usual = _usual([crawl.words for crawl in past])
    if now.words is not None and now.articles >= ENOUGH and now.words < COLLAPSED * usual:
        return "drifting", _fewer(_WORDS, now.words, usual)
    if now.declared >= ENOUGH and not now.captured:
        return "comments-lost", f"0 of {now.declared} comments that the pages declare were found"
    if of.silenced and not of.talking:
        return "comments-lost", f"no comments were found any more on {of.silenced} articles that had some"
    return None


def _textless(empty: Counter[str], asked: int) -> tuple[str, str]:
    """Most articles had no text; where walls are why, the site forbids it."""
    which = ", ".join(f"{reason} {count}" for reason, count in empty.most_common())
    walled = sum(empty[reason] for reason in _WALLS)
    code = "forbidden" if walled > empty.total() / 2 else "empty-articles"
    return code, f"{empty.total()} of {asked} {_TEXTLESS} ({which})"


def _shows_the_contrary(now: Crawled, past: Sequence[Crawled], before: SourceState) -> bool:
    """Does a crawl without a fault show that the last one is over?"""
    if before.state in ("no-articles", "not-a-feed") or _LINKS in before.reason:
        return now.links is not None
    if before.state == "drifting":
        return now.words is not None and now.words >= COLLAPSED * _usual([crawl.words for crawl in past])
    if now.articles > 0:
        return True
    return before.state not in ("comments-lost", "selector-broken") and _TEXTLESS not in before.reason


def _quiet(now: Crawled, before: SourceState) -> tuple[str, str] | None:
    if now.news:
        return None
    silent = (now.at - (before.last_new or before.first_crawled)).total_seconds()
    if silent <= max(SHORTEST_QUIET, QUIET * (before.usual_gap or 0.0)):
        return None
    return "quiet", f"nothing new for {silent / 86_400:.0f} days"


def _remark(now: Crawled, of: Round, answered: int) -> str:
    return f"{len(of.failures)} of {answered + now.failed} pages gave nothing" if of.failures else ""


def _usual(figures: Sequence[int | None]) -> float:
    """The median of a source's own history; 0 while there is too little of it."""
    known = [figure for figure in figures if figure is not None]
    return float(median(known)) if len(known) >= ENOUGH else 0.0


def _fewer(what: str, found: float, usual: float) -> str:
    return f"{found:.0f} {what}, where {usual:.0f} are usual; look at it: watercooler sources try"
