"""What an article is about as a whole: show news or not, its kinds, its season, its standing."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

from crawler.items import Article
from worker.ingest.lexicon import Lexicon, plain
from worker.ingest.names import compose, fold, is_hangul
from worker.ingest.proposals import may_name_show, propose_shows
from worker.ingest.weighing import Stated, belonging, heaviest, kind_signs, load_weights, standing_signs, weigh
from worker.models import Field, Kind, Labels, ShowMatch, Standing

_NO_STANDING = (Kind.REVIEW_RECAP,)
_ENOUGH_WORDS = 3
_LEAD_SENTENCES = 4  # with the headline
_OF_SERIES = (Field.STATUS, Field.SPINOFF)  # of what else does one say that it goes on, or what comes of it?
_OF_MAKING = (Field.CAST, Field.PRODUCTION)  # series and films
_LEAD = 1500  # characters in which a page shows what it is about
_MOST_KINDS = 4
_UNLIKELY = 0.02
_SEASON_WORDS = "seasons?|series|temporadas?|stagion[ei]|staffel|saison|seizoen|sezon|sasong|kausi"
_SLUG_SEASON = re.compile(rf"(?:{_SEASON_WORDS})-(\d{{1,2}})(?!\d)|-s(\d{{1,2}})(?:-|$|/)")
_TWO_SEASONS = re.compile(
    r"\btwo (?:more |new |further |additional |extra )+seasons\b|\btwo-season\b|\brenewed twice\b|\bthrough season \d",
    re.IGNORECASE,
)
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
    sections = section_kinds(article, lexicon, statements)
    return Labels(True, kinds, standing, season, rules, sections, leading_chances(lexicon, statements))


def show_news(
    article: Article, matches: Sequence[ShowMatch], lexicon: Lexicon, statements: Sequence[Stated]
) -> tuple[bool, str]:
    """Is it about one or more TV series as works? With the rule."""
    title, lead = plain(article.title), plain(article.text[:_LEAD])
    words = lexicon.shows
    series = words["series"].find(title) or words["series"].find(lead)
    if matches and matches[0].where == "title":
        beside = _beside_series(title, lead, lexicon, statements[0])
        if lead and not statements[0].found and not series:
            beside = beside or _by_its_star(title, matches[0].alias)
        return (False, beside) if beside else (True, f"show:{matches[0].alias} ({matches[0].cue})")
    off = words["off_topic"].find(title) or words["off_topic"].find(lead)
    if matches and not off and (series or not (words["film"].find(title) or words["private"].find(title))):
        return True, f"show:{matches[0].alias} ({matches[0].cue})"
    round_up = words["round_up"].find(title)
    if round_up and (series or len(matches) > 1) and title not in words["off_topic"]:
        return True, round_up[0]
    return (False, off[0]) if off else _of_series(article, lexicon, statements)


def _beside_series(title: str, lead: str, lexicon: Lexicon, headline: Stated) -> str | None:
    """The rule of what only borrows a show's name: its star's private life, or a game that has seasons."""
    words = lexicon.shows
    private = words["private"].find(title)
    if (
        private
        and all(one.field in (Field.CAST, Field.PLOT) for one in headline.found)
        and f"{title}\n{lead}" not in words["work"]
    ):
        return private[0]
    game = words["game"].find(title) or words["game"].find(lead)
    return game[0] if game and f"{title}\n{lead}" not in words["work"] else None


def _by_its_star(title: str, name: str) -> str | None:
    """The rule of a headline about somebody whom the show is known for: "Harbour Lights' Jane Doe"."""
    star = rf"{re.escape(name)}[\"']?(?:(?:'s?)? (?:stars?|actor|actress|alum\w*)|'s? [A-Z][\w'-]+ [A-Z][\w'-]+)(?!\w)"
    return "named for its star" if re.search(star, title) else None


def _of_series(article: Article, lexicon: Lexicon, statements: Sequence[Stated]) -> tuple[bool, str]:
    """Is it about series although it names none that is known?"""
    title, text = plain(article.title), f"{plain(article.title)}\n{plain(article.text[:_LEAD])}"
    if propose_shows(article):
        return True, "show proposed by the text"
    if not lexicon.shows["film"].find(text) and not lexicon.shows["off_topic"].find(text) and may_name_show(article):
        return True, "a name that may be a show's"
    if len(words := _series_words(lexicon, text)) >= _ENOUGH_WORDS:
        return True, f"words about series: {', '.join(sorted(words)[:_ENOUGH_WORDS])}"
    work, home = lexicon.shows["work"].find(text), lexicon.shows["network"].find(text)
    if (beside := home or work) and (claimed := _claimed(statements, _OF_SERIES)):
        return True, f"{claimed} beside {beside[1][0]}"
    on_series = work or lexicon.seasons.find(text)
    if (on_series or text not in lexicon.shows["film"]) and (claimed := _claimed(statements, _OF_MAKING)):
        return True, claimed
    if work and (home or title in lexicon.shows["work"]):
        return True, work[0]
    return False, "no show named"


def _claimed(statements: Sequence[Stated], fields: Collection[Field]) -> str | None:
    """The rule of the first claim of these fields."""
    found = (one for stated in statements[:_LEAD_SENTENCES] for one in stated.found)
    return next((one.rule for one in found if one.field in fields), None)


def _series_words(lexicon: Lexicon, text: str) -> set[str]:
    return {match[0].casefold() for _, match in lexicon.shows["series"].find_all(text)}


def article_kinds(lexicon: Lexicon, statements: Sequence[Stated]) -> tuple[tuple[Kind, ...], str]:
    """The kinds of an article, the leading one first, with the rule for that one."""
    signs, weights = kind_signs(lexicon, statements), load_weights()
    primary = max(signs, key=lambda kind: weigh(signs[kind], weights.primary))
    further = belonging(signs, primary, weights.kinds)
    rule = f"{_phrase(lexicon, statements[0], primary)} ({heaviest(signs[primary], weights.primary)})"
    return (primary, *further)[:_MOST_KINDS], rule


def leading_chances(lexicon: Lexicon, statements: Sequence[Stated]) -> tuple[tuple[Kind, float], ...]:
    """How likely each kind leads, but for the unlikely ones."""
    weights = load_weights().primary
    scores = {kind: weigh(signs, weights) for kind, signs in kind_signs(lexicon, statements).items()}
    top = max(scores.values())
    odds = {kind: math.exp(score - top) for kind, score in scores.items()}
    chances = ((kind, round(one / sum(odds.values()), 2)) for kind, one in odds.items())
    return tuple((kind, chance) for kind, chance in chances if chance >= _UNLIKELY)


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
    named = lexicon.seasons.find(title)
    # "No season 2" is news of that season, but for a show that has ended: it is news of the show.
    denies = any(one.kind is Kind.CANCELLATION for stated in statements for one in stated.found)
    denies = denies or primary is Kind.REVIEW_RECAP
    if found := [one for one in named if not denies or title[: one[1]] not in lexicon.guards["negation"]]:
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
            return _lower(current[0][0], statements, lexicon), "season in the text"
    if _TWO_SEASONS.search(title) and (both := _lower(0, statements, lexicon)):
        return both, "the lower season of two in the text"
    return None, ""


def _lower(number: int, statements: Sequence[Stated], lexicon: Lexicon) -> int:
    """The lower of two seasons that are ordered at once, else the season itself; 0: none is known."""
    told = statements[:_LEAD_SENTENCES]
    if not any(_TWO_SEASONS.search(stated.reading.plain) for stated in told[:2]):
        return number
    named = {one for stated in told for one, _, _ in lexicon.seasons.find(stated.reading.plain)}
    pairs = [one for one in sorted(named) if one + 1 in named and number in (0, one, one + 1)]
    return pairs[-1] if pairs else number


def _numbered(title: str, matches: Sequence[ShowMatch]) -> int | None:
    """ "Stranger Things 5" without the word season."""
    for match in matches[:1]:
        name = re.escape(fold(compose(match.alias)))
        space = " ?" if is_hangul(match.alias[-1]) else " "
        if found := re.search(
            rf"{name}['\"]?{space}([2-9]|1\d)(?!\w|[.,:/]\d)(?! (?:million|of|years|days|weeks))", fold(title)
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
