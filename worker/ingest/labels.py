"""What an article is about as a whole: show news or not, its kinds, its season, its standing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.items import Article
from worker.ingest.lexicon import Lexicon, plain
from worker.ingest.names import compose, fold
from worker.ingest.proposals import propose_shows
from worker.ingest.weighing import Stated, belonging, heaviest, kind_signs, load_weights, standing_signs, weigh
from worker.models import Field, Kind, Labels, ShowMatch, Standing

_NO_STANDING = (Kind.REVIEW_RECAP,)
_ENOUGH_WORDS = 3
_LEAD_SENTENCES = 4  # with the headline
_OF_SERIES = (Field.STATUS, Field.SPINOFF)
_LEAD = 1500  # characters in which a page shows what it is about
_MOST_KINDS = 4
_SEASON_WORDS = "seasons?|series|temporadas?|stagion[ei]|staffel|saison|seizoen|sezon|sasong|kausi"
_SLUG_SEASON = re.compile(rf"(?:{_SEASON_WORDS})-(\d{{1,2}})(?!\d)|-s(\d{{1,2}})(?:-|$|/)")
_OTHER_NAME = re.compile(r"""["'] ?$""")


def label(article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]) -> Labels:
    """The labels of an article whose sentences have been read; `statements[0]` is the title."""
    is_news, rule = show_news(article, matches, lexicon, statements)
    if not is_news:
        return Labels(False, (), None, None, (rule,))
    kinds, kind_rule = article_kinds(lexicon, statements)
    standing, standing_rule = _standing(lexicon, kinds[0], statements)
    season, season_rule = _season(article, kinds[0], matches, lexicon, statements)
    rules = tuple(one for one in (rule, kind_rule, standing_rule, season_rule) if one)
    return Labels(True, kinds, standing, season, rules, section_kinds(article, lexicon, statements))


def show_news(
    article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]
) -> tuple[bool, str]:
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
    if not off and (claimed := _claimed(statements)) and (home := lexicon.shows["network"].find(f"{title}\n{lead}")):
        return True, f"{claimed} beside {home[1][0]}"
    return False, off[0] if off else "no show named"


def _claimed(statements: Sequence[Stated]) -> str | None:
    """The rule of a claim that is only made about series: whether it goes on, what comes of it."""
    found = (one for stated in statements[:_LEAD_SENTENCES] for one in stated.found)
    return next((one.rule for one in found if one.field in _OF_SERIES), None)


def _series_words(lexicon: Lexicon, text: str) -> set[str]:
    return {match[0].casefold() for _, match in lexicon.shows["series"].find_all(text)}


def article_kinds(lexicon: Lexicon, statements: Sequence[Stated]) -> tuple[tuple[Kind, ...], str]:
    """The kinds of an article, the leading one first, with the rule for that one."""
    signs, weights = kind_signs(lexicon, statements), load_weights()
    primary = max(signs, key=lambda kind: weigh(signs[kind], weights.primary))
    further = belonging(signs, primary, weights.kinds)
    rule = f"{_phrase(lexicon, statements[0], primary)} ({heaviest(signs[primary], weights.primary)})"
    return (primary, *further)[:_MOST_KINDS], rule


def _phrase(lexicon: Lexicon, title: Stated, kind: Kind) -> str:
    """The headline's phrase that tells a kind."""
    claimed = [one.rule for one in title.found if one.kind is kind]
    said = [bank.find(title.reading.plain) for table in (lexicon.topics, lexicon.touches) if (bank := table.get(kind))]
    return next(iter([*claimed, *(one[0] for one in said if one)]), "the text")


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


def _standing(lexicon: Lexicon, primary: Kind, statements: Sequence[Stated]) -> tuple[Standing | None, str]:
    """How sure the leading news is, as the article words it; a review has none."""
    if primary in _NO_STANDING:
        return None, ""
    signs, weights = standing_signs(lexicon, statements, primary), load_weights().standing
    standing = max(signs, key=lambda one: weigh(signs[one], weights))
    said = [rule for stated in statements for one, rule in stated.standings if one is standing]
    said += [stated.standing_rule for stated in statements if stated.standing is standing]
    return standing, f"{next(iter(said), 'its words')} ({heaviest(signs[standing], weights)})"


def _season(
    article: Article, primary: Kind, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]
) -> tuple[int | None, str]:
    """The season that the news is about, where title, address or text state its number."""
    title = statements[0].reading.plain
    if found := [one for one in lexicon.seasons.find(title) if title[: one[1]] not in lexicon.guards["negation"]]:
        return (None, "") if title[: found[0][1]] in lexicon.guards["refused"] else (found[0][0], "season in the title")
    if numbered := _numbered(title, matches):
        return numbered, "number behind the name in the title"
    if match := _SLUG_SEASON.search(article.url.casefold()):
        return int(match[1] or match[2]), "season in the address"
    lead, second = statements[1:2], statements[2:3]
    # Below the lead a season is the news only where the news itself is told again; else it is another season's.
    second = [stated for stated in second if any(one.kind is primary for one in stated.found)]
    for stated in (*lead, *second) if primary is not Kind.REVIEW_RECAP else ():
        seasons = lexicon.seasons.find(stated.reading.plain)
        if current := [one for one in seasons if _current(stated, one, primary, matches, lexicon)]:
            return current[0][0], "season in the text"
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


def _current(
    stated: Stated, season: tuple[int, int, int], primary: Kind, matches: Sequence[ShowMatch], lexicon: Lexicon
) -> bool:
    """Is this season the news, and not what came before, what never comes, or another show's?"""
    text, (number, start, end) = stated.reading.plain, season
    before = text[:start]
    if number == 1 or text[end:].startswith("'s ") or text[max(0, start - 50) : end + 30] in lexicon.guards["history"]:
        return False
    if primary is Kind.CANCELLATION and (before in lexicon.guards["negation"] or before in lexicon.guards["refused"]):
        return False
    own = any(fold(compose(before)).rstrip("\"' ").endswith(fold(compose(match.alias))) for match in matches[:1])
    return own or not _OTHER_NAME.search(before)
