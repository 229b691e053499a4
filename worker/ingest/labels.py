"""What an article is about as a whole: show news or not, its kinds, its season, its standing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from crawler.items import Article
from worker.ingest.kinds import Found, Reading
from worker.ingest.lexicon import Bank, Lexicon, plain
from worker.ingest.names import compose, fold
from worker.ingest.proposals import propose_shows
from worker.models import Kind, Labels, ShowMatch, Standing

# Of several kinds in one headline: what beats what (a hard fact beats the talk about it).
_ORDER = (
    Kind.REVIEW_RECAP, Kind.CANCELLATION, Kind.RENEWAL, Kind.CASTING, Kind.TRAILER, Kind.PRODUCTION, Kind.RELEASE_DATE,
    Kind.SPINOFF, Kind.RATINGS_AWARDS, Kind.OTHER, Kind.PLOT, Kind.INTERVIEW,
)  # fmt: skip
# Words that only touch on a topic: "season 2?" is about renewal only where nothing harder stands beside it.
_TOPIC_ORDER = (
    Kind.REVIEW_RECAP, Kind.OTHER, Kind.CASTING, Kind.TRAILER, Kind.PRODUCTION, Kind.RELEASE_DATE, Kind.SPINOFF,
    Kind.RATINGS_AWARDS, Kind.CANCELLATION, Kind.RENEWAL, Kind.PLOT, Kind.INTERVIEW,
)  # fmt: skip
_RECALLS = re.compile(r" (?:after|following|ahead of|despite) ", re.IGNORECASE)
_SHORT_CLAUSE = 18
_NOTHING = Bank()
_NO_STANDING = (Kind.REVIEW_RECAP,)
_ENOUGH_WORDS = 3
_LEAD = 1500  # characters in which a page shows what it is about
_MOST_KINDS = 4
_SLUG_SEASON = re.compile(r"(?:season|series|temporada)-(\d{1,2})(?!\d)|-s(\d{1,2})(?:-|$|/)")


class Stated(Protocol):
    """A sentence with what it claims (see `claims.Statement`)."""

    @property
    def reading(self) -> Reading: ...
    @property
    def heading(self) -> str: ...
    @property
    def found(self) -> tuple[Found, ...]: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def standing_rule(self) -> str: ...
    @property
    def standings(self) -> tuple[tuple[Standing, str], ...]: ...


def label(article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]) -> Labels:
    """The labels of an article whose sentences have been read; `statements[0]` is the title."""
    is_news, rule = show_news(article, matches, lexicon)
    if not is_news:
        return Labels(False, (), None, None, (rule,))
    kinds, kind_rule = article_kinds(lexicon, statements)
    standing, standing_rule = _standing(kinds[0], statements)
    season, season_rule = _season(article, matches, lexicon, statements)
    rules = tuple(one for one in (rule, kind_rule, standing_rule, season_rule) if one)
    return Labels(True, kinds, standing, season, rules, section_kinds(article, lexicon, statements))


def show_news(article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon) -> tuple[bool, str]:
    """Is it about one or more TV series as works? With the rule."""
    title, lead = plain(article.title), plain(article.text[:_LEAD])
    off = lexicon.shows["off_topic"].find(title) or lexicon.shows["off_topic"].find(lead)
    series = lexicon.shows["series"].find(title) or lexicon.shows["series"].find(lead)
    if matches and matches[0].where == "title":
        return True, f"show:{matches[0].alias} ({matches[0].cue})"
    if matches and not off and series:
        return True, f"show:{matches[0].alias} ({matches[0].cue})"
    if not off and (round_up := lexicon.shows["round_up"].find(title)) and series:
        return True, round_up[0]
    if not off and propose_shows(article):
        return True, "show proposed by the text"
    if not off and len(words := _series_words(lexicon, f"{title}\n{lead}")) >= _ENOUGH_WORDS:
        return True, f"words about series: {', '.join(sorted(words)[:_ENOUGH_WORDS])}"
    return False, off[0] if off else "no show named"


def _series_words(lexicon: Lexicon, text: str) -> set[str]:
    return {match[0].casefold() for _, match in lexicon.shows["series"].find_all(text)}


def article_kinds(lexicon: Lexicon, statements: Sequence[Stated]) -> tuple[tuple[Kind, ...], str]:
    """The kinds of an article, primary first: the headline's, then those of firm claims in the text."""
    stated, topics = _headline_kinds(lexicon, statements[0])
    body = _body_kinds(statements[1:])
    primary = _primary(list(stated), list(topics), body)
    if primary is None:
        lead = " ".join(one.reading.plain for one in statements[1:4])
        found = [kind for kind in _TOPIC_ORDER if lead in lexicon.topics.get(kind, _NOTHING)]
        return tuple(found[:1]) or (Kind.OTHER,), "topic of the text"
    others = [] if primary is Kind.REVIEW_RECAP else [*stated, *body]
    kinds = tuple(dict.fromkeys((primary, *others)))[:_MOST_KINDS]
    return kinds, stated.get(primary) or topics.get(primary) or "claim of the text"


def _primary(stated: list[Kind], topics: list[Kind], body: list[Kind]) -> Kind | None:
    """The headline's own claim, else its topic, else the first claim of the text."""
    reviewed = [kind for kind in topics if kind is Kind.REVIEW_RECAP]
    hard = [kind for kind in stated if kind is not Kind.PLOT]
    if reviewed and not hard:
        return Kind.REVIEW_RECAP
    if hard:
        return min(hard, key=_ORDER.index)
    ranked = sorted(topics, key=_TOPIC_ORDER.index)
    if ranked and ranked[0] not in (Kind.RENEWAL, Kind.PLOT, Kind.INTERVIEW):
        return ranked[0]
    firm = [kind for kind in body if kind is not Kind.PLOT]
    if ranked and (not firm or ranked[0] in firm or Kind.RENEWAL in ranked):
        return ranked[0]
    return next(iter([*firm, *ranked, *stated, *body]), None)


def section_kinds(
    article: Article, lexicon: Lexicon, statements: Sequence[Stated]
) -> tuple[tuple[str, tuple[Kind, ...]], ...]:
    """The kinds of each headed part: what its heading asks for, else what its sentences claim."""
    labelled = []
    for heading in dict.fromkeys(section.heading for section in article.sections if section.heading):
        kinds = [kind for kind, bank in lexicon.headings.items() if plain(heading) in bank]
        said = [one.kind for stated in statements if stated.heading == heading for one in stated.found]
        if kinds := kinds or list(dict.fromkeys(said))[:2]:
            labelled.append((heading, tuple(kinds)))
    return tuple(labelled)


def _headline_kinds(lexicon: Lexicon, title: Stated) -> tuple[dict[Kind, str], dict[Kind, str]]:
    """Kinds that the headline claims and kinds that its words touch, with the rules; from its main clause."""
    main = len(_main_clause(title.reading.plain))
    stated = {one.kind: one.rule for one in title.found if one.start < main}
    topics = {
        kind: found[0] for kind, bank in lexicon.topics.items() if (found := bank.find(title.reading.plain[:main]))
    }
    return stated, topics


def _main_clause(title: str) -> str:
    """What comes before "after …": older news that the headline recalls."""
    main = _RECALLS.split(title, maxsplit=1)[0]
    return main if len(main) > _SHORT_CLAUSE else title


def _body_kinds(statements: Sequence[Stated]) -> list[Kind]:
    """Kinds of the firm claims of a text, in order. Figures are background there."""
    firm = [
        one.kind
        for stated in statements
        for one, (standing, _) in zip(stated.found, stated.standings, strict=True)
        if standing is not Standing.SPECULATION
    ]
    return [kind for kind in dict.fromkeys(firm) if kind not in (Kind.RATINGS_AWARDS,)]


def _standing(primary: Kind, statements: Sequence[Stated]) -> tuple[Standing | None, str]:
    """The standing of the sentence that makes the primary claim, else of the lead."""
    if primary in _NO_STANDING:
        return None, ""
    title, body = statements[0], statements[1:]
    if title.reading.is_question() and primary in (Kind.RENEWAL, Kind.CANCELLATION) and not _says(body, primary):
        return Standing.SPECULATION, "a question that nothing answers"
    for standing, rule in _says(body, primary):
        return standing, rule
    lead = next(iter([*body, title]))
    if lead.reading.is_question():
        return Standing.SPECULATION, "a question that nothing answers"
    if primary in (Kind.RENEWAL, Kind.CANCELLATION) and ".speaker." in lead.standing_rule:
        return Standing.SPECULATION, f"{lead.standing_rule}, but nothing decided"
    if primary is Kind.RATINGS_AWARDS and lead.standing is Standing.REPORTED:
        return Standing.OFFICIAL, "published for all to see"
    return lead.standing, lead.standing_rule


def _says(statements: Sequence[Stated], kind: Kind) -> list[tuple[Standing, str]]:
    """How sure the claims of a kind are, in the order of the text."""
    pairs = (zip(stated.found, stated.standings, strict=True) for stated in statements)
    return [standing for pair in pairs for one, standing in pair if one.kind is kind]


def _season(
    article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]
) -> tuple[int | None, str]:
    """The season that the news is about, where title, address or text state its number."""
    title = statements[0].reading.plain
    if found := lexicon.seasons.find(title):
        return found[0][0], "season in the title"
    if numbered := _numbered(title, matches):
        return numbered, "number behind the name in the title"
    if match := _SLUG_SEASON.search(article.url.casefold()):
        return int(match[1] or match[2]), "season in the address"
    for stated in statements[1:4]:
        if found := [one for one in lexicon.seasons.find(stated.reading.plain) if _current(stated, one, lexicon)]:
            return found[0][0], "season in the text"
    return None, ""


def _numbered(title: str, matches: Sequence[ShowMatch]) -> int | None:
    """ "Stranger Things 5" without the word season."""
    for match in matches[:1]:
        name = re.escape(fold(compose(match.alias)))
        if found := re.search(
            rf"{name}['\"]? ([2-9]|1\d)(?!\w|[.,:/]\d)(?! (?:million|of|years|days|weeks))", fold(title)
        ):
            return int(found[1])
    return None


def _current(stated: Stated, season: tuple[int, int, int], lexicon: Lexicon) -> bool:
    """Is this season the news, and not what came before?"""
    text = stated.reading.plain
    bank: Bank = lexicon.guards["history"]
    return season[0] > 1 and text[max(0, season[1] - 50) : season[2] + 30] not in bank
