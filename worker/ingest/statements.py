"""Reads an article sentence by sentence: what each claims, and how sure it is as a whole and claim by claim."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.items import Article
from worker.ingest.kinds import READERS, Found, Reading
from worker.ingest.kinds.cast import BESIDE
from worker.ingest.kinds.standing import default_standing, stated_standing
from worker.ingest.lexicon import Bank, Banks, Lexicon
from worker.ingest.names import compose, fold
from worker.ingest.sentences import split_sentences
from worker.models import Field, Kind, ShowMatch, Standing

LEAD = 3  # sentences
_EARLY = 8  # sentences in which a paper says whom it asked
_NOTHING = Bank()
_EVIDENT = (Field.RATINGS, Field.TRAILER)  # measured or shown in public
_ASIDES = (Field.PLOT, Field.RATINGS)  # what stands beside a harder fact in one sentence only describes it
_BESIDE_ASIDES = (*_ASIDES, Field.TRAILER)
_SENTENCES = 200  # of one article; a longer page is a list or an archive
_LONGEST = 1200  # characters; what goes on longer without a full stop is a menu or a table


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence with what it claims, where it stands, and how sure it is as a whole and claim by claim."""

    reading: Reading
    heading: str
    found: tuple[Found, ...]
    standing: Standing
    standing_rule: str
    standings: tuple[tuple[Standing, str], ...]


def read_statements(article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, tier: str) -> list[Statement]:
    """The title, then every sentence, with what each claims and how sure it is."""
    names = frozenset(fold(compose(name)) for match in matches for name in (match.name, match.alias))
    read = _read(article, names, lexicon)
    title, *body = (reading for _, reading, _ in read)
    sentences = [(heading, reading, _without_asides(found, title)) for heading, reading, found in read]
    default = _default(title, body, tier)
    stated = [
        _statement(heading, reading, found, default, own=bool(found) or place <= LEAD)
        for place, (heading, reading, found) in enumerate(sentences)
    ]
    return [_vouched(one) for one in stated] if any(map(has_asked, body[:_EARLY])) else stated


def has_asked(reading: Reading) -> bool:
    """Does a sentence tell that the paper asked the makers: they declined to comment?"""
    return reading.plain in reading.lexicon.guards["asked"]


def _vouched(statement: Statement) -> Statement:
    """What sources say to a paper that has asked the makers is its report and no rumour."""
    if statement.reading.plain not in statement.reading.lexicon.guards["unnamed"]:
        return statement
    own, *standings = (
        (Standing.REPORTED, f"{rule}, makers asked") if standing is Standing.RUMOUR else (standing, rule)
        for standing, rule in ((statement.standing, statement.standing_rule), *statement.standings)
    )
    return replace(statement, standing=own[0], standing_rule=own[1], standings=tuple(standings))


@functools.lru_cache(maxsize=4)
def _read(
    article: Article, names: frozenset[str], lexicon: Lexicon
) -> tuple[tuple[str, Reading, tuple[Found, ...]], ...]:
    """What the title and every sentence claim. Remembered, since an article's labels and its claims both need it."""
    published = article.published.date() if article.published else None
    read, claiming = [], _claiming(lexicon)
    for heading, text in (("", article.title), *_sentences(article)):
        reading = Reading.of(text, lexicon, published, names)
        claims = reading.plain in claiming  # most sentences of a text claim nothing
        read.append((heading, reading, tuple(one for reader in READERS for one in reader(reading)) if claims else ()))
    return tuple(read)


@functools.cache
def _claiming(lexicon: Lexicon) -> Banks:
    """All phrases that a reader starts from; there are as many as languages."""
    return Banks(bank for values in lexicon.claims.values() for bank in values.values())


def _without_asides(found: tuple[Found, ...], title: Reading) -> tuple[Found, ...]:
    """The claims of a sentence but for what only describes the harder fact beside it.

    What the headline is about is no aside, and what a trailer shows is its news.
    """
    topics = title.lexicon.topics
    if title.plain not in topics.get(Kind.CASTING, _NOTHING):
        found = tuple(one for one in found if f" {BESIDE}." not in one.rule)
    if any(one.field is Field.CAST for one in found) and title.plain not in topics.get(Kind.RENEWAL, _NOTHING):
        # the talks are with the cast
        found = tuple(one for one in found if one.value != "in-talks")
    if all(one.field in _BESIDE_ASIDES for one in found):
        return found
    return tuple(one for one in found if one.field not in _ASIDES or title.plain in topics.get(one.kind, _NOTHING))


def _sentences(article: Article) -> list[tuple[str, str]]:
    """All sentences with their headings; a heading is no sentence."""
    parts = [(s.heading, s.text) for s in article.sections] if article.sections else [("", article.text)]
    every = ((heading, text) for heading, block in parts for text in split_sentences(block))
    found = ((heading, text) for heading, text in every if text != heading and len(text) <= _LONGEST)
    return list(itertools.islice(found, _SENTENCES))


def _statement(
    heading: str, reading: Reading, found: tuple[Found, ...], default: tuple[Standing, str], *, own: bool
) -> Statement:
    """`own` asks for the sentence's own standing; far down in a text only claims need theirs."""
    standing, rule = (stated_standing(reading) if own else None) or default
    standings = tuple(standing_of(reading, one, default) for one in found)
    return Statement(reading, heading, found, standing, rule, standings)


def standing_of(reading: Reading, found: Found, default: tuple[Standing, str]) -> tuple[Standing, str]:
    """How sure one claim is. Figures and trailers are there for all to see; a hedged claim is a guess at best."""
    if found.value == "denied":
        return _standing_of_denial(reading, found)
    stated = stated_standing(reading, (found.start, found.end), guessed=found.guessed)
    if found.field in _EVIDENT and stated is None:
        return Standing.OFFICIAL, "published for all to see"
    standing, rule = stated or default
    if found.guessed and standing is Standing.OFFICIAL:
        return Standing.SPECULATION, "hedged"
    if found.field in _EVIDENT and standing is Standing.REPORTED:
        return Standing.OFFICIAL, "published for all to see"
    return standing, rule


def _standing_of_denial(reading: Reading, found: Found) -> tuple[Standing, str]:
    """A denial is its makers' word unless another is named; "reports" or "rumours" are what they deny.

    "I don't think so" and "a good chance that it won't" are opinions, whoever has them.
    """
    guess = reading.lexicon.standing.get(Standing.SPECULATION, _NOTHING)
    if opinion := guess.find(reading.plain[found.start : found.end]):
        return Standing.SPECULATION, opinion[0]
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
    lead = [(reading, stated_standing(reading)) for reading in body[:LEAD]]
    named = [stated for reading, stated in lead if stated and _is_source(reading, stated)]
    if in_title and in_title[0] is Standing.OFFICIAL:
        named.append(in_title)
    if named:
        standing, rule = max(named, key=lambda stated: stated[0].rank)
        return standing, f"lead:{rule}"
    return default_standing(tier)


def _is_source(reading: Reading, stated: tuple[Standing, str]) -> bool:
    """Is this somebody whose word other sentences may rest on? Neither a guess nor "is expected" names anybody."""
    return stated[0] is not Standing.SPECULATION and ".guards.hearsay." not in stated[1]
