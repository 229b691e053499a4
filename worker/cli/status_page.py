"""`watercooler status --html`: how things stand, as one self-contained page to look at.

However many sources there are, it shows the ill ones, up to a number, and those that brought the most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from worker.cli.charts import Piece, round_up, shares, sparkline, stacked
from worker.cli.gathered import Gathered
from worker.cli.output import Session
from worker.models import Standing
from worker.store import Tx
from worker.store.history import Activity, Comments, activity, claims_between, comments_by_source
from worker.store.sources import Crawled

WEEKS = 12  # of claims, and of comments
MONTH = timedelta(weeks=4)  # in which the most active sources are those that brought the most
CRAWLS = 30  # of one source that are shown
ILL, ACTIVE = 50, 25  # sources that are shown
STANDINGS = tuple(str(standing) for standing in Standing)
_CHART, _SPARK = (600.0, 160.0), (150.0, 28.0)  # width and height, in units of their own


@dataclass(frozen=True, slots=True)
class Past:
    """What happened before now: `weeks` are where each begins, in the operator's zone, the last one is to come."""

    weeks: Sequence[datetime]
    claims: Sequence[Mapping[str, int]]  # of each week, by standing
    ill: Sequence[str]
    active: Sequence[str]
    activity: Mapping[str, Activity]
    comments: Mapping[str, Comments]
    crawls: Mapping[str, Sequence[Crawled]]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source as the page shows it; `said` is its sparkline in words."""

    name: str
    state: str
    is_ill: bool
    reason: str
    last: str
    spark: Sequence[Piece]
    said: str
    activity: Activity
    comments: Comments


def look_back(session: Session, tx: Tx, found: Gathered) -> Past:
    """Asks the store for what the page shows of the past; `found` is what was gathered in the same transaction."""
    weeks = week_starts(session.now, ZoneInfo(session.settings.zone), WEEKS)
    brought = activity(tx.connection, session.now - MONTH)
    well = set(found.states) - set(found.sources.ill)
    ranked = sorted((name for name in well if name in brought), key=lambda name: (-brought[name].news, name))
    ill, active = sorted(found.sources.ill)[:ILL], ranked[:ACTIVE]
    return Past(
        weeks,
        claims_between(tx.connection, weeks),
        ill,
        active,
        brought,
        comments_by_source(tx.connection, weeks[0]),
        tx.sources.history([*ill, *active]),
    )


def week_starts(now: datetime, zone: ZoneInfo, weeks: int) -> list[datetime]:
    """Mondays at midnight where the operator lives, the last one to come: one more than there are weeks."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())  # by the wall clock, whatever summer time does
    return [monday + timedelta(weeks=number) for number in range(1 - weeks, 2)]


def page(session: Session, found: Gathered, past: Past) -> str:
    """The page as HTML. Raises TemplateError."""
    counted = [{standing: week.get(standing, 0) for standing in STANDINGS} for week in past.claims]
    top = round_up(max(sum(week.values()) for week in counted))
    deliveries = {state: count for state, count in found.glance.deliveries.items() if count}
    context = {
        "found": found,
        "chart": _CHART,
        "spark": _SPARK,
        "standings": STANDINGS,
        "weeks": list(zip((f"{week:%Y-%m-%d}" for week in past.weeks), counted, strict=False)),
        "top": top,
        "claims": stacked([list(week.items()) for week in counted], width=_CHART[0], height=_CHART[1], top=top, gap=8),
        "totals": {standing: sum(week[standing] for week in counted) for standing in STANDINGS},
        "deliveries": deliveries,
        "delivered": shares(deliveries.items(), width=_CHART[0], height=24),
        "ill": [_line(session, found, past, name) for name in past.ill],
        "active": [_line(session, found, past, name) for name in past.active],
        "made": session.local(session.now),
        "last_tick": session.local(found.last_tick),
        "zone": session.settings.zone,
    }
    return session.kit.services.templates.page("status", context)


def _line(session: Session, found: Gathered, past: Past, name: str) -> SourceLine:
    state, crawls = found.states[name], past.crawls[name][-CRAWLS:]
    ill_then = [not (crawl.fetched + crawl.unchanged) for crawl in crawls]
    news = [crawl.news for crawl in crawls]
    return SourceLine(
        name,
        state.state,
        name in past.ill,
        state.reason,
        session.local(state.last_crawled),
        sparkline(news, ill_then, width=_SPARK[0], height=_SPARK[1], most=CRAWLS),
        in_words(news, sum(ill_then), session.local(crawls[0].at)[:10] if crawls else ""),
        past.activity.get(name, Activity()),
        past.comments.get(name, Comments()),
    )


def in_words(news: Sequence[int], failed: int, since: str) -> str:
    """A sparkline for who cannot see it."""
    if not news:
        return "no crawl is remembered"
    said = f"{len(news)} crawls since {since}: {sum(news)} articles with news, {max(news)} at the most, {news[-1]} last"
    return said + (f"; {failed} crawls got no answer" if failed else "")
