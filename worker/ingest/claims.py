"""Which claims does an article make, with what standing and evidence, and what is it about as a whole?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.items import Article
from worker.ingest.kinds import READERS, Found, Reading
from worker.ingest.kinds.standing import default_standing, stated_standing
from worker.ingest.labels import label
from worker.ingest.lexicon import Lexicon, Lexicons
from worker.ingest.names import compose, fold, has_edges
from worker.ingest.sentences import split_sentences
from worker.models import ClaimDraft, Field, Labels, ShowMatch, Standing

_IN_TITLE = frozenset({Field.STATUS, Field.RELEASE, Field.CAST, Field.PRODUCTION})  # what a headline alone can claim
_EVIDENT = (Field.RATINGS, Field.TRAILER)  # measured or shown in public
_LEAD = 3  # sentences
_SENTENCES = 200  # of one article; a longer page is a list or an archive


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence with what it claims, where it stands, and how sure it is as a whole and claim by claim."""

    reading: Reading
    heading: str
    found: tuple[Found, ...]
    standing: Standing
    standing_rule: str
    standings: tuple[tuple[Standing, str], ...]


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
    title, *body = read_statements(article, matches, lexicon, tier)
    drafts = [draft for one in body for draft in _drafts(one, title, matches, lexicon)]
    told = {draft.field for draft in drafts}
    # A headline says what the text says better; it is evidence only where the text says nothing of the kind.
    drafts += [draft for draft in _drafts(title, title, matches, lexicon) if draft.field in _IN_TITLE - told]
    return _clearest(drafts)


def read_statements(article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, tier: str) -> list[Statement]:
    """The title, then every sentence, with what each claims and how sure it is."""
    names = frozenset(fold(compose(name)) for match in matches for name in (match.name, match.alias))
    sentences = _read(article, names, lexicon)
    title, *body = (reading for _, reading, _ in sentences)
    default = _default(title, body, tier)
    return [_statement(heading, reading, found, default) for heading, reading, found in sentences]


@functools.lru_cache(maxsize=4)
def _read(
    article: Article, names: frozenset[str], lexicon: Lexicon
) -> tuple[tuple[str, Reading, tuple[Found, ...]], ...]:
    """What the title and every sentence claim. Remembered, since an article's labels and its claims both need it."""
    published = article.published.date() if article.published else None
    read = []
    for heading, text in (("", article.title), *_sentences(article)):
        reading = Reading.of(text, lexicon, published, names)
        read.append((heading, reading, tuple(found for reader in READERS for found in reader(reading))))
    return tuple(read)


def _sentences(article: Article) -> list[tuple[str, str]]:
    """All sentences with their headings; a heading is no sentence."""
    parts = [(s.heading, s.text) for s in article.sections] if article.sections else [("", article.text)]
    found = [(heading, text) for heading, block in parts for text in split_sentences(block) if text != heading]
    return found[:_SENTENCES]


def _statement(heading: str, reading: Reading, found: tuple[Found, ...], default: tuple[Standing, str]) -> Statement:
    standing, rule = stated_standing(reading) or default
    standings = tuple(_standing_of(reading, one, default) for one in found)
    return Statement(reading, heading, found, standing, rule, standings)


def _standing_of(reading: Reading, found: Found, default: tuple[Standing, str]) -> tuple[Standing, str]:
    """How sure one claim is. Figures and trailers are there for all to see; a hedged claim is a guess at best."""
    if found.value == "denied":
        return _standing_of_denial(reading, found)
    standing, rule = stated_standing(reading, (found.start, found.end), guessed=found.guessed) or default
    if found.guessed and standing is Standing.OFFICIAL:
        return Standing.SPECULATION, "hedged"
    if found.field in _EVIDENT and standing is Standing.REPORTED:
        return Standing.OFFICIAL, "published for all to see"
    return standing, rule


def _standing_of_denial(reading: Reading, found: Found) -> tuple[Standing, str]:
    """A denial is its makers' word unless another is named; "reports" or "rumours" are what they deny."""
    tail = reading.text[found.end :].rpartition(", ")[2] if ", " in reading.text[found.end :] else ""
    for part in (reading.text[: found.start], tail):
        stated = stated_standing(Reading.of(part, reading.lexicon)) if part else None
        if stated and stated[0] is not Standing.SPECULATION:
            return stated
    return Standing.OFFICIAL, "denied by its makers"


def _default(title: Reading, body: Sequence[Reading], tier: str) -> tuple[Standing, str]:
    """What a sentence inherits that names nobody: doubt from the headline, else the lead's surest source."""
    in_title = None if title.is_question() else stated_standing(title)
    if in_title and in_title[0] in (Standing.RUMOUR, Standing.REPORTED):
        return in_title[0], f"lead:{in_title[1]}"
    lead = [stated for reading in body[:_LEAD] if (stated := stated_standing(reading))]
    lead = [stated for stated in (*lead, in_title) if stated and stated[0] is not Standing.SPECULATION]
    if lead:
        standing, rule = max(lead, key=lambda stated: stated[0].rank)
        return standing, f"lead:{rule}"
    return _flat(title, body, tier)


def _flat(title: Reading, body: Sequence[Reading], tier: str) -> tuple[Standing, str]:
    """Nobody is named: a statement of fact that names the show's home relays what was announced there."""
    network = title.lexicon.shows["network"]
    for reading in (title, *body[:_LEAD]):
        if tier != "fan" and (home := network.find(reading.plain)) and not reading.is_question():
            return Standing.OFFICIAL, f"stated flatly with its home {home[1][0]}"
    return default_standing(tier)


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
