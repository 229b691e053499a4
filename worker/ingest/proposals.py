"""Names of shows that a text itself offers, with evidence. Conservative: a wrong name costs an admin's time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.items import Article
from worker.ingest.lexicon import Lexicon, load_lexicons, plain
from worker.ingest.names import is_title_case, name_key

_MOST = 5
_QUOTED = re.compile(r"""(?<![\w])["'“‘«『「《]([^"“”‘«»『』「」《》\n]{2,50}?)["'”’»』」》](?![\w])""")
_WORD = r"(?:[^\W\d_a-zß-öø-ÿ][\w'’.&-]*|\d{1,4})"
_BEFORE_SEASON = re.compile(
    rf"({_WORD}(?:(?::? (?:of|the|and|in|on|with|to|for|a|de|la|del|&))*:? {_WORD}){{0,6}}),?:? $"
)
_LINKED = rf"{_WORD}(?:(?: (?:of|the|and|in|on|with|to|a|de|la|del|&))*:? {_WORD}){{0,6}}"
_FORMS = r"(?:special|revival|reboot|reunion|pilot|spin-?off|remake|sequel|prequel)"
_DECIDED = (  # "X renewed", "X gets Season 2"; "Netflix renews X for"
    re.compile(
        rf"^['\"]?({_LINKED})['\"]? (?i:(?:has been |is |was |officially |just )*"
        r"(?:renewed|cancell?ed|axed|revived|un-?cancell?ed|picked up)\b|gets? (?:an? )?(?:\w+ )?season\b)"
    ),
    re.compile(
        rf"\b(?i:renew(?:s|ed)|cancel(?:s|l?ed)|revive[sd]|axe[sd]|orders? more|picks up) ['\"]?({_LINKED})['\"]?"
        r"(?=,? (?:for|after|at|with|in)\b|[,.;]|$)"
    ),
    re.compile(rf"(?<!^)\b({_LINKED}) (?i:{_FORMS})\b"),
    re.compile(rf"^({_LINKED}) {_FORMS}\b"),
)


def propose_shows(article: Article) -> list[str]:
    """Names that stand in quotes beside a word about series, before "season 2", or in the page's data; best first."""
    lexicon = load_lexicons().for_language(article.language)
    found: dict[str, str] = {}
    for name in (*article.shows, *_from_title(article, lexicon), *_quoted(article.text[:4000], lexicon)):
        key = name_key(name)
        if key and not any(key.endswith(f" {known}") or known.endswith(f" {key}") for known in found):
            found.setdefault(key, name)  # of two cuts of one name the better founded came first
    return list(found.values())[:_MOST]


def _from_title(article: Article, lexicon: Lexicon) -> Iterator[str]:
    """A quoted name of a title about series; a name right before its season."""
    title = plain(article.title)
    if plain(f"{title}\n{article.text[:1500]}") in lexicon.shows["series"] and title not in lexicon.shows["off_topic"]:
        yield from _quoted_in_title(title, lexicon)
    for _, start, _ in lexicon.seasons.find(title):
        if name := _said_in_text(title[:start], plain(article.text), lexicon):
            yield name
    for line in (title, *plain(article.text[:1500]).splitlines()):
        for _, start, _ in lexicon.seasons.find(line):
            if name := _trimmed(_BEFORE_SEASON.search(_ended(line[:start])), lexicon):
                yield name
    for pattern in _DECIDED:
        match = pattern.search(title)
        owner = match[1].rpartition("'s ")[0] if match else ""  # "Night Ferry's reality spin-off"
        if name := _said_in_text(owner, plain(article.text), lexicon) if owner else _trimmed(match, lexicon):
            yield name


def _said_in_text(head: str, text: str, lexicon: Lexicon) -> str | None:
    """The longest end of a headline's words before its season that the text says too, with the same capitals.

    So words that cut a name elsewhere ("are", "is") may be part of one.
    """
    words = re.split(r"[;|–—]|: ", head)[-1].strip(" ,'\"").split()
    for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
        name = " ".join(words[start:]).strip(" :,'")
        if not name[:1].isupper() or len(name) < _SHORTEST_NAME or name.casefold() in _NO_NAMES:
            continue
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) and not _is_network(name, lexicon):
            return name
    return None


def _is_network(name: str, lexicon: Lexicon) -> bool:
    network = lexicon.shows["network"].find(name)
    return bool(network and network[1][0] == name)


_LONGEST_NAME = 8  # words
_SHORTEST_NAME = 3  # characters


def _quoted_in_title(title: str, lexicon: Lexicon) -> Iterator[str]:
    """Quoted names of a headline; where every word is capitalised, only those beside a word about series."""
    for match in _QUOTED.finditer(title):
        beside = f"{title[max(0, match.start() - 25) : match.start()]}|{title[match.end() : match.end() + 25]}"
        capitals = is_title_case(title)
        if not _is_saying(match[1], lexicon) and (not capitals or beside in lexicon.shows["series"]):
            yield match[1].strip(" ,.")


def _quoted(text: str, lexicon: Lexicon) -> Iterator[str]:
    """Quoted names with a word about series right beside them."""
    for line in text.splitlines():
        for match in _QUOTED.finditer(plain(line)):
            beside = plain(line)[max(0, match.start() - 25) : match.start()] + "|" + plain(line)[match.end() :][:25]
            if not _is_saying(match[1], lexicon) and beside in lexicon.shows["series"]:
                yield match[1].strip(" ,.")


def _ended(text: str) -> str:
    """Text before a season, so that it ends in the name and one space."""
    return text.replace('"', "").rstrip().removesuffix("'") + " "


def _trimmed(match: re.Match[str] | None, lexicon: Lexicon) -> str | None:
    """A run of capitalised words, cut behind the last word that cannot be part of a name."""
    words = match[1].split() if match else []
    for place in range(len(words) - 1, -1, -1):
        if words[place].strip(":,'") in lexicon.shows["breaker"] or words[place].endswith("'s"):
            words = words[place + 1 :]
            break
    name = " ".join(words).strip(" :,'")
    if len(name) < 3 or name.isdecimal() or name.casefold() in _NO_NAMES:
        return None
    return None if _is_network(name, lexicon) else name


_NO_NAMES = frozenset(["the", "this", "that", "its", "his", "her", "netflix's", "their", "a"])


def _is_saying(name: str, lexicon: Lexicon) -> bool:
    """Is a quotation what somebody said? Names are short and capitalised."""
    words = re.findall(r"[^\W\d_]+", name)
    if not words or len(words) > 8:
        return True
    if lexicon.language != "en":  # elsewhere only the first word of a title is capitalised
        return words[0][0].islower() or len(words) > _LONG_TITLE
    return any(word[0].islower() and word not in _LINKS for word in words)


_LONG_TITLE = 6
_LINKS_LIST = """
    a an the of in on at to for with and or vs from by as s t de la el los las del y en
"""
_LINKS = frozenset(_LINKS_LIST.split())
