"""What speaks for and against a possible name: how it is made, and what stands right beside it in its line."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator

from worker.ingest.hints import may_say
from worker.ingest.lexicon import FALLBACK, Lexicon
from worker.ingest.names import LINKS
from worker.ingest.people import FIRST_NAMES
from worker.ingest.spans import MOST_WORDS, Span, is_news_word

NEAR = 60  # characters beside a name
Sides = tuple[Collection[str], Collection[str]]  # the banks of which a phrase may stand before a name, and behind it
_NETWORKS = re.compile(
    r"([\w+&]+)(?: ([\w+&]+))?(?:'s?)? (?:(?:new|hit|upcoming|original|latest|own|long-running) )*[\"']?$"
)
# "Doe's new series" is somebody's work, "Harbour Lights' second series" is not.
_POSSESSIVE_SEASON = re.compile(
    r"^(?:'s|s'|') (?:(?:(?!(?:for|in|of|on|to|at|as|and) )\w+ ){0,2}?(?:season|finale|premiere|reboot|revival)"
    r"|(?:first|second|third|fourth|fifth|sixth|\d+(?:st|nd|rd|th)|final|last|next) series)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"'s |: ")
_OF_TWO = re.compile(r"'s | (?:and|&|y) ")  # also somebody's something, or two people
_BRACKET = re.compile(r"^ \([^()]{1,30}\)")
_FILM = re.compile(r"^[\"']? (?:\w+ )?(?:film|movie)s?\b", re.IGNORECASE)
# "24.9%로", "31일", "SLL은": with a Korean particle or counter; "90-minute".
_AMOUNT = re.compile(r"[\dA-Za-z][^가-힣]*[가-힣]{1,2}|\d+(?:st|nd|rd|th)?(?:-\w+)?")
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d (?:in|at|for|of|and|to|on|with) ", re.IGNORECASE)  # "2024 in the U.S."
_INITIALS = re.compile(r"[A-Z]{3,6}")
_TOPIC = re.compile(r"\b(?:season|series|run)s?\b[^.:;!?]{0,30} (?:for|of) (?:[\w'+-]+ )?[\"']?$", re.IGNORECASE)
_LOUD = re.compile(r" (?:Of|On|To|A|An|In|At|And|For|By|With|As) ")  # where small words have capitals too
_ENDS = ".!?:|-"
_PAIR = re.compile(r"\w+ (?:and|&) (?:\w+ )?\w+")
_PEOPLE = re.compile(r"\w+ \w+ (?:and|&) \w+ \w+")
_ANDS = re.compile(r" (?:and|&) ")
_PLURAL = re.compile(r"^ (?:are|were|have|get|return|come|end|go|join|leave|reunite|sign|talk|say|tell)\b")
_OFFSHOOT = re.compile(r"^[\"']? (?:spin-?off|offshoot)\b", re.IGNORECASE)
_NTH = re.compile(r"^ (?:season|series)\b", re.IGNORECASE)  # "a third Harbour Lights series"
_BEHIND_PREPOSITION = re.compile(r"\b(?:for|of|on|in|to|from|with|at|about) [\"']$", re.IGNORECASE)
_PART_OF_SHOW = re.compile(
    r"^[\"']?(?:'s|')? (?:\w+ ){0,2}?"
    r"(?:finale|premiere|episodes?|seasons?|series|recaps?|showrunners?|renewal|reboot|revival)\b",
    re.IGNORECASE,
)
_OF_TITLES = ("topic", "part")  # what only a headline says of its own subject
_ARTICLES = frozenset(["the", "a", "an", "el", "la", "los", "las", "le", "les", "der", "die", "das"])
_SOURCE = re.compile(  # of the news
    r"\b(?:según|publica|adelanta|informa|avanza|per|according to|reports?|via)(?: \w+){0,2} [\"']?$", re.IGNORECASE
)
_PREPOSITION = re.compile(
    r"(?:^|[ \"'(])(of|for|in|on|to|from|with|at|about|as|and|by|the|a|an|new|more|no|his|her) [\"']?$", re.IGNORECASE
)
_OWNS = re.compile(r"[\"']?'s? \w")
_OWNED = re.compile(r"(?:'s|s') [\"']?$")
_BREAK = re.compile(r"[\"']?(:|,|\?|!| -)")
_NEXT = re.compile(r"[\"']? ([\w']+)")
_LOOSE = frozenset(["in", "on", "for", "at", "to", "with", "as", "from"])
_MARKS = "《『〈"
_LONG_TITLE = 6
_NO_NAMES_LIST = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december christmas easter halloween spring summer autumn fall winter british american
    korean spanish english french german japanese australian canadian hollywood europe london york los angeles atlanta
    twitter instagram reddit tiktok facebook youtube marvel disney warner bros paramount universal sony television
    western crime medical police spy fantasy horror historical period teen romantic legal political psychological
    news sport sports studio studios pictures entertainment productions year week
    nielsen emmy emmys globe golden twice once again early officially today tonight tomorrow yesterday
"""
_NO_NAMES = frozenset(_NO_NAMES_LIST.split())


def signs_of(line: str, span: Span, lexicon: Lexicon, sides: Sides, in_title: bool) -> Iterator[str]:
    """The signs of a name that its line shows."""
    before, after = line[max(0, span.start - NEAR) : span.start], line[span.end : span.end + NEAR]
    beside = _beside(span.name, before, after, lexicon, sides)
    yield from (sign for sign in beside if in_title or not (sign in _OF_TITLES or _is_offshoot(sign, after)))
    if span.quoted and _is_speech(before, lexicon):
        yield "said"
    elif span.quoted:
        yield "marked" if before[-1:] and before[-1] in _MARKS else "quoted"
        if _BEHIND_PREPOSITION.search(before):
            yield "placed"
    if not span.quoted:
        yield from _written(line, before, after, span)
    if _SOURCE.search(before):
        yield "source"
    yield from _place(line, before, after, span, lexicon)
    if in_title:
        yield "title"
        if not before.strip(" '\"") and (span.quoted or after[:1] == ":" or ": " in span.name):
            yield "opens"
    yield from _shape(span, lexicon)


def signs_behind(line: str, span: Span, lexicon: Lexicon) -> Iterator[str]:
    """The signs that stand behind a name."""
    after = line[span.end : span.end + NEAR]
    return _beside(span.name, "", after, lexicon, ((), may_say(after, lexicon)))


def signs_before(line: str, span: Span, lexicon: Lexicon) -> Iterator[str]:
    """The signs that stand before a name."""
    before = line[max(0, span.start - NEAR) : span.start]
    return _beside(span.name, before, "", lexicon, (may_say(before, lexicon), ()))


def _is_offshoot(sign: str, after: str) -> bool:
    """Does a sign come from a spin-off only? A text names what it comes from: a show, a film, a pair of characters."""
    return sign == "role" and _OFFSHOOT.search(after) is not None


def _is_speech(before: str, lexicon: Lexicon) -> bool:
    """Is it said by somebody? Korean quotes sayings with ", names with '; elsewhere they stand behind a colon."""
    if before[-1:] != '"' or lexicon.language == FALLBACK:
        return False
    return lexicon.language == "ko" or before.endswith(': "')


def _written(line: str, before: str, after: str, span: Span) -> Iterator[str]:
    """A capital "The" within a line is a name's; two characters' names before "spin-off" are no name."""
    bare = before.rstrip(" \"'")
    if span.name.startswith("The ") and bare and bare[-1] not in _ENDS and not _LOUD.search(line):
        yield "the"
    if _is_pair(span.name, after):
        yield "pair"


def _is_pair(name: str, after: str) -> bool:
    """Are these two persons or shows: of a spin-off, with both their names, or with a verb of two behind them?"""
    if _PEOPLE.fullmatch(name) or (_PAIR.fullmatch(name) and _OFFSHOOT.search(after)):
        return True
    return _ANDS.search(name) is not None and _PLURAL.search(after) is not None


def _beside(name: str, before: str, after: str, lexicon: Lexicon, sides: Sides) -> Iterator[str]:
    words, (left, right) = lexicon.shows, sides
    if _season_follows(after, lexicon, right) or ("season" in left and _ends_in_season(before, lexicon)):
        yield "season"
    if "film" in right and _FILM.search(after):
        yield "film"
    yield from (sign for sign in ("ruled", "fate", "role") if sign in right and after in words[sign])
    yield from (sign for sign in ("decided", "form") if sign in left and before in words[sign])
    if _PART_OF_SHOW.search(after) and "role" in right and after in words["role"]:
        yield "part"
    if "season" in right and _NTH.search(after) and _last_word(before) in lexicon.seasons.numerals:
        yield "season"
    if "season" in left and _TOPIC.search(before) and not _PAIR.fullmatch(name):
        yield "topic"
    if "network" in left and _after_network(before, lexicon):
        yield "network"


def _shape(span: Span, lexicon: Lexicon) -> Iterator[str]:
    """Small words and initials are in names of shows; two rare words may be a person's, one a character's."""
    words = span.name.split()
    words = words[1:] if words[0].casefold() in _ARTICLES else words
    if len(words) > 1 and (any(word.casefold() in LINKS for word in words) or _JOINED.search(span.name)):
        yield from () if _OF_TWO.search(span.name) else ("shape",)
    elif len(words) == 2 and not span.quoted and not any(word.casefold() in lexicon.common for word in words):
        yield "people"
    elif _INITIALS.fullmatch(span.name):
        yield "shape"
    if len(words) == 1 and words[0].isalnum() and not span.quoted:
        yield "word"
    yield from _words(span.name, lexicon)


def _words(name: str, lexicon: Lexicon) -> Iterator[str]:
    """How long a name is and what its words are."""
    core = [word for word in name.split() if word.casefold() not in LINKS]
    common = [re.sub(r"\W", "", word.casefold()) in lexicon.common for word in core]
    firsts = [word.casefold() in FIRST_NAMES for word in core]
    yield f"words {min(len(core), 4)}"
    yield "all common" if core and all(common) else "some common" if any(common) else "none common"
    if any(firsts):
        yield "first name" if firsts[0] else "first name within"
    marks = {
        "The": name.startswith("The "),
        "colon": ":" in name,
        "possessive": "'s" in name,
        "digit": any(map(str.isdigit, name)),
        "capitals": name.isupper() and len(name) > 1,
        "news within": any(is_news_word(word.casefold(), lexicon) for word in name.split()),
        "link within": any(word.casefold() in _LOOSE for word in name.split()),
    }
    yield from (sign for sign, seen in marks.items() if seen)


def _place(line: str, before: str, after: str, span: Span, lexicon: Lexicon) -> Iterator[str]:
    """Where in a headline a name stands, and between what words."""
    if not before.strip(" \"'"):
        yield "first"
    elif match := _PREPOSITION.search(before):
        yield f"after {match[1].casefold()}"
    elif (last := before.rstrip(" \"'"))[-1:] in ":,-;!?.":
        yield "after a break"
    else:
        word = last.rsplit(" ", 1)[-1]
        yield "after a small word" if word[:1].islower() else "after a capital"
        if is_news_word(word.casefold(), lexicon):
            yield "after news"
    if not after.strip(" \"'.!?"):
        yield "last"
    if _OWNS.match(after):
        yield "owns"
    if _OWNED.search(before):
        yield "owned"
    if match := _BREAK.match(after):
        yield f"before {match[1].strip()}"
    if match := _NEXT.match(after):
        news = is_news_word(match[1].casefold(), lexicon)
        yield "before news" if news else "before a small word" if match[1][0].islower() else "before a capital"


def _last_word(text: str) -> str:
    return text.rstrip().rsplit(" ", 1)[-1].casefold()


def _season_follows(after: str, lexicon: Lexicon, right: Collection[str]) -> bool:
    after = _BRACKET.sub("", after)
    if "season" not in right or not after.strip():
        return False
    found = lexicon.shows["season"].find_all(after)
    return any(not match.start() for _, match in found) or _POSSESSIVE_SEASON.search(after) is not None


def _ends_in_season(before: str, lexicon: Lexicon) -> bool:
    return any(match.end() == len(before) for _, match in lexicon.shows["season"].find_all(before))


def _after_network(before: str, lexicon: Lexicon) -> bool:
    match = _NETWORKS.search(before)
    if match is None or not ("'" in match[0].rstrip("\"'") or match[0].endswith((" '", ' "'))):
        return False
    return any(part and is_home(part, lexicon) for part in (match[1], match[2]))


@functools.lru_cache(maxsize=8192)
def is_home(name: str, lexicon: Lexicon) -> bool:
    """Is it a network or a paper?"""
    for bank in {"network", "outlet"} & may_say(name, lexicon):
        found = lexicon.shows[bank].find(name)
        if found and found[1].start() <= len("the ") and found[1].end() == len(name):
            return True
    return False


@functools.lru_cache(maxsize=8192)
def can_be_name(name: str, quoted: bool, lexicon: Lexicon) -> bool:
    """Can this be a name at all: of a name's length, no network, no saying, not only words of the news?"""
    words = re.findall(r"[^\W\d_]+", name)
    if not words or len(name) < 2 or len(name.split()) > MOST_WORDS or re.search("[\"'] | [\"']", name):
        return False
    if is_home(name, lexicon) or _AMOUNT.fullmatch(name):
        return False
    if not quoted and _YEAR_FIRST.match(name):
        return False
    if quoted:
        return not _is_saying(words, lexicon)
    return len(name) > 2 and any(_is_telling(word, lexicon) for word in words)


@functools.lru_cache(maxsize=8192)
def _is_telling(word: str, lexicon: Lexicon) -> bool:
    """Can a word make a name, as "TV", "New" and "Monday" alone cannot?"""
    small = word.casefold()
    if small in LINKS or small in _NO_NAMES or small in lexicon.seasons.numerals:
        return False
    banks = {"series", "network"} & may_say(small, lexicon)
    return not is_news_word(small, lexicon) and not any(small in lexicon.shows[bank] for bank in banks)


def _is_saying(words: list[str], lexicon: Lexicon) -> bool:
    """Is a quotation what somebody said? Names are short and capitalised."""
    if lexicon.language != FALLBACK:  # elsewhere only the first word of a title is capitalised
        return words[0][0].islower() or len(words) > _LONG_TITLE
    return any(word[0].islower() and word not in LINKS for word in words)
