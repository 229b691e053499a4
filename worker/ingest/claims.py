"""Which claims does an article make, with what standing and evidence, and what is it about as a whole?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawler.items import Article
from worker.ingest.kinds import Found, Reading
from worker.ingest.kinds.base import is_history, is_hypothetical, shorten
from worker.ingest.kinds.cast import someone
from worker.ingest.kinds.standing import stated_standing
from worker.ingest.labels import article_kinds, label, show_news
from worker.ingest.lexicon import Bank, Lexicon, Lexicons
from worker.ingest.names import compose, fold, has_edges
from worker.ingest.statements import LEAD, Statement, read_statements, standing_of
from worker.ingest.when import find_when
from worker.models import ClaimDraft, Field, Kind, Labels, ShowMatch, Standing

_IN_TITLE = frozenset({Field.STATUS, Field.RELEASE, Field.CAST, Field.PRODUCTION})  # what a headline alone can claim
_NOTHING = Bank()
_IN_WORDS = frozenset({Field.PLOT, Field.RATINGS})  # their value is the sentence
# What an article of a kind says when none of its words say it: the loosest value there is, "" where there is none.
_LOOSELY = {
    Kind.RENEWAL: (Field.STATUS, "in-talks"),
    Kind.CANCELLATION: (Field.STATUS, ""),
    Kind.CASTING: (Field.CAST, ""),
    Kind.SPINOFF: (Field.SPINOFF, "announced"),
    Kind.TRAILER: (Field.TRAILER, "trailer"),
    Kind.PLOT: (Field.PLOT, ""),
    Kind.RATINGS_AWARDS: (Field.RATINGS, ""),
}
NO_DATE = "no date"  # what a page says of a release that has none yet; it changes nothing in the ledger
_STOPS = ".!?… "
_NOT = re.compile(r"\b(?:not|no|never|rule[sd]? out)\b|n't\b", re.IGNORECASE)
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
    if _is_off_topic(article, matches, lexicon, statements):
        return []
    title, *body = statements
    drafts = [draft for one in body for draft in _drafts(one, title, matches, lexicon)]
    kinds, rule = article_kinds(lexicon, statements)
    drafts += _of_headline(statements, drafts, (kinds, rule), matches)
    if not any(draft.field is Field.RELEASE for draft in drafts):
        drafts += [draft for one in map(_undated, body) for draft in _drafts(one, title, matches, lexicon)]
    if kinds[0] is Kind.PLOT:
        drafts += [draft for one in map(_retold, body[:LEAD]) for draft in _drafts(one, title, matches, lexicon)]
    if kinds[0] is Kind.REVIEW_RECAP:  # it retells what was shown
        drafts = [draft for draft in drafts if draft.field is not Field.PLOT]
    order = {statement.reading.text: place for place, statement in enumerate(body)}
    return _clearest(sorted(drafts, key=lambda draft: order.get(draft.evidence, len(order))))


def _is_off_topic(
    article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Statement]
) -> bool:
    """Do its words tell of something else: sport, a game, a film in the cinemas?"""
    is_news, rule = show_news(article, matches, lexicon, statements)
    return not is_news and ".shows." in rule


def _undated(statement: Statement) -> Statement:
    """A sentence that says nothing but that there is no date yet, with that as its claim; else without any."""
    reading = statement.reading
    no_date, release = reading.lexicon.guards["no_date"], reading.lexicon.values(Field.RELEASE)
    said = None if statement.found or reading.is_question() else no_date.find(reading.plain)
    other = reading.plain in release.get("other", _NOTHING)
    if said is None or other or find_when(reading.plain, reading.published, reading.lexicon.language):
        return replace(statement, found=(), standings=())
    rule, match = said
    found = Found(Field.RELEASE, Kind.RELEASE_DATE, NO_DATE, rule, *match.span())
    return replace(statement, found=(found,), standings=(standing_of(reading, found, _flatly(statement)),))


def _retold(statement: Statement) -> Statement:
    """A sentence of a lead that tells what is to come and claims nothing else, with that as its claim."""
    reading = statement.reading
    if statement.found or reading.is_question():
        return replace(statement, found=(), standings=())
    found = Found(Field.PLOT, Kind.PLOT, shorten(reading.text), "lead of a page about the plot", 0, 0)
    return replace(statement, found=(found,), standings=(standing_of(reading, found, _flatly(statement)),))


def _flatly(statement: Statement) -> tuple[Standing, str]:
    return statement.standing, statement.standing_rule


def _of_headline(
    statements: Sequence[Statement],
    told: Sequence[ClaimDraft],
    about: tuple[Sequence[Kind], str],
    matches: Sequence[ShowMatch],
) -> list[ClaimDraft]:
    """What the headline claims. The text says it better: only where it makes no claim of the field, or not at once.

    What an article is about (its kinds, with the rule) is told by its first sentence, in whatever words.
    """
    title, *body = statements
    (kinds, rule), lexicon = about, title.reading.lexicon
    fields = {draft.field for draft in told}
    drafts = [draft for draft in _drafts(title, title, matches, lexicon) if draft.field in _IN_TITLE]
    silent = [draft for draft in drafts if draft.field not in fields and draft.kind in kinds]
    carried = [_carried(draft, title, body[:LEAD], lexicon) for draft in silent]
    if not body or not _tells(body[0].reading, title.reading):
        return carried
    at_once = {draft.field for draft in (*carried, *told) if draft.evidence == body[0].reading.text}
    lead = [one for one in _of_lead(kinds[0], rule, statements, told) if one.found[0].field not in at_once]
    return [*carried, *(draft for one in lead for draft in _drafts(one, title, matches, lexicon))]


def _of_lead(kind: Kind, rule: str, statements: Sequence[Statement], told: Sequence[ClaimDraft]) -> list[Statement]:
    """The lead with what the article is about, where no phrase of it says so: as the headline says it, else loosely.

    Whether a show goes on is then only talked about.
    """
    title, lead = statements[:2]
    if kind not in _LOOSELY or title.reading.lexicon.borrowed:  # of such languages a handful of words is known
        return []
    field, loose = _LOOSELY[kind]
    if not _is_about(title.reading, kind) and (told or field is Field.STATUS):
        return []
    value, guessed = _in_headline(title, field, kind), False
    known = {draft.value for draft in told if draft.field is field}
    if value in known or (known and not value and not title.reading.is_question()):
        return []
    if field in _IN_WORDS:
        value = shorten(lead.reading.text)
    elif not value:
        value = someone(title.reading, [one.reading for one in statements[1:]]) if field is Field.CAST else loose
        guessed = field is Field.STATUS
    supposed = is_hypothetical(lead.reading, len(lead.reading.plain.rstrip(_STOPS)))
    if not value or (supposed and not _is_open(title.reading, kind)):
        return []
    found = Found(field, kind, value, rule, 0, 0, guessed=guessed or supposed)
    return [replace(lead, found=(found,), standings=(standing_of(lead.reading, found, _flatly(lead)),))]


def _in_headline(title: Statement, field: Field, kind: Kind) -> str:
    """The value that a headline states; "" where it only asks."""
    values = (one.value for one in title.found if one.field is field and one.kind is kind)
    return "" if title.reading.is_question() else next(values, "")


def _is_about(title: Reading, kind: Kind) -> bool:
    """Does a headline say what kind of news it brings?"""
    lexicon = title.lexicon
    return any(title.plain in table.get(kind, _NOTHING) for table in (lexicon.topics, lexicon.touches))


def _is_open(title: Reading, kind: Kind) -> bool:
    """Does a headline ask, or say outright what kind of news it brings, so that a wish below it tells of that?"""
    return title.is_question() or title.plain in title.lexicon.topics.get(kind, _NOTHING)


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
            kind=_kind_of(found, title.reading),
            field=found.field,
            value=_value_of(found, reading, title),
            standing=standing,
            evidence=reading.text,
            rule=f"{found.rule} ({rule})",
            heading=statement.heading,
            when=found.when,
        )


def _value_of(found: Found, reading: Reading, title: Statement) -> str:
    """Below a headline that states an end, "it will not return" tells of that end and denies nothing."""
    if found.value != "denied" or found.kind is not Kind.RENEWAL or title.reading.is_question():
        return found.value
    ends = [one.value for one in title.found if one.kind is Kind.CANCELLATION and not one.guessed]
    return ends[0] if ends and _NOT.search(reading.plain, found.start, found.end) else found.value


def _kind_of(found: Found, title: Reading) -> Kind:
    """A denial below a headline about an end denies that end."""
    topics = title.lexicon.topics
    ends = title.plain in topics.get(Kind.CANCELLATION, _NOTHING) and title.plain not in topics.get(
        Kind.RENEWAL, _NOTHING
    )
    return Kind.CANCELLATION if found.value == "denied" and ends else found.kind


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
    """Can the lead be telling the headline's news: does it state something near it?

    Below a headline that only asks, what is long past is background.
    """
    background = title.is_question() and is_history(lead, 0, len(lead.plain.rstrip(_STOPS)))
    return not lead.is_question() and not background and _is_near(lead, title)


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
