"""Which claims does an article make, with what standing and evidence, and what is it about as a whole?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawler.items import Article
from worker.ingest.kinds import Found, Reading
from worker.ingest.kinds.base import is_history, is_hypothetical, shorten
from worker.ingest.kinds.standing import stated_standing
from worker.ingest.labels import article_kinds, label
from worker.ingest.lexicon import Bank, Lexicon, Lexicons
from worker.ingest.names import compose, fold, has_edges
from worker.ingest.statements import LEAD, Statement, read_statements, standing_of
from worker.models import ClaimDraft, Field, Kind, Labels, ShowMatch

_IN_TITLE = frozenset({Field.STATUS, Field.RELEASE, Field.CAST, Field.PRODUCTION})  # what a headline alone can claim
_NOTHING = Bank()
# What a headline of a kind says when none of its words say it: the loosest value there is.
_LOOSELY = {
    Kind.RENEWAL: (Field.STATUS, "in-talks"),
    Kind.SPINOFF: (Field.SPINOFF, "announced"),
    Kind.TRAILER: (Field.TRAILER, "trailer"),
    Kind.PLOT: (Field.PLOT, ""),
    Kind.RATINGS_AWARDS: (Field.RATINGS, ""),
}
_STOPS = ".!?… "
_LONG_WORD = re.compile(r"\b(?:[가-힣]{2}|\w{4,})")  # of a Korean word its first syllables: endings change


def label_article(article: Article, matches: Sequence[ShowMatch], lexicons: Lexicons) -> Labels:
    """Is it show news, of which kinds (primary first), how sure is its primary claim, which season?"""
    lexicon = lexicons.for_language(article.language)
    statements = read_statements(article, matches, lexicon, "unknown")
    return label(article, matches, lexicon, statements)


def extract_claims(
    article: Article, matches: Sequence[ShowMatch], lexicons: Lexicons, *, tier: str = "unknown"
) -> list[ClaimDraft]:
    """The claims of an article, each with the sentence that carries it. None without a known show."""
    if not matches:
        return []
    lexicon = lexicons.for_language(article.language)
    statements = read_statements(article, matches, lexicon, tier)
    title, *body = statements
    drafts = [draft for one in body for draft in _drafts(one, title, matches, lexicon)]
    return _clearest([*drafts, *_of_headline(statements, {draft.field for draft in drafts}, matches, lexicon)])


def _of_headline(
    statements: Sequence[Statement], told: set[Field], matches: Sequence[ShowMatch], lexicon: Lexicon
) -> list[ClaimDraft]:
    """What the headline alone claims. The text says it better: only where it makes no claim of the field."""
    title, *body = statements
    kinds, rule = article_kinds(lexicon, statements)
    drafts = [draft for draft in _drafts(title, title, matches, lexicon) if draft.field in _IN_TITLE - told]
    carried = [_carried(draft, title, body[:LEAD], lexicon) for draft in drafts if draft.kind in kinds]
    if carried or not body:
        return carried
    loose = _loosely(kinds[0], rule, title, body[0])
    return [draft for one in loose for draft in _drafts(one, title, matches, lexicon) if draft.field not in told]


def _loosely(kind: Kind, rule: str, title: Statement, lead: Statement) -> list[Statement]:
    """The lead with what the headline is about, where no phrase of either says it: the lead tells it in its own words.

    Whether a show goes on is then only talked about.
    """
    lexicon = title.reading.lexicon
    said = any(title.reading.plain in table.get(kind, _NOTHING) for table in (lexicon.topics, lexicon.touches))
    if kind not in _LOOSELY or not said or not _tells(lead.reading, title.reading):
        return []
    field, value = _LOOSELY[kind]
    found = Found(field, kind, value or shorten(lead.reading.text), rule, 0, 0, guessed=field is Field.STATUS)
    sure = standing_of(lead.reading, found, (lead.standing, lead.standing_rule))
    return [replace(lead, found=(found,), standings=(sure,))]


def _drafts(
    statement: Statement, title: Statement, matches: Sequence[ShowMatch], lexicon: Lexicon
) -> Iterable[ClaimDraft]:
    reading = statement.reading
    seasons = lexicon.seasons.find(reading.plain)
    for found, (standing, rule) in zip(statement.found, statement.standings, strict=True):
        match = _show_of(reading, found, statement.heading, matches)
        season = _season_of(found, seasons, title if match.show_id == matches[0].show_id else None, lexicon)
        yield ClaimDraft(
            show_id=match.show_id,
            season=season,
            kind=found.kind,
            field=found.field,
            value=found.value,
            standing=standing,
            evidence=reading.text,
            rule=f"{found.rule} ({rule})",
            heading=statement.heading,
            when=found.when,
        )


def _carried(draft: ClaimDraft, title: Statement, lead: Sequence[Statement], lexicon: Lexicon) -> ClaimDraft:
    """A headline's claim with the sentence of the lead that tells it in other words, if there is one, and its standing.

    That sentence is about the same kind of news or names the same person, else it is the first one if it
    is near the headline at all; it says by whom it is known.
    """
    person = draft.value.partition(": ")[2].split()[-1:]
    for stated in lead:
        about = stated.reading.plain in lexicon.topics.get(draft.kind, _NOTHING)
        if about or any(name in stated.reading.text for name in person):
            return _told_by(stated, draft)
    return _told_by(lead[0], draft) if lead and _is_near(lead[0].reading, title.reading) else draft


def _tells(lead: Reading, title: Reading) -> bool:
    """Can the lead be telling the headline's news: neither asking nor supposing nor recalling?"""
    end = len(lead.plain.rstrip(_STOPS))
    return not (lead.is_question() or is_hypothetical(lead, end) or is_history(lead, 0, end)) and _is_near(lead, title)


def _is_near(lead: Reading, title: Reading) -> bool:
    """Is this first sentence about the headline's matter: a word in common, a source, or a home of series?"""
    words = set(_LONG_WORD.findall(fold(title.plain)))
    shows = title.lexicon.shows
    return (
        not words.isdisjoint(_LONG_WORD.findall(fold(lead.plain)))
        or any(lead.plain in shows[name] for name in ("network", "anaphor", "outlet"))
        or stated_standing(lead) is not None
    )


def _told_by(stated: Statement, draft: ClaimDraft) -> ClaimDraft:
    rule = f"{draft.rule.partition(' (')[0]}, told in the text ({stated.standing_rule})"
    return replace(draft, standing=stated.standing, evidence=stated.reading.text, rule=rule)


def _show_of(reading: Reading, found: Found, heading: str, matches: Sequence[ShowMatch]) -> ShowMatch:
    """The show named nearest before the claim in its sentence, else in the heading, else the article's own."""
    if len(matches) == 1:
        return matches[0]
    named = _named_in(reading.text, matches)
    before = [one for one in named if one[0] <= found.end]
    if named:
        return (before[-1] if before else named[0])[1]
    in_heading = _named_in(heading, matches)
    return in_heading[0][1] if in_heading else matches[0]


def _named_in(text: str, matches: Sequence[ShowMatch]) -> list[tuple[int, ShowMatch]]:
    """Where a text names which of the shows, in order."""
    folded = fold(compose(text))
    found = []
    for match in matches:
        for name in {fold(compose(match.alias)), fold(compose(match.name))}:
            place = folded.find(name)
            if place >= 0 and has_edges(folded, place, place + len(name)):
                found.append((place, match))
                break
    return sorted(found, key=lambda one: one[0])


def _season_of(
    found: Found, seasons: Sequence[tuple[int, int, int]], title: Statement | None, lexicon: Lexicon
) -> int | None:
    """The season named nearest to the claim in its sentence, else the one of the headline."""
    if seasons:
        return min(seasons, key=lambda one: (_distance(found, one), one[1]))[0]
    in_title = lexicon.seasons.find(title.reading.plain) if title else []
    return in_title[0][0] if in_title else None


def _distance(found: Found, season: tuple[int, int, int]) -> int:
    _, start, end = season
    return max(start - found.end, found.start - end, 0)


def _clearest(drafts: Iterable[ClaimDraft]) -> list[ClaimDraft]:
    """One claim per show, season, field and value: the surest evidence, of equals the earliest."""
    best: dict[tuple[int, int | None, Field, str], ClaimDraft] = {}
    for draft in drafts:
        key = (draft.show_id, draft.season, draft.field, draft.value.casefold())
        if key not in best or draft.standing.rank > best[key].standing.rank:
            best[key] = draft
    return list(best.values())
